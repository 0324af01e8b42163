"""Properties that MiniStack's CloudFormation drops, applied to the live resource.

Each repair was found by creating and updating the type and reading the
resource back; types that need none are only proved in test_serve.py. A repair
gets (physical id, old properties, new properties) and calls the service's API.
"""

import json

from ministack.core.responses import AccountRegionScopedDict
from ministack.services import (
    apigateway_v1,
    codebuild,
    dynamodb,
    firehose,
    glue,
    iam,
    kinesis,
    lambda_svc,
    scheduler,
    secretsmanager,
    sns,
    sqs,
    stepfunctions,
)
from ministack.services.cloudformation import provisioners

from host import Scope, ServiceError, extend_resource, register_drift_reader

# Table name -> the last PointInTimeRecoverySpecification, of which MiniStack keeps whether it is on.
RECOVERY = AccountRegionScopedDict()


def _changed(old, new, key):
    return old.get(key) != new.get(key)


def _client(service):
    return Scope.current().client(service)


def stream(name, old, new):
    """Shard count on update, encryption on create and update, retention back to its default."""
    kinesis = _client("kinesis")
    count = new.get("ShardCount")
    if old and count is not None and _changed(old, new, "ShardCount"):
        kinesis.update_shard_count(StreamName=name, TargetShardCount=int(count), ScalingType="UNIFORM_SCALING")
    if old and "RetentionPeriodHours" in old and "RetentionPeriodHours" not in new:
        kinesis.decrease_stream_retention_period(StreamName=name, RetentionPeriodHours=24)
    if not _changed(old, new, "StreamEncryption"):
        return
    if "StreamEncryption" in old:
        kinesis.stop_stream_encryption(StreamName=name, **old["StreamEncryption"])
    if "StreamEncryption" in new:
        kinesis.start_stream_encryption(StreamName=name, **new["StreamEncryption"])


def read_stream(name, properties):
    """A stream for drift detection, which MiniStack checks for existence only."""
    if name not in kinesis._streams:
        return None
    _, _, body = kinesis._describe_stream_summary({"StreamName": name})
    summary = json.loads(body)["StreamDescriptionSummary"]
    live = {
        "Name": name,
        "ShardCount": summary["OpenShardCount"],
        "RetentionPeriodHours": summary["RetentionPeriodHours"],
        "StreamModeDetails": summary["StreamModeDetails"],
    }
    if summary["EncryptionType"] != "NONE":
        live["StreamEncryption"] = {key: summary[key] for key in ("EncryptionType", "KeyId")}
    return live


STREAM_PROPERTIES = ("Name", "ShardCount", "RetentionPeriodHours", "StreamModeDetails", "StreamEncryption")


def bucket(name, old, new):
    """Versioning (also suspended), encryption, lifecycle and tags; the rest MiniStack applies."""
    appliers = {
        "VersioningConfiguration": _apply_versioning,
        "BucketEncryption": _apply_encryption,
        "LifecycleConfiguration": _apply_lifecycle,
        "Tags": _apply_bucket_tags,
    }
    for key, apply in appliers.items():
        if _changed(old, new, key):
            apply(_client("s3"), name, new.get(key))


def _apply_versioning(s3, name, configuration):
    status = configuration["Status"] if configuration else "Suspended"
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": status})


def _apply_encryption(s3, name, configuration):
    if not configuration:
        s3.delete_bucket_encryption(Bucket=name)
        return
    rules = []
    for rule in configuration["ServerSideEncryptionConfiguration"]:
        # The template and the API name this member differently.
        translated = {"ApplyServerSideEncryptionByDefault": rule["ServerSideEncryptionByDefault"]}
        if "BucketKeyEnabled" in rule:
            translated["BucketKeyEnabled"] = _boolean(rule["BucketKeyEnabled"])
        rules.append(translated)
    s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={"Rules": rules})


def _apply_lifecycle(s3, name, configuration):
    if not configuration:
        s3.delete_bucket_lifecycle(Bucket=name)
        return
    rules = [_lifecycle_rule(rule) for rule in configuration["Rules"]]
    s3.put_bucket_lifecycle_configuration(Bucket=name, LifecycleConfiguration={"Rules": rules})


