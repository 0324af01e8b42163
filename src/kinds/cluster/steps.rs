//! The jobs of a cluster, and the pipeline step that submits them.
//!
//! CloudFormation would replace a cluster whose steps change, and knows no job of a serverless application: so a
//! function submits them, and waits for each.

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};

use super::{Application, EmrCluster, EmrInstances, EmrServerless, Engine, release_version, rules};
use crate::desired::{Origin, Value};
use crate::diagnostic::Diagnostic;
use crate::kinds::bucket::location::Location;
use crate::kinds::delivery::{Builds, read_published};
use crate::kinds::step_function::{
    self, DEFAULT_DEADLINE_SECONDS, DEFAULT_WINDOW_SECONDS, LONGEST_SECONDS, OwnStepFunction, call_own,
    python_of_release, python_text,
};
use crate::model::{Entry, Home, Lowering, Model, Statement, Step, StepRequest, Thing, Verb, logical_id};
use crate::source::{Located, Span};
use crate::spec::{Decoder, Definitions, PlainText, Reference, Scalar, Seconds, Shape};
use crate::syntax::Node;
use crate::{choice, record};

/// After the cluster's name.
const FUNCTION: &str = "steps";
/// EMR Serverless user guide, streaming jobs: the first release that runs them. Read 2026-11-21.
const FIRST_STREAMING: [u32; 3] = [7, 1, 0];
/// EMR API reference, RunJobFlow, StepConcurrencyLevel. Read 2026-11-21.
const MOST_STEPS: usize = 255;
/// CodePipeline takes 1,000 characters of parameters, and a build with long names needs 110 of them.
const MOST_BUILDS: usize = 8;
const MINUTE: u64 = 60;

record! {
    /// A job of a cluster.
    pub struct ClusterStep {
        /// What runs it on instances; `spark` unless told otherwise. A serverless cluster runs what its `type` says.
        optional run: Runner = "run",
        /// The program, as a build publishes it or as an object: `builds.enrich-jar`, `buckets.code/enrich.py`. For Hive, a file of queries.
        required code: StepCode = "code",
        /// The class of the JAR that is run; the one that its manifest names unless told otherwise.
        optional main: PlainText = "main",
        /// What the program gets, one argument each.
        optional arguments: Vec<Located<Scalar>> = "arguments",
        /// Options of `spark-submit`, of `flink run` or of Hive, one word each: `--conf`, `spark.executor.cores=4`.
        optional parameters: Vec<Located<Scalar>> = "parameters",
        /// Whether it runs until it is stopped; `false` unless told otherwise. The step then takes the place of the running one of its name, and is done when it has been watched.
        optional streaming: bool = "streaming",
        /// When a streaming step is well. What is not shown to be well counts as failed.
        optional health: StepHealth = "health",
        /// How long it may take until it is done, `1m` to `24h`; `2h` unless told otherwise. All steps of a cluster have 24 hours together.
        optional deadline: Seconds = "deadline",
    }
}

record! {
    /// When a streaming step is well: it stays RUNNING.
    pub struct StepHealth {
        /// How long it is watched; `5m` unless told otherwise.
        optional window: Seconds = "for",
    }
}

choice! {
    /// What runs a step on instances.
    pub enum Runner {
        /// `spark-submit`, with a JAR or a Python file.
        Spark = "spark",
        /// `flink run`, on YARN.
        Flink = "flink",
        /// The JAR itself, as Hadoop runs it.
        Jar = "jar",
    }
}

/// Where the program of a step is.
#[derive(Clone, Debug)]
pub enum StepCode {
    Build(Reference<Builds>),
    Object(Location),
}

impl StepCode {
    /// `builds.enrich-jar`
    pub(super) fn build(&self) -> Option<String> {
        match self {
            Self::Build(build) => Some(build.path()),
            Self::Object(_) => None,
        }
    }
}

impl Shape for StepCode {
    fn schema(definitions: &mut Definitions) -> Json {
        json!({ "anyOf": [Reference::<Builds>::schema(definitions), Location::schema(definitions)] })
    }

    fn decode(node: &Node, decoder: &mut Decoder) -> Option<Self> {
        let text = decoder
            .text(node, "text: a build such as `builds.enrich`, or an object such as `buckets.code/enrich.py`")?;
        match text.starts_with("builds.") {
            true => Reference::decode(node, decoder).map(Self::Build),
            false => Location::decode(node, decoder).map(Self::Object),
        }
    }
}

impl ClusterStep {
    fn streams(&self) -> bool {
        self.streaming.as_ref().is_some_and(|streaming| streaming.value)
    }

    fn runner(&self) -> Runner {
        self.run.as_ref().map_or(Runner::Spark, |run| run.value)
    }

