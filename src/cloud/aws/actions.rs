//! Which IAM actions the readers' own calls are.

/// By what a type's reader calls, beside what its read handler does.
const READERS: [(&str, &[&str]); 8] = [
    ("AWS::CodeBuild::Project", &["codebuild:BatchGetProjects"]),
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
    ("AWS::SSM::Parameter", &["ssm:DescribeParameters", "ssm:GetParameter", "ssm:ListTagsForResource"]),
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

/// Calls that deploy what a change set says.
pub const OF_DEPLOYMENTS: [&str; 2] = ["cloudformation:ExecuteChangeSet", "cloudformation:UpdateTerminationProtection"];

/// The actions of the calls that read resources of a type here.
pub fn of_type(resource_type: &str) -> Vec<String> {
    let readers = READERS.iter().filter(|(name, _)| *name == resource_type);
    readers.flat_map(|(_, actions)| *actions).map(|action| (*action).to_owned()).collect()
}
