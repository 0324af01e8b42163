"""Makes resources.json, equalities.json and schemas.txt from the CloudFormation registry schemas inside the installed cfn-lint package.

    pip install cfn-lint
    python src/facts/recipe.py

resources.json is what comparing and deploying need of the types that kinds make: to add one, add it to TYPES (and to
stateful.json when deleting it loses data). equalities.json is what their schemas say of values that mean the same. schemas.txt is what may be written for every type in shapes.py, with the patches of
corrections.json. Then run the recipe again.
"""

import importlib.metadata
import json
import pathlib

import cfnlint

import equalities
import shapes

TYPES = """
AWS::ApiGateway::Account AWS::ApiGateway::ApiKey AWS::ApiGateway::Authorizer AWS::ApiGateway::Deployment
AWS::ApiGateway::Method AWS::ApiGateway::Model AWS::ApiGateway::RequestValidator AWS::ApiGateway::Resource
AWS::ApiGateway::RestApi AWS::ApiGateway::Stage AWS::ApiGateway::UsagePlan AWS::ApiGateway::UsagePlanKey
AWS::ApplicationAutoScaling::ScalableTarget AWS::ApplicationAutoScaling::ScalingPolicy AWS::Athena::WorkGroup
AWS::CloudWatch::Alarm AWS::CloudWatch::Dashboard AWS::CodeBuild::Project AWS::CodeCommit::Repository
AWS::CodeDeploy::Application AWS::CodeDeploy::DeploymentConfig AWS::CodeDeploy::DeploymentGroup
AWS::CodeConnections::Connection AWS::CodePipeline::Pipeline AWS::DynamoDB::Table AWS::EC2::EIP
AWS::EC2::InternetGateway AWS::EC2::NatGateway AWS::EC2::Route AWS::EC2::RouteTable AWS::EC2::SecurityGroup
AWS::EC2::SecurityGroupIngress AWS::EC2::Subnet AWS::EC2::SubnetRouteTableAssociation AWS::EC2::VPC
AWS::EC2::VPCEndpoint AWS::EC2::VPCGatewayAttachment AWS::EMR::Cluster AWS::EMR::SecurityConfiguration
AWS::EMRServerless::Application AWS::Events::EventBus AWS::Events::Rule AWS::Glue::Connection AWS::Glue::Crawler
AWS::Glue::DataQualityRuleset AWS::Glue::Database AWS::Glue::Job AWS::Glue::Table AWS::Glue::Trigger
AWS::IAM::InstanceProfile AWS::IAM::Policy AWS::IAM::Role AWS::IoT::Policy AWS::IoT::TopicRule AWS::KMS::Alias
AWS::KMS::Key AWS::Kinesis::Stream AWS::Kinesis::StreamConsumer AWS::KinesisAnalyticsV2::Application
AWS::KinesisAnalyticsV2::ApplicationCloudWatchLoggingOption AWS::KinesisFirehose::DeliveryStream AWS::Lambda::Alias
AWS::LakeFormation::PrincipalPermissions AWS::LakeFormation::Resource AWS::Lambda::EventInvokeConfig
AWS::Lambda::EventSourceMapping AWS::Lambda::Function AWS::Lambda::LayerVersion AWS::Lambda::Permission
AWS::Lambda::Version AWS::Logs::LogGroup AWS::Logs::LogStream AWS::Logs::ResourcePolicy AWS::MSK::BatchScramSecret
AWS::MSK::Cluster AWS::MSK::ClusterPolicy AWS::MSK::Configuration AWS::MSK::Replicator AWS::MSK::ServerlessCluster
AWS::MSK::Topic AWS::OpenSearchService::Domain AWS::Redshift::Cluster
AWS::Redshift::ClusterParameterGroup AWS::Redshift::ClusterSubnetGroup AWS::RedshiftServerless::Namespace
AWS::RedshiftServerless::Workgroup AWS::S3::Bucket AWS::S3::BucketPolicy AWS::SNS::Subscription AWS::SNS::Topic
AWS::SNS::TopicPolicy AWS::SQS::Queue AWS::SQS::QueuePolicy AWS::SSM::Parameter AWS::SageMaker::Endpoint
AWS::SageMaker::EndpointConfig AWS::SageMaker::Model AWS::Scheduler::Schedule AWS::Scheduler::ScheduleGroup
AWS::SecretsManager::Secret AWS::StepFunctions::StateMachine
""".split()

# What every change in place does, where a person should know before it happens.
DISTURBS = {
    "AWS::IAM::Policy": "changes permissions",
    "AWS::IAM::Role": "changes permissions",
    "AWS::KinesisAnalyticsV2::Application": "restarts the job, from a snapshot if snapshots are on",
    "AWS::MSK::Cluster": "may restart the brokers, one after another",
    "AWS::OpenSearchService::Domain": "may move the data to new nodes, which takes hours",
}

# What is published anew instead of being changed: replacing it disturbs nobody.
RENEWED = {"AWS::Lambda::LayerVersion", "AWS::Lambda::Version"}

