"""What the tests of pipeline steps share: the local server, and CodePipeline as a step sees it.

The prelude and a step's own file are put together as they are in a template, and `handler` is called as CodePipeline would,
again and again with the continuation token that it gave, until it ends. `pretend` answers one operation as the service
model allows, where the server cannot show a behaviour.
"""
import contextlib
import functools
import io
import json
import time
import unittest
import uuid

import boto3

from parts import load, text
from releases import ACCOUNT, BUCKET, REGION, ROLE, Ended, Jobs, Server, pretended, setUpModule, tearDownModule

__all__ = ["ACCOUNT", "BUCKET", "REGION", "ROLE", "Server", "StepCase", "setUpModule", "tearDownModule"]

LIMITS = {"summary": 2048, "continuationToken": 2048, "message": 5000}


class StepCase(unittest.TestCase):
    SOURCE = None  # from the root of the repository
    MORE = ()  # what follows it where environments are elsewhere

    def setUp(self):
        self.name = f"taxi-{uuid.uuid4().hex[:8]}"
        self.function = load(self.code())
        self.jobs = Jobs(self.function)
        self.calls = []
        for client in self.clients():
            client.meta.events.register_first("before-parameter-build", self.record)

    def code(self):
        return text(self.SOURCE, *self.MORE)

    def clients(self):
        return [value for value in vars(self.function).values() if hasattr(value, "meta") and hasattr(value.meta, "events")]

    def record(self, params, model, **_):
        self.calls.append((model.name, dict(params)))

    def called(self, operation):
        return [params for name, params in self.calls if name == operation]

    def pretend(self, client, operation, *answers):
        """Answer an operation with these, one a call, and then always with the last one; None asks the server."""
        model = client.meta.service_model.operation_model(operation)
        waiting = list(answers)

        def reply(**_):
            return pretended(self, model, waiting.pop(0) if len(waiting) > 1 else waiting[0])

        client.meta.events.register(f"before-call.{client.meta.service_model.service_id.hyphenize()}.{operation}", reply)

    def invoke(self, parameters, token=None):
        asked = json.dumps(parameters)
        self.assertLessEqual(len(asked), 1000)
        data = {"actionConfiguration": {"configuration": {"UserParameters": asked}},
                "artifactCredentials": {"secretAccessKey": "TOP-SECRET"}}
        if token:
            data["continuationToken"] = token
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
            self.function.handler({"CodePipeline.job": {"id": str(uuid.uuid4()), "data": data}}, None)
        self.assertNotIn("TOP-SECRET", printed.getvalue())
        operation, answer = self.jobs.answers[-1]
        said = {**answer, **answer.get("executionDetails", {}), **answer.get("failureDetails", {})}
        for field, limit in LIMITS.items():
            self.assertLessEqual(len(said.get(field, "")), limit, field)
        return Ended(succeeded=operation == "PutJobSuccessResult" and "continuationToken" not in said,
                     token=said.get("continuationToken"), waits=said.get("summary"), outputs=said.get("outputVariables"),
                     kind=said.get("type"), message=said.get("message"))

    def run_step(self, parameters=None, until=None, token=None, calls=80):
        """Invoke until the step ends, or waits for something that contains `until`."""
        for _ in range(calls):
            ended = self.invoke(parameters or self.parameters(), token)
            if not ended.token or (until and until in ended.waits):
                return ended
            token = ended.token
            time.sleep(0.05)
        return self.fail(f"did not end: {ended.waits}")

    def assertFails(self, ended, *words, kind="JobFailed"):
        self.assertFalse(ended.succeeded, ended)
        self.assertIsNone(ended.token, ended)
        for word in words:
            self.assertIn(word, ended.message)
        self.assertEqual(ended.kind, kind)


def aged(token, minutes):
    """The token of a step that began so many minutes ago."""
    memory = json.loads(token)
    return json.dumps({**memory, "started": memory["started"] - 60 * minutes})


@functools.cache
def client(name):
    return boto3.client(name)
