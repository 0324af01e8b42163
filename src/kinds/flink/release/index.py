"""Release one approved build of a Managed Service for Apache Flink application.

CodePipeline invokes this function; UserParameters name the build. Each invocation takes a
few seconds, then answers with a continuation token and is invoked again, about every half
minute, until the release has ended:

    verify -> update -> wait-operation -> start -> wait-running -> point -> done
          \\-> create -> wait-stack -> update      (first release: there is no application yet)

The last one also deletes the stack's change sets that would bring the older build back.

Every state looks first at what is really there, so running one twice does no harm. Nothing
is stored but the token. The event holds temporary credentials: it is never printed.
"""
import collections
import itertools
import json
import time
import traceback

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

CONFIG = Config(retries={"mode": "standard", "max_attempts": 5}, connect_timeout=5, read_timeout=15)
cloudformation, codepipeline, flink, s3, ssm = (
    boto3.client(name, config=CONFIG) for name in ("cloudformation", "codepipeline", "kinesisanalyticsv2", "s3", "ssm"))

IDLE = {"READY", "RUNNING", "ROLLED_BACK"}  # in any other status an application refuses changes
STACK_IDLE = {"CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "IMPORT_COMPLETE"}
BEING_MADE = {"CREATE_PENDING", "CREATE_IN_PROGRESS"}  # a change set of which not all may be known yet
MAX_CONFLICTS = 10
MAX_CHANGE_SETS = 50  # that wait to be executed: each is read, in one invocation

# What a state returns when it has to wait: answer CodePipeline now, go on in `state` at the next invocation.
Later = collections.namedtuple("Later", "state reason")


class Failed(Exception):
    """The release cannot go on. The message says what happened and what to do next."""

    def __init__(self, message, kind="JobFailed"):
        super().__init__(message)
        self.kind = kind  # a failure type of PutJobFailureResult


class Release:
    """What CodePipeline asks for, and what earlier invocations left in the token."""

    def __init__(self, job_id, data, function_arn):
        try:
            asked = json.loads(data["actionConfiguration"]["configuration"]["UserParameters"])
            self.application, self.stack, self.pointer = asked["application"], asked["stack"], asked["pointer"]
            self.bucket, self.key, self.sha256 = asked["bucket"], asked["key"], asked["sha256"]
            self.minutes = asked["deadline-minutes"]
            if not all(isinstance(asked[name], str) and asked[name] for name in asked if name != "deadline-minutes"):
                raise ValueError("every value but deadline-minutes must be a text that is not empty")
            if not isinstance(self.minutes, int) or not 0 < self.minutes <= 1440:
                raise ValueError("deadline-minutes must be a number from 1 to 1440, the day CodePipeline allows")
        except (KeyError, TypeError, ValueError) as error:
            what = f"{error} is missing" if isinstance(error, KeyError) else error
            raise Failed(f"UserParameters of the release action cannot be used: {what}. They are written by "
                         "Tidegate: compile the pipeline again and deploy it.", "ConfigurationError") from None
        # What the application is to run: the bucket's ARN and the key, as live_code() gives them.
        self.code = (f"arn:{function_arn.split(':')[1]}:s3:::{self.bucket}", self.key)
        self.job_id = job_id
        self.memory = {"started": int(time.time()), **json.loads(data.get("continuationToken", "{}"))}
        self.state = self.memory.get("state", "verify")
        self.request = f"release-{self.memory['started']}-{self.sha256[:16]}"  # marks the events of our stack update
        self.outputs = {}

    def enter(self, state, reason=""):
        print(json.dumps({"job": self.job_id, "application": self.application, "key": self.key,
                          "from": self.state, "to": state, "reason": reason}))
        self.state = self.memory["state"] = state


# ---- What is there ----------------------------------------------------------------------

def find_application(release):
    try:
        return flink.describe_application(ApplicationName=release.application)["ApplicationDetail"]
    except flink.exceptions.ResourceNotFoundException:
        return None


def get_application(release):
    found = find_application(release)
    if not found:
        raise Failed(f"Application {release.application} no longer exists: it was deleted during this release. "
                     "Run the infrastructure pipeline, then retry this stage.")
    return found


def live_code(application):
    place = application
    for name in ("ApplicationConfigurationDescription", "ApplicationCodeConfigurationDescription",
                 "CodeContentDescription", "S3ApplicationCodeLocationDescription"):
        place = place.get(name, {})
    return place.get("BucketARN"), place.get("FileKey")


def show_code(code):
    bucket, key = code
    return f"s3://{(bucket or '(none)').split(':')[-1]}/{key or '(none)'}"


def get_operation(release):
    """The update or start this release asked for; empty when the API gave no id for it."""
    if not release.memory.get("operation"):
        return {}
    answer = flink.describe_application_operation(
        ApplicationName=release.application, OperationId=release.memory["operation"])
    return answer["ApplicationOperationInfoDetails"]


def why_failed(operation):
    details = operation.get("OperationFailureDetails", {})
    reason = details.get("ErrorInfo", {}).get("ErrorString", "the service gave no reason")
    return reason + (" (the service rolled the application back)" if details.get("RollbackOperationId") else "")


def find_stack(release):
    try:
        return cloudformation.describe_stacks(StackName=release.stack)["Stacks"][0]
    except ClientError as error:
        if "does not exist" in error.response["Error"]["Message"]:
            return None
        raise


def first_stack_failure(release):
    """Events come newest first: the last failed one of our own operation is the cause."""
    pages = cloudformation.get_paginator("describe_stack_events").paginate(
        StackName=release.stack, PaginationConfig={"MaxItems": 500})
    failures = [event for page in pages for event in page["StackEvents"]
                if event.get("ClientRequestToken") == release.request and event["ResourceStatus"].endswith("_FAILED")]
    if not failures:
        return "no failed event; the stack's template may not create the application from this pointer"
    return f"{failures[-1]['LogicalResourceId']}: {failures[-1].get('ResourceStatusReason', 'no reason given')}"


def pending_change_sets(release):
    """The stack's change sets that are being made, can be executed or are being executed."""
    try:
        for page in cloudformation.get_paginator("list_change_sets").paginate(StackName=release.stack):
            yield from filter(is_pending, page.get("Summaries", []))
    except ClientError as error:
        if "does not exist" not in error.response["Error"]["Message"]:
            raise


def is_pending(change_set):
    status = change_set["Status"]
    return status in BEING_MADE or (
        status == "CREATE_COMPLETE" and change_set.get("ExecutionStatus") in ("AVAILABLE", "EXECUTE_IN_PROGRESS"))


def is_stale(release, summary, moved):
    """Whether a change set would set the application to another build than this one."""
    try:
        pages = list(cloudformation.get_paginator("describe_change_set").paginate(
            StackName=release.stack, ChangeSetName=summary["ChangeSetId"]))
    except cloudformation.exceptions.ChangeSetNotFoundException:
        return False
    if not is_pending(pages[0]):
        return False  # it was listed a moment too early
    if any(parameter.get("ParameterValue") == release.pointer and parameter.get("ResolvedValue") == release.key
           for parameter in pages[0].get("Parameters", [])):
        return False  # it was made after the pointer moved
    if pages[0]["Status"] in BEING_MADE:
        return summary["CreationTime"] <= moved
    changes = [change.get("ResourceChange", {}) for page in pages for change in page.get("Changes", [])]
    return any(change.get("ResourceType") == "AWS::KinesisAnalyticsV2::Application"
               and change.get("PhysicalResourceId", release.application) == release.application  # not another one
               for change in changes)


def delete_stale_change_sets(release):
    """CloudFormation reads the pointer when a change set is made, not when it is executed. Return the names of
    those that it does not delete now."""
    change_sets = list(itertools.islice(pending_change_sets(release), MAX_CHANGE_SETS + 1))
    if len(change_sets) > MAX_CHANGE_SETS:
        raise Failed(f"{release.key} runs, but stack {release.stack} has more than {MAX_CHANGE_SETS} change sets that "
                     "wait, and some may bring the older build back. Delete those that nobody will execute, then "
                     "retry this stage.")
    moved = pointer(release)["LastModifiedDate"] if change_sets else None
    refused = []
    for change_set in change_sets:
        if not is_stale(release, change_set, moved):
            continue
        name = change_set["ChangeSetName"]
        try:  # by its ARN: another one may have got the name meanwhile
            cloudformation.delete_change_set(StackName=release.stack, ChangeSetName=change_set["ChangeSetId"])
        except cloudformation.exceptions.InvalidChangeSetStatusException:
            refused.append(name)
            continue
        reason = "it was made before this release and would bring the older build back: plan again"
        print(json.dumps({"job": release.job_id, "application": release.application, "key": release.key,
                          "stack": release.stack, "deleted-change-set": name, "reason": reason}))
    return refused


def pointer(release):
    return ssm.get_parameter(Name=release.pointer)["Parameter"]


def write_pointer(release, value):
    if pointer(release)["Value"] != value:
        ssm.put_parameter(Name=release.pointer, Value=value, Overwrite=True)


# ---- The states: each returns the next one, or Later ------------------------------------

def verify(release):
    where = f"s3://{release.bucket}/{release.key}"
    if release.sha256 not in release.key:
        raise Failed(f"The key {release.key} does not contain the digest {release.sha256}: this is not the build "
                     "that was approved. Start a new execution of the pipeline.", "RevisionOutOfSync")
    try:
        stored = s3.head_object(Bucket=release.bucket, Key=release.key)["Metadata"].get("sha256")
    except ClientError as error:
        if error.response["Error"]["Code"] != "404":
            raise
        raise Failed(f"The approved build is not at {where}: it was deleted, or never uploaded. Start a new execution "
                     "of the pipeline, which builds and uploads it again.", "RevisionUnavailable") from None
    if stored != release.sha256:
        raise Failed(f"{where} was uploaded with sha256 {stored or '(none)'} in its metadata, but {release.sha256} was "
                     "approved: the object is not that build. Find out who wrote it; start a new execution.",
                     "RevisionOutOfSync")
    try:
        previous = pointer(release)["Value"]
    except ssm.exceptions.ParameterNotFound:
        raise Failed(f"Parameter {release.pointer}, which records the released build, does not exist. Deploy the "
                     "delivery stack, which creates it, then retry this stage.") from None
    if find_application(release):
        return "update"
    # Only a later invocation may write the pointer: what it replaces must be in the token by then.
    release.memory["previous"] = previous
    return Later("create", f"Application {release.application} does not exist: its stack will create it.")


def create(release):
    if find_application(release):
        return "update"
    write_pointer(release, release.key)  # the stack creates the application from this build
    stack = find_stack(release)
    if not stack:
        return Later("create", f"First release: waiting for stack {release.stack}, which does not exist yet. "
                               "The infrastructure pipeline creates it.")
    status = stack["StackStatus"]
    if status.endswith("_IN_PROGRESS"):
        return Later("create", f"First release: stack {release.stack} is {status}.")
    if status not in STACK_IDLE:
        raise Failed(f"Stack {release.stack} is {status} and cannot be updated. Repair it (delete it after a failed "
                     "first creation) and run the infrastructure pipeline, then retry this stage.")
    if not stack.get("RoleARN"):
        raise Failed(f"Stack {release.stack} has no service role, and this function may not create resources itself. "
                     "Deploy the stack through the infrastructure pipeline, then retry this stage.")
    try:
        cloudformation.update_stack(  # without RoleARN: CloudFormation uses the role the stack already has
            StackName=release.stack, UsePreviousTemplate=True, ClientRequestToken=release.request,
            Parameters=[{"ParameterKey": parameter["ParameterKey"], "UsePreviousValue": True}
                        for parameter in stack.get("Parameters", [])],
            Capabilities=["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"])
    except ClientError as error:
        said = error.response["Error"]
        if "_IN_PROGRESS state" in said["Message"]:
            return Later("create", f"First release: {said['Message']}")
        if "No updates are to be performed" not in said["Message"] and said["Code"] != "TokenAlreadyExistsException":
            raise
    return "wait-stack"


def wait_stack(release):
    stack = find_stack(release)
    status = stack["StackStatus"] if stack else "deleted"
    if status.endswith("_IN_PROGRESS"):
        return Later("wait-stack", f"First release: stack {release.stack} is {status}.")
    if status in STACK_IDLE and find_application(release):
        return "update"
    raise Failed(f"Stack {release.stack} did not create application {release.application}; it is {status}. "
                 f"{first_stack_failure(release) if stack else ''} Correct the cause, then retry this stage.")


def update(release):
    application = get_application(release)
    status = application["ApplicationStatus"]
    if status not in IDLE:
        return Later("update", f"Application is busy: {status}.")
    if live_code(application) == release.code:
        return "start"  # a repeated release, or one the stack has just created
    location = dict(zip(("BucketARNUpdate", "FileKeyUpdate"), release.code))
    try:
        answer = flink.update_application(
            ApplicationName=release.application, ConditionalToken=application["ConditionalToken"],
            ApplicationConfigurationUpdate={"ApplicationCodeConfigurationUpdate": {
                "CodeContentUpdate": {"S3ContentLocationUpdate": location}}})
    except flink.exceptions.ResourceInUseException:
        return Later("update", "Application became busy before it could be updated.")
    except flink.exceptions.ConcurrentModificationException:
        release.memory["conflicts"] = release.memory.get("conflicts", 0) + 1
        if release.memory["conflicts"] >= MAX_CONFLICTS:
            raise Failed(f"Application {release.application} was changed by somebody else at each of {MAX_CONFLICTS} "
                         "attempts to update it. Find out who changes it, then retry this stage.") from None
        return Later("update", "Application was changed by somebody else at the same moment: trying again.")
    release.memory["operation"] = answer.get("OperationId")
    return "wait-operation"


def wait_operation(release):
    operation = get_operation(release)
    status = operation.get("OperationStatus")
    if status == "IN_PROGRESS":
        return Later("wait-operation", "Application is being updated.")
    if status in ("FAILED", "CANCELLED"):
        raise Failed(f"The update of application {release.application} to {release.key} is {status}: "
                     f"{why_failed(operation)}. Read its log, correct the build and start a new execution.")
    return "start"


def start(release):
    application = get_application(release)
    status = application["ApplicationStatus"]
    if status not in IDLE:
        return Later("start", f"Application is busy: {status}.")
    if live_code(application) != release.code:
        raise wrong_code(release, application)
    if status != "READY":
        return "wait-running"
    request = {"ApplicationName": release.application}
    pages = flink.get_paginator("list_application_snapshots").paginate(**request)
    if any(snapshot["SnapshotStatus"] == "READY" for page in pages for snapshot in page["SnapshotSummaries"]):
        request["RunConfiguration"] = {
            "ApplicationRestoreConfiguration": {"ApplicationRestoreType": "RESTORE_FROM_LATEST_SNAPSHOT"}}
    try:
        release.memory["operation"] = flink.start_application(**request).get("OperationId")
    except flink.exceptions.ResourceInUseException:
        return Later("start", "Application became busy before it could be started.")
    return Later("wait-running", "Application is being started.")


def wait_running(release):
    application = get_application(release)
    status = application["ApplicationStatus"]
    if status == "RUNNING":
        if live_code(application) != release.code:
            raise wrong_code(release, application)
        release.outputs = {"key": release.key, "sha256": release.sha256,
                           "application_version": str(application["ApplicationVersionId"])}
        return "point"
    operation = get_operation(release) if status in IDLE else {}
    if status not in IDLE or operation.get("OperationStatus") == "IN_PROGRESS":
        return Later("wait-running", f"Application is {status}.")
    raise Failed(f"Application {release.application} did not stay up on {release.key}: it is {status}. "
                 f"Reason: {why_failed(operation)}. Read the application's log, then start a new execution with a "
                 "corrected build, or retry this stage if the cause is elsewhere.")


def point(release):
    write_pointer(release, release.key)
    if refused := delete_stale_change_sets(release):
        # If one is being executed, the application goes back to the older build, which wait_running tells.
        return Later("wait-running", f"{release.key} runs. Change sets made before this release cannot be deleted yet: "
                                     f"{', '.join(refused)}.")
    return "done"


def wrong_code(release, application):
    status, live, wanted = application["ApplicationStatus"], live_code(application), release.code
    return Failed(f"Application {release.application} is {status} on {show_code(live)}, not on {show_code(wanted)}: it "
                  "was rolled back, or changed by somebody else. Read its list of operations, then retry this stage.")


# The steps of a release. A further one is a function, a line here, and its name returned by the state before it.
STATES = {
    "verify": verify,
    "create": create,
    "wait-stack": wait_stack,
    "update": update,
    "wait-operation": wait_operation,
    "start": start,
    "wait-running": wait_running,
    "point": point,
}


# ---- The job ----------------------------------------------------------------------------

def handler(event, context):
    if "id" not in event.get("CodePipeline.job", {}):
        raise ValueError("This is not a CodePipeline job: the function is made for an Invoke/Lambda action.")
    job = event["CodePipeline.job"]
    try:
        answer(job, context.invoked_function_arn)
    except (codepipeline.exceptions.InvalidJobStateException, codepipeline.exceptions.JobNotFoundException) as error:
        # Stopped in the pipeline, or answered by a first delivery of this event: a retry by Lambda would do harm.
        print(json.dumps({"job": job["id"], "reason": f"Nobody waits for this job any more: {error}"}))


def answer(job, function_arn):
    release, ran = None, False
    try:
        release = Release(job["id"], job["data"], function_arn)
        waiting, ran = run(release), True
        result = {"outputVariables": release.outputs} if not waiting else {
            "continuationToken": json.dumps(release.memory), "executionDetails": {"summary": waiting[:2048]}}
        codepipeline.put_job_success_result(jobId=job["id"], **result)
    except (codepipeline.exceptions.InvalidJobStateException, codepipeline.exceptions.JobNotFoundException):
        raise
    except Exception as error:  # whatever it is, CodePipeline must hear of it: else the action hangs
        kind, message = explain(error, release)
        if release and not ran:
            message += put_pointer_back(release)
            release.enter("failed", message)
        codepipeline.put_job_failure_result(jobId=job["id"], failureDetails={"type": kind, "message": message[:2500]})


def run(release):
    """Go from state to state until one has to wait; return what it waits for, or nothing at the end."""
    while release.state != "done":
        if release.state not in STATES:
            raise Failed(f"This function has no state {release.state}: it was replaced meanwhile. Retry this stage.")
        outcome = STATES[release.state](release)
        if isinstance(outcome, Later):
            release.enter(outcome.state, outcome.reason)
            if time.time() > release.memory["started"] + 60 * release.minutes:
                raise Failed(f"Not released within {release.minutes} minutes; the last thing waited for: "
                             f"{outcome.reason} Look at it, then retry this stage.")
            return outcome.reason
        release.enter(outcome)
    return None


def explain(error, release):
    state = release.state if release else "reading the job"
    if isinstance(error, Failed):
        return error.kind, str(error)
    if isinstance(error, ClientError):
        code, said = error.response["Error"].get("Code"), error.response["Error"].get("Message")
        message = f"{error.operation_name} was refused in state {state}: {code}: {said} "
        if code in ("AccessDenied", "AccessDeniedException", "403"):  # 403: the answer to HeadObject has no text
            return "PermissionError", message + "Allow it to the release function's role, then retry this stage."
        return "JobFailed", message + "Correct the cause, then retry this stage."
    traceback.print_exc()
    return "JobFailed", (f"{type(error).__name__} in state {state}: {error}. The function's log has the details; "
                         "retry this stage.")


def put_pointer_back(release):
    """After a failed first release nothing runs the build, so the pointer must not name it. But once the
    application exists, or its stack is at work, taking the pointer away would make the stack delete it."""
    if release.state not in ("create", "wait-stack") or "previous" not in release.memory:
        return ""
    previous = release.memory["previous"]
    try:
        stack = find_stack(release)
        if find_application(release) or (stack and stack["StackStatus"].endswith("_IN_PROGRESS")):
            return f" Parameter {release.pointer} was left at {release.key}, because the stack uses it."
        write_pointer(release, previous)
        return f" Parameter {release.pointer} was put back to {previous}."
    except Exception as error:
        return f" Parameter {release.pointer} could not be put back: set it to {previous}. {explain(error, release)[1]}"
