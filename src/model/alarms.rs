//! Alarms that come with things: what the document says otherwise of them, and whom they tell.

use super::lower::number;
use crate::desired::{Origin, Resource, Value, ValueKind};
use crate::diagnostic::{Diagnostic, list, nearest};
use crate::model::{Entry, Home, Lowering, Model, rules};
use crate::source::Located;
use crate::spec::{AlarmChange, Either, Name, Pattern};

/// A CloudWatch alarm that comes with a thing.
pub struct Alarm<'a> {
    /// After the thing's own logical id, e.g. `Throttled`; in the document it is called `throttled`.
    pub suffix: &'a str,
    pub description: String,
    /// `AWS/Kinesis`
    pub namespace: &'a str,
    pub metric: &'a str,
    pub dimensions: Vec<(&'a str, Value)>,
    pub statistic: &'a str,
    /// Seconds.
    pub period: i64,
    pub periods: i64,
    /// `GreaterThanThreshold`
    pub comparison: &'a str,
    pub threshold: f64,
    pub origin: Origin,
}

/// `WriteThrottled` → `write-throttled`
fn kebab(suffix: &str) -> String {
    let mut name = String::new();
    for character in suffix.chars() {
        if character.is_ascii_uppercase() && !name.is_empty() {
            name.push('-');
        }
        name.push(character.to_ascii_lowercase());
    }
    name
}

/// What the document says of an alarm.
enum Said<'a> {
    Nothing,
    Off,
    Otherwise(&'a AlarmChange),
}

fn said<'a>(lowering: &Lowering<'a>, thing: &str, name: &str) -> Said<'a> {
    let except = lowering.model.alarms.as_ref().and_then(|alarms| alarms.except.as_ref());
    let Some(changes) = except.and_then(|except| except.get(thing)) else { return Said::Nothing };
    let Either::Long(changes) = &changes.value else { return Said::Off };
    match changes.get(name).map(|change| &change.value) {
        None => Said::Nothing,
        Some(Either::Short(_)) => Said::Off,
        Some(Either::Long(change)) => Said::Otherwise(change),
    }
}

impl Model {
    /// Whether an alarm is called as those that come with things: `streams.trips.late`.
    pub fn is_alarm_path(name: &str) -> bool {
        let mut parts = name.split('.');
        let three = [parts.next(), parts.next(), parts.next()];
        three.into_iter().all(|part| part.is_some_and(Name::matches)) && parts.next().is_none()
    }

    /// The name in CloudWatch of an alarm that is watched by its name: of one that comes with a thing, the name that it
    /// gets because it is watched.
    pub fn alarm_name(&self, environment: &str, alarm: &str) -> String {
        match Self::is_alarm_path(alarm) {
            true => format!("{}-{}", self.stack_name(environment), alarm.replace('.', "-")),
            false => alarm.to_owned(),
        }
    }

    fn watched_alarms(&self) -> impl Iterator<Item = Located<String>> {
        self.entries.iter().flat_map(|entry| entry.thing.iter().flat_map(|thing| thing.watched_alarms()))
    }
}

