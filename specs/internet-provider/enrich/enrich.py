"""Answers each request of the stream with offers, and says which requests have to come again."""

import base64
import json
import os

import boto3

from options import offers

KINESIS = boto3.client("kinesis")


def handler(event, context):
    failed = [record for record in event["Records"] if not answer(record["kinesis"])]
    return {"batchItemFailures": [{"itemIdentifier": record["kinesis"]["sequenceNumber"]} for record in failed]}


def answer(record):
    try:
        request = json.loads(base64.b64decode(record["data"]))
        said = {"subscriber": request["subscriber"], "offers": offers(request["location"], request["mbit"])}
        KINESIS.put_record(
            StreamName=os.environ["STREAM_OFFERS_NAME"],
            PartitionKey=request["subscriber"],
            Data=json.dumps(said).encode(),
        )
    except Exception as error:
        print(json.dumps({"sequence": record["sequenceNumber"], "error": repr(error)}))
        return False
    return True
