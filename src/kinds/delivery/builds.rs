//! `builds`: from code to something published under its digest.

use serde_json::json;

use super::buildspec;
use super::check::check_buckets;
use super::repos::{Host, Repo};
use super::{Builds, Repos, rules, shared};
use crate::desired::{Origin, Value, ValueKind};
use crate::diagnostic::Diagnostic;
use crate::kinds::network::{Network, Networks, Staying, ec2_arn, place_in, standing};
use crate::model::{
    Admission, Attribute, BuildOutput, Entry, Gives, Home, Kind, Lowering, Model, Role, Sender, Statement, Thing,
    logical_id, section,
};
use crate::source::Located;
use crate::spec::{Count, Mapping, Matching, OneOrMany, Pattern, PlainText, Reference, Scalar, Seconds};
use crate::{choice, record};

pub const BUILDS: Kind = Kind {
    section: section::<Build>("builds", "From code to something published under its digest."),
    home: Home::Delivery,
    attributes: &[
        Attribute {
            name: "sha256",
            known: Home::Delivery,
            gives: Gives::Thing,
            doc: "The digest of what this execution of a pipeline built.",
        },
        Attribute {
            name: "key",
            known: Home::Delivery,
            gives: Gives::Thing,
            doc: "The key under which it is published.",
        },
    ],
    longest_name: usize::MAX,
    idle: Some("no pipeline runs it and nothing runs what it makes"),
    steps: &[],
    rules: rules::BUILDS,
    page: include_str!("builds.md"),
};

record! {
    /// A CodeBuild project. What it builds is published under a key that contains its SHA-256.
    pub struct Build {
        /// The code.
        required repo: Reference<Repos> = "repo",
        /// Builds with a JDK.
        optional java: Java = "java",
        /// Packages a Python application for Flink.
        optional python: Python = "python",
        /// Commands, instead of those that the toolchain would run.
        optional commands: Vec<Located<PlainText>> = "commands",
        /// A buildspec file of the repository. To publish something it must export `KEY` and `SHA256`.
        optional buildspec: PlainText = "buildspec",
        /// The one file to publish, as a pattern: `target/*.jar`.
        optional output: PlainText = "output",
        /// Builds whose results this one needs. They run before it, and the folder of each result is in a variable such as `$BUILD_CONNECTOR`.
        optional uses: OneOrMany<Reference<Builds>> = "uses",
        /// Variables of the shell that later steps of a pipeline know as `${{ builds.connector.VERSION }}`.
        optional exports: OneOrMany<Matching<ExportedName>> = "exports",
        /// Reports of tests in JUnit's XML, by name: `unit: target/surefire-reports/*.xml`. CodeBuild keeps them for 30 days.
        optional reports: Mapping<ReportName, PlainText> = "reports",
        /// Folders that are kept for the next build, as patterns: `/root/.m2/**/*`.
        optional cache: OneOrMany<PlainText> = "cache",
        /// The folder of the repository to build in.
        optional directory: PlainText = "directory",
        /// Environment variables.
        optional env: Mapping<VariableName, Scalar> = "env",
        /// The image that builds; the newest of AWS's Amazon Linux images unless told otherwise.
        optional image: PlainText = "image",
        /// The size of the machine; `small` unless told otherwise.
        optional compute: Compute = "compute",
        /// How long it may take, `5m` to `36h`; `1h` unless told otherwise.
        optional timeout: Seconds = "timeout",
        /// The network that it runs in, to reach what lets in only what stands there: one that is there already, as builds belong to no environment. It reaches its code and its log by a NAT gateway or endpoints.
        optional network: Reference<Networks> = "network",
    }
}

record! {
    /// A JDK and what builds with it.
    pub struct Java {
        /// The version of the JDK. It must not be newer than what the Flink runtime runs.
        required jdk: Jdk = "jdk",
        /// `maven` unless told otherwise.
        optional tool: JavaTool = "tool",
    }
}

record! {
    /// A Python application for Flink: its code, its packages and its connector in one ZIP.
    pub struct Python {
        /// The version of Python, in quotes. It must be the one that the Flink runtime runs.
        required version: Matching<PythonVersion> = "version",
        /// The file that Flink runs.
        required main: PlainText = "main",
        /// The connector's JAR, by its Maven coordinates: `group:artifact:version`. It must be one JAR with all it needs.
        optional connector: Matching<MavenCoordinates> = "connector",
        /// The list of packages; `requirements.txt` unless told otherwise.
        optional requirements: PlainText = "requirements",
    }
}

