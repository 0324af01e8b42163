//! Which service sends to which topic or queue of the template.

use crate::analysis::role::places;
use crate::analysis::value::target;
use crate::analysis::{Site, System};
use crate::desired::Value;

/// A service that sends to a topic or queue of the same template.
#[derive(Clone, Copy)]
pub struct Sender<'a> {
    /// What makes the service send: an alarm, a rule, a bucket, a subscription.
    pub site: Site<'a>,
    /// `cloudwatch.amazonaws.com`
    pub service: &'static str,
    /// Where it names the topic or queue.
    pub value: &'a Value,
    /// The topic or queue.
    pub to: Site<'a>,
}

/// Where resources name what they send to, and the service that does it.
///
/// Source: CloudFormation Template Reference (2026-04).
const SENDS: &[(&str, &str, &str)] = &[
    ("AWS::CloudWatch::Alarm", "/AlarmActions/*", "cloudwatch.amazonaws.com"),
    ("AWS::CloudWatch::Alarm", "/InsufficientDataActions/*", "cloudwatch.amazonaws.com"),
    ("AWS::CloudWatch::Alarm", "/OKActions/*", "cloudwatch.amazonaws.com"),
    ("AWS::CloudWatch::CompositeAlarm", "/AlarmActions/*", "cloudwatch.amazonaws.com"),
    ("AWS::Events::Rule", "/Targets/*/Arn", "events.amazonaws.com"),
    ("AWS::S3::Bucket", "/NotificationConfiguration/QueueConfigurations/*/Queue", "s3.amazonaws.com"),
    ("AWS::S3::Bucket", "/NotificationConfiguration/TopicConfigurations/*/Topic", "s3.amazonaws.com"),
    ("AWS::SNS::Subscription", "/Endpoint", "sns.amazonaws.com"),
];

/// Everything that sends to a topic or queue of its own template, in the order of the resources.
pub fn senders<'a>(system: &System<'a>) -> Vec<Sender<'a>> {
    let mut found = Vec::new();
    for site in system.sites() {
        for (_, pointer, service) in SENDS.iter().filter(|(name, ..)| *name == site.resource.resource_type) {
            for value in places(&site.resource.properties, pointer) {
                // A target with a role is called with the rights of that role.
                let Some(to) = receiver(site, value).filter(|_| !has_role(site, value)) else { continue };
                found.push(Sender { site, service, value, to });
            }
        }
    }
    found
}

fn receiver<'a>(site: Site<'a>, value: &Value) -> Option<Site<'a>> {
    let (id, resource) = site.stack.resources.get_key_value(target(value)?)?;
    let receives = matches!(resource.resource_type.as_str(), "AWS::SNS::Topic" | "AWS::SQS::Queue");
    receives.then_some(Site { stack: site.stack, id, resource })
}

fn has_role(site: Site<'_>, arn: &Value) -> bool {
    let targets = places(&site.resource.properties, "/Targets/*");
    let own = targets.into_iter().find(|target| target.get("Arn").is_some_and(|it| std::ptr::eq(it, arn)));
    own.is_some_and(|target| target.get("RoleArn").is_some())
}

impl Sender<'_> {
    /// How messages call what sends: `alarm`.
    pub fn noun(&self) -> &'static str {
        match self.service {
            "cloudwatch.amazonaws.com" => "alarm",
            "events.amazonaws.com" => "rule",
            "s3.amazonaws.com" => "bucket",
            _ => "subscription",
        }
    }

    /// How messages call what is sent to.
    pub fn receiver(&self) -> &'static str {
        if self.to.resource.resource_type == "AWS::SNS::Topic" { "topic" } else { "queue" }
    }
}
