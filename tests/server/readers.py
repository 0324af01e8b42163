"""What drift detection reads of types that MiniStack keeps, but compares not at all or not wholly.

A reader finds the record that the service's own API changes and gives its values
in the template's words: for each property that the template sets, the value at
the same place in the record. Case is ignored, because services write their
members in either; a member that the record does not have counts as removed.
"""

import json

from ministack.services import (
    apigateway_v1,
    athena,
    cloudwatch,
    cloudwatch_logs,
    dynamodb,
    ec2,
    eventbridge,
    firehose,
    glue,
    iam,
    iot,
    kms,
    lambda_svc,
    opensearch,
    s3,
    scheduler,
    sns,
    sqs,
    stepfunctions,
)
from ministack.services.cloudformation import drift

import host
import repairs


class AllBut:
    """The properties that a reader reads: those of the template, but for these."""

    def __init__(self, *names):
        self.names = names

    def __contains__(self, name):
        return name not in self.names


def mirror(wanted, stored):
    """The parts of `stored` that `wanted` speaks of, spelled as `wanted` spells them."""
    if isinstance(wanted, (dict, list)) and isinstance(stored, str):
        stored = _parsed(stored)
    if isinstance(wanted, dict) and isinstance(stored, dict):
        folded = {key.lower(): value for key, value in stored.items()}
        found = {key: stored.get(key, folded.get(key.lower())) for key in wanted}
        return {key: mirror(wanted[key], value) for key, value in found.items() if value is not None}
    if isinstance(wanted, list) and isinstance(stored, list):
        return _mirrored_list(wanted, stored)
    if isinstance(stored, float) and stored.is_integer():
        return int(stored)
    if isinstance(wanted, str) and isinstance(stored, str):
        # The same JSON in another spelling is the same.
        return wanted if _parsed(wanted) == _parsed(stored) else stored
    return stored


def _mirrored_list(wanted, stored):
    in_place = [mirror(one, other) for one, other in zip(wanted, stored, strict=False)]
    if in_place == wanted and len(wanted) == len(stored):
        return wanted
    if not all(isinstance(item, dict) for item in [*wanted, *stored]):
        return stored
    return [_mirrored_item(wanted, item, index) for index, item in enumerate(stored)]


def _mirrored_item(wanted, stored, index):
    """An item as the template writes it, if it does anywhere; otherwise beside the one at its place, if any."""
    equal = [item for item in wanted if mirror(item, stored) == item]
    beside = equal[:1] or wanted[index : index + 1] or [stored]
    return mirror(beside[0], stored)


def _parsed(text):
    try:
        return json.loads(text)
    except ValueError:
        return text


def in_order(stored, wanted, key):
    """Records in the order in which the template lists those of the same key, then the others."""
    order = [item.get(key) for item in wanted or []]
    known = [item for name in order for item in stored or [] if item.get(key) == name]
    return known + [item for item in stored or [] if item.get(key) not in order]


def _in(store):
    return lambda name, properties: store.get(name)


def _inner(store, outer, key=None):
    """A record in a table of tables, by a property and the physical id or another property."""

    def find(name, properties):
        return (store.get(properties[outer]) or {}).get(properties[key] if key else name)

    return find


def _renamed(find, **members):
    """Members of the record by the template's names; a name maps to the record itself as `None`."""

    def read(name, properties):
        record = find(name, properties)
        if record is None:
            return None
        return {**record, **{own: record if theirs is None else record.get(theirs) for own, theirs in members.items()}}

    return read


def _method(name, properties):
    resource = _inner(apigateway_v1._resources, "RestApiId", "ResourceId")(name, properties)
    method = resource and resource["resourceMethods"].get(properties["HttpMethod"])
    if method is None:
        return None
    integration = dict(method.get("methodIntegration") or {})
    integration["IntegrationHttpMethod"] = integration.pop("httpMethod", None)
    wanted = properties.get("Integration", {}).get("IntegrationResponses")
    integration["IntegrationResponses"] = _by_status(integration.pop("integrationResponses", None), wanted)
    return {
        **method,
        **properties_of(properties, "RestApiId", "ResourceId"),
        "Integration": integration,
        "MethodResponses": _by_status(method.get("methodResponses"), properties.get("MethodResponses")),
    }


