use serde_json::Value;

use super::*;

#[test]
fn json_is_the_public_interface() {
    let mut diagnostics = conflict();
    diagnostics[0].related.pop();
    diagnostics.push(unused(&at(&file("a: 1\n"), 5)));
    assert_renders(
        &diagnostics,
        Format::Json,
        r#"
{
  "version": 1,
  "findings": [
    {
      "rule": "streams/retention",
      "level": "error",
      "message": "`5m` is less than 24 hours, 100%: too short, really",
      "help": "write `24h` or more",
      "path": "pipeline.yaml",
      "line": 2,
      "column": 12,
      "end_line": 2,
      "end_column": 14,
      "related": [
        {
          "message": "in this stream",
          "path": "pipeline.yaml",
          "line": 2,
          "column": 3,
          "end_line": 2,
          "end_column": 5
        }
      ],
      "fix": null,
      "suppressed": null
    },
    {
      "rule": "streams/unused",
      "level": "warning",
      "message": "`clicks` is never read",
      "help": null,
      "path": "pipeline.yaml",
      "line": 2,
      "column": 1,
      "end_line": 2,
      "end_column": 1,
      "related": [],
      "fix": null,
      "suppressed": null
    }
  ]
}
"#,
    );
}

#[test]
fn sarif_has_rules_places_and_fingerprints() {
    let mut diagnostics = conflict();
    diagnostics[0].related.remove(0);
    let version = env!("CARGO_PKG_VERSION");
    let expected = r##"
{
  "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
  "version": "2.1.0",
  "runs": [
    {
      "tool": {
        "driver": {
          "name": "tidegate",
          "version": "VERSION",
          "rules": [
            {
              "id": "streams/retention",
              "shortDescription": {
                "text": "A stream keeps records for 24 hours to 365 days."
              },
              "fullDescription": {
                "text": "A stream keeps records for 24 hours to 365 days."
              },
              "help": {
                "text": "# Retention\n\nA stream keeps records\nfor 24 hours to 365 days.\n\nMore.\n",
                "markdown": "# Retention\n\nA stream keeps records\nfor 24 hours to 365 days.\n\nMore.\n"
              },
              "defaultConfiguration": {
                "level": "error"
              }
            }
          ]
        }
      },
      "columnKind": "unicodeCodePoints",
      "results": [
        {
          "ruleId": "streams/retention",
          "ruleIndex": 0,
          "level": "error",
          "message": {
            "text": "`5m` is less than 24 hours, 100%: too short, really\nhelp: write `24h` or more"
          },
          "locations": [
            {
              "physicalLocation": {
                "artifactLocation": {
                  "uri": "pipeline.yaml",
                  "uriBaseId": "%SRCROOT%"
                },
                "region": {
                  "startLine": 2,
                  "startColumn": 12,
                  "endLine": 2,
                  "endColumn": 14
                }
              }
            }
          ],
          "partialFingerprints": {
            "tidegateFinding/v1": "FINGERPRINT:1"
          },
          "relatedLocations": [
            {
              "id": 0,
              "physicalLocation": {
                "artifactLocation": {
                  "uri": "modules/%E6%9C%AC%201.yaml",
                  "uriBaseId": "%SRCROOT%"
                },
                "region": {
                  "startLine": 2,
                  "startColumn": 14,
                  "endLine": 2,
                  "endColumn": 17
                }
              },
              "message": {
                "text": "the default"
              }
            }
          ]
        }
      ]
    }
  ]
}
"##;
    let expected = expected.replace("VERSION", version).replace("FINGERPRINT", "518b2997d583391b10453b69f842ee57");
    assert_renders(&diagnostics, Format::Sarif, &expected);
}

#[test]
fn github_escapes_its_syntax() {
    let named = SourceFile::new("a,b:c%.yaml", "key:\n  - 1\n  - 2\n");
    let mut diagnostics = conflict();
    diagnostics.push(unused(&Span::new(&named, 0, 9)));
    diagnostics.push(Diagnostic::new(&DEFAULT, &at(&named, 0), "x\r\ny\u{1b}[0m"));
    assert_renders(
        &diagnostics,
        Format::Github,
        r"
::error file=pipeline.yaml,line=2,endLine=2,col=12,endColumn=14,title=streams/retention::`5m` is less than 24 hours, 100%25: too short, really%0Ahelp: write `24h` or more
::warning file=a%2Cb%3Ac%25.yaml,line=1,endLine=2,title=streams/unused::`clicks` is never read
::notice file=a%2Cb%3Ac%25.yaml,line=1,endLine=1,col=1,endColumn=1,title=flink/default::x%0D%0Ay\u{1b}[0m
",
    );
}

fn fingerprints(diagnostics: &[Diagnostic]) -> Vec<String> {
    let log: Value = serde_json::from_str(&render(diagnostics, Format::Sarif, PLAIN)).expect("SARIF is JSON");
    let results = log["runs"][0]["results"].as_array().expect("results are a list");
    results.iter().map(|result| result["partialFingerprints"]["tidegateFinding/v1"].to_string()).collect()
}

#[test]
fn fingerprints_survive_edits_elsewhere() {
    let (before, after) = (file("a: 1\n"), file("# new\n\n\na: 1\n"));
    let finding = |file, message: &str| Diagnostic::new(&UNUSED, &span(file, "1"), message);
    let one = fingerprints(&[finding(&before, "see line 12")]);
    assert_eq!(one, fingerprints(&[finding(&after, "see line 7")]));
    assert_ne!(one, fingerprints(&[finding(&before, "see row 12")]));

    let twins = fingerprints(&[finding(&before, "same"), finding(&after, "same")]);
    assert_ne!(twins[0], twins[1]);
    let dotted = SourceFile::new("./pipeline.yaml", "a: 1\n");
    assert_eq!(twins[0], fingerprints(&[finding(&dotted, "same")])[0]);
}

#[test]
fn sarif_addresses_absolute_paths_without_a_base() {
    for (path, uri, based) in [
        ("/srv/a b.yaml", "file:///srv/a%20b.yaml", false),
        ("C:/a#b.yaml", "file:///C:/a%23b.yaml", false),
        ("./a/b.yaml", "a/b.yaml", true),
        ("a:b%.yaml", "a%3Ab%25.yaml", true),
        ("é:", "%C3%A9%3A", true),
    ] {
        let file = SourceFile::new(path, "");
        let log: Value = serde_json::from_str(&render(&[unused(&at(&file, 0))], Format::Sarif, PLAIN)).expect("parses");
        let location = &log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"];
        assert_eq!(location["uri"], uri);
        assert_eq!(location.get("uriBaseId").is_some(), based, "{path}");
    }
}
