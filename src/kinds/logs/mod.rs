//! `logs`: CloudWatch log groups.

mod rules;

use crate::desired::{Origin, Value, ValueKind};
use crate::diagnostic::Diagnostic;
use crate::model::{
    Attribute, Entry, Gives, Grant, Home, Kind, Lowering, Model, Statement, Thing, Verb, logical_id, section,
};
use crate::record;
use crate::spec::Seconds;

pub const KIND: Kind = Kind {
    section: section::<LogGroup>("logs", "CloudWatch log groups. Functions and Flink apps bring their own."),
    home: Home::Application,
    attributes: &[
        Attribute { name: "name", known: Home::Application, gives: Gives::Ref, doc: "The log group's name." },
        Attribute { name: "arn", known: Home::Application, gives: Gives::GetAtt("Arn"), doc: "The log group's ARN." },
    ],
    longest_name: 512,
    idle: None,
    steps: &[],
    rules: rules::RULES,
    page: include_str!("page.md"),
};

record! {
    /// A CloudWatch log group, named `/<stack>/<name>` and kept when it is taken out of the file.
    pub struct LogGroup {
        /// How long entries are kept; `30d` unless told otherwise.
        optional retention: Seconds = "retention",
    }
}

const DAY: u64 = 86_400;
/// CloudWatch Logs API, PutRetentionPolicy. Read 2026-11-20.
const RETENTION_DAYS: [u64; 23] =
    [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653, 36500];

impl Thing for LogGroup {
    fn check(&self, _this: &Entry, _model: &Model, report: &mut Vec<Diagnostic>) {
        let Some(retention) = &self.retention else { return };
        if retention.0 % DAY == 0 && RETENTION_DAYS.contains(&(retention.0 / DAY)) {
            return;
        }
        let nearest = RETENTION_DAYS.iter().find(|days| **days * DAY >= retention.0).unwrap_or(&3653);
        report.push(
            Diagnostic::new(
                &rules::RETENTION,
                &retention.span,
                format!("CloudWatch Logs cannot keep entries for `{}`", retention.span.text()),
            )
            .label("AWS refuses this")
            .help(format!("write `{nearest}d`, the next longer period that it knows")),
        );
    }

    fn grant(&self, this: &Entry, verb: Verb, _model: &Model, origin: &Origin) -> Option<Grant> {
        let id = logical_id(this.section, &this.name.value, "");
        let actions: &[&'static str] = match verb {
            Verb::Writes => &["logs:CreateLogStream", "logs:PutLogEvents"],
            Verb::Reads => &["logs:FilterLogEvents", "logs:GetLogEvents"],
            Verb::Calls | Verb::On => return None,
        };
        Some(Grant {
            statements: vec![Statement::new(actions, vec![Value::get_att(&*id, "Arn", origin)], origin)],
            environment: vec![("name", Value::reference(id, origin))],
            event_source: None,
        })
    }

    fn lower(&self, this: &Entry, lowering: &mut Lowering<'_>) {
        let origin = Origin::authored(&this.name.span);
        let retention = match &self.retention {
            Some(retention) => {
                Value::new(ValueKind::Integer((retention.0 / DAY) as i64), &Origin::authored(&retention.span))
            }
            None => {
                Value::new(ValueKind::Integer(30), &this.derived("logs are kept for 30 days unless told otherwise"))
            }
        };
        let properties = Value::map(&origin)
            .with("LogGroupName", Value::sub(format!("/${{AWS::StackName}}/{}", this.name.value), &origin))
            .with("RetentionInDays", retention);
        let group = lowering.add(Home::Application, this, "", "AWS::Logs::LogGroup", properties);
        group.retain();
    }
}
