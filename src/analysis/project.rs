//! A CodeBuild project as it stands in a template.

use std::borrow::Cow;

use super::buildspec::Buildspec;
use super::value::{Look, boolean, integer, items, look, target, text};
use super::{Site, System};
use crate::desired::Value;

/// An `AWS::CodeBuild::Project`.
#[derive(Clone, Copy)]
pub struct Project<'a> {
    pub site: Site<'a>,
}

/// What a setting is: a project may leave it out, and an intrinsic may hide it.
#[derive(Clone, Debug)]
pub enum Setting<'a, T> {
    Absent,
    Known(T, &'a Value),
    Unknown,
}

impl<'a, T> Setting<'a, T> {
    pub fn known(self) -> Option<(T, &'a Value)> {
        match self {
            Setting::Known(known, value) => Some((known, value)),
            _ => None,
        }
    }
}

impl<'a> Project<'a> {
    /// What stands at a JSON pointer below the properties.
    pub fn look(&self, pointer: &str) -> Look<'a> {
        look(&self.site.resource.properties, pointer)
    }

    /// A setting that is text.
    pub fn text(&self, pointer: &str) -> Setting<'a, Cow<'a, str>> {
        self.setting(pointer, text)
    }

    /// A setting that is true or false.
    pub fn boolean(&self, pointer: &str) -> Setting<'a, bool> {
        self.setting(pointer, boolean)
    }

    fn setting<T>(&self, pointer: &str, read: impl Fn(&'a Value) -> Option<T>) -> Setting<'a, T> {
        match self.look(pointer) {
            Look::Absent => Setting::Absent,
            Look::Unknown => Setting::Unknown,
            Look::Found(value) => read(value).map_or(Setting::Unknown, |known| Setting::Known(known, value)),
        }
    }

    /// `LINUX_CONTAINER`
    pub fn environment_type(&self) -> Option<(Cow<'a, str>, &'a Value)> {
        self.text("/Environment/Type").known()
    }

    /// `aws/codebuild/standard:7.0`
    pub fn image(&self) -> Option<(Cow<'a, str>, &'a Value)> {
        self.text("/Environment/Image").known()
    }

    /// Whether the environment's type is known and holds `part`, e.g. `LAMBDA` or `WINDOWS`.
    pub fn runs_on(&self, part: &str) -> bool {
        self.environment_type().is_some_and(|(name, _)| name.contains(part))
    }
}

/// An action of a pipeline that runs a project of the same stack.
#[derive(Clone, Copy)]
pub struct Run<'a> {
    pub action: &'a Value,
    /// The logical id of the pipeline, and the index of the stage.
    pub stage: (&'a str, usize),
    /// `None` when it is known only at deployment.
    pub order: Option<i64>,
}

impl<'a> System<'a> {
    /// The actions that run a project, as far as the template says so.
    pub fn runs(&self, project: &Project<'a>) -> Vec<Run<'a>> {
        let name = project.text("/Name").known().map(|(name, _)| name);
        let is_it = |value: &Value| {
            target(value) == Some(project.site.id) || text(value).is_some_and(|text| Some(text) == name)
        };
        let mut runs = Vec::new();
        for site in self.of_type("AWS::CodePipeline::Pipeline") {
            let Some(stages) = look(&site.resource.properties, "/Stages").found() else { continue };
            for (index, stage) in items(stages).into_iter().enumerate() {
                let actions = look(stage, "/Actions").found().map(items).unwrap_or_default();
                let running = actions.into_iter().filter(|action| {
                    let provider = look(action, "/ActionTypeId/Provider").found().and_then(text);
                    let project = look(action, "/Configuration/ProjectName").found();
                    provider.as_deref() == Some("CodeBuild") && project.is_some_and(is_it)
                });
                runs.extend(running.map(|action| Run {
                    action,
                    stage: (site.id, index),
                    order: match look(action, "/RunOrder") {
                        Look::Absent => Some(1),
                        Look::Found(order) => integer(order),
                        Look::Unknown => None,
                    },
                }));
            }
        }
        runs
    }

    /// The buildspec that an action runs, when its text stands in a project of this file and no other is meant.
    pub fn buildspec_of(&self, action: &'a Value) -> Option<&Buildspec<'a>> {
        look(action, "/Configuration/BuildspecOverride").is_absent().then_some(())?;
        let mut projects =
            self.projects().filter(|project| self.runs(project).iter().any(|run| std::ptr::eq(run.action, action)));
        let (project, None) = (projects.next()?, projects.next()) else { return None };
        self.buildspecs().iter().find(|buildspec| {
            buildspec.faults.is_empty()
                && buildspec.project.is_some_and(|holder| std::ptr::eq(holder.site.resource, project.site.resource))
        })
    }

    /// Every CodeBuild project of all stacks.
    pub fn projects(&self) -> impl Iterator<Item = Project<'a>> {
        self.of_type("AWS::CodeBuild::Project").map(|site| Project { site })
    }
}
