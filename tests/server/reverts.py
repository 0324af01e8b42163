"""What puts a live resource back: drift-aware change sets, and Cloud Control's UpdateResource.

A change set with the deployment mode REVERT_DRIFT compares the live resource, as
drift detection reads it, with the template: what differs is a change of it, and
what is gone is made anew. Until it is executed nothing is touched. When it is,
MiniStack's engine is told that the stack had what is live, so that it updates
each such resource from there, and rolls back to there.

UpdateResource runs the type's own update handler, as on AWS.
"""

import copy
import json

from ministack import app as ministack_app
from ministack.core.concurrency import run_reentrant
from ministack.core.responses import now_iso
from ministack.services import cloudcontrol
from ministack.services.cloudformation import _stacks, changesets, drift, handlers, provisioners

import registry
from host import ServiceError

# CloudFormation's user guide lists these as not supported.
NOT_AWARE = ("AWS::MSK::Cluster",)


def _parameter(params, name):
    value = params.get(name)
    return value[0] if isinstance(value, list) else value


def _succeeded(answer):
    return answer[0] == 200


def _change_set(params):
    return changesets._find_change_set(_parameter(params, "ChangeSetName"), _parameter(params, "StackName"))[1]


def _drifts(stack):
    """What drift detection finds now, by logical id, of what is not as it was deployed."""
    found = {}
    for logical_id, record in stack.get("_resources", {}).items():
        kind = record.get("ResourceType", "")
        if kind in NOT_AWARE or kind not in drift._DRIFT_READERS:
            continue
        result = drift.detect_resource_drift(stack, logical_id, record, now_iso())
        if result["StackResourceDriftStatus"] == "MODIFIED":
            differences = [one for one in result["PropertyDifferences"] if not _immutable(kind, one)]
            result = {**result, "PropertyDifferences": differences}
            if not differences:
                continue
        if result["StackResourceDriftStatus"] in ("MODIFIED", "DELETED"):
            found[logical_id] = result
    return found


def _immutable(kind, difference):
    """What no update changes is not taken back."""
    return provisioners._property_recreation(kind, _top(difference["PropertyPath"])) == "Always"


def _top(pointer):
    return pointer.split("/")[1]


def _properties(result):
    return sorted({_top(difference["PropertyPath"]) for difference in result.get("PropertyDifferences", [])})


def _change(record, result):
    kind = record["ResourceType"]
    change = {"LogicalResourceId": result["LogicalResourceId"], "ResourceType": kind}
    if result["StackResourceDriftStatus"] == "DELETED":
        return {"Action": "Add", **change}
    targets = [
        {
            "Target": {
                "Attribute": "Properties",
                "Name": name,
                "RequiresRecreation": provisioners._property_recreation(kind, name),
            },
            "Evaluation": "Static",
            "ChangeSource": "DirectModification",
        }
        for name in _properties(result)
    ]
    always = any(target["Target"]["RequiresRecreation"] == "Always" for target in targets)
    return {
        "Action": "Modify",
        **change,
        "PhysicalResourceId": record["PhysicalResourceId"],
        "Replacement": "True" if always else "False",
        "Scope": ["Properties"],
        "Details": targets,
    }


def _create_change_set(operation):
    def handle(params):
        answer = operation(params)
        if not _succeeded(answer) or _parameter(params, "DeploymentMode") != "REVERT_DRIFT":
            return answer
        change_set = _change_set(params)
        stack = _stacks[change_set["StackName"]]
        wanted = change_set["_template"].get("Resources", {})
        drifts = {name: result for name, result in _drifts(stack).items() if name in wanted}
        change_set["_drifts"] = drifts
        changes = {change["ResourceChange"]["LogicalResourceId"]: change for change in change_set["Changes"]}
        for name, result in drifts.items():
            change = _change(stack["_resources"][name], result)
            if name not in changes or change["Action"] == "Add":
                changes[name] = {"ResourceChange": change}
        change_set["Changes"] = [changes[name] for name in sorted(changes)]
        if drifts and change_set["Status"] == "FAILED":
            change_set.update(Status="CREATE_COMPLETE", ExecutionStatus="AVAILABLE", StatusReason="")
        return answer

    return handle


def _execute_change_set(operation):
    def handle(params):
        change_set = _change_set(params)
        if change_set and change_set["ExecutionStatus"] == "AVAILABLE":
            stack = _stacks.get(change_set["StackName"])
            for name, result in change_set.get("_drifts", {}).items():
                _as_it_is(stack["_resources"], name, result)
        return operation(params)

    return handle


def _as_it_is(resources, name, result):
    """The engine is to update from what is live."""
    if result["StackResourceDriftStatus"] == "DELETED":
        resources.pop(name, None)
        return
    record = resources[name]
    live = _live(record)
    properties = copy.deepcopy(record["Properties"])
    for key in _properties(result):
        if live.get(key) is None:
            properties.pop(key, None)
        else:
            properties[key] = live[key]
    record["Properties"] = properties


