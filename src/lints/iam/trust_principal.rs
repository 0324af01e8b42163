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

/// The properties that hand a role to a service, and the service's principal without its domain.
///
/// Source: CloudFormation Template Reference and the user guides of the services (2026-04).
const HANDED: &[(&str, &str, &str)] = &[
    ("AWS::CodeBuild::Project", "/BuildBatchConfig/ServiceRole", "codebuild"),
    ("AWS::CodeBuild::Project", "/ServiceRole", "codebuild"),
    ("AWS::CodeDeploy::DeploymentGroup", "/ServiceRoleArn", "codedeploy"),
    ("AWS::CodePipeline::Pipeline", "/RoleArn", "codepipeline"),
    ("AWS::EMR::Cluster", "/ServiceRole", "elasticmapreduce"),
    ("AWS::Events::Rule", "/RoleArn", "events"),
    ("AWS::Events::Rule", "/Targets/*/RoleArn", "events"),
    ("AWS::Glue::Crawler", "/Role", "glue"),
    ("AWS::Glue::Job", "/Role", "glue"),
    ("AWS::IoT::TopicRule", "/TopicRulePayload/Actions/*/Firehose/RoleArn", "iot"),
    ("AWS::IoT::TopicRule", "/TopicRulePayload/Actions/*/Kinesis/RoleArn", "iot"),
    ("AWS::IoT::TopicRule", "/TopicRulePayload/Actions/*/S3/RoleArn", "iot"),
    ("AWS::IoT::TopicRule", "/TopicRulePayload/Actions/*/Sns/RoleArn", "iot"),
    ("AWS::IoT::TopicRule", "/TopicRulePayload/Actions/*/Sqs/RoleArn", "iot"),
    ("AWS::KafkaConnect::Connector", "/ServiceExecutionRoleArn", "kafkaconnect"),
    ("AWS::KinesisAnalyticsV2::Application", "/ServiceExecutionRole", "kinesisanalytics"),
    (
        "AWS::KinesisFirehose::DeliveryStream",
        "/AmazonopensearchserviceDestinationConfiguration/RoleARN",
        "firehose",
    ),
    ("AWS::KinesisFirehose::DeliveryStream", "/ExtendedS3DestinationConfiguration/RoleARN", "firehose"),
    ("AWS::KinesisFirehose::DeliveryStream", "/HttpEndpointDestinationConfiguration/RoleARN", "firehose"),
    ("AWS::KinesisFirehose::DeliveryStream", "/IcebergDestinationConfiguration/RoleARN", "firehose"),
    ("AWS::KinesisFirehose::DeliveryStream", "/KinesisStreamSourceConfiguration/RoleARN", "firehose"),
    (
        "AWS::KinesisFirehose::DeliveryStream",
        "/MSKSourceConfiguration/AuthenticationConfiguration/RoleARN",
        "firehose",
    ),
    ("AWS::KinesisFirehose::DeliveryStream", "/RedshiftDestinationConfiguration/RoleARN", "firehose"),
    ("AWS::KinesisFirehose::DeliveryStream", "/S3DestinationConfiguration/RoleARN", "firehose"),
    ("AWS::KinesisFirehose::DeliveryStream", "/SnowflakeDestinationConfiguration/RoleARN", "firehose"),
    ("AWS::KinesisFirehose::DeliveryStream", "/SplunkDestinationConfiguration/S3Configuration/RoleARN", "firehose"),
    ("AWS::Lambda::Function", "/Role", "lambda"),
    ("AWS::Logs::SubscriptionFilter", "/RoleArn", "logs"),
    ("AWS::OSIS::Pipeline", "/PipelineRoleArn", "osis-pipelines"),
    ("AWS::Pipes::Pipe", "/RoleArn", "pipes"),
    ("AWS::S3::Bucket", "/ReplicationConfiguration/Role", "s3"),
    ("AWS::SageMaker::Model", "/ExecutionRoleArn", "sagemaker"),
    ("AWS::Scheduler::Schedule", "/Target/RoleArn", "scheduler"),
    ("AWS::Serverless::Function", "/Role", "lambda"),
    ("AWS::Serverless::StateMachine", "/Role", "states"),
    ("AWS::StepFunctions::StateMachine", "/RoleArn", "states"),
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
                let message = format!(
                    "`{id}` does not let `{service}.amazonaws.com` take it on, so that nothing can be done with it here"
                );
                let properties = &role.site.resource.properties;
                let trust = look(properties, "/AssumeRolePolicyDocument").found();
                let trust = trust.map_or(&role.site.resource.origin.span, |trust| trust.key_span());
                findings.push(
                    Diagnostic::new(&LINT.rule, &value.origin.span, message)
                        .related(trust, "who may take on the role")
                        .help(format!(
                            "allow `sts:AssumeRole` to the service `{service}.amazonaws.com` in \
                             `AssumeRolePolicyDocument` of `{id}`, or hand over the role that was made for this"
                        )),
                );
            }
        }
    }
}
