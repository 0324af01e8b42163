//! The address of a container image in Amazon ECR.

use crate::model::pascal;
use crate::spec::{Part, Text};

/// `<account>.dkr.ecr.<region>.<domain>/<repository>`, each part as `Fn::Sub` reads it.
pub(super) struct Image {
    pub account: String,
    pub region: String,
    pub repository: String,
}

impl Image {
    /// `None` when the text is not the address of an image in ECR.
    pub fn read(text: &Text) -> Option<Self> {
        let text: String = text.parts.iter().map(substituted).collect();
        let (account, rest) = text.split_once(".dkr.ecr.")?;
        let (host, path) = rest.split_once('/')?;
        let (region, domain) = host.split_once(".amazonaws.com")?;
        let (repository, version) = match path.split_once('@') {
            Some((repository, digest)) => (repository, digest),
            None => path.rsplit_once(':')?,
        };
        let is_account = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
        let fits = (is_account || account.starts_with("${"))
            && ["", ".cn"].contains(&domain)
            && !repository.is_empty()
            && !version.is_empty()
            && !text.contains(char::is_whitespace);
        fits.then(|| Self { account: account.to_owned(), region: region.to_owned(), repository: repository.to_owned() })
    }

    /// Whether the image is, as far as is known here, in a Region.
    pub fn is_in(&self, region: &str) -> bool {
        self.region == region || self.region.starts_with("${")
    }
}

/// A part of the text with the parameters that expressions become.
fn substituted(part: &Part) -> String {
    match part {
        Part::Literal(text) => text.clone(),
        Part::Expression(expression) => match expression.path.as_str() {
            "env.region" => "${AWS::Region}".to_owned(),
            "env.account" => "${AWS::AccountId}".to_owned(),
            "env.name" => "${Environment}".to_owned(),
            path => format!("${{{}}}", pascal(path.strip_prefix("params.").unwrap_or(path))),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<[String; 3]> {
        let text = Text { parts: vec![Part::Literal(text.to_owned())] };
        Image::read(&text).map(|image| [image.account, image.region, image.repository])
    }

    #[test]
    fn tags_and_digests_are_no_part_of_the_repository() {
        let parts =
            |account: &str, region: &str, repository: &str| Some([account, region, repository].map(str::to_owned));
        let host = "111122223333.dkr.ecr.us-east-1.amazonaws.com";
        assert_eq!(read(&format!("{host}/acme/price:4")), parts("111122223333", "us-east-1", "acme/price"));
        assert_eq!(read(&format!("{host}/price@sha256:4f53cda1")), parts("111122223333", "us-east-1", "price"));
        let china = "111122223333.dkr.ecr.cn-north-1.amazonaws.com.cn/price:4";
        assert_eq!(read(china), parts("111122223333", "cn-north-1", "price"));
    }

    #[test]
    fn other_addresses_are_no_images_of_ecr() {
        for text in [
            "price:4",
            "docker.io/acme/price:4",
            "public.ecr.aws/acme/price:4",
            "1111.dkr.ecr.us-east-1.amazonaws.com/price:4",
            "111122223333.dkr.ecr.us-east-1.amazonaws.com/price",
            "111122223333.dkr.ecr.us-east-1.amazonaws.com/:4",
            "111122223333.dkr.ecr.us-east-1.amazonaws.de/price:4",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
