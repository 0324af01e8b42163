"""What may be written for a resource type, cut down from its schema to what can be checked before a deployment.

The form, one line for each type in the order of their names:

    AWS::SQS::QueuePolicy {"properties":{"Queues":{"type":"array","items":"string"},...},"required":[...],...}

A shape is an object with the keys of JSON Schema, or a text: `#Name` for a definition, else the name of a type. A type
that is only known by name has no description. What a schema says by `allOf`, `anyOf` and `oneOf` is kept where it is
about which properties are given: `oneOf` and `anyOf` hold lists of names. All else is left out, so that a shape never
refuses what the schema accepts.
"""

import importlib.metadata
import json

import botocore.loaders

import patterns

# A service means all of its types, `Service::Type` one of them.
DESCRIBED = """
AccessAnalyzer::Analyzer AmazonMQ APS::Workspace ApiGateway ApiGatewayV2 AppConfig::Application
AppConfig::ConfigurationProfile AppConfig::Deployment AppConfig::DeploymentStrategy AppConfig::Environment
AppConfig::HostedConfigurationVersion AppSync ApplicationAutoScaling Athena AutoScaling::AutoScalingGroup
AutoScaling::LaunchConfiguration AutoScaling::ScalingPolicy Backup::BackupPlan Backup::BackupSelection
Backup::BackupVault Batch::ComputeEnvironment Batch::JobDefinition Batch::JobQueue Bedrock::Guardrail CDK
CertificateManager::Certificate Chatbot::SlackChannelConfiguration CloudFormation CloudFront::CachePolicy
CloudFront::Distribution CloudFront::Function CloudFront::OriginAccessControl CloudTrail CloudWatch CodeArtifact
CodeBuild CodeCommit CodeConnections CodeDeploy CodePipeline CodeStarConnections CodeStarNotifications
Cognito::UserPool Cognito::UserPoolClient Cognito::UserPoolDomain Config::ConfigRule DAX DMS::Endpoint
DMS::ReplicationConfig DMS::ReplicationInstance DMS::ReplicationSubnetGroup DMS::ReplicationTask DSQL DynamoDB
EC2::EIP EC2::FlowLog EC2::Instance EC2::InternetGateway EC2::LaunchTemplate EC2::NatGateway EC2::NetworkAcl
EC2::NetworkAclEntry EC2::PrefixList EC2::Route EC2::RouteTable EC2::SecurityGroup EC2::SecurityGroupEgress
EC2::SecurityGroupIngress EC2::Subnet EC2::SubnetNetworkAclAssociation EC2::SubnetRouteTableAssociation
EC2::TransitGatewayAttachment EC2::VPC EC2::VPCCidrBlock EC2::VPCDHCPOptionsAssociation EC2::VPCEndpoint
EC2::VPCEndpointService EC2::VPCGatewayAttachment EC2::VPCPeeringConnection EC2::Volume ECR ECS EFS EKS::AccessEntry
EKS::Addon EKS::Cluster EKS::FargateProfile EKS::Nodegroup EKS::PodIdentityAssociation EMR EMRContainers EMRServerless
ElastiCache::CacheCluster ElastiCache::ParameterGroup ElastiCache::ReplicationGroup ElastiCache::ServerlessCache
ElastiCache::SubnetGroup ElasticLoadBalancingV2::Listener ElasticLoadBalancingV2::ListenerRule
ElasticLoadBalancingV2::LoadBalancer ElasticLoadBalancingV2::TargetGroup EventSchemas Events Glue Grafana IAM IoT
IoTFleetWise::Campaign KMS KafkaConnect Kinesis KinesisAnalytics KinesisAnalyticsV2 KinesisFirehose KinesisVideo
LakeFormation Lambda Logs MSK MWAA MemoryDB::Cluster MemoryDB::SubnetGroup Oam OSIS OpenSearchServerless
OpenSearchService Pipes RAM::ResourceShare RDS::DBCluster RDS::DBClusterParameterGroup RDS::DBInstance
RDS::DBParameterGroup RDS::DBProxy RDS::DBProxyTargetGroup RDS::DBSubnetGroup Redshift RedshiftServerless
ResourceGroups::Group Route53::HostedZone Route53::RecordSet S3 S3Express S3Tables SES::ConfigurationSet
SES::EmailIdentity SNS SQS SSM SageMaker::CodeRepository SageMaker::DataQualityJobDefinition SageMaker::Domain
SageMaker::Endpoint SageMaker::EndpointConfig SageMaker::FeatureGroup SageMaker::Model
SageMaker::ModelPackageGroup SageMaker::MonitoringSchedule SageMaker::NotebookInstance SageMaker::Pipeline Scheduler
SecretsManager ServiceDiscovery::PrivateDnsNamespace ServiceDiscovery::Service Signer::SigningProfile StepFunctions
Synthetics::Canary Timestream Transfer::Server Transfer::User XRay::Group XRay::ResourcePolicy XRay::SamplingRule
""".split()

