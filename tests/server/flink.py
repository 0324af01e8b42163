"""Managed Flink: transitions that take time, operations, versions and rollback.

MiniStack keeps the applications; here its transitions get a duration and a
recorded operation, and the operations it lacks are added to its table.
"""

import copy
import json
import os
import time
from dataclasses import dataclass, field

from ministack.core.responses import AccountRegionScopedDict
from ministack.services import cloudwatch
from ministack.services import kinesisanalyticsv2 as kda
from ministack.services import s3
from ministack.services.cloudformation import provisioners

import host
from host import SETTINGS, Scope, ServiceError

APPLICATION = "AWS::KinesisAnalyticsV2::Application"
MODEL = host.ServiceModel("kinesisanalyticsv2")
HISTORIES = AccountRegionScopedDict()
# The parts of MiniStack's record that a version of an application consists of.
VERSIONED = ("_Configuration", "RuntimeEnvironment", "ServiceExecutionRole", "_LoggingOptions", "_RunConfiguration")


@dataclass
class Operation:
    """One asynchronous operation: until `ends`, the application is in transition."""

    kind: str
    ends: float
    final_status: str
    failure: str | None = None
    status: str = "IN_PROGRESS"
    started: float = field(default_factory=time.time)
    ended: float | None = None
    versions: tuple | None = None
    id: str = field(default_factory=kda._new_token)


@dataclass
class History:
    """What MiniStack does not keep about an application."""

    versions: dict = field(default_factory=dict)
    operations: list = field(default_factory=list)
    planned: list = field(default_factory=list)
    snapshots: dict = field(default_factory=dict)
    busy: list = field(default_factory=list)


def _history(name) -> History:
    return HISTORIES.setdefault(name, History())


def plan_outcome(application, operation, outcome, message):
    """Let the next `operation` of the application fail or hang instead of succeeding."""
    if outcome not in ("fail", "hang"):
        raise ServiceError("ValidationException", f"outcome must be fail or hang, not {outcome}")
    _history(application).planned.append((operation, outcome, message or "Planned by a test"))


def keep_busy(application, status, looks):
    """Let the application be in another status for so many looks at it; -1 is always."""
    record = kda._applications[application]
    if status not in MODEL.model.shape_for("ApplicationStatus").enum:
        raise ServiceError("ValidationException", f"{status} is no status of an application")
    _history(application).busy = [looks, record["ApplicationStatus"]]
    record["ApplicationStatus"] = status


def _begin(record, kind, transition, final_status, versions=None):
    """Put the application into a transition and record the operation."""
    name = record["ApplicationName"]
    operation = Operation(kind, time.time() + SETTINGS.flink_transition_seconds, final_status, versions=versions)
    history = _history(name)
    plan = next((plan for plan in history.planned if plan[0] == kind), None)
    if plan:
        history.planned.remove(plan)
        _, outcome, message = plan
        if outcome == "hang":
            operation.ends = float("inf")
        else:
            operation.failure = message
            operation.final_status = "READY" if kind == "StartApplication" else final_status
    history.operations.insert(0, operation)
    record["ApplicationStatus"] = transition
    return operation


def _settle(record):
    """Ends the operation in progress once its time has come (called on each read)."""
    history = _history(record["ApplicationName"])
    _settle_snapshots(record["ApplicationName"])
    if history.busy:
        history.busy[0] -= 1
        if history.busy[0] == -1:
            record["ApplicationStatus"] = history.busy[1]
            history.busy = []
        return
    operations = history.operations
    operation = operations[0] if operations else None
    if operation is None or operation.status != "IN_PROGRESS" or time.time() < operation.ends:
        return
    operation.ended = operation.ends
    operation.status = "FAILED" if operation.failure else "SUCCESSFUL"
    record["ApplicationStatus"] = operation.final_status
    rolls_back = record["_Configuration"].get("ApplicationSystemRollbackConfiguration", {}).get("RollbackEnabled")
    if operation.failure and rolls_back and operation.kind == "UpdateApplication":
        _restore_version(record, operation.versions[0])


