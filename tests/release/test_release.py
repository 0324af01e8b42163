"""The release function, run against a local AWS API server over HTTP.

    python tests/release/test_release.py        (a venv with tests/server/requirements.txt)

The function's own file is loaded and its `handler` called as CodePipeline would, again and
again with the continuation token it gave, until it ends. Managed Flink, S3, SSM and
CloudFormation answer from `tests/server/serve.py` (MiniStack, and our additions to it).

Four things are not the server's, and say so where they are used:
- `Jobs` stands for CodePipeline's job API, except in `ThroughThePipeline`;
- `pretend` answers one operation as the service model allows, where the server cannot
  show a behaviour (a conflict at the right moment, a throttled call);

- `with_resolved_values` gives DescribeChangeSet both values of an SSM parameter, as AWS does.
"""
import contextlib
import datetime
import hashlib
import importlib.util
import io
import json
import os
import re
import subprocess
import sys
import time
import types
import unittest
import urllib.request
import uuid
from pathlib import Path

import boto3
import botocore.awsrequest
import botocore.validate

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src/kinds/flink/release"
SERVER = Path(os.environ.get("TIDEGATE_TEST_SERVER", ROOT / "tests/server/serve.py"))
ACCOUNT, REGION = "111122223333", "eu-west-1"
BUCKET = "builds-of-taxi"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/deploy"
FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:release"
COMMON_ERRORS = {"AccessDeniedException", "ValidationError"}  # of every operation: no service model lists them
LIMITS = {"summary": 2048, "continuationToken": 2048, "message": 2500}


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
    Server.control("PUT", "settings", {"flink_transition_seconds": 0.2, "continuation_seconds": 0.1})
    boto3.client("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})


def tearDownModule():
    Server.process.stdin.close()
    Server.process.wait(20)
    Server.process.stdout.close()


class Server:
    process = url = None

    @classmethod
    def control(cls, method, path, body):
        request = urllib.request.Request(f"{cls.url}/_tidegate/{path}", json.dumps(body).encode(), method=method)
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)


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


