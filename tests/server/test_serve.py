"""Proves each claim of README.md about the local AWS API server.

    python tests/server/test_serve.py

runs in an environment made from requirements.txt and starts the server itself.
"""

import json
import signal
import socket
import time
import unittest

from botocore.exceptions import ClientError, ConnectionClosedError, EndpointConnectionError, ReadTimeoutError

from support import (
    REGION,
    TRUST,
    Account,
    Server,
    action,
    approval,
    archive,
    close_shared_server,
    policy,
    resource,
    stage,
)

FUNCTION_HEAD = """
import boto3, json
pipeline = boto3.client("codepipeline")
def handler(event, context):
    job = event["CodePipeline.job"]
"""
TEMPLATE = json.dumps(
    {
        "Parameters": {"Value": {"Type": "String"}, "Kind": {"Type": "String", "Default": "none"}},
        "Resources": {
            "Parameter": resource("AWS::SSM::Parameter", Name="/stack/value", Type="String", Value={"Ref": "Value"})
        },
        "Outputs": {"Name": {"Value": {"Ref": "Parameter"}}, "Kind": {"Value": {"Ref": "Kind"}}},
    }
)


def tearDownModule():
    close_shared_server()


class Process(unittest.TestCase):
    """How the server starts and ends."""

    def test_announces_its_address_in_one_line_and_listens_on_loopback_only(self):
        server = Server()
        self.addCleanup(server.close)
        self.assertRegex(server.first_line, r"^listening on http://127\.0\.0\.1:\d+$")
        port = int(server.url.rpartition(":")[2])
        with socket.socket() as probe:
            self.assertNotEqual(probe.connect_ex(("127.0.0.2", port)), 0)

    def test_ends_when_stdin_closes(self):
        self.assertEqual(Server().close(), 0)

    def test_ends_on_sigterm(self):
        server = Server()
        server.process.send_signal(signal.SIGTERM)
        self.assertEqual(server.process.wait(10), 0)
        server.close()


class Isolation(Account):
    def test_accounts_and_regions_are_apart(self):
        create = {"ConnectionName": "mine", "ProviderType": "GitHub"}
        self.client("codeconnections").create_connection(**create)
        self.stack({"Stream": resource("AWS::Kinesis::Stream", Name="mine")})
        others = ({"region": "us-east-1"}, {"account": "999999999999"})
        for other in others:
            self.assertEqual(self.client("kinesis", **other).list_streams()["StreamNames"], [])
            self.assertEqual(self.client("codeconnections", **other).list_connections()["Connections"], [])
        self.assertEqual(self.client("sts").get_caller_identity()["Account"], self.account)


class PipelineChecks(Account):
    """What CreatePipeline and UpdatePipeline refuse."""

    def setUp(self):
        super().setUp()
        self.artifacts, self.sources = "artifacts", "sources"

    def refuses(self, code, message, *stages, **members):
        """Raw JSON, because a client of AWS's own would refuse some of it before sending."""
        declaration = self.declaration(*stages, **members)
        error = self.raw("codepipeline", "CodePipeline_20150709.CreatePipeline", {"pipeline": declaration})
        self.assertEqual(error.get("__type"), code, error)
        self.assertIn(message, error["message"])

    def test_unknown_and_mistyped_keys(self):
        gate = stage("Gate", approval())
        self.refuses("ValidationException", "Unknown parameter in pipeline", gate, colour="red")
        self.refuses("ValidationException", "Invalid type", stage("Gate", approval(runOrder="1")))
        self.refuses("ValidationException", "Missing required", stage("Gate", {"name": "Approve"}))

    def test_constraints_of_the_service_model(self):
        long_value = {"CustomData": "x" * 1001}
        self.refuses(
            "ValidationException", "more than the maximum 1000", stage("G", approval(configuration=long_value))
        )
        empty = {"CustomData": ""}
        self.refuses("ValidationException", "valid min length: 1", stage("G", approval(configuration=empty)))
        self.refuses("ValidationException", "regular expression", stage("a b", approval()))
        self.refuses("ValidationException", "enum value set", stage("G", action("A", "Wait", "Manual")))
        self.refuses("ValidationException", "more than the maximum 999", stage("G", approval(runOrder=1000)))

    def test_structure_rules(self):
        gate, refuses = stage("Gate", approval()), self.refuses
        late = action("Late", "Source", "S3", {"S3Bucket": "b", "S3ObjectKey": "k"}, out=["L"])
        structure = "InvalidStructureException"
        refuses(structure, "minimum of 2")
        refuses(structure, "outside of its first stage", stage("Gate", late))
        refuses(structure, "Stage name Gate", gate, gate)
        refuses(structure, "Action name Approve", stage("Gate", approval(), approval()))
        refuses(structure, "Exactly one of artifactStore", gate, artifactStores={})
        refuses(structure, "cross-region", stage("Gate", approval(region="us-east-1")))
        refuses(structure, "Namespace codepipeline is reserved", stage("Gate", approval(namespace="codepipeline")))
        refuses(structure, "Namespace Src", stage("Gate", approval(namespace="Src")))
        refuses(structure, "type V2", gate, pipelineType="V1", executionMode="QUEUED")

    def test_first_stage_holds_only_sources(self):
        declaration = self.declaration(stage("Gate", approval()))
        declaration["stages"][0]["actions"].append(approval())
        message = self.refused(
            "InvalidStructureException", self.client("codepipeline").create_pipeline, pipeline=declaration
        )
        self.assertIn("only contains source actions", message)

    def test_artifact_flow(self):
        deploy = {"BucketName": "b", "Extract": "true"}
        build = {"ProjectName": "p"}
        structure, refuses = "InvalidStructureException", self.refuses
        refuses(structure, "not produced", stage("D", action("D", "Deploy", "S3", deploy, inputs=["Nope"])))
        together = stage(
            "B",
            action("B", "Build", "CodeBuild", build, inputs=["App"], out=["Built"]),
            action("D", "Deploy", "S3", deploy, inputs=["Built"]),
        )
        refuses(structure, "not produced", together)
        twice = stage("B", action("B", "Build", "CodeBuild", build, inputs=["App"], out=["App"]))
        refuses(structure, "more than once", twice)
        together["actions"][1]["runOrder"] = 2
        self.client("codepipeline").create_pipeline(pipeline=self.declaration(together))

    def test_references(self):
        def gate(text, **members):
            return stage("Gate", approval(configuration={"CustomData": text}, **members))

        structure, refuses = "InvalidStructureException", self.refuses
        refuses(structure, "no earlier action", gate("#{Later.Key}"))
        refuses(structure, "no earlier action", gate("#{Own.Key}", namespace="Own"))
        refuses(structure, "not declared", gate("#{variables.Missing}"))
        known = gate("#{Src.ETag} #{codepipeline.PipelineExecutionId} #{variables.Level}")
        variables = [{"name": "Level", "defaultValue": "info"}]
        self.client("codepipeline").create_pipeline(pipeline=self.declaration(known, variables=variables))

    def test_action_declarations(self):
        code, refuses = "InvalidActionDeclarationException", self.refuses

        def only(*arguments, **members):
            return stage("S", action("A", *arguments, **members))

        refuses(code, "not available in region", only("Deploy", "Nomad"))
        refuses(code, "missing required configuration 'ProjectName'", only("Build", "CodeBuild", inputs=["App"]))
        unknown = {"ProjectName": "p", "Colour": "red"}
        refuses(code, "unknown configuration 'Colour'", only("Build", "CodeBuild", unknown, inputs=["App"]))
        refuses(code, "minimum of 1", only("Build", "CodeBuild", {"ProjectName": "p"}))
        execute = {"ActionMode": "CHANGE_SET_EXECUTE", "StackName": "s"}
        refuses(code, "'ChangeSetName'", only("Deploy", "CloudFormation", execute))
        refuses(code, "unknown ActionMode", only("Deploy", "CloudFormation", {**execute, "ActionMode": "UPSERT"}))
        refuses(code, "commands are required", only("Compute", "Commands", inputs=["App"]))
        foreign = only("Build", "CodeBuild", {"ProjectName": "p"}, inputs=["App"], roleArn=self.role)
        foreign["actions"][0]["actionTypeId"]["owner"] = "Custom"
        refuses(code, "owned by AWS", foreign)

    def test_cross_region_actions(self):
        stores = {region: {"type": "S3", "location": f"b-{region}"} for region in (REGION, "us-east-1")}
        declaration = self.declaration(stage("Gate", approval(region="us-east-1")), artifactStores=stores)
        del declaration["artifactStore"]
        self.client("codepipeline").create_pipeline(pipeline=declaration)
        declaration["stages"][0]["actions"][0]["region"] = "us-east-1"
        message = self.refused(
            "InvalidActionDeclarationException", self.client("codepipeline").update_pipeline, pipeline=declaration
        )
        self.assertIn("another region", message)

    def test_triggers(self):
        def trigger(**push):
            git = {"sourceActionName": "Source", "push": [push]}
            return [{"providerType": "CodeStarSourceConnection", "gitConfiguration": git}]

        gate = stage("Gate", approval())
        self.refuses(
            "InvalidStructureException", "no connection source", gate, triggers=trigger(tags={"includes": ["*"]})
        )


class PipelineApi(Account):
    def test_versions_tags_and_deletion(self):
        declaration = self.pipeline_with_source(stage("Gate", approval()))
        service = self.client("codepipeline")
        self.refused("PipelineNameInUseException", service.create_pipeline, pipeline=declaration)
        declaration["stages"][1]["actions"][0]["configuration"] = {"CustomData": "look"}
        self.assertEqual(service.update_pipeline(pipeline=declaration)["pipeline"]["version"], 2)
        self.assertEqual(service.get_pipeline(name="pipe")["pipeline"]["version"], 2)
        first = service.get_pipeline(name="pipe", version=1)
        self.assertEqual(first["pipeline"]["stages"][1]["actions"][0]["configuration"], {})
        self.refused("PipelineVersionNotFoundException", service.get_pipeline, name="pipe", version=3)
        arn = first["metadata"]["pipelineArn"]
        self.assertEqual(arn, f"arn:aws:codepipeline:{REGION}:{self.account}:pipe")
        service.tag_resource(resourceArn=arn, tags=[{"key": "a", "value": "1"}, {"key": "b", "value": "2"}])
        service.untag_resource(resourceArn=arn, tagKeys=["a"])
        self.assertEqual(service.list_tags_for_resource(resourceArn=arn)["tags"], [{"key": "b", "value": "2"}])
        self.assertEqual([row["name"] for row in service.list_pipelines()["pipelines"]], ["pipe"])
        service.delete_pipeline(name="pipe")
        self.refused("PipelineNotFoundException", service.get_pipeline, name="pipe")

    def test_lists_come_in_pages(self):
        self.pipeline_with_source(stage("Gate", approval()), executionMode="PARALLEL")
        started = [self.start() for _ in range(3)]
        pages = self.client("codepipeline").get_paginator("list_pipeline_executions")
        pages = list(pages.paginate(pipelineName="pipe", PaginationConfig={"PageSize": 3}))
        self.assertEqual([len(page["pipelineExecutionSummaries"]) for page in pages], [3, 1])
        self.assertEqual(pages[0]["pipelineExecutionSummaries"][0]["pipelineExecutionId"], started[-1])

    def test_starts_on_creation(self):
        self.pipeline_with_source(stage("Gate", approval()))
        self.assertEqual(self.execution(self.latest())["trigger"]["triggerType"], "CreatePipeline")

    def test_a_changed_structure_cancels_running_executions(self):
        declaration = self.pipeline_with_source(stage("Gate", approval(), approval("Second", runOrder=2)))
        execution = self.latest()
        self.approval_token("Gate")
        declaration["stages"].append(stage("More", approval()))
        self.client("codepipeline").update_pipeline(pipeline=declaration)
        self.assertEqual(self.execution(execution)["status"], "Stopping")
        self.answer_approval("Gate", "Approve")
        self.assertNotIn("Second", self.ends(execution, "Cancelled"))


