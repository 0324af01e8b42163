"""Joins clicks with the catalog and the orders, window by window, and keeps how much each shoe is looked at."""

import sys

from awsglue.context import GlueContext
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext
from pyspark.sql import functions as F

options = getResolvedOptions(
    sys.argv,
    ["CATALOG_SHOP_DATABASE", "TABLE_CATALOG_NAME", "TABLE_INTEREST_NAME", "TABLE_ORDERS_NAME", "TempDir"],
)
glue = GlueContext(SparkContext.getOrCreate())


def table(name):
    return glue.create_dynamic_frame.from_options(
        "dynamodb", connection_options={"dynamodb.input.tableName": options[name]}
    ).toDF()


def window(clicks, batch):
    if clicks.rdd.isEmpty():
        return
    views = clicks.groupBy("shoe").agg(F.count("*").alias("views"))
    orders = table("TABLE_ORDERS_NAME").groupBy("shoe").agg(F.count("*").alias("orders"))
    stock = table("TABLE_CATALOG_NAME").select("shoe", "stock")
    interest = views.join(stock, "shoe").join(orders, "shoe", "left").fillna(0, ["orders"])
    glue.write_dynamic_frame_from_options(
        glue.create_dynamic_frame.from_rdd(interest.rdd, "interest"),
        "dynamodb",
        connection_options={"dynamodb.output.tableName": options["TABLE_INTEREST_NAME"]},
    )


clicks = glue.create_data_frame.from_catalog(
    database=options["CATALOG_SHOP_DATABASE"],
    table_name="clicks",
    additional_options={"startingPosition": "LATEST", "inferSchema": "false"},
)
glue.forEachBatch(
    frame=clicks,
    batch_function=window,
    options={"windowSize": "100 seconds", "checkpointLocation": options["TempDir"]},
)
