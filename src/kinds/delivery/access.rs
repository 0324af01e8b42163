//! How pipelines act in environments of other accounts and Regions.
//!
//! For each such environment there is a role in its account that the pipelines take on, in a stack of its own. It trusts
//! the roles of exactly these pipelines; what they pass on is encrypted with a key whose policy lets exactly that role
//! decrypt. All sides name each other, so it does not matter which stack is there first.

use serde_json::json;

use super::pipelines::{Pipeline, Step};
use super::shared;
use super::stages::{environment_of, pipeline_name};
use crate::desired::{Origin, Value};
use crate::kinds::bucket::safety;
use crate::model::{Apart, Entry, Lowering, Model, Role, Statement, admit_roles, pascal};

/// CodePipeline begins the keys of artifacts with so much of the pipeline's name.
const LONGEST_PREFIX: usize = 20;

/// The name of a pipeline's role.
pub(super) fn role_name(model: &Model, pipeline: &Entry) -> String {
    format!("{}-pipeline", pipeline_name(model, pipeline))
}

/// The pipelines with a step in the environment for which `counts` holds.
pub(super) fn pipelines<'a>(model: &'a Model, environment: &str, counts: fn(&Step) -> bool) -> Vec<&'a Entry> {
    let acts = |step: &Step| counts(step) && environment_of(step, model).as_deref() == Some(environment);
    let into = |entry: &&Entry| {
        let pipeline = model.thing::<Pipeline>(&entry.path());
        pipeline.is_some_and(|(_, pipeline)| pipeline.steps.iter().any(|step| acts(&step.value)))
    };
    model.entries.iter().filter(into).collect()
}

/// Whether a step does something in an environment.
pub(super) fn acts(step: &Step) -> bool {
    step.plan.is_some() || step.deploy.is_some() || !step.targets().is_empty()
}

/// Whether the action of a step runs under the role of its environment. A release does not: its function waits for hours
/// beside the pipeline, and takes on a role of its own.
pub(super) fn acts_there(step: &Step) -> bool {
    acts(step) && step.release.is_none()
}

/// The Regions beside that of the pipelines in which they act.
pub(super) fn regions(model: &Model) -> Vec<&str> {
    let used = |region: &&str| {
        model.all_apart().any(|place| place.region == *region && !pipelines(model, place.name, acts).is_empty())
    };
    model.other_regions().into_iter().map(|(region, _)| region).filter(used).collect()
}

/// Where CodePipeline puts the artifacts of a pipeline, as a pattern of keys.
fn artifacts(model: &Model, pipeline: &Entry) -> String {
    let name = pipeline_name(model, pipeline);
    match name.get(..LONGEST_PREFIX) {
        Some(start) if start.len() < name.len() => format!("{start}*"),
        _ => format!("{name}/*"),
    }
}

/// Lets a pipeline do this in an environment, under the role there.
pub(super) fn let_in(
    lowering: &mut Lowering<'_>,
    place: &Apart<'_>,
    pipeline: &Entry,
    statements: Vec<Statement>,
    origin: &Origin,
) {
    let model = lowering.model;
    add_files_bucket(lowering, place);
    let bucket = format!("arn:${{AWS::Partition}}:s3:::{}", model.delivery_bucket_in("store", place.region));
    let reading = Origin::derived(&origin.span, "the action reads what the pipeline passes on");
    let artifacts = Value::sub(format!("{bucket}/{}", artifacts(model, pipeline)), &reading);
    let statements = statements
        .into_iter()
        .chain([
            Statement::new(&["s3:GetObject", "s3:GetObjectVersion"], vec![artifacts], &reading),
            Statement::new(
                &["s3:GetBucketLocation", "s3:GetBucketVersioning", "s3:ListBucket"],
                vec![Value::sub(&*bucket, &reading)],
                &reading,
            ),
        ])
        .chain(reading_key(model, place, &reading))
        .collect();
    let derived = Origin::derived(place.span, "pipelines of another account or Region act here under this role");
    let trusted = Value::sub(model.delivery_role_arn(&role_name(model, pipeline)), &derived);
    let name = Value::text(model.pipeline_role_name(place.name), &derived);
    let role = Role::for_roles(&model.delivery_account.value, vec![trusted], name, statements);
    lowering.share_role(place.home, &format!("{}PipelineRole", pascal(place.name)), role, &derived);
}

