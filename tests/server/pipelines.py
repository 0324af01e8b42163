"""CodePipeline: the API, the CloudFormation type, and starts by EventBridge rules."""

import copy
import time
from dataclasses import dataclass, field

from ministack.core.responses import AccountRegionScopedDict
from ministack.services import eventbridge

import engine
import host
import jobs
import rules
from host import Scope, ServiceError

PIPELINES = AccountRegionScopedDict()


@dataclass
class Pipeline:
    """A pipeline with every version of its structure and its executions, newest first."""

    versions: list = field(default_factory=list)
    tags: dict = field(default_factory=dict)
    created: float = field(default_factory=time.time)
    updated: float = field(default_factory=time.time)
    disabled: dict = field(default_factory=dict)
    executions: list = field(default_factory=list)
    approvals: dict = field(default_factory=dict)
    waiting: dict = field(default_factory=dict)
    occupied: dict = field(default_factory=dict)


def arn_of(name):
    scope = Scope.current()
    return f"arn:aws:codepipeline:{scope.region}:{scope.account}:{name}"


def find(name) -> Pipeline:
    if name not in PIPELINES:
        raise ServiceError(
            "PipelineNotFoundException",
            f"Account '{Scope.current().account}' does not have a pipeline with name '{name}'",
        )
    return PIPELINES[name]


def _find_stage(pipeline, stage_name):
    for stage in pipeline.versions[-1]["stages"]:
        if stage["name"] == stage_name:
            return stage
    raise ServiceError("StageNotFoundException", f"The pipeline has no stage named {stage_name}")


def _find_execution(pipeline, execution_id):
    for execution in pipeline.executions:
        if execution.id == execution_id:
            return execution
    raise ServiceError("PipelineExecutionNotFoundException", f"No execution {execution_id} in this pipeline")


def _with_defaults(declaration):
    """The declaration as the service gives it back."""
    filled = copy.deepcopy(declaration)
    filled.setdefault("pipelineType", "V1")
    filled.setdefault("executionMode", "SUPERSEDED")
    for stage in filled["stages"]:
        for action in stage["actions"]:
            action.setdefault("runOrder", 1)
            action.setdefault("configuration", {})
            action.setdefault("inputArtifacts", [])
            action.setdefault("outputArtifacts", [])
    return filled


# --- structure ---


def create(request):
    declaration = request["pipeline"]
    name = declaration["name"]
    if name in PIPELINES:
        raise ServiceError(
            "PipelineNameInUseException",
            f"A pipeline with the name '{name}' already exists in account '{Scope.current().account}'",
        )
    rules.check(declaration, Scope.current().region)
    pipeline = Pipeline(tags={tag["key"]: tag["value"] for tag in request.get("tags", [])})
    pipeline.versions.append({**_with_defaults(declaration), "version": 1})
    PIPELINES[name] = pipeline
    engine.start(pipeline, "CreatePipeline")
    return {"pipeline": pipeline.versions[-1], "tags": _tag_list(pipeline)}


def update(request):
    declaration = request["pipeline"]
    pipeline = find(declaration["name"])
    rules.check(declaration, Scope.current().region)
    before = pipeline.versions[-1]
    changed = {**_with_defaults(declaration), "version": before["version"] + 1}
    pipeline.versions.append(changed)
    pipeline.updated = time.time()
    if {**before, "version": changed["version"]} != changed:
        _stop_running(pipeline)
    return {"pipeline": changed}


def _stop_running(pipeline):
    """A changed structure ends running executions after their actions in progress, unless they run in parallel."""
    for execution in pipeline.executions:
        if execution.status == "InProgress" and execution.mode != "PARALLEL":
            engine.stop(execution, "The pipeline structure was changed", final_status="Cancelled")


def get(request):
    pipeline = find(request["name"])
    version = request.get("version", len(pipeline.versions))
    if version > len(pipeline.versions):
        raise ServiceError("PipelineVersionNotFoundException", f"There is no version {version}")
    metadata = {"pipelineArn": arn_of(request["name"]), "created": pipeline.created, "updated": pipeline.updated}
    return {"pipeline": pipeline.versions[version - 1], "metadata": metadata}


def delete(request):
    pipeline = PIPELINES.pop(request["name"], None)
    for execution in pipeline.executions if pipeline else []:
        if execution.status not in engine.ENDED:
            engine.stop(execution, "The pipeline was deleted", abandon=True)