choice! {
    /// What builds Java.
    pub enum JavaTool {
        /// `mvn package`
        Maven = "maven",
        /// `./gradlew build`
        Gradle = "gradle",
    }
}

choice! {
    /// The size of the machine that builds.
    pub enum Compute {
        /// 2 vCPU, 4 GiB.
        Small = "small",
        /// 4 vCPU, 8 GiB.
        Medium = "medium",
        /// 8 vCPU, 16 GiB.
        Large = "large",
    }
}

/// The JDKs that AWS's image has: 8, 11, 17, 21 and 25 (aws-codebuild-docker-images, 2026-04-09).
#[derive(Clone, Copy, Debug)]
pub struct Jdk(pub i64);

const JDKS: [i64; 5] = [8, 11, 17, 21, 25];

impl crate::spec::Shape for Jdk {
    fn schema(_: &mut crate::spec::Definitions) -> serde_json::Value {
        json!({ "enum": JDKS })
    }

    fn decode(node: &crate::syntax::Node, decoder: &mut crate::spec::Decoder) -> Option<Self> {
        let Count(jdk) = Count::<{ i64::MIN }, { i64::MAX }>::decode(node, decoder)?;
        if !JDKS.contains(&jdk) {
            decoder.bad_value(node, format!("the build image has no JDK {jdk}"), "write one of 8, 11, 17, 21 and 25");
            return None;
        }
        Some(Self(jdk))
    }
}

/// `3.11`
#[derive(Clone, Copy, Debug)]
pub struct PythonVersion;

impl Pattern for PythonVersion {
    const REGEX: &'static str = r"^3\.[0-9]{1,2}$";
    const EXPECTED: &'static str = "a version of Python";
    const EXAMPLE: &'static str = "3.11";

    fn matches(text: &str) -> bool {
        text.strip_prefix("3.")
            .is_some_and(|minor| (1..=2).contains(&minor.len()) && minor.bytes().all(|byte| byte.is_ascii_digit()))
    }
}

/// `group:artifact:version`
#[derive(Clone, Copy, Debug)]
pub struct MavenCoordinates;

impl Pattern for MavenCoordinates {
    const REGEX: &'static str = "^[A-Za-z0-9_.-]+:[A-Za-z0-9_.-]+:[A-Za-z0-9_.-]+$";
    const EXPECTED: &'static str = "Maven coordinates: group, artifact and version";
    const EXAMPLE: &'static str = "org.apache.flink:flink-sql-connector-aws-kinesis-streams:5.0.0-1.20";

    fn matches(text: &str) -> bool {
        let word = |part: &str| {
            !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte))
        };
        let parts: Vec<_> = text.split(':').collect();
        parts.len() == 3 && parts.into_iter().all(word)
    }
}

/// What CodeBuild takes as the name of an environment variable of one's own.
#[derive(Clone, Copy, Debug)]
pub struct VariableName;

impl Pattern for VariableName {
    const REGEX: &'static str = "^(?!CODEBUILD_)[A-Za-z_][A-Za-z0-9_]*$";
    const EXPECTED: &'static str =
        "the name of an environment variable that CodeBuild does not keep for itself (`CODEBUILD_…`)";
    const EXAMPLE: &'static str = "MAVEN_OPTS";

    fn matches(text: &str) -> bool {
        let word = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        word && text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
            && !text.starts_with("CODEBUILD_")
    }
}

/// CodeBuild user guide, Allow CodeBuild access to AWS services required to create a VPC network interface: on any
/// resource, as the interfaces are not there before. From memory, not read again (2026-11-21).
const INTERFACES: &[&str] = &[
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeDhcpOptions",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSubnets",
    "ec2:DescribeVpcs",
];
pub(super) const IMAGE: &str = "aws/codebuild/amazonlinux-x86_64-standard:6.0";
/// CodeBuild service model, BuildTimeOut: 5 to 2,160 minutes.
const TIMEOUT_MINUTES: std::ops::RangeInclusive<u64> = 5..=2160;

