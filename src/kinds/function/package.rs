//! A function that runs what builds publish: its package, its layers, its versions and the alias that everything calls.
//!
//! Only the stack changes the function, its versions and the alias. A release moves the pointers that the stack reads and
//! has the stack updated, so that the two never undo each other, and CloudFormation takes a failed update back.

use serde_json::{Value as Json, json};

use super::code::{Code, Layer};
use super::{Event, Function, LIVE, Runtime, shift};
use crate::desired::{Origin, Value, ValueKind};
use crate::model::{Entry, Home, Lowering, Model, Released, Statement, logical_id};
use crate::source::Located;

/// The part of a release pointer's name that the layers have.
const LAYERS: &str = "layers";

impl Function {
    /// The build that publishes its package.
    pub(super) fn package(&self) -> Option<&str> {
        match self.code.as_ref().map(|code| &code.value) {
            Some(Code::Build(build)) => Some(build),
            _ => None,
        }
    }

    /// What of it builds publish.
    pub(super) fn released(&self) -> Vec<Released> {
        let code = self.package().map(|build| Released::code(build.to_owned()));
        let layers = self.layers.iter().flat_map(|layers| &layers.value.0).filter_map(|layer| match &layer.value {
            Layer::Build(build) => Some(Released::part(build.clone(), LAYERS)),
            Layer::Arn(_) => None,
        });
        code.into_iter().chain(layers).collect()
    }

    /// What is called: the function, or the alias that names its released version. The text stands in `Fn::Sub` between
    /// `${` and `}` and gives an ARN.
    pub(in crate::kinds) fn callee(&self, this: &Entry) -> String {
        match self.released().is_empty() {
            true => format!("{}.Arn", logical_id(this.section, &this.name.value, "")),
            false => logical_id(this.section, &this.name.value, "Alias"),
        }
    }

    /// The ARN of what is called.
    pub(super) fn callee_arn(&self, this: &Entry, origin: &Origin) -> Value {
        let callee = self.callee(this);
        match callee.split_once('.') {
            Some((id, attribute)) => Value::get_att(id, attribute, origin),
            None => Value::reference(callee, origin),
        }
    }

    /// What calls and permissions name: the function's name, or the ARN of its alias.
    pub(super) fn callee_name(&self, this: &Entry, origin: &Origin) -> Value {
        match self.released().is_empty() {
            true => Value::reference(logical_id(this.section, &this.name.value, ""), origin),
            false => self.callee_arn(this, origin),
        }
    }
}

/// What `Code` and `Handler` are for a package: until the first release stands code that refuses calls.
pub(super) fn code_and_handler(
    function: &Function,
    build: &str,
    this: &Entry,
    (handler, authored): (&str, &Origin),
    lowering: &mut Lowering<'_>,
) -> (Value, Value) {
    let span = function.code.as_ref().map_or(&this.span, |code| &code.span);
    let origin = Origin::derived(span, "what runs is what was released last");
    let release = lowering.add_release(this, &Released::code(build.to_owned()), &origin);
    let before = Origin::derived(span, "before the first release there is no package");
    let package = json!({ "S3Bucket": published(lowering.model), "S3Key": { "Ref": release.parameter } });
    let placeholder = json!({ "ZipFile": placeholder(function.runtime.value, &this.path()) });
    let code = Value::from_json(json!({ "Fn::If": [release.condition, package, placeholder] }), &before);
    let handler = match handler {
        "index.handler" => Value::text(handler, authored),
        own => Value::from_json(json!({ "Fn::If": [release.condition, own, "index.handler"] }), authored),
    };
    (code, handler)
}

/// The bucket of what is published, in the Region of the stack.
fn published(model: &Model) -> Json {
    let bucket = model.published_bucket_there();
    match bucket.contains("${") {
        true => json!({ "Fn::Sub": bucket }),
        false => Json::from(bucket),
    }
}

fn placeholder(runtime: Runtime, path: &str) -> String {
    let message = format!("{path} has no code yet: its first release brings it");
    match runtime.extension() {
        "py" => format!("def handler(event, context):\n    raise RuntimeError(\"{message}\")\n"),
        _ => format!("exports.handler = async () => {{\n  throw new Error(\"{message}\");\n}};\n"),
    }
}

/// Events wait where they are until there is code for them.
pub(super) fn enabled(function: &Function, this: &Entry, event: &Located<Event>) -> Value {
    if function.package().is_none() {
        let origin = Origin::derived(&event.span, "reading that somebody stops by hand is found");
        return Value::new(ValueKind::Boolean(true), &origin);
    }
    let released = logical_id(this.section, &this.name.value, "Released");
    let waiting = this.derived("events wait where they are until there is code for them");
    Value::from_json(json!({ "Fn::If": [released, true, false] }), &waiting)
}

