"""Keeps what Glue tells of changed tables."""

import os

import boto3

schemas = boto3.resource("dynamodb").Table(os.environ["TABLE_SCHEMAS_NAME"])


def handler(event, context):
    detail = event["detail"]
    for name in detail.get("changedTables") or [detail["tableName"]]:
        schemas.put_item(Item={"table": f"{detail['databaseName']}.{name}", "at": f"{event['time']} {event['id']}",
                               "change": detail["typeOfChange"]})
