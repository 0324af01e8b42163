"""What the tests of releases share: the local server, CodePipeline as the function sees it, and one application.

The function's own code is loaded as a template holds it, and its `handler` called as CodePipeline would, again and again
with the continuation token that it gave, until it ends. Managed Flink, CloudWatch, S3, SSM and CloudFormation answer from
`tests/server/serve.py` (MiniStack, and our additions to it).

Three things are not the server's, and say so where they are used:
- `Jobs` stands for CodePipeline's job API, except in `ThroughThePipeline`;
- `pretend` answers one operation as the service model allows;
- `with_resolved_values` gives DescribeChangeSet both values of an SSM parameter, as AWS does.

The clock of the function is ahead of the server's: each wait is a minute of it.
"""
import contextlib
import functools
import hashlib
import io
import json
import os
import subprocess
import sys
import time
import types
import unittest
import urllib.request
import uuid
from pathlib import Path

import boto3
import botocore.validate

from parts import ROOT, load, release_text

SERVER = Path(os.environ.get("TIDEGATE_TEST_SERVER", ROOT / "tests/server/serve.py"))
ACCOUNT, REGION = "111122223333", "eu-west-1"
BUCKET = "builds-of-taxi"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/deploy"
# Of every service; no service model lists them.
COMMON_ERRORS = {"AccessDeniedException", "ThrottlingException", "ValidationException", "ValidationError"}
LIMITS = {"summary": 2048, "continuationToken": 2048, "message": 5000}
HEALTHY = {"fullRestarts": [0] * 40, "numRestarts": [0] * 40, "numberOfFailedCheckpoints": [0] * 40,
           "lastCheckpointDuration": [1200] * 40, "millisBehindLatest": [2000] * 40, "numRecordsInPerSecond": [120] * 40}


SERVICES = ("cloudformation", "cloudwatch", "codepipeline", "flink", "s3", "ssm")  # clients of the function


# ---- The server ---------------------------------------------------------------------------

