"""The function that runs Glue jobs for pipelines, run against the local AWS API server.

    python tests/release/test_jobs.py        (a venv with tests/server/requirements.txt)

Jobs that end: the server starts, lists and stops runs; how a run goes on is pretended, since its jobs end at once.
Streaming jobs: `tests/server/runs.py` serves their runs, S3 and SSM are MiniStack's. The clock of the function is ahead of
the server's, a minute for each wait, and what Glue says of times is moved along with it.
"""
import datetime
import hashlib
import json
import time
import types
import unittest

from parts import recorded_text
from steps import BUCKET, ROLE, Server, StepCase, aged, client, setUpModule, tearDownModule  # noqa: F401

RUN = "src/kinds/job/run"
SOURCES = [f"{RUN}/index.py", f"{RUN}/once.py", f"{RUN}/release.py"]


class Case(StepCase):
    VERB = "start"

    def code(self):
        return recorded_text(*SOURCES)

    def setUp(self):
        super().setUp()
        self.glue = client("glue")
        self.make_job()

    def make_job(self):
        self.glue.create_job(Name=self.name, Role=ROLE, Command={
            "Name": "glueetl", "ScriptLocation": f"s3://{BUCKET}/scripts/none.py", "PythonVersion": "3"})

    def parameters(self, minutes=120, retries=0):
        return {"job": self.name, "verb": self.VERB, "retries": retries, "deadline-minutes": minutes}

    def run_of(self, state, run_id="jr_1", message=None, ago=0, **more):
        at = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(seconds=ago)
        run = {"Id": run_id, "JobName": self.name, "JobRunState": state, "StartedOn": at, **more}
        if state not in self.function.ACTIVE:
            run["CompletedOn"] = at
        return {**run, **({"ErrorMessage": message} if message else {})}

    def goes(self, *runs):
        self.pretend(self.function.glue, "GetJobRun", *({"JobRun": run} for run in runs))

    def lists(self, *answers):
        """What GetJobRuns says, one answer a call; the last one always."""
        self.pretend(self.function.glue, "GetJobRuns", *({"JobRuns": answer} for answer in answers))