def _settle_snapshots(name):
    snapshots = kda._snapshots.get(name) or {}
    for snapshot, (ends, status) in list(_history(name).snapshots.items()):
        if time.time() >= ends:
            del _history(name).snapshots[snapshot]
            if snapshot in snapshots:
                snapshots[snapshot]["SnapshotStatus"] = status


def create_snapshot(request):
    """It takes its time, and may fail or hang."""
    answer = _payload(_ministack["CreateApplicationSnapshot"](request))
    name, snapshot = request["ApplicationName"], request["SnapshotName"]
    history = _history(name)
    plan = next((plan for plan in history.planned if plan[0] == "CreateApplicationSnapshot"), None)
    ends, status = time.time() + SETTINGS.flink_transition_seconds, "READY"
    if plan:
        history.planned.remove(plan)
        ends, status = (float("inf"), "READY") if plan[1] == "hang" else (ends, "FAILED")
    kda._snapshots[name][snapshot]["SnapshotStatus"] = "CREATING"
    history.snapshots[snapshot] = (ends, status)
    return answer


def _require_snapshot(name, run):
    restore = run.get("ApplicationRestoreConfiguration", {})
    if restore.get("ApplicationRestoreType") != "RESTORE_FROM_CUSTOM_SNAPSHOT":
        return
    found = (kda._snapshots.get(name) or {}).get(restore.get("SnapshotName"))
    if not found or found["SnapshotStatus"] != "READY":
        raise ServiceError(
            "InvalidArgumentException", f"Snapshot {restore.get('SnapshotName')} of {name} is not there or not ready"
        )


def _remember_version(record):
    snapshot = {key: copy.deepcopy(record[key]) for key in VERSIONED if key in record}
    snapshot["detail"] = kda.application_detail(record)
    _history(record["ApplicationName"]).versions[record["ApplicationVersionId"]] = snapshot


def _restore_version(record, version):
    """Give the application an older configuration, as a new version."""
    before = record["ApplicationVersionId"]
    snapshot = _history(record["ApplicationName"]).versions[version]
    record.update({key: copy.deepcopy(value) for key, value in snapshot.items() if key != "detail"})
    kda._bump_version(record)
    kda._refresh_code_stats(record)
    record["ApplicationVersionRolledBackFrom"], record["ApplicationVersionRolledBackTo"] = before, version
    _remember_version(record)


def _find(name):
    record = kda._get(name)
    if record is None:
        raise ServiceError("ResourceNotFoundException", f"Application '{name}' does not exist.")
    return record


def _payload(answer):
    status, _, body = answer
    payload = json.loads(body)
    if status >= 400:
        raise ServiceError(payload["__type"], payload["message"])
    return payload


def _require_code(configuration):
    """The service reads the code when an application is created or updated."""
    code = configuration.get("ApplicationCodeConfiguration") or configuration.get("ApplicationCodeConfigurationUpdate")
    content = (code or {}).get("CodeContent") or (code or {}).get("CodeContentUpdate") or {}
    location = content.get("S3ContentLocation") or content.get("S3ContentLocationUpdate") or {}
    key = location.get("FileKey") or location.get("FileKeyUpdate")
    if key is None:
        return
    bucket = (location.get("BucketARN") or location.get("BucketARNUpdate", "")).rpartition(":")[2]
    version = location.get("ObjectVersion") or location.get("ObjectVersionUpdate")
    # The bucket may be in another account; its policy is not asked.
    owner = s3._bucket_owner_account(bucket) or Scope.current().account
    with Scope(owner, Scope.current().region).entered():
        found = s3._get_object_data(bucket, key, version) is not None
    if not found:
        raise ServiceError(
            "InvalidArgumentException",
            "Please check the role provided or validity of S3 location you provided. We are unable to get "
            f"the specified fileKey: {key} in the specified bucket: {bucket}",
        )


# What a job reports that is well.
WELL = {
    "fullRestarts": 0,
    "numRestarts": 0,
    "numberOfFailedCheckpoints": 0,
    "lastCheckpointDuration": 250,
    "numRecordsInPerSecond": 100,
}
DAY_MINUTES = 1440