impl Compute {
    fn compute_type(self) -> &'static str {
        match self {
            Compute::Small => "BUILD_GENERAL1_SMALL",
            Compute::Medium => "BUILD_GENERAL1_MEDIUM",
            Compute::Large => "BUILD_GENERAL1_LARGE",
        }
    }
}

impl Python {
    /// Where the connector lies in the ZIP.
    pub(super) fn connector_path(&self) -> Option<String> {
        let coordinates = self.connector.as_ref()?;
        let mut parts = coordinates.text.split(':').skip(1);
        Some(format!("lib/{}-{}.jar", parts.next()?, parts.next()?))
    }
}

/// A variable that a build exports.
#[derive(Clone, Copy, Debug)]
pub struct ExportedName;

impl Pattern for ExportedName {
    const REGEX: &'static str = "^[A-Z][A-Z0-9_]*$";
    const EXPECTED: &'static str =
        "the name of an exported variable: a capital letter, then capitals, digits and underscores";
    const EXAMPLE: &'static str = "VERSION";

    fn matches(text: &str) -> bool {
        text.starts_with(|first: char| first.is_ascii_uppercase())
            && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
    }
}

/// CodeBuild service model, ReportGroupName: 2 to 128 characters, of which the project's name takes the first.
#[derive(Clone, Copy, Debug)]
pub struct ReportName;

impl Pattern for ReportName {
    const REGEX: &'static str = "^[A-Za-z0-9][A-Za-z0-9_-]{1,29}$";
    const EXPECTED: &'static str = "the name of a report: 2 to 30 letters, digits, underscores and hyphens";
    const EXAMPLE: &'static str = "unit";

    fn matches(text: &str) -> bool {
        (2..=30).contains(&text.len())
            && text.starts_with(|first: char| first.is_ascii_alphanumeric())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
    }
}

impl Build {
    /// The builds whose results this one needs.
    pub(super) fn used(&self) -> impl Iterator<Item = &Located<Reference<Builds>>> {
        self.uses.iter().flat_map(|uses| &uses.value.0)
    }

    /// Whether later steps can ask for what this build found out.
    pub(super) fn tells(&self) -> bool {
        self.publishes() || self.exports.is_some()
    }

    /// The variables that hold revisions: only a pipeline knows them, so its action sets them.
    pub(super) fn revisions(&self) -> impl Iterator<Item = (&Located<String>, &Located<Scalar>)> {
        let all = self.env.iter().flat_map(|env| &env.entries).map(|(name, value)| (name, value));
        all.filter(|(_, value)| value.value.0.literal().is_none())
    }

    /// Whether a step after the build can use what it published.
    pub(super) fn publishes(&self) -> bool {
        self.output.is_some() || self.buildspec.is_some()
    }
}

/// The namespace of a build action's variables.
pub(super) fn namespace(name: &str) -> String {
    format!("builds-{name}")
}

/// The name of a build action's artifact; shells cannot expand variables with hyphens, so it has none.
pub(super) fn artifact(name: &str) -> String {
    format!("builds_{}", name.replace('-', "_"))
}

impl Thing for Build {
    fn check(&self, this: &Entry, model: &Model, report: &mut Vec<Diagnostic>) {
        check_buckets(model, report);
        self.check_network(this, model, report);
        let ways = [
            ("java", self.java.as_ref().map(|value| &value.span)),
            ("python", self.python.as_ref().map(|value| &value.span)),
            ("buildspec", self.buildspec.as_ref().map(|value| &value.span)),
        ];
        let given: Vec<_> = ways.iter().filter_map(|(key, span)| Some((key, (*span)?))).collect();
        if given.is_empty() && self.commands.is_none() {
            report.push(
                Diagnostic::new(&rules::WAY, &this.name.span, format!("`{}` does not say how to build", this.path()))
                    .label("has no `java`, `python`, `commands` or `buildspec`")
                    .help("add one, for example `java: {jdk: 11, tool: maven}`"),
            );
        }
        if let [(first, first_span), (second, span), ..] = given.as_slice() {
            report.push(
                Diagnostic::new(&rules::WAY, span, format!("`{first}` and `{second}` exclude each other"))
                    .label("the second of the two")
                    .related(first_span, "the first")
                    .help("keep one; what needs both runs by `commands`"),
            );
        }
        if let (Some(buildspec), Some(output)) = (&self.buildspec, &self.output) {
            report.push(
                Diagnostic::new(
                    &rules::WAY,
                    &output.span,
                    "a buildspec of the repository publishes by itself, `output` would do nothing",
                )
                .label("has no effect")
                .related(&buildspec.span, "the buildspec")
                .help("remove `output`, and export `KEY` and `SHA256` in the buildspec"),
            );
        }
        if let Some(timeout) = &self.timeout
            && (timeout.0 % 60 != 0 || !TIMEOUT_MINUTES.contains(&(timeout.0 / 60)))
        {
            report.push(
                Diagnostic::new(
                    &rules::BUILD_TIMEOUT,
                    &timeout.span,
                    format!("a build takes 5 minutes to 36 hours, not `{}`", timeout.span.text()),
                )
                .label("AWS refuses this")
                .help("write a whole number of minutes from `5m` to `36h`"),
            );
        }
    }

