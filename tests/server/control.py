"""The endpoints under /_tidegate/ by which a test steers the server."""

import json

from ministack import app as ministack_app

import codecommit
import connections
import flink
import pipelines
import registry
import repairs
import runs
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


def _runs_plan(body):
    with Scope(body["account"], body["region"]).entered():
        runs.plan(body["service"], body["holds"], body["states"], body.get("reason"))


def _reset(body):
    for plug_in in (pipelines, connections, codecommit, flink, registry, repairs, runs):
        plug_in.reset()
    ministack_app._reset_all_state()


ROUTES = {
    ("GET", "ready"): _ready,
    ("PUT", "settings"): _settings,
    ("POST", "connections/available"): _connection_available,
    ("POST", "flink/outcome"): _flink_outcome,
    ("POST", "resources"): registry.change,
    ("POST", "runs/plan"): _runs_plan,
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
    if scope["type"] != "http" or not scope["path"].startswith(PREFIX):
        await ministack_app.app(scope, receive, send)
        return
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    status, content = answer(scope["method"], scope["path"], body)
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps(content).encode()})
