"""The endpoints under /_tidegate/ by which a test steers the server."""

import json

from ministack import app as ministack_app

import codecommit
import connections
import flink
import moments
import pipelines
import registry
import repairs
import runs
import shifts
from host import SETTINGS, Scope, ServiceError

PREFIX = "/_tidegate/"


def _ready(body):
    return {"status": "ready"}


def _settings(body):
    SETTINGS.update(body)
    return vars(SETTINGS)


def _connection_available(body):
    connections.complete_handshake(body["arn"])


def _flink_outcome(body):
    with Scope(body["account"], body["region"]).entered():
        flink.plan_outcome(body["application"], body["operation"], body["outcome"], body.get("message"))


def _flink_busy(body):
    with Scope(body["account"], body["region"]).entered():
        flink.keep_busy(body["application"], body["status"], body["looks"])


def _answers(body):
    moments.plan_answers(body["account"], body["answers"])


def _moments(body):
    with Scope(body["account"], body["region"]).entered():
        moments.plan_moments(body["record"], body["application"], body["moments"])


def _moments_left(body):
    with Scope(body["account"], body["region"]).entered():
        return {"left": moments.left(body["record"])}


def _runs_plan(body):
    with Scope(body["account"], body["region"]).entered():
        runs.plan(body["service"], body["holds"], body["states"], body.get("reason"))


def _shifts_fail(body):
    shifts.plan(body["function"], body["reason"])


def _reset(body):
    for plug_in in (pipelines, connections, codecommit, flink, moments, registry, repairs, runs, shifts):
        plug_in.reset()
    ministack_app._reset_all_state()


ROUTES = {
    ("GET", "ready"): _ready,
    ("PUT", "settings"): _settings,
    ("POST", "connections/available"): _connection_available,
    ("POST", "flink/outcome"): _flink_outcome,
    ("POST", "flink/busy"): _flink_busy,
    ("PUT", "answers"): _answers,
    ("PUT", "moments"): _moments,
    ("POST", "moments/left"): _moments_left,
    ("POST", "resources"): registry.change,
    ("POST", "runs/plan"): _runs_plan,
    ("POST", "shifts/fail"): _shifts_fail,
    ("POST", "reset"): _reset,
}


def answer(method, path, body):
    """Status and JSON body for one control request."""
    route = ROUTES.get((method, path.removeprefix(PREFIX)))
    if route is None:
        return 404, {"message": f"no control endpoint {method} {path}"}
    try:
        return 200, route(json.loads(body or b"{}")) or {}
    except ServiceError as error:
        return error.status, {"message": error.message}
    except (KeyError, ValueError) as error:
        return 400, {"message": f"{type(error).__name__}: {error}"}


async def app(scope, receive, send):
    """MiniStack's application with the control endpoints in front of it."""
    if scope["type"] != "http":
        await ministack_app.app(scope, receive, send)
    elif scope["path"].startswith(PREFIX):
        status, content = answer(scope["method"], scope["path"], await _read(receive))
        await _send(send, status, {"content-type": "application/json"}, json.dumps(content).encode())
    elif moments.concerns(scope):
        body = await _read(receive)
        refused = await moments.meet(scope, body)
        if refused:
            status, code, content_type, content = refused
            headers = {"content-type": content_type, "x-amzn-errortype": code, "x-amzn-requestid": "planned"}
            if "cbor" in content_type:
                headers["smithy-protocol"] = "rpc-v2-cbor"
            await _send(send, status, headers, content)
        else:
            await ministack_app.app(scope, _again(body, receive), send)
    else:
        await ministack_app.app(scope, receive, send)


async def _read(receive):
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body


def _again(body, receive):
    """A request whose body was read is received once more."""
    waiting = [{"type": "http.request", "body": body, "more_body": False}]

    async def received():
        return waiting.pop() if waiting else await receive()

    return received


async def _send(send, status, headers, body):
    pairs = [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": pairs})
    await send({"type": "http.response.body", "body": body})
