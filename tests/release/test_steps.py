"""The functions behind pipeline steps, run against a local AWS API server over HTTP.

    python tests/release/test_steps.py        (a venv with tests/server/requirements.txt)

Each function is put together as the compiler does it, the prelude before its own code, and its `handler` is called as
CodePipeline would, again and again with the continuation token it gave, until it ends. EMR, EMR Serverless, the
Redshift Data API and OpenSearch answer from `tests/server/serve.py`, where nothing runs: a test plans the states.
CodePipeline's own answers are taken by `Function`, which also lets time pass: it does not by itself.
"""
import contextlib
import io
import itertools
import json
import os
import subprocess
import sys
import tempfile
import time
import types
import unittest
import urllib.request
import uuid
import zipfile
from pathlib import Path

import boto3

from parts import recorded_text, text

ROOT = Path(__file__).resolve().parents[2]
KINDS = ROOT / "src/kinds"
SERVER = Path(os.environ.get("TIDEGATE_TEST_SERVER", ROOT / "tests/server/serve.py"))
ACCOUNT, REGION = "111122223333", "eu-west-1"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/jobs"
RECORD = "/tidegate/records/rides/clusters/enrich"
BUILT = f"builds/jar/{'ab' * 32}/app.jar"
LIMITS = {"summary": 2048, "continuationToken": 2048, "message": 5000}
_accounts = itertools.count(111_222_000_001)


