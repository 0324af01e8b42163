//! Where the stacks of a document are, when not all are in one account and Region, and what they call each other.
//!
//! Stacks of different accounts and Regions cannot refer to each other's resources, so they do it by names. All names
//! follow from the document: there are no exports, and no order in which values would have to be passed on.

use crate::model::{Entry, Home, Model};
use crate::source::Span;

/// IAM service model: a role's name has at most 64 characters.
pub const LONGEST_ROLE_NAME: usize = 64;

/// An environment in another account or Region than the pipelines.
#[derive(Clone, Copy, Debug)]
pub struct Apart<'a> {
    /// The stack beside the environment's own that lets the pipelines in.
    pub home: Home,
    pub name: &'a str,
    pub account: &'a str,
    pub region: &'a str,
    /// Where it is written.
    pub span: &'a Span,
}

impl Model {
    /// The environment, if it is in another account or Region than the pipelines.
    pub fn apart(&self, environment: &str) -> Option<Apart<'_>> {
        self.all_apart().find(|apart| apart.name == environment)
    }

    /// The environments in other accounts or Regions than the pipelines, in the order of the file.
    pub fn all_apart(&self) -> impl Iterator<Item = Apart<'_>> {
        let places = self.environments.iter().enumerate().map(|(at, (name, environment))| Apart {
            home: Home::Access(at),
            name: &name.value,
            account: &environment.account.value.0,
            region: &environment.region.value.text,
            span: &name.span,
        });
        places.filter(|place| self.is_foreign(place) || place.region != self.delivery_region.value)
    }

    /// Whether an environment is in another account than the pipelines.
    pub fn is_foreign(&self, place: &Apart<'_>) -> bool {
        place.account != self.delivery_account.value
    }

    /// The Regions of environments beside that of the pipelines, in the order of the file.
    pub fn other_regions(&self) -> Vec<(&str, &Span)> {
        let mut regions: Vec<(&str, &Span)> = Vec::new();
        for place in self.all_apart() {
            if place.region != self.delivery_region.value && regions.iter().all(|(region, _)| *region != place.region) {
                regions.push((place.region, place.span));
            }
        }
        regions
    }

    /// The stack that holds the store of the pipelines in a Region.
    pub fn store_home(&self, region: &str) -> Home {
        let at = self.other_regions().iter().position(|(other, _)| *other == region);
        at.map_or(Home::Delivery, Home::Store)
    }

    /// What the stack that lets the pipelines into an environment is called on the command line.
    pub fn access_name(&self, environment: &str) -> String {
        format!("{environment}-access")
    }

    /// That stack. Its name must not begin like that of the environment's own, or what the deploy role may change would
    /// include it.
    pub fn access_stack_name(&self, environment: &str) -> String {
        format!("tidegate-access-{}", self.stack_name(environment))
    }

    /// What the stack with the store of another Region is called on the command line.
    pub fn store_name(&self, region: &str) -> String {
        format!("delivery-{region}")
    }

    /// A bucket of the pipelines in a Region.
    pub fn delivery_bucket_in(&self, purpose: &str, region: &str) -> String {
        format!("{}-{purpose}-{}-{region}", self.name.value, self.delivery_account.value)
    }

    /// The bucket from which an environment's stack reads builds, as text for `Fn::Sub` in it.
    pub fn published_bucket_there(&self) -> String {
        match self.other_regions().as_slice() {
            [] => self.published_bucket(),
            _ => self.delivery_bucket_in("published", "${AWS::Region}"),
        }
    }

    /// The bucket of an environment for files that its stacks read, and for templates sent from a terminal. In the
    /// account of the pipelines it is that of what is published.
    pub fn files_bucket(&self, account: &str, region: &str) -> String {
        format!("{}-published-{account}-{region}", self.name.value)
    }

    /// The same as text for `Fn::Sub` in an environment's stack.
    pub fn files_bucket_there(&self) -> String {
        match self.all_apart().next() {
            None => self.published_bucket(),
            Some(_) => self.files_bucket("${AWS::AccountId}", "${AWS::Region}"),
        }
    }

    /// The environment beside which that bucket is: of those in one account and Region the first.
    pub fn files_beside<'a>(&'a self, place: &Apart<'a>) -> Apart<'a> {
        let same = |other: &Apart<'_>| other.account == place.account && other.region == place.region;
        self.all_apart().find(same).unwrap_or(*place)
    }

    /// The role that a pipeline takes on for what it does in an environment apart.
    pub fn pipeline_role_name(&self, environment: &str) -> String {
        format!("tidegate-pipeline-{}", self.stack_name(environment))
    }

    /// The role that the release function takes on in an environment apart.
    pub fn release_role_name(&self, environment: &str) -> String {
        format!("tidegate-release-{}", self.stack_name(environment))
    }

    /// The role of the release function itself, where others have to know it.
    pub fn releases_role_name(&self) -> String {
        format!("tidegate-releases-{}", self.name.value)
    }

    /// The role of the function that releases what builds publish into functions, where others have to know it.
    pub fn function_releases_role_name(&self) -> String {
        format!("tidegate-function-releases-{}", self.name.value)
    }

    /// The role that this function takes on in an environment apart.
    pub fn function_release_role_name(&self, environment: &str) -> String {
        format!("tidegate-function-release-{}", self.stack_name(environment))
    }

    /// The role of the scheduled look at all environments, where others have to know it.
    pub fn watch_role_name(&self) -> String {
        format!("tidegate-watch-{}", self.name.value)
    }

    /// The role that it takes on in an environment of another account, to read there.
    pub fn drift_role_name(&self, environment: &str) -> String {
        format!("tidegate-drift-{}", self.stack_name(environment))
    }

    /// The role of a thing that loads what is published, where others have to know it.
    pub fn loading_role_name(&self, entry: &Entry, environment: &str) -> String {
        format!("{}-{}", self.stack_name(environment), entry.name.value)
    }

    /// Whether the stacks of environments name the roles that load what is published: those of other accounts are let in
    /// by name.
    pub fn names_loading_roles(&self) -> bool {
        self.all_apart().any(|place| self.is_foreign(&place))
    }

    /// The ARN of a role of the pipelines' own account, as text for `Fn::Sub`.
    pub fn delivery_role_arn(&self, name: &str) -> String {
        role_arn(&self.delivery_account.value, name)
    }
}

impl Apart<'_> {
    /// The ARN of a role of the environment's account, as text for `Fn::Sub`.
    pub fn role_arn(&self, name: &str) -> String {
        role_arn(self.account, name)
    }
}

fn role_arn(account: &str, name: &str) -> String {
    format!("arn:${{AWS::Partition}}:iam::{account}:role/{name}")
}
