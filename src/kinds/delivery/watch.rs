//! The scheduled look: a build that runs `tidegate drift` over all environments, tells who is to be told, and fails.

use serde_json::json;

use super::builds::{IMAGE, OwnSource, own_source};
use super::repos::{Host, Repo};
use super::rules;
use crate::artifact::yaml;
use crate::desired::{Origin, Value};
use crate::diagnostic::Diagnostic;
use crate::facts::{iam, read_permissions};
use crate::model::{Home, Lowering, Model, Role, Statement, pack, pascal, policy_document};
use crate::source::Span;
use crate::spec::Drift;

const THING: &str = "drift";
const PROJECT: &str = "DriftProject";
const LOGS: &str = "DriftLogs";
const ROLE: &str = "DriftRole";
const TOPIC: &str = "DriftTopic";
const SCHEDULE: &str = "DriftSchedule";
const SCHEDULE_ROLE: &str = "DriftScheduleRole";
const MINUTES: i64 = 60;

/// Calls that look at stacks, and at resources through CloudFormation and Cloud Control.
const OF_STACKS: [&str; 8] = [
    "cloudformation:DescribeStackEvents",
    "cloudformation:DescribeStackResourceDrifts",
    "cloudformation:DescribeStackResources",
    "cloudformation:DescribeStacks",
    "cloudformation:DetectStackDrift",
    "cloudformation:DetectStackResourceDrift",
    "cloudformation:GetTemplate",
    "cloudformation:ListStackResources",
];
/// The same, where IAM knows no resource.
const OF_NO_STACK: [&str; 3] = [
    "cloudformation:BatchDescribeTypeConfigurations",
    "cloudformation:DescribeStackDriftDetectionStatus",
    "cloudformation:GetResource",
];
/// On resources that are not called after the stack.
const ANYWHERE: [&str; 1] = ["lambda:GetLayerVersion"];
/// What is made only when all stacks are finished.
const OF_ALL_STACKS: [&str; 4] =
    ["AWS::IAM::Role", "AWS::SNS::TopicPolicy", "AWS::SQS::QueuePolicy", "AWS::SSM::Parameter"];

/// What the scheduled look needs of the document.
struct Watch<'a> {
    drift: &'a Drift,
    schedule: Value,
    own: OwnSource,
    install: Vec<&'a str>,
    origin: Origin,
}

pub(in crate::kinds) fn add(lowering: &mut Lowering<'_>) {
    let model = lowering.model;
    let Some(drift) = &model.drift else { return };
    let Some(watch) = Watch::read(model, &drift.value, &mut lowering.report) else { return };
    let role = watch.add_role(lowering);
    watch.add_topic(lowering);
    watch.add_project(role, lowering);
    watch.add_schedule(lowering);
}

impl<'a> Watch<'a> {
    /// Reports what is missing, and what means nothing without a schedule.
    fn read(model: &'a Model, drift: &'a Drift, report: &mut Vec<Diagnostic>) -> Option<Self> {
        let Some(schedule) = &drift.schedule else {
            let of_schedule: [(&str, Option<&Span>); 5] = [
                ("time-zone", drift.time_zone.as_ref().map(|it| &it.span)),
                ("repo", drift.repo.as_ref().map(|it| &it.span)),
                ("install", drift.install.as_ref().map(|it| &it.span)),
                ("notify", drift.notify.as_ref().map(|it| &it.span)),
                ("environments", drift.environments.as_ref().map(|it| &it.span)),
            ];
            report.extend(of_schedule.into_iter().filter_map(|(key, span)| {
                let message = format!("`{key}` is for the scheduled look, and there is no `schedule`");
                let found = Diagnostic::new(&rules::WATCH, span?, message).label("means nothing here");
                Some(found.help(format!("add `schedule:`, for example `schedule: rate(6 hours)`, or remove `{key}`")))
            }));
            return None;
        };
        let needed = [
            ("repo", drift.repo.is_some(), "the repository that holds this document, for example `repo: repos.infra`"),
            ("install", drift.install.is_some(), "the commands that install tidegate there"),
            ("notify", drift.notify.is_some(), "who is told what differs"),
        ];
        let missing: Vec<_> = needed.iter().filter(|(_, is_given, _)| !is_given).collect();
        report.extend(missing.iter().map(|(key, _, what)| {
            Diagnostic::new(&rules::WATCH, &schedule.span, format!("the scheduled look has no `{key}`"))
                .label("cannot run so")
                .help(format!("add `{key}:`, {what}"))
        }));
        let (repo, install) = (drift.repo.as_ref()?, drift.install.as_ref()?);
        let Some((entry, found)) = model.thing::<Repo>(&repo.path()) else {
            if model.entry(&repo.path()).is_some() {
                let message = format!("`{}` is no repository", repo.path());
                let found = Diagnostic::new(&rules::WATCH, &repo.span, message).label("holds no document");
                report.push(found.help("name one of `repos`: that with this document in it"));
            }
            return None;
        };
        drift.notify.as_ref()?;
        Some(Self {
            drift,
            schedule: Value::text(&*schedule.text, &Origin::authored(&schedule.span)),
            own: connected(found, &Origin::authored(&repo.span)).or_else(|| own_source(entry, found, model))?,
            install: install.value.iter().map(|command| command.value.0.as_str()).collect(),
            origin: Origin::derived(&schedule.span, "the account is looked at by a build of its own"),
        })
    }

