//! Broken documents and what is said of them. A case is a file in `tests/it/faults/`; its messages are beside it.

use std::path::Path;

use tidegate::compile;
use tidegate::diagnostic::{self, Format, Level, Style};
use tidegate::host;

use crate::support::root;

fn check(path: &Path) -> Vec<diagnostic::Diagnostic> {
    let path = path.strip_prefix(root()).unwrap_or(path);
    let mut project = host::read_project(&path.display().to_string()).expect("a case can be read");
    // Messages show the name of the case, wherever the tests run.
    let name = path.file_name().expect("a name").to_string_lossy().into_owned();
    project.input.file = tidegate::source::SourceFile::new(name, project.input.file.text());
    compile::check(&project.input).diagnostics
}

#[test]
fn messages() {
    insta::with_settings!({ snapshot_path => "faults", prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::glob!("faults/*.yaml", |path| {
            let style = Style { color: false, width: 120 };
            insta::assert_snapshot!(diagnostic::render(&check(path), Format::Full, style));
        });
    });
}

/// The mistakes that a newcomer makes first each bring one error, at the text that is wrong.
#[test]
fn one_mistake_is_one_precise_error() {
    for (case, rule, wrong) in [
        ("unknown-key", "spec/unknown-key", "paralelism"),
        ("dangling-reference", "names/dangling-reference", "streams.trip"),
        ("cycle", "names/cycle", "functions.producer"),
        ("wrong-type", "spec/wrong-type", "two"),
        ("duplicate-name", "yaml/duplicate-key", "trips"),
        ("impossible-retention", "streams/retention", "9000h"),
        ("jdk-newer-than-runtime", "flink/java-level", "17"),
        ("snapshots-off", "flink/snapshots-off", "false"),
        ("source-without-trigger", "pipelines/no-trigger", "repos.app"),
        ("approval-after-deploy", "pipelines/approval-after-deploy", "gates.release"),
        ("account-without-leading-zero", "spec/account-id", "12345678901"),
        ("key-without-type", "tables/keys", "at"),
        ("table-without-stream", "tables/no-stream", "tables.rides"),
        ("setting-of-another-source", "spec/unknown-key", "from"),
        ("brokers-and-zones", "kafka/brokers", "4"),
        ("unknown-attribute", "names/unknown-attribute", "${{ streams.trips.url }}"),
    ] {
        let findings = check(&root().join(format!("tests/it/faults/{case}.yaml")));
        let errors: Vec<_> = findings.iter().filter(|finding| finding.level() == Level::Error).collect();
        let [error] = errors.as_slice() else { panic!("{case}: {errors:#?}") };
        assert_eq!(error.rule.name, rule, "{case}");
        assert_eq!(error.primary.span.text(), wrong, "{case}");
        assert!(error.help.is_some(), "{case} has no help");
        assert_eq!(findings.len(), 1, "{case} says more than one thing: {findings:#?}");
    }
}
