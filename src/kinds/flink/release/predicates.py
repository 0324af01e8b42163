# ---- Predicates: what rules ask ---------------------------------------------------------

def is_busy(release):
    busy = release.seen.status not in IDLE
    if busy:
        release.memory.setdefault("busy_since", int(time.time()))
    else:
        release.memory.pop("busy_since", None)
    return busy


def is_busy_too_long(release):
    return time.time() - release.memory.get("busy_since", time.time()) > MINUTE * release.asked["busy-minutes"]


def is_once_spent(release):
    replacing = release.once.get("replacing")
    return bool(replacing) and not digest_of(release.memory["previous"]["key"]).startswith(replacing)


def is_java_too_new(release):
    runs = RUNTIME_OF.get(release.seen.runtime, {}).get("java")
    return bool(runs and release.asked.get("java")) and release.asked["java"] > runs


def is_another_major_runtime(release):
    asked, runs = release.asked.get("runtime"), release.seen.runtime
    return bool(asked) and asked.split("_")[0] != runs.split("_")[0]


def is_parallelism_above_maximum(release):
    most, wanted = highest_parallelism(release), release.seen.parallelism
    return bool(most and wanted) and wanted > most


def is_maximum_parallelism_changed(release):
    began, asked = release.memory.get("began_maximum"), release.asked.get("maximum-parallelism")
    return bool(began and asked) and began != asked


def are_snapshots_off(release):
    return not release.seen.configured("ApplicationSnapshotConfigurationDescription").get("SnapshotsEnabled")


def is_snapshot_not_there(release):
    name = release.once.get("state", "fresh")
    return name != "fresh" and release.seen.snapshot_status(name) != "READY"


def can_roll_back(release):
    return (not are_snapshots_off(release) and release.seen.status in ("RUNNING", "UPDATING", "AUTOSCALING")
            and release.seen.version == release.memory.get("made_version") and not release.memory.get("rolled_back"))


def is_nothing_before(release):
    return "pointed" in release.memory or previous_code(release) == release.target


def is_untouched(release):
    """A deployment of the stack may have brought the build itself, once the pointer named it."""
    return not release.memory.get("touched") and release.seen.code != release.target


def is_once_left_behind(release):
    run = release.seen.configured("RunConfigurationDescription")
    restore = run.get("ApplicationRestoreConfigurationDescription", {}).get("ApplicationRestoreType")
    allows = run.get("FlinkRunConfigurationDescription", {}).get("AllowNonRestoredState")
    return restore not in (None, "RESTORE_FROM_LATEST_SNAPSHOT") or bool(allows)


def is_unhealthy(release):
    release.memory["evidence"] = release.seen.health.evidence
    return bool(release.seen.health.reasons)


PREDICATES = {
    "key-without-digest": lambda release: release.sha256 not in release.key,
    "build-missing": lambda release: release.seen.build is None,
    "build-of-another-digest": lambda release: release.seen.build.get("sha256") != release.sha256,
    "pointer-missing": lambda release: release.seen.pointer is None,
    "quiet": lambda release: quiet_until(release) is not None,
    "gone": lambda release: release.seen.application is None,
    "being-deleted": lambda release: release.seen.status == "DELETING",
    "busy": is_busy,
    "busy-too-long": is_busy_too_long,
    "running": lambda release: release.seen.status in UP,
    "target-live": lambda release: release.seen.code == release.target,
    "previous-live": lambda release: release.seen.code == previous_code(release),
    "once-is-spent": is_once_spent,
    "fresh": lambda release: release.once.get("state") == "fresh",
    "java-too-new": is_java_too_new,
    "another-major-runtime": is_another_major_runtime,
    "maximum-parallelism-changed": is_maximum_parallelism_changed,
    "parallelism-above-maximum": is_parallelism_above_maximum,
    "snapshots-off": are_snapshots_off,
    "snapshot-not-there": is_snapshot_not_there,
    "snapshot-ready": lambda release: release.seen.snapshot_status(release.memory["snapshot"]) == "READY",
    "snapshot-failed": lambda release: release.seen.snapshot_status(release.memory["snapshot"]) in ("FAILED", "gone"),
    "stack-missing": lambda release: release.seen.stack is None,
    "stack-busy": lambda release: release.seen.stack_status.endswith("_IN_PROGRESS"),
    "stack-idle": lambda release: release.seen.stack_status in STACK_IDLE,
    "stack-broken": lambda release: release.seen.stack_status not in STACK_IDLE,
    "stack-without-role": lambda release: not release.seen.stack.get("RoleARN"),
    "operation-running": lambda release: release.seen.operation.get("OperationStatus") == "IN_PROGRESS",
    "operation-failed": lambda release: release.seen.operation.get("OperationStatus") in ("FAILED", "CANCELLED"),
    "too-many-conflicts": lambda release: release.memory.get("conflicts", 0) >= MACHINE["limits"]["conflicts"],
    "too-many-rollbacks": lambda release: release.memory.get("rollbacks", 0) >= MACHINE["limits"]["rollbacks"],
    "leave": lambda release: release.asked["on-failure"] == "leave",
    "nothing-before": is_nothing_before,
    "untouched": is_untouched,
    "stood-before": lambda release: release.memory["previous"]["status"] == "READY",
    "can-roll-back": can_roll_back,
    "once-left-behind": is_once_left_behind,
    "window-open": lambda release: release.seen.health.left > 0,
    "unhealthy": is_unhealthy,
    "evidence-missing": lambda release: release.seen.health.left <= 0 and bool(release.seen.health.missing),
    "grace": lambda release: -release.seen.health.left < MINUTE * MACHINE["limits"]["grace-minutes"],
}
