//! The body of a dashboard: CloudWatch's JSON, with the names of resources in it.

use serde_json::json;

use super::{Dashboard, DashboardPeriod};
use crate::desired::{Intrinsic, Value, ValueKind};
use crate::model::{Chart, Entry, Home, Line, Lowering};
use crate::source::Located;
use crate::spec::Free;

/// CloudWatch API reference, dashboard body structure and syntax: the grid has 24 columns, and a widget of alarms holds
/// 100 of them.
const COLUMNS: i64 = 24;
const MOST_ALARMS: usize = 100;
const WIDTH: i64 = 8;
const HEIGHT: i64 = 6;
const ALARM: &str = "AWS::CloudWatch::Alarm";

/// The text of an `Fn::Sub` that is under construction.
#[derive(Default)]
struct Body {
    widgets: Vec<String>,
    names: Vec<(String, Value)>,
    /// The row below everything so far.
    row: i64,
}

pub(super) fn body(dashboard: &Dashboard, this: &Entry, lowering: &Lowering<'_>) -> Value {
    let origin = this.derived("a dashboard shows what the file makes");
    let mut body = Body::default();
    let shown = dashboard.shown(lowering.model);
    body.add_alarms(&shown, lowering);
    let period = dashboard.period.as_ref().map_or(DashboardPeriod::FiveMinutes, |period| period.value).seconds();
    for entry in shown {
        let charts = entry.thing.as_ref().map(|thing| thing.charts(entry, lowering.model)).unwrap_or_default();
        if !charts.is_empty() {
            body.add_thing(entry, &charts, period);
        }
    }
    body.add_own(dashboard, lowering);
    let text = format!("{{\"start\":\"-PT3H\",\"widgets\":[\n{}\n]}}\n", body.widgets.join(",\n"));
    Value::new(ValueKind::Intrinsic(Intrinsic::Sub(text, body.names)), &origin)
}

impl Body {
    fn place(&mut self, kind: &str, (x, width, height): (i64, i64, i64), properties: &str) {
        let place = format!("\"x\":{x},\"y\":{},\"width\":{width},\"height\":{height}", self.row);
        self.widgets.push(format!("{{\"type\":\"{kind}\",{place},\"properties\":{properties}}}"));
    }

    /// The state of the alarms of the things that are shown. One that is there only under a condition cannot be named.
    fn add_alarms(&mut self, shown: &[&Entry], lowering: &Lowering<'_>) {
        let paths: Vec<_> = shown.iter().map(|entry| entry.path()).collect();
        let resources = lowering.resources(Home::Application).iter();
        let alarms = resources.filter(|(_, it)| it.resource_type == ALARM && it.condition.is_none());
        let of_shown = alarms.filter(|(_, alarm)| paths.contains(&alarm.thing));
        let arns: Vec<_> = of_shown.map(|(id, _)| format!("\"${{{id}.Arn}}\"")).collect();
        for some in arns.chunks(MOST_ALARMS) {
            let height = 2 + (some.len() as i64 + 3) / 4;
            let properties = format!("{{\"title\":\"Alarms\",\"alarms\":[{}]}}", some.join(","));
            self.place("alarm", (0, COLUMNS, height), &properties);
            self.row += height;
        }
    }

    fn add_thing(&mut self, entry: &Entry, charts: &[Chart], period: i64) {
        let title = json!({ "markdown": format!("## {}", entry.path()) });
        self.place("text", (0, COLUMNS, 1), &title.to_string());
        self.row += 1;
        for (index, chart) in charts.iter().enumerate() {
            let column = index as i64 * WIDTH % COLUMNS;
            if index > 0 && column == 0 {
                self.row += HEIGHT;
            }
            let lines: Vec<_> = chart.lines.iter().map(|line| self.line(line)).collect();
            let properties = format!(
                "{{\"title\":{},\"view\":\"timeSeries\",\"region\":\"${{AWS::Region}}\",\"period\":{period},\
                 \"metrics\":[{}]}}",
                json!(chart.title),
                lines.join(",")
            );
            self.place("metric", (column, WIDTH, HEIGHT), &properties);
        }
        self.row += HEIGHT;
    }

    /// `["AWS/Kinesis","IncomingRecords","StreamName","${TripsStream}",{"stat":"Sum"}]`
    fn line(&mut self, line: &Line) -> String {
        let mut parts = vec![json!(line.namespace).to_string(), json!(line.metric).to_string()];
        for (name, value) in &line.dimensions {
            parts.push(json!(name).to_string());
            parts.push(format!("\"{}\"", self.text(value)));
        }
        parts.push(json!({ "stat": line.statistic }).to_string());
        format!("[{}]", parts.join(","))
    }

    /// A value within a text of JSON.
    fn text(&mut self, value: &Value) -> String {
        let escaped = |text: &str| json!(text).to_string().trim_matches('"').to_owned();
        match &value.kind {
            ValueKind::Text(text) => escaped(text).replace("${", "${!"),
            ValueKind::Intrinsic(Intrinsic::Ref(id)) => format!("${{{id}}}"),
            ValueKind::Intrinsic(Intrinsic::GetAtt(id, attribute)) => format!("${{{id}.{attribute}}}"),
            ValueKind::Intrinsic(Intrinsic::Sub(text, names)) if names.is_empty() => escaped(text),
            _ => {
                let name = format!("Value{}", self.names.len() + 1);
                let text = format!("${{{name}}}");
                self.names.push((name, value.clone()));
                text
            }
        }
    }

    /// Widgets that the document holds, one list of them so that their expressions have names of their own.
    fn add_own(&mut self, dashboard: &Dashboard, lowering: &Lowering<'_>) {
        let Some(widgets) = &dashboard.widgets else { return };
        let all = widgets.value.0.iter().map(|widget| Located::new(widget.0.clone(), widget.span.clone()));
        let value = lowering.json_text(&Free::List(all.collect()), &widgets.span, Home::Application, &[]);
        let (text, names) = match value.kind {
            ValueKind::Text(text) => (text.replace("${", "${!"), Vec::new()),
            ValueKind::Intrinsic(Intrinsic::Sub(text, names)) => (text, names),
            _ => return,
        };
        let items = text.trim().trim_start_matches('[').trim_end_matches(']').trim();
        self.widgets.push(items.to_owned());
        self.names.extend(names);
    }
}
