"""What the tests of pipeline steps share: the local server, and CodePipeline as a step sees it.

The prelude and a step's own file are put together as they are in a template, and `handler` is called as CodePipeline would,
again and again with the continuation token that it gave, until it ends. `pretend` answers one operation as the service
model allows, where the server cannot show a behaviour.
"""
import contextlib
import io
import json
import time
import types
import unittest
import uuid

import boto3
import botocore.validate

from test_release import ACCOUNT, BUCKET, REGION, ROLE, ROOT, Ended, Http, Jobs, Server, setUpModule, tearDownModule

__all__ = ["ACCOUNT", "BUCKET", "REGION", "ROLE", "Server", "StepCase", "setUpModule", "tearDownModule"]

LIMITS = {"summary": 2048, "continuationToken": 2048, "message": 5000}
COMMON_ERRORS = {"AccessDeniedException", "ThrottlingException", "ValidationError"}  # no service model lists them


class StepCase(unittest.TestCase):
    SOURCE = None  # from the root of the repository
    MORE = ()  # what follows it where environments are elsewhere

    def setUp(self):
        self.name = f"taxi-{uuid.uuid4().hex[:8]}"
        self.function = types.ModuleType("index")
        code = "".join((ROOT / path).read_text() + "\n\n" for path in ("src/kinds/step_function/prelude.py", self.SOURCE, *self.MORE))
        exec(compile(code, self.SOURCE, "exec"), self.function.__dict__)
        self.jobs = Jobs(self.function)
        self.calls = []
        for client in self.clients():
            client.meta.events.register_first("before-parameter-build", self.record)

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
            said = waiting.pop(0) if len(waiting) > 1 else waiting[0]
            if said is None:
                return None
            if isinstance(said, dict):
                problems = botocore.validate.ParamValidator().validate(said, model.output_shape)
                self.assertFalse(problems.has_errors(), problems.generate_report())
                return Http(200), said
            code, _, message = said.partition(": ")
            self.assertIn(code, [shape.error_code for shape in model.error_shapes] +
                          [shape.name for shape in model.error_shapes] + list(COMMON_ERRORS))
            return Http(400), {"Error": {"Code": code, "Message": message or "pretended"}}

        client.meta.events.register(f"before-call.{client.meta.service_model.service_id.hyphenize()}.{operation}", reply)

    def invoke(self, parameters, token=None):
        text = json.dumps(parameters)
        self.assertLessEqual(len(text), 1000)
        data = {"actionConfiguration": {"configuration": {"UserParameters": text}},
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


def client(name):
    return boto3.client(name)