    fn window(&self) -> Option<&Located<Seconds>> {
        self.health.as_ref()?.window.as_ref()
    }

    fn window_seconds(&self) -> u64 {
        self.window().map_or(DEFAULT_WINDOW_SECONDS, |window| window.0)
    }

    fn deadline(&self) -> u64 {
        self.deadline.as_ref().map_or(DEFAULT_DEADLINE_SECONDS, |deadline| deadline.0)
    }
}

fn steps(cluster: &EmrCluster) -> impl Iterator<Item = &(Located<String>, Located<ClusterStep>)> {
    cluster.steps.iter().flat_map(|steps| &steps.entries)
}

/// A streaming step holds its place, and the next one must find another.
pub(super) fn concurrency(cluster: &EmrCluster) -> Option<Value> {
    let streaming = steps(cluster).filter(|(_, step)| step.streams());
    let steps = cluster.steps.as_ref()?;
    let origin = Origin::derived(&steps.span, "streaming steps run beside the others");
    let places = streaming.count() + 1;
    (places > 1).then(|| Value::from_json(json!(places), &origin))
}

/// What jobs need to read their programs.
pub(super) fn code_statements(cluster: &EmrCluster, model: &Model) -> Vec<Statement> {
    let statements = steps(cluster).flat_map(|(_, step)| {
        let origin = Origin::derived(&step.code.span, "a step loads its program");
        match &step.code.value {
            StepCode::Build(build) => read_published(model, &build.name, &origin).to_vec(),
            StepCode::Object(object) => {
                vec![Statement::new(&["s3:GetObject"], vec![object.object(&origin)], &origin)]
            }
        }
    });
    statements.collect()
}

/// Looking whether the programs are there, before anything is stopped for them.
fn look_statements(cluster: &EmrCluster, model: &Model) -> Vec<Statement> {
    let mut statements = code_statements(cluster, model);
    for (_, step) in steps(cluster) {
        let origin = Origin::derived(&step.code.span, "without it S3 answers that a missing program is forbidden");
        let bucket = match &step.code.value {
            StepCode::Build(_) => {
                Value::sub(format!("arn:${{AWS::Partition}}:s3:::{}", model.published_bucket_there()), &origin)
            }
            StepCode::Object(object) => object.bucket_arn(&origin),
        };
        statements.push(Statement::new(&["s3:ListBucket"], vec![bucket], &origin));
    }
    statements
}

/// Adds the function that submits the steps.
pub(super) fn add(cluster: &EmrCluster, this: &Entry, lowering: &mut Lowering<'_>) {
    let Some(steps) = &cluster.steps else { return };
    let origin = Origin::derived(&steps.span, "a pipeline submits steps by a function");
    let id = |suffix: &str| logical_id(this.section, &this.name.value, suffix);
    let mut values = Values { lowering, variables: Vec::new() };
    let list: Vec<Json> = steps.entries.iter().map(|(name, step)| values.step(&name.value, step, cluster)).collect();
    let mut variables = values.variables;
    let record = step_function::record(this, "${AWS::StackName}");
    variables.push(("NAME".to_owned(), Value::sub(format!("${{AWS::StackName}}-{}", this.name.value), &origin)));
    variables.push(("RECORD".to_owned(), Value::sub(&*record, &origin)));
    let grant = cluster.grant(this, Verb::Calls, lowering.model, &origin);
    let mut statements = grant.map(|grant| grant.statements).unwrap_or_default();
    statements.extend(look_statements(cluster, lowering.model));
    statements.extend(step_function::record_statements(&record, &origin));
    let code = match cluster.serverless {
        Some(_) => {
            variables.push(("APPLICATION".to_owned(), Value::reference(id(""), &origin)));
            variables.push(("ROLE".to_owned(), Value::get_att(id("Role"), "Arn", &origin)));
            variables.push(("LOGS".to_owned(), Value::reference(id("Logs"), &origin)));
            let application = Value::get_att(id(""), "Arn", &origin);
            statements.push(Statement::new(&["emr-serverless:ListJobRuns"], vec![application], &origin));
            concat!(include_str!("steps/release.py"), "\n\n", include_str!("steps/serverless.py"))
        }
        None => {
            variables.push(("CLUSTER".to_owned(), Value::reference(id(""), &origin)));
            let arn = "arn:${AWS::Partition}:elasticmapreduce:${AWS::Region}:${AWS::AccountId}:cluster/";
            let arn = Value::sub(format!("{arn}${{{}}}", id("")), &origin);
            statements.push(Statement::new(&["elasticmapreduce:ListSteps"], vec![arn], &origin));
            concat!(include_str!("steps/release.py"), "\n\n", include_str!("steps/instances.py"))
        }
    };
    let data = [
        ("PUBLISHED", format!("{:?}", lowering.model.published_bucket())),
        ("STEPS", format!("json.loads({})", python_text(&format!("{:#}", Json::from(list))))),
    ];
    let function = OwnStepFunction {
        name: FUNCTION,
        description: format!("Submits the steps of {} and waits for them", this.path()),
        code: python_of_release(&data, code),
        statements,
        variables,
        place: None,
        origin,
    };
    step_function::add_own(this, lowering, function);
}

