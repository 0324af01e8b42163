"""Start the jobs of a serverless application one after the other, and wait for each."""
import shlex

emr = boto3.client("emr-serverless", config=CONFIG)
APPLICATION, ROLE, LOGS = os.environ["APPLICATION"], os.environ["ROLE"], os.environ["LOGS"]
WAITING = ["SUBMITTED", "PENDING", "SCHEDULED", "RUNNING", "CANCELLING", "QUEUED"]
STEADY_SECONDS = 60  # a streaming job that has run so long is taken for well
MOST_LISTED = 500


def step(job):
    while (at := job.memory.get("at", 0)) < len(STEPS):
        if waiting := run(job, STEPS[at], at):
            return waiting
        job.log(done=STEPS[at]["name"])
        job.memory = {key: value for key, value in job.memory.items() if key not in ("id", "since")}
        job.memory["at"] = at + 1


def run(job, wanted, at):
    """Start one job if this step has not, and say what it waits for; nothing when the job is done."""
    name = wanted["name"]
    if "id" in job.memory:
        return look(job, wanted)
    mine = f"{name} ({job.marker})"
    if others := [found for found in listed() if found["name"].startswith(f"{name} (") and found["name"] != mine]:
        return make_room(wanted, others)
    # The same token gives the same run: a second call starts nothing.
    answer = emr.start_job_run(
        applicationId=APPLICATION, clientToken=f"{at}-{job.marker}", executionRoleArn=ROLE, name=mine,
        jobDriver=driver(job, wanted), **how(wanted))
    job.memory["id"] = answer["jobRunId"]
    return Later(f"Job {name} was started as {job.memory['id']}.")


def listed():
    pages = emr.get_paginator("list_job_runs").paginate(
        applicationId=APPLICATION, states=WAITING, PaginationConfig={"MaxItems": MOST_LISTED})
    return [{**found, "name": found.get("name", "")} for page in pages for found in page["jobRuns"]]


def make_room(wanted, others):
    ids = ", ".join(found["id"] for found in others)
    if not wanted["streaming"]:
        return Later(f"An earlier run of job {wanted['name']} has not ended: {ids}.")
    for found in others:
        if found["state"] != "CANCELLING":
            emr.cancel_job_run(applicationId=APPLICATION, jobRunId=found["id"])
    return Later(f"The running job {wanted['name']} is being stopped: {ids}.")


def look(job, wanted):
    name, run_id = wanted["name"], job.memory["id"]
    found = emr.get_job_run(applicationId=APPLICATION, jobRunId=run_id)["jobRun"]
    state = found["state"]
    if state == "RUNNING" and wanted["streaming"]:
        since = job.memory.setdefault("since", int(time.time()))
        if time.time() - since >= STEADY_SECONDS:
            return None
    if state in WAITING:
        return Later(f"Job {name} is {state}.")
    if state == "SUCCESS" and not wanted["streaming"]:
        return None
    reason = found.get("stateDetails") or "EMR Serverless gave no reason."
    if state == "SUCCESS":
        reason = "it is a streaming job and ended by itself."
    raise Failed(f"Job {name}, {run_id} of application {APPLICATION}, is {state}: {reason} Its log: group {LOGS}, "
                 f"streams that hold {run_id}. Correct the cause, then retry this stage.")


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


def how(wanted):
    # A job without the 12 hours after which EMR Serverless ends it: it has none to wait for.
    return {"mode": "STREAMING", "executionTimeoutMinutes": 0} if wanted["streaming"] else {}


def driver(job, wanted):
    code = value(job, wanted["code"])
    options = [value(job, given) for given in wanted["parameters"]]
    if wanted["run"] == "hive":
        return {"hive": {"query": code, **({"parameters": shlex.join(options)} if options else {})}}
    if wanted["main"]:
        options = ["--class", wanted["main"], *options]
    arguments = [value(job, given) for given in wanted["arguments"]]
    return {"sparkSubmit": {"entryPoint": code, **({"entryPointArguments": arguments} if arguments else {}),
                            **({"sparkSubmitParameters": shlex.join(options)} if options else {})}}
