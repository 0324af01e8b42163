"""Runs pipeline executions: stage order, execution modes, stopping, retrying, variables.

What one action does is in `actions`. One condition guards all state here: the
server runs a handful of pipelines for a test, so simplicity wins over locking
each pipeline apart.
"""

import copy
import threading
import time
import uuid
from dataclasses import dataclass, field

import actions
from host import Scope, in_background, log
from rules import REFERENCE

CHANGED = threading.Condition()
ENDED = ("Succeeded", "Failed", "Stopped", "Superseded", "Cancelled")


@dataclass
class ActionRun:
    """One attempt at one action of one execution."""

    stage: str
    declaration: dict
    pipeline_version: int
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    status: str = "InProgress"
    started: float = field(default_factory=time.time)
    changed: float = field(default_factory=time.time)
    summary: str = ""
    error: dict | None = None
    external_id: str | None = None
    approval_token: str | None = None
    answered_by: str | None = None
    revision: dict | None = None
    configuration: dict = field(default_factory=dict)
    variables: dict = field(default_factory=dict)
    outputs: dict = field(default_factory=dict)

    @property
    def name(self):
        return self.declaration["name"]


@dataclass
class Execution:
    """One run of a pipeline, on the definition it started with."""

    pipeline: "object"
    definition: dict
    trigger: dict
    scope: Scope
    variables: dict
    revisions: dict
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    status: str = "InProgress"
    summary: str = ""
    started: float = field(default_factory=time.time)
    changed: float = field(default_factory=time.time)
    stage_status: dict = field(default_factory=dict)
    runs: list = field(default_factory=list)
    artifacts: dict = field(default_factory=dict)
    namespaces: dict = field(default_factory=dict)
    stop_reason: str | None = None
    status_when_stopped: str = "Stopped"
    abandoned: bool = False

    @property
    def mode(self):
        return self.definition.get("executionMode", "SUPERSEDED")

    @property
    def stopping(self):
        return self.stop_reason is not None

    def set_status(self, status, summary=""):
        with CHANGED:
            self.status, self.summary, self.changed = status, summary or self.summary, time.time()
            CHANGED.notify_all()

    def latest_run(self, stage, action):
        matching = [run for run in self.runs if run.stage == stage and run.name == action]
        return matching[-1] if matching else None


def start(pipeline, trigger_type, detail="", variables=None, revisions=None) -> Execution:
    definition = copy.deepcopy(pipeline.versions[-1])
    values = {variable["name"]: variable.get("defaultValue") for variable in definition.get("variables", [])}
    values.update(variables or {})
    execution = Execution(
        pipeline=pipeline,
        definition=definition,
        trigger={"triggerType": trigger_type, "triggerDetail": detail},
        scope=Scope.current(),
        variables=values,
        revisions=revisions or {},
    )
    with CHANGED:
        pipeline.executions.insert(0, execution)
    in_background(_run, execution, 0, set())
    return execution


def retry(execution, stage_name, mode):
    """Run a failed stage again, whole or without its succeeded actions, then the rest of the pipeline."""
    names = [stage["name"] for stage in execution.definition["stages"]]
    stage_runs = [run for run in execution.runs if run.stage == stage_name and run.status == "Succeeded"]
    done = {run.name for run in stage_runs} if mode == "FAILED_ACTIONS" else set()
    execution.set_status("InProgress")
    in_background(_run, execution, names.index(stage_name), done)


def stop(execution, reason, abandon=False, final_status="Stopped"):
    """Stop after the actions in progress, or at once when they are abandoned."""
    with CHANGED:
        execution.stop_reason, execution.status_when_stopped = reason, final_status
        execution.abandoned = execution.abandoned or abandon
    execution.set_status("Stopping", reason)


def _run(execution, first_stage, done):
    try:
        _run_stages(execution, execution.definition["stages"][first_stage:], done)
    except Exception as error:
        log.exception("execution %s broke off", execution.id)
        execution.set_status("Failed", str(error))


