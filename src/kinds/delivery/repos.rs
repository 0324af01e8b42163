//! `repos`: where code comes from.

use serde_json::json;

use super::rules;
use super::shared;
use crate::desired::{Origin, Value, ValueKind};
use crate::diagnostic::Diagnostic;
use crate::kinds::bucket::safety;
use crate::model::{
    Attribute, Entry, Gives, Home, Kind, Lowering, Model, Statement, Thing, logical_id, pascal, section,
};
use crate::record;
use crate::source::{Located, Span};
use crate::spec::{Matching, OneOrMany, Pattern, PlainText};

pub const REPOS: Kind = Kind {
    section: section::<Repo>("repos", "Where code comes from."),
    home: Home::Delivery,
    attributes: &[
        Attribute {
            name: "commit",
            known: Home::Delivery,
            gives: Gives::Thing,
            doc: "The commit (of an S3 object: the version) that this execution of a pipeline works on.",
        },
        Attribute {
            name: "branch",
            known: Home::Delivery,
            gives: Gives::Thing,
            doc: "The branch that this execution of a pipeline works on.",
        },
    ],
    longest_name: usize::MAX,
    idle: Some("no build or pipeline reads it"),
    steps: &[],
    rules: rules::REPOS,
    page: include_str!("repos.md"),
};

record! {
    /// Where code comes from. A push starts the pipelines that use it; nothing is ever polled.
    pub struct Repo {
        /// `owner/name` on GitHub.
        optional github: Matching<RepositoryPath> = "github",
        /// `group/name` on GitLab.
        optional gitlab: Matching<RepositoryPath> = "gitlab",
        /// `workspace/name` on Bitbucket.
        optional bitbucket: Matching<RepositoryPath> = "bitbucket",
        /// A CodeCommit repository of the delivery account.
        optional codecommit: PlainText = "codecommit",
        /// A ZIP file in a versioned S3 bucket.
        optional s3: Object = "s3",
        /// The connection to GitHub, GitLab or Bitbucket: a name, by which the delivery stack makes one, or the ARN of one that is there.
        optional connection: PlainText = "connection",
        /// The branch whose pushes start pipelines.
        optional branch: PlainText = "branch",
        /// Tags whose pushes start pipelines instead, as patterns such as `v*`.
        optional tags: OneOrMany<PlainText> = "tags",
        /// Only pushes that change one of these paths start pipelines; `**` crosses folders.
        optional paths: OneOrMany<PlainText> = "paths",
    }
    one_of ["github", "gitlab", "bitbucket", "codecommit", "s3"];
}

record! {
    /// A ZIP file in S3.
    pub struct Object {
        /// The object's key.
        required key: PlainText = "key",
        /// A bucket that is there, versioned and sending its events to EventBridge; without it the delivery stack makes one.
        optional bucket: PlainText = "bucket",
    }
}

/// `owner/name`
#[derive(Clone, Copy, Debug)]
pub struct RepositoryPath;

impl Pattern for RepositoryPath {
    const REGEX: &'static str = "^[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)+$";
    const EXPECTED: &'static str = "a repository: its owner, a slash and its name";
    const EXAMPLE: &'static str = "acme/taxi-flink";

    fn matches(text: &str) -> bool {
        let word = |part: &str| {
            !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte))
        };
        text.contains('/') && text.split('/').all(word)
    }
}