class Started(Case):
    def test_until_its_end(self):
        ended = self.run_step()
        self.assertTrue(ended.succeeded, ended)
        run, = self.glue.get_job_runs(JobName=self.name)["JobRuns"]
        self.assertEqual(ended.outputs["run"], run["Id"])

    def test_a_run_that_takes_its_time(self):
        self.goes(self.run_of("STARTING"), self.run_of("WAITING"), self.run_of("RUNNING"),
                  self.run_of("SUCCEEDED", ExecutionTime=77))
        self.assertEqual(self.run_step().outputs["seconds"], "77")

    def test_a_run_that_fails(self):
        for state in ("FAILED", "TIMEOUT", "ERROR", "EXPIRED", "STOPPED"):
            self.setUp()
            self.goes(self.run_of("RUNNING"), self.run_of(state, message="ValueError: no such table", LogGroupName="/aws-glue/jobs"))
            self.assertFails(self.run_step(), state, "ValueError: no such table", "/aws-glue/jobs", "jr_1")

    def test_a_run_that_fails_without_a_reason(self):
        self.goes(self.run_of("FAILED"))
        self.assertFails(self.run_step(), "gave no reason")

    def test_a_run_that_glue_tries_again(self):
        first = self.run_of("FAILED", message="lost a machine", Attempt=0)
        second = self.run_of("SUCCEEDED", run_id="jr_1_attempt_1", Attempt=1, PreviousRunId="jr_1")
        self.goes(first, first, second)
        self.lists([], [], [first], [first, second])
        ended = self.run_step(self.parameters(retries=1))
        self.assertTrue(ended.succeeded, ended)
        self.assertEqual(ended.outputs["run"], "jr_1_attempt_1")

    def test_the_last_attempt_fails(self):
        first = self.run_of("FAILED", message="lost a machine", Attempt=0)
        second = self.run_of("FAILED", run_id="jr_1_attempt_1", message="lost another", Attempt=1, PreviousRunId="jr_1")
        self.goes(first, second)
        self.lists([], [], [first, second])
        self.assertFails(self.run_step(self.parameters(retries=1)), "lost another")

    def test_an_attempt_that_never_comes(self):
        self.goes(self.run_of("FAILED", message="lost a machine", ago=500))
        self.lists([])
        self.assertFails(self.run_step(self.parameters(retries=2)), "lost a machine")

    def test_a_job_that_is_not_there(self):
        self.pretend(self.function.glue, "GetJobRuns", "EntityNotFoundException")
        self.assertFails(self.run_step(), self.name, "infrastructure pipeline")

    def test_waits_while_the_job_runs_as_often_as_it_may(self):
        self.pretend(self.function.glue, "StartJobRun", "ConcurrentRunsExceededException",
                     "ResourceNumberLimitExceededException: Max concurrent DPUs", None)
        self.assertTrue(self.run_step().succeeded)
        self.assertEqual(len(self.called("StartJobRun")), 3)

    def test_deadline(self):
        self.pretend(self.function.glue, "StartJobRun", "ConcurrentRunsExceededException")
        waiting = self.run_step(until="as often as it may")
        self.assertFails(self.run_step(token=aged(waiting.token, 121)), "within 120 minutes", "as often as it may")

    def test_called_again_with_an_older_token(self):
        """Killed after it started the run: the same call comes again, and starts no second one."""
        looked = self.invoke(self.parameters())
        self.invoke(self.parameters(), looked.token)
        self.assertTrue(self.run_step(token=looked.token).succeeded)
        self.assertEqual(len(self.called("StartJobRun")), 1)
        self.assertEqual(len(self.glue.get_job_runs(JobName=self.name)["JobRuns"]), 1)

    def test_a_run_that_was_there_before_is_not_its_own(self):
        before = self.run_of("RUNNING", run_id="jr_before")
        self.lists([before])
        self.pretend(self.function.glue, "StartJobRun", {"JobRunId": "jr_1"})
        self.goes(self.run_of("SUCCEEDED"))
        self.assertEqual(self.run_step().outputs["run"], "jr_1")

    def test_throttled(self):
        self.pretend(self.function.glue, "StartJobRun", "ThrottlingException", None)
        self.pretend(self.function.glue, "GetJobRun", "ThrottlingException", None)
        self.assertTrue(self.run_step().succeeded)

    def test_forbidden(self):
        self.pretend(self.function.glue, "StartJobRun", "AccessDeniedException: no")
        self.assertFails(self.run_step(), "StartJobRun", "role", kind="PermissionError")

    def test_nothing_else_is_called(self):
        self.run_step()
        self.assertEqual({name for name, _ in self.calls}, {
            "GetJobRuns", "StartJobRun", "GetJobRun", "PutJobSuccessResult"})


class Killed(BaseException):
    """The function was ended from outside, and answered nobody."""


