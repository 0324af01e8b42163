//! `gates`: who approves, and what they see.

use serde_json::json;

use super::rules;
use crate::desired::{Origin, Value};
use crate::diagnostic::Diagnostic;
use crate::model::{Entry, Home, Kind, Lowering, Model, Thing, logical_id, section};
use crate::record;
use crate::source::Located;
use crate::spec::{OneOrMany, PlainText, Seconds, Text};

pub const GATES: Kind = Kind {
    section: section::<Gate>("gates", "Approvals that a pipeline waits for."),
    home: Home::Delivery,
    attributes: &[],
    longest_name: usize::MAX,
    idle: Some("it guards nothing"),
    steps: &[],
    rules: rules::GATES,
    page: include_str!("gates.md"),
};

record! {
    /// An approval by a person. What is approved is the digest or the change set that the step after it works on.
    pub struct Gate {
        /// E-mail addresses that are told; each must confirm its subscription once.
        optional notify: OneOrMany<PlainText> = "notify",
        /// How long to wait, `5m` to `60d`; then the execution fails. `7d` unless told otherwise.
        optional timeout: Seconds = "timeout",
        /// What the approver reads, above what the pipeline says of the revision; at most 500 characters.
        optional message: Text = "message",
        /// What the approver can open; the page of the commit unless told otherwise.
        optional link: Text = "link",
    }
}

/// CodePipeline service model, ActionTimeout: 5 to 86,400 minutes.
const TIMEOUT_MINUTES: std::ops::RangeInclusive<u64> = 5..=86_400;
const DEFAULT_TIMEOUT_SECONDS: u64 = 7 * 86_400;
/// CustomData takes 1,000 characters, and the pipeline adds the revision.
const LONGEST_MESSAGE: usize = 500;

impl Gate {
    pub(super) fn timeout_seconds(&self) -> u64 {
        self.timeout.as_ref().map_or(DEFAULT_TIMEOUT_SECONDS, |timeout| timeout.0)
    }

    /// The topic that tells of waiting approvals.
    pub(super) fn topic(&self, this: &Entry) -> Option<(Value, &Located<OneOrMany<PlainText>>)> {
        let notify = self.notify.as_ref()?;
        let origin = Origin::authored(&notify.span);
        Some((Value::reference(logical_id(this.section, &this.name.value, "Topic"), &origin), notify))
    }
}

impl Thing for Gate {
    fn check(&self, _this: &Entry, _model: &Model, report: &mut Vec<Diagnostic>) {
        if let Some(timeout) = &self.timeout
            && (timeout.0 % 60 != 0 || !TIMEOUT_MINUTES.contains(&(timeout.0 / 60)))
        {
            report.push(
                Diagnostic::new(
                    &rules::TIMEOUT,
                    &timeout.span,
                    format!("an approval waits for 5 minutes to 60 days, not for `{}`", timeout.span.text()),
                )
                .label("AWS refuses this")
                .help("write a whole number of minutes from `5m` to `60d`"),
            );
        }
        if let Some(message) = &self.message
            && message.span.text().chars().count() > LONGEST_MESSAGE
        {
            report.push(
                Diagnostic::new(&rules::MESSAGE, &message.span, format!("the message is longer than {LONGEST_MESSAGE} characters, and CodePipeline shows 1,000 with the revision"))
                    .label("too long")
                    .help("shorten it, and use `link` for more"),
            );
        }
    }

    fn lower(&self, this: &Entry, lowering: &mut Lowering<'_>) {
        let Some(notify) = &self.notify else { return };
        let origin = Origin::authored(&notify.span);
        let subscriptions = notify.value.0.iter().map(|address| {
            let origin = Origin::authored(&address.span);
            Value::from_json(json!({ "Protocol": "email", "Endpoint": address.value.0 }), &origin)
        });
        let properties = Value::map(&origin).with("Subscription", Value::list(subscriptions.collect(), &origin));
        lowering.add(Home::Delivery, this, "Topic", "AWS::SNS::Topic", properties);
    }
}