def _lifecycle_rule(rule):
    """One lifecycle rule of a template in the terms of the S3 API."""
    answer = {"Status": rule["Status"], "Filter": {"Prefix": rule.get("Prefix", "")}}
    if "Id" in rule:
        answer["ID"] = rule["Id"]
    if "ExpirationInDays" in rule:
        answer["Expiration"] = {"Days": int(rule["ExpirationInDays"])}
    if "AbortIncompleteMultipartUpload" in rule:
        days = rule["AbortIncompleteMultipartUpload"]["DaysAfterInitiation"]
        answer["AbortIncompleteMultipartUpload"] = {"DaysAfterInitiation": int(days)}
    if "NoncurrentVersionExpiration" in rule:
        expiration = rule["NoncurrentVersionExpiration"]
        answer["NoncurrentVersionExpiration"] = {key: int(value) for key, value in expiration.items()}
    if "Transitions" in rule:
        answer["Transitions"] = [
            {"Days": int(transition["TransitionInDays"]), "StorageClass": transition["StorageClass"]}
            for transition in rule["Transitions"]
        ]
    return answer


def _apply_bucket_tags(s3, name, tags):
    if tags:
        s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": tags})
    else:
        s3.delete_bucket_tagging(Bucket=name)


def function(name, old, new):
    """The VPC of a function and the concurrency reserved for it."""
    service = _client("lambda")
    if _changed(old, new, "VpcConfig"):
        vpc = {"SubnetIds": [], "SecurityGroupIds": [], **new.get("VpcConfig", {})}
        service.update_function_configuration(FunctionName=name, VpcConfig=vpc)
    if not _changed(old, new, "ReservedConcurrentExecutions"):
        return
    if "ReservedConcurrentExecutions" in new:
        reserved = int(new["ReservedConcurrentExecutions"])
        service.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=reserved)
    else:
        service.delete_function_concurrency(FunctionName=name)


def event_source_mapping(mapping_id, old, new):
    """A mapping created with Enabled: false is disabled; what it reads of Kafka, and how."""
    record = lambda_svc._esms[mapping_id]
    for key in ("AmazonManagedKafkaEventSourceConfig", "DestinationConfig", "ProvisionedPollerConfig", "Topics"):
        if key in new:
            record[key] = new[key]
        elif key in old:
            record.pop(key, None)
    if not old and not _boolean(new.get("Enabled", True)):
        _client("lambda").update_event_source_mapping(UUID=mapping_id, Enabled=False)


def delivery_stream(name, old, new):
    """The cluster that a delivery stream reads."""
    if "MSKSourceConfiguration" in new:
        firehose._streams[name]["msk_source"] = new["MSKSourceConfiguration"]


def topic(arn, old, new):
    """The encryption key of a topic; order and deduplication."""
    for key in ("ContentBasedDeduplication", "FifoThroughputScope", "FifoTopic"):
        if _changed(old, new, key):
            # Only creation can make a topic ordered, and MiniStack's SNS asks its own creation for that.
            sns._topics[arn]["attributes"][key] = str(new.get(key, "")).lower()
    if _changed(old, new, "KmsMasterKeyId"):
        _client("sns").set_topic_attributes(
            TopicArn=arn, AttributeName="KmsMasterKeyId", AttributeValue=new.get("KmsMasterKeyId", "")
        )


# Template property -> CodeBuild API member, for what MiniStack does not keep.
PROJECT_MEMBERS = {
    "Description": "description",
    "EncryptionKey": "encryptionKey",
    "Cache": "cache",
    "LogsConfig": "logsConfig",
    "QueuedTimeoutInMinutes": "queuedTimeoutInMinutes",
    "VpcConfig": "vpcConfig",
}


def project(name, old, new):
    """Description, key, cache, logs, queue time and VPC of a build project."""
    stored = codebuild._projects[name]
    for key, member in PROJECT_MEMBERS.items():
        if key in new:
            stored[member] = _camel_case(new[key])
        elif key in old:
            stored.pop(member, None)
    if "queuedTimeoutInMinutes" in stored:
        stored["queuedTimeoutInMinutes"] = int(stored["queuedTimeoutInMinutes"])


