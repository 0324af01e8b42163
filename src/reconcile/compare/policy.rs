//! Policy documents: what IAM reads as the same is the same.
//!
//! The order of statements, actions, resources and principals says nothing; one item is as good as a list of it; actions
//! have no case; an account is its root; everybody is `*` or `{"AWS": "*"}`. IAM user guide, "IAM JSON policy elements:
//! Statement, Principal, Action, Resource, Condition". Read 2026-11-21.

use serde_json::Value as Json;

use super::super::drift::escape;
use super::super::resolved::{Resolved, ResolvedKind};
use super::super::substitute;
use super::{Comparison, empty};

/// What a policy without `Version` is read as.
const FIRST_VERSION: &str = "2008-10-17";

/// Whether the entries are those of a policy document.
pub(super) fn is_policy(entries: &[(String, Resolved)]) -> bool {
    entries.iter().any(|(key, _)| key == "Statement")
}

/// How the words of an element are read.
type Reading = fn(&Json) -> String;

impl Comparison<'_> {
    pub(super) fn compare_policy(&mut self, pointer: &str, path: &str, wanted: &Resolved, live: &Json) {
        let ResolvedKind::Map(entries) = &wanted.kind else { return };
        let version = Json::from(FIRST_VERSION);
        for (key, value) in entries {
            let (pointer, path) = (format!("{pointer}/{key}"), format!("{path}.{key}"));
            match (key.as_str(), live.get(key)) {
                ("Statement", statements) => self.compare_statements(&pointer, &path, value, statements),
                ("Version", None) => self.compare(&pointer, &path, value, Some(&version)),
                (_, there) => self.compare(&pointer, &path, value, there),
            }
        }
        let others = live.as_object().into_iter().flatten();
        for (key, value) in others.filter(|(key, _)| !entries.iter().any(|(name, _)| name == *key)) {
            if key != "Version" || *value != version {
                self.added(&format!("{pointer}/{key}"), &format!("{path}.{key}"), value, wanted);
            }
        }
    }

    /// Each wanted statement takes the live one that says the same, else one of the same `Sid`, else the next.
    fn compare_statements(&mut self, pointer: &str, path: &str, wanted: &Resolved, live: Option<&Json>) {
        let items = items_of(wanted);
        let mut left: Vec<(usize, &Json)> = list_of(live).into_iter().enumerate().collect();
        let place = |index: usize| match &wanted.kind {
            ResolvedKind::List(_) => (format!("{pointer}/{index}"), format!("{path}[{index}]")),
            _ => (pointer.to_owned(), path.to_owned()),
        };
        let mut open = Vec::new();
        for (index, statement) in items.into_iter().enumerate() {
            match left.iter().position(|(_, live)| self.same_statement(statement, live)) {
                Some(at) => {
                    let (_, live) = left.remove(at);
                    self.compare_statement(&place(index).0, path, statement, live);
                }
                None => open.push((index, statement)),
            }
        }
        for (index, statement) in open {
            let sid = statement.get("Sid").and_then(Resolved::to_json);
            let named = sid.and_then(|sid| left.iter().position(|(_, live)| live["Sid"] == sid));
            let (pointer, path) = place(index);
            match named.or((!left.is_empty()).then_some(0)) {
                Some(at) => {
                    let (_, live) = left.remove(at);
                    self.compare_statement(&pointer, &path, statement, live);
                }
                None => self.compare(&pointer, &path, statement, None),
            }
        }
        for (index, live) in left {
            self.added(&format!("{pointer}/{index}"), &format!("{path}[{index}]"), live, wanted);
        }
    }

    fn same_statement(&self, wanted: &Resolved, live: &Json) -> bool {
        let mut trial = Comparison::without(self.rules, self.unread);
        trial.compare_statement("", "", wanted, live);
        trial.differences.is_empty() && trial.unchecked.is_empty()
    }

    fn compare_statement(&mut self, pointer: &str, path: &str, wanted: &Resolved, live: &Json) {
        let (ResolvedKind::Map(entries), Json::Object(_)) = (&wanted.kind, live) else {
            return self.compare(pointer, path, wanted, Some(live));
        };
        for (key, value) in entries {
            let (pointer, path, live) = (format!("{pointer}/{key}"), format!("{path}.{key}"), live.get(key));
            match key.as_str() {
                "Action" | "NotAction" => self.compare_words(&pointer, &path, value, live, action),
                "Resource" | "NotResource" => self.compare_words(&pointer, &path, value, live, substitute::text),
                "Principal" | "NotPrincipal" => self.compare_principals(&pointer, &path, value, live),
                "Condition" => self.compare_conditions(&pointer, &path, value, live),
                _ => self.compare(&pointer, &path, value, live),
            }
        }
        for (key, value) in live.as_object().into_iter().flatten() {
            if !entries.iter().any(|(name, _)| name == key) {
                self.added(&format!("{pointer}/{key}"), &format!("{path}.{key}"), value, wanted);
            }
        }
    }

    fn compare_principals(&mut self, pointer: &str, path: &str, wanted: &Resolved, live: Option<&Json>) {
        let everybody = |live: &Json| *live == "*" || list_of(live.get("AWS")).iter().any(|who| **who == "*");
        match (&wanted.kind, live) {
            (ResolvedKind::Scalar(who), Some(live)) if who == "*" && everybody(live) => self.looked_at(pointer),
            (ResolvedKind::Map(entries), Some(Json::String(live))) if live == "*" && entries.len() == 1 => {
                let everybody = serde_json::json!(["*"]);
                for (key, value) in entries {
                    let live = (key == "AWS").then_some(&everybody);
                    self.compare_words(&format!("{pointer}/{key}"), &format!("{path}.{key}"), value, live, principal);
                }
            }
            (ResolvedKind::Map(_), Some(Json::Object(_))) => self.compare_each(pointer, path, wanted, live, principal),
            _ => self.compare(pointer, path, wanted, live),
        }
    }

    fn compare_conditions(&mut self, pointer: &str, path: &str, wanted: &Resolved, live: Option<&Json>) {
        let (ResolvedKind::Map(operators), Some(Json::Object(there))) = (&wanted.kind, live) else {
            return self.compare(pointer, path, wanted, live);
        };
        for (operator, keys) in operators {
            let (pointer, path) = (format!("{pointer}/{}", escape(operator)), format!("{path}.{operator}"));
            self.compare_each(&pointer, &path, keys, there.get(operator), substitute::text);
        }
        for (operator, value) in there.iter().filter(|(operator, _)| wanted.get(operator).is_none()) {
            self.added(&format!("{pointer}/{}", escape(operator)), &format!("{path}.{operator}"), value, wanted);
        }
    }

    /// The words under each key.
    fn compare_each(&mut self, pointer: &str, path: &str, wanted: &Resolved, live: Option<&Json>, read: Reading) {
        let (ResolvedKind::Map(entries), Some(Json::Object(there))) = (&wanted.kind, live) else {
            return self.compare(pointer, path, wanted, live);
        };
        for (key, value) in entries {
            let (pointer, path) = (format!("{pointer}/{}", escape(key)), format!("{path}.{key}"));
            self.compare_words(&pointer, &path, value, there.get(key), read);
        }
        for (key, value) in there.iter().filter(|(key, _)| wanted.get(key).is_none()) {
            self.added(&format!("{pointer}/{}", escape(key)), &format!("{path}.{key}"), value, wanted);
        }
    }

    /// Words without order: each that is missing is told with one that is too much, as long as there are any.
    fn compare_words(&mut self, pointer: &str, path: &str, wanted: &Resolved, live: Option<&Json>, read: Reading) {
        let mut left = list_of(live);
        let mut missing = Vec::new();
        let mut unknown = 0;
        let is_list = matches!(wanted.kind, ResolvedKind::List(_));
        for (index, item) in items_of(wanted).into_iter().enumerate() {
            let place = if is_list { format!("{pointer}/{index}") } else { pointer.to_owned() };
            let Some(word) = item.to_json() else {
                unknown += 1;
                self.compare(&place, path, item, None);
                continue;
            };
            self.looked_at(&place);
            match left.iter().position(|live| read(live) == read(&word)) {
                Some(at) => {
                    left.remove(at);
                }
                None => missing.push((place, word, &item.origin)),
            }
        }
        // One of these may be the unknown one.
        left.truncate(left.len().saturating_sub(unknown));
        let mut left = left.into_iter();
        for (place, word, origin) in missing {
            self.differ(&place, path, Some(word), left.next().cloned(), origin);
        }
        for word in left {
            self.differ(pointer, path, None, Some(word.clone()), &wanted.origin);
        }
    }

    /// What only the account has.
    fn added(&mut self, pointer: &str, path: &str, live: &Json, around: &Resolved) {
        if !empty(live) {
            self.count(pointer, super::State::Compared, false);
            self.differ(pointer, path, None, Some(live.clone()), &around.origin);
        }
    }
}

