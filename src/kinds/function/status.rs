//! What `tidegate status` shows of a function that runs what builds publish.

use serde_json::Value as Json;

use super::{Function, LIVE};
use crate::kinds::delivery;
use crate::model::{Entry, Model};
use crate::release::{Ask, Form, Said, Shown, Word};

const RUNNING: [Said; 3] = [
    Said::plain(Word::Version, "/Version"),
    Said::plain(Word::Status, "/State"),
    Said::plain(Word::Runtime, "/Runtime"),
];
/// The description begins with the key, see [`super::package::publish`].
const OF_PACKAGE: [Said; 2] = [
    Said::new(Word::Digest, "/CodeSha256", Form::Base64),
    Said::new(Word::Key, "/Description", Form::Part(r"^\s*(\S+)")),
];
const SHIFT: [Said; 1] = [Said::new(Word::Note("calls go to another version, too: {}"), WEIGHTS, Form::Shares)];
const WEIGHTS: &str = "/RoutingConfig/AdditionalVersionWeights";

pub(super) fn shown(function: &Function, this: &Entry, model: &Model, environment: &str) -> Option<Shown> {
    if function.released().is_empty() {
        return None;
    }
    let stack = model.stack_name(environment);
    let name = format!("{stack}-{}", this.name.value);
    let bucket = model
        .apart(environment)
        .map_or_else(|| model.published_bucket(), |place| model.delivery_bucket_in("published", place.region));
    let ask = |operation, action, path: String, resource: &str, says: Vec<Said>| Ask {
        service: "lambda",
        operation,
        input: Json::Null,
        path: Some(format!("/2015-03-31/functions/{name}/{path}")),
        action,
        resource: format!("arn:${{AWS::Partition}}:lambda:${{AWS::Region}}:${{AWS::AccountId}}:function:{resource}"),
        absent: "ResourceNotFoundException",
        says,
    };
    let mut says = RUNNING.to_vec();
    if function.package().is_some() {
        says.extend(OF_PACKAGE);
    }
    let live = format!("{name}:{LIVE}");
    let configuration = format!("configuration?Qualifier={LIVE}");
    let asks = vec![
        ask("GetFunctionConfiguration", "lambda:GetFunctionConfiguration", configuration, &live, says),
        ask("GetAlias", "lambda:GetAlias", format!("aliases/{LIVE}"), &name, SHIFT.to_vec()),
    ];
    let record = format!("{}record", model.release_folder(this, environment));
    let pipelines = delivery::pipelines_of(model, "release", &this.path());
    let (what, code, unstarted, bucket) = ("function", "build", "", Some(bucket));
    Some(Shown { what, code, unstarted, name, stack, bucket, record, pipelines, asks })
}
