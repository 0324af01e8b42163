"""CodeConnections and its older name, CodeStar connections: two APIs and two types over one store."""

import uuid

from ministack.core.responses import AccountRegionScopedDict

import host
from host import Scope, ServiceError

CONNECTIONS = AccountRegionScopedDict()
SERVICES = {
    "codeconnections": "AWS::CodeConnections::Connection",
    "codestar-connections": "AWS::CodeStarConnections::Connection",
}
CREATE_ONLY = ("ConnectionName", "ProviderType", "HostArn")


def _find(arn):
    if arn not in CONNECTIONS:
        raise ServiceError("ResourceNotFoundException", f"Connection {arn} not found")
    return CONNECTIONS[arn]


def _create(service, request):
    scope = Scope.current()
    arn = f"arn:aws:{service}:{scope.region}:{scope.account}:connection/{uuid.uuid4()}"
    connection = {
        "ConnectionName": request["ConnectionName"],
        "ConnectionArn": arn,
        "ProviderType": request.get("ProviderType", "GitHub"),
        "OwnerAccountId": scope.account,
        "ConnectionStatus": "PENDING",
    }
    if "HostArn" in request:
        connection["HostArn"] = request["HostArn"]
    tags = {tag["Key"]: tag["Value"] for tag in request.get("Tags", [])}
    CONNECTIONS[arn] = {"connection": connection, "tags": tags}
    return connection


def _delete(request):
    _find(request["ConnectionArn"])
    del CONNECTIONS[request["ConnectionArn"]]


def _list(request):
    wanted = request.get("ProviderTypeFilter")
    found = [entry["connection"] for entry in CONNECTIONS.values()]
    return {"Connections": [item for item in found if wanted in (None, item["ProviderType"])]}


def _tag(request):
    _find(request["ResourceArn"])["tags"].update({tag["Key"]: tag["Value"] for tag in request["Tags"]})


def _untag(request):
    tags = _find(request["ResourceArn"])["tags"]
    for key in request["TagKeys"]:
        tags.pop(key, None)


def _tag_list(arn):
    return [{"Key": key, "Value": value} for key, value in _find(arn)["tags"].items()]


def _operations(service):
    def create(request):
        connection = _create(service, request)
        return {"ConnectionArn": connection["ConnectionArn"], "Tags": _tag_list(connection["ConnectionArn"])}

    return {
        "CreateConnection": create,
        "GetConnection": lambda request: {"Connection": _find(request["ConnectionArn"])["connection"]},
        "ListConnections": _list,
        "DeleteConnection": _delete,
        "TagResource": _tag,
        "UntagResource": _untag,
        "ListTagsForResource": lambda request: {"Tags": _tag_list(request["ResourceArn"])},
    }


def complete_handshake(arn):
    """What a person does in the console: the connection becomes AVAILABLE."""
    with Scope.of_arn(arn).entered():
        _find(arn)["connection"]["ConnectionStatus"] = "AVAILABLE"


def require_available(arn):
    with Scope.of_arn(arn).entered():
        status = _find(arn)["connection"]["ConnectionStatus"]
    if status != "AVAILABLE":
        raise ServiceError("PermissionError", f"Connection {arn} is not available: it is {status}")


def _resource_handlers(service):
    def attributes(connection):
        return connection["ConnectionArn"], {
            key: connection[key] for key in ("ConnectionArn", "ConnectionStatus", "OwnerAccountId")
        }

    def create(logical_id, properties, stack_name):
        return attributes(_create(service, properties))

    def update(arn, old, new, stack_name):
        if any(old.get(key) != new.get(key) for key in CREATE_ONLY):
            return create(None, new, stack_name)
        _find(arn)["tags"] = {tag["Key"]: tag["Value"] for tag in new.get("Tags", [])}
        return attributes(_find(arn)["connection"])

    def delete(arn, properties):
        CONNECTIONS.pop(arn, None)

    return create, update, delete


def _read_for_drift(arn, properties):
    return CONNECTIONS[arn]["connection"] if arn in CONNECTIONS else None


def install():
    for service, kind in SERVICES.items():
        host.register_json_service(service, _operations(service))
        host.register_resource(kind, *_resource_handlers(service), tags="list")
        host.register_drift_reader(kind, _read_for_drift, ("ConnectionName", "ProviderType"))


def reset():
    CONNECTIONS.clear()
