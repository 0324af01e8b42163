//! What AWS refuses of a Kafka cluster.

use super::{Kafka, access, replication, rules, topics};
use crate::diagnostic::Diagnostic;
use crate::kinds::network::{Network, check_users};
use crate::model::{Entry, Model};
use crate::source::Span;
use crate::spec::Bytes;

/// Amazon MSK developer guide, quotas: the storage of a broker, in GiB. Read 2026-11-21.
const STORAGE: std::ops::RangeInclusive<u64> = 1..=16_384;
const GIBIBYTE: u64 = 1 << 30;

pub(super) fn check(kafka: &Kafka, this: &Entry, model: &Model, report: &mut Vec<Diagnostic>) {
    if kafka.is_serverless() {
        refuse_broker_keys(kafka, this, report);
    } else {
        require_broker_keys(kafka, this, report);
    }
    check_zones(kafka, this, model, report);
    check_storage(kafka, report);
    topics::check(kafka, this, model, report);
    access::check(kafka, this, model, report);
    replication::check(kafka, model, report);
    check_users(this, &kafka.network, model, report);
}

/// The keys that only a cluster of brokers has.
fn broker_keys(kafka: &Kafka) -> [(&'static str, Option<&Span>); 8] {
    [
        ("version", kafka.version.as_ref().map(|version| &version.span)),
        ("instance", kafka.instance.as_ref().map(|instance| &instance.span)),
        ("brokers", kafka.brokers.as_ref().map(|brokers| &brokers.span)),
        ("storage", kafka.storage.as_ref().map(|storage| &storage.span)),
        ("configuration", kafka.configuration.as_ref().map(|configuration| &configuration.span)),
        ("monitoring", kafka.monitoring.as_ref().map(|monitoring| &monitoring.span)),
        ("authentication", kafka.authentication.as_ref().map(|authentication| &authentication.span)),
        ("multi-vpc", kafka.multi_vpc.as_ref().map(|multi| &multi.span)),
    ]
}

fn refuse_broker_keys(kafka: &Kafka, this: &Entry, report: &mut Vec<Diagnostic>) {
    for (key, span) in broker_keys(kafka) {
        let Some(span) = span else { continue };
        let message = format!("the serverless cluster `{}` takes no `{key}`: AWS runs its brokers", this.path());
        let diagnostic = Diagnostic::new(&rules::KEYS, span, message).label("only a cluster of brokers has this");
        let diagnostic = diagnostic.help(format!("remove `{key}`, or remove `serverless`"));
        report.push(match &kafka.serverless {
            Some(serverless) => diagnostic.related(&serverless.span, "serverless here"),
            None => diagnostic,
        });
    }
}

fn require_broker_keys(kafka: &Kafka, this: &Entry, report: &mut Vec<Diagnostic>) {
    let missing: Vec<_> =
        broker_keys(kafka)[..3].iter().filter(|(_, span)| span.is_none()).map(|(key, _)| *key).collect();
    if !missing.is_empty() {
        let keys = crate::diagnostic::list(missing.iter().copied());
        report.push(
            Diagnostic::new(&rules::KEYS, &this.name.span, format!("the cluster `{}` lacks {keys}", this.path()))
                .label("a cluster of brokers, as it is not serverless")
                .help("add for example `version: 3.9.x.kraft`, `instance: kafka.m7g.large` and `brokers: 3`, or write `serverless: true`"),
        );
    }
    let Some(instance) = &kafka.instance else { return };
    match (instance.text.starts_with("express."), &kafka.storage) {
        (true, Some(storage)) => report.push(
            Diagnostic::new(
                &rules::STORAGE,
                &storage.span,
                format!("brokers of the type `{}` take no size of storage: AWS refuses it", instance.text),
            )
            .label("Express brokers grow by themselves")
            .related(&instance.span, "an Express broker")
            .help("remove `storage`"),
        ),
        (false, None) => report.push(
            Diagnostic::new(
                &rules::STORAGE,
                &instance.span,
                format!("the brokers of `{}` say no size of storage", this.path()),
            )
            .label("needs `storage`")
            .help("add `storage: {size: 100GiB, grow-to: 1024GiB}`"),
        ),
        _ => {}
    }
}

fn check_zones(kafka: &Kafka, this: &Entry, model: &Model, report: &mut Vec<Diagnostic>) {
    let Some((network, found)) = model.thing::<Network>(&kafka.network.path()) else { return };
    let zones = found.zones();
    if !(2..=3).contains(&zones) {
        report.push(
            Diagnostic::new(
                &rules::ZONES,
                &kafka.network.span,
                format!("a cluster stands in 2 or 3 zones, but `{}` has {zones}", network.path()),
            )
            .label("AWS refuses this network")
            .related(&network.name.span, "this network")
            .help("use a network with 2 or 3 private subnets, each in another zone"),
        );
        return;
    }
    let Some(brokers) = kafka.brokers.as_ref().filter(|_| !kafka.is_serverless()) else { return };
    if let Some(count) = brokers.literal().map(|brokers| brokers.0 as usize).filter(|count| count % zones != 0) {
        let (less, more) = (count / zones * zones, count.next_multiple_of(zones));
        let instead = if less == 0 { format!("write `{more}`") } else { format!("write `{less}` or `{more}`") };
        report.push(
            Diagnostic::new(
                &rules::BROKERS,
                &brokers.span,
                format!("`{}` has {count} brokers in {zones} zones, but each zone gets equally many", this.path()),
            )
            .label(format!("not a multiple of {zones}"))
            .related(&network.name.span, format!("has {zones} zones"))
            .help(instead),
        );
    }
}

fn check_storage(kafka: &Kafka, report: &mut Vec<Diagnostic>) {
    let Some(storage) = &kafka.storage else { return };
    for size in [Some(&storage.size), storage.grow_to.as_ref()].into_iter().flatten() {
        let Bytes(bytes) = size.value;
        if bytes % GIBIBYTE != 0 || !STORAGE.contains(&(bytes / GIBIBYTE)) {
            report.push(
                Diagnostic::new(
                    &rules::STORAGE,
                    &size.span,
                    format!("a broker has 1 to 16,384 GiB of storage, in whole GiB, not `{}`", size.span.text()),
                )
                .label("AWS refuses this")
                .help("write a size from `1GiB` to `16384GiB`"),
            );
        }
    }
    if let Some(limit) = storage.grow_to.as_ref().filter(|limit| limit.value <= storage.size.value) {
        report.push(
            Diagnostic::new(
                &rules::STORAGE,
                &limit.span,
                format!("the storage cannot grow from `{}` to `{}`", storage.size.span.text(), limit.span.text()),
            )
            .label("not larger")
            .related(&storage.size.span, "the size at first")
            .help("write a larger size, or remove `grow-to`"),
        );
    }
}
