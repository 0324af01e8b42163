mod checks;
mod globals;
mod loops;

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::json;

use super::{Lifted, ROLE, lift};
use crate::artifact::{json, yaml};
use crate::backends::cloudformation::{artifact, template};
use crate::desired::generate::{any_text, any_value, entries, origin};
use crate::desired::{Output, Parameter, Resource, Stack, Value, ValueKind};
use crate::source::SourceFile;
use crate::syntax::{self, Node, Value as Syntax};

fn lift_text(text: &str) -> Lifted {
    lift(&SourceFile::new("template.yaml", text))
}

fn rules_of(text: &str) -> Vec<&'static str> {
    lift_text(text).diagnostics.iter().map(|it| it.rule.name).collect()
}

fn property(text: &str) -> (Option<serde_json::Value>, Vec<&'static str>) {
    let lifted = lift_text(&format!("Resources:\n  A:\n    Type: T\n    Properties:\n      P: {text}\n"));
    let names = lifted.diagnostics.iter().map(|it| it.rule.name);
    let names = names.filter(|name| *name != "template/dangling-reference").collect();
    (lifted.stack.resources["A"].properties.get("P").map(Value::to_json), names)
}

#[test]
fn functions_are_lifted_from_tags_and_from_long_forms() {
    for (short, long) in [
        ("!Ref X", json!({"Ref": "X"})),
        ("!Ref 12", json!({"Ref": "12"})),
        ("!GetAtt X.Y.Z", json!({"Fn::GetAtt": ["X", "Y.Z"]})),
        ("!GetAtt [X, Y]", json!({"Fn::GetAtt": ["X", "Y"]})),
        ("!GetAtt [X, !Ref Y]", json!({"Fn::GetAtt": ["X", {"Ref": "Y"}]})),
        ("!Sub on", json!({"Fn::Sub": "on"})),
        ("!Sub ['${a}', {a: !Ref B}]", json!({"Fn::Sub": ["${a}", {"a": {"Ref": "B"}}]})),
        ("!Condition C", json!({"Condition": "C"})),
        ("!If [C, !Ref A, 1]", json!({"Fn::If": ["C", {"Ref": "A"}, 1]})),
        ("!Join [',', []]", json!({"Fn::Join": [",", []]})),
        ("!Transform {Name: M}", json!({"Fn::Transform": {"Name": "M"}})),
        ("!GetAZs ''", json!({"Fn::GetAZs": ""})),
    ] {
        assert_eq!(property(short), (Some(long.clone()), vec![]), "{short}");
        assert_eq!(property(&long.to_string()), (Some(long.clone()), vec![]), "{long}");
    }
    assert_eq!(property("{'Fn::GetAtt': X.Y}"), (Some(json!({"Fn::GetAtt": ["X", "Y"]})), vec![]));
    assert_eq!(property("{'Fn::Base64': !Sub x}").0, Some(json!({"Fn::Base64": {"Fn::Sub": "x"}})));
}

#[test]
fn a_function_with_a_wrong_argument_is_refused() {
    for text in ["!Get X", "!GetAtt X", "!GetAtt [X]", "!Ref [X]", "!Sub [a]", "{Ref: 5}", "!Ref {a: b}", "!sub x"] {
        assert_eq!(property(text).1, ["template/bad-function"], "{text}");
    }
    assert_eq!(property("!Ref"), (None, vec!["template/bad-value"]));
    let lifted = lift_text("Resources: {A: {Type: T, Properties: {P: !GetAt X.Y}}}");
    assert_eq!(lifted.diagnostics[0].help.as_deref(), Some("write `!GetAtt`"));
}

#[test]
fn scalars_mean_what_cloudformation_reads() {
    let ambiguous = vec!["template/ambiguous-scalar"];
    for (text, value, names) in [
        ("1", json!(1), vec![]),
        ("1.0", json!(1.0), vec![]),
        ("true", json!(true), vec![]),
        ("'true'", json!("true"), vec![]),
        ("2012-10-17", json!("2012-10-17"), vec![]),
        ("1.2.3", json!("1.2.3"), vec![]),
        ("y", json!("y"), vec![]),
        ("yes", json!(true), ambiguous.clone()),
        ("OFF", json!(false), ambiguous.clone()),
        ("'off'", json!("off"), vec![]),
        ("012345678901", json!("012345678901"), ambiguous.clone()),
        ("-00", json!("-00"), ambiguous.clone()),
        ("0", json!(0), vec![]),
        ("0.5", json!(0.5), vec![]),
        ("10:30", json!("10:30"), ambiguous.clone()),
        ("Sun:10:30", json!("Sun:10:30"), vec![]),
        ("!!str 012", json!("012"), vec![]),
    ] {
        assert_eq!(property(text), (Some(value), names), "{text}");
    }
    assert_eq!(property(".nan").1, ["template/bad-value"]);
    assert_eq!(property("[1, ~]"), (Some(json!([1])), vec!["template/bad-value"]));
}

