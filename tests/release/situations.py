"""One row of `situations.yaml`, made true on the local server and released by the function of the pipeline."""
import json
import time
import types

import botocore.endpoint
import yaml

from parts import ROOT
from releases import ACCOUNT, BUCKET, REGION, ROLE, Case, Ended, Server, client

TABLE = yaml.safe_load((ROOT / "tests/release/situations.yaml").read_text())
DEFAULTS, ROWS = TABLE["defaults"], TABLE["situations"]
MINUTES = 40  # that metrics are planned for
botocore.endpoint.time = types.SimpleNamespace(sleep=lambda seconds: None)  # between its own retries
MEMBERS = {"says", "before", "asked", "releases", "answers", "outcomes", "metrics", "when", "others", "comes", "kills"}
KILLS = ROOT / "tests/release/kills.yaml"
MOMENTS = ("before", "after")
# What must come of a release that was killed and goes on.
SAME = ("outcome", "live", "pointer", "status", "snapshots", "operations")
# What a look leaves in the record, and the time: to be killed around a write that changes no more loses nothing.
PASSING = {"busy_since", "evidence", "last", "path", "reason", "said", "seen", "state"}


class Killed(BaseException):
    """The process that releases ends here."""


class Steps:
    """From which state to which the writes of a record lead; a state leads to itself when it noted what it does."""

    def __init__(self):
        self.state, self.kept, self.taken = "verify", {}, []

    def take(self, text):
        """The step that this write is; None when it only shows that somebody waits."""
        record = json.loads(text)
        kept = {name: value for name, value in record.items() if name not in PASSING}
        step = self.state, record["state"]
        is_one = step[0] != step[1] or kept != self.kept
        self.state, self.kept = record["state"], kept
        if is_one:
            self.taken.append(step)
        return step if is_one else None


def planned():
    """The steps at which a release is killed, by the situation."""
    return yaml.safe_load(KILLS.read_text()) if KILLS.exists() else {}


def planned_kills():
    """Situation, step and moment."""
    return [(name, tuple(step.split(" ")), moment) for name, steps in planned().items() for step in steps
            for moment in MOMENTS]


def share(items, part):
    """Every so many, from one of them on: `2/3` of the items."""
    number, count = map(int, part.split("/"))
    return items[number - 1::count]


