//! What stands there of a thing that is released: what the operations that its kind names say of it.

use regex::Regex;
use serde_json::{Value as Json, json};

use super::services::{Services, absent};
use super::{digest_in, short};
use crate::cloud::{CloudError, blob};
use crate::release::{Ask, Form, Said, Shown, Word};

/// A thing in a place, as far as it can be seen.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Standing {
    /// Whether it is there; `None` when that could not be asked.
    pub there: Option<bool>,
    pub version: Option<String>,
    pub status: Option<String>,
    /// Since when it runs, in seconds since 1970.
    pub since: Option<f64>,
    pub runtime: Option<String>,
    /// Of the published build that runs.
    pub key: Option<String>,
    pub digest: Option<String>,
    /// That it was made of, if that was written beside the build.
    pub commit: Option<String>,
    /// What else there is to tell, each a sentence.
    pub notes: Vec<String>,
    /// What could not be asked, and why.
    pub unread: Vec<String>,
}

/// Asks the services. What they do not tell is no error: it is said to be unread.
pub fn standing(services: Services<'_>, shown: &Shown) -> Standing {
    let mut standing = Standing::default();
    let mut id = None;
    for (index, ask) in shown.asks.iter().enumerate() {
        match asked(services, &about(ask, id.as_deref())) {
            Ok(Some(answer)) => {
                standing.there = standing.there.or(Some(true));
                standing.hear(ask, &answer);
                let said = |said: &Said| spoken(answer.pointer(said.at)?, said.form);
                id = id.or_else(|| ask.says.iter().filter(|said| said.word == Word::Id).find_map(said));
            }
            Ok(None) if index == 0 => {
                standing.there = Some(false);
                break;
            }
            Ok(None) => {}
            Err(error) => standing.unread.push(why(&error, ask.action)),
        }
    }
    let Some(bucket) = &shown.bucket else { return standing };
    // Who was not deployed by a release has no key with a digest in it.
    let key = standing.key.as_deref();
    let of_key = key.and_then(digest_in).map(str::to_owned);
    let fits = of_key.is_some() && standing.digest.as_ref().is_none_or(|digest| Some(digest) == of_key.as_ref());
    match (fits, key) {
        (true, Some(key)) => match services.metadata(bucket, key) {
            Ok(found) => {
                let commit = found.as_ref().and_then(|found| found["commit"].as_str());
                standing.commit = commit.filter(|commit| !commit.is_empty()).map(str::to_owned);
            }
            Err(error) => standing.unread.push(format!("commit: {}", why(&error, "s3:GetObject"))),
        },
        _ => standing.key = None,
    }
    if fits {
        standing.digest = of_key;
    }
    standing
}

/// The question with the id in its place.
fn about(ask: &Ask, id: Option<&str>) -> Ask {
    let Some(id) = id else { return ask.clone() };
    let mut ask = ask.clone();
    ask.path = ask.path.map(|path| path.replace("{id}", id));
    for (_, value) in ask.input.as_object_mut().into_iter().flatten() {
        if value == "{id}" {
            *value = json!(id);
        }
    }
    ask
}

fn asked(services: Services<'_>, ask: &Ask) -> Result<Option<Json>, CloudError> {
    let answer = match &ask.path {
        Some(path) => services.get(ask.service, ask.operation, path),
        None => services.call(ask.service, ask.operation, ask.input.clone()),
    };
    absent(answer, ask.absent)
}

fn why(error: &CloudError, action: &str) -> String {
    match error.is_denied() {
        true => format!("{}; allow `{action}` for these credentials", error.with_hint()),
        false => error.with_hint(),
    }
}

