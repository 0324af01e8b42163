//! `Globals` of SAM.

use serde_json::{Value as Json, json};

use crate::source::SourceFile;
use crate::template::lift;

/// The properties of `A`, of this type and with this text behind it, under these globals.
fn properties(globals: &str, resource_type: &str, resource: &str) -> Json {
    let text = format!(
        "Transform: AWS::Serverless-2016-10-31
Globals: {globals}
Resources:
  A: {{Type: 'AWS::Serverless::{resource_type}'{resource}}}
"
    );
    let lifted = lift(&SourceFile::new("template.yaml", text));
    assert!(lifted.diagnostics.is_empty(), "{:#?}", lifted.diagnostics);
    lifted.stack.resources["A"].properties.to_json()
}

#[test]
fn what_the_resource_says_goes_before_what_all_get() {
    let globals = "{Function: {Timeout: 60, Runtime: python3.13, Tracing: Active}}";
    let own = ", Properties: {Timeout: 5, Handler: a.b}";
    let expected = json!({"Timeout": 5, "Handler": "a.b", "Runtime": "python3.13", "Tracing": "Active"});
    assert_eq!(properties(globals, "Function", own), expected);
    assert_eq!(properties(globals, "Api", ", Properties: {Name: a}"), json!({"Name": "a"}));
    assert_eq!(properties("{Function: {Timeout: 60}}", "Function", ""), json!({"Timeout": 60}));
    assert_eq!(properties("{}", "Function", ", Properties: {Timeout: 5}"), json!({"Timeout": 5}));
}

#[test]
fn mappings_are_merged_and_lists_are_joined() {
    let globals = "{Function: {Environment: {Variables: {A: 1, B: 2}}, Layers: [one]}}";
    let own = ", Properties: {Environment: {Variables: {B: 3}}, Layers: [two]}";
    let expected = json!({"Environment": {"Variables": {"B": 3, "A": 1}}, "Layers": ["one", "two"]});
    assert_eq!(properties(globals, "Function", own), expected);
    let computed = ", Properties: {Layers: !Split [',', 'a,b']}";
    assert_eq!(properties(globals, "Function", computed)["Layers"], json!({"Fn::Split": [",", "a,b"]}));
}

#[test]
fn a_resource_may_do_without() {
    let globals = "{Function: {Timeout: 60}}";
    assert_eq!(
        properties(globals, "Function", ", IgnoreGlobals: '*', Properties: {Handler: a}"),
        json!({"Handler": "a"})
    );
}
