//! The resources of a job: role, connection, job, trigger, alarm.

use serde_json::json;

use super::{Job, JobConnection, script};
use crate::desired::{Origin, Value, ValueKind};
use crate::kinds::network::{Place, Staying, ec2_arn, let_parts_in, place};
use crate::model::{Alarm, Entry, Home, Lowering, Model, Role, Statement, Thing, Verb, logical_id};
use crate::source::Located;

/// The Glue version that runs Python shell jobs with Python 3.9.
const PYTHON_SHELL_GLUE: &str = "3.0";

pub(super) fn lower(job: &Job, this: &Entry, lowering: &mut Lowering<'_>) {
    let (mut statements, variables) = lowering.wire(&job.links());
    statements.extend(own_statements(job, this, lowering.model));
    if let Some(connection) = &job.connection
        && let Some(place) = place(&connection.network, this, Staying::Removed, lowering)
    {
        let within = Origin::derived(&connection.network.span, "the workers of a job reach each other");
        let_parts_in(this, &within, lowering);
        statements.extend(connection_statements(connection, &place, this));
        add_connection(connection, &place, this, lowering);
    }
    let origin = this.derived("a job runs under a role of its own");
    let role = lowering.add_role(Home::Application, this, &Role::new("glue.amazonaws.com", statements), &origin);

    let number = |value: i64, origin: &Origin| Value::new(ValueKind::Integer(value), origin);
    let arguments = arguments(job, this, variables, lowering);
    let connections = job.connection.as_ref().map(|connection| {
        let origin = Origin::authored(&connection.span);
        Value::map(&origin).with("Connections", Value::list(vec![lowering.physical_name(this)], &origin))
    });
    let concurrent = job.max_concurrent.as_ref().map(|count| {
        let origin = Origin::authored(&count.span);
        Value::map(&origin).with("MaxConcurrentRuns", number(count.0, &origin))
    });
    let retries = job.retries.as_ref().map(|retries| number(retries.0, &Origin::authored(&retries.span)));
    let timeout = job.timeout.as_ref().map(|timeout| number((timeout.0 / 60) as i64, &Origin::authored(&timeout.span)));
    let window = job.maintenance.as_ref().map(|window| Value::text(&*window.text, &Origin::authored(&window.span)));
    let command = command(job, this, lowering);
    let mut properties = Value::map(&Origin::authored(&this.name.span))
        .with("Name", lowering.physical_name(this))
        .with("Role", role)
        .with("Command", command)
        .with("GlueVersion", version(job, this))
        .with_some("DefaultArguments", arguments)
        .with_some("Connections", connections)
        .with_some("ExecutionProperty", concurrent)
        .with_some("MaxRetries", retries)
        .with_some("Timeout", timeout)
        .with_some("MaintenanceWindow", window);
    for (property, value) in size(job, this, lowering) {
        properties.set(property, value);
    }
    let resource = lowering.add(Home::Application, this, "", "AWS::Glue::Job", properties);
    if job.connection.is_some() {
        resource.depends_on = vec![logical_id(this.section, &this.name.value, "Connection")];
    }
    if job.schedule.is_some() {
        add_trigger(job, this, lowering);
    }
    if is_observed(job) {
        add_alarm(this, lowering);
    }
}

/// Glue tells of failures by metrics from 4.0 on, for Spark jobs.
fn is_observed(job: &Job) -> bool {
    job.spark().is_some_and(|version| !version.is_before_four())
}

fn command(job: &Job, this: &Entry, lowering: &mut Lowering<'_>) -> Value {
    let (name, python, origin) = match (&job.python_shell, &job.spark, &job.streaming) {
        (Some(python), ..) => ("pythonshell", python.word(), Origin::authored(&python.span)),
        (None, None, Some(version)) => ("gluestreaming", "3", Origin::authored(&version.span)),
        (None, spark, _) => {
            let span = spark.as_ref().map_or(&this.span, |version| &version.span);
            ("glueetl", "3", Origin::authored(span))
        }
    };
    Value::map(&origin)
        .with("Name", Value::text(name, &origin))
        .with("PythonVersion", Value::text(python, &origin))
        .with_some("ScriptLocation", job.script.as_ref().map(|script| script::address(script, this, lowering)))
}

fn version(job: &Job, this: &Entry) -> Value {
    match job.spark.as_ref().or(job.streaming.as_ref()) {
        Some(version) => Value::text(version.word(), &Origin::authored(&version.span)),
        None => Value::text(PYTHON_SHELL_GLUE, &this.derived("Python 3.9 comes with this version of Glue")),
    }
}

