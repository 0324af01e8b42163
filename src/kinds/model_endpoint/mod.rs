//! `models`: SageMaker models behind an endpoint.

mod image;
mod lower;
mod rules;

use crate::desired::{Origin, Value};
use crate::diagnostic::Diagnostic;
use crate::kinds::model_endpoint::image::Image;
use crate::model::{
    Attribute, Chart, Entry, Gives, Grant, Home, Kind, Lowering, Model, Statement, Thing, Verb, logical_id, section,
};
use crate::record;
use crate::spec::{Bytes, Count, Mapping, Matching, Part, Pattern, Reference, Scalar, Target, Text};

pub const KIND: Kind = Kind {
    section: section::<ModelEndpoint>("models", "SageMaker models behind an endpoint."),
    home: Home::Application,
    attributes: &[
        Attribute { name: "name", known: Home::Application, gives: Gives::Thing, doc: "The endpoint's name." },
        Attribute { name: "arn", known: Home::Application, gives: Gives::Ref, doc: "The endpoint's ARN." },
    ],
    longest_name: 63,
    idle: None,
    steps: &[],
    rules: rules::RULES,
    page: include_str!("page.md"),
};

record! {
    /// A trained model and the endpoint that answers with it.
    pub struct ModelEndpoint {
        /// The container image that serves the model, in Amazon ECR: `<account>.dkr.ecr.<region>.amazonaws.com/<repository>` with a tag or digest. `${{ env.region }}` may stand for the Region.
        required image: Scalar = "image",
        /// The trained model; without it, it is in the image.
        optional data: ModelData = "data",
        /// Capacity that follows the calls, paid by use.
        optional serverless: ModelServerless = "serverless",
        /// Instances that always run.
        optional instances: ModelInstances = "instances",
        /// Environment variables of the container.
        optional env: Mapping<ContainerVariable, Scalar> = "env",
    }
    one_of ["serverless", "instances"];
}

record! {
    /// An object that holds a trained model.
    pub struct ModelData {
        /// The bucket, one of this file.
        optional s3: Reference<Buckets> = "s3",
        /// The bucket, one that is there already, by its name: where training writes what it has learnt.
        optional bucket: Text = "bucket",
        /// The object's key: a `.tar.gz`. A param may say which: `price/${{ params.model }}/model.tar.gz`.
        required key: Text = "key",
    }
    one_of ["s3", "bucket"];
}

record! {
    /// A serverless endpoint.
    pub struct ModelServerless {
        /// Memory of one container: `1GiB` to `6GiB` in steps of 1 GiB.
        required memory: Bytes = "memory",
        /// How many calls are answered at once; further ones are refused.
        required concurrency: Count<1, 200> = "concurrency",
    }
}

record! {
    /// The instances of an endpoint.
    pub struct ModelInstances {
        /// The type of each instance: `ml.m5.large`.
        required kind: Matching<InstanceType> = "type",
        /// How many instances; two or more are in different Availability Zones.
        required count: Count<1, 1000> = "count",
    }
}

/// A type of SageMaker instance.
#[derive(Clone, Copy, Debug)]
pub struct InstanceType;

impl Pattern for InstanceType {
    const REGEX: &'static str = r"^ml\.[a-z0-9-]+\.[a-z0-9]+$";
    const EXPECTED: &'static str = "a type of SageMaker instance: `ml.`, a family and a size";
    const EXAMPLE: &'static str = "ml.m5.large";

    fn matches(text: &str) -> bool {
        let word = |part: &str, hyphen: bool| {
            !part.is_empty()
                && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || hyphen && byte == b'-')
        };
        text.strip_prefix("ml.")
            .and_then(|rest| rest.split_once('.'))
            .is_some_and(|(family, size)| word(family, true) && word(size, false))
    }
}

/// What SageMaker takes as the name of an environment variable.
#[derive(Clone, Copy, Debug)]
pub struct ContainerVariable;

impl Pattern for ContainerVariable {
    const REGEX: &'static str = "^[a-zA-Z_][a-zA-Z0-9_]*$";
    const EXPECTED: &'static str =
        "the name of an environment variable: a letter or underscore, then letters, digits and underscores";
    const EXAMPLE: &'static str = "LOG_LEVEL";

    fn matches(text: &str) -> bool {
        text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    }
}

