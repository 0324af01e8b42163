"""Starts stage A for each object that a queue tells of."""

import json
import os

import boto3

workflows = boto3.client("stepfunctions")


def handler(event, context):
    failed = []
    for record in event["Records"]:
        try:
            workflows.start_execution(
                stateMachineArn=os.environ["WORKFLOW_STAGE_A_ARN"],
                name=record["messageId"],
                input=json.dumps(json.loads(record["body"])["detail"]),
            )
        except workflows.exceptions.ExecutionAlreadyExists:
            pass
        except Exception as error:
            print(f"{record['messageId']}: {error}")
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}