def properties_of(properties, *names):
    """Properties of the template by which the record was found, or of which it has no other word."""
    return {name: properties[name] for name in names if name in properties}


def _by_status(stored, wanted):
    """API Gateway keeps by status what the template lists, in the template's order."""
    responses = [{**response, "StatusCode": status} for status, response in (stored or {}).items()]
    wanted = [{**response, "StatusCode": str(response["StatusCode"])} for response in wanted or []]
    return in_order(responses, wanted, "StatusCode")


def _stage(name, properties):
    stage = _inner(apigateway_v1._stages_v1, "RestApiId")(name, properties)
    if stage is None:
        return None
    settings = []
    for place, values in stage.get("methodSettings", {}).items():
        path, _, method = place.rpartition("/")
        members = {"throttlingBurstLimit": "ThrottlingBurstLimit", "throttlingRateLimit": "ThrottlingRateLimit"}
        settings.append({**values, "ResourcePath": f"/{path}", "HttpMethod": method, **_picked(values, members)})
    return {
        **stage,
        **properties_of(properties, "RestApiId"),
        "AccessLogSetting": stage.get("accessLogSettings"),
        "MethodSettings": settings,
    }


def _picked(values, members):
    return {own: values[theirs] for theirs, own in members.items() if theirs in values}


def _part_of_api(store):
    """What belongs to an API and lies in its table."""
    find = _inner(store, "RestApiId")

    def read(name, properties):
        record = find(name, properties)
        return record and {**record, **properties_of(properties, "RestApiId")}

    return read


def _usage_plan(name, properties):
    plan = apigateway_v1._usage_plans.get(name)
    return plan and {
        **plan,
        "UsagePlanName": plan["name"],
        "ApiStages": [{**stage, "ApiId": stage["apiId"], "Stage": stage["stage"]} for stage in plan["apiStages"]],
    }


def _usage_plan_key(name, properties):
    key = _inner(apigateway_v1._usage_plan_keys, "UsagePlanId", "KeyId")(name, properties)
    return key and {**properties_of(properties, "UsagePlanId"), "KeyId": key["id"], "KeyType": key["type"]}


def _rule(name, properties):
    key = eventbridge._rule_key(name.rpartition("/")[2], drift._eb_rule_bus_name(properties))
    record = eventbridge._rules.get(key)
    targets = in_order(eventbridge._targets.get(key), properties.get("Targets"), "Id")
    return record and {**record, **properties_of(properties, "EventBusName"), "Targets": targets}


def _schedule(name, properties):
    return scheduler._schedules.get(f"{properties.get('GroupName', 'default')}/{name}")


def _glue_table(name, properties):
    table = glue._tables.get(f"{properties['DatabaseName']}/{properties['TableInput']['Name']}")
    return table and {**table, "TableInput": table}


def _glue_connection(name, properties):
    return _named_input(glue._connections, "ConnectionInput", name, properties)


def _glue_database(name, properties):
    return _named_input(glue._databases, "DatabaseInput", name, properties)


def _named_input(store, member, name, properties):
    record = store.get(properties[member].get("Name", name))
    return record and {**record, **properties_of(properties, "CatalogId"), member: record}


def _key(name, properties):
    key = kms._keys.get(name)
    return key and {
        **key,
        "KeyPolicy": key.get("Policy"),
        "EnableKeyRotation": key.get("KeyRotationEnabled", False),
        "RotationPeriodInDays": key.get("RotationPeriodInDays"),
    }


def _alias(name, properties):
    target = kms._aliases.get(kms._alias_arn(name))
    if target is None:
        return None
    wanted = properties["TargetKeyId"]
    return {"AliasName": name, "TargetKeyId": wanted if wanted.endswith(target) else target}


def _delivery_stream(name, properties):
    stream = firehose._streams.get(name)
    if stream is None:
        return None
    configurations = [key for key in properties if key.endswith("DestinationConfiguration")]
    return {
        "DeliveryStreamName": stream["name"],
        "DeliveryStreamType": stream["type"],
        "DeliveryStreamEncryptionConfigurationInput": stream.get("encryption"),
        "KinesisStreamSourceConfiguration": stream.get("kinesis_source"),
        "MSKSourceConfiguration": stream.get("msk_source"),
        **{key: stream["destinations"][0]["config"] for key in configurations},
    }