/// What Glue is told, then what wired things bring, then what the document says.
fn arguments(job: &Job, this: &Entry, variables: Vec<(String, Value)>, lowering: &Lowering<'_>) -> Option<Value> {
    let mut arguments = Value::map(&this.derived("the script finds wired things by these arguments"));
    if let Some(script) = job.script.as_ref().filter(|_| job.spark().is_some()) {
        let language = if script.is_scala() { "scala" } else { "python" };
        arguments.set("--job-language", Value::text(language, &Origin::authored(&script.span)));
    }
    if let Some(packages) = &job.packages {
        let list: Vec<&str> = packages.value.0.iter().map(|package| package.text.as_str()).collect();
        arguments.set("--additional-python-modules", Value::text(list.join(","), &Origin::authored(&packages.span)));
    }
    if is_observed(job) {
        let seen = this.derived("failures are seen by these metrics");
        arguments.set("--enable-metrics", Value::text("true", &seen));
        arguments.set("--enable-observability-metrics", Value::text("true", &seen));
    }
    if let Some(temp) = &job.temp {
        arguments.set("--TempDir", Value::sub(temp.folder(), &Origin::authored(&temp.span)));
    }
    for (name, value) in variables {
        arguments.set(format!("--{name}"), value);
    }
    for (name, value) in job.arguments.iter().flat_map(|arguments| &arguments.entries) {
        let value = lowering.text(&value.value.0, &value.span, Home::Application);
        arguments.set(format!("--{}", name.value), value);
    }
    let is_empty = matches!(&arguments.kind, ValueKind::Map(entries) if entries.is_empty());
    (!is_empty).then_some(arguments)
}

fn size(job: &Job, this: &Entry, lowering: &Lowering<'_>) -> Vec<(&'static str, Value)> {
    if job.python_shell.is_some() {
        let (capacity, origin) = match &job.capacity {
            Some(capacity) => (capacity.0, Origin::authored(&capacity.span)),
            None => (0.0625, this.derived("a script has a sixteenth of a data processing unit unless told otherwise")),
        };
        let kind = if capacity == 1.0 { ValueKind::Integer(1) } else { ValueKind::Float(capacity) };
        return vec![("MaxCapacity", Value::new(kind, &origin))];
    }
    let (kind, count) = match &job.workers {
        Some(workers) => (
            Value::text(workers.kind.word(), &Origin::authored(&workers.kind.span)),
            lowering.valued(&workers.count.value, &workers.count.span, |count, origin| {
                Value::new(ValueKind::Integer(count.0), origin)
            }),
        ),
        None => {
            let origin = this.derived("a Spark job has two workers unless told otherwise");
            (Value::text("G.1X", &origin), Value::new(ValueKind::Integer(2), &origin))
        }
    };
    vec![("WorkerType", kind), ("NumberOfWorkers", count)]
}

/// What every job needs: its script, its folder, its log, its metrics.
fn own_statements(job: &Job, this: &Entry, model: &Model) -> Vec<Statement> {
    let mut statements: Vec<_> = job.script.iter().flat_map(|script| script::statements(script, this, model)).collect();
    if let Some(temp) = &job.temp {
        let origin = Origin::derived(&temp.span, "the job writes there for the time being");
        statements.extend(temp.statements(Verb::Writes, &origin));
    }
    let logs = this.derived("the job writes its log");
    let group = if job.python_shell.is_some() { "python-jobs" } else { "jobs" };
    let arn =
        format!("arn:${{AWS::Partition}}:logs:${{AWS::Region}}:${{AWS::AccountId}}:log-group:/aws-glue/{group}/*");
    let actions = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"];
    statements.push(Statement::new(&actions, vec![Value::sub(arn, &logs)], &logs));
    if job.spark().is_some() {
        let metrics = this.derived("the job tells its metrics");
        let own = json!({ "StringEquals": { "cloudwatch:namespace": "Glue" } });
        statements.push(
            Statement::new(&["cloudwatch:PutMetricData"], vec![Value::text("*", &metrics)], &metrics)
                .when(Value::from_json(own, &metrics)),
        );
    }
    statements
}

