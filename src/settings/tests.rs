use super::*;

static LINT: Rule = Rule { name: "flow/dry", level: Level::Warning, page: "" };
static OTHER: Rule = Rule { name: "flow/wet", level: Level::Error, page: "" };
static CHECK: Rule = Rule { name: "parse/odd", level: Level::Error, page: "" };

fn known() -> Vec<KnownRule> {
    [(&LINT, true), (&OTHER, true), (&CHECK, false)]
        .into_iter()
        .map(|(rule, settable)| KnownRule { rule, settable })
        .collect()
}

fn read_text(text: &str) -> (Settings, Vec<&'static str>) {
    let (settings, findings) = read(&SourceFile::new(FILE_NAME, text), &known());
    for finding in &findings {
        assert!(finding.help.is_some(), "{finding:?}");
    }
    (settings, findings.into_iter().map(|finding| finding.rule.name).collect())
}

#[test]
fn the_more_exact_level_counts() {
    let text = "levels: {flow/*: info, flow/wet: off}\nfiles:\n  old/**: {levels: {flow/*: error}}\n";
    let (settings, findings) = read_text(text);
    assert!(findings.is_empty(), "{findings:?}");
    assert_eq!(settings.level(&LINT, "a.yaml"), Some(Level::Info));
    assert_eq!(settings.level(&OTHER, "a.yaml"), None);
    assert_eq!(settings.level(&OTHER, "old/a.yaml"), Some(Level::Error));
    assert_eq!(settings.level(&CHECK, "a.yaml"), Some(Level::Error));
}

#[test]
fn files_are_told_by_globs() {
    let (settings, _) = read_text("exclude: [vendor/, '*.bak.yaml']\nfiles: {x/*: {levels: {flow/dry: off}}}\n");
    assert!(settings.excludes("vendor/a/b.yaml"));
    assert!(settings.excludes("a.bak.yaml"));
    assert!(!settings.excludes("a.yaml"));
    assert_eq!(settings.level(&LINT, "x/a.yaml"), None);
    assert_eq!(settings.level(&LINT, "y/x/a.yaml"), Some(Level::Warning));
    assert_eq!(settings.level(&LINT, "y/a.yaml"), Some(Level::Warning));
}

#[test]
fn an_empty_file_says_nothing() {
    let (settings, findings) = read_text("# nothing yet\n");
    assert!(findings.is_empty());
    assert_eq!(settings.level(&LINT, "a.yaml"), Some(Level::Warning));
    assert_eq!(settings.fail_on, None);
}

#[test]
fn mistakes_are_told_where_they_are() {
    assert_eq!(read_text("levels: {flow/drt: off}\n").1, ["settings/unknown-rule"]);
    assert_eq!(read_text("levels: {parse/*: off}\n").1, ["settings/fixed-level"]);
    assert_eq!(read_text("level: {flow/dry: off}\n").1, ["spec/unknown-key"]);
    assert_eq!(read_text("levels: {flow/dry: silent}\n").1, ["spec/bad-value"]);
    assert_eq!(read_text("fail-on: never\n").1, ["spec/bad-value"]);
    assert_eq!(read_text("exclude: '['\n").1, ["settings/bad-glob"]);
    assert_eq!(read_text("- a\n").1, ["spec/wrong-type"]);
}

#[test]
fn findings_of_checks_keep_their_level() {
    let (settings, _) = read_text("levels: {flow/dry: off, flow/wet: info}\n");
    let file = SourceFile::new("a.yaml", "x");
    let span = crate::source::Span::new(&file, 0, 1);
    let mut findings: Vec<_> = [&LINT, &OTHER, &CHECK].map(|rule| Diagnostic::new(rule, &span, "m")).into();
    let scope = Scope { settings: Arc::new(settings), path: "a.yaml".to_owned() };
    scope.apply(|rule| rule.name != CHECK.name, &mut findings);
    let left: Vec<_> = findings.iter().map(|it| (it.rule.name, it.level())).collect();
    assert_eq!(left, [("flow/wet", Level::Info), ("parse/odd", Level::Error)]);
}
