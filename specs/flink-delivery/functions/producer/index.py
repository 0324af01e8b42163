"""Puts one test record on the stream of trips each time it is called."""

import json
import os
import time

import boto3

kinesis = boto3.client("kinesis")


def handler(event, context):
    record = {"message": "This is a test trip", "at": int(time.time())}
    answer = kinesis.put_record(
        StreamName=os.environ["STREAM_TRIPS_NAME"],
        Data=json.dumps(record).encode(),
        PartitionKey=str(record["at"]),
    )
    return {"shard": answer["ShardId"]}
