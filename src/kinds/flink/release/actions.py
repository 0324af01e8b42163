# ---- Actions: what rules do; each gives its outcome, or nothing when it went as it should ---

def remember_what_runs(release):
    (bucket, key), seen = release.seen.code, release.seen
    release.memory["previous"] = {"bucket": bucket, "key": key, "version": seen.version, "status": seen.status}


def take_snapshot(release):
    """Its name says of what it is, so that taking it again finds it. One of an earlier release is too old."""
    name = f"release-{release.sha256[:12]}-{release.seen.version}"
    earlier = [found for found in release.seen.snapshots if found["SnapshotName"] == name
               and found["SnapshotCreationTimestamp"].timestamp() < release.memory["started"]]
    release.memory["snapshot"] = f"{name}-{release.memory['started']}" if earlier else name
    if release.seen.snapshot_status(release.memory["snapshot"]) != "gone":
        return "exists"
    flink.create_application_snapshot(ApplicationName=release.application, SnapshotName=release.memory["snapshot"])
    return None


def write_pointer(release, value):
    if release.seen.pointer["Value"] != value:
        ssm.put_parameter(Name=release.asked["pointer"], Value=value, Overwrite=True)


def restore_pointer(release):
    previous = release.memory.get("pointed") or previous_code(release)[1]
    if previous:
        write_pointer(release, previous)


def code_update(code):
    location = dict(zip(("BucketARNUpdate", "FileKeyUpdate"), code))
    return {"ApplicationCodeConfigurationUpdate": {"CodeContentUpdate": {"S3ContentLocationUpdate": location}}}


def restoring(release, state, allow=False):
    """A run configuration that restores no state ("fresh"), a snapshot, or the latest one."""
    restore = {"ApplicationRestoreType": "RESTORE_FROM_LATEST_SNAPSHOT"}
    if state == "fresh":
        restore = {"ApplicationRestoreType": "SKIP_RESTORE_FROM_SNAPSHOT"}
        release.memory["began_parallelism"] = release.seen.parallelism
    elif state:
        restore = {"ApplicationRestoreType": "RESTORE_FROM_CUSTOM_SNAPSHOT", "SnapshotName": state}
    latest = "the latest snapshot" if has_snapshot(release) else "no snapshot"
    release.memory["restored"] = {"fresh": "no snapshot", None: latest}.get(state, f"snapshot {state}")
    return {"ApplicationRestoreConfiguration": restore, "FlinkRunConfiguration": {"AllowNonRestoredState": allow}}


def has_snapshot(release):
    """The service takes one by itself before it changes what runs, if it may."""
    return (release.seen.status in UP and not are_snapshots_off(release)
            or any(snapshot["SnapshotStatus"] == "READY" for snapshot in release.seen.snapshots))


def change(release, call, **request):
    """Ask the service to change the application. That it may have been changed is written down before."""
    memory, version = release.memory, release.seen.version
    before = memory.get("touched", False), memory.get("made_version")
    if version == memory.get("previous", {}).get("version") and version < (memory.get("made_version") or 0):
        before = False, None  # killed before the service heard of it: nothing has changed since the release began
    memory.pop("said", None)
    memory.update(touched=True, made_version=version + (call != flink.start_application), operation=None)
    release.write()
    try:
        answer = call(ApplicationName=release.application, **request)
    except ClientError as error:
        if not passes_by_itself(error):
            memory["touched"], memory["made_version"] = before
        raise
    memory["operation"] = answer.get("OperationId")
    memory["made_version"] = answer.get("ApplicationDetail", {}).get("ApplicationVersionId", memory["made_version"])


def update(release):
    request = {}
    if release.seen.status in UP:
        once = release.once
        request["RunConfigurationUpdate"] = restoring(
            release, once.get("state"), once.get("allow-non-restored-state", False))
    try:
        change(release, flink.update_application, ConditionalToken=release.seen.application["ConditionalToken"],
               ApplicationConfigurationUpdate=code_update(release.target), **request)
    except flink.exceptions.ConcurrentModificationException:
        release.memory["conflicts"] = release.memory.get("conflicts", 0) + 1
        raise


def start(release):
    begin(release, release.once.get("state"), release.once.get("allow-non-restored-state", False))


def begin(release, state, allow=False):
    request = {}
    if state or allow or has_snapshot(release):
        request["RunConfiguration"] = restoring(release, state, allow)
    else:
        release.memory.update(began_parallelism=release.seen.parallelism, restored="no snapshot")
    change(release, flink.start_application, **request)


def snapshot_to_go_back_to(release):
    name = release.memory.get("snapshot")
    return name if name and release.seen.snapshot_status(name) == "READY" else None


def roll_back(release):
    """AWS's own rollback: to the version before, with the snapshot that the service took at the update."""
    release.memory["rolled_back"] = True
    release.memory.pop("said", None)
    try:
        answer = flink.rollback_application(
            ApplicationName=release.application, CurrentApplicationVersionId=release.seen.version)
    except flink.exceptions.ResourceInUseException:
        release.memory["rolled_back"] = False
        raise
    release.memory.update(operation=answer.get("OperationId"), restored="the snapshot that AWS took before the update")


