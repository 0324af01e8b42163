"""What services say of resources that only their schema serves: the describing operations of MSK, EMR, EMR Serverless,
Redshift Serverless and Lake Formation, from the registry's records.

An answer has the members of botocore's output shape that the record knows, by the same name in whatever case; where
the service calls them otherwise, a function here says so. Answers are checked against the shape. Whatever is not in the
registry is MiniStack's to answer.
"""

import base64
import json
import re
from urllib.parse import unquote

from ministack import app as ministack_app
from ministack.core import router
from ministack.services import firehose

import host
import registry
import runs
from host import ServiceError


def shaped(shape, value):
    """The parts of a record that a shape knows, by the shape's own names."""
    if value is None:
        return None
    if shape.type_name == "structure" and isinstance(value, dict):
        folded = {key.lower(): item for key, item in value.items()}
        found = {name: shaped(member, folded.get(name.lower())) for name, member in shape.members.items()}
        return {name: item for name, item in found.items() if item is not None}
    if shape.type_name == "list" and isinstance(value, list):
        return [shaped(shape.member, item) for item in value]
    if shape.type_name == "map" and isinstance(value, dict):
        return {key: shaped(shape.value, item) for key, item in value.items()}
    if shape.type_name == "string" and not isinstance(value, str):
        return json.dumps(value)
    return value


def wired(shape, value):
    """The same by the names on the wire."""
    if shape.type_name == "structure":
        members = {name: shape.members[name] for name in value}
        return {member.serialization.get("name", name): wired(member, value[name]) for name, member in members.items()}
    if shape.type_name == "list":
        return [wired(shape.member, item) for item in value]
    if shape.type_name == "map":
        return {key: wired(shape.value, item) for key, item in value.items()}
    if shape.type_name == "blob":
        return base64.b64encode(value).decode()
    return value


class Describer:
    """Answers of one service."""

    def __init__(self, service):
        self.model = host.ServiceModel(service)

    def answer(self, operation, record):
        shape = self.model.operation(operation).output_shape
        body = shaped(shape, record)
        self.model.check_response(operation, body)
        return wired(shape, body)


def record(kind, identifier):
    """A resource's properties with what AWS made, or None."""
    resource = registry.RESOURCES.get((kind, identifier))
    return resource and resource.model()


def _as_map(tags):
    return {tag["Key"]: tag["Value"] for tag in tags} if isinstance(tags, list) else tags


# --- MSK ---

MADE = "2026-01-01T00:00:00Z"


def _cluster(arn):
    live = record("AWS::MSK::Cluster", arn)
    if live is None:
        return None
    configured = live.get("ConfigurationInfo", {})
    software = {
        "KafkaVersion": live["KafkaVersion"],
        "ConfigurationArn": configured.get("Arn"),
        "ConfigurationRevision": configured.get("Revision"),
    }
    provisioned = {**live, "CurrentBrokerSoftwareInfo": software}
    general = {"ClusterArn": arn, "ClusterType": "PROVISIONED", "State": "ACTIVE", "Tags": _as_map(live.get("Tags"))}
    return {"ClusterInfo": {**general, "ClusterName": live["ClusterName"], "Provisioned": provisioned}}


def _configuration(arn):
    live = record("AWS::MSK::Configuration", arn)
    return live and {
        **live,
        "Arn": arn,
        "KafkaVersions": live.get("KafkaVersionsList", []),
        "CreationTime": MADE,
        "LatestRevision": {"Revision": 1, "Description": live.get("Description", ""), "CreationTime": MADE},
        "State": "ACTIVE",
    }


def _revision(arn, revision):
    live = record("AWS::MSK::Configuration", arn)
    return live and {"Arn": arn, "Revision": int(revision), "ServerProperties": live["ServerProperties"].encode()}


def _topic(cluster, name):
    for (kind, _), resource in registry.RESOURCES.items():
        if kind == "AWS::MSK::Topic" and (resource.properties["ClusterArn"], resource.properties["TopicName"]) == (
            cluster,
            name,
        ):
            return {**resource.model(), "Status": "ACTIVE"}
    return None


def _scram_secrets(cluster):
    return record("AWS::MSK::BatchScramSecret", cluster)


def _cluster_policy(cluster):
    return record("AWS::MSK::ClusterPolicy", cluster)


KAFKA = [
    (r"/api/v2/clusters/([^/]+)", "DescribeClusterV2", _cluster),
    (r"/v1/configurations/([^/]+)", "DescribeConfiguration", _configuration),
    (r"/v1/configurations/([^/]+)/revisions/(\d+)", "DescribeConfigurationRevision", _revision),
    (r"/v1/clusters/([^/]+)/topics/([^/]+)", "DescribeTopic", _topic),
    (r"/v1/clusters/([^/]+)/scram-secrets", "ListScramSecrets", _scram_secrets),
    (r"/v1/clusters/([^/]+)/policy", "GetClusterPolicy", _cluster_policy),
]


def _parts(pattern, path):
    """Identifiers in a path are ARNs, whose slashes are escaped or not."""
    escaped = re.sub(r"arn:[^?]*?(?=/(?:revisions|topics|scram-secrets|policy)(?:/|$)|$)", _escape, unquote(path))
    found = re.fullmatch(pattern, escaped)
    return found and [unquote(part) for part in found.groups()]


