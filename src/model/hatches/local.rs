//! Properties that are otherwise in one environment alone. One template serves all environments, so the template asks
//! which one it is.

use serde_json::json;

use super::{Override, rules};
use crate::desired::{Origin, Value};
use crate::diagnostic::Diagnostic;
use crate::model::{Home, Lowering, Model, logical_id, pascal, resolve};
use crate::source::Located;
use crate::spec::Environment;

/// What one environment changes of one resource.
#[derive(Clone, Debug)]
pub struct LocalOverride {
    pub environment: Located<String>,
    /// Of the resource.
    pub id: Located<String>,
    change: Override,
}

impl LocalOverride {
    /// Those of all environments; what CloudFormation would not take is reported.
    pub fn all(
        environments: &[(Located<String>, Located<Environment>)],
        report: &mut Vec<Diagnostic>,
    ) -> Vec<LocalOverride> {
        let mut all = Vec::new();
        for (environment, own) in environments {
            let entries = own.value.overrides.iter().flat_map(|overrides| &overrides.value.entries);
            all.extend(entries.map(|(id, raw)| LocalOverride {
                environment: environment.clone(),
                id: id.clone(),
                change: Override::read(raw, report),
            }));
        }
        all
    }

    pub(super) fn changes_of(model: &Model) -> impl Iterator<Item = &Override> {
        model.local_overrides.iter().map(|local| &local.change)
    }
}

impl Lowering<'_> {
    pub(super) fn override_in_environments(&mut self) {
        let model = self.model;
        for LocalOverride { environment, id, change } in &model.local_overrides {
            if !self.resources(Home::Application).contains_key(&id.value) {
                let elsewhere = self.homes().any(|home| self.resources(home).contains_key(&id.value));
                let found = if elsewhere { of_no_environment(environment, id) } else { self.unknown_id(id) };
                self.report.push(found);
                continue;
            }
            resolve::in_hatch(model, &change.expressions, Home::Application, &mut self.report);
            let condition = format!("EnvironmentIs{}", pascal(&environment.value));
            let origin = Origin::derived(&environment.span, "this environment overrides properties");
            let is_this = json!({ "Fn::Equals": [{ "Ref": "Environment" }, environment.value] });
            self.add_condition(Home::Application, &condition, Value::from_json(is_this, &origin));
            let before = self.application.resources[&id.value].properties.clone();
            for (key, span, change) in &change.changes {
                self.override_property(Home::Application, &id.value, key, span, change, Some(&condition));
            }
            let after = self.application.resources[&id.value].properties.clone();
            if before == after {
                continue;
            }
            for entry in &model.entries {
                if logical_id(entry.section, &entry.name.value, "") == id.value {
                    let parameter = logical_id(entry.section, &entry.name.value, "Settings");
                    self.local_settings.push((environment.value.clone(), parameter, after.clone()));
                }
            }
        }
    }

    /// The settings that a parameter stands for, as they are in one environment: the others publish nothing new when
    /// this one has something else.
    pub(in crate::model) fn settings_in(&self, environment: &str, parameter: &str, settings: &Value) -> Value {
        let own = self.local_settings.iter().find(|(of, name, _)| of == environment && name == parameter);
        match own {
            Some((_, _, properties)) => Value::list(vec![settings.clone(), properties.clone()], &settings.origin),
            None => settings.clone(),
        }
    }
}

fn of_no_environment(environment: &Located<String>, id: &Located<String>) -> Diagnostic {
    let message = format!(
        "`{}` does not stand in the stack of `{}`, so it cannot be otherwise in this environment alone",
        id.value, environment.value
    );
    let found = Diagnostic::new(&rules::NO_RESOURCE, &id.span, message).label("stands in another stack");
    found.help("write it under `overrides` of the top level")
}