/// The bucket in another account for files that its stacks read, which pipelines bring there, and for templates that are
/// sent from a terminal. S3 encrypts it: a key of its own would have to let in all who deploy.
fn add_files_bucket(lowering: &mut Lowering<'_>, place: &Apart<'_>) {
    let model = lowering.model;
    if !model.is_foreign(place) {
        return;
    }
    let first = model.files_beside(place);
    let origin =
        Origin::derived(first.span, "stacks of another account take long templates and files from a bucket there");
    let name = model.files_bucket(first.account, first.region);
    let mut bucket = shared::bucket(&name, shared::SLACK_DAYS, json!({ "SSEAlgorithm": "AES256" }), &origin);
    bucket.set("VersioningConfiguration", Value::from_json(json!({ "Status": "Enabled" }), &origin));
    let resource = lowering.add_shared(first.home, shared::PUBLISHED, "AWS::S3::Bucket", "environments", bucket);
    resource.deletion_policy = Some("Retain");
    resource.update_replace_policy = Some("Retain");
    let policy = shared::with_statements(safety::tls_only(shared::PUBLISHED, &origin), bringing(lowering, &first));
    let id = format!("{}Policy", shared::PUBLISHED);
    lowering.add_shared(first.home, &id, "AWS::S3::BucketPolicy", "environments", policy);
}

/// Pipelines may bring files to the environments in one account and Region.
fn bringing(lowering: &Lowering<'_>, first: &Apart<'_>) -> Vec<Value> {
    let model = lowering.model;
    let here = model.all_apart().filter(|place| model.files_beside(place).home == first.home);
    let mut roles: Vec<Value> = Vec::new();
    let origin = Origin::derived(first.span, "a pipeline brings files before it deploys the stack that reads them");
    for pipeline in here.flat_map(|place| pipelines(model, place.name, |step| step.deploy.is_some())) {
        let role = Value::sub(model.delivery_role_arn(&role_name(model, pipeline)), &origin);
        if !roles.contains(&role) {
            roles.push(role);
        }
    }
    if roles.is_empty() || !lowering.has_uploads() {
        return Vec::new();
    }
    let objects = Value::sub(format!("${{{}.Arn}}/scripts/*", shared::PUBLISHED), &origin);
    vec![admit_roles(&model.delivery_account.value, roles, &["s3:PutObject"], objects, &origin)]
}

/// Looking at the key of the store and decrypting with it.
fn reading_key(model: &Model, place: &Apart<'_>, origin: &Origin) -> [Statement; 2] {
    let describe = Statement::new(&["kms:DescribeKey"], vec![any_key(model, origin)], origin);
    let describe = match model.is_foreign(place) {
        true => describe,
        false => describe.when(by_alias(model, origin)),
    };
    [decrypt(model, place, origin), describe]
}

/// Decrypting what S3 holds. In the account of the pipelines the key is told by its alias. In others its policy says who
/// may use it; the statement there names all keys of the pipelines' account, but only for what is read from S3.
pub(super) fn decrypt(model: &Model, place: &Apart<'_>, origin: &Origin) -> Statement {
    let condition = match model.is_foreign(place) {
        true => Value::from_json(
            json!({ "StringEquals": { "kms:ViaService": { "Fn::Sub": "s3.${AWS::Region}.amazonaws.com" } } }),
            origin,
        ),
        false => by_alias(model, origin),
    };
    Statement::new(&["kms:Decrypt"], vec![any_key(model, origin)], origin).when(condition)
}

pub(super) fn any_key(model: &Model, origin: &Origin) -> Value {
    let account = &model.delivery_account.value;
    Value::sub(format!("arn:${{AWS::Partition}}:kms:${{AWS::Region}}:{account}:key/*"), origin)
}

pub(super) fn by_alias(model: &Model, origin: &Origin) -> Value {
    let alias = model.delivery_key_alias();
    Value::from_json(json!({ "ForAnyValue:StringEquals": { "kms:ResourceAliases": alias } }), origin)
}

/// The environments of other accounts that read what pipelines keep in a Region, with why.
fn readers<'a>(model: &'a Model, region: &'a str) -> impl Iterator<Item = (Apart<'a>, Origin)> {
    let places = model.all_apart().filter(move |place| place.region == region && model.is_foreign(place));
    places.map(|place| {
        (place, Origin::derived(place.span, "this environment is in another account, and reads what is made for it"))
    })
}

