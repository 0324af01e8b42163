"""The release function, run against a local AWS API server over HTTP: what is special of a function of a pipeline.

    python tests/release/test_release.py        (a venv with tests/server/requirements.txt)

What a release decides is in `situations.yaml`, which `test_situations.py` runs.
"""
import datetime
import json
import re
import time
import types
import unittest
import uuid

import boto3
import botocore.awsrequest

from parts import FLINK, ROOT, load, release_text
from releases import (  # noqa: F401
    ACCOUNT, BUCKET, REGION, ROLE, Case, Ended, Http, Server, described, setUpModule, tearDownModule)

ORDINARY = ["look", "judge", "snapshot", "wait-snapshot", "point", "clear", "update", "wait-operation", "start", "wait-running",
            "watch", "settle", "end"]


class Calls(Case):
    """One release is many calls of the function, and each of them may be repeated, or be of another execution."""

    def test_running_application_gets_the_build(self):
        self.make_application(self.old)
        ended = self.release()
        self.assertReleased(ended)
        self.assertEqual(list(dict.fromkeys(ended.path)), ORDINARY)
        request, = self.called("UpdateApplication")
        self.assertTrue(request["ConditionalToken"])
        self.assertEqual(self.called("StartApplication"), [])
        self.assertTrue(all(line["application"] == self.application for line in ended.all_lines if "to" in line))

    def test_pointer_is_written_before_the_application_is_changed(self):
        self.make_application(self.old)
        self.release()
        names = [(name, params.get("Name")) for _, name, params in self.calls]
        self.assertLess(names.index(("PutParameter", self.pointer)), names.index(("UpdateApplication", None)))

    def test_token_says_only_which_release_it_is(self):
        self.make_application(self.old)
        self.plan("CreateApplicationSnapshot", "hang")
        waiting = self.release(until="is being made")
        self.assertEqual(set(json.loads(waiting.token)), {"started", "marker"})
        self.assertEqual(self.kept()["id"], json.loads(waiting.token)["marker"])

    def test_each_invocation_can_be_repeated(self):
        """Lambda may run an asynchronous invocation twice, the second time with the older token."""
        self.make_application(self.old)
        tokens, token = [], None
        while not (ended := self.invoke(self.parameters(), token)).succeeded:
            self.assertIsNotNone(ended.token, ended.message)
            tokens.append(token := ended.token)
            self.clock.ahead += 60
            time.sleep(0.05)
        for token in tokens:
            again = self.invoke(self.parameters(), token)
            self.assertEqual((again.succeeded, again.outputs), (True, ended.outputs))
        self.assertEqual((len(self.called("UpdateApplication")), len(self.snapshots())), (1, 1))

    def test_another_execution_goes_on_where_one_was_broken_off(self):
        self.make_application(self.old)
        self.release(until="healthy so far")
        began = self.kept()["started"]
        held = self.invoke(self.parameters(execution="e-2"))
        self.assertIn("pipeline execution e-1 releases", held.waits)
        self.clock.ahead += 360
        ended = self.release(self.parameters(execution="e-2"))
        self.assertReleased(ended)
        self.assertEqual((self.kept()["by"], self.kept()["started"]), ("pipeline execution e-2", began))
        self.assertEqual(len(self.called("UpdateApplication")), 1)

    def test_one_that_lost_its_release_to_another_waits_for_it(self):
        self.make_application(self.old)
        long = {"health": {"for-minutes": 30}}
        broken = self.release(self.parameters(**long), until="healthy so far")
        self.clock.ahead += 360
        other = self.invoke(self.parameters(execution="e-2", **long))
        late = self.invoke(self.parameters(**long), broken.token)
        self.assertIn("pipeline execution e-2 releases", late.waits)
        self.assertReleased(self.release(self.parameters(execution="e-2", **long), token=other.token))

    def test_same_key_in_another_bucket_is_another_build(self):
        other = f"other-{self.application}"
        self.s3.create_bucket(Bucket=other, CreateBucketConfiguration={"LocationConstraint": REGION})
        self.s3.put_object(Bucket=other, Key=self.new.key, Body=b"not the build")
        self.make_application(self.new, bucket=other)
        self.assertReleased(self.release())
        self.assertEqual(len(self.called("UpdateApplication")), 1)
        self.assertEqual(self.live_code()["BucketARN"], f"arn:aws:s3:::{BUCKET}")

    def test_record_fits_into_a_parameter(self):
        self.make_application(self.old)
        self.pretend("flink", "UpdateApplication", "InvalidArgumentException: " + "長い文" * 3000)
        ended = self.release()
        self.assertRefused(ended, "長い文", pointer=self.old.key)
        text = self.ssm.get_parameter(Name=self.record_name)["Parameter"]["Value"]
        self.assertLessEqual(len(text.encode()), 4096)
        self.assertEqual(json.loads(text)["path"][-1][0], "failed")