/// What it takes to enter a network and to log in.
fn connection_statements(connection: &JobConnection, place: &Place, this: &Entry) -> Vec<Statement> {
    let network = &connection.network;
    let origin = Origin::derived(&network.span, "the job has network interfaces in its subnet");
    let ours = |service: &str, rest: &str| {
        format!("arn:${{AWS::Partition}}:{service}:${{AWS::Region}}:${{AWS::AccountId}}:{rest}")
    };
    let arn = |service: &str, rest: &str| Value::sub(ours(service, rest), &origin);
    let mut entered = vec![arn("ec2", "network-interface/*")];
    entered.extend(place.subnets.first().map(|subnet| ec2_arn("subnet", subnet, &origin)));
    entered.extend(place.security_groups.iter().map(|group| ec2_arn("security-group", group, &origin)));
    let tags = json!({ "ForAllValues:StringEquals": { "aws:TagKeys": ["aws-glue-service-resource"] } });
    let look = [
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeRouteTables",
        "ec2:DescribeSecurityGroups",
        "ec2:DescribeSubnets",
        "ec2:DescribeVpcAttribute",
        "ec2:DescribeVpcEndpoints",
    ];
    let mut statements = vec![
        Statement::new(&look, vec![Value::text("*", &origin)], &origin),
        Statement::new(&["ec2:CreateNetworkInterface"], entered, &origin),
        Statement::new(&["ec2:DeleteNetworkInterface"], vec![arn("ec2", "network-interface/*")], &origin),
        Statement::new(&["ec2:CreateTags", "ec2:DeleteTags"], vec![arn("ec2", "network-interface/*")], &origin)
            .when(Value::from_json(tags, &origin)),
        Statement::new(
            &["glue:GetConnection"],
            vec![arn("glue", "catalog"), arn("glue", &format!("connection/${{AWS::StackName}}-{}", this.name.value))],
            &origin,
        ),
    ];
    if let Some(secret) = &connection.secret {
        let origin = Origin::derived(&secret.span, "the job logs in with this secret");
        // Secrets Manager adds a hyphen and six characters to the name.
        let arn = Value::sub(ours("secretsmanager", &format!("secret:{}-??????", secret.text)), &origin);
        let actions = ["secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"];
        statements.push(Statement::new(&actions, vec![arn], &origin));
    }
    statements
}

fn add_connection(connection: &Located<JobConnection>, place: &Place, this: &Entry, lowering: &mut Lowering<'_>) {
    let origin = Origin::authored(&connection.span);
    let network = &connection.network;
    let text = |text: &Located<crate::spec::Text>| lowering.text(&text.value, &text.span, Home::Application);
    let network_origin = Origin::authored(&network.span);
    let requirements = Value::map(&network_origin)
        .with_some("SubnetId", place.subnets.first().cloned())
        .with("SecurityGroupIdList", place.group_list(&network_origin))
        .with_some("AvailabilityZone", place.zone.clone());
    let database = connection.jdbc.as_ref().map(|jdbc| {
        let secret = connection.secret.as_ref();
        Value::map(&Origin::authored(&jdbc.span))
            .with("JDBC_CONNECTION_URL", text(jdbc))
            .with_some("SECRET_ID", secret.map(|it| Value::text(&*it.text, &Origin::authored(&it.span))))
            .with("JDBC_ENFORCE_SSL", Value::text("true", &this.derived("data on its way is encrypted")))
    });
    let kind = if database.is_some() { "JDBC" } else { "NETWORK" };
    let input = Value::map(&origin)
        .with("Name", lowering.physical_name(this))
        .with("ConnectionType", Value::text(kind, &origin))
        .with_some("ConnectionProperties", database)
        .with("PhysicalConnectionRequirements", requirements);
    let catalog = Value::reference("AWS::AccountId", &this.derived("the Data Catalog is that of the account"));
    let properties = Value::map(&origin).with("CatalogId", catalog).with("ConnectionInput", input);
    lowering.add(Home::Application, this, "Connection", "AWS::Glue::Connection", properties);
}

fn add_trigger(job: &Job, this: &Entry, lowering: &mut Lowering<'_>) {
    let Some(schedule) = &job.schedule else { return };
    let origin = Origin::authored(&schedule.span);
    let action =
        Value::map(&origin).with("JobName", Value::reference(logical_id(this.section, &this.name.value, ""), &origin));
    let active = this.derived("a schedule holds from its deployment on");
    let properties = Value::map(&origin)
        .with("Name", lowering.physical_name(this))
        .with("Type", Value::text("SCHEDULED", &origin))
        .with("Schedule", Value::text(&*schedule.text, &origin))
        .with("StartOnCreation", Value::new(ValueKind::Boolean(true), &active))
        .with("Actions", Value::list(vec![action], &origin));
    lowering.add(Home::Application, this, "Trigger", "AWS::Glue::Trigger", properties);
}

/// Glue user guide, Monitoring with observability metrics; the dimensions as published dashboards have them. Read
/// 2026-11-21.
fn add_alarm(this: &Entry, lowering: &mut Lowering<'_>) {
    let origin = this.derived("a run that fails leaves its work undone");
    let name = Value::reference(logical_id(this.section, &this.name.value, ""), &origin);
    let text = |text: &str| Value::text(text, &origin);
    lowering.add_alarm(
        this,
        Alarm {
            suffix: "Failing",
            description: format!("{} fails", this.path()),
            namespace: "Glue",
            metric: "glue.error.ALL",
            dimensions: vec![
                ("JobName", name),
                ("JobRunId", text("ALL")),
                ("Type", text("count")),
                ("ObservabilityGroup", text("error")),
            ],
            statistic: "Sum",
            period: 300,
            periods: 1,
            comparison: "GreaterThanThreshold",
            threshold: 0.0,
            origin: origin.clone(),
        },
    );
}