class Executions(Account):
    """How the engine runs stages."""

    def test_approval_and_rejection(self):
        self.pipeline_with_source(stage("Gate", approval()))
        first = self.latest()
        token = self.approval_token("Gate")
        service = self.client("codepipeline")
        answer = {"pipelineName": "pipe", "stageName": "Gate", "result": {"status": "Approved", "summary": "ok"}}
        wrong = {"token": "00000000-0000-0000-0000-000000000000", "actionName": "Approve"}
        self.refused("InvalidApprovalTokenException", service.put_approval_result, **answer, **wrong)
        self.refused("ActionNotFoundException", service.put_approval_result, **answer, **{**wrong, "actionName": "No"})
        service.put_approval_result(**answer, token=token, actionName="Approve")
        self.refused(
            "ApprovalAlreadyCompletedException",
            service.put_approval_result,
            **answer,
            token=token,
            actionName="Approve",
        )
        self.ends(first, "Succeeded")
        second = self.start()
        self.answer_approval("Gate", "Approve", "Rejected")
        error = self.ends(second, "Failed")["Approve"]["output"]["executionResult"]["errorDetails"]
        self.assertIn("Rejected", error["message"])
        self.assertEqual(self.stage_state("Gate")["latestExecution"]["status"], "Failed")

    def resolved(self, execution, action):
        return self.actions(execution).get(action, {"input": {}})["input"].get("resolvedConfiguration")

    def test_variables_are_resolved(self):
        text = "#{variables.Level} #{codepipeline.PipelineExecutionId} #{Src.ObjectKey}"
        variables = [{"name": "Level", "defaultValue": "info"}]
        gate = stage("Gate", approval(configuration={"CustomData": text}))
        self.pipeline_with_source(gate, variables=variables, executionMode="PARALLEL")
        execution = self.start(variables=[{"name": "Level", "value": "debug"}])
        # An action is listed before its variables are resolved.
        self.eventually(lambda: bool(self.resolved(execution, "Approve")), True)
        given = self.actions(execution)["Approve"]["input"]
        self.assertEqual(given["configuration"], {"CustomData": text})
        self.assertEqual(given["resolvedConfiguration"], {"CustomData": f"debug {execution} app.zip"})
        resolved = self.execution(execution)["variables"]
        self.assertEqual(resolved, [{"name": "Level", "resolvedValue": "debug"}])
        unknown = [{"name": "Other", "value": "x"}]
        self.refused(
            "ValidationException", self.client("codepipeline").start_pipeline_execution, name="pipe", variables=unknown
        )

    def test_a_reference_without_value_fails_the_action(self):
        self.pipeline_with_source(stage("Gate", approval(configuration={"CustomData": "#{Src.Nothing}"})))
        error = self.ends(self.latest(), "Failed")["Approve"]["output"]["executionResult"]["errorDetails"]
        self.assertEqual(error["code"], "ConfigurationError")

    def test_same_run_order_runs_in_parallel(self):
        self.pipeline_with_source(stage("Gate", approval("One"), approval("Two"), approval("Three", runOrder=2)))
        self.approval_token("Gate")
        states = {state["actionName"]: state for state in self.stage_state("Gate")["actionStates"]}
        self.assertEqual(states["Two"]["latestExecution"]["status"], "InProgress")
        self.assertNotIn("latestExecution", states["Three"])

    def test_superseded_mode(self):
        self.pipeline_with_source(stage("Gate", approval()))
        first = self.latest()
        self.approval_token("Gate")
        second = self.start()
        self.eventually(lambda: self.waiting("Gate"), [second])
        third = self.start()
        self.ends(second, "Superseded")
        self.answer_approval("Gate", "Approve")
        self.ends(first, "Succeeded")
        self.answer_approval("Gate", "Approve")
        self.ends(third, "Succeeded")

    def test_queued_mode(self):
        self.pipeline_with_source(stage("Gate", approval()), executionMode="QUEUED")
        first = self.latest()
        self.approval_token("Gate")
        second, third = self.start(), self.start()
        self.eventually(lambda: sorted(self.waiting("Gate")), sorted([second, third]))
        for execution in (first, *self.waiting("Gate")):
            self.answer_approval("Gate", "Approve")
            self.ends(execution, "Succeeded")

    def test_parallel_mode(self):
        self.pipeline_with_source(stage("Gate", approval()), executionMode="PARALLEL")
        executions = [self.latest(), self.start()]
        for execution in executions:
            self.eventually(lambda: self.actions(execution).get("Approve", {}).get("status"), "InProgress")

    def waiting(self, stage_name):
        return [row["pipelineExecutionId"] for row in self.stage_state(stage_name).get("inboundExecutions", [])]

    def test_disabled_transition(self):
        self.pipeline_with_source(stage("Gate", approval()))
        service, first = self.client("codepipeline"), self.latest()
        self.answer_approval("Gate", "Approve")
        self.ends(first, "Succeeded")
        place = {"pipelineName": "pipe", "stageName": "Gate", "transitionType": "Inbound"}
        service.disable_stage_transition(**place, reason="night")
        execution = self.start()
        self.eventually(lambda: self.waiting("Gate"), [execution])
        transition = self.stage_state("Gate")["inboundTransitionState"]
        self.assertEqual((transition["enabled"], transition["disabledReason"]), (False, "night"))
        service.enable_stage_transition(**place)
        self.answer_approval("Gate", "Approve")
        self.ends(execution, "Succeeded")
        self.refused("StageNotFoundException", service.enable_stage_transition, **{**place, "stageName": "No"})

    def test_stop_and_wait(self):
        self.pipeline_with_source(stage("Gate", approval(), approval("Second", runOrder=2)))
        execution, service = self.latest(), self.client("codepipeline")
        self.approval_token("Gate")
        request = {"pipelineName": "pipe", "pipelineExecutionId": execution}
        service.stop_pipeline_execution(**request, reason="enough")
        self.refused("DuplicatedStopRequestException", service.stop_pipeline_execution, **request)
        self.assertEqual(self.execution(execution)["status"], "Stopping")
        self.answer_approval("Gate", "Approve")
        self.assertNotIn("Second", self.ends(execution, "Stopped"))
        self.refused("PipelineExecutionNotStoppableException", service.stop_pipeline_execution, **request)

    def test_stop_and_abandon(self):
        self.pipeline_with_source(stage("Gate", approval()))
        self.approval_token("Gate")
        self.client("codepipeline").stop_pipeline_execution(
            pipelineName="pipe", pipelineExecutionId=self.latest(), abandon=True
        )
        self.assertEqual(self.ends(self.latest(), "Stopped")["Approve"]["status"], "Abandoned")

    def test_retry_repeats_failed_actions_only(self):
        deploy = action("Copy", "Deploy", "S3", {"BucketName": "late-bucket", "Extract": "true"}, inputs=["App"])
        self.pipeline_with_source(stage("Deploy", approval(), deploy))
        execution, service = self.latest(), self.client("codepipeline")
        self.answer_approval("Deploy", "Approve")
        self.ends(execution, "Failed")
        self.bucket("late-bucket")
        request = {"pipelineName": "pipe", "pipelineExecutionId": execution, "retryMode": "FAILED_ACTIONS"}
        self.refused("StageNotRetryableException", service.retry_stage_execution, **request, stageName="Source")
        service.retry_stage_execution(**request, stageName="Deploy")
        self.ends(execution, "Succeeded")
        self.assertEqual(self.read("late-bucket", "README"), b"x")
        rows = service.list_action_executions(pipelineName="pipe")["actionExecutionDetails"]
        self.assertEqual(sorted(row["actionName"] for row in rows), ["Approve", "Copy", "Copy", "Source"])


class Actions(Account):
    """What each action provider does."""

    def test_s3_source_needs_a_versioned_bucket(self):
        self.pipeline_with_source(stage("Gate", approval()))
        versions = {"Status": "Suspended"}
        self.client("s3").put_bucket_versioning(Bucket=self.sources, VersioningConfiguration=versions)
        error = self.ends(self.start(), "Failed")["Source"]["output"]["executionResult"]["errorDetails"]
        self.assertIn("versioning", error["message"])

    def test_s3_source_takes_a_given_version(self):
        bucket = f"out-{self.account}"
        deploy = action("Copy", "Deploy", "S3", {"BucketName": bucket, "Extract": "true"}, inputs=["App"])
        self.pipeline_with_source(stage("Deploy", deploy))
        self.bucket(bucket)
        old = self.put(self.sources, "app.zip", archive({"README": "old"}))["VersionId"]
        self.put(self.sources, "app.zip", archive({"README": "new"}))
        revision = {"actionName": "Source", "revisionType": "S3_OBJECT_VERSION_ID", "revisionValue": old}
        self.ends(self.start(sourceRevisions=[revision]), "Succeeded")
        self.assertEqual(self.read(bucket, "README"), b"old")
        self.ends(self.start(), "Succeeded")
        self.assertEqual(self.read(bucket, "README"), b"new")

    def test_s3_deploy(self):
        bucket = self.bucket(f"out-{self.account}")
        extract = {"BucketName": bucket, "Extract": "true", "ObjectKey": "site"}
        whole = {"BucketName": bucket, "Extract": "false", "ObjectKey": "jars/#{Src.VersionId}.zip"}
        self.pipeline_with_source(
            stage(
                "Deploy",
                action("Extract", "Deploy", "S3", extract, inputs=["App"]),
                action("Whole", "Deploy", "S3", whole, inputs=["App"]),
            )
        )
        actions = self.ends(self.latest(), "Succeeded")
        self.assertEqual(self.read(bucket, "site/README"), b"x")
        version = actions["Source"]["output"]["outputVariables"]["VersionId"]
        self.assertEqual(self.read(bucket, f"jars/{version}.zip")[:2], b"PK")

    def test_connection_source(self):
        connection = self.client("codeconnections").create_connection(ConnectionName="git", ProviderType="GitHub")
        arn = connection["ConnectionArn"]
        configuration = {"ConnectionArn": arn, "FullRepositoryId": "team/app", "BranchName": "main"}
        git = action("Git", "Source", "CodeStarSourceConnection", configuration, out=["Code"], namespace="Git")
        self.artifacts = self.sources = self.bucket(f"artifacts-{self.account}")
        declaration = self.declaration(stage("Gate", approval(configuration={"CustomData": "#{Git.CommitId}"})))
        declaration["stages"][0] = stage("Source", git)
        self.client("codepipeline").create_pipeline(pipeline=declaration)
        error = self.ends(self.latest(), "Failed")["Git"]["output"]["executionResult"]["errorDetails"]
        self.assertIn("PENDING", error["message"])
        self.server.control("POST", "connections/available", {"arn": arn})
        sources = self.bucket(f"tidegate-test-sources-{self.account}")
        self.put(sources, "team/app/main.zip", archive({"f": "1"}))
        execution = self.start()
        self.answer_approval("Gate", "Approve")
        actions = self.ends(execution, "Succeeded")
        commit = actions["Approve"]["input"]["resolvedConfiguration"]["CustomData"]
        self.assertRegex(commit, r"^[0-9a-f]{40}$")
        self.assertEqual(actions["Git"]["output"]["outputVariables"]["FullRepositoryName"], "team/app")
        revision = {"actionName": "Git", "revisionType": "COMMIT_ID", "revisionValue": "abc123"}
        overridden = self.start(sourceRevisions=[revision])
        self.answer_approval("Gate", "Approve")
        actions = self.ends(overridden, "Succeeded")
        self.assertEqual(actions["Approve"]["input"]["resolvedConfiguration"], {"CustomData": "abc123"})

    def test_codecommit_source(self):
        self.client("codecommit").create_repository(repositoryName="repo")
        git = action("Git", "Source", "CodeCommit", {"RepositoryName": "repo", "BranchName": "main"}, out=["Code"])
        self.artifacts = self.sources = self.bucket(f"artifacts-{self.account}")
        sources = self.bucket(f"tidegate-test-sources-{self.account}")
        self.put(sources, "codecommit/repo/main.zip", archive({"f": "1"}))
        declaration = self.declaration(stage("Gate", approval()))
        declaration["stages"][0] = stage("Source", git)
        self.client("codepipeline").create_pipeline(pipeline=declaration)
        self.answer_approval("Gate", "Approve")
        self.ends(self.latest(), "Succeeded")

    def test_cloudformation_create_update_delete(self):
        deploy = cloudformation(
            "CREATE_UPDATE",
            TemplatePath="App::template.json",
            TemplateConfiguration="App::configuration.json",
            Capabilities="CAPABILITY_IAM,CAPABILITY_NAMED_IAM",
            ParameterOverrides='{"Value": "#{Src.ETag}"}',
            OutputFileName="outputs.json",
        )
        deploy.update(namespace="Stack", outputArtifacts=[{"name": "Outputs"}])
        note = approval(configuration={"CustomData": "#{Stack.Name} #{Stack.Kind}"})
        delete = cloudformation("DELETE_ONLY")
        configuration = {"Parameters": {"Value": "unused", "Kind": "live"}, "Tags": {"team": "data"}}
        self.pipeline_with_source(
            stage("Deploy", deploy),
            stage("Gate", note),
            stage("Remove", {**delete, "name": "Remove"}),
            source={"template.json": TEMPLATE, "configuration.json": json.dumps(configuration)},
        )
        self.approval_token("Gate")
        seen = self.actions(self.latest())["Approve"]["input"]["resolvedConfiguration"]["CustomData"]
        self.assertEqual(seen, "/stack/value live")
        etag = self.actions(self.latest())["Source"]["output"]["outputVariables"]["ETag"]
        self.assertEqual(self.client("ssm").get_parameter(Name="/stack/value")["Parameter"]["Value"], etag)
        self.answer_approval("Gate", "Approve")
        self.ends(self.latest(), "Succeeded")
        self.refused("ParameterNotFound", self.client("ssm").get_parameter, Name="/stack/value")

    def test_cloudformation_change_sets(self):
        stages = (
            stage(
                "Deploy",
                cloudformation(
                    "CHANGE_SET_REPLACE",
                    name="Prepare",
                    ChangeSetName="release",
                    TemplatePath="App::template.json",
                    ParameterOverrides='{"Value": {"Fn::GetParam": ["App", "parameters.json", "value"]}, '
                    '"Kind": {"Fn::GetArtifactAtt": ["App", "BucketName"]}}',
                ),
                approval(runOrder=2),
                {**cloudformation("CHANGE_SET_EXECUTE", name="Execute", ChangeSetName="release"), "runOrder": 3},
            ),
        )
        source = {"template.json": TEMPLATE, "parameters.json": '{"value": "one"}'}
        self.pipeline_with_source(*stages, source=source)
        self.eventually(lambda: "Approve" in self.actions(self.latest()), True)
        self.assertEqual(self.stack_status(), "REVIEW_IN_PROGRESS")
        self.approve_running("Deploy")
        self.ends(self.latest(), "Succeeded")
        self.assertEqual(self.stack_status(), "CREATE_COMPLETE")
        self.assertEqual(self.stack_outputs()["Kind"], self.artifacts)
        unchanged = self.start()
        self.approve_running("Deploy")
        self.ends(unchanged, "Succeeded")
        self.put(self.sources, "app.zip", archive({**source, "parameters.json": '{"value": "two"}'}))
        changed = self.start()
        self.approve_running("Deploy")
        self.ends(changed, "Succeeded")
        self.assertEqual(self.client("ssm").get_parameter(Name="/stack/value")["Parameter"]["Value"], "two")

    def approve_running(self, stage_name):
        """Answers the approval wherever in its stage it stands."""

        def token():
            states = {state["actionName"]: state for state in self.stage_state(stage_name)["actionStates"]}
            return states["Approve"].get("latestExecution", {}).get("token")

        self.eventually(lambda: token() is not None, True)
        self.client("codepipeline").put_approval_result(
            pipelineName="pipe",
            stageName=stage_name,
            actionName="Approve",
            token=token(),
            result={"status": "Approved", "summary": "go"},
        )

    def test_a_failed_stack_fails_the_action(self):
        broken = {"Resources": {"Stream": resource("AWS::Logs::LogStream", LogStreamName="no group")}}
        deploy = cloudformation("CREATE_UPDATE", TemplatePath="App::template.json")
        self.pipeline_with_source(stage("Deploy", deploy), source={"template.json": json.dumps(broken)})
        self.ends(self.latest(), "Failed")
        self.assertEqual(self.stack_status(), "ROLLBACK_COMPLETE")
        self.ends(self.start(), "Failed")
        replace = cloudformation("REPLACE_ON_FAILURE", TemplatePath="App::good.json")
        good = {"Resources": {"Topic": resource("AWS::SNS::Topic")}}
        self.put(self.sources, "app.zip", archive({"good.json": json.dumps(good)}))
        self.client("codepipeline").update_pipeline(pipeline=self.declaration(stage("Deploy", replace)))
        self.ends(self.start(), "Succeeded")
        self.assertEqual(self.stack_status(), "CREATE_COMPLETE")

    def test_role_of_another_account(self):
        other = str(int(self.account) + 500_000_000)
        deploy = cloudformation("CREATE_UPDATE", TemplatePath="App::template.json", ParameterOverrides='{"Value": "x"}')
        deploy["roleArn"] = f"arn:aws:iam::{other}:role/deploy"
        self.pipeline_with_source(stage("Deploy", deploy), source={"template.json": TEMPLATE})
        self.ends(self.latest(), "Succeeded")
        found = self.client("ssm", account=other).get_parameter(Name="/stack/value")
        self.assertEqual(found["Parameter"]["Value"], "x")

    def test_codebuild(self):
        self.stack({"Project": build_project("a")})
        builds = self.bucket(f"tidegate-test-builds-{self.account}")
        self.put(builds, "project/variables.json", b'{"JAR": "app-1.jar"}')
        self.put(builds, "project/artifact.zip", archive({"built": "yes"}))
        bucket = self.bucket(f"out-{self.account}")
        build = action(
            "Build", "Build", "CodeBuild", {"ProjectName": "project"}, inputs=["App"], out=["Built"], namespace="Build"
        )
        copy = {"BucketName": bucket, "Extract": "true", "ObjectKey": "#{Build.JAR}"}
        self.pipeline_with_source(
            stage("Build", build), stage("Deploy", action("Copy", "Deploy", "S3", copy, inputs=["Built"]))
        )
        actions = self.ends(self.latest(), "Succeeded")
        self.assertEqual(self.read(bucket, "app-1.jar/built"), b"yes")
        build_id = actions["Build"]["output"]["executionResult"]["externalExecutionId"]
        started = self.client("codebuild").batch_get_builds(ids=[build_id])["builds"]
        self.assertEqual(started[0]["projectName"], "project")
        self.put(builds, "project/failure.txt", b"tests failed")
        error = self.ends(self.start(), "Failed")["Build"]["output"]["executionResult"]["errorDetails"]
        self.assertEqual(error["message"], "tests failed")

    def test_commands_are_recorded(self):
        builds = self.bucket(f"tidegate-test-builds-{self.account}")
        self.put(builds, "commands/pipe/Run/variables.json", b'{"OUT": "made"}')
        run = action("Run", "Compute", "Commands", inputs=["App"], commands=["make"], outputVariables=["OUT"])
        self.pipeline_with_source(stage("Run", {**run, "namespace": "Run"}))
        output = self.ends(self.latest(), "Succeeded")["Run"]["output"]
        self.assertEqual(output["executionResult"]["externalExecutionSummary"], "Commands are recorded, not run")
        self.assertEqual(output["outputVariables"], {"OUT": "made"})


