"""Changes a deployed copy of every-feature.yaml by hand where CloudFormation's drift detection does not look: settings
that the template does not have, properties that CloudFormation never returns, and types that it cannot read.

    python unseen.py STACK ...

Prints what drift has to say about it: a list of the logical id, the property, and what the authored line holds; of what
is deleted, no property, and its thing.
"""

import base64
import json
import os
import sys

from by_hand import Stack, kept

REGION = "eu-central-1"

def patch(**members):
    return lambda stack, identifier: stack.control(identifier, type=stack.types[stack.changing], patch=members)


def alarm(stack, name):
    stack.client("cloudwatch").disable_alarm_actions(AlarmNames=[name])


def alias(stack, arn):
    *_, function, name = arn.split(":")
    weights = {"AdditionalVersionWeights": {"1": 0.5}}
    functions = stack.client("lambda")
    version = functions.publish_version(FunctionName=function, Description="by hand")["Version"]
    functions.update_alias(FunctionName=function, Name=name, FunctionVersion=version, RoutingConfig=weights)


def catalog_table(stack, name):
    glue, name = stack.client("glue"), name.rpartition("|")[2]
    for database in stack.of_type("AWS::Glue::Database"):
        for live in glue.get_tables(DatabaseName=database)["TableList"]:
            if live["Name"] == name:
                names = ("Name", "Description", "PartitionKeys", "TableType", "StorageDescriptor")
                what = {**kept(live, *names), "Parameters": {**live.get("Parameters", {}), "by": "hand"}}
                glue.update_table(DatabaseName=database, TableInput=what)


def connection(stack, name):
    glue = stack.client("glue")
    live = glue.get_connection(Name=name)["Connection"]
    what = kept(live, "Name", "ConnectionType", "ConnectionProperties", "PhysicalConnectionRequirements")
    # MiniStack cannot update it.
    glue.delete_connection(ConnectionName=name)
    glue.create_connection(ConnectionInput={**what, "Description": "by hand"})


def delivery_stream(stack, name):
    firehose = stack.client("firehose")
    live = firehose.describe_delivery_stream(DeliveryStreamName=name)["DeliveryStreamDescription"]
    firehose.update_destination(
        DeliveryStreamName=name,
        CurrentDeliveryStreamVersionId=live["VersionId"],
        DestinationId=live["Destinations"][0]["DestinationId"],
        ExtendedS3DestinationUpdate={"FileExtension": ".byhand"},
    )


def definition(stack, arn):
    machines = stack.client("stepfunctions")
    live = json.loads(machines.describe_state_machine(stateMachineArn=arn)["definition"])
    changed = {**live, "TimeoutSeconds": 77}
    machines.update_state_machine(stateMachineArn=arn, definition=json.dumps(changed))


def key(stack, name):
    stack.client("kms").enable_key_rotation(KeyId=name, RotationPeriodInDays=90)


def loosened(policy, action):
    """The policy with more actions in its first statement."""
    policy = json.loads(policy)
    policy["Statement"][0]["Action"] = action
    return json.dumps(policy)


def queue_policy(stack, identifier):
    sqs, queue = stack.client("sqs"), stack.physical_ids[stack.changing.removesuffix("Policy")]
    live = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["Policy"])["Attributes"]["Policy"]
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": loosened(live, "sqs:*")})


def no_queue_policy(stack, identifier):
    queue = stack.physical_ids[stack.changing.removesuffix("Policy")]
    stack.client("sqs").set_queue_attributes(QueueUrl=queue, Attributes={"Policy": ""})


def security_group(stack, identifier):
    everybody = {"IpProtocol": "tcp", "FromPort": 23, "ToPort": 23, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    stack.client("ec2").authorize_security_group_ingress(GroupId=identifier, IpPermissions=[everybody])


def table(stack, name):
    ttl = {"Enabled": True, "AttributeName": "by_hand"}
    stack.client("dynamodb").update_time_to_live(TableName=name, TimeToLiveSpecification=ttl)


def target(stack, name):
    bus, _, name = name.rpartition("|")
    place = {"EventBusName": bus} if bus else {}
    arn = f"arn:aws:sqs:{stack.region}:{stack.account}:by-hand"
    stack.client("events").put_targets(Rule=name, Targets=[{"Id": "by-hand", "Arn": arn}], **place)


def topic_policy(stack, identifier):
    sns, topic = stack.client("sns"), stack.physical_ids[stack.changing.removesuffix("Policy")]
    live = sns.get_topic_attributes(TopicArn=topic)["Attributes"]["Policy"]
    sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=loosened(live, "sns:*"))


# Logical id, how it is changed, the property, what the authored line holds.
UNSEEN = [
    ("AlarmTopicPolicy", topic_policy, "PolicyDocument", "to: [functions.note"),
    ("AlertFunctionFailingAlarm", alarm, "ActionsEnabled", "alert:"),
    ("ArchiveDelivery", delivery_stream, "ExtendedS3DestinationConfiguration.FileExtension", "s3: buckets.archive"),
    ("ArrivedEvent", target, "Targets[by-hand]", "to: workflows.intake"),
    ("AuditKafkaSecurityGroup", security_group, "SecurityGroupIngress", "audit:"),
    ("DataKey", key, "RotationPeriodInDays", "data:"),
    ("FailuresQueuePolicy", no_queue_policy, "", "queues.failures"),
    ("FaresJobConnection", connection, "ConnectionInput.Description", "jdbc: jdbc:mysql"),
    ("FaresTable", table, "TimeToLiveSpecification", "fares:"),
    ("LakeCatalogFaresTable", catalog_table, "TableInput.Parameters.by", "format: csv"),
    ("LakeCatalogRidesLocation", patch(WithFederation=True), "WithFederation", "lake:"),
    ("LateAlarmsQueuePolicy", queue_policy, "PolicyDocument", "alarm: {subscribe"),
    ("NightWorkflow", definition, "DefinitionString", "StartAt: Tell"),
    (
        "OpenWarehouseWorkgroup",
        patch(ConfigParameters=[{"ParameterKey": "search_path", "ParameterValue": "by_hand"}]),
        "ConfigParameters",
        "open:",
    ),
    ("RiderFunctionAlias", alias, "RoutingConfig", "rider:"),
    ("SessionsCluster", patch(StepConcurrencyLevel=7), "StepConcurrencyLevel", "clean: {run: jar"),
    ("TripsKafkaConfiguration", patch(ServerProperties="by.hand=1"), "ServerProperties", "configuration: {auto"),
    (
        "TripsKafkaRidesTopic",
        patch(Configs=base64.b64encode(b'{"retention.ms": "1"}').decode()),
        "Configs",
        "rides:",
    ),
]


def main():
    stacks = [Stack(name, os.environ["AWS_ACCESS_KEY_ID"], REGION) for name in sys.argv[1:]]
    for logical_id, change, *_ in UNSEEN:
        stack = next(stack for stack in stacks if logical_id in stack.types)
        stack.changing = logical_id
        change(stack, stack.physical_ids[logical_id])
    print(json.dumps([[logical_id, found, line] for logical_id, _, found, line in UNSEEN]))


main()