class Released(Case):
    """A release of a streaming job whose script stands beside the document, from execution to execution."""

    PUBLISHED = True

    def setUp(self):
        self.ahead, self.started, self.modified, self.done, self.kill_after = 0.0, {}, None, [], None
        super().setUp()
        self.function.time = types.SimpleNamespace(time=self.now, sleep=lambda seconds: None)
        glue, ssm = self.function.glue.meta.events, self.function.ssm.meta.events
        glue.register("after-call.glue.StartJobRun", self.note_start)
        for operation in ("GetJob", "GetJobRun", "GetJobRuns"):
            glue.register(f"after-call.glue.{operation}", self.move_times)
        for events, service in ((glue, "glue"), (ssm, "ssm")):
            events.register(f"after-call.{service}", self.maybe_die)
        self.ssm = client("ssm")

    # ---- The clock, which only waits move on ----

    def now(self):
        return time.time() + self.ahead

    def note_start(self, parsed, **_):
        if "JobRunId" in parsed:
            self.started[parsed["JobRunId"]] = self.now()

    def move_times(self, parsed, **_):
        def at(seconds):
            return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)
        for run in [*parsed.get("JobRuns", []), *filter(None, [parsed.get("JobRun")])]:
            run["StartedOn"] = at(self.started.get(run["Id"], self.modified))
        if "Job" in parsed:
            parsed["Job"]["LastModifiedOn"] = at(self.modified)

    def maybe_die(self, model, **_):
        if model.name in ("BatchStopJobRun", "StartJobRun", "PutParameter", "DeleteParameter"):
            self.done.append(model.name)
            if len(self.done) == self.kill_after:
                raise Killed

    # ---- What is deployed ----

    def script(self, text):
        digest = hashlib.sha256(text.encode()).hexdigest()
        key = f"scripts/{self.name}/join-{digest[:16]}.py" if self.PUBLISHED else f"scripts/{self.name}/join.py"
        client("s3").put_object(Bucket=BUCKET, Key=key, Body=text.encode())
        return f"s3://{BUCKET}/{key}"

    def make_job(self):
        self.modified = self.now()
        self.address = self.script("first")
        self.glue.create_job(Name=self.name, Role=ROLE, Command=self.command(), DefaultArguments={"--table": "rides"})

    def command(self):
        return {"Name": "gluestreaming", "ScriptLocation": self.address, "PythonVersion": "3"}

    def deploy(self, text, **more):
        """What a deployment of the stack does to the job."""
        self.address = self.script(text)
        self.glue.update_job(JobName=self.name, JobUpdate={"Role": ROLE, "Command": self.command(), **more})
        self.modified = self.now()
        self.ahead += 60

    def plan(self, text, *states, reason=None):
        """How runs of the script with this text go."""
        digest = hashlib.sha256(text.encode()).hexdigest()[:16]
        Server.control("POST", "runs/plan", {"account": "111122223333", "region": "eu-west-1", "service": "glue",
                                             "holds": f"{self.name}/join-{digest}" if self.PUBLISHED else self.name,
                                             "states": list(states), "reason": reason})

    def parameters(self, minutes=120, window=5, execution="e-1"):
        return {"job": self.name, "verb": "release", "deadline-minutes": minutes, "health": {"for-minutes": window},
                "record": self.record_name, "published": self.PUBLISHED, "execution": execution}

    @property
    def record_name(self):
        return f"/tidegate/records/taxi-prod/jobs/{self.name}"

    # ---- Releases ----

    def release(self, token=None, calls=80, until=None, minute=60, **more):
        for _ in range(calls):
            ended = self.invoke(self.parameters(**more), token)
            if not ended.token or (until and until in ended.waits):
                return ended
            token, self.ahead = ended.token, self.ahead + minute
        return self.fail(f"did not end: {ended.waits}")

    def released(self, **more):
        ended = self.release(**more)
        self.assertTrue(ended.succeeded, ended)
        return ended

    def record_of(self):
        return json.loads(self.ssm.get_parameter(Name=self.record_name)["Parameter"]["Value"])

    def runs(self):
        return self.glue.get_job_runs(JobName=self.name)["JobRuns"]

    def states(self):
        return [run["JobRunState"] for run in self.runs()]

    def path(self):
        return [state for state, _ in self.record_of()["path"]]

    def assertLockIsFree(self):
        lock = self.record_name.replace("records", "locks")
        self.assertNotIn(lock, [found["Name"] for found in self.ssm.describe_parameters()["Parameters"]])


