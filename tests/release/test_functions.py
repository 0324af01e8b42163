"""The function that releases packages and layers into Lambda functions, run against the local AWS API server.

    python tests/release/test_functions.py        (a venv with tests/server/requirements.txt)

The template is the part of an application stack that `functions` with `code: builds.…` and `layers: builds.…` make.
"""
import base64
import hashlib
import io
import json
import unittest
import zipfile

from steps import BUCKET, REGION, ROLE, Server, StepCase, aged, client, setUpModule, tearDownModule  # noqa: F401

TEMPLATE = """
Parameters:
  Release: {Type: 'AWS::SSM::Parameter::Value<String>'}
  LayerRelease: {Type: 'AWS::SSM::Parameter::Value<String>'}
  Settings: {Type: String, Default: one}
  Memory: {Type: Number, Default: 256}
Conditions:
  Released: !Not [!Equals [!Ref Release, unreleased]]
  LayerReleased: !Not [!Equals [!Ref LayerRelease, unreleased]]
Resources:
  Layer:
    Type: AWS::Lambda::LayerVersion
    Condition: LayerReleased
    DeletionPolicy: Retain
    UpdateReplacePolicy: Retain
    Properties:
      LayerName: FUNCTION-numbers
      Description: !Ref LayerRelease
      Content: {S3Bucket: BUCKET, S3Key: !Ref LayerRelease}
      CompatibleRuntimes: [python3.13]
  Function:
    Type: AWS::Lambda::Function
    Properties:
      FunctionName: FUNCTION
      Description: !Join [' ', [!Ref Release, !If [LayerReleased, !Select [7, !Split [':', !Ref Layer]], none], !Ref Settings]]
      Runtime: python3.13
      MemorySize: !Ref Memory
      Handler: !If [Released, app.handler, index.handler]
      Role: ROLE
      Layers: [!If [LayerReleased, !Ref Layer, !Ref 'AWS::NoValue']]
      Code: !If
        - Released
        - {S3Bucket: BUCKET, S3Key: !Ref Release}
        - ZipFile: "def handler(event, context):\\n    raise RuntimeError('no code yet')\\n"
  Version:
    Type: AWS::Lambda::Version
    Properties:
      FunctionName: !Ref Function
      Description: !Join [' ', [!Ref Release, !If [LayerReleased, !Select [7, !Split [':', !Ref Layer]], none], !Ref Settings]]
  Alias:
    Type: AWS::Lambda::Alias
    Properties: {FunctionName: !Ref Function, FunctionVersion: !GetAtt Version.Version, Name: live}
"""


class Case(StepCase):
    SOURCE = "src/kinds/function/release/index.py"
    MORE = ("src/kinds/step_function/record.py",)

    def setUp(self):
        super().setUp()
        self.s3, self.ssm, self.lambdas = client("s3"), client("ssm"), client("lambda")
        self.cloudformation = client("cloudformation")
        self.pointers = f"/tidegate/{self.name}/"
        for place in ("release", "layers/numbers"):
            self.ssm.put_parameter(Name=self.pointers + place, Value="unreleased", Type="String")
        self.old, self.new = self.upload("app.py", "old"), self.upload("app.py", "new")
        self.layer = self.upload("python/numbers7.py", "VALUE = 7\n")

    def upload(self, path, content, metadata=None):
        body = io.BytesIO()
        if path == "app.py":
            content = f"def handler(event, context):\n    return '{content} of {self.name}'\n"
        with zipfile.ZipFile(body, "w") as package:
            package.writestr(zipfile.ZipInfo(path), content)  # of no time: equal content has an equal digest
        sha256 = hashlib.sha256(body.getvalue()).hexdigest()
        key = f"builds/rider/{sha256}/rider.zip"
        self.s3.put_object(Bucket=BUCKET, Key=key, Body=body.getvalue(), Metadata=metadata or {"sha256": sha256})
        return key

    def make_stack(self, role=ROLE, **parameters):
        parameters = {"Release": f"{self.pointers}release", "LayerRelease": f"{self.pointers}layers/numbers", **parameters}
        body = TEMPLATE.replace("FUNCTION", self.name).replace("BUCKET", BUCKET).replace("ROLE", ROLE)
        self.cloudformation.create_stack(
            StackName=self.name, TemplateBody=body, **({"RoleARN": role} if role else {}),
            Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()])
        self.wait("stack_create_complete")

    def wait(self, what):
        self.cloudformation.get_waiter(what).wait(StackName=self.name, WaiterConfig={"Delay": 0.1, "MaxAttempts": 600})

    def parameters(self, minutes=120, **packages):
        packages = packages or {"release": self.new}
        return {"function": f"{self.name}:live", "stack": self.name, "bucket": BUCKET, "pointers": self.pointers,
                "packages": {place.replace("numbers", "layers/numbers"): key for place, key in packages.items()},
                "execution": "7f3c", "deadline-minutes": minutes}

    def pointed(self, place="release"):
        return self.ssm.get_parameter(Name=self.pointers + place)["Parameter"]["Value"]

    def recorded(self):
        return json.loads(self.pointed("record"))

    def live(self):
        return self.lambdas.get_function_configuration(FunctionName=f"{self.name}:live")

    def answer(self):
        return json.load(self.lambdas.invoke(FunctionName=f"{self.name}:live")["Payload"])