def _mapping(name, properties):
    mapping = lambda_svc._esms.get(name)
    if mapping is None:
        return None
    same = mapping["FunctionArn"].startswith(properties["FunctionName"]) or properties["FunctionName"].endswith(
        mapping["FunctionName"]
    )
    return {**mapping, "FunctionName": properties["FunctionName"] if same else mapping["FunctionArn"]}


def _function(name):
    """A function by its name or ARN."""
    parts = name.split(":")
    return lambda_svc._functions.get(parts[6] if parts[0] == "arn" else parts[0])


def _alias_of_function(arn, properties):
    function, _, alias = arn.rpartition(":")
    record = (_function(function) or {}).get("aliases", {}).get(alias)
    return record and {**record, **properties_of(properties, "FunctionName")}


def _layer_version(arn, properties):
    layer = lambda_svc._layers.get(arn.split(":")[6]) or {}
    for version in layer.get("versions", []):
        if version["LayerVersionArn"] == arn:
            return {**version, "LayerName": arn.split(":")[6]}
    return None


def _permission(name, properties):
    function = _function(properties["FunctionName"])
    statements = (function or {}).get("policy", {}).get("Statement", [])
    statement = next((statement for statement in statements if statement["Sid"] == name), None)
    if statement is None:
        return None
    conditions = {}
    for condition in statement.get("Condition", {}).values():
        conditions.update({key.lower(): value for key, value in condition.items()})
    principal = statement["Principal"]
    return {
        **properties_of(properties, "FunctionName"),
        "Action": statement["Action"],
        "Principal": next(iter(principal.values())) if isinstance(principal, dict) else principal,
        "SourceArn": conditions.get("aws:sourcearn"),
        "SourceAccount": conditions.get("aws:sourceaccount"),
    }


def _invoke_config(name, properties):
    function, _, qualifier = name.partition(":")
    record = (_function(function) or {}).get("event_invoke_configs", {}).get(qualifier)
    return record and {**record, **properties_of(properties, "FunctionName", "Qualifier")}


def _bucket_policy(name, properties):
    policy = s3._bucket_policies.get(properties["Bucket"])
    return policy and {**properties_of(properties, "Bucket"), "PolicyDocument": policy}


def _subscription(arn, properties):
    topic = sns._topics.get(sns._sub_arn_to_topic.get(arn))
    for subscription in (topic or {}).get("subscriptions", []):
        if subscription["arn"] == arn:
            return {**subscription.get("attributes", {}), **subscription, "TopicArn": topic["arn"]}
    return None


def _topic(arn, properties):
    base = drift._read_sns_topic(arn, properties)
    return base and {**sns._topics[arn]["attributes"], **base}


def _queue(url, properties):
    base = drift._read_sqs_queue(url, properties)
    return base and {**sqs._queues[url]["attributes"], **base}


def _table(name, properties):
    base = drift._read_dynamodb_table(name, properties)
    if base is None:
        return None
    table = dynamodb._tables[name]
    recovers = dynamodb._pitr_settings.get(name, False)
    recovery = {**repairs.RECOVERY.get(name, {}), "PointInTimeRecoveryEnabled": recovers}
    encryption = table.get("SSEDescription") or {}
    return {
        **base,
        "GlobalSecondaryIndexes": in_order(
            table.get("GlobalSecondaryIndexes"), properties.get("GlobalSecondaryIndexes"), "IndexName"
        ),
        "LocalSecondaryIndexes": in_order(
            table.get("LocalSecondaryIndexes"), properties.get("LocalSecondaryIndexes"), "IndexName"
        ),
        "PointInTimeRecoverySpecification": recovery,
        "SSESpecification": {"SSEEnabled": encryption.get("Status") == "ENABLED", **encryption},
        "TimeToLiveSpecification": _time_to_live(dynamodb._ttl_settings.get(name, {})),
    }


def _time_to_live(settings):
    return {**settings, "Enabled": settings.get("TimeToLiveStatus") == "ENABLED"}


def _role(name, properties):
    base = drift._read_iam_role(name, properties)
    if base is None:
        return None
    inline = iam._roles[name].get("InlinePolicies", {})
    policies = [{"PolicyName": policy, "PolicyDocument": _parsed(text)} for policy, text in inline.items()]
    return {
        **base,
        "Policies": in_order(policies, properties.get("Policies"), "PolicyName"),
        "ManagedPolicyArns": iam._roles[name]["AttachedPolicies"],
    }