def _camel_case(value):
    if isinstance(value, dict):
        return {key[:1].lower() + key[1:]: _camel_case(item) for key, item in value.items()}
    return [_camel_case(item) for item in value] if isinstance(value, list) else value


def _project_shape_with_all_members(ministack_shape):
    def shape(stored):
        kept = {member: stored[member] for member in PROJECT_MEMBERS.values() if member in stored}
        return {**ministack_shape(stored), **kept}

    return shape


def table(name, old, new):
    """Encryption on create; expiry and recovery on create and update."""
    service = _client("dynamodb")
    if not old and "SSESpecification" in new:
        service.update_table(TableName=name, SSESpecification=_encryption(new["SSESpecification"]))
    if _changed(old, new, "TimeToLiveSpecification"):
        before, after = old.get("TimeToLiveSpecification"), new.get("TimeToLiveSpecification")
        after = after or {"AttributeName": before["AttributeName"], "Enabled": False}
        after = {**after, "Enabled": _boolean(after["Enabled"])}
        service.update_time_to_live(TableName=name, TimeToLiveSpecification=after)
    if _changed(old, new, "PointInTimeRecoverySpecification"):
        wanted = new.get("PointInTimeRecoverySpecification", {})
        wanted = {**wanted, "PointInTimeRecoveryEnabled": _boolean(wanted.get("PointInTimeRecoveryEnabled"))}
        if "RecoveryPeriodInDays" in wanted:
            wanted["RecoveryPeriodInDays"] = int(wanted["RecoveryPeriodInDays"])
        service.update_continuous_backups(TableName=name, PointInTimeRecoverySpecification=wanted)


def refuse_changed_indexes(old, new):
    """An index cannot become another under its name."""
    before = {index["IndexName"]: index for index in old.get("GlobalSecondaryIndexes", [])}
    for index in new.get("GlobalSecondaryIndexes", []):
        was = before.get(index["IndexName"], index)
        if any(was.get(key) != index.get(key) for key in ("KeySchema", "Projection")):
            message = "Cannot update GSI's properties other than Provisioned Throughput and Contributor Insights"
            raise ServiceError("InvalidRequest", f"{message}: {index['IndexName']}. Give the index another name.")


def _encryption(specification):
    """The template and the API name the switch differently."""
    rest = {key: value for key, value in specification.items() if key != "SSEEnabled"}
    return {**rest, "Enabled": _boolean(specification["SSEEnabled"])}


def _remembering_recovery(ministack_update):
    def update(request):
        RECOVERY[request["TableName"]] = request.get("PointInTimeRecoverySpecification", {})
        return ministack_update(request)

    return update


def _kept(record_of, member_of):
    """Properties that MiniStack keeps nowhere, put into the record of the resource."""

    def keep(name, old, new):
        record = record_of(name, new)
        for key, member in member_of.items():
            if key in new:
                record[member] = new[key]
            elif key in old:
                record.pop(member, None)

    return keep


def _method(name, properties):
    resource = apigateway_v1._resources[properties["RestApiId"]][properties["ResourceId"]]
    return resource["resourceMethods"][properties["HttpMethod"]]


def _stage(name, properties):
    return apigateway_v1._stages_v1[properties["RestApiId"]][name]


def stage(name, old, new):
    """Where a stage writes its access log."""
    _stage(name, new)["accessLogSettings"] = _camel_case(new.get("AccessLogSetting", {}))


def request_validator(validator, old, new):
    """MiniStack gives a request validator an id and nothing else."""
    members = {"id": validator, "name": new.get("Name", validator)}
    for key in ("ValidateRequestBody", "ValidateRequestParameters"):
        members[key[:1].lower() + key[1:]] = _boolean(new.get(key, False))
    apigateway_v1._request_validators.setdefault(new["RestApiId"], {})[validator] = members


def schedule(name, old, new):
    """The time zone, the window of time and the key of a schedule."""
    record = scheduler._schedules[f"{new.get('GroupName', 'default')}/{name}"]
    record["ScheduleExpressionTimezone"] = new.get("ScheduleExpressionTimezone", "UTC")
    for key in ("StartDate", "EndDate", "KmsKeyArn"):
        record[key] = new.get(key)


