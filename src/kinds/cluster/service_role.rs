//! What EMR may do in EC2 for one cluster.
//!
//! It is what AWS lists in the managed policy AmazonEMRServicePolicy_v2 (its version 3, read 2026-11-21), without autoscaling, placement groups and
//! capacity reservations, in one subnet and for one role.

use serde_json::{Value as Json, json};

use crate::desired::{Origin, Value};
use crate::kinds::network::ec2_arn;
use crate::model::Statement;

/// EMR gives this tag of the cluster to everything that it makes for it.
pub(super) const TAG: &str = "for-use-with-amazon-emr-managed-policies";

pub(super) fn tag(origin: &Origin) -> Value {
    Value::from_json(json!({ "Key": TAG, "Value": "true" }), origin)
}

pub(super) fn statements(subnet: &Value, instance_role: Value, origin: &Origin) -> Vec<Statement> {
    let ec2 = |resource: &str| {
        Value::sub(format!("arn:${{AWS::Partition}}:ec2:${{AWS::Region}}:${{AWS::AccountId}}:{resource}"), origin)
    };
    let image = Value::sub("arn:${AWS::Partition}:ec2:${AWS::Region}::image/ami-*", origin);
    let allow = |actions: &[&str], resources: &[&str]| {
        Statement::new(actions, resources.iter().map(|resource| ec2(resource)).collect(), origin)
    };
    let everything = |actions: &[&str]| Statement::new(actions, vec![Value::text("*", origin)], origin);
    let condition = |condition: Json| Value::from_json(condition, origin);
    let is_tagged = || condition(json!({ "StringEquals": { format!("aws:ResourceTag/{TAG}"): "true" } }));
    let gets_tag = || condition(json!({ "StringEquals": { format!("aws:RequestTag/{TAG}"): "true" } }));
    let while_making = |actions: &[&str]| condition(json!({ "StringEquals": { "ec2:CreateAction": actions } }));
    let launch =
        &["ec2:CreateFleet", "ec2:CreateLaunchTemplate", "ec2:CreateLaunchTemplateVersion", "ec2:RunInstances"];
    let in_subnet = |actions: &[&str]| Statement::new(actions, vec![ec2_arn("subnet", subnet, origin)], origin);
    vec![
        in_subnet(launch),
        in_subnet(&["ec2:CreateNetworkInterface"]),
        allow(launch, &["security-group/*"]).when(is_tagged()),
        allow(&["ec2:CreateNetworkInterface"], &["security-group/*"]).when(is_tagged()),
        allow(&["ec2:CreateLaunchTemplate"], &["launch-template/*"]).when(gets_tag()),
        allow(&["ec2:CreateFleet", "ec2:CreateLaunchTemplateVersion", "ec2:RunInstances"], &["launch-template/*"])
            .when(is_tagged()),
        allow(&["ec2:CreateFleet", "ec2:RunInstances"], &["instance/*", "volume/*"]).when(gets_tag()),
        allow(launch, &["fleet/*", "network-interface/*"]),
        Statement::new(launch, vec![image], origin),
        allow(&["ec2:CreateNetworkInterface"], &["network-interface/*"]).when(gets_tag()),
        allow(
            &[
                "ec2:DeleteLaunchTemplate",
                "ec2:DeleteNetworkInterface",
                "ec2:ModifyInstanceAttribute",
                "ec2:TerminateInstances",
            ],
            &["instance/*", "launch-template/*", "network-interface/*"],
        )
        .when(is_tagged()),
        allow(
            &["ec2:CreateTags", "ec2:DeleteTags"],
            &["instance/*", "launch-template/*", "network-interface/*", "volume/*"],
        )
        .when(is_tagged()),
        allow(&["ec2:CreateTags"], &["instance/*", "launch-template/*", "network-interface/*", "volume/*"])
            .when(while_making(&["CreateFleet", "CreateLaunchTemplate", "CreateNetworkInterface", "RunInstances"])),
        allow(&["ec2:CreateSecurityGroup"], &["security-group/*"]).when(gets_tag()),
        allow(&["ec2:CreateSecurityGroup"], &["vpc/*"]).when(is_tagged()),
        allow(&["ec2:CreateTags"], &["security-group/*"]).when(while_making(&["CreateSecurityGroup"])),
        allow(
            &[
                "ec2:AuthorizeSecurityGroupEgress",
                "ec2:AuthorizeSecurityGroupIngress",
                "ec2:RevokeSecurityGroupEgress",
                "ec2:RevokeSecurityGroupIngress",
            ],
            &["security-group/*"],
        )
        .when(is_tagged()),
        everything(&[
            "ec2:DescribeAccountAttributes",
            "ec2:DescribeDhcpOptions",
            "ec2:DescribeImages",
            "ec2:DescribeInstances",
            "ec2:DescribeInstanceTypeOfferings",
            "ec2:DescribeLaunchTemplates",
            "ec2:DescribeNetworkAcls",
            "ec2:DescribeNetworkInterfaces",
            "ec2:DescribeRouteTables",
            "ec2:DescribeSecurityGroups",
            "ec2:DescribeSubnets",
            "ec2:DescribeVolumes",
            "ec2:DescribeVolumeStatus",
            "ec2:DescribeVpcAttribute",
            "ec2:DescribeVpcEndpoints",
            "ec2:DescribeVpcs",
        ]),
        Statement::new(&["iam:PassRole"], vec![instance_role], origin)
            .when(condition(json!({ "StringEquals": { "iam:PassedToService": "ec2.amazonaws.com" } }))),
    ]
}