def _report_well(name):
    """Metrics by the minute, for a day of the fast clock of functions."""
    if "TIDEGATE_CLOCK" not in os.environ:
        return
    begin = int(float(os.environ["TIDEGATE_CLOCK"].split("*")[0])) // 60 * 60
    for minute in range(DAY_MINUTES):
        for metric, value in WELL.items():
            cloudwatch._store_datum(
                "AWS/KinesisAnalytics", metric, {"Application": name}, begin + 60 * minute, "None", value, None, None, None
            )


def create(request):
    _require_code(request.get("ApplicationConfiguration", {}))
    HISTORIES.pop(request["ApplicationName"], None)
    answer = _payload(_ministack["CreateApplication"](request))
    _remember_version(_find(request["ApplicationName"]))
    _report_well(request["ApplicationName"])
    return answer


def update(request):
    record = _find(request["ApplicationName"])
    if "CurrentApplicationVersionId" not in request and "ConditionalToken" not in request:
        raise ServiceError(
            "InvalidArgumentException", "Either CurrentApplicationVersionId or ConditionalToken must be provided"
        )
    configuration = request.get("ApplicationConfigurationUpdate", {})
    _require_code(_with_stored_bucket(record, configuration))
    run = request.get("RunConfigurationUpdate", {})
    _require_snapshot(request["ApplicationName"], run)
    before, status = record["ApplicationVersionId"], record["ApplicationStatus"]
    _payload(_ministack["UpdateApplication"](request))
    if run:
        # What an update leaves out is not kept: MiniStack merges.
        kept = {key: value for key, value in record["_RunConfiguration"].items() if key not in run}
        kept["FlinkRunConfiguration"] = {"AllowNonRestoredState": False}
        record["_RunConfiguration"] = {**kept, **copy.deepcopy(run)}
    return _updated(record, before, status)


def _with_stored_bucket(record, configuration):
    """An update that names only a new FileKey keeps the bucket of the application."""
    code = configuration.get("ApplicationCodeConfigurationUpdate", {})
    location = code.get("CodeContentUpdate", {}).get("S3ContentLocationUpdate")
    if not location:
        return {}
    stored = record["_Configuration"].get("ApplicationCodeConfiguration", {}).get("CodeContent", {})
    stored = stored.get("S3ContentLocation", {})
    merged = {"BucketARNUpdate": stored.get("BucketARN"), "FileKeyUpdate": stored.get("FileKey"), **location}
    return {"ApplicationCodeConfigurationUpdate": {"CodeContentUpdate": {"S3ContentLocationUpdate": merged}}}


def _updated(record, before, status):
    record["ApplicationVersionUpdatedFrom"] = before
    record["ApplicationVersionCreateTimestamp"] = int(time.time())
    _remember_version(record)
    versions = (before, record["ApplicationVersionId"])
    operation = _begin(record, "UpdateApplication", "UPDATING", status, versions)
    return {"ApplicationDetail": kda.application_detail(record), "OperationId": operation.id}


def start(request):
    _payload(_ministack["StartApplication"](request))
    return {"OperationId": _begin(_find_raw(request), "StartApplication", "STARTING", "RUNNING").id}


def stop(request):
    operations = _history(request["ApplicationName"]).operations
    _payload(_ministack["StopApplication"](request))
    record = _find_raw(request)
    if operations and operations[0].status == "IN_PROGRESS":
        operations[0].status, operations[0].ended = "CANCELLED", time.time()
    return {"OperationId": _begin(record, "StopApplication", record["ApplicationStatus"], "READY").id}


def _remembering(ministack_function):
    """A change of logging options makes a version as well."""

    def change_logging_option(request):
        answer = ministack_function(request)
        if answer[0] == 200:
            _remember_version(_find_raw(request))
        return answer

    return change_logging_option


def _find_raw(request):
    """The record as it stands, without letting its transition end."""
    return kda._applications[request["ApplicationName"]]


def delete(request):
    answer = _payload(_ministack["DeleteApplication"](request))
    HISTORIES.pop(request["ApplicationName"], None)
    return answer


