"""Tells the fleet of vehicles whose readings are unlike those of the others."""

import base64
import json
import os

import boto3

sns = boto3.client("sns")


def handler(event, context):
    for record in event["Records"]:
        anomaly = json.loads(base64.b64decode(record["kinesis"]["data"]))
        sns.publish(
            TopicArn=os.environ["TOPIC_FLEET_ARN"],
            Subject=f"Vehicle {anomaly['vehicle']}"[:100],
            Message=f"{anomaly['measure']} is {anomaly['value']}, {anomaly['deviation']} from what is usual",
        )