/// The layers of a function, those of builds as soon as they are released.
pub(super) fn layers(function: &Function, this: &Entry, lowering: &mut Lowering<'_>) -> Option<Value> {
    let layers = function.layers.as_ref()?;
    let origin = Origin::authored(&layers.span);
    let mut arns = Vec::new();
    let mut of_others = Vec::new();
    for layer in &layers.value.0 {
        let origin = Origin::authored(&layer.span);
        match &layer.value {
            Layer::Arn(arn) => {
                of_others.push(Value::text(arn, &origin));
                arns.push(Value::text(arn, &origin));
            }
            Layer::Build(build) => arns.push(layer_version(function, this, build, &origin, lowering)),
        }
    }
    if !of_others.is_empty() {
        lowering.deploy_statements.push(Statement::new(&["lambda:GetLayerVersion"], of_others, &origin));
    }
    Some(Value::list(arns, &origin))
}

/// A layer from a released package. Another package makes another version, and older ones stay for what still uses them.
fn layer_version(
    function: &Function,
    this: &Entry,
    build: &str,
    origin: &Origin,
    lowering: &mut Lowering<'_>,
) -> Value {
    let released = Released::part(build.to_owned(), LAYERS);
    let release = lowering.add_release(this, &released, origin);
    let suffix = released.word();
    let name = build.rsplit('.').next().unwrap_or_default();
    let properties = Value::from_json(
        json!({
            "LayerName": { "Fn::Sub": format!("${{AWS::StackName}}-{}-{name}", this.name.value) },
            "Description": { "Ref": release.parameter },
            "Content": { "S3Bucket": published(lowering.model), "S3Key": { "Ref": release.parameter } },
            "CompatibleRuntimes": [function.runtime.word()],
            "CompatibleArchitectures": [function.architecture()],
        }),
        origin,
    );
    let layer = lowering.add(Home::Application, this, &suffix, "AWS::Lambda::LayerVersion", properties);
    layer.condition = Some(release.condition.clone());
    layer.retain();
    let id = logical_id(this.section, &this.name.value, &suffix);
    let nothing = json!({ "Ref": "AWS::NoValue" });
    Value::from_json(json!({ "Fn::If": [release.condition, { "Ref": id }, nothing] }), origin)
}

/// The version of what was released with the settings of now, and the alias that names it. Lambda publishes no second
/// version of equal code and settings, so what makes a new version also stands in the function's description.
pub(super) fn publish(function: &Function, this: &Entry, properties: &mut Value, lowering: &mut Lowering<'_>) {
    if function.released().is_empty() {
        return;
    }
    let origin = this.derived("a release and a change of settings each publish a version, which the alias then names");
    let settings = lowering.add_fingerprint(this, properties);
    let mut parts: Vec<_> = function
        .package()
        .into_iter()
        .map(|_| json!({ "Ref": logical_id(this.section, &this.name.value, "Release") }))
        .collect();
    for released in function.released().iter().filter(|released| !released.word().is_empty()) {
        let id = |suffix: &str| logical_id(this.section, &this.name.value, &format!("{}{suffix}", released.word()));
        // The number of its version is the last part of a layer's ARN.
        let number = json!({ "Fn::Select": [7, { "Fn::Split": [":", { "Ref": id("") }] }] });
        parts.push(json!({ "Fn::If": [id("Released"), number, "none"] }));
    }
    parts.push(json!({ "Ref": settings }));
    let description = Value::from_json(json!({ "Fn::Join": [" ", parts] }), &origin);
    properties.set("Description", description.clone());
    let id = |suffix: &str| logical_id(this.section, &this.name.value, suffix);
    let version =
        Value::map(&origin).with("FunctionName", Value::reference(id(""), &origin)).with("Description", description);
    lowering.add(Home::Application, this, "Version", "AWS::Lambda::Version", version);
    let alias = Value::map(&origin)
        .with("FunctionName", Value::reference(id(""), &origin))
        .with("FunctionVersion", Value::get_att(id("Version"), "Version", &origin))
        .with("Name", Value::text(LIVE, &origin));
    let shift = function.shift().map(|shift| shift::add(shift, this, lowering));
    let alias = lowering.add(Home::Application, this, "Alias", "AWS::Lambda::Alias", alias);
    alias.attributes.extend(shift.map(|policy| ("UpdatePolicy".to_owned(), policy)));
}
