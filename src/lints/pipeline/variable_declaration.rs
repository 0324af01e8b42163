use crate::analysis::System;
use crate::analysis::stages::{counted, text_at};
use crate::analysis::value::{look, text};
use crate::desired::Value;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "pipeline/variable-declaration",
        level: Level::Error,
        page: include_str!("variable_declaration.md"),
    },
    effect: Effect::Deployment,
    check,
};

const VARIABLES: usize = 50;
/// In characters.
const NAME: usize = 128;
/// In characters.
const DEFAULT: usize = 1000;

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::CodePipeline::Pipeline") {
        let Some(variables) = counted(&site.resource.properties, "/Variables") else { continue };
        for (at, variable) in variables.iter().enumerate() {
            findings.extend(name(variable));
            findings.extend(default(variable));
            findings.extend(twice(&variables[..at], variable));
        }
        if let Some(first) = variables.get(VARIABLES) {
            let message = format!("a pipeline has at most {VARIABLES} variables");
            findings.push(Diagnostic::new(&LINT.rule, &first.origin.span, message).help("remove some variables"));
        }
    }
}

fn name(variable: &Value) -> Option<Diagnostic> {
    let value = look(variable, "/Name").found()?;
    let name = text(value)?;
    let plain = name.chars().all(|letter| letter.is_ascii_alphanumeric() || "@-_".contains(letter));
    let fits = plain && (1..=NAME).contains(&name.chars().count());
    (!fits).then(|| {
        let message = format!("`{name}` is no name of a variable");
        let help = format!("write 1 to {NAME} letters, digits, `@`, `-` and `_`");
        Diagnostic::new(&LINT.rule, &value.origin.span, message).help(help)
    })
}

fn default(variable: &Value) -> Option<Diagnostic> {
    let value = look(variable, "/DefaultValue").found()?;
    let length = text(value)?.chars().count();
    let message = format!("a default has 1 to {DEFAULT} characters, and this one has {length}");
    let found = Diagnostic::new(&LINT.rule, &value.origin.span, message);
    let help = match length {
        0 => "write a value that stands for none, e.g. `none`, and look for it where the variable is read",
        _ => "write a shorter default, e.g. where the value is found",
    };
    (!(1..=DEFAULT).contains(&length)).then(|| found.help(help))
}

fn twice(earlier: &[Value], variable: &Value) -> Option<Diagnostic> {
    let value = look(variable, "/Name").found()?;
    let name = text(value)?;
    let other = earlier.iter().find(|other| text_at(other, "/Name").as_ref() == Some(&name))?;
    let message = format!("the pipeline has a variable `{name}` already");
    let found = Diagnostic::new(&LINT.rule, &value.origin.span, message);
    Some(found.related(&other.origin.span, "the other one").help("give it another name, or remove it"))
}
