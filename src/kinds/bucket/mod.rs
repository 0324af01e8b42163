//! `buckets`: S3 buckets.

mod lifecycle;
pub(super) mod location;
mod notices;
mod rules;
pub(super) mod safety;

use serde_json::json;

use crate::desired::{Origin, Value};
use crate::diagnostic::Diagnostic;
use crate::kinds::key::{self, Keys};
use crate::model::{
    Attribute, Entry, Gives, Grant, Home, Kind, Lowering, Model, Statement, Step, StepRequest, Thing, Verb, logical_id,
    section,
};
use crate::record;
use crate::spec::{Reference, Seconds};

pub const KIND: Kind = Kind {
    section: section::<Bucket>("buckets", "S3 buckets."),
    home: Home::Application,
    attributes: &[
        Attribute { name: "name", known: Home::Application, gives: Gives::Thing, doc: "The bucket's name." },
        Attribute { name: "arn", known: Home::Application, gives: Gives::Thing, doc: "The bucket's ARN." },
    ],
    longest_name: usize::MAX,
    idle: None,
    steps: &["copy"],
    rules: rules::RULES,
    page: include_str!("page.md"),
};

record! {
    /// An S3 bucket: private, encrypted, versioned, reached by TLS only, and kept when it is taken out of the file.
    pub struct Bucket {
        /// Objects are moved to a cheaper storage class after some time; they stay where they are unless told otherwise.
        optional moved: lifecycle::BucketMove = "move",
        /// Objects are deleted after this time.
        optional expire: Seconds = "expire",
        /// Older versions of objects are kept; `true` unless told otherwise.
        optional versioned: bool = "versioned",
        /// The key that encrypts new objects; one that S3 manages unless told otherwise.
        optional key: Reference<Keys> = "key",
    }
}

/// Older versions and unfinished uploads are removed after so many days.
const LEFTOVER_DAYS: i64 = 30;

/// Looking at an object from another stack, which knows the bucket by its name.
pub(super) fn look_by_name(
    object: &location::Location,
    model: &Model,
    environment: &str,
    origin: &Origin,
) -> Vec<Statement> {
    let Some((this, bucket)) = model.thing::<Bucket>(&object.bucket()) else { return Vec::new() };
    let Some((_, place)) = model.environment(environment) else { return Vec::new() };
    let stack = model.stack_name(environment);
    let name = bucket_name(&stack, &this.name.value, &place.account.value.0, &place.region.value.text);
    let arn = format!("arn:${{AWS::Partition}}:s3:::{name}");
    let mut statements = vec![
        Statement::new(&["s3:GetObject"], vec![Value::sub(format!("{arn}/{}", object.key), origin)], origin),
        // Without it S3 answers that a missing object is forbidden.
        Statement::new(&["s3:ListBucket"], vec![Value::sub(arn, origin)], origin),
    ];
    statements.extend(bucket.key.as_ref().map(|key| key::read_by_alias(key, &stack, origin)));
    statements
}

/// `<stack>-<name>-<account>-<region>`; a bucket's name may have 63 characters.
fn bucket_name(stack: &str, name: &str, account: &str, region: &str) -> String {
    format!("{stack}-{name}-{account}-{region}")
}

/// The bucket's name in the template. A bucket that starts things is made after they may be called, so what they use
/// of it is said without referring to it.
fn name(this: &Entry, model: &Model, origin: &Origin) -> Value {
    match notices::starts_something(this, model) {
        true => Value::sub(name_pattern(this), origin),
        false => Value::reference(logical_id(this.section, &this.name.value, ""), origin),
    }
}

/// The bucket's ARN in the template, with `rest` after it.
fn arn(this: &Entry, rest: &str, model: &Model, origin: &Origin) -> Value {
    let id = logical_id(this.section, &this.name.value, "");
    match (notices::starts_something(this, model), rest) {
        (true, _) => Value::sub(format!("{}{rest}", arn_pattern(this)), origin),
        (false, "") => Value::get_att(id, "Arn", origin),
        (false, _) => Value::sub(format!("${{{id}.Arn}}{rest}"), origin),
    }
}

fn name_pattern(this: &Entry) -> String {
    format!("${{AWS::StackName}}-{}-${{AWS::AccountId}}-${{AWS::Region}}", this.name.value)
}

fn arn_pattern(this: &Entry) -> String {
    format!("arn:${{AWS::Partition}}:s3:::{}", name_pattern(this))
}

impl Thing for Bucket {
    fn attribute(&self, this: &Entry, attribute: &str, model: &Model, origin: &Origin) -> Option<Value> {
        match attribute {
            "name" => Some(name(this, model, origin)),
            "arn" => Some(arn(this, "", model, origin)),
            _ => None,
        }
    }

