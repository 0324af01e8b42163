use crate::analysis::System;
use crate::analysis::stages::{Action, actions};
use crate::analysis::value::{Look, alternatives, text};
use crate::desired::Value;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "pipeline/half-configured-action",
        level: Level::Warning,
        page: include_str!("half_configured_action.md"),
    },
    effect: Effect::Deployment,
    check,
};

/// A setting that asks for another one of the same action.
struct Pair {
    action: (&'static str, &'static str),
    setting: &'static str,
    /// The values for which it does; any when there are none.
    values: &'static [&'static str],
    wanted: &'static str,
}

const fn pair(
    action: (&'static str, &'static str),
    setting: &'static str,
    values: &'static [&'static str],
    wanted: &'static str,
) -> Pair {
    Pair { action, setting, values, wanted }
}

/// From the page of each action in the User Guide.
static PAIRS: &[Pair] = &[
    pair(("Build", "CodeBuild"), "CombineArtifacts", &["true"], "BatchEnabled"),
    pair(("Test", "CodeBuild"), "CombineArtifacts", &["true"], "BatchEnabled"),
    pair(("Deploy", "Lambda"), "PublishedTargetVersion", &[], "FunctionAlias"),
    pair(("Deploy", "CloudFormationStackSet"), "DeploymentTargets", &[], "Regions"),
    pair(("Deploy", "CloudFormationStackSet"), "Regions", &[], "DeploymentTargets"),
    pair(("Deploy", "CloudFormationStackInstances"), "Regions", &[], "DeploymentTargets"),
    pair(("Deploy", "EKS"), "HelmReleaseName", &[], "HelmChartLocation"),
    pair(("Deploy", "EKS"), "HelmChartLocation", &[], "HelmReleaseName"),
    pair(("Deploy", "CodeDeployToECS"), "Image1ArtifactName", &[], "Image1ContainerName"),
    pair(("Deploy", "CodeDeployToECS"), "Image1ContainerName", &[], "Image1ArtifactName"),
    pair(("Invoke", "InspectorScan"), "InspectorRunMode", &["ECRImageScan"], "ECRRepositoryName"),
];

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::CodePipeline::Pipeline") {
        for action in actions(&site.resource.properties) {
            findings.extend(PAIRS.iter().filter_map(|pair| lacking(&action, pair)));
            findings.extend(strategy(&action));
        }
    }
}

fn lacking(action: &Action<'_>, pair: &Pair) -> Option<Diagnostic> {
    if !action.is(pair.action.0, pair.action.1) || !action.configuration(pair.wanted).is_absent() {
        return None;
    }
    let Look::Found(value) = action.configuration(pair.setting) else { return None };
    let asks = match pair.values {
        // `Fn::If` may choose `AWS::NoValue`.
        [] => alternatives(value) == [value],
        values => text(value).is_some_and(|text| values.contains(&text.as_ref())),
    };
    asks.then(|| finding(value, pair.setting, pair.wanted))
}

/// A strategy shifts traffic of an alias.
fn strategy(action: &Action<'_>) -> Option<Diagnostic> {
    if !action.is("Deploy", "Lambda") || !action.configuration("FunctionAlias").is_absent() {
        return None;
    }
    let value = action.configuration("DeployStrategy").found()?;
    text(value).filter(|strategy| strategy != "AllAtOnce" && !strategy.contains("#{"))?;
    Some(finding(value, "DeployStrategy", "FunctionAlias"))
}

fn finding(value: &Value, setting: &str, wanted: &str) -> Diagnostic {
    let message = format!("`{setting}` does nothing without `{wanted}`, and AWS is likely to refuse it");
    let help = format!("add `{wanted}`, or remove `{setting}`");
    Diagnostic::new(&LINT.rule, value.key_span(), message).help(help)
}
