"""The jobs of Lambda invoke actions: CodePipeline's side of the protocol with the function."""

import uuid
from dataclasses import dataclass

import engine
from host import ServiceError

LARGEST_OUTPUT_VARIABLES = 122_880


@dataclass
class Job:
    id: str
    event: dict
    open: bool = True
    result: dict | None = None
    failure: dict | None = None

    @property
    def answered(self):
        return self.result is not None or self.failure is not None


JOBS: dict[str, Job] = {}


def open_job(context, output_locations, continuation_token) -> Job:
    job_id = str(uuid.uuid4())
    data = {
        "actionConfiguration": {"configuration": context.configuration},
        "inputArtifacts": [_artifact(name, context.execution.artifacts[name]) for name in context.input_names],
        "outputArtifacts": [_artifact(name, output_locations[name]) for name in context.output_names],
        "artifactCredentials": {
            "accessKeyId": context.execution.scope.account,
            "secretAccessKey": "local",
            "sessionToken": "local",
        },
    }
    if continuation_token is not None:
        data["continuationToken"] = continuation_token
    job = Job(job_id, {"id": job_id, "accountId": context.execution.scope.account, "data": data})
    with engine.CHANGED:
        JOBS[job_id] = job
    return job


def _artifact(name, location):
    return {"name": name, "revision": None, "location": {"type": "S3", "s3Location": location}}


def close(job):
    with engine.CHANGED:
        job.open = False


def put_success(request):
    size = sum(len(key) + len(value) for key, value in request.get("outputVariables", {}).items())
    if size > LARGEST_OUTPUT_VARIABLES:
        raise ServiceError("OutputVariablesSizeExceededException", f"Output variables take {size} bytes")
    _answer(request["jobId"], "result", request)


def put_failure(request):
    _answer(request["jobId"], "failure", request["failureDetails"])


def _answer(job_id, slot, value):
    with engine.CHANGED:
        job = JOBS.get(job_id)
        if job is None:
            raise ServiceError("JobNotFoundException", f"The job {job_id} was not found")
        if job.answered or not job.open:
            raise ServiceError("InvalidJobStateException", f"The job {job_id} is not in progress")
        setattr(job, slot, value)
        engine.CHANGED.notify_all()
