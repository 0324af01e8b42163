"""What CodePipeline refuses when a pipeline is created or updated.

Names, lengths, patterns and enums come from the service model (see `host`);
here are the rules that span a pipeline. Errors carry the service's own codes.
"""

import json
import re
from collections import Counter
from dataclasses import dataclass

from host import ServiceError

REFERENCE = re.compile(r"#\{([^.}]+)\.([^}]+)\}")
RESERVED_NAMESPACES = {"codepipeline", "variables"}


@dataclass(frozen=True)
class ActionType:
    """Configuration keys and artifact counts of one action provider.

    `optional` is None where the provider's keys are not listed here: then any key passes.
    """

    required: tuple = ()
    optional: tuple | None = ()
    inputs: tuple = (0, 0)
    outputs: tuple = (0, 0)
    v2_only: bool = False


def _keys(text: str) -> tuple:
    return tuple(text.split())


_CODEBUILD = ActionType(
    _keys("ProjectName"),
    _keys("PrimarySource BatchEnabled CombineArtifacts EnvironmentVariables"),
    inputs=(1, 5),
    outputs=(0, 5),
)
_OTHER_DEPLOY = ActionType(optional=None, inputs=(1, 5))

ACTION_TYPES = {
    ("Source", "AWS", "CodeStarSourceConnection"): ActionType(
        _keys("ConnectionArn FullRepositoryId BranchName"), _keys("OutputArtifactFormat DetectChanges"), outputs=(1, 1)
    ),
    ("Source", "AWS", "CodeCommit"): ActionType(
        _keys("RepositoryName BranchName"), _keys("PollForSourceChanges OutputArtifactFormat"), outputs=(1, 1)
    ),
    ("Source", "AWS", "S3"): ActionType(
        _keys("S3Bucket S3ObjectKey"), _keys("PollForSourceChanges AllowOverrideForS3ObjectKey"), outputs=(1, 1)
    ),
    ("Source", "AWS", "ECR"): ActionType(_keys("RepositoryName"), _keys("ImageTag"), outputs=(1, 1)),
    ("Source", "ThirdParty", "GitHub"): ActionType(
        _keys("Owner Repo Branch OAuthToken"), _keys("PollForSourceChanges"), outputs=(1, 1)
    ),
    ("Build", "AWS", "CodeBuild"): _CODEBUILD,
    ("Test", "AWS", "CodeBuild"): _CODEBUILD,
    ("Build", "AWS", "ECRBuildAndPublish"): ActionType(
        _keys("ECRRepositoryName"), _keys("DockerFilePath ImageTags RegistryType"), inputs=(1, 1), v2_only=True
    ),
    ("Test", "AWS", "DeviceFarm"): ActionType(optional=None, inputs=(1, 1)),
    ("Compute", "AWS", "Commands"): ActionType(
        (),
        _keys("EnvironmentType ComputeType VpcId Subnets SecurityGroupIds"),
        inputs=(1, 10),
        outputs=(0, 1),
        v2_only=True,
    ),
    ("Deploy", "AWS", "CloudFormation"): ActionType(
        _keys("ActionMode StackName"),
        _keys(
            "Capabilities ChangeSetName OutputFileName ParameterOverrides RoleArn TemplateConfiguration TemplatePath"
        ),
        inputs=(0, 10),
        outputs=(0, 1),
    ),
    ("Deploy", "AWS", "CloudFormationStackSet"): ActionType(_keys("StackSetName TemplatePath"), None, inputs=(1, 3)),
    ("Deploy", "AWS", "CloudFormationStackInstances"): ActionType(_keys("StackSetName Regions"), None, inputs=(0, 2)),
    ("Deploy", "AWS", "S3"): ActionType(
        _keys("BucketName Extract"), _keys("ObjectKey KMSEncryptionKeyARN CannedACL CacheControl"), inputs=(1, 1)
    ),
    ("Deploy", "AWS", "Lambda"): ActionType(
        _keys("FunctionName"),
        _keys("FunctionAlias PublishedTargetVersion DeployStrategy Alarms"),
        inputs=(0, 1),
        v2_only=True,
    ),
    ("Invoke", "AWS", "Lambda"): ActionType(
        _keys("FunctionName"), _keys("UserParameters"), inputs=(0, 5), outputs=(0, 5)
    ),
    ("Invoke", "AWS", "StepFunctions"): ActionType(
        _keys("StateMachineArn"), _keys("ExecutionNamePrefix InputType Input"), inputs=(0, 1), outputs=(0, 1)
    ),
    ("Invoke", "AWS", "CodePipeline"): ActionType(
        _keys("PipelineName"), _keys("SourceRevisions Variables"), v2_only=True
    ),
    ("Invoke", "AWS", "InspectorScan"): ActionType(
        _keys("InspectorRunMode"), None, inputs=(0, 1), outputs=(1, 1), v2_only=True
    ),
    ("Approval", "AWS", "Manual"): ActionType((), _keys("NotificationArn CustomData ExternalEntityLink")),
    **{
        ("Deploy", "AWS", provider): _OTHER_DEPLOY
        for provider in _keys("CodeDeploy CodeDeployToECS ECS EKS EC2 ElasticBeanstalk ServiceCatalog AppConfig")
    },
}

