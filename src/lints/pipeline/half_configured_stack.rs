use crate::analysis::System;
use crate::analysis::stages::actions;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "pipeline/half-configured-stack",
        level: Level::Warning,
        page: include_str!("half_configured_stack.md"),
    },
    effect: Effect::Deployment,
    check,
};

/// What each mode needs beside the name of the stack (User Guide, AWS CloudFormation deploy action reference).
static NEEDS: [(&str, &[&str]); 5] = [
    ("CREATE_UPDATE", &["TemplatePath", "RoleArn"]),
    ("REPLACE_ON_FAILURE", &["TemplatePath", "RoleArn"]),
    ("CHANGE_SET_REPLACE", &["ChangeSetName", "TemplatePath", "RoleArn"]),
    ("CHANGE_SET_EXECUTE", &["ChangeSetName"]),
    ("DELETE_ONLY", &["RoleArn"]),
];

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::CodePipeline::Pipeline") {
        for action in actions(&site.resource.properties).iter().filter(|action| action.is("Deploy", "CloudFormation")) {
            let Some((mode, needed)) = action.setting("ActionMode").and_then(|mode| needs(&mode)) else { continue };
            let Some(value) = action.configuration("ActionMode").found() else { continue };
            let lacking = needed.iter().filter(|key| action.configuration(key).is_absent());
            for key in lacking {
                let (what, help) = match *key {
                    "ChangeSetName" => ("the name of the change set", "add `ChangeSetName`"),
                    "TemplatePath" => ("a template", "add `TemplatePath: artifact::file`"),
                    _ => {
                        ("a role that CloudFormation assumes", "add `RoleArn` with a role that may make the resources")
                    }
                };
                let message = format!("the mode `{mode}` needs {what}, and `{key}` is missing");
                findings.push(Diagnostic::new(&LINT.rule, &value.origin.span, message).help(help));
            }
        }
    }
}

fn needs(mode: &str) -> Option<(&'static str, &'static [&'static str])> {
    NEEDS.into_iter().find(|(name, _)| *name == mode)
}