/// What a pipeline needs to know of a repository.
pub(super) enum Host<'a> {
    Connection { provider: &'static str, path: &'a Located<Matching<RepositoryPath>> },
    CodeCommit(&'a Located<PlainText>),
    S3(&'a Located<Object>),
}

impl Repo {
    pub(super) fn host(&self) -> Host<'_> {
        let connected = [("GitHub", &self.github), ("GitLab", &self.gitlab), ("Bitbucket", &self.bitbucket)];
        if let Some((provider, path)) =
            connected.into_iter().find_map(|(provider, path)| Some((provider, path.as_ref()?)))
        {
            return Host::Connection { provider, path };
        }
        match (&self.codecommit, &self.s3) {
            (Some(repository), _) => Host::CodeCommit(repository),
            (None, Some(object)) => Host::S3(object),
            (None, None) => unreachable!("the shape asks for one of the hosts"),
        }
    }

    /// The page of a commit, with the pipeline's variable for it.
    pub(super) fn commit_url(&self, name: &str) -> Option<String> {
        let commit = format!("#{{{}.CommitId}}", namespace(name));
        match self.host() {
            Host::Connection { provider: "GitHub", path } => {
                Some(format!("https://github.com/{}/commit/{commit}", path.text))
            }
            Host::Connection { provider: "GitLab", path } => {
                Some(format!("https://gitlab.com/{}/-/commit/{commit}", path.text))
            }
            Host::Connection { path, .. } => Some(format!("https://bitbucket.org/{}/commits/{commit}", path.text)),
            Host::CodeCommit(_) | Host::S3(_) => None,
        }
    }

    /// The variable that says which revision an execution works on.
    pub(super) fn revision(&self, name: &str) -> String {
        let variable = if self.s3.is_some() { "VersionId" } else { "CommitId" };
        format!("#{{{}.{variable}}}", namespace(name))
    }

    /// The connection's ARN: that of the delivery stack's resource, or the authored one.
    pub(super) fn connection_arn(&self) -> Option<Value> {
        let connection = self.connection.as_ref()?;
        let origin = Origin::authored(&connection.span);
        Some(match connection.value.0.starts_with("arn:") {
            true => Value::text(&*connection.value.0, &origin),
            false => Value::reference(connection_id(&connection.value.0), &origin),
        })
    }

    pub(super) fn source_bucket(&self, model: &Model) -> Option<String> {
        let object = self.s3.as_ref()?;
        Some(object.bucket.as_ref().map_or_else(|| model.delivery_bucket("source"), |bucket| bucket.value.0.clone()))
    }

    fn given(&self) -> [(&'static str, Option<&Span>); 4] {
        [
            ("connection", self.connection.as_ref().map(|value| &value.span)),
            ("branch", self.branch.as_ref().map(|value| &value.span)),
            ("tags", self.tags.as_ref().map(|value| &value.span)),
            ("paths", self.paths.as_ref().map(|value| &value.span)),
        ]
    }
}

/// The namespace of a source action's variables.
pub(super) fn namespace(name: &str) -> String {
    format!("repos-{name}")
}

/// The name of a source action's artifact; shells cannot expand variables with hyphens, so it has none.
pub(super) fn artifact(name: &str) -> String {
    format!("repos_{}", name.replace('-', "_"))
}

fn connection_id(name: &str) -> String {
    format!("{}Connection", pascal(name))
}

impl Thing for Repo {
    fn check(&self, this: &Entry, _model: &Model, report: &mut Vec<Diagnostic>) {
        let (host, takes): (_, &[&str]) = match self.host() {
            Host::Connection { .. } => ("a repository behind a connection", &["connection", "branch", "tags", "paths"]),
            Host::CodeCommit(_) => ("a CodeCommit repository", &["branch"]),
            Host::S3(_) => ("an S3 object", &[]),
        };
        for (key, span) in self.given() {
            match span {
                Some(span) if !takes.contains(&key) => report.push(
                    Diagnostic::new(&rules::REPO_KEYS, span, format!("{host} has no `{key}`"))
                        .label("means nothing here")
                        .help(format!("remove `{key}`")),
                ),
                None if takes.contains(&key) && matches!(key, "connection" | "branch") => report.push(
                    Diagnostic::new(&rules::REPO_KEYS, &this.name.span, format!("{host} needs a `{key}`"))
                        .label(format!("has no `{key}`"))
                        .help(match key {
                            "connection" => "add `connection:` with a name of your choice; its handshake is made once, in the console",
                            _ => "add `branch:`, for example `branch: main`",
                        }),
                ),
                _ => {}
            }
        }
        if let (Some(tags), Some(paths)) = (&self.tags, &self.paths) {
            report.push(
                Diagnostic::new(
                    &rules::REPO_KEYS,
                    &paths.span,
                    "a pipeline that starts by tags cannot look at paths: AWS refuses both together",
                )
                .label("excluded by `tags`")
                .related(&tags.span, "the tags")
                .help("keep `tags` or `paths`"),
            );
        }
    }

    fn attribute(&self, this: &Entry, attribute: &str, _model: &Model, origin: &Origin) -> Option<Value> {
        match attribute {
            "commit" => Some(Value::text(self.revision(&this.name.value), origin)),
            "branch" => Some(Value::text(format!("#{{{}.BranchName}}", namespace(&this.name.value)), origin)),
            _ => None,
        }
    }

    fn lower(&self, this: &Entry, lowering: &mut Lowering<'_>) {
        match self.host() {
            Host::Connection { provider, .. } => self.lower_connection(provider, lowering),
            Host::S3(object) if object.bucket.is_none() => lower_source_bucket(this, object, lowering),
            Host::S3(_) | Host::CodeCommit(_) => {}
        }
    }
}

impl Repo {
    fn lower_connection(&self, provider: &'static str, lowering: &mut Lowering<'_>) {
        let Some(connection) = self.connection.as_ref().filter(|connection| !connection.value.0.starts_with("arn:"))
        else {
            return;
        };
        let origin = Origin::authored(&connection.span);
        let properties = Value::map(&origin)
            .with("ConnectionName", Value::text(&*connection.value.0, &origin))
            .with("ProviderType", Value::text(provider, &origin));
        let id = connection_id(&connection.value.0);
        let resource =
            lowering.add_shared(Home::Delivery, &id, "AWS::CodeConnections::Connection", "repos", properties);
        resource.by_hand = Some(format!(
            "if the connection `{0}` is new, it waits for a person: AWS console, Developer Tools, Settings, Connections, \
             `{0}`, `Update pending connection`; once, before the pipelines can read code",
            connection.value.0
        ));
        let handshake = Value::reference(&*id, &origin);
        lowering.add_output(
            Home::Delivery,
            &id,
            "Waits for a handshake in the console, once, before it works",
            handshake,
            None,
        );
    }

    /// What a pipeline's role needs to read this repository.
    pub(super) fn statements(&self, model: &Model, origin: &Origin) -> Vec<Statement> {
        match self.host() {
            Host::Connection { .. } => {
                let connection = self.connection_arn().into_iter().collect();
                vec![Statement::new(
                    &["codeconnections:UseConnection", "codestar-connections:UseConnection"],
                    connection,
                    origin,
                )]
            }
            Host::CodeCommit(repository) => {
                let arn = format!(
                    "arn:${{AWS::Partition}}:codecommit:${{AWS::Region}}:${{AWS::AccountId}}:{}",
                    repository.value.0
                );
                let actions = [
                    "codecommit:CancelUploadArchive",
                    "codecommit:GetBranch",
                    "codecommit:GetCommit",
                    "codecommit:GetRepository",
                    "codecommit:GetUploadArchiveStatus",
                    "codecommit:UploadArchive",
                ];
                vec![Statement::new(&actions, vec![Value::sub(arn, origin)], origin)]
            }
            Host::S3(object) => {
                let arn = format!("arn:${{AWS::Partition}}:s3:::{}", self.source_bucket(model).unwrap_or_default());
                let key = Value::sub(format!("{arn}/{}", object.key.value.0), origin);
                vec![
                    Statement::new(&["s3:GetObject", "s3:GetObjectTagging", "s3:GetObjectVersion"], vec![key], origin),
                    Statement::new(
                        &["s3:GetBucketAcl", "s3:GetBucketVersioning", "s3:ListBucket"],
                        vec![Value::sub(arn, origin)],
                        origin,
                    ),
                ]
            }
        }
    }
}

fn lower_source_bucket(this: &Entry, object: &Located<Object>, lowering: &mut Lowering<'_>) {
    let origin = Origin::derived(&object.span, "the code is uploaded to a bucket that tells of every upload");
    let name = lowering.model.delivery_bucket("source");
    let mut bucket = shared::bucket(&name, 30, json!({ "SSEAlgorithm": "AES256" }), &origin);
    bucket.set(
        "NotificationConfiguration",
        Value::from_json(json!({ "EventBridgeConfiguration": { "EventBridgeEnabled": true } }), &origin),
    );
    bucket.set("VersioningConfiguration", Value::from_json(json!({ "Status": "Enabled" }), &origin));
    let id = "SourceBucket";
    let resource = lowering.add_shared(Home::Delivery, id, "AWS::S3::Bucket", &this.path(), bucket);
    resource.retain();
    let policy = safety::tls_only(id, &origin);
    lowering.add_shared(Home::Delivery, "SourceBucketPolicy", "AWS::S3::BucketPolicy", &this.path(), policy);
    let output = Value::sub(format!("s3://{name}/{}", object.key.value.0), &origin);
    lowering.add_output(
        Home::Delivery,
        &logical_id(this.section, &this.name.value, "Source"),
        "Where to upload the code",
        output,
        None,
    );
}

/// `true` as a configuration value: CodePipeline takes text.
pub(super) fn text_flag(value: bool, origin: &Origin) -> Value {
    Value::new(ValueKind::Text(value.to_string()), origin)
}
