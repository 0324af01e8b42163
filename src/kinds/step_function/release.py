# What a release knows outlives a call, a token and an execution: its record, a parameter of Systems Manager, is written at
# the entry of each state and before its action, and any call goes on from there. Its lock keeps two releases of the same
# thing apart. Both are as the releases of Flink applications write them.
import datetime
import hashlib
import re

s3, ssm = (boto3.client(name, config=CONFIG) for name in ("s3", "ssm"))
BACK_MINUTES = 30  # for the way back, whose wait is not held to the deadline
LONGEST_PROGRAM = 64 * 1024 * 1024  # that is read to tell its digest


class Release(Locked):
    """What CodePipeline asks for, and what the record holds of a release, begun by whichever call."""

    OTHERWISE = {}  # where a failure in a state leads, if not to `failed`
    BACK = ()  # states that take back what failed: they go on after the deadline

    def __init__(self, job, application, record):
        self.job, self.id, self.application, self.kind = job, job.marker, application, "JobFailed"
        self.minutes, job.minutes = job.minutes, LONGEST_MINUTES  # after its own deadline it still goes back
        self.by, self.name = releaser(job), record
        self.lock = record.replace("/tidegate/records/", "/tidegate/locks/")
        self.said = ""
        self.holds, self.memory = self.recall()

    def target(self):
        """What is released: at least `key` and `sha256`."""
        raise NotImplementedError

    def recall(self):
        """Whether the lock is ours, and the record; a new one unless a release of the same has not ended."""
        kept = read_json(ssm, self.name)
        if kept.get("application") != self.application:
            kept = {}
        if kept.get("id") == self.id:
            return True, kept
        target, now = self.target(), int(time.time())
        if kept and not kept.get("ended") and all(kept.get(name) == value for name, value in target.items()):
            return False, {**kept, "id": self.id, "by": self.by}
        fresh = {"version": 1, "id": self.id, "marker": self.id, "by": self.by, "application": self.application, **target,
                 "state": "verify", "started": now, "path": [["verify", now]]}
        if "good" in kept:
            fresh["good"] = kept["good"]
        if kept and not kept.get("ended") and "previous" in kept:  # a release was broken off: what it stopped ran before
            fresh["previous"] = kept["previous"]
        return False, fresh

    @property
    def state(self):
        return self.memory["state"]

    @property
    def previous(self):
        return self.memory.get("previous", {})

    @property
    def window_minutes(self):
        """How long what was started is watched."""
        raise NotImplementedError

    @property
    def seconds_left(self):
        return self.memory["window"] + MINUTE * self.window_minutes - time.time()

    def is_late(self):
        return time.time() > self.job.memory["started"] + MINUTE * self.minutes

    def enter(self, state):
        self.job.log(application=self.application, **{"from": self.state, "to": state},
                     reason=self.memory.get("reason", ""))
        if state != self.state:
            self.memory["path"].append([state, int(time.time())])
        self.memory["state"] = state
        self.write()

    def wait(self, said):
        self.memory["last"] = said
        self.write()
        if self.holds:
            self.refresh_lock()
        return Later(said)

    def held(self):
        """What to wait for when somebody else has the lock."""
        return None if self.take_lock() else Later(self.say("held"))

    def write(self):
        if self.holds:
            write_record(ssm, self.name, self.memory)

    # ---- Its words ----

    def fields(self):
        """What sentences speak of, beside what every release has."""
        return {}

    def say(self, word):
        memory = self.memory
        common = {
            "application": lambda: self.application,
            "digest": lambda: memory["sha256"][:12],
            "evidence": lambda: memory.get("evidence", ""),
            "holder": lambda: self.other.get("holder", "somebody"),
            "key": lambda: memory["key"],
            "last": lambda: memory.get("last", ""),
            "left": lambda: show_time(self.seconds_left),
            "minutes": lambda: self.minutes,
            "previous": lambda: self.previous.get("key", "(unknown)"),
            "previous_digest": lambda: self.previous.get("sha256", "")[:12],
            "restored": lambda: "its checkpoint",
            "said": lambda: self.said,
            "since": lambda: self.other.get("since", "a while"),
            "window": lambda: show_time(time.time() - memory["window"]),
        }
        return " ".join(WORDS[word].format_map(Words({**common, **self.fields()})).split())

    # ---- From state to state ----

    def go(self, states):
        """Until one has to wait, or the release has ended."""
        if not self.holds and self.state != "verify" and (held := self.held()):
            return held
        while not self.memory.get("ended"):
            try:
                waits = states[self.state](self)
            except KeyError as error:
                if self.state in states:
                    raise
                raise Failed(f"This function has no state {error}: it was replaced meanwhile. Retry this stage.") from None
            except Failed as failure:
                self.fail(str(failure), failure.kind)
                continue
            except ClientError as error:
                if not passes_by_itself(error):
                    kind, message = explain(error)
                    self.fail(message, kind)
                    continue
                waits = f"{error.operation_name} is asked again later: {error.response['Error'].get('Message')}"
            except (ConnectionError, HTTPClientError) as error:
                waits = f"AWS is asked again later: {error}"
            if not waits:
                continue
            if isinstance(waits, Later):  # somebody else releases: there is no record of ours yet
                return waits if not self.is_late() else self.end_late(waits.reason)
            if self.is_late() and self.state not in self.BACK:
                self.memory["last"] = waits
                self.fail(self.say("deadline"), "JobFailed")
                continue
            return self.wait(waits)
        self.give_lock_back()
        if self.memory["outcome"] == "failed":
            raise Failed(self.memory["reason"], self.kind)
        return None

    def end_late(self, waited_for):
        self.memory["last"] = waited_for
        raise Failed(self.say("deadline"))

    def fail(self, reason, kind):
        """What failed while something was taken back is a note to the failure itself."""
        if not self.holds:
            raise Failed(reason, kind)
        if self.state in self.BACK:
            self.said = reason
            self.note("rollback-stuck")
            self.enter("failed")
            return
        self.kind = kind
        self.memory["reason"] = reason
        self.enter(self.OTHERWISE.get(self.state, "failed"))

    def note(self, word):
        self.memory["note"] = self.say(word)

    def close(self, outcome):
        memory = self.memory
        memory.update(ended=int(time.time()), outcome=outcome)
        if outcome == "failed":
            memory["reason"] = f"{memory.get('reason', '')} {memory.pop('note', '')}".strip()
        else:
            memory.pop("reason", None)
        self.write()


