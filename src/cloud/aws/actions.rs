//! Which IAM actions the readers' own calls are.

use super::{readers, services};

/// By what a type's reader calls, beside what its read handler does.
const READERS: [(&str, &[&str]); 6] = [
    (
        "AWS::CodePipeline::Pipeline",
        &["codepipeline:GetPipeline", "codepipeline:GetPipelineState", "codepipeline:ListTagsForResource"],
    ),
    ("AWS::Kinesis::Stream", &["kinesis:DescribeStreamSummary", "kinesis:ListTagsForStream"]),
    (
        "AWS::KinesisAnalyticsV2::Application",
        &["kinesisanalytics:DescribeApplication", "kinesisanalytics:ListTagsForResource"],
    ),
    ("AWS::KinesisAnalyticsV2::ApplicationCloudWatchLoggingOption", &["kinesisanalytics:DescribeApplication"]),
    ("AWS::Lambda::Function", &["lambda:GetFunction"]),
    (
        "AWS::S3::Bucket",
        &[
            "s3:GetBucketNotification",
            "s3:GetBucketPublicAccessBlock",
            "s3:GetBucketTagging",
            "s3:GetBucketVersioning",
            "s3:GetEncryptionConfiguration",
            "s3:GetLifecycleConfiguration",
            "s3:ListBucket",
        ],
    ),
];

/// Calls that look at a stack, and at resources through CloudFormation and Cloud Control.
pub const OF_STACKS: [&str; 8] = [
    "cloudformation:DescribeStackResourceDrifts",
    "cloudformation:DescribeStacks",
    "cloudformation:DetectStackDrift",
    "cloudformation:DetectStackResourceDrift",
    "cloudformation:GetTemplate",
    "cloudformation:ListStackResources",
    "cloudformation:DescribeStackResources",
    "cloudformation:DescribeStackEvents",
];

/// The same, where IAM knows no resource.
pub const OF_NO_STACK: [&str; 3] = [
    "cloudformation:BatchDescribeTypeConfigurations",
    "cloudformation:DescribeStackDriftDetectionStatus",
    "cloudformation:GetResource",
];

/// Calls that make a change set and throw it away.
pub const OF_PLANS: [&str; 3] =
    ["cloudformation:CreateChangeSet", "cloudformation:DeleteChangeSet", "cloudformation:DescribeChangeSet"];

/// Calls that deploy what a change set says, and that find those which were left behind.
pub const OF_DEPLOYMENTS: [&str; 3] =
    ["cloudformation:ExecuteChangeSet", "cloudformation:ListChangeSets", "cloudformation:UpdateTerminationProtection"];

/// The actions of the calls that read resources of a type here.
pub fn of_type(resource_type: &str) -> Vec<String> {
    let by_hand = READERS.iter().filter(|(name, _)| *name == resource_type);
    let by_hand = by_hand.flat_map(|(_, actions)| *actions).map(|action| (*action).to_owned());
    let by_rows = readers::calls(resource_type).map(|(service, operation)| format!("{}:{operation}", prefix(service)));
    let mut actions: Vec<String> = by_hand.chain(by_rows).collect();
    actions.sort();
    actions.dedup();
    actions
}

/// What IAM calls a service: what its calls are signed for, but for CloudWatch.
fn prefix(service: &str) -> &str {
    match services::get(service).map_or(service, |service| service.signing.as_str()) {
        "monitoring" => "cloudwatch",
        signing => signing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{iam, resources};

    #[test]
    fn every_action_is_one_of_iam() {
        let of_stacks = [&OF_STACKS[..], &OF_NO_STACK, &OF_PLANS, &OF_DEPLOYMENTS].concat();
        let of_types = resources::names().flat_map(of_type);
        for action in of_types.chain(of_stacks.into_iter().map(str::to_owned)) {
            let (service, name) = action.split_once(':').unwrap();
            assert!(iam::service(service).is_none_or(|service| service.has(name)), "{action}");
        }
        assert!(of_type("AWS::CloudWatch::Alarm").contains(&"cloudwatch:DescribeAlarms".to_owned()));
        assert!(of_type("AWS::EMR::Cluster").contains(&"elasticmapreduce:DescribeCluster".to_owned()));
        assert!(of_type("AWS::Nothing::Here").is_empty());
    }
}