CLOUDFORMATION_MODES = {
    "CREATE_UPDATE": _keys("TemplatePath RoleArn"),
    "REPLACE_ON_FAILURE": _keys("TemplatePath RoleArn"),
    "CHANGE_SET_REPLACE": _keys("ChangeSetName TemplatePath RoleArn"),
    "CHANGE_SET_EXECUTE": _keys("ChangeSetName"),
    "DELETE_ONLY": _keys("RoleArn"),
}


def check(pipeline: dict, region: str):
    """Raise the first rule broken by a pipeline declaration."""
    stages = pipeline["stages"]
    _check_stages(stages)
    _check_artifact_stores(pipeline, region)
    for stage in stages:
        for action in stage["actions"]:
            _check_action(pipeline, stage, action, region)
    _check_artifact_flow(stages)
    _check_namespaces(pipeline)
    _check_references(pipeline)
    _check_pipeline_type(pipeline)
    _check_triggers(pipeline)


def _structure(message):
    return ServiceError("InvalidStructureException", message)


def _action_error(message):
    return ServiceError("InvalidActionDeclarationException", message)


def _repeated(names):
    return [name for name, count in Counter(names).items() if count > 1]


def _is_source(action):
    return action["actionTypeId"]["category"] == "Source"


def _check_stages(stages):
    if not 2 <= len(stages) <= 50:
        raise _structure(f"Pipeline has {len(stages)} stage(s). There should be a minimum of 2 and a maximum of 50")
    for stage in stages:
        if not 1 <= len(stage["actions"]) <= 50:
            raise ServiceError(
                "InvalidStageDeclarationException", f"Stage {stage['name']} must have between 1 and 50 actions"
            )
        for name in _repeated(action["name"] for action in stage["actions"]):
            raise _structure(f"Action name {name} is used more than once in stage {stage['name']}")
    for name in _repeated(stage["name"] for stage in stages):
        raise _structure(f"Stage name {name} is used more than once")
    if not all(_is_source(action) for action in stages[0]["actions"]):
        raise _structure("Pipeline should start with a stage that only contains source actions")
    if any(_is_source(action) for stage in stages[1:] for action in stage["actions"]):
        raise _structure("Pipeline has a source action outside of its first stage")
    if sum(len(stage["actions"]) for stage in stages) > 500:
        raise _structure("Pipeline has more than 500 actions")


def _check_artifact_stores(pipeline, region):
    one, many = pipeline.get("artifactStore"), pipeline.get("artifactStores")
    if (one is None) == (many is None):
        raise _structure("Exactly one of artifactStore and artifactStores must be given")
    used = {action.get("region", region) for stage in pipeline["stages"] for action in stage["actions"]} | {region}
    if many is None:
        if used != {region}:
            raise _structure("A pipeline with cross-region actions needs artifactStores")
        return
    if missing := used - set(many):
        raise _structure(f"artifactStores has no artifact store for region(s) {', '.join(sorted(missing))}")


def _check_action(pipeline, stage, action, region):
    kind = action["actionTypeId"]
    where = f"action '{action['name']}' in stage '{stage['name']}'"
    if kind["owner"] != "AWS" and action.get("roleArn"):
        raise _action_error(f"roleArn is only supported for actions owned by AWS: {where}")
    same_region_only = kind["category"] == "Source" or kind["owner"] != "AWS"
    if same_region_only and action.get("region", region) != region:
        raise _action_error(f"{where} cannot be run in another region than the pipeline's")
    action_type = ACTION_TYPES.get((kind["category"], kind["owner"], kind["provider"]))
    if action_type is None or kind["version"] != "1":
        raise _action_error(
            f"ActionType (Category: '{kind['category']}', Provider: '{kind['provider']}', Owner: '{kind['owner']}', "
            f"Version: '{kind['version']}') in {where} is not available in region {region}"
        )
    if action_type.v2_only and pipeline.get("pipelineType", "V1") != "V2":
        raise _structure(f"{kind['provider']} in {where} is only available in a pipeline of type V2")
    _check_configuration(action, action_type, where)
    _check_artifact_counts(action, action_type, where)


def _check_configuration(action, action_type, where):
    configuration = action.get("configuration", {})
    _require(configuration, action_type.required, where)
    if action_type.optional is not None:
        for key in configuration:
            if key not in action_type.required + action_type.optional:
                raise _action_error(f"Action configuration for {where} contains unknown configuration '{key}'")
    provider = action["actionTypeId"]["provider"]
    if provider == "CloudFormation":
        _check_cloudformation(configuration, where)
    if provider == "S3" and configuration.get("Extract") == "false":
        _require(configuration, ("ObjectKey",), where)
    if provider == "CodeBuild" and len(action.get("inputArtifacts", [])) > 1:
        _require(configuration, ("PrimarySource",), where)
    if (provider == "Commands") != bool(action.get("commands")):
        raise _action_error(f"commands are required in a Commands action, and only there: {where}")