def _escape(found):
    return found.group().replace("/", "%2F")


def _install_kafka():
    others = ministack_app.SERVICE_HANDLERS["kafka"]
    describer = Describer("kafka")

    async def handle(method, path, headers, body, query_params):
        for pattern, operation, find in KAFKA if method == "GET" else []:
            parts = _parts(pattern, path)
            live = find(*parts) if parts else None
            if live is not None:
                return host.json_answer(200, describer.answer(operation, live))
        return await others(method, path, headers, body, query_params)

    ministack_app.SERVICE_HANDLERS["kafka"] = handle


# --- EMR ---


def _configurations(configurations):
    return [
        {
            "Classification": one["Classification"],
            "Properties": one.get("ConfigurationProperties", {}),
            "Configurations": _configurations(one.get("Configurations", [])),
        }
        for one in configurations
    ]


def _described_cluster(live):
    instances = live["Instances"]
    ec2 = {**instances, "IamInstanceProfile": live["JobFlowRole"]}
    ec2["RequestedEc2SubnetIds"] = instances.get("Ec2SubnetIds", [instances.get("Ec2SubnetId")])
    fleets = any(name.endswith(("Fleet", "Fleets")) for name in instances)
    uri = live.get("LogUri")
    return {
        "Cluster": {
            **live,
            "Status": {"State": "WAITING"},
            "LogUri": uri and uri.replace("s3://", "s3n://", 1),
            "Ec2InstanceAttributes": ec2,
            "InstanceCollectionType": "INSTANCE_FLEET" if fleets else "INSTANCE_GROUP",
            "AutoTerminate": not instances.get("KeepJobFlowAliveWhenNoSteps", False),
            "TerminationProtected": instances.get("TerminationProtected", False),
            "Configurations": _configurations(live.get("Configurations", [])),
            "PlacementGroups": live.get("PlacementGroupConfigs"),
        }
    }


def _instance_groups(live):
    groups = []
    for kind in ("Master", "Core", "Task"):
        given = live["Instances"].get(f"{kind}InstanceGroup" if kind != "Task" else "TaskInstanceGroups", [])
        for group in given if isinstance(given, list) else [given]:
            state = {"Id": f"ig-{kind.upper()}{len(groups)}", "Status": {"State": "RUNNING"}}
            groups.append(
                {
                    **state,
                    **group,
                    "InstanceGroupType": kind.upper(),
                    "RequestedInstanceCount": group["InstanceCount"],
                    "Configurations": _configurations(group.get("Configurations", [])),
                }
            )
    return {"InstanceGroups": groups}


def _instance_fleets(live):
    fleets = []
    for kind in ("Master", "Core", "Task"):
        given = live["Instances"].get(f"{kind}InstanceFleet" if kind != "Task" else "TaskInstanceFleets", [])
        for fleet in given if isinstance(given, list) else [given]:
            types = [
                {**one, "Configurations": _configurations(one.get("Configurations", []))}
                for one in fleet.get("InstanceTypeConfigs", [])
            ]
            described = {**fleet, "InstanceFleetType": kind.upper(), "InstanceTypeSpecifications": types}
            fleets.append({"Id": f"if-{kind.upper()}{len(fleets)}", "Status": {"State": "RUNNING"}, **described})
    return {"InstanceFleets": fleets}


def _bootstrap_actions(live):
    actions = [(one["Name"], one["ScriptBootstrapAction"]) for one in live.get("BootstrapActions", [])]
    described = [{"Name": name, "ScriptPath": script["Path"], "Args": script.get("Args", [])} for name, script in actions]
    return {"BootstrapActions": described}


EMR = {
    "DescribeCluster": _described_cluster,
    "ListInstanceGroups": _instance_groups,
    "ListInstanceFleets": _instance_fleets,
    "ListBootstrapActions": _bootstrap_actions,
    "GetManagedScalingPolicy": lambda live: live,
    "GetAutoTerminationPolicy": lambda live: live,
}


def _install_emr():
    others = ministack_app.SERVICE_HANDLERS["elasticmapreduce"]
    describer = Describer("emr")

    async def handle(method, path, headers, body, query_params):
        operation = headers.get("x-amz-target", "").rpartition(".")[2]
        if operation in EMR:
            live = record("AWS::EMR::Cluster", json.loads(body or b"{}").get("ClusterId"))
            if live is not None:
                return host.json_answer(200, describer.answer(operation, EMR[operation](live)))
        return await others(method, path, headers, body, query_params)

    ministack_app.SERVICE_HANDLERS["elasticmapreduce"] = handle


def get_application(request):
    application = request["applicationId"]
    live = record("AWS::EMRServerless::Application", application)
    if live is None:
        raise ServiceError("ResourceNotFoundException", f"Application {application} does not exist", 404)
    capacity = {one["Key"]: one["Value"] for one in live.get("InitialCapacity", [])}
    made = {"applicationId": application, "state": "CREATED", "createdAt": 0, "updatedAt": 0}
    described = {key: value for key, value in live.items() if key not in ("InitialCapacity", "Tags")}
    described |= {"initialCapacity": capacity, "tags": _as_map(live.get("Tags", []))}
    return Describer("emr-serverless").answer("GetApplication", {"application": {**described, **made}})


