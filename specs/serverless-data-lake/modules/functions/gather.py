"""Starts stage B with the objects that wait for it."""

import json
import os

import boto3

queue = boto3.client("sqs")
workflows = boto3.client("stepfunctions")


def handler(event, context):
    url, most = os.environ["QUEUE"], int(os.environ["MOST"])
    messages = []
    while len(messages) < most:
        count = min(10, most - len(messages))
        received = queue.receive_message(QueueUrl=url, MaxNumberOfMessages=count).get("Messages", [])
        if not received:
            break
        messages += received
    if not messages:
        return
    keys = [json.loads(message["Body"])["detail"]["object"]["key"] for message in messages]
    workflows.start_execution(stateMachineArn=os.environ["WORKFLOW"], input=json.dumps({**event, "keys": keys}))
    for message in messages:
        queue.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
