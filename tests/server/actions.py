"""What each action provider does when a pipeline runs, through the other services of this server.

Where nothing local can produce a result (a Git host, a build), the test places
it in a bucket: see SOURCES_BUCKET and BUILDS_BUCKET.
"""

import hashlib
import io
import json
import time
import uuid
import zipfile

from botocore.exceptions import ClientError

import connections
import engine
import jobs
from host import SETTINGS, Scope

# Bucket names are global, so a test's account is part of the name.
SOURCES_BUCKET = "tidegate-test-sources-{account}"
BUILDS_BUCKET = "tidegate-test-builds-{account}"
STACK_SUCCEEDED = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE")
STACK_REPLACEABLE = (
    "ROLLBACK_COMPLETE",
    "ROLLBACK_FAILED",
    "CREATE_FAILED",
    "DELETE_FAILED",
    "UPDATE_ROLLBACK_FAILED",
)


class ActionFailed(Exception):
    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


class Abandoned(Exception):
    """The execution was stopped without waiting for this action."""


class Context:
    """One action at work: its configuration, artifacts, clients and results."""

    def __init__(self, execution, run):
        self.execution, self.run, self.action = execution, run, run.declaration

    @property
    def configuration(self):
        return self.run.configuration

    @property
    def scope(self):
        """Where the action works: the account of its role, the region of the action."""
        home = self.execution.scope
        role = self.action.get("roleArn")
        account = role.split(":")[4] if role else home.account
        return Scope(account, self.action.get("region", home.region))

    def client(self, service):
        return self.scope.client(service)

    @property
    def store(self):
        return self.execution.scope.client("s3")

    @property
    def bucket(self):
        definition = self.execution.definition
        one = definition.get("artifactStore") or definition["artifactStores"][self.execution.scope.region]
        return one["location"]

    @property
    def input_names(self):
        return [artifact["name"] for artifact in self.action.get("inputArtifacts", [])]

    @property
    def output_names(self):
        return [artifact["name"] for artifact in self.action.get("outputArtifacts", [])]

    def new_location(self, artifact):
        pipeline = self.execution.definition["name"]
        return {"bucketName": self.bucket, "objectKey": f"{pipeline[:20]}/{artifact[:10]}/{uuid.uuid4().hex[:7]}"}

    def save(self, artifact, data):
        location = self.new_location(artifact)
        self.store.put_object(Bucket=location["bucketName"], Key=location["objectKey"], Body=data)
        self.run.outputs[artifact] = location

    def load(self, artifact):
        if artifact not in self.input_names:
            raise ActionFailed("ConfigurationError", f"Artifact {artifact} is not an input of the action")
        location = self.execution.artifacts[artifact]
        return self.store.get_object(Bucket=location["bucketName"], Key=location["objectKey"])["Body"].read()

    def load_file(self, reference):
        """The text of a file given as `Artifact::path`."""
        artifact, separator, path = reference.partition("::")
        if not separator:
            raise ActionFailed("ConfigurationError", f"{reference} is not of the form Artifact::file")
        try:
            return _archive(self.load(artifact)).read(path).decode()
        except KeyError as error:
            raise ActionFailed("ConfigurationError", f"File {path} is not in artifact {artifact}") from error

    def placed(self, bucket, key):
        """The answer for an object a test placed in one of the documented buckets, or None."""
        try:
            return self.store.get_object(Bucket=bucket.format(account=self.execution.scope.account), Key=key)
        except ClientError:
            return None

    def placed_result(self, key):
        found = self.placed(BUILDS_BUCKET, key)
        return found and found["Body"].read()

    def wait_until(self, condition):
        """Wait for a change of state; an abandoned execution ends the waiting."""
        with engine.CHANGED:
            engine.CHANGED.wait_for(lambda: self.execution.abandoned or condition())
        self.check_abandoned()

    def check_abandoned(self):
        if self.execution.abandoned:
            raise Abandoned


def perform(context):
    kind = context.action["actionTypeId"]
    performer = PERFORMERS.get((kind["category"], kind["provider"]))
    if performer is None:
        raise ActionFailed("JobFailed", f"This server does not run actions of provider {kind['provider']}")
    try:
        performer(context)
    except ClientError as error:
        raise ActionFailed("JobFailed", str(error)) from error


