# ---- A streaming job goes on with its current script -------------------------------------
#
#     verify -> look -> stop -> start -> wait-running -> watch -> end
#     after a failure:  undo -> roll-back -> wait-back -> watch-back -> failed
#
# The checkpoint is the script's own, in a folder that nothing here touches. A run that is started with another script than
# the job's definition names has it in its arguments, so the stack's job is never changed from here.
SCRIPT = "--scriptLocation"  # of a run, in place of the script in the job's definition
PUBLISHED_AS = re.compile(r"-([0-9a-f]{16})\.[a-z]+$")


class JobRelease(Release):
    OTHERWISE = {"stop": "undo", "start": "undo", "wait-running": "undo", "watch": "undo"}
    BACK = ("undo", "roll-back", "wait-back", "watch-back")

    def target(self):
        key = definition(self.application)["Command"]["ScriptLocation"]
        sha256, named = find_program(key), PUBLISHED_AS.search(key)
        if not sha256:
            raise Failed(f"The script of {self.application} is not at {key}: it was deleted, or never uploaded. Run the "
                         "infrastructure pipeline, which brings it, then retry.", "RevisionUnavailable")
        if self.job.asked.get("published") and named and not sha256.startswith(named[1]):
            raise Failed(f"{key} has sha256 {sha256}, and was published as {named[1]}: the object is not the script that was "
                         "approved. Find out who wrote it, and start a new execution.", "RevisionOutOfSync")
        return {"key": key, "sha256": sha256}

    @property
    def is_published(self):
        return bool(self.job.asked.get("published"))

    @property
    def window_minutes(self):
        return self.job.asked["health"]["for-minutes"]

    def fields(self):
        return {"status": lambda: status_of(self.application)}


def release_step(job):
    release = JobRelease(job, job.asked["job"], job.asked["record"])
    waits = release.go(STATES)
    if not waits:
        memory = release.memory
        job.outputs = {"run": memory["run"], "script": memory["key"], "sha256": memory["sha256"]}
    return waits


# ---- What is there ----

def definition(name):
    try:
        return glue.get_job(JobName=name)["Job"]
    except glue.exceptions.EntityNotFoundException:
        raise Failed(f"There is no job {name}. Run the infrastructure pipeline, which makes it, then retry this "
                     "stage.") from None


def status_of(name):
    active = active_runs(name)
    return active[0]["JobRunState"] if active else "stopped"


def run_of(release, run_id):
    return glue.get_job_run(JobName=release.application, RunId=run_id)["JobRun"]


def begun_since(release, since, script=None):
    """The run that this release has started, if it was interrupted before it could write it down."""
    own = [run["Id"] for run in newest_runs(release.application)
           if run["StartedOn"].timestamp() >= since and run["Id"] not in release.memory["before"]
           and run.get("Arguments", {}).get(SCRIPT) == script]
    return own[0] if own else None


def is_older(job, run):
    """Whether the run was started with the job as it is defined now."""
    return "LastModifiedOn" in job and job["LastModifiedOn"] < run["StartedOn"]


def script_of(run, job, release):
    """What a run runs, as far as that is known: it is not in what Glue says of it."""
    good, given = release.memory.get("good", {}), run.get("Arguments", {}).get(SCRIPT)
    if given:
        return {"key": given, "sha256": good["sha256"] if good.get("key") == given else find_program(given) or ""}
    if good.get("run") != run["Id"] and release.is_published and is_older(job, run):
        return {name: release.memory[name] for name in ("key", "sha256")}
    return {name: good[name] for name in ("key", "sha256") if name in good}


def refused(release, error):
    said = error.response["Error"]
    release.said = f"{said.get('Code')}: {said.get('Message', '').rstrip('.')}."
    kind = "PermissionError" if said.get("Code") in FORBIDDEN else "JobFailed"
    return Failed(release.say("start-refused"), kind)


# ---- The states: each returns what it waits for, or enters the next one ----

