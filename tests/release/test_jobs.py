"""The function that runs Glue jobs for pipelines, run against the local AWS API server.

    python tests/release/test_jobs.py        (a venv with tests/server/requirements.txt)

The server starts, lists and stops runs; how a run goes on is pretended, since its jobs end at once.
"""
import datetime
import json
import unittest

from steps import BUCKET, ROLE, StepCase, aged, client, setUpModule, tearDownModule  # noqa: F401


class Case(StepCase):
    SOURCE = "src/kinds/job/run/index.py"
    VERB = "start"

    def setUp(self):
        super().setUp()
        self.function.STEADY_SECONDS = 0
        self.glue = client("glue")
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


class Released(Case):
    VERB = "release"

    def test_first_release(self):
        self.function.STEADY_SECONDS = 60
        self.goes(self.run_of("STARTING"), self.run_of("RUNNING"))
        waiting = self.run_step(until="whether it goes on")
        memory = json.loads(waiting.token)
        self.assertFalse(self.invoke(self.parameters(), waiting.token).succeeded)
        memory["running-since"] -= 61
        self.assertTrue(self.invoke(self.parameters(), json.dumps(memory)).succeeded)
        self.assertEqual(self.called("BatchStopJobRun"), [])

    def test_the_run_before_is_stopped_first(self):
        old = self.run_of("RUNNING", run_id="jr_old", ago=9000)
        stopping = {**old, "JobRunState": "STOPPING"}
        over = {**old, "JobRunState": "STOPPED"}
        self.lists([old], [old], [stopping], [over])
        self.pretend(self.function.glue, "BatchStopJobRun", {"SuccessfulSubmissions": [
            {"JobName": self.name, "JobRunId": "jr_old"}]})
        self.goes(self.run_of("RUNNING"))
        ended = self.run_step()
        self.assertTrue(ended.succeeded, ended)
        self.assertEqual([call["JobRunIds"] for call in self.called("BatchStopJobRun")], [["jr_old"]])
        self.assertEqual(len(self.called("StartJobRun")), 1)
        names = [name for name, _ in self.calls]
        self.assertLess(names.index("BatchStopJobRun"), names.index("StartJobRun"))

    def test_the_run_before_ends_by_itself_meanwhile(self):
        old = self.run_of("RUNNING", run_id="jr_old", ago=9000)
        self.lists([old], [old], [])
        self.pretend(self.function.glue, "BatchStopJobRun", {"Errors": [{
            "JobRunId": "jr_old", "ErrorDetail": {"ErrorCode": "InvalidInputException", "ErrorMessage": "it has ended"}}]})
        self.goes(self.run_of("RUNNING"))
        self.assertTrue(self.run_step().succeeded)

    def test_a_run_that_cannot_be_stopped(self):
        self.lists([self.run_of("RUNNING", run_id="jr_old")])
        self.pretend(self.function.glue, "BatchStopJobRun", {"Errors": [{
            "JobRunId": "jr_old", "ErrorDetail": {"ErrorCode": "InternalServiceException", "ErrorMessage": "not now"}}]})
        self.assertFails(self.run_step(), "not now", "by hand")
        self.assertEqual(self.called("StartJobRun"), [])

    def test_a_script_that_fails_at_once(self):
        self.function.STEADY_SECONDS = 60
        self.goes(self.run_of("STARTING"), self.run_of("RUNNING"), self.run_of("FAILED", message="ImportError: no module"))
        self.assertFails(self.run_step(), "FAILED", "ImportError: no module")

    def test_a_run_that_somebody_stops(self):
        self.function.STEADY_SECONDS = 60
        self.goes(self.run_of("RUNNING"), self.run_of("STOPPING"))
        self.assertFails(self.run_step(), "STOPPING")

    def test_a_run_that_ends_is_no_streaming_job(self):
        self.goes(self.run_of("SUCCEEDED"))
        self.assertFails(self.run_step(), "SUCCEEDED")

    def test_called_again_with_an_older_token(self):
        looked = self.invoke(self.parameters())
        self.invoke(self.parameters(), looked.token)
        self.goes(self.run_of("RUNNING"))
        self.assertTrue(self.run_step(token=looked.token).succeeded)
        self.assertEqual(len(self.called("StartJobRun")), 1)


if __name__ == "__main__":
    unittest.main()
