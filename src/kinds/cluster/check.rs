//! What AWS refuses of a cluster.

use super::{EmrCluster, EmrInstances, EmrServerless, GIBIBYTE, MINUTE, release_version, rules};
use crate::diagnostic::Diagnostic;
use crate::kinds::network::{Service, Traveller, check_way};
use crate::model::Model;
use crate::source::Located;
use crate::spec::Seconds;

const WEEK: u64 = 7 * 86_400;
/// Amazon EMR Serverless user guide, release versions: the first one.
const FIRST_SERVERLESS: [u32; 3] = [6, 6, 0];
/// Amazon EMR management guide, "Encryption options": the first release that encrypts EBS volumes.
const FIRST_ENCRYPTED: [u32; 3] = [5, 24, 0];
/// Amazon EMR management guide, "Using an auto-termination policy": from 5.30.0, and from 6.1.0 of version 6.
const FIRST_IDLE: [[u32; 3]; 2] = [[5, 30, 0], [6, 1, 0]];

pub(super) fn check(cluster: &EmrCluster, model: &Model, report: &mut Vec<Diagnostic>) {
    if let Some(serverless) = &cluster.serverless {
        check_serverless(serverless, report);
        if let Some(network) = &serverless.network {
            let loading = Traveller { name: "jobs load their programs", span: &network.span };
            check_way(&loading, network, &[Service::S3], model, report);
        }
    }
    if let Some(instances) = &cluster.ec2 {
        check_instances(instances, report);
        let loading = Traveller { name: "instances load what they install", span: &instances.network.span };
        check_way(&loading, &instances.network, &[Service::S3], model, report);
    }
}

fn check_serverless(serverless: &EmrServerless, report: &mut Vec<Diagnostic>) {
    let release = &serverless.release;
    if release_version(&release.text).is_some_and(|version| version < FIRST_SERVERLESS) {
        report.push(
            Diagnostic::new(
                &rules::RELEASE,
                &release.span,
                format!("EMR Serverless begins with `emr-6.6.0` and has no `{}`", release.text),
            )
            .label("AWS refuses this")
            .help("write a newer release, for example `emr-7.9.0`"),
        );
    }
    let memory = &serverless.limit.memory;
    if !memory.0.is_multiple_of(GIBIBYTE) {
        report.push(
            Diagnostic::new(
                &rules::LIMITS,
                &memory.span,
                format!("EMR Serverless counts memory in gibibytes, not in `{}`", memory.span.text()),
            )
            .label("AWS refuses this")
            .help("write a whole number of gibibytes, for example `256GiB`"),
        );
    }
    check_idle(serverless.idle.as_ref(), true, report);
}

fn check_instances(instances: &EmrInstances, report: &mut Vec<Diagnostic>) {
    check_release(instances, report);
    check_idle(instances.idle.as_ref(), false, report);
    for (at, application) in instances.applications.0.iter().enumerate() {
        let first = instances.applications.0[..at].iter().find(|other| other.value == application.value);
        if let Some(first) = first {
            report.push(
                Diagnostic::new(
                    &rules::APPLICATIONS,
                    &application.span,
                    format!("`{}` is installed twice", application.value.word()),
                )
                .label("AWS refuses this")
                .related(&first.span, "the first time")
                .help("remove one of them"),
            );
        }
    }
}

fn check_release(instances: &EmrInstances, report: &mut Vec<Diagnostic>) {
    let release = &instances.release;
    let Some(version) = release_version(&release.text) else { return };
    let [five, six] = FIRST_IDLE;
    let refused = if version < FIRST_ENCRYPTED {
        Some((&release.span, format!("`{}` cannot encrypt the disks of a cluster", release.text)))
    } else {
        let first = if version[0] == 5 { five } else { six };
        let idle = instances.idle.as_ref().filter(|_| version < first);
        idle.map(|idle| (&idle.span, format!("`{}` cannot terminate a cluster that is idle", release.text)))
    };
    let Some((span, message)) = refused else { return };
    let diagnostic = Diagnostic::new(&rules::RELEASE, span, message).label("AWS refuses this");
    report.push(diagnostic.help("write a newer release, for example `emr-7.9.0`"));
}

fn check_idle(idle: Option<&Located<Seconds>>, whole_minutes: bool, report: &mut Vec<Diagnostic>) {
    let Some(idle) = idle else { return };
    let uneven = whole_minutes && !idle.0.is_multiple_of(MINUTE);
    if (MINUTE..=WEEK).contains(&idle.0) && !uneven {
        return;
    }
    let unit = if whole_minutes { ", in whole minutes" } else { "" };
    report.push(
        Diagnostic::new(
            &rules::LIMITS,
            &idle.span,
            format!("EMR waits 1 minute to 7 days for another job{unit}, not `{}`", idle.span.text()),
        )
        .label("AWS refuses this")
        .help("write a time from `1m` to `7d`"),
    );
}
