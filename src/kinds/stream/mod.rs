//! `streams`: Kinesis data streams.

mod rules;

use serde_json::json;

use crate::desired::{Origin, Value, ValueKind};
use crate::diagnostic::Diagnostic;
use crate::kinds::key::{self, Keys};
use crate::model::{
    Admission, Alarm, Attribute, Chart, Entry, Gives, Grant, Home, Kind, Lowering, Model, Sender, Statement, Thing,
    Verb, logical_id, section,
};
use crate::spec::{Count, Reference, Seconds, Valued};
use crate::{choice, record};

pub const KIND: Kind = Kind {
    section: section::<Stream>("streams", "Kinesis data streams."),
    home: Home::Application,
    attributes: &[
        Attribute { name: "name", known: Home::Application, gives: Gives::Ref, doc: "The stream's name." },
        Attribute { name: "arn", known: Home::Application, gives: Gives::GetAtt("Arn"), doc: "The stream's ARN." },
    ],
    longest_name: 128,
    idle: None,
    steps: &[],
    rules: rules::RULES,
    page: include_str!("page.md"),
};

record! {
    /// A Kinesis data stream. It is encrypted, and kept when it is taken out of the file.
    pub struct Stream {
        /// How capacity is given; `on-demand` unless told otherwise.
        optional mode: Mode = "mode",
        /// The number of shards of a provisioned stream: each takes 1 MB/s or 1,000 records/s in and gives 2 MB/s out.
        optional shards: Valued<Count<1, 100_000>> = "shards",
        /// How long records can be read again: from `24h`, the default, to `365d`.
        optional retention: Valued<Seconds> = "retention",
        /// The key that encrypts the stream; the one that AWS manages for Kinesis unless told otherwise.
        optional key: Reference<Keys> = "key",
    }
}

choice! {
    /// How a stream's capacity is given.
    pub enum Mode {
        /// AWS scales the stream with its traffic.
        OnDemand = "on-demand",
        /// A fixed number of shards.
        Provisioned = "provisioned",
    }
}

const HOUR: u64 = 3600;
/// Kinesis Data Streams API, IncreaseStreamRetentionPeriod: 24 to 8,760 hours. Read 2026-11-20.
const RETENTION_HOURS: std::ops::RangeInclusive<u64> = 24..=8760;

impl Stream {
    fn mode(&self) -> Mode {
        self.mode.as_ref().map_or(Mode::OnDemand, |mode| mode.value)
    }

    /// Hours; `None` when it is known only at deployment.
    pub(in crate::kinds) fn retention_hours(&self) -> Option<u64> {
        match &self.retention {
            None => Some(*RETENTION_HOURS.start()),
            Some(retention) => retention.literal().map(|seconds| seconds.0 / HOUR),
        }
    }
}

impl Thing for Stream {
    fn check(&self, this: &Entry, _model: &Model, report: &mut Vec<Diagnostic>) {
        match (self.mode(), &self.shards, &self.mode) {
            (Mode::Provisioned, None, Some(mode)) => report.push(
                Diagnostic::new(
                    &rules::SHARDS,
                    &mode.span,
                    format!("the provisioned stream `{}` says no number of shards", this.path()),
                )
                .label("needs `shards`")
                .help("add `shards: 1`, or write `mode: on-demand`"),
            ),
            (Mode::OnDemand, Some(shards), mode) => {
                let diagnostic = Diagnostic::new(
                    &rules::SHARDS,
                    &shards.span,
                    format!(
                        "the on-demand stream `{}` takes no number of shards: AWS refuses both together",
                        this.path()
                    ),
                )
                .label("only a provisioned stream has shards")
                .help("write `mode: provisioned`, or remove `shards`");
                report.push(match mode {
                    Some(mode) => diagnostic.related(&mode.span, "the mode"),
                    None => diagnostic,
                });
            }
            _ => {}
        }
        let Some(retention) = &self.retention else { return };
        if let Some(Seconds(seconds)) = retention.literal()
            && (seconds % HOUR != 0 || !RETENTION_HOURS.contains(&(seconds / HOUR)))
        {
            report.push(
                Diagnostic::new(
                    &rules::RETENTION,
                    &retention.span,
                    format!(
                        "Kinesis keeps records for 24 hours to 365 days, in whole hours, not for `{}`",
                        retention.span.text()
                    ),
                )
                .label("AWS refuses this")
                .help("write a whole number of hours from `24h` to `8760h`"),
            );
        }
    }

    fn grant(&self, this: &Entry, verb: Verb, _model: &Model, origin: &Origin) -> Option<Grant> {
        let id = logical_id(this.section, &this.name.value, "");
        let arn = Value::get_att(&*id, "Arn", origin);
        let actions: &[&'static str] = match verb {
            Verb::Reads | Verb::On => &[
                "kinesis:DescribeStream",
                "kinesis:DescribeStreamSummary",
                "kinesis:GetRecords",
                "kinesis:GetShardIterator",
                "kinesis:ListShards",
            ],
            Verb::Writes => {
                &["kinesis:DescribeStreamSummary", "kinesis:ListShards", "kinesis:PutRecord", "kinesis:PutRecords"]
            }
            Verb::Calls => return None,
        };
        let of_key = if verb == Verb::Writes { "kms:GenerateDataKey" } else { "kms:Decrypt" };
        let mut statements = vec![Statement::new(actions, vec![arn.clone()], origin)];
        statements.extend(key::use_of(&self.key, &[of_key], origin));
        Some(Grant {
            statements,
            environment: vec![("name", Value::reference(id, origin))],
            event_source: (verb == Verb::On).then_some(arn),
        })
    }