class Elsewhere(Case):
    """Another Region of another account: the role there, and a bucket to bring builds to."""

    MORE = (*Case.MORE, "src/kinds/function/release/elsewhere.py")

    def setUp(self):
        super().setUp()
        roles = client("iam")
        try:
            roles.create_role(RoleName=ROLE.rpartition("/")[2], AssumeRolePolicyDocument="{}")
        except roles.exceptions.EntityAlreadyExistsException:
            pass  # an earlier test made it
        self.there = f"published-{self.name}"
        self.s3.create_bucket(Bucket=self.there, CreateBucketConfiguration={"LocationConstraint": REGION})

    def parameters(self, **packages):
        there = {"role": ROLE, "region": REGION, "bucket": self.there, "from": BUCKET}
        return {**super().parameters(**packages), **there}

    def test_the_build_is_brought_and_released(self):
        self.make_stack()
        ended = self.run_step()
        self.assertTrue(ended.succeeded, ended)
        self.assertEqual(self.answer(), f"new of {self.name}")
        self.assertEqual(self.pointed(), self.new)
        self.assertEqual(self.called("AssumeRole")[0]["RoleArn"], ROLE)
        brought = self.s3.head_object(Bucket=self.there, Key=self.new)
        self.assertEqual(brought["Metadata"]["sha256"], self.new.split("/")[2])

    def test_a_build_that_was_never_made(self):
        self.make_stack()
        self.s3.delete_object(Bucket=BUCKET, Key=self.new)
        self.assertIn("never uploaded", self.run_step().message)
        self.assertEqual(self.pointed(), "unreleased")

    def test_a_role_that_lets_nobody_in(self):
        self.pretend(self.function.sts, "AssumeRole", "AccessDeniedException: not you")
        self.assertIn("Deploy the access stack", self.run_step().message)


