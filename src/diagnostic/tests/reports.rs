//! Formats of services and of reviews, with what they have of fixes and of suppressed findings.

use serde_json::{Value, json};

use super::*;

/// A finding with a fix of one edit behind characters of several bytes, one that is suppressed, and one for information.
fn findings() -> Vec<Diagnostic> {
    let document = file("streams:\n  注文: {retention: 5m}\n  clicks: {}\n");
    let short = span(&document, "5m");
    let edit = Edit::new(short.clone(), "24h");
    vec![
        Diagnostic::new(&RETENTION, &short, "`5m` is <short> & | \"bad\"").help("write `24h`").fix(
            "write `24h`",
            Safety::Safe,
            vec![edit],
        ),
        unused(&span(&document, "注文")),
        Diagnostic { suppressed: Some("read by another team".into()), ..unused(&span(&document, "clicks")) },
        Diagnostic::new(&DEFAULT, &span(&document, "{}"), "nothing @here is set"),
    ]
}

#[test]
fn full_offers_fixes_and_leaves_out_what_is_suppressed() {
    let text = render(&findings(), Format::Full, PLAIN);
    assert!(text.contains("  = help: write `24h`\n  = fix: write `24h`, by `--fix`\n"), "{text}");
    assert_eq!(text.matches("never read").count(), 1, "{text}");
    assert_eq!(summary(&findings()), "1 error, 1 warning, 1 info message");
}

#[test]
fn json_lines_are_the_findings_of_json() {
    let whole: Value = serde_json::from_str(&render(&findings(), Format::Json, PLAIN)).expect("JSON parses");
    let text = render(&findings(), Format::Jsonl, PLAIN);
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).expect("each line parses")).collect();
    assert_eq!(lines.len(), 4);
    for (line, finding) in lines.iter().zip(whole["findings"].as_array().expect("a list")) {
        assert_eq!((&line["version"], &line["type"]), (&json!(1), &json!("finding")));
        assert!(finding.as_object().expect("an object").iter().all(|(key, value)| line[key] == *value), "{line}");
    }
    let edits = json!([{
        "path": "pipeline.yaml", "line": 2, "column": 19, "end_line": 2, "end_column": 21, "text": "24h",
    }]);
    assert_eq!(lines[0]["fix"], json!({ "title": "write `24h`", "safety": "safe", "edits": edits }));
    assert_eq!(lines[2]["suppressed"], "read by another team");
}

#[test]
fn sarif_has_fixes_and_suppressions() {
    let sarif: Value = serde_json::from_str(&render(&findings(), Format::Sarif, PLAIN)).expect("SARIF is JSON");
    let results = &sarif["runs"][0]["results"];
    let replacements = &results[0]["fixes"][0]["artifactChanges"][0]["replacements"];
    let region = json!({ "startLine": 2, "startColumn": 19, "endLine": 2, "endColumn": 21 });
    assert_eq!(*replacements, json!([{ "deletedRegion": region, "insertedContent": { "text": "24h" } }]));
    assert_eq!(results[1]["suppressions"], Value::Null);
    assert_eq!(results[2]["suppressions"], json!([{ "kind": "inSource", "justification": "read by another team" }]));
    let fingerprint = |index: usize| &results[index]["partialFingerprints"]["tidegateFinding/v1"];
    assert_ne!(fingerprint(1), fingerprint(2), "equal findings are told apart");
}

#[test]
fn gitlab_tells_findings_apart() {
    let issues: Value = serde_json::from_str(&render(&findings(), Format::Gitlab, PLAIN)).expect("JSON parses");
    let issues = issues.as_array().expect("a list");
    let severities: Vec<&Value> = issues.iter().map(|issue| &issue["severity"]).collect();
    assert_eq!(severities, ["critical", "major", "info"]);
    assert_eq!(issues[0]["description"], "`5m` is <short> & | \"bad\"\nhelp: write `24h`");
    assert_eq!(issues[0]["check_name"], "streams/retention");
    let positions = json!({ "begin": { "line": 2, "column": 19 }, "end": { "line": 2, "column": 21 } });
    assert_eq!(issues[0]["location"], json!({ "path": "pipeline.yaml", "positions": positions }));
    assert_ne!(issues[0]["fingerprint"], issues[1]["fingerprint"]);
    assert_renders(&[], Format::Gitlab, "[]\n");
}

