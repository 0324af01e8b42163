//! Canonical YAML for CloudFormation, whose reader is one of YAML **1.1**.
//!
//! Block style with two spaces; short tags (`!Ref Trips`) except where YAML forbids two of them in a row; texts of
//! several lines as literal blocks; no folding, no trailing blanks.

use super::yaml_scalar::{float, inline, literal};
use super::{Printed, Writer, unique};
use crate::desired::{Intrinsic, Origin, Value, ValueKind};

/// The functions that every reader of CloudFormation's YAML knows as a tag, without `Fn::`.
const TAGS: &[&str] = &[
    "And",
    "Base64",
    "Cidr",
    "Equals",
    "FindInMap",
    "GetAZs",
    "If",
    "ImportValue",
    "Join",
    "Not",
    "Or",
    "Select",
    "Split",
    "Transform",
];

/// YAML readers take a key for one only where its `:` comes within 1024 characters; longer ones need a `?`.
const LONGEST_SIMPLE_KEY: usize = 1000;

/// Prints a document with keys in the order given; each line of `header` becomes a comment above it.
pub fn print(value: &Value, header: Option<&str>) -> Printed {
    let printed = document(value, header, true);
    // A last block that keeps its blank lines would leave them at the end of the file, where editors remove them.
    if printed.text.ends_with("\n\n") { document(value, header, false) } else { printed }
}

fn document(value: &Value, header: Option<&str>, keep_blank_lines: bool) -> Printed {
    let mut printer = Printer { out: Writer::new(), keep_blank_lines };
    for line in header.map(|header| header.trim_end().lines()).into_iter().flatten() {
        let comment: String = line.chars().map(|c| if is_break_or_control(c) { ' ' } else { c }).collect();
        printer.out.push(format!("# {comment}").trim_end());
        printer.out.push("\n");
    }
    printer.out.map(&value.origin);
    printer.node(value, 0, After::Nothing);
    printer.out.finish()
}

fn is_break_or_control(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

/// What stands before a node on its line.
#[derive(Clone, Copy, PartialEq)]
enum After {
    Nothing,
    Dash,
    /// `key:`, a tag, or both.
    Word,
}

struct Printer {
    out: Writer,
    keep_blank_lines: bool,
}

impl Printer {
    /// Prints a node whose own entries, if it has any, begin in column `indent` (0-based).
    fn node(&mut self, value: &Value, indent: usize, after: After) {
        match &value.kind {
            ValueKind::Boolean(value) => self.word(&value.to_string(), after),
            ValueKind::Integer(value) => self.word(&value.to_string(), after),
            ValueKind::Float(value) => self.word(&float(*value), after),
            ValueKind::Text(text) => self.text(text, indent, after),
            ValueKind::List(items) if items.is_empty() => self.word("[]", after),
            ValueKind::List(items) => self.list(items, indent, after),
            ValueKind::Map(entries) if entries.is_empty() => self.word("{}", after),
            ValueKind::Map(entries) => self.map(entries, indent, after),
            ValueKind::Intrinsic(intrinsic) => {
                // An intrinsic is one node: what is mapped inside it is forgotten.
                let mapped = self.out.mappings.len();
                self.intrinsic(intrinsic, &value.origin, indent, after);
                self.out.mappings.truncate(mapped);
            }
        }
    }

    fn word(&mut self, word: &str, after: After) {
        self.lead(after);
        self.out.push(word);
        self.out.push("\n");
    }

    fn lead(&mut self, after: After) {
        if after != After::Nothing {
            self.out.push(" ");
        }
    }

    fn text(&mut self, text: &str, indent: usize, after: After) {
        let Some(block) = literal(text).filter(|block| self.keep_blank_lines || *block != "|+") else {
            return self.word(&inline(text), after);
        };
        self.word(block, after);
        for line in text.strip_suffix('\n').unwrap_or(text).split('\n') {
            if !line.is_empty() {
                self.out.spaces(indent.max(2));
            }
            self.out.push(line);
            self.out.push("\n");
        }
    }

    /// Goes to where the entry with this index begins: the first one may share a line with the dash before it.
    fn begin_entry(&mut self, index: usize, indent: usize, after: After) {
        match (index, after) {
            (0, After::Nothing | After::Dash) => self.lead(after),
            (0, After::Word) => {
                self.out.push("\n");
                self.out.spaces(indent);
            }
            _ => self.out.spaces(indent),
        }
    }

    fn list(&mut self, items: &[Value], indent: usize, after: After) {
        for (index, item) in items.iter().enumerate() {
            self.begin_entry(index, indent, after);
            self.out.push("-");
            let mark = self.out.enter(&index.to_string());
            self.out.map(&item.origin);
            self.node(item, indent + 2, After::Dash);
            self.out.leave(mark);
        }
    }

    fn map(&mut self, entries: &[(String, Value)], indent: usize, after: After) {
        for (index, (key, value)) in unique(entries).into_iter().enumerate() {
            self.begin_entry(index, indent, after);
            let mark = self.out.enter(key);
            self.out.map(&value.origin);
            let key = inline(key);
            if key.len() <= LONGEST_SIMPLE_KEY {
                self.out.push(&key);
            } else {
                self.out.push(&format!("? {key}\n"));
                self.out.spaces(indent);
            }
            self.out.push(":");
            self.node(value, indent + 2, After::Word);
            self.out.leave(mark);
        }
    }

    fn intrinsic(&mut self, intrinsic: &Intrinsic, origin: &Origin, indent: usize, after: After) {
        match intrinsic {
            Intrinsic::Ref(name) => self.tagged("!Ref", &Value::text(name, origin), indent, after),
            Intrinsic::GetAtt(id, attribute) if id.contains('.') => {
                let parts = vec![Value::text(id, origin), Value::text(attribute, origin)];
                self.tagged("!GetAtt", &Value::list(parts, origin), indent, after);
            }
            Intrinsic::GetAtt(id, attribute) => {
                self.tagged("!GetAtt", &Value::text(format!("{id}.{attribute}"), origin), indent, after);
            }
            Intrinsic::Sub(text, names) if names.is_empty() => {
                self.tagged("!Sub", &Value::text(text, origin), indent, after);
            }
            Intrinsic::Sub(text, names) => {
                let names = Value::new(ValueKind::Map(names.clone()), origin);
                self.tagged("!Sub", &Value::list(vec![Value::text(text, origin), names], origin), indent, after);
            }
            Intrinsic::Call(name, argument) => match short_tag(name, argument) {
                Some(tag) => self.tagged(&tag, argument, indent, after),
                None => self.map(&[(name.clone(), Value::clone(argument))], indent, after),
            },
        }
    }

    fn tagged(&mut self, tag: &str, argument: &Value, indent: usize, after: After) {
        self.lead(after);
        self.out.push(tag);
        self.node(argument, indent.max(2), After::Word);
    }
}

/// The tag of a function, where its argument may follow one.
fn short_tag(name: &str, argument: &Value) -> Option<String> {
    match (name, &argument.kind) {
        // Readers differ on whether a tagged scalar that looks like a number is one.
        (_, ValueKind::Boolean(_) | ValueKind::Integer(_) | ValueKind::Float(_) | ValueKind::Intrinsic(_)) => None,
        ("Condition", ValueKind::Text(_)) => Some("!Condition".to_owned()),
        _ => {
            let short = name.strip_prefix("Fn::")?;
            TAGS.contains(&short).then(|| format!("!{short}"))
        }
    }
}
