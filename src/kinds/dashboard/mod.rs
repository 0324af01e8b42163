//! `dashboards`: CloudWatch dashboards of what the document makes.

mod body;
mod rules;

use crate::desired::{Origin, Value};
use crate::diagnostic::{Diagnostic, list};
use crate::model::{Attribute, Entry, Gives, Home, Kind, Lowering, Model, Thing, section};
use crate::spec::{Anything, FreeMap, OneOrMany, Reference};
use crate::{choice, record};

pub const KIND: Kind = Kind {
    section: section::<Dashboard>("dashboards", "CloudWatch dashboards of what this file makes."),
    home: Home::Application,
    attributes: &[Attribute {
        name: "name",
        known: Home::Application,
        gives: Gives::Ref,
        doc: "The dashboard's name.",
    }],
    longest_name: 255,
    idle: None,
    steps: &[],
    rules: rules::RULES,
    page: include_str!("page.md"),
};

record! {
    /// A CloudWatch dashboard: the state of the alarms, and below it graphs of each thing.
    pub struct Dashboard {
        /// The things that it shows, in this order; everything that has metrics unless told otherwise.
        optional only: OneOrMany<Reference<Anything>> = "only",
        /// The time over which each point of a graph is taken; `5m` unless told otherwise.
        optional period: DashboardPeriod = "period",
        /// Widgets of your own below the others, as CloudWatch's guide on the dashboard body describes them.
        optional widgets: OneOrMany<FreeMap> = "widgets",
    }
}

choice! {
    /// The time over which a point of a graph is taken.
    pub enum DashboardPeriod {
        /// A minute.
        Minute = "1m",
        /// Five minutes.
        FiveMinutes = "5m",
        /// A quarter of an hour.
        Quarter = "15m",
        /// An hour.
        Hour = "1h",
        /// A day.
        Day = "1d",
    }
}

impl DashboardPeriod {
    fn seconds(self) -> i64 {
        match self {
            Self::Minute => 60,
            Self::FiveMinutes => 300,
            Self::Quarter => 900,
            Self::Hour => 3600,
            Self::Day => 86_400,
        }
    }
}

impl Dashboard {
    /// The things that it shows.
    fn shown<'a>(&self, model: &'a Model) -> Vec<&'a Entry> {
        match &self.only {
            Some(only) => only.value.0.iter().filter_map(|thing| model.entry(&thing.path())).collect(),
            None => model.entries.iter().collect(),
        }
    }
}

impl Thing for Dashboard {
    fn check(&self, _this: &Entry, model: &Model, report: &mut Vec<Diagnostic>) {
        for reference in self.only.iter().flat_map(|only| &only.value.0) {
            let Some(entry) = model.entry(&reference.path()) else { continue };
            if entry.thing.as_ref().is_none_or(|thing| !thing.charts(entry, model).is_empty()) {
                continue;
            }
            let seen = model.entries.iter().filter(|entry| {
                let thing = entry.thing.as_ref();
                thing.is_some_and(|thing| !thing.charts(entry, model).is_empty())
            });
            let seen: Vec<_> = seen.map(Entry::path).collect();
            let help = match seen.as_slice() {
                [] => "remove it".to_owned(),
                seen => format!("name one of {}", list(seen.iter().map(String::as_str))),
            };
            let message = format!("`{}` has no metrics that a dashboard could show", reference.path());
            report
                .push(Diagnostic::new(&rules::NO_METRICS, &reference.span, message).label("nothing to see").help(help));
        }
    }

    fn lower(&self, this: &Entry, lowering: &mut Lowering<'_>) {
        let origin = Origin::authored(&this.name.span);
        let properties = Value::map(&origin)
            .with("DashboardName", lowering.physical_name(this))
            .with("DashboardBody", body::body(self, this, lowering));
        lowering.add(Home::Application, this, "", "AWS::CloudWatch::Dashboard", properties);
    }
}
