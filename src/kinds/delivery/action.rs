//! One action of CodePipeline under construction.

use serde_json::json;

use crate::desired::{Origin, Value, ValueKind};

/// One action of a stage under construction.
pub(super) struct Action {
    pub(super) name: String,
    pub(super) category: &'static str,
    pub(super) owner: &'static str,
    pub(super) provider: String,
    pub(super) version: String,
    pub(super) configuration: Vec<(String, Value)>,
    pub(super) inputs: Vec<String>,
    pub(super) outputs: Vec<String>,
    pub(super) namespace: Option<String>,
    pub(super) run_order: i64,
    /// The role that acts, where it is not the pipeline's.
    pub(super) role: Option<Value>,
    /// The Region that it acts in, where it is not the pipeline's.
    pub(super) region: Option<Value>,
    /// Minutes, of an approval.
    pub(super) timeout: Option<Value>,
    /// Of a Commands action.
    pub(super) commands: Vec<Value>,
    pub(super) origin: Origin,
}

impl Action {
    pub(super) fn new(name: String, category: &'static str, provider: &str, origin: &Origin) -> Self {
        Self {
            name,
            category,
            owner: "AWS",
            provider: provider.to_owned(),
            version: "1".to_owned(),
            configuration: Vec::new(),
            inputs: Vec::new(),
            outputs: Vec::new(),
            namespace: None,
            run_order: 1,
            role: None,
            region: None,
            timeout: None,
            commands: Vec::new(),
            origin: origin.clone(),
        }
    }

    pub(super) fn configure(mut self, key: &str, value: Value) -> Self {
        self.configuration.push((key.to_owned(), value));
        self
    }

    pub(super) fn to_value(&self) -> Value {
        let origin = &self.origin;
        let named = |names: &[String]| {
            let items = names.iter().map(|name| Value::map(origin).with("Name", Value::text(name, origin)));
            (!names.is_empty()).then(|| Value::list(items.collect(), origin))
        };
        let action_type = json!({ "Category": self.category, "Owner": self.owner, "Provider": self.provider, "Version": self.version });
        let configuration = Value::new(ValueKind::Map(self.configuration.clone()), origin);
        Value::map(origin)
            .with("Name", Value::text(&*self.name, origin))
            .with("ActionTypeId", Value::from_json(action_type, origin))
            .with_some("Configuration", (!self.configuration.is_empty()).then_some(configuration))
            .with_some("Commands", (!self.commands.is_empty()).then(|| Value::list(self.commands.clone(), origin)))
            .with_some("InputArtifacts", named(&self.inputs))
            .with_some("OutputArtifacts", named(&self.outputs))
            .with_some("Namespace", self.namespace.as_ref().map(|namespace| Value::text(&**namespace, origin)))
            .with("RunOrder", Value::new(ValueKind::Integer(self.run_order), origin))
            .with_some("Region", self.region.clone())
            .with_some("RoleArn", self.role.clone())
            .with_some("TimeoutInMinutes", self.timeout.clone())
    }
}