    fn declares(&self, attribute: &str) -> bool {
        self.exports.iter().flat_map(|exports| &exports.value.0).any(|name| name.text == attribute)
    }

    fn attribute(&self, this: &Entry, attribute: &str, _model: &Model, origin: &Origin) -> Option<Value> {
        let variable = match attribute {
            "sha256" => "SHA256",
            "key" => "KEY",
            exported if self.declares(exported) => exported,
            _ => return None,
        };
        Some(Value::text(format!("#{{{}.{variable}}}", namespace(&this.name.value)), origin))
    }

    fn build_output(&self) -> Option<BuildOutput> {
        if !self.publishes() {
            return None;
        }
        Some(match (&self.java, &self.python) {
            (Some(java), _) => BuildOutput::Java { jdk: Located::new(java.jdk.0, java.jdk.span.clone()) },
            (None, Some(python)) => BuildOutput::Python {
                version: python.version.clone().map(|version| version.text),
                main: python.main.value.0.clone(),
                connector: python.connector_path(),
            },
            (None, None) => BuildOutput::Opaque,
        })
    }

    fn lower(&self, this: &Entry, lowering: &mut Lowering<'_>) {
        shared::add(lowering, &this.derived("builds publish to a bucket"));
        let origin = Origin::authored(&this.name.span);
        if let Some(network) = &self.network {
            place_in(Home::Delivery, network, this, Staying::Removed, lowering);
        }
        self.project(this, None, lowering).add(this, "", this.name.value.clone(), lowering, &origin);
    }

    /// A pipeline runs the project of a build with code that it fetched; for everything else there is a second project
    /// that fetches the code itself.
    fn admit(&self, this: &Entry, sender: &Sender<'_>, lowering: &mut Lowering<'_>) -> Option<Admission> {
        let origin = &sender.origin;
        let mut own = self.own_source(lowering.model)?;
        own.statements.extend(self.publishes().then(|| shared::key_statement(origin)));
        let name = format!("{}-by-event", this.name.value);
        let id = self.project(this, Some(own), lowering).add(this, "ByEvent", name, lowering, origin);
        let arn = Value::get_att(id, "Arn", origin);
        let start = Statement::new(&["codebuild:StartBuild"], vec![arn.clone()], origin);
        Some(Admission { arn, statements: vec![start], after: None })
    }
}

impl Build {
    fn check_network(&self, this: &Entry, model: &Model, report: &mut Vec<Diagnostic>) {
        let Some(network) = &self.network else { return };
        let Some((entry, found)) = model.thing::<Network>(&network.path()) else { return };
        if !found.is_written_out() {
            let message = format!(
                "`{}` belongs to the stacks of the environments, and `{}` runs in none of them",
                entry.path(),
                this.path()
            );
            report.push(
                Diagnostic::new(&rules::BUILD_NETWORK, &network.span, message)
                    .label("not there for builds")
                    .related(&entry.name.span, "this network")
                    .help("name a network with the ids of a VPC and subnets that are there already"),
            );
        }
    }

