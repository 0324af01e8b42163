//! Loops, written out.

use serde_json::json;

use super::{lift_text, rules_of};

const LOOP: &str = "Transform: AWS::LanguageExtensions
Parameters:
  Stages: {Type: CommaDelimitedList, Default: 'dev, prod'}
  Lists: {Type: CommaDelimitedList}
Mappings:
  Names: {all: {Streams: [trips, fares/eu]}}
Resources:
  Fn::ForEach::Streams:
    - Stream
    - !FindInMap [Names, all, Streams]
    - Stream&{Stream}:
        Type: T
        Properties:
          Name: !Sub '${Stream}-x'
          Plain: !Ref Stream
          Fn::ForEach::Tags:
            - Tag
            - [a, b]
            - Tag${Tag}: !Sub '${Stream} ${AWS::Region}'
Outputs:
  Fn::ForEach::Stages:
    - Stage
    - !Ref Stages
    - Fn::ForEach::Streams:
        - Known
        - [trips]
        - Arn${Stage}:
            Value: !GetAtt [!Sub 'Stream${Known}', Arn]
";

#[test]
fn a_loop_is_what_it_makes() {
    let lifted = lift_text(LOOP);
    assert!(lifted.diagnostics.is_empty(), "{:#?}", lifted.diagnostics);
    let stack = lifted.stack;
    let ids: Vec<_> = stack.resources.keys().collect();
    assert_eq!(ids, ["Streamtrips", "Streamfareseu"]);
    assert_eq!(stack.outputs.keys().collect::<Vec<_>>(), ["Arndev", "Arnprod"]);
    assert_eq!(stack.outputs["Arndev"].value.to_json(), json!({"Fn::GetAtt": ["Streamtrips", "Arn"]}));
    let fares = &stack.resources["Streamfareseu"];
    assert_eq!(
        fares.properties.to_json(),
        json!({
            "Name": {"Fn::Sub": "fares/eu-x"},
            "Plain": "fares/eu",
            "Taga": {"Fn::Sub": "fares/eu ${AWS::Region}"},
            "Tagb": {"Fn::Sub": "fares/eu ${AWS::Region}"},
        })
    );
    assert_eq!(fares.origin.span.text(), "Stream&{Stream}");
    assert_eq!(fares.properties.get("Name").map(|it| it.origin.span.text()), Some("'${Stream}-x'"));
    assert!(stack.open, "a deployment may give other stages");
}

#[test]
fn a_loop_over_what_is_not_known_is_left_out() {
    let text = LOOP.replace("!Ref Stages", "!Ref Lists");
    assert_eq!(rules_of(&text), ["template/unread-part"]);
    let text = LOOP.replace("[a, b]", "!Ref Lists");
    assert_eq!(rules_of(&text), ["template/unread-part"]);
    let lifted = lift_text(&text);
    assert!(lifted.stack.resources["Streamtrips"].properties.get("Fn::ForEach::Tags").is_some());
}

#[test]
fn a_loop_needs_the_macro_and_its_three_parts() {
    let text = LOOP.replace("Transform: AWS::LanguageExtensions", "Description: none");
    let names = rules_of(&text);
    assert!(names.contains(&"template/missing-transform"), "{names:?}");
    let text = LOOP.replace("            - [a, b]\n", "");
    assert_eq!(rules_of(&text), ["template/bad-function"]);
}

#[test]
fn loops_inside_each_other_end() {
    let mut text = "Transform: AWS::LanguageExtensions\nResources:\n".to_owned();
    for depth in 0..12 {
        let indent = "  ".repeat(2 * depth + 1);
        text += &format!(
            "{indent}Fn::ForEach::L{depth}:\n{indent}  - V{depth}\n{indent}  - [a, b, c, d, e, f, g, h]\n{indent}  -\n"
        );
    }
    text += &format!("{}X: {{Type: T}}\n", "  ".repeat(25));
    assert!(rules_of(&text).contains(&"template/unread-part"));
}
