class Release(Locked):
    """What CodePipeline asks for, what the record holds, and what was seen since the last action."""

    def __init__(self, job):
        self.job, self.id, self.kind, self.refused_change_sets = job, job.marker, "JobFailed", []
        self.minutes, job.minutes = job.minutes, LONGEST_MINUTES  # after its own deadline the machine still goes back
        asked = job.asked
        for name in ("application", "stack", "pointer", "bucket", "key", "sha256"):
            if not isinstance(asked.get(name), str) or not asked[name]:
                raise Failed(f"UserParameters of the action cannot be used: {name} must be a text that is not empty. They "
                             "are written by Tidegate: compile the pipeline again and deploy it.", "ConfigurationError")
        self.asked = {**MACHINE["defaults"], **asked}
        self.health = {**MACHINE["defaults"]["health"], **asked.get("health", {})}
        self.application, self.key, self.sha256 = asked["application"], asked["key"], asked["sha256"]
        self.target = f"arn:{flink.meta.partition}:s3:::{asked['bucket']}", self.key
        self.by = releaser(job)
        self.record, self.lock = f"{asked['pointer']}-record", f"/tidegate/locks/{self.application}"
        self.seen = World(self)
        self.holds, self.memory = self.recall()
        self.request = f"release-{self.memory['started']}-{self.sha256[:16]}"  # marks the events of our stack update

    def recall(self):
        """Whether the lock is ours, and the record; a new one unless a release of this build has not ended."""
        kept = read_json(ssm, self.record)
        same = (kept.get("application"), kept.get("sha256")) == (self.application, self.sha256)
        if same and kept.get("id") == self.id:
            return True, kept
        if same and not kept.get("ended"):
            return False, {**kept, "id": self.id, "by": self.by}
        now = int(time.time())
        fresh = {"version": 1, "id": self.id, "by": self.by, "application": self.application, "key": self.key,
                 "sha256": self.sha256, "state": "verify", "started": now, "path": [["verify", now]]}
        if kept.get("application") == self.application:
            fresh.update({name: kept[name] for name in ("began_parallelism", "began_maximum") if kept.get(name)})
        return False, fresh

    @property
    def state(self):
        return self.memory["state"]

    @property
    def once(self):
        """What is asked for this release alone, unless another build than it is meant for was there before."""
        return {} if self.memory.get("once") == "spent" else self.asked.get("once", {})

    def forget(self):
        self.seen = World(self)

    def is_late(self):
        return time.time() > self.job.memory["started"] + MINUTE * self.minutes

    def enter(self, state):
        self.job.log(application=self.application, key=self.key, **{"from": self.state, "to": state},
                     reason=self.memory.get("reason", ""))
        if state != self.state:
            self.memory["path"].append([state, int(time.time())])
        self.memory["state"] = state
        self.write()

    def wait(self, said, then):
        self.memory["last"] = said
        self.enter(then) if then != self.state else self.write()
        if self.holds:
            self.refresh_lock()

    def write(self):
        if self.holds:
            write_record(ssm, self.record, self.memory)

    def say(self, word):
        return " ".join(MACHINE["words"][word].format_map(Words(self, word)).split())


class Words(dict):
    """What a sentence speaks of, looked up when it is said."""

    def __init__(self, release, word):
        super().__init__()
        self.release, self.word = release, word

    def __missing__(self, name):
        return SAID[self.word](self.release) if name == "said" and self.word in SAID else FIELDS[name](self.release)


