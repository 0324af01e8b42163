"""Makes a table of what stage A wrote of a dataset, and keeps it only if it is as good as its rules ask for."""

import json
import sys

import boto3
from awsglue.context import GlueContext
from awsglue.dynamicframe import DynamicFrame
from awsglue.utils import getResolvedOptions
from awsgluedq.transforms import EvaluateDataQuality
from pyspark.context import SparkContext

asked = getResolvedOptions(sys.argv, ["team", "dataset", "keys", "stage", "quality", "database", "JOB_RUN_ID"])
glue = GlueContext(SparkContext.getOrCreate())
catalog = boto3.client("glue")

rows = glue.spark_session.read.json([f"s3://{asked['stage']}/{key}" for key in json.loads(asked["keys"])])
table = catalog.get_table(DatabaseName=asked["database"], Name=asked["dataset"])["Table"]
columns = [column["Name"] for column in table["StorageDescriptor"]["Columns"]]
partitions = [column["Name"] for column in table["PartitionKeys"]]
rows = rows.select(*columns, *partitions)

stack_and_catalog = asked["database"].replace("_", "-")
ruleset = catalog.get_data_quality_ruleset(Name=f"{stack_and_catalog}-{asked['dataset']}")["Ruleset"]
outcomes = EvaluateDataQuality.apply(
    frame=DynamicFrame.fromDF(rows, glue, asked["dataset"]),
    ruleset=ruleset,
    publishing_options={"dataQualityEvaluationContext": asked["dataset"], "enableDataQualityResultsPublishing": False},
).toDF()
outcomes.write.mode("append").json(f"s3://{asked['quality']}/{asked['team']}/{asked['dataset']}/{asked['JOB_RUN_ID']}")
failed = [row["Rule"] for row in outcomes.filter("Outcome = 'Failed'").collect()]
if failed:
    raise ValueError(f"{asked['team']}/{asked['dataset']} breaks its rules: {failed}")

rows.write.mode("append").partitionBy(*partitions).parquet(table["StorageDescriptor"]["Location"])
