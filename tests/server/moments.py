"""What happens while a release is at work: errors that operations answer, and what others do at a moment.

A release writes down each state that it enters, in a parameter. So a test says what somebody else does when a state is
entered; it is done before that write is answered, and every client of the server meets it at the same moment.
"""

import asyncio
import http.client
import json
import re
import time

from ministack.services import cloudwatch
from ministack.services import kinesisanalyticsv2 as kda

import faults
import flink
from host import Scope, ServiceError

NAMESPACE = "AWS/KinesisAnalytics"
LONGEST_SECONDS = 60
# Metrics that a connector reports for each of its shards.
OF_SHARDS = {"millisBehindLatest"}

ANSWERS: dict = {}  # account -> rules
MOMENTS: dict = {}  # (scope, name of the record) -> plan


def plan_answers(account, answers):
    """The operations of an account that are refused, in place of those planned before."""
    ANSWERS[account] = [faults.Rule(**{"message": "Planned by a test", **answer}) for answer in answers]


def plan_moments(record, application, moments):
    """What is done when the record names a state, in place of what was planned before. Each is done once."""
    for moment in moments:
        if set(moment) != {"state", "do"} or not set(moment["do"]) <= set(DEEDS):
            raise ServiceError("ValidationException", f"a moment has a state and what to do: {moment}")
    MOMENTS[Scope.current(), record] = {"application": application, "left": list(moments)}


def left(record):
    return MOMENTS.get((Scope.current(), record), {}).get("left", [])


def reset():
    ANSWERS.clear()
    MOMENTS.clear()


# --- At the door of the server ---


def concerns(scope):
    """Whether somebody planned something for the account of a request."""
    account = faults.account_of(_headers(scope))
    return account in ANSWERS or any(scope.account == account for scope, _ in MOMENTS)


async def meet(scope, body):
    """The refusal of a request, as status, content type and body; else nothing, after what is due was done."""
    headers = _headers(scope)
    account = faults.account_of(headers)
    service, operation = faults.identify(scope["method"], scope["path"], headers, body)
    call = faults.Call(account, service, operation)
    rule = next((rule for rule in ANSWERS.get(account, []) if rule.takes(call)), None)
    if rule and rule.code:
        return rule.status, rule.code, *faults.error_response(service, headers, rule.code, rule.message)
    if (service, operation) == ("ssm", "PutParameter"):
        region = re.search(r"Credential=\d{12}/\d+/([^/]+)/", headers["Authorization"])[1]
        with Scope(account, region).entered():
            await asyncio.to_thread(_written, json.loads(body))
    return None


def _headers(scope):
    headers = http.client.HTTPMessage()
    for name, value in scope["headers"]:
        headers[name.decode()] = value.decode()
    return headers


def _written(request):
    plan = MOMENTS.get((Scope.current(), request["Name"]))
    if not plan:
        return
    record = json.loads(request["Value"])
    for moment in [moment for moment in plan["left"] if moment["state"] == record["state"]]:
        plan["left"].remove(moment)
        for deed, details in moment["do"].items():
            DEEDS[deed](plan["application"], record, details)


# --- What others do ---


def _metrics(application, record, values):
    """Values by the minute, from the entry of the state on, by the clock of the client."""
    for name, series in values.items():
        _forget_later(name, record["seen"])
        # The other shard is not behind: what counts is the one that is.
        shards = {"Shard-0": 1, "Shard-1": 0} if name in OF_SHARDS else {None: 1}
        for minute, value in enumerate(series):
            at = record["seen"] + 60 * minute
            for shard, share in shards.items() if value is not None else ():
                dimensions = {"Application": application, **({"Id": shard} if shard else {})}
                cloudwatch._store_datum(NAMESPACE, name, dimensions, at, "None", value * share, None, None, None)


def _forget_later(name, since):
    """What an earlier moment said of the time that is now told anew."""
    for (namespace, metric, _), points in cloudwatch._metrics.items():
        if (namespace, metric) == (NAMESPACE, name):
            points[:] = [point for point in points if point["Timestamp"] < since]


def _alarm(application, record, name):
    alarm = cloudwatch._alarms[name]
    alarm["StateValue"], alarm["StateUpdatedTimestamp"] = "ALARM", record["seen"] + 1  # before anything is watched again


def _update(application, record, details):
    """Somebody else's update: of the build, when there is a key."""
    live = _describe(application)
    changes = {"ApplicationSnapshotConfigurationUpdate": {"SnapshotsEnabledUpdate": True}}
    if key := details.get("key"):
        location = {"S3ContentLocationUpdate": {"FileKeyUpdate": key}}
        changes = {"ApplicationCodeConfigurationUpdate": {"CodeContentUpdate": location}}
    _client("kinesisanalyticsv2").update_application(
        ApplicationName=application, ConditionalToken=live["ConditionalToken"], ApplicationConfigurationUpdate=changes
    )
    _until(lambda: _describe(application)["ApplicationStatus"] in ("READY", "RUNNING"))