    /// `VpcConfig`, and what the build's role needs for it.
    fn vpc(&self, this: &Entry, lowering: &Lowering<'_>) -> Option<(Value, Vec<Statement>)> {
        let network = self.network.as_ref()?;
        let place = standing(network, this, lowering)?;
        let origin = Origin::authored(&network.span);
        let config = Value::map(&origin)
            .with("VpcId", place.vpc.clone())
            .with("Subnets", place.subnet_list(&origin))
            .with("SecurityGroupIds", place.group_list(&origin));
        let origin = Origin::derived(&network.span, "a build in a network has interfaces there");
        let subnets = place.subnets.iter().map(|subnet| ec2_arn("subnet", subnet, &origin)).collect();
        let service = Value::from_json(json!({ "ec2:AuthorizedService": "codebuild.amazonaws.com" }), &origin);
        let in_subnets = Value::map(&origin).with("ec2:Subnet", Value::list(subnets, &origin));
        let condition = Value::map(&origin).with("StringEquals", service).with("ArnEquals", in_subnets);
        let interfaces = ec2_arn("network-interface", &Value::text("*", &origin), &origin);
        let statements = vec![
            Statement::new(INTERFACES, vec![Value::text("*", &origin)], &origin),
            Statement::new(&["ec2:CreateNetworkInterfacePermission"], vec![interfaces], &origin).when(condition),
        ];
        Some((config, statements))
    }

    fn project(&self, this: &Entry, own: Option<OwnSource>, lowering: &Lowering<'_>) -> Project {
        let origin = Origin::authored(&this.name.span);
        let mut variables = Vec::new();
        if self.output.is_some() {
            let derived = this.derived("the build publishes to this bucket");
            variables.push(("PUBLISHED_BUCKET".to_owned(), Value::reference(shared::PUBLISHED, &derived)));
        }
        for (name, value) in self.env.iter().flat_map(|env| &env.entries) {
            if value.value.0.literal().is_some() {
                variables.push((name.value.clone(), lowering.text(&value.value.0, &value.span, Home::Delivery)));
            }
        }
        variables.sort_by(|(a, _), (b, _)| a.cmp(b));
        let spec = match &self.buildspec {
            Some(path) => Value::text(&*path.value.0, &Origin::authored(&path.span)),
            None => Value::text(buildspec::print(self, this), &origin),
        };
        let (vpc, needed) = self.vpc(this, lowering).unzip();
        let mut statements = self.statements(this, lowering.model, &origin);
        statements.extend(needed.into_iter().flatten());
        Project {
            own,
            spec,
            vpc,
            image: self.image.as_ref().map(|image| Value::text(&*image.value.0, &Origin::authored(&image.span))),
            compute: self
                .compute
                .as_ref()
                .map(|compute| Value::text(compute.compute_type(), &Origin::authored(&compute.span))),
            timeout: self.timeout.as_ref().map(|timeout| {
                Value::new(ValueKind::Integer((timeout.0 / 60) as i64), &Origin::authored(&timeout.span))
            }),
            variables,
            statements,
            cache: self.cache.as_ref().map(|cache| {
                let origin = Origin::authored(&cache.span);
                let location = format!("${{{}}}/cache/{}", shared::STORE, this.name.value);
                Value::map(&origin)
                    .with("Type", Value::text("S3", &origin))
                    .with("Location", Value::sub(location, &origin))
            }),
        }
    }

    /// The code, fetched by CodeBuild itself.
    fn own_source(&self, model: &Model) -> Option<OwnSource> {
        let (entry, repo) = repo_of(self, model)?;
        own_source(entry, repo, model)
    }

    fn statements(&self, this: &Entry, model: &Model, origin: &Origin) -> Vec<Statement> {
        let mut statements = Vec::new();
        if self.publishes() {
            let objects = Value::sub(format!("${{{}.Arn}}/builds/{}/*", shared::PUBLISHED, this.name.value), origin);
            statements.push(Statement::new(&["s3:PutObject"], vec![objects], origin));
        }
        if let Some(reports) = &self.reports {
            let origin = Origin::authored(&reports.span);
            let groups = format!(
                "arn:${{AWS::Partition}}:codebuild:${{AWS::Region}}:${{AWS::AccountId}}:report-group/{}-{}-*",
                model.name.value, this.name.value,
            );
            let actions = [
                "codebuild:BatchPutTestCases",
                "codebuild:CreateReport",
                "codebuild:CreateReportGroup",
                "codebuild:UpdateReport",
            ];
            statements.push(Statement::new(&actions, vec![Value::sub(groups, &origin)], &origin));
        }
        statements
    }
}