def update_back(release):
    release.memory["rollbacks"] = release.memory.get("rollbacks", 0) + 1
    request = {}
    if release.seen.status in UP:
        request["RunConfigurationUpdate"] = restoring(release, snapshot_to_go_back_to(release))
    change(release, flink.update_application, ConditionalToken=release.seen.application["ConditionalToken"],
           ApplicationConfigurationUpdate=code_update(previous_code(release)), **request)


def start_back(release):
    release.memory["rollbacks"] = release.memory.get("rollbacks", 0) + 1
    begin(release, snapshot_to_go_back_to(release))


def restore_latest(release):
    answer = flink.update_application(
        ApplicationName=release.application, ConditionalToken=release.seen.application["ConditionalToken"],
        RunConfigurationUpdate={
            "ApplicationRestoreConfiguration": {"ApplicationRestoreType": "RESTORE_FROM_LATEST_SNAPSHOT"},
            "FlinkRunConfiguration": {"AllowNonRestoredState": False}})
    release.memory["operation"] = answer.get("OperationId")


def open_window(release):
    """What the counters hold now is not of the time that is watched."""
    now = int(time.time())
    found = metrics_of(release, now - 5 * MINUTE, now, counters(release))
    held = {name: list(values.values())[-1] for name, values in found.items() if values}
    release.memory["window"] = {"opened": now, **held}


def prune_snapshots(release):
    ours = [found for found in release.seen.snapshots if found["SnapshotStatus"] == "READY"
            and found["SnapshotName"].startswith("release-")]
    ours.sort(key=lambda found: found["SnapshotCreationTimestamp"], reverse=True)
    for found in ours[release.asked["keep-snapshots"]:][:MOST_PRUNED]:
        if found["SnapshotName"] == release.memory.get("snapshot"):
            continue
        try:
            flink.delete_application_snapshot(
                ApplicationName=release.application, SnapshotName=found["SnapshotName"],
                SnapshotCreationTimestamp=found["SnapshotCreationTimestamp"])
        except ClientError as error:  # it costs a little, and the next release tries again
            release.job.log(kept=found["SnapshotName"], reason=str(error))


def update_stack(release):
    try:
        cloudformation.update_stack(  # without RoleARN: CloudFormation uses the role that the stack already has
            StackName=release.asked["stack"], UsePreviousTemplate=True, ClientRequestToken=release.request,
            Parameters=[{"ParameterKey": parameter["ParameterKey"], "UsePreviousValue": True}
                        for parameter in release.seen.stack.get("Parameters", [])],
            Capabilities=["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"])
    except ClientError as error:
        said = error.response["Error"]
        if "_IN_PROGRESS state" in said["Message"]:
            return "in-use"
        if "No updates are to be performed" not in said["Message"] and said["Code"] != "TokenAlreadyExistsException":
            raise
    return None


def close(release):
    memory = release.memory
    memory.update(ended=int(time.time()), outcome="failed" if release.state == "failed" else "succeeded")
    if memory["outcome"] == "succeeded":
        remember_maximum(release)
    else:
        memory["reason"] = f"{memory.get('reason', '')} {last_note(release)}".strip()
    release.write()
    release.give_lock_back()


def remember_maximum(release):
    """A maximum that the job sets is part of the state, from the first build on that runs with it."""
    memory, asked = release.memory, release.asked.get("maximum-parallelism")
    if asked:
        memory["began_maximum"] = asked
    elif memory.get("restored") == "no snapshot":
        memory.pop("began_maximum", None)


def last_note(release):
    """What became of the application, after the reason of a failure."""
    memory, seen = release.memory, release.seen
    try:
        if "note" in memory:
            return release.say(memory["note"])
        if "pointed" in memory and seen.pointer["Value"] == release.key:
            return release.say("pointer-left")
        if not seen.application:
            return ""
        if is_nothing_before(release):
            return release.say("nothing-before")
        left = memory.get("touched") and seen.code != previous_code(release)
        return release.say("left-running" if left else "not-touched")
    except ClientError as error:
        return explain(error)[1]


def note(word):
    return lambda release: release.memory.update(note=word)


ACTIONS = {
    "take-lock": lambda release: None if release.take_lock() else "held",
    "remember-pointer": lambda release: release.memory.update(pointed=release.seen.pointer["Value"]),
    "remember-what-runs": remember_what_runs,
    "forget-once": lambda release: release.memory.update(once="spent"),
    "take-snapshot": take_snapshot,
    "write-pointer": lambda release: write_pointer(release, release.key),
    "restore-pointer": restore_pointer,
    "delete-stale-change-sets": delete_stale_change_sets,
    "update": update,
    "start": start,
    "open-window": open_window,
    "close-window": lambda release: release.memory.pop("window", None) and None,
    "restore-latest": restore_latest,
    "prune-snapshots": prune_snapshots,
    "roll-back": roll_back,
    "update-back": update_back,
    "start-back": start_back,
    "update-stack": update_stack,
    "note-rolled-back": note("rolled-back"),
    "note-unhealthy": note("rolled-back-unhealthy"),
    "note-stuck": note("rollback-stuck"),
    "note-others": note("left-to-others"),
    "close": close,
}