def list_all(request):
    summaries = [
        {
            "name": name,
            "version": len(pipeline.versions),
            "pipelineType": pipeline.versions[-1]["pipelineType"],
            "executionMode": pipeline.versions[-1]["executionMode"],
            "created": pipeline.created,
            "updated": pipeline.updated,
        }
        for name, pipeline in sorted(PIPELINES.items())
    ]
    return _page(request, "pipelines", summaries)


def _page(request, key, items):
    """One page of a list; the token is the index of the next item."""
    size, token = request.get("maxResults", 100), request.get("nextToken", "0")
    if not token.isdigit():
        raise ServiceError("InvalidNextTokenException", f"Invalid token: {token}")
    end = int(token) + size
    answer = {key: items[int(token) : end]}
    if end < len(items):
        answer["nextToken"] = str(end)
    return answer


def _unless_empty(**members):
    """Members without a value are left out of an answer, as AWS does."""
    return {name: value for name, value in members.items() if value}


# --- executions ---


def start(request):
    pipeline = find(request["name"])
    given = {variable["name"]: variable["value"] for variable in request.get("variables", [])}
    declared = {variable["name"]: variable for variable in pipeline.versions[-1].get("variables", [])}
    if unknown := set(given) - set(declared):
        raise ServiceError("ValidationException", f"The pipeline declares no variable {', '.join(sorted(unknown))}")
    missing = [name for name in declared if name not in given and "defaultValue" not in declared[name]]
    if missing:
        raise ServiceError("ValidationException", f"No value given for variable {', '.join(missing)}")
    revisions = {item["actionName"]: item["revisionValue"] for item in request.get("sourceRevisions", [])}
    execution = engine.start(pipeline, "StartPipelineExecution", variables=given, revisions=revisions)
    return {"pipelineExecutionId": execution.id}


def stop(request):
    execution = _find_execution(find(request["pipelineName"]), request["pipelineExecutionId"])
    abandon = request.get("abandon", False)
    if execution.status in engine.ENDED:
        raise ServiceError(
            "PipelineExecutionNotStoppableException", f"The execution is already in a final state: {execution.status}"
        )
    if execution.stopping and abandon == execution.abandoned:
        raise ServiceError("DuplicatedStopRequestException", "The execution is already being stopped")
    engine.stop(execution, request.get("reason", "Stopped by request"), abandon)
    return {"pipelineExecutionId": execution.id}


def retry_stage(request):
    pipeline = find(request["pipelineName"])
    _find_stage(pipeline, request["stageName"])
    execution = _find_execution(pipeline, request["pipelineExecutionId"])
    if execution.definition["version"] != pipeline.versions[-1]["version"]:
        raise ServiceError("StageNotRetryableException", "The pipeline structure changed since the stage failed")
    if execution.status != "Failed" or execution.stage_status.get(request["stageName"]) != "Failed":
        raise ServiceError("StageNotRetryableException", "The stage contains no failed actions")
    entered = [other for other in pipeline.executions if request["stageName"] in other.stage_status]
    if execution.mode != "PARALLEL" and entered[0] is not execution:
        raise ServiceError("NotLatestPipelineExecutionException", "A newer execution has entered the stage")
    engine.retry(execution, request["stageName"], request["retryMode"])
    return {"pipelineExecutionId": execution.id}


def get_execution(request):
    pipeline = find(request["pipelineName"])
    execution = _find_execution(pipeline, request["pipelineExecutionId"])
    detail = {
        "pipelineName": request["pipelineName"],
        "pipelineVersion": execution.definition["version"],
        "pipelineExecutionId": execution.id,
        "status": execution.status,
        **_unless_empty(statusSummary=execution.summary),
        "artifactRevisions": [
            {"name": artifact, **run.revision} for run in execution.runs if run.revision for artifact in run.outputs
        ],
        "variables": [
            {"name": name, "resolvedValue": value} for name, value in execution.variables.items() if value is not None
        ],
        "trigger": execution.trigger,
        "executionMode": execution.mode,
        "executionType": "STANDARD",
    }
    return {"pipelineExecution": detail}


def list_executions(request):
    pipeline = find(request["pipelineName"])
    wanted = request.get("filter", {}).get("succeededInStage", {}).get("stageName")
    summaries = [
        _execution_summary(execution)
        for execution in pipeline.executions
        if wanted is None or execution.stage_status.get(wanted) == "Succeeded"
    ]
    return _page(request, "pipelineExecutionSummaries", summaries)


