//! `secrets`: secrets of Secrets Manager, which are never in the document.

mod rules;

use serde_json::json;

use crate::desired::{Origin, Value};
use crate::diagnostic::Diagnostic;
use crate::kinds::kafka;
use crate::kinds::key::{self, Keys};
use crate::model::{
    Attribute, Entry, Gives, Grant, Home, Kind, Lowering, Model, Statement, Thing, Verb, logical_id, section,
};
use crate::record;
use crate::spec::{Count, Matching, Pattern, PlainText, Reference, Target};

pub const KIND: Kind = Kind {
    section: section::<Secret>("secrets", "Secrets of Secrets Manager. Their values are never in this file."),
    home: Home::Application,
    attributes: &[Attribute {
        name: "arn",
        known: Home::Application,
        gives: Gives::Thing,
        doc: "The secret's ARN; of a secret that is known by its name, without the six characters at its end.",
    }],
    longest_name: 512,
    idle: Some("nothing reads the secret"),
    steps: &[],
    rules: rules::RULES,
    page: include_str!("page.md"),
};

record! {
    /// A secret: one that exists, or one that is made with a value that nobody has seen.
    pub struct Secret {
        /// The name of a secret that exists in the account and Region of each environment.
        optional name: Matching<SecretName> = "name",
        /// The ARN of a secret that exists.
        optional arn: Matching<SecretArn> = "arn",
        /// Makes a secret with a random value, which is kept when it is taken out of the file.
        optional generate: Generate = "generate",
    }
    one_of ["name", "arn", "generate"];
}

record! {
    /// How the random value of a secret is made.
    pub struct Generate {
        /// So many characters; 32 unless told otherwise.
        optional length: Count<8, 4096> = "length",
        /// The secret is JSON with this `username` and the random value as `password`.
        optional user: PlainText = "user",
        /// The key that encrypts it; the one that AWS keeps for Secrets Manager unless told otherwise.
        optional key: Reference<Keys> = "key",
        /// Characters that do not occur in it, e.g. because a database refuses them; `"@/\` unless told otherwise.
        optional without: PlainText = "without",
    }
}

/// What may be named as a secret.
#[derive(Debug)]
pub struct Secrets;

impl Target for Secrets {
    const SECTIONS: &'static [&'static str] = &["secrets"];
}

/// What Secrets Manager takes as the name of a secret.
#[derive(Clone, Copy, Debug)]
pub struct SecretName;

impl Pattern for SecretName {
    const REGEX: &'static str = "^[A-Za-z0-9/_+=.@-]{1,512}$";
    const EXPECTED: &'static str = "the name of a secret: letters, digits and `/_+=.@-`";
    const EXAMPLE: &'static str = "hr/mysql";

    fn matches(text: &str) -> bool {
        (1..=512).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/_+=.@-".contains(&byte))
    }
}

/// The whole ARN of a secret.
#[derive(Clone, Copy, Debug)]
pub struct SecretArn;

impl Pattern for SecretArn {
    const REGEX: &'static str =
        "^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[A-Za-z0-9/_+=.@-]{1,512}-[A-Za-z0-9]{6}$";
    const EXPECTED: &'static str = "the whole ARN of a secret, with the six characters at its end";
    const EXAMPLE: &'static str = "arn:aws:secretsmanager:us-east-1:111122223333:secret:hr/mysql-a1B2c3";

    fn matches(text: &str) -> bool {
        let parts: Vec<_> = text.splitn(7, ':').collect();
        let ["arn", partition, "secretsmanager", region, account, "secret", name] = parts.as_slice() else {
            return false;
        };
        let partition = partition.strip_prefix("aws");
        let word = |text: &str, digits: bool| {
            text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-' || digits && byte.is_ascii_digit())
        };
        partition.is_some_and(|rest| word(rest, false))
            && !region.is_empty()
            && word(region, true)
            && account.len() == 12
            && account.bytes().all(|byte| byte.is_ascii_digit())
            && name.rsplit_once('-').is_some_and(|(name, end)| SecretName::matches(name) && is_random_end(end))
    }
}

