"""Reads every policy document of CloudFormation templates, as another party: parliament.

    judge.py ALLOWED.json TEMPLATE…

Intrinsic functions become example values: the ARN of a resource is of the form that its type has. What is found and not
in the list of what is allowed is printed, and the list's entries that allow nothing; then the exit code is 1.
"""

import json
import pathlib
import re
import sys
import warnings

import yaml

warnings.filterwarnings("ignore", category=UserWarning)
import parliament  # noqa: E402

PSEUDO = {
    "AWS::AccountId": "111122223333",
    "AWS::NoValue": None,
    "AWS::Partition": "aws",
    "AWS::Region": "eu-central-1",
    "AWS::StackId": "arn:aws:cloudformation:eu-central-1:111122223333:stack/example/0a1b2c3d",
    "AWS::StackName": "example",
    "AWS::URLSuffix": "amazonaws.com",
}
# The ARN of one resource of a type, where `{}` is its name.
ARNS = {
    "AWS::ApiGateway::RestApi": "arn:aws:apigateway:eu-central-1::/restapis/{}",
    "AWS::Athena::WorkGroup": "arn:aws:athena:eu-central-1:111122223333:workgroup/{}",
    "AWS::CodeBuild::Project": "arn:aws:codebuild:eu-central-1:111122223333:project/{}",
    "AWS::CodeConnections::Connection": "arn:aws:codeconnections:eu-central-1:111122223333:connection/{}",
    "AWS::CodePipeline::Pipeline": "arn:aws:codepipeline:eu-central-1:111122223333:{}",
    "AWS::DynamoDB::Table": "arn:aws:dynamodb:eu-central-1:111122223333:table/{}",
    "AWS::EMRServerless::Application": "arn:aws:emr-serverless:eu-central-1:111122223333:/applications/{}",
    "AWS::Events::EventBus": "arn:aws:events:eu-central-1:111122223333:event-bus/{}",
    "AWS::Events::Rule": "arn:aws:events:eu-central-1:111122223333:rule/{}",
    "AWS::IAM::ManagedPolicy": "arn:aws:iam::111122223333:policy/{}",
    "AWS::IAM::Role": "arn:aws:iam::111122223333:role/{}",
    "AWS::KMS::Key": "arn:aws:kms:eu-central-1:111122223333:key/{}",
    "AWS::Kinesis::Stream": "arn:aws:kinesis:eu-central-1:111122223333:stream/{}",
    "AWS::Kinesis::StreamConsumer": "arn:aws:kinesis:eu-central-1:111122223333:stream/example/consumer/{}:1760000000",
    "AWS::KinesisFirehose::DeliveryStream": "arn:aws:firehose:eu-central-1:111122223333:deliverystream/{}",
    "AWS::Lambda::Alias": "arn:aws:lambda:eu-central-1:111122223333:function:{}:live",
    "AWS::Lambda::Function": "arn:aws:lambda:eu-central-1:111122223333:function:{}",
    "AWS::Logs::LogGroup": "arn:aws:logs:eu-central-1:111122223333:log-group:{}:*",
    "AWS::MSK::Cluster": "arn:aws:kafka:eu-central-1:111122223333:cluster/{}/0a1b2c3d-1",
    "AWS::MSK::ServerlessCluster": "arn:aws:kafka:eu-central-1:111122223333:cluster/{}/0a1b2c3d-s1",
    "AWS::OpenSearchService::Domain": "arn:aws:es:eu-central-1:111122223333:domain/{}",
    "AWS::Redshift::Cluster": "arn:aws:redshift:eu-central-1:111122223333:cluster:{}",
    "AWS::RedshiftServerless::Namespace": "arn:aws:redshift-serverless:eu-central-1:111122223333:namespace/{}",
    "AWS::RedshiftServerless::Workgroup": "arn:aws:redshift-serverless:eu-central-1:111122223333:workgroup/{}",
    "AWS::S3::Bucket": "arn:aws:s3:::{}",
    "AWS::SNS::Topic": "arn:aws:sns:eu-central-1:111122223333:{}",
    "AWS::SQS::Queue": "arn:aws:sqs:eu-central-1:111122223333:{}",
    "AWS::SageMaker::Endpoint": "arn:aws:sagemaker:eu-central-1:111122223333:endpoint/{}",
    "AWS::SecretsManager::Secret": "arn:aws:secretsmanager:eu-central-1:111122223333:secret:{}-a1B2c3",
    "AWS::StepFunctions::StateMachine": "arn:aws:states:eu-central-1:111122223333:stateMachine:{}",
}
# The types whose `Ref` is their ARN.
REF_IS_ARN = {
    "AWS::CodeConnections::Connection",
    "AWS::IAM::ManagedPolicy",
    "AWS::Lambda::Alias",
    "AWS::SNS::Topic",
    "AWS::SageMaker::Endpoint",
    "AWS::SecretsManager::Secret",
    "AWS::StepFunctions::StateMachine",
}


class Loader(yaml.SafeLoader):
    pass


def tagged(loader, tag, node):
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    return {tag if tag in ("Ref", "Condition") else f"Fn::{tag}": value}


Loader.add_multi_constructor("!", tagged)


