"""Makes actions.txt from the IAM actions inside the installed cfn-lint package.

    pip install cfn-lint
    python src/facts/iam/recipe.py

The first line has the prefix of every service. Each further line is one service: its prefix, its actions with the resource types they may be limited to, and the ARNs of these
types. The source spells actions in lower case; their usual spelling is taken from the operations of botocore and from
the permissions in the CloudFormation registry schemas, where one of them has it. To add a service, add it to SERVICES.
"""

import gzip
import importlib.metadata
import json
import pathlib
import re

import botocore
import cfnlint

SERVICES = """
access-analyzer airflow application-autoscaling athena autoscaling cassandra cloudformation cloudtrail cloudwatch
codeartifact codebuild codecommit codeconnections codedeploy codepipeline codestar-connections codestar-notifications
dynamodb ec2 ecr ecs elasticmapreduce emr-serverless es events firehose glue iam iot kafka kafka-cluster kafkaconnect
kinesis kinesisanalytics kms lakeformation lambda logs osis pipes redshift redshift-data redshift-serverless s3
sagemaker scheduler schemas secretsmanager sns sqs ssm states sts timestream xray
""".split()

# The services whose actions are checked against the resources of a statement.
WITH_RESOURCES = """
codebuild codecommit codepipeline dynamodb ecr events firehose glue kafka-cluster kinesis kinesisanalytics kms lambda
logs s3 scheduler secretsmanager sns sqs ssm states sts
""".split()

# Of these, the actions that only look: what looks at the account is to see no more than it has to. Of CloudWatch, Managed
# Streaming for Apache Kafka and Redshift the source names resources of a newer or other kind than the ones looked at.
LOOKED_AT = """
application-autoscaling athena codeconnections elasticmapreduce emr-serverless es iam iot redshift-serverless sagemaker
""".split()
LOOKS = ("batchget", "describe", "get", "list")

# The source cuts ARNs at the first name. `~` is a name without `/`.
# Service Authorization Reference, read 2026-04.
ARNS = {
    ("dynamodb", "stream"): "arn:*:dynamodb:*:*:table/*/stream/*",
    ("dynamodb", "index"): "arn:*:dynamodb:*:*:table/*/index/*",
    ("dynamodb", "table"): "arn:*:dynamodb:*:*:table/~",
    ("kinesis", "consumer"): "arn:*:kinesis:*:*:*/*/consumer/*:*",
    ("kinesis", "stream"): "arn:*:kinesis:*:*:stream/~",
    ("s3", "bucket"): "arn:*:s3:::~",
    ("s3", "object"): "arn:*:s3:::*/*",
}

# Actions that no operation is called after. Service Authorization Reference, read 2026-04.
SPELLING = """
AlterCluster AlterClusterDynamicConfiguration AlterGroup AlterTransactionalId BatchPutCodeCoverages BatchPutTestCases
BypassGovernanceRetention ConditionCheckItem DescribeClusterDynamicConfiguration DescribeTransactionalId ESHttpDelete
ESHttpGet ESHttpHead ESHttpPatch ESHttpPost ESHttpPut GetConnectionToken GetObjectVersionAcl
GetObjectVersionForReplication GetObjectVersionTagging GetObjectVersionTorrent GetTree GitPush Ingest
InitiateReplication InvokeApiDestination InvokeFunctionUrl InvokeHTTPEndpoint NotifyEvent
ObjectOwnerOverrideToBucketOwner PartiQLDelete PartiQLInsert PartiQLSelect PartiQLUpdate Poll PutObjectVersionAcl
PutObjectVersionTagging PutSpans PutSpansForIndexing ReadData ReadFromRepository Receive RegisterAppCode ReplicateDelete
ReplicateImage ReplicateObject ReplicateTags RetainPublish RetrieveConnectionCredentials RevealSecrets SetContext
SetSourceIdentity StopLiveTail SynchronizeMultiRegionKey TagSession Unmask UpdateFunctionCodeSigningConfig WriteData
WriteDataIdempotently
""".split()

# Further resource types: the request may name the consumer's stream instead.
FURTHER = {
    ("kinesis", "deregisterstreamconsumer"): ["stream"],
    ("kinesis", "describestreamconsumer"): ["stream"],
}

here = pathlib.Path(__file__).parent
package = pathlib.Path(cfnlint.__file__).parent
policies = json.loads((package / "data/AdditionalSpecs/Policies.json").read_text())

spelling = {name.lower(): name for name in SPELLING}
for path in sorted((package / "data/schemas/resources").glob("*.json")):
    for action in re.findall(r'"[a-z0-9-]+:([A-Z]\w+)"', path.read_text()):
        spelling[action.lower()] = action
for path in pathlib.Path(botocore.__file__).parent.glob("data/*/*/service-2.json*"):
    read = gzip.open if path.suffix == ".gz" else open
    with read(path) as model:
        for operation in json.load(model)["operations"]:
            spelling[operation.lower()] = operation


def plain(kind):
    return re.sub(r"\W", "-", kind).lower()


def arn(service, name, kind):
    known = ARNS.get((service, name))
    return known or " ".join(re.sub(r"\$\{\w+\}", "*", form).replace(".*", "*") for form in kind["ARNFormats"])


lines = [
    "# Service Authorization Reference in cfn-lint " + importlib.metadata.version("cfn-lint"),
    "# " + json.loads((package / "data/schemas/version.json").read_text())["schema_date"][:10],
    " ".join(sorted(policies)),
]
for service in SERVICES:
    described = policies[service]
    actions, used = [], {}
    for name, action in sorted(described["Actions"].items()):
        looks = service in LOOKED_AT and name.startswith(LOOKS)
        kinds = list(action.get("Resources", [])) if service in WITH_RESOURCES or looks else []
        kinds = kinds + FURTHER.get((service, name), [])
        kinds = sorted({plain(kind) for kind in kinds})
        used |= dict.fromkeys(kinds)
        actions.append(":".join(filter(None, [spelling.get(name, name), ",".join(kinds)])))
    resources = {plain(name): arn(service, name, kind) for name, kind in described["Resources"].items()}
    resources = [f"{kind}={form}" for kind in sorted(used) for form in resources.get(kind, "").split()]
    lines.append("\t".join([service, " ".join(actions), " ".join(resources)]))
(here / "actions.txt").write_text("\n".join(lines) + "\n")