#[derive(Debug)]
pub struct Buckets;

impl Target for Buckets {
    const SECTIONS: &'static [&'static str] = &["buckets"];
}

const GIBIBYTE: u64 = 1 << 30;
/// SageMaker API, ProductionVariantServerlessConfig: 1,024 to 6,144 MB in steps of 1 GB.
const MEMORY_GIBIBYTES: std::ops::RangeInclusive<u64> = 1..=6;

impl Thing for ModelEndpoint {
    fn check(&self, _this: &Entry, model: &Model, report: &mut Vec<Diagnostic>) {
        match Image::read(&self.image.value.0) {
            None => report.push(
                Diagnostic::new(
                    &rules::IMAGE,
                    &self.image.span,
                    "SageMaker runs images of Amazon ECR only, and this is not the address of one",
                )
                .label("AWS refuses this")
                .help("write `<account>.dkr.ecr.<region>.amazonaws.com/<repository>:<tag>`"),
            ),
            Some(image) => self.check_region(&image, model, report),
        }
        if let Some(memory) = self.serverless.as_ref().map(|serverless| &serverless.memory)
            && (memory.0 % GIBIBYTE != 0 || !MEMORY_GIBIBYTES.contains(&(memory.0 / GIBIBYTE)))
        {
            report.push(
                Diagnostic::new(
                    &rules::MEMORY,
                    &memory.span,
                    format!("a serverless endpoint has 1 GiB to 6 GiB in steps of 1 GiB, not `{}`", memory.span.text()),
                )
                .label("AWS refuses this")
                .help("write a size from `1GiB` to `6GiB`"),
            );
        }
        if let Some(key) = self.data.as_ref().map(|data| &data.key)
            && let Some(Part::Literal(end)) = key.parts.last()
            && !end.ends_with(".tar.gz")
        {
            report.push(
                Diagnostic::new(
                    &rules::DATA,
                    &key.span,
                    format!("SageMaker unpacks a model from a `.tar.gz`, which `{}` is not", key.span.text()),
                )
                .label("the endpoint would not start")
                .help("pack the model with `tar czf` and write the key of that object"),
            );
        }
    }

    fn attribute(&self, this: &Entry, attribute: &str, _model: &Model, origin: &Origin) -> Option<Value> {
        (attribute == "name").then(|| lower::endpoint_name(this, origin))
    }

    fn grant(&self, this: &Entry, verb: Verb, _model: &Model, origin: &Origin) -> Option<Grant> {
        let endpoint = Value::reference(logical_id(this.section, &this.name.value, ""), origin);
        (verb == Verb::Calls).then(|| Grant {
            statements: vec![Statement::new(&["sagemaker:InvokeEndpoint"], vec![endpoint], origin)],
            event_source: None,
            environment: vec![("name", lower::endpoint_name(this, origin))],
        })
    }

    fn charts(&self, this: &Entry, _model: &Model) -> Vec<Chart> {
        let variant = lower::dimensions(this, &this.shown());
        vec![
            Chart::new(
                "Calls",
                "AWS/SageMaker",
                &variant,
                [("Invocations", "Sum"), ("Invocation4XXErrors", "Sum"), ("Invocation5XXErrors", "Sum")],
            ),
            Chart::new(
                "Latency",
                "AWS/SageMaker",
                &variant,
                [("ModelLatency", "Average"), ("ModelLatency", "Maximum")],
            ),
        ]
    }

    fn lower(&self, this: &Entry, lowering: &mut Lowering<'_>) {
        if let Some(image) = Image::read(&self.image.value.0) {
            lower::lower(self, &image, this, lowering);
        }
    }
}

impl ModelEndpoint {
    fn check_region(&self, image: &Image, model: &Model, report: &mut Vec<Diagnostic>) {
        let elsewhere = model.environments.iter().find(|(_, environment)| !image.is_in(&environment.region.value.text));
        let Some((name, environment)) = elsewhere else { return };
        report.push(
            Diagnostic::new(
                &rules::IMAGE,
                &self.image.span,
                format!(
                    "the image is in another Region than `{}`, and SageMaker pulls images from its own Region only",
                    environment.region.value.text
                ),
            )
            .label("AWS refuses this")
            .related(&name.span, "the Region of this environment")
            .help("write `${{ env.region }}` for the Region, and have the image in every Region"),
        );
    }
}