def _archive(data):
    try:
        return zipfile.ZipFile(io.BytesIO(data))
    except zipfile.BadZipFile as error:
        raise ActionFailed("ConfigurationError", "The artifact is not a ZIP archive") from error


def _zip_of(files):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return buffer.getvalue()


def s3_source(context):
    bucket, key = context.configuration["S3Bucket"], context.configuration["S3ObjectKey"]
    if context.client("s3").get_bucket_versioning(Bucket=bucket).get("Status") != "Enabled":
        raise ActionFailed("ConfigurationError", f"The source bucket {bucket} must have versioning enabled")
    version = context.execution.revisions.get(context.action["name"])
    answer = context.client("s3").get_object(Bucket=bucket, Key=key, **({"VersionId": version} if version else {}))
    context.save(context.output_names[0], answer["Body"].read())
    context.run.variables = {
        "BucketName": bucket,
        "ObjectKey": key,
        "ETag": answer["ETag"].strip('"'),
        "VersionId": answer["VersionId"],
    }
    context.run.summary = f"Amazon S3 version id: {answer['VersionId']}"
    context.run.revision = {"revisionId": answer["VersionId"], "revisionSummary": context.run.summary}


def connection_source(context):
    """The repository is a ZIP a test placed at <sources bucket>/<owner>/<repo>/<branch>.zip."""
    connection, repository = context.configuration["ConnectionArn"], context.configuration["FullRepositoryId"]
    connections.require_available(connection)
    _take_placed_branch(context, repository)
    context.run.variables.update(ConnectionArn=connection, FullRepositoryName=repository)


def codecommit_source(context):
    """The repository is a ZIP a test placed at <sources bucket>/codecommit/<repository>/<branch>.zip."""
    repository = context.configuration["RepositoryName"]
    context.client("codecommit").get_repository(repositoryName=repository)
    _take_placed_branch(context, f"codecommit/{repository}")
    context.run.variables.update(RepositoryName=repository, CommitterDate=context.run.variables["AuthorDate"])


def _take_placed_branch(context, repository):
    branch = context.configuration["BranchName"]
    answer = context.placed(SOURCES_BUCKET, f"{repository}/{branch}.zip")
    if answer is None:
        raise ActionFailed("RevisionUnavailable", f"No branch [{branch}] found for repository {repository}")
    data = answer["Body"].read()
    commit = context.execution.revisions.get(context.action["name"]) or hashlib.sha1(data).hexdigest()
    context.save(context.output_names[0], data)
    context.run.variables = {
        "AuthorDate": answer["LastModified"].strftime("%Y-%m-%dT%H:%M:%SZ"),
        "BranchName": branch,
        "CommitId": commit,
        "CommitMessage": "Placed by a test",
    }
    context.run.revision = {"revisionId": commit, "revisionSummary": context.run.variables["CommitMessage"]}


def manual_approval(context):
    with engine.CHANGED:
        context.run.approval_token = str(uuid.uuid4())
        engine.CHANGED.notify_all()
    answers = context.execution.pipeline.approvals
    context.wait_until(lambda: context.run.approval_token in answers)
    answer = answers[context.run.approval_token]
    context.run.summary = answer["summary"]
    if answer["status"] != "Approved":
        raise ActionFailed("JobFailed", f"Rejected: {answer['summary']}")


def s3_deploy(context):
    configuration = context.configuration
    data, s3 = context.load(context.input_names[0]), context.client("s3")
    key = configuration.get("ObjectKey", "")
    if configuration["Extract"] != "true":
        s3.put_object(Bucket=configuration["BucketName"], Key=key, Body=data)
        return
    archive = _archive(data)
    for name in archive.namelist():
        if not name.endswith("/"):
            path = f"{key.rstrip('/')}/{name}".lstrip("/")
            s3.put_object(Bucket=configuration["BucketName"], Key=path, Body=archive.read(name))


def cloudformation_deploy(context):
    performers = {
        "CREATE_UPDATE": _create_or_update_stack,
        "REPLACE_ON_FAILURE": _replace_failed_stack,
        "CHANGE_SET_REPLACE": _replace_change_set,
        "CHANGE_SET_EXECUTE": _execute_change_set,
        "DELETE_ONLY": _delete_stack,
    }
    mode, stack = context.configuration["ActionMode"], context.configuration["StackName"]
    performers[mode](context, stack)
    if mode != "DELETE_ONLY":
        _publish_stack_outputs(context, stack)