SCALARS = {"string", "integer", "number", "boolean"}
LIMITS = ("minLength", "maxLength", "minimum", "maximum", "minItems", "maxItems", "minProperties", "maxProperties")


def types_of(node):
    types = node.get("type", [])
    return {types} if isinstance(types, str) else set(types)


def described(name):
    _, service, kind = name.split("::", 2)
    return service in DESCRIBED or f"{service}::{kind}" in DESCRIBED


def refers(node, schema):
    """The node, with what it refers to merged in below its own words."""
    seen = set()
    while "$ref" in node:
        pointer = node["$ref"].removeprefix("resource-schema.json")
        own = {key: value for key, value in node.items() if key != "$ref"}
        target = schema
        for part in pointer.removeprefix("#/").split("/"):
            target = target[part]
        if pointer in seen:
            return own
        seen.add(pointer)
        node = {**target, **own}
    return node


def groups(node, word):
    """The names that each alternative requires; `None` when that is not all there is to say of some alternative."""
    alternatives = node.get(word)
    if not alternatives or not all(alternative.get("required") for alternative in alternatives):
        return None, False
    plain = all(set(alternative) <= {"required", "title", "description", "type"} for alternative in alternatives)
    names = [sorted(alternative["required"]) for alternative in alternatives]
    return names, plain


