"""The values AWS would make for a resource of `registry`: identifiers, ARNs, addresses.

Schemas say where such a value stands, seldom how it looks; the shapes here are
those of AWS's documentation. A value that would not fit its schema is left out.
"""

import uuid

# Schemas hold patterns that Python's own module does not know.
import regex

from host import Scope

# What ARNs call a service, where it is not the second part of the type in lower case.
SERVICES = {
    "ApplicationAutoScaling": "application-autoscaling",
    "EMR": "elasticmapreduce",
    "EMRServerless": "emr-serverless",
    "KinesisAnalyticsV2": "kinesisanalytics",
    "KinesisFirehose": "firehose",
    "MSK": "kafka",
    "OpenSearchService": "es",
    "RedshiftServerless": "redshift-serverless",
    "StepFunctions": "states",
}

# The last part of an ARN, where it is not `<kind>/<name>`; `parent` is what the ARN of PARENTS names.
ARN_ENDS = {
    "AWS::ApplicationAutoScaling::ScalingPolicy": "scalingPolicy:{uuid}:policyName/{name}",
    "AWS::EMRServerless::Application": "/applications/{ApplicationId}",
    "AWS::Kinesis::StreamConsumer": "stream/{parent}/consumer/{name}:1767225600",
    "AWS::MSK::Cluster": "cluster/{name}/{uuid}-5",
    "AWS::MSK::Configuration": "configuration/{name}/{uuid}-5",
    "AWS::MSK::Replicator": "replicator/{name}/{uuid}-5",
    "AWS::MSK::ServerlessCluster": "cluster/{name}/{uuid}-s1",
    "AWS::MSK::Topic": "topic/{parent}/{name}",
    "AWS::RedshiftServerless::Namespace": "namespace/{uuid}",
    "AWS::RedshiftServerless::Workgroup": "workgroup/{uuid}",
}

PARENTS = ("StreamARN", "ClusterArn")

# Identifiers by type and attribute; `#` is a hexadecimal digit, `$` a capital letter or digit.
IDENTIFIERS = {
    ("AWS::EC2::EIP", "AllocationId"): "eipalloc-#################",
    ("AWS::EC2::EIP", "PublicIp"): "198.18.{byte}.{other_byte}",
    ("AWS::EC2::FlowLog", "Id"): "fl-#################",
    ("AWS::EC2::NatGateway", "EniId"): "eni-#################",
    ("AWS::EC2::NatGateway", "NatGatewayId"): "nat-#################",
    ("AWS::EC2::SecurityGroupEgress", "Id"): "sgr-#################",
    ("AWS::EC2::SecurityGroupIngress", "Id"): "sgr-#################",
    ("AWS::EMR::Cluster", "Id"): "j-$$$$$$$$$$$$$",
    ("AWS::EMR::Cluster", "MasterPublicDNS"): "ip-10-0-0-10.{region}.compute.internal",
    ("AWS::EMRServerless::Application", "ApplicationId"): "00f#############",
    ("AWS::MSK::Cluster", "CurrentVersion"): "K$$$$$$$$$$$$$",
    ("AWS::Redshift::Cluster", "Endpoint.Address"): "{name}.############.{region}.redshift.amazonaws.com",
    ("AWS::Redshift::Cluster", "Endpoint.Port"): "5439",
    ("AWS::Redshift::Cluster", "MasterPasswordSecretArn"): (
        "arn:aws:secretsmanager:{region}:{account}:secret:redshift!{name}-admin-######"
    ),
    ("AWS::Redshift::ClusterSubnetGroup", "ClusterSubnetGroupName"): "{lower_name}",
    ("AWS::RedshiftServerless::Workgroup", "Workgroup.Endpoint.Address"): (
        "{name}.{account}.{region}.redshift-serverless.amazonaws.com"
    ),
    ("AWS::RedshiftServerless::Workgroup", "Workgroup.Endpoint.Port"): "5439",
}