class Released(Case):
    def test_first_release(self):
        self.make_stack()
        self.assertIn("no code yet", str(self.answer()))
        ended = self.run_step()
        self.assertTrue(ended.succeeded, ended)
        self.assertEqual(self.pointed(), self.new)
        self.assertEqual(self.answer(), f"new of {self.name}")
        self.assertEqual(ended.outputs, {"version": self.live()["Version"], "sha256": self.live()["CodeSha256"]})
        self.assertEqual(self.called("UpdateStack")[0].get("RoleARN"), None)

    def test_the_alias_moves_and_the_version_before_goes(self):
        self.make_stack()
        first = self.run_step(self.parameters(release=self.old)).outputs["version"]
        second = self.run_step().outputs["version"]
        self.assertNotEqual(first, second)
        versions = [it["Version"] for it in self.lambdas.list_versions_by_function(FunctionName=self.name)["Versions"]]
        self.assertIn(second, versions)
        self.assertEqual(self.answer(), f"new of {self.name}")

    def test_going_back_is_a_release_too(self):
        self.make_stack()
        for build, word in ((self.old, "old"), (self.new, "new"), (self.old, "old")):
            self.assertTrue(self.run_step(self.parameters(release=build)).succeeded)
            self.assertEqual(self.answer(), f"{word} of {self.name}")

    def test_again(self):
        self.make_stack()
        first, again = self.run_step(), self.run_step()
        self.assertTrue(again.succeeded, again)
        self.assertEqual(first.outputs, again.outputs)

    def test_a_later_deployment_changes_nothing_of_it(self):
        self.make_stack()
        self.run_step()
        parameters = [{"ParameterKey": key, "UsePreviousValue": True} for key in ("Release", "LayerRelease")]
        changed = [{"ParameterKey": "Settings", "ParameterValue": "two"}, {"ParameterKey": "Memory", "ParameterValue": "512"}]
        self.cloudformation.update_stack(StackName=self.name, UsePreviousTemplate=True, Parameters=parameters + changed)
        self.wait("stack_update_complete")
        self.assertEqual(self.answer(), f"new of {self.name}")
        self.assertEqual(self.live()["MemorySize"], 512)  # the settings are live, too
        self.assertTrue(self.run_step().succeeded)
        self.assertEqual(self.live()["MemorySize"], 512)

    def test_layer(self):
        self.make_stack()
        ended = self.run_step(self.parameters(release=self.new, numbers=self.layer))
        self.assertTrue(ended.succeeded, ended)
        arn, = [layer["Arn"] for layer in self.live()["Layers"]]
        digest = self.lambdas.get_layer_version_by_arn(Arn=arn)["Content"]["CodeSha256"]
        self.assertEqual(digest, base64.b64encode(bytes.fromhex(self.layer.split("/")[2])).decode())

    def test_a_layer_alone_replaces_its_version(self):
        self.make_stack()
        self.run_step(self.parameters(release=self.new, numbers=self.layer))
        newer = self.upload("python/numbers7.py", "VALUE = 8\n")
        before = self.live()
        ended = self.run_step(self.parameters(numbers=newer))
        self.assertTrue(ended.succeeded, ended)
        self.assertEqual(self.live()["CodeSha256"], before["CodeSha256"])
        self.assertNotEqual(self.live()["Layers"], before["Layers"])
        layers = self.lambdas.list_layer_versions(LayerName=f"{self.name}-numbers")["LayerVersions"]
        self.assertEqual(len(layers), 2)

    def test_called_again_with_an_older_token(self):
        """Killed after it moved the pointers: the same call comes again."""
        self.make_stack()
        verified = self.invoke(self.parameters())
        first = self.invoke(self.parameters(), verified.token)
        again = self.invoke(self.parameters(), verified.token)
        self.assertEqual([ended.message for ended in (first, again)], [None, None])
        ended = again if again.succeeded else self.run_step(token=again.token)
        self.assertTrue(ended.succeeded, ended)

    def test_waits_for_the_stack_to_be_there(self):
        waiting = self.run_step(until="does not exist yet")
        self.assertEqual(self.pointed(), "unreleased")
        self.make_stack()
        self.assertTrue(self.run_step(token=waiting.token).succeeded)

    def test_waits_while_the_stack_is_busy(self):
        self.make_stack()
        stack, = self.cloudformation.describe_stacks(StackName=self.name)["Stacks"]
        busy = {key: value for key, value in stack.items() if value != ""} | {"StackStatus": "UPDATE_IN_PROGRESS"}
        self.pretend(self.function.cloudformation, "DescribeStacks", {"Stacks": [busy]}, {"Stacks": [busy]}, None)
        self.assertTrue(self.run_step().succeeded)

    def test_another_update_comes_first(self):
        self.make_stack()
        self.pretend(self.function.cloudformation, "UpdateStack",
                     "ValidationError: Stack is in UPDATE_IN_PROGRESS state and can not be updated.", None)
        self.assertTrue(self.run_step().succeeded)

    def test_throttled(self):
        self.make_stack()
        self.pretend(self.function.cloudformation, "UpdateStack", "ThrottlingException", None)
        self.assertTrue(self.run_step().succeeded)

    def test_waits_until_the_function_is_ready(self):
        self.make_stack()
        self.pretend(self.function.functions, "GetFunctionConfiguration", {"LastUpdateStatus": "InProgress"}, None)
        self.assertTrue(self.run_step().succeeded)