    fn admit(&self, this: &Entry, sender: &Sender<'_>, lowering: &mut Lowering<'_>) -> Option<Admission> {
        let grant = self.grant(this, Verb::Writes, lowering.model, &sender.origin)?;
        let arn = Value::get_att(logical_id(this.section, &this.name.value, ""), "Arn", &sender.origin);
        Some(Admission { arn, statements: grant.statements, after: None })
    }

    fn charts(&self, this: &Entry, _model: &Model) -> Vec<Chart> {
        let name = [("StreamName", this.reference(&this.shown()))];
        let chart = |title, metrics| Chart::new(title, "AWS/Kinesis", &name, metrics);
        vec![
            chart("Records in and out", [("IncomingRecords", "Sum"), ("GetRecords.Records", "Sum")]),
            chart(
                "Throttled",
                [("WriteProvisionedThroughputExceeded", "Sum"), ("ReadProvisionedThroughputExceeded", "Sum")],
            ),
            Chart::new("Readers behind", "AWS/Kinesis", &name, [("GetRecords.IteratorAgeMilliseconds", "Maximum")]),
        ]
    }

    fn lower(&self, this: &Entry, lowering: &mut Lowering<'_>) {
        let mode_origin = match &self.mode {
            Some(mode) => Origin::authored(&mode.span),
            None => this.derived("a stream is on-demand unless told otherwise"),
        };
        let mode = match self.mode() {
            Mode::OnDemand => "ON_DEMAND",
            Mode::Provisioned => "PROVISIONED",
        };
        let shards = self.shards.as_ref().map(|shards| {
            lowering.valued(shards, &shards.span, |shards, origin| Value::new(ValueKind::Integer(shards.0), origin))
        });
        let hours =
            |seconds: &Seconds, origin: &Origin| Value::new(ValueKind::Integer((seconds.0 / HOUR) as i64), origin);
        let retention = match &self.retention {
            Some(retention) => lowering.valued(retention, &retention.span, hours),
            None => Value::new(
                ValueKind::Integer(24),
                &this.derived("Kinesis keeps records for a day unless told otherwise"),
            ),
        };
        let encryption = match key::arn(&self.key) {
            Some(key) => {
                let origin = key.origin.clone();
                Value::map(&origin).with("EncryptionType", Value::text("KMS", &origin)).with("KeyId", key)
            }
            None => Value::from_json(
                json!({ "EncryptionType": "KMS", "KeyId": "alias/aws/kinesis" }),
                &this.derived("streams are encrypted with the key that AWS manages"),
            ),
        };
        let properties = Value::map(&Origin::authored(&this.name.span))
            .with("Name", lowering.physical_name(this))
            .with("StreamModeDetails", Value::map(&mode_origin).with("StreamMode", Value::text(mode, &mode_origin)))
            .with_some("ShardCount", shards)
            .with("RetentionPeriodHours", retention)
            .with("StreamEncryption", encryption);
        let resource = lowering.add(Home::Application, this, "", "AWS::Kinesis::Stream", properties);
        resource.retain();
        self.add_alarms(this, lowering);
    }
}

impl Stream {
    fn add_alarms(&self, this: &Entry, lowering: &mut Lowering<'_>) {
        let origin = this.derived("a stream that throttles or runs late loses data in the end");
        let name = |origin: &Origin| Value::reference(logical_id(this.section, &this.name.value, ""), origin);
        lowering.add_alarm(
            this,
            Alarm {
                suffix: "WriteThrottled",
                description: format!("Writers to {} are throttled: it has too little capacity", this.path()),
                namespace: "AWS/Kinesis",
                metric: "WriteProvisionedThroughputExceeded",
                dimensions: vec![("StreamName", name(&origin))],
                statistic: "Sum",
                period: 60,
                periods: 5,
                comparison: "GreaterThanThreshold",
                threshold: 0.0,
                origin: origin.clone(),
            },
        );
        let Some(hours) = self.retention_hours() else { return };
        lowering.add_alarm(
            this,
            Alarm {
                suffix: "Late",
                description: format!(
                    "A reader of {} is behind by half the retention: records will be lost",
                    this.path()
                ),
                namespace: "AWS/Kinesis",
                metric: "GetRecords.IteratorAgeMilliseconds",
                dimensions: vec![("StreamName", name(&origin))],
                statistic: "Maximum",
                period: 300,
                periods: 3,
                comparison: "GreaterThanThreshold",
                threshold: (hours * HOUR * 500) as f64,
                origin,
            },
        );
    }
}