def _require(configuration, keys, where):
    for key in keys:
        if key not in configuration:
            raise _action_error(f"Action configuration for {where} is missing required configuration '{key}'")


def _check_cloudformation(configuration, where):
    mode = configuration["ActionMode"]
    if mode not in CLOUDFORMATION_MODES:
        raise _action_error(f"Action configuration for {where} has an unknown ActionMode '{mode}'")
    _require(configuration, CLOUDFORMATION_MODES[mode], where)
    overrides = configuration.get("ParameterOverrides")
    if overrides is not None:
        try:
            json.loads(REFERENCE.sub("reference", overrides))
        except ValueError as error:
            raise _action_error(f"ParameterOverrides of {where} is not valid JSON: {error}") from error


def _check_artifact_counts(action, action_type, where):
    for side, (low, high) in (("input", action_type.inputs), ("output", action_type.outputs)):
        count = len(action.get(f"{side}Artifacts", []))
        if not low <= count <= high:
            raise _action_error(
                f"{where} declares {count} {side} artifacts; the action type takes a minimum of {low} "
                f"and a maximum of {high}"
            )


def positions(stages):
    """Each action with its place in the order of execution: (stage index, runOrder)."""
    for index, stage in enumerate(stages):
        for action in stage["actions"]:
            yield (index, action.get("runOrder", 1)), action


def _check_artifact_flow(stages):
    produced = {}
    for place, action in positions(stages):
        for artifact in action.get("outputArtifacts", []):
            if artifact["name"] in produced:
                raise _structure(f"Output artifact name {artifact['name']} is used more than once")
            produced[artifact["name"]] = place
    for place, action in positions(stages):
        for artifact in action.get("inputArtifacts", []):
            if artifact["name"] not in produced or produced[artifact["name"]] >= place:
                raise _structure(
                    f"Input artifact {artifact['name']} of action {action['name']} is not produced by an earlier action"
                )


def _check_namespaces(pipeline):
    namespaces = [action["namespace"] for _, action in positions(pipeline["stages"]) if "namespace" in action]
    for name in _repeated(namespaces):
        raise _structure(f"Namespace {name} is used more than once")
    for name in RESERVED_NAMESPACES & set(namespaces):
        raise _structure(f"Namespace {name} is reserved")
    for name in _repeated(variable["name"] for variable in pipeline.get("variables", [])):
        raise _structure(f"Variable {name} is declared more than once")


def _check_references(pipeline):
    """A `#{namespace.key}` must point to an action that is finished before."""
    place_of = {action.get("namespace"): place for place, action in positions(pipeline["stages"])}
    variables = {variable["name"] for variable in pipeline.get("variables", [])}
    for place, action in positions(pipeline["stages"]):
        for value in action.get("configuration", {}).values():
            for namespace, key in REFERENCE.findall(value):
                if namespace == "variables" and key not in variables:
                    raise _structure(f"Action {action['name']} refers to variable {key}, which is not declared")
                if namespace in RESERVED_NAMESPACES:
                    continue
                if namespace not in place_of or place_of[namespace] >= place:
                    raise _structure(
                        f"Action {action['name']} refers to namespace {namespace}, which no earlier action has"
                    )


def _check_pipeline_type(pipeline):
    if pipeline.get("pipelineType", "V1") == "V2":
        return
    conditions = ("beforeEntry", "onSuccess", "onFailure")
    uses = [
        *(key for key in ("variables", "triggers") if pipeline.get(key)),
        *(key for stage in pipeline["stages"] for key in conditions if key in stage),
        *([pipeline["executionMode"]] if pipeline.get("executionMode", "SUPERSEDED") != "SUPERSEDED" else []),
    ]
    if uses:
        raise _structure(f"Only a pipeline of type V2 supports: {', '.join(sorted(set(uses)))}")


def _check_triggers(pipeline):
    connected = {
        action["name"]
        for _, action in positions(pipeline["stages"])
        if action["actionTypeId"]["provider"] == "CodeStarSourceConnection"
    }
    triggers = [trigger["gitConfiguration"] for trigger in pipeline.get("triggers", [])]
    for name in _repeated(trigger["sourceActionName"] for trigger in triggers):
        raise _structure(f"Source action {name} has more than one trigger")
    for trigger in triggers:
        if trigger["sourceActionName"] not in connected:
            raise _structure(f"Trigger names {trigger['sourceActionName']}, which is no connection source action")
        for push in trigger.get("push", []):
            if set(push) not in ({"tags"}, {"branches"}, {"branches", "filePaths"}):
                raise _structure("A push filter takes tags, branches, or branches with filePaths")
        for pull_request in trigger.get("pullRequest", []):
            if "branches" not in pull_request:
                raise _structure("A pull request filter needs branches")