    /// The environments that are looked at.
    fn environments<'m>(&self, model: &'m Model) -> Vec<&'m str> {
        let wanted = self.drift.environments.as_ref().map(|environments| &environments.value);
        let is_meant = |name: &str| wanted.is_none_or(|wanted| wanted.iter().any(|it| it.name == name));
        let names = model.environments.iter().map(|(name, _)| name.value.as_str());
        names.filter(|name| is_meant(name)).collect()
    }

    /// The role of the build, with what reads the stacks of its own account; in each other account it takes on another.
    fn add_role(&self, lowering: &mut Lowering<'_>) -> Value {
        let (model, origin) = (lowering.model, &self.origin);
        let mut statements = self.own.statements.clone();
        let log = Value::get_att(LOGS, "Arn", origin);
        statements.push(Statement::new(&["logs:CreateLogStream", "logs:PutLogEvents"], vec![log], origin));
        statements.push(Statement::new(&["sns:Publish"], vec![Value::reference(TOPIC, origin)], origin));
        let all = self.drift.environments.is_none();
        if all {
            let delivery = model.delivery_stack_name();
            statements.extend(reading(lowering, Home::Delivery, &delivery, &model.delivery_region.value, origin));
            for (region, _) in model.other_regions() {
                let stack = format!("{delivery}-{region}");
                statements.extend(reading(lowering, model.store_home(region), &stack, region, origin));
            }
        }
        let mut foreign = Vec::new();
        for name in self.environments(model) {
            match model.apart(name).filter(|place| model.is_foreign(place)) {
                Some(place) => foreign.push(place),
                None => statements.extend(reading_environment(lowering, name, origin)),
            }
        }
        let roles = foreign.iter().map(|place| Value::sub(place.role_arn(&model.drift_role_name(place.name)), origin));
        let roles: Vec<Value> = roles.collect();
        if !roles.is_empty() {
            statements.push(Statement::new(&["sts:AssumeRole"], roles, origin));
        }
        for place in &foreign {
            let origin = Origin::derived(place.span, "the scheduled look reads in another account under a role there");
            let statements = reading_environment(lowering, place.name, &origin);
            let name = Value::text(model.drift_role_name(place.name), &origin);
            let trusted = Value::sub(model.delivery_role_arn(&model.watch_role_name()), &origin);
            let role = Role::for_roles(&model.delivery_account.value, vec![trusted], name, Vec::new());
            let id = format!("{}DriftRole", pascal(place.name));
            add_packed(lowering, place.home, &id, &role, statements, &origin);
        }
        let mut role = Role::new("codebuild.amazonaws.com", Vec::new());
        role.name = (!foreign.is_empty()).then(|| Value::text(model.watch_role_name(), origin));
        add_packed(lowering, Home::Delivery, ROLE, &role, statements, origin);
        Value::get_att(ROLE, "Arn", origin)
    }

    fn add_topic(&self, lowering: &mut Lowering<'_>) {
        let Some(notify) = &self.drift.notify else { return };
        let origin = Origin::authored(&notify.span);
        let subscriptions = notify.value.0.iter().map(|address| {
            let origin = Origin::authored(&address.span);
            Value::from_json(json!({ "Protocol": "email", "Endpoint": address.value.0 }), &origin)
        });
        let topic = Value::map(&origin).with("Subscription", Value::list(subscriptions.collect(), &origin));
        lowering.add_shared(Home::Delivery, TOPIC, "AWS::SNS::Topic", THING, topic);
    }

    fn add_project(&self, role: Value, lowering: &mut Lowering<'_>) {
        let (model, origin) = (lowering.model, &self.origin);
        let name = format!("{}-drift", model.name.value);
        let group = json!({ "LogGroupName": format!("/aws/codebuild/{name}"), "RetentionInDays": 90 });
        let group = Value::from_json(group, origin);
        let group = lowering.add_shared(Home::Delivery, LOGS, "AWS::Logs::LogGroup", THING, group);
        group.deletion_policy = Some("Delete");
        group.update_replace_policy = Some("Delete");
        let topic = json!([{ "Name": "DRIFT_TOPIC", "Value": { "Ref": TOPIC } }]);
        let environment = Value::from_json(
            json!({ "Type": "LINUX_CONTAINER", "Image": IMAGE, "ComputeType": "BUILD_GENERAL1_SMALL" }),
            origin,
        )
        .with("EnvironmentVariables", Value::from_json(topic, origin));
        let logs = json!({ "CloudWatchLogs": { "Status": "ENABLED", "GroupName": { "Ref": LOGS } } });
        let spec = Value::text(self.buildspec(model), origin);
        let properties = Value::map(origin)
            .with("Name", Value::text(name, origin))
            .with("Description", Value::text("Compares the account with the document, and tells what differs", origin))
            .with("ServiceRole", role)
            .with("Source", self.own.source.clone().with("BuildSpec", spec))
            .with_some("SourceVersion", self.own.version.clone())
            .with("Artifacts", Value::from_json(json!({ "Type": "NO_ARTIFACTS" }), origin))
            .with("Environment", environment)
            .with("LogsConfig", Value::from_json(logs, origin))
            .with("TimeoutInMinutes", Value::from_json(json!(MINUTES), origin));
        lowering.add_shared(Home::Delivery, PROJECT, "AWS::CodeBuild::Project", THING, properties);
    }

    fn add_schedule(&self, lowering: &mut Lowering<'_>) {
        let origin = &self.origin;
        let project = Value::get_att(PROJECT, "Arn", origin);
        let start = Statement::new(&["codebuild:StartBuild"], vec![project.clone()], origin);
        let role = Role::new("scheduler.amazonaws.com", vec![start]).to_value(origin);
        lowering.add_shared(Home::Delivery, SCHEDULE_ROLE, "AWS::IAM::Role", THING, role);
        let target =
            Value::map(origin).with("Arn", project).with("RoleArn", Value::get_att(SCHEDULE_ROLE, "Arn", origin));
        let zone = self.drift.time_zone.as_ref();
        let zone = zone.map(|zone| Value::text(&*zone.value.0, &Origin::authored(&zone.span)));
        let properties = Value::map(&self.schedule.origin)
            .with("Description", Value::text("Starts the comparison of the account with the document", origin))
            .with("ScheduleExpression", self.schedule.clone())
            .with_some("ScheduleExpressionTimezone", zone)
            .with("FlexibleTimeWindow", Value::from_json(json!({ "Mode": "OFF" }), origin))
            .with("State", Value::text("ENABLED", origin))
            .with("Target", target);
        lowering.add_shared(Home::Delivery, SCHEDULE, "AWS::Scheduler::Schedule", THING, properties);
    }

    fn buildspec(&self, model: &Model) -> String {
        let subject = format!("Drift: {}", model.name.value);
        let publish = format!(
            "aws sns publish --topic-arn \"$DRIFT_TOPIC\" --subject \"{subject}\" --message file://message.txt"
        );
        let mut words = vec![model.path.clone()];
        if self.drift.environments.is_some() {
            words.extend(self.environments(model).into_iter().flat_map(|name| stacks_of(model, name)));
        }
        if model.names_loading_roles() {
            words.push("--role 'tidegate-drift-{name}-{environment}'".to_owned());
        }
        let look = format!("tidegate drift {} --detailed-exitcode --format concise", words.join(" "));
        // What is told begins with what differs; all else is in the log of the build.
        let script = format!(
            r#"code=0
{look} > drift.txt 2> errors.txt || code=$?
cat drift.txt errors.txt
if [ "$code" -ne 0 ]; then
  case "$code" in
    2) echo "The account differs from {path}." > message.txt ;;
    3) echo "Too little could be compared with {path}." > message.txt ;;
    *) echo "Not everything could be looked at, or the time of an accepted difference is over ({path})." > message.txt ;;
  esac
  grep -v ": info\[" drift.txt | head -c 100000 >> message.txt
  head -c 50000 errors.txt >> message.txt
  echo "All of it: $CODEBUILD_BUILD_URL" >> message.txt
  {publish}
