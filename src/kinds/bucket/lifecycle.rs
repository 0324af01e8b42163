//! What becomes of objects that get old.

use serde_json::json;

use super::{Bucket, rules};
use crate::desired::{Origin, Value};
use crate::diagnostic::Diagnostic;
use crate::source::Located;
use crate::spec::Seconds;
use crate::{choice, record};

const DAY: u64 = 86_400;
/// S3 user guide, transitioning objects: the least age for Standard-IA. Read 2026-11-21.
const LEAST_DAYS_INFREQUENT: u64 = 30;

record! {
    /// Another storage class for objects that are seldom read.
    pub struct BucketMove {
        /// The storage class.
        required to: ColderClass = "to",
        /// The age at which objects are moved, in whole days.
        required after: Seconds = "after",
    }
}

choice! {
    /// A storage class for objects that are seldom read.
    pub enum ColderClass {
        /// S3 moves each object between tiers as it is read.
        IntelligentTiering = "intelligent-tiering",
        /// Cheaper to keep and dearer to read; after `30d` at the earliest.
        StandardIa = "standard-ia",
        /// Read at once, a few times a year.
        GlacierIr = "glacier-ir",
        /// Restored before it can be read, within minutes to hours.
        Glacier = "glacier",
        /// Restored before it can be read, within hours to two days.
        DeepArchive = "deep-archive",
    }
}

impl ColderClass {
    fn name(self) -> &'static str {
        match self {
            Self::IntelligentTiering => "INTELLIGENT_TIERING",
            Self::StandardIa => "STANDARD_IA",
            Self::GlacierIr => "GLACIER_IR",
            Self::Glacier => "GLACIER",
            Self::DeepArchive => "DEEP_ARCHIVE",
        }
    }
}

fn days(time: &Located<Seconds>, origin: &Origin) -> Value {
    Value::from_json(json!(time.0 / DAY), origin)
}

pub(super) fn check(bucket: &Bucket, report: &mut Vec<Diagnostic>) {
    let moved = bucket.moved.as_ref().map(|moved| &moved.after);
    for age in bucket.expire.iter().chain(moved).filter(|age| age.0 % DAY != 0) {
        report.push(
            Diagnostic::new(
                &rules::EXPIRE,
                &age.span,
                format!("S3 counts the age of objects in days, not in `{}`", age.span.text()),
            )
            .label("not whole days")
            .help("write a whole number of days, for example `90d`"),
        );
    }
    let Some(moved) = &bucket.moved else { return };
    if moved.to.value == ColderClass::StandardIa && moved.after.0 < LEAST_DAYS_INFREQUENT * DAY {
        report.push(
            Diagnostic::new(
                &rules::MOVE,
                &moved.after.span,
                format!("S3 moves objects to `standard-ia` after {LEAST_DAYS_INFREQUENT} days at the earliest"),
            )
            .label("AWS refuses this")
            .help("write `30d` or more, or another storage class"),
        );
    }
    if let Some(expire) = bucket.expire.as_ref().filter(|expire| expire.0 <= moved.after.0) {
        report.push(
            Diagnostic::new(
                &rules::MOVE,
                &moved.after.span,
                format!("objects would be moved after `{}`, when they are deleted already", moved.after.span.text()),
            )
            .label("AWS refuses this")
            .related(&expire.span, "deleted after this time")
            .help("move objects before they expire, or leave out `move`"),
        );
    }
}

/// The lifecycle rules that the document asks for.
pub(super) fn rules(bucket: &Bucket) -> Vec<Value> {
    let moved = bucket.moved.as_ref().map(|moved| {
        let origin = Origin::authored(&moved.span);
        let transition = Value::map(&origin)
            .with("StorageClass", Value::text(moved.to.value.name(), &Origin::authored(&moved.to.span)))
            .with("TransitionInDays", days(&moved.after, &Origin::authored(&moved.after.span)));
        Value::from_json(json!({ "Id": "move", "Status": "Enabled" }), &origin)
            .with("Transitions", Value::list(vec![transition], &origin))
    });
    let expire = bucket.expire.as_ref().map(|expire| {
        let origin = Origin::authored(&expire.span);
        Value::from_json(json!({ "Id": "expire", "Status": "Enabled" }), &origin)
            .with("ExpirationInDays", days(expire, &origin))
    });
    moved.into_iter().chain(expire).collect()
}
