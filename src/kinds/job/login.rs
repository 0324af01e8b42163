//! The secret that a job logs in with: one of the document, or the name of another.

use serde_json::{Value as Json, json};

use super::JobConnection;
use crate::desired::{Origin, Value};
use crate::kinds::secret::{SecretName, Secrets, known_as};
use crate::model::{Model, Statement};
use crate::source::Span;
use crate::spec::{Decoder, Definitions, Matching, Pattern, Reference, Shape};
use crate::syntax::Node;

/// Where user name and password of a database are.
#[derive(Clone, Debug)]
pub enum Login {
    /// `secrets.mysql`
    Own(Reference<Secrets>),
    /// `hr/mysql`
    Other(Matching<SecretName>),
}

impl Shape for Login {
    fn schema(definitions: &mut Definitions) -> Json {
        let own = Reference::<Secrets>::schema(definitions);
        let place = own["pattern"].as_str().unwrap_or_default().to_owned();
        let name = SecretName::REGEX.trim_start_matches('^');
        json!({
            "type": "string",
            "pattern": format!(r"{place}|^(?!(secrets|modules)\.){name}"),
            "examples": ["secrets.mysql", "hr/mysql"],
        })
    }

    fn decode(node: &Node, decoder: &mut Decoder) -> Option<Self> {
        let text = decoder.text(node, "text: `secrets.mysql`, or the name of a secret")?;
        if text.starts_with("secrets.") || text.starts_with("modules.") {
            return Reference::decode(node, decoder).map(Self::Own);
        }
        Matching::decode(node, decoder).map(Self::Other)
    }
}

impl JobConnection {
    /// The secret of the document that it logs in with.
    pub(super) fn own_secret(&self) -> Option<(&Reference<Secrets>, &Span)> {
        let secret = self.secret.as_ref()?;
        match &secret.value {
            Login::Own(reference) => Some((reference, &secret.span)),
            Login::Other(_) => None,
        }
    }

    /// What Glue finds the secret by.
    pub(super) fn secret_id(&self, model: &Model) -> Option<Value> {
        let secret = self.secret.as_ref()?;
        let origin = Origin::authored(&secret.span);
        match &secret.value {
            Login::Own(reference) => known_as(model, &reference.path(), &origin).map(|(id, _)| id),
            Login::Other(name) => Some(Value::text(&*name.text, &origin)),
        }
    }

    /// What it takes to log in; what `reads` a secret of the document gives is not said again.
    pub(super) fn login_statement(&self, model: &Model) -> Option<Statement> {
        let secret = self.secret.as_ref()?;
        let origin = Origin::derived(&secret.span, "the job logs in with this secret");
        match &secret.value {
            Login::Own(reference) => {
                let (_, arn) = known_as(model, &reference.path(), &origin)?;
                Some(Statement::new(&["secretsmanager:DescribeSecret"], vec![arn], &origin))
            }
            Login::Other(name) => {
                // Secrets Manager adds a hyphen and six characters to the name.
                let place = "arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret";
                let arn = Value::sub(format!("{place}:{}-??????", name.text), &origin);
                let actions = ["secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"];
                Some(Statement::new(&actions, vec![arn], &origin))
            }
        }
    }
}
