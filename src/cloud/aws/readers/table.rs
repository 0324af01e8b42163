//! Reads resources as their rows in `rows.json` say.

use std::future::Future;

use serde_json::{Map, Value as Json};

use super::rows::{Batch, Call, Pages, Read, Row};
use super::translate::{Translation, list};
use super::{Observation, Reading, Wanted, finish};
use crate::cloud::CloudError;

/// Something that answers the calls of rows.
pub(super) trait Service: Sync {
    /// `subject` is what is asked about, for messages.
    fn ask(
        &self,
        call: &'static Call,
        subject: &str,
        send: Json,
    ) -> impl Future<Output = Result<Json, CloudError>> + Send;
}

/// A service with more pages than this repeats itself.
const MOST_PAGES: usize = 1000;

const UNNAMED: &str = "only CloudFormation knows what names the resource";

/// What became of one read.
enum Told {
    Answers(Vec<Json>),
    NotAsked,
    /// What names the resource is not known.
    Unnamed,
    Failed(CloudError),
}

/// Reads one resource. `found` is what a batch has brought of it.
///
/// # Errors
/// When the first read fails.
pub(super) async fn read(
    service: &impl Service,
    row: &'static Row,
    wanted: &Wanted,
    found: Option<Json>,
) -> Result<Observation, CloudError> {
    let translation = Translation::new(&row.kind, &row.renames);
    let mut reading = Reading::new(Json::Object(Map::new()), &[]);
    let mut answers: Vec<Json> = Vec::new();
    let mut found = found;
    for (index, read) in row.reads.iter().enumerate() {
        let told = match found.take() {
            Some(found) => Told::Answers(vec![found]),
            None => tell(service, read, wanted, answers.first()).await,
        };
        let mut answer = Json::Null;
        match told {
            Told::Answers(told) => {
                let mut properties = told.iter().map(|answer| (answer, translation.properties(answer)));
                let chosen = if read.each.is_some() {
                    match finish::most_telling(&properties.collect::<Vec<_>>(), &read.covers, wanted) {
                        Some(chosen) => Some(chosen),
                        None => return Ok(Observation::Missing),
                    }
                } else {
                    properties.next().map(|(answer, properties)| (answer.clone(), properties))
                };
                let Some((chosen, mut properties)) = chosen else { return Ok(Observation::Missing) };
                read.covers.iter().for_each(|name| reading.set(name, properties.shift_remove(name)));
                answer = chosen;
            }
            Told::Failed(error) if read.absent.iter().any(|code| error.has_code(code)) => {
                read.covers.iter().for_each(|name| reading.set(name, None));
            }
            Told::Failed(error) if index == 0 => return Err(error),
            Told::Failed(error) => unread(&mut reading, read, &error.with_hint()),
            Told::Unnamed if index == 0 => return Ok(Observation::Unread(UNNAMED.to_owned())),
            Told::Unnamed => unread(&mut reading, read, UNNAMED),
            Told::NotAsked => {}
        }
        answers.push(answer);
    }
    // What is not known here may become known later, from what others read.
    for name in &row.asked_by {
        if let Some(value) = wanted.properties.get(name) {
            reading.set(name, Some(value.clone()));
        }
    }
    Ok(finish::finish(&translation, wanted, &answers, reading))
}

async fn tell(service: &impl Service, read: &'static Read, wanted: &Wanted, first: Option<&Json>) -> Told {
    let asked = read.only_if.as_deref().is_none_or(|property| wanted.properties.get(property).is_some())
        && read
            .only_answer
            .as_ref()
            .is_none_or(|(at, text)| first.and_then(|first| first.pointer(at)?.as_str()) == Some(text));
    let Some(call) = read.call.as_ref().filter(|_| asked) else { return Told::NotAsked };
    let items = match &read.each {
        Some(pointer) => match wanted.properties.pointer(pointer).and_then(Json::as_array) {
            Some(items) if !items.is_empty() && items.iter().all(Json::is_string) => items.clone(),
            _ => return Told::Unnamed,
        },
        None => vec![Json::Null],
    };
    let mut answers = Vec::new();
    for item in items {
        let places = Places { wanted, first, item: &item };
        let Some(send) = places.fill(&read.send) else { return Told::Unnamed };
        let subject = item.as_str().unwrap_or(&wanted.physical_id);
        match ask(service, call, subject, send, read.pages.as_ref()).await {
            Ok(answer) => answers.push(answer.pointer(&read.at).map(plain).unwrap_or_default()),
            Err(error) => return Told::Failed(error),
        }
    }
    Told::Answers(answers)
}

fn unread(reading: &mut Reading, read: &Read, reason: &str) {
    read.covers.iter().for_each(|name| reading.unread(format!("/{name}"), reason.to_owned()));
}