fi
exit "$code"
"#,
            path = model.path,
        );
        let broken = format!(
            "if [ \"$CODEBUILD_BUILD_SUCCEEDING\" = 0 ]; then echo \"tidegate could not be installed, so nobody looked at the account: $CODEBUILD_BUILD_URL\" > message.txt; {publish}; fi"
        );
        let document = json!({
            "version": "0.2",
            "env": { "shell": "bash" },
            "phases": {
                "install": { "commands": self.install, "finally": [broken] },
                "build": { "commands": [script] },
            },
        });
        yaml::print(&Value::from_json(document, &self.origin), None).text
    }
}

/// The code behind a connection, which CodeBuild fetches through it.
fn connected(repo: &Repo, origin: &Origin) -> Option<OwnSource> {
    let Host::Connection { provider, path } = repo.host() else { return None };
    let host = match provider {
        "GitHub" => "github.com",
        "GitLab" => "gitlab.com",
        _ => "bitbucket.org",
    };
    let connection = repo.connection_arn()?;
    let auth = Value::from_json(json!({ "Type": "CODECONNECTIONS" }), origin).with("Resource", connection.clone());
    let location = format!("https://{host}/{}.git", path.text);
    let source =
        Value::from_json(json!({ "Type": provider.to_uppercase(), "Location": location, "GitCloneDepth": 1 }), origin);
    let actions = [
        "codeconnections:GetConnection",
        "codeconnections:GetConnectionToken",
        "codestar-connections:GetConnection",
        "codestar-connections:GetConnectionToken",
    ];
    Some(OwnSource {
        source: source.with("Auth", auth),
        version: repo.branch.as_ref().map(|branch| Value::text(&*branch.value.0, &Origin::authored(&branch.span))),
        statements: vec![Statement::new(&actions, vec![connection], origin)],
    })
}

