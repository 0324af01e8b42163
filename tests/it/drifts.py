"""Changes a deployed copy of every-feature.yaml by hand, one thing of each kind.

    python drifts.py STACK

Prints what drift has to say about it: a list of the kind, the logical id, the
property, and what the authored line holds; of what is deleted, its thing. Where the server has no API of a
service, the change goes through its own controls.
"""

import json
import os
import sys
import urllib.request

import boto3

REGION = "eu-central-1"
STACK = sys.argv[1]
ENDPOINT = os.environ["AWS_ENDPOINT_URL"]


def client(service):
    return boto3.client(service, region_name=REGION)


def physical(logical_id):
    resource = client("cloudformation").describe_stack_resource(StackName=STACK, LogicalResourceId=logical_id)
    return resource["StackResourceDetail"]["PhysicalResourceId"]


def control(logical_id, **members):
    """The properties of a resource, after the change if one is given."""
    body = {"account": os.environ["AWS_ACCESS_KEY_ID"], "region": REGION, "id": f"{STACK}/{logical_id}", **members}
    with urllib.request.urlopen(f"{ENDPOINT}/_tidegate/resources", json.dumps(body).encode()) as answer:
        return json.load(answer)["properties"]


def api():
    apis = client("apigateway").get_rest_apis()["items"]
    api = next(api["id"] for api in apis if api["name"] == f"{STACK}-intake")
    change = {"op": "replace", "path": "/*/*/throttling/rateLimit", "value": "50"}
    client("apigateway").update_stage(restApiId=api, stageName="live", patchOperations=[change])


def bucket():
    name = physical("ArchiveBucket")
    rules = client("s3").get_bucket_lifecycle_configuration(Bucket=name)["Rules"]
    for rule in rules:
        if "Expiration" in rule:
            rule["Expiration"]["Days"] = 9
    client("s3").put_bucket_lifecycle_configuration(Bucket=name, LifecycleConfiguration={"Rules": rules})


def bucket_policy():
    client("s3").delete_bucket_policy(Bucket=physical("InboxBucket"))


def catalog():
    glue, place = client("glue"), {"DatabaseName": physical("LakeCatalog")}
    table = glue.get_table(**place, Name="fares")["Table"]
    kept = ("Name", "Description", "PartitionKeys", "TableType", "Parameters", "StorageDescriptor")
    changed = {key: table[key] for key in kept if key in table}
    changed["StorageDescriptor"]["Columns"][1]["Type"] = "string"
    glue.update_table(**place, TableInput=changed)


def cluster():
    control("EnrichCluster", patch={"AutoStopConfiguration": {"IdleTimeoutMinutes": 600}})


def dashboard():
    client("cloudwatch").put_dashboard(DashboardName=f"{STACK}-flow", DashboardBody='{"widgets": []}')


def delivery():
    client("codebuild").update_project(name="rides-rides-jar", timeoutInMinutes=480)


def delivery_stream():
    firehose, name = client("firehose"), f"{STACK}-archive"
    stream = firehose.describe_delivery_stream(DeliveryStreamName=name)["DeliveryStreamDescription"]
    firehose.update_destination(
        DeliveryStreamName=name,
        CurrentDeliveryStreamVersionId=stream["VersionId"],
        DestinationId=stream["Destinations"][0]["DestinationId"],
        ExtendedS3DestinationUpdate={"BufferingHints": {"SizeInMBs": 64, "IntervalInSeconds": 900}},
    )


def device():
    iot, name = client("iot"), physical("OthersDevice")
    rule = iot.get_topic_rule(ruleName=name)["rule"]
    kept = ("sql", "description", "actions", "ruleDisabled", "awsIotSqlVersion", "errorAction")
    payload = {key: rule[key] for key in kept if key in rule}
    iot.replace_topic_rule(ruleName=name, topicRulePayload={**payload, "sql": "SELECT * FROM 'fleet/#'"})


def event():
    client("events").put_rule(Name=f"{STACK}-arrived", EventPattern=json.dumps({"source": ["aws.s3"]}))


def schedule():
    scheduler, place = client("scheduler"), {"Name": f"{STACK}-nightly", "GroupName": f"{STACK}-schedules"}
    live = scheduler.get_schedule(**place)
    kept = ("FlexibleTimeWindow", "ScheduleExpressionTimezone", "State", "Target")
    scheduler.update_schedule(**place, **{key: live[key] for key in kept}, ScheduleExpression="cron(0 0 * * ? *)")


def function():
    client("lambda").update_function_configuration(FunctionName=f"{STACK}-alert", MemorySize=128)


def job():
    glue, name = client("glue"), f"{STACK}-fares"
    live = glue.get_job(JobName=name)["Job"]
    kept = ("Role", "Command", "DefaultArguments", "Connections", "MaxRetries", "MaxCapacity")
    glue.update_job(JobName=name, JobUpdate={**{key: live[key] for key in kept}, "Timeout": 2880})


def kafka():
    control("TripsKafka", patch={"EnhancedMonitoring": "DEFAULT"})


def key():
    client("kms").disable_key_rotation(KeyId=physical("DataKey"))


