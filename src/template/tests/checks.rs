//! What CloudFormation refuses in a template that is read.

use super::rules_of;

/// A template with one of everything, and `P` as a property.
fn found(property: &str) -> Vec<&'static str> {
    rules_of(&format!(
        "Parameters: {{Stage: {{Type: String}}, Zones: {{Type: CommaDelimitedList}}}}
Mappings: {{Sizes: {{prod: {{Shards: 4}}, 'dev-1': {{Shards: 1, Hours: 24}}}}}}
Conditions: {{IsProd: !Equals [!Ref Stage, prod]}}
Resources:
  Trips: {{Type: T}}
  A:
    Type: T
    Properties:
      P: {property}
"
    ))
}

#[test]
fn references_to_what_is_there_are_no_finding() {
    for property in [
        "!Ref Trips",
        "!Ref Stage",
        "!Ref AWS::Region",
        "!GetAtt Trips.Arn",
        "!GetAtt [Trips, !Ref Stage]",
        "!Sub '${Trips} ${Trips.Arn} ${AWS::Region} ${Stage} ${!HOME:-x} $ {x} ${}'",
        "!Sub ['${Name} ${Name.x}', {Name: !Ref Trips}]",
        "!If [IsProd, 1, !Ref AWS::NoValue]",
        "!FindInMap [Sizes, prod, Shards]",
        "!FindInMap [Sizes, !Ref Stage, Hours]",
        "!FindInMap [!Ref Stage, a, b]",
        "!ImportValue trips-arn",
        "{Condition: Other, Fn: !Select [0, !Ref Zones]}",
        "!Select [1, [a, b]]",
        "!Join ['', [a, !Ref Stage]]",
        "!Split [',', !Ref Stage]",
        "!Cidr [!GetAtt Trips.Block, 4, 8]",
        "!GetStackOutput {StackName: a, OutputName: B}",
        "{'Fn::Transform': {Name: 'AWS::Include', Parameters: {Location: s3://a/b}}}",
        "{'Fn::GetParam': [Artifact, file.json, Key]}",
    ] {
        assert_eq!(found(property), [""; 0], "{property}");
    }
}

#[test]
fn references_to_what_is_not_there_are_found() {
    for property in [
        "!Ref Trip",
        "!Ref IsProd",
        "!Ref AWS::Regions",
        "!GetAtt Trip.Arn",
        "!GetAtt Stage.Arn",
        "!GetAtt [Trip, !Ref Stage]",
        "!Sub '${HOME}/x'",
        "!Sub '${Trip.Arn}'",
        "!If [IsTest, 1, 2]",
        "!If [Stage, 1, 2]",
        "!FindInMap [Size, prod, Shards]",
        "!FindInMap [Sizes, test, Shards]",
        "!FindInMap [Sizes, prod, Hours]",
        "!FindInMap [Sizes, !Ref Stage, Days]",
    ] {
        assert_eq!(found(property), ["template/dangling-reference"], "{property}");
    }
    for text in ["${HOME:-/root}", "${A-B}", "${#A}", "${A[0]}"] {
        assert_eq!(found(&format!("!Sub \"{text}\"")), ["template/bad-placeholder"], "{text}");
    }
}

#[test]
fn functions_take_what_they_take() {
    for property in [
        "!Join [a, b, c]",
        "!Join [a]",
        "!Join ['', b]",
        "!Split [a]",
        "!Split [a, [b]]",
        "!Select [0]",
        "!Select [2, [a, b]]",
        "!Select [-1, [a, b]]",
        "!Select [first, [a, b]]",
        "!If [IsProd, 1]",
        "!If [!Ref Stage, 1, 2]",
        "!FindInMap [Sizes, prod]",
        "!Equals [1]",
        "!And [!Condition IsProd]",
        "!Not [!Condition A, !Condition B]",
        "!Base64 [a]",
        "{'Fn::Joined': [a]}",
    ] {
        assert_eq!(found(property), ["template/bad-function"], "{property}");
    }
    for property in ["!Length [a]", "!ToJsonString {a: 1}", "!FindInMap [Sizes, x, y, {DefaultValue: 1}]"] {
        assert_eq!(found(property), ["template/missing-transform"], "{property}");
    }
}

