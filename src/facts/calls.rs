//! Which IAM actions the calls about stacks are. Those about resources are [`super::readers`] and
//! [`super::deploy_permissions`]. Service authorization reference. Read 2026-11-21.

/// Calls that look at a stack, and at resources through CloudFormation and Cloud Control.
pub const OF_STACKS: [&str; 8] = [
    "cloudformation:DescribeStackEvents",
    "cloudformation:DescribeStackResourceDrifts",
    "cloudformation:DescribeStackResources",
    "cloudformation:DescribeStacks",
    "cloudformation:DetectStackDrift",
    "cloudformation:DetectStackResourceDrift",
    "cloudformation:GetTemplate",
    "cloudformation:ListStackResources",
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

/// The call that does what a change set says.
pub const OF_EXECUTION: &str = "cloudformation:ExecuteChangeSet";

/// What else a deployment calls of its stack: change sets that were left behind are found, and it is protected.
pub const OF_DEPLOYMENTS: [&str; 2] = ["cloudformation:ListChangeSets", "cloudformation:UpdateTerminationProtection"];

/// Calls about the lock of a stack, which is a parameter.
pub const OF_LOCKS: [&str; 3] = ["ssm:DeleteParameter", "ssm:GetParameter", "ssm:PutParameter"];

/// What releases, and the commands beside them, call of an application.
pub const OF_RELEASES: [&str; 15] = [
    "kinesisanalytics:CreateApplicationSnapshot",
    "kinesisanalytics:DeleteApplicationSnapshot",
    "kinesisanalytics:DescribeApplication",
    "kinesisanalytics:DescribeApplicationOperation",
    "kinesisanalytics:DescribeApplicationSnapshot",
    "kinesisanalytics:DescribeApplicationVersion",
    "kinesisanalytics:ListApplicationOperations",
    "kinesisanalytics:ListApplicationSnapshots",
    "kinesisanalytics:ListApplicationVersions",
    "kinesisanalytics:RollbackApplication",
    "kinesisanalytics:StartApplication",
    "kinesisanalytics:StopApplication",
    "kinesisanalytics:UpdateApplication",
    "ssm:GetParameter",
    "ssm:PutParameter",
];

/// What a release calls of the stack: its first creates the application, and change sets of before are deleted.
pub const OF_STACKS_IN_RELEASES: [&str; 6] = [
    "cloudformation:DeleteChangeSet",
    "cloudformation:DescribeChangeSet",
    "cloudformation:DescribeStackEvents",
    "cloudformation:DescribeStacks",
    "cloudformation:ListChangeSets",
    "cloudformation:UpdateStack",
];

/// What watching the health of an application calls; IAM knows no resource of metrics.
pub const OF_HEALTH: [&str; 2] = ["cloudwatch:DescribeAlarms", "cloudwatch:GetMetricData"];

/// What showing and answering an approval calls of its pipeline.
pub const OF_APPROVALS: [&str; 4] = [
    "codepipeline:GetPipeline",
    "codepipeline:GetPipelineState",
    "codepipeline:ListActionExecutions",
    "codepipeline:PutApprovalResult",
];

/// What showing an approval looks at of an application that would be released.
pub const OF_APPROVED_RELEASES: [&str; 3] = [
    "kinesisanalytics:DescribeApplication",
    "kinesisanalytics:DescribeApplicationSnapshot",
    "kinesisanalytics:ListApplicationSnapshots",
];

/// What showing an approval looks at of a stack that would be deployed.
pub const OF_APPROVED_DEPLOYMENTS: [&str; 1] = ["cloudformation:DescribeChangeSet"];

/// The parameter that is the lock of a stack.
pub fn lock(stack: &str) -> String {
    format!("/tidegate/locks/{stack}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::iam;

    #[test]
    fn every_action_is_one_of_iam() {
        for action in [
            &OF_STACKS[..],
            &OF_NO_STACK,
            &OF_PLANS,
            &[OF_EXECUTION],
            &OF_DEPLOYMENTS,
            &OF_LOCKS,
            &OF_RELEASES,
            &OF_STACKS_IN_RELEASES,
            &OF_HEALTH,
            &OF_APPROVALS,
            &OF_APPROVED_RELEASES,
            &OF_APPROVED_DEPLOYMENTS,
        ]
        .concat()
        {
            let (service, name) = action.split_once(':').unwrap();
            assert!(iam::service(service).is_none_or(|service| service.has(name)), "{action}");
        }
    }
}