/// What is written in steps, as the function reads it; what only CloudFormation knows becomes a variable.
struct Values<'a, 'm> {
    lowering: &'a Lowering<'m>,
    variables: Vec<(String, Value)>,
}

impl Values<'_, '_> {
    fn step(&mut self, name: &str, step: &ClusterStep, cluster: &EmrCluster) -> Json {
        let code = match &step.code.value {
            StepCode::Build(build) => json!({ "build": build.path() }),
            StepCode::Object(object) => self.value(object.object_url(&Origin::authored(&step.code.span))),
        };
        let run = match &cluster.serverless {
            Some(serverless) => serverless.kind.value.word(),
            None => step.runner().word(),
        };
        json!({
            "name": name,
            "run": run,
            "code": code,
            "main": step.main.as_ref().map(|main| main.value.0.as_str()),
            "parameters": self.list(step.parameters.as_ref()),
            "arguments": self.list(step.arguments.as_ref()),
            "streaming": step.streams(),
            "for-minutes": step.window_seconds().div_ceil(MINUTE),
        })
    }

    fn list(&mut self, texts: Option<&Located<Vec<Located<Scalar>>>>) -> Vec<Json> {
        let texts = texts.iter().flat_map(|texts| &texts.value);
        let values: Vec<Value> =
            texts.map(|text| self.lowering.text(&text.value.0, &text.span, Home::Application)).collect();
        values.into_iter().map(|value| self.value(value)).collect()
    }

    fn value(&mut self, value: Value) -> Json {
        if let Some(text) = value.as_text() {
            return json!(text);
        }
        let name = format!("VALUE_{}", self.variables.len() + 1);
        self.variables.push((name.clone(), value));
        json!({ "variable": name })
    }
}

/// The step that calls the function.
pub(super) fn step(
    cluster: &EmrCluster,
    this: &Entry,
    request: &StepRequest<'_>,
    lowering: &Lowering<'_>,
) -> Option<Step> {
    let written = cluster.steps.as_ref()?;
    let wanted = cluster.step_builds();
    let builds = request.builds.iter().filter(|build| wanted.contains(&build.build));
    let keys: Json = builds
        .map(|build| (build.build.clone(), format!("#{{{}.KEY}}", build.namespace).into()))
        .collect::<serde_json::Map<_, _>>()
        .into();
    let seconds: u64 = written.entries.iter().map(|(_, step)| step.deadline()).sum();
    let parameters = json!({
        "deadline-minutes": seconds.min(LONGEST_SECONDS).div_ceil(MINUTE),
        "execution": "#{codepipeline.PipelineExecutionId}",
        "keys": keys,
    });
    let parameters = Value::text(parameters.to_string(), &request.origin);
    Some(call_own(this, FUNCTION, request, parameters, lowering))
}

pub(super) fn check(cluster: &EmrCluster, model: &Model, report: &mut Vec<Diagnostic>) {
    if let Some(steps) = cluster.steps.as_ref().filter(|steps| steps.entries.len() > MOST_STEPS) {
        let message = format!("a cluster runs {MOST_STEPS} steps, not {}", steps.entries.len());
        report.push(refuse(&steps.span, message, "too many", "divide them among several clusters"));
    }
    let builds: BTreeSet<String> = cluster.step_builds().into_iter().collect();
    if let Some(steps) = cluster.steps.as_ref().filter(|_| builds.len() > MOST_BUILDS) {
        let message = format!(
            "the steps run {} builds, and CodePipeline passes the keys of {MOST_BUILDS} on, in 1,000 characters",
            builds.len()
        );
        report.push(refuse(&steps.span, message, "too many builds", "divide the steps among several clusters"));
    }
    for (_, step) in steps(cluster) {
        check_code(step, model, report);
        if let Some(deadline) =
            step.deadline.as_ref().filter(|deadline| !(MINUTE..=LONGEST_SECONDS).contains(&deadline.0))
        {
            let message =
                format!("CodePipeline waits from 1 minute to 24 hours for a step, not `{}`", deadline.span.text());
            report.push(refuse(&deadline.span, message, "beyond what it waits", "write a time from `1m` to `24h`"));
        }
        check_window(step, report);
        if let Some(serverless) = &cluster.serverless {
            check_serverless(step, serverless, report);
        } else if let Some(instances) = &cluster.ec2 {
            check_instances(step, instances, report);
        }
    }
}

