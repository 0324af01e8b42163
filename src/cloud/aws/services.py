"""Writes services.json: how each AWS service is called, from botocore's service models.

    python src/cloud/aws/services.py
"""

import json
import pathlib

import botocore
import botocore.session

SERVICES = """
apigateway apigatewayv2 application-autoscaling athena autoscaling cloudcontrol cloudformation cloudwatch codebuild
codecommit codeconnections codepipeline codestar-connections dms dynamodb ec2 ecr ecs elasticache emr emr-serverless
events firehose glue iam iot kafka kafkaconnect kinesis kinesisanalyticsv2 kms lakeformation lambda logs mq opensearch
opensearchserverless pipes rds redshift redshift-serverless s3 sagemaker scheduler schemas secretsmanager sns sqs ssm
stepfunctions sts timestream-influxdb timestream-write
""".split()

# What is spoken here, where several protocols are served: CBOR never, and JSON rather than XML.
SPOKEN = ("json", "rest-json", "query", "ec2", "rest-xml")
GLOBAL = {"iam"}


def protocol(metadata):
    served = metadata.get("protocols", [metadata["protocol"]])
    chosen = next(one for one in SPOKEN if one in served)
    return f"json-{metadata['jsonVersion']}" if chosen == "json" else chosen


def row(name, metadata):
    entry = {
        "id": metadata["serviceId"],
        "signing": metadata.get("signingName", metadata["endpointPrefix"]),
        "prefix": metadata["endpointPrefix"],
        "protocol": protocol(metadata),
        "version": metadata["apiVersion"],
    }
    if entry["protocol"].startswith("json-"):
        entry["target"] = metadata["targetPrefix"]
    if name in GLOBAL:
        entry["global"] = True
    return entry


def main():
    session = botocore.session.get_session()
    rows = {name: row(name, session.get_service_model(name).metadata) for name in sorted(SERVICES)}
    lines = ",\n".join(f"    {json.dumps(name)}: {json.dumps(entry)}" for name, entry in rows.items())
    source = f"service models of botocore {botocore.__version__}, by src/cloud/aws/services.py"
    text = f'{{\n  "source": {json.dumps(source)},\n  "services": {{\n{lines}\n  }}\n}}\n'
    pathlib.Path(__file__).with_suffix(".json").write_text(text)


if __name__ == "__main__":
    main()