# What sentences speak of. `said` is what the service said, which depends on the sentence.
FIELDS = {
    "application": lambda release: release.application,
    "asked_runtime": lambda release: release.asked["runtime"],
    "attempts": lambda release: release.memory.get("rollbacks") or release.memory.get("conflicts", 0),
    "began_maximum": lambda release: release.memory["began_maximum"],
    "bucket": lambda release: release.asked["bucket"],
    "change_sets": lambda release: ", ".join(release.refused_change_sets),
    "digest": lambda release: release.sha256[:12],
    "evidence": lambda release: release.seen.health.evidence,
    "holder": lambda release: release.other.get("holder", "somebody"),
    "java": lambda release: release.asked["java"],
    "key": lambda release: release.key,
    "last": lambda release: release.memory.get("last", ""),
    "left": lambda release: show_time(release.seen.health.left),
    "live": lambda release: show(release.seen.code),
    "maximum_parallelism": highest_parallelism,
    "minutes": lambda release: release.minutes,
    "missing": lambda release: ", ".join(release.seen.health.missing),
    "most": lambda release: MACHINE["limits"]["change-sets"],
    "operation_status": lambda release: release.seen.operation.get("OperationStatus", "unknown"),
    "parallelism": lambda release: release.seen.parallelism,
    "pointer": lambda release: release.asked["pointer"],
    "previous": lambda release: show(previous_code(release)),
    "previous_digest": lambda release: digest_of(previous_code(release)[1])[:12],
    "reasons": lambda release: "; ".join(release.seen.health.reasons),
    "restored": lambda release: release.memory.get("restored", "the latest snapshot"),
    "runtime": lambda release: release.seen.runtime,
    "runtime_java": lambda release: RUNTIME_OF[release.seen.runtime]["java"],
    "said": lambda release: release.memory.get("said") or why_failed(release),
    "sha256": lambda release: release.sha256,
    "since": lambda release: release.other.get("since", "a while"),
    "snapshot": lambda release: release.memory.get("snapshot"),
    "stack": lambda release: release.asked["stack"],
    "stack_status": lambda release: release.seen.stack_status,
    "status": lambda release: release.seen.status,
    "stored": lambda release: release.seen.build.get("sha256") or "(none)",
    "target": lambda release: show(release.target),
    "until": lambda release: f"{quiet_until(release):%Y-%m-%d %H:%M}",
    "wait": lambda release: show_time(MINUTE * release.asked["busy-minutes"]),
    "waited": lambda release: show_time(MINUTE * (release.health["for-minutes"] + MACHINE["limits"]["grace-minutes"])),
    "wanted_snapshot": lambda release: release.once.get("state"),
    "window": lambda release: show_time(time.time() - release.memory["window"]["opened"]),
}
SAID = {
    "another-build-runs": why_failed,
    "did-not-stay-up": why_failed,
    "snapshot-failed": lambda release: "The service gives no reason.",
    "stack-did-not-create": why_stack_failed,
    "update-failed": why_failed,
}


# ---- The machine ------------------------------------------------------------------------

def step(job):
    release = Release(job)
    if release.state not in MACHINE["states"]:
        raise Failed(f"This function has no state {release.state}: it was replaced meanwhile. Retry this stage.")
    if not release.holds and release.state != "verify" and not release.take_lock():
        return Later(release.say("held"))
    while not release.memory.get("ended"):
        waits = advance(release)
        if waits:
            return waits
    release.give_lock_back()
    if release.memory["outcome"] == "failed":
        raise Failed(release.memory["reason"], release.kind)
    release.forget()
    job.outputs = {"key": release.key, "sha256": release.sha256, "application_version": str(release.seen.version)}
    return None


def advance(release):
    """Take the first rule that fits; return what it waits for, if anything."""
    state = MACHINE["states"][release.state]
    try:
        return follow(release, state, decide(release, state))
    except ClientError as error:
        if passes_by_itself(error) or release.memory.get("ended"):
            raise
        release.kind, said = explain(error)
        release.memory["reason"] = f"{release.memory.get('reason', '')} {said}".strip()
        release.forget()
        release.enter(state.get("otherwise", "failed"))
        return None


def decide(release, state):
    rule = next(rule for rule in state["rules"] if all(holds(release, name) for name in rule.get("if", [])))
    if "do" not in rule:
        return rule
    try:
        outcome = ACTIONS[rule["do"]](release)
    except ClientError as error:
        code, said = error.response["Error"]["Code"], error.response["Error"]["Message"]
        known = rule.get("on", {})
        outcome = MACHINE["errors"]["outcomes"].get(code)
        if outcome not in known:
            outcome = "refused"
            if passes_by_itself(error) or "wait" in known.get(outcome, {"wait": "nobody foresaw it"}):
                raise
        release.memory["said"] = f"{code}: {said.rstrip('.')}."
        release.kind = "PermissionError" if code in FORBIDDEN else "JobFailed"
    release.forget()
    return rule["on"][outcome] if outcome else rule


def holds(release, name):
    return not PREDICATES[name[4:]](release) if name.startswith("not ") else PREDICATES[name](release)


def follow(release, state, branch):
    if "wait" in branch:
        said = release.say(branch["wait"])
        if not (release.is_late() and "otherwise" in state):
            release.wait(said, branch.get("then", release.state))
            return Later(said)
        release.memory["last"] = said
        branch = {"undo": "deadline", "then": state["otherwise"]}
    word = branch.get("fail") or branch.get("undo")
    if word:
        release.memory["reason"] = release.say(word)
        release.kind = branch.get("kind", release.kind)
        release.enter(branch.get("then", "failed" if "fail" in branch else "undo"))
    elif "go" in branch:
        release.enter(branch["go"])
    return None