class Situations(Released):
    def test_first_release(self):
        ended = self.released()
        run, = self.runs()
        self.assertEqual((run["JobRunState"], ended.outputs["run"], ended.outputs["script"]),
                         ("RUNNING", run["Id"], self.address))
        self.assertEqual(self.path(), ["verify", "look", "start", "wait-running", "watch", "end"])
        self.assertEqual(self.called("BatchStopJobRun"), [])
        self.assertLockIsFree()

    def test_the_run_before_is_stopped_first(self):
        self.released()
        self.deploy("second")
        waits = self.release(until="has to end first")
        self.assertIn("STOPPING", self.states())
        ended = self.released(token=waits.token)
        self.assertEqual(self.states(), ["RUNNING", "STOPPED"])
        self.assertEqual(len(self.called("BatchStopJobRun")), 1)
        record = self.record_of()
        self.assertEqual((record["outcome"], record["by"], record["key"]),
                         ("succeeded", "pipeline execution e-1", self.address))
        self.assertEqual(record["sha256"], hashlib.sha256(b"second").hexdigest())
        self.assertEqual(record["previous"]["sha256"], hashlib.sha256(b"first").hexdigest())
        self.assertEqual(record["good"]["run"], ended.outputs["run"])
        self.assertIn("RUNNING for 5 minutes", record["evidence"])

    def test_the_same_words_as_for_flink(self):
        waiting = self.release(until="healthy so far")
        digest = hashlib.sha256(b"first").hexdigest()[:12]
        self.assertIn(f"{self.name} runs {digest} and is healthy so far: watched for", waiting.waits)

    def test_the_same_script_again_is_watched_and_not_restarted(self):
        first = self.released()
        ended = self.released(execution="e-2")
        self.assertEqual(ended.outputs["run"], first.outputs["run"])
        self.assertEqual(len(self.called("StartJobRun")), 1)
        self.assertEqual(self.record_of()["by"], "pipeline execution e-2")

    def test_a_changed_definition_restarts_it(self):
        self.released()
        self.deploy("first", NumberOfWorkers=5)
        self.released()
        self.assertEqual(self.states(), ["RUNNING", "STOPPED"])

    def test_a_run_of_somebody_else(self):
        self.function.glue.start_job_run(JobName=self.name)
        self.deploy("second")
        self.released()
        self.assertNotIn("key", self.record_of()["previous"])

    def test_a_window_of_ones_own(self):
        waiting = self.release(window=30, until="healthy so far")
        self.assertIn("30 minutes left", waiting.waits)

    def test_a_job_that_is_not_there(self):
        self.glue.delete_job(JobName=self.name)
        self.assertFails(self.release(), self.name, "infrastructure pipeline")

    def test_a_script_that_is_not_there(self):
        client("s3").delete_object(Bucket=BUCKET, Key=self.address.partition(f"{BUCKET}/")[2])
        self.assertFails(self.release(), self.address, "was deleted, or never uploaded", kind="RevisionUnavailable")

    def test_a_script_of_another_digest(self):
        client("s3").put_object(Bucket=BUCKET, Key=self.address.partition(f"{BUCKET}/")[2], Body=b"something else")
        self.assertFails(self.release(), "is not the script that was approved", kind="RevisionOutOfSync")
        self.assertEqual(self.called("StartJobRun"), [])

    def test_a_script_that_is_not_there_leaves_what_runs(self):
        self.released()
        self.deploy("second")
        client("s3").delete_object(Bucket=BUCKET, Key=self.address.partition(f"{BUCKET}/")[2])
        self.assertFails(self.release(), "never uploaded", kind="RevisionUnavailable")
        self.assertEqual(self.states(), ["RUNNING"])

    def test_a_deployment_in_the_middle_is_what_is_started(self):
        self.released()
        self.deploy("second")
        waiting = self.release(until="has to end first")
        self.deploy("third")
        self.released(token=waiting.token)
        self.assertEqual(self.record_of()["sha256"], hashlib.sha256(b"third").hexdigest())

    def test_nothing_else_is_called(self):
        self.released()
        self.assertEqual({name for name, _ in self.calls}, {
            "GetJob", "GetObject", "GetJobRuns", "StartJobRun", "GetJobRun", "GetParameter", "PutParameter",
            "DeleteParameter", "PutJobSuccessResult"})


