//! What `tidegate status` shows of a thing that is released, as data: what its service is asked, and which word each part
//! of the answers is. A kind writes it down; [`crate::operate`] asks.

use serde_json::Value as Json;

/// A thing that is released, in an environment.
#[derive(Clone, Debug, PartialEq)]
pub struct Shown {
    /// What AWS calls such a thing: `function`.
    pub what: &'static str,
    /// What of it is released: `build`, `script`; empty where that is a thing of each of its steps.
    pub code: &'static str,
    /// What its status is when nothing was ever started of it: `never started`.
    pub unstarted: &'static str,
    /// Its name there: `trips-prod-producer`.
    pub name: String,
    /// The stack that it is in.
    pub stack: String,
    /// The bucket of its builds, which say of which commit they were made; where it runs builds.
    pub bucket: Option<String>,
    /// The parameter that holds the record of its last release.
    pub record: String,
    /// The names of the pipelines that release it.
    pub pipelines: Vec<String>,
    /// The first one says whether there is such a thing.
    pub asks: Vec<Ask>,
}

/// A read operation of a service, and what its answer says.
#[derive(Clone, Debug, PartialEq)]
pub struct Ask {
    /// As botocore and the AWS CLI name it: `lambda`.
    pub service: &'static str,
    pub operation: &'static str,
    /// A text `{id}` in it, and in the path, is the id that an earlier answer told.
    pub input: Json,
    /// Of an operation that has a path of its own and is called by `GET`: that path with its query.
    pub path: Option<String>,
    /// The action of IAM, and the resource that it is allowed on: an ARN as a text for `Fn::Sub`.
    pub action: &'static str,
    pub resource: String,
    /// The error by which the service says that there is nothing.
    pub absent: &'static str,
    pub says: Vec<Said>,
}

/// A part of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Said {
    pub word: Word,
    /// Where it stands: a JSON pointer.
    pub at: &'static str,
    pub form: Form,
}

/// What a part of an answer says. The first answer that has it counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    /// By which AWS knows the thing in what is asked next.
    Id,
    Version,
    Status,
    /// Since when it runs.
    Since,
    /// `python3.13`
    Runtime,
    /// The key of the published build that runs.
    Key,
    /// Its digest; that in its key unless an answer says it.
    Digest,
    /// Something more that is worth a line: a sentence, with `{}` for the part.
    Note(&'static str),
}

/// How a part of an answer says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A text or a number, as it is.
    Plain,
    /// A digest in Base64.
    Base64,
    /// The first group of a regular expression.
    Part(&'static str),
    /// Seconds since 1970.
    Time,
    /// A sentence with the first words of parts of it, each by its JSON pointer: `{/Name} is {/Status/State}`.
    Words(&'static str),
    /// Shares of one by name: `{"8": 0.1}` is "10% to 8".
    Shares,
}

impl Said {
    /// A part that is said as it is.
    pub const fn plain(word: Word, at: &'static str) -> Self {
        Self { word, at, form: Form::Plain }
    }

    pub const fn new(word: Word, at: &'static str, form: Form) -> Self {
        Self { word, at, form }
    }
}
