//! The metrics that alarms and dashboards look at.

use serde_json::Value as Json;

use super::value::{items, look, text_at};
use super::wiring::written;
use super::{Site, System};
use crate::desired::Value;
use crate::source::Span;

/// A metric that an alarm or a dashboard names.
pub struct Metric<'a> {
    pub site: Site<'a>,
    /// `AWS/KinesisAnalytics`
    pub namespace: String,
    /// The metric's name, when it is known.
    pub name: Option<String>,
    /// Where the name stands, or the text in which it stands.
    pub span: &'a Span,
    pub namespace_span: &'a Span,
    pub dimensions: Vec<Dimension<'a>>,
}

/// A dimension of a metric.
pub struct Dimension<'a> {
    pub name: String,
    pub span: &'a Span,
    pub value: Given<'a>,
}

/// The value of a dimension.
pub enum Given<'a> {
    Value(&'a Value),
    /// Part of a text, in which `${…}` may stand.
    Text(String),
}

impl<'a> System<'a> {
    /// Every metric of alarms and dashboards whose namespace is known.
    pub fn metrics(&self) -> Vec<Metric<'a>> {
        let alarms = self.of_type("AWS::CloudWatch::Alarm").flat_map(|site| {
            let properties = &site.resource.properties;
            let listed = look(properties, "/Metrics").found().map(items).unwrap_or_default();
            let listed = listed.into_iter().filter_map(|query| look(query, "/MetricStat/Metric").found());
            std::iter::once(properties).chain(listed).filter_map(move |metric| of_alarm(site, metric))
        });
        let dashboards = self.of_type("AWS::CloudWatch::Dashboard").flat_map(of_dashboard);
        alarms.chain(dashboards).collect()
    }
}

fn of_alarm<'a>(site: Site<'a>, metric: &'a Value) -> Option<Metric<'a>> {
    let namespace = look(metric, "/Namespace").found()?;
    let name = look(metric, "/MetricName").found();
    let dimensions = look(metric, "/Dimensions").found().map(items).unwrap_or_default();
    let dimensions = dimensions.into_iter().filter_map(|dimension| {
        Some(Dimension {
            name: text_at(dimension, "/Name")?.into_owned(),
            span: &look(dimension, "/Name").found()?.origin.span,
            value: Given::Value(look(dimension, "/Value").found()?),
        })
    });
    Some(Metric {
        site,
        namespace: super::value::text(namespace)?.into_owned(),
        name: text_at(metric, "/MetricName").map(|name| name.into_owned()),
        span: &name.unwrap_or(namespace).origin.span,
        namespace_span: &namespace.origin.span,
        dimensions: dimensions.collect(),
    })
}

fn of_dashboard<'a>(site: Site<'a>) -> Vec<Metric<'a>> {
    let Some(body) = look(&site.resource.properties, "/DashboardBody").found() else { return Vec::new() };
    let parsed = written(body).and_then(|text| serde_json::from_str::<Json>(text).ok());
    let widgets = parsed.as_ref().and_then(|body| body.get("widgets")?.as_array());
    let lists = widgets.into_iter().flatten().filter_map(|widget| widget.get("properties")?.get("metrics")?.as_array());
    lists.flatten().filter_map(|metric| of_widget(site, &body.origin.span, metric.as_array()?)).collect()
}

/// `["AWS/KinesisAnalytics", "uptime", "Application", "rider"]`; one that repeats the metric before it by `"."` is not
/// read.
fn of_widget<'a>(site: Site<'a>, span: &'a Span, metric: &[Json]) -> Option<Metric<'a>> {
    let texts: Vec<&str> = metric.iter().map_while(Json::as_str).collect();
    let [namespace, name, pairs @ ..] = texts.as_slice() else { return None };
    let dimensions = pairs.chunks_exact(2).map(|pair| Dimension {
        name: pair.first().copied().unwrap_or_default().to_owned(),
        span,
        value: Given::Text(pair.get(1).copied().unwrap_or_default().to_owned()),
    });
    Some(Metric {
        site,
        namespace: (*namespace).to_owned(),
        name: Some((*name).to_owned()),
        span,
        namespace_span: span,
        dimensions: dimensions.collect(),
    })
}

impl Given<'_> {
    /// Whether this is the name of the application `site`, as far as the file tells.
    pub fn names(&self, site: Site<'_>) -> bool {
        let own = look(&site.resource.properties, "/ApplicationName").found();
        match self {
            Given::Value(value) => {
                let text = written(value);
                super::value::target(value) == Some(site.id) || text.is_some() && text == own.and_then(written)
            }
            Given::Text(text) => {
                *text == format!("${{{}}}", site.id) || own.and_then(written).is_some_and(|own| own == text)
            }
        }
    }
}
