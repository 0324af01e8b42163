# Runs a Glue job: once until its end (`start`), or, a streaming job, from now on with its current script (`release`).
glue = boto3.client("glue", config=CONFIG)

ACTIVE = {"STARTING", "RUNNING", "STOPPING", "WAITING"}
MOST_RUNS = 200  # of the newest that are looked at; jobs keep theirs for months


def step(job):
    if job.asked["verb"] == "release":
        return release_step(job)
    return STATES_OF_ONE_RUN[job.memory.setdefault("state", "look")](job)


def newest_runs(name):
    pages = glue.get_paginator("get_job_runs").paginate(JobName=name, PaginationConfig={"MaxItems": MOST_RUNS})
    return [run for page in pages for run in page["JobRuns"]]


def active_runs(name):
    """Those that are not over, newest first."""
    return [run for run in newest_runs(name) if run["JobRunState"] in ACTIVE]


def log_of(run):
    return run.get("LogGroupName", "/aws-glue/jobs")


def why_over(run):
    return (run.get("ErrorMessage") or "Glue gave no reason").rstrip(".") + "."