class Template:
    def __init__(self, path):
        document = yaml.load(path.read_text(), Loader)
        self.resources = document["Resources"]
        self.parameters = document.get("Parameters", {})
        # What one stack of an environment reads of the other passes through Systems Manager.
        beside = path.with_name("data.template.yaml")
        self.data = Template(beside) if beside.exists() and beside != path else None

    def arn(self, name):
        kind = self.resources[name]["Type"]
        _, service, _ = kind.lower().split("::")
        shape = ARNS.get(kind, f"arn:aws:{service}:eu-central-1:111122223333:{{}}")
        return shape.format(name.lower() if kind == "AWS::S3::Bucket" else name)

    def reference(self, name):
        if name in PSEUDO:
            return PSEUDO[name]
        given = f"{name.removeprefix('Data')}Given"
        if self.data and name in self.parameters and given in self.data.resources:
            return self.data.plain(self.data.resources[given]["Properties"]["Value"])
        if name in self.parameters:
            return str(self.parameters[name].get("Default", name))
        if self.resources[name]["Type"] in REF_IS_ARN:
            return self.arn(name)
        return name.lower() if self.resources[name]["Type"] == "AWS::S3::Bucket" else name

    def attribute(self, name, attribute):
        if attribute == "StreamArn":
            return f"{self.arn(name)}/stream/2026"
        if attribute.endswith("SecretArn"):
            return ARNS["AWS::SecretsManager::Secret"].format(name)
        if attribute.endswith(("Arn", "ARN")):
            return self.arn(name)
        return f"{name}-{attribute}"

    def substituted(self, text, given):
        def one(match):
            name = match[1]
            if name.startswith("!"):
                return "${" + name[1:] + "}"
            if name in given:
                return str(self.plain(given[name]))
            return str(self.attribute(*name.split(".", 1)) if "." in name else self.reference(name))

        return re.sub(r"\$\{([^}]+)\}", one, text)

    def plain(self, value):
        if isinstance(value, list):
            return [self.plain(item) for item in value]
        if not isinstance(value, dict):
            return value
        match list(value.items()):
            case [("Ref", name)]:
                return self.reference(name)
            case [("Fn::GetAtt", target)]:
                return self.attribute(*(target.split(".", 1) if isinstance(target, str) else target))
            case [("Fn::Sub", [text, given])]:
                return self.substituted(text, given)
            case [("Fn::Sub", text)]:
                return self.substituted(text, {})
            case [("Fn::Join", [separator, items])]:
                return separator.join(str(self.plain(item)) for item in items)
            case [("Fn::Select", [index, items])]:
                return self.plain(items)[int(index)]
            case [("Fn::Split", [separator, text])]:
                return self.plain(text).split(separator)
            case [("Fn::If", [_, yes, _])]:
                return self.plain(yes)
            case [("Fn::ImportValue", name)]:
                return str(self.plain(name))
        return {key: self.plain(item) for key, item in value.items()}

    def policies(self):
        """Every policy document, with the resource that holds it."""

        def visit(name, value):
            if isinstance(value, dict):
                # A trust policy has no resources, and nothing to say about them.
                if "Statement" in value and any("Resource" in item for item in value["Statement"]):
                    yield name, self.plain(value)
                value = value.values()
            elif not isinstance(value, list):
                return
            for item in value:
                yield from visit(name, item)

        for name, resource in self.resources.items():
            yield from visit(name, resource.get("Properties", {}))


def listed(value):
    return value if isinstance(value, list) else [value]


def findings(policy):
    """Rule, action, whether it is about a policy of a resource, and what is said. The statements of a policy complete
    each other: parliament looks at one with all resources of an action, and at each for the sake of its conditions."""
    together, single = {}, []
    for statement in policy["Statement"]:
        for action in listed(statement["Action"]):
            who = json.dumps([statement["Effect"], statement.get("Principal")])
            resources = together.setdefault((action, who), (statement, []))[1]
            resources.extend(listed(statement["Resource"]))
            if "Condition" in statement:
                single.append((action, statement))
    for (action, _), (statement, resources) in together.items():
        whole = {key: statement[key] for key in ("Effect", "Principal") if key in statement}
        yield from judged(policy, action, {**whole, "Resource": resources}, ABOUT_CONDITIONS.isdisjoint)
    for action, statement in single:
        yield from judged(policy, action, statement, ABOUT_CONDITIONS.issuperset)


ABOUT_CONDITIONS = {
    "BAD_PATTERN_FOR_MFA",
    "MISMATCHED_TYPE",
    "MISMATCHED_TYPE_BUT_USABLE",
    "MISMATCHED_TYPE_OPERATION_TO_NULL",
    "UNKNOWN_CONDITION_FOR_ACTION",
    "UNKNOWN_OPERATOR",
}


def judged(policy, action, statement, wanted):
    document = {"Version": policy.get("Version"), "Statement": [{**statement, "Action": action}]}
    for finding in parliament.analyze_policy_string(json.dumps(document)).findings:
        finding = parliament.enhance_finding(finding)
        if wanted([finding.issue]):
            text = f"{finding.title}: {finding.detail} {json.dumps(statement['Resource'])}"
            yield finding.issue, action, "Principal" in statement, text


def main():
    allowed = json.loads(pathlib.Path(sys.argv[1]).read_text())["allowed"]
    used, found, documents = set(), set(), 0
    for path in map(pathlib.Path, sys.argv[2:]):
        for resource, policy in Template(path).policies():
            documents += 1
            for rule, action, of_resource, text in findings(policy):
                excuses = [
                    number
                    for number, entry in enumerate(allowed)
                    if entry["rule"] == rule
                    and action in entry["actions"]
                    and entry.get("of-resource", False) == of_resource
                ]
                used.update((number, action) for number in excuses)
                if not excuses:
                    found.add(f"{path.name}: {resource}: {rule}: {action}: {text}")
    for line in sorted(found):
        print(line)
    given = {(number, action) for number, entry in enumerate(allowed) for action in entry["actions"]}
    for number, action in sorted(given - used):
        print(f"allowed, but not found: {allowed[number]['rule']}: {action}")
    print(f"{documents} policy documents")
    sys.exit(bool(found or given - used))


main()
