# ---- One run until its end: look -> start -> wait ----------------------------------------
#
# A run that began after the step did is the step's own: so a step that is called again with an older token does not start
# a second one.
RETRY_SECONDS = 120  # after which a retry that has not begun will not come


def own_run(job):
    own = [run["Id"] for run in newest_runs(job.asked["job"])
           if run["StartedOn"].timestamp() >= job.memory["since"] and run["Id"] not in job.memory["before"]]
    return own[-1] if own else None


def show(job, run):
    return f"Run {run['Id']} of job {job.asked['job']}"


def look_once(job):
    """What is there must be in the token before anything is started."""
    try:
        active = active_runs(job.asked["job"])
    except glue.exceptions.EntityNotFoundException:
        raise Failed(f"There is no job {job.asked['job']}. Run the infrastructure pipeline, which makes it, then retry this "
                     "stage.") from None
    # A second of slack: what Glue says of its clock has whole seconds in places.
    job.memory.update(before=[run["Id"] for run in active][:10], since=int(time.time()) - 1, state="start")
    return Later("Next a run is started.")


def start_once(job):
    run = own_run(job)
    if not run:
        try:
            run = glue.start_job_run(JobName=job.asked["job"])["JobRunId"]
        except glue.exceptions.ConcurrentRunsExceededException:
            return Later(f"Job {job.asked['job']} runs as often as it may at a time: waiting for a run to end.")
        except glue.exceptions.ResourceNumberLimitExceededException as error:
            return Later(f"The account runs as much as it may at a time: {error.response['Error']['Message']}")
    job.memory.update(run=run, state="wait")
    return Later(f"Run {run} of job {job.asked['job']} was started.")


def wait_once(job):
    run = glue.get_job_run(JobName=job.asked["job"], RunId=job.memory["run"])["JobRun"]
    state = run["JobRunState"]
    if state in ACTIVE:
        return Later(f"{show(job, run)} is {state}.")
    if state != "SUCCEEDED":
        return wait_retry(job, run)
    job.outputs = {"run": run["Id"], "seconds": str(run.get("ExecutionTime", 0))}
    return None


def wait_retry(job, run):
    """Glue tries a failed run again as often as the job says, under another id."""
    if job.asked["retries"] <= run.get("Attempt", 0) or run["JobRunState"] == "STOPPED":
        raise failed_run(job, run)
    again = [other["Id"] for other in newest_runs(job.asked["job"]) if other.get("PreviousRunId") == run["Id"]]
    if again:
        job.memory.update(run=again[0])
        return Later(f"{show(job, run)} is {run['JobRunState']}, and Glue tries it again: {run.get('ErrorMessage')}")
    if "CompletedOn" in run and time.time() > run["CompletedOn"].timestamp() + RETRY_SECONDS:
        raise failed_run(job, run)
    return Later(f"{show(job, run)} is {run['JobRunState']}; waiting whether Glue tries it again.")


def failed_run(job, run):
    return Failed(f"{show(job, run)} is {run['JobRunState']}: {why_over(run)} Its log is in the groups that begin with "
                  f"{log_of(run)}, under the run's id. Correct the cause and start a new execution, or retry this stage.")


STATES_OF_ONE_RUN = {"look": look_once, "start": start_once, "wait": wait_once}