class Failing(Released):
    def test_a_first_release_that_fails_has_nothing_to_go_back_to(self):
        self.plan("first", "STARTING", "RUNNING", "FAILED", reason="ImportError: no module")
        self.assertFails(self.release(), "did not stay up", "FAILED", "ImportError: no module", "/aws-glue/jobs",
                         "Nothing ran before, so there is nothing to go back to", f"{self.name} is stopped")
        self.assertEqual(self.record_of()["outcome"], "failed")
        self.assertLockIsFree()

    def test_a_script_that_fails_in_the_window_goes_back(self):
        self.released()
        first = self.address
        self.plan("second", "STARTING", "RUNNING", "RUNNING", "FAILED", reason="AnalysisException: cannot be recovered")
        self.deploy("second")
        self.assertFails(self.release(), "did not stay up", "AnalysisException", "It was rolled back",
                         f"{self.name} runs {first} again, with the state of its checkpoint, and is healthy.")
        newest = self.runs()[0]
        self.assertEqual((newest["JobRunState"], newest["Arguments"]), (
            "RUNNING", {"--table": "rides", "--scriptLocation": first}))
        self.assertEqual(self.path()[-4:], ["roll-back", "wait-back", "watch-back", "failed"])
        self.assertEqual(self.record_of()["good"]["run"], newest["Id"])

    def test_what_glue_tries_again_meanwhile_is_stopped_for_the_way_back(self):
        self.released()
        first = self.address
        self.plan("second", "STARTING", "RUNNING", "RUNNING", "FAILED", reason="no module")
        self.deploy("second")
        waiting = self.release(until="healthy so far")
        self.plan("second", "STARTING", "RUNNING")
        self.tried = False
        self.function.glue.meta.events.register("before-call.glue.StartJobRun", self.try_again)
        self.assertFails(self.release(token=waiting.token), "no module", f"runs {first} again")
        self.assertTrue(self.tried)
        self.assertEqual(self.states()[:3], ["RUNNING", "STOPPED", "FAILED"])

    def try_again(self, **_):
        """Glue's own retry comes just before the run that goes back."""
        if not self.tried:
            self.tried = True
            self.started[client("glue").start_job_run(JobName=self.name)["JobRunId"]] = self.now()

    def test_after_a_rollback_a_corrected_script_is_released(self):
        self.test_a_script_that_fails_in_the_window_goes_back()
        self.deploy("third")
        self.released(execution="e-3")
        self.assertEqual(self.record_of()["previous"]["sha256"], hashlib.sha256(b"first").hexdigest())
        self.assertEqual(self.states()[0], "RUNNING")

    def test_a_run_that_ends_is_no_streaming_job(self):
        self.plan("first", "STARTING", "RUNNING", "SUCCEEDED")
        self.assertFails(self.release(), "is SUCCEEDED")

    def test_a_run_that_somebody_stops(self):
        waiting = self.release(until="healthy so far")
        self.glue.batch_stop_job_run(JobName=self.name, JobRunIds=[self.runs()[0]["Id"]])
        self.assertFails(self.release(token=waiting.token), "STOP")

    def test_the_way_back_fails_as_well(self):
        self.released()
        self.plan("second", "STARTING", "FAILED", reason="no module")
        self.plan("first", "STARTING", "FAILED", reason="no such stream")
        self.deploy("second")
        self.assertFails(self.release(), "no module", "It could not be rolled back", "no such stream", "is stopped")

    def test_the_same_script_with_another_definition_has_no_way_back(self):
        self.released()
        self.plan("first", "STARTING", "FAILED", reason="too few workers")
        self.deploy("first", NumberOfWorkers=2)
        self.assertFails(self.release(), "too few workers", "the same script ran before")

    def test_a_script_of_before_that_is_gone(self):
        self.released()
        first = self.address.partition(f"{BUCKET}/")[2]
        self.plan("second", "FAILED", reason="no module")
        self.deploy("second")
        client("s3").delete_object(Bucket=BUCKET, Key=first)
        self.assertFails(self.release(), "no module", "is no longer at")

    def test_a_run_that_cannot_be_stopped(self):
        self.plan("first", "STARTING", "RUNNING", reason="cannot be stopped")
        self.released()
        first = self.address
        self.deploy("second")
        self.assertFails(self.release(), "did not stop run", "It is RUNNING", "Stop it by hand", f"still runs {first}")
        self.assertEqual((len(self.called("StartJobRun")), self.states()), (1, ["RUNNING"]))

    def test_a_run_that_never_ends(self):
        self.released()
        self.deploy("second")
        waiting = self.release(until="has to end first")
        self.pretend(self.function.glue, "GetJobRuns", {"JobRuns": [{
            **{name: self.runs()[0][name] for name in ("Id", "JobName", "StartedOn")}, "JobRunState": "STOPPING"}]})
        self.assertFails(self.release(token=waiting.token, minutes=30), "Not released within 30 minutes", "STOPPING",
                         "It could not be rolled back: It took longer than 30 minutes")

    def test_start_is_refused(self):
        self.released()
        self.deploy("second")
        self.pretend(self.function.glue, "StartJobRun", "InvalidInputException: No such worker", None)
        self.assertFails(self.release(), "AWS refused to start", "No such worker", "It was rolled back")

    def test_waits_while_the_account_runs_as_much_as_it_may(self):
        self.pretend(self.function.glue, "StartJobRun", "ConcurrentRunsExceededException",
                     "ResourceNumberLimitExceededException: Max concurrent DPUs", "ThrottlingException", None)
        self.released()
        self.assertEqual(len(self.called("StartJobRun")), 4)

    def test_the_deadline(self):
        self.plan("first", "STARTING")
        self.assertFails(self.release(minutes=20), "Not released within 20 minutes", "is STARTING")

    def test_forbidden(self):
        for client_, operation in (("glue", "GetJob"), ("glue", "StartJobRun"), ("s3", "GetObject"),
                                   ("ssm", "PutParameter")):
            self.setUp()
            self.pretend(getattr(self.function, client_), operation, "AccessDeniedException: no")
            ended = self.release()
            self.assertFails(ended, "AccessDenied", kind="PermissionError")

    def test_forbidden_to_stop(self):
        self.released()
        self.deploy("second")
        self.pretend(self.function.glue, "BatchStopJobRun", "AccessDeniedException: no")
        self.assertFails(self.release(), "BatchStopJobRun", "role", "still runs", kind="PermissionError")