def _live(record):
    read, known = drift._DRIFT_READERS[record["ResourceType"]]
    live = read(record["PhysicalResourceId"], record["Properties"]) or {}
    live = {key: copy.deepcopy(value) for key, value in live.items() if key in known}
    # Readers give tags as a map, whatever the template writes.
    tags, _ = provisioners._STACK_TAG_PROPERTY.get(record["ResourceType"], ("Tags", "list"))
    if isinstance(live.get(tags), dict):
        own = {key: value for key, value in live[tags].items() if not key.startswith("aws:")}
        live[tags] = drift._tags_in_shape(own, record["Properties"].get(tags))
    return live


def _identifiers(record):
    """What Cloud Control may call the resource: its physical id, or the parts of its primary identifier."""
    yield record["PhysicalResourceId"]
    known = {**(record.get("Attributes") or {}), **record["Properties"]}
    parts = [known.get(name) for name in registry.schema_of(record["ResourceType"]).identifier]
    if parts and None not in parts:
        yield "|".join(map(str, parts))


def _find(kind, identifier):
    for stack in _stacks.values():
        if stack.get("StackStatus") == "DELETE_COMPLETE":
            continue
        for name, record in stack.get("_resources", {}).items():
            if record.get("ResourceType") == kind and identifier in _identifiers(record):
                return stack, name, record
    return None


def _refused(code, message):
    return cloudcontrol.error_response_json(code, message, 400)


def _update_resource(without):
    def answer(request):
        kind, identifier = request.get("TypeName"), request.get("Identifier")
        found = _find(kind, identifier)
        if found is None or registry.by_identifier(request) is not None:
            return without(request)
        stack, name, record = found
        handler = provisioners._RESOURCE_HANDLERS.get(kind, {})
        if "update" not in registry.schema_of(kind).schema.get("handlers", {}) or "update" not in handler:
            return _refused("UnsupportedActionException", f"Resource type {kind} does not support UPDATE action")
        live = {**record["Properties"], **(_live(record) if kind in drift._DRIFT_READERS else {})}
        live = {key: value for key, value in live.items() if value is not None}
        try:
            operations = json.loads(request["PatchDocument"])
            patched = _patched(live, operations)
            live = _without_unread(live, record, operations)
            update = provisioners._update_resource
            update(
                kind, record["PhysicalResourceId"], live, patched, stack["StackName"], name, record.get("Attributes")
            )
        except (ServiceError, ValueError, cloudcontrol._PatchError) as error:
            return _refused("InvalidRequestException", str(error))
        event = cloudcontrol._progress_event("UPDATE", "SUCCESS", type_name=kind, identifier=identifier)
        return cloudcontrol.json_response({"ProgressEvent": cloudcontrol._record_request(event)})

    return answer


def _without_unread(live, record, operations):
    """What is patched and nobody reads may be anything now: the handler is to write it."""
    _, known = drift._DRIFT_READERS.get(record["ResourceType"], (None, ()))
    unread = {_top(one["path"]) for one in operations} - {name for name in live if name in known}
    removed = {_top(one["path"]) for one in operations if one["op"] == "remove"}
    was_there = {name: {} for name in unread & removed}
    return {**{key: value for key, value in live.items() if key not in unread}, **was_there}


def _patched(live, operations):
    """Removing what the readers here do not see is no fault of the patch."""
    seen = [one for one in operations if one["op"] != "remove" or one["path"].split("/")[1] in live]
    return cloudcontrol._apply_json_patch(copy.deepcopy(live), seen)


def _beside_the_loop(handle):
    """Handlers of plug-in types call services back, so they must not keep the loop that answers."""

    async def answer(method, path, headers, body, query_params):
        if headers.get("x-amz-target", "").endswith(".UpdateResource"):
            return await run_reentrant(cloudcontrol._update_resource, json.loads(body or b"{}"))
        return await handle(method, path, headers, body, query_params)

    return answer


def _patch(document, operations):
    """RFC 6902's add, replace and remove, also in lists, which MiniStack lacks."""
    for operation in operations:
        *parents, last = [part.replace("~1", "/").replace("~0", "~") for part in operation["path"].split("/")[1:]]
        target = document
        try:
            for part in parents:
                target = target[int(part)] if isinstance(target, list) else target[part]
            _apply(target, last, operation)
        except (IndexError, KeyError, TypeError, ValueError) as error:
            raise cloudcontrol._PatchError(f"{operation['op']} {operation['path']}: {error}") from error
    return document


def _apply(target, last, operation):
    if isinstance(target, list):
        index = len(target) if last == "-" else int(last)
        if operation["op"] == "remove":
            del target[index]
        elif operation["op"] == "add":
            target.insert(index, operation["value"])
        else:
            target[index] = operation["value"]
    elif operation["op"] == "remove":
        del target[last]
    else:
        target[last] = operation["value"]


def install():
    """After `registry`, whose resources are updated there."""
    operations = handlers._ACTION_HANDLERS
    operations["CreateChangeSet"] = _create_change_set(operations["CreateChangeSet"])
    operations["ExecuteChangeSet"] = _execute_change_set(operations["ExecuteChangeSet"])
    cloudcontrol._apply_json_patch = _patch
    cloudcontrol._update_resource = _update_resource(cloudcontrol._update_resource)
    services = ministack_app.SERVICE_HANDLERS
    services["cloudcontrol"] = _beside_the_loop(services["cloudcontrol"])
