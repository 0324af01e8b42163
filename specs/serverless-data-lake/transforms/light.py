"""Takes what is needed out of a raw object, and writes it where stage B reads."""

import json
import os

import boto3

s3 = boto3.client("s3")


def handler(event, context):
    bucket, key = event["bucket"]["name"], event["object"]["key"]
    body = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    rows = [row for row in json.loads(body) if row]
    s3.put_object(Bucket=os.environ["STAGE"], Key=key, Body=json.dumps(rows).encode())
    return {"key": key, "rows": len(rows)}
