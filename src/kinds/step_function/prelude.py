"""A step of a pipeline. CodePipeline calls this function; each call takes at most a minute or
so, then it answers with a continuation token and is called again, about every half minute,
until `step(job)` at the end of this file returns nothing.

Nothing is stored but the token. `step` looks first at what is really there, so calling it
again with an older token does no harm. The event holds temporary credentials: it is never
printed.
"""
import collections
import json
import os
import time
import traceback

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionError, HTTPClientError

CONFIG = Config(retries={"mode": "standard", "max_attempts": 5}, connect_timeout=5, read_timeout=30)
# An answer that does not get through leaves the action hanging.
PATIENT = CONFIG.merge(Config(retries={"mode": "standard", "max_attempts": 10}))
codepipeline = boto3.client("codepipeline", config=PATIENT)

LONGEST_MESSAGE = 4000  # CodePipeline takes 5,000 characters; its console shows fewer
LONGEST_SUMMARY = 2048
LONGEST_TOKEN = 2048
LONGEST_MINUTES = 1440  # the day that CodePipeline allows
# What is refused now and may be answered later.
PASSING = {"ActiveSessionsExceededException", "ActiveStatementsExceededException", "InternalError", "InternalFailure",
           "InternalServerError", "InternalServerException", "InternalServiceException", "LimitExceededException",
           "OperationTimeoutException", "ProvisionedThroughputExceededException", "RequestLimitExceeded",
           "ServiceUnavailable", "ServiceUnavailableException", "SlowDown", "ThrottledException", "Throttling",
           "ThrottlingException", "TooManyRequestsException", "TooManyUpdates"}
FORBIDDEN = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "403"}

# What `step` returns when it has to wait: answer CodePipeline now, look again at the next call.
Later = collections.namedtuple("Later", "reason")


class Failed(Exception):
    """The step cannot go on. The message says what happened and what to do next."""

    def __init__(self, message, kind="JobFailed"):
        super().__init__(message)
        self.kind = kind  # a failure type of PutJobFailureResult


class Job:
    """What CodePipeline asks for, and what earlier calls left in the token."""

    def __init__(self, job_id, data):
        self.id = job_id
        try:
            self.asked = json.loads(data["actionConfiguration"]["configuration"]["UserParameters"])
            self.minutes = self.asked["deadline-minutes"]
            if not isinstance(self.minutes, int) or not 0 < self.minutes <= LONGEST_MINUTES:
                raise ValueError(f"deadline-minutes must be a number from 1 to {LONGEST_MINUTES}")
        except (KeyError, TypeError, ValueError) as error:
            what = f"{error} is missing" if isinstance(error, KeyError) else error
            raise Failed(f"UserParameters of the action cannot be used: {what}. They are written by Tidegate: compile "
                         "the pipeline again and deploy it.", "ConfigurationError") from None
        # The marker is the same in every call of this step, however often a call is delivered.
        self.memory = {"started": int(time.time()), "marker": job_id}
        self.memory.update(json.loads(data.get("continuationToken", "{}")))
        self.marker = self.memory["marker"]
        self.outputs = {}

    def log(self, **what):
        print(json.dumps({"job": self.id, **what}))

    def is_late(self):
        return time.time() > self.memory["started"] + 60 * self.minutes


def handler(event, context):
    if "id" not in event.get("CodePipeline.job", {}):
        raise ValueError("This is not a CodePipeline job: the function is made for an Invoke/Lambda action.")
    job = event["CodePipeline.job"]
    try:
        answer(job["id"], job["data"])
    except (codepipeline.exceptions.InvalidJobStateException, codepipeline.exceptions.JobNotFoundException) as error:
        # Stopped in the pipeline, or answered by a first delivery of this event: a retry by Lambda would do harm.
        print(json.dumps({"job": job["id"], "reason": f"Nobody waits for this job any more: {error}"}))


def answer(job_id, data):
    try:
        job = Job(job_id, data)
        waiting = attempt(job)
        if waiting and job.is_late():
            raise Failed(f"Not done within {job.minutes} minutes; the last thing waited for: {waiting.reason} Look at "
                         "it, then retry this stage.")
        result = {"outputVariables": job.outputs}
        if waiting:
            job.log(waits=waiting.reason)
            token = json.dumps(job.memory)
            if len(token) > LONGEST_TOKEN:
                raise Failed(f"There is more to remember between two calls than the {LONGEST_TOKEN} characters that "
                             "CodePipeline takes: make several steps of this one.")
            summary = shorten(waiting.reason, LONGEST_SUMMARY)
            result = {"continuationToken": token, "executionDetails": {"summary": summary}}
    except Exception as error:  # whatever it is, CodePipeline must hear of it: else the action hangs
        kind, message = explain(error)
        print(json.dumps({"job": job_id, "failed": message}))
        details = {"type": kind, "message": shorten(message, LONGEST_MESSAGE)}
        codepipeline.put_job_failure_result(jobId=job_id, failureDetails=details)
    else:
        codepipeline.put_job_success_result(jobId=job_id, **result)


def attempt(job):
    """Run the step; what AWS will answer at another time is asked again then."""
    try:
        return step(job)
    except ClientError as error:
        if not passes_by_itself(error):
            raise
        return Later(f"{error.operation_name} is asked again later: {error.response['Error'].get('Message')}")
    except (ConnectionError, HTTPClientError) as error:
        return Later(f"AWS is asked again later: {error}")


def passes_by_itself(error):
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return error.response["Error"].get("Code") in PASSING or status >= 500


def explain(error):
    if isinstance(error, Failed):
        return error.kind, str(error)
    if isinstance(error, ClientError):
        code, said = error.response["Error"].get("Code"), error.response["Error"].get("Message")
        message = f"{error.operation_name} was refused: {code}: {said} "
        if code in FORBIDDEN:
            return "PermissionError", message + "Allow it to this function's role, then retry this stage."
        return "JobFailed", message + "Correct the cause, then retry this stage."
    traceback.print_exc()
    return "JobFailed", f"{type(error).__name__}: {error}. The function's log has the details; retry this stage."


def shorten(text, longest):
    """A text's beginning and end, where what happened and what to do stand."""
    if len(text) <= longest:
        return text
    end = longest // 3
    return f"{text[:longest - end - 5]} ... {text[-end:]}"