class Words(dict):
    """Each part of a sentence is looked up when it is said."""

    def __getitem__(self, name):
        return super().__getitem__(name)()


def going_back(release, waits):
    if time.time() > release.memory["undone"] + MINUTE * BACK_MINUTES:
        raise Failed(f"It took longer than {BACK_MINUTES} minutes. {waits}")
    return waits


def failed(release):
    release.close("failed")


def find_program(address):
    """The digest of an object, `s3://bucket/key`; nothing when there is none."""
    bucket, _, key = address.removeprefix("s3://").partition("/")
    try:
        found = s3.get_object(Bucket=bucket, Key=key)
    except ClientError as error:
        if error.response["Error"]["Code"] not in ("NoSuchKey", "404"):
            raise
        return None
    if found["ContentLength"] > LONGEST_PROGRAM:
        return found["Metadata"].get("sha256") or hashlib.sha256(found["ETag"].encode()).hexdigest()
    digest = hashlib.sha256()
    for part in found["Body"].iter_chunks(1024 * 1024):
        digest.update(part)
    return digest.hexdigest()


def head_program(address):
    """The digest of an object that is not read for it; nothing when there is no object."""
    bucket, _, key = address.removeprefix("s3://").partition("/")
    try:
        found = s3.head_object(Bucket=bucket, Key=key)
    except ClientError as error:
        if error.response["Error"]["Code"] not in ("NoSuchKey", "404"):
            raise
        return None
    stored, named = found["Metadata"].get("sha256"), re.search(r"[0-9a-f]{64}", key)
    if stored and named and stored != named[0]:
        raise Failed(f"{address} was uploaded with sha256 {stored} in its metadata, but {named[0]} was approved: the object is "
                     "not that build. Find out who wrote it; start a new execution.", "RevisionOutOfSync")
    return named[0] if named else stored or hashlib.sha256(found["ETag"].encode()).hexdigest()