    fn check(&self, this: &Entry, model: &Model, report: &mut Vec<Diagnostic>) {
        notices::check(this, model, report);
        lifecycle::check(self, report);
        for (name, environment) in &model.environments {
            let (account, region) = (&environment.account.value.0, &environment.region.value.text);
            let bucket = bucket_name(&model.stack_name(&name.value), &this.name.value, account, region);
            if bucket.len() > 63 {
                report.push(
                    Diagnostic::new(
                        &rules::NAME_LENGTH,
                        &this.name.span,
                        format!(
                            "the bucket would be named `{bucket}`, which has {} characters; S3 takes 63",
                            bucket.len()
                        ),
                    )
                    .label("makes the name too long")
                    .related(&name.span, "together with this environment")
                    .help("shorten the name of the bucket, the environment or the system"),
                );
            }
        }
    }

    fn grant(&self, this: &Entry, verb: Verb, model: &Model, origin: &Origin) -> Option<Grant> {
        let actions: &[&'static str] = match verb {
            Verb::Reads => &["s3:GetObject", "s3:GetObjectVersion"],
            Verb::Writes => &["s3:AbortMultipartUpload", "s3:PutObject"],
            // EventBridge is told of its objects, or a function: see `notices`.
            Verb::On => return Some(Grant::default()),
            Verb::Calls => return None,
        };
        let (bucket, objects) = (arn(this, "", model, origin), arn(this, "/*", model, origin));
        let of_key: &[&str] =
            if verb == Verb::Writes { &["kms:Decrypt", "kms:GenerateDataKey"] } else { &["kms:Decrypt"] };
        let mut statements = vec![
            Statement::new(actions, vec![objects], origin),
            Statement::new(&["s3:GetBucketLocation", "s3:ListBucket"], vec![bucket], origin),
        ];
        statements.extend(key::use_of(&self.key, of_key, origin));
        Some(Grant { statements, environment: vec![("name", name(this, model, origin))], event_source: None })
    }

    fn step(&self, this: &Entry, request: &StepRequest<'_>, lowering: &mut Lowering<'_>) -> Option<Step> {
        if request.verb != "copy" {
            return None;
        }
        let (model, origin) = (lowering.model, &request.origin);
        let (_, environment) = model.environment(request.environment)?;
        let name = bucket_name(
            &model.stack_name(request.environment),
            &this.name.value,
            &environment.account.value.0,
            &environment.region.value.text,
        );
        let arn = format!("arn:${{AWS::Partition}}:s3:::{name}");
        let mut statements = vec![
            Statement::new(&["s3:PutObject"], vec![Value::sub(format!("{arn}/*"), origin)], origin),
            Statement::new(&["s3:GetBucketLocation", "s3:ListBucket"], vec![Value::sub(arn, origin)], origin),
        ];
        if let Some(key) = &self.key {
            statements.push(key::use_by_alias(key, &model.stack_name(request.environment), origin));
        }
        Some(Step {
            category: "Deploy",
            provider: "S3",
            configuration: vec![("BucketName".to_owned(), Value::text(name, origin))],
            input: None,
            statements,
        })
    }

    fn lower(&self, this: &Entry, lowering: &mut Lowering<'_>) {
        let origin = Origin::authored(&this.name.span);
        let safe = this.derived("buckets are private and encrypted");
        let versioning = match &self.versioned {
            Some(versioned) => (versioned.value, Origin::authored(&versioned.span)),
            None => (true, this.derived("older versions of objects are kept unless told otherwise")),
        };
        let status = if versioning.0 { "Enabled" } else { "Suspended" };
        let leftovers = this.derived("older versions and unfinished uploads cost money and serve nobody");
        let mut rules = vec![Value::from_json(
            json!({
                "Id": "leftovers",
                "Status": "Enabled",
                "NoncurrentVersionExpiration": { "NoncurrentDays": LEFTOVER_DAYS },
                "AbortIncompleteMultipartUpload": { "DaysAfterInitiation": LEFTOVER_DAYS },
            }),
            &leftovers,
        )];
        rules.extend(lifecycle::rules(self));
        let mut properties = Value::map(&origin).with("BucketName", Value::sub(name_pattern(this), &origin));
        let encryption = match &self.key {
            Some(key) => {
                let key = json!({ "Fn::GetAtt": [logical_id(&key.section, &key.name, ""), "Arn"] });
                json!({ "SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key })
            }
            None => json!({ "SSEAlgorithm": "AES256" }),
        };
        safety::secure(&mut properties, encryption, &safe);
        properties.set("VersioningConfiguration", Value::from_json(json!({ "Status": status }), &versioning.1));
        properties.set("LifecycleConfiguration", Value::map(&leftovers).with("Rules", Value::list(rules, &leftovers)));
        let (notifications, after) = notices::notifications(this, lowering);
        if let Some(notifications) = notifications {
            properties.set("NotificationConfiguration", notifications);
        }
        let bucket = lowering.add(Home::Application, this, "", "AWS::S3::Bucket", properties);
        bucket.depends_on = after;
        bucket.retain();
        let id = logical_id(this.section, &this.name.value, "");
        let tls = this.derived("buckets are reached by TLS only");
        lowering.add(Home::Application, this, "Policy", "AWS::S3::BucketPolicy", safety::tls_only(&id, &tls));
    }
}