class InPlace(Released):
    """The script is an object of a bucket, which is written over."""

    PUBLISHED = False

    def test_a_script_that_was_written_over_cannot_be_gone_back_to(self):
        self.released()
        self.plan("", "STARTING", "FAILED", reason="no module")
        self.deploy("second")
        self.assertFails(self.release(), "no module", "was replaced in place")

    def test_a_new_text_under_the_same_key_is_a_release(self):
        self.released()
        client("s3").put_object(Bucket=BUCKET, Key=f"scripts/{self.name}/join.py", Body=b"second")
        self.released(execution="e-2")
        self.assertEqual(self.states(), ["RUNNING", "STOPPED"])


class Interrupted(Released):
    """Killed after each write, of a run, of the record and of the lock; then called again."""

    def killed(self, after):
        """Release until so many writes were made; gives the token that CodePipeline has, and whether it ended before."""
        self.done, self.kill_after, token = [], after, None
        try:
            while True:
                ended = self.invoke(self.parameters(window=1), token)
                if not ended.token:
                    return token, True
                token, self.ahead = ended.token, self.ahead + 60
        except Killed:
            return token, False
        finally:
            self.kill_after = None

    def interrupted_everywhere(self, check, plan=lambda text: None, first=1):
        """One script after another, each killed one write later: called again with its token, or by a retry of the stage."""
        self.released(window=1)
        for after in range(first, 99):
            plan(f"second {after}")
            self.deploy(f"second {after}")
            self.calls.clear()
            token, ended = self.killed(after)
            if ended:
                return self.assertGreater(after, first + 5)
            if after % 2 or self.record_of().get("ended"):
                check(after, self.release(token=token, window=1))
            else:
                self.ahead += 360  # the lock of what was killed is left behind by then
                check(after, self.release(window=1, execution="e-9"))
            self.assertLockIsFree()
        return self.fail("it never ended")

    def made(self, operation):
        return [name for name, _ in self.calls].count(operation)

    def test_a_release(self):
        def check(after, ended):
            self.assertTrue(ended.succeeded, (after, ended))
            self.assertEqual((self.made("BatchStopJobRun"), self.made("StartJobRun")), (1, 1), after)
            self.assertEqual(self.states()[:2], ["RUNNING", "STOPPED"], after)
            self.assertEqual(self.record_of()["sha256"], hashlib.sha256(f"second {after}".encode()).hexdigest())

        self.interrupted_everywhere(check)

    def test_a_way_back(self):
        def plan(text):
            self.plan(text, "STARTING", "FAILED", reason="no module")

        def check(after, ended):
            self.assertFails(ended, "no module", "It was rolled back")
            self.assertEqual((self.made("StartJobRun"), self.states()[0]), (2, "RUNNING"), after)

        self.interrupted_everywhere(check, plan, first=12)

    def test_stopped_and_not_started_is_started_by_the_retry(self):
        self.released()
        self.deploy("second")
        self.pretend(self.function.glue, "StartJobRun", "InvalidInputException: no", "InvalidInputException: no", None)
        self.assertFails(self.release(), "could not be rolled back")
        self.assertEqual(self.states(), ["STOPPED"])
        self.released(execution="e-2")
        self.assertEqual(self.states(), ["RUNNING", "STOPPED"])

    def test_another_script_takes_up_what_a_broken_off_release_stopped(self):
        self.released()
        first = self.address
        self.deploy("second")
        self.release(until="has to end first")
        self.plan("third", "FAILED", reason="no module")
        self.deploy("third")
        self.assertFails(self.release(execution="e-3"), "no module", f"runs {first} again")

    def test_two_at_once(self):
        self.released()
        self.deploy("second")
        waiting = self.release(until="has to end first")
        self.deploy("third")
        held = self.invoke(self.parameters(execution="e-2"), None)
        self.assertIn("pipeline execution e-1 releases", held.waits)
        self.released(token=waiting.token)
        self.released(token=held.token, execution="e-2")
        self.assertEqual(self.states()[0], "RUNNING")


if __name__ == "__main__":
    unittest.main()
