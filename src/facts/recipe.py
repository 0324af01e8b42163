#!/usr/bin/env python3
"""Makes `permissions.json` from the CloudFormation registry schemas that the cfn-lint package ships.

    python src/facts/recipe.py > src/facts/permissions.json

Types without handlers in their schema (legacy types) are listed here with the actions of their API.
"""

import importlib.metadata
import json
import pathlib
import re

import cfnlint

# Type -> IAM service prefix. An action of another service (KMS, EC2, ...) serves settings that Tidegate does not make.
TYPES = {
    "AWS::CloudWatch::Alarm": "cloudwatch",
    "AWS::IAM::Role": "iam",
    "AWS::Kinesis::Stream": "kinesis",
    "AWS::KinesisAnalyticsV2::Application": "kinesisanalytics",
    "AWS::KinesisAnalyticsV2::ApplicationCloudWatchLoggingOption": "kinesisanalytics",
    "AWS::Lambda::EventSourceMapping": "lambda",
    "AWS::Lambda::Function": "lambda",
    "AWS::Logs::LogGroup": "logs",
    "AWS::Logs::LogStream": "logs",
    "AWS::S3::Bucket": "s3",
    "AWS::S3::BucketPolicy": "s3",
    "AWS::SNS::Topic": "sns",
    "AWS::SNS::TopicPolicy": "sns",
}

LEGACY = {
    "AWS::KinesisAnalyticsV2::ApplicationCloudWatchLoggingOption": [
        "kinesisanalytics:AddApplicationCloudWatchLoggingOption",
        "kinesisanalytics:DeleteApplicationCloudWatchLoggingOption",
        "kinesisanalytics:DescribeApplication",
    ],
}


def schema_of(resource_type):
    folder = pathlib.Path(cfnlint.__file__).parent / "data" / "schemas"
    name = json.loads((folder / "providers" / "us-east-1.json").read_text())[resource_type]
    return json.loads((folder / "resources" / f"{name}.json").read_text())


def actions_of(resource_type, service):
    handlers = schema_of(resource_type).get("handlers", {})
    listed = {action for handler in handlers.values() for action in handler.get("permissions", [])}
    listed.update(LEGACY.get(resource_type, []))
    own = {action for action in listed if action.lower().startswith(f"{service}:") and re.fullmatch(r"[\w-]+:\w+\*?", action)}
    return sorted(own)


print(
    json.dumps(
        {
            "source": f"CloudFormation registry schemas of cfn-lint {importlib.metadata.version('cfn-lint')}, handlers' permissions",
            "date": "2026-11-20",
            "types": {name: actions_of(name, service) for name, service in sorted(TYPES.items())},
        },
        indent=1,
    )
)
