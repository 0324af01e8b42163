"""Cloud Control's GetResource for the types that MiniStack keeps.

AWS answers with the whole model through the type's read handler. Here a resource
is found among those of the stacks by its primary identifier; of its model,
declared properties are what drift detection reads; others are the record's
members that fit the type's schema, so that settings made behind a template's
back are seen. What no record holds is as the template says.
"""

import copy
import json

from ministack.services import cloudcontrol
from ministack.services.cloudformation import _stacks, drift, provisioners

import identities
import readers
import registry


def _record(kind, identifier):
    """The stack's record of a resource, with the stack."""
    schema = registry.schema_of(kind)
    for stack in _stacks.values():
        for record in stack.get("_resources", {}).values():
            if record.get("ResourceType") == kind and _identifier(schema, record) == identifier:
                return stack, record
    return None, None


def _identifier(schema, record):
    """The parts of the primary identifier; the one that nothing else tells is the physical id."""
    known = {**(record.get("Attributes") or {}), **(record.get("Properties") or {})}
    physical = record["PhysicalResourceId"]
    if len(schema.identifier) == 1:
        return str(known.get(schema.identifier[0], physical))
    return "|".join(str(known.get(name, physical)) for name in schema.identifier)


def _model(stack, record):
    """The live properties, or None when the resource is gone."""
    kind, physical = record["ResourceType"], record["PhysicalResourceId"]
    properties = record.get("Properties") or {}
    schema = registry.schema_of(kind)
    read, supported = drift._DRIFT_READERS[kind]
    live = read(physical, properties)
    if live is None:
        return None
    wanted = drift._expected_properties(kind, properties, supported, stack.get("Tags") or [])
    model = {name: copy.deepcopy(value) for name, value in properties.items() if name not in wanted}
    for name, value in wanted.items():
        if name in live:
            model[name] = drift._coerce_like(value, _tags_like(value, live[name]) if name == "Tags" else live[name])
    model.update(_undeclared(schema, kind, physical, properties))
    for name, value in (record.get("Attributes") or {}).items():
        if (name,) in schema.read_only:
            model[name] = value
    hidden = {*schema.write_only}
    return {name: value for name, value in model.items() if name not in hidden and value is not None}


def _tags_like(wanted, tags):
    """Tags without those of CloudFormation's own, in the order of the template."""
    tags = {key: value for key, value in drift._tag_map(tags).items() if not key.startswith("aws:")}
    return drift._tags_in_shape(tags, wanted)


def _undeclared(schema, kind, physical, properties):
    """The members of the record that the type's schema allows and the template does not name."""
    read, unread = readers.READERS.get(kind, (None, ()))
    record = read and read(physical, properties)
    if not isinstance(record, dict):
        return {}
    folded = {str(key).lower(): value for key, value in record.items()}
    names = set(schema.schema["properties"]) - {*properties, *unread, "Tags", *schema.write_only}
    names -= {path[0] for path in schema.read_only}
    # MiniStack shows a topic by its name where it has nothing else to show.
    if folded.get("displayname") == str(physical).rpartition(":")[2]:
        names.discard("DisplayName")
    found = {name: folded[name.lower()] for name in sorted(names) if folded.get(name.lower()) is not None}
    typed = {name: schema.typed(value, schema.schema["properties"][name]) for name, value in found.items()}
    return {name: value for name, value in typed.items() if _fits(schema, name, value)}


def _fits(schema, name, value):
    alone = {**schema.schema, "required": []}
    alone = {key: part for key, part in alone.items() if key not in ("anyOf", "oneOf", "allOf", "dependentRequired")}
    return not list(identities.validator(alone).iter_errors({name: value}))


def _get(answer_of_others):
    def answer(request):
        kind, identifier = request.get("TypeName"), request.get("Identifier")
        if kind in registry._SERVED or kind not in provisioners._RESOURCE_HANDLERS:
            return answer_of_others(request)
        # Of what drift detection cannot read here, there would be nothing to say that is true.
        if kind not in drift._DRIFT_READERS or "read" not in registry.schema_of(kind).schema.get("handlers", {}):
            message = f"Resource type {kind} does not support READ action"
            return cloudcontrol.error_response_json("UnsupportedActionException", message, 400)
        stack, record = _record(kind, identifier)
        model = record and _model(stack, record)
        if model is None:
            message = f"Resource of type '{kind}' with identifier '{identifier}' was not found."
            return cloudcontrol.error_response_json("ResourceNotFoundException", message, 400)
        description = {"Identifier": identifier, "Properties": json.dumps(model, default=str)}
        return cloudcontrol.json_response({"TypeName": kind, "ResourceDescription": description})

    return answer


def install():
    """Install after the registry."""
    cloudcontrol._get_resource = _get(cloudcontrol._get_resource)