# --- Redshift Serverless ---


def get_workgroup(request):
    name = request["workgroupName"]
    live = record("AWS::RedshiftServerless::Workgroup", name)
    if live is None:
        raise ServiceError("ResourceNotFoundException", f"Workgroup {name} does not exist", 404)
    shape = host.ServiceModel("redshift-serverless").operation("GetWorkgroup").output_shape
    return shaped(shape, {"workgroup": {**live, "status": "AVAILABLE"}})


# --- Lake Formation, whose protocol is REST ---


def _install_lake_formation():
    describer = Describer("lakeformation")

    async def handle(method, path, headers, body, query_params):
        arn = json.loads(body or b"{}").get("ResourceArn")
        live = [one.model() for (kind, _), one in registry.RESOURCES.items() if kind == "AWS::LakeFormation::Resource"]
        found = [one for one in live if one["ResourceArn"] == arn and path == "/DescribeResource"]
        if not found:
            return host.error_answer(ServiceError("EntityNotFoundException", f"{path}: there is no {arn}", 400))
        return host.json_answer(200, describer.answer("DescribeResource", {"ResourceInfo": found[0]}))

    ministack_app.SERVICE_HANDLERS["lakeformation"] = handle
    router.SERVICE_PATTERNS["lakeformation"] = {"target_prefixes": [], "credential_scope": "lakeformation"}


# --- Glue, whose batches MiniStack lacks; Firehose, where its answers keep the words of the request ---

BATCHES = {
    "BatchGetJobs": ("JobNames", "GetJob", "JobName", "Job", "Jobs", "JobsNotFound"),
    "BatchGetCrawlers": ("CrawlerNames", "GetCrawler", "Name", "Crawler", "Crawlers", "CrawlersNotFound"),
}


def _install_glue():
    others = ministack_app.SERVICE_HANDLERS["glue"]

    async def handle(method, path, headers, body, query_params):
        operation = headers.get("x-amz-target", "").rpartition(".")[2]
        if operation not in BATCHES:
            return await others(method, path, headers, body, query_params)
        names, single, name, one, found, missing = BATCHES[operation]
        answer = {found: [], missing: []}
        for wanted in json.loads(body)[names]:
            asked = {**headers, "x-amz-target": f"AWSGlue.{single}"}
            status, _, text = await others(method, path, asked, json.dumps({name: wanted}).encode(), query_params)
            if status == 200:
                answer[found].append(json.loads(text)[one])
            else:
                answer[missing].append(wanted)
        return host.json_answer(200, answer)

    ministack_app.SERVICE_HANDLERS["glue"] = handle


DESCRIBED = {
    "S3Configuration": "S3DestinationDescription",
    "S3BackupConfiguration": "S3BackupDescription",
    "VpcConfiguration": "VpcConfigurationDescription",
}


# MiniStack's word for a destination, where it is another than the request's.
KINDS = {"AmazonOpenSearch": "Amazonopensearchservice"}


def _destination(shape, stream, answered):
    """All of the destination that is kept, and what MiniStack fills in."""
    kept = stream["destinations"][0]
    name = f"{KINDS.get(kept['type'], kept['type'])}DestinationDescription"
    filled = {}
    for described in answered.values():
        filled |= described if isinstance(described, dict) else {}
    described = {DESCRIBED.get(key, key): value for key, value in {**filled, **kept["config"]}.items()}
    return {"DestinationId": kept["id"], name: shaped(shape.members[name], described)}


def _install_firehose():
    others = ministack_app.SERVICE_HANDLERS["firehose"]
    output = host.ServiceModel("firehose").operation("DescribeDeliveryStream").output_shape
    shape = output.members["DeliveryStreamDescription"].members["Destinations"].member

    async def handle(method, path, headers, body, query_params):
        status, answered, text = await others(method, path, headers, body, query_params)
        if status == 200 and headers.get("x-amz-target", "").endswith(".DescribeDeliveryStream"):
            answer = json.loads(text)
            description = answer["DeliveryStreamDescription"]
            stream = firehose._streams[description["DeliveryStreamName"]]
            if stream["destinations"]:
                description["Destinations"] = [_destination(shape, stream, description["Destinations"][0])]
            if stream.get("msk_source"):
                description["Source"] = {"MSKSourceDescription": stream["msk_source"]}
            text = json.dumps(answer).encode()
        return status, answered, text

    ministack_app.SERVICE_HANDLERS["firehose"] = handle


def install():
    """After `runs`, whose services this extends."""
    _install_kafka()
    _install_emr()
    runs.SERVERLESS[("GET", 2)] = ("GetApplication", get_application)
    operations = {"GetNamespace": runs.get_namespace, "GetWorkgroup": get_workgroup}
    host.register_json_service("redshift-serverless", operations)
    _install_lake_formation()
    _install_glue()
    _install_firehose()
