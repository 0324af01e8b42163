"""What is started and ends later: steps of EMR, job runs of EMR Serverless, runs of Glue's streaming jobs, statements of
the Redshift Data API; and the index templates of an OpenSearch domain.

Nothing is run. Each look at a run, by describing or listing it, moves it to its next state; a test plans which states
these are. The last one stays.
"""

import json
import time
import uuid

from ministack import app as ministack_app
from ministack.core import router
from ministack.core.responses import AccountRegionScopedDict
from ministack.services import emr as ministack_emr
from ministack.services import glue as ministack_glue

import host
from host import ServiceError

RUNS = AccountRegionScopedDict()  # by service and id
PLANS = AccountRegionScopedDict()  # by service and the text that a run's name or SQL holds
TEMPLATES = AccountRegionScopedDict()

USUAL = {
    "emr": ["PENDING", "RUNNING", "COMPLETED"],
    "emr-serverless": ["SUBMITTED", "RUNNING", "SUCCESS"],
    "glue": ["STARTING", "RUNNING"],
    "redshift-data": ["STARTED", "FINISHED"],
}


def plan(service, holds, states, reason=None):
    """Runs made from now on whose name or SQL holds the text go through these states."""
    PLANS[(service, holds)] = (states, reason)


class Run:
    def __init__(self, service, run_id, name, request):
        self.id, self.name, self.request, self.made = run_id, name, request, time.time()
        plans = [planned for (of, holds), planned in PLANS.items() if of == service and holds in name]
        self.states, self.reason = plans[-1] if plans else (USUAL[service], None)
        self.at = 0
        RUNS[(service, run_id)] = self

    @property
    def state(self):
        return self.states[min(self.at, len(self.states) - 1)]

    def look(self):
        state = self.state
        self.at += 1
        return state

    def goes(self, *states):
        self.states, self.at = list(states), 0


def _runs(service):
    return [run for (of, _), run in RUNS.items() if of == service]


def _find(service, run_id, code, what):
    if (service, run_id) not in RUNS:
        raise ServiceError(code, f"{what} {run_id} does not exist")
    return RUNS[(service, run_id)]


# --- EMR ---


def _cluster(cluster_id):
    cluster = ministack_emr._clusters.get(cluster_id)
    if cluster is None:
        raise ServiceError("InvalidRequestException", f"Cluster id '{cluster_id}' is not valid.")
    if cluster["Status"]["State"].startswith("TERMINAT"):
        raise ServiceError("InvalidRequestException", "A job flow that is shutting down or over may not be modified.")


def _step(run):
    state = run.look()
    status = {"State": state, "StateChangeReason": {}, "Timeline": {"CreationDateTime": run.made}}
    if state == "FAILED":
        log = f"s3://logs/{run.request['JobFlowId']}/steps/{run.id}/stderr.gz"
        status["FailureDetails"] = {"Reason": "Unknown Error.", "Message": run.reason or "", "LogFile": log}
    return {"Id": run.id, "Name": run.name, "ActionOnFailure": run.request["ActionOnFailure"], "Status": status}


def add_steps(request):
    _cluster(request["JobFlowId"])
    ids = []
    for step in request["Steps"]:
        step_id = "s-" + uuid.uuid4().hex[:13].upper()
        Run("emr", step_id, step["Name"], {**step, "JobFlowId": request["JobFlowId"]})
        ids.append(step_id)
    return {"StepIds": ids}


def describe_step(request):
    return {"Step": _step(_find("emr", request["StepId"], "InvalidRequestException", "Step"))}


def list_steps(request):
    states = request.get("StepStates")
    steps = [run for run in _runs("emr") if run.request["JobFlowId"] == request["ClusterId"]]
    return {"Steps": [_step(run) for run in reversed(steps) if not states or run.state in states]}


def cancel_steps(request):
    answers = []
    for step_id in request["StepIds"]:
        run = _find("emr", step_id, "InvalidRequestException", "Step")
        if run.reason == "cannot be cancelled":
            answers.append({"StepId": step_id, "Status": "FAILED", "Reason": "The step is at its end."})
            continue
        run.goes("CANCEL_PENDING", "CANCELLED")
        answers.append({"StepId": step_id, "Status": "SUBMITTED"})
    return {"CancelStepsInfoList": answers}


# --- EMR Serverless, whose protocol is REST ---


def _job_run(run, own_id):
    state = run.look()
    application = run.request["applicationId"]
    return {
        "applicationId": application,
        own_id: run.id,
        "name": run.name,
        "arn": _arn(application, run),
        "createdBy": "arn:aws:iam:::role/pipeline",
        "createdAt": run.made,
        "updatedAt": run.made,
        "executionRole": run.request["executionRoleArn"],
        "state": state,
        "stateDetails": (state == "FAILED" and run.reason) or f"The job is {state}.",
        "releaseLabel": "emr-7.9.0",
    }


def _arn(application, run):
    return f"arn:aws:emr-serverless:eu-west-1:111122223333:/applications/{application}/jobruns/{run.id}"


