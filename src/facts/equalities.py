"""What the schemas of resource types say of values that mean the same.

For each type that has any:

    defaults    what AWS has where a template says nothing, by pointer
    any_case    texts whose case says nothing
    arn_or_id   an ARN on one side may be the last part of it on the other
    sets        lists that are sets although the schema does not say that their order means nothing
    left        what a schema says in JSONata, and nobody here reads: rows by hand have to cover it
"""

import json

# A feature that is off until it is named is not on by default: the default is only about its switch.
NO_DEFAULTS = {("AWS::S3::Bucket", "/NotificationConfiguration/EventBridgeConfiguration/EventBridgeEnabled")}

ARN_OR_ID = {"AWS::KMS::Key.Arn", "AWS::KMS::Key.Id", "AWS::IAM::Role.Arn"}
NETWORK = ("SecurityGroupIds", "SecurityGroupIdList", "SecurityGroups", "SubnetIds", "Subnets", "Ec2SubnetIds")


def merged(node, schema):
    while "$ref" in node:
        target = schema
        for part in node["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        node = {**target, **{key: value for key, value in node.items() if key != "$ref"}}
    return node


def of_transform(text):
    if "$split(" in text and "[-1]" in text or "arn:aws" in text or "(^arn:" in text:
        return "arn_or_id"
    if "$replace(Name" in text or "$lowercase" in text and "$lookup" not in text:
        return "any_case"
    return "left"


def equalities(name, schema):
    out = {"defaults": {}, "any_case": set(), "arn_or_id": set(), "sets": set(), "left": set()}
    for place, text in (schema.get("propertyTransform") or {}).items():
        # A constant says what AWS answers whatever is written, and only its form matters.
        kind = "any_case" if text == '"vpc"' else of_transform(text)
        out[kind].add(place.removeprefix("/properties"))

    def visit(node, pointer, seen):
        reference = node.get("$ref")
        if reference in seen:
            return
        seen = seen | {reference} if reference else seen
        node = merged(node, schema)
        alternatives = node.get("anyOf", []) + node.get("oneOf", []) + node.get("allOf", [])
        formats = {part.get("format") for part in [node, *alternatives]}
        if formats & ARN_OR_ID:
            out["arn_or_id"].add(pointer)
        if "enumCaseInsensitive" in node:
            out["any_case"].add(pointer)
        default = node.get("default")
        if default is not None and "<" not in str(default) and (name, pointer) not in NO_DEFAULTS:
            out["defaults"][pointer] = default
        if isinstance(node.get("items"), dict):
            items = merged(node["items"], schema)
            words = node.get("uniqueItems") is True and "enum" in items
            if node.get("insertionOrder") is not False and (words or pointer.endswith(NETWORK)):
                out["sets"].add(pointer)
            visit(node["items"], f"{pointer}/*", seen)
        for key, child in node.get("properties", {}).items():
            if isinstance(child, dict):
                visit(child, f"{pointer}/{key}", seen)
        for part in alternatives:
            visit(part, pointer, seen)

    visit({"properties": schema["properties"]}, "", frozenset())
    read_only = {text.removeprefix("/properties") for text in schema.get("readOnlyProperties", [])}
    for key in ("any_case", "arn_or_id", "sets", "left"):
        out[key] = sorted(out[key] - read_only)
    out["defaults"] = dict(sorted(out["defaults"].items()))
    return {key: value for key, value in out.items() if value}


def text(schemas, source, date):
    found = {name: equalities(name, schema) for name, schema in schemas.items()}
    lines = [f"    {json.dumps(name)}: {json.dumps(entry)}" for name, entry in found.items() if entry]
    types = ",\n".join(lines)
    return f'{{\n  "source": "{source}",\n  "date": "{date}",\n  "types": {{\n{types}\n  }}\n}}\n'
