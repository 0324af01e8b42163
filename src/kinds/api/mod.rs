//! `apis`: REST APIs of API Gateway in front of streams and functions.

mod check;
mod lower;
mod rules;
mod shape;

use crate::choice;
use crate::desired::{Origin, Value};
use crate::diagnostic::Diagnostic;
use crate::model::{
    Attribute, Chart, Entry, Gives, Grant, Home, Kind, Link, Lowering, Model, Statement, Thing, Verb, logical_id,
    section,
};
use crate::record;
use crate::spec::{Count, Either, Mapping, Matching, Reference, Valued};

use shape::{FieldName, PartitionKey, Place, Pool, Targets};

pub const KIND: Kind = Kind {
    section: section::<Api>("apis", "REST APIs in front of streams and functions."),
    home: Home::Application,
    attributes: &[
        Attribute {
            name: "url",
            known: Home::Application,
            gives: Gives::Thing,
            doc: "Where the API is reached, without a slash at the end.",
        },
        Attribute { name: "id", known: Home::Application, gives: Gives::Ref, doc: "The API's id." },
    ],
    longest_name: 128,
    idle: None,
    steps: &[],
    rules: rules::RULES,
    page: include_str!("page.md"),
};

record! {
    /// A REST API of API Gateway with one stage, `live`: nobody calls it without being authorised, and every call is logged.
    pub struct Api {
        /// Method and path of each route, e.g. `POST /vehicles/{id}/readings`, and where it leads.
        required routes: Mapping<Place, Route> = "routes",
        /// Who may call: `iam` unless told otherwise.
        optional auth: Either<Auth, Cognito> = "auth",
        /// Calls a second that all callers together may make, at most 10,000; 100 unless told otherwise.
        optional rate: Count<1, 10_000> = "rate",
        /// Calls that may come at once beyond the rate, at most 5,000; 200 unless told otherwise.
        optional burst: Count<1, 5_000> = "burst",
    }
}

record! {
    /// Where a route leads.
    pub struct Route {
        /// The stream that the body becomes a record of, or the function that answers.
        required to: Reference<Targets> = "to",
        /// What of the request keeps records in order: `body.vehicle`, `header.X-Device`, `path.id`, `query.id`; `request-id`, which spreads them evenly, unless told otherwise.
        optional partition_key: Matching<PartitionKey> = "partition-key",
        /// Fields that the JSON of the body must have, with their types. Other requests are refused.
        optional body: Mapping<FieldName, FieldType> = "body",
    }
}

record! {
    /// Users of a Cognito user pool may call, with the token that they got when they signed in.
    pub struct Cognito {
        /// The ARN of the user pool; `${{ params.users }}` where each environment has its own.
        required cognito: Valued<Matching<Pool>> = "cognito",
    }
}

choice! {
    /// Who may call an API.
    pub enum Auth {
        /// Whoever signs the request with credentials that IAM allows it.
        Iam = "iam",
        /// Whoever has the API key, which is made with the API.
        Key = "key",
    }
}

choice! {
    /// The type of a field in JSON.
    pub enum FieldType {
        /// Text.
        String = "string",
        /// A number.
        Number = "number",
        /// A number without a fraction.
        Integer = "integer",
        /// `true` or `false`.
        Boolean = "boolean",
        /// A mapping.
        Object = "object",
        /// A list.
        Array = "array",
    }
}

const STAGE: &str = "live";

impl Thing for Api {
    fn links(&self) -> Vec<Link> {
        let routes = self.routes.entries.iter().map(|(_, route)| &route.to);
        let verb = |section: &str| if section == "functions" { Verb::Calls } else { Verb::Writes };
        routes.map(|to| Link::to(verb(&to.section), to.path(), &to.span)).collect()
    }

    fn check(&self, _this: &Entry, _model: &Model, report: &mut Vec<Diagnostic>) {
        check::check(self, report);
    }

    fn attribute(&self, this: &Entry, attribute: &str, _model: &Model, origin: &Origin) -> Option<Value> {
        let id = logical_id(this.section, &this.name.value, "");
        let url = format!("https://${{{id}}}.execute-api.${{AWS::Region}}.${{AWS::URLSuffix}}/{STAGE}");
        (attribute == "url").then(|| Value::sub(url, origin))
    }

    fn grant(&self, this: &Entry, verb: Verb, model: &Model, origin: &Origin) -> Option<Grant> {
        let id = logical_id(this.section, &this.name.value, "");
        let url = self.attribute(this, "url", model, origin)?;
        (verb == Verb::Calls).then(|| Grant {
            statements: vec![Statement::new(&["execute-api:Invoke"], vec![calls_of(&id, origin)], origin)],
            environment: vec![("url", url)],
            event_source: None,
        })
    }

    fn charts(&self, this: &Entry, _model: &Model) -> Vec<Chart> {
        let stage = [("ApiName", this.physical_name()), ("Stage", Value::text(STAGE, &this.shown()))];
        vec![
            Chart::new(
                "Requests",
                "AWS/ApiGateway",
                &stage,
                [("Count", "Sum"), ("4XXError", "Sum"), ("5XXError", "Sum")],
            ),
            Chart::new("Latency", "AWS/ApiGateway", &stage, [("Latency", "Average"), ("Latency", "Maximum")]),
        ]
    }

    fn lower(&self, this: &Entry, lowering: &mut Lowering<'_>) {
        lower::lower(self, this, lowering);
    }
}

/// The ARN of all calls of the API.
fn calls_of(id: &str, origin: &Origin) -> Value {
    let place = "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}";
    Value::sub(format!("{place}:${{{id}}}/{STAGE}/*"), origin)
}