def start_job_run(request):
    for run in _runs("emr-serverless"):
        if run.request["clientToken"] == request["clientToken"]:
            break
    else:
        run = Run("emr-serverless", uuid.uuid4().hex[:16], request.get("name", ""), request)
    application = request["applicationId"]
    return {"applicationId": application, "jobRunId": run.id, "arn": _arn(application, run)}


def get_job_run(request):
    run = _find("emr-serverless", request["jobRunId"], "ResourceNotFoundException", "Job run")
    return {"jobRun": {**_job_run(run, "jobRunId"), "jobDriver": run.request["jobDriver"]}}


def list_job_runs(request):
    states = request.get("states")
    newest = reversed(_runs("emr-serverless"))
    return {"jobRuns": [_job_run(run, "id") for run in newest if not states or run.state in states]}


def cancel_job_run(request):
    run = _find("emr-serverless", request["jobRunId"], "ResourceNotFoundException", "Job run")
    run.goes("CANCELLING", "CANCELLED")
    return {"applicationId": request["applicationId"], "jobRunId": run.id}


SERVERLESS = {
    ("POST", 3): ("StartJobRun", start_job_run),
    ("GET", 3): ("ListJobRuns", list_job_runs),
    ("GET", 4): ("GetJobRun", get_job_run),
    ("DELETE", 4): ("CancelJobRun", cancel_job_run),
}


def _install_serverless():
    model = host.ServiceModel("emr-serverless")

    async def handle(method, path, headers, body, query_params):
        parts = path.strip("/").split("/")
        if parts[0] != "applications" or (method, len(parts)) not in SERVERLESS:
            unknown = f"{method} {path} is not served here"
            return host.error_answer(ServiceError("UnknownOperationException", unknown, 404))
        operation, run = SERVERLESS[(method, len(parts))]
        request = json.loads(body or b"{}")
        request["applicationId"] = parts[1]
        if len(parts) == 4:
            request["jobRunId"] = parts[3]
        if states := query_params.get("states"):
            request["states"] = states if isinstance(states, list) else [states]
        try:
            model.check_request(operation, request)
            answer = run(request)
            model.check_response(operation, answer)
            return host.json_answer(200, answer)
        except ServiceError as error:
            return host.error_answer(error)

    ministack_app.SERVICE_HANDLERS["emr-serverless"] = handle
    router.SERVICE_PATTERNS["emr-serverless"] = {"target_prefixes": [], "credential_scope": "emr-serverless"}


# --- Glue, whose streaming jobs do not end: MiniStack's jobs end when they are started ---

ACTIVE = {"STARTING", "RUNNING", "STOPPING", "WAITING"}


def _runs_of(name):
    return [run for run in _runs("glue") if run.request["JobName"] == name]


def _glue_run(run):
    state = run.look()
    over = {"ErrorMessage": run.reason} if state in ("FAILED", "ERROR") and run.reason else {}
    return {"Id": run.id, "JobName": run.request["JobName"], "StartedOn": run.made, "JobRunState": state, "Attempt": 0,
            "Arguments": run.request.get("Arguments", {}), "LogGroupName": "/aws-glue/jobs", **over}


def start_glue_run(request, job):
    most = job.get("ExecutionProperty", {}).get("MaxConcurrentRuns", 1)
    if sum(run.state in ACTIVE for run in _runs_of(job["Name"])) >= most:
        raise ServiceError("ConcurrentRunsExceededException", f"Concurrent runs exceeded for {job['Name']}")
    script = request.get("Arguments", {}).get("--scriptLocation", job["Command"]["ScriptLocation"])
    return {"JobRunId": Run("glue", "jr_" + uuid.uuid4().hex * 2, script, request).id}


def get_glue_run(request, job):
    return {"JobRun": _glue_run(_find("glue", request["RunId"], "EntityNotFoundException", "Run"))}


def get_glue_runs(request, job):
    return {"JobRuns": [_glue_run(run) for run in reversed(_runs_of(job["Name"]))]}


def stop_glue_runs(request, job):
    stopped, errors = [], []
    for run_id in request["JobRunIds"]:
        run = _find("glue", run_id, "EntityNotFoundException", "Run")
        named = {"JobName": job["Name"], "JobRunId": run_id}
        if run.reason == "cannot be stopped" or run.state not in ("STARTING", "RUNNING", "WAITING"):
            code = "InvalidInputException" if run.state not in ACTIVE else "InternalServiceException"
            errors.append({**named, "ErrorDetail": {"ErrorCode": code, "ErrorMessage": f"It is {run.state}."}})
        else:
            run.goes("STOPPING", "STOPPED")
            stopped.append(named)
    return {"SuccessfulSubmissions": stopped, "Errors": errors}


GLUE = {"StartJobRun": start_glue_run, "GetJobRun": get_glue_run, "GetJobRuns": get_glue_runs,
        "BatchStopJobRun": stop_glue_runs}