def _create_or_update_stack(context, stack):
    cloudformation = context.client("cloudformation")
    exists = _stack_status(context, stack) is not None
    change = cloudformation.update_stack if exists else cloudformation.create_stack
    try:
        change(StackName=stack, **_stack_arguments(context))
    except ClientError as error:
        if "No updates are to be performed" not in str(error):
            raise
        return
    _wait_for_stack(context, stack)


def _replace_failed_stack(context, stack):
    if _stack_status(context, stack) in STACK_REPLACEABLE:
        _delete_stack(context, stack)
    _create_or_update_stack(context, stack)


def _replace_change_set(context, stack):
    cloudformation = context.client("cloudformation")
    name = {"StackName": stack, "ChangeSetName": context.configuration["ChangeSetName"]}
    status = _stack_status(context, stack)
    if status is not None:
        cloudformation.delete_change_set(**name)
    kind = "CREATE" if status in (None, "REVIEW_IN_PROGRESS") else "UPDATE"
    cloudformation.create_change_set(**name, ChangeSetType=kind, **_stack_arguments(context))
    change_set = _wait_for_change_set(context, name)
    if change_set["Status"] == "FAILED" and not _is_empty(change_set):
        raise ActionFailed("JobFailed", change_set.get("StatusReason", "The change set failed"))


def _execute_change_set(context, stack):
    name = {"StackName": stack, "ChangeSetName": context.configuration["ChangeSetName"]}
    if _is_empty(_wait_for_change_set(context, name)):
        return
    context.client("cloudformation").execute_change_set(**name)
    _wait_for_stack(context, stack)


def _delete_stack(context, stack):
    context.client("cloudformation").delete_stack(StackName=stack)
    while (status := _stack_status(context, stack)) not in (None, "DELETE_COMPLETE"):
        if status == "DELETE_FAILED":
            raise ActionFailed("JobFailed", f"Stack {stack} is DELETE_FAILED")
        _pause(context)


def _stack_arguments(context):
    configuration = context.configuration
    template_configuration = json.loads(
        context.load_file(configuration["TemplateConfiguration"]) if "TemplateConfiguration" in configuration else "{}"
    )
    overrides = json.loads(configuration.get("ParameterOverrides", "{}"))
    parameters = {
        **template_configuration.get("Parameters", {}),
        **{name: _override_value(context, value) for name, value in overrides.items()},
    }
    arguments = {
        "TemplateBody": context.load_file(configuration["TemplatePath"]),
        "Parameters": [{"ParameterKey": name, "ParameterValue": str(value)} for name, value in parameters.items()],
        "Tags": [{"Key": key, "Value": value} for key, value in template_configuration.get("Tags", {}).items()],
        "Capabilities": [name for name in configuration.get("Capabilities", "").split(",") if name],
    }
    if "RoleArn" in configuration:
        arguments["RoleARN"] = configuration["RoleArn"]
    return arguments


def _override_value(context, value):
    """Fn::GetArtifactAtt and Fn::GetParam are the only functions ParameterOverrides may hold."""
    if not isinstance(value, dict):
        return value
    if "Fn::GetParam" in value:
        artifact, path, key = value["Fn::GetParam"]
        return json.loads(context.load_file(f"{artifact}::{path}"))[key]
    artifact, attribute = value["Fn::GetArtifactAtt"]
    location = context.execution.artifacts[artifact]
    bucket, key = location["bucketName"], location["objectKey"]
    return {"BucketName": bucket, "ObjectKey": key, "URL": f"https://s3.amazonaws.com/{bucket}/{key}"}[attribute]


def _stack_status(context, stack):
    try:
        return context.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"]
    except ClientError as error:
        if "does not exist" in str(error):
            return None
        raise


def _wait_for_stack(context, stack):
    while (status := _stack_status(context, stack)).endswith("IN_PROGRESS"):
        _pause(context)
    if status not in STACK_SUCCEEDED:
        raise ActionFailed("JobFailed", f"Stack {stack} is {status}")


def _wait_for_change_set(context, name):
    while True:
        change_set = context.client("cloudformation").describe_change_set(**name)
        if not change_set["Status"].endswith(("PENDING", "IN_PROGRESS")):
            return change_set
        _pause(context)