def _execution_summary(execution):
    summary = {
        "pipelineExecutionId": execution.id,
        "status": execution.status,
        **_unless_empty(statusSummary=execution.summary),
        "startTime": execution.started,
        "lastUpdateTime": execution.changed,
        "sourceRevisions": [{"actionName": run.name, **run.revision} for run in execution.runs if run.revision],
        "trigger": execution.trigger,
        "executionMode": execution.mode,
        "executionType": "STANDARD",
    }
    if execution.stopping:
        summary["stopTrigger"] = {"reason": execution.stop_reason}
    return summary


def list_action_executions(request):
    pipeline = find(request["pipelineName"])
    wanted = request.get("filter", {})
    wanted_id = wanted.get("pipelineExecutionId") or wanted.get("latestInPipelineExecution", {}).get(
        "pipelineExecutionId"
    )
    executions = [_find_execution(pipeline, wanted_id)] if wanted_id else pipeline.executions
    details = [_action_detail(execution, run) for execution in executions for run in reversed(execution.runs)]
    return _page(request, "actionExecutionDetails", details)


def _action_detail(execution, run):
    declaration = run.declaration
    action_input = {
        "actionTypeId": declaration["actionTypeId"],
        "configuration": declaration["configuration"],
        "resolvedConfiguration": run.configuration,
        "region": declaration.get("region", execution.scope.region),
        "inputArtifacts": _artifact_details(declaration["inputArtifacts"], execution.artifacts),
        **{key: declaration[key] for key in ("roleArn", "namespace") if key in declaration},
    }
    result = _unless_empty(
        externalExecutionSummary=run.summary, externalExecutionId=run.external_id, errorDetails=run.error
    )
    return {
        "pipelineExecutionId": execution.id,
        "actionExecutionId": run.id,
        "pipelineVersion": run.pipeline_version,
        "stageName": run.stage,
        "actionName": run.name,
        "startTime": run.started,
        "lastUpdateTime": run.changed,
        "status": run.status,
        "input": action_input,
        "output": {
            "outputArtifacts": _artifact_details(declaration["outputArtifacts"], run.outputs),
            "executionResult": result,
            "outputVariables": run.variables,
        },
    }


def _artifact_details(artifacts, locations):
    return [
        {
            "name": artifact["name"],
            "s3location": {
                "bucket": locations[artifact["name"]]["bucketName"],
                "key": locations[artifact["name"]]["objectKey"],
            },
        }
        for artifact in artifacts
        if artifact["name"] in locations
    ]


# --- state, approvals, transitions ---


def state(request):
    pipeline = find(request["name"])
    definition = pipeline.versions[-1]
    return {
        "pipelineName": request["name"],
        "pipelineVersion": definition["version"],
        "stageStates": [_stage_state(pipeline, stage) for stage in definition["stages"]],
        "created": pipeline.created,
        "updated": pipeline.updated,
    }


def _stage_state(pipeline, stage):
    name = stage["name"]
    latest = next((execution for execution in pipeline.executions if name in execution.stage_status), None)
    inbound = [
        {"pipelineExecutionId": execution.id, "status": "InProgress", "type": "STANDARD"}
        for execution in pipeline.waiting.get(name, [])
        if execution.status not in engine.ENDED
    ]
    answer = {
        "stageName": name,
        "inboundTransitionState": _transition_state(pipeline, name),
        "actionStates": [_action_state(latest, name, action) for action in stage["actions"]],
    }
    if inbound:
        answer["inboundExecution"], answer["inboundExecutions"] = inbound[0], inbound
    if latest:
        answer["latestExecution"] = {
            "pipelineExecutionId": latest.id,
            "status": latest.stage_status[name],
            "type": "STANDARD",
        }
    return answer


def _transition_state(pipeline, stage_name):
    if stage_name in pipeline.disabled:
        return {"enabled": False, "disabledReason": pipeline.disabled[stage_name]}
    return {"enabled": True}


def _action_state(execution, stage_name, action):
    run = execution and execution.latest_run(stage_name, action["name"])
    if not run:
        return {"actionName": action["name"]}
    latest = {
        "actionExecutionId": run.id,
        "status": run.status,
        "lastStatusChange": run.changed,
        **_unless_empty(
            summary=run.summary,
            token=run.approval_token if run.status == "InProgress" else None,
            lastUpdatedBy=run.answered_by,
            externalExecutionId=run.external_id,
            errorDetails=run.error,
        ),
    }
    answer = {"actionName": action["name"], "latestExecution": latest}
    if run.revision:
        answer["currentRevision"] = {
            "revisionId": run.revision["revisionId"],
            "revisionChangeId": run.revision["revisionId"],
            "created": run.changed,
        }
    return answer