def rollback(request):
    record = _find(request["ApplicationName"])
    if record["ApplicationStatus"] not in ("UPDATING", "AUTOSCALING", "RUNNING"):
        raise ServiceError(
            "ResourceInUseException", f"Application cannot be rolled back in '{record['ApplicationStatus']}' state"
        )
    if request["CurrentApplicationVersionId"] != record["ApplicationVersionId"]:
        raise ServiceError("ConcurrentModificationException", "The application version ID is not the current one")
    before = record["ApplicationVersionId"]
    earlier = [version for version in _history(record["ApplicationName"]).versions if version < before]
    if not earlier:
        raise ServiceError("InvalidRequestException", "There is no previous version to roll back to")
    snapshots = kda._snapshots.get(record["ApplicationName"]) or {}
    if not any(found["SnapshotStatus"] == "READY" for found in snapshots.values()):
        raise ServiceError("InvalidRequestException", "There is no snapshot to roll back to")
    running = _history(record["ApplicationName"]).operations[0]
    if running.status == "IN_PROGRESS":
        running.status, running.ended = "CANCELLED", time.time()
    _restore_version(record, record.get("ApplicationVersionUpdatedFrom", max(earlier)))
    versions = (before, record["ApplicationVersionId"])
    operation = _begin(record, "RollbackApplication", "ROLLING_BACK", "RUNNING", versions)
    return {"ApplicationDetail": kda.application_detail(record), "OperationId": operation.id}


def list_applications(request):
    keys = ("ApplicationName", "ApplicationARN", "ApplicationStatus", "ApplicationVersionId", "RuntimeEnvironment")
    records = [_find(name) for name in sorted(kda._applications)]
    return {"ApplicationSummaries": [{key: record[key] for key in keys} for record in records]}


def list_operations(request):
    _find(request["ApplicationName"])
    wanted = {key: request[key] for key in ("Operation", "OperationStatus") if key in request}
    rows = [_operation_row(operation) for operation in _history(request["ApplicationName"]).operations]
    rows = [row for row in rows if all(row[key] == value for key, value in wanted.items())]
    return _page(request, "ApplicationOperationInfoList", rows)


def _operation_row(operation):
    row = {
        "Operation": operation.kind,
        "OperationId": operation.id,
        "StartTime": operation.started,
        "OperationStatus": operation.status,
    }
    if operation.ended is not None:
        row["EndTime"] = operation.ended
    return row


def describe_operation(request):
    _find(request["ApplicationName"])
    for operation in _history(request["ApplicationName"]).operations:
        if operation.id == request["OperationId"]:
            return {"ApplicationOperationInfoDetails": _operation_detail(operation)}
    raise ServiceError("ResourceNotFoundException", f"Operation {request['OperationId']} does not exist.")


def _operation_detail(operation):
    row = {"EndTime": operation.started, **_operation_row(operation)}
    del row["OperationId"]
    if operation.versions:
        row["ApplicationVersionChangeDetails"] = {
            "ApplicationVersionUpdatedFrom": operation.versions[0],
            "ApplicationVersionUpdatedTo": operation.versions[1],
        }
    if operation.status == "FAILED":
        row["OperationFailureDetails"] = {"ErrorInfo": {"ErrorString": operation.failure}}
    return row


def list_versions(request):
    record = _find(request["ApplicationName"])
    rows = [
        {"ApplicationVersionId": version, "ApplicationStatus": _version_status(record, version)}
        for version in sorted(_history(request["ApplicationName"]).versions, reverse=True)
    ]
    return _page(request, "ApplicationVersionSummaries", rows)


def _version_status(record, version):
    current = version == record["ApplicationVersionId"]
    return record["ApplicationStatus"] if current else "READY"


def describe_version(request):
    record = _find(request["ApplicationName"])
    version = request["ApplicationVersionId"]
    snapshot = _history(request["ApplicationName"]).versions.get(version)
    if snapshot is None:
        raise ServiceError("ResourceNotFoundException", f"Application version {version} does not exist.")
    return {"ApplicationVersionDetail": {**snapshot["detail"], "ApplicationStatus": _version_status(record, version)}}


