# Submits the steps of a cluster one after the other, and follows each to its end.
#
#     verify -> stop -> start -> follow -> (the next one: stop -> start -> follow) -> end
#     a streaming one that fails in the place of another:  undo -> roll-back -> wait-back -> watch-back -> failed
#
# How EMR is asked stands below: `what`, `WAITING`, `DONE`, `waiting`, `find`, `cancel`, `submit` and `look_at`.
NAME, RECORD = os.environ["NAME"], os.environ["RECORD"]


def step(job):
    release = StepsRelease(job, NAME, RECORD)
    waits = release.go(STATES)
    if not waits:
        job.outputs = {"sha256": release.memory["sha256"]}
    return waits


class StepsRelease(Release):
    OTHERWISE = {"stop": "undo", "start": "undo", "follow": "undo"}
    BACK = ("undo", "roll-back", "wait-back", "watch-back")

    def target(self):
        """The programs must be there before anything is stopped for them."""
        digests = [self.digest(wanted) for wanted in STEPS]
        asked = json.dumps([[wanted, value(self.job, wanted["code"])] for wanted in STEPS], sort_keys=True)
        one = len(STEPS) == 1
        return {"key": value(self.job, STEPS[0]["code"]) if one else f"{len(STEPS)} steps",
                "sha256": digests[0] if one else hashlib.sha256(" ".join(digests).encode()).hexdigest(),
                "asked": hashlib.sha256(asked.encode()).hexdigest()[:16]}

    def digest(self, wanted):
        address = value(self.job, wanted["code"])
        digest = head_program(address)
        if not digest:
            raise Failed(f"The program of step {wanted['name']} is not at {address}: it was deleted, or never uploaded. Bring "
                         "it there, or start a new execution of the pipeline that builds it, then retry. Nothing was "
                         "changed.", "RevisionUnavailable")
        return digest

    @property
    def wanted(self):
        return STEPS[self.memory.get("at", 0)]

    @property
    def window_minutes(self):
        return self.wanted["for-minutes"]

    @property
    def code(self):
        return value(self.job, self.wanted["code"])

    def called(self, back=False):
        """The name of what is submitted, by which it is found again, and the token that EMR Serverless knows it by."""
        marker = self.memory["marker"] + ("-back" if back else "")
        return f"{self.wanted['name']} ({marker})", f"{self.memory.get('at', 0)}-{marker}"

    def fields(self):
        if not self.holds:
            return {}
        return {"application": lambda: f"step {self.wanted['name']} of {NAME}", "key": lambda: self.code,
                "digest": lambda: self.memory.get("digest", self.memory["sha256"])[:12], "status": self.status}

    def status(self):
        ids = [known for name in ("back", "step") if (known := self.memory.get(name))]
        return look_at(ids[0])[0] if ids else "not submitted"


# ---- The states: each returns what it waits for, or enters the next one ----

def verify(release):
    held = release.held()
    if not held:
        release.memory["at"] = 0
        release.enter("stop")
    return held


def stop(release):
    """A streaming step takes the place of the running one; any other waits for the end of its earlier run."""
    wanted, memory = release.wanted, release.memory
    mine = release.called()[0]
    if find(mine):
        return release.enter("start")  # which finds it as well
    others = [found for found in waiting() if found["name"].startswith(f"{wanted['name']} (") and found["name"] != mine]
    if not others:
        return release.enter("start")
    ids = ", ".join(found["id"] for found in others)
    if not wanted["streaming"]:
        return f"An earlier run of step {wanted['name']} has not ended: {ids}."
    release.digest(wanted)
    memory["previous"] = {"id": others[0]["id"], **memory.get("good", {}).get(wanted["name"], {})}
    release.write()
    cancel(release, others)
    return f"The running step {wanted['name']} is being stopped: {ids}."


def start(release):
    release.memory["digest"] = release.digest(release.wanted)
    name, token = release.called()
    release.memory["step"] = find(name) or submit(release, release.wanted, name, token, release.code)
    return release.enter("follow")


