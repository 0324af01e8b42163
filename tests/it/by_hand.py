"""Changes resources of deployed stacks by hand, in the way that their service offers.

    python by_hand.py < WHAT

WHAT is JSON: `stacks`, a list of `place`, `stack`, `account` and `region`; and `changes`, a list of logical ids (`id`),
each of one stack of them: that of a `place`, else the last that has it. How a type is changed is in `CHANGES`, or said:
`set` (values by their pointers), `remove` (pointers) and `reverse` (a list's pointer) by Cloud Control, `call`
(`service`, `operation` and `input`, in which `$ID` stands for the physical id) by the service's own API. Of a type that only its schema serves
(tests/server/registry.py), also a `patch` of its properties, or `delete`.
"""

import json
import os
import sys
import urllib.error
import urllib.request

import boto3

ENDPOINT = os.environ.get("AWS_ENDPOINT_URL")


class Stack:
    """A deployed stack, as somebody with access to its account sees it."""

    def __init__(self, stack, account, region, place=None):
        self.name, self.account, self.region, self.place = stack, account, region, place
        self.types, self.physical_ids = {}, {}
        pages = self.client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=stack)
        for resource in (resource for page in pages for resource in page["StackResourceSummaries"]):
            self.types[resource["LogicalResourceId"]] = resource["ResourceType"]
            self.physical_ids[resource["LogicalResourceId"]] = resource["PhysicalResourceId"]

    def client(self, service):
        credentials = {"aws_access_key_id": self.account, "aws_secret_access_key": "test"}
        return boto3.client(service, region_name=self.region, **credentials)

    def of_type(self, kind):
        return [self.physical_ids[logical_id] for logical_id, found in self.types.items() if found == kind]

    def control(self, identifier, **members):
        """The resource, after the change if one is given."""
        body = {"account": self.account, "region": self.region, "id": identifier, **members}
        with urllib.request.urlopen(f"{ENDPOINT}/_tidegate/resources", json.dumps(body).encode()) as answer:
            return json.load(answer)

    def by_cloud_control(self, kind, physical_id, values, removed):
        identifier = physical_id
        try:
            identifier = self.control(physical_id, type=kind)["identifier"]
        except urllib.error.HTTPError:
            pass  # MiniStack's own
        operations = []
        for path, value in values.items():
            is_item = path.rpartition("/")[2].isdigit()
            operations.append({"op": "replace" if is_item else "add", "path": path, "value": value})
        operations += [{"op": "remove", "path": path} for path in removed]
        request = {"TypeName": kind, "Identifier": identifier, "PatchDocument": json.dumps(operations)}
        self.client("cloudcontrol").update_resource(**request)

    def reverse(self, kind, physical_id, pointer):
        described = self.control(physical_id, type=kind)
        value = described["properties"]
        for part in pointer.split("/")[1:]:
            value = value[part]
        assert len(value) > 1, f"{pointer} of {physical_id} has no order"
        self.by_cloud_control(kind, physical_id, {pointer: value[::-1]}, [])

    def by_call(self, physical_id, service, operation, **request):
        filled = json.loads(json.dumps(request["input"]).replace("$ID", physical_id))
        getattr(self.client(service), operation)(**filled)

    def change(self, logical_id, how=None):
        kind, physical_id, how = self.types[logical_id], self.physical_ids[logical_id], how or {}
        if "reverse" in how:
            self.reverse(kind, physical_id, how["reverse"])
        elif "set" in how or "remove" in how:
            self.by_cloud_control(kind, physical_id, how.get("set", {}), how.get("remove", []))
        elif "call" in how:
            self.by_call(physical_id, **how["call"])
        elif how.get("delete"):
            self.control(physical_id, type=kind, delete=True)
        elif "patch" in how:
            self.control(physical_id, type=kind, patch=how["patch"])
        elif kind in CHANGES:
            self.changing = logical_id
            CHANGES[kind](self, physical_id)
        else:
            sys.exit(f"{logical_id}: no change of {kind} is known; give a patch, or add it to by_hand.py")


def kept(live, *names):
    return {name: live[name] for name in names if name in live}


def other(live, one, two):
    """A value that is not the live one."""
    return two if live == one else one