impl Standing {
    fn hear(&mut self, ask: &Ask, answer: &Json) {
        for said in &ask.says {
            let Some(value) = answer.pointer(said.at).and_then(|value| spoken(value, said.form)) else { continue };
            let known = match said.word {
                Word::Id => continue,
                Word::Since => {
                    self.since = self.since.or(value.parse().ok());
                    continue;
                }
                Word::Version => &mut self.version,
                Word::Status => &mut self.status,
                Word::Runtime => &mut self.runtime,
                Word::Key => &mut self.key,
                Word::Digest => &mut self.digest,
                Word::Note(sentence) => {
                    self.notes.push(sentence.replacen("{}", &value, 1));
                    continue;
                }
            };
            known.get_or_insert(value);
        }
    }

    /// `Active, version 7, build 3f2a9c1d2b4c, commit 0a1b2c3d4e5f, python3.13`
    pub fn line(&self, shown: &Shown, minute: impl Fn(f64) -> String) -> String {
        let unstarted = Some(shown.unstarted).filter(|unstarted| !unstarted.is_empty() && self.unread.is_empty());
        let status = self.status.as_deref().or(unstarted).unwrap_or("status not known");
        let since = self.since.map_or_else(String::new, |since| format!(" since {}", minute(since)));
        let mut parts = vec![format!("{status}{since}")];
        parts.extend(self.version.as_ref().map(|version| format!("version {version}")));
        let code = shown.code;
        parts.extend(match (&self.digest, &self.key) {
            _ if code.is_empty() => None,
            // Code that no release brought.
            (Some(digest), None) if shown.bucket.is_some() => {
                Some(format!("no released {code}, its code is {}", short(digest)))
            }
            (Some(digest), _) => Some(format!("{code} {}", short(digest))),
            (None, Some(key)) if shown.bucket.is_none() => Some(format!("{code} {key}")),
            (None, _) => Some(format!("{code} not known")),
        });
        parts.extend(self.commit.as_ref().map(|commit| format!("commit {commit:.12}")));
        parts.extend(self.runtime.clone());
        parts.join(", ")
    }

    pub fn json(&self) -> Json {
        json!({
            "version": self.version,
            "status": self.status,
            "since": self.since,
            "runtime": self.runtime,
            "key": self.key,
            "digest": self.digest,
            "notes": self.notes,
            "unread": (!self.unread.is_empty()).then(|| self.unread.join("; ")),
        })
    }
}