impl Lowering<'_> {
    /// Adds an alarm of `this`, as the document wants it; it notifies whom the document names. `None` when the document
    /// does without it.
    pub fn add_alarm(&mut self, this: &Entry, alarm: Alarm<'_>) -> Option<&mut Resource> {
        let name = kebab(alarm.suffix);
        let said = said(self, &this.path(), &name);
        self.alarms.entry(this.path()).or_default().push(name);
        let change = match said {
            Said::Off => return None,
            Said::Nothing => None,
            Said::Otherwise(change) => Some(change),
        };
        let origin = &alarm.origin;
        let integer = |count: i64, origin: &Origin| Value::new(ValueKind::Integer(count), origin);
        let threshold = match change.and_then(|change| change.threshold.as_ref()) {
            Some(threshold) => number(threshold.0, &Origin::authored(&threshold.span)),
            None => number(alarm.threshold, origin),
        };
        let period = match change.and_then(|change| change.period.as_ref()) {
            Some(period) => integer(period.0 as i64, &Origin::authored(&period.span)),
            None => integer(alarm.period, origin),
        };
        let periods = match change.and_then(|change| change.periods.as_ref()) {
            Some(periods) => integer(periods.0, &Origin::authored(&periods.span)),
            None => integer(alarm.periods, origin),
        };
        let dimensions = alarm
            .dimensions
            .into_iter()
            .map(|(name, value)| Value::map(origin).with("Name", Value::text(name, origin)).with("Value", value))
            .collect();
        let path = format!("{}.{}", this.path(), kebab(alarm.suffix));
        let watched = self.model.watched_alarms().find(|watched| watched.value == path).map(|watched| {
            let origin = Origin::derived(&watched.span, "what watches an alarm knows it by its name");
            Value::sub(format!("${{AWS::StackName}}-{}", path.replace('.', "-")), &origin)
        });
        let mut properties = Value::map(origin)
            .with_some("AlarmName", watched)
            .with("AlarmDescription", Value::text(alarm.description, origin))
            .with("Namespace", Value::text(alarm.namespace, origin))
            .with("MetricName", Value::text(alarm.metric, origin))
            .with("Statistic", Value::text(alarm.statistic, origin))
            .with("Period", period)
            .with("EvaluationPeriods", periods)
            .with("ComparisonOperator", Value::text(alarm.comparison, origin))
            .with("TreatMissingData", Value::text("notBreaching", origin))
            .with("Dimensions", Value::list(dimensions, origin))
            .with("Threshold", threshold);
        if let Some(alarms) = &self.model.alarms {
            let told = Origin::derived(&alarms.span, "alarms notify these addresses");
            let topic = Value::list(vec![Value::reference("AlarmNotifications", &told)], &told);
            properties.set("AlarmActions", topic.clone());
            properties.set("OKActions", topic);
        }
        let suffix = format!("{}Alarm", alarm.suffix);
        Some(self.add(Home::Application, this, &suffix, "AWS::CloudWatch::Alarm", properties))
    }

    /// Reports alarms that do not come, where they are watched or changed: a misspelt name would leave the alarm as it is.
    pub(super) fn check_alarm_changes(&mut self) {
        for watched in self.model.watched_alarms() {
            let Some((thing, name)) = watched.value.rsplit_once('.') else { continue };
            let known: Vec<_> = self.alarms.get(thing).into_iter().flatten().map(String::as_str).collect();
            let (label, help) = match (known.contains(&name), said(self, thing, name)) {
                (true, Said::Off) => ("left out by `alarms.except`", format!("remove it here, or `{name}` there")),
                (true, _) => continue,
                (false, _) if known.is_empty() => (
                    "comes with no alarm",
                    format!("is there a `{thing}`? otherwise name an alarm that another thing comes with"),
                ),
                (false, _) => match nearest(name, known.iter().copied()) {
                    Some(near) => ("not among its alarms", format!("did you mean `{thing}.{near}`?")),
                    None => {
                        ("not among its alarms", format!("the alarms of `{thing}` are {}", list(known.iter().copied())))
                    }
                },
            };
            let message = format!("there is no alarm `{}` that could be watched", watched.value);
            self.report.push(Diagnostic::new(&rules::UNKNOWN_ALARM, &watched.span, message).label(label).help(help));
        }
        let except = self.model.alarms.iter().flat_map(|alarms| &alarms.except);
        for (thing, changes) in except.flat_map(|except| &except.entries) {
            let known: Vec<_> = self.alarms.get(&thing.value).into_iter().flatten().map(String::as_str).collect();
            if known.is_empty() {
                let message = format!("no alarm comes with `{}`, so there is nothing to change", thing.value);
                let found = Diagnostic::new(&rules::UNKNOWN_ALARM, &thing.span, message).label("without alarms");
                self.report.push(found.help("remove the line"));
                continue;
            }
            let Either::Long(changes) = &changes.value else { continue };
            for (name, _) in changes.entries.iter().filter(|(name, _)| !known.contains(&name.value.as_str())) {
                let message = format!("no alarm `{}` comes with `{}`", name.value, thing.value);
                let help = match nearest(&name.value, known.iter().copied()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("the alarms of `{}` are {}", thing.value, list(known.iter().copied())),
                };
                let found = Diagnostic::new(&rules::UNKNOWN_ALARM, &name.span, message);
                self.report.push(found.label("not among its alarms").help(help));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::kebab;

    #[test]
    fn alarms_are_called_as_everything_else_in_the_document() {
        assert_eq!(kebab("WriteThrottled"), "write-throttled");
        assert_eq!(kebab("Broker1Full"), "broker1-full");
    }
}