class Refused(Case):
    def assertBack(self, ended, *words, **more):
        self.assertFails(ended, *words, **more)
        self.assertEqual(self.pointed(), "unreleased")

    def test_missing_object(self):
        self.make_stack()
        self.s3.delete_object(Bucket=BUCKET, Key=self.new)
        self.assertBack(self.run_step(), f"s3://{BUCKET}/{self.new}", "builds and uploads it again",
                        kind="RevisionUnavailable")

    def test_object_of_another_digest(self):
        self.make_stack()
        self.upload("app.py", "new", {"sha256": "0" * 64})
        self.assertBack(self.run_step(), "0" * 64, "not that build", kind="RevisionOutOfSync")
        self.assertEqual(self.called("UpdateStack"), [])

    def test_key_without_digest(self):
        self.assertBack(self.run_step(self.parameters(release="rider.zip")), "no SHA-256 digest", kind="ConfigurationError")

    def test_missing_pointer(self):
        self.make_stack()
        self.ssm.delete_parameter(Name=f"{self.pointers}release")
        self.assertFails(self.run_step(), f"{self.pointers}release", "delivery stack")

    def test_stack_without_role(self):
        self.make_stack(role=None)
        self.assertBack(self.run_step(), "no service role", "infrastructure pipeline")

    def test_broken_stack(self):
        self.make_stack()
        stack, = self.cloudformation.describe_stacks(StackName=self.name)["Stacks"]
        broken = {key: value for key, value in stack.items() if value != ""} | {"StackStatus": "ROLLBACK_FAILED"}
        self.pretend(self.function.cloudformation, "DescribeStacks", {"Stacks": [broken]})
        self.assertBack(self.run_step(), "ROLLBACK_FAILED", "Repair it")

    def test_package_that_lambda_refuses(self):
        """CloudFormation takes the update back; the pointer goes back with the reason."""
        self.make_stack()
        self.assertTrue(self.run_step(self.parameters(release=self.old)).succeeded)
        content = b"no archive"
        sha256 = hashlib.sha256(content).hexdigest()
        bad = f"builds/rider/{sha256}/rider.zip"
        self.s3.put_object(Bucket=BUCKET, Key=bad, Body=content, Metadata={"sha256": sha256})
        ended = self.run_step(self.parameters(release=bad))
        self.assertFails(ended)
        self.assertEqual(self.pointed(), self.old)
        self.assertIn("put back", ended.message)
        self.assertEqual(self.answer(), f"old of {self.name}")

    def test_update_that_is_refused(self):
        self.make_stack()
        self.pretend(self.function.cloudformation, "UpdateStack", "AccessDeniedException: not allowed")
        self.assertBack(self.run_step(), "not allowed", "put back", kind="PermissionError")

    def test_function_that_somebody_else_changes(self):
        """The stack says it is done, and yet other code runs: the stack goes back."""
        self.make_stack()
        self.run_step(self.parameters(release=self.old))
        self.pretend(self.function.functions, "GetFunctionConfiguration",
                     {"CodeSha256": "AAAA", "Version": "9", "State": "Active", "LastUpdateStatus": "Successful"})
        ended = self.run_step()
        self.assertFails(ended, "AAAA", "does not run what was approved", "go back")
        self.assertEqual(self.pointed(), self.old)
        self.assertEqual(self.answer(), f"old of {self.name}")

    def test_function_that_cannot_start(self):
        self.make_stack()
        self.pretend(self.function.functions, "GetFunctionConfiguration", {
            "State": "Failed", "StateReason": "the key is disabled"})
        self.assertBack(self.run_step(), "the key is disabled")

    def test_stack_without_the_alias(self):
        self.make_stack()
        self.pretend(self.function.functions, "GetFunctionConfiguration", "ResourceNotFoundException")
        self.assertBack(self.run_step(), "infrastructure pipeline", "put back")

    def test_deadline_before_the_stack_is_there(self):
        waiting = self.run_step(until="does not exist yet")
        self.assertBack(self.run_step(token=aged(waiting.token, 121)), "Not released within 120 minutes", "does not exist")

    def test_deadline_while_the_stack_is_busy(self):
        self.make_stack()
        self.pretend(self.function.cloudformation, "UpdateStack",
                     "ValidationError: Stack is in UPDATE_IN_PROGRESS state and can not be updated.")
        waiting = self.run_step(until="came first")
        self.assertBack(self.run_step(token=aged(waiting.token, 121)), "Not released within", "put back")