/// `None` for what says nothing.
fn spoken(value: &Json, form: Form) -> Option<String> {
    let text = value.as_str().filter(|text| !text.is_empty());
    match form {
        Form::Plain => text.map(str::to_owned).or_else(|| value.is_number().then(|| value.to_string())),
        Form::Base64 => Some(blob(text?)?.iter().map(|byte| format!("{byte:02x}")).collect()),
        Form::Part(expression) => {
            let expression = Regex::new(expression).expect("written in the program");
            Some(expression.captures(text?)?.get(1)?.as_str().to_owned())
        }
        Form::Time => value.as_f64().map(|seconds| seconds.to_string()),
        Form::Words(sentence) => {
            let mut parts = sentence.split('{');
            let mut told = parts.next().unwrap_or_default().to_owned();
            for part in parts {
                let (pointer, rest) = part.split_once('}')?;
                told += value.pointer(pointer)?.as_str()?.split_whitespace().next()?;
                told += rest;
            }
            Some(told)
        }
        Form::Shares => {
            let shares = value.as_object()?.iter();
            let shares = shares.filter_map(|(name, share)| {
                let percent = (share.as_f64()? * 1000.0).round() / 10.0;
                Some(format!("{percent}% to {name}"))
            });
            Some(shares.collect::<Vec<_>>().join(", ")).filter(|shares| !shares.is_empty())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The digest of nothing.
    const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    #[test]
    fn parts_of_answers_are_said_in_words() {
        let said = |value: Json, form| spoken(&value, form);
        assert_eq!(said(json!("Active"), Form::Plain).as_deref(), Some("Active"));
        assert_eq!(said(json!(7), Form::Plain).as_deref(), Some("7"));
        assert_eq!(said(json!(null), Form::Plain), None);
        let key = Form::Part(r"^s3://[^/]+/(.+)$");
        assert_eq!(said(json!("s3://bucket/jobs/集計.py"), key).as_deref(), Some("jobs/集計.py"));
        assert_eq!((said(json!("/local/a.py"), key), said(json!(""), key), said(json!(7), key)), (None, None, None));
        assert_eq!(said(json!({ "8": 0.1, "9": 0.025 }), Form::Shares).as_deref(), Some("10% to 8, 2.5% to 9"));
        assert_eq!(said(json!({}), Form::Shares), None);
        assert_eq!(said(json!(1.5), Form::Time).as_deref(), Some("1.5"));
        let step = json!({ "Name": "follow (ab-12)", "Status": { "State": "RUNNING" } });
        let words = Form::Words("{/Name} is {/Status/State}");
        assert_eq!(spoken(&step, words).as_deref(), Some("follow is RUNNING"));
        assert_eq!(spoken(&json!({ "Name": "follow" }), words), None);
        assert_eq!(said(json!("not Base64!"), Form::Base64), None);
        let empty = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
        assert_eq!(said(json!(empty), Form::Base64), Some(EMPTY.to_owned()));
    }

    fn shown(code: &'static str, bucket: Option<&str>) -> Shown {
        Shown {
            what: "thing",
            code,
            unstarted: if bucket.is_some() { "" } else { "never started" },
            name: String::new(),
            stack: String::new(),
            bucket: bucket.map(str::to_owned),
            record: String::new(),
            pipelines: Vec::new(),
            asks: Vec::new(),
        }
    }

    #[test]
    fn the_line_says_what_is_known() {
        let known = Standing {
            version: Some("7".to_owned()),
            status: Some("Active".to_owned()),
            runtime: Some("python3.13".to_owned()),
            key: Some(format!("builds/rider/{EMPTY}/rider.zip")),
            digest: Some(EMPTY.to_owned()),
            commit: Some("0a1b2c3d4e5f60718293".to_owned()),
            ..Standing::default()
        };
        let function = shown("build", Some("builds"));
        let line = |standing: &Standing, shown: &Shown| standing.line(shown, |seconds| format!("{seconds} s"));
        assert_eq!(line(&known, &function), "Active, version 7, build e3b0c44298fc, commit 0a1b2c3d4e5f, python3.13");
        let before = Standing { key: None, commit: None, ..known };
        assert_eq!(
            line(&before, &function),
            "Active, version 7, no released build, its code is e3b0c44298fc, python3.13"
        );
        assert_eq!(line(&Standing::default(), &function), "status not known, build not known");

        let job = shown("script", None);
        let runs = Standing {
            status: Some("RUNNING".to_owned()),
            since: Some(5.0),
            digest: Some("3f2a9c1d2b4c5e6f".to_owned()),
            ..Standing::default()
        };
        assert_eq!(line(&runs, &job), "RUNNING since 5 s, script 3f2a9c1d2b4c");
        let in_place = Standing { key: Some("jobs/a.py".to_owned()), ..Standing::default() };
        assert_eq!(line(&in_place, &job), "never started, script jobs/a.py");
        let unread = Standing { unread: vec!["no".to_owned()], ..Standing::default() };
        assert_eq!(line(&unread, &shown("", None)), "status not known");
    }

    #[test]
    fn what_was_told_first_is_asked_about_next() {
        let ask = Ask {
            service: "emr",
            operation: "ListSteps",
            input: json!({ "ClusterId": "{id}", "Other": "id" }),
            path: Some("/applications/{id}".to_owned()),
            action: "elasticmapreduce:ListSteps",
            resource: String::new(),
            absent: "",
            says: Vec::new(),
        };
        let about = about(&ask, Some("j-1"));
        assert_eq!(about.input, json!({ "ClusterId": "j-1", "Other": "id" }));
        assert_eq!(about.path.as_deref(), Some("/applications/j-1"));
    }
}