def _run_stages(execution, stages, done):
    for stage in stages:
        if not _enter(execution, stage["name"]):
            return
        try:
            outcome = _run_stage(execution, stage, done)
        finally:
            _leave(execution, stage["name"])
        done = set()
        if outcome != "Succeeded":
            final = execution.status_when_stopped if outcome == "Stopped" else outcome
            execution.set_status(final)
            return
    execution.set_status("Succeeded")


def _enter(execution, stage):
    """Wait for the stage as the execution mode says; False when the execution ended while it waited."""
    pipeline = execution.pipeline
    with CHANGED:
        line = pipeline.waiting.setdefault(stage, [])
        if execution.mode == "SUPERSEDED":
            for older in line:
                older.set_status("Superseded")
        line.append(execution)
        CHANGED.wait_for(lambda: execution.stopping or execution.status in ENDED or _may_enter(execution, stage))
        line.remove(execution)
        CHANGED.notify_all()
        if execution.status in ENDED:
            return False
        if execution.stopping:
            execution.set_status(execution.status_when_stopped)
            return False
        if execution.mode != "PARALLEL":
            pipeline.occupied[stage] = execution
        execution.stage_status[stage] = "InProgress"
        return True


def _may_enter(execution, stage):
    pipeline = execution.pipeline
    if stage in pipeline.disabled:
        return False
    if execution.mode == "PARALLEL":
        return True
    waiting = [other for other in pipeline.waiting[stage] if other.status not in ENDED]
    return pipeline.occupied.get(stage) is None and waiting[0] is execution


def _leave(execution, stage):
    with CHANGED:
        if execution.pipeline.occupied.get(stage) is execution:
            del execution.pipeline.occupied[stage]
        CHANGED.notify_all()


def _run_stage(execution, stage, done):
    outcome = "Succeeded"
    for order in sorted({action.get("runOrder", 1) for action in stage["actions"]}):
        if execution.stopping:
            outcome = "Stopped"
            break
        group = [
            action for action in stage["actions"] if action.get("runOrder", 1) == order and action["name"] not in done
        ]
        outcome = _run_together(execution, stage["name"], group)
        if outcome != "Succeeded":
            break
    execution.stage_status[stage["name"]] = outcome
    return outcome


def _run_together(execution, stage, group):
    """Actions of one runOrder run in parallel; the stage waits for all of them."""
    with CHANGED:
        runs = [ActionRun(stage, action, execution.definition["version"]) for action in group]
        execution.runs.extend(runs)
    for run in runs:
        in_background(_run_action, execution, run)
    with CHANGED:
        CHANGED.wait_for(lambda: all(run.status != "InProgress" for run in runs))
    statuses = {run.status for run in runs}
    if "Abandoned" in statuses:
        return "Stopped"
    return "Failed" if "Failed" in statuses else "Succeeded"


def _run_action(execution, run):
    context = actions.Context(execution, run)
    try:
        run.configuration = {
            key: resolve(execution, value) for key, value in run.declaration.get("configuration", {}).items()
        }
        actions.perform(context)
        _finish(execution, run, "Succeeded")
    except actions.Abandoned:
        _finish(execution, run, "Abandoned")
    except Exception as error:
        code = getattr(error, "code", "JobFailed")
        _finish(execution, run, "Failed", {"code": code, "message": str(error)[:1000]})


def _finish(execution, run, status, error=None):
    with CHANGED:
        if status == "Succeeded":
            execution.artifacts.update(run.outputs)
            if "namespace" in run.declaration:
                execution.namespaces[run.declaration["namespace"]] = run.variables
        run.status, run.error, run.changed = status, error, time.time()
        CHANGED.notify_all()


def resolve(execution, text):
    """Replace each `#{namespace.key}`; a reference without value fails the action."""
    known = {
        **execution.namespaces,
        "variables": {name: value for name, value in execution.variables.items() if value is not None},
        "codepipeline": {
            "PipelineExecutionId": execution.id,
            "PipelineName": execution.definition["name"],
        },
    }

    def value_of(match):
        namespace, key = match.groups()
        if key not in known.get(namespace, {}):
            raise actions.ActionFailed("ConfigurationError", f"The variable {match.group(0)} has no value")
        return known[namespace][key]

    return REFERENCE.sub(value_of, text)