# What Ref gives, where it is not the primary identifier.
REFERENCES = {
    "AWS::ApplicationAutoScaling::ScalingPolicy": "Arn",
    "AWS::EC2::EIP": "PublicIp",
}


def schema(kind, region):
    """The type's schema in a region, or None; cfn-lint takes half a second to import, so it waits for the first use."""
    from cfnlint.schema import PROVIDER_SCHEMA_MANAGER, ResourceNotFoundError

    try:
        return PROVIDER_SCHEMA_MANAGER.get_resource_schema(region, kind)
    except ResourceNotFoundError:
        return None


def attribute_pointers(kind, region):
    from cfnlint.schema import PROVIDER_SCHEMA_MANAGER

    return dict(PROVIDER_SCHEMA_MANAGER.get_type_getatts(kind, region).items())


def validator(schema):
    from cfnlint.jsonschema import StandardValidator

    return StandardValidator(schema)


def reference(resource):
    """The physical id, which is what Ref gives."""
    name = REFERENCES.get(resource.kind)
    value = resource.attributes().get(name) if name else resource.identifier
    if value is None:
        raise AssertionError(f"identities.py knows no physical id for {resource.kind}")
    return str(value)


def make(resource, attribute, shape):
    """The value of an attribute, or None when its shape is not known here: Fn::GetAtt then fails."""
    value = _value(resource, attribute, shape)
    pattern, choices = shape.get("pattern"), shape.get("enum")
    fits = not isinstance(value, str) or not pattern or regex.search(pattern, value)
    return value if fits and (not choices or value in choices) else None


def _value(resource, attribute, shape):
    end = attribute.rpartition(".")[2]
    known = IDENTIFIERS.get((resource.kind, attribute))
    if known:
        return _filled(resource, known)
    if end in resource.properties:
        return resource.properties[end]
    if shape.get("enum"):
        return shape["enum"][0]
    kind = shape.get("type", "string")
    if kind != "string":
        return {"integer": 1, "number": 1, "boolean": False, "array": [], "object": {}}.get(kind, "")
    if end.lower().endswith("arn"):
        return arn(resource)
    if end.endswith("Name"):
        return resource.name
    if "Time" in end or end.endswith("Date"):
        return "2026-01-01T00:00:00Z"
    if end == "Status":
        return "ACTIVE"
    return "|".join(_own_parts(resource)) or str(uuid.uuid4())


def _own_parts(resource):
    """The parts of an identifier that the template gives."""
    return [str(resource.properties[name]) for name in resource.schema.identifier if name in resource.properties]


def arn(resource):
    _, service, kind = resource.kind.split("::")
    words = regex.sub(r"(?<=[a-z])(?=[A-Z])", "-", kind).lower()
    end = _filled(resource, ARN_ENDS.get(resource.kind, words + "/{name}"))
    scope = Scope.current()
    return f"arn:aws:{SERVICES.get(service, service.lower())}:{scope.region}:{scope.account}:{end}"


def _filled(resource, text):
    scope, seed = Scope.current(), uuid.uuid4()
    parents = [str(resource.properties[name]).partition("/")[2] for name in PARENTS if name in resource.properties]
    known = {name: value for name, value in resource.made.items() if name.isidentifier()}
    digits, letters = iter(seed.hex), iter((seed.hex + seed.hex).upper())
    text = "".join(next(digits) if one == "#" else next(letters) if one == "$" else one for one in text)
    if "{ApplicationId}" in text and "ApplicationId" not in known:
        known["ApplicationId"] = resource.made["ApplicationId"] = _filled(
            resource, IDENTIFIERS[(resource.kind, "ApplicationId")]
        )
    return text.format(
        account=scope.account,
        byte=seed.int % 254 + 1,
        other_byte=(seed.int >> 8) % 254 + 1,
        lower_name=resource.name.lower(),
        name=resource.name,
        parent=next(iter(parents), ""),
        region=scope.region,
        uuid=seed,
        **known,
    )
