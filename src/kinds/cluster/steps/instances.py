# ---- How EMR is asked on instances ------------------------------------------------------------
import shlex

emr = boto3.client("emr", config=CONFIG)
CLUSTER = os.environ["CLUSTER"]
WHAT, DONE = "Step", "COMPLETED"
WAITING = ["PENDING", "RUNNING", "CANCEL_PENDING"]
MOST_LISTED = 500


def listed(**which):
    pages = emr.get_paginator("list_steps").paginate(
        ClusterId=CLUSTER, PaginationConfig={"MaxItems": MOST_LISTED}, **which)
    return [{"id": found["Id"], "name": found["Name"], "state": found["Status"]["State"]}
            for page in pages for found in page["Steps"]]


def waiting():
    return listed(StepStates=WAITING)


def find(name):
    """A step knows no token: it is found by its name."""
    return next((found["id"] for found in listed() if found["name"] == name), None)


def cancel(release, running):
    running = [found["id"] for found in running if found["state"] != "CANCEL_PENDING"]
    if not running:
        return
    answer = emr.cancel_steps(ClusterId=CLUSTER, StepIds=running, StepCancellationOption="SEND_INTERRUPT")
    for info in answer.get("CancelStepsInfoList", []):
        if info["Status"] == "FAILED":
            raise Failed(f"The running step {release.wanted['name']}, {info['StepId']}, cannot be stopped: "
                         f"{info.get('Reason', 'EMR gave no reason.')} Stop it by hand, then retry this stage.")


def submit(release, wanted, name, token, code):
    try:
        answer = emr.add_job_flow_steps(JobFlowId=CLUSTER, Steps=[{
            "Name": name, "ActionOnFailure": "CONTINUE",
            "HadoopJarStep": command(release.job, release.memory["marker"], wanted, code)}])
    except emr.exceptions.InvalidRequestException as error:
        said = error.response["Error"].get("Message") or error.response["Error"]["Code"]
        raise Failed(f"Cluster {CLUSTER} takes no steps: {said} If it was terminated, deploy the stack with a change "
                     "that makes a new one, then retry this stage.") from None
    return answer["StepIds"][0]


def look_at(step_id):
    """Its state, EMR's reason for it, and where its log is."""
    status = emr.describe_step(ClusterId=CLUSTER, StepId=step_id)["Step"]["Status"]
    details = status.get("FailureDetails", {})
    reasons = [details.get("Reason"), details.get("Message"), status.get("StateChangeReason", {}).get("Message")]
    reason = " ".join(dict.fromkeys(filter(None, reasons))) or "EMR gave no reason."
    return status["State"], reason, (
        details.get("LogFile") or "the cluster's log folder, if it has one, under steps/" + step_id)


def command(job, marker, wanted, code):
    main = wanted["main"]
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
        local = f"/tmp/{marker}-{code.rpartition('/')[2]}"
        named = ["-c", main] if main else []
        copy = ["aws", "s3", "cp", "--only-show-errors", code, local]
        submit = ["flink", "run", "-m", "yarn-cluster", "-sae", *named, *options, local, *arguments]
        words = ["bash", "-c", f"{shlex.join(copy)} && exec {shlex.join(submit)}"]
    return {"Jar": "command-runner.jar", "Args": words}
