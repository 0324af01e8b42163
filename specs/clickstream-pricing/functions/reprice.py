"""How much a shoe is looked at has changed: asks the model for its price, and writes that into the catalog."""

import os
from decimal import Decimal

import boto3

model = boto3.client("sagemaker-runtime")
catalog = boto3.resource("dynamodb").Table(os.environ["TABLE_CATALOG_NAME"])


def handler(event, context):
    # The last change of a shoe in a batch is the one that counts.
    latest = {}
    for record in event["Records"]:
        image = record["dynamodb"].get("NewImage")
        if image:
            latest[image["shoe"]["S"]] = [float(image[name]["N"]) for name in ("views", "orders", "stock")]
    for shoe, features in latest.items():
        catalog.update_item(
            Key={"shoe": shoe},
            UpdateExpression="SET price = :price",
            ExpressionAttributeValues={":price": price(features)},
        )


def price(features):
    answer = model.invoke_endpoint(
        EndpointName=os.environ["MODEL_PRICE_NAME"],
        ContentType="text/csv",
        Body=",".join(map(str, features)),
    )
    return Decimal(answer["Body"].read().decode()).quantize(Decimal("0.01"))