/// Whether a text looks like the end of an ARN that Secrets Manager makes.
fn is_random_end(text: &str) -> bool {
    text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

const LENGTH: i64 = 32;
/// What Amazon RDS refuses in a master password, and the backslash that shells and connection strings swallow.
const WITHOUT: &str = "\"@/\\";

impl Secret {
    /// The ARN as it is used to get the value, and as it stands in policies.
    fn arns(&self, this: &Entry, origin: &Origin) -> (Value, Value) {
        match (&self.name, &self.arn) {
            (Some(name), _) => {
                let place = "arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret";
                let arn = format!("{place}:{}", name.value.text);
                (Value::sub(&*arn, origin), Value::sub(format!("{arn}-??????"), origin))
            }
            (None, Some(arn)) => {
                let arn = Value::text(&*arn.value.text, origin);
                (arn.clone(), arn)
            }
            (None, None) => {
                let arn = Value::reference(logical_id(this.section, &this.name.value, ""), origin);
                (arn.clone(), arn)
            }
        }
    }
}

impl Thing for Secret {
    fn check(&self, _this: &Entry, _model: &Model, report: &mut Vec<Diagnostic>) {
        let Some(name) = &self.name else { return };
        if name.value.text.rsplit_once('-').is_some_and(|(_, end)| is_random_end(end)) {
            let message = format!(
                "Secrets Manager takes the end of `{}` for the end of an ARN, and does not find the secret",
                name.value.text
            );
            report.push(
                Diagnostic::new(&rules::AMBIGUOUS_NAME, &name.span, message)
                    .label("ends with a hyphen and six characters")
                    .help("write `arn:` and the whole ARN of the secret instead of `name:`"),
            );
        }
    }

    fn attribute(&self, this: &Entry, attribute: &str, _model: &Model, origin: &Origin) -> Option<Value> {
        (attribute == "arn").then(|| self.arns(this, origin).0)
    }

    fn grant(&self, this: &Entry, verb: Verb, _model: &Model, origin: &Origin) -> Option<Grant> {
        let (arn, in_policies) = self.arns(this, origin);
        let mut statements = vec![Statement::new(&["secretsmanager:GetSecretValue"], vec![in_policies], origin)];
        if let Some(generate) = &self.generate {
            statements.extend(key::use_of(&generate.key, &["kms:Decrypt"], origin));
        }
        (verb == Verb::Reads).then_some(Grant { statements, environment: vec![("arn", arn)], event_source: None })
    }

    fn lower(&self, this: &Entry, lowering: &mut Lowering<'_>) {
        let Some(generate) = &self.generate else { return };
        let origin = Origin::authored(&generate.span);
        let default = this.derived("a generated secret has 32 characters unless told otherwise");
        let length = match &generate.length {
            Some(length) => Value::from_json(json!(length.0), &Origin::authored(&length.span)),
            None => Value::from_json(json!(LENGTH), &default),
        };
        let without = match &generate.without {
            Some(without) => Value::text(&*without.value.0, &Origin::authored(&without.span)),
            None => Value::text(WITHOUT, &this.derived("these characters break passwords of databases")),
        };
        let mut value = Value::map(&origin).with("PasswordLength", length).with("ExcludeCharacters", without);
        if let Some(user) = &generate.user {
            let origin = Origin::authored(&user.span);
            value.set("SecretStringTemplate", Value::text(json!({ "username": user.value.0 }).to_string(), &origin));
            value.set("GenerateStringKey", Value::text("password", &origin));
        }
        let name = if kafka::logs_in(lowering.model, &this.path()) {
            let named = this.derived("MSK takes secrets whose names begin so");
            Value::sub(format!("{}${{AWS::StackName}}-{}", kafka::SECRET_PREFIX, this.name.value), &named)
        } else {
            lowering.physical_name(this)
        };
        let properties = Value::map(&Origin::authored(&this.name.span))
            .with("Name", name)
            .with_some("KmsKeyId", key::arn(&generate.key))
            .with("GenerateSecretString", value);
        let secret = lowering.add(Home::Application, this, "", "AWS::SecretsManager::Secret", properties);
        secret.retain();
    }
}
