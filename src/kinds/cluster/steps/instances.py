"""Submit the steps of a cluster of instances one after the other, and wait for each."""
import shlex

emr = boto3.client("emr", config=CONFIG)
CLUSTER = os.environ["CLUSTER"]
WAITING = ["PENDING", "RUNNING", "CANCEL_PENDING"]
STEADY_SECONDS = 60  # a streaming step that has run so long is taken for well
MOST_LISTED = 500


def step(job):
    while (at := job.memory.get("at", 0)) < len(STEPS):
        if waiting := run(job, STEPS[at]):
            return waiting
        job.log(done=STEPS[at]["name"])
        job.memory = {key: value for key, value in job.memory.items() if key not in ("id", "since")}
        job.memory["at"] = at + 1


def run(job, wanted):
    """Submit one step if this job has not, and say what it waits for; nothing when the step is done."""
    name = wanted["name"]
    if "id" not in job.memory:
        mine = f"{name} ({job.marker})"
        job.memory.update({"id": found["Id"] for found in listed() if found["Name"] == mine})
    if "id" not in job.memory:
        if others := [found for found in listed(StepStates=WAITING) if found["Name"].startswith(f"{name} (")]:
            return make_room(wanted, others)
        answer = refused_with_reason(emr.add_job_flow_steps, JobFlowId=CLUSTER, Steps=[{
            "Name": mine, "ActionOnFailure": "CONTINUE", "HadoopJarStep": command(job, wanted)}])
        job.memory["id"] = answer["StepIds"][0]
        return Later(f"Step {name} was submitted as {job.memory['id']}.")
    return look(job, wanted)


def listed(**which):
    pages = emr.get_paginator("list_steps").paginate(
        ClusterId=CLUSTER, PaginationConfig={"MaxItems": MOST_LISTED}, **which)
    return [found for page in pages for found in page["Steps"]]


def make_room(wanted, others):
    ids = ", ".join(found["Id"] for found in others)
    if not wanted["streaming"]:
        return Later(f"An earlier run of step {wanted['name']} has not ended: {ids}.")
    running = [found["Id"] for found in others if found["Status"]["State"] != "CANCEL_PENDING"]
    if running:
        answer = emr.cancel_steps(ClusterId=CLUSTER, StepIds=running, StepCancellationOption="SEND_INTERRUPT")
        for info in answer.get("CancelStepsInfoList", []):
            if info["Status"] == "FAILED":
                raise Failed(f"The running step {wanted['name']}, {info['StepId']}, cannot be stopped: "
                             f"{info.get('Reason', 'EMR gave no reason')} Stop it by hand, then retry this stage.")
    return Later(f"The running step {wanted['name']} is being stopped: {ids}.")


def refused_with_reason(operation, **request):
    try:
        return operation(**request)
    except emr.exceptions.InvalidRequestException as error:
        said = error.response["Error"].get("Message") or error.response["Error"]["Code"]
        raise Failed(f"Cluster {CLUSTER} takes no steps: {said} If it was terminated, deploy the stack with a change "
                     "that makes a new one, then retry this stage.") from None


def look(job, wanted):
    name, step_id = wanted["name"], job.memory["id"]
    status = emr.describe_step(ClusterId=CLUSTER, StepId=step_id)["Step"]["Status"]
    state = status["State"]
    if state == "RUNNING" and wanted["streaming"]:
        since = job.memory.setdefault("since", int(time.time()))
        if time.time() - since >= STEADY_SECONDS:
            return None
    if state in WAITING:
        return Later(f"Step {name} is {state}.")
    if state == "COMPLETED" and not wanted["streaming"]:
        return None
    details = status.get("FailureDetails", {})
    reasons = [details.get("Reason"), details.get("Message"), status.get("StateChangeReason", {}).get("Message")]
    reason = " ".join(dict.fromkeys(filter(None, reasons))) or "EMR gave no reason."
    log = details.get("LogFile") or "the cluster's log folder, if it has one, under steps/" + step_id
    if state == "COMPLETED":
        reason = "it is a streaming step and ended by itself."
    raise Failed(f"Step {name}, {step_id} of cluster {CLUSTER}, is {state}: {reason} Its log: {log}. Correct the "
                 "cause, then retry this stage.")


# ---- What EMR is told to run ----------------------------------------------------------------

def value(job, given):
    """A text as written, a value that only CloudFormation knew, or the build of this pipeline."""
    if isinstance(given, str):
        return given
    if "variable" in given:
        return os.environ[given["variable"]]
    key = job.asked.get("keys", {}).get(given["build"])
    if not key:
        raise Failed(f"The pipeline passes no {given['build']} on. Build it in an earlier stage, render the pipeline "
                     "again and deploy it.", "ConfigurationError")
    return f"s3://{PUBLISHED}/{key}"


def command(job, wanted):
    code, main = value(job, wanted["code"]), wanted["main"]
    options = [value(job, given) for given in wanted["parameters"]]
    arguments = [value(job, given) for given in wanted["arguments"]]
    if wanted["run"] == "jar":
        return {"Jar": code, "Args": arguments, **({"MainClass": main} if main else {})}
    if wanted["run"] == "spark":
        # A driver on the primary node ends with its step; one on YARN would outlive it.
        mode = "client" if wanted["streaming"] else "cluster"
        named = ["--class", main] if main else []
        words = ["spark-submit", "--deploy-mode", mode, *named, *options, code, *arguments]
    else:
        # `flink run` takes local files only. -sae: the job ends with its step.
        local = f"/tmp/{job.marker}-{code.rpartition('/')[2]}"
        named = ["-c", main] if main else []
        copy = ["aws", "s3", "cp", "--only-show-errors", code, local]
        submit = ["flink", "run", "-m", "yarn-cluster", "-sae", *named, *options, local, *arguments]
        words = ["bash", "-c", f"{shlex.join(copy)} && exec {shlex.join(submit)}"]
    return {"Jar": "command-runner.jar", "Args": words}
