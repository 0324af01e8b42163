//! A module by itself: checked as if it were a document, and by the tests that it brings along.

use crate::diagnostic::Diagnostic;
use crate::record;
use crate::source::{Located, SourceFile, Span};
use crate::spec::decode::Decoder;
use crate::spec::document::{self, Document, Section, section_schema};
use crate::spec::free::FreeMap;
use crate::spec::modules::inputs::Input;
use crate::spec::modules::patterns::InnerPath;
use crate::spec::modules::scope::{Scope, Values, names};
use crate::spec::modules::{Call, ModuleVersion, Output, Reading, VERSION, child, entries, entries_of};
use crate::spec::scalars::{AnyText, Mapping, Matching, Name, OneOrMany, Pattern, PlainText, Scalar};
use crate::spec::schema::{json_schema, or_expression};
use crate::spec::{Param, Shape, object, rules};
use crate::syntax::{self, Entry, Key, Node, Value};

/// The document that stands around a module while it is checked.
const AROUND: &str =
    "tidegate: 1\nname: module\nenvironments:\n  test: {account: \"111122223333\", region: us-east-1}\n";

/// What a test calls the module.
const INSTANCE: &str = "it";

record! {
    /// One use of the module, and what must come of it.
    pub struct WrittenTest {
        /// What the test is about.
        optional description: PlainText = "description",
        /// The inputs of the module.
        optional with: Mapping<Name, OneOrMany<Scalar>> = "with",
        /// What stands around the module: sections and `params` of a document.
        optional given: FreeMap = "given",
        /// Files beside the document, by path, that `each` and `code` may look for.
        optional files: Mapping<InnerPath, AnyText> = "files",
        /// The rule that must refuse it; without it, nothing may.
        optional refused: Matching<RuleName> = "refused",
    }
}

/// A module used as a test says.
pub struct Test {
    pub name: Located<String>,
    /// The document that uses the module.
    pub root: Node,
    /// Files beside it, by path.
    pub files: Vec<(String, String)>,
    /// The rule that must refuse it.
    pub refused: Option<Located<String>>,
}

/// Reads a module as a document of its own, with the tests that it brings along. `path` is that of its file.
///
/// Inputs without a default have no value here: what needs them is known by name only.
pub fn decode_module<T>(root: &Node, sections: &[&Section<T>], decoder: &mut Decoder) -> (Document<T>, Vec<Test>) {
    let around = syntax::parse(&SourceFile::new("pipeline.yaml", AROUND)).root;
    let mut document = document::decode(&around, sections, decoder);
    let mut things = Vec::new();
    let mut reading = Reading::new(sections, &root.span, &mut things);
    let scope = Scope { is_module: true, ..Scope::default() };
    let read = reading.module(root, scope, None, &Values::new(), decoder);
    document.things = things;
    if let Some((_, scope)) = read {
        report_unused_inputs(root, &scope, decoder);
    }
    let tests = child(root, "tests").map(|node| tests(node, &around, &root.span, decoder)).unwrap_or_default();
    (document, tests)
}

fn report_unused_inputs(root: &Node, scope: &Scope, decoder: &mut Decoder) {
    let mut used = Vec::new();
    for entry in entries(root).iter().filter(|entry| !["inputs", "tests"].contains(&entry.key.text.as_str())) {
        names(&entry.value, &mut |name| used.extend(name.split('.').nth(1).map(str::to_owned)));
    }
    let declared = entries_of(child(root, "inputs")).iter().map(|entry| &entry.key);
    for key in declared.filter(|key| scope.inputs.contains_key(&key.text) && !used.contains(&key.text)) {
        let message = format!("nothing uses the input `{}`", key.text);
        let found = Diagnostic::new(&rules::UNUSED_INPUT, &key.span, message).label("not used");
        decoder.report(found.help(format!("write `${{{{ inputs.{} }}}}` where it belongs, or remove it", key.text)));
    }
}

