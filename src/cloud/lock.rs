//! Who applies something to a stack just now.
//!
//! A lock is a parameter of SSM's Parameter Store, because that is there in every account and Region without anything
//! that has to be deployed first, costs nothing, and can be made only once: `PutParameter` without `Overwrite` fails when
//! there is one. A tag of the stack cannot be changed without an update, an object in a bucket needs the bucket, and a
//! table needs a table.

use serde_json::{Value as Json, json};

use crate::facts::calls;

/// What is written down under the name of a stack while somebody applies something to it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lock {
    pub stack: String,
    /// One run of the program, also when it is interrupted and goes on.
    pub run: String,
    /// The ARN of who holds it.
    pub holder: String,
    /// The name of the machine, and the number of the process there.
    pub machine: String,
    /// What is done, e.g. `deploy prod`.
    pub purpose: String,
    /// RFC 3339.
    pub since: String,
}

impl Lock {
    /// The name of the parameter.
    pub fn parameter(stack: &str) -> String {
        calls::lock(stack)
    }

    /// The value of the parameter.
    pub fn text(&self) -> String {
        json!({
            "version": 1,
            "run": self.run,
            "holder": self.holder,
            "machine": self.machine,
            "purpose": self.purpose,
            "since": self.since,
        })
        .to_string()
    }

    /// Reads what was written down; of text that is no lock, the text is the holder.
    pub fn read(stack: &str, text: &str) -> Self {
        let json: Json = serde_json::from_str(text).unwrap_or_default();
        let part = |name: &str| json[name].as_str().unwrap_or_default().to_owned();
        let holder = if json["holder"].is_string() { part("holder") } else { text.to_owned() };
        Self {
            stack: stack.to_owned(),
            run: part("run"),
            holder,
            machine: part("machine"),
            purpose: part("purpose"),
            since: part("since"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let lock = Lock {
            stack: "rides-prod".to_owned(),
            run: "r1".to_owned(),
            holder: "arn:aws:iam::111122223333:user/花子".to_owned(),
            machine: "laptop, process 7".to_owned(),
            purpose: "deploy prod".to_owned(),
            since: "2026-11-21T10:00:00Z".to_owned(),
        };
        assert_eq!(Lock::read("rides-prod", &lock.text()), lock);
        assert_eq!(Lock::parameter("rides-prod"), "/tidegate/locks/rides-prod");
    }

    #[test]
    fn what_is_no_lock_is_shown_as_it_is() {
        assert_eq!(Lock::read("s", "by hand, Anna").holder, "by hand, Anna");
        assert_eq!(Lock::read("s", "by hand, Anna").run, "");
        assert_eq!(Lock::read("s", "").holder, "");
    }
}