/// What the stacks of an environment are called on the command line.
fn stacks_of(model: &Model, environment: &str) -> Vec<String> {
    let data = model.data_stack_name(environment).map(|_| format!("{environment}-data"));
    let access = model.apart(environment).map(|_| model.access_name(environment));
    [Some(environment.to_owned()), data, access].into_iter().flatten().collect()
}

/// Reading the stacks of an environment.
fn reading_environment(lowering: &Lowering<'_>, environment: &str, origin: &Origin) -> Vec<Statement> {
    let model = lowering.model;
    let place = model.apart(environment);
    let region = place.map_or(model.delivery_region.value.as_str(), |place| place.region);
    let stack = model.stack_name(environment);
    let mut statements = reading(lowering, Home::Application, &stack, region, origin);
    if let Some(data) = model.data_stack_name(environment) {
        statements.extend(reading(lowering, Home::Application, &data, region, origin));
    }
    if let Some(place) = place {
        let access = model.access_stack_name(environment);
        statements.extend(reading(lowering, place.home, &access, region, origin));
    }
    statements
}

/// Reading a stack and what is in it.
fn reading(lowering: &Lowering<'_>, home: Home, stack: &str, region: &str, origin: &Origin) -> Vec<Statement> {
    let arn = format!("arn:${{AWS::Partition}}:cloudformation:{region}:${{AWS::AccountId}}:stack/{stack}/*");
    let mut statements = vec![
        Statement::new(&OF_STACKS, vec![Value::sub(arn, origin)], origin),
        Statement::new(&OF_NO_STACK, vec![Value::text("*", origin)], origin),
    ];
    let types = lowering.resources(home).values().map(|resource| resource.resource_type.as_str());
    let system = lowering.model.name.value.as_str();
    for (actions, resources, condition) in read_permissions(types.chain(OF_ALL_STACKS), &readers, stack, system) {
        // Of a service that AWS does not have, nothing is known.
        let known = actions.iter().map(String::as_str).filter(|action| is_known(action));
        let (anywhere, actions): (Vec<&str>, Vec<&str>) = known.partition(|action| ANYWHERE.contains(action));
        if !anywhere.is_empty() {
            statements.push(Statement::new(&anywhere, vec![Value::text("*", origin)], origin));
        }
        if actions.is_empty() {
            continue;
        }
        let resources = resources.iter().map(|resource| match resource.as_str() {
            "*" => Value::text("*", origin),
            arn => Value::sub(arn.replace("${AWS::Region}", region), origin),
        });
        let statement = Statement::new(&actions, resources.collect(), origin);
        statements.push(match condition {
            Some(condition) => statement.when(Value::from_json(condition, origin)),
            None => statement,
        });
    }
    statements
}