# Legacy types have no handlers in the registry. These are the operations that the service's user guide names for
# each property of the type.
LEGACY = {
    "AWS::EMR::Cluster": {
        "create": [
            "elasticmapreduce:AddTags", "elasticmapreduce:DescribeCluster", "elasticmapreduce:PutAutoTerminationPolicy",
            "elasticmapreduce:RunJobFlow", "iam:PassRole",
        ],
        "update": [
            "elasticmapreduce:AddTags", "elasticmapreduce:DescribeCluster",
            "elasticmapreduce:GetAutoTerminationPolicy", "elasticmapreduce:ListInstanceGroups",
            "elasticmapreduce:ModifyInstanceGroups", "elasticmapreduce:PutAutoTerminationPolicy",
            "elasticmapreduce:RemoveAutoTerminationPolicy", "elasticmapreduce:RemoveTags",
        ],
        "delete": ["elasticmapreduce:DescribeCluster", "elasticmapreduce:TerminateJobFlows"],
        "read": ["elasticmapreduce:DescribeCluster"],
    },
    "AWS::LakeFormation::Resource": {
        "create": ["iam:PassRole", "lakeformation:RegisterResource"],
        "update": ["iam:PassRole", "lakeformation:UpdateResource"],
        "delete": ["lakeformation:DeregisterResource"],
        "read": ["lakeformation:DescribeResource"],
    },
    "AWS::CodeBuild::Project": {
        "create": ["codebuild:CreateProject", "iam:PassRole"],
        "update": ["codebuild:UpdateProject", "iam:PassRole"],
        "delete": ["codebuild:DeleteProject"],
        "read": ["codebuild:BatchGetProjects"],
    },
    "AWS::KinesisAnalyticsV2::ApplicationCloudWatchLoggingOption": {
        "create": ["kinesisanalytics:AddApplicationCloudWatchLoggingOption", "kinesisanalytics:DescribeApplication"],
        "update": ["kinesisanalytics:UpdateApplication", "kinesisanalytics:DescribeApplication"],
        "delete": ["kinesisanalytics:DeleteApplicationCloudWatchLoggingOption", "kinesisanalytics:DescribeApplication"],
        "read": ["kinesisanalytics:DescribeApplication"],
    },
    "AWS::SNS::TopicPolicy": {
        "create": ["sns:SetTopicAttributes"],
        "update": ["sns:SetTopicAttributes"],
        "delete": ["sns:SetTopicAttributes"],
        "read": ["sns:GetTopicAttributes"],
    },
}


def pointers(schema, key):
    return sorted(text.removeprefix("/properties").replace("/properties/", "/") for text in schema.get(key, []))


def shape(schema):
    """Pointers of the lists whose order says nothing and of the maps whose keys are the user's, with `*` for every
    item of a list; and the names of all properties at any depth."""
    lists, maps, names = set(), set(), set()

    def visit(node, pointer, seen):
        while "$ref" in node:
            name = node["$ref"].rsplit("/", 1)[1]
            if name in seen:
                return
            seen, node = seen | {name}, schema["definitions"][name]
        if node.get("insertionOrder") is False and "items" in node:
            lists.add(pointer)
        if node.get("patternProperties") or node.get("additionalProperties") not in (None, False):
            maps.add(pointer)
        elif "object" in node.get("type", []) and "properties" not in node:
            maps.add(pointer)
        for name, child in node.get("properties", {}).items():
            names.add(name)
            visit(child, f"{pointer}/{name}", seen)
        if isinstance(node.get("items"), dict):
            visit(node["items"], f"{pointer}/*", seen)
        for alternative in node.get("oneOf", []) + node.get("anyOf", []):
            visit(alternative, pointer, seen)

    visit({"properties": schema["properties"]}, "", frozenset())
    return {"unordered": sorted(lists), "maps": sorted(maps), "names": sorted(names)}


def resource_type(name, schema):
    handlers = schema.get("handlers") or {}
    permissions = LEGACY.get(name) or {}
    entry = {
        "create_only": pointers(schema, "createOnlyProperties"),
        "write_only": pointers(schema, "writeOnlyProperties"),
        "read_only": pointers(schema, "readOnlyProperties"),
        "primary_identifier": [text.removeprefix("/properties") for text in schema["primaryIdentifier"]],
        "readable": "read" in handlers,
        "updatable": not handlers or "update" in handlers,
        **shape(schema),
        "permissions": {
            verb: sorted(handlers[verb]["permissions"] if verb in handlers else permissions.get(verb, []))
            for verb in ("create", "read", "update", "delete")
        },
    }
    if name in DISTURBS:
        entry["disturbs"] = DISTURBS[name]
    if name in RENEWED:
        entry["renewed"] = True
    return entry


def main():
    schemas = pathlib.Path(cfnlint.__file__).parent / "data" / "schemas"
    provider = json.loads((schemas / "providers" / "us-east-1.json").read_text())
    types = {
        name: resource_type(name, json.loads((schemas / "resources" / f"{provider[name]}.json").read_text()))
        for name in sorted(TYPES)
    }
    version = importlib.metadata.version("cfn-lint")
    date = json.loads((schemas / "version.json").read_text())["schema_date"][:10]
    source = f"CloudFormation registry schemas of us-east-1 in cfn-lint {version}, by src/facts/recipe.py"
    folder = pathlib.Path(__file__).parent
    # One line per type: a diff shows which type changed.
    lines = ",\n".join(f"    {json.dumps(name)}: {json.dumps(entry)}" for name, entry in types.items())
    text = f'{{\n  "source": "{source}",\n  "date": "{date}",\n  "types": {{\n{lines}\n  }}\n}}\n'
    (folder / "resources.json").write_text(text)
    schemas_of = {name: json.loads((schemas / "resources" / f"{provider[name]}.json").read_text()) for name in types}
    (folder / "equalities.json").write_text(equalities.text(schemas_of, source, date))
    corrections = json.loads((folder / "corrections.json").read_text())
    (folder / "schemas.txt").write_text(shapes.text(schemas, corrections, date))


main()