class Situation(Case):
    loaded = now = None  # the function, and the situation that it is in
    killed, kill = False, None

    def load(self):
        """The function is loaded once: to make its clients takes longer than a situation. It keeps nothing but them."""
        if not Situation.loaded:
            super().load()
            Situation.loaded = self.function, self.jobs
            events = self.function.ssm.meta.events
            events.register("before-parameter-build.ssm.PutParameter", lambda params, **_: Situation.now.writes(params))
            events.register("after-call.ssm.PutParameter", lambda **_: Situation.now.has_written())
        self.function, self.jobs = Situation.loaded
        self.function.time, Situation.now = self.clock, self
        self.jobs.answers.clear()

    def begin(self, row):
        self.assertLessEqual(set(row), MEMBERS)
        self.row, self.before = row, row["before"]
        self.third = self.upload(b"third")
        self.builds = {"old": self.old, "new": self.new, "third": self.third}
        self.cloudwatch = client("cloudwatch")
        Server.control("PUT", "answers", {"account": ACCOUNT, "answers": []})
        self.make_what_was_before(**self.before)
        self.began = len(self.operations())

    def make_what_was_before(self, application, build="old", stack="none", snapshots=(), alarms=(), record=None, lock=None,
                             objects=None, pointer=None, **more):
        build = self.builds[build]
        if application != "none":
            self.ssm.put_parameter(Name=self.pointer, Value=build.key, Overwrite=True)
        if stack == "none" and application != "none":
            self.make_application(build, running=False, runtime=more.get("runtime", "FLINK-1_20"),
                                  snapshots=more.get("snapshots-enabled", True), parallelism=more.get("parallelism", 1),
                                  rollback=more.get("system-rollback", False))
        elif stack != "none":
            self.make_stack(role=None if stack == "without-role" else ROLE)
        if application == "running" or snapshots:
            self.flink.start_application(ApplicationName=self.application)
            self.wait_for("RUNNING")
        for name in snapshots:
            self.flink.create_application_snapshot(ApplicationName=self.application, SnapshotName=name)
            self.wait_for_snapshots()
        if snapshots:
            time.sleep(1)  # they are known to the second
        if application == "ready" and snapshots:
            self.flink.stop_application(ApplicationName=self.application)
            self.wait_for("READY")
        for alarm in alarms:
            self.make_alarm(**alarm)
        if record:
            kept = {"version": 1, "id": "earlier", "application": self.application, "sha256": self.third.sha256, "ended": 1,
                    "state": "end", **record}
            self.ssm.put_parameter(Name=self.record_name, Value=json.dumps(kept), Type="String")
        if lock:
            self.lock_by_others(minutes_ago=lock)
        for name, content in (objects or {}).items():
            key = self.builds[name].key
            self.s3.delete_object(Bucket=BUCKET, Key=key)
            if content != "none":
                self.s3.put_object(Bucket=BUCKET, Key=key, Body=b"", Metadata={"sha256": self.builds[content].sha256})
        if "change-set" in more:
            self.make_change_set(self.touching(), more["change-set"])
        if pointer == "none":
            self.ssm.delete_parameter(Name=self.pointer)

    def wait_for_snapshots(self):
        while any(found["SnapshotStatus"] == "CREATING" for found in self.all_snapshots()):
            time.sleep(0.02)

    def all_snapshots(self):
        return self.flink.list_application_snapshots(ApplicationName=self.application)["SnapshotSummaries"]

    def make_alarm(self, name, state="OK"):
        name = f"{self.application}-{name}"
        self.cloudwatch.put_metric_alarm(AlarmName=name, EvaluationPeriods=1, MetricName="m", Namespace="n", Period=60,
                                         Statistic="Sum", Threshold=1, ComparisonOperator="GreaterThanThreshold")
        self.cloudwatch.set_alarm_state(AlarmName=name, StateValue=state, StateReason="planned")

    def lock_by_others(self, minutes_ago=0):
        text = json.dumps({"version": 1, "run": "theirs", "holder": "somebody else", "since": "2026-11-21T10:00:00Z",
                           "seen": int(self.clock.time()) - 60 * minutes_ago})
        self.ssm.put_parameter(Name=self.lock_name, Value=text, Type="String", Overwrite=True)

    # -- what happens meanwhile

    def arrange(self, row):
        """What others do during one release."""
        self.steps = Steps()
        Server.control("PUT", "answers", {"account": ACCOUNT, "answers": row.get("answers", [])})
        for operation, plan in row.get("outcomes", {}).items():
            self.plan(operation, plan["outcome"], plan.get("message"))
        when = [{"state": moment["state"], "do": {deed: self.named(deed, details) for deed, details in moment["do"].items()}}
                for moment in row.get("when", [])]
        metrics = row.get("metrics", {})
        self.expect(*when, watch=self.by_the_minute(metrics.get("watch")),
                    watch_back=self.by_the_minute(metrics.get("watch-back")))

    @staticmethod
    def by_the_minute(metrics):
        if metrics == {}:
            return {}
        every = {**DEFAULTS["healthy"], **(metrics or {})}
        return {name: values + values[-1:] * (MINUTES - len(values)) for name, values in every.items()}

    def named(self, deed, details):
        if deed == "deploy":
            return {"stack": self.stack, **details}
        if deed == "alarm":
            return f"{self.application}-{details}"
        return {**details, "key": self.builds[details["key"]].key} if "key" in details else details

    def asked(self, row):
        asked = {**DEFAULTS["asked"], **row.get("asked", {})}
        if "key" in asked:
            asked["key"] = self.builds[asked["key"]].key
        if "alarms" in asked.get("health", {}):
            alarms = [f"{self.application}-{name}" for name in asked["health"]["alarms"]]
            asked["health"] = {**asked["health"], "alarms": alarms}
        if "once" in asked:
            asked["once"] = {**asked["once"], "replacing": self.builds[asked["once"]["replacing"]].sha256[:8]}
        return self.parameters(**asked)

    # -- killed around one write of the record

    def due(self, text):
        """The moment at which the release is killed, when this write of its record is the one that was meant."""
        if self.steps.take(text) != (self.kill and self.kill[0]) or self.killed or not self.kill:
            return None
        self.killed = True
        return self.kill[1]

    def writes(self, request):
        self.moment = self.due(request["Value"]) if request["Name"] == self.record_name else None
        if self.moment == "before":
            raise Killed

    def has_written(self):
        moment, self.moment = self.moment, None
        if moment == "after":
            raise Killed

    def invoke(self, parameters, token=None, **more):
        try:
            return super().invoke(parameters, token, **more)
        except Killed:
            return self.has_ended() or super().invoke(parameters, **more)

    def has_ended(self):
        """After a kill: how the release ended if there is nothing left to do. Else time passes until it goes on."""
        kept = self.record_now()
        if kept.get("ended") and kept["sha256"] == self.new.sha256:
            failed = kept["outcome"] == "failed"
            return Ended(succeeded=not failed, token=None, waits=None, lines=[], message=kept["reason"] if failed else None)
        self.clock.ahead += 360  # the lock is taken for left behind
        return None

    def killed_and_begun_again(self, name, step, moment):
        row = ROWS[name]
        if "metrics" not in row and "when" not in row:  # which are of certain minutes
            asked = row.get("asked", {})
            row = {**row, "asked": {**asked, "health": {**asked.get("health", {}), "for-minutes": 1}}}
        self.kill = step, moment
        self.begin(row)
        came = self.run_row()
        self.assertTrue(self.killed, f"{step} was not met")
        comes = row["comes"]
        for word in [word for word in comes.get("says", []) if "minutes" not in word]:
            self.assertIn(word, came["message"])
        wanted = {"operations": "", **{key: comes[key] for key in SAME if key in comes}}
        self.assertEqual({key: came[key] for key in wanted}, wanted)
        if moment == "after" and step in [("end", "end"), ("failed", "failed")]:
            self.assertEqual(came["lock"]["run"], self.record_now()["id"])  # the next release takes it over
        elif "others" not in row:
            self.assertIsNone(came["lock"])
        return came

    # -- the release, and what came of it

    def run_row(self):
        for part in self.row.get("releases", [self.row]):
            self.arrange(part)
            others = self.row.get("others")
            if others:
                self.lock_by_others()
            ended, calls = None, 0
            parameters, path, token = self.asked(part), ["verify"], None
            while ended is None or ended.token:
                ended = self.invoke(parameters, token)
                path += [line["to"] for line in ended.lines if "to" in line]
                token, calls = ended.token, calls + 1
                self.assertLess(calls, 200, f"it does not end: {path[-5:]} {ended.waits}")
                self.pass_time(others, calls)
        return self.outcome(ended, path)

    def pass_time(self, others, calls):
        self.clock.ahead += 60
        if others:  # they are still at work
            if calls < others:
                self.lock_by_others()
            elif calls == others:
                self.ssm.delete_parameter(Name=self.lock_name)
        time.sleep(0.03)

    def outcome(self, ended, path):
        application = self.application_now()
        message = ended.message or ""
        for build, name in ((build, name) for name, build in self.builds.items()):
            message = message.replace(build.key, f"{name}.jar").replace(build.sha256, name).replace(build.sha256[:12], name)
        kept = self.record_now()
        return {
            "path": " ".join(distinct(path)),
            "outcome": "succeeded" if ended.succeeded else "failed",
            "message": message.replace(self.application, "taxi"),
            "evidence": kept.get("evidence", "").replace(self.application, "taxi"),
            "live": self.name_of(self.live_key()) if application else "none",
            "pointer": self.name_of(self.pointer_now()),
            "status": application["ApplicationStatus"] if application else "gone",
            "snapshots": len(self.snapshots()) if application else 0,
            "restored": kept.get("restored", ""),
            "operations": " ".join(self.operations()[self.began:]),
            "lock": self.locked(),
        }

    def application_now(self):
        try:
            return self.live()
        except self.flink.exceptions.ResourceNotFoundException:
            return None

    def record_now(self):
        try:
            return self.kept()
        except self.ssm.exceptions.ParameterNotFound:
            return {}

    def pointer_now(self):
        try:
            return self.pointed()
        except self.ssm.exceptions.ParameterNotFound:
            return "none"

    def name_of(self, key):
        return next((name for name, build in self.builds.items() if build.key == key), key)

    def operations(self):
        try:
            found = self.flink.list_application_operations(ApplicationName=self.application)["ApplicationOperationInfoList"]
        except self.flink.exceptions.ResourceNotFoundException:
            return []
        return [operation["Operation"].removesuffix("Application") for operation in reversed(found)]


def distinct(path):
    """States in their order, each once: how often one is looked at again depends on how long things take."""
    return list(dict.fromkeys(path))