def _page(request, key, rows):
    begin = int(request.get("NextToken", 0))
    end = begin + request.get("Limit", 50)
    return {key: rows[begin:end], **({"NextToken": str(end)} if end < len(rows) else {})}


def _handler(operation, function):
    """An entry of MiniStack's table: checked request in, checked answer out."""

    def handle(request):
        try:
            MODEL.check_request(operation, request)
            answer = function(request)
            MODEL.check_response(operation, answer)
            return host.json_answer(200, answer)
        except ServiceError as error:
            return host.error_answer(error)

    return handle


OPERATIONS = {
    "CreateApplication": create,
    "UpdateApplication": update,
    "StartApplication": start,
    "StopApplication": stop,
    "DeleteApplication": delete,
    "RollbackApplication": rollback,
    "CreateApplicationSnapshot": create_snapshot,
    "ListApplications": list_applications,
    "ListApplicationOperations": list_operations,
    "DescribeApplicationOperation": describe_operation,
    "ListApplicationVersions": list_versions,
    "DescribeApplicationVersion": describe_version,
}
_ministack = dict(kda._HANDLERS)


# --- CloudFormation ---


def _wait_until_settled(name):
    while _find(name)["ApplicationStatus"] in (*kda._TRANSITIONAL, "ROLLING_BACK"):
        time.sleep(0.05)


def _resource_create(base):
    def create_resource(logical_id, properties, stack_name):
        _require_code(properties.get("ApplicationConfiguration", {}))
        name, attributes = base(logical_id, properties, stack_name)
        HISTORIES.pop(name, None)
        _remember_version(_find(name))
        _report_well(name)
        return name, attributes

    return create_resource


def _resource_update(base):
    """CloudFormation updates the live application and waits until it is ready or running again."""

    def apply(name, old, new, stack_name):
        record = _find(name)
        before, status = record["ApplicationVersionId"], record["ApplicationStatus"]
        result = base(name, old, new, stack_name)
        _updated(record, before, status)
        operation = _history(name).operations[0]
        _wait_until_settled(name)
        return result, operation.failure

    def update_resource(name, old, new, stack_name, logical_id=None):
        status = _find(name)["ApplicationStatus"]
        if status not in ("READY", "RUNNING"):
            raise ServiceError("ResourceInUseException", f"Application cannot be updated in '{status}' state")
        _require_code(new.get("ApplicationConfiguration", {}))
        result, failure = apply(name, old, new, stack_name)
        if failure:
            # CloudFormation sends the failed resource back too; MiniStack only those updated before it.
            apply(name, new, old, stack_name)
            raise ServiceError("InternalFailure", f"UpdateApplication of {name} failed: {failure}")
        return result

    return update_resource


DRIFT_PROPERTIES = ("RuntimeEnvironment", "ServiceExecutionRole", "ApplicationConfiguration")


def _read_for_drift(name, properties):
    """The live configuration; sections the template does not set are no drift."""
    record = kda._applications.get(name)
    if record is None:
        return None
    expected = properties.get("ApplicationConfiguration", {})
    live = {key: value for key, value in record["_Configuration"].items() if key in expected}
    return {**{key: record[key] for key in DRIFT_PROPERTIES[:2]}, "ApplicationConfiguration": live}


def install():
    kda._HANDLERS.update({name: _handler(name, function) for name, function in OPERATIONS.items()})
    kda._settle = _settle
    kda.add_logging_option = _remembering(kda.add_logging_option)
    kda.delete_logging_option = _remembering(kda.delete_logging_option)
    kda._HANDLERS["AddApplicationCloudWatchLoggingOption"] = kda.add_logging_option
    kda._HANDLERS["DeleteApplicationCloudWatchLoggingOption"] = kda.delete_logging_option
    base = provisioners._RESOURCE_HANDLERS[APPLICATION]
    host.register_resource(
        APPLICATION, _resource_create(base["create"]), _resource_update(base["update"]), base["delete"], "list"
    )
    host.register_drift_reader(APPLICATION, _read_for_drift, DRIFT_PROPERTIES)


def reset():
    HISTORIES.clear()