#[test]
fn junit_has_a_suite_per_file_and_a_case_per_rule() {
    let mut diagnostics = findings();
    diagnostics.push(unused(&at(&SourceFile::new("other \"&\".yaml", "a\u{1}: 1\n"), 0)));
    diagnostics[4].message = "two\nlines and \u{1}".into();
    assert_renders(
        &diagnostics,
        Format::Junit,
        r#"
<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="tidegate" tests="4" failures="3">
  <testsuite name="pipeline.yaml" tests="3" failures="2">
    <testcase name="flink/default" classname="pipeline.yaml" file="pipeline.yaml" line="3">
      <system-out>pipeline.yaml:3:11: nothing @here is set</system-out>
    </testcase>
    <testcase name="streams/retention" classname="pipeline.yaml" file="pipeline.yaml" line="2">
      <failure type="error" message="`5m` is &lt;short&gt; &amp; | &quot;bad&quot;">pipeline.yaml:2:19: `5m` is &lt;short&gt; &amp; | &quot;bad&quot;&#10;help: write `24h`</failure>
    </testcase>
    <testcase name="streams/unused" classname="pipeline.yaml" file="pipeline.yaml" line="2">
      <failure type="warning" message="`clicks` is never read">pipeline.yaml:2:3: `clicks` is never read</failure>
    </testcase>
  </testsuite>
  <testsuite name="other &quot;&amp;&quot;.yaml" tests="1" failures="1">
    <testcase name="streams/unused" classname="other &quot;&amp;&quot;.yaml" file="other &quot;&amp;&quot;.yaml" line="1">
      <failure type="warning" message="two&#10;lines and \u{1}">other &quot;&amp;&quot;.yaml:1:1: two&#10;lines and \u{1}</failure>
    </testcase>
  </testsuite>
</testsuites>
"#,
    );
}

#[test]
fn reviewdog_counts_bytes_and_takes_whole_fixes_only() {
    let report = |diagnostics: &[Diagnostic]| -> Value {
        serde_json::from_str(&render(diagnostics, Format::Rdjson, PLAIN)).expect("JSON parses")
    };
    let mut diagnostics = findings();
    let range = json!({ "start": { "line": 2, "column": 23 }, "end": { "line": 2, "column": 25 } });
    let first = &report(&diagnostics)["diagnostics"][0];
    assert_eq!(first["location"], json!({ "path": "pipeline.yaml", "range": range }));
    assert_eq!(first["suggestions"], json!([{ "range": range, "text": "24h" }]));
    assert_eq!((&first["severity"], &first["code"]["value"]), (&json!("ERROR"), &json!("streams/retention")));
    let fix = diagnostics[0].fix.as_mut().expect("it has a fix");
    let insertion = Edit::insert(&fix.edits[0].span.file, 0, "# mended\n");
    fix.edits.insert(0, insertion);
    assert_eq!(report(&diagnostics)["diagnostics"][0]["suggestions"], Value::Null);
}

#[test]
fn markdown_is_a_table_per_file_that_nothing_breaks_out_of() {
    let mut diagnostics = findings();
    diagnostics[1].message = "`a|b` is *never* read, `odd | #1".into();
    diagnostics[3].message = "`code` <b>@here</b>".into();
    assert_renders(
        &diagnostics,
        Format::Markdown,
        r#"
### Tidegate: 1 error, 1 warning, 1 info message

**pipeline.yaml**

| Line | Level | Finding |
|---:|---|---|
| 2 | error | `5m` is &lt;short&gt; &amp; \| "bad"<br>→ write `24h`<br><sub>streams/retention</sub> |
| 2 | warning | 'a\|b' is \*never\* read, 'odd \| \#1<br><sub>streams/unused</sub> |
| 3 | info | `code` &lt;b&gt;&#64;here&lt;/b&gt;<br><sub>flink/default</sub> |
"#,
    );
    assert_renders(&[], Format::Markdown, "### Tidegate: nothing to complain of\n");
}