def _stop(application, record, details):
    _client("kinesisanalyticsv2").stop_application(ApplicationName=application)
    _until(lambda: _describe(application)["ApplicationStatus"] == "READY")


def _delete(application, record, details):
    _client("kinesisanalyticsv2").delete_application(
        ApplicationName=application, CreateTimestamp=_describe(application)["CreateTimestamp"]
    )


def _fall(application, record, details):
    """The job gives up: its application stands still."""
    kda._applications[application]["ApplicationStatus"] = "READY"


def _busy(application, record, details):
    flink.keep_busy(application, details["status"], details["looks"])


def _deploy(application, record, details):
    """The stack is updated with its own template and, but for those given, its own parameters."""
    cloudformation = _client("cloudformation")
    stack = cloudformation.describe_stacks(StackName=details["stack"])["Stacks"][0]
    values = details["parameters"]
    parameters = [
        {"ParameterKey": name, "ParameterValue": values[name]}
        if name in values
        else {"ParameterKey": name, "UsePreviousValue": True}
        for name in (parameter["ParameterKey"] for parameter in stack["Parameters"])
    ]
    request = {
        "StackName": details["stack"],
        "UsePreviousTemplate": True,
        "Parameters": parameters,
        "Capabilities": ["CAPABILITY_NAMED_IAM"],
    }
    if name := details.get("change-set"):
        cloudformation.create_change_set(ChangeSetName=name, **request)
        return
    cloudformation.update_stack(**request)
    if details.get("wait", True):
        _until(lambda: not _stack_status(details["stack"]).endswith("_IN_PROGRESS"))


def _client(service):
    return Scope.current().client(service)


def _describe(application):
    return _client("kinesisanalyticsv2").describe_application(ApplicationName=application)["ApplicationDetail"]


def _stack_status(name):
    return _client("cloudformation").describe_stacks(StackName=name)["Stacks"][0]["StackStatus"]


def _until(holds):
    end = time.monotonic() + LONGEST_SECONDS
    while not holds() and time.monotonic() < end:
        time.sleep(0.02)


DEEDS = {
    "metrics": _metrics,
    "alarm": _alarm,
    "update": _update,
    "stop": _stop,
    "delete": _delete,
    "fall": _fall,
    "busy": _busy,
    "deploy": _deploy,
}


# --- Expressions of GetMetricData ---

SEARCH = re.compile(r"MAX\(SEARCH\('(?P<terms>[^']*)', 'Maximum', 60\)\)")
TERM = re.compile(r'([\w:.]+)="([^"]*)"')


def _points_found(expression):
    """All points of the metrics that a search finds: their maximum is that of each minute."""
    search = SEARCH.fullmatch(expression)
    if not search:
        raise ServiceError("ValidationError", f"only MAX(SEARCH('...', 'Maximum', 60)) is served here: {expression}")
    terms = dict(TERM.findall(search["terms"]))
    namespace, name = terms.pop("Namespace"), terms.pop("MetricName")
    return [
        point
        for key, points in cloudwatch._metrics.items()
        if key[:2] == (namespace, name)
        for point in points
        if terms.items() <= point["Dimensions"].items()
    ]


def _searched(expression, number):
    """A metric that holds what was found, for the time of one request."""
    metric = {"Namespace": "found", "MetricName": str(number), "Dimensions": [{"Name": "found", "Value": "here"}]}
    cloudwatch._metrics["found", str(number), "found=here"] = _points_found(expression)
    return metric


def _with_searches(base):
    def get_metric_data(params, cbor_data, is_cbor, is_json=False):
        made = []
        try:
            for number, query in enumerate(cbor_data.get("MetricDataQueries", [])):
                if expression := query.pop("Expression", None):
                    query["MetricStat"] = {"Metric": _searched(expression, number), "Period": 60, "Stat": "Maximum"}
                    made.append(number)
            for name in [name for name in params if name.endswith(".Expression")]:
                stem, number = f"{name.removesuffix('.Expression')}.MetricStat", name.split(".")[2]
                metric = _searched(cloudwatch._p(params, name), number)
                params[f"{stem}.Metric.Namespace"] = [metric["Namespace"]]
                params[f"{stem}.Metric.MetricName"] = [metric["MetricName"]]
                params[f"{stem}.Metric.Dimensions.member.1.Name"] = ["found"]
                params[f"{stem}.Metric.Dimensions.member.1.Value"] = ["here"]
                params[f"{stem}.Period"], params[f"{stem}.Stat"] = ["60"], ["Maximum"]
                made.append(number)
            return base(params, cbor_data, is_cbor, is_json)
        except ServiceError as error:
            return cloudwatch._error(error.code, error.message, 400, use_json=is_json, use_cbor=is_cbor)
        finally:
            for number in made:
                cloudwatch._metrics.pop(("found", str(number), "found=here"), None)

    return get_metric_data


def install():
    cloudwatch._get_metric_data = _with_searches(cloudwatch._get_metric_data)