def setUpModule():
    os.environ.update(AWS_ACCESS_KEY_ID=ACCOUNT, AWS_SECRET_ACCESS_KEY="not-a-secret", AWS_DEFAULT_REGION=REGION)
    Server.process = subprocess.Popen([sys.executable, str(SERVER), "--port", "0"], text=True,
                                      stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # it ends with its stdin
    for line in Server.process.stdout:
        if line.startswith("listening on "):
            Server.url = os.environ["AWS_ENDPOINT_URL"] = line.split()[-1]
            break
    else:
        raise RuntimeError(f"{SERVER} did not start")
    Server.control("PUT", "settings", {"flink_transition_seconds": 0.1, "continuation_seconds": 0.1})
    boto3.client("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})


def tearDownModule():
    Server.process.stdin.close()
    Server.process.wait(20)
    Server.process.stdout.close()


@functools.cache
def client(service):
    """For the tests themselves: to make one takes longer than most of its calls."""
    return boto3.client(service)


class Server:
    process = url = None

    @classmethod
    def control(cls, method, path, body):
        request = urllib.request.Request(f"{cls.url}/_tidegate/{path}", json.dumps(body).encode(), method=method)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)


def pretended(case, model, said):
    """An answer that the service model allows: a dictionary, an error (`Code: message`), or None for the server's own."""
    if said is None:
        return None
    if isinstance(said, dict):
        problems = botocore.validate.ParamValidator().validate(said, model.output_shape)
        case.assertFalse(problems.has_errors(), problems.generate_report())
        return Http(200), said
    code, _, message = said.partition(": ")
    known = {name for shape in model.error_shapes for name in (shape.error_code, shape.name)}
    case.assertIn(code, known | COMMON_ERRORS)
    return Http(400), {"Error": {"Code": code, "Message": message or "pretended"}}


# ---- CodePipeline, as the function sees it --------------------------------------------------

class Jobs:
    """Takes the place of PutJobSuccessResult and PutJobFailureResult; botocore has validated the request."""

    def __init__(self, function):
        self.answers, self.over, self.code = [], set(), None
        events = function.codepipeline.meta.events
        events.register("before-parameter-build.codepipeline", self.keep)
        events.register("before-call.codepipeline", self.reply)

    def keep(self, params, model, **_):
        self.answers.append((model.name, params))

    def reply(self, model, **_):
        refused = model.name in self.over
        return (Http(400), {"Error": {"Code": self.code, "Message": "refused"}}) if refused else (Http(200), {})


class Http:
    def __init__(self, status_code):
        self.status_code, self.headers = status_code, {}


class Ended(types.SimpleNamespace):
    """How one release ended: `outputs` after a success, `kind` and `message` after a failure, or `waits`."""


class Clock:
    """The function's clock: five seconds after a full minute when a test begins, and what tests let pass."""

    def __init__(self):
        self.ahead = -55 - time.time() % 60  # behind the clock of the server

    def time(self):
        return time.time() + self.ahead


TEMPLATE = """
Parameters:
  Release: {Type: 'AWS::SSM::Parameter::Value<String>'}
  Runtime: {Type: String, Default: FLINK-1_20}
  Description: {Type: String, Default: first}
Conditions:
  Released: !Not [!Equals [!Ref Release, unreleased]]
Resources:
  ApplicationRole:
    Type: AWS::IAM::Role
    Properties:
      RoleName: ROLE_NAME
      AssumeRolePolicyDocument: {Version: '2012-10-17', Statement: []}
  Application:
    Type: AWS::KinesisAnalyticsV2::Application
    Condition: Released
    Properties:
      ApplicationName: APPLICATION
      ApplicationDescription: !Ref Description
      RuntimeEnvironment: !Ref Runtime
      ServiceExecutionRole: !GetAtt ApplicationRole.Arn
      ApplicationConfiguration:
        ApplicationSnapshotConfiguration: {SnapshotsEnabled: true}
        ApplicationCodeConfiguration:
          CodeContentType: ZIPFILE
          CodeContent: {S3ContentLocation: {BucketARN: 'arn:aws:s3:::BUCKET', FileKey: !Ref Release}}
"""


class Case(unittest.TestCase):
    """One application of its own, with its stack name, pointer and two builds."""

    def setUp(self):
        name = f"taxi-{uuid.uuid4().hex[:8]}"
        self.application, self.stack, self.pointer = name, f"{name}-application", f"/tidegate/{name}/release"
        self.record_name, self.lock_name = f"{self.pointer}-record", f"/tidegate/locks/{name}"
        self.clock = Clock()
        self.calls = []
        self.load()
        self.s3, self.ssm = client("s3"), client("ssm")
        self.flink, self.cloudformation = client("kinesisanalyticsv2"), client("cloudformation")
        self.ssm.put_parameter(Name=self.pointer, Value="unreleased", Type="String")
        self.old, self.new = self.upload(b"old"), self.upload(b"new")
        self.expect()

    def load(self):
        self.function = load(release_text())
        self.function.time = self.clock
        self.jobs = Jobs(self.function)
        for service in SERVICES:
            getattr(self.function, service).meta.events.register_first("before-parameter-build", self.record)

    def expect(self, *moments, watch=HEALTHY, watch_back=HEALTHY):
        """What others do at which state, and how healthy the job is, twice."""
        plan = [{"state": state, "do": {"metrics": values}} for state, values in (
            ("watch", watch), ("watch", watch), ("watch-back", watch_back), ("watch-back", watch_back))]
        plan = [moment for moment in plan if moment["do"]["metrics"]]
        Server.control("PUT", "moments", {"account": ACCOUNT, "region": REGION, "record": self.record_name,
                                          "application": self.application, "moments": [*plan, *moments]})

    def record(self, params, model, **_):
        self.calls.append((model.service_model.service_name, model.name, dict(params)))

    def called(self, operation):
        return [params for _, name, params in self.calls if name == operation]

    # -- what is there before

    def upload(self, content, metadata=None):
        sha256 = hashlib.sha256(content + self.application.encode()).hexdigest()
        key = f"builds/taxi-jar/{sha256}/taxi.jar"
        self.s3.put_object(Bucket=BUCKET, Key=key, Body=content, Metadata=metadata or {"sha256": sha256})
        return types.SimpleNamespace(key=key, sha256=sha256)

    def make_application(self, build, running=True, bucket=BUCKET, runtime="FLINK-1_20", snapshots=True, parallelism=1,
                         rollback=False):
        self.flink.create_application(
            ApplicationName=self.application, RuntimeEnvironment=runtime, ServiceExecutionRole=ROLE,
            ApplicationConfiguration={
                "ApplicationSnapshotConfiguration": {"SnapshotsEnabled": snapshots},
                "ApplicationSystemRollbackConfiguration": {"RollbackEnabled": rollback},
                "FlinkApplicationConfiguration": {"ParallelismConfiguration": {
                    "ConfigurationType": "CUSTOM", "Parallelism": parallelism, "ParallelismPerKPU": 1,
                    "AutoScalingEnabled": False}},
                "ApplicationCodeConfiguration": {"CodeContentType": "ZIPFILE", "CodeContent": {"S3ContentLocation": {
                    "BucketARN": f"arn:aws:s3:::{bucket}", "FileKey": build.key}}}})
        if running:
            self.flink.start_application(ApplicationName=self.application)
            self.wait_for("RUNNING")

    def plan(self, operation, outcome, message=None):
        Server.control("POST", "flink/outcome", {"account": ACCOUNT, "region": REGION, "application": self.application,
                                                 "operation": operation, "outcome": outcome, "message": message})

    def wait_for(self, status):
        deadline = time.monotonic() + 90
        while self.live()["ApplicationStatus"] != status:
            self.assertLess(time.monotonic(), deadline, f"never {status}: {self.live()['ApplicationStatus']}")
            time.sleep(0.05)

    def make_stack(self, role=ROLE, **parameters):
        parameters = {"Release": self.pointer, **parameters}
        self.cloudformation.create_stack(
            StackName=self.stack, TemplateBody=self.template(), Capabilities=["CAPABILITY_NAMED_IAM"],
            **({"RoleARN": role} if role else {}),
            Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()])
        self.cloudformation.get_waiter("stack_create_complete").wait(
            StackName=self.stack, WaiterConfig={"Delay": 0.1, "MaxAttempts": 600})

    def template(self):
        return TEMPLATE.replace("ROLE_NAME", f"{self.application}-role") \
            .replace("APPLICATION", self.application).replace("BUCKET", BUCKET)

    def make_released_stack(self):
        """The stack as it is after an earlier release: it has the application, with the old build."""
        self.ssm.put_parameter(Name=self.pointer, Value=self.old.key, Overwrite=True)
        self.make_stack()

    def make_change_set(self, template, name="pipeline-infrastructure"):
        self.cloudformation.create_change_set(
            StackName=self.stack, ChangeSetName=name, TemplateBody=template, Capabilities=["CAPABILITY_NAMED_IAM"],
            Parameters=[{"ParameterKey": "Release", "ParameterValue": self.pointer}])

    def touching(self):
        """The stack's template with a change to the application, beside its build."""
        return described(self.template())

    def apart(self):
        """The stack's template with a change to something else."""
        return self.template() + "  Topic: {Type: 'AWS::SNS::Topic'}\n"

    def change_sets(self):
        pages = self.cloudformation.get_paginator("list_change_sets").paginate(StackName=self.stack)
        return {found["ChangeSetName"]: found for page in pages for found in page["Summaries"]}

    def with_resolved_values(self):
        """MiniStack gives what the pointer held as ParameterValue; AWS gives it as ResolvedValue, beside the name."""
        def add(parsed, **_):
            for parameter in parsed.get("Parameters", []):
                if parameter["ParameterKey"] == "Release" and "ResolvedValue" not in parameter:
                    parameter.update(ParameterValue=self.pointer, ResolvedValue=parameter["ParameterValue"])
        self.on("after-call", "cloudformation", "DescribeChangeSet", add)

    def described_stack(self):
        stack, = self.cloudformation.describe_stacks(StackName=self.stack)["Stacks"]
        return {key: value for key, value in stack.items() if value != ""}  # MiniStack: an empty Description

    def pretend(self, service, operation, answer):
        """Answer an operation here: a dictionary or an error code, valid in the service model, or None to
        ask the server. A list gives one answer a call, then asks the server."""
        client = getattr(self.function, service)
        model = client.meta.service_model.operation_model(operation)
        answers = answer if isinstance(answer, list) else None

        def reply(**_):
            said = (answers.pop(0) if answers else None) if answers is not None else answer
            return pretended(self, model, said)

        self.on("before-call", service, operation, reply)

    def on(self, moment, service, operation, hook):
        client = getattr(self.function, service)
        name = client.meta.service_model.service_id.hyphenize()
        client.meta.events.register(f"{moment}.{name}.{operation}", hook)

    # -- the release

    def parameters(self, build=None, **changes):
        build = build or self.new
        asked = {"application": self.application, "stack": self.stack, "pointer": self.pointer, "bucket": BUCKET,
                 "key": build.key, "sha256": build.sha256, "deadline-minutes": 120, "runtime": "FLINK-1_20",
                 "java": 11, "execution": "e-1", "health": {"for-minutes": 1}, **changes}
        return {key: value for key, value in asked.items() if value is not ...}

    def invoke(self, parameters, token=None, job="", context=None):
        text = parameters if isinstance(parameters, str) else json.dumps(parameters)
        self.assertLessEqual(len(text), 1000)
        data = {"actionConfiguration": {"configuration": {"FunctionName": "release", "UserParameters": text}},
                "artifactCredentials": {"accessKeyId": "ASIA", "secretAccessKey": "TOP-SECRET",
                                        "sessionToken": "TOP-SECRET"}}
        if token:
            data["continuationToken"] = token
        before = len(self.jobs.answers)
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
            self.function.handler({"CodePipeline.job": {"id": job or str(uuid.uuid4()), "data": data}}, context)
        self.assertNotIn("TOP-SECRET", printed.getvalue())
        lines = [json.loads(line) for line in printed.getvalue().splitlines() if line.startswith("{")]
        self.assertTrue(self.jobs.over or len(self.jobs.answers) == before + 1, "one answer for each invocation")
        operation, answer = self.jobs.answers[-1]
        said = {**answer, **answer.get("executionDetails", {}), **answer.get("failureDetails", {})}
        for field, limit in LIMITS.items():
            self.assertLessEqual(len(said.get(field, "")), limit, field)
        return Ended(succeeded=operation == "PutJobSuccessResult" and "continuationToken" not in said, lines=lines,
                     token=said.get("continuationToken"), waits=said.get("summary"),
                     outputs=said.get("outputVariables"), kind=said.get("type"), message=said.get("message"))

    def release(self, parameters=None, until=None, invocations=150, token=None, minutes=1, **more):
        """Invoke until the release ends, or waits for something that contains `until`."""
        lines = []
        for _ in range(invocations):
            ended = self.invoke(parameters or self.parameters(), token, **more)
            lines += ended.lines
            ended.path = [line["to"] for line in lines if "to" in line]
            ended.all_lines = lines
            if not ended.token or (until and until in ended.waits):
                return ended
            token = ended.token
            self.clock.ahead += 60 * minutes
            time.sleep(0.04)
        return self.fail(f"did not end: {ended.path[-5:]} {ended.waits}")

    # -- what is there after

    def live(self):
        return self.flink.describe_application(ApplicationName=self.application)["ApplicationDetail"]

    def live_as(self, status):
        """DescribeApplication's answer, with another status (and without CodeMD5: the model wants 128 characters)."""
        detail = self.live()
        code = detail["ApplicationConfigurationDescription"]["ApplicationCodeConfigurationDescription"]
        code["CodeContentDescription"].pop("CodeMD5", None)
        return {"ApplicationDetail": {**detail, "ApplicationStatus": status}}

    def live_code(self):
        code = self.live()["ApplicationConfigurationDescription"]["ApplicationCodeConfigurationDescription"]
        return code["CodeContentDescription"]["S3ApplicationCodeLocationDescription"]

    def live_key(self):
        return self.live_code()["FileKey"]

    def kept(self):
        return json.loads(self.ssm.get_parameter(Name=self.record_name)["Parameter"]["Value"])

    def locked(self):
        try:
            return json.loads(self.ssm.get_parameter(Name=self.lock_name)["Parameter"]["Value"])
        except self.ssm.exceptions.ParameterNotFound:
            return None

    def snapshots(self):
        """The names of those that releases took."""
        found = self.flink.list_application_snapshots(ApplicationName=self.application)["SnapshotSummaries"]
        return [snapshot["SnapshotName"] for snapshot in found if snapshot["SnapshotName"].startswith("release-")]

    def pointed(self):
        return self.ssm.get_parameter(Name=self.pointer)["Parameter"]["Value"]

    def assertReleased(self, ended):
        self.assertTrue(ended.succeeded, ended.message)
        self.assertEqual(self.live()["ApplicationStatus"], "RUNNING")
        self.assertEqual((self.live_key(), self.pointed()), (self.new.key, self.new.key))
        self.assertEqual(self.kept()["outcome"], "succeeded")
        self.assertEqual(self.locked(), None)
        self.assertEqual(ended.outputs, {"key": self.new.key, "sha256": self.new.sha256,
                                         "application_version": str(self.live()["ApplicationVersionId"])})

    def assertRefused(self, ended, *words, kind="JobFailed", pointer="unreleased"):
        self.assertIsNotNone(ended.message, f"not refused: {ended.token or ended.outputs}")
        for word in words:
            self.assertIn(word, ended.message)
        self.assertEqual((ended.kind, self.pointed()), (kind, pointer))


def described(template):
    """The template with a description of each of its applications."""
    return template.replace("ApplicationDescription: !Ref Description", "ApplicationDescription: taxis")


def aged(token, minutes):
    """The token of a release that began so many minutes ago."""
    memory = json.loads(token)
    return json.dumps({**memory, "started": memory["started"] - 60 * minutes})
