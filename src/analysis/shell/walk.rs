//! Walks the commands of a script.

use brush_parser::ast::{
    AndOr, AndOrList, Assignment, AssignmentName, AssignmentValue, Command, CommandPrefixOrSuffixItem, CompoundCommand,
    CompoundList, ExtendedTestExpr, IoFileRedirectTarget, IoRedirect, Pipeline, Program, SeparatorOperator,
    SimpleCommand,
};
use brush_parser::{ParserOptions, SourceInfo};

use super::word;
use super::{Call, Script};

/// Commands that set the variables that their arguments name.
const SETTERS: &[&str] = &["declare", "export", "local", "mapfile", "read", "readarray", "readonly", "typeset"];

/// How deep substitutions are followed.
const MAX_SUBSTITUTIONS: usize = 8;

/// Reads `text` into `script`; `None` when it is no shell.
pub(super) fn read(text: &str, depth: usize, script: &mut Script) -> Option<()> {
    if depth > MAX_SUBSTITUTIONS {
        return None;
    }
    let options = ParserOptions::default();
    let tokens = brush_parser::uncached_tokenize_str(text, &options.tokenizer_options()).ok()?;
    let Program { complete_commands } =
        brush_parser::parse_tokens(&tokens, &options, &SourceInfo { source: String::new() }).ok()?;
    let mut walk = Walk { script, depth, readable: true };
    for list in &complete_commands {
        walk.list(list);
    }
    if depth == 0 {
        let items: Vec<_> = complete_commands.iter().flat_map(|list| &list.0).collect();
        let init = items.split_last().map_or(&[][..], |(_, init)| init);
        for item in init {
            if let (list, SeparatorOperator::Sequence) = (&item.0, &item.1)
                && let Some(name) = unchecked(list)
            {
                walk.script.unchecked.push(name);
            }
        }
    }
    walk.readable.then_some(())
}

/// The command whose status a list of one command has, unless the status is turned about or the command cannot fail
/// in a way that matters.
fn unchecked(list: &AndOrList) -> Option<String> {
    let Pipeline { bang: false, seq, .. } = &list.first else { return None };
    if !list.additional.is_empty() {
        return None;
    }
    let Some(Command::Simple(SimpleCommand { word_or_name: Some(name), .. })) = seq.last() else { return None };
    word::literal(&name.value)
}

pub(super) struct Walk<'s> {
    pub(super) script: &'s mut Script,
    depth: usize,
    readable: bool,
}

