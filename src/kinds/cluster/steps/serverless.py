# ---- How EMR Serverless is asked --------------------------------------------------------------
import shlex

emr = boto3.client("emr-serverless", config=CONFIG)
APPLICATION, ROLE, LOGS = os.environ["APPLICATION"], os.environ["ROLE"], os.environ["LOGS"]
WHAT, DONE = "Job", "SUCCESS"
WAITING = ["SUBMITTED", "PENDING", "SCHEDULED", "RUNNING", "CANCELLING", "QUEUED"]
MOST_LISTED = 500


def waiting():
    pages = emr.get_paginator("list_job_runs").paginate(
        applicationId=APPLICATION, states=WAITING, PaginationConfig={"MaxItems": MOST_LISTED})
    return [{"id": found["id"], "name": found.get("name", ""), "state": found["state"]}
            for page in pages for found in page["jobRuns"]]


def find(name):
    """The same token gives the same run: submitting it again starts nothing."""
    return None


def cancel(release, running):
    for found in running:
        if found["state"] != "CANCELLING":
            emr.cancel_job_run(applicationId=APPLICATION, jobRunId=found["id"])


def submit(release, wanted, name, token, code):
    answer = emr.start_job_run(
        applicationId=APPLICATION, clientToken=token, executionRoleArn=ROLE, name=name,
        jobDriver=driver(release.job, wanted, code), **how(wanted))
    return answer["jobRunId"]


def look_at(run_id):
    """Its state, EMR's reason for it, and where its log is."""
    found = emr.get_job_run(applicationId=APPLICATION, jobRunId=run_id)["jobRun"]
    reason = found.get("stateDetails") or "EMR Serverless gave no reason."
    return found["state"], reason, f"group {LOGS}, streams that hold {run_id}"


def how(wanted):
    # A job without the 12 hours after which EMR Serverless ends it: it has none to wait for.
    return {"mode": "STREAMING", "executionTimeoutMinutes": 0} if wanted["streaming"] else {}


def driver(job, wanted, code):
    options = [value(job, given) for given in wanted["parameters"]]
    if wanted["run"] == "hive":
        return {"hive": {"query": code, **({"parameters": shlex.join(options)} if options else {})}}
    if wanted["main"]:
        options = ["--class", wanted["main"], *options]
    arguments = [value(job, given) for given in wanted["arguments"]]
    return {"sparkSubmit": {"entryPoint": code, **({"entryPointArguments": arguments} if arguments else {}),
                            **({"sparkSubmitParameters": shlex.join(options)} if options else {})}}