class Recorded(Case):
    def test_success(self):
        self.make_stack()
        self.run_step(self.parameters(release=self.old))
        self.run_step()
        record = self.recorded()
        self.assertEqual((record["version"], record["outcome"], record["by"]), (1, "succeeded", "pipeline execution 7f3c"))
        self.assertEqual((record["application"], record["key"], record["previous"]), (self.name, self.new, {"release": self.old}))
        self.assertIn(record["sha256"], record["key"])
        self.assertEqual([state for state, _ in record["path"]], ["update", "check"])
        self.assertLessEqual(record["started"], record["path"][0][1])
        self.assertLessEqual(record["path"][-1][1], record["ended"])
        self.assertIn(f"{self.name}:live is version {self.live()['Version']}", record["evidence"])
        self.assertNotIn("reason", record)

    def test_while_it_waits(self):
        self.run_step(until="does not exist yet")
        record = self.recorded()
        self.assertEqual((record["state"], "outcome" in record), ("update", False))
        self.assertIn("does not exist yet", record["last"])

    def test_what_did_not_begin_leaves_the_record_of_before(self):
        self.make_stack()
        self.run_step(self.parameters(release=self.old))
        self.s3.delete_object(Bucket=BUCKET, Key=self.new)
        self.assertFails(self.run_step(), "never uploaded", kind="RevisionUnavailable")
        self.assertEqual((self.recorded()["outcome"], self.recorded()["key"]), ("succeeded", self.old))

    def test_a_record_that_may_not_be_written_hides_no_reason(self):
        self.make_stack()
        waiting = self.run_step(until="next the stack is updated")
        self.pretend(self.function.cloudformation, "UpdateStack", "AccessDeniedException: not you")
        self.pretend(self.function.ssm, "GetParameter", {"Parameter": {"Value": self.new}}, {"Parameter": {"Value": self.new}},
                     "AccessDeniedException: not the record")
        ended = self.run_step(token=waiting.token)
        self.assertFails(ended, "not you", kind="PermissionError")

    def test_what_aws_refuses_out_of_turn_puts_the_pointers_back(self):
        self.make_stack()
        self.pretend(self.function.functions, "GetFunctionConfiguration", "AccessDeniedException: not this function")
        ended = self.run_step()
        self.assertFails(ended, "not this function", "put back", kind="PermissionError")
        self.assertEqual(self.pointed(), "unreleased")
        self.assertEqual((self.recorded()["outcome"], self.recorded()["reason"]), ("failed", ended.message))


