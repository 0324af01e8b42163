# Runs a Glue job.
#
#     start:    look -> start -> wait for its end
#     release:  look -> stop -> start -> wait until it runs, and for a minute longer     (a streaming job)
#
# A run that began after the step did is the step's own: so a step that is called again with an older token does not start
# a second one.
glue = boto3.client("glue", config=CONFIG)

ACTIVE = {"STARTING", "RUNNING", "STOPPING", "WAITING"}
STEADY_SECONDS = 60
RETRY_SECONDS = 120  # after which a retry that has not begun will not come
MOST_RUNS = 200  # of the newest that are looked at; jobs keep theirs for months


def step(job):
    state = job.memory.setdefault("state", "look")
    return STATES[state](job)


def active_runs(job):
    """Those that are not over, newest first."""
    pages = glue.get_paginator("get_job_runs").paginate(
        JobName=job.asked["job"], PaginationConfig={"MaxItems": MOST_RUNS})
    return [run for page in pages for run in page["JobRuns"] if run["JobRunState"] in ACTIVE]


def own_run(job):
    pages = glue.get_paginator("get_job_runs").paginate(
        JobName=job.asked["job"], PaginationConfig={"MaxItems": MOST_RUNS})
    own = [run["Id"] for page in pages for run in page["JobRuns"]
           if run["StartedOn"].timestamp() >= job.memory["since"] and run["Id"] not in job.memory["before"]]
    return own[-1] if own else None


def enter(job, state, reason):
    job.memory["state"] = state
    return Later(reason)


def show(job, run):
    return f"Run {run['Id']} of job {job.asked['job']}"


# ---- The states: each returns what it waits for ------------------------------------------

def look(job):
    """What is there must be in the token before anything is started."""
    try:
        active = active_runs(job)
    except glue.exceptions.EntityNotFoundException:
        raise Failed(f"There is no job {job.asked['job']}. Run the infrastructure pipeline, which makes it, then retry this "
                     "stage.") from None
    # A second of slack: what Glue says of its clock has whole seconds in places.
    job.memory.update(before=[run["Id"] for run in active][:10], since=int(time.time()) - 1)
    if job.asked["verb"] == "release" and active:
        return enter(job, "stop", "The run that there is has to end first.")
    return enter(job, "start", "Next a run is started.")


def stop(job):
    active = active_runs(job)
    if not active:
        job.memory.update(since=int(time.time()) - 1)
        return enter(job, "start", "The run before has ended; next one with the current script is started.")
    running = [run["Id"] for run in active if run["JobRunState"] != "STOPPING"]
    if running:
        answer = glue.batch_stop_job_run(JobName=job.asked["job"], JobRunIds=running[:25])
        refused = [error["ErrorDetail"] for error in answer.get("Errors", [])
                   if error["ErrorDetail"].get("ErrorCode") != "InvalidInputException"]  # it has ended meanwhile
        if refused:
            raise Failed(f"Glue did not stop the run of job {job.asked['job']}: {refused[0].get('ErrorMessage')}. Stop it "
                         "by hand, then retry this stage.")
    return Later(f"{show(job, active[0])} has to end first: it is {active[0]['JobRunState']}.")


def start(job):
    run = own_run(job)
    if not run:
        try:
            run = glue.start_job_run(JobName=job.asked["job"])["JobRunId"]
        except glue.exceptions.ConcurrentRunsExceededException:
            return Later(f"Job {job.asked['job']} runs as often as it may at a time: waiting for a run to end.")
        except glue.exceptions.ResourceNumberLimitExceededException as error:
            return Later(f"The account runs as much as it may at a time: {error.response['Error']['Message']}")
    job.memory.update(run=run)
    return enter(job, "wait", f"Run {run} of job {job.asked['job']} was started.")


def wait(job):
    run = glue.get_job_run(JobName=job.asked["job"], RunId=job.memory["run"])["JobRun"]
    state = run["JobRunState"]
    if job.asked["verb"] == "release":
        return wait_steady(job, run)
    if state in ACTIVE:
        return Later(f"{show(job, run)} is {state}.")
    if state != "SUCCEEDED":
        return wait_retry(job, run)
    job.outputs = {"run": run["Id"], "seconds": str(run.get("ExecutionTime", 0))}
    return None


def wait_retry(job, run):
    """Glue tries a failed run again as often as the job says, under another id."""
    if job.asked["retries"] <= run.get("Attempt", 0) or run["JobRunState"] == "STOPPED":
        raise failed(job, run)
    pages = glue.get_paginator("get_job_runs").paginate(
        JobName=job.asked["job"], PaginationConfig={"MaxItems": MOST_RUNS})
    again = [other["Id"] for page in pages for other in page["JobRuns"] if other.get("PreviousRunId") == run["Id"]]
    if again:
        job.memory.update(run=again[0])
        return Later(f"{show(job, run)} is {run['JobRunState']}, and Glue tries it again: {run.get('ErrorMessage')}")
    if "CompletedOn" in run and time.time() > run["CompletedOn"].timestamp() + RETRY_SECONDS:
        raise failed(job, run)
    return Later(f"{show(job, run)} is {run['JobRunState']}; waiting whether Glue tries it again.")


def wait_steady(job, run):
    """A script that cannot work fails within seconds of its start."""
    state = run["JobRunState"]
    if state not in ACTIVE or state == "STOPPING":
        raise failed(job, run)
    if state != "RUNNING":
        job.memory.pop("running-since", None)
        return Later(f"{show(job, run)} is {state}.")
    since = job.memory.setdefault("running-since", int(time.time()))
    if time.time() < since + STEADY_SECONDS:
        return Later(f"{show(job, run)} runs; looking whether it goes on.")
    job.outputs = {"run": run["Id"]}
    return None


def failed(job, run):
    reason = run.get("ErrorMessage") or "Glue gave no reason"
    group = run.get("LogGroupName", "/aws-glue/jobs")
    return Failed(f"{show(job, run)} is {run['JobRunState']}: {reason.rstrip('.')}. Its log is in the groups that begin with "
                  f"{group}, under the run's id. Correct the cause and start a new execution, or retry this stage.")


STATES = {"look": look, "stop": stop, "start": start, "wait": wait}