fn tests(node: &Node, around: &Node, module: &Span, decoder: &mut Decoder) -> Vec<Test> {
    let (references, expressions) = (decoder.references.len(), decoder.expressions.len());
    let written = <Mapping<Name, WrittenTest>>::decode(node, decoder);
    decoder.references.truncate(references);
    decoder.expressions.truncate(expressions);
    let file = module.path().rsplit('/').next().unwrap_or_default();
    let tests = written.map(|tests| tests.entries).unwrap_or_default().into_iter().map(|(name, test)| {
        let written = child(node, &name.value);
        let files = test.value.files.into_iter().flat_map(|files| files.value.entries);
        Test {
            root: using(around, file, &name.span, written),
            files: files.map(|(path, text)| (path.value, text.value.0)).collect(),
            refused: test.value.refused.map(|rule| rule.map(|rule| rule.text)),
            name,
        }
    });
    tests.collect()
}

/// The document of a test.
fn using(around: &Node, file: &str, at: &Span, test: Option<&Node>) -> Node {
    let node = |value| Node { span: at.clone(), value, tag: None, used_at: None };
    let entry = |key: &str, value| Entry { key: Key { text: key.to_owned(), span: at.clone() }, value };
    let from = node(Value::Scalar(syntax::Scalar { text: file.to_owned(), plain: false }));
    let with = test.and_then(|test| child(test, "with")).map(|with| entry("with", with.clone()));
    let call = Value::Map([entry("from", from)].into_iter().chain(with).collect());
    let modules = entry("modules", node(Value::Map(vec![entry(INSTANCE, node(call))])));
    let given = test.and_then(|test| child(test, "given")).map(entries).unwrap_or_default();
    let whole = entries(around).iter().chain(given).cloned().chain([modules]).collect();
    Node { span: at.clone(), value: Value::Map(whole), tag: None, used_at: None }
}

/// The JSON Schema of a module with these sections.
pub fn module_schema<T>(sections: &[&Section<T>]) -> serde_json::Value {
    let mut schema = json_schema("Tidegate module.yaml", |definitions| {
        definitions.sections = sections.iter().map(|section| section.key).collect();
        let test = <Mapping<Name, WrittenTest>>::schema(definitions);
        let mut given = vec![("params", "Inputs of the document.", false, <Mapping<Name, Param>>::schema(definitions))];
        let mut fields = vec![
            (VERSION, "The version of modules: 1.", true, ModuleVersion::schema(definitions)),
            ("description", "What the module makes.", true, PlainText::schema(definitions)),
            ("inputs", "What its user gives.", false, <Mapping<Name, Input>>::schema(definitions)),
            ("outputs", "What others may refer to.", false, <Mapping<Name, Output>>::schema(definitions)),
            ("modules", "Modules that this one uses.", false, <Mapping<Name, Call>>::schema(definitions)),
            ("tests", "Uses of the module, and what must come of them.", false, test.clone()),
        ];
        for section in sections {
            let things = section_schema(section, definitions);
            given.push((section.key, section.doc, false, things.clone()));
            fields.push((section.key, section.doc, false, things));
        }
        let given = object("What stands around the module.", given, &[]);
        definitions.allow(&test["additionalProperties"], "given", "What stands around the module.", given);
        object("Things that documents make as often as they need them.", fields, &[])
    });
    or_expression(&mut schema);
    schema
}

/// The name of a rule.
#[derive(Clone, Copy, Debug)]
pub struct RuleName;

impl Pattern for RuleName {
    const REGEX: &'static str = "^[a-z][a-z0-9-]*/[a-z][a-z0-9-]*$";
    const EXPECTED: &'static str = "the name of a rule";
    const EXAMPLE: &'static str = "modules/input";

    fn matches(text: &str) -> bool {
        let is_word = |part: &str| {
            part.starts_with(|first: char| first.is_ascii_lowercase())
                && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        };
        text.split_once('/').is_some_and(|(area, name)| is_word(area) && is_word(name))
    }
}