#[test]
fn what_a_macro_may_add_is_not_missing() {
    let with = |transform: &str, rest: &str| {
        rules_of(&format!("{{Transform: {transform}, Resources: {{Enrich: {{Type: T, Properties: {{P: {rest}}}}}}}}}"))
    };
    assert_eq!(with("Custom", "!Ref Missing"), [""; 0]);
    assert_eq!(with("[AWS::LanguageExtensions, Custom]", "{'Fn::Own': !Ref Missing}"), [""; 0]);
    assert_eq!(with("{Name: AWS::Include, Parameters: {Location: a}}", "!Sub '${Missing}'"), [""; 0]);
    assert_eq!(with("AWS::LanguageExtensions", "!Ref Missing"), ["template/dangling-reference"]);
    for made in ["!Ref EnrichRole", "!Ref Enrich.Version", "!Sub 'a${ServerlessRestApi}'", "!GetAtt EnrichRole.Arn"] {
        assert_eq!(with("AWS::Serverless-2016-10-31", made), [""; 0], "{made}");
    }
    assert_eq!(with("AWS::Serverless-2016-10-31", "!Ref Other"), ["template/doubtful-reference"]);
    assert_eq!(rules_of("{Resources: {'Fn::Transform': {Name: M}, A: {Type: T, DependsOn: B}}}"), [""; 0]);
    assert_eq!(rules_of("Resources:\n  A: {Type: 'A::B::C::MODULE'}\n  B: {Type: T, DependsOn: ABucket}\n"), [""; 0]);
}

#[test]
fn parts_name_what_is_there() {
    for (text, names) in [
        ("{Resources: {A: {Type: T, DependsOn: B}}}", vec!["template/dangling-reference"]),
        ("{Resources: {A: {Type: T, DependsOn: [A, B], Condition: C}}}", vec!["template/dangling-reference"; 2]),
        ("{Resources: {A: {Type: T}}, Outputs: {O: {Value: a, Condition: C}}}", vec!["template/dangling-reference"]),
        ("{Resources: {A: {Type: T}}, Conditions: {C: !Equals [!Ref A, 1]}}", vec!["template/reference-in-condition"]),
        ("{Resources: {A: {Type: T}}, Conditions: {C: !Not [!Condition D]}}", vec!["template/dangling-reference"]),
        ("{Resources: {A: {Type: T}}, Conditions: {C: !Not [Condition: D]}}", vec!["template/dangling-reference"]),
        ("{Resources: {A-b: {Type: T}}}", vec!["template/bad-name"]),
        ("{Resources: {A: {Type: T}}, Outputs: {o_1: {Value: a}}}", vec!["template/bad-name"]),
    ] {
        assert_eq!(rules_of(text), names, "{text}");
    }
}

#[test]
fn parameters_have_types_and_allowed_defaults() {
    let found = |parameter: &str| rules_of(&format!("{{Resources: {{}}, Parameters: {{P: {parameter}}}}}"));
    for right in [
        "{Type: String, Default: ''}",
        "{Type: Number, Default: 1.0, AllowedValues: [1, 2]}",
        "{Type: String, Default: true, AllowedValues: ['true', 'false']}",
        "{Type: CommaDelimitedList, Default: 'a, b', AllowedValues: [a, b]}",
        "{Type: List<Number>}",
        "{Type: 'List<AWS::EC2::Subnet::Id>'}",
        "{Type: 'AWS::SSM::Parameter::Value<String>', Default: /a/b, AllowedValues: [c]}",
        "{Type: 'AWS::SSM::Parameter::Value<List<AWS::EC2::Subnet::Id>>'}",
        "{Type: 'AWS::SSM::Parameter::Value<CommaDelimitedList>'}",
    ] {
        assert_eq!(found(right), [""; 0], "{right}");
    }
    for wrong in [
        "{Type: string}",
        "{Type: List}",
        "{Type: List<CommaDelimitedList>}",
        "{Type: 'AWS::EC2::Subnet::Ids'}",
        "{Type: 'AWS::SSM::Parameter::Value'}",
        "{Type: String, Default: c, AllowedValues: [a, b]}",
        "{Type: CommaDelimitedList, Default: [a, b]}",
        "{Type: String, Default: !Ref AWS::Region}",
    ] {
        assert_eq!(found(wrong), ["template/bad-parameter"], "{wrong}");
    }
}

#[test]
fn a_part_that_could_not_be_read_leaves_nothing_missing() {
    let text = "Resources:\n  A:\n    Type: T\n    Properties: {a: [}\nOutputs:\n  O:\n    Value: !Ref B\n";
    assert!(rules_of(text).iter().all(|name| name.starts_with("yaml/")), "{:?}", rules_of(text));
}
