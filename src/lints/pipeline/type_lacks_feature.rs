use crate::analysis::System;
use crate::analysis::stages::{Moment, actions, certain};
use crate::analysis::value::{Look, is_intrinsic, look, text};
use crate::desired::Value;
use crate::diagnostic::{Diagnostic, Level, Rule, Safety};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "pipeline/type-lacks-feature",
        level: Level::Warning,
        page: include_str!("type_lacks_feature.md"),
    },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::CodePipeline::Pipeline") {
        let pipeline = &site.resource.properties;
        let written = match look(pipeline, "/PipelineType") {
            Look::Absent => None,
            Look::Found(value) if text(value).as_deref() == Some("V1") => Some(value),
            Look::Found(_) | Look::Unknown => continue,
        };
        let Some((what, place)) = feature(pipeline) else { continue };
        let message = match written {
            Some(_) => format!("the pipeline is of type V1, and {what} only in type V2"),
            None => format!("without `PipelineType` the pipeline may be of type V1, and {what} only in type V2"),
        };
        let span = written.map_or(&site.resource.origin.span, |value| &value.origin.span);
        let edits = written.and_then(|_| system.editor(span)?.replace_scalar(span, "V2"));
        findings.push(
            Diagnostic::new(&LINT.rule, span, message)
                .related(place.key_span(), "what type V1 does not have")
                .help("write `PipelineType: V2`")
                .fix("write `PipelineType: V2`", Safety::Unsafe, edits.unwrap_or_default()),
        );
    }
}

/// The first thing of a pipeline that type V1 surely does not have.
fn feature(pipeline: &Value) -> Option<(String, &Value)> {
    for (key, what) in [("Variables", "there are variables"), ("Triggers", "there are triggers")] {
        if let Look::Found(value) = look(pipeline, &format!("/{key}"))
            && !certain(pipeline, &format!("/{key}")).is_empty()
        {
            return Some((what.to_owned(), value));
        }
    }
    let mode = look(pipeline, "/ExecutionMode").found();
    if let Some((value, mode)) = mode.and_then(|value| Some((value, text(value)?)))
        && ["QUEUED", "PARALLEL"].contains(&mode.as_ref())
    {
        return Some((format!("there is a mode `{mode}`"), value));
    }
    for stage in certain(pipeline, "/Stages") {
        for key in [Moment::BeforeEntry, Moment::OnSuccess, Moment::OnFailure].map(Moment::key) {
            if let Look::Found(value) = look(stage, &format!("/{key}"))
                && !is_intrinsic(value)
            {
                return Some((format!("a stage takes `{key}`"), value));
            }
        }
    }
    actions(pipeline).into_iter().find_map(|action| {
        let known = action.facts().filter(|known| known.needs_v2())?;
        let provider = look(action.value, "/ActionTypeId/Provider").found()?;
        Some((format!("there are actions `{}`", known.provider()), provider))
    })
}
