# Releases what builds published into a function: its package, its layers or both.
#
#     verify -> update -> check -> done
#                          \-> back: what was released before, when the function does not run what was approved
#
# Each state is written into the record, `record.py`, before anything is done there; in the end stands what came of it.
#
# Only the stack changes the function, its versions and its alias. This moves the pointers that the stack reads and has the
# stack updated with its own template, so that a later deployment finds what the release left, and CloudFormation itself
# takes a failed update back. Where calls go over to a new version step by step, CloudFormation has CodeDeploy do that, and
# waits for it.
import base64
import datetime
import re

cloudformation, codedeploy, functions, s3, ssm = (
    boto3.client(name, config=CONFIG) for name in ("cloudformation", "codedeploy", "lambda", "s3", "ssm"))

STACK_IDLE = {"CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "IMPORT_COMPLETE"}


def step(job):
    """Go from state to state until one has to wait."""
    try:
        while True:
            state = job.memory.setdefault("state", "verify")
            waits = STATES[state](job)
            if waits and job.is_late() and state != "back":
                raise Failed(f"Not released within {job.minutes} minutes; the last thing waited for: {waits.reason} "
                             "Look at it, then retry this stage.")
            write_down(job, waits)
            if waits or job.memory["state"] == "done":
                return waits
    except ClientError as error:
        if passes_by_itself(error):
            raise
        kind, message = explain(error)
        raise end_failed(job, Failed(message, kind)) from None
    except Failed as failure:
        raise end_failed(job, failure) from None


def end_failed(job, failure):
    """What failed, with what became of the pointers. A release that did not begin leaves the record of the one before."""
    if job.memory.get("moved"):
        failure = Failed(f"{failure}{put_pointers_back(job)}", failure.kind)
    if job.memory["state"] != "verify":
        try:
            record_of(job).fail(str(failure))
        except ClientError as error:
            job.log(unwritten=explain(error)[1])
    return failure


def record_of(job):
    packages = job.asked["packages"]
    key = packages.get("release") or next(iter(packages.values()))
    return Record(job, ssm, f"{job.asked['pointers']}record", application=job.asked["function"].split(":")[0], key=key,
                  sha256=digest_of(key))


def write_down(job, waits):
    state, record = job.memory["state"], record_of(job)
    if state == "done":
        shift = f" Calls went over to it by {job.asked['shift']}, and no alarm took them back." if shifts(job) else ""
        version = job.outputs["version"]
        record.succeed(f"{job.asked['function']} is version {version}, whose digest is the approved one.{shift}")
    elif record.memory.get("state") != state:
        record.enter(state, previous=job.memory["previous"], **({"last": waits.reason} if waits else {}))
    elif waits:
        record.wait(waits.reason)


def shifts(job):
    """Whether calls go over step by step."""
    return bool(job.asked.get("shift"))


# ---- What is there ----------------------------------------------------------------------

def digest_of(key):
    found = re.search(r"[0-9a-f]{64}", key)
    if not found:
        raise Failed(f"The key {key} holds no SHA-256 digest, so nobody can tell what was approved. Let the build export a "
                     "key that contains it.", "ConfigurationError")
    return found[0]


def as_lambda_says_it(digest):
    return base64.b64encode(bytes.fromhex(digest)).decode()


def pointer(job, place):
    name = job.asked["pointers"] + place
    try:
        return ssm.get_parameter(Name=name)["Parameter"]["Value"]
    except ssm.exceptions.ParameterNotFound:
        raise Failed(f"Parameter {name}, which records the released build, does not exist. Deploy the delivery stack, which "
                     "creates it, then retry this stage.") from None


def write_pointers(job, values):
    for place, value in values.items():
        if pointer(job, place) != value:
            ssm.put_parameter(Name=job.asked["pointers"] + place, Value=value, Overwrite=True)


def find_stack(job):
    try:
        return cloudformation.describe_stacks(StackName=job.asked["stack"])["Stacks"][0]
    except ClientError as error:
        if "does not exist" in error.response["Error"]["Message"]:
            return None
        raise


def why_shift_failed(job):
    """CodeDeploy says more than CloudFormation: which alarm went off."""
    name = job.asked["function"].split(":")[0]
    if not shifts(job):
        return ""
    try:
        began = datetime.datetime.fromtimestamp(job.memory["started"], datetime.timezone.utc)
        ids = codedeploy.list_deployments(applicationName=name, deploymentGroupName=name,
                                          includeOnlyStatuses=["Failed", "Stopped"], createTimeRange={"start": began})
        for deployment in ids["deployments"][:1]:
            told = codedeploy.get_deployment(deploymentId=deployment)["deploymentInfo"].get("errorInformation", {})
            return f" CodeDeploy says of {deployment}: {told.get('code', 'no code')}: {told.get('message', 'no reason')}"
    except ClientError as error:
        return f" CodeDeploy was not asked why: {explain(error)[1]}"
    return ""


def what_runs_now(job):
    """After an update that was taken back: whether what ran before runs again."""
    name, before = job.asked["function"], {place: key for place, key in job.memory["previous"].items() if "/" in key}
    if not before:
        return f"It was rolled back: {name} has no code again, since nothing was released before."
    found = differences(job, before)
    if isinstance(found, Later):
        return found
    if found:
        return f"It was not rolled back: {'; '.join(found)}."
    version, job.outputs = job.outputs["version"], {}
    runs = ", ".join(f"s3://{job.asked['bucket']}/{key}" for key in before.values())
    return f"It was rolled back: {name} runs {runs} again, as version {version}."


def stack_failure(job, request):
    """Events come newest first: the last failed one of our own update is the cause."""
    pages = cloudformation.get_paginator("describe_stack_events").paginate(
        StackName=job.asked["stack"], PaginationConfig={"MaxItems": 500})
    failures = [event for page in pages for event in page["StackEvents"]
                if event.get("ClientRequestToken") == request and event["ResourceStatus"].endswith("_FAILED")]
    if failures:
        return f"{failures[-1]['LogicalResourceId']}: {failures[-1].get('ResourceStatusReason', 'no reason given')}"
    return None


def update_stack(job, stack, request):
    """Have the stack updated with its own template and parameters; return what to wait for before that, if anything."""
    try:
        cloudformation.update_stack(  # without RoleARN: CloudFormation uses the role that the stack already has
            StackName=stack["StackName"], UsePreviousTemplate=True, ClientRequestToken=request,
            Parameters=[{"ParameterKey": parameter["ParameterKey"], "UsePreviousValue": True}
                        for parameter in stack.get("Parameters", [])],
            Capabilities=["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"])
    except ClientError as error:
        said = error.response["Error"]
        if "_IN_PROGRESS state" in said["Message"]:
            return Later(f"Another operation on the stack came first: {said['Message']}")
        if "No updates are to be performed" in said["Message"] or said["Code"] == "TokenAlreadyExistsException":
            return None
        if passes_by_itself(error):
            raise
        kind, message = explain(error)
        raise Failed(message, kind) from None
    return None


def differences(job, packages):
    """What the function runs beside these packages. Raises when it cannot be told, and gives Later while it changes."""
    name = job.asked["function"]
    try:
        live = functions.get_function_configuration(FunctionName=name)
    except functions.exceptions.ResourceNotFoundException:
        raise Failed(f"There is no {name}: its stack was deployed before the function ran what builds publish. Run the "
                     "infrastructure pipeline, then retry this stage.") from None
    if live.get("State") == "Pending" or live.get("LastUpdateStatus") == "InProgress":
        return Later(f"Function {name} is being changed.")
    if live.get("State") == "Failed" or live.get("LastUpdateStatus") == "Failed":
        reason = live.get("StateReason") or live.get("LastUpdateStatusReason") or "Lambda gave no reason"
        return [f"Lambda could not make it ready: {reason}"]
    found = []
    for place, key in packages.items():
        runs = live["CodeSha256"] if place == "release" else layer_digest(name, place, live.get("Layers", []))
        if runs != as_lambda_says_it(digest_of(key)):
            what = "its code" if place == "release" else f"its layer {place.split('/')[1]}"
            found.append(f"{what} has the digest {runs}, and not {as_lambda_says_it(digest_of(key))} ({key})")
    if not found:
        job.outputs = {"version": live["Version"], "sha256": live["CodeSha256"]}
    return found


def layer_digest(function, place, layers):
    name = f"{function.split(':')[0]}-{place.split('/')[1]}"
    for layer in layers:
        if f":layer:{name}:" in layer["Arn"]:
            return functions.get_layer_version_by_arn(Arn=layer["Arn"])["Content"]["CodeSha256"]
    return "(none)"


# ---- The states: each returns what it waits for, or sets the next one ---------------------

def verify(job):
    bucket = job.asked["bucket"]
    for key in job.asked["packages"].values():
        where, digest = f"s3://{bucket}/{key}", digest_of(key)
        try:
            stored = s3.head_object(Bucket=bucket, Key=key)["Metadata"].get("sha256")
        except ClientError as error:
            if error.response["Error"]["Code"] != "404":
                raise
            raise Failed(f"The approved build is not at {where}: it was deleted, or never uploaded. Start a new execution "
                         "of the pipeline, which builds and uploads it again.", "RevisionUnavailable") from None
        if stored != digest:
            raise Failed(f"{where} was uploaded with sha256 {stored or '(none)'} in its metadata, but {digest} was "
                         "approved: the object is not that build. Find out who wrote it; start a new execution.",
                         "RevisionOutOfSync")
    # What the pointers held must be in the token before they move.
    job.memory.update(previous={place: pointer(job, place) for place in job.asked["packages"]}, state="update")
    return Later("The builds are there: next the stack is updated.")


def update(job):
    stack, name = find_stack(job), job.asked["stack"]
    if not stack:
        return Later(f"Waiting for stack {name}, which does not exist yet. The infrastructure pipeline creates it.")
    status = stack["StackStatus"]
    if status.endswith("_IN_PROGRESS"):
        return Later(f"Stack {name} is {status}.")
    if status not in STACK_IDLE:
        raise Failed(f"Stack {name} is {status} and cannot be updated. Repair it (delete it after a failed first creation) "
                     "and run the infrastructure pipeline, then retry this stage.")
    if not stack.get("RoleARN"):
        raise Failed(f"Stack {name} has no service role, and this function may not change resources itself. Deploy the "
                     "stack through the infrastructure pipeline, then retry this stage.")
    job.memory["moved"] = True
    write_pointers(job, job.asked["packages"])
    waits = update_stack(job, stack, f"release-{job.marker}")
    if not waits:
        job.memory["state"] = "check"
    return waits


def check(job):
    stack, name = find_stack(job), job.asked["stack"]
    status = stack["StackStatus"] if stack else "deleted"
    if status.endswith("_IN_PROGRESS"):
        goes = f" Calls go over to the new version: {job.asked['shift']}." if shifts(job) and status.startswith("UPDATE_IN") else ""
        return Later(f"Stack {name} is {status}.{goes}")
    if status not in STACK_IDLE:
        raise Failed(f"Stack {name} is {status}: {stack_failure(job, f'release-{job.marker}') if stack else ''} Repair it, "
                     "then retry this stage.")
    found = differences(job, job.asked["packages"])
    if isinstance(found, Later):
        return found
    if not found:
        job.memory["state"] = "done"
        return None
    reason = stack_failure(job, f"release-{job.marker}")
    if reason:
        again = what_runs_now(job)
        if isinstance(again, Later):
            return again
        raise Failed(f"Stack {name} could not be updated with what was approved, and CloudFormation took the update back: "
                     f"{reason.rstrip('.')}.{why_shift_failed(job)} {again} Correct the cause and start a new execution, or "
                     "retry this stage.")
    job.memory.update(state="back", reason=shorten(f"{job.asked['function']} does not run what was approved: "
                                                   f"{'; '.join(found)}.", 900))
    return None


def back(job):
    """The stack was updated, and yet the function does not run what was approved."""
    stack = find_stack(job)
    if stack and stack["StackStatus"].endswith("_IN_PROGRESS"):
        return Later(f"Going back: stack {job.asked['stack']} is {stack['StackStatus']}.")
    if stack and stack["StackStatus"] in STACK_IDLE and not job.memory.get("asked-back"):
        write_pointers(job, job.memory["previous"])
        waits = update_stack(job, stack, f"back-{job.marker}")
        job.memory["asked-back"] = not waits
        return waits or Later("The stack goes back to what was released before.")
    raise Failed(f"{job.memory['reason']} The stack was told to go back to what was released before, and is "
                 f"{stack['StackStatus'] if stack else 'deleted'}. Find out who changes the function.")


STATES = {"verify": verify, "update": update, "check": check, "back": back}


def put_pointers_back(job):
    """After a failure nothing may bring the build by and by. But a stack that is at work has read them already."""
    stack = find_stack(job)
    if stack and stack["StackStatus"].endswith("_IN_PROGRESS"):
        return f" The pointers under {job.asked['pointers']} were left as they are, because the stack is at work with them."
    try:
        write_pointers(job, job.memory["previous"])
    except Exception as error:
        return f" The pointers could not be put back to {job.memory['previous']}: {explain(error)[1]}"
    return " The pointers were put back to what was released before."