def verify(release):
    held = release.held()
    if not held:
        release.enter("look")
    return held


def look(release):
    """What runs, and whether it runs this script already."""
    memory, job = release.memory, definition(release.application)
    active = active_runs(release.application)
    # A second of slack: what Glue says of its clock has whole seconds in places.
    memory.update(before=[run["Id"] for run in active][:5], since=int(time.time()) - 1)
    if not active:
        return release.enter("start")
    run = active[0]
    memory["previous"] = {"run": run["Id"], "status": run["JobRunState"], **script_of(run, job, release)}
    same = all(memory["previous"].get(name) == memory[name] for name in ("key", "sha256"))
    unchanged = is_older(job, run) and SCRIPT not in run.get("Arguments", {})
    if len(active) == 1 and run["JobRunState"] == "RUNNING" and same and unchanged:
        memory["run"] = run["Id"]
        return release.enter("wait-running")
    return release.enter("stop")


def stop(release):
    active = active_runs(release.application)
    if not active:
        release.memory["since"] = int(time.time()) - 1
        return release.enter("start")
    ask_to_stop(release, active)
    release.memory["stopping"] = active[0]["Id"]
    return f"Run {active[0]['Id']} of {release.application} has to end first: it is {active[0]['JobRunState']}."


def ask_to_stop(release, active):
    running = [run["Id"] for run in active if run["JobRunState"] != "STOPPING"]
    if not running:
        return
    answer = glue.batch_stop_job_run(JobName=release.application, JobRunIds=running[:25])
    for error in answer.get("Errors", []):
        detail = error.get("ErrorDetail", {})
        if detail.get("ErrorCode") != "InvalidInputException":  # that one has ended meanwhile
            raise Failed(f"Glue did not stop run {error.get('JobRunId')} of {release.application}: "
                         f"{(detail.get('ErrorMessage') or 'it gave no reason').rstrip('.')}. Stop it by hand, then retry.")


def start(release):
    memory = release.memory
    run = begun_since(release, memory["since"])
    if not run:
        now = release.target()
        if now["key"] != memory["key"] or now["sha256"] != memory["sha256"]:
            memory.update(now)  # a deployment came meanwhile: what is released is what there is
            release.write()
        try:
            run = glue.start_job_run(JobName=release.application)["JobRunId"]
        except ClientError as error:
            return cannot_start(release, error)
    memory["run"] = run
    return release.enter("wait-running")


def cannot_start(release, error):
    code, said = error.response["Error"].get("Code"), error.response["Error"].get("Message", "")
    if code == "ConcurrentRunsExceededException":
        return f"{release.application} runs as often as it may at a time: waiting for a run to end."
    if code == "ResourceNumberLimitExceededException":
        return f"The account runs as much as it may at a time: {said}"
    if passes_by_itself(error):
        raise error
    raise refused(release, error)


def wait_running(release):
    run = run_of(release, release.memory["run"])
    if run["JobRunState"] == "RUNNING":
        release.memory["window"] = int(time.time())
        return release.enter("watch")
    return starting(release, run)


def starting(release, run):
    if run["JobRunState"] in ("STARTING", "WAITING"):
        return f"Run {run['Id']} of {release.application} is {run['JobRunState']}."
    release.said = why_over(run)
    raise Failed(f"{release.application} did not stay up on {release.memory['key']}: run {run['Id']} is "
                 f"{run['JobRunState']}. {release.said} Its log is in the groups that begin with {log_of(run)}, under the "
                 "run's id.")


def watch(release):
    """A script that cannot work fails within minutes of its start."""
    memory, run = release.memory, run_of(release, release.memory["run"])
    if run["JobRunState"] != "RUNNING":
        memory.pop("window", None)
        return starting(release, run) or release.enter("wait-running")
    memory["evidence"] = evidence(release, run)
    return release.say("watched") if release.seconds_left > 0 else release.enter("end")