def _managed_policy(arn, properties):
    record = iam._policies.get(arn)
    if record is None:
        return None
    attached = [name for name, role in iam._roles.items() if arn in role["AttachedPolicies"]]
    document = record["Versions"][record["DefaultVersionId"]]["Document"]
    return {**record, "ManagedPolicyName": record["PolicyName"], "PolicyDocument": document, "Roles": attached}


def _state_machine(arn, properties):
    record = stepfunctions._state_machines.get(arn)
    return record and {
        **record,
        "DefinitionString": record["definition"],
        "StateMachineName": record["name"],
        "StateMachineType": record["type"],
    }


def _domain(name, properties):
    domain = opensearch._domains.get(name)
    return domain and {**domain.get("_CloudFormationCompatibility", {}), **domain}


def _security_group(group, properties):
    record = ec2._security_groups.get(group)
    return record and {
        **record,
        "GroupDescription": record["Description"],
        "SecurityGroupIngress": [one for rule in record["IpPermissions"] for one in _ingress(rule)],
    }


def _ingress(rule):
    """The rules of a template: each has one source."""
    ports = {key: rule[key] for key in ("IpProtocol", "FromPort", "ToPort") if key in rule}
    for source in rule.get("IpRanges", []):
        yield {**ports, **source}
    for source in rule.get("UserIdGroupPairs", []):
        described = {key: source[key] for key in ("Description",) if key in source}
        yield {**ports, **described, "SourceSecurityGroupId": source["GroupId"]}


def _route(name, properties):
    table = ec2._route_tables.get(properties["RouteTableId"])
    for route in (table or {}).get("Routes", []):
        if route.get("DestinationCidrBlock") == properties.get("DestinationCidrBlock"):
            return {**route, **properties_of(properties, "RouteTableId")}
    return None


def _association(name, properties):
    for table in ec2._route_tables.values():
        for association in table["Associations"]:
            if association["RouteTableAssociationId"] == name:
                return association
    return None


def _gateway_attachment(name, properties):
    gateway = ec2._internet_gateways.get(properties.get("InternetGatewayId"))
    attached = [attachment["VpcId"] for attachment in (gateway or {}).get("Attachments", [])]
    return {**properties_of(properties, "InternetGatewayId"), "VpcId": attached[0]} if attached else None


def _vpc(name, properties):
    vpc = ec2._vpcs.get(name)
    return vpc and {"EnableDnsSupport": True, "EnableDnsHostnames": False, **vpc}


def _secret(arn, properties):
    name = repairs.secret_name(arn)
    base = drift._read_secret(name, properties)
    return base and {**base, "KmsKeyId": secretsmanager._secrets[name].get("KmsKeyId")}


def _log_stream(name, properties):
    group = cloudwatch_logs._log_groups.get(properties["LogGroupName"])
    stream = (group or {}).get("streams", {}).get(properties.get("LogStreamName", name))
    return None if stream is None else properties_of(properties, "LogGroupName", "LogStreamName")