class Shapes:
    def __init__(self, schema):
        self.schema = schema
        self.used = {}

    def definition(self, name):
        if name not in self.used:
            self.used[name] = None
            self.used[name] = self.full(self.schema["definitions"][name])

    def shape(self, node):
        if node.keys() - {"description", "title", "default", "examples"} == {"$ref"}:
            pointer = node["$ref"]
            name = pointer.removeprefix("#/definitions/")
            if pointer != name and "/" not in name:
                self.definition(name)
                full = self.used[name]
                return full if isinstance(full, str) else f"#{name}"
        return self.full(node)

    def full(self, node):
        node = refers(node, self.schema)
        parts = [refers(part, self.schema) for word in ("allOf", "anyOf", "oneOf") for part in node.get(word, [])]
        types = types_of(node)
        if not types and "properties" in node:
            types = {"object"}
        # Alternatives of different types: which it is cannot be told, so each is allowed to be anything.
        of_parts = [types_of(part) for part in parts if types_of(part)]
        if any(found - types for found in of_parts) and (types or len(of_parts) > 1):
            return {}
        if not types and len(of_parts) == len(parts) > 0:
            types = set().union(*of_parts)
        out = {}
        if types == {"array"}:
            out["type"] = "array"
            self.limits(node, out, ("minItems", "maxItems"))
            if node.get("uniqueItems") is True:
                out["uniqueItems"] = True
            if isinstance(node.get("items"), dict) and "prefixItems" not in node:
                out["items"] = self.shape(node["items"])
        elif types == {"object"}:
            out["type"] = "object"
            self.object(node, parts, out)
        elif types and types <= SCALARS:
            out["type"] = types.pop() if len(types) == 1 else sorted(types)
            if node.get("format") == "json":
                return {}
            self.scalar(node, out)
        elif types == {"object", "string"}:
            if "properties" in node:
                self.object(node, parts, out)
            out["type"] = ["object", "string"]
        return out["type"] if list(out) == ["type"] and isinstance(out["type"], str) else out

    def limits(self, node, out, words):
        out.update({word: node[word] for word in LIMITS if word in words and isinstance(node.get(word), (int, float))})

    def scalar(self, node, out):
        values = node.get("enum", [node["const"]] if "const" in node else None)
        if values is None and "enumCaseInsensitive" in node:
            out["anyCase"], values = True, node["enumCaseInsensitive"]
        if values is not None:
            out["enum"] = [json.dumps(value) if not isinstance(value, str) else value for value in values]
            return
        self.limits(node, out, ("minLength", "maxLength", "minimum", "maximum"))
        if out["type"] == "string" and isinstance(node.get("pattern"), str):
            for word, value in patterns.counted_class(node["pattern"]).items():
                out.setdefault(word, value)
            pattern = patterns.translate(node["pattern"])
            if pattern:
                out["pattern"] = pattern

    def object(self, node, parts, out):
        own = node.get("properties", {})
        properties = {name: self.shape(child) for name, child in own.items() if child is not False}
        closed = node.get("additionalProperties") is False
        for part in parts:
            for name, child in part.get("properties", {}).items():
                if child is False or child is True:
                    continue
                # A part that speaks of a property the node knows only narrows it.
                if name in own:
                    continue
                shape = self.shape(child)
                properties[name] = shape if properties.get(name, shape) == shape else {}
        if not closed and parts and "properties" not in node:
            closed = all(part.get("additionalProperties") is False for part in parts)
        keys = {}
        for pattern, child in node.get("patternProperties", {}).items():
            keys[patterns.translate(pattern) or ""] = self.shape(child) if isinstance(child, dict) else {}
        if isinstance(node.get("additionalProperties"), dict):
            keys[""] = self.shape(node["additionalProperties"])
        if properties:
            out["properties"] = dict(sorted(properties.items()))
        if keys:
            out["keys"] = keys
        if (properties or closed) and not keys and not closed:
            out["open"] = True
        if not properties and not keys and not closed:
            # CloudFormation takes such a document as a text, too.
            out["type"] = ["object", "string"]
            return
        if closed and not properties and not keys:
            out["properties"] = {}
        if node.get("required"):
            # What has a default may be filled in by AWS.
            preset = {name for name, child in own.items() if child and "default" in refers(child, self.schema)}
            known = [name for name in node["required"] if name in properties or keys or not closed]
            if any(name not in preset for name in known):
                out["required"] = [name for name in known if name not in preset]
        self.limits(node, out, ("minProperties", "maxProperties"))
        self.given(node, out)

    def given(self, node, out):
        one, some = [], []
        for part in [node] + [refers(part, self.schema) for part in node.get("allOf", [])]:
            if part.get("requiredXor"):
                one.append([[name] for name in part["requiredXor"]])
            if part.get("requiredOr"):
                some.append([[name] for name in part["requiredOr"]])
            for word, kept in (("oneOf", one), ("anyOf", some)):
                names, plain = groups(part, word)
                if names and len(names) > 1:
                    (kept if plain or word == "anyOf" or part.get("type") == "object" else some).append(names)
        if one:
            out["oneOf"] = one
        if some:
            out["anyOf"] = some
        needs = {**node.get("dependentRequired", {}), **node.get("dependencies", {})}
        needs = {name: names for name, names in needs.items() if isinstance(names, list)}
        if needs:
            out["needs"] = needs
        own = node.get("properties", {})
        excludes = {name: names for name, names in node.get("dependentExcluded", {}).items() if name in own}
        if excludes:
            out["excludes"] = excludes