def cloudformation(mode, name="Deploy", **configuration):
    base = {"ActionMode": mode, "StackName": "stack"}
    if mode != "CHANGE_SET_EXECUTE":
        base["RoleArn"] = "arn:aws:iam::111111111111:role/deploy"
    inputs = ["App"] if "TemplatePath" in configuration else []
    return action(name, "Deploy", "CloudFormation", {**base, **configuration}, inputs=inputs)


def build_project(value):
    return resource(
        "AWS::CodeBuild::Project",
        Name="project",
        Description=value,
        ServiceRole="arn:aws:iam::111111111111:role/build",
        Source={"Type": "CODEPIPELINE", "BuildSpec": f"version: 0.2 # {value}"},
        Artifacts={"Type": "CODEPIPELINE"},
        TimeoutInMinutes=10 if value == "a" else 20,
        QueuedTimeoutInMinutes=30 if value == "a" else 40,
        EncryptionKey=f"alias/{value}",
        Cache={"Type": "LOCAL", "Modes": ["LOCAL_CUSTOM_CACHE" if value == "a" else "LOCAL_SOURCE_CACHE"]},
        LogsConfig={"CloudWatchLogs": {"Status": "ENABLED", "GroupName": value}},
        Environment={
            "Type": "LINUX_CONTAINER",
            "ComputeType": "BUILD_GENERAL1_SMALL",
            "Image": "aws/codebuild/amazonlinux-x86_64-standard:5.0",
            "EnvironmentVariables": [{"Name": "VALUE", "Value": value}],
        },
    )


class LambdaInvoke(Account):
    """The job protocol between CodePipeline and a function."""

    def run_function(self, body, status, inputs=(), out=(), **configuration):
        code = FUNCTION_HEAD + "".join(f"    {line}\n" for line in body.splitlines())
        self.client("lambda").create_function(
            FunctionName="function",
            Runtime="python3.11",
            Role=self.role,
            Handler="index.handler",
            Code={"ZipFile": archive({"index.py": code})},
        )
        configuration = {"FunctionName": "function", **configuration}
        invoke = action("Call", "Invoke", "Lambda", configuration, inputs=inputs, out=out, namespace="Call")
        self.pipeline_with_source(stage("Call", invoke))
        return self.ends(self.latest(), status)["Call"]["output"]

    def test_success_with_output_variables(self):
        output = self.run_function(
            'parameters = job["data"]["actionConfiguration"]["configuration"]["UserParameters"]\n'
            'pipeline.put_job_success_result(jobId=job["id"], outputVariables={"Said": parameters},\n'
            '    executionDetails={"summary": "done", "externalExecutionId": "e-1"})',
            "Succeeded",
            UserParameters="#{Src.ObjectKey}",
        )
        self.assertEqual(output["outputVariables"], {"Said": "app.zip"})
        self.assertEqual(output["executionResult"]["externalExecutionId"], "e-1")

    def test_failure(self):
        output = self.run_function(
            'pipeline.put_job_failure_result(jobId=job["id"],\n'
            '    failureDetails={"type": "JobFailed", "message": "not today"})',
            "Failed",
        )
        self.assertEqual(output["executionResult"]["errorDetails"], {"code": "JobFailed", "message": "not today"})

    def test_continuation(self):
        output = self.run_function(
            'token = job["data"].get("continuationToken")\n'
            "if token is None:\n"
            '    pipeline.put_job_success_result(jobId=job["id"], continuationToken="wait-1")\n'
            "else:\n"
            '    pipeline.put_job_success_result(jobId=job["id"], outputVariables={"Token": token})',
            "Succeeded",
        )
        self.assertEqual(output["outputVariables"], {"Token": "wait-1"})

    def test_returning_without_an_answer_fails(self):
        output = self.run_function("return 'fine'", "Failed")
        self.assertIn("did not answer", output["executionResult"]["errorDetails"]["message"])

    def test_raising_fails_with_the_error(self):
        output = self.run_function("raise ValueError('broken')", "Failed")
        self.assertIn("broken", output["executionResult"]["errorDetails"]["message"])

    def test_artifacts(self):
        output = self.run_function(
            'where = job["data"]["inputArtifacts"][0]["location"]["s3Location"]\n'
            's3 = boto3.client("s3")\n'
            'body = s3.get_object(Bucket=where["bucketName"], Key=where["objectKey"])["Body"].read()\n'
            'to = job["data"]["outputArtifacts"][0]["location"]["s3Location"]\n'
            's3.put_object(Bucket=to["bucketName"], Key=to["objectKey"], Body=body)\n'
            'pipeline.put_job_success_result(jobId=job["id"])',
            "Succeeded",
            inputs=["App"],
            out=["Copy"],
        )
        location = output["outputArtifacts"][0]["s3location"]
        self.assertEqual(self.read(location["bucket"], location["key"])[:2], b"PK")

    def test_unknown_and_finished_jobs(self):
        service = self.client("codepipeline")
        unknown = "00000000-0000-0000-0000-000000000000"
        large = {f"Key{number}": "x" * 1000 for number in range(123)}
        code = "OutputVariablesSizeExceededException"
        self.refused(code, service.put_job_success_result, jobId=unknown, outputVariables=large)
        self.refused("JobNotFoundException", service.put_job_success_result, jobId=unknown)
        output = self.run_function(
            'pipeline.put_job_success_result(jobId=job["id"], outputVariables={"Job": job["id"]})', "Succeeded"
        )
        self.refused("InvalidJobStateException", service.put_job_success_result, jobId=output["outputVariables"]["Job"])


class PipelineResource(Account):
    """AWS::CodePipeline::Pipeline in stacks."""

    def template(self, text="one", **properties):
        name = "AWS::CodePipeline::Pipeline"
        source = {
            "Name": "Source",
            "ActionTypeId": {"Category": "Source", "Owner": "AWS", "Provider": "S3", "Version": 1},
            "Configuration": {"S3Bucket": "none", "S3ObjectKey": "app.zip", "PollForSourceChanges": False},
            "OutputArtifacts": [{"Name": "App"}],
            "RunOrder": "1",
        }
        gate = {
            "Name": "Approve",
            "ActionTypeId": {"Category": "Approval", "Owner": "AWS", "Provider": "Manual", "Version": "1"},
            "Configuration": {"CustomData": text},
        }
        base = {
            "Name": "pipe",
            "RoleArn": self.role,
            "PipelineType": "V2",
            "ArtifactStore": {"Type": "S3", "Location": "artifacts"},
            "Stages": [{"Name": "Source", "Actions": [source]}, {"Name": "Gate", "Actions": [gate]}],
            "Variables": [{"Name": "Level", "DefaultValue": "info"}],
            "Tags": [{"Key": "team", "Value": "data"}],
        }
        return {"Pipeline": resource(name, **{**base, **properties})}

    OUTPUTS = {
        "Outputs": {
            "Name": {"Value": {"Ref": "Pipeline"}},
            "Version": {"Value": {"Fn::GetAtt": ["Pipeline", "Version"]}},
        }
    }

    def test_create_update_and_delete(self):
        service = self.client("codepipeline")
        disabled = [{"StageName": "Gate", "Reason": "night"}]
        self.stack(self.template(DisableInboundStageTransitions=disabled), more=self.OUTPUTS)
        self.assertEqual(self.stack_outputs(), {"Name": "pipe", "Version": "1"})
        live = service.get_pipeline(name="pipe")["pipeline"]
        configuration = live["stages"][0]["actions"][0]["configuration"]
        self.assertEqual(configuration["PollForSourceChanges"], "false")
        self.assertEqual(live["variables"], [{"name": "Level", "defaultValue": "info"}])
        self.assertFalse(self.stage_state("Gate")["inboundTransitionState"]["enabled"])
        tags = {tag["key"]: tag["value"] for tag in self.tags(service)}
        self.assertEqual((tags["team"], tags["aws:cloudformation:stack-name"]), ("data", "stack"))
        self.ends(self.latest(), "Failed")  # it started at once, without its source bucket
        self.stack(self.template("two"), update=True, more=self.OUTPUTS)
        self.assertEqual(self.stack_outputs()["Version"], "2")
        gate = service.get_pipeline(name="pipe")["pipeline"]["stages"][1]["actions"][0]
        self.assertEqual(gate["configuration"], {"CustomData": "two"})
        self.assertTrue(self.stage_state("Gate")["inboundTransitionState"]["enabled"])
        restarting = self.template("three", RestartExecutionOnUpdate=True)
        self.stack(restarting, update=True, more=self.OUTPUTS)
        self.assertEqual(self.execution(self.latest())["pipelineVersion"], 3)
        self.client("cloudformation").delete_stack(StackName="stack")
        self.eventually(lambda: service.list_pipelines()["pipelines"], [])

    def tags(self, service):
        arn = f"arn:aws:codepipeline:{REGION}:{self.account}:pipe"
        return service.list_tags_for_resource(resourceArn=arn)["tags"]

    def test_a_new_name_replaces(self):
        self.stack(self.template())
        self.stack(self.template(Name="other"), update=True)
        names = [row["name"] for row in self.client("codepipeline").list_pipelines()["pipelines"]]
        self.assertEqual(names, ["other"])

    def test_artifact_stores_by_region(self):
        stores = [{"Region": REGION, "ArtifactStore": {"Type": "S3", "Location": "here"}}]
        template = self.template(ArtifactStores=stores)
        del template["Pipeline"]["Properties"]["ArtifactStore"]
        self.stack(template)
        live = self.client("codepipeline").get_pipeline(name="pipe")["pipeline"]
        self.assertEqual(live["artifactStores"], {REGION: {"type": "S3", "location": "here"}})

    def test_refusals_become_status_reasons(self):
        cases = {
            "extraneous": {"Colour": "red"},
            "structure": {"Stages": self.template()["Pipeline"]["Properties"]["Stages"][:1]},
            "transition": {"DisableInboundStageTransitions": [{"StageName": "No", "Reason": "x"}]},
        }
        expected = {"extraneous": "Colour", "structure": "minimum of 2", "transition": "no stage named No"}
        for name, properties in cases.items():
            with self.subTest(name), self.assertRaisesRegex(AssertionError, expected[name]):
                self.stack(self.template(**properties), name=name)

    def test_drift(self):
        self.stack(self.template())
        self.assertEqual(self.drift("Pipeline"), "IN_SYNC")
        service = self.client("codepipeline")
        live = service.get_pipeline(name="pipe")["pipeline"]
        live["stages"][1]["actions"][0]["configuration"]["CustomData"] = "changed by hand"
        service.update_pipeline(pipeline=live)
        self.assertEqual(self.drift("Pipeline"), "MODIFIED")
        service.delete_pipeline(name="pipe")
        self.assertEqual(self.drift("Pipeline"), "DELETED")


class Events(Account):
    def test_a_rule_starts_a_pipeline_when_an_object_is_put(self):
        self.pipeline_with_source(stage("Gate", approval()), executionMode="PARALLEL")
        bucket = f"watched-{self.account}"
        pattern = {
            "source": ["aws.s3"],
            "detail-type": ["Object Created"],
            "detail": {"bucket": {"name": [bucket]}, "object": {"key": ["app.zip"]}},
        }
        target = {"Id": "pipe", "Arn": f"arn:aws:codepipeline:{REGION}:{self.account}:pipe", "RoleArn": self.role}
        notify = {"EventBridgeConfiguration": {"EventBridgeEnabled": True}}
        self.stack(
            {
                "Bucket": resource("AWS::S3::Bucket", BucketName=bucket, NotificationConfiguration=notify),
                "Rule": resource("AWS::Events::Rule", Name="rule", EventPattern=pattern, Targets=[target]),
            }
        )
        self.put(bucket, "other.zip", b"x")
        self.put(bucket, "app.zip", b"x")
        service = self.client("codepipeline")

        def triggers():
            rows = service.list_pipeline_executions(pipelineName="pipe")["pipelineExecutionSummaries"]
            return [row["trigger"]["triggerType"] for row in rows]

        self.eventually(triggers, ["CloudWatchEvent", "CreatePipeline"])


class Connections(Account):
    def test_both_apis(self):
        for name in ("codeconnections", "codestar-connections"):
            service = self.client(name)
            arn = service.create_connection(ConnectionName=name, ProviderType="GitLab")["ConnectionArn"]
            self.assertIn(f"arn:aws:{name}:{REGION}:{self.account}:connection/", arn)
            self.assertEqual(service.get_connection(ConnectionArn=arn)["Connection"]["ConnectionStatus"], "PENDING")
            self.server.control("POST", "connections/available", {"arn": arn})
            self.assertEqual(service.get_connection(ConnectionArn=arn)["Connection"]["ConnectionStatus"], "AVAILABLE")
            service.tag_resource(ResourceArn=arn, Tags=[{"Key": "a", "Value": "1"}])
            service.untag_resource(ResourceArn=arn, TagKeys=["a"])
            self.assertEqual(service.list_tags_for_resource(ResourceArn=arn)["Tags"], [])
            service.delete_connection(ConnectionArn=arn)
            self.refused("ResourceNotFoundException", service.get_connection, ConnectionArn=arn)

    def test_both_types(self):
        for kind in ("AWS::CodeConnections::Connection", "AWS::CodeStarConnections::Connection"):
            name = kind.split("::")[1]

            def template(provider, tag):
                tags = [{"Key": "a", "Value": tag}]
                return {"C": resource(kind, ConnectionName=name, ProviderType=provider, Tags=tags)}

            first = self.stack(template("GitHub", "1"), name=name)["C"]
            self.assertEqual(self.stack(template("GitHub", "2"), name=name, update=True)["C"], first)
            self.assertNotEqual(self.stack(template("Bitbucket", "2"), name=name, update=True)["C"], first)