fn refuse(span: &Span, message: String, label: &str, help: &str) -> Diagnostic {
    Diagnostic::new(&rules::STEPS, span, message).label(label).help(help)
}

fn check_window(step: &ClusterStep, report: &mut Vec<Diagnostic>) {
    if let Some(health) = step.health.as_ref().filter(|_| !step.streams()) {
        let message = "only a streaming step is watched: this one is done when it has completed".to_owned();
        report.push(refuse(
            &health.span,
            message,
            "without effect here",
            "remove `health`, or write `streaming: true`",
        ));
        return;
    }
    if let Some(window) = step.window().filter(|window| window.0 < MINUTE) {
        let message = format!("a step that is watched for `{}` has hardly begun", window.span.text());
        report.push(refuse(&window.span, message, "too short", "write `1m` or more, for example `for: 5m`"));
    }
    if step.streams() && step.window_seconds() >= step.deadline() {
        let span = step.window().or(step.deadline.as_ref()).map_or(&step.code.span, |it| &it.span);
        let message = format!(
            "the step is watched for {}, but must be done within {}",
            step.window().map_or("5m", |window| window.span.text()),
            step.deadline.as_ref().map_or("2h", |deadline| deadline.span.text())
        );
        let help = "shorten the window, `health: {for: …}`, or write a longer `deadline`";
        report.push(refuse(span, message, "as long as the whole step", help));
    }
}

fn check_code(step: &ClusterStep, model: &Model, report: &mut Vec<Diagnostic>) {
    match &step.code.value {
        StepCode::Build(build) => {
            let Some(thing) = model.entry(&build.path()).and_then(|entry| entry.thing.as_ref()) else { return };
            if thing.build_output().is_none() {
                let message = format!("`{}` publishes nothing that could run", build.path());
                let help = "add `output:` to the build, for example `output: target/*.jar`";
                report.push(refuse(&step.code.span, message, "has no `output`", help));
            }
        }
        StepCode::Object(object) if object.key.is_empty() => {
            let message = format!("`{}` is a whole bucket and no program", object.path());
            let help = "write the key of the program, for example `buckets.code/enrich.py`";
            report.push(refuse(&step.code.span, message, "not an object", help));
        }
        StepCode::Object(_) => {}
    }
}

fn check_serverless(step: &ClusterStep, serverless: &EmrServerless, report: &mut Vec<Diagnostic>) {
    let kind = serverless.kind.value.word();
    if let Some(run) = &step.run {
        let message = format!("a serverless cluster of `type: {kind}` runs nothing else, so `run` says nothing");
        report.push(refuse(&run.span, message, "without effect here", "remove `run`"));
    }
    let streaming = step.streaming.as_ref().filter(|streaming| streaming.value);
    let release = &serverless.release;
    if let Some(streaming) = streaming
        && serverless.kind.value == Engine::Spark
        && release_version(&release.text).is_some_and(|version| version < FIRST_STREAMING)
    {
        let message = format!("EMR Serverless runs streaming jobs from `emr-7.1.0`, not with `{}`", release.text);
        let refused =
            refuse(&streaming.span, message, "AWS refuses this", "write a newer release, or remove `streaming`");
        report.push(refused.related(&release.span, "the release"));
    }
    if serverless.kind.value == Engine::Hive {
        let unfit = [
            ("main", step.main.as_ref().map(|main| &main.span)),
            ("arguments", step.arguments.as_ref().map(|arguments| &arguments.span)),
            ("streaming", streaming.map(|streaming| &streaming.span)),
        ];
        for (key, span) in unfit.into_iter().filter_map(|(key, span)| Some((key, span?))) {
            let message = format!("Hive runs a file of queries and knows no `{key}`");
            let help = "remove it; values for the queries are `parameters: [--hivevar, day=1]`";
            report.push(refuse(span, message, "without effect here", help));
        }
    }
}

fn check_instances(step: &ClusterStep, instances: &EmrInstances, report: &mut Vec<Diagnostic>) {
    let needed = match step.runner() {
        Runner::Spark => Application::Spark,
        Runner::Flink => Application::Flink,
        Runner::Jar => {
            if let Some(parameters) = &step.parameters {
                let message = "a JAR that Hadoop runs has arguments only".to_owned();
                report.push(refuse(&parameters.span, message, "without effect here", "move them to `arguments`"));
            }
            return;
        }
    };
    if instances.applications.0.iter().all(|application| application.value != needed) {
        let span = step.run.as_ref().map_or(&step.code.span, |run| &run.span);
        let message = format!("the step runs by {}, which the cluster does not install", needed.word());
        let help = format!("add `{}` to `applications`, or write another `run`", needed.word());
        let refused = refuse(span, message, "not installed", &help);
        report.push(refused.related(&instances.applications.span, "what is installed"));
    }
}