def pointers(schema, word):
    found = []
    for pointer in schema.get(word, []):
        parts = pointer.removeprefix("/properties").replace("/properties/", "/").replace("/items/", "/*/")
        found.append(parts.removesuffix("/items"))
    return sorted(set(found))


def describe(schema):
    shapes = Shapes(schema)
    root = shapes.full({**schema, "type": "object"})
    out = {key: root[key] for key in root if key != "type"}
    for name, word in (
        ("readOnly", "readOnlyProperties"),
        ("createOnly", "createOnlyProperties"),
        ("conditionalCreateOnly", "conditionalCreateOnlyProperties"),
        ("writeOnly", "writeOnlyProperties"),
        ("identifier", "primaryIdentifier"),
    ):
        found = pointers(schema, word)
        if name == "readOnly":
            # What can be set at creation, or must be given, is not AWS's alone.
            settable = set(pointers(schema, "createOnlyProperties") + pointers(schema, "writeOnlyProperties"))
            settable |= {f"/{required}" for required in schema.get("required", [])}
            found = [pointer for pointer in found if pointer not in settable]
        if found:
            out[name] = found
    if not schema.get("handlers"):
        out["legacy"] = True
    definitions = {name: shape for name, shape in shapes.used.items() if not isinstance(shape, str)}
    if definitions:
        out["definitions"] = dict(sorted(definitions.items()))
    return out


def correct(schema, places):
    """Sets words at places of the schema and removes those that are null. A text such as `codebuild/ComputeType` brings
    enum, pattern and limits from the model of a service."""
    for place, words in places.items():
        node = schema
        for part in place.split("/")[1:]:
            node = node[part]
        if isinstance(words, str):
            service, name = words.split("/")
            model = botocore.loaders.Loader().load_service_model(service, "service-2")
            words = model_words(model["shapes"][name])
            if not words:
                raise ValueError(f"{service} says nothing of {name}")
        for word, value in words.items():
            node[word] = value
            if value is None:
                del node[word]


def model_words(shape):
    words = {}
    if "enum" in shape:
        words["enum"] = shape["enum"]
    if "pattern" in shape:
        # The service reads the whole text.
        words["pattern"] = f"^(?:{shape['pattern']})$"
    least, most = {"list": ("minItems", "maxItems"), "map": ("minProperties", "maxProperties")}.get(
        shape["type"], ("minLength", "maxLength") if shape["type"] == "string" else ("minimum", "maximum")
    )
    if "min" in shape:
        words[least] = shape["min"]
    if "max" in shape:
        words[most] = shape["max"]
    return words


def text(schemas, corrections, date):
    regions = [json.loads(path.read_text()) for path in sorted((schemas / "providers").glob("*.json"))]
    names = sorted({name for region in regions for name in region})
    home = json.loads((schemas / "providers" / "us-east-1.json").read_text())
    packages = " and ".join(f"{name} {importlib.metadata.version(name)}" for name in ("cfn-lint", "botocore"))
    source = f"CloudFormation registry schemas of us-east-1 in {packages}, corrected by src/facts/corrections.json"
    lines = [f"# {source}", f"# {date}"]
    left = {correction["type"] for correction in corrections}
    for name in names:
        if name not in home or name.count("::") != 2 or not described(name):
            lines.append(name)
            continue
        schema = json.loads((schemas / "resources" / f"{home[name]}.json").read_text())
        for correction in corrections:
            if correction["type"] == name:
                correct(schema, correction["places"])
                left.discard(name)
        lines.append(f"{name} {json.dumps(describe(schema), separators=(',', ':'), ensure_ascii=False)}")
    lines[2:2] = [f"# left out: {pattern}" for pattern in sorted(patterns.left_out)]
    if left:
        raise ValueError(f"corrections of types that are not described: {left}")
    return "\n".join(lines) + "\n"
