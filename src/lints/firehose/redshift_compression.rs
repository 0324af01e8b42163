use crate::analysis::System;
use crate::analysis::firehose::locations;
use crate::analysis::value::{look, text};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "firehose/redshift-compression",
        level: Level::Error,
        page: include_str!("redshift_compression.md"),
    },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for location in locations(system) {
        let loads = location.destination.kind == "RedshiftDestinationConfiguration";
        if !loads || location.property != Some("S3Configuration") {
            continue;
        }
        let Some(format) = look(location.value, "/CompressionFormat").found() else { continue };
        let Some(written) = text(format) else { continue };
        if matches!(&*written, "ZIP" | "Snappy" | "HADOOP_SNAPPY") {
            let message = format!("Redshift cannot load what is compressed with `{written}`, and Firehose refuses it");
            findings.push(
                Diagnostic::new(&LINT.rule, &format.origin.span, message)
                    .help("write `GZIP` with `GZIP` in `CopyOptions`, or `UNCOMPRESSED`"),
            );
        }
    }
}