def alarm(stack, name):
    cloudwatch = stack.client("cloudwatch")
    live = cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"][0]
    read_only = ("Arn", "Configuration", "Updated", "State", "Evaluation")
    request = {key: value for key, value in live.items() if not any(word in key for word in read_only)}
    request |= kept(live, "EvaluationPeriods", "DatapointsToAlarm")
    cloudwatch.put_metric_alarm(**{**request, "Threshold": live["Threshold"] + 1000})


def api_stage(stack, name):
    gateway = stack.client("apigateway")
    change = {"op": "replace", "path": "/*/*/throttling/rateLimit", "value": "50"}
    api = stack.physical_ids[stack.changing.removesuffix("Stage")]
    gateway.update_stage(restApiId=api, stageName=name, patchOperations=[change])


def bucket(stack, name):
    s3 = stack.client("s3")
    try:
        rules = s3.get_bucket_lifecycle_configuration(Bucket=name)["Rules"]
    except s3.exceptions.ClientError:
        rules = []
    expiring = [rule for rule in rules if "Days" in rule.get("Expiration", {})]
    if not expiring:
        s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Suspended"})
        return
    for rule in expiring:
        rule["Expiration"]["Days"] = 9
    s3.put_bucket_lifecycle_configuration(Bucket=name, LifecycleConfiguration={"Rules": rules})


def bucket_policy(stack, identifier):
    """The bucket is named in the template only; the policy of `TripsBucket` is `TripsBucketPolicy`."""
    logical_id = next(name for name, physical_id in stack.physical_ids.items() if physical_id == identifier)
    stack.client("s3").delete_bucket_policy(Bucket=stack.physical_ids[logical_id.removesuffix("Policy")])


def build(stack, name):
    stack.client("codebuild").update_project(name=name, timeoutInMinutes=480)


def cluster(stack, identifier):
    change = {"AutoStopConfiguration": {"IdleTimeoutMinutes": 600}}
    stack.control(identifier, type="AWS::EMRServerless::Application", patch=change)


def crawler(stack, name):
    stack.client("glue").update_crawler(Name=name, Schedule="cron(17 5 * * ? *)")


def dashboard(stack, name):
    stack.client("cloudwatch").put_dashboard(DashboardName=name, DashboardBody=json.dumps({"widgets": []}))


def delivery_stream(stack, name):
    firehose = stack.client("firehose")
    live = firehose.describe_delivery_stream(DeliveryStreamName=name)["DeliveryStreamDescription"]
    destination = live["Destinations"][0]
    place = {
        "DeliveryStreamName": name,
        "CurrentDeliveryStreamVersionId": live["VersionId"],
        "DestinationId": destination["DestinationId"],
    }
    retry = {"RetryOptions": {"DurationInSeconds": 7199}}
    if "RedshiftDestinationDescription" in destination:
        firehose.update_destination(**place, RedshiftDestinationUpdate=retry)
        return
    hints = {**destination["ExtendedS3DestinationDescription"]["BufferingHints"], "IntervalInSeconds": 900}
    firehose.update_destination(**place, ExtendedS3DestinationUpdate={"BufferingHints": hints})


def device(stack, name):
    iot = stack.client("iot")
    rule = iot.get_topic_rule(ruleName=name)["rule"]
    payload = kept(rule, "description", "actions", "ruleDisabled", "awsIotSqlVersion", "errorAction")
    iot.replace_topic_rule(ruleName=name, topicRulePayload={**payload, "sql": "SELECT * FROM 'by/hand'"})


def device_policy(stack, name):
    everything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "iot:*", "Resource": "*"}]}
    stack.client("iot").create_policy_version(
        policyName=name, policyDocument=json.dumps(everything), setAsDefault=True
    )


def domain(stack, name):
    search = stack.client("opensearch")
    live = search.describe_domain(DomainName=name)["DomainStatus"]["EBSOptions"]
    search.update_domain_config(DomainName=name, EBSOptions={**live, "VolumeSize": 2 * live["VolumeSize"]})


def endpoint_config(stack, name):
    kind = "AWS::SageMaker::EndpointConfig"
    first, *others = stack.control(name, type=kind)["properties"]["ProductionVariants"]
    # SageMaker changes no configuration: somebody made it again under its name, with other numbers.
    if serverless := first.get("ServerlessConfig"):
        first = {**first, "ServerlessConfig": {**serverless, "MaxConcurrency": 1}}
    else:
        first = {**first, "InitialInstanceCount": 1}
    stack.control(name, type=kind, patch={"ProductionVariants": [first, *others]})