fn is_known(action: &str) -> bool {
    action.split_once(':').is_some_and(|(service, name)| iam::service(service).is_some_and(|facts| facts.has(name)))
}

/// What reads a type beside its read handler.
fn readers(resource_type: &str) -> Vec<String> {
    let actions: &[&str] = match resource_type {
        "AWS::CodeBuild::Project" => &["codebuild:BatchGetProjects"],
        "AWS::CodePipeline::Pipeline" => &["codepipeline:GetPipeline", "codepipeline:GetPipelineState"],
        "AWS::Kinesis::Stream" => &["kinesis:DescribeStreamSummary", "kinesis:ListTagsForStream"],
        "AWS::KinesisAnalyticsV2::Application" | "AWS::KinesisAnalyticsV2::ApplicationCloudWatchLoggingOption" => {
            &["kinesisanalytics:DescribeApplication"]
        }
        "AWS::Lambda::Function" => &["lambda:GetFunction"],
        "AWS::S3::Bucket" => &["s3:ListBucket"],
        "AWS::SSM::Parameter" => &["ssm:GetParameter"],
        _ => &[],
    };
    actions.iter().map(|action| (*action).to_owned()).collect()
}

/// Adds a role; what does not fit into it stands in managed policies beside it.
fn add_packed(
    lowering: &mut Lowering<'_>,
    home: Home,
    id: &str,
    role: &Role,
    statements: Vec<Statement>,
    origin: &Origin,
) {
    let mut groups = pack(statements, origin).into_iter();
    let first = groups.next().unwrap_or_default();
    let role = Role { trust: role.trust.clone(), name: role.name.clone(), statements: first };
    let mut properties = role.to_value(origin);
    let mut attached = Vec::new();
    for (at, statements) in groups.enumerate() {
        let policy = format!("{id}Policy{}", at + 1);
        let properties = Value::map(origin)
            .with("Description", Value::text("More of what the scheduled look may read", origin))
            .with("PolicyDocument", policy_document(&statements, origin));
        attached.push(Value::reference(&*policy, origin));
        lowering.add_shared(home, &policy, "AWS::IAM::ManagedPolicy", THING, properties);
    }
    if !attached.is_empty() {
        properties.set("ManagedPolicyArns", Value::list(attached, origin));
    }
    lowering.add_shared(home, id, "AWS::IAM::Role", THING, properties);
}
