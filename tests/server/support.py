"""What the tests of the server share: a running server, clients, stacks and pipeline declarations."""

import io
import itertools
import json
import subprocess
import sys
import time
import unittest
import urllib.error
import urllib.request
import zipfile
from pathlib import Path

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

REGION = "eu-west-1"
SESSION = boto3.Session()
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}


def policy(action, **more):
    statement = {"Effect": "Allow", "Action": action, "Resource": "*", **more}
    return {"Version": "2012-10-17", "Statement": [statement]}


class Server:
    """A server process that ends with this one."""

    def __init__(self, *options):
        self.process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("serve.py")), "--port", "0", *options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.first_line = self.process.stdout.readline().strip()
        self.url = self.first_line.removeprefix("listening on ")

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()
        return self.process.wait(10)

    def control(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/_tidegate/{path}", data, method=method)
        try:
            with urllib.request.urlopen(request) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{path}: {error.code} {error.read().decode()}") from error


_accounts = itertools.count(111_000_000_001)
_server = None


def shared_server() -> Server:
    """One server for all tests of the process; tests are kept apart by their accounts."""
    global _server
    if _server is None:
        _server = Server()
    return _server


def close_shared_server():
    if _server is not None:
        _server.close()


class Account(unittest.TestCase):
    """A test in a fresh account of the shared server."""

    def setUp(self):
        self.server = shared_server()
        self.account = str(next(_accounts))
        self.clients = {}
        self.role = f"arn:aws:iam::{self.account}:role/pipeline"

    def client(self, service, region=REGION, account=None, **config):
        key = (service, region, account, str(config))
        if key not in self.clients:
            config = {"retries": {"total_max_attempts": 1}, "s3": {"addressing_style": "path"}, **config}
            self.clients[key] = SESSION.client(
                service,
                region_name=region,
                endpoint_url=self.server.url,
                aws_access_key_id=account or self.account,
                aws_secret_access_key="local",
                config=Config(**config),
            )
        return self.clients[key]

    def refused(self, code, function, *arguments, **keywords):
        """Call, expect the error code, and return the message."""
        with self.assertRaises(ClientError) as caught:
            function(*arguments, **keywords)
        error = caught.exception.response["Error"]
        self.assertEqual(error["Code"], code, error["Message"])
        return error["Message"]

    def raw(self, service, target, body):
        """Send a JSON request as it stands and return the JSON answer, error or not."""
        scope = f"{self.account}/20260101/{REGION}/{service}/aws4_request"
        headers = {"X-Amz-Target": target, "Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, Signature=0"}
        request = urllib.request.Request(self.server.url, json.dumps(body).encode(), headers)
        try:
            with urllib.request.urlopen(request) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            return json.load(error)

    def eventually(self, probe, expected, seconds=60):
        """Wait until `probe()` gives `expected`."""
        end = time.monotonic() + seconds
        while (seen := probe()) != expected:
            self.assertLess(time.monotonic(), end, f"still {seen!r}, not {expected!r}")
            time.sleep(0.02)

    # --- buckets and stacks ---

    def bucket(self, name, versioned=True):
        s3 = self.client("s3")
        s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
        if versioned:
            s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
        return name

    def put(self, bucket, key, data):
        return self.client("s3").put_object(Bucket=bucket, Key=key, Body=data)

    def read(self, bucket, key):
        return self.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()

    def stack(self, resources, name="stack", update=False, parameters=None, more=None):
        """Create or update a stack, wait for it, and return its physical ids by logical id."""
        cloudformation = self.client("cloudformation")
        operation = cloudformation.update_stack if update else cloudformation.create_stack
        operation(
            StackName=name,
            TemplateBody=json.dumps({"Resources": resources, **(more or {})}),
            Capabilities=["CAPABILITY_NAMED_IAM"],
            Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in (parameters or {}).items()],
        )
        while (status := self.stack_status(name)).endswith("IN_PROGRESS"):
            time.sleep(0.02)
        self.assertIn(status, ("CREATE_COMPLETE", "UPDATE_COMPLETE"), self.failures(name))
        rows = cloudformation.describe_stack_resources(StackName=name)["StackResources"]
        return {row["LogicalResourceId"]: row["PhysicalResourceId"] for row in rows}

    def stack_status(self, name="stack"):
        return self.client("cloudformation").describe_stacks(StackName=name)["Stacks"][0]["StackStatus"]

    def stack_outputs(self, name="stack"):
        outputs = self.client("cloudformation").describe_stacks(StackName=name)["Stacks"][0].get("Outputs", [])
        return {output["OutputKey"]: output["OutputValue"] for output in outputs}

    def failures(self, name="stack"):
        events = self.client("cloudformation").describe_stack_events(StackName=name)["StackEvents"]
        return [event.get("ResourceStatusReason") for event in events if "FAILED" in event["ResourceStatus"]]

    def drift(self, logical_id):
        answer = self.client("cloudformation").detect_stack_resource_drift(
            StackName="stack", LogicalResourceId=logical_id
        )
        return answer["StackResourceDrift"]["StackResourceDriftStatus"]

    # --- pipelines ---

    def pipeline_with_source(self, *stages, name="pipe", source=None, **members):
        """Buckets, a source object and a pipeline whose first stage reads it."""
        self.artifacts, self.sources = f"artifacts-{self.account}", f"sources-{self.account}"
        self.bucket(self.artifacts)
        self.bucket(self.sources)
        self.put(self.sources, "app.zip", archive(source or {"README": "x"}))
        declaration = self.declaration(*stages, name=name, **members)
        self.client("codepipeline").create_pipeline(pipeline=declaration)
        return declaration

    def declaration(self, *stages, name="pipe", **members):
        source = action("Source", "Source", "S3", {"S3Bucket": self.sources, "S3ObjectKey": "app.zip"}, out=["App"])
        return {
            "name": name,
            "roleArn": self.role,
            "pipelineType": "V2",
            "artifactStore": {"type": "S3", "location": self.artifacts},
            "stages": [stage("Source", {**source, "namespace": "Src"}), *stages],
            **members,
        }

    def start(self, name="pipe", **arguments):
        return self.client("codepipeline").start_pipeline_execution(name=name, **arguments)["pipelineExecutionId"]

    def latest(self, name="pipe"):
        rows = self.client("codepipeline").list_pipeline_executions(pipelineName=name)["pipelineExecutionSummaries"]
        return rows[0]["pipelineExecutionId"]

    def execution(self, execution_id, name="pipe"):
        answer = self.client("codepipeline").get_pipeline_execution(pipelineName=name, pipelineExecutionId=execution_id)
        return answer["pipelineExecution"]

    def ends(self, execution_id, status, name="pipe"):
        """Wait for the execution to end and return its actions by name."""
        ended = ("Succeeded", "Failed", "Stopped", "Superseded", "Cancelled")
        self.eventually(lambda: self.execution(execution_id, name)["status"] in ended, True)
        actions = self.actions(execution_id, name)
        detail = {key: (value["status"], value["output"]) for key, value in actions.items()}
        self.assertEqual(self.execution(execution_id, name)["status"], status, detail)
        return actions

    def actions(self, execution_id, name="pipe"):
        rows = self.client("codepipeline").list_action_executions(
            pipelineName=name, filter={"pipelineExecutionId": execution_id}
        )["actionExecutionDetails"]
        return {row["actionName"]: row for row in reversed(rows)}

    def stage_state(self, stage_name, name="pipe"):
        states = self.client("codepipeline").get_pipeline_state(name=name)["stageStates"]
        return next(state for state in states if state["stageName"] == stage_name)

    def approval_token(self, stage_name, name="pipe"):
        """Wait until the first action of the stage asks for approval."""

        def token():
            return self.stage_state(stage_name, name)["actionStates"][0].get("latestExecution", {}).get("token")

        self.eventually(lambda: token() is not None, True)
        return token()

    def answer_approval(self, stage_name, action_name, status="Approved", name="pipe"):
        self.client("codepipeline").put_approval_result(
            pipelineName=name,
            stageName=stage_name,
            actionName=action_name,
            token=self.approval_token(stage_name, name),
            result={"status": status, "summary": "seen"},
        )


def stage(name, *actions, **members):
    return {"name": name, "actions": list(actions), **members}


def action(name, category, provider, configuration=None, inputs=(), out=(), **members):
    return {
        "name": name,
        "actionTypeId": {"category": category, "owner": "AWS", "provider": provider, "version": "1"},
        "configuration": configuration or {},
        "inputArtifacts": [{"name": artifact} for artifact in inputs],
        "outputArtifacts": [{"name": artifact} for artifact in out],
        **members,
    }


def approval(name="Approve", **members):
    return action(name, "Approval", "Manual", **members)


def archive(files):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as target:
        for name, content in files.items():
            target.writestr(name, content)
    return buffer.getvalue()


def resource(kind, **properties):
    return {"Type": kind, "Properties": properties}