class StackRoles(Account):
    """CloudFormation keeps the role of the last operation that named one."""

    ROLE = "arn:aws:iam::111122223333:role/deploy"
    TEMPLATE = json.dumps({"Resources": {"Topic": resource("AWS::SNS::Topic", TopicName="topic")}})

    def role_of(self, name):
        return self.client("cloudformation").describe_stacks(StackName=name)["Stacks"][0].get("RoleARN")

    def test_a_stack_keeps_the_role_it_was_created_with(self):
        self.client("cloudformation").create_stack(StackName="with", TemplateBody=self.TEMPLATE, RoleARN=self.ROLE)
        without = self.TEMPLATE.replace("topic", "other")
        self.client("cloudformation").create_stack(StackName="without", TemplateBody=without)
        self.assertEqual(self.role_of("with"), self.ROLE)
        self.assertIsNone(self.role_of("without"))

    def test_a_change_set_gives_its_role_when_it_is_executed(self):
        cloudformation = self.client("cloudformation")
        names = {"StackName": "stack", "ChangeSetName": "change"}
        cloudformation.create_change_set(
            **names, ChangeSetType="CREATE", TemplateBody=self.TEMPLATE, RoleARN=self.ROLE
        )
        self.assertIsNone(self.role_of("stack"))
        self.eventually(lambda: cloudformation.describe_change_set(**names)["ExecutionStatus"], "AVAILABLE")
        cloudformation.execute_change_set(**names)
        self.assertEqual(self.role_of("stack"), self.ROLE)


