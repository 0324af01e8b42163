use crate::analysis::System;
use crate::analysis::firehose::destinations;
use crate::analysis::value::{look, text};
use crate::diagnostic::{Diagnostic, Level, Rule, Safety};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "firehose/conversion-compression",
        level: Level::Error,
        page: include_str!("conversion_compression.md"),
    },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for destination in destinations(system).iter().filter(|it| it.is_extended() && it.converts() == Some(true)) {
        let Some(format) = look(destination.value, "/CompressionFormat").found() else { continue };
        let Some(conversion) = look(destination.value, "/DataFormatConversionConfiguration").found() else { continue };
        if let Some(written) = text(format)
            && written != "UNCOMPRESSED"
        {
            let message = format!(
                "records are converted, and Firehose refuses to compress the files with `{written}` once more: Parquet \
                 and ORC are compressed inside"
            );
            let edits = system.editor(format.key_span()).and_then(|editor| editor.remove_entry(format.key_span()));
            findings.push(
                Diagnostic::new(&LINT.rule, &format.origin.span, message)
                    .related(conversion.key_span(), "records are converted")
                    .help("remove `CompressionFormat`, and set `Compression` of the serializer when it matters")
                    .fix("remove `CompressionFormat`", Safety::Safe, edits.unwrap_or_default()),
            );
        }
    }
}
