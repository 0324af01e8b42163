"""The seam to MiniStack: every private name this scaffolding uses is taken here or in `repairs`/`flink`.

MiniStack keeps its services in plain tables (handlers by service, functions by
CloudFormation type), so what it lacks is registered at run time and its source
stays untouched. Plug-ins reach other services over HTTP, as any client does;
for that, CloudFormation handlers of plug-in types run on a worker thread.
"""

import contextvars
import functools
import json
import logging
import os
import re
import threading
from dataclasses import dataclass

import botocore.session
from botocore.config import Config
from botocore.validate import ParamValidator
from ministack import app as ministack_app
from ministack.core import router
from ministack.core.responses import get_account_id, get_region, request_scope
from ministack.services.cloudformation import drift, provisioners, stacks

log = logging.getLogger("tidegate.server")
SESSION = botocore.session.get_session()


@dataclass
class Settings:
    """Waiting times a test may change; AWS's own are minutes."""

    lambda_answer_seconds: float = 2.0
    continuation_seconds: float = 0.3
    flink_transition_seconds: float = 0.5

    def update(self, values: dict):
        for name, value in values.items():
            if name not in self.__dataclass_fields__:
                raise ServiceError("ValidationException", f"unknown setting: {name}")
            setattr(self, name, float(value))


SETTINGS = Settings()


class ServiceError(Exception):
    """An error answer in the terms of the service model."""

    def __init__(self, code: str, message: str, status: int = 400):
        super().__init__(message)
        self.code, self.message, self.status = code, message, status


@dataclass(frozen=True)
class Scope:
    """The account and region a request, a pipeline or an action belongs to."""

    account: str
    region: str

    @classmethod
    def current(cls):
        return cls(get_account_id(), get_region())

    @classmethod
    def of_arn(cls, arn: str):
        _, _, _, region, account, *_ = arn.split(":")
        return cls(account, region)

    def entered(self):
        """Context manager: MiniStack's stores show this account and region."""
        return request_scope(self.account, self.region)

    def client(self, service: str):
        return _client(service, self.account, self.region)


@functools.cache
def _client(service, account, region):
    return SESSION.create_client(
        service,
        region_name=region,
        endpoint_url=os.environ["AWS_ENDPOINT_URL"],
        aws_access_key_id=account,
        aws_secret_access_key="local",
        config=Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}, read_timeout=900),
    )


def in_background(function, *args):
    """Run on a thread of its own, in the caller's account and region."""
    context = contextvars.copy_context()
    threading.Thread(target=context.run, args=(function, *args), daemon=True).start()


class ServiceModel:
    """Checks requests and answers against botocore's description of a service.

    AWS ignores unknown keys in a JSON request; here they are refused, so that
    "accepted" also means "spelled as the service model spells it".
    """

    def __init__(self, service: str):
        self.model = SESSION.get_service_model(service)

    def operation(self, name: str):
        if name not in self.model.operation_names:
            raise ServiceError("UnknownOperationException", f"unknown operation: {name}")
        return self.model.operation_model(name)

    def check_request(self, operation: str, body: dict):
        shape = self.operation(operation).input_shape
        if shape is None:
            return
        report = ParamValidator().validate(body, shape)
        if report.has_errors():
            raise ServiceError("ValidationException", report.generate_report())
        problems = list(_constraint_problems(shape, body, ""))
        if problems:
            count = len(problems)
            detail = "; ".join(problems)
            raise ServiceError("ValidationException", f"{count} validation error{'s' * (count > 1)} detected: {detail}")

    def check_response(self, operation: str, body: dict):
        """A wrong answer is a defect of this scaffolding: fail loudly."""
        shape = self.operation(operation).output_shape
        if shape is None:
            return
        report = ParamValidator().validate(body, shape).generate_report()
        # The model asks 128 characters of CodeMD5; the service gives the usual 32.
        problems = [line for line in report.splitlines() if "CodeMD5" not in line]
        if problems:
            raise AssertionError(f"{operation} answered outside its model: {'; '.join(problems)}")


def _constraint_problems(shape, value, path):
    """The length, range, pattern and enum constraints that botocore leaves to the service."""
    if shape.type_name == "structure":
        for key, member in value.items():
            yield from _constraint_problems(shape.members[key], member, f"{path}.{key}".lstrip("."))
    elif shape.type_name == "list":
        yield from _length_problems(shape, len(value), path)
        for index, item in enumerate(value, 1):
            yield from _constraint_problems(shape.member, item, f"{path}.{index}.member")
    elif shape.type_name == "map":
        for key, item in value.items():
            yield from _constraint_problems(shape.key, key, f"{path}.key")
            yield from _constraint_problems(shape.value, item, f"{path}.{key}")
    elif shape.type_name == "string":
        yield from _length_problems(shape, len(value), path)
        yield from _string_problems(shape, value, path)
    elif shape.type_name in ("integer", "long"):
        yield from _length_problems(shape, value, path)