class Types(Account):
    """Each type a template may hold: created, updated, and read back through its own service."""

    def live(self, first, second, read, **expected):
        """`expected`: name -> (value after create, value after update) of what `read` gives."""
        for index, (resources, update) in enumerate(((first, False), (second, True))):
            ids = self.stack(resources, update=update)
            found = read(ids)
            for name, values in expected.items():
                self.assertEqual(found.get(name), values[index], (name, "after update" if update else "after create"))

    def test_kinesis_stream(self):
        def stream(**properties):
            return {"Stream": resource("AWS::Kinesis::Stream", Name="stream", **properties)}

        def read(ids):
            summary = self.client("kinesis").describe_stream_summary(StreamName="stream")["StreamDescriptionSummary"]
            return {**summary, "Mode": summary["StreamModeDetails"]["StreamMode"]}

        encryption = {"EncryptionType": "KMS", "KeyId": "alias/aws/kinesis"}
        self.live(
            stream(ShardCount=2, RetentionPeriodHours=48),
            stream(ShardCount=4, RetentionPeriodHours=72, StreamEncryption=encryption),
            read,
            OpenShardCount=(2, 4),
            RetentionPeriodHours=(48, 72),
            EncryptionType=("NONE", "KMS"),
            KeyId=(None, "alias/aws/kinesis"),
            Mode=("PROVISIONED", "PROVISIONED"),
        )
        self.stack(stream(StreamModeDetails={"StreamMode": "ON_DEMAND"}), update=True)
        found = read(None)
        self.assertEqual(
            (found["Mode"], found["EncryptionType"], found["RetentionPeriodHours"]), ("ON_DEMAND", "NONE", 24)
        )

    def test_drift_of_a_stream(self):
        encryption = {"EncryptionType": "KMS", "KeyId": "alias/aws/kinesis"}
        properties = {"ShardCount": 2, "RetentionPeriodHours": 48, "StreamEncryption": encryption}
        self.stack({"Stream": resource("AWS::Kinesis::Stream", Name="stream", **properties)})
        self.assertEqual(self.drift("Stream"), "IN_SYNC")
        kinesis = self.client("kinesis")
        kinesis.increase_stream_retention_period(StreamName="stream", RetentionPeriodHours=72)
        self.assertEqual(self.drift("Stream"), "MODIFIED")
        kinesis.delete_stream(StreamName="stream")
        self.assertEqual(self.drift("Stream"), "DELETED")

    def test_s3_bucket_and_policy(self):
        name = f"bucket-{self.account}"

        def template(action_name, **properties):
            return {
                "Bucket": resource("AWS::S3::Bucket", BucketName=name, **properties),
                "Policy": resource(
                    "AWS::S3::BucketPolicy",
                    Bucket={"Ref": "Bucket"},
                    PolicyDocument=policy(action_name, Principal="*", Resource=f"arn:aws:s3:::{name}/*"),
                ),
            }

        def encryption(algorithm):
            default = {"ServerSideEncryptionByDefault": {"SSEAlgorithm": algorithm}, "BucketKeyEnabled": True}
            return {"ServerSideEncryptionConfiguration": [default]}

        def block(value):
            names = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
            return dict.fromkeys(names, value)

        first = template(
            "s3:GetObject",
            VersioningConfiguration={"Status": "Enabled"},
            BucketEncryption=encryption("AES256"),
            PublicAccessBlockConfiguration=block(True),
            LifecycleConfiguration={"Rules": [{"Id": "old", "Status": "Enabled", "ExpirationInDays": "30"}]},
            Tags=[{"Key": "team", "Value": "one"}],
        )
        second = template(
            "s3:PutObject",
            VersioningConfiguration={"Status": "Suspended"},
            BucketEncryption=encryption("aws:kms"),
            PublicAccessBlockConfiguration=block(False),
            LifecycleConfiguration={
                "Rules": [
                    {
                        "Id": "new",
                        "Status": "Enabled",
                        "Prefix": "tmp/",
                        "NoncurrentVersionExpiration": {"NoncurrentDays": 5},
                        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 2},
                        "Transitions": [{"StorageClass": "GLACIER", "TransitionInDays": 9}],
                    }
                ]
            },
            NotificationConfiguration={"EventBridgeConfiguration": {"EventBridgeEnabled": True}},
            Tags=[{"Key": "team", "Value": "two"}],
        )
        old_rule = {"ID": "old", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 30}}
        new_rule = {
            "ID": "new",
            "Status": "Enabled",
            "Filter": {"Prefix": "tmp/"},
            "NoncurrentVersionExpiration": {"NoncurrentDays": 5},
            "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 2},
            "Transitions": [{"Days": 9, "StorageClass": "GLACIER"}],
        }
        self.live(
            first,
            second,
            lambda ids: self.read_bucket(name),
            versioning=("Enabled", "Suspended"),
            encryption=("AES256", "aws:kms"),
            block=(block(True), block(False)),
            rules=([old_rule], [new_rule]),
            team=("one", "two"),
            events=(False, True),
            policy=("s3:GetObject", "s3:PutObject"),
        )
        self.stack(template("s3:PutObject"), update=True)
        self.refused("NoSuchLifecycleConfiguration", self.client("s3").get_bucket_lifecycle_configuration, Bucket=name)

    def read_bucket(self, name):
        s3 = self.client("s3")
        rule = s3.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]["Rules"][0]
        tags = {tag["Key"]: tag["Value"] for tag in s3.get_bucket_tagging(Bucket=name)["TagSet"]}
        document = json.loads(s3.get_bucket_policy(Bucket=name)["Policy"])
        return {
            "versioning": s3.get_bucket_versioning(Bucket=name)["Status"],
            "encryption": rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"],
            "block": s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"],
            "rules": s3.get_bucket_lifecycle_configuration(Bucket=name)["Rules"],
            "team": tags["team"],
            "events": "EventBridgeConfiguration" in s3.get_bucket_notification_configuration(Bucket=name),
            "policy": document["Statement"][0]["Action"],
        }

    def test_lambda_function_mapping_and_permission(self):
        code = self.bucket(f"code-{self.account}")
        self.put(code, "function.zip", archive({"index.py": "def handler(event, context): return 'ran'"}))

        def template(memory, timeout, value, batch, enabled, principal):
            return {
                "Function": resource(
                    "AWS::Lambda::Function",
                    FunctionName="function",
                    Runtime="python3.11",
                    Handler="index.handler",
                    Role=self.role,
                    MemorySize=memory,
                    Timeout=timeout,
                    Environment={"Variables": {"VALUE": value}},
                    Code={"S3Bucket": code, "S3Key": "function.zip"},
                ),
                "Stream": resource("AWS::Kinesis::Stream", Name="stream", ShardCount=1),
                "Mapping": resource(
                    "AWS::Lambda::EventSourceMapping",
                    FunctionName={"Ref": "Function"},
                    EventSourceArn={"Fn::GetAtt": ["Stream", "Arn"]},
                    StartingPosition="LATEST",
                    BatchSize=batch,
                    Enabled=enabled,
                ),
                "Permission": resource(
                    "AWS::Lambda::Permission",
                    FunctionName={"Ref": "Function"},
                    Action="lambda:InvokeFunction",
                    Principal=principal,
                ),
            }

        def read(ids):
            service = self.client("lambda")
            mapping = service.get_event_source_mapping(UUID=ids["Mapping"])
            statement = json.loads(service.get_policy(FunctionName="function")["Policy"])["Statement"][0]
            configuration = service.get_function_configuration(FunctionName="function")
            return {
                **configuration,
                "value": configuration["Environment"]["Variables"]["VALUE"],
                "batch": mapping["BatchSize"],
                "state": mapping["State"],
                "principal": statement["Principal"]["Service"],
            }

        self.live(
            template(128, 3, "one", 10, False, "s3.amazonaws.com"),
            template(256, 9, "two", 20, True, "events.amazonaws.com"),
            read,
            MemorySize=(128, 256),
            Timeout=(3, 9),
            value=("one", "two"),
            batch=(10, 20),
            state=("Disabled", "Enabled"),
            principal=("s3.amazonaws.com", "events.amazonaws.com"),
        )
        self.assertEqual(self.client("lambda").invoke(FunctionName="function")["Payload"].read(), b'"ran"')

    def test_iam_role_and_policy(self):
        def template(name, session):
            inline = [{"PolicyName": "inline", "PolicyDocument": policy(f"s3:{name}")}]
            role = {"Description": name, "MaxSessionDuration": session, "Policies": inline}
            return {
                "Role": resource("AWS::IAM::Role", RoleName="role", AssumeRolePolicyDocument=TRUST, **role),
                "Policy": resource(
                    "AWS::IAM::Policy",
                    PolicyName="attached",
                    Roles=[{"Ref": "Role"}],
                    PolicyDocument=policy(f"sqs:{name}"),
                ),
            }

        def read(ids):
            iam = self.client("iam")

            def allowed(policy_name):
                answer = iam.get_role_policy(RoleName="role", PolicyName=policy_name)
                return answer["PolicyDocument"]["Statement"][0]["Action"]

            role = iam.get_role(RoleName="role")["Role"]
            return {**role, "inline": allowed("inline"), "attached": allowed("attached")}

        self.live(
            template("One", 3600),
            template("Two", 7200),
            read,
            Description=("One", "Two"),
            MaxSessionDuration=(3600, 7200),
            inline=("s3:One", "s3:Two"),
            attached=("sqs:One", "sqs:Two"),
        )

    def test_codebuild_project(self):
        def read(ids):
            project = self.client("codebuild").batch_get_projects(names=["project"])["projects"][0]
            variables = project["environment"]["environmentVariables"]
            return {**project, "variable": variables[0]["value"], "logs": project["logsConfig"]["cloudWatchLogs"]}

        self.live(
            {"Project": build_project("a")},
            {"Project": build_project("b")},
            read,
            description=("a", "b"),
            timeoutInMinutes=(10, 20),
            queuedTimeoutInMinutes=(30, 40),
            encryptionKey=("alias/a", "alias/b"),
            variable=("a", "b"),
            logs=({"status": "ENABLED", "groupName": "a"}, {"status": "ENABLED", "groupName": "b"}),
            cache=(
                {"type": "LOCAL", "modes": ["LOCAL_CUSTOM_CACHE"]},
                {"type": "LOCAL", "modes": ["LOCAL_SOURCE_CACHE"]},
            ),
            source=(
                {"type": "CODEPIPELINE", "buildspec": "version: 0.2 # a"},
                {"type": "CODEPIPELINE", "buildspec": "version: 0.2 # b"},
            ),
        )

    def test_kms_key_and_alias(self):
        def template(text, rotation):
            document = policy(f"kms:{text}", Principal={"AWS": f"arn:aws:iam::{self.account}:root"})
            key = {"Description": text, "EnableKeyRotation": rotation, "KeyPolicy": document}
            return {
                "Key": resource("AWS::KMS::Key", **key),
                "Alias": resource("AWS::KMS::Alias", AliasName="alias/mine", TargetKeyId={"Ref": "Key"}),
            }

        def read(ids):
            kms = self.client("kms")
            document = json.loads(kms.get_key_policy(KeyId=ids["Key"], PolicyName="default")["Policy"])
            return {
                **kms.describe_key(KeyId="alias/mine")["KeyMetadata"],
                "rotation": kms.get_key_rotation_status(KeyId=ids["Key"])["KeyRotationEnabled"],
                "action": document["Statement"][0]["Action"],
            }

        self.live(
            template("One", False),
            template("Two", True),
            read,
            Description=("One", "Two"),
            rotation=(False, True),
            action=("kms:One", "kms:Two"),
        )

    def test_sns_topic_subscription_and_policy(self):
        def template(text, **properties):
            return {
                "Topic": resource("AWS::SNS::Topic", TopicName="topic", DisplayName=text, **properties),
                "Subscription": resource(
                    "AWS::SNS::Subscription",
                    TopicArn={"Ref": "Topic"},
                    Protocol="email",
                    Endpoint=f"{text}@example.com",
                ),
                "Policy": resource(
                    "AWS::SNS::TopicPolicy",
                    Topics=[{"Ref": "Topic"}],
                    PolicyDocument=policy(f"sns:{text}", Principal="*"),
                ),
            }

        def read(ids):
            sns = self.client("sns")
            attributes = sns.get_topic_attributes(TopicArn=ids["Topic"])["Attributes"]
            subscriptions = sns.list_subscriptions_by_topic(TopicArn=ids["Topic"])["Subscriptions"]
            return {
                **attributes,
                "action": json.loads(attributes["Policy"])["Statement"][0]["Action"],
                "endpoints": [subscription["Endpoint"] for subscription in subscriptions],
            }

        self.live(
            template("one"),
            template("two", KmsMasterKeyId="alias/aws/sns"),
            read,
            DisplayName=("one", "two"),
            KmsMasterKeyId=(None, "alias/aws/sns"),
            action=("sns:one", "sns:two"),
            endpoints=(["one@example.com"], ["two@example.com"]),
        )

    def test_log_group_and_stream(self):
        def template(days, stream):
            return {
                "Group": resource("AWS::Logs::LogGroup", LogGroupName="group", RetentionInDays=days),
                "Stream": resource("AWS::Logs::LogStream", LogGroupName={"Ref": "Group"}, LogStreamName=stream),
            }

        def read(ids):
            logs = self.client("logs")
            streams = logs.describe_log_streams(logGroupName="group")["logStreams"]
            group = logs.describe_log_groups(logGroupNamePrefix="group")["logGroups"][0]
            return {**group, "streams": [stream["logStreamName"] for stream in streams]}

        self.live(template(7, "one"), template(14, "two"), read, retentionInDays=(7, 14), streams=(["one"], ["two"]))

    def test_alarm(self):
        def template(threshold):
            metric = {"Namespace": "AWS/KinesisAnalytics", "MetricName": "downtime", "Statistic": "Maximum"}
            when = {
                "Threshold": threshold,
                "ComparisonOperator": "GreaterThanThreshold",
                "EvaluationPeriods": threshold,
            }
            return {"Alarm": resource("AWS::CloudWatch::Alarm", AlarmName="alarm", Period=60, **metric, **when)}

        def read(ids):
            return self.client("cloudwatch").describe_alarms(AlarmNames=["alarm"])["MetricAlarms"][0]

        self.live(template(1), template(2), read, Threshold=(1.0, 2.0), EvaluationPeriods=(1, 2))

    def test_events_rule(self):
        def template(text, state):
            pattern = {"source": ["aws.s3"], "detail": {"bucket": {"name": [text]}}}
            target = {"Id": "t", "Arn": f"arn:aws:codepipeline:{REGION}:{self.account}:{text}", "RoleArn": self.role}
            return {
                "Rule": resource("AWS::Events::Rule", Name="rule", State=state, EventPattern=pattern, Targets=[target])
            }

        def read(ids):
            events = self.client("events")
            rule = events.describe_rule(Name="rule")
            names = json.loads(rule["EventPattern"])["detail"]["bucket"]["name"]
            targets = events.list_targets_by_rule(Rule="rule")["Targets"]
            return {**rule, "names": names, "pipeline": targets[0]["Arn"].rpartition(":")[2]}

        self.live(
            template("one", "ENABLED"),
            template("two", "DISABLED"),
            read,
            State=("ENABLED", "DISABLED"),
            names=(["one"], ["two"]),
            pipeline=("one", "two"),
        )

    def test_codecommit_repository(self):
        def template(text):
            kind = "AWS::CodeCommit::Repository"
            return {"Repository": resource(kind, RepositoryName="repository", RepositoryDescription=text)}

        def read(ids):
            return self.client("codecommit").get_repository(repositoryName="repository")["repositoryMetadata"]

        self.live(template("one"), template("two"), read, repositoryDescription=("one", "two"))

    def test_ssm_parameter_and_its_value_as_template_parameter(self):
        def parameter(value):
            return {"Parameter": resource("AWS::SSM::Parameter", Name="/jar", Type="String", Value=value)}

        def read(ids):
            return self.client("ssm").get_parameter(Name="/jar")["Parameter"]

        self.live(parameter("one"), parameter("two"), read, Value=("one", "two"))
        more = {"Parameters": {"Jar": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/jar"}}}
        copy = {"Copy": resource("AWS::SSM::Parameter", Name="/copy", Type="String", Value={"Ref": "Jar"})}
        copied = {"name": "copy", "more": more}
        self.stack(copy, **copied)
        self.assertEqual(self.copied(), "two")
        self.write("three")
        self.stack(copy, update=True, **copied)
        self.assertEqual(self.copied(), "three")
        self.write("four")
        self.change_set(json.dumps({"Resources": copy, **more}))
        self.assertEqual(self.copied(), "four")

    def test_drift_of_a_type_ministack_reads(self):
        self.stack({"Parameter": resource("AWS::SSM::Parameter", Name="/jar", Type="String", Value="one")})
        self.assertEqual(self.drift("Parameter"), "IN_SYNC")
        self.write("two")
        self.assertEqual(self.drift("Parameter"), "MODIFIED")

    def write(self, value):
        self.client("ssm").put_parameter(Name="/jar", Value=value, Type="String", Overwrite=True)

    def copied(self):
        return self.client("ssm").get_parameter(Name="/copy")["Parameter"]["Value"]

    def change_set(self, template):
        cloudformation = self.client("cloudformation")
        name = {"StackName": "copy", "ChangeSetName": "release"}
        cloudformation.create_change_set(**name, TemplateBody=template)
        self.eventually(lambda: cloudformation.describe_change_set(**name)["Status"], "CREATE_COMPLETE")
        cloudformation.execute_change_set(**name)
        self.eventually(lambda: self.stack_status("copy"), "UPDATE_COMPLETE")


class Registry(Account):
    """Types that only their schema serves."""

    def refuses(self, message, kind, **properties):
        template = json.dumps({"Resources": {"Thing": resource(kind, **properties)}})
        cloudformation = self.client("cloudformation")
        cloudformation.create_stack(StackName="bad", TemplateBody=template)
        self.eventually(lambda: self.stack_status("bad"), "ROLLBACK_COMPLETE")
        self.assertIn(message, " ".join(filter(None, self.failures("bad"))))
        cloudformation.delete_stack(StackName="bad")

    def update_fails(self, resources, message):
        self.client("cloudformation").update_stack(
            StackName="stack", TemplateBody=json.dumps({"Resources": resources})
        )
        self.eventually(self.stack_status, "UPDATE_ROLLBACK_COMPLETE")
        self.assertIn(message, " ".join(filter(None, self.failures())))

    def change(self, **body):
        scope = {"account": self.account, "region": REGION}
        return self.server.control("POST", "resources", {**scope, **body})

    def test_what_the_schema_refuses(self):
        nat, ingress = "AWS::EC2::NatGateway", "AWS::EC2::SecurityGroupIngress"
        self.refuses("'Colour' was unexpected", nat, SubnetId="subnet-1", Colour="red")
        self.refuses("is not one of ['private', 'public']", nat, SubnetId="subnet-1", ConnectivityType="none")
        self.refuses("#/NatGatewayId: read-only", nat, SubnetId="subnet-1", NatGatewayId="nat-1")
        self.refuses("'IpProtocol' is a required property", ingress, GroupId="sg-0a1b2c3d4e5f60718")
        self.refuses("does not match", "AWS::SageMaker::Model", ModelName="under_score", ExecutionRoleArn=self.role)
        provisioned = {"Type": "Spark", "ReleaseLabel": "emr-7.9.0", "AutoStopConfiguration": {"Enabled": "maybe"}}
        self.refuses("#/AutoStopConfiguration/Enabled", "AWS::EMRServerless::Application", **provisioned)
        elsewhere = self.client("cloudformation", region="ap-southeast-6")
        template = json.dumps({"Resources": {"Thing": resource("AWS::RoboMaker::Fleet")}})
        elsewhere.create_stack(StackName="elsewhere", TemplateBody=template)
        self.eventually(
            lambda: elsewhere.describe_stacks(StackName="elsewhere")["Stacks"][0]["StackStatus"], "ROLLBACK_COMPLETE"
        )
        message = self.refused(
            "ValidationError",
            self.client("cloudformation").create_stack,
            StackName="none",
            TemplateBody=json.dumps({"Resources": {"Thing": resource("AWS::EC2::Nothing")}}),
        )
        self.assertIn("AWS::EC2::Nothing", message)

    def test_references_have_the_shape_of_aws(self):
        subnets = ["subnet-0a1b2c3d4e5f60718", "subnet-1a1b2c3d4e5f60718"]
        brokers = {"ClientSubnets": subnets, "InstanceType": "kafka.m7g.large"}
        resources = {
            "Address": resource("AWS::EC2::EIP", Domain="vpc"),
            "Nat": resource(
                "AWS::EC2::NatGateway", SubnetId=subnets[0], AllocationId={"Fn::GetAtt": ["Address", "AllocationId"]}
            ),
            "Kafka": resource(
                "AWS::MSK::Cluster",
                ClusterName="trips",
                KafkaVersion="3.9.x",
                NumberOfBrokerNodes="2",
                BrokerNodeGroupInfo=brokers,
            ),
            "Spark": resource("AWS::EMRServerless::Application", Type="Spark", ReleaseLabel="emr-7.9.0", Name="spark"),
            "Growth": resource(
                "AWS::ApplicationAutoScaling::ScalableTarget",
                MinCapacity=1,
                MaxCapacity=2,
                ResourceId={"Ref": "Kafka"},
                ScalableDimension="kafka:broker-storage:VolumeSize",
                ServiceNamespace="kafka",
            ),
            "Model": resource("AWS::SageMaker::Model", ExecutionRoleArn=self.role),
        }
        outputs = {
            "Allocation": {"Value": {"Fn::GetAtt": ["Address", "AllocationId"]}},
            "Name": {"Value": {"Fn::GetAtt": ["Model", "ModelName"]}},
            "Arn": {"Value": {"Fn::GetAtt": ["Spark", "Arn"]}},
        }
        ids = self.stack(resources, more={"Outputs": outputs})
        scope, uuid = f"{REGION}:{self.account}", "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
        self.assertRegex(ids["Address"], r"^198\.18\.\d+\.\d+$")
        self.assertRegex(ids["Nat"], "^nat-[0-9a-f]{17}$")
        self.assertRegex(ids["Kafka"], f"^arn:aws:kafka:{scope}:cluster/trips/{uuid}-5$")
        self.assertEqual(ids["Growth"], f"{ids['Kafka']}|kafka:broker-storage:VolumeSize|kafka")
        self.assertRegex(ids["Model"], f"^arn:aws:sagemaker:{scope}:model/stack-Model-")
        found = self.stack_outputs()
        self.assertRegex(found["Allocation"], "^eipalloc-[0-9a-f]{17}$")
        self.assertEqual(found["Name"], ids["Model"].rpartition("/")[2])
        self.assertEqual(found["Arn"], f"arn:aws:emr-serverless:{scope}:/applications/{ids['Spark']}")
        # Texts of the template become the numbers of the schema.
        self.assertEqual(self.change(id="Kafka")["properties"]["NumberOfBrokerNodes"], 2)

    def test_updates_replacements_and_deletion(self):
        def rule(**properties):
            return {
                "Rule": resource(
                    "AWS::EC2::SecurityGroupIngress",
                    GroupId="sg-0a1b2c3d4e5f60718",
                    IpProtocol="tcp",
                    SourceSecurityGroupId="sg-1a1b2c3d4e5f60718",
                    **properties,
                )
            }

        first = self.stack(rule(FromPort=1, ToPort=2, Description="one"))["Rule"]
        same = self.stack(rule(FromPort=1, ToPort=2, Description="two"), update=True)["Rule"]
        self.assertEqual((same, self.change(id=first)["properties"]["Description"]), (first, "two"))
        other = self.stack(rule(FromPort=1, ToPort=3, Description="two"), update=True)["Rule"]
        self.assertNotEqual(other, first)
        with self.assertRaisesRegex(AssertionError, "404"):
            self.change(id=first)
        self.client("cloudformation").delete_stack(StackName="stack")
        self.eventually(lambda: "Stacks" in self.describe_or_nothing(), False)
        with self.assertRaisesRegex(AssertionError, "404"):
            self.change(id=other)

    def describe_or_nothing(self):
        try:
            found = self.client("cloudformation").describe_stacks(StackName="stack")["Stacks"][0]["StackStatus"]
            return {} if found == "DELETE_COMPLETE" else {"Stacks": found}
        except ClientError:
            return {}

    def test_a_change_set_announces_replacements(self):
        def configuration(version):
            kind = "AWS::MSK::Configuration"
            return {"C": resource(kind, Name="c", ServerProperties="a=b", KafkaVersionsList=[version])}

        self.stack(configuration("3.8.x"))
        cloudformation = self.client("cloudformation")
        body = json.dumps({"Resources": configuration("3.9.x")})
        cloudformation.create_change_set(StackName="stack", ChangeSetName="c", TemplateBody=body)
        change = cloudformation.describe_change_set(StackName="stack", ChangeSetName="c")["Changes"][0]
        self.assertEqual(change["ResourceChange"]["Replacement"], "True")

    def test_named_resources_are_not_replaced(self):
        def model(**properties):
            return {"Model": resource("AWS::SageMaker::Model", ModelName="price", **properties)}

        first = self.stack(model(ExecutionRoleArn=self.role))["Model"]
        self.update_fails(model(ExecutionRoleArn=self.role + "2"), "custom-named resource")
        self.assertEqual(self.change(id=first)["properties"]["ExecutionRoleArn"], self.role)

        def taken():
            return {"Model": resource("AWS::SageMaker::Model", ModelName="price", ExecutionRoleArn=self.role)}

        self.client("cloudformation").create_stack(
            StackName="second", TemplateBody=json.dumps({"Resources": taken()})
        )
        self.eventually(lambda: self.stack_status("second"), "ROLLBACK_COMPLETE")
        self.assertIn("already exists", " ".join(filter(None, self.failures("second"))))

    def test_a_nested_create_only_member_replaces(self):
        def cluster(subnet):
            brokers = {"ClientSubnets": [subnet, "subnet-1a1b2c3d4e5f60718"], "InstanceType": "kafka.m7g.large"}
            return {
                "Kafka": resource(
                    "AWS::MSK::Cluster",
                    ClusterName="trips",
                    KafkaVersion="3.9.x",
                    NumberOfBrokerNodes=2,
                    BrokerNodeGroupInfo=brokers,
                )
            }

        self.stack(cluster("subnet-0a1b2c3d4e5f60718"))
        self.update_fails(cluster("subnet-2a1b2c3d4e5f60718"), "custom-named resource")

    def test_two_of_one_name_within_different_parents(self):
        topic = {"TopicName": "t", "PartitionCount": 1, "ReplicationFactor": 3}
        clusters = [f"arn:aws:kafka:{REGION}:{self.account}:cluster/{name}/u-5" for name in "ab"]
        topics = {f"T{i}": resource("AWS::MSK::Topic", ClusterArn=arn, **topic) for i, arn in enumerate(clusters)}
        ids = self.stack(topics)
        self.assertTrue(ids["T0"].endswith(":topic/a/u-5/t"), ids)
        twice = {"Again": resource("AWS::MSK::Topic", ClusterArn=clusters[0], **topic)}
        body = json.dumps({"Resources": twice})
        self.client("cloudformation").create_stack(StackName="second", TemplateBody=body)
        self.eventually(lambda: self.stack_status("second"), "ROLLBACK_COMPLETE")
        self.assertIn("already exists", " ".join(filter(None, self.failures("second"))))

    def test_drift_and_changes_by_hand(self):
        self.stack(
            {
                "Target": resource(
                    "AWS::EMRServerless::Application",
                    Type="Spark",
                    ReleaseLabel="emr-7.9.0",
                    AutoStopConfiguration={"Enabled": True, "IdleTimeoutMinutes": 10},
                ),
            }
        )
        self.assertEqual(self.drift("Target"), "IN_SYNC")
        self.change(id="stack/Target", patch={"AutoStopConfiguration": {"IdleTimeoutMinutes": 20}})
        self.assertEqual(self.drift("Target"), "MODIFIED")
        with self.assertRaisesRegex(AssertionError, "Properties validation failed"):
            self.change(id="Target", patch={"Colour": "red"})
        with self.assertRaisesRegex(AssertionError, "404"):
            self.server.control("POST", "resources", {"account": "999999999999", "region": REGION, "id": "Target"})
        self.change(id="Target", delete=True)
        self.assertEqual(self.drift("Target"), "DELETED")

    def test_no_drift_without_a_read_handler(self):
        properties = {"Name": "c", "ServiceRole": "s", "JobFlowRole": "j", "ReleaseLabel": "emr-7.9.0"}
        groups = {"InstanceCount": 1, "InstanceType": "m7g.xlarge"}
        instances = {"MasterInstanceGroup": groups, "CoreInstanceGroup": groups}
        ids = self.stack({"Cluster": resource("AWS::EMR::Cluster", Instances=instances, **properties)})
        self.assertRegex(ids["Cluster"], "^j-[0-9A-Z]{13}$")
        with self.assertRaises(ClientError):
            self.drift("Cluster")

    def test_cloud_control(self):
        application = {"Type": "Spark", "ReleaseLabel": "emr-7.9.0", "Name": "spark"}
        ids = self.stack({"Spark": resource("AWS::EMRServerless::Application", **application)})
        service, name = self.client("cloudcontrol"), {"TypeName": "AWS::EMRServerless::Application"}
        found = service.get_resource(**name, Identifier=ids["Spark"])["ResourceDescription"]
        self.assertEqual(json.loads(found["Properties"])["ApplicationId"], ids["Spark"])
        patch = [{"op": "add", "path": "/MaximumCapacity", "value": {"Cpu": "4 vCPU", "Memory": "16 GB"}}]
        service.update_resource(**name, Identifier=ids["Spark"], PatchDocument=json.dumps(patch))
        self.assertEqual(self.change(id="Spark")["properties"]["MaximumCapacity"]["Cpu"], "4 vCPU")

    def test_tags_of_the_stack(self):
        template = json.dumps({"Resources": {"Address": resource("AWS::EC2::EIP", Domain="vpc")}})
        tags = [{"Key": "team", "Value": "data"}]
        self.client("cloudformation").create_stack(StackName="stack", TemplateBody=template, Tags=tags)
        self.eventually(self.stack_status, "CREATE_COMPLETE")
        self.assertEqual(self.change(id="Address")["properties"]["Tags"], tags)
        self.assertEqual(self.drift("Address"), "IN_SYNC")


class Repairs(Account):
    """What MiniStack's templates drop and its services keep."""

    def test_function_network_and_concurrency(self):
        def function(**properties):
            code = {"ZipFile": "def handler(event, context): pass"}
            named = {"FunctionName": "f", "Runtime": "python3.13", "Handler": "index.handler", "Role": self.role}
            return {"F": resource("AWS::Lambda::Function", Code=code, **named, **properties)}

        def read():
            found = self.client("lambda").get_function(FunctionName="f")
            vpc = found["Configuration"].get("VpcConfig", {})
            return vpc.get("SubnetIds", []), found.get("Concurrency", {}).get("ReservedConcurrentExecutions")

        network = {"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}
        self.stack(function(VpcConfig=network, ReservedConcurrentExecutions=3))
        self.assertEqual(read(), (["subnet-1"], 3))
        self.stack(function(VpcConfig=network, ReservedConcurrentExecutions=4), update=True)
        self.assertEqual(read(), (["subnet-1"], 4))
        self.stack(function(), update=True)
        self.assertEqual(read(), ([], None))

    def test_table(self):
        def table(projection="ALL", **properties):
            index = {
                "IndexName": "by",
                "KeySchema": [{"AttributeName": "b", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": projection},
            }
            attributes = [{"AttributeName": name, "AttributeType": "S"} for name in "ab"]
            return {
                "Table": resource(
                    "AWS::DynamoDB::Table",
                    TableName="t",
                    BillingMode="PAY_PER_REQUEST",
                    KeySchema=[{"AttributeName": "a", "KeyType": "HASH"}],
                    AttributeDefinitions=attributes,
                    GlobalSecondaryIndexes=[index],
                    **properties,
                )
            }

        def read():
            service = self.client("dynamodb")
            expiry = service.describe_time_to_live(TableName="t")["TimeToLiveDescription"]["TimeToLiveStatus"]
            backups = service.describe_continuous_backups(TableName="t")["ContinuousBackupsDescription"]
            encryption = service.describe_table(TableName="t")["Table"].get("SSEDescription", {})
            recovery = backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"]
            return expiry, recovery, encryption.get("Status")

        recovery = {"PointInTimeRecoveryEnabled": True, "RecoveryPeriodInDays": 35}
        everything = {
            "TimeToLiveSpecification": {"AttributeName": "expires", "Enabled": True},
            "PointInTimeRecoverySpecification": recovery,
            "SSESpecification": {"SSEEnabled": True},
        }
        self.stack(table(**everything))
        self.assertEqual(read(), ("ENABLED", "ENABLED", "ENABLED"))
        self.assertEqual(self.drift("Table"), "IN_SYNC")
        self.client("dynamodb").update_continuous_backups(
            TableName="t", PointInTimeRecoverySpecification={**recovery, "RecoveryPeriodInDays": 7}
        )
        self.assertEqual(self.drift("Table"), "MODIFIED")
        self.stack(table(SSESpecification={"SSEEnabled": True}), update=True)
        self.assertEqual(read(), ("DISABLED", "DISABLED", "ENABLED"))
        body = json.dumps({"Resources": table("KEYS_ONLY", SSESpecification={"SSEEnabled": True})})
        self.client("cloudformation").update_stack(StackName="stack", TemplateBody=body)
        self.eventually(self.stack_status, "UPDATE_ROLLBACK_COMPLETE")
        self.assertIn("Cannot update GSI's properties", " ".join(filter(None, self.failures())))

    def test_api_gateway(self):
        def api(path, validated):
            integration = {"Type": "MOCK", "IntegrationHttpMethod": "POST", "Uri": "u"}
            log = {"DestinationArn": f"arn:aws:logs:{REGION}:{self.account}:log-group:{path}", "Format": "f"}
            return {
                "Api": resource("AWS::ApiGateway::RestApi", Name="api"),
                "Validator": resource(
                    "AWS::ApiGateway::RequestValidator",
                    RestApiId={"Ref": "Api"},
                    Name="v",
                    ValidateRequestBody=validated,
                ),
                "Method": resource(
                    "AWS::ApiGateway::Method",
                    RestApiId={"Ref": "Api"},
                    ResourceId={"Fn::GetAtt": ["Api", "RootResourceId"]},
                    HttpMethod="POST",
                    AuthorizationType="NONE",
                    RequestValidatorId={"Ref": "Validator"},
                    Integration=integration,
                ),
                "Deployment": {
                    **resource("AWS::ApiGateway::Deployment", RestApiId={"Ref": "Api"}),
                    "DependsOn": "Method",
                },
                "Stage": resource(
                    "AWS::ApiGateway::Stage",
                    RestApiId={"Ref": "Api"},
                    DeploymentId={"Ref": "Deployment"},
                    StageName="live",
                    AccessLogSetting=log,
                ),
            }

        service = self.client("apigateway")
        for path, validated, update in (("/a", True, False), ("/b", False, True)):
            ids = self.stack(api(path, validated), update=update)
            stage = service.get_stage(restApiId=ids["Api"], stageName="live")
            self.assertEqual(stage["accessLogSettings"]["destinationArn"].rpartition(":")[2], path)
            validator = service.get_request_validator(restApiId=ids["Api"], requestValidatorId=ids["Validator"])
            self.assertEqual(validator["validateRequestBody"], validated)
            root = service.get_resources(restApiId=ids["Api"])["items"][0]["id"]
            method = service.get_method(restApiId=ids["Api"], resourceId=root, httpMethod="POST")
            self.assertEqual(method["requestValidatorId"], ids["Validator"])
            for thing in ("Api", "Validator", "Method", "Stage"):
                self.assertEqual(self.drift(thing), "IN_SYNC", thing)

    def test_schedule_job_and_state_machine(self):
        def all_of(zone, runs, tracing):
            target = {"Arn": f"arn:aws:sqs:{REGION}:{self.account}:q", "RoleArn": self.role}
            command = {"Name": "glueetl", "ScriptLocation": "s3://b/k"}
            definition = json.dumps({"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}})
            return {
                "Schedule": resource(
                    "AWS::Scheduler::Schedule",
                    Name="s",
                    ScheduleExpression="rate(1 day)",
                    ScheduleExpressionTimezone=zone,
                    FlexibleTimeWindow={"Mode": "OFF"},
                    Target=target,
                ),
                "Job": resource(
                    "AWS::Glue::Job",
                    Name="j",
                    Role=self.role,
                    Command=command,
                    ExecutionProperty={"MaxConcurrentRuns": runs},
                ),
                "Machine": resource(
                    "AWS::StepFunctions::StateMachine",
                    StateMachineName="m",
                    RoleArn=self.role,
                    DefinitionString=definition,
                    TracingConfiguration={"Enabled": tracing},
                ),
            }

        for zone, runs, tracing, update in (("Asia/Tokyo", 2, True, False), ("Asia/Seoul", 3, False, True)):
            self.stack(all_of(zone, runs, tracing), update=update)
            schedule = self.client("scheduler").get_schedule(Name="s")
            job = self.client("glue").get_job(JobName="j")["Job"]
            self.assertEqual(schedule["ScheduleExpressionTimezone"], zone)
            self.assertEqual(job["ExecutionProperty"]["MaxConcurrentRuns"], runs)
            for thing in ("Schedule", "Job", "Machine"):
                self.assertEqual(self.drift(thing), "IN_SYNC", thing)

    def test_references(self):
        ids = self.stack(
            {
                "Role": resource("AWS::IAM::Role", RoleName="r", AssumeRolePolicyDocument=TRUST),
                "Profile": resource("AWS::IAM::InstanceProfile", Roles=[{"Ref": "Role"}]),
                "Secret": resource("AWS::SecretsManager::Secret", Name="s", GenerateSecretString={}),
            }
        )
        self.assertRegex(ids["Profile"], "^stack-Profile-")
        self.client("iam").get_instance_profile(InstanceProfileName=ids["Profile"])
        self.assertRegex(ids["Secret"], f"^arn:aws:secretsmanager:{REGION}:{self.account}:secret:s-")
        self.assertEqual((self.drift("Profile"), self.drift("Secret")), ("IN_SYNC", "IN_SYNC"))
        self.client("cloudformation").delete_stack(StackName="stack")
        missing = self.client("secretsmanager").describe_secret
        self.eventually(lambda: self.is_missing(missing, SecretId="s"), True)
        self.assertEqual(self.client("iam").list_instance_profiles()["InstanceProfiles"], [])

    def is_missing(self, function, **arguments):
        try:
            function(**arguments)
        except ClientError:
            return True
        return False

    def test_drift_of_dashboards_aliases_layers_and_managed_policies(self):
        code = {"ZipFile": "def handler(event, context): pass"}
        body = json.dumps({"widgets": []})
        layer = archive({"python/x.py": ""})
        self.put(self.bucket(f"layers-{self.account}"), "layer.zip", layer)
        content = {"S3Bucket": f"layers-{self.account}", "S3Key": "layer.zip"}
        ids = self.stack(
            {
                "Dashboard": resource("AWS::CloudWatch::Dashboard", DashboardName="d", DashboardBody=body),
                "Policy": resource("AWS::IAM::ManagedPolicy", ManagedPolicyName="p", PolicyDocument=policy("s3:Get*")),
                "Layer": resource("AWS::Lambda::LayerVersion", LayerName="l", Content=content, Description="one"),
                "F": resource(
                    "AWS::Lambda::Function",
                    FunctionName="f",
                    Runtime="python3.13",
                    Handler="index.handler",
                    Role=self.role,
                    Code=code,
                ),
                "Version": resource("AWS::Lambda::Version", FunctionName={"Ref": "F"}),
                "Alias": resource(
                    "AWS::Lambda::Alias",
                    FunctionName={"Ref": "F"},
                    FunctionVersion={"Fn::GetAtt": ["Version", "Version"]},
                    Name="live",
                ),
            }
        )
        things = ("Dashboard", "Policy", "Layer", "Alias")
        self.assertEqual({thing: self.drift(thing) for thing in things}, dict.fromkeys(things, "IN_SYNC"))
        other = json.dumps({"widgets": [{"type": "text", "properties": {"markdown": "x"}}]})
        self.client("cloudwatch").put_dashboard(DashboardName="d", DashboardBody=other)
        document = json.dumps(policy("*"))
        self.client("iam").create_policy_version(PolicyArn=ids["Policy"], PolicyDocument=document, SetAsDefault=True)
        self.client("lambda").delete_layer_version(LayerName="l", VersionNumber=1)
        self.client("lambda").update_alias(FunctionName="f", Name="live", FunctionVersion="$LATEST")
        changed = {"Dashboard": "MODIFIED", "Policy": "MODIFIED", "Layer": "DELETED", "Alias": "MODIFIED"}
        self.assertEqual({thing: self.drift(thing) for thing in things}, changed)

    def test_policies_of_queues_by_their_addresses_on_aws(self):
        """A queue's address here names this server; a template may call it by the one that it has on AWS."""
        queues = self.client("sqs")
        here = queues.create_queue(QueueName="q")["QueueUrl"]
        there = f"https://sqs.{REGION}.amazonaws.com/{self.account}/q"
        self.assertNotEqual(here, there)
        held = lambda: json.loads(
            queues.get_queue_attributes(QueueUrl=here, AttributeNames=["Policy"]).get("Attributes", {}).get("Policy", "{}")
        )
        for address, allowed in ((there, "sqs:SendMessage"), (there, "sqs:ReceiveMessage"), (here, "sqs:PurgeQueue")):
            document = policy(allowed, Principal="*")
            properties = {"Queues": [address], "PolicyDocument": document}
            self.stack({"P": resource("AWS::SQS::QueuePolicy", **properties)}, update=bool(held()))
            self.assertEqual(held()["Statement"][0]["Action"], allowed)
        self.client("cloudformation").delete_stack(StackName="stack")
        self.eventually(lambda: held().get("Statement"), None)

    def test_drift_of_policies(self):
        inline = {"PolicyName": "own", "PolicyDocument": policy("s3:GetObject")}
        self.stack({"R": resource("AWS::IAM::Role", RoleName="r", AssumeRolePolicyDocument=TRUST, Policies=[inline])})
        self.assertEqual(self.drift("R"), "IN_SYNC")
        document = json.dumps(policy("*"))
        self.client("iam").put_role_policy(RoleName="r", PolicyName="by-hand", PolicyDocument=document)
        self.assertEqual(self.drift("R"), "MODIFIED")


class Flink(Account):
    """AWS::KinesisAnalyticsV2::Application and the API a release step uses."""

    def setUp(self):
        super().setUp()
        self.code = self.bucket(f"code-{self.account}")
        for key in ("app-1.jar", "app-2.jar"):
            self.put(self.code, key, key.encode())
        self.flink = self.client("kinesisanalyticsv2")

    def template(self, key="app-1.jar", parallelism=1, value="one"):
        location = {"BucketARN": f"arn:aws:s3:::{self.code}", "FileKey": key}
        parallel = {"ConfigurationType": "CUSTOM", "Parallelism": parallelism, "ParallelismPerKPU": 1}
        groups = [{"PropertyGroupId": "app", "PropertyMap": {"value": value}}]
        code = {"CodeContentType": "ZIPFILE", "CodeContent": {"S3ContentLocation": location}}
        return {
            "Application": resource(
                "AWS::KinesisAnalyticsV2::Application",
                ApplicationName="app",
                RuntimeEnvironment="FLINK-1_20",
                ServiceExecutionRole=self.role,
                ApplicationConfiguration={
                    "ApplicationCodeConfiguration": code,
                    "FlinkApplicationConfiguration": {"ParallelismConfiguration": parallel},
                    "EnvironmentProperties": {"PropertyGroups": groups},
                },
            )
        }

    def detail(self):
        return self.flink.describe_application(ApplicationName="app")["ApplicationDetail"]

    def status(self):
        return self.detail()["ApplicationStatus"]

    def key(self, detail=None):
        configuration = (detail or self.detail())["ApplicationConfigurationDescription"]
        code = configuration["ApplicationCodeConfigurationDescription"]["CodeContentDescription"]
        return code["S3ApplicationCodeLocationDescription"]["FileKey"]

    def update(self, key="app-2.jar", **guard):
        guard = guard or {"ConditionalToken": self.detail()["ConditionalToken"]}
        content = {"CodeContentUpdate": {"S3ContentLocationUpdate": {"FileKeyUpdate": key}}}
        changed = {"ApplicationCodeConfigurationUpdate": content}
        return self.flink.update_application(ApplicationName="app", ApplicationConfigurationUpdate=changed, **guard)

    def run_application(self):
        operation = self.flink.start_application(ApplicationName="app")["OperationId"]
        self.assertEqual(self.status(), "STARTING")
        self.eventually(self.status, "RUNNING")
        return operation

    def operation(self, operation_id):
        answer = self.flink.describe_application_operation(ApplicationName="app", OperationId=operation_id)
        return answer["ApplicationOperationInfoDetails"]

    def plan(self, operation, outcome):
        plan = {"account": self.account, "region": REGION, "application": "app", "message": "planned"}
        self.server.control("POST", "flink/outcome", {**plan, "operation": operation, "outcome": outcome})

    def test_stack_creates_and_updates_the_live_application(self):
        logging = {
            "Group": resource("AWS::Logs::LogGroup", LogGroupName="group"),
            "Stream": resource("AWS::Logs::LogStream", LogGroupName={"Ref": "Group"}, LogStreamName="stream"),
            "Option": resource(
                "AWS::KinesisAnalyticsV2::ApplicationCloudWatchLoggingOption",
                ApplicationName={"Ref": "Application"},
                CloudWatchLoggingOption={
                    "LogStreamARN": {
                        "Fn::Sub": f"arn:aws:logs:{REGION}:{self.account}:log-group:${{Group}}:log-stream:${{Stream}}"
                    }
                },
            ),
        }
        self.stack({**self.template(), **logging})
        self.assertEqual(self.status(), "READY")
        self.assertEqual(self.seen(), (1, "one", "app-1.jar"))
        self.assertEqual(len(self.detail()["CloudWatchLoggingOptionDescriptions"]), 1)
        self.run_application()
        self.stack({**self.template("app-2.jar", 2, "two"), **logging}, update=True)
        self.assertEqual(self.status(), "RUNNING")
        self.assertEqual(self.seen(), (2, "two", "app-2.jar"))
        versions = self.flink.list_application_versions(ApplicationName="app")["ApplicationVersionSummaries"]
        self.assertEqual([row["ApplicationVersionId"] for row in versions], [3, 2, 1])

    def seen(self):
        configuration = self.detail()["ApplicationConfigurationDescription"]
        flink = configuration["FlinkApplicationConfigurationDescription"]
        groups = configuration["EnvironmentPropertyDescriptions"]["PropertyGroupDescriptions"]
        parallelism = flink["ParallelismConfigurationDescription"]["Parallelism"]
        return parallelism, groups[0]["PropertyMap"]["value"], self.key()

    def test_stack_fails_while_busy_when_the_update_fails_and_without_code(self):
        self.stack(self.template())
        self.plan("StartApplication", "hang")
        self.flink.start_application(ApplicationName="app")
        with self.assertRaisesRegex(AssertionError, "cannot be updated in 'STARTING' state"):
            self.stack(self.template("app-2.jar"), update=True)
        self.flink.stop_application(ApplicationName="app", Force=True)
        self.eventually(self.status, "READY")
        self.plan("UpdateApplication", "fail")
        with self.assertRaisesRegex(AssertionError, "UpdateApplication of app failed: planned"):
            self.stack(self.template("app-2.jar"), update=True)
        self.assertEqual((self.stack_status(), self.key()), ("UPDATE_ROLLBACK_COMPLETE", "app-1.jar"))
        with self.assertRaisesRegex(AssertionError, "unable to get the specified fileKey: missing.jar"):
            self.stack(self.template("missing.jar"), name="other")

    def test_code_in_a_bucket_of_another_account(self):
        other = str(int(self.account) + 500_000_000)
        s3 = self.client("s3", account=other)
        self.code = f"code-{other}"
        s3.create_bucket(
            Bucket=self.code, CreateBucketConfiguration={"LocationConstraint": s3.meta.region_name}
        )
        s3.put_object(Bucket=self.code, Key="app-1.jar", Body=b"code")
        self.stack(self.template())
        self.assertEqual(self.key(), "app-1.jar")

    def test_update_needs_the_current_token_or_version(self):
        self.stack(self.template())
        stale = self.detail()["ConditionalToken"]
        self.refused("InvalidArgumentException", self.flink.update_application, ApplicationName="app")
        operation = self.update()["OperationId"]
        self.assertEqual(self.operation(operation)["OperationStatus"], "IN_PROGRESS")
        self.refused("ResourceInUseException", self.update)
        self.eventually(self.status, "READY")
        self.refused("ConcurrentModificationException", self.update, ConditionalToken=stale)
        self.refused("ConcurrentModificationException", self.update, CurrentApplicationVersionId=1)
        self.update("app-1.jar", CurrentApplicationVersionId=2)
        done = self.operation(operation)
        changed = {"ApplicationVersionUpdatedFrom": 1, "ApplicationVersionUpdatedTo": 2}
        self.assertEqual(done["OperationStatus"], "SUCCESSFUL")
        self.assertEqual(done["ApplicationVersionChangeDetails"], changed)

    def test_update_with_missing_code(self):
        self.stack(self.template())
        message = self.refused("InvalidArgumentException", self.update, "missing.jar")
        self.assertIn(f"unable to get the specified fileKey: missing.jar in the specified bucket: {self.code}", message)

    def test_running_application_restarts_on_update(self):
        self.stack(self.template())
        self.run_application()
        self.update()
        self.assertEqual(self.status(), "UPDATING")
        self.refused("ResourceInUseException", self.flink.stop_application, ApplicationName="app")
        self.eventually(self.status, "RUNNING")
        rows = self.flink.list_application_operations(ApplicationName="app")["ApplicationOperationInfoList"]
        kinds = [(row["Operation"], row["OperationStatus"]) for row in rows]
        self.assertEqual(kinds, [("UpdateApplication", "SUCCESSFUL"), ("StartApplication", "SUCCESSFUL")])
        self.flink.stop_application(ApplicationName="app")
        self.eventually(self.status, "READY")

    def test_planned_failure(self):
        self.stack(self.template())
        self.run_application()
        self.plan("UpdateApplication", "fail")
        operation = self.update()["OperationId"]
        self.eventually(self.status, "RUNNING")
        failed = self.operation(operation)
        self.assertEqual(failed["OperationStatus"], "FAILED")
        self.assertEqual(failed["OperationFailureDetails"]["ErrorInfo"]["ErrorString"], "planned")
        self.assertEqual(self.key(), "app-2.jar")

    def test_planned_start_that_never_runs(self):
        self.stack(self.template())
        self.plan("StartApplication", "hang")
        operation = self.flink.start_application(ApplicationName="app")["OperationId"]
        time.sleep(1)
        self.assertEqual(self.status(), "STARTING")
        self.flink.stop_application(ApplicationName="app", Force=True)
        self.assertEqual(self.operation(operation)["OperationStatus"], "CANCELLED")
        self.eventually(self.status, "READY")
        self.plan("StartApplication", "fail")
        self.flink.start_application(ApplicationName="app")
        self.eventually(self.status, "READY")
        self.run_application()

    def test_system_rollback_of_a_failed_update(self):
        template = self.template()
        configuration = template["Application"]["Properties"]["ApplicationConfiguration"]
        configuration["ApplicationSystemRollbackConfiguration"] = {"RollbackEnabled": True}
        self.stack(template)
        self.run_application()
        self.plan("UpdateApplication", "fail")
        self.update()
        self.eventually(self.status, "RUNNING")
        self.assertEqual((self.key(), self.detail()["ApplicationVersionRolledBackTo"]), ("app-1.jar", 1))

    def test_drift(self):
        self.stack(self.template())
        self.assertEqual(self.drift("Application"), "IN_SYNC")
        self.update()
        self.eventually(self.status, "READY")
        self.assertEqual(self.drift("Application"), "MODIFIED")

    def test_rollback_and_versions(self):
        template = self.template()
        configuration = template["Application"]["Properties"]["ApplicationConfiguration"]
        configuration["ApplicationSnapshotConfiguration"] = {"SnapshotsEnabled": True}
        self.stack(template)
        current = {"ApplicationName": "app", "CurrentApplicationVersionId": 1}
        self.refused("ResourceInUseException", self.flink.rollback_application, **current)
        self.run_application()
        self.refused("InvalidRequestException", self.flink.rollback_application, **current)
        self.update()
        self.refused("ConcurrentModificationException", self.flink.rollback_application, **current)
        answer = self.flink.rollback_application(ApplicationName="app", CurrentApplicationVersionId=2)
        self.assertEqual(answer["ApplicationDetail"]["ApplicationStatus"], "ROLLING_BACK")
        self.eventually(self.status, "RUNNING")
        self.assertEqual((self.key(), self.detail()["ApplicationVersionId"]), ("app-1.jar", 3))
        second = self.flink.describe_application_version(ApplicationName="app", ApplicationVersionId=2)
        self.assertEqual(self.key(second["ApplicationVersionDetail"]), "app-2.jar")
        unknown = {"ApplicationName": "app", "ApplicationVersionId": 9}
        self.refused("ResourceNotFoundException", self.flink.describe_application_version, **unknown)
        summaries = self.flink.list_applications()["ApplicationSummaries"]
        self.assertEqual([row["ApplicationName"] for row in summaries], ["app"])


    def test_rollback_needs_a_snapshot(self):
        self.stack(self.template())
        self.run_application()
        self.update()
        self.eventually(self.status, "RUNNING")
        current = {"ApplicationName": "app", "CurrentApplicationVersionId": 2}
        message = self.refused("InvalidRequestException", self.flink.rollback_application, **current)
        self.assertIn("no snapshot", message)

    def snapshot_status(self, name):
        found = self.flink.describe_application_snapshot(ApplicationName="app", SnapshotName=name)
        return found["SnapshotDetails"]["SnapshotStatus"]

    def test_snapshots_take_their_time_and_may_fail(self):
        self.stack(self.template())
        self.run_application()
        self.flink.create_application_snapshot(ApplicationName="app", SnapshotName="good")
        self.assertEqual(self.snapshot_status("good"), "CREATING")
        self.eventually(lambda: self.snapshot_status("good"), "READY")
        self.plan("CreateApplicationSnapshot", "fail")
        self.flink.create_application_snapshot(ApplicationName="app", SnapshotName="bad")
        self.eventually(lambda: self.snapshot_status("bad"), "FAILED")
        again = {"ApplicationName": "app", "SnapshotName": "good"}
        self.refused("ResourceInUseException", self.flink.create_application_snapshot, **again)

    def test_updates_restore_only_snapshots_that_are_there(self):
        self.stack(self.template())
        self.run_application()
        token = self.detail()["ConditionalToken"]
        self.flink.create_application_snapshot(ApplicationName="app", SnapshotName="good")
        self.eventually(lambda: self.snapshot_status("good"), "READY")

        def restoring(name):
            restore = {"ApplicationRestoreType": "RESTORE_FROM_CUSTOM_SNAPSHOT", "SnapshotName": name}
            run = {
                "ApplicationRestoreConfiguration": restore,
                "FlinkRunConfiguration": {"AllowNonRestoredState": True},
            }
            return {"ApplicationName": "app", "ConditionalToken": token, "RunConfigurationUpdate": run}

        self.refused("InvalidArgumentException", self.flink.update_application, **restoring("none"))
        self.flink.update_application(**restoring("good"))
        self.eventually(self.status, "RUNNING")
        described = self.detail()["ApplicationConfigurationDescription"]["RunConfigurationDescription"]
        self.assertEqual(described["ApplicationRestoreConfigurationDescription"]["SnapshotName"], "good")
        self.assertTrue(described["FlinkRunConfigurationDescription"]["AllowNonRestoredState"])
        latest = {"ApplicationRestoreConfiguration": {"ApplicationRestoreType": "RESTORE_FROM_LATEST_SNAPSHOT"}}
        token = self.detail()["ConditionalToken"]
        self.flink.update_application(ApplicationName="app", ConditionalToken=token, RunConfigurationUpdate=latest)
        self.eventually(self.status, "RUNNING")
        described = self.detail()["ApplicationConfigurationDescription"]["RunConfigurationDescription"]
        self.assertNotIn("SnapshotName", described["ApplicationRestoreConfigurationDescription"])
        self.assertFalse(described["FlinkRunConfigurationDescription"]["AllowNonRestoredState"])

    def test_busy_for_some_looks(self):
        self.stack(self.template())
        place = {"account": self.account, "region": REGION, "application": "app"}
        self.server.control("POST", "flink/busy", {**place, "status": "AUTOSCALING", "looks": 2})
        self.assertEqual([self.status() for _ in range(3)], ["AUTOSCALING", "AUTOSCALING", "READY"])


class Moments(Account):
    """What happens when a release enters a state, and calls that are refused."""

    RECORD = "/tidegate/app/release-record"

    def moments(self, *moments):
        plan = {"account": self.account, "region": REGION, "record": self.RECORD, "application": "app"}
        self.server.control("PUT", "moments", {**plan, "moments": list(moments)})

    def left(self):
        place = {"account": self.account, "region": REGION, "record": self.RECORD}
        return self.server.control("POST", "moments/left", place)["left"]

    def enter(self, state, seen):
        value = json.dumps({"state": state, "seen": seen})
        self.client("ssm").put_parameter(Name=self.RECORD, Value=value, Type="String", Overwrite=True)

    def values(self, seen, minutes, **query):
        answer = self.client("cloudwatch").get_metric_data(
            MetricDataQueries=[{"Id": "m", **query}], StartTime=seen, EndTime=seen + 60 * minutes
        )
        return answer["MetricDataResults"][0]["Values"]

    def test_metrics_from_the_entry_of_a_state_on(self):
        seen = 1_795_000_020
        self.moments({"state": "watch", "do": {"metrics": {"fullRestarts": [0, None, 2], "millisBehindLatest": [9]}}})
        self.enter("start", seen - 600)
        self.assertEqual(len(self.left()), 1)
        self.enter("watch", seen)
        self.assertEqual(self.left(), [])
        metric = {
            "Namespace": "AWS/KinesisAnalytics",
            "MetricName": "fullRestarts",
            "Dimensions": [{"Name": "Application", "Value": "app"}],
        }
        restarts = {"MetricStat": {"Metric": metric, "Period": 60, "Stat": "Maximum"}}
        self.assertEqual(self.values(seen, 2, **restarts), [0.0])
        self.assertEqual(self.values(seen, 5, **restarts), [0.0, 2.0])
        terms = 'Namespace="AWS/KinesisAnalytics" MetricName="millisBehindLatest" Application="{}"'
        for application, values in (("app", [9.0]), ("other", [])):
            search = f"MAX(SEARCH('{terms.format(application)}', 'Maximum', 60))"
            self.assertEqual(self.values(seen, 5, Expression=search), values)
        self.refused("ValidationError", self.values, seen, 5, Expression="m1 + m2")

    def test_calls_that_are_refused(self):
        answer = {"service": "ssm", "operation": "GetParameter", "code": "ParameterNotFound", "times": 1}
        self.enter("start", 1)
        self.server.control("PUT", "answers", {"account": self.account, "answers": [answer]})
        ssm = self.client("ssm")
        self.refused("ParameterNotFound", ssm.get_parameter, Name=self.RECORD)
        self.assertIn("start", ssm.get_parameter(Name=self.RECORD)["Parameter"]["Value"])
        self.server.control("PUT", "answers", {"account": self.account, "answers": []})

    def test_what_is_no_moment_is_refused(self):
        with self.assertRaisesRegex(AssertionError, "a moment has a state"):
            self.moments({"state": "watch", "do": {"dance": {}}})


class Faults(Account):
    """The proxy in front of a server of its own."""

    def setUp(self):
        super().setUp()
        self.server = Server("--faults")
        self.addCleanup(self.server.close)

    def rules(self, *rules):
        self.server.control("PUT", "faults", list(rules))

    def test_throttling_in_the_shape_of_each_protocol(self):
        self.rules({"code": "ThrottlingException", "times": -1})
        calls = (
            ("codepipeline", "list_pipelines"),
            ("cloudformation", "list_stacks"),
            ("cloudwatch", "describe_alarms"),
            ("lambda", "list_functions"),
            ("s3", "list_buckets"),
        )
        for service, operation in calls:
            with self.subTest(service):
                message = self.refused("ThrottlingException", getattr(self.client(service), operation))
                self.assertIn("Rate exceeded", message)
        self.server.control("DELETE", "faults")
        self.client("s3").list_buckets()

    def test_rules_name_operation_count_and_offset(self):
        which = {"service": "kinesis", "operation": "ListStreams"}
        self.rules({**which, "after": 1, "times": 1, "code": "InternalFailure", "status": 500})
        kinesis = self.client("kinesis")
        kinesis.list_streams()
        with self.assertRaises(ClientError) as caught:
            kinesis.list_streams()
        self.assertEqual(caught.exception.response["ResponseMetadata"]["HTTPStatusCode"], 500)
        kinesis.list_streams()
        self.client("sts").get_caller_identity()
        calls = self.server.control("GET", "calls")
        self.assertEqual([call["injected"] for call in calls], [False, True, False, False])
        self.assertEqual((calls[3]["service"], calls[3]["operation"]), ("sts", "GetCallerIdentity"))
        self.assertEqual(self.server.control("GET", "faults")[0]["hits"], 1)

    def test_a_client_that_retries_gets_through(self):
        self.rules({"service": "sts", "code": "Throttling", "times": 2})
        sts = self.client("sts", retries={"total_max_attempts": 4, "mode": "standard"})
        self.assertEqual(sts.get_caller_identity()["Account"], self.account)

    def test_cut_connections(self):
        self.rules({"operation": "CreateStream", "cut": True})
        kinesis = self.client("kinesis")
        with self.assertRaises((ConnectionClosedError, EndpointConnectionError)):
            kinesis.create_stream(StreamName="s", ShardCount=1)
        kinesis.create_stream(StreamName="s", ShardCount=1)

    def test_a_lost_answer_comes_after_the_effect(self):
        self.rules({"operation": "CreateStream", "cut": True, "late": True})
        kinesis = self.client("kinesis")
        with self.assertRaises((ConnectionClosedError, EndpointConnectionError)):
            kinesis.create_stream(StreamName="s", ShardCount=1)
        self.assertEqual(kinesis.list_streams()["StreamNames"], ["s"])

    def test_a_stale_read_is_the_answer_of_the_last_time(self):
        kinesis = self.client("kinesis")
        self.assertEqual(kinesis.list_streams()["StreamNames"], [])
        self.rules({"operation": "ListStreams|CreateStream", "stale": True, "times": 2})
        kinesis.create_stream(StreamName="s", ShardCount=1)
        self.assertEqual(kinesis.list_streams()["StreamNames"], [])
        self.assertEqual(kinesis.list_streams()["StreamNames"], ["s"])

    def test_a_rate_is_a_share_that_its_seed_repeats(self):
        def refused(seed):
            self.rules({"operation": "GetCallerIdentity", "code": "Throttling", "times": -1, "rate": 0.5, "seed": seed})
            outcomes = []
            for _ in range(40):
                try:
                    self.client("sts").get_caller_identity()
                    outcomes.append(False)
                except ClientError:
                    outcomes.append(True)
            return outcomes

        first = refused(1)
        self.assertEqual(first, refused(1))
        self.assertNotEqual(first, refused(2))
        self.assertTrue(10 < sum(first) < 30, first)

    def test_only_the_named_account_meets_a_fault(self):
        self.rules({"account": "999988887777", "code": "AccessDenied", "status": 403, "times": -1})
        self.client("sts").get_caller_identity()
        self.assertEqual(self.server.control("GET", "calls")[0]["account"], self.account)

    def test_all_but_reading_is_refused(self):
        self.rules({"operation": "(?!Describe|Get|List|GET |HEAD ).*", "code": "AccessDenied", "status": 403, "times": -1})
        kinesis = self.client("kinesis")
        kinesis.list_streams()
        self.refused("AccessDenied", kinesis.create_stream, StreamName="s", ShardCount=1)

    def test_rest_calls_are_named_by_method_and_path(self):
        self.rules({"service": "s3", "operation": "PUT /mine/.*", "code": "SlowDown", "status": 503})
        self.bucket("mine")
        self.refused("SlowDown", self.put, "mine", "key", b"x")
        self.put("mine", "key", b"x")

    def test_delays(self):
        self.rules({"operation": "GetCallerIdentity", "delay_seconds": 2})
        with self.assertRaises(ReadTimeoutError):
            self.client("sts", read_timeout=0.5).get_caller_identity()

    def test_objects_pass_unharmed(self):
        self.bucket("plain")
        self.put("plain", "key", bytes(range(256)) * 500)
        self.assertEqual(self.read("plain", "key"), bytes(range(256)) * 500)
        self.assertEqual(self.client("s3").head_object(Bucket="plain", Key="key")["ContentLength"], 128_000)


class Control(Account):
    def test_ends_with_a_pipeline_still_running(self):
        self.server = Server()
        self.pipeline_with_source(stage("Gate", approval()))
        self.approval_token("Gate")
        self.assertEqual(self.server.close(), 0)

    def test_settings_and_reset(self):
        server = Server()
        self.addCleanup(server.close)
        self.server = server
        self.assertEqual(server.control("GET", "ready"), {"status": "ready"})
        settings = server.control("PUT", "settings", {"lambda_answer_seconds": 0.1})
        self.assertEqual((settings["lambda_answer_seconds"], settings["continuation_seconds"]), (0.1, 0.3))
        with self.assertRaisesRegex(AssertionError, "unknown setting"):
            server.control("PUT", "settings", {"colour": 1})
        with self.assertRaisesRegex(AssertionError, "404"):
            server.control("GET", "nothing")
        self.pipeline_with_source(stage("Gate", approval()))
        self.client("codecommit").create_repository(repositoryName="repo")
        self.client("codeconnections").create_connection(ConnectionName="c", ProviderType="GitHub")
        server.control("POST", "reset", {})
        self.assertEqual(self.client("codepipeline").list_pipelines()["pipelines"], [])
        self.assertEqual(self.client("codecommit").list_repositories()["repositories"], [])
        self.assertEqual(self.client("codeconnections").list_connections()["Connections"], [])
        self.assertEqual(self.client("s3").list_buckets()["Buckets"], [])


class Runs(Account):
    """Steps, job runs, statements and index templates: states as planned, errors of the service models."""

    def plan(self, service, holds, states, reason=None):
        body = {"account": self.account, "region": REGION, "service": service, "holds": holds, "states": states}
        self.server.control("POST", "runs/plan", {**body, "reason": reason})

    def cluster(self):
        instances = {"KeepJobFlowAliveWhenNoSteps": True, "MasterInstanceType": "m7g.xlarge", "InstanceCount": 1}
        return self.client("emr").run_job_flow(Name="c", ReleaseLabel="emr-7.9.0", Instances=instances)["JobFlowId"]

    def test_steps_go_through_planned_states(self):
        emr, cluster = self.client("emr"), self.cluster()
        self.plan("emr", "load", ["RUNNING", "FAILED"], "No space left.")
        step = {"Name": "load", "ActionOnFailure": "CONTINUE", "HadoopJarStep": {"Jar": "command-runner.jar"}}
        [step_id] = emr.add_job_flow_steps(JobFlowId=cluster, Steps=[step])["StepIds"]
        seen = [emr.describe_step(ClusterId=cluster, StepId=step_id)["Step"]["Status"] for _ in range(3)]
        self.assertEqual([status["State"] for status in seen], ["RUNNING", "FAILED", "FAILED"])
        self.assertEqual(seen[1]["FailureDetails"]["Message"], "No space left.")
        self.assertEqual(emr.list_steps(ClusterId=cluster, StepStates=["RUNNING"])["Steps"], [])

    def test_a_cancelled_step_ends_soon_and_a_terminated_cluster_takes_none(self):
        emr, cluster = self.client("emr"), self.cluster()
        step = {"Name": "load", "HadoopJarStep": {"Jar": "command-runner.jar"}, "ActionOnFailure": "CONTINUE"}
        [step_id] = emr.add_job_flow_steps(JobFlowId=cluster, Steps=[step])["StepIds"]
        [info] = emr.cancel_steps(ClusterId=cluster, StepIds=[step_id])["CancelStepsInfoList"]
        self.assertEqual(info["Status"], "SUBMITTED")
        states = [emr.list_steps(ClusterId=cluster)["Steps"][0]["Status"]["State"] for _ in range(2)]
        self.assertEqual(states, ["CANCEL_PENDING", "CANCELLED"])
        emr.terminate_job_flows(JobFlowIds=[cluster])
        self.refused("InvalidRequestException", emr.add_job_flow_steps, JobFlowId=cluster, Steps=[step])

    def test_the_same_token_is_the_same_job_run(self):
        emr = self.client("emr-serverless")
        role = f"arn:aws:iam::{self.account}:role/jobs"
        driver = {"sparkSubmit": {"entryPoint": "a.py"}}
        request = {"applicationId": "00abc123", "executionRoleArn": role, "name": "load", "jobDriver": driver}
        runs = [emr.start_job_run(clientToken=token, **request)["jobRunId"] for token in ("1", "1", "2")]
        self.assertTrue(runs[0] == runs[1] != runs[2], runs)
        self.assertEqual(emr.get_job_run(applicationId="00abc123", jobRunId=runs[0])["jobRun"]["state"], "SUBMITTED")
        emr.cancel_job_run(applicationId="00abc123", jobRunId=runs[0])
        listed = emr.list_job_runs(applicationId="00abc123", states=["CANCELLING"])["jobRuns"]
        self.assertEqual([run["id"] for run in listed], [runs[0]])
        self.refused("ResourceNotFoundException", emr.get_job_run, applicationId="00abc123", jobRunId="0")

    def test_the_same_token_is_the_same_statement(self):
        redshift = self.client("redshift-data")
        self.plan("redshift-data", "two", ["FAILED"], "ERROR: syntax error")
        namespace = self.client("redshift-serverless").get_namespace(namespaceName="sales")["namespace"]
        where = {"WorkgroupName": "sales", "Database": "d", "SecretArn": namespace["adminPasswordSecretArn"]}
        ids = [redshift.execute_statement(Sql=sql, ClientToken=sql, **where)["Id"] for sql in ("one", "one", "two")]
        self.assertTrue(ids[0] == ids[1] != ids[2], ids)
        self.assertEqual(redshift.describe_statement(Id=ids[2])["Error"], "ERROR: syntax error")
        states = [redshift.describe_statement(Id=ids[0])["Status"] for _ in range(2)]
        self.assertEqual(states, ["STARTED", "FINISHED"])
        self.refused("ValidationException", redshift.execute_statement, Sql="one", Database="d", WorkgroupName="sales")


if __name__ == "__main__":
    unittest.main()
