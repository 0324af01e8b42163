use crate::analysis::System;
use crate::analysis::role::{Allowed, named, places};
use crate::analysis::value::look;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "iam/trust-principal", level: Level::Warning, page: include_str!("trust_principal.md") },
    effect: Effect::Deployment,
    check,
};

/// The properties that hand a role to a service, and the service's principal.
///
/// Source: CloudFormation Template Reference and the user guides of the services (2026-04).
const HANDED: &[(&str, &str, &str)] = &[
    ("AWS::CodeBuild::Project", "/BuildBatchConfig/ServiceRole", "codebuild.amazonaws.com"),
    ("AWS::CodeBuild::Project", "/ServiceRole", "codebuild.amazonaws.com"),
    ("AWS::CodeDeploy::DeploymentGroup", "/ServiceRoleArn", "codedeploy.amazonaws.com"),
    ("AWS::CodePipeline::Pipeline", "/RoleArn", "codepipeline.amazonaws.com"),
    ("AWS::EMR::Cluster", "/ServiceRole", "elasticmapreduce.amazonaws.com"),
    ("AWS::Events::Rule", "/RoleArn", "events.amazonaws.com"),
    ("AWS::Events::Rule", "/Targets/*/RoleArn", "events.amazonaws.com"),
    ("AWS::Glue::Crawler", "/Role", "glue.amazonaws.com"),
    ("AWS::Glue::Job", "/Role", "glue.amazonaws.com"),
    ("AWS::IoT::TopicRule", "/TopicRulePayload/Actions/*/Firehose/RoleArn", "iot.amazonaws.com"),
    ("AWS::IoT::TopicRule", "/TopicRulePayload/Actions/*/Kinesis/RoleArn", "iot.amazonaws.com"),
    ("AWS::IoT::TopicRule", "/TopicRulePayload/Actions/*/S3/RoleArn", "iot.amazonaws.com"),
    ("AWS::IoT::TopicRule", "/TopicRulePayload/Actions/*/Sns/RoleArn", "iot.amazonaws.com"),
    ("AWS::IoT::TopicRule", "/TopicRulePayload/Actions/*/Sqs/RoleArn", "iot.amazonaws.com"),
    ("AWS::KafkaConnect::Connector", "/ServiceExecutionRoleArn", "kafkaconnect.amazonaws.com"),
    ("AWS::KinesisAnalyticsV2::Application", "/ServiceExecutionRole", "kinesisanalytics.amazonaws.com"),
    (
        "AWS::KinesisFirehose::DeliveryStream",
        "/AmazonopensearchserviceDestinationConfiguration/RoleARN",
        "firehose.amazonaws.com",
    ),
    ("AWS::KinesisFirehose::DeliveryStream", "/ExtendedS3DestinationConfiguration/RoleARN", "firehose.amazonaws.com"),
    ("AWS::KinesisFirehose::DeliveryStream", "/HttpEndpointDestinationConfiguration/RoleARN", "firehose.amazonaws.com"),
    ("AWS::KinesisFirehose::DeliveryStream", "/IcebergDestinationConfiguration/RoleARN", "firehose.amazonaws.com"),
    ("AWS::KinesisFirehose::DeliveryStream", "/KinesisStreamSourceConfiguration/RoleARN", "firehose.amazonaws.com"),
    (
        "AWS::KinesisFirehose::DeliveryStream",
        "/MSKSourceConfiguration/AuthenticationConfiguration/RoleARN",
        "firehose.amazonaws.com",
    ),
    ("AWS::KinesisFirehose::DeliveryStream", "/RedshiftDestinationConfiguration/RoleARN", "firehose.amazonaws.com"),
    ("AWS::KinesisFirehose::DeliveryStream", "/S3DestinationConfiguration/RoleARN", "firehose.amazonaws.com"),
    ("AWS::KinesisFirehose::DeliveryStream", "/SnowflakeDestinationConfiguration/RoleARN", "firehose.amazonaws.com"),
    (
        "AWS::KinesisFirehose::DeliveryStream",
        "/SplunkDestinationConfiguration/S3Configuration/RoleARN",
        "firehose.amazonaws.com",
    ),
    ("AWS::Lambda::Function", "/Role", "lambda.amazonaws.com"),
    ("AWS::Logs::SubscriptionFilter", "/RoleArn", "logs.amazonaws.com"),
    ("AWS::OSIS::Pipeline", "/PipelineRoleArn", "osis-pipelines.amazonaws.com"),
    ("AWS::Pipes::Pipe", "/RoleArn", "pipes.amazonaws.com"),
    ("AWS::S3::Bucket", "/ReplicationConfiguration/Role", "s3.amazonaws.com"),
    ("AWS::SageMaker::Model", "/ExecutionRoleArn", "sagemaker.amazonaws.com"),
    ("AWS::Scheduler::Schedule", "/Target/RoleArn", "scheduler.amazonaws.com"),
    ("AWS::Serverless::Function", "/Role", "lambda.amazonaws.com"),
    ("AWS::Serverless::StateMachine", "/Role", "states.amazonaws.com"),
    ("AWS::StepFunctions::StateMachine", "/RoleArn", "states.amazonaws.com"),
];

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.sites() {
        for (_, pointer, service) in HANDED.iter().filter(|(name, ..)| *name == site.resource.resource_type) {
            for value in places(&site.resource.properties, pointer) {
                let Some(role) = named(site.stack, value) else { continue };
                if role.trusts(service) != Allowed::No {
                    continue;
                }
                let id = role.site.id;
                let message =
                    format!("`{id}` does not let `{service}` take it on, so that nothing can be done with it here");
                let properties = &role.site.resource.properties;
                let trust = look(properties, "/AssumeRolePolicyDocument").found();
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