/// What the policy of the store says of other accounts.
pub(super) fn store_policy(model: &Model, region: &str) -> Vec<Value> {
    let mut statements = Vec::new();
    for (place, origin) in readers(model, region) {
        let pipelines = pipelines(model, place.name, acts_there);
        if pipelines.is_empty() {
            continue;
        }
        let role = || vec![Value::sub(place.role_arn(&model.pipeline_role_name(place.name)), &origin)];
        let keys = pipelines
            .into_iter()
            .map(|pipeline| Value::sub(format!("${{{}.Arn}}/{}", shared::STORE, artifacts(model, pipeline)), &origin));
        let keys = Value::list(keys.collect(), &origin);
        statements.push(admit_roles(place.account, role(), &["s3:GetObject", "s3:GetObjectVersion"], keys, &origin));
        statements.push(admit_roles(
            place.account,
            role(),
            &["s3:GetBucketLocation", "s3:GetBucketVersioning", "s3:ListBucket"],
            Value::get_att(shared::STORE, "Arn", &origin),
            &origin,
        ));
    }
    statements
}

/// What the policy of the bucket of what is published says of other accounts: what runs it reads it, and nothing else.
pub(super) fn published_policy(model: &Model, region: &str) -> Vec<Value> {
    let mut statements = Vec::new();
    for (place, _) in readers(model, region) {
        for loaded in loaded(model) {
            let origin = Origin::derived(
                &loaded.entry.name.span,
                "it runs what is published in another account, and loads it here",
            );
            let objects = Value::sub(format!("${{{}.Arn}}/{}/*", shared::PUBLISHED, loaded.folder), &origin);
            let roles = loaded.roles(model, &place, &origin);
            statements.push(admit_roles(
                place.account,
                roles,
                &["s3:GetObject", "s3:GetObjectVersion"],
                objects,
                &origin,
            ));
        }
    }
    statements
}

/// What the policy of the key says of other accounts.
pub(super) fn key_policy(model: &Model, region: &str) -> Vec<Value> {
    let mut statements = Vec::new();
    for (place, origin) in readers(model, region) {
        let all = || Value::text("*", &origin);
        if !pipelines(model, place.name, acts_there).is_empty() {
            let role = Value::sub(place.role_arn(&model.pipeline_role_name(place.name)), &origin);
            statements.push(admit_roles(
                place.account,
                vec![role],
                &["kms:Decrypt", "kms:DescribeKey"],
                all(),
                &origin,
            ));
        }
        let mut roles: Vec<Value> = Vec::new();
        for role in loaded(model).flat_map(|loaded| loaded.roles(model, &place, &origin)) {
            if !roles.contains(&role) {
                roles.push(role);
            }
        }
        if !roles.is_empty() {
            statements.push(admit_roles(place.account, roles, &["kms:Decrypt"], all(), &origin));
        }
    }
    statements
}

/// A folder of what is published, and who loads it.
struct Loaded<'a> {
    entry: &'a Entry,
    folder: String,
    /// CloudFormation, when it makes what runs it.
    by_deployment: bool,
    /// What runs it.
    by_itself: bool,
}

impl Loaded<'_> {
    fn roles(&self, model: &Model, place: &Apart<'_>, origin: &Origin) -> Vec<Value> {
        let deployment = self.by_deployment.then(|| model.deploy_role_name(place.name));
        let itself = self.by_itself.then(|| model.loading_role_name(self.entry, place.name));
        deployment.into_iter().chain(itself).map(|name| Value::sub(place.role_arn(&name), origin)).collect()
    }
}

/// What things run of all that is published.
fn loaded(model: &Model) -> impl Iterator<Item = Loaded<'_>> {
    model.entries.iter().filter_map(|entry| Some((entry, entry.thing.as_ref()?))).flat_map(|(entry, thing)| {
        let own = thing.loads(entry);
        let released = thing.released_builds().into_iter().map(|released| {
            let folder = format!("builds/{}", released.build.strip_prefix("builds.").unwrap_or(&released.build));
            Loaded { entry, by_deployment: true, by_itself: own.as_ref() == Some(&folder), folder }
        });
        let mut loaded: Vec<_> = released.collect();
        let more = own.filter(|own| loaded.iter().all(|loaded| loaded.folder != *own));
        loaded.extend(more.map(|folder| Loaded { entry, folder, by_deployment: false, by_itself: true }));
        loaded
    })
}
