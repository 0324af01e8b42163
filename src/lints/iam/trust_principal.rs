use crate::analysis::System;
use crate::analysis::flink::API_NAME;
use crate::analysis::role::{Allowed, named, places};
use crate::analysis::value::look;
use crate::desired::Value;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "iam/trust-principal", level: Level::Warning, page: include_str!("trust_principal.md") },
    effect: Effect::Deployment,
    check,
};

/// The types that are handed a role, the principal of the service that takes it on, and the properties.
///
/// Source: CloudFormation Template Reference and the user guides of the services (2026-04).
const HANDED: &[(&str, &str, &[&str])] = &[
    ("AWS::CodeBuild::Project", "codebuild.amazonaws.com", &["/BuildBatchConfig/ServiceRole", "/ServiceRole"]),
    ("AWS::CodeDeploy::DeploymentGroup", "codedeploy.amazonaws.com", &["/ServiceRoleArn"]),
    ("AWS::CodePipeline::Pipeline", "codepipeline.amazonaws.com", &["/RoleArn"]),
    ("AWS::EMR::Cluster", "elasticmapreduce.amazonaws.com", &["/ServiceRole"]),
    ("AWS::Events::Rule", "events.amazonaws.com", &["/RoleArn", "/Targets/*/RoleArn"]),
    ("AWS::Glue::Crawler", "glue.amazonaws.com", &["/Role"]),
    ("AWS::Glue::Job", "glue.amazonaws.com", &["/Role"]),
    (
        "AWS::IoT::TopicRule",
        "iot.amazonaws.com",
        &[
            "/TopicRulePayload/Actions/*/Firehose/RoleArn",
            "/TopicRulePayload/Actions/*/Kinesis/RoleArn",
            "/TopicRulePayload/Actions/*/S3/RoleArn",
            "/TopicRulePayload/Actions/*/Sns/RoleArn",
            "/TopicRulePayload/Actions/*/Sqs/RoleArn",
        ],
    ),
    ("AWS::KafkaConnect::Connector", "kafkaconnect.amazonaws.com", &["/ServiceExecutionRoleArn"]),
    ("AWS::KinesisAnalyticsV2::Application", "kinesisanalytics.amazonaws.com", &["/ServiceExecutionRole"]),
    (
        "AWS::KinesisFirehose::DeliveryStream",
        "firehose.amazonaws.com",
        &[
            "/AmazonopensearchserviceDestinationConfiguration/RoleARN",
            "/ExtendedS3DestinationConfiguration/RoleARN",
            "/HttpEndpointDestinationConfiguration/RoleARN",
            "/IcebergDestinationConfiguration/RoleARN",
            "/KinesisStreamSourceConfiguration/RoleARN",
            "/MSKSourceConfiguration/AuthenticationConfiguration/RoleARN",
            "/RedshiftDestinationConfiguration/RoleARN",
            "/S3DestinationConfiguration/RoleARN",
            "/SnowflakeDestinationConfiguration/RoleARN",
            "/SplunkDestinationConfiguration/S3Configuration/RoleARN",
        ],
    ),
    ("AWS::Lambda::Function", "lambda.amazonaws.com", &["/Role"]),
    ("AWS::Logs::SubscriptionFilter", "logs.amazonaws.com", &["/RoleArn"]),
    ("AWS::OSIS::Pipeline", "osis-pipelines.amazonaws.com", &["/PipelineRoleArn"]),
    ("AWS::Pipes::Pipe", "pipes.amazonaws.com", &["/RoleArn"]),
    ("AWS::S3::Bucket", "s3.amazonaws.com", &["/ReplicationConfiguration/Role"]),
    ("AWS::SageMaker::Model", "sagemaker.amazonaws.com", &["/ExecutionRoleArn"]),
    ("AWS::Scheduler::Schedule", "scheduler.amazonaws.com", &["/Target/RoleArn"]),
    ("AWS::Serverless::Function", "lambda.amazonaws.com", &["/Role"]),
    ("AWS::Serverless::StateMachine", "states.amazonaws.com", &["/Role"]),
    ("AWS::StepFunctions::StateMachine", "states.amazonaws.com", &["/RoleArn"]),
];

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.sites() {
        let kind = &site.resource.resource_type;
        let Some((_, service, pointers)) = HANDED.iter().find(|(name, ..)| name == kind) else { continue };
        for pointer in *pointers {
            for value in places(&site.resource.properties, pointer) {
                let Some(role) = named(site.stack, value) else { continue };
                if role.trusts(service) != Allowed::No {
                    continue;
                }
                let properties = &role.site.resource.properties;
                let trust = look(properties, "/AssumeRolePolicyDocument").found();
                // What is only misspelt is told where it stands.
                if trust.is_some_and(names_the_api) {
                    continue;
                }
                let id = role.site.id;
                let message =
                    format!("`{id}` does not let `{service}` take it on, so that nothing can be done with it here");
                let trust = trust.map_or(&role.site.resource.origin.span, |trust| trust.key_span());
                findings.push(
                    Diagnostic::new(&LINT.rule, &value.origin.span, message)
                        .related(trust, "who may take on the role")
                        .help(format!(
                            "allow `sts:AssumeRole` to the service `{service}` in \
                             `AssumeRolePolicyDocument` of `{id}`, or hand over the role that was made for this"
                        )),
                );
            }
        }
    }
}

fn names_the_api(trust: &Value) -> bool {
    let mut named = false;
    trust.each(&mut |value| named |= value.as_text().is_some_and(|text| text.starts_with(API_NAME)));
    named
}