# type -> (record by physical id and properties, the properties that are not read)
READERS = {
    "AWS::ApiGateway::Account": (lambda name, properties: _in(apigateway_v1._account_settings)("settings", None), ()),
    "AWS::ApiGateway::ApiKey": (_in(apigateway_v1._api_keys), ()),
    "AWS::ApiGateway::Authorizer": (_part_of_api(apigateway_v1._authorizers_v1), ()),
    "AWS::ApiGateway::Deployment": (_part_of_api(apigateway_v1._deployments_v1), ()),
    "AWS::ApiGateway::Method": (_method, ()),
    "AWS::ApiGateway::Model": (_part_of_api(apigateway_v1._models), ()),
    "AWS::ApiGateway::RequestValidator": (_part_of_api(apigateway_v1._request_validators), ()),
    "AWS::ApiGateway::Resource": (_part_of_api(apigateway_v1._resources), ()),
    "AWS::ApiGateway::RestApi": (_in(apigateway_v1._rest_apis), ()),
    "AWS::ApiGateway::Stage": (_stage, ()),
    "AWS::ApiGateway::UsagePlan": (_usage_plan, ()),
    "AWS::ApiGateway::UsagePlanKey": (_usage_plan_key, ()),
    "AWS::Athena::WorkGroup": (_renamed(_in(athena._workgroups), WorkGroupConfiguration="Configuration"), ()),
    "AWS::CloudWatch::Alarm": (_in(cloudwatch._alarms), ()),
    "AWS::CloudWatch::Dashboard": (_in(cloudwatch._dashboards), ()),
    "AWS::DynamoDB::Table": (_table, ()),
    "AWS::EC2::InternetGateway": (_in(ec2._internet_gateways), ()),
    "AWS::EC2::Route": (_route, ()),
    "AWS::EC2::RouteTable": (_in(ec2._route_tables), ()),
    "AWS::EC2::SecurityGroup": (_security_group, ()),
    "AWS::EC2::Subnet": (_in(ec2._subnets), ()),
    "AWS::EC2::SubnetRouteTableAssociation": (_association, ()),
    "AWS::EC2::VPC": (_vpc, ()),
    "AWS::EC2::VPCEndpoint": (_in(ec2._vpc_endpoints), ()),
    "AWS::EC2::VPCGatewayAttachment": (_gateway_attachment, ()),
    "AWS::Events::EventBus": (_in(eventbridge._event_buses), ()),
    "AWS::Events::Rule": (_rule, ()),
    "AWS::Glue::Connection": (_glue_connection, ()),
    "AWS::Glue::Crawler": (_in(glue._crawlers), ()),
    "AWS::Glue::Database": (_glue_database, ()),
    "AWS::Glue::Job": (_in(glue._jobs), ()),
    "AWS::Glue::Table": (_glue_table, ()),
    "AWS::Glue::Trigger": (_in(glue._triggers), ("StartOnCreation",)),
    "AWS::IAM::InstanceProfile": (_in(iam._instance_profiles), ()),
    "AWS::IAM::ManagedPolicy": (_managed_policy, ()),
    "AWS::IAM::Role": (_role, ()),
    "AWS::IoT::TopicRule": (_renamed(_in(iot._topic_rules), TopicRulePayload=None), ()),
    "AWS::KMS::Alias": (_alias, ()),
    "AWS::KMS::Key": (_key, ("PendingWindowInDays", "BypassPolicyLockoutSafetyCheck")),
    "AWS::KinesisFirehose::DeliveryStream": (_delivery_stream, ()),
    "AWS::Lambda::Alias": (_alias_of_function, ("ProvisionedConcurrencyConfig",)),
    "AWS::Lambda::EventInvokeConfig": (_invoke_config, ()),
    "AWS::Lambda::EventSourceMapping": (_mapping, ()),
    "AWS::Lambda::LayerVersion": (_layer_version, ("Content",)),
    "AWS::Lambda::Permission": (_permission, ()),
    "AWS::Logs::LogStream": (_log_stream, ()),
    "AWS::Logs::ResourcePolicy": (_in(cloudwatch_logs._resource_policies), ()),
    "AWS::OpenSearchService::Domain": (_domain, ()),
    "AWS::S3::BucketPolicy": (_bucket_policy, ()),
    "AWS::SNS::Subscription": (_subscription, ()),
    "AWS::SNS::Topic": (_topic, ("Subscription",)),
    "AWS::SQS::Queue": (_queue, ()),
    "AWS::Scheduler::Schedule": (_schedule, ()),
    "AWS::Scheduler::ScheduleGroup": (_in(scheduler._schedule_groups), ()),
    "AWS::SecretsManager::Secret": (
        _secret,
        ("GenerateSecretString", "SecretString"),
    ),
    "AWS::StepFunctions::StateMachine": (_state_machine, ("Definition", "DefinitionS3Location")),
}
TAGS_READ = (
    "AWS::DynamoDB::Table",
    "AWS::IAM::Role",
    "AWS::SNS::Topic",
    "AWS::SQS::Queue",
    "AWS::SecretsManager::Secret",
)


def _reader(read):
    def mirrored(name, properties):
        record = read(name, properties)
        if record is None:
            return None
        return {**mirror(properties, record), **properties_of(record, "Tags")}

    return mirrored


def install():
    for kind, (read, unread) in READERS.items():
        tags = () if kind in TAGS_READ else ("Tags",)
        host.register_drift_reader(kind, _reader(read), AllBut(*unread, *tags))
