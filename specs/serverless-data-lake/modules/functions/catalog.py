"""Keeps one item for each object of the data lake."""

import json
import os

import boto3

objects = boto3.resource("dynamodb").Table(os.environ["TABLE_OBJECTS_NAME"])


def handler(event, context):
    failed = []
    for record in event["Records"]:
        try:
            keep(json.loads(record["body"]))
        except Exception as error:
            print(f"{record['messageId']}: {error}")
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}


def keep(event):
    bucket, found = event["detail"]["bucket"]["name"], event["detail"]["object"]
    newer = {"ConditionExpression": "attribute_not_exists(sequencer) OR sequencer < :sequencer",
             "ExpressionAttributeValues": {":sequencer": found["sequencer"]}}
    item = {"id": f"s3://{bucket}/{found['key']}", "dataset": "/".join(found["key"].split("/")[:2]),
            "at": event["time"], "sequencer": found["sequencer"], "state": "there"}
    if event["detail-type"] == "Object Created":
        item.update(size=found["size"], etag=found["etag"])
    else:
        item["state"] = "gone"
    try:
        objects.put_item(Item=item, **newer)
    except objects.meta.client.exceptions.ConditionalCheckFailedException:
        pass  # events come in any order, and this one is older than what is known