def _install_glue():
    others = ministack_app.SERVICE_HANDLERS["glue"]
    model = host.ServiceModel("glue")

    async def handle(method, path, headers, body, query_params):
        operation = headers.get("x-amz-target", "").rpartition(".")[2]
        request = json.loads(body or b"{}")
        job = ministack_glue._jobs.get(request.get("JobName"), {}) if operation in GLUE else {}
        if job.get("Command", {}).get("Name") != "gluestreaming":
            return await others(method, path, headers, body, query_params)
        try:
            model.check_request(operation, request)
            answer = GLUE[operation](request, job)
            model.check_response(operation, answer)
            return host.json_answer(200, answer)
        except ServiceError as error:
            return host.error_answer(error)

    ministack_app.SERVICE_HANDLERS["glue"] = handle


# --- the Redshift Data API ---


def execute_statement(request):
    if not request.get("SecretArn") or ("WorkgroupName" in request) == ("ClusterIdentifier" in request):
        raise ServiceError("ValidationException", "Name one of ClusterIdentifier and WorkgroupName, and a secret")
    for run in _runs("redshift-data"):
        if run.request["ClientToken"] == request["ClientToken"]:
            break
    else:
        run = Run("redshift-data", str(uuid.uuid4()), request["Sql"], request)
    return {"Id": run.id, "CreatedAt": run.made, "Database": request["Database"]}


def describe_statement(request):
    run = _find("redshift-data", request["Id"], "ResourceNotFoundException", "Query")
    state = run.look()
    failed = {"Error": run.reason or ""} if state in ("FAILED", "ABORTED") else {}
    return {"Id": run.id, "Status": state, "QueryString": run.request["Sql"], **failed}


def get_namespace(request):
    """Every namespace there is said to be has a secret; none is kept."""
    name = request["namespaceName"]
    secret = f"arn:aws:secretsmanager:::secret:redshift!{name}-administrator-a1b2c3"
    return {"namespace": {"namespaceName": name, "adminPasswordSecretArn": secret}}


# --- index templates of OpenSearch: no service model says what they are ---


def _answer_template(method, name, body):
    """Status and JSON, in the form of OpenSearch's own errors."""
    for (of, holds), (statuses, reason) in PLANS.items():
        if of == "opensearch" and holds in name and statuses:
            status = int(statuses.pop(0))
            return status, {"error": {"type": "planned", "reason": reason or ""}, "status": status}
    if method == "GET":
        if name not in TEMPLATES:
            reason = f"index template matching [{name}] not found"
            return 404, {"error": {"type": "resource_not_found_exception", "reason": reason}, "status": 404}
        return 200, {"index_templates": [{"name": name, "index_template": TEMPLATES[name]}]}
    template = json.loads(body)
    known = {"index_patterns", "template", "priority", "composed_of", "version", "_meta", "data_stream"}
    unknown = set(template) - known
    if unknown:
        reason = f"[1:1] [index_template] unknown field [{sorted(unknown)[0]}]"
        return 400, {"error": {"type": "x_content_parse_exception", "reason": reason}, "status": 400}
    settings = template.get("template", {}).get("settings")
    if settings:
        written = {key.removeprefix("index."): str(value) for key, value in settings.items()}
        template["template"]["settings"] = {"index": written}
    TEMPLATES[name] = {"composed_of": [], **template}
    return 200, {"acknowledged": True}


def _install_templates():
    others = ministack_app.SERVICE_HANDLERS["opensearch"]

    async def handle(method, path, headers, body, query_params):
        if not path.startswith("/_index_template/"):
            return await others(method, path, headers, body, query_params)
        if "/es/aws4_request" not in headers.get("authorization", "") or method not in ("GET", "PUT"):
            return host.json_answer(403, {"Message": "The request is not signed for es"})
        return host.json_answer(*_answer_template(method, path.rpartition("/")[2], body))

    ministack_app.SERVICE_HANDLERS["opensearch"] = handle


def _install_emr():
    """MiniStack's steps are completed when they are added; its clusters stay as they are."""
    others = ministack_app.SERVICE_HANDLERS["elasticmapreduce"]
    patterns = router.SERVICE_PATTERNS["elasticmapreduce"]
    operations = {
        "AddJobFlowSteps": add_steps,
        "DescribeStep": describe_step,
        "ListSteps": list_steps,
        "CancelSteps": cancel_steps,
    }
    host.register_json_service("emr", operations)
    ours = ministack_app.SERVICE_HANDLERS.pop("emr")
    del router.SERVICE_PATTERNS["emr"]
    router.SERVICE_PATTERNS["elasticmapreduce"] = patterns

    async def handle(method, path, headers, body, query_params):
        operation = headers.get("x-amz-target", "").rpartition(".")[2]
        return await (ours if operation in operations else others)(method, path, headers, body, query_params)

    ministack_app.SERVICE_HANDLERS["elasticmapreduce"] = handle


def install():
    _install_emr()
    _install_serverless()
    _install_glue()
    operations = {"ExecuteStatement": execute_statement, "DescribeStatement": describe_statement}
    host.register_json_service("redshift-data", operations)
    host.register_json_service("redshift-serverless", {"GetNamespace": get_namespace})
    _install_templates()


def reset():
    RUNS.clear()
    PLANS.clear()
    TEMPLATES.clear()
