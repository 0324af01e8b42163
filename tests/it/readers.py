"""Compares the calls of `src/cloud/aws/readers/rows.json`, and the recorded answers beside it, with botocore's service
models: operations, members of requests, paths, and the members and types of answers.

    python readers.py ROWS ANSWERS_FOLDER

Prints what is wrong, a line for each.
"""

import json
import pathlib
import sys

import botocore.session

SESSION = botocore.session.get_session()
# What EC2 and REST services call members on the wire is in the model as the name of their location.
REST = ("rest-json", "rest-xml")


def model_of(call):
    service, _, operation = call.partition(":")
    model = SESSION.get_service_model(service)
    return model if operation in model.operation_names else None


def wire_name(shape, name, ec2_request=False):
    member = shape.members[name]
    if ec2_request:
        return member.serialization.get("queryName") or member.serialization.get("name", name)
    return member.serialization.get("name", name)


def known(shape, protocol, request):
    """The members of a structure by their names on the wire."""
    ec2 = protocol == "ec2" and request
    return {wire_name(shape, name, ec2)[:1].upper() + wire_name(shape, name, ec2)[1:] if ec2 else
            wire_name(shape, name): member for name, member in shape.members.items()}


def problems(shape, value, protocol, place, request=False):
    if isinstance(value, str) and value.startswith("{") and value.endswith("}"):
        return
    kind = shape.type_name
    if kind == "structure":
        if not isinstance(value, dict):
            yield f"{place}: {value!r} is no structure"
            return
        members = known(shape, protocol, request)
        for name, item in value.items():
            if name not in members:
                yield f"{place}: no member {name}; there are {', '.join(sorted(members))}"
            else:
                yield from problems(members[name], item, protocol, f"{place}.{name}", request)
    elif kind == "list":
        for index, item in enumerate(value if isinstance(value, list) else [value]):
            yield from problems(shape.member, item, protocol, f"{place}[{index}]", request)
    elif kind == "map":
        entries = value.get("entry") if isinstance(value, dict) and protocol == "query" else None
        values = [entry["value"] for entry in entries] if entries else list(value.values())
        for item in values:
            yield from problems(shape.value, item, protocol, f"{place}.*", request)
    elif protocol in ("query", "ec2") and not request:
        if not isinstance(value, str):
            yield f"{place}: {value!r} is no text, as everything in XML is"
    elif kind in ("integer", "long", "double", "float", "timestamp"):
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            yield f"{place}: {value!r} is no {kind}"
    elif kind == "boolean":
        if not isinstance(value, bool):
            yield f"{place}: {value!r} is no boolean"
    elif not isinstance(value, str):
        yield f"{place}: {value!r} is no {kind}"


def protocol_of(model):
    protocols = model.metadata.get("protocols", [model.metadata["protocol"]])
    return next(one for one in ("json", "rest-json", "query", "ec2", "rest-xml") if one in protocols)


def check_call(kind, call, send, ids=None):
    model = model_of(call["call"])
    if model is None:
        yield f"{kind}: there is no {call['call']}"
        return
    operation = model.operation_model(call["call"].partition(":")[2])
    protocol = protocol_of(model)
    method, _, path = call.get("http", "POST /").partition(" ")
    if protocol in REST and (method, path) != (operation.http["method"], operation.http["requestUri"].partition("?")[0]):
        yield f"{kind}: {call['call']} is {operation.http['method']} {operation.http['requestUri']}"
    sent = {**send, **({ids: ["id"]} if ids else {})}
    sent = {name: value.replace("{?", "{") if isinstance(value, str) else value for name, value in sent.items()}
    yield from problems(operation.input_shape, sent, protocol, f"{kind} {call['call']}", request=True)
    for name in operation.input_shape.required_members:
        if wire_name(operation.input_shape, name) not in sent:
            yield f"{kind}: {call['call']} needs {name}"


def check_rows(rows):
    for kind, row in rows["types"].items():
        for read in row["reads"]:
            if "call" in read:
                yield from check_call(kind, read, read.get("send", {}))
        if batch := row.get("batch"):
            yield from check_call(kind, batch, batch.get("send", {}), batch["ids"])


def check_answers(path):
    for call in json.loads(path.read_text())["calls"]:
        model = model_of(call["call"])
        if model is None:
            yield f"{path.name}: there is no {call['call']}"
            continue
        operation = model.operation_model(call["call"].partition(":")[2])
        place = f"{path.name} {call['call']}"
        yield from problems(operation.input_shape, call["send"], protocol_of(model), place, request=True)
        if "answer" in call:
            yield from problems(operation.output_shape, call["answer"], protocol_of(model), place)


def main():
    rows, answers = map(pathlib.Path, sys.argv[1:])
    for problem in check_rows(json.loads(rows.read_text())):
        print(problem)
    for path in sorted(answers.glob("*.json")):
        for problem in check_answers(path):
            print(problem)


if __name__ == "__main__":
    main()
