use crate::analysis::System;
use crate::analysis::firehose::locations;
use crate::analysis::firehose::prefix::{Prefix, is_known};
use crate::analysis::value::{alternatives, look};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "firehose/error-prefix-without-type",
        level: Level::Error,
        page: include_str!("error_prefix_without_type.md"),
    },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for location in locations(system) {
        let written = look(location.value, "/ErrorOutputPrefix").found();
        for value in written.into_iter().flat_map(alternatives) {
            let prefix = Prefix::read(location.destination.site.stack, value);
            let named = prefix.values("firehose").into_iter().any(|it| it == "error-output-type" || !is_known(it));
            if prefix.is_closed() && !prefix.expressions().is_empty() && !named {
                let message = "an `ErrorOutputPrefix` with expressions has to hold `!{firehose:error-output-type}`, and \
                               Firehose refuses this one";
                findings.push(
                    Diagnostic::new(&LINT.rule, &value.origin.span, message)
                        .help("add `!{firehose:error-output-type}/` to it"),
                );
            }
        }
    }
}