def approve(request):
    pipeline = find(request["pipelineName"])
    stage = _find_stage(pipeline, request["stageName"])
    if request["actionName"] not in [action["name"] for action in stage["actions"]]:
        raise ServiceError("ActionNotFoundException", f"The stage has no action named {request['actionName']}")
    with engine.CHANGED:
        if request["token"] in pipeline.approvals:
            raise ServiceError("ApprovalAlreadyCompletedException", "The approval action is already completed")
        runs = [execution.latest_run(stage["name"], request["actionName"]) for execution in pipeline.executions]
        waiting = [run for run in runs if run and run.status == "InProgress" and run.approval_token == request["token"]]
        if not waiting:
            raise ServiceError("InvalidApprovalTokenException", "The approval token is invalid or has expired")
        waiting[0].answered_by = f"arn:aws:iam::{Scope.current().account}:root"
        pipeline.approvals[request["token"]] = request["result"]
        engine.CHANGED.notify_all()
    return {"approvedAt": time.time()}


def disable_transition(request):
    _set_transition(request, request["reason"])


def enable_transition(request):
    _set_transition(request, None)


def _set_transition(request, reason):
    pipeline = find(request["pipelineName"])
    _find_stage(pipeline, request["stageName"])
    with engine.CHANGED:
        if reason is None:
            pipeline.disabled.pop(request["stageName"], None)
        else:
            pipeline.disabled[request["stageName"]] = reason
        engine.CHANGED.notify_all()


# --- tags ---


def _tag_list(pipeline):
    return [{"key": key, "value": value} for key, value in pipeline.tags.items()]


def _find_by_arn(arn):
    name = arn.rpartition(":")[2]
    if arn != arn_of(name):
        raise ServiceError("InvalidArnException", f"The ARN {arn} is not of this account and region")
    if name not in PIPELINES:
        raise ServiceError("ResourceNotFoundException", f"The resource {arn} was not found")
    return PIPELINES[name]


def tag(request):
    _find_by_arn(request["resourceArn"]).tags.update({tag["key"]: tag["value"] for tag in request["tags"]})


def untag(request):
    tags = _find_by_arn(request["resourceArn"]).tags
    for key in request["tagKeys"]:
        tags.pop(key, None)


def list_tags(request):
    return _page(request, "tags", _tag_list(_find_by_arn(request["resourceArn"])))


OPERATIONS = {
    "CreatePipeline": create,
    "GetPipeline": get,
    "UpdatePipeline": update,
    "DeletePipeline": delete,
    "ListPipelines": list_all,
    "StartPipelineExecution": start,
    "StopPipelineExecution": stop,
    "RetryStageExecution": retry_stage,
    "GetPipelineExecution": get_execution,
    "ListPipelineExecutions": list_executions,
    "ListActionExecutions": list_action_executions,
    "GetPipelineState": state,
    "PutApprovalResult": approve,
    "DisableStageTransition": disable_transition,
    "EnableStageTransition": enable_transition,
    "PutJobSuccessResult": jobs.put_success,
    "PutJobFailureResult": jobs.put_failure,
    "TagResource": tag,
    "UntagResource": untag,
    "ListTagsForResource": list_tags,
}


# --- CloudFormation ---

MODEL = host.ServiceModel("codepipeline")
DECLARATION = MODEL.model.shape_for("PipelineDeclaration")
# Properties that are not part of the declaration itself.
OWN_PROPERTIES = {"Tags", "DisableInboundStageTransitions", "RestartExecutionOnUpdate", "ArtifactStores"}


def declaration_of(properties, name):
    """The API's declaration of a template's properties."""
    plain = {key: value for key, value in properties.items() if key not in OWN_PROPERTIES}
    declaration = _to_api(plain, DECLARATION, "Pipeline")
    if "ArtifactStores" in properties:
        stores = DECLARATION.members["artifactStores"].value
        declaration["artifactStores"] = {
            entry["Region"]: _to_api(entry["ArtifactStore"], stores, "ArtifactStore")
            for entry in properties["ArtifactStores"]
        }
    return {**declaration, "name": name}