def function(stack, name):
    functions = stack.client("lambda")
    live = functions.get_function_configuration(FunctionName=name)["MemorySize"]
    functions.update_function_configuration(FunctionName=name, MemorySize=other(live, 128, 192))


def job(stack, name):
    glue = stack.client("glue")
    live = glue.get_job(JobName=name)["Job"]
    names = ("Role", "Command", "DefaultArguments", "Connections", "MaxRetries", "ExecutionProperty", "GlueVersion")
    capacity = ("WorkerType", "NumberOfWorkers") if "WorkerType" in live else ("MaxCapacity",)
    request = kept(live, *names, *capacity, "MaintenanceWindow", "ExecutionClass")
    glue.update_job(JobName=name, JobUpdate={**request, "Timeout": other(live.get("Timeout"), 2880, 2879)})


def kafka(stack, arn):
    stack.control(arn, type="AWS::MSK::Cluster", patch={"EnhancedMonitoring": "DEFAULT"})


def key(stack, name):
    stack.client("kms").disable_key_rotation(KeyId=name)


def log_group(stack, name):
    logs = stack.client("logs")
    live = logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"][0].get("retentionInDays")
    logs.put_retention_policy(logGroupName=name, retentionInDays=other(live, 30, 60))


def mapping(stack, identifier):
    stack.client("lambda").update_event_source_mapping(UUID=identifier, Enabled=False)


def network(stack, identifier):
    stack.client("ec2").modify_vpc_attribute(VpcId=identifier, EnableDnsHostnames={"Value": False})


def pipeline(stack, name):
    """Nobody is asked any more, or where nobody is, the last stage is closed."""
    codepipeline = stack.client("codepipeline")
    live = codepipeline.get_pipeline(name=name)["pipeline"]
    actions = [action for stage in live["stages"] for action in stage["actions"]]
    if not any(action["actionTypeId"]["category"] == "Approval" for action in actions):
        place = {"pipelineName": name, "stageName": live["stages"][-1]["name"], "transitionType": "Inbound"}
        codepipeline.disable_stage_transition(**place, reason="by hand")
        return
    for stage in live["stages"]:
        stage["actions"] = [one for one in stage["actions"] if one["actionTypeId"]["category"] != "Approval"]
    codepipeline.update_pipeline(pipeline=live)


def queue(stack, url):
    sqs = stack.client("sqs")
    hidden = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["VisibilityTimeout"])["Attributes"]
    hidden_by_default = hidden["VisibilityTimeout"] == "30"
    change = {"MessageRetentionPeriod": "3600"} if hidden_by_default else {"VisibilityTimeout": "30"}
    sqs.set_queue_attributes(QueueUrl=url, Attributes=change)


def role(stack, name):
    everything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    stack.client("iam").put_role_policy(RoleName=name, PolicyName="by-hand", PolicyDocument=json.dumps(everything))


def rule(stack, name):
    """Another pattern or schedule. A rule of a bus of its own has the bus in its identity."""
    bus, _, name = name.rpartition("|")
    events, place = stack.client("events"), {"EventBusName": bus} if bus else {}
    live = events.describe_rule(Name=name, **place)
    what = {"EventPattern": json.dumps({"source": ["by.hand"]})}
    if live.get("ScheduleExpression"):
        what = {"ScheduleExpression": "rate(7 days)"}
    events.put_rule(Name=name, State=live["State"], **what, **place)


def schedule(stack, name):
    scheduler, name = stack.client("scheduler"), name.rpartition("|")[2]
    group = next(one["GroupName"] for one in scheduler.list_schedules()["Schedules"] if one["Name"] == name)
    live = scheduler.get_schedule(Name=name, GroupName=group)
    request = kept(live, "FlexibleTimeWindow", "ScheduleExpressionTimezone", "State", "Target")
    scheduler.update_schedule(Name=name, GroupName=group, **request, ScheduleExpression="cron(0 0 * * ? *)")


def secret(stack, name):
    stack.client("secretsmanager").delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True)