/// What one call tells of several resources, in the same order; `None` of those that do not exist.
///
/// # Errors
/// When the call fails. It is then to be found out which resource it failed for, one by one.
pub(super) async fn find(
    service: &impl Service,
    batch: &'static Batch,
    wanted: &[&Wanted],
) -> Result<Vec<Option<Json>>, CloudError> {
    let ids: Vec<Json> = wanted.iter().map(|wanted| Json::from(wanted.physical_id.as_str())).collect();
    let mut send = batch.send.clone();
    if let Some(map) = send.as_object_mut() {
        map.insert(batch.ids.clone(), ids.iter().cloned().collect());
    }
    let subject = match wanted {
        [first, _, ..] => format!("{}` and {} more `{}", first.physical_id, wanted.len() - 1, first.resource_type),
        _ => wanted.iter().map(|wanted| wanted.physical_id.as_str()).collect(),
    };
    let answer = ask(service, &batch.call, &subject, send, batch.pages.as_ref()).await?;
    let found = answer.pointer(&batch.at).map(list).unwrap_or_default();
    Ok(ids.iter().map(|id| found.iter().find(|item| item.get(&batch.by) == Some(id)).cloned()).collect())
}

/// The answer with all its pages.
///
/// # Errors
/// When a call fails.
pub(super) async fn ask(
    service: &impl Service,
    call: &'static Call,
    subject: &str,
    send: Json,
    pages: Option<&Pages>,
) -> Result<Json, CloudError> {
    let mut answer = service.ask(call, subject, send.clone()).await?;
    let Some(pages) = pages else { return Ok(answer) };
    let token = |answer: &Json| answer[&pages.next].as_str().filter(|token| !token.is_empty()).map(str::to_owned);
    let mut items = answer.pointer(&pages.at).map(list).unwrap_or_default();
    let mut next = token(&answer);
    for _ in 0..MOST_PAGES {
        let Some(page) = next else {
            if let Some(place) = answer.pointer_mut(&pages.at) {
                *place = Json::Array(items);
            }
            return Ok(answer);
        };
        let mut send = send.clone();
        if let Some(map) = send.as_object_mut() {
            map.insert(pages.send.clone(), Json::from(page));
        }
        let page = service.ask(call, subject, send).await?;
        items.extend(page.pointer(&pages.at).map(list).unwrap_or_default());
        next = token(&page);
    }
    Err(CloudError::refused("read all pages about", subject, "the service does not come to an end"))
}

/// A map as XML has it, as a map: `{"entry": [{"key": "a", "value": "b"}]}` → `{"a": "b"}`
fn plain(answer: &Json) -> Json {
    let entries = answer.as_object().filter(|map| map.len() == 1).and_then(|map| map.get("entry"));
    let Some(entries) = entries else { return answer.clone() };
    let entries = list(entries);
    let entries = entries.iter().filter_map(|entry| Some((entry["key"].as_str()?.to_owned(), entry["value"].clone())));
    entries.collect::<Map<_, _>>().into()
}

/// What stands for the places of a request.
struct Places<'a> {
    wanted: &'a Wanted,
    first: Option<&'a Json>,
    item: &'a Json,
}

impl Places<'_> {
    /// The request with its places filled; `None` when something that names the resource is not known.
    fn fill(&self, send: &Json) -> Option<Json> {
        match send {
            Json::Object(map) => {
                let mut filled = Map::new();
                for (key, value) in map {
                    let optional = value.as_str().and_then(|text| text.strip_prefix("{?")?.strip_suffix('}'));
                    let value = match optional {
                        Some(name) => self.named(name),
                        None => Some(self.fill(value)?),
                    };
                    filled.extend(value.map(|value| (key.clone(), value)));
                }
                Some(filled.into())
            }
            Json::Array(items) => items.iter().map(|item| self.fill(item)).collect(),
            Json::String(text) => match text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
                Some(name) => self.named(name),
                None => Some(send.clone()),
            },
            other => Some(other.clone()),
        }
    }

    fn named(&self, name: &str) -> Option<Json> {
        let id = self.wanted.physical_id.as_str();
        match name {
            "id" => return Some(Json::from(id)),
            "item" => return Some(self.item.clone()),
            "bus of the rule" => {
                let own = id.rsplit('|').nth(1).map(Json::from);
                return own.or_else(|| self.wanted.properties.get("EventBusName").cloned());
            }
            "cluster of the topic" => {
                let (cluster, _) = id.rsplit_once('/')?;
                return Some(Json::from(cluster.replacen(":topic/", ":cluster/", 1)));
            }
            _ => {}
        }
        if let Some(from_the_end) = name.strip_prefix("id|-") {
            let nth = from_the_end.parse::<usize>().ok()?.checked_sub(1)?;
            return id.rsplit('|').nth(nth).map(Json::from);
        }
        let value = match name.strip_prefix("answer") {
            Some(pointer) => self.first?.pointer(pointer)?,
            None => self.wanted.properties.pointer(name)?,
        };
        (!value.is_null()).then(|| value.clone())
    }
}

#[cfg(test)]
mod tests;