def _to_api(value, shape, path):
    """Template spelling to API spelling, member by member of the service model."""
    if shape.type_name == "structure":
        return {
            _member_name(key, shape, path): _to_api(member, shape.members[_member_name(key, shape, path)], key)
            for key, member in value.items()
        }
    if shape.type_name == "list":
        return [_to_api(item, shape.member, path) for item in value]
    if shape.type_name == "map":
        return {key: _to_api(item, shape.value, key) for key, item in value.items()}
    if shape.type_name == "integer":
        return int(value)
    if shape.type_name == "boolean":
        return str(value).lower() == "true"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _member_name(key, shape, path):
    name = key[:1].lower() + key[1:]
    if name not in shape.members or key == name:
        raise ServiceError("ValidationException", f"extraneous key [{key}] is not permitted in {path}")
    return name


def _transitions_of(properties, declaration):
    stages = {stage["name"] for stage in declaration["stages"]}
    transitions = {
        entry["StageName"]: entry["Reason"] for entry in properties.get("DisableInboundStageTransitions", [])
    }
    if unknown := set(transitions) - stages:
        raise ServiceError("StageNotFoundException", f"The pipeline has no stage named {', '.join(sorted(unknown))}")
    return transitions


def resource_create(logical_id, properties, stack_name):
    name = properties.get("Name") or host.physical_name(stack_name, logical_id, 100)
    declaration = declaration_of(properties, name)
    tags = [{"key": tag["Key"], "value": tag["Value"]} for tag in properties.get("Tags", [])]
    request = {"pipeline": declaration, "tags": tags}
    MODEL.check_request("CreatePipeline", request)
    transitions = _transitions_of(properties, declaration)
    create(request)
    find(name).disabled.update(transitions)
    return name, {"Version": "1"}


def resource_update(physical_id, old, new, stack_name):
    name = new.get("Name", physical_id)
    if name != physical_id:
        return resource_create(None, new, stack_name)
    declaration = declaration_of(new, name)
    MODEL.check_request("UpdatePipeline", {"pipeline": declaration})
    transitions = _transitions_of(new, declaration)
    version = update({"pipeline": declaration})["pipeline"]["version"]
    pipeline = find(name)
    pipeline.tags = {tag["Key"]: tag["Value"] for tag in new.get("Tags", [])}
    with engine.CHANGED:
        pipeline.disabled = transitions
        engine.CHANGED.notify_all()
    if str(new.get("RestartExecutionOnUpdate", "false")).lower() == "true":
        engine.start(pipeline, "StartPipelineExecution")
    return name, {"Version": str(version)}


def resource_delete(physical_id, properties):
    delete({"name": physical_id})


def read_for_drift(physical_id, properties):
    """The live declaration in template spelling, for the properties the template sets."""
    if physical_id not in PIPELINES:
        return None
    declaration = PIPELINES[physical_id].versions[-1]
    expected = declaration_of(properties, physical_id)
    # Defaults the service filled in are no drift.
    if declaration == {**_with_defaults(expected), "version": declaration["version"]}:
        return properties
    return {
        key: _to_template(declaration[key[:1].lower() + key[1:]], key) for key in DRIFT_PROPERTIES if key in properties
    }


DRIFT_PROPERTIES = ("RoleArn", "ArtifactStore", "Stages", "PipelineType", "ExecutionMode")


def _to_template(value, path):
    if isinstance(value, list):
        return [_to_template(item, path) for item in value]
    if isinstance(value, dict) and path != "Configuration":
        renamed = {key[:1].upper() + key[1:]: item for key, item in value.items()}
        return {key: _to_template(item, key) for key, item in renamed.items() if item not in ([], {})}
    return value


# --- EventBridge ---


def _start_from_rule(ministack_invoke_target):
    def invoke_target(target, event, rule, *rest):
        parts = target.get("Arn", "").split(":")
        if parts[2:3] != ["codepipeline"]:
            return ministack_invoke_target(target, event, rule, *rest)
        with Scope(parts[4], parts[3]).entered():
            if parts[5] in PIPELINES:
                engine.start(PIPELINES[parts[5]], "CloudWatchEvent", rule.get("Name", ""))

    return invoke_target


def install():
    host.register_json_service("codepipeline", OPERATIONS)
    host.register_resource("AWS::CodePipeline::Pipeline", resource_create, resource_update, resource_delete, "list")
    host.register_drift_reader("AWS::CodePipeline::Pipeline", read_for_drift, DRIFT_PROPERTIES)
    eventbridge._invoke_target = _start_from_rule(eventbridge._invoke_target)


def reset():
    for pipeline in PIPELINES.all_values():
        for execution in pipeline.executions:
            if execution.status not in engine.ENDED:
                engine.stop(execution, "The server was reset", abandon=True)
    PIPELINES.clear()
