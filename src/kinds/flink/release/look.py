# Releases one approved build of an application of Managed Service for Apache Flink, with its state.
#
# MACHINE above says which states there are, what is decided in each of them, and the words for it. Here is how to look
# (PREDICATES), how to act (ACTIONS), and what the words speak of (FIELDS). The record, a parameter beside the pointer,
# is written at the entry of each state and before its action: any call, also of another execution, goes on from there.
import datetime
import functools
import itertools
import re

cloudformation, cloudwatch, flink, s3, ssm = (
    boto3.client(name, config=CONFIG) for name in ("cloudformation", "cloudwatch", "kinesisanalyticsv2", "s3", "ssm"))

IDLE = {"READY", "RUNNING", "ROLLED_BACK"}  # in any other status an application refuses changes
UP = {"RUNNING", "ROLLED_BACK"}
STACK_IDLE = {"CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "IMPORT_COMPLETE"}
BEING_MADE = {"CREATE_PENDING", "CREATE_IN_PROGRESS"}  # a change set of which not all may be known yet
PASSING = set(MACHINE["errors"]["passing"])  # as a release by hand takes it
RUNTIME_OF = {runtime["environment"]: runtime for runtime in RUNTIMES["runtimes"].values()}
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MOST_PRUNED = 50  # in one call


# ---- What is there ----------------------------------------------------------------------

class World:
    """Each thing is looked at once, until something is done."""

    def __init__(self, release):
        self.release = release

    @functools.cached_property
    def application(self):
        try:
            return flink.describe_application(ApplicationName=self.release.application)["ApplicationDetail"]
        except flink.exceptions.ResourceNotFoundException:
            return None

    @property
    def status(self):
        return self.application["ApplicationStatus"] if self.application else "deleted"

    @property
    def version(self):
        return self.application["ApplicationVersionId"]

    def configured(self, *names):
        place = (self.application or {}).get("ApplicationConfigurationDescription", {})
        for name in names:
            place = place.get(name, {})
        return place

    @property
    def code(self):
        place = self.configured("ApplicationCodeConfigurationDescription", "CodeContentDescription",
                                "S3ApplicationCodeLocationDescription")
        return place.get("BucketARN"), place.get("FileKey")

    @property
    def parallelism(self):
        return self.configured("FlinkApplicationConfigurationDescription", "ParallelismConfigurationDescription").get(
            "Parallelism")

    @property
    def runtime(self):
        return self.application["RuntimeEnvironment"] if self.application else ""

    @functools.cached_property
    def build(self):
        """The metadata of the object, or nothing."""
        try:
            return s3.head_object(Bucket=self.release.asked["bucket"], Key=self.release.key)["Metadata"]
        except ClientError as error:
            if error.response["Error"]["Code"] != "404":
                raise
            return None

    @functools.cached_property
    def pointer(self):
        try:
            return ssm.get_parameter(Name=self.release.asked["pointer"])["Parameter"]
        except ssm.exceptions.ParameterNotFound:
            return None

    @functools.cached_property
    def operation(self):
        """The operation that this release asked for: the newest one, when the release was broken off right then."""
        memory, name = self.release.memory, self.release.application
        asked = memory.get("operation")
        if memory.get("touched") and not asked:
            newest = flink.list_application_operations(ApplicationName=name, Limit=1)["ApplicationOperationInfoList"]
            asked = newest[0]["OperationId"] if newest else None
        if not asked:
            return {}
        return flink.describe_application_operation(
            ApplicationName=name, OperationId=asked)["ApplicationOperationInfoDetails"]

    @functools.cached_property
    def snapshots(self):
        pages = flink.get_paginator("list_application_snapshots").paginate(ApplicationName=self.release.application)
        return [snapshot for page in pages for snapshot in page["SnapshotSummaries"]]

    def snapshot_status(self, name):
        try:
            found = flink.describe_application_snapshot(ApplicationName=self.release.application, SnapshotName=name)
        except flink.exceptions.ResourceNotFoundException:
            return "gone"
        return found["SnapshotDetails"]["SnapshotStatus"]

    @functools.cached_property
    def stack(self):
        try:
            return cloudformation.describe_stacks(StackName=self.release.asked["stack"])["Stacks"][0]
        except ClientError as error:
            if "does not exist" in error.response["Error"]["Message"]:
                return None
            raise

    @property
    def stack_status(self):
        return self.stack["StackStatus"] if self.stack else "deleted"

    @functools.cached_property
    def health(self):
        return Health(self.release)


def digest_of(key):
    found = re.search(r"[0-9a-f]{64}", key or "")
    return found[0] if found else ""


def show(code):
    bucket, key = code
    return f"s3://{(bucket or '(none)').split(':')[-1]}/{key or '(none)'}"


def show_count(number, what):
    return f"{number:g} {what}{'' if number == 1 else 's'}"


def previous_code(release):
    previous = release.memory.get("previous", {})
    return previous.get("bucket"), previous.get("key")


def why_failed(release):
    operation = release.seen.operation
    if operation.get("OperationStatus") not in ("FAILED", "CANCELLED"):
        return ""
    details = operation.get("OperationFailureDetails", {})
    said = details.get("ErrorInfo", {}).get("ErrorString", "the service gave no reason").rstrip(".")
    return said + (" (the service rolled the application back)." if details.get("RollbackOperationId") else ".")


def why_stack_failed(release):
    """Events come newest first: the last failed one of our own operation is the cause."""
    if not release.seen.stack:
        return ""
    pages = cloudformation.get_paginator("describe_stack_events").paginate(
        StackName=release.asked["stack"], PaginationConfig={"MaxItems": 500})
    failures = [event for page in pages for event in page["StackEvents"]
                if event.get("ClientRequestToken") == release.request and event["ResourceStatus"].endswith("_FAILED")]
    if not failures:
        return "No event failed; the stack's template may not create the application from this pointer."
    reason = failures[-1].get("ResourceStatusReason", "no reason given").rstrip(".")
    return f"{failures[-1]['LogicalResourceId']}: {reason}."


def highest_parallelism(release):
    """What the job sets; else what its state was begun with, if that is known."""
    memory = release.memory
    began = memory.get("began_parallelism")
    return (release.asked.get("maximum-parallelism") or memory.get("began_maximum")
            or (derived_maximum(began) if began else None))


def derived_maximum(began):
    """What Flink derives when a job begins without state (KeyGroupRangeAssignment.computeDefaultMaxParallelism)."""
    return min(max(128, 1 << (began + began // 2 - 1).bit_length()), 32768)


def quiet_until(release):
    """The end of the quiet time that is now, in UTC; of several, of the last one."""
    ends = []
    now = datetime.datetime.fromtimestamp(time.time(), datetime.timezone.utc)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    for times in release.asked.get("quiet", []):
        begin, end = (datetime.timedelta(hours=int(text[:2]), minutes=int(text[3:]))
                      for text in (times["from"], times["to"]))
        end += datetime.timedelta(days=end <= begin)
        for day in (midnight, midnight - datetime.timedelta(days=1)):
            if day.weekday() in days_of(times.get("days", "mon-sun")) and day + begin <= now < day + end:
                ends.append(day + end)
    return max(ends, default=None)


def days_of(text):
    found = set()
    for part in text.split(","):
        first, _, last = part.strip().partition("-")
        first, last = DAYS.index(first), DAYS.index(last or first)
        found |= {day % 7 for day in range(first, first + (last - first) % 7 + 1)}
    return found