def logs():
    client("logs").put_retention_policy(logGroupName=physical("AuditLog"), retentionInDays=30)


def model_endpoint():
    variants = control("RouteModelConfig")["ProductionVariants"]
    control("RouteModelConfig", patch={"ProductionVariants": [{**variants[0], "InitialInstanceCount": 1}]})


def network():
    client("ec2").modify_vpc_attribute(VpcId=physical("MainNetwork"), EnableDnsHostnames={"Value": False})


def open_network():
    everybody = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    group = physical("MainNetworkEndpointSecurityGroup")
    client("ec2").authorize_security_group_ingress(GroupId=group, IpPermissions=[everybody])


def queue():
    client("sqs").set_queue_attributes(QueueUrl=physical("BookingsQueue"), Attributes={"VisibilityTimeout": "30"})


def search():
    client("opensearch").update_domain_config(
        DomainName=f"{STACK}-trips", EBSOptions={"EBSEnabled": True, "VolumeType": "gp3", "VolumeSize": 200}
    )


def secret():
    client("secretsmanager").delete_secret(SecretId=physical("PlainSecret"), ForceDeleteWithoutRecovery=True)


def stream():
    client("kinesis").decrease_stream_retention_period(StreamName=f"{STACK}-rides", RetentionPeriodHours=24)


def table():
    client("dynamodb").update_continuous_backups(
        TableName=f"{STACK}-fares", PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": False}
    )


def topic():
    client("sns").set_topic_attributes(
        TopicArn=physical("FailedTopic"), AttributeName="KmsMasterKeyId", AttributeValue="alias/aws/sns"
    )


def warehouse():
    control("SalesWarehouseWorkgroup", patch={"MaxCapacity": 512})


def workflow():
    logging = {"level": "OFF", "includeExecutionData": False}
    client("stepfunctions").update_state_machine(
        stateMachineArn=physical("NightWorkflow"), loggingConfiguration=logging
    )


def role():
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    client("iam").put_role_policy(
        RoleName=physical("NoteFunctionRole"),
        PolicyName="by-hand",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [everything]}),
    )


# Kind, logical id, property, what the authored line holds, and the change.
DRIFTS = [
    ("api", "IntakeApiStage", "MethodSettings[0].ThrottlingRateLimit", "rate: 500", api),
    ("bucket", "ArchiveBucket", "ExpirationInDays", "expire: 90d", bucket),
    ("bucket", "InboxBucketPolicy", "", "buckets.inbox", bucket_policy),
    ("catalog", "LakeCatalogFaresTable", "TableInput.StorageDescriptor.Columns[1].Type", "price: double", catalog),
    ("cluster", "EnrichCluster", "AutoStopConfiguration.IdleTimeoutMinutes", "idle: 10m", cluster),
    ("dashboard", "FlowDashboard", "DashboardBody", "flow:", dashboard),
    ("delivery", "RidesJarBuild", "TimeoutInMinutes", "timeout: 30m", delivery),
    ("delivery_stream", "ArchiveDelivery", "BufferingHints.IntervalInSeconds", "interval: 120s", delivery_stream),
    ("device", "OthersDevice", "TopicRulePayload.Sql", "fleet/+/others", device),
    ("event", "ArrivedEvent", "EventPattern", "objects:", event),
    ("event", "NightlyEvent", "ScheduleExpression", "cron(30 2", schedule),
    ("function", "AlertFunction", "MemorySize", "memory: 1024MiB", function),
    ("function", "NoteFunctionRole", "Policies[1]", "note:", role),
    ("job", "FaresJob", "Timeout", "timeout: 30m", job),
    ("kafka", "TripsKafka", "EnhancedMonitoring", "monitoring: per-topic-per-broker", kafka),
    ("key", "DataKey", "EnableKeyRotation", "data:", key),
    ("logs", "AuditLog", "RetentionInDays", "retention: 365d", logs),
    ("model_endpoint", "RouteModelConfig", "ProductionVariants[0].InitialInstanceCount", "count: 2", model_endpoint),
    ("network", "MainNetwork", "EnableDnsHostnames", "main:", network),
    ("network", "MainNetworkEndpointSecurityGroup", "SecurityGroupIngress", "main:", open_network),
    ("queue", "BookingsQueue", "VisibilityTimeout", "hidden: 12m", queue),
    ("search", "TripsSearch", "EBSOptions.VolumeSize", "storage: 100GiB", search),
    ("secret", "PlainSecret", "", "secrets.plain", secret),
    ("stream", "RidesStream", "RetentionPeriodHours", "retention: 7d", stream),
    ("table", "FaresTable", "PointInTimeRecoverySpecification", "fares:", table),
    ("topic", "FailedTopic", "KmsMasterKeyId", "key: keys.data", topic),
    ("warehouse", "SalesWarehouseWorkgroup", "MaxCapacity", "limit: 128", warehouse),
    ("workflow", "NightWorkflow", "LoggingConfiguration", "night:", workflow),
]


def main():
    for *_, change in DRIFTS:
        change()
    print(json.dumps([list(row) for *row, _ in DRIFTS]))


main()
