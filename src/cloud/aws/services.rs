//! How each service is called: `services.json`, from the services' own models.

use std::sync::LazyLock;

use indexmap::IndexMap;
use serde_json::Value as Json;

/// How a service is called.
#[derive(Debug)]
pub(super) struct Service {
    /// What AWS calls it in settings: `Kinesis Analytics V2`.
    pub(super) id: String,
    /// What requests are signed for.
    pub(super) signing: String,
    /// The first part of its host's name.
    pub(super) prefix: String,
    pub(super) protocol: Protocol,
    /// `2013-12-02`
    pub(super) version: String,
    /// Has one endpoint for all Regions of a partition.
    pub(super) global: bool,
}

/// How operations, their input and their answers stand in requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Protocol {
    /// JSON with the operation in a header: the protocol's version, and the start of the header's value.
    Json { version: &'static str, target: String },
    /// JSON, with paths and methods of each operation's own.
    RestJson,
    /// A form, answered in XML.
    Query,
    /// The same with other names for lists and errors.
    Ec2Query,
    /// XML, with paths and methods of each operation's own.
    RestXml,
}

static SERVICES: LazyLock<IndexMap<String, Service>> = LazyLock::new(|| {
    let json: Json = serde_json::from_str(include_str!("services.json")).unwrap_or_default();
    let services = json["services"].as_object().into_iter().flatten();
    services.filter_map(|(name, row)| Some((name.clone(), service(row)?))).collect()
});

/// A service by its name in botocore and the AWS CLI, e.g. `kinesisanalyticsv2`.
pub(super) fn get(name: &str) -> Option<&'static Service> {
    SERVICES.get(name)
}

fn service(row: &Json) -> Option<Service> {
    let text = |key: &str| row[key].as_str().unwrap_or_default().to_owned();
    let json = |version| Protocol::Json { version, target: text("target") };
    let protocol = match row["protocol"].as_str()? {
        "json-1.0" => json("1.0"),
        "json-1.1" => json("1.1"),
        "rest-json" => Protocol::RestJson,
        "query" => Protocol::Query,
        "ec2" => Protocol::Ec2Query,
        "rest-xml" => Protocol::RestXml,
        _ => return None,
    };
    Some(Service {
        id: text("id"),
        signing: text("signing"),
        prefix: text("prefix"),
        protocol,
        version: text("version"),
        global: row["global"].as_bool().unwrap_or_default(),
    })
}

impl Service {
    /// The Region whose endpoint serves the calls, which is also the one they are signed for.
    pub(super) fn region<'a>(&self, region: &'a str) -> &'a str {
        if !self.global {
            return region;
        }
        match crate::facts::partition(region) {
            "aws-cn" => "cn-north-1",
            "aws-us-gov" => "us-gov-west-1",
            _ => "us-east-1",
        }
    }

    /// AWS's own address of the service. AWS General Reference, service endpoints. Read 2026-11-21.
    pub(super) fn endpoint(&self, region: &str, fips: bool, dual_stack: bool) -> String {
        let prefix = if fips { format!("{}-fips", self.prefix) } else { self.prefix.clone() };
        let suffix = crate::facts::url_suffix(region);
        match (self.global, crate::facts::partition(region)) {
            (true, "aws") => format!("https://{prefix}.{suffix}"),
            (true, "aws-us-gov") => format!("https://{prefix}.us-gov.{suffix}"),
            (true, _) => format!("https://{prefix}.{}.{suffix}", self.region(region)),
            (false, "aws-cn") if dual_stack => format!("https://{prefix}.{region}.api.amazonwebservices.com.cn"),
            (false, _) if dual_stack => format!("https://{prefix}.{region}.api.aws"),
            (false, _) => format!("https://{prefix}.{region}.{suffix}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_read() {
        let json: Json = serde_json::from_str(include_str!("services.json")).unwrap();
        assert_eq!(SERVICES.len(), json["services"].as_object().unwrap().len());
        for (name, service) in SERVICES.iter() {
            assert!(!service.signing.is_empty() && !service.prefix.is_empty() && !service.id.is_empty(), "{name}");
            assert!(service.version.len() == 10, "{name}");
        }
    }

    #[test]
    fn addresses_are_those_of_the_partition() {
        let kinesis = get("kinesis").unwrap();
        assert_eq!(kinesis.endpoint("eu-west-1", false, false), "https://kinesis.eu-west-1.amazonaws.com");
        assert_eq!(kinesis.endpoint("cn-north-1", false, false), "https://kinesis.cn-north-1.amazonaws.com.cn");
        assert_eq!(kinesis.endpoint("us-east-1", true, false), "https://kinesis-fips.us-east-1.amazonaws.com");
        assert_eq!(kinesis.endpoint("us-east-1", false, true), "https://kinesis.us-east-1.api.aws");
        let iam = get("iam").unwrap();
        assert_eq!(iam.endpoint("eu-west-1", false, false), "https://iam.amazonaws.com");
        assert_eq!(iam.endpoint("us-gov-east-1", false, false), "https://iam.us-gov.amazonaws.com");
        assert_eq!(iam.endpoint("cn-northwest-1", false, false), "https://iam.cn-north-1.amazonaws.com.cn");
        assert_eq!((iam.region("eu-west-1"), kinesis.region("eu-west-1")), ("us-east-1", "eu-west-1"));
        assert!(get("nothing").is_none());
    }
}