def setUpModule():
    os.environ.update(AWS_SECRET_ACCESS_KEY="not-a-secret", AWS_DEFAULT_REGION=REGION, AWS_REGION=REGION)
    Server.process = subprocess.Popen([sys.executable, str(SERVER), "--port", "0"], text=True,
                                      stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # it ends with its stdin
    Server.url = os.environ["AWS_ENDPOINT_URL"] = Server.process.stdout.readline().split()[-1]
    os.environ["AWS_ACCESS_KEY_ID"] = ACCOUNT
    boto3.setup_default_session()
    boto3.client("s3").create_bucket(Bucket="programs", CreateBucketConfiguration={"LocationConstraint": REGION})
    everybody = {"Effect": "Allow", "Principal": "*", "Action": ["s3:GetObject", "s3:ListBucket"],
                 "Resource": ["arn:aws:s3:::programs", "arn:aws:s3:::programs/*"]}
    boto3.client("s3").put_bucket_policy(Bucket="programs", Policy=json.dumps(
        {"Version": "2012-10-17", "Statement": [everybody]}))
    for key in ("load.py", "count.py", "follow.py", "follow-2.py", "a.jar", "it's.jar", "a.q"):
        put(key, f"the program {key}")
    put(BUILT, "the build", sha256="ab" * 32)


def put(key, content, **metadata):
    boto3.client("s3", aws_access_key_id=ACCOUNT, aws_secret_access_key="not-a-secret").put_object(Bucket="programs", Key=key, Body=content.encode(), Metadata=metadata)


class Server:
    process = url = None

    @classmethod
    def plan(cls, account, service, holds, states, reason=None):
        body = {"account": account, "region": REGION, "service": service, "holds": holds, "states": states,
                "reason": reason}
        request = urllib.request.Request(f"{cls.url}/_tidegate/runs/plan", json.dumps(body).encode(), method="POST")
        urllib.request.urlopen(request, timeout=60).close()


class Http:
    def __init__(self, status_code):
        self.status_code, self.headers = status_code, {}


class Killed(BaseException):
    """The function was ended from outside, and answered nobody."""


class Function:
    """One function as it is deployed, and CodePipeline in front of it."""

    def __init__(self, code, constants, variables):
        os.environ.update(variables)
        self.module = types.ModuleType("index")
        sources = [KINDS / source for source in str(code).split()]
        whole = recorded_text(*sources, **constants) if len(sources) > 1 else text(*sources, constants=constants)
        exec(compile(whole, sources[-1], "exec"), self.module.__dict__)
        self.now = 1_800_000_000.0
        self.module.time = types.SimpleNamespace(time=lambda: self.now, sleep=self.pass_time)
        self.answers, self.calls, self.throttled, self.denied = [], [], {}, set()
        self.done, self.kill_after = 0, None
        self.watch(self.module.codepipeline)
        for client in ("emr", "redshift", "s3", "ssm"):
            if hasattr(self.module, client):
                self.watch(getattr(self.module, client))
        self.over = None

    def pass_time(self, seconds):
        self.now += seconds

    def watch(self, client):
        name = client.meta.service_model.service_name
        client.meta.events.register("before-parameter-build", self.keep)
        client.meta.events.register(f"before-call.{name}", self.reply)
        if name != "codepipeline":
            client.meta.events.register(f"after-call.{name}", self.maybe_die)

    def keep(self, params, model, **_):
        self.calls.append((model.name, dict(params)))
        if model.service_model.service_name == "codepipeline":
            self.answers.append((model.name, params))

    def reply(self, model, **_):
        if model.service_model.service_name == "codepipeline":
            return (Http(400), {"Error": {"Code": self.over, "Message": "over"}}) if self.over else (Http(200), {})
        if self.throttled.get(model.name, 0) > 0:
            self.throttled[model.name] -= 1
            return Http(400), {"Error": {"Code": "ThrottlingException", "Message": "Rate exceeded"}}
        if model.name in self.denied:
            return Http(400), {"Error": {"Code": "AccessDeniedException", "Message": "no"}}
        return None

    def maybe_die(self, model, **_):
        if model.name.startswith(("AddJob", "Cancel", "Delete", "Put", "Start")):
            self.done += 1
            if self.done == self.kill_after:
                raise Killed

    def killed(self, after):
        """Run until so many writes were made; gives the last token, or "ended" when it ended before."""
        self.done, self.kill_after, token, job = 0, after, None, str(uuid.uuid4())
        try:
            while True:
                name, answer = self.call(job, token)
                token = answer.get("continuationToken")
                if name == "PutJobFailureResult" or not token:
                    return "ended"
                self.now += 30
        except Killed:
            return token
        finally:
            self.kill_after = None

    def called(self, operation):
        return [params for name, params in self.calls if name == operation]

    def call(self, job, token=None, **parameters):
        """One call; gives the answer's name and members."""
        asked = json.dumps({"deadline-minutes": 60, **parameters})
        data = {"actionConfiguration": {"configuration": {"UserParameters": asked}}}
        if token:
            data["continuationToken"] = token
        before = len(self.answers)
        with contextlib.redirect_stdout(io.StringIO()) as self.log, contextlib.redirect_stderr(io.StringIO()):
            self.module.handler({"CodePipeline.job": {"id": job, "data": data}}, None)
        answers = self.answers[before:]
        assert len(answers) == 1, answers
        return answers[0]

    def run(self, job=None, token=None, calls=60, twice=False, **parameters):
        """Call until the step ends. With `twice`, every call is made twice: its first answer is lost."""
        job, waits = job or str(uuid.uuid4()), []
        for _ in range(calls):
            if twice:
                self.call(job, token, **parameters)
            name, answer = self.call(job, token, **parameters)
            if name == "PutJobFailureResult":
                details = answer["failureDetails"]
                assert len(details["message"]) <= LIMITS["message"]
                return types.SimpleNamespace(done=False, waits=waits, kind=details["type"], message=details["message"])
            token = answer.get("continuationToken")
            if not token:
                return types.SimpleNamespace(done=True, waits=waits, outputs=answer.get("outputVariables"))
            assert len(token) <= LIMITS["continuationToken"]
            waits.append(answer["executionDetails"]["summary"])
            assert len(waits[-1]) <= LIMITS["summary"]
            self.now += 30
        return types.SimpleNamespace(done=None, waits=waits, token=token)


class Case(unittest.TestCase):
    def setUp(self):
        self.account = os.environ["AWS_ACCESS_KEY_ID"] = str(next(_accounts))
        boto3.setup_default_session()  # the last one keeps its credentials

    def plan(self, holds, states, reason=None):
        Server.plan(self.account, self.service, holds, states, reason)

    def succeeds(self, ended):
        self.assertTrue(ended.done, ended)
        return ended

    def fails(self, ended, *texts, kind="JobFailed"):
        self.assertIs(ended.done, False, ended)
        self.assertEqual(ended.kind, kind, ended.message)
        for text in texts:
            self.assertIn(text, ended.message)
        return ended


def wanted(name, **more):
    return {"name": name, "run": "spark", "code": f"s3://programs/{name}.py", "main": None, "parameters": [],
            "arguments": [], "streaming": False, "for-minutes": 1, **more}


# ---- EMR, on instances and serverless: the same situations ------------------------------------

class Jobs:
    def test_all_run_in_order(self):
        function = self.function(wanted("load"), wanted("count"))
        self.succeeds(function.run())
        self.assertEqual([self.short(name) for name in self.submitted(function)], ["load", "count"])

    def test_a_failed_one_ends_the_step_with_its_reason_and_log(self):
        self.plan("load", self.states("FAILED"), "The driver ran out of memory.")
        function = self.function(wanted("load"), wanted("count"))
        self.fails(function.run(), "load", "FAILED", "The driver ran out of memory.", self.log)
        self.assertEqual(len(self.submitted(function)), 1)

    def test_an_earlier_run_is_waited_for(self):
        function = self.function(wanted("load"))
        self.plan("load", self.states("RUNNING"))
        function.run(calls=2)
        for kind in ("records", "locks"):  # somebody else's, as far as is known
            boto3.client("ssm").delete_parameter(Name=RECORD.replace("records", kind))
        self.plan("load", self.states(self.ended))
        waiting = function.run(calls=3)
        self.assertIn("has not ended", waiting.waits[-1])
        self.assertEqual(len(self.submitted(function)), 1)

    def test_a_streaming_one_takes_the_place_of_the_running_one(self):
        function = self.function(wanted("follow", streaming=True))
        self.plan("follow", self.states("RUNNING"))
        self.succeeds(function.run())
        ended = self.succeeds(function.run())
        self.assertIn("is being stopped", " ".join(ended.waits))
        self.assertEqual(len(self.submitted(function)), 2)
        self.assertEqual(len(function.called(self.cancels)), 1)

    def test_a_streaming_one_has_to_go_on_running(self):
        function = self.function(wanted("follow", streaming=True))
        self.plan("follow", self.states("RUNNING", "RUNNING", "FAILED"), "No such stream.")
        self.fails(function.run(), "No such stream.")

    def test_a_streaming_one_that_ends_by_itself_has_failed(self):
        self.fails(self.function(wanted("follow", streaming=True)).run(), "ended by itself")

    def test_a_killed_call_starts_nothing_twice(self):
        function = self.function(wanted("load"), wanted("follow", streaming=True))
        self.plan("follow", self.states("RUNNING"))
        job = str(uuid.uuid4())
        function.call(job)
        self.succeeds(function.run(job=job, twice=True))
        self.assertEqual(len(self.listed()), 2)

    def test_throttled_calls_are_made_again(self):
        function = self.function(wanted("load"))
        function.throttled = {self.submits: 30}
        ended = self.succeeds(function.run())
        self.assertIn("Rate exceeded", ended.waits[0])
        self.assertEqual(len(self.listed()), 1)

    def test_the_deadline_ends_the_step(self):
        self.plan("load", self.states("RUNNING"))
        self.fails(self.function(wanted("load")).run(**{"deadline-minutes": 5}), "Not released within 5 minutes", "RUNNING")

    def test_a_build_comes_from_the_pipeline(self):
        function = self.function(wanted("load", code={"build": "builds.jar"}))
        self.succeeds(function.run(keys={"builds.jar": BUILT}))
        self.assertIn(f"s3://programs/{BUILT}", json.dumps(function.calls))
        self.fails(function.run(), "passes no builds.jar on", kind="ConfigurationError")
        gone = BUILT.replace("ab", "cd")
        self.fails(function.run(keys={"builds.jar": gone}), gone, "never uploaded", kind="RevisionUnavailable")

    def test_values_of_the_stack_are_variables(self):
        function = self.function(wanted("load", arguments=["--from", {"variable": "VALUE_1"}]), VALUE_1="rides")
        self.succeeds(function.run())
        self.assertIn('"--from", "rides"', json.dumps(function.calls))

    # ---- The record, and the way back ----

    def test_the_record_says_how_it_ended(self):
        self.succeeds(self.function(wanted("load"), wanted("count")).run(execution="e-7"))
        record = self.record()
        self.assertEqual((record["outcome"], record["by"], record["key"]), ("succeeded", "pipeline execution e-7", "2 steps"))
        self.assertEqual(record["evidence"], f"Steps: load {self.ended}, count {self.ended}.")
        self.assertEqual([state for state, _ in record["path"]],
                         ["verify", "stop", "start", "follow", "stop", "start", "follow", "end"])

    def test_the_record_says_why_it_failed(self):
        self.plan("load", self.states("FAILED"), "The driver ran out of memory.")
        ended = self.fails(self.function(wanted("load")).run(), "out of memory")
        self.assertEqual((self.record()["outcome"], self.record()["reason"]), ("failed", ended.message))

    def test_the_build_is_what_the_record_names(self):
        self.succeeds(self.function(wanted("load", code={"build": "builds.jar"})).run(keys={"builds.jar": BUILT}))
        self.assertEqual(self.record()["sha256"], "ab" * 32)

    def follow(self, code="follow.py", **more):
        return self.function(wanted("follow", streaming=True, code=f"s3://programs/{code}", **more))

    def test_the_running_one_goes_on_while_the_new_program_is_missing(self):
        self.plan("follow", self.states("RUNNING"))
        self.succeeds(self.follow().run())
        function = self.follow("gone.py")
        self.fails(function.run(), "follow is not at s3://programs/gone.py", "Nothing was changed", kind="RevisionUnavailable")
        self.assertEqual(function.called(self.cancels), [])

    def test_a_streaming_one_that_fails_goes_back(self):
        self.plan("follow", self.states("RUNNING"))
        self.succeeds(self.follow().run())
        self.plan("follow", self.states("RUNNING", "FAILED"), "No such stream.")
        self.plan("-back", self.states("RUNNING"))
        ended = self.fails(self.follow("follow-2.py", **{"for-minutes": 3}).run(), "No such stream.", "It was rolled back",
                           "runs s3://programs/follow.py again, with the state of its checkpoint, and is healthy")
        self.assertIn("Its log", ended.message)
        self.assertEqual([state for state, _ in self.record()["path"]][-3:], ["wait-back", "watch-back", "failed"])

    def test_the_way_back_fails_as_well(self):
        self.plan("follow", self.states("RUNNING"))
        self.succeeds(self.follow().run())
        self.plan("follow", self.states("FAILED"), "No such stream.")
        self.fails(self.follow("follow-2.py").run(), "It could not be rolled back", "follow of rides-enrich is FAILED")

    def test_a_streaming_one_that_nobody_wrote_down_has_no_way_back(self):
        self.plan("follow", self.states("RUNNING"))
        self.succeeds(self.follow().run())
        boto3.client("ssm").delete_parameter(Name=RECORD)
        self.plan("follow", self.states("FAILED"), "No such stream.")
        self.fails(self.follow("follow-2.py").run(), "no release has written down which program ran before", "was stopped")

    def test_a_program_that_was_written_over_has_no_way_back(self):
        self.plan("follow", self.states("RUNNING"))
        put("over.py", "first")
        self.succeeds(self.follow("over.py").run())
        put("over.py", "second")
        self.plan("follow", self.states("FAILED"), "No such stream.")
        self.fails(self.follow("over.py").run(), "was replaced in place")

    def test_the_same_words_as_for_flink(self):
        self.plan("follow", self.states("RUNNING"))
        ended = self.succeeds(self.follow(**{"for-minutes": 5}).run())
        self.assertRegex(ended.waits[-1], "follow of rides-enrich runs [0-9a-f]{12} and is healthy so far: watched for")

    def test_two_at_once(self):
        self.plan("load", self.states("RUNNING", *["RUNNING"] * 8, self.ended))
        function = self.function(wanted("load"))
        first = function.run(calls=2, execution="e-1")
        held = function.run(calls=2, execution="e-2", more="another")
        self.assertIn("pipeline execution e-1 releases rides-enrich since", held.waits[-1])
        self.succeeds(function.run(token=first.token, execution="e-1"))
        self.assertEqual(len(self.listed()), 1)

    def test_the_stage_is_retried_after_a_kill(self):
        """The record is taken up by another execution when the lock of what was killed is old."""
        self.plan("load", self.states("RUNNING", *["RUNNING"] * 30, self.ended))
        function = self.function(wanted("load"))
        function.run(calls=3, execution="e-1")
        self.succeeds(function.run(execution="e-2"))
        self.assertEqual((len(self.listed()), self.record()["by"]), (1, "pipeline execution e-2"))

    def test_killed_after_each_write(self):
        self.plan("follow", self.states("RUNNING"))
        self.succeeds(self.follow().run())
        for after in range(1, 40):
            function = self.follow(("follow-2.py", "follow.py")[after % 2 == 0])
            before, token = len(self.listed()), function.killed(after)
            if token == "ended":
                return self.assertGreater(after, 8)
            if after % 3 == 0 and not self.record().get("ended"):  # a retry of the stage, which knows no token
                token, function.now = None, function.now + 360
            self.succeeds(function.run(token=token))
            self.assertEqual(len(self.listed()), before + 1, after)
        return self.fail("it never ended")

    def test_forbidden(self):
        self.plan("follow", self.states("RUNNING"))
        self.succeeds(self.follow().run())
        for operation in (self.cancels, "PutParameter", "HeadObject", self.submits):
            function = self.follow("follow-2.py")
            function.denied = {operation}
            self.fails(function.run(), operation, kind="PermissionError")

    def test_nothing_else_is_called(self):
        self.plan("follow", self.states("RUNNING"))
        self.succeeds(self.follow().run())
        function = self.follow("follow-2.py")
        self.succeeds(function.run())
        self.assertEqual({name for name, _ in function.calls}, self.reads | {
            self.submits, self.cancels, "HeadObject", "GetParameter", "PutParameter", "DeleteParameter",
            "PutJobSuccessResult"})

    def record(self):
        return json.loads(boto3.client("ssm").get_parameter(Name=RECORD)["Parameter"]["Value"])

    def short(self, name):
        return name.partition(" (")[0]

    def function(self, *steps, **variables):
        variables = {"NAME": "rides-enrich", "RECORD": RECORD, **self.variables(), **variables}
        return Function(self.code, {"STEPS": list(steps), "PUBLISHED": "programs"}, variables)


class Instances(Jobs, Case):
    service, code, log, ended = "emr", "cluster/steps/release.py cluster/steps/instances.py", "stderr.gz", "COMPLETED"
    submits, cancels, reads = "AddJobFlowSteps", "CancelSteps", {"ListSteps", "DescribeStep"}

    def setUp(self):
        super().setUp()
        self.emr = boto3.client("emr")
        instances = {"KeepJobFlowAliveWhenNoSteps": True, "MasterInstanceType": "m7g.xlarge", "InstanceCount": 1}
        made = self.emr.run_job_flow(Name="sessions", ReleaseLabel="emr-7.9.0", Instances=instances)
        self.cluster = made["JobFlowId"]

    def variables(self):
        return {"CLUSTER": self.cluster}

    def states(self, *states):
        return ["PENDING", *states]

    def submitted(self, function):
        return [step["Name"] for call in function.called(self.submits) for step in call["Steps"]]

    def listed(self):
        return self.emr.list_steps(ClusterId=self.cluster)["Steps"]

    def command(self, **more):
        function = self.function(wanted("load", **more))
        self.succeeds(function.run())
        [call] = function.called(self.submits)
        self.assertEqual(call["Steps"][0]["ActionOnFailure"], "CONTINUE")
        return call["Steps"][0]["HadoopJarStep"]

    def test_spark_is_submitted_to_yarn(self):
        command = self.command(code="s3://programs/a.jar", main="com.acme.A", parameters=["--conf", "a=b"], arguments=["x y"])
        self.assertEqual(command, {
            "Jar": "command-runner.jar",
            "Args": ["spark-submit", "--deploy-mode", "cluster", "--class", "com.acme.A", "--conf", "a=b",
                     "s3://programs/a.jar", "x y"]})

    def test_flink_runs_a_local_copy_that_ends_with_its_step(self):
        command = self.command(
            run="flink", code="s3://programs/it's.jar", main="com.acme.A", parameters=["-p", "8"], arguments=["x y"])
        self.assertEqual(command["Args"][:2], ["bash", "-c"])
        copied, _, run = command["Args"][2].partition(" && exec ")
        self.assertTrue(copied.startswith("""aws s3 cp --only-show-errors 's3://programs/it'"'"'s.jar' """), copied)
        self.assertTrue(run.startswith("flink run -m yarn-cluster -sae -c com.acme.A -p 8 "), run)
        self.assertTrue(run.endswith("'x y'"), run)

    def test_a_jar_is_run_as_it_is(self):
        self.assertEqual(self.command(run="jar", code="s3://programs/a.jar", main="com.acme.A", arguments=["x"]),
                         {"Jar": "s3://programs/a.jar", "MainClass": "com.acme.A", "Args": ["x"]})

    def test_a_terminated_cluster_takes_no_steps(self):
        self.emr.terminate_job_flows(JobFlowIds=[self.cluster])
        self.fails(self.function(wanted("load")).run(), "takes no steps", "shutting down", "deploy the stack")

    def test_a_step_that_cannot_be_stopped_is_told(self):
        function = self.function(wanted("follow", streaming=True))
        self.plan("follow", self.states("RUNNING"), "cannot be cancelled")
        self.succeeds(function.run())
        self.fails(function.run(), "cannot be stopped", "at its end")


class Serverless(Jobs, Case):
    service, code, log, ended = "emr-serverless", "cluster/steps/release.py cluster/steps/serverless.py", "group /rides/enrich", "SUCCESS"
    submits, cancels, reads = "StartJobRun", "CancelJobRun", {"ListJobRuns", "GetJobRun"}

    def variables(self):
        return {"APPLICATION": "00abc123", "ROLE": ROLE, "LOGS": "/rides/enrich"}

    def states(self, *states):
        return ["SUBMITTED", *states]

    def submitted(self, function):
        return [call["name"] for call in function.called(self.submits)]

    def listed(self):
        return boto3.client("emr-serverless").list_job_runs(applicationId="00abc123")["jobRuns"]

    def request(self, **more):
        function = self.function(wanted("load", **more))
        self.plan("load", self.states("RUNNING") if more.get("streaming") else self.states("SUCCESS"))
        self.succeeds(function.run())
        return function.called(self.submits)[0]

    def test_spark_gets_its_class_and_options(self):
        request = self.request(
            code="s3://programs/a.jar", main="com.acme.A", parameters=["--conf", "a=b c"], arguments=["x y"])
        self.assertEqual(request["jobDriver"], {"sparkSubmit": {
            "entryPoint": "s3://programs/a.jar", "entryPointArguments": ["x y"],
            "sparkSubmitParameters": "--class com.acme.A --conf 'a=b c'"}})
        self.assertNotIn("mode", request)

    def test_a_streaming_job_has_no_end(self):
        request = self.request(streaming=True)
        self.assertEqual((request["mode"], request["executionTimeoutMinutes"]), ("STREAMING", 0))

    def test_hive_runs_a_file(self):
        request = self.request(run="hive", code="s3://programs/a.q", parameters=["--hivevar", "day=1"])
        self.assertEqual(request["jobDriver"], {"hive": {"query": "s3://programs/a.q", "parameters": "--hivevar day=1"}})


# ---- Redshift ---------------------------------------------------------------------------------

STATEMENTS = [("sql/tables.sql", 1, 2, "create table one"), ("sql/tables.sql", 2, 5, "create table two"),
              ("sql/grants.sql", 1, 1, "grant three")]


class Sql(Case):
    service = "redshift-data"

    def function(self, statements=STATEMENTS, **target):
        for name in ("WORKGROUP", "NAMESPACE", "CLUSTER", "SECRET"):
            os.environ.pop(name, None)
        target = target or {"WORKGROUP": "rides-prod-sales", "NAMESPACE": "rides-prod-sales"}
        return Function("warehouse/sql.py", {"STATEMENTS": statements}, {"DATABASE": "sales", **target})

    def test_statements_run_in_order_as_the_administrator(self):
        function = self.function()
        ended = self.succeeds(function.run())
        self.assertEqual(ended.outputs, {"statements": "3"})
        calls = function.called("ExecuteStatement")
        self.assertEqual([call["Sql"] for call in calls], ["create table one", "create table two", "grant three"])
        for call in calls:
            self.assertEqual((call["WorkgroupName"], call["Database"]), ("rides-prod-sales", "sales"))
            self.assertIn("secret:redshift!rides-prod-sales-administrator", call["SecretArn"])

    def test_a_cluster_is_named_with_its_secret(self):
        secret = "arn:aws:secretsmanager:::secret:own"
        function = self.function(CLUSTER="ledger", SECRET=secret)
        self.succeeds(function.run())
        call = function.called("ExecuteStatement")[0]
        self.assertEqual((call["ClusterIdentifier"], call["SecretArn"]), ("ledger", secret))
        self.assertNotIn("WorkgroupName", call)

    def test_a_failed_statement_is_told_with_its_place(self):
        for state in ("FAILED", "ABORTED"):
            self.plan("table two", ["STARTED", state], 'ERROR: relation "two" already exists')
            function = self.function()
            self.fails(function.run(), "sql/tables.sql: statement 2 in line 5", state, 'relation "two" already exists',
                       "create table two")
            self.assertEqual(len(function.called("ExecuteStatement")), 2)

    def test_a_long_statement_is_waited_for(self):
        self.plan("table two", ["STARTED"] * 300 + ["FINISHED"])
        ended = self.succeeds(self.function().run())
        self.assertIn("statement 2 in line 5 is running", ended.waits[0])

    def test_everything_runs_again_in_the_next_execution(self):
        function = self.function()
        self.succeeds(function.run())
        self.succeeds(function.run())
        self.assertEqual(len({call["ClientToken"] for call in function.called("ExecuteStatement")}), 6)

    def test_a_killed_call_runs_nothing_twice(self):
        self.plan("table two", ["STARTED"] * 300 + ["FINISHED"])
        function = self.function()
        job = str(uuid.uuid4())
        function.call(job)
        self.succeeds(function.run(job=job, twice=True))
        self.assertEqual(len({call["ClientToken"] for call in function.called("ExecuteStatement")}), 3)

    def test_throttled_calls_are_made_again(self):
        function = self.function()
        function.throttled = {"ExecuteStatement": 30}
        ended = self.succeeds(function.run())
        self.assertIn("Rate exceeded", ended.waits[0])

    def test_the_deadline_ends_the_step(self):
        self.plan("table one", ["STARTED"])
        self.fails(self.function().run(**{"deadline-minutes": 3}), "Not done within 3 minutes", "statement 1 in line 2")


# ---- OpenSearch -------------------------------------------------------------------------------

RIDES = json.dumps({"index_patterns": ["rides-*"], "priority": 1, "template": {"settings": {"number_of_shards": 2}}})


class Templates(Case):
    service = "opensearch"

    def function(self, **templates):
        function = Function("search/templates.py", {"TEMPLATES": templates or {"rides": RIDES}}, {"ENDPOINT": "domain"})
        function.module.URL = Server.url
        return function

    def test_templates_are_put_and_read_back(self):
        function = self.function(rides=RIDES, alerts='{"index_patterns": ["alerts-*"]}')
        self.assertEqual(self.succeeds(function.run()).outputs, {"templates": "2"})
        self.succeeds(function.run())

    def test_a_refused_template_is_told(self):
        function = self.function(rides='{"index_patterns": ["a"], "mappings": {}}')
        self.fails(function.run(), "rides was refused: 400", "unknown field [mappings]", "Correct the file")

    def test_a_role_that_is_not_let_in_is_told_how(self):
        self.plan("rides", ["403"], "no permissions for [indices:admin/index_template/put]")
        ended = self.function().run()
        self.fails(ended, "no permissions for", "map the role", "index_template/put", kind="PermissionError")

    def test_a_busy_domain_is_asked_again(self):
        self.plan("rides", ["429", "503"], "too many requests")
        ended = self.succeeds(self.function().run())
        self.assertEqual(len(ended.waits), 2)
        self.assertIn("too many requests", ended.waits[0])

    def test_a_template_that_somebody_else_changed_is_told(self):
        function = self.function()
        put = function.module.put
        function.module.put = lambda name, text: put(name, text.replace("rides-*", "other-*"))
        self.fails(function.run(), 'index_patterns ["other-*"] and not ["rides-*"]')

    def test_a_template_that_vanished_is_told(self):
        function = self.function()
        function.module.put = lambda name, text: None
        self.fails(function.run(), "cannot be read back: 404")

    def test_a_domain_out_of_reach_is_asked_until_the_deadline(self):
        function = self.function()
        function.module.URL = "http://127.0.0.1:9"
        self.fails(function.run(**{"deadline-minutes": 2}), "Not done within 2 minutes", "asked again later")

    def test_a_call_made_twice_does_no_harm(self):
        self.plan("rides", ["429"], "too many requests")
        self.succeeds(self.function().run(twice=True))


# ---- What all share ---------------------------------------------------------------------------

class Prelude(Case):
    def function(self, code):
        path = Path(self.enterContext(tempfile.TemporaryDirectory()))
        (path / "own.py").write_text(code)
        return Function(path / "own.py", {}, {})

    def test_what_is_no_job_is_refused(self):
        with self.assertRaises(ValueError):
            self.function("def step(job): pass\n").module.handler({}, None)

    def test_parameters_that_cannot_be_used_are_told(self):
        for minutes in (0, 1441, "10", None):
            ended = self.function("def step(job): pass\n").run(**{"deadline-minutes": minutes})
            self.fails(ended, "UserParameters", "compile the pipeline again", kind="ConfigurationError")

    def test_a_mistake_in_a_step_is_told(self):
        self.fails(self.function("def step(job): return 1 / 0\n").run(), "ZeroDivisionError", "log has the details")

    def test_a_job_that_nobody_waits_for_is_left(self):
        function = self.function("def step(job): pass\n")
        for code in ("InvalidJobStateException", "JobNotFoundException"):
            function.over = code
            function.call("1")
            self.assertIn("Nobody waits", function.log.getvalue())

    def test_long_messages_keep_beginning_and_end(self):
        ended = self.function("def step(job): raise Failed('begin ' + 'x' * 9000 + ' end')\n").run()
        self.fails(ended, "begin", " end")

    def test_a_memory_that_is_too_large_is_told(self):
        ended = self.function("def step(job):\n    job.memory['x'] = 'x' * 3000\n    return Later('y')\n").run()
        self.fails(ended, "more to remember")

    def test_credentials_are_never_printed(self):
        function = self.function("def step(job): return Later('waits')\n")
        function.call("1")
        self.assertNotIn("artifactCredentials", function.log.getvalue())


class FirstRun(unittest.TestCase):
    """What stops the execution that CodePipeline starts by itself when it makes a pipeline."""

    def setUp(self):
        os.environ["AWS_ACCESS_KEY_ID"] = ACCOUNT
        boto3.setup_default_session()
        self.pipelines, self.name = boto3.client("codepipeline"), f"first-{uuid.uuid4().hex[:8]}"
        function = types.ModuleType("index")
        source = Path(__file__).resolve().parents[2] / "src/kinds/delivery/notices/first_run.py"
        exec(compile(source.read_text(), str(source), "exec"), function.__dict__)
        self.handler = function.handler
        s3 = boto3.client("s3")
        s3.create_bucket(Bucket=self.name, CreateBucketConfiguration={"LocationConstraint": s3.meta.region_name})
        s3.put_bucket_versioning(Bucket=self.name, VersioningConfiguration={"Status": "Enabled"})
        code = io.BytesIO()
        with zipfile.ZipFile(code, "w") as archive:
            archive.writestr("README", "x")
        s3.put_object(Bucket=self.name, Key="code.zip", Body=code.getvalue())
        kind = {"owner": "AWS", "version": "1"}
        self.pipelines.create_pipeline(pipeline={
            "name": self.name, "roleArn": "arn:aws:iam::111122223333:role/pipeline", "pipelineType": "V2",
            "artifactStore": {"type": "S3", "location": self.name},
            "stages": [
                {"name": "Source", "actions": [{
                    "name": "Code", "actionTypeId": {"category": "Source", "provider": "S3", **kind},
                    "configuration": {"S3Bucket": self.name, "S3ObjectKey": "code.zip"},
                    "outputArtifacts": [{"name": "Code"}]}]},
                {"name": "Gate", "actions": [{
                    "name": "Ask", "actionTypeId": {"category": "Approval", "provider": "Manual", **kind}}]},
            ]})

    def executions(self):
        rows = self.pipelines.list_pipeline_executions(pipelineName=self.name)["pipelineExecutionSummaries"]
        return {row["pipelineExecutionId"]: row["status"] for row in rows}

    def stops(self, execution):
        self.handler({"detail": {"pipeline": self.name, "execution-id": execution}}, None)
        until = time.monotonic() + 90
        while self.executions()[execution] != "Stopped":
            self.assertLess(time.monotonic(), until, self.executions())
            time.sleep(0.1)

    def test_that_execution_is_stopped_and_no_other(self):
        first, = self.executions()
        second = self.pipelines.start_pipeline_execution(name=self.name)["pipelineExecutionId"]
        self.stops(first)
        self.assertNotEqual(self.executions()[second], "Stopped")

    def test_being_told_twice_is_no_failure(self):
        first, = self.executions()
        self.stops(first)
        self.stops(first)

    def test_anything_else_is_a_failure(self):
        with self.assertRaises(self.pipelines.exceptions.PipelineNotFoundException):
            self.handler({"detail": {"pipeline": "none-such", "execution-id": str(uuid.uuid4())}}, None)


if __name__ == "__main__":
    unittest.main()