def _is_empty(change_set):
    reason = change_set.get("StatusReason", "")
    return change_set["Status"] == "FAILED" and ("didn't contain changes" in reason or "No updates" in reason)


def _pause(context):
    context.check_abandoned()
    time.sleep(0.1)


def _publish_stack_outputs(context, stack):
    if _stack_status(context, stack) is None:
        return
    described = context.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
    context.run.external_id = described["StackId"]
    context.run.variables = {output["OutputKey"]: output["OutputValue"] for output in described.get("Outputs", [])}
    file_name = context.configuration.get("OutputFileName")
    for artifact in context.output_names:
        files = {file_name: json.dumps(context.run.variables)} if file_name else {}
        context.save(artifact, _zip_of(files))


def lambda_invoke(context):
    """Calls the function, again after each continuation token, until its job succeeds or fails."""
    locations = {artifact: context.new_location(artifact) for artifact in context.output_names}
    token = None
    while True:
        result = _call_function(context, jobs.open_job(context, locations, token))
        context.run.variables.update(result.get("outputVariables", {}))
        details = result.get("executionDetails", {})
        context.run.summary = details.get("summary", context.run.summary)
        context.run.external_id = details.get("externalExecutionId", context.run.external_id)
        token = result.get("continuationToken")
        if token is None:
            context.run.outputs.update(locations)
            return
        time.sleep(SETTINGS.continuation_seconds)


def _call_function(context, job):
    """The function must answer with PutJobSuccessResult or PutJobFailureResult; returning is not enough."""
    call = context.client("lambda").invoke(
        FunctionName=context.configuration["FunctionName"], Payload=json.dumps({"CodePipeline.job": job.event})
    )
    with engine.CHANGED:
        engine.CHANGED.wait_for(
            lambda: context.execution.abandoned or job.answered, timeout=SETTINGS.lambda_answer_seconds
        )
    context.check_abandoned()
    jobs.close(job)
    if not job.answered:
        end = call["Payload"].read().decode() if call.get("FunctionError") else "it returned"
        raise ActionFailed("JobFailed", f"The Lambda function did not answer job {job.id} in time: {end}")
    if job.failure:
        context.run.external_id = job.failure.get("externalExecutionId")
        raise ActionFailed(job.failure["type"], job.failure["message"])
    return job.result


def codebuild(context):
    """Starts the build, whose commands MiniStack does not run; results are what a test placed for the project."""
    project, service = context.configuration["ProjectName"], context.client("codebuild")
    overrides = json.loads(context.configuration.get("EnvironmentVariables", "[]"))
    build = service.start_build(projectName=project, environmentVariablesOverride=overrides)["build"]
    context.run.external_id = build["id"]
    while build["buildStatus"] == "IN_PROGRESS":
        _pause(context)
        build = service.batch_get_builds(ids=[build["id"]])["builds"][0]
    if build["buildStatus"] != "SUCCEEDED":
        raise ActionFailed("JobFailed", f"Build {build['id']} ended with status {build['buildStatus']}")
    _take_placed_results(context, project)


def commands(context):
    """Recorded only; results are what a test placed under commands/<pipeline>/<action>."""
    context.run.summary = "Commands are recorded, not run"
    _take_placed_results(context, f"commands/{context.execution.definition['name']}/{context.action['name']}")


def _take_placed_results(context, place):
    failure = context.placed_result(f"{place}/failure.txt")
    if failure is not None:
        raise ActionFailed("JobFailed", failure.decode())
    context.run.variables = json.loads(context.placed_result(f"{place}/variables.json") or b"{}")
    for artifact in context.output_names:
        data = context.placed_result(f"{place}/{artifact}.zip") or context.placed_result(f"{place}/artifact.zip")
        context.save(artifact, context.load(context.input_names[0]) if data is None else data)


PERFORMERS = {
    ("Source", "S3"): s3_source,
    ("Source", "CodeStarSourceConnection"): connection_source,
    ("Source", "CodeCommit"): codecommit_source,
    ("Approval", "Manual"): manual_approval,
    ("Deploy", "S3"): s3_deploy,
    ("Deploy", "CloudFormation"): cloudformation_deploy,
    ("Invoke", "Lambda"): lambda_invoke,
    ("Build", "CodeBuild"): codebuild,
    ("Test", "CodeBuild"): codebuild,
    ("Compute", "Commands"): commands,
}
