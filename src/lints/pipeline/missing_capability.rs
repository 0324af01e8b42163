use crate::analysis::buildspec::entry;
use crate::analysis::delivered::{resources, template, type_of};
use crate::analysis::stages::{Action, actions};
use crate::analysis::value::text;
use crate::analysis::{Site, System};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};
use crate::source::Span;
use crate::syntax::{Entry, Node, Value};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "pipeline/missing-capability",
        level: Level::Warning,
        page: include_str!("missing_capability.md"),
    },
    effect: Effect::Run,
    check,
};

const IAM: &str = "CAPABILITY_IAM";
const NAMED_IAM: &str = "CAPABILITY_NAMED_IAM";
const AUTO_EXPAND: &str = "CAPABILITY_AUTO_EXPAND";

/// The types that need a capability, and the property that names a resource (CloudFormation API Reference, CreateStack,
/// `Capabilities`).
static TYPES: [(&str, Option<&str>); 7] = [
    ("AWS::IAM::AccessKey", None),
    ("AWS::IAM::Group", Some("GroupName")),
    ("AWS::IAM::InstanceProfile", Some("InstanceProfileName")),
    ("AWS::IAM::ManagedPolicy", Some("ManagedPolicyName")),
    ("AWS::IAM::Policy", None),
    ("AWS::IAM::Role", Some("RoleName")),
    ("AWS::IAM::User", Some("UserName")),
];

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::CodePipeline::Pipeline") {
        // The compiler knows what its own templates need.
        if !site.stack.deployments.is_empty() {
            continue;
        }
        let actions = actions(&site.resource.properties);
        for action in actions.iter().filter(|action| action.is("Deploy", "CloudFormation")) {
            findings.extend(missing(system, site, &actions, action));
        }
    }
}

fn missing<'a>(system: &System<'a>, site: Site<'a>, actions: &[Action<'a>], action: &Action<'a>) -> Option<Diagnostic> {
    let mode = action.setting("ActionMode")?;
    let makes = ["CREATE_UPDATE", "REPLACE_ON_FAILURE"].contains(&mode.as_ref());
    if !makes && mode != "CHANGE_SET_REPLACE" {
        return None;
    }
    let capabilities = action.configuration("Capabilities");
    let written = match capabilities.found() {
        Some(value) => Some(text(value)?),
        None => capabilities.is_absent().then_some(None)?,
    };
    let has = |name: &str| written.as_ref().is_some_and(|text| text.split(',').any(|part| part.trim() == name));
    let template = template(system, site, actions, action)?;
    let named = resources(&template).find_map(named);
    let (wanted, at, why) = if let Some(at) = named.filter(|_| !has(NAMED_IAM)) {
        (NAMED_IAM, at, "this names an IAM resource")
    } else if let Some(resource) = resources(&template).find(|it| is_iam(it)).filter(|_| !has(IAM) && !has(NAMED_IAM)) {
        (IAM, resource.key.span.clone(), "this is an IAM resource")
    } else if let Some(at) = transform(&template).filter(|_| makes && !has(AUTO_EXPAND)) {
        (AUTO_EXPAND, at, "this macro rewrites the template")
    } else {
        return None;
    };
    let message = format!("the template of the stack needs `{wanted}`, without which CloudFormation refuses it");
    let path = action.configuration("TemplatePath").found()?;
    let value = capabilities.found();
    let span = value.map_or(&path.origin.span, |value| &value.origin.span);
    let kept = written.as_deref().filter(|text| !text.is_empty()).map(|text| {
        let kept = text.split(',').map(str::trim).filter(|name| wanted != NAMED_IAM || *name != IAM);
        kept.map(|name| format!("{name},")).collect::<String>()
    });
    let help = match kept {
        Some(kept) => format!("write `{kept}{wanted}`"),
        None => format!("add `Capabilities: {wanted}` to the configuration"),
    };
    Some(Diagnostic::new(&LINT.rule, span, message).related(&at, why).help(help))
}

fn is_iam(resource: &Entry) -> bool {
    let kind = type_of(resource);
    TYPES.iter().any(|(name, _)| *name == kind)
}

/// Where an IAM resource gets a name of its own.
fn named(resource: &Entry) -> Option<Span> {
    let kind = type_of(resource);
    let (_, Some(property)) = TYPES.iter().find(|(name, _)| *name == kind)? else { return None };
    let properties = entry(&resource.value, "Properties")?;
    let name = entry(&properties.value, property)?;
    // `!If` may choose no name.
    let known = matches!(name.value.value, Value::Scalar(_)) && name.value.tag.as_deref() != Some("!Ref");
    known.then(|| name.key.span.clone())
}

fn transform(template: &Node) -> Option<Span> {
    entry(template, "Transform").map(|transform| transform.key.span.clone())
}