def evidence(release, run):
    return f"Run {run['Id']} RUNNING for {show_time(time.time() - release.memory['window'])}, without an error."


def end(release):
    release.memory["good"] = {name: release.memory[name] for name in ("key", "sha256", "run")}
    release.close("succeeded")


# ---- The way back ----

def undo(release):
    memory, previous = release.memory, release.previous
    begun = memory.get("run") or begun_since(release, memory["since"])
    if not begun and any(run["Id"] == previous.get("run") and run["JobRunState"] == "RUNNING"
                         for run in active_runs(release.application)):
        memory["note"] = f"{release.application} still runs {previous.get('key', 'what it ran before')}."
        return release.enter("failed")
    if not previous:
        release.note("nothing-before")
        return release.enter("failed")
    reason = why_no_way_back(release)
    if reason:
        memory["note"] = f"There is nothing to go back to: {reason} {release.application} is {status_of(release.application)}."
        return release.enter("failed")
    memory["undone"] = int(time.time())
    return release.enter("roll-back")


def why_no_way_back(release):
    memory, previous = release.memory, release.previous
    key = previous.get("key")
    if not key:
        return "no release has written down which script ran before."
    if key == memory["key"] and previous.get("sha256") == memory["sha256"]:
        return "the same script ran before. Correct what else was changed in the job, and deploy it."
    there = find_program(key)
    if key == memory["key"] or (there and there != previous.get("sha256")):
        return (f"the script of before was replaced in place, at {key}. A script that stands beside the document is kept "
                "under its digest.")
    return "" if there else f"the script of before is no longer at {key}."


def roll_back(release):
    """Nothing else may run, not even what Glue tries again; then a run with the script of before."""
    memory, key = release.memory, release.previous["key"]
    if "since_back" not in memory:
        active = active_runs(release.application)
        if active:
            ask_to_stop(release, active)
            return going_back(release, f"Rolling back: run {active[0]['Id']} of {release.application} is "
                                       f"{active[0]['JobRunState']}.")
        memory["since_back"] = int(time.time()) - 1
        release.write()
    run = begun_since(release, memory["since_back"], key)
    if not run:
        try:
            # Arguments of a run replace those of the job: all of them, says the API, and each by its name, the guide.
            given = definition(release.application).get("DefaultArguments", {})
            run = glue.start_job_run(JobName=release.application, Arguments={**given, SCRIPT: key})["JobRunId"]
        except ClientError as error:
            waits = cannot_start(release, error)
            memory.pop("since_back")  # perhaps Glue tries the failed run again at this moment: that one is stopped first
            return going_back(release, waits)
    memory["back"] = run
    return release.enter("wait-back")


def wait_back(release):
    run = run_of(release, release.memory["back"])
    if run["JobRunState"] == "RUNNING":
        release.memory["window"] = int(time.time())
        return release.enter("watch-back")
    return going_back(release, starting_back(release, run))


def starting_back(release, run):
    if run["JobRunState"] in ("STARTING", "WAITING"):
        return f"Rolling back: run {run['Id']} of {release.application} is {run['JobRunState']}."
    raise Failed(f"Run {run['Id']} with {release.previous['key']} is {run['JobRunState']}: {why_over(run)}")


def watch_back(release):
    memory, run = release.memory, run_of(release, release.memory["back"])
    if run["JobRunState"] != "RUNNING":
        starting_back(release, run)
        return release.enter("wait-back")
    memory["evidence"] = evidence(release, run)
    if release.seconds_left > 0:
        return release.say("watched-back")
    release.note("rolled-back")
    if memory.get("good", {}).get("key") == release.previous["key"]:
        memory["good"]["run"] = run["Id"]
    return release.enter("failed")


STATES = {"verify": verify, "look": look, "stop": stop, "start": start, "wait-running": wait_running, "watch": watch,
          "end": end, "undo": undo, "roll-back": roll_back, "wait-back": wait_back, "watch-back": watch_back,
          "failed": failed}