def _length_problems(shape, size, path):
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if low is not None and size < low:
        yield f"Value at '{path}' failed to satisfy constraint: {size} is less than the minimum {low}"
    if high is not None and size > high:
        yield f"Value at '{path}' failed to satisfy constraint: {size} is more than the maximum {high}"


def _matches(pattern, value):
    """EMR describes "any text" by surrogate pairs, which Python's expressions have not."""
    try:
        return re.fullmatch(pattern, value)
    except re.error:
        return True


def _string_problems(shape, value, path):
    pattern, choices = shape.metadata.get("pattern"), shape.metadata.get("enum")
    failed = f"Value '{value}' at '{path}' failed to satisfy constraint: Member must satisfy"
    if pattern and not _matches(pattern, value):
        yield f"{failed} regular expression pattern: {pattern}"
    if choices and value not in choices:
        yield f"{failed} enum value set: [{', '.join(choices)}]"


def register_json_service(service: str, operations: dict):
    """Serve `operations` (name -> function of the request body) under the service's target prefix."""
    model = ServiceModel(service)

    def answer(operation, body):
        model.check_request(operation, body)
        if operation not in operations:
            raise ServiceError("UnknownOperationException", f"{service} {operation} is not served here")
        result = operations[operation](body) or {}
        model.check_response(operation, result)
        return result

    async def handle(method, path, headers, body, query_params):
        operation = headers.get("x-amz-target", "").rpartition(".")[2]
        try:
            return json_answer(200, answer(operation, json.loads(body or b"{}")))
        except ServiceError as error:
            return error_answer(error)

    ministack_app.SERVICE_HANDLERS[service] = handle
    router.SERVICE_PATTERNS[service] = {
        "target_prefixes": [model.model.metadata["targetPrefix"] + "."],
        "credential_scope": service,
    }


def json_answer(status, body, headers=None):
    headers = {"Content-Type": "application/x-amz-json-1.1", **(headers or {})}
    return status, headers, json.dumps(body).encode()


def error_answer(error: ServiceError):
    body = {"__type": error.code, "message": error.message}
    return json_answer(error.status, body, {"x-amzn-errortype": error.code})


_WORKER_TYPES = set()
_ministack_runs_on_worker = stacks._runs_on_worker_thread
stacks._runs_on_worker_thread = lambda kind: kind in _WORKER_TYPES or _ministack_runs_on_worker(kind)


def register_resource(kind: str, create, update, delete, tags: str | None = None):
    """Add a CloudFormation type, in MiniStack's calling convention:

    create(logical_id, properties, stack_name) and update(physical_id, old, new,
    stack_name) return (physical id, attributes); delete(physical_id, properties).
    `tags` is the shape of the type's Tags ("list" or "map"), for stack-level tags.
    """
    _WORKER_TYPES.add(kind)
    provisioners._RESOURCE_HANDLERS[kind] = {
        "create": _cloudformation_errors(create),
        "update": _cloudformation_errors(update),
        "delete": delete,
    }
    if tags:
        provisioners._STACK_TAG_PROPERTY[kind] = ("Tags", tags)


def extend_resource(kind: str, after, tags: str | None = None, before_update=None):
    """Call `after(physical_id, old, new)` once MiniStack created (old = {}) or updated a resource.

    `before_update(old, new)` may refuse an update that MiniStack would make.
    """
    _WORKER_TYPES.add(kind)
    if tags:
        provisioners._STACK_TAG_PROPERTY[kind] = ("Tags", tags)
    handler = provisioners._RESOURCE_HANDLERS[kind]
    base_create, base_update = handler["create"], handler.get("update")

    def create(logical_id, properties, stack_name):
        result = base_create(logical_id, properties, stack_name)
        after(result[0], {}, properties)
        return result

    def update(physical_id, old, new, stack_name, *logical_id):
        if before_update:
            before_update(old, new)
        result = base_update(physical_id, old, new, stack_name, *logical_id)
        after(result[0], old if result[0] == physical_id else {}, new)
        return result

    handler["create"] = _cloudformation_errors(create)
    if base_update:
        handler["update"] = _cloudformation_errors(update)


def register_drift_reader(kind: str, read, properties):
    """`read(physical_id, template_properties)` gives the live properties, or None when gone.

    `properties`: those that it reads, as anything that answers `in`.
    """
    drift._DRIFT_READERS[kind] = (read, properties)


def _cloudformation_errors(function):
    """A service error becomes the status reason of the resource."""

    @functools.wraps(function)
    def guarded(*args):
        try:
            return function(*args)
        except ServiceError as error:
            raise ValueError(f"{error.message} (Error Code: {error.code}; Status Code: {error.status})") from error

    return guarded


def physical_name(stack_name: str, logical_id: str, longest: int) -> str:
    return provisioners._physical_name(stack_name, logical_id, max_len=longest)
