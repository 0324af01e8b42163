"""Copies the departments."""

import csv
import io
import json
import ssl
import sys

import boto3
import pymysql
from awsglue.utils import getResolvedOptions

QUERY = "SELECT id, name, parent FROM departments"

options = getResolvedOptions(sys.argv, ["host", "database", "secret", "bucket"])
login = json.loads(boto3.client("secretsmanager").get_secret_value(SecretId=options["secret"])["SecretString"])
text = io.StringIO()
with pymysql.connect(
    host=options["host"],
    database=options["database"],
    user=login["username"],
    password=login["password"],
    ssl=ssl.create_default_context(),
) as connection, connection.cursor() as cursor:
    cursor.execute(QUERY)
    writer = csv.writer(text)
    writer.writerow(column[0] for column in cursor.description)
    writer.writerows(cursor.fetchall())
boto3.client("s3").put_object(Bucket=options["bucket"], Key="hr/departments.csv", Body=text.getvalue().encode())