/// Code that CodeBuild fetches itself.
pub(super) struct OwnSource {
    pub(super) source: Value,
    pub(super) version: Option<Value>,
    /// What the build's role needs for it.
    pub(super) statements: Vec<Statement>,
}

/// The code of a repository, fetched by CodeBuild itself; `None` for what only a pipeline is told of.
pub(super) fn own_source(entry: &Entry, repo: &Repo, model: &Model) -> Option<OwnSource> {
    let origin = Origin::derived(&entry.name.span, "a build that no pipeline runs fetches its code itself");
    match repo.host() {
        Host::Connection { .. } => None,
        Host::CodeCommit(repository) => {
            let name = &repository.value.0;
            let url = format!("https://git-codecommit.${{AWS::Region}}.${{AWS::URLSuffix}}/v1/repos/{name}");
            let arn = format!("arn:${{AWS::Partition}}:codecommit:${{AWS::Region}}:${{AWS::AccountId}}:{name}");
            let version = repo
                .branch
                .as_ref()
                .map(|branch| Value::text(format!("refs/heads/{}", branch.value.0), &Origin::authored(&branch.span)));
            Some(OwnSource {
                source: Value::from_json(json!({ "Type": "CODECOMMIT" }), &origin)
                    .with("Location", Value::sub(url, &origin)),
                version,
                statements: vec![Statement::new(&["codecommit:GitPull"], vec![Value::sub(arn, &origin)], &origin)],
            })
        }
        Host::S3(object) => {
            let location = format!("{}/{}", repo.source_bucket(model)?, object.key.value.0);
            let arn = Value::sub(format!("arn:${{AWS::Partition}}:s3:::{location}"), &origin);
            Some(OwnSource {
                source: Value::from_json(json!({ "Type": "S3", "Location": location }), &origin),
                version: None,
                statements: vec![Statement::new(&["s3:GetObject", "s3:GetObjectVersion"], vec![arn], &origin)],
            })
        }
    }
}

/// Why the build at a path can be started by a pipeline only; `None` when events may start it too.
pub(in crate::kinds) fn needs_pipeline(model: &Model, path: &str) -> Option<&'static str> {
    let (_, build) = model.thing::<Build>(path)?;
    let (_, repo) = repo_of(build, model)?;
    if matches!(repo.host(), Host::Connection { .. }) {
        return Some("its code comes through a connection, of which only a pipeline is told");
    }
    if build.uses.is_some() {
        return Some("it needs what other builds made in the same execution of a pipeline");
    }
    build.revisions().next().map(|_| "only a pipeline knows the revisions that its `env` asks for")
}

/// The repository of CodeCommit that the build at a path is of.
pub(in crate::kinds) fn codecommit_of<'a>(model: &'a Model, path: &str) -> Option<&'a str> {
    let (_, build) = model.thing::<Build>(path)?;
    match repo_of(build, model)?.1.host() {
        Host::CodeCommit(repository) => Some(&repository.value.0),
        _ => None,
    }
}

/// The extension of the file that the build at a path publishes, as far as the document says it.
pub(in crate::kinds) fn output_extension<'a>(path: &str, model: &'a Model) -> Option<&'a str> {
    let (_, build) = model.thing::<Build>(path)?;
    let file = build.output.as_ref()?.value.0.rsplit('/').next()?;
    Some(file.rsplit_once('.').map_or("", |(_, extension)| extension))
}

/// A CodeBuild project.
pub(super) struct Project {
    /// The code of a project that no pipeline runs.
    pub(super) own: Option<OwnSource>,
    pub(super) spec: Value,
    /// `VpcConfig`
    pub(super) vpc: Option<Value>,
    pub(super) image: Option<Value>,
    pub(super) compute: Option<Value>,
    /// Minutes.
    pub(super) timeout: Option<Value>,
    pub(super) variables: Vec<(String, Value)>,
    pub(super) statements: Vec<Statement>,
    pub(super) cache: Option<Value>,
}

