//! What AWS refuses of an OpenSearch domain.

use super::{Search, rules};
use crate::diagnostic::Diagnostic;
use crate::kinds::network::{Network, check_users};
use crate::model::{Entry, Model};

const GIBIBYTE: u64 = 1 << 30;
/// OpenSearch Service developer guide, EBS volume size quotas, for gp3; the upper end depends on the instance type.
/// Read 2026-11-21.
const SMALLEST_VOLUME: u64 = 10;
/// OpenSearch Service developer guide, encryption of data at rest. Read 2026-11-21.
const NOT_ENCRYPTED: &[&str] = &["m3", "r3", "t2"];
/// OpenSearch Service developer guide, supported instance types: these have disks of their own and take no volume.
/// Read 2026-11-21.
const OWN_DISKS: &[&str] = &["i3", "i4g", "i4i", "i7i", "i8g", "i8ge", "im4gn", "r6gd", "r7gd", "r8gd"];
/// The guide does not say of these whether they take a volume.
const UNKNOWN_DISKS: &[&str] = &["i2", "oi2"];

pub(super) fn check(search: &Search, this: &Entry, model: &Model, report: &mut Vec<Diagnostic>) {
    check_instances(search, report);
    check_masters(search, report);
    check_storage(search, this, report);
    check_zones(search, this, model, report);
    if let Some(network) = &search.network {
        check_users(this, network, model, report);
    }
}

fn family(instance: &str) -> &str {
    instance.split('.').next().unwrap_or(instance)
}

fn check_instances(search: &Search, report: &mut Vec<Diagnostic>) {
    let masters = search.masters.as_ref().map(|masters| &masters.instance);
    for instance in [Some(&search.instance), masters].into_iter().flatten() {
        if NOT_ENCRYPTED.contains(&family(&instance.text)) {
            report.push(
                Diagnostic::new(
                    &rules::INSTANCE,
                    &instance.span,
                    format!("nodes of the type `{}` cannot encrypt what they store", instance.text),
                )
                .label("AWS refuses it: domains are encrypted")
                .help("write a newer type, for example `t3.small.search` or `r7g.large.search`"),
            );
        }
    }
}

fn check_masters(search: &Search, report: &mut Vec<Diagnostic>) {
    let count = search.masters.as_ref().and_then(|masters| masters.count.as_ref());
    if let Some(count) = count.filter(|count| count.0 % 2 == 0) {
        report.push(
            Diagnostic::new(
                &rules::MASTERS,
                &count.span,
                format!("a domain has 3 or 5 masters, not {}: an even number decides no vote better", count.0),
            )
            .label("AWS refuses this")
            .help("write `3` or `5`"),
        );
    }
}

fn check_storage(search: &Search, this: &Entry, report: &mut Vec<Diagnostic>) {
    let own_disks = OWN_DISKS.contains(&family(&search.instance.text));
    match &search.storage {
        Some(storage) if own_disks => report.push(
            Diagnostic::new(
                &rules::STORAGE,
                &storage.span,
                format!("nodes of the type `{}` have disks of their own and take no volume", search.instance.text),
            )
            .label("AWS refuses this")
            .related(&search.instance.span, "the type")
            .help("remove `storage`, or write another type"),
        ),
        None if !own_disks && !UNKNOWN_DISKS.contains(&family(&search.instance.text)) => report.push(
            Diagnostic::new(
                &rules::STORAGE,
                &search.instance.span,
                format!("the data nodes of `{}` say no size of storage", this.path()),
            )
            .label("needs `storage`")
            .help("add for example `storage: 100GiB`"),
        ),
        Some(storage) if storage.0 % GIBIBYTE != 0 || storage.0 / GIBIBYTE < SMALLEST_VOLUME => report.push(
            Diagnostic::new(
                &rules::STORAGE,
                &storage.span,
                format!("a data node has at least 10 GiB of storage, in whole GiB, not `{}`", storage.span.text()),
            )
            .label("AWS refuses this")
            .help("write a size from `10GiB`"),
        ),
        _ => {}
    }
}

fn check_zones(search: &Search, this: &Entry, model: &Model, report: &mut Vec<Diagnostic>) {
    let (nodes, zones) = (search.nodes(), search.zones());
    let written = search.zones.as_ref().map(|zones| &zones.span);
    let count = search.count.as_ref().map(|count| &count.span);
    if nodes % zones != 0 {
        report.push(
            Diagnostic::new(
                &rules::ZONES,
                count.or(written).unwrap_or(&this.name.span),
                format!("`{}` has {nodes} data nodes in {zones} zones, but each zone gets equally many", this.path()),
            )
            .label(format!("not a multiple of {zones}"))
            .help(format!(
                "write `count: {}`, or another number of `zones`",
                (nodes as u64).next_multiple_of(zones as u64)
            )),
        );
    }
    let Some(network) = &search.network else { return };
    let Some((entry, found)) = model.thing::<Network>(&network.path()) else { return };
    if (found.zones() as i64) < zones {
        report.push(
            Diagnostic::new(
                &rules::ZONES,
                written.unwrap_or(&network.span),
                format!("`{}` has {zones} zones, but `{}` only {}", this.path(), entry.path(), found.zones()),
            )
            .label("more zones than the network has")
            .related(&entry.name.span, "this network")
            .help(format!("write `zones: {}`, or give the network another zone", found.zones())),
        );
    }
}
