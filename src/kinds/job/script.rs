//! What a job runs: an object of a bucket, or a file beside the document.

use serde_json::{Value as Json, json};

use super::Job;
use crate::desired::{Origin, Upload, Value};
use crate::kinds::bucket::{location::Location, look_by_name};
use crate::kinds::delivery::add_published;
use crate::kinds::step_function::decrypt_published;
use crate::model::{Entry, Lowering, Model, Statement};
use crate::source::{Located, sha256};
use crate::spec::{Decoder, Definitions, Shape};
use crate::syntax::Node;

/// So many digits of a script's digest stand in its key.
const DIGITS: usize = 16;

/// A script.
#[derive(Clone, Debug)]
pub enum Script {
    /// `buckets.scripts/load.py`
    Bucket(Location),
    /// `scripts/load.py`
    File(String),
}

impl Script {
    /// As it was written.
    pub fn path(&self) -> String {
        match self {
            Script::Bucket(location) => location.path(),
            Script::File(path) => path.clone(),
        }
    }

    pub fn is_scala(&self) -> bool {
        self.path().ends_with(".scala")
    }
}

/// What may stand between two slashes of the path of a file.
fn is_word(part: &str) -> bool {
    let may = |byte: u8| byte.is_ascii_alphanumeric() || b"_-".contains(&byte);
    part.bytes().next().is_some_and(may) && part.bytes().all(|byte| may(byte) || byte == b'.')
}

impl Shape for Script {
    fn schema(definitions: &mut Definitions) -> Json {
        let bucket = Location::schema(definitions);
        let place = bucket["pattern"].as_str().unwrap_or_default().to_owned();
        json!({
            "type": "string",
            "pattern": format!("{place}|^(?!buckets\\.)[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$"),
            "examples": ["scripts/load.py", "buckets.scripts/load.py"],
        })
    }

    fn decode(node: &Node, decoder: &mut Decoder) -> Option<Self> {
        let text = decoder.text(node, "text: the path of a script, or a place in a bucket")?;
        if text.starts_with("buckets.") {
            return Location::decode(node, decoder).map(Self::Bucket);
        }
        if text.split('/').all(is_word) {
            return Some(Self::File(text.to_owned()));
        }
        decoder.bad_value(
            node,
            format!("`{text}` is neither the path of a file beside this one nor a place in a bucket"),
            "write for example `scripts/load.py` or `buckets.scripts/load.py`",
        );
        None
    }
}

impl Job {
    /// The file beside the document that it runs.
    pub(super) fn local_file(&self) -> Option<Located<&str>> {
        let script = self.script.as_ref()?;
        match &script.value {
            Script::File(path) => Some(Located::new(path.as_str(), script.span.clone())),
            Script::Bucket(_) => None,
        }
    }
}

/// The folder of the bucket of what is published that the files of a job stand in.
fn folder(this: &Entry) -> String {
    format!("scripts/{}", this.name.value)
}

/// The key of a file: a change of its text makes another one, and what runs keeps what it began with.
fn key(this: &Entry, path: &str, text: &str) -> String {
    let file = path.rsplit('/').next().unwrap_or(path);
    let (stem, extension) = file.rsplit_once('.').unwrap_or((file, "py"));
    format!("{}/{stem}-{}.{extension}", folder(this), &sha256(text)[..DIGITS])
}

/// The address of a job's script; a file beside the document is brought into a bucket before the stack is deployed.
pub(super) fn address(script: &Located<Script>, this: &Entry, lowering: &mut Lowering<'_>) -> Value {
    let authored = Origin::authored(&script.span);
    let path = match &script.value {
        Script::Bucket(location) => return location.object_url(&authored),
        Script::File(path) => path,
    };
    let origin = Origin::derived(&script.span, "a script beside this file is published under its digest");
    add_published(lowering, &origin);
    let model = lowering.model;
    let text = model.files.read(path).unwrap_or_default();
    let (bucket, key) = (model.published_bucket(), key(this, path, &text));
    let address = Value::sub(format!("s3://{}/{key}", model.files_bucket_there()), &authored);
    lowering.add_upload(Upload { path: from_root(model, path), bucket, key, text });
    address
}

/// What a job needs to read its script. Its role names the folder and not the one file, or a run that begins during a
/// deployment could not read what it is told to run.
pub(super) fn statements(script: &Located<Script>, this: &Entry, model: &Model) -> Vec<Statement> {
    let origin = Origin::derived(&script.span, "the job loads its script");
    match &script.value {
        Script::Bucket(location) => vec![Statement::new(&["s3:GetObject"], vec![location.object(&origin)], &origin)],
        Script::File(_) => {
            let objects = format!("arn:${{AWS::Partition}}:s3:::{}/{}/*", model.files_bucket_there(), folder(this));
            vec![
                Statement::new(&["s3:GetObject"], vec![Value::sub(objects, &origin)], &origin),
                decrypt_published(model, &origin),
            ]
        }
    }
}

/// What the function that releases a job needs to tell its script's digest.
pub(super) fn looking(script: &Located<Script>, this: &Entry, model: &Model, environment: &str) -> Vec<Statement> {
    let origin = Origin::derived(&script.span, "a release tells the digest of the script");
    match &script.value {
        Script::Bucket(location) => look_by_name(location, model, environment, &origin),
        Script::File(_) => {
            let bucket = format!("arn:${{AWS::Partition}}:s3:::{}", model.published_bucket());
            let objects = format!("{bucket}/{}/*", folder(this));
            vec![
                Statement::new(&["s3:GetObject"], vec![Value::sub(objects, &origin)], &origin),
                // Without it S3 answers that a missing object is forbidden.
                Statement::new(&["s3:ListBucket"], vec![Value::sub(bucket, &origin)], &origin),
                decrypt_published(model, &origin),
            ]
        }
    }
}

/// The path of a file beside the document, from the root of the repository.
fn from_root(model: &Model, path: &str) -> String {
    let folder = model.path.rfind('/').map_or("", |slash| &model.path[..=slash]);
    format!("{folder}{path}")
}

#[cfg(test)]
mod tests {
    use super::is_word;

    #[test]
    fn paths_stay_below_the_document() {
        for good in ["load.py", "a_b-c.2.py", "x"] {
            assert!(is_word(good), "{good}");
        }
        for bad in ["", "..", ".hidden", "a b", "ä.py"] {
            assert!(!is_word(bad), "{bad}");
        }
    }
}