impl Project {
    /// Adds the project, its role and its log group; gives the project's logical id.
    pub(super) fn add(
        self,
        this: &Entry,
        suffix: &str,
        name: String,
        lowering: &mut Lowering<'_>,
        origin: &Origin,
    ) -> String {
        let id = logical_id(this.section, &this.name.value, suffix);
        let name = format!("{}-{name}", lowering.model.name.value);
        let derived = Origin::derived(&origin.span, "a build runs under a role of its own and writes a log");
        let group_id = format!("{id}Logs");
        let group = Value::from_json(
            json!({ "LogGroupName": format!("/aws/codebuild/{name}"), "RetentionInDays": 90 }),
            &derived,
        );
        let group = lowering.add(Home::Delivery, this, &format!("{suffix}Logs"), "AWS::Logs::LogGroup", group);
        group.deletion_policy = Some("Delete");
        group.update_replace_policy = Some("Delete");
        let mut statements = self.statements;
        match &self.own {
            Some(own) => statements.extend(own.statements.iter().cloned()),
            None => statements.extend(shared::store_statements(&derived)),
        }
        statements.push(Statement::new(
            &["logs:CreateLogStream", "logs:PutLogEvents"],
            vec![Value::get_att(&*group_id, "Arn", &derived)],
            &derived,
        ));
        let role = Role::new("codebuild.amazonaws.com", statements);
        lowering.add(Home::Delivery, this, &format!("{suffix}Role"), "AWS::IAM::Role", role.to_value(&derived));
        let machine = Origin::derived(
            &origin.span,
            "the newest of AWS's images and its smallest machine build unless told otherwise",
        );
        let pipeline = Origin::derived(&origin.span, "a pipeline gives it the code and takes the result");
        let variables: Vec<Value> = self
            .variables
            .into_iter()
            .map(|(name, value)| {
                Value::map(&value.origin.clone()).with("Name", Value::text(name, &value.origin)).with("Value", value)
            })
            .collect();
        let environment = Value::map(&machine)
            .with("Type", Value::text("LINUX_CONTAINER", &machine))
            .with("Image", self.image.unwrap_or_else(|| Value::text(IMAGE, &machine)))
            .with("ComputeType", self.compute.unwrap_or_else(|| Value::text(Compute::Small.compute_type(), &machine)))
            .with_some("EnvironmentVariables", (!variables.is_empty()).then(|| Value::list(variables, &machine)));
        let by_pipeline = || Value::from_json(json!({ "Type": "CODEPIPELINE" }), &pipeline);
        let (source, version, artifacts) = match self.own {
            None => (by_pipeline(), None, by_pipeline()),
            Some(own) => {
                let nothing = Value::from_json(json!({ "Type": "NO_ARTIFACTS" }), &derived);
                (own.source, own.version, nothing)
            }
        };
        let source = source.with("BuildSpec", self.spec);
        let logs = json!({ "CloudWatchLogs": { "Status": "ENABLED", "GroupName": { "Ref": group_id } } });
        let properties = Value::map(origin)
            .with("Name", Value::text(name, &derived))
            .with("ServiceRole", Value::get_att(format!("{id}Role"), "Arn", &derived))
            .with("Source", source)
            .with_some("SourceVersion", version)
            .with("Artifacts", artifacts)
            .with("Environment", environment)
            .with("EncryptionKey", Value::get_att(shared::KEY, "Arn", &pipeline))
            .with("LogsConfig", Value::from_json(logs, &derived))
            .with_some("Cache", self.cache)
            .with_some("VpcConfig", self.vpc)
            .with_some("TimeoutInMinutes", self.timeout);
        lowering.add(Home::Delivery, this, suffix, "AWS::CodeBuild::Project", properties);
        id
    }
}

/// How many builds of `together` have to run one after the other before the one at `path` can: the longest way down its
/// `uses`.
pub(super) fn depth(path: &str, together: &[Located<Reference<Builds>>], model: &Model) -> i64 {
    let Some((_, build)) = model.thing::<Build>(path) else { return 0 };
    let before = build.used().map(|used| used.path()).filter(|used| together.iter().any(|other| other.path() == *used));
    before.map(|used| 1 + depth(&used, together, model)).max().unwrap_or(0)
}

/// The repository of a build.
pub(super) fn repo_of<'a>(build: &Build, model: &'a Model) -> Option<(&'a Entry, &'a Repo)> {
    model.thing::<Repo>(&build.repo.path())
}
