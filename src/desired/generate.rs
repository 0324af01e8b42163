//! Random values for the tests of all rooms, with every trap that a printer or reader can fall into.

use indexmap::IndexMap;
use proptest::prelude::*;

use super::{Intrinsic, Origin, Value, ValueKind};
use crate::source::{SourceFile, Span};

pub(crate) fn origin() -> Origin {
    let file = SourceFile::new("pipeline.yaml", "tidegate: 1\nname: trips\n");
    Origin::authored(&Span::new(&file, 18, 23))
}

/// Texts that some reader of YAML takes for something else, or that a careless printer breaks.
const TRAPS: &[&str] = &[
    "",
    " ",
    "~",
    "-",
    "?",
    ":",
    "=",
    "<<",
    "!",
    "&a",
    "*a",
    "#",
    "|",
    ">",
    "@",
    "`",
    "%YAML 1.1",
    "---",
    "...",
    "- a",
    "? a",
    "a: b",
    "a :b",
    "a:",
    ":a",
    "a #b",
    "a#b",
    "#b",
    "a ",
    " a",
    "a  b",
    "[a]",
    "{a}",
    "a]",
    "a, b",
    "'",
    "''",
    "it's",
    "\"",
    "\\",
    "\\n",
    "on",
    "On",
    "oFF",
    "yes",
    "NO",
    "y",
    "N",
    "true",
    "False",
    "null",
    "Null",
    "NULL",
    "none",
    ".nan",
    ".inf",
    "-.Inf",
    "NaN",
    "0",
    "00",
    "012",
    "012345678901",
    "123456789012",
    "0x1F",
    "0o17",
    "0b11",
    "1_000",
    "+1",
    "-1",
    "1.5",
    "1e3",
    "1.0e+3",
    ".5",
    "5.",
    "10:30",
    "190:20:30.15",
    "2012-10-17",
    "2010-09-09T01:02:03Z",
    "1.0.0",
    "AWS::Kinesis::Stream",
    "arn:aws:s3:::${Bucket}/*",
    "/aws/logs",
    "$LATEST",
    "_",
    "_1",
    "e3",
    "s3:Get*",
    "{{resolve:ssm:/a}}",
    "a\tb",
    "\ta",
    "a\t",
    "\r",
    "a\rb",
    "a\r\nb\r\n",
    "\u{85}",
    "a\u{2028}b",
    "\u{2029}",
    "\u{feff}",
    "\u{feff}a",
    "\0",
    "\u{7f}",
    "\u{9f}",
    "\u{a0}",
    "\u{202e}abc",
    "\u{200b}",
    "コスト",
    "é",
    "😀",
    "\u{fffe}",
    "\u{ffff}",
    "\u{10ffff}",
    "\u{e0001}",
    "\n",
    "\n\n",
    "a\n",
    "a\n\n",
    "a\nb",
    "a\n\nb\n",
    "\na",
    "\n a",
    " a\nb",
    "a\n b\n",
    "\ta\nb",
    "a\n\tb\n",
    "a\n \nb",
    "a \nb",
    "a\n#b\n",
    "#a\nb\n",
    "---\na\n",
    "a\n...\n",
    "- a\n- b\n",
    "a: |\n  b\n",
    "set -e\nmake build\n\n\n",
    "a\u{85}b\nc",
    "Ref",
    "Fn::GetAtt",
    "Fn::Sub",
    "Fn::If",
    "Condition",
    "Type",
    "a/b~c",
    "~1",
    "${A}\n${B}\n",
];

const FUNCTIONS: &[&str] = &[
    "Fn::And",
    "Fn::Base64",
    "Fn::Cidr",
    "Fn::Equals",
    "Fn::FindInMap",
    "Fn::GetAZs",
    "Fn::If",
    "Fn::ImportValue",
    "Fn::Join",
    "Fn::Length",
    "Fn::Not",
    "Fn::Or",
    "Fn::Select",
    "Fn::Split",
    "Fn::ToJsonString",
    "Fn::Transform",
    "Fn::ForEach::Shards",
    "Condition",
];

/// Boxed, as all that is nested: the unboxed trees of proptest fill a test's stack.
pub(crate) fn any_text() -> BoxedStrategy<String> {
    let lines = prop::collection::vec(prop_oneof![4 => "[a-z:#' -]{0,8}", 1 => "[ \t]{0,3}[a-z]*[ \t]{0,2}"], 0..5);
    prop_oneof![
        6 => prop::sample::select(TRAPS).prop_map(str::to_owned),
        3 => "[A-Za-z0-9:/._-]{1,12}",
        3 => "[ -~]{0,16}",
        2 => any::<String>(),
        2 => prop::collection::vec(prop::sample::select(TRAPS), 2..4).prop_map(|parts| parts.concat()),
        3 => (lines, 0..3_usize).prop_map(|(lines, end)| lines.join("\n") + &"\n".repeat(end)),
        1 => "[a-z :]{1020,1040}",
    ]
    .boxed()
}

fn scalar() -> BoxedStrategy<ValueKind> {
    prop_oneof![
        8 => any_text().prop_map(ValueKind::Text),
        1 => any::<bool>().prop_map(ValueKind::Boolean),
        1 => any::<i64>().prop_map(ValueKind::Integer),
        1 => (-20..20_i64).prop_map(ValueKind::Integer),
        1 => any::<f64>().prop_filter("CloudFormation has finite numbers", |it| it.is_finite()).prop_map(ValueKind::Float),
        1 => prop::sample::select(&[0.0, -0.0, 1.0, 0.1, 1e15, 1e16, 1e17, 1.5e-7, 1e300, 5e-324][..]).prop_map(ValueKind::Float),
    ]
    .boxed()
}

fn intrinsic(argument: BoxedStrategy<Value>) -> BoxedStrategy<Intrinsic> {
    prop_oneof![
        2 => any_text().prop_map(Intrinsic::Ref),
        2 => (any_text(), any_text()).prop_map(|(id, attribute)| Intrinsic::GetAtt(id, attribute)),
        2 => any_text().prop_map(|text| Intrinsic::Sub(text, Vec::new())),
        1 => (any_text(), entries(argument.clone())).prop_map(|(text, names)| {
            // A mapping of names must not look like a function.
            Intrinsic::Sub(text, names.into_iter().map(|(name, value)| (format!("n{name}"), value)).collect())
        }),
        4 => (prop::sample::select(FUNCTIONS), argument)
            .prop_map(|(name, argument)| Intrinsic::Call(name.to_owned(), Box::new(argument))),
    ]
    .boxed()
}

pub(crate) fn entries(value: BoxedStrategy<Value>) -> BoxedStrategy<Vec<(String, Value)>> {
    prop::collection::vec((any_text(), value), 0..4)
        .prop_map(|entries| entries.into_iter().collect::<IndexMap<_, _>>().into_iter().collect())
        .boxed()
}

/// Any value that a template can hold.
pub(crate) fn any_value() -> BoxedStrategy<Value> {
    scalar()
        .prop_map(|kind| Value::new(kind, &origin()))
        .prop_recursive(5, 40, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(ValueKind::List),
                entries(inner.clone()).prop_map(ValueKind::Map),
                intrinsic(inner).prop_map(ValueKind::Intrinsic),
            ]
            .prop_map(|kind| Value::new(kind, &origin()).lift_intrinsic())
            .boxed()
        })
        .boxed()
}