def refer_by(kind, reference_of, key_of):
    """Make Ref give what AWS gives: `reference_of` MiniStack's own id, which `key_of` finds again."""
    handler = provisioners._RESOURCE_HANDLERS[kind]
    create, update, delete = handler["create"], handler["update"], handler["delete"]

    def referred(result):
        key, attributes = result
        return reference_of(key), attributes

    handler["create"] = lambda *arguments: referred(create(*arguments))
    handler["update"] = lambda name, *arguments: referred(update(key_of(name), *arguments))
    handler["delete"] = lambda name, properties: delete(key_of(name), properties)


def find_queues_by_name(kind):
    """MiniStack finds queues only by the addresses that it gives them, AWS by what it calls them everywhere."""
    handler = provisioners._RESOURCE_HANDLERS[kind]
    create, update, delete = handler["create"], handler["update"], handler["delete"]

    def own(properties):
        address = lambda url: sqs._queue_name_to_url.get(url.rpartition("/")[2], url)
        return {**properties, "Queues": [address(url) for url in properties.get("Queues", [])]}

    handler["create"] = lambda logical_id, new, *rest: create(logical_id, own(new), *rest)
    handler["update"] = lambda name, old, new, *rest: update(name, own(old), own(new), *rest)
    handler["delete"] = lambda name, properties: delete(name, own(properties))


def _profile_arn(name):
    return iam._instance_profiles.get(name, {}).get("Arn", name)


def secret(arn, old, new):
    """The encryption key of a secret."""
    if _changed(old, new, "KmsKeyId"):
        _client("secretsmanager").update_secret(SecretId=arn, KmsKeyId=new.get("KmsKeyId", ""))


def _secret_arn(name):
    return secretsmanager._secrets[name]["ARN"]


def secret_name(arn):
    """The name in an ARN of a secret, without the six characters that AWS appends."""
    return arn.rpartition(":")[2].rpartition("-")[0]


def _boolean(value):
    return str(value).lower() == "true"


def install():
    extend_resource("AWS::Kinesis::Stream", stream)
    register_drift_reader("AWS::Kinesis::Stream", read_stream, STREAM_PROPERTIES)
    extend_resource("AWS::S3::Bucket", bucket, tags="list")
    extend_resource("AWS::Lambda::Function", function)
    extend_resource("AWS::Lambda::EventSourceMapping", event_source_mapping)
    extend_resource("AWS::KinesisFirehose::DeliveryStream", delivery_stream)
    extend_resource("AWS::SNS::Topic", topic)
    extend_resource("AWS::SecretsManager::Secret", secret)
    extend_resource("AWS::CodeBuild::Project", project)
    extend_resource("AWS::DynamoDB::Table", table, before_update=refuse_changed_indexes)
    dynamodb._update_continuous_backups = _remembering_recovery(dynamodb._update_continuous_backups)
    extend_resource("AWS::ApiGateway::Stage", stage)
    extend_resource("AWS::ApiGateway::RequestValidator", request_validator)
    extend_resource("AWS::ApiGateway::Method", _kept(_method, {"RequestValidatorId": "requestValidatorId"}))
    job_members = {key: key for key in ("ExecutionProperty", "MaintenanceWindow")}
    extend_resource("AWS::Glue::Job", _kept(lambda name, properties: glue._jobs[name], job_members))
    extend_resource("AWS::Scheduler::Schedule", schedule)
    extend_resource(
        "AWS::StepFunctions::StateMachine",
        _kept(
            lambda arn, properties: stepfunctions._state_machines[arn],
            {"TracingConfiguration": "tracingConfiguration"},
        ),
    )
    find_queues_by_name("AWS::SQS::QueuePolicy")
    refer_by("AWS::IAM::InstanceProfile", lambda arn: arn.rpartition("/")[2], _profile_arn)
    refer_by("AWS::SecretsManager::Secret", _secret_arn, secret_name)
    codebuild._project_shape = _project_shape_with_all_members(codebuild._project_shape)


def reset():
    RECOVERY.clear()