impl Walk<'_> {
    fn list(&mut self, list: &CompoundList) {
        for item in &list.0 {
            self.and_or(&item.0);
        }
    }

    fn and_or(&mut self, list: &AndOrList) {
        self.pipeline(&list.first);
        for part in &list.additional {
            let (AndOr::And(pipeline) | AndOr::Or(pipeline)) = part;
            self.pipeline(pipeline);
        }
    }

    fn pipeline(&mut self, pipeline: &Pipeline) {
        for command in &pipeline.seq {
            self.command(command);
        }
    }

    fn command(&mut self, command: &Command) {
        match command {
            Command::Simple(simple) => self.simple(simple),
            Command::Compound(compound, redirects) => {
                self.compound(compound);
                self.redirects(redirects.iter().flat_map(|list| &list.0));
            }
            Command::Function(function) => {
                self.compound(&function.body.0);
                self.redirects(function.body.1.iter().flat_map(|list| &list.0));
            }
            Command::ExtendedTest(test, ..) => {
                self.bashism("[[ … ]]");
                self.extended_test(&test.expr);
            }
        }
    }

    fn compound(&mut self, command: &CompoundCommand) {
        match command {
            CompoundCommand::Arithmetic(arithmetic) => {
                self.bashism("(( … ))");
                self.arithmetic(&arithmetic.expr.value);
            }
            CompoundCommand::ArithmeticForClause(clause) => {
                self.bashism("for (( … ))");
                self.list(&clause.body.list);
            }
            CompoundCommand::BraceGroup(group) => self.list(&group.list),
            CompoundCommand::Subshell(subshell) => self.list(&subshell.list),
            CompoundCommand::ForClause(clause) => {
                self.script.assigned.insert(clause.variable_name.clone());
                for value in clause.values.iter().flatten() {
                    self.word(&value.value);
                }
                self.list(&clause.body.list);
            }
            CompoundCommand::CaseClause(clause) => {
                self.word(&clause.value.value);
                for case in &clause.cases {
                    case.patterns.iter().for_each(|pattern| self.word(&pattern.value));
                    case.cmd.iter().for_each(|list| self.list(list));
                }
            }
            CompoundCommand::IfClause(clause) => {
                self.list(&clause.condition);
                self.list(&clause.then);
                for branch in clause.elses.iter().flatten() {
                    branch.condition.iter().for_each(|list| self.list(list));
                    self.list(&branch.body);
                }
            }
            CompoundCommand::WhileClause(clause) | CompoundCommand::UntilClause(clause) => {
                self.list(&clause.0);
                self.list(&clause.1.list);
            }
        }
    }

    fn simple(&mut self, command: &SimpleCommand) {
        let prefix = command.prefix.iter().flat_map(|prefix| &prefix.0);
        for item in prefix {
            self.item(item);
        }
        let mut arguments = Vec::new();
        let mut has_unknown_word = false;
        for item in command.suffix.iter().flat_map(|suffix| &suffix.0) {
            self.item(item);
            match item {
                CommandPrefixOrSuffixItem::Word(word) => {
                    let literal = word::literal(&word.value);
                    has_unknown_word |= literal.is_none();
                    arguments.push(literal);
                }
                CommandPrefixOrSuffixItem::AssignmentWord(_, word) => arguments.push(word::literal(&word.value)),
                CommandPrefixOrSuffixItem::IoRedirect(_) => {}
                CommandPrefixOrSuffixItem::ProcessSubstitution(..) => arguments.push(None),
            }
        }
        let Some(name) = &command.word_or_name else { return };
        self.word(&name.value);
        let call = Call { name: word::literal(&name.value), arguments };
        self.called(&call);
        let sets_any = has_unknown_word && SETTERS.iter().any(|name| call.name.as_deref() == Some(name));
        self.script.opaque |= sets_any || call.name.is_none();
        self.script.calls.push(call);
    }

    fn called(&mut self, call: &Call) {
        let Some(name) = call.name.as_deref() else { return };
        let words = || call.arguments.iter().flatten();
        match name {
            "source" => {
                self.bashism("source");
                self.script.opaque = true;
            }
            "." | "eval" => self.script.opaque = true,
            "export" | "readonly" | "local" | "read" => {
                let names = words().filter(|word| !word.starts_with('-'));
                let names = names.map(|word| word.split(['=', '+']).next().unwrap_or(word).to_owned());
                self.script.assigned.extend(names);
            }
            "declare" | "typeset" | "mapfile" | "readarray" => {
                let known: &'static str = match name {
                    "declare" => "declare",
                    "typeset" => "typeset",
                    "mapfile" => "mapfile",
                    _ => "readarray",
                };
                self.bashism(known);
                self.script.assigned.extend(
                    words()
                        .filter(|word| !word.starts_with('-'))
                        .map(|word| word.split(['=', '+']).next().unwrap_or(word).to_owned()),
                );
            }
            "shopt" => self.bashism("shopt"),
            "pushd" => self.bashism("pushd"),
            "popd" => self.bashism("popd"),
            "let" => self.bashism("let"),
            "trap" if call.has("ERR") => self.bashism("trap … ERR"),
            "[" | "test" if call.has("==") => self.bashism("[ … == … ]"),
            "set" => {
                if call.has("pipefail") {
                    self.bashism("set -o pipefail");
                }
                let flags = words().filter(|word| word.starts_with('-') && !word.starts_with("--"));
                self.script.errexit |= call.has("errexit") || flags.into_iter().any(|flags| flags.contains('e'));
            }
            "printf" => {
                let mut arguments = call.arguments.iter();
                if arguments.next().and_then(Option::as_deref) == Some("-v") {
                    self.bashism("printf -v");
                    self.script.assigned.extend(arguments.next().into_iter().flatten().cloned());
                }
            }
            _ => {}
        }
    }

    fn item(&mut self, item: &CommandPrefixOrSuffixItem) {
        match item {
            CommandPrefixOrSuffixItem::Word(word) => self.word(&word.value),
            CommandPrefixOrSuffixItem::AssignmentWord(assignment, _) => self.assignment(assignment),
            CommandPrefixOrSuffixItem::IoRedirect(redirect) => self.redirects([redirect]),
            CommandPrefixOrSuffixItem::ProcessSubstitution(_, subshell) => {
                self.bashism("<( … )");
                self.list(&subshell.list);
            }
        }
    }

    fn assignment(&mut self, assignment: &Assignment) {
        if assignment.append {
            self.bashism("+=");
        }
        match &assignment.name {
            AssignmentName::VariableName(name) => {
                self.script.assigned.insert(name.clone());
            }
            AssignmentName::ArrayElementName(name, _) => {
                self.bashism("an array");
                self.script.assigned.insert(name.clone());
            }
        }
        match &assignment.value {
            AssignmentValue::Scalar(word) => self.word(&word.value),
            AssignmentValue::Array(items) => {
                self.bashism("an array");
                for (_, item) in items {
                    self.word(&item.value);
                }
            }
        }
    }

    fn redirects<'r>(&mut self, redirects: impl IntoIterator<Item = &'r IoRedirect>) {
        for redirect in redirects {
            match redirect {
                IoRedirect::File(
                    _,
                    _,
                    IoFileRedirectTarget::Filename(word) | IoFileRedirectTarget::Duplicate(word),
                ) => {
                    self.word(&word.value);
                }
                IoRedirect::File(_, _, IoFileRedirectTarget::Fd(_)) => {}
                IoRedirect::File(_, _, IoFileRedirectTarget::ProcessSubstitution(_, subshell)) => {
                    self.bashism("<( … )");
                    self.list(&subshell.list);
                }
                IoRedirect::HereDocument(_, document) => {
                    if document.requires_expansion {
                        self.word(&document.doc.value);
                    }
                }
                IoRedirect::HereString(_, word) => {
                    self.bashism("<<<");
                    self.word(&word.value);
                }
                IoRedirect::OutputAndError(word, _) => {
                    self.bashism("&>");
                    self.word(&word.value);
                }
            }
        }
    }

    fn extended_test(&mut self, test: &ExtendedTestExpr) {
        match test {
            ExtendedTestExpr::And(left, right) | ExtendedTestExpr::Or(left, right) => {
                self.extended_test(left);
                self.extended_test(right);
            }
            ExtendedTestExpr::Not(inner) | ExtendedTestExpr::Parenthesized(inner) => self.extended_test(inner),
            ExtendedTestExpr::UnaryTest(_, word) => self.word(&word.value),
            ExtendedTestExpr::BinaryTest(_, left, right) => {
                self.word(&left.value);
                self.word(&right.value);
            }
        }
    }

    /// The commands of a substitution.
    pub(super) fn substitution(&mut self, text: &str) {
        self.readable &= read(text, self.depth + 1, self.script).is_some();
    }

    /// Names in an arithmetic expression are variables.
    pub(super) fn arithmetic(&mut self, text: &str) {
        let names = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        let names = names.filter(|name| name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_'));
        self.script.read.extend(names.map(str::to_owned));
    }

    pub(super) fn bashism(&mut self, name: &'static str) {
        self.script.bashisms.insert(name);
    }

    pub(super) fn unreadable(&mut self) {
        self.readable = false;
    }
}