class Shifted(Case):
    """Calls go over step by step: what CloudFormation and CodeDeploy say of it, as the server moves an alias at once."""

    def parameters(self, *given, **packages):
        return {**super().parameters(*given, **packages), "shift": "10% for 5 min first"}

    def taken_back(self, status="UPDATE_ROLLBACK_COMPLETE"):
        """The update is under way for a while, and then taken back."""
        stack, = self.cloudformation.describe_stacks(StackName=self.name)["Stacks"]
        said = [{key: value for key, value in stack.items() if value != ""} | {"StackStatus": state}
                for state in ("UPDATE_COMPLETE", "UPDATE_IN_PROGRESS", "UPDATE_ROLLBACK_IN_PROGRESS", status)]
        self.pretend(self.function.cloudformation, "DescribeStacks", *({"Stacks": [it]} for it in said))
        self.pretend(self.function.cloudformation, "UpdateStack", {"StackId": stack["StackId"]})
        verified = self.invoke(self.parameters())
        token = f"release-{json.loads(verified.token)['marker']}"
        event = {"StackId": stack["StackId"], "EventId": "1", "StackName": self.name, "Timestamp": stack["CreationTime"],
                 "LogicalResourceId": "RiderFunctionAlias", "ResourceStatus": "UPDATE_FAILED", "ClientRequestToken": token,
                 "ResourceStatusReason": "Deployment d-5X1ABCDEF failed."}
        self.pretend(self.function.cloudformation, "DescribeStackEvents", {"StackEvents": [event]})
        return verified.token

    def alarm(self):
        self.pretend(self.function.codedeploy, "ListDeployments", {"deployments": ["d-5X1ABCDEF"]})
        self.pretend(self.function.codedeploy, "GetDeployment", {"deploymentInfo": {"errorInformation": {
            "code": "ALARM_ACTIVE", "message": "Activated alarms: trips-prod-functions-rider-new-failing"}}})

    def test_calls_have_gone_over(self):
        self.make_stack()
        ended = self.run_step()
        self.assertTrue(ended.succeeded, ended)
        self.assertIn("Calls went over to it by 10% for 5 min first, and no alarm", self.recorded()["evidence"])
        self.assertEqual(self.called("ListDeployments"), [])

    def test_an_alarm_takes_it_back(self):
        self.make_stack()
        self.assertTrue(self.run_step(self.parameters(release=self.old)).succeeded)
        version = self.live()["Version"]
        token = self.taken_back()
        self.alarm()
        waiting = self.run_step(until="Calls go over", token=token)
        self.assertIn("UPDATE_IN_PROGRESS. Calls go over to the new version: 10% for 5 min first.", waiting.waits)
        ended = self.run_step(token=waiting.token)
        self.assertFails(ended, "RiderFunctionAlias: Deployment d-5X1ABCDEF failed.", "ALARM_ACTIVE", "rider-new-failing",
                         f"It was rolled back: {self.name}:live runs s3://{BUCKET}/{self.old} again, as version {version}.")
        self.assertEqual((self.pointed(), self.answer()), (self.old, f"old of {self.name}"))
        record = self.recorded()
        self.assertEqual((record["outcome"], record["reason"], record["key"]), ("failed", ended.message, self.new))
        asked, = self.called("ListDeployments")
        self.assertEqual((asked["applicationName"], asked["deploymentGroupName"]), (self.name, self.name))

    def test_an_alarm_ends_the_deployment_in_the_stack(self):
        """The server's own stack fails and goes back; what CodeDeploy says is pretended."""
        self.make_stack()
        self.assertTrue(self.run_step(self.parameters(release=self.old)).succeeded)
        self.alarm()
        Server.control("POST", "shifts/fail", {"function": self.name, "reason": "Deployment d-5X1ABCDEF was stopped"})
        ended = self.run_step()
        self.assertFails(ended, "Alias: Deployment d-5X1ABCDEF was stopped. CodeDeploy says of d-5X1ABCDEF: ALARM_ACTIVE",
                         f"It was rolled back: {self.name}:live runs s3://{BUCKET}/{self.old} again", "put back")
        self.assertEqual((self.pointed(), self.answer()), (self.old, f"old of {self.name}"))
        self.assertEqual((self.recorded()["outcome"], self.recorded()["reason"]), ("failed", ended.message))
        again = self.run_step()
        self.assertTrue(again.succeeded, again)
        self.assertEqual(self.answer(), f"new of {self.name}")

    def test_nothing_was_there_before(self):
        self.make_stack()
        token = self.taken_back()
        self.pretend(self.function.codedeploy, "ListDeployments", {"deployments": []})
        self.assertFails(self.run_step(token=token), "It was rolled back", "nothing was released before")

    def test_codedeploy_may_not_be_asked(self):
        self.make_stack()
        self.run_step(self.parameters(release=self.old))
        token = self.taken_back()
        self.pretend(self.function.codedeploy, "ListDeployments", "AccessDeniedException: not you")
        self.assertFails(self.run_step(token=token), "CodeDeploy was not asked why", "It was rolled back")

    def test_what_runs_is_neither(self):
        self.make_stack()
        self.run_step(self.parameters(release=self.old))
        token = self.taken_back()
        self.alarm()
        self.pretend(self.function.functions, "GetFunctionConfiguration",
                     {"CodeSha256": "AAAA", "Version": "9", "State": "Active", "LastUpdateStatus": "Successful"})
        self.assertFails(self.run_step(token=token), "It was not rolled back", "AAAA")


class Permissions(Case):
    def test_nothing_else_is_called(self):
        """What `release.rs` allows."""
        self.make_stack()
        self.run_step(self.parameters(release=self.new, numbers=self.layer))
        self.assertEqual({name for name, _ in self.calls}, {
            "HeadObject", "GetParameter", "PutParameter", "DescribeStacks", "UpdateStack", "GetFunctionConfiguration",
            "GetLayerVersionByArn", "PutJobSuccessResult"})


if __name__ == "__main__":
    unittest.main()