def load_function():
    spec = importlib.util.spec_from_file_location("index", SOURCE / "index.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


TEMPLATE = """
Parameters:
  Release: {Type: 'AWS::SSM::Parameter::Value<String>'}
  Runtime: {Type: String, Default: FLINK-1_20}
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
        self.function = load_function()
        self.jobs = Jobs(self.function)
        self.calls = []
        for service in ("cloudformation", "codepipeline", "flink", "s3", "ssm"):
            getattr(self.function, service).meta.events.register_first("before-parameter-build", self.record)
        self.s3, self.ssm = boto3.client("s3"), boto3.client("ssm")
        self.flink, self.cloudformation = boto3.client("kinesisanalyticsv2"), boto3.client("cloudformation")
        self.ssm.put_parameter(Name=self.pointer, Value="unreleased", Type="String")
        self.old, self.new = self.upload(b"old"), self.upload(b"new")

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

    def make_application(self, build, running=True, bucket=BUCKET):
        self.flink.create_application(
            ApplicationName=self.application, RuntimeEnvironment="FLINK-1_20", ServiceExecutionRole=ROLE,
            ApplicationConfiguration={
                "ApplicationSnapshotConfiguration": {"SnapshotsEnabled": True},
                "ApplicationCodeConfiguration": {"CodeContentType": "ZIPFILE", "CodeContent": {"S3ContentLocation": {
                    "BucketARN": f"arn:aws:s3:::{bucket}", "FileKey": build.key}}}})
        if running:
            self.flink.start_application(ApplicationName=self.application)
            self.wait_for("RUNNING")

    def plan(self, operation, outcome, message=None):
        Server.control("POST", "flink/outcome", {"account": ACCOUNT, "region": REGION, "application": self.application,
                                                 "operation": operation, "outcome": outcome, "message": message})

    def wait_for(self, status):
        deadline = time.monotonic() + 20
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
            StackName=self.stack, WaiterConfig={"Delay": 0.1, "MaxAttempts": 100})

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
            if said is None:
                return None
            if isinstance(said, dict):
                problems = botocore.validate.ParamValidator().validate(said, model.output_shape)
                self.assertFalse(problems.has_errors(), problems.generate_report())
                return Http(200), said
            code, _, message = said.partition(": ")
            self.assertIn(code, [shape.error_code for shape in model.error_shapes] + list(COMMON_ERRORS))
            return Http(400), {"Error": {"Code": code, "Message": message or "pretended"}}

        self.on("before-call", service, operation, reply)

    def on(self, moment, service, operation, hook):
        client = getattr(self.function, service)
        name = client.meta.service_model.service_id.hyphenize()
        client.meta.events.register(f"{moment}.{name}.{operation}", hook)

    # -- the release

    def parameters(self, build=None, **changes):
        build = build or self.new
        asked = {"application": self.application, "stack": self.stack, "pointer": self.pointer, "bucket": BUCKET,
                 "key": build.key, "sha256": build.sha256, "deadline-minutes": 120, **changes}
        return {key: value for key, value in asked.items() if value is not ...}

    def invoke(self, parameters, token=None, function_arn=FUNCTION):
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
            self.function.handler({"CodePipeline.job": {"id": str(uuid.uuid4()), "data": data}},
                                  types.SimpleNamespace(invoked_function_arn=function_arn))
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

    def release(self, parameters=None, until=None, invocations=60, token=None, **more):
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
            time.sleep(0.05)
        self.fail(f"did not end: {ended.path[-5:]} {ended.waits}")

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

    def pointed(self):
        return self.ssm.get_parameter(Name=self.pointer)["Parameter"]["Value"]

    def assertReleased(self, ended):
        self.assertTrue(ended.succeeded, ended.message)
        self.assertEqual(self.live()["ApplicationStatus"], "RUNNING")
        self.assertEqual((self.live_key(), self.pointed()), (self.new.key, self.new.key))
        self.assertEqual(ended.outputs, {"key": self.new.key, "sha256": self.new.sha256,
                                         "application_version": str(self.live()["ApplicationVersionId"])})

    def assertRefused(self, ended, *words, kind="JobFailed", pointer="unreleased"):
        self.assertIsNotNone(ended.message, f"not refused: {ended.token or ended.outputs}")
        for word in words:
            self.assertIn(word, ended.message)
        self.assertEqual((ended.kind, self.pointed()), (kind, pointer))


class Update(Case):
    def test_running_application_gets_the_build(self):
        self.make_application(self.old)
        ended = self.release()
        self.assertReleased(ended)
        states = list(dict.fromkeys(ended.path))
        self.assertEqual(states, ["update", "wait-operation", "start", "wait-running", "point", "done"])
        request, = self.called("UpdateApplication")
        self.assertTrue(request["ConditionalToken"])
        self.assertEqual(self.called("StartApplication"), [])
        self.assertTrue(all(line["application"] == self.application for line in ended.all_lines))

    def test_released_build_is_not_updated_again(self):
        self.make_application(self.new)
        version = self.live()["ApplicationVersionId"]
        self.assertReleased(self.release())
        self.assertReleased(self.release())
        self.assertEqual(self.live()["ApplicationVersionId"], version)
        self.assertEqual(self.called("UpdateApplication"), [])

    def test_pointer_is_written_last(self):
        self.make_application(self.old)
        self.release()
        names = [name for _, name, _ in self.calls]
        self.assertEqual(names.count("PutParameter"), 1)
        self.assertGreater(names.index("PutParameter"), names.index("UpdateApplication"))
        self.assertEqual(names[names.index("PutParameter"):],
                         ["PutParameter", "ListChangeSets", "PutJobSuccessResult"])

    def test_each_invocation_can_be_repeated(self):
        """Lambda may run an asynchronous invocation twice, the second time with the older token."""
        self.make_application(self.old)
        tokens, token = [None], None
        while not (ended := self.invoke(self.parameters(), token)).succeeded:
            self.assertIsNotNone(ended.token, ended.message)
            tokens.append(token := ended.token)
            time.sleep(0.05)
        for token in tokens:
            self.assertReleased(self.release(token=token))
        self.assertEqual(len(self.called("UpdateApplication")), 1)

    def test_partition_is_that_of_the_function(self):
        self.make_application(self.old)
        self.pretend("flink", "UpdateApplication", "InvalidArgumentException: seen enough")
        self.release(function_arn=FUNCTION.replace("arn:aws:", "arn:aws-cn:"))
        location = self.called("UpdateApplication")[0]["ApplicationConfigurationUpdate"][
            "ApplicationCodeConfigurationUpdate"]["CodeContentUpdate"]["S3ContentLocationUpdate"]
        self.assertEqual(location, {"BucketARNUpdate": f"arn:aws-cn:s3:::{BUCKET}", "FileKeyUpdate": self.new.key})

    def test_stale_token_is_read_again(self):
        """The server refuses the token: another update comes between the function's read and its update."""
        self.make_application(self.old, running=False)
        overtaken = []

        def overtake(**_):
            if not overtaken:
                overtaken.append(self.flink.update_application(
                    ApplicationName=self.application, ConditionalToken=self.live()["ConditionalToken"],
                    ApplicationConfigurationUpdate={
                        "ApplicationSnapshotConfigurationUpdate": {"SnapshotsEnabledUpdate": True}}))
        self.on("before-call", "flink", "UpdateApplication", overtake)
        ended = self.release(until="changed by somebody else")
        self.assertReleased(self.release(token=ended.token))
        first, second = self.called("UpdateApplication")
        self.assertNotEqual(first["ConditionalToken"], second["ConditionalToken"])

    def test_endless_conflicts_end(self):
        self.make_application(self.old)
        self.pretend("flink", "UpdateApplication", "ConcurrentModificationException")
        self.assertRefused(self.release(), "10 attempts", "retry this stage")
        self.assertEqual(len(self.called("UpdateApplication")), 10)

    def test_busy_application_is_waited_for(self):
        self.make_application(self.old)
        busy = ["AUTOSCALING", "MAINTENANCE", "UPDATING", "STOPPING", "ROLLING_BACK"]
        self.pretend("flink", "DescribeApplication", [None] + [self.live_as(status) for status in busy])
        ended = self.release()
        self.assertReleased(ended)
        waits = [line["reason"] for line in ended.all_lines if line.get("to") == "update" and line["reason"]]
        self.assertEqual(waits, [f"Application is busy: {status}." for status in busy])

    def test_application_that_becomes_busy_is_waited_for(self):
        self.make_application(self.old)
        self.pretend("flink", "UpdateApplication", ["ResourceInUseException", None])
        self.assertReleased(self.release())

    def test_refused_update_says_why(self):
        self.make_application(self.old)
        self.pretend("flink", "UpdateApplication", "CodeValidationException: the jar has no main class")
        self.assertRefused(self.release(), "UpdateApplication", "the jar has no main class", "retry this stage")

    def test_denied_call_names_what_aws_named(self):
        self.make_application(self.old)
        said = "User: release is not authorized to perform: kinesisanalytics:UpdateApplication on resource: taxi"
        self.pretend("flink", "UpdateApplication", f"AccessDeniedException: {said}")
        self.assertRefused(self.release(), said, "state update", "role", kind="PermissionError")

    def test_failed_update_says_why(self):
        self.make_application(self.old)
        self.plan("UpdateApplication", "fail", "org.apache.flink.util.StateMigrationException")
        ended = self.release()
        self.assertRefused(ended, "FAILED", "StateMigrationException", self.new.key, "start a new execution")
        self.assertIn("wait-operation", ended.path)

    def test_update_that_the_service_rolled_back_says_so(self):
        """The server gives no RollbackOperationId."""
        self.make_application(self.old)
        now = time.time()
        self.pretend("flink", "DescribeApplicationOperation", {"ApplicationOperationInfoDetails": {
            "Operation": "UpdateApplication", "StartTime": now, "EndTime": now, "OperationStatus": "FAILED",
            "OperationFailureDetails": {"RollbackOperationId": "rollback-1"}}})
        self.assertRefused(self.release(), "the service gave no reason (the service rolled the application back)")

    def test_update_that_never_ends_meets_the_deadline(self):
        self.make_application(self.old)
        self.plan("UpdateApplication", "hang")
        waiting = self.release(until="being updated")
        self.assertRefused(self.invoke(self.parameters(), aged(waiting.token, 121)), "120 minutes", "being updated")

    def test_code_put_back_by_somebody_is_no_success(self):
        self.make_application(self.old)
        ended = self.invoke(self.parameters(), json.dumps({"state": "wait-running", "started": int(time.time())}))
        self.assertRefused(ended, "rolled back", f"RUNNING on s3://{BUCKET}/{self.old.key}, "
                                                 f"not on s3://{BUCKET}/{self.new.key}")

    def test_same_key_in_another_bucket_is_another_build(self):
        other = f"other-{self.application}"
        self.s3.create_bucket(Bucket=other, CreateBucketConfiguration={"LocationConstraint": REGION})
        self.s3.put_object(Bucket=other, Key=self.new.key, Body=b"not the build")
        self.make_application(self.new, bucket=other)
        token = json.dumps({"state": "wait-running", "started": int(time.time())})
        self.assertRefused(self.invoke(self.parameters(), token), f"RUNNING on s3://{other}/{self.new.key}, "
                                                                  f"not on s3://{BUCKET}/{self.new.key}")
        self.assertReleased(self.release())
        self.assertEqual(len(self.called("UpdateApplication")), 1)
        self.assertEqual(self.live_code()["BucketARN"], f"arn:aws:s3:::{BUCKET}")


class Start(Case):
    def test_ready_application_is_started_from_nothing(self):
        self.make_application(self.old, running=False)
        self.assertReleased(self.release())
        request, = self.called("StartApplication")
        self.assertNotIn("RunConfiguration", request)

    def test_ready_application_is_started_from_its_snapshot(self):
        self.make_application(self.old)
        self.flink.create_application_snapshot(ApplicationName=self.application, SnapshotName="before")
        self.flink.stop_application(ApplicationName=self.application)
        self.wait_for("READY")
        self.assertReleased(self.release())
        request, = self.called("StartApplication")
        self.assertEqual(request["RunConfiguration"]["ApplicationRestoreConfiguration"],
                         {"ApplicationRestoreType": "RESTORE_FROM_LATEST_SNAPSHOT"})

    def test_old_code_is_never_started(self):
        """After an update without an operation id that the service put back."""
        self.make_application(self.old, running=False)
        ended = self.invoke(self.parameters(), json.dumps({"state": "start", "started": int(time.time())}))
        self.assertRefused(ended, f"READY on s3://{BUCKET}/{self.old.key}", "rolled back")
        self.assertEqual(self.called("StartApplication"), [])

    def test_application_that_becomes_busy_is_waited_for(self):
        self.make_application(self.new, running=False)
        self.pretend("flink", "StartApplication", ["ResourceInUseException", None])
        ended = self.release()
        self.assertReleased(ended)
        self.assertEqual(ended.path.count("start"), 2)

    def test_failed_start_says_why(self):
        self.make_application(self.new, running=False)
        self.plan("StartApplication", "fail", "ClassNotFoundException: acme.Taxi")
        ended = self.release()
        self.assertRefused(ended, "READY", "ClassNotFoundException: acme.Taxi", "log")
        self.assertEqual(len(self.called("StartApplication")), 1)

    def test_start_is_not_failed_while_its_operation_goes_on(self):
        """A DescribeApplication that is behind still says READY."""
        self.make_application(self.new, running=False)
        ready = self.live_as("READY")
        self.plan("StartApplication", "hang")
        waiting = self.release(until="being started")
        self.pretend("flink", "DescribeApplication", ready)
        self.assertEqual(self.invoke(self.parameters(), waiting.token).waits, "Application is READY.")

    def test_start_that_never_runs_meets_the_deadline(self):
        self.make_application(self.new, running=False)
        self.plan("StartApplication", "hang")
        waiting = self.release(until="Application is STARTING")
        ended = self.invoke(self.parameters(), aged(waiting.token, 121))
        self.assertRefused(ended, "120 minutes", "Application is STARTING", "retry this stage")


class FirstRelease(Case):
    def test_the_stack_creates_the_application(self):
        self.make_stack()
        ended = self.release()
        self.assertReleased(ended)
        self.assertIn("wait-stack", ended.path)
        request, = self.called("UpdateStack")
        self.assertEqual({key: request[key] for key in ("UsePreviousTemplate", "Capabilities")},
                         {"UsePreviousTemplate": True, "Capabilities": ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"]})
        self.assertEqual(sorted(map(str, request["Parameters"])), sorted(
            str({"ParameterKey": key, "UsePreviousValue": True}) for key in ("Release", "Runtime")))
        self.assertNotIn("RoleARN", request, "see permissions.json")
        self.assertEqual(self.called("UpdateApplication"), [])

    def test_what_the_pointer_was_is_kept_before_it_is_written(self):
        waiting = self.invoke(self.parameters())
        self.assertEqual((self.pointed(), json.loads(waiting.token)["previous"]), ("unreleased", "unreleased"))
        self.assertEqual(self.called("PutParameter"), [])

    def test_each_invocation_can_be_repeated(self):
        self.make_stack()
        tokens, token = [None], None
        while not (ended := self.invoke(self.parameters(), token)).succeeded:
            self.assertIsNotNone(ended.token, ended.message)
            tokens.append(token := ended.token)
            time.sleep(0.05)
        for token in tokens:
            self.assertReleased(self.release(token=token))
        self.assertEqual((len(self.called("UpdateStack")), len(self.called("StartApplication"))), (1, 1))

    def test_update_that_the_stack_refuses_for_now(self):
        """Another update begins first; and an update of ours that was accepted, of which nobody knows."""
        self.make_stack()
        busy = f"ValidationError: Stack:{self.stack} is in UPDATE_IN_PROGRESS state and can not be updated."
        self.pretend("cloudformation", "UpdateStack", [busy, None])
        self.assertReleased(self.release())
        self.assertEqual(len(self.called("UpdateStack")), 2)

    def test_update_that_was_asked_for_before(self):
        self.make_stack()
        self.pretend("cloudformation", "UpdateStack", "TokenAlreadyExistsException")
        self.assertRefused(self.release(), "did not create application")  # as far as waiting for the stack

    def test_stack_that_vanishes(self):
        self.make_stack()
        self.pretend("cloudformation", "UpdateStack", "TokenAlreadyExistsException")
        stack = {**self.described_stack(), "RoleARN": ROLE}
        self.pretend("cloudformation", "DescribeStacks", [
            {"Stacks": [stack]}, "ValidationError: Stack with id taxi does not exist"])
        self.assertRefused(self.release(), "it is deleted", "put back to unreleased")

    def test_stack_that_fails_for_good_keeps_its_application(self):
        """UPDATE_ROLLBACK_FAILED with the application there: the pointer it was made from stays."""
        self.make_stack()
        stack = {**self.described_stack(), "StackStatus": "UPDATE_ROLLBACK_FAILED"}
        waiting = self.release(until="does not exist")
        self.make_application(self.new, running=False)
        token = json.dumps({**json.loads(waiting.token), "state": "wait-stack"})
        self.ssm.put_parameter(Name=self.pointer, Value=self.new.key, Overwrite=True)
        self.pretend("cloudformation", "DescribeStacks", {"Stacks": [stack]})
        self.assertRefused(self.invoke(self.parameters(), token), "UPDATE_ROLLBACK_FAILED", "was left at",
                           pointer=self.new.key)

    def test_missing_stack_is_waited_for(self):
        waiting = self.release(until="First release: waiting for stack")
        self.assertIn("infrastructure pipeline", waiting.waits)
        self.assertEqual(self.pointed(), self.new.key)
        waiting = self.invoke(self.parameters(), waiting.token)
        self.assertIn("waiting for stack", waiting.waits)
        self.make_stack()
        self.assertReleased(self.release(token=waiting.token))
        self.assertEqual(self.called("UpdateStack"), [])

    def test_stack_that_never_comes_meets_the_deadline(self):
        waiting = self.release(until="waiting for stack")
        ended = self.invoke(self.parameters(), aged(waiting.token, 121))
        self.assertRefused(ended, "120 minutes", f"waiting for stack {self.stack}", "put back to unreleased")

    def test_failed_stack_update_puts_the_pointer_back(self):
        self.make_stack(Runtime="SQL-1_0")  # refused by the server when the application is to be created
        ended = self.release()
        self.assertRefused(ended, "UPDATE_ROLLBACK_COMPLETE", "Application: ", "SQL-1_0",
                           f"{self.pointer} was put back to unreleased")
        self.assertIn("wait-stack", ended.path)

    def test_the_first_failure_of_our_own_update_is_the_reason(self):
        self.make_stack(Runtime="SQL-1_0")
        token = json.dumps({"state": "wait-stack", "started": int(time.time()), "previous": "unreleased"})
        ours = f"release-{json.loads(token)['started']}-{self.new.sha256[:16]}"
        common = {"StackId": "stack", "StackName": self.stack, "Timestamp": time.time()}
        newest_first = [(ours, "UPDATE_ROLLBACK_COMPLETE", "Stack", ""), (ours, "CREATE_FAILED", "Log", "Cancelled"),
                        (ours, "CREATE_FAILED", "Application", "no such runtime"),
                        (ours, "CREATE_COMPLETE", "Role", ""),
                        ("theirs", "UPDATE_FAILED", "Alarm", "of last week")]
        self.pretend("cloudformation", "DescribeStackEvents", {"StackEvents": [
            {**common, "EventId": str(number), "ClientRequestToken": request, "ResourceStatus": status,
             "LogicalResourceId": name, **({"ResourceStatusReason": reason} if reason else {})}
            for number, (request, status, name, reason) in enumerate(newest_first)]})
        self.assertRefused(self.invoke(self.parameters(), token), "Application: no such runtime")

    def test_refused_stack_update_puts_the_pointer_back(self):
        self.make_stack()
        self.pretend("cloudformation", "UpdateStack",
                     "InsufficientCapabilitiesException: Requires CAPABILITY_AUTO_EXPAND")
        self.assertRefused(self.release(), "Requires CAPABILITY_AUTO_EXPAND", "put back to unreleased")

    def test_stack_without_a_role_is_refused(self):
        self.make_stack(role=None)
        self.assertRefused(self.release(), "no service role", "put back to unreleased")
        self.assertEqual(self.called("UpdateStack"), [])

    def test_stack_that_reads_another_pointer_says_so(self):
        """UpdateStack answers that there is nothing to update, and there is still no application."""
        self.ssm.put_parameter(Name=f"{self.pointer}-other", Value="unreleased", Type="String")
        self.make_stack(Release=f"{self.pointer}-other")
        self.assertRefused(self.release(), "did not create application",
                           "may not create the application from this pointer")

    def test_busy_and_broken_stacks(self):
        self.make_stack()
        stack = self.described_stack()
        self.pretend("cloudformation", "DescribeStacks", [
            {"Stacks": [{**stack, "StackStatus": "REVIEW_IN_PROGRESS"}]},
            {"Stacks": [{**stack, "StackStatus": "UPDATE_IN_PROGRESS"}]},
            {"Stacks": [{**stack, "StackStatus": "ROLLBACK_COMPLETE"}]}])
        ended = self.release()
        reasons = " ".join(line["reason"] for line in ended.all_lines)
        self.assertRegex(reasons, "REVIEW_IN_PROGRESS.*UPDATE_IN_PROGRESS")
        self.assertRefused(ended, "ROLLBACK_COMPLETE and cannot be updated", "put back to unreleased")

    def test_pointer_stays_while_the_stack_still_works(self):
        """Taking it away then would make the next deployment delete the application just created."""
        self.make_stack()
        stack = self.described_stack()
        waiting = self.release(until="does not exist")
        self.pretend("cloudformation", "DescribeStacks", {"Stacks": [{**stack, "StackStatus": "UPDATE_IN_PROGRESS"}]})
        ended = self.invoke(self.parameters(), aged(waiting.token, 121))
        self.assertRefused(ended, "120 minutes", "was left at", pointer=self.new.key)

    def test_pointer_that_cannot_be_put_back_is_named(self):
        waiting = self.release(until="waiting for stack")
        self.pretend("ssm", "PutParameter", "AccessDeniedException: not authorized to perform: ssm:PutParameter")
        ended = self.invoke(self.parameters(), aged(waiting.token, 121))
        self.assertRefused(ended, "could not be put back: set it to unreleased", "ssm:PutParameter",
                           pointer=self.new.key)


class StaleChangeSets(Case):
    """Those that were made before the release and hold the older build."""

    MADE = "pipeline-infrastructure"

    def setUp(self):
        super().setUp()
        self.with_resolved_values()

    def deleted(self, ended):
        return [line["deleted-change-set"] for line in ended.all_lines if "deleted-change-set" in line]

    def summary(self, status="CREATE_IN_PROGRESS", age=60, name=MADE):
        return {"ChangeSetName": name, "ChangeSetId": f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:changeSet/{name}/1",
                "Status": status, "ExecutionStatus": "UNAVAILABLE", "StackName": self.stack,
                "CreationTime": datetime.datetime.fromtimestamp(time.time() - age, datetime.timezone.utc)}

    def pretend_being_made(self, summary, times=None, changes=()):
        """In the list, and described with nothing that is known yet but these changes."""
        listed = {"Summaries": [summary]}
        described = {key: summary[key] for key in ("ChangeSetName", "ChangeSetId", "Status", "ExecutionStatus")}
        self.pretend("cloudformation", "ListChangeSets", [listed] * times if times else listed)
        described["Changes"] = list(changes)
        self.pretend("cloudformation", "DescribeChangeSet", [described] * times if times else described)

    def execute_change_set(self, name):
        self.cloudformation.execute_change_set(StackName=self.stack, ChangeSetName=name)
        self.cloudformation.get_waiter("stack_update_complete").wait(
            StackName=self.stack, WaiterConfig={"Delay": 0.1, "MaxAttempts": 100})

    def test_one_that_changes_the_application_is_deleted(self):
        self.make_released_stack()
        self.make_change_set(self.touching())
        ended = self.release()
        self.assertReleased(ended)
        self.assertEqual(self.change_sets(), {})
        line, = [line for line in ended.all_lines if "deleted-change-set" in line]
        self.assertEqual((line["deleted-change-set"], line["stack"]), (self.MADE, self.stack))
        self.assertIn("would bring the older build back: plan again", line["reason"])
        with self.assertRaises(self.cloudformation.exceptions.ChangeSetNotFoundException):
            self.cloudformation.execute_change_set(StackName=self.stack, ChangeSetName=self.MADE)

    def test_server_would_bring_the_older_build_back(self):
        """What the deletion prevents."""
        self.make_released_stack()
        self.make_change_set(self.touching())
        self.function.delete_stale_change_sets = lambda release: []
        self.assertReleased(self.release())
        self.execute_change_set(self.MADE)
        self.assertEqual(self.live_key(), self.old.key)

    def test_one_that_does_not_change_it_stays_and_does_no_harm(self):
        self.make_released_stack()
        self.make_change_set(self.apart())
        ended = self.release()
        self.assertReleased(ended)
        self.assertEqual((self.deleted(ended), list(self.change_sets())), ([], [self.MADE]))
        self.execute_change_set(self.MADE)
        self.assertEqual(self.live_key(), self.new.key)

    def test_stack_without_change_sets(self):
        self.make_released_stack()
        self.assertReleased(self.release())
        self.assertEqual((self.called("DescribeChangeSet"), self.called("DeleteChangeSet")), ([], []))

    def test_no_stack(self):
        """MiniStack lists nothing for a stack that does not exist; AWS refuses."""
        self.make_application(self.old)
        self.pretend("cloudformation", "ListChangeSets", f"ValidationError: Stack [{self.stack}] does not exist")
        self.assertReleased(self.release())

    def test_list_that_is_refused_says_so(self):
        self.make_application(self.old)
        self.pretend("cloudformation", "ListChangeSets", "AccessDeniedException: cloudformation:ListChangeSets")
        self.assertRefused(self.release(), "cloudformation:ListChangeSets", "role", kind="PermissionError",
                           pointer=self.new.key)

    def test_one_made_after_the_release_stays_when_it_is_repeated(self):
        self.make_released_stack()
        self.make_change_set(self.touching())
        self.make_change_set(self.apart(), "by-hand")
        self.assertReleased(self.release())
        self.make_change_set(self.touching())  # planned again
        ended = self.release()
        self.assertReleased(ended)
        self.assertEqual((self.deleted(ended), set(self.change_sets())), ([], {"by-hand", self.MADE}))
        self.execute_change_set(self.MADE)
        self.assertEqual((self.live_key(), self.live()["ApplicationDescription"]), (self.new.key, "taxis"))

    def test_repeated_after_the_pointer_was_written(self):
        """The invocation that wrote it ended before it deleted anything."""
        self.make_released_stack()
        self.make_change_set(self.touching())
        self.flink.start_application(ApplicationName=self.application)
        self.wait_for("RUNNING")
        self.pretend("cloudformation", "DeleteChangeSet", ["ValidationError: not this time"])
        self.assertRefused(self.release(), "not this time", "retry this stage", pointer=self.new.key)
        ended = self.release()
        self.assertReleased(ended)
        self.assertEqual((self.deleted(ended), self.change_sets()), ([self.MADE], {}))

    def test_change_of_another_application_of_the_stack_stays(self):
        self.make_released_stack()
        own = self.template()
        other = "  Other:\n" + own.split("  Application:\n")[1].replace(self.application, f"{self.application}-other")
        self.make_change_set(own + other, "first")
        self.execute_change_set("first")
        self.make_change_set(own + described(other))
        ended = self.release()
        self.assertReleased(ended)
        self.assertEqual((self.deleted(ended), list(self.change_sets())), ([], ["first", self.MADE]))

    def test_one_behind_many_that_failed_is_found(self):
        """On the second page of ListChangeSets: those without a change have failed, and stay."""
        self.make_released_stack()
        for number in range(100):
            self.make_change_set(self.template(), f"empty-{number}")
        self.make_change_set(self.touching())
        ended = self.release()
        self.assertReleased(ended)
        self.assertEqual((self.deleted(ended), len(self.change_sets())), ([self.MADE], 100))
        self.assertEqual((len(self.called("ListChangeSets")), len(self.called("DescribeChangeSet"))), (2, 1))

    def test_change_on_a_later_page_is_found(self):
        self.make_released_stack()
        self.make_change_set(self.apart())
        described = self.cloudformation.describe_change_set(StackName=self.stack, ChangeSetName=self.MADE)
        page = {key: described[key] for key in ("ChangeSetName", "ChangeSetId", "Status", "ExecutionStatus", "Changes")}
        last = {"Type": "Resource", "ResourceChange": {
            "Action": "Modify", "LogicalResourceId": "Application", "PhysicalResourceId": self.application,
            "ResourceType": "AWS::KinesisAnalyticsV2::Application"}}
        self.pretend("cloudformation", "DescribeChangeSet", [
            {**page, "NextToken": "more"}, {**page, "Changes": [last]}])
        ended = self.release()
        self.assertReleased(ended)
        self.assertEqual((self.deleted(ended), self.change_sets()), ([self.MADE], {}))

    def test_too_many_to_look_at(self):
        self.make_released_stack()
        for number in range(3):
            self.make_change_set(self.apart(), f"by-hand-{number}")
        self.function.MAX_CHANGE_SETS = 3
        self.assertReleased(self.release())
        self.function.MAX_CHANGE_SETS = 2
        self.assertRefused(self.release(), "more than 2 change sets", self.stack, "retry this stage",
                           pointer=self.new.key)

    def test_one_being_made_is_deleted(self):
        """MiniStack makes change sets at once."""
        self.make_application(self.old)
        for status in self.function.BEING_MADE:
            self.pretend_being_made(self.summary(status), times=1)
            self.pretend("cloudformation", "DeleteChangeSet", [{}])
            ended = self.release()
            self.assertReleased(ended)
            self.assertEqual(self.deleted(ended), [self.MADE])
            self.assertEqual(self.called("DeleteChangeSet")[-1]["ChangeSetName"], self.summary()["ChangeSetId"])

    def test_one_begun_after_the_pointer_moved_stays(self):
        self.make_application(self.old)
        self.pretend_being_made(self.summary(age=-60))
        ended = self.release()
        self.assertReleased(ended)
        self.assertEqual((self.deleted(ended), self.called("DeleteChangeSet")), ([], []))

    def test_one_that_cannot_be_deleted_yet_is_waited_for(self):
        """AWS refuses to delete one in CREATE_IN_PROGRESS. Then it is made, and changes the application."""
        self.make_released_stack()
        self.make_change_set(self.touching())
        made = self.change_sets()[self.MADE]
        self.pretend_being_made({**self.summary(), "ChangeSetId": made["ChangeSetId"]}, times=1)
        self.pretend("cloudformation", "DeleteChangeSet", ["InvalidChangeSetStatus: CREATE_IN_PROGRESS"])
        ended = self.release()
        self.assertReleased(ended)
        self.assertEqual((self.deleted(ended), self.change_sets()), ([self.MADE], {}))
        self.assertEqual(ended.path[-4:], ["point", "wait-running", "point", "done"])
        self.assertRegex(" ".join(line["reason"] for line in ended.all_lines), f"cannot be deleted yet: {self.MADE}")

    def test_one_that_is_never_deleted_meets_the_deadline(self):
        self.make_application(self.new)
        self.pretend_being_made(self.summary())
        self.pretend("cloudformation", "DeleteChangeSet", "InvalidChangeSetStatus: CREATE_IN_PROGRESS")
        waiting = self.release(until="cannot be deleted yet")
        self.assertRefused(self.invoke(self.parameters(), aged(waiting.token, 121)), "120 minutes", self.MADE,
                           "runs", pointer=self.new.key)

    def test_one_that_is_executed_first_is_noticed(self):
        """It cannot be deleted any more, and brings the older build back: the release did not succeed."""
        self.make_released_stack()
        self.make_change_set(self.touching())

        def overtake(**_):
            if self.change_sets()[self.MADE]["ExecutionStatus"] == "AVAILABLE":
                self.execute_change_set(self.MADE)
            return Http(400), {"Error": {"Code": "InvalidChangeSetStatus", "Message": "EXECUTE_IN_PROGRESS"}}
        self.on("before-call", "cloudformation", "DeleteChangeSet", overtake)
        self.assertRefused(self.release(), f"on s3://{BUCKET}/{self.old.key}", "retry this stage", pointer=self.new.key)
        self.assertReleased(self.release())

    def test_one_that_is_being_executed_is_waited_for(self):
        self.make_application(self.old)
        executing = {**self.summary("CREATE_COMPLETE"), "ExecutionStatus": "EXECUTE_IN_PROGRESS"}
        self.pretend_being_made(executing, times=1, changes=[{"Type": "Resource", "ResourceChange": {
            "Action": "Modify", "ResourceType": "AWS::KinesisAnalyticsV2::Application"}}])
        self.pretend("cloudformation", "DeleteChangeSet", ["InvalidChangeSetStatus: EXECUTE_IN_PROGRESS"])
        ended = self.release()
        self.assertReleased(ended)
        self.assertEqual(ended.path[-4:], ["point", "wait-running", "point", "done"])

    def test_one_that_is_gone_or_over_when_it_is_read(self):
        self.make_application(self.old)
        changes = [{"Type": "Resource", "ResourceChange": {"ResourceType": "AWS::KinesisAnalyticsV2::Application"}}]
        gone = [{"Status": "DELETE_COMPLETE"}, {"Status": "FAILED", "ExecutionStatus": "UNAVAILABLE"},
                {"Status": "CREATE_COMPLETE", "ExecutionStatus": "OBSOLETE"}]
        for answer in ["ChangeSetNotFound", *({**answer, "Changes": changes} for answer in gone)]:
            self.pretend("cloudformation", "ListChangeSets", [{"Summaries": [self.summary()]}])
            self.pretend("cloudformation", "DescribeChangeSet", [answer])
            self.assertReleased(self.release())
        self.assertEqual((len(self.called("DescribeChangeSet")), self.called("DeleteChangeSet")), (4, []))


class Refused(Case):
    def test_missing_object(self):
        self.make_application(self.old)
        self.s3.delete_object(Bucket=BUCKET, Key=self.new.key)
        self.assertRefused(self.release(), f"s3://{BUCKET}/{self.new.key}", "builds and uploads it again",
                           kind="RevisionUnavailable")
        self.assertEqual(self.live_key(), self.old.key)

    def test_object_with_another_digest(self):
        self.make_application(self.old)
        for metadata, stored in (({"sha256": "0" * 64}, "0" * 64), ({"made-by": "hand"}, "(none)")):
            self.upload(b"new", metadata)
            self.assertRefused(self.release(), f"sha256 {stored} in its metadata", self.new.sha256,
                               kind="RevisionOutOfSync")
        self.assertEqual(self.called("UpdateApplication"), [])

    def test_key_of_another_digest(self):
        self.make_application(self.old)
        self.assertRefused(self.release(self.parameters(key=self.old.key)), "not the build that was approved",
                           kind="RevisionOutOfSync")

    def test_forbidden_object(self):
        """HeadObject answers 403 without a body; MiniStack has no IAM, so this one is pretended."""
        self.on("before-call", "s3", "HeadObject",
                lambda **_: (Http(403), {"Error": {"Code": "403", "Message": "Forbidden"}}))
        self.assertRefused(self.release(), "HeadObject was refused", "403", "role", kind="PermissionError")

    def test_missing_pointer(self):
        self.make_application(self.old)
        ended = self.release(self.parameters(pointer="/tidegate/none"))
        self.assertRefused(ended, "/tidegate/none", "delivery stack")
        self.assertEqual(self.called("UpdateApplication"), [])

    def test_bad_user_parameters(self):
        for bad, word in (("not json", "Expecting value"), ("[]", "cannot be used"), ("{}", "'application' is missing"),
                          (self.parameters(sha256=""), "not empty"), (self.parameters(key=7), "text"),
                          (self.parameters(stack=...), "'stack' is missing"),
                          (self.parameters(**{"deadline-minutes": 0}), "a number from 1 to 1440"),
                          (self.parameters(**{"deadline-minutes": "120"}), "a number from 1 to 1440")):
            self.assertRefused(self.release(bad), word, "compile the pipeline again", kind="ConfigurationError")
        self.assertEqual([name for _, name, _ in self.calls], ["PutJobFailureResult"] * 8)

    def test_event_that_is_no_job(self):
        for event in ({}, {"CodePipeline.job": {}}):
            with self.assertRaisesRegex(ValueError, "not a CodePipeline job"):
                self.function.handler(event, None)

    def test_token_of_another_version_of_the_function(self):
        ended = self.invoke(self.parameters(), json.dumps({"state": "snapshot", "started": 0}))
        self.assertRefused(ended, "no state snapshot", "Retry this stage")

    def test_defect_is_answered_too(self):
        self.function.STATES["verify"] = lambda release: 1 / 0
        self.assertRefused(self.release(), "ZeroDivisionError in state verify", "log")

    def test_job_that_nobody_waits_for_is_left_alone(self):
        """A second delivery of an event that was answered: no error, which Lambda would try again, and no undoing."""
        waiting = self.release(until="waiting for stack")
        for answer in ("PutJobSuccessResult", "PutJobFailureResult"):
            self.jobs.over.add(answer)
            for code in ("InvalidJobStateException", "JobNotFoundException"):
                self.jobs.code = code
                ended = self.invoke(self.parameters(), waiting.token)
                self.assertIn("Nobody waits", ended.lines[-1]["reason"])
                self.assertEqual(self.pointed(), self.new.key)

    def test_answer_that_is_refused_fails_the_job(self):
        self.make_application(self.new)
        self.jobs.over, self.jobs.code = {"PutJobSuccessResult"}, "OutputVariablesSizeExceededException"
        self.release()
        self.assertEqual([name for name, _ in self.jobs.answers[-2:]], ["PutJobSuccessResult", "PutJobFailureResult"])

    def test_answer_that_is_refused_undoes_nothing(self):
        """The first release went well so far; only its token was not taken."""
        waiting = self.release(until="waiting for stack")
        self.jobs.over, self.jobs.code = {"PutJobSuccessResult"}, "ValidationException"
        ended = self.invoke(self.parameters(), waiting.token)
        self.assertRefused(ended, "PutJobSuccessResult was refused", pointer=self.new.key)

    def test_long_reason_is_cut(self):
        self.make_application(self.old)
        self.pretend("flink", "UpdateApplication", "InvalidArgumentException: " + "x" * 9000)
        self.assertRefused(self.release(), "xxx")

    def test_deadline_does_not_refuse_what_is_done(self):
        self.make_application(self.new)
        token = json.dumps({"state": "wait-running", "started": int(time.time()) - 9999})
        self.assertReleased(self.release(token=token))

    def test_deadline(self):
        self.make_application(self.old)
        self.pretend("flink", "UpdateApplication", "ResourceInUseException")
        ended = self.invoke(self.parameters(), json.dumps({"state": "update", "started": int(time.time()) - 7201}))
        self.assertRefused(ended, "Not released within 120 minutes", "became busy")

    def test_throttled_call_is_repeated_by_botocore(self):
        self.make_application(self.new)
        throttled = [True, True]

        def throttle(request, **_):
            if not throttled:
                return None
            throttled.pop()
            body = json.dumps({"__type": "ThrottlingException", "message": "Rate exceeded"}).encode()
            return botocore.awsrequest.AWSResponse(request.url, 400, {}, types.SimpleNamespace(
                stream=lambda *_, **__: iter([body])))
        self.on("before-send", "flink", "DescribeApplication", throttle)
        self.assertReleased(self.release())
        self.assertEqual(throttled, [])


class ThroughThePipeline(Case):
    """The file as an inline Lambda of a stack, called by the Invoke/Lambda action of a running pipeline.

    The Lambda runs for real (MiniStack); the pipeline and its jobs are our addition to the server."""

    def setUp(self):
        super().setUp()
        self.pipeline = f"{self.application}-delivery"
        self.codepipeline = boto3.client("codepipeline")
        template = {"Resources": {"Release": {"Type": "AWS::Lambda::Function", "Properties": {
            "FunctionName": self.pipeline, "Runtime": "python3.13", "Handler": "index.handler", "Role": ROLE,
            "Timeout": 60, "Code": {"ZipFile": (SOURCE / "index.py").read_text()}}}}}
        body = json.dumps(template)
        self.assertLess(len(body), 51_200)
        self.cloudformation.create_stack(StackName=self.pipeline, TemplateBody=body)
        self.cloudformation.get_waiter("stack_create_complete").wait(
            StackName=self.pipeline, WaiterConfig={"Delay": 0.1, "MaxAttempts": 100})
        self.s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
        self.s3.put_object(Bucket=BUCKET, Key="source.zip", Body=b"source")
        parameters = self.parameters(key="#{variables.key}", sha256="#{variables.sha256}")
        self.codepipeline.create_pipeline(pipeline={
            "name": self.pipeline, "roleArn": ROLE, "pipelineType": "V2",
            "artifactStore": {"type": "S3", "location": BUCKET},
            "variables": [{"name": "key"}, {"name": "sha256"}],
            "stages": [
                {"name": "source", "actions": [{
                    "name": "source", "actionTypeId": self.type("Source", "S3"),
                    "outputArtifacts": [{"name": "source"}], "configuration": {
                        "S3Bucket": BUCKET, "S3ObjectKey": "source.zip", "PollForSourceChanges": "false"}}]},
                {"name": "release", "actions": [{
                    "name": "release", "actionTypeId": self.type("Invoke", "Lambda"), "namespace": "release",
                    "configuration": {"FunctionName": self.pipeline, "UserParameters": json.dumps(parameters)}}]}]})

    @staticmethod
    def type(category, provider):
        return {"category": category, "owner": "AWS", "provider": provider, "version": "1"}

    def execute(self):
        started = self.codepipeline.start_pipeline_execution(
            name=self.pipeline, variables=[{"name": "key", "value": self.new.key},
                                           {"name": "sha256", "value": self.new.sha256}])
        return {"pipelineName": self.pipeline, "pipelineExecutionId": started["pipelineExecutionId"]}

    def action(self, execution):
        details = self.codepipeline.list_action_executions(
            pipelineName=self.pipeline, filter={"pipelineExecutionId": execution["pipelineExecutionId"]})
        return next((action for action in details["actionExecutionDetails"] if action["actionName"] == "release"), None)

    def ended(self, execution):
        deadline = time.monotonic() + 60
        while self.codepipeline.get_pipeline_execution(**execution)["pipelineExecution"]["status"] == "InProgress":
            self.assertLess(time.monotonic(), deadline, self.action(execution))
            time.sleep(0.1)
        return self.action(execution)

    def test_release(self):
        self.make_application(self.old)
        action = self.ended(self.execute())
        self.assertEqual(action["status"], "Succeeded", action)
        self.assertReleased(Ended(succeeded=True, message=None, outputs=action["output"]["outputVariables"]))

    def test_failed_release(self):
        self.make_application(self.old)
        self.plan("UpdateApplication", "fail", "StateMigrationException")
        action = self.ended(self.execute())
        self.assertEqual(action["status"], "Failed")
        self.assertIn("StateMigrationException", action["output"]["executionResult"]["errorDetails"]["message"])
        self.assertEqual(self.pointed(), "unreleased")

    def test_first_release_before_the_stack(self):
        execution = self.execute()
        deadline = time.monotonic() + 30
        while self.pointed() == "unreleased":
            self.assertLess(time.monotonic(), deadline, self.action(execution))
            time.sleep(0.1)
        self.make_stack()
        action = self.ended(execution)
        self.assertEqual(action["status"], "Succeeded", action)
        self.assertReleased(Ended(succeeded=True, message=None, outputs=action["output"]["outputVariables"]))


class Permissions(Case):
    """permissions.json allows each call the function makes, on that resource, and nothing more."""

    PREFIX = {"kinesisanalyticsv2": "kinesisanalytics"}
    ALSO = {"s3:HeadObject": ["s3:GetObject", "s3:ListBucket"]}

    def test_every_call_is_allowed_and_nothing_more(self):
        self.make_stack(Runtime="SQL-1_0")  # a first release that fails …
        self.release()
        self.cloudformation.delete_stack(StackName=self.stack)
        self.cloudformation.get_waiter("stack_delete_complete").wait(
            StackName=self.stack, WaiterConfig={"Delay": 0.1, "MaxAttempts": 100})
        self.make_released_stack()  # … and a later one that succeeds, after somebody has planned a change
        self.make_change_set(self.touching())
        self.assertReleased(self.release())

        allowed = set()
        for statement in json.loads((SOURCE / "permissions.json").read_text())["statements"]:
            self.assertEqual((statement["Effect"], bool(statement["why"])), ("Allow", True))
            allowed |= {(action, self.filled(statement["Resource"])) for action in statement["Action"]}
        used = set()
        for service, operation, params in self.calls:
            action = f"{self.PREFIX.get(service, service)}:{operation}"
            for action in self.ALSO.get(action, [action]):
                resource = self.resource(action, params)
                grants = {grant for grant in allowed
                          if grant[0] == action and re.fullmatch(re.escape(grant[1]).replace(r"\*", ".*"), resource)}
                self.assertTrue(grants, f"{action} on {resource} is not allowed")
                used |= grants
        self.assertEqual(allowed - used, set(), "allowed, and not needed")

    def filled(self, resource):
        if isinstance(resource, str):
            return resource
        values = {"AWS::Partition": "aws", "AWS::Region": REGION, "AWS::AccountId": ACCOUNT, "Bucket": BUCKET,
                  "Application": self.application, "Stack": self.stack, "Pointer": self.pointer}
        return re.sub(r"\$\{([^}]+)\}", lambda match: values[match[1]], resource["Fn::Sub"])

    def resource(self, action, params):
        place = f"{REGION}:{ACCOUNT}"
        return {"s3:GetObject": lambda: f"arn:aws:s3:::{params['Bucket']}/{params['Key']}",
                "s3:ListBucket": lambda: f"arn:aws:s3:::{params['Bucket']}",
                "ssm": lambda: f"arn:aws:ssm:{place}:parameter{params['Name']}",
                "cloudformation": lambda: f"arn:aws:cloudformation:{place}:stack/{params['StackName']}/{uuid.uuid4()}",
                "kinesisanalytics": lambda: f"arn:aws:kinesisanalytics:{place}:application/{params['ApplicationName']}",
                "codepipeline": lambda: "*"}[action if action.startswith("s3:") else action.split(":")[0]]()


def described(template):
    """The template with a description of each of its applications."""
    return template.replace("RuntimeEnvironment:", "ApplicationDescription: taxis\n      RuntimeEnvironment:")


def aged(token, minutes):
    """The token of a release that began so many minutes ago."""
    memory = json.loads(token)
    return json.dumps({**memory, "started": memory["started"] - 60 * minutes})


if __name__ == "__main__":
    unittest.main()