fn items_of(wanted: &Resolved) -> Vec<&Resolved> {
    match &wanted.kind {
        ResolvedKind::List(items) => items.iter().collect(),
        _ => vec![wanted],
    }
}

fn list_of(live: Option<&Json>) -> Vec<&Json> {
    match live {
        Some(Json::Array(items)) => items.iter().collect(),
        None | Some(Json::Null) => Vec::new(),
        Some(one) => vec![one],
    }
}

fn action(word: &Json) -> String {
    substitute::text(word).to_lowercase()
}

/// An account stands for its root.
fn principal(word: &Json) -> String {
    let text = substitute::text(word);
    let account = text.strip_suffix(":root").and_then(|arn| arn.rsplit_once(":iam::")).map(|(_, account)| account);
    account.map_or_else(|| text.clone(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::tests::differences;
    use super::*;

    const QUEUE: &str = "AWS::SQS::QueuePolicy";

    fn policy(statement: Json) -> Json {
        json!({ "Version": "2012-10-17", "Statement": statement })
    }

    fn changed(wanted: Json, live: Json) -> Vec<String> {
        differences(QUEUE, "PolicyDocument", policy(wanted), policy(live))
    }

    fn grant() -> Json {
        json!({ "Sid": "Send", "Effect": "Allow", "Principal": { "AWS": "111122223333" },
                "Action": ["sqs:SendMessage", "sqs:GetQueueUrl"], "Resource": "arn:q",
                "Condition": { "Bool": { "aws:SecureTransport": true } } })
    }

    #[test]
    fn what_iam_reads_as_the_same_is_the_same() {
        let live = json!([
            { "Effect": "Deny", "Principal": { "AWS": ["*"] }, "Action": "sqs:*", "Resource": "*", "Sid": "" },
            { "Sid": "Send", "Effect": "Allow", "Principal": { "AWS": ["arn:aws:iam::111122223333:root"] },
              "Action": ["SQS:getqueueurl", "SQS:SendMessage"], "Resource": ["arn:q"],
              "Condition": { "Bool": { "aws:SecureTransport": ["true"] } } },
        ]);
        let deny = json!({ "Effect": "Deny", "Principal": "*", "Action": ["sqs:*"], "Resource": "*" });
        assert_eq!(changed(json!([grant(), deny]), live.clone()), [""; 0]);
        let text = Json::from(policy(live).to_string());
        let deny = json!({ "Effect": "Deny", "Principal": { "AWS": "*" }, "Action": ["sqs:*"], "Resource": "*" });
        assert_eq!(differences(QUEUE, "PolicyDocument", policy(json!([deny, grant()])), text), [""; 0]);
        assert_eq!(changed(grant(), json!([grant()])), [""; 0]);
        let old = json!({ "Statement": [grant()], "Version": FIRST_VERSION });
        assert_eq!(differences(QUEUE, "PolicyDocument", json!({ "Statement": grant() }), old), [""; 0]);
    }

    #[test]
    fn every_widening_is_found() {
        let with = |pointer: &str, value: Json| {
            let mut live = grant();
            *live.pointer_mut(pointer).unwrap() = value;
            changed(json!([grant()]), json!([live]))
        };
        assert_eq!(
            with("/Action", json!("sqs:*")),
            ["/PolicyDocument/Statement/0/Action/0", "/PolicyDocument/Statement/0/Action/1"]
        );
        assert_eq!(with("/Action/1", json!("sqs:*")), ["/PolicyDocument/Statement/0/Action/1"]);
        assert_eq!(with("/Principal", json!("*")), ["/PolicyDocument/Statement/0/Principal/AWS"]);
        assert_eq!(
            with("/Principal/AWS", json!(["111122223333", "444455556666"])),
            ["/PolicyDocument/Statement/0/Principal/AWS"]
        );
        assert_eq!(with("/Resource", json!("*")), ["/PolicyDocument/Statement/0/Resource"]);
        assert_eq!(with("/Effect", json!("Deny")), ["/PolicyDocument/Statement/0/Effect"]);
        assert_eq!(with("/Condition/Bool/aws:SecureTransport", json!("false")).len(), 1);
        assert_eq!(with("/Condition", json!({})), ["/PolicyDocument/Statement/0/Condition/Bool/aws:SecureTransport"]);
        let mut live = grant();
        live["NotAction"] = json!("sqs:DeleteQueue");
        assert_eq!(changed(json!([grant()]), json!([live])), ["/PolicyDocument/Statement/0/NotAction"]);
        let open = json!({ "Effect": "Allow", "Principal": "*", "Action": "sqs:*", "Resource": "*" });
        assert_eq!(changed(json!([grant()]), json!([open, grant()])), ["/PolicyDocument/Statement/0"]);
        assert_eq!(changed(json!([grant(), open]), json!([grant()])), ["/PolicyDocument/Statement/1"]);
        assert_eq!(changed(json!([grant()]), json!("not a statement")).len(), 1);
    }

    #[test]
    fn an_unknown_word_may_be_any_one() {
        let mut wanted = grant();
        wanted["Resource"] = json!(["arn:q", { "Ref": "Lost" }]);
        let with = |resources: Json| {
            let mut live = grant();
            live["Resource"] = resources;
            changed(json!([wanted]), json!([live]))
        };
        assert_eq!(with(json!(["arn:other", "arn:q"])), [""; 0]);
        assert_eq!(with(json!(["arn:other", "arn:q", "*"])), ["/PolicyDocument/Statement/0/Resource"]);
        assert_eq!(with(json!(["arn:other"])), ["/PolicyDocument/Statement/0/Resource/0"]);
    }
}