#[test]
fn what_is_not_of_the_right_shape_is_told_and_the_rest_is_read() {
    for (text, names) in [
        ("", vec!["template/not-a-template"]),
        ("[]", vec!["template/not-a-template"]),
        ("Resources: []", vec!["template/not-a-template"]),
        ("{AWSTemplateFormatVersion: 2010-09-10, Resources: {}}", vec!["template/not-a-template"]),
        ("{Resource: {}}", vec!["template/not-a-template", "template/unknown-key"]),
        ("Resources: {A: {}}", vec!["template/bad-resource"]),
        ("Resources: {A: 1}", vec!["template/bad-resource"]),
        ("Resources: {A: {Type: !Ref B}}", vec!["template/bad-resource"]),
        ("Resources: {A: {Type: T, Properties: []}}", vec!["template/bad-resource"]),
        ("Resources: {A: {Type: T, DependsOn: {}}}", vec!["template/bad-resource"]),
        ("Resources: {A: {Type: T, DependsOn: [A, [C]]}}", vec!["template/bad-resource"]),
        ("Resources: {A: {Type: T, DeletionPolicy: !Ref B}}", vec!["template/missing-transform"]),
        ("Resources: {A: {Type: T, UpdateReplacePolicy: RetainExceptOnCreate}}", vec!["template/bad-resource"]),
        ("Resources: {A: {Type: T, UpdatePolicy: {}, Metadata: {a: ~, b: yes}}}", vec![]),
        ("{Mappings: {}, Rules: {}, Hooks: {}, Metadata: {a: ~}, Resources: {}}", vec![]),
        ("{Globals: {}, Resources: {}}", vec!["template/missing-transform"]),
        ("{Resources: {}, Outputs: {A: {Value: 1, Export: {Name: a}}}}", vec![]),
        ("{Resources: {}, Outputs: {A: {Value: 1, Export: {}}}}", vec!["template/bad-output"]),
        ("{Resources: {}, Outputs: {A: {Value: [1]}}}", vec!["template/bad-output"]),
        ("{Resources: {}, Parameters: {A: {Type: String, Defalt: 1}}}", vec!["template/unknown-key"]),
        ("{Resources: {}, Outputs: {A: [], B: {Value: 1}}}", vec!["template/bad-output"]),
    ] {
        assert_eq!(rules_of(text), names, "{text}");
    }
    let lifted =
        lift_text("Resources:\n  A: {Type: T, DependsOn: B, DeletionPolicy: Retain}\n  B: {}\n  C: {Type: U}\n");
    let resources: Vec<_> = lifted.stack.resources.iter().map(|(id, it)| (id.as_str(), it.thing.as_str())).collect();
    assert_eq!(resources, [("A", "A"), ("C", "C")]);
    assert_eq!(lifted.stack.resources["A"].depends_on, ["B"]);
    assert_eq!(lifted.stack.resources["A"].deletion_policy, Some("Retain"));
}

#[test]
fn values_point_at_the_text_that_wrote_them() {
    let text = "Resources:\n  Trips:\n    Type: T\n    Properties:\n      Hours: 48\n      Tags:\n        - Key: a\n";
    let lifted = lift_text(text);
    let trips = &lifted.stack.resources["Trips"];
    assert_eq!(format!("{:?}", trips.origin.span), "template.yaml:2:3");
    let place = |pointer: &str| trips.properties.at(pointer).map(|it| format!("{:?}", it.origin.span));
    assert_eq!(place("/Hours").as_deref(), Some("template.yaml:5:14"));
    assert_eq!(place("/Tags/0/Key").as_deref(), Some("template.yaml:7:16"));
}

fn any_policy() -> impl Strategy<Value = Option<&'static str>> {
    prop::sample::select(&[None, Some("Delete"), Some("Retain"), Some("RetainExceptOnCreate"), Some("Snapshot")][..])
}

prop_compose! {
    fn any_resource()(
        resource_type in any_text(),
        thing in any_text(),
        properties in entries(any_value()),
        depends_on in prop::collection::btree_set(any_text(), 0..3),
        condition in prop::option::of(any_text()),
        deletion_policy in any_policy(),
        update_replace_policy in any_policy().prop_filter("of deletions alone", |it| *it != Some("RetainExceptOnCreate")),
    ) -> Resource {
        Resource {
            resource_type,
            thing,
            properties: Value::new(ValueKind::Map(properties), &origin()).lift_intrinsic(),
            depends_on: depends_on.into_iter().collect(),
            condition,
            attributes: Vec::new(),
            by_hand: None,
            overridden: false,
            deletion_policy,
            update_replace_policy,
            origin: origin(),
        }
    }
}

prop_compose! {
    fn any_parameter()(
        parameter_type in any_text(),
        description in any_text(),
        default in prop::option::of(any_value()),
        allowed in prop::option::of(any_value()),
        smallest in prop::option::of(any_value()),
    ) -> Parameter {
        let constraints = [("AllowedValues", allowed), ("MinValue", smallest)];
        let constraints =
            constraints.into_iter().filter_map(|(name, it)| Some((name.to_owned(), it?))).collect();
        Parameter { parameter_type, description, default, constraints, origin: origin() }
    }
}

