//! What a thing runs that a build published: pointers that releases move, and what a stack reads of them.

use serde_json::{Value as Json, json};

use crate::desired::{Origin, Parameter, Value};
use crate::model::{Entry, Home, Lowering, Model, UNRELEASED, logical_id, pascal};

/// A build whose output a thing runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Released {
    /// `builds.taxi-jar`
    pub build: String,
    /// What of the thing it is, where it is not the code itself: `layers` and the name of the build.
    part: Option<(&'static str, String)>,
}

/// What the application stack knows of a release.
pub struct Release {
    /// The template parameter that holds the key of the published build.
    pub parameter: String,
    /// The condition that there was a release.
    pub condition: String,
}

/// What a release of a thing keeps to, in an environment.
#[derive(Clone, Debug, PartialEq)]
pub struct Contract {
    /// The build that is released: `builds.taxi-jar`.
    pub build: String,
    /// The states that a release goes through, as [`MACHINE`](crate::release::MACHINE) writes them.
    pub machine: &'static str,
    /// For whoever approves: what becomes of what runs, in a sentence.
    pub promise: String,
    /// What these states ask for, without what belongs to one release: `key`, `sha256` and `execution`.
    pub asked: Json,
}

impl Released {
    /// The code of a thing.
    pub fn code(build: String) -> Self {
        Self { build, part: None }
    }

    /// A part of a thing beside its code: one of its `layers`.
    pub fn part(build: String, part: &'static str) -> Self {
        let name = build.rsplit('.').next().unwrap_or_default().to_owned();
        Self { build, part: Some((part, name)) }
    }

    /// The end of the pointer's name: `release`, `layers/numbers`.
    pub fn place(&self) -> String {
        self.part.as_ref().map_or_else(|| "release".to_owned(), |(part, name)| format!("{part}/{name}"))
    }

    /// The SSM parameter that says which published build `entry` runs in `environment`.
    pub fn pointer(&self, model: &Model, entry: &Entry, environment: &str) -> String {
        format!("{}{}", model.release_folder(entry, environment), self.place())
    }

    /// The template parameter that holds the key of the published build.
    pub fn parameter(&self, entry: &Entry) -> String {
        self.id(entry, "Release")
    }

    fn id(&self, entry: &Entry, suffix: &str) -> String {
        logical_id(entry.section, &entry.name.value, &format!("{}{suffix}", self.word()))
    }

    /// What the part is called in logical ids: `LayersNumbers`; empty for the code.
    pub fn word(&self) -> String {
        self.part.as_ref().map_or_else(String::new, |(part, name)| format!("{}{}", pascal(part), pascal(name)))
    }
}

impl Lowering<'_> {
    /// Adds the parameter and condition that read the pointer, and the pointer of each environment.
    pub fn add_release(&mut self, this: &Entry, released: &Released, origin: &Origin) -> Release {
        let name = released.parameter(this);
        let what = match &released.part {
            None => this.path(),
            Some((part, build)) => format!("{} ({part}: {build})", this.path()),
        };
        let parameter = Parameter {
            parameter_type: "AWS::SSM::Parameter::Value<String>".to_owned(),
            description: format!("Where the key of the build that {what} runs is found"),
            default: None,
            constraints: Vec::new(),
            origin: origin.clone(),
        };
        self.add_parameter(Home::Application, &name, parameter);
        let condition = released.id(this, "Released");
        let is_released = json!({ "Fn::Not": [{ "Fn::Equals": [{ "Ref": name }, UNRELEASED] }] });
        self.add_condition(Home::Application, &condition, Value::from_json(is_released, origin));
        let model = self.model;
        for (environment, _) in &model.environments {
            let description = format!(
                "The released build of {what} in {}. Set by releases; `{UNRELEASED}` before the first.",
                environment.value
            );
            let properties = Value::from_json(
                json!({
                    "Type": "String",
                    "Name": released.pointer(model, this, &environment.value),
                    "Value": UNRELEASED,
                    "Description": description,
                }),
                origin,
            );
            let suffix = format!("{}Release{}", released.word(), pascal(&environment.value));
            let home = model.apart(&environment.value).map_or(Home::Delivery, |place| place.home);
            let resource = self.add(home, this, &suffix, "AWS::SSM::Parameter", properties);
            resource.deletion_policy = Some("Delete");
            resource.update_replace_policy = Some("Delete");
        }
        Release { parameter: name, condition }
    }
}

#[cfg(test)]
mod tests {
    use super::Released;

    #[test]
    fn parts_of_a_thing_have_places_of_their_own() {
        let code = Released::code("builds.rider".to_owned());
        let layer = Released::part("builds.big-numbers".to_owned(), "layers");
        assert_eq!((code.place(), code.word()), ("release".to_owned(), String::new()));
        assert_eq!((layer.place(), layer.word()), ("layers/big-numbers".to_owned(), "LayersBigNumbers".to_owned()));
    }
}
