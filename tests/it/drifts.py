"""Changes a deployed copy of every-feature.yaml by hand, one thing of each kind.

    python drifts.py STACK ...

Prints what drift has to say about it: a list of the kind, the logical id, the property, and what the authored line
holds; of what is deleted, its thing. How each is changed is in `by_hand.py`.
"""

import json
import os
import sys

from by_hand import Stack

REGION = "eu-central-1"

# Kind, logical id, property, what the authored line holds.
DRIFTS = [
    ("api", "IntakeApiStage", "MethodSettings[0].ThrottlingRateLimit", "rate: 500"),
    ("bucket", "ArchiveBucket", "ExpirationInDays", "expire: 90d"),
    ("bucket", "InboxBucketPolicy", "", "buckets.inbox"),
    ("catalog", "LakeCatalogFaresTable", "TableInput.StorageDescriptor.Columns[1].Type", "price: double"),
    ("cluster", "EnrichCluster", "AutoStopConfiguration.IdleTimeoutMinutes", "idle: 10m"),
    ("dashboard", "FlowDashboard", "DashboardBody", "flow:"),
    ("delivery", "RidesJarBuild", "TimeoutInMinutes", "timeout: 30m"),
    ("delivery_stream", "ArchiveDelivery", "BufferingHints.IntervalInSeconds", "interval: 120s"),
    ("device", "OthersDevice", "TopicRulePayload.Sql", "fleet/+/others"),
    ("event", "ArrivedEvent", "EventPattern", "objects:"),
    ("event", "NightlyEvent", "ScheduleExpression", "cron(30 2"),
    ("function", "AlertFunction", "MemorySize", "memory: 1024MiB"),
    ("function", "AlertFunctionOnAlertsStream", "Enabled", "on: {stream: streams.alerts"),
    ("function", "NoteFunctionRole", "Policies[by-hand]", "note:"),
    ("job", "FaresJob", "Timeout", "timeout: 30m"),
    ("kafka", "TripsKafka", "EnhancedMonitoring", "monitoring: per-topic-per-broker"),
    ("key", "DataKey", "EnableKeyRotation", "data:"),
    ("logs", "AuditLog", "RetentionInDays", "retention: 365d"),
    ("model_endpoint", "RouteModelConfig", "ProductionVariants[0].InitialInstanceCount", "count: 2"),
    ("network", "MainNetwork", "EnableDnsHostnames", "main:"),
    ("network", "MainNetworkEndpointSecurityGroup", "SecurityGroupIngress", "main:"),
    ("queue", "BookingsQueue", "VisibilityTimeout", "hidden: 12m"),
    ("search", "TripsSearch", "EBSOptions.VolumeSize", "storage: 100GiB"),
    ("secret", "PlainSecret", "", "secrets.plain"),
    ("stream", "RidesStream", "RetentionPeriodHours", "retention: 7d"),
    ("table", "FaresTable", "PointInTimeRecoverySpecification", "fares:"),
    ("topic", "FailedTopic", "KmsMasterKeyId", "key: keys.data"),
    ("warehouse", "SalesWarehouseWorkgroup", "MaxCapacity", "limit: 128"),
    ("workflow", "NightWorkflow", "LoggingConfiguration", "night:"),
]


def main():
    stacks = [Stack(name, os.environ["AWS_ACCESS_KEY_ID"], REGION) for name in sys.argv[1:]]
    for _, logical_id, *_ in DRIFTS:
        next(stack for stack in stacks if logical_id in stack.types).change(logical_id)
    print(json.dumps(DRIFTS))


main()