def security_group(stack, identifier):
    everybody = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    stack.client("ec2").authorize_security_group_ingress(GroupId=identifier, IpPermissions=[everybody])


def state_machine(stack, name):
    logging = {"level": "OFF", "includeExecutionData": False}
    stack.client("stepfunctions").update_state_machine(stateMachineArn=name, loggingConfiguration=logging)


def stream(stack, name):
    kinesis = stack.client("kinesis")
    live = kinesis.describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]["RetentionPeriodHours"]
    if live > 24:
        kinesis.decrease_stream_retention_period(StreamName=name, RetentionPeriodHours=24)
    else:
        kinesis.increase_stream_retention_period(StreamName=name, RetentionPeriodHours=72)


def table(stack, name):
    off = {"PointInTimeRecoveryEnabled": False}
    stack.client("dynamodb").update_continuous_backups(TableName=name, PointInTimeRecoverySpecification=off)


def catalog_table(stack, name):
    """The last column of another type."""
    glue, name = stack.client("glue"), name.rpartition("|")[2]
    for database in stack.of_type("AWS::Glue::Database"):
        for live in glue.get_tables(DatabaseName=database)["TableList"]:
            if live["Name"] == name:
                what = kept(
                    live, "Name", "Description", "PartitionKeys", "TableType", "Parameters", "StorageDescriptor"
                )
                column = what["StorageDescriptor"]["Columns"][-1]
                column["Type"] = other(column["Type"], "string", "binary")
                glue.update_table(DatabaseName=database, TableInput=what)


def topic(stack, arn):
    stack.client("sns").set_topic_attributes(
        TopicArn=arn, AttributeName="KmsMasterKeyId", AttributeValue="alias/aws/sns"
    )


def warehouse(stack, name):
    stack.control(name, type="AWS::RedshiftServerless::Workgroup", patch={"MaxCapacity": 512})


def workgroup(stack, name):
    limit = {"BytesScannedCutoffPerQuery": 10_000_000}
    stack.client("athena").update_work_group(WorkGroup=name, ConfigurationUpdates=limit)


CHANGES = {
    "AWS::ApiGateway::Stage": api_stage,
    "AWS::Athena::WorkGroup": workgroup,
    "AWS::CloudWatch::Alarm": alarm,
    "AWS::CloudWatch::Dashboard": dashboard,
    "AWS::CodeBuild::Project": build,
    "AWS::CodePipeline::Pipeline": pipeline,
    "AWS::DynamoDB::Table": table,
    "AWS::EC2::SecurityGroup": security_group,
    "AWS::EC2::VPC": network,
    "AWS::EMRServerless::Application": cluster,
    "AWS::Events::Rule": rule,
    "AWS::Glue::Crawler": crawler,
    "AWS::Glue::Job": job,
    "AWS::Glue::Table": catalog_table,
    "AWS::IAM::Role": role,
    "AWS::IoT::Policy": device_policy,
    "AWS::IoT::TopicRule": device,
    "AWS::KMS::Key": key,
    "AWS::Kinesis::Stream": stream,
    "AWS::KinesisFirehose::DeliveryStream": delivery_stream,
    "AWS::Lambda::EventSourceMapping": mapping,
    "AWS::Lambda::Function": function,
    "AWS::Logs::LogGroup": log_group,
    "AWS::MSK::Cluster": kafka,
    "AWS::OpenSearchService::Domain": domain,
    "AWS::RedshiftServerless::Workgroup": warehouse,
    "AWS::S3::Bucket": bucket,
    "AWS::S3::BucketPolicy": bucket_policy,
    "AWS::SNS::Topic": topic,
    "AWS::SQS::Queue": queue,
    "AWS::SageMaker::EndpointConfig": endpoint_config,
    "AWS::Scheduler::Schedule": schedule,
    "AWS::SecretsManager::Secret": secret,
    "AWS::StepFunctions::StateMachine": state_machine,
}


def main():
    what = json.load(sys.stdin)
    stacks = [Stack(**stack) for stack in what["stacks"]]
    for change in what["changes"]:
        logical_id, place = change["id"], change.get("place")
        having = [one for one in stacks if logical_id in one.types and place in (None, one.place)]
        if not having:
            sys.exit(f"no stack has a resource {logical_id}")
        having[-1].change(logical_id, change)


if __name__ == "__main__":
    main()