class Stacks(Case):
    """What only the stack of a first release can answer."""

    def test_request_asks_for_nothing_but_the_new_pointer(self):
        self.make_stack()
        self.assertReleased(self.release())
        request, = self.called("UpdateStack")
        self.assertEqual({key: request[key] for key in ("UsePreviousTemplate", "Capabilities")},
                         {"UsePreviousTemplate": True, "Capabilities": ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"]})
        self.assertEqual(sorted(map(str, request["Parameters"])), sorted(
            str({"ParameterKey": key, "UsePreviousValue": True}) for key in ("Release", "Runtime", "Description")))
        self.assertNotIn("RoleARN", request, "see permissions.json")
        self.assertEqual(self.called("UpdateApplication"), [])

    def test_update_that_the_stack_refuses_for_now(self):
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
        gone = "ValidationError: Stack with id taxi does not exist"
        self.pretend("cloudformation", "DescribeStacks", [{"Stacks": [stack]}, gone, gone, gone])
        self.assertRefused(self.release(), "it is deleted")

    def test_failed_stack_update_puts_the_pointer_back(self):
        self.make_stack(Runtime="SQL-1_0")  # refused by the server when the application is to be created
        self.assertRefused(self.release(), "UPDATE_ROLLBACK_COMPLETE", "Application: ", "SQL-1_0")

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
            *[{"Stacks": [{**stack, "StackStatus": "ROLLBACK_COMPLETE"}]}] * 3])
        ended = self.release()
        waits = " ".join(line.get("waits", "") for line in ended.all_lines)
        self.assertRegex(waits, "REVIEW_IN_PROGRESS.*UPDATE_IN_PROGRESS")
        self.assertRefused(ended, "ROLLBACK_COMPLETE and cannot be updated")

    def test_pointer_stays_while_the_stack_still_works(self):
        """Taking it away then would make the next deployment delete the application just created."""
        self.make_stack()
        stack = self.described_stack()
        self.pretend("cloudformation", "DescribeStacks", {"Stacks": [{**stack, "StackStatus": "UPDATE_IN_PROGRESS"}]})
        self.assertRefused(self.release(minutes=30), "120 minutes", "was left at", pointer=self.new.key)

    def test_pointer_that_cannot_be_put_back(self):
        waiting = self.release(until="waiting for stack")
        denied = "AccessDeniedException: not authorized to perform: ssm:PutParameter"

        def deny(params, **_):
            return (Http(400), {"Error": {"Code": "AccessDeniedException", "Message": denied}}) \
                if self.pointer in params["body"].decode() and self.record_name not in params["body"].decode() else None
        self.on("before-call", "ssm", "PutParameter", deny)
        ended = self.release(token=waiting.token, minutes=30)
        self.assertRefused(ended, "waiting for stack", "ssm:PutParameter", "was left at", kind="PermissionError",
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
            StackName=self.stack, WaiterConfig={"Delay": 0.1, "MaxAttempts": 600})

    def test_one_that_changes_the_application_is_deleted(self):
        self.make_released_stack()
        self.make_change_set(self.touching())
        ended = self.release()
        self.assertReleased(ended)
        self.assertEqual(self.change_sets(), {})
        line, = [line for line in ended.all_lines if "deleted-change-set" in line]
        self.assertEqual((line["deleted-change-set"], line["stack"]), (self.MADE, self.stack))
        self.assertIn("would bring another build back: plan again", line["reason"])
        with self.assertRaises(self.cloudformation.exceptions.ChangeSetNotFoundException):
            self.cloudformation.execute_change_set(StackName=self.stack, ChangeSetName=self.MADE)

    def test_server_would_bring_the_older_build_back(self):
        """What the deletion prevents."""
        self.make_released_stack()
        self.make_change_set(self.touching())
        self.function.ACTIONS["delete-stale-change-sets"] = lambda release: None
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
        self.assertRefused(self.release(), "cloudformation:ListChangeSets", "role", "still has", kind="PermissionError",
                           pointer=self.old.key)

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
        self.pretend("cloudformation", "DeleteChangeSet", ["InvalidChangeSetStatus: not this time"])
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
        self.function.MACHINE["limits"]["change-sets"] = 3
        self.assertReleased(self.release())
        self.function.MACHINE["limits"]["change-sets"] = 2
        self.assertRefused(self.release(self.parameters(self.old)), "more than 2 change sets", self.stack, "retry",
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
        self.assertRegex(" ".join(line.get("waits", "") for line in ended.all_lines), f"cannot be deleted yet: {self.MADE}")

    def test_one_that_is_never_deleted_meets_the_deadline(self):
        self.make_application(self.old)
        self.pretend_being_made(self.summary())
        self.pretend("cloudformation", "DeleteChangeSet", "InvalidChangeSetStatus: CREATE_IN_PROGRESS")
        self.assertRefused(self.release(minutes=30), "120 minutes", self.MADE, "still has", pointer=self.old.key)

    def test_one_that_is_executed_first_is_noticed(self):
        """It cannot be deleted any more, and sets the build of before once more: the release comes after it."""
        self.make_released_stack()
        self.make_change_set(self.touching())

        def overtake(**_):
            if self.change_sets()[self.MADE]["ExecutionStatus"] == "AVAILABLE":
                self.execute_change_set(self.MADE)
            return Http(400), {"Error": {"Code": "InvalidChangeSetStatus", "Message": "EXECUTE_IN_PROGRESS"}}
        self.on("before-call", "cloudformation", "DeleteChangeSet", overtake)
        self.assertReleased(self.release())
        self.assertEqual(len(self.called("UpdateApplication")), 1)

    def test_one_that_is_being_executed_is_waited_for(self):
        self.make_application(self.old)
        executing = {**self.summary("CREATE_COMPLETE"), "ExecutionStatus": "EXECUTE_IN_PROGRESS"}
        self.pretend_being_made(executing, times=1, changes=[{"Type": "Resource", "ResourceChange": {
            "Action": "Modify", "ResourceType": "AWS::KinesisAnalyticsV2::Application"}}])
        self.pretend("cloudformation", "DeleteChangeSet", ["InvalidChangeSetStatus: EXECUTE_IN_PROGRESS"])
        ended = self.release(until="cannot be deleted yet")
        self.assertReleased(self.release(token=ended.token))

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
    def test_objects_that_are_not_the_build(self):
        self.make_application(self.old)
        for metadata, stored in (({"sha256": "0" * 64}, "0" * 64), ({"made-by": "hand"}, "(none)")):
            self.upload(b"new", metadata)
            self.assertRefused(self.release(), f"sha256 {stored} in its metadata", self.new.sha256,
                               kind="RevisionOutOfSync")
        self.s3.delete_object(Bucket=BUCKET, Key=self.new.key)
        self.assertRefused(self.release(), f"s3://{BUCKET}/{self.new.key}", "builds and uploads it again",
                           kind="RevisionUnavailable")
        self.assertRefused(self.release(self.parameters(key=self.old.key)), "not the build that was approved",
                           kind="RevisionOutOfSync")
        self.assertEqual((self.called("UpdateApplication"), self.live_key(), self.locked()), ([], self.old.key, None))

    def test_forbidden_object(self):
        """HeadObject answers 403 without a body; MiniStack has no IAM, so this one is pretended."""
        self.on("before-call", "s3", "HeadObject",
                lambda **_: (Http(403), {"Error": {"Code": "403", "Message": "Forbidden"}}))
        self.assertRefused(self.release(), "HeadObject was refused", "403", "role", kind="PermissionError")

    def test_denied_update_names_what_aws_named(self):
        self.make_application(self.old)
        said = "User: release is not authorized to perform: kinesisanalytics:UpdateApplication on resource: taxi"
        self.pretend("flink", "UpdateApplication", f"AccessDeniedException: {said}")
        self.assertRefused(self.release(), said, "still has", kind="PermissionError", pointer=self.old.key)

    def test_metrics_that_may_not_be_read(self):
        """What is not shown to be healthy counts as failed."""
        self.make_application(self.old)
        self.pretend("cloudwatch", "GetMetricData", [None, "AccessDeniedException: cloudwatch:GetMetricData"])
        self.assertRefused(self.release(), "GetMetricData was refused", "It was rolled back", pointer=self.old.key)

    def test_record_that_may_not_be_written(self):
        self.make_application(self.old)
        self.pretend("ssm", "PutParameter", "AccessDeniedException: ssm:PutParameter")
        ended = self.release()
        self.assertEqual(ended.kind, "PermissionError")
        self.assertEqual(self.called("UpdateApplication"), [])

    def test_bad_user_parameters(self):
        for bad, word in (("not json", "Expecting value"), ("[]", "cannot be used"), ("{}", "deadline-minutes"),
                          (self.parameters(sha256=""), "not empty"), (self.parameters(key=7), "text"),
                          (self.parameters(stack=...), "stack must be"),
                          (self.parameters(**{"deadline-minutes": 0}), "a number from 1 to 1440"),
                          (self.parameters(**{"deadline-minutes": "120"}), "a number from 1 to 1440")):
            self.assertRefused(self.release(bad), word, "compile the pipeline again", kind="ConfigurationError")
        self.assertEqual([name for _, name, _ in self.calls], ["PutJobFailureResult"] * 8)

    def test_event_that_is_no_job(self):
        for event in ({}, {"CodePipeline.job": {}}):
            with self.assertRaisesRegex(ValueError, "not a CodePipeline job"):
                self.function.handler(event, None)

    def test_record_of_another_version_of_the_function(self):
        self.make_application(self.old)
        self.plan("CreateApplicationSnapshot", "hang")
        waiting = self.release(until="is being made")
        self.function.MACHINE["states"].pop("wait-snapshot")
        self.assertRefused(self.release(token=waiting.token), "no state wait-snapshot", "Retry this stage")

    def test_defect_is_answered_too(self):
        self.function.PREDICATES["gone"] = lambda release: 1 / 0
        self.assertRefused(self.release(), "ZeroDivisionError", "log")

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

    def test_throttled_call_is_repeated(self):
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


class Words(unittest.TestCase):
    def test_interpreter_knows_the_whole_machine_and_nothing_else(self):
        function = load(release_text())
        rules = [rule for state in function.MACHINE["states"].values() for rule in state["rules"]]
        asked = {name.removeprefix("not ") for rule in rules for name in rule.get("if", [])}
        done = {rule["do"] for rule in rules if "do" in rule}
        spoken = {name for word in function.MACHINE["words"].values()
                  for name in re.findall(r"(?<!\{)\{(\w+)\}(?!\})", word)}
        self.assertEqual(asked, set(function.PREDICATES))
        self.assertEqual(done, set(function.ACTIONS))
        self.assertEqual(spoken, set(function.FIELDS))

    def test_quiet_times(self):
        function = load(release_text())
        for text, days in (("mon-fri", {0, 1, 2, 3, 4}), ("sat", {5}), ("fri-mon", {4, 5, 6, 0}), ("mon, wed", {0, 2})):
            self.assertEqual(function.days_of(text), days)
        night = [{"days": "fri", "from": "22:00", "to": "06:00"}]
        week_end = [{"days": "fri", "from": "23:00", "to": "12:00"}]
        release = types.SimpleNamespace(asked={"quiet": night})
        for moment, until in (("2026-11-20T23:30", "2026-11-21 06:00"), ("2026-11-21T05:59", "2026-11-21 06:00"),
                              ("2026-11-21T06:00", None), ("2026-11-20T21:59", None), ("2026-11-22T05:00", None)):
            at = datetime.datetime.fromisoformat(f"{moment}+00:00").timestamp()
            function.time = types.SimpleNamespace(time=lambda at=at: at)
            found = function.quiet_until(release)
            self.assertEqual(found and f"{found:%Y-%m-%d %H:%M}", until, moment)
        for both in (night + week_end, week_end + night):
            at = datetime.datetime.fromisoformat("2026-11-21T05:59+00:00").timestamp()
            function.time = types.SimpleNamespace(time=lambda: at)
            found = function.quiet_until(types.SimpleNamespace(asked={"quiet": both}))
            self.assertEqual(f"{found:%H:%M}", "12:00")

    def test_highest_parallelism_is_that_of_flink(self):
        highest = load(release_text()).derived_maximum
        self.assertEqual([highest(began) for began in (1, 85, 86, 128, 200, 32768, 40000)], [128, 128, 256, 256, 512, 32768, 32768])

    def test_counters_begin_anew_with_each_start(self):
        growth = load(release_text()).growth
        for values, before, begun, grown in (([5, 5, 0, 0], 5, True, 0), ([0, 1, 3], None, True, 3), ([3, 3], None, False, 0),
                                             ([3, 4], None, False, 1), ([2, 0, 1], 2, True, 1), ([], None, True, 0)):
            self.assertEqual(growth(values, before, begun), grown, values)


class ThroughThePipeline(Case):
    """The file as an inline Lambda of a stack, called by the Invoke/Lambda action of a running pipeline.

    The Lambda runs for real (MiniStack); the pipeline and its jobs are our addition to the server."""

    def setUp(self):
        super().setUp()
        self.pipeline = f"{self.application}-delivery"
        self.codepipeline = boto3.client("codepipeline")
        template = {"Resources": {"Release": {"Type": "AWS::Lambda::Function", "Properties": {
            "FunctionName": self.pipeline, "Runtime": "python3.13", "Handler": "index.handler", "Role": ROLE,
            "Timeout": 60, "Code": {"ZipFile": self.code()}}}}}
        self.s3.put_object(Bucket=BUCKET, Key=f"{self.pipeline}.json", Body=json.dumps(template))
        url = f"{Server.url}/{BUCKET}/{self.pipeline}.json"
        self.cloudformation.create_stack(StackName=self.pipeline, TemplateURL=url)
        self.cloudformation.get_waiter("stack_create_complete").wait(
            StackName=self.pipeline, WaiterConfig={"Delay": 0.1, "MaxAttempts": 600})
        self.s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
        self.s3.put_object(Bucket=BUCKET, Key="source.zip", Body=b"source")
        parameters = self.parameters(
            key="#{variables.key}", sha256="#{variables.sha256}", **{"deadline-minutes": 1440})
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
    def code():
        """This one runs by the clock of its own process, which is made to run fast: a minute is half a second."""
        now = time.time()
        clock = f"import time, types\ntime = types.SimpleNamespace(time=lambda t=time.time: {now} + (t() - {now}) * 120)\n"
        return release_text().replace("import time\n", clock, 1)

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
        deadline = time.monotonic() + 120
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
        self.assertEqual((self.pointed(), self.live_key()), (self.old.key, self.old.key))

    def test_first_release_before_the_stack(self):
        execution = self.execute()
        deadline = time.monotonic() + 90
        while self.pointed() == "unreleased":
            self.assertLess(time.monotonic(), deadline, self.action(execution))
            time.sleep(0.1)
        self.make_stack()
        action = self.ended(execution)
        self.assertEqual(action["status"], "Succeeded", action)
        self.assertReleased(Ended(succeeded=True, message=None, outputs=action["output"]["outputVariables"]))


class Permissions(Case):
    """permissions.json allows each call the function makes, on that resource, and nothing more."""

    PREFIX = {"kinesisanalyticsv2": "kinesisanalytics", "monitoring": "cloudwatch"}
    ALSO = {"s3:HeadObject": ["s3:GetObject", "s3:ListBucket"]}

    def test_every_call_is_allowed_and_nothing_more(self):
        self.make_stack(Runtime="SQL-1_0")  # a first release that fails …
        self.release()
        self.cloudformation.delete_stack(StackName=self.stack)
        self.cloudformation.get_waiter("stack_delete_complete").wait(
            StackName=self.stack, WaiterConfig={"Delay": 0.1, "MaxAttempts": 600})
        self.make_released_stack()  # … later ones that succeed, after somebody has planned a change …
        self.make_change_set(self.touching())
        cloudwatch = boto3.client("cloudwatch")
        cloudwatch.put_metric_alarm(AlarmName=self.application, EvaluationPeriods=1, MetricName="m", Namespace="n", Period=60,
                                    Statistic="Sum", Threshold=1, ComparisonOperator="GreaterThanThreshold")
        watched = {"for-minutes": 1, "alarms": [self.application]}
        self.assertReleased(self.release(self.parameters(health=watched)))
        self.assertTrue(self.release(self.parameters(self.old, **{"keep-snapshots": 0})).succeeded)
        # The service gives the operation of an update no name, as when a release is broken off before it hears of it.
        self.on("after-call", "flink", "UpdateApplication", lambda parsed, **_: parsed.pop("OperationId", None))
        self.assertTrue(self.release(self.parameters(self.new, **{"keep-snapshots": 0})).succeeded)
        self.expect(watch={"fullRestarts": [0, 9, 9]})  # … and one that is rolled back.
        self.assertFalse(self.release(self.parameters(self.old)).succeeded)

        allowed = set()
        for statement in json.loads((ROOT / FLINK / "permissions.json").read_text())["statements"]:
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
                "codepipeline": lambda: "*", "cloudwatch": lambda: "*"}[action if action.startswith("s3:") else action.split(":")[0]]()


if __name__ == "__main__":
    unittest.main()
