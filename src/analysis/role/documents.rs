//! Every policy document of a file.

use super::statement::{Statement, parts, statements};
use crate::analysis::value::look;
use crate::analysis::{Site, System};
use crate::desired::Value;

/// What a policy document is attached to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder {
    /// A role, user or group.
    Identity,
    /// A bucket, queue, topic, key or the like.
    Resource,
    /// A role, where it says who may take it on.
    Trust,
}

/// A policy document and where it stands.
#[derive(Clone)]
pub struct Document<'a> {
    pub site: Site<'a>,
    pub holder: Holder,
    pub document: &'a Value,
}

/// The types that hold policy documents, and where.
const HOLDERS: &[(&str, &str, Holder)] = &[
    ("AWS::IAM::Group", "/Policies/*/PolicyDocument", Holder::Identity),
    ("AWS::IAM::GroupPolicy", "/PolicyDocument", Holder::Identity),
    ("AWS::IAM::ManagedPolicy", "/PolicyDocument", Holder::Identity),
    ("AWS::IAM::Policy", "/PolicyDocument", Holder::Identity),
    ("AWS::IAM::Role", "/AssumeRolePolicyDocument", Holder::Trust),
    ("AWS::IAM::Role", "/Policies/*/PolicyDocument", Holder::Identity),
    ("AWS::IAM::RolePolicy", "/PolicyDocument", Holder::Identity),
    ("AWS::IAM::User", "/Policies/*/PolicyDocument", Holder::Identity),
    ("AWS::IAM::UserPolicy", "/PolicyDocument", Holder::Identity),
    ("AWS::KMS::Key", "/KeyPolicy", Holder::Resource),
    ("AWS::S3::BucketPolicy", "/PolicyDocument", Holder::Resource),
    ("AWS::SNS::TopicPolicy", "/PolicyDocument", Holder::Resource),
    ("AWS::SQS::QueuePolicy", "/PolicyDocument", Holder::Resource),
    ("AWS::Serverless::Function", "/Policies/*", Holder::Identity),
    ("AWS::Serverless::StateMachine", "/Policies/*", Holder::Identity),
];

/// The policy documents of all stacks, in the order of the resources.
pub fn documents<'a>(system: &System<'a>) -> Vec<Document<'a>> {
    let mut found = Vec::new();
    for site in system.sites() {
        for (_, pointer, holder) in HOLDERS.iter().filter(|(name, ..)| *name == site.resource.resource_type) {
            let documents = places(&site.resource.properties, pointer);
            found.extend(documents.into_iter().map(|document| Document { site, holder: *holder, document }));
        }
    }
    found
}

/// The values at a pointer in which `*` is every item of a list, or the one value that stands instead of the list.
pub fn places<'a>(value: &'a Value, pointer: &str) -> Vec<&'a Value> {
    let Some((list, rest)) = pointer.split_once("/*") else {
        return look(value, pointer).found().into_iter().collect();
    };
    let items = look(value, list).found().map(|list| parts(list).0).unwrap_or_default();
    items.into_iter().flat_map(|item| places(item, rest)).collect()
}

impl<'a> Document<'a> {
    /// Its statements as far as they are known.
    pub fn statements(&self) -> Vec<Statement<'a>> {
        statements(self.document).0
    }
}
