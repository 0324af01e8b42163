//! Files that are right, in the styles in which people write them. What is said of each is in a snapshot beside it, and
//! none of it is an error.

use std::path::Path;

use tidegate::check::{self, FileKind, Report};
use tidegate::diagnostic::{Diagnostic, Level};

use crate::support::document;

fn report(path: &Path) -> Report {
    let text = std::fs::read_to_string(path).expect("a file of the corpus can be read");
    check::check(&document(&text))
}

fn line(finding: &Diagnostic) -> String {
    let at = finding.primary.span.start_position();
    let (level, rule) = (finding.level().name(), finding.rule.name);
    format!("{level} {rule} {}:{} {}\n", at.line, at.column, finding.message)
}

#[test]
fn nothing_right_is_an_error() {
    insta::with_settings!({ snapshot_path => "corpus/told", prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::glob!("corpus/right/*", |path| {
            let report = report(path);
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            let kind = match name.split('-').next() {
                Some("buildspec") => FileKind::Buildspec,
                Some("definition") => FileKind::Definition,
                _ => FileKind::Template,
            };
            assert_eq!(report.kind, Some(kind), "{name}");
            let errors: Vec<_> = report.diagnostics.iter().filter(|it| it.level() == Level::Error).collect();
            assert!(errors.is_empty(), "{name}: {errors:#?}");
            insta::assert_snapshot!(report.diagnostics.iter().map(line).collect::<String>());
        });
    });
}