def follow(release):
    wanted, memory = release.wanted, release.memory
    state, reason, log = look_at(memory["step"])
    if state == "RUNNING" and wanted["streaming"]:
        memory.setdefault("window", int(time.time()))
        memory["evidence"] = f"It is RUNNING for {show_time(time.time() - memory['window'])}."
        return release.say("watched") if release.seconds_left > 0 else next_step(release, state)
    memory.pop("window", None)
    if state in WAITING:
        return f"{WHAT} {wanted['name']} is {state}."
    if state == DONE and not wanted["streaming"]:
        return next_step(release, state)
    if state == DONE:
        reason = "it is a streaming step and ended by itself."
    raise Failed(f"{WHAT} {wanted['name']}, {memory['step']} of {NAME}, is {state}: {reason} Its log: {log}. Correct the cause, "
                 "then retry this stage.")


def next_step(release, state):
    memory, wanted = release.memory, release.wanted
    release.job.log(done=wanted["name"])
    if wanted["streaming"]:
        memory.setdefault("good", {})[wanted["name"]] = {"key": release.code, "sha256": memory["digest"]}
    done = [*memory.get("done", []), f"{wanted['name']} {state}"]
    for name in ("step", "window", "previous", "digest"):
        memory.pop(name, None)
    memory.update(at=memory["at"] + 1, done=done, evidence=f"Steps: {', '.join(done)}.")
    return release.enter("stop" if memory["at"] < len(STEPS) else "end")


def end(release):
    for name in ("done", "at"):
        release.memory.pop(name, None)
    release.close("succeeded")


# ---- The way back ----

def undo(release):
    memory, previous = release.memory, release.previous
    if not release.wanted["streaming"] or not previous:
        return release.enter("failed")
    if any(found["id"] == previous["id"] and found["state"] == "RUNNING" for found in waiting()):
        memory["note"] = f"{previous['id']}, which ran before, still runs."
        return release.enter("failed")
    reason = why_no_way_back(release)
    if reason:
        memory["note"] = (f"There is nothing to go back to: {reason} The step that ran before, {previous['id']}, was stopped "
                          f"for this one: {release.application} does not run it any more.")
        return release.enter("failed")
    memory["undone"] = int(time.time())
    return release.enter("roll-back")


def why_no_way_back(release):
    key = release.previous.get("key")
    if not key:
        return "no release has written down which program ran before."
    there = head_program(key)
    if key == release.code and there == release.previous["sha256"]:
        return "the same program ran before. Correct what else was changed in the step, and deploy it."
    if there and there != release.previous["sha256"]:
        return f"the program of before was replaced in place, at {key}. One that a build publishes is kept under its digest."
    return "" if there else f"the program of before is no longer at {key}."


def roll_back(release):
    """What failed must have ended; then the program of before is submitted."""
    name, token = release.called(back=True)
    mine = release.called()[0]
    if failing := [found for found in waiting() if found["name"] == mine]:
        cancel(release, failing)
        return going_back(release, f"Rolling back: step {failing[0]['id']} is {failing[0]['state']}.")
    release.memory["back"] = find(name) or submit(release, release.wanted, name, token, release.previous["key"])
    return release.enter("wait-back")


def wait_back(release):
    state, reason, log = look_at(release.memory["back"])
    if state == "RUNNING":
        release.memory["window"] = int(time.time())
        return release.enter("watch-back")
    if state in WAITING:
        return going_back(release, f"Rolling back: step {release.memory['back']} is {state}.")
    raise Failed(f"{release.memory['back']} with {release.previous['key']} is {state}: {reason} Its log: {log}.")


def watch_back(release):
    memory = release.memory
    if look_at(memory["back"])[0] != "RUNNING":
        return release.enter("wait-back")
    memory["evidence"] = f"It is RUNNING for {show_time(time.time() - memory['window'])}."
    if release.seconds_left > 0:
        return release.say("watched-back")
    release.note("rolled-back")
    return release.enter("failed")


STATES = {"verify": verify, "stop": stop, "start": start, "follow": follow, "end": end, "undo": undo,
          "roll-back": roll_back, "wait-back": wait_back, "watch-back": watch_back, "failed": failed}


# ---- What a step says -------------------------------------------------------------------------

def value(job, given):
    """A text as written, a value that only CloudFormation knew, or the build of this pipeline."""
    if isinstance(given, str):
        return given
    if "variable" in given:
        return os.environ[given["variable"]]
    key = job.asked.get("keys", {}).get(given["build"])
    if not key:
        raise Failed(f"The pipeline passes no {given['build']} on. Build it in an earlier stage, render the pipeline "
                     "again and deploy it.", "ConfigurationError")
    return f"s3://{PUBLISHED}/{key}"