prop_compose! {
    fn any_stack()(
        description in any_text(),
        parameters in prop::collection::vec((any_text(), any_parameter().boxed()), 0..3),
        conditions in entries(any_value()),
        resources in prop::collection::vec((any_text(), any_resource().boxed()), 0..4),
        outputs in prop::collection::vec((any_text(), any_text(), any_value(), prop::option::of(any_text())), 0..3),
    ) -> Stack {
        let output = |(name, description, value, condition)| {
            (name, Output { description, value, condition, export: None, origin: origin() })
        };
        Stack {
            role: ROLE.into(),
            description,
            parameters: parameters.into_iter().collect(),
            conditions: conditions.into_iter().collect(),
            resources: resources.into_iter().collect(),
            outputs: outputs.into_iter().map(output).collect(),
            ..Stack::default()
        }
    }
}

/// Everything that a template can say of a stack, except where it comes from and in which order it was said.
fn said(stack: &Stack) -> serde_json::Value {
    let parameters = stack.parameters.iter().map(|(name, it)| {
        let constraints: serde_json::Map<_, _> =
            it.constraints.iter().map(|(name, value)| (name.clone(), value.to_json())).collect();
        let default = it.default.as_ref().map(Value::to_json);
        (name.clone(), json!([it.parameter_type, it.description, default, constraints]))
    });
    let resources = stack.resources.iter().map(|(id, it)| {
        let policies = (it.deletion_policy, it.update_replace_policy);
        (id.clone(), json!([it.resource_type, it.properties.to_json(), it.depends_on, it.condition, policies]))
    });
    let outputs = stack
        .outputs
        .iter()
        .map(|(name, it)| (name.clone(), json!([it.description, it.value.to_json(), it.condition])));
    json!({
        "description": stack.description,
        "parameters": parameters.collect::<serde_json::Map<_, _>>(),
        "conditions": stack.conditions.iter().map(|(name, it)| (name.clone(), it.to_json())).collect::<serde_json::Map<_, _>>(),
        "resources": resources.collect::<serde_json::Map<_, _>>(),
        "outputs": outputs.collect::<serde_json::Map<_, _>>(),
    })
}

fn key_lines(node: &Node, pointer: &str, lines: &mut BTreeMap<String, usize>) {
    match &node.value {
        Syntax::Map(entries) => {
            for entry in entries {
                let below = format!("{pointer}/{}", entry.key.text.replace('~', "~0").replace('/', "~1"));
                lines.insert(below.clone(), entry.key.span.start_position().line);
                key_lines(&entry.value, &below, lines);
            }
        }
        Syntax::List(items) => {
            for (index, item) in items.iter().enumerate() {
                key_lines(item, &format!("{pointer}/{index}"), lines);
            }
        }
        _ => {}
    }
}

fn syntax_errors(lifted: &Lifted) -> Vec<String> {
    let is_of_shape = |name: &str| {
        let shapes = ["not-a-template", "unknown-key", "bad-value", "bad-resource", "ambiguous-scalar", "unread-part"];
        name.strip_prefix("template/").is_none_or(|offence| shapes.contains(&offence))
    };
    lifted.diagnostics.iter().filter(|it| is_of_shape(it.rule.name)).map(|it| it.message.clone()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn an_emitted_template_reads_back_as_the_same_stack(stack in any_stack()) {
        let yaml = artifact(&stack, "template.yaml", Some("header")).text;
        let lifted = lift_text(&yaml);
        prop_assert_eq!(syntax_errors(&lifted), Vec::<String>::new());
        prop_assert_eq!(said(&lifted.stack), said(&stack), "{}", yaml);
        prop_assert_eq!(artifact(&lifted.stack, "template.yaml", Some("header")).text, yaml);

        let json = json::print(&template(&stack)).text;
        // JSON is read as the YAML that it is, and YAML has no keys of more than 1024 characters.
        if json.lines().all(|line| line.len() < 1000) {
            let lifted = lift_text(&json);
            prop_assert_eq!(syntax_errors(&lifted), Vec::<String>::new());
            prop_assert_eq!(said(&lifted.stack), said(&stack), "{}", json);
        }
    }

    #[test]
    fn a_mapping_names_the_line_on_which_a_reader_finds_the_key(value in any_value()) {
        let printed = yaml::print(&value, Some("header"));
        let root = syntax::parse(&SourceFile::new("a.yaml", printed.text.as_str())).root;
        let mut read = BTreeMap::new();
        key_lines(&root, "", &mut read);
        for mapping in printed.mappings {
            if let Some(line) = read.get(&mapping.pointer) {
                prop_assert_eq!(*line, mapping.line, "{}", mapping.pointer);
            }
        }
        let mut keys = 0;
        value.each(&mut |node| keys += if let ValueKind::Map(entries) = &node.kind { entries.len() } else { 0 });
        prop_assert!(read.len() >= keys);
    }

    #[test]
    fn any_text_can_be_lifted(text in prop_oneof![any::<String>(), any_text()]) {
        lift_text(&text);
        lift_text(&format!("Resources:\n  A:\n    Type: T\n    Properties: {text}\n"));
    }
}
