use crate::analysis::System;
use crate::analysis::value::{look, text_at};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "lambda/runtime-of-image", level: Level::Error, page: include_str!("runtime_of_image.md") },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::Lambda::Function") {
        let properties = &site.resource.properties;
        if text_at(properties, "/PackageType").as_deref() != Some("Image") {
            continue;
        }
        let Some(package) = look(properties, "/PackageType").found() else { continue };
        for name in ["Handler", "Layers", "Runtime"] {
            let Some(value) = look(properties, &format!("/{name}")).found() else { continue };
            let message = format!("`{name}` is part of a container image, and Lambda refuses it beside one");
            let help = match name {
                "Handler" => "remove `Handler`, or set `ImageConfig.Command`".to_owned(),
                _ => format!("remove `{name}`"),
            };
            findings.push(
                Diagnostic::new(&LINT.rule, value.key_span(), message)
                    .related(&package.origin.span, "the code is an image")
                    .help(help),
            );
        }
    }
}
