"""Any CloudFormation type that MiniStack lacks, from the type's schema alone.

A resource of such a type is what its template says: the properties are checked
against the schema (cfn-lint's, which is AWS's with corrections), kept, given
back to drift detection, and changed by updates. Nothing runs behind it. See
`identities` for the values that AWS would make.
"""

import copy
import functools
import importlib.util
import json
from pathlib import Path

from ministack.core.responses import AccountRegionScopedDict
from ministack.services import cloudcontrol
from ministack.services.cloudformation import provisioners, stacks

import host
import identities
from host import Scope, ServiceError

# (type, physical id) -> Resource
RESOURCES = AccountRegionScopedDict()
BOOLEANS = {"true": True, "false": False}


class TypeSchema:
    """What CloudFormation knows of a type."""

    def __init__(self, kind, schema):
        self.kind, self.loaded, self.schema = kind, schema, schema.schema
        self.identifier = self._names("primaryIdentifier")
        self.create_only = self._pointers("createOnlyProperties")
        self.read_only = self._pointers("readOnlyProperties")
        self.write_only = self._names("writeOnlyProperties")

    def _pointers(self, key):
        return [tuple(pointer.split("/")[2:]) for pointer in self.schema.get(key, [])]

    def _names(self, key):
        return [path[0] for path in self._pointers(key) if len(path) == 1]

    def attributes(self):
        """The attributes of Fn::GetAtt: dotted name -> the shape of its value."""
        found = identities.attribute_pointers(self.kind, Scope.current().region)
        return {name: self.loaded.resolver.resolve_cfn_pointer(pointer) for name, pointer in found.items()}

    @property
    def custom_name(self):
        """The property by which a resource's identity is given in the template, if there is one."""
        own = [name for name in self.identifier if (name,) not in self.read_only]
        if len(self.identifier) == 1 and own:
            return own[0]
        resource = self.kind.rpartition("::")[2]
        if not self.identifier or not self.identifier[0].lower().endswith("arn"):
            return None
        names = [path[0] for path in self.create_only if len(path) == 1 and path[0].endswith("Name")]
        return next((name for name in names if resource.endswith(name.removesuffix("Name"))), None)

    @property
    def drift_properties(self):
        """What drift detection compares; nothing without a read handler, as on AWS."""
        if "read" not in self.schema.get("handlers", {}):
            return None
        hidden = {*self.write_only, *(path[0] for path in self.read_only if len(path) == 1)}
        return [name for name in self.schema["properties"] if name not in hidden]

    @property
    def tags(self):
        """The Tags property and its shape, for tags of the stack."""
        tagging = self.schema.get("tagging", {})
        name = tagging.get("tagProperty", "/properties/Tags").rpartition("/")[2]
        if not tagging.get("taggable", True) or not tagging.get("tagUpdatable", True):
            return None
        shape = self.schema["properties"].get(name)
        return shape and (name, "list" if self._resolved(shape).get("type") == "array" else "map")

    def _resolved(self, shape):
        reference = shape.get("$ref", "")
        return self.schema["definitions"][reference.rpartition("/")[2]] if reference else shape

    def typed(self, value, shape=None):
        """A value in the schema's JSON types, which templates may write as strings."""
        shape = self._resolved(self.schema if shape is None else shape)
        if isinstance(value, dict):
            known = shape.get("properties", {})
            return {key: self.typed(item, known.get(key, {})) for key, item in value.items()}
        if isinstance(value, list):
            return [self.typed(item, shape.get("items", {})) for item in value]
        wanted = shape.get("type")
        if isinstance(wanted, list):
            # Of several types, a text is what it is.
            return value
        if wanted == "string" and not isinstance(value, str):
            return str(value).lower() if isinstance(value, bool) else str(value)
        if not isinstance(value, str):
            return value
        if wanted == "boolean":
            return BOOLEANS.get(value.lower(), value)
        try:
            return {"integer": int, "number": float}.get(wanted, str)(value)
        except ValueError:
            return value

    def check(self, logical_id, properties):
        given = [path for path in self.read_only if _at(properties, path) is not None]
        problems = [f"#/{'/'.join(path)}: read-only properties cannot be set" for path in given]
        validator = identities.validator(self.schema)
        for error in validator.iter_errors(properties):
            problems.append(f"#/{'/'.join(map(str, error.path))}: {error.message}")
        if problems:
            message = f"Properties validation failed for resource {logical_id} with message: {'; '.join(problems)}"
            raise ServiceError("InvalidRequest", message)

    def replaced_by(self, old, new):
        """Whether a create-only member below the top level differs; MiniStack compares the top level."""
        nested = [path for path in self.create_only if len(path) > 1]
        return any(_at(old, path) != _at(new, path) for path in nested)


class Resource:
    def __init__(self, kind, logical_id, stack_name, name):
        self.kind, self.logical_id, self.stack_name, self.name = kind, logical_id, stack_name, name
        self.properties, self.made = {}, {}

    @property
    def schema(self):
        return schema_of(self.kind)

    def set(self, properties):
        """Replace the properties, which must satisfy the schema."""
        properties = self.schema.typed(_without_system_tags(self.schema, properties))
        self.schema.check(self.logical_id, properties)
        self.properties = properties

    def attributes(self):
        """The values of Fn::GetAtt: what was given, else what AWS would make."""
        found = {}
        for name, shape in self.schema.attributes().items():
            path = tuple(name.split("."))
            value = _at(self.properties, path)
            made_by_aws = any(path[: len(only)] == only for only in self.schema.read_only)
            if value is None and made_by_aws and name not in self.made:
                self.made[name] = identities.make(self, name, shape)
            if value is None:
                value = self.made.get(name)
            if value is not None:
                found[name] = value
        return found

    @property
    def identifier(self):
        """The primary identifier, as Cloud Control joins it."""
        attributes = self.attributes()
        known = {**self.made, **self.properties, **attributes}
        parts = [known.get(name) for name in self.schema.identifier]
        return "|".join(map(str, parts)) if parts and None not in parts else None

    @property
    def physical_id(self):
        return identities.reference(self)

    def model(self):
        """The properties with those that AWS made."""
        model = copy.deepcopy(self.properties)
        for name, value in self.attributes().items():
            *parents, last = name.split(".")
            target = model
            for parent in parents:
                target = target.setdefault(parent, {}) if isinstance(target, dict) else {}
            if isinstance(target, dict):
                target.setdefault(last, value)
        return model


def _at(value, path):
    for key in path:
        if not isinstance(value, dict):
            return None
        value = value.get(key)
    return value


def _without_system_tags(schema, properties):
    """Tags of CloudFormation's own, which no schema allows a template to set."""
    name, shape = schema.tags or ("Tags", "list")
    tags = properties.get(name)
    if shape == "map" and isinstance(tags, dict):
        tags = {key: value for key, value in tags.items() if not key.startswith("aws:")}
    elif isinstance(tags, list):
        tags = [tag for tag in tags if not str(tag.get("Key", "")).startswith("aws:")]
    rest = {key: value for key, value in properties.items() if key != name}
    return {**rest, name: tags} if tags else rest


@functools.cache
def _load(kind, region):
    schema = identities.schema(kind, region)
    if schema is None:
        raise ServiceError("TypeNotFoundException", f"The type '{kind}' is not available in {region}")
    return TypeSchema(kind, schema)


def schema_of(kind):
    return _load(kind, Scope.current().region)


def create(kind, logical_id, properties, stack_name):
    schema = schema_of(kind)
    name = properties.get(schema.custom_name)
    longest = schema.schema["properties"].get(schema.custom_name, {}).get("maxLength", 64)
    made_name = host.physical_name(stack_name, logical_id, min(longest, 64))
    resource = Resource(kind, logical_id, stack_name, name or properties.get("Name") or made_name)
    resource.set(properties)
    for part in {schema.custom_name, *schema.identifier} - {None, *properties}:
        if (part,) not in schema.read_only and (part == schema.custom_name or part.endswith("Name")):
            resource.made[part] = made_name
    key = (kind, resource.physical_id)
    if key in RESOURCES or (name and any(_same_identity(other, resource) for other in RESOURCES.values())):
        message = f"Resource of type '{kind}' with identifier '{name or key[1]}' already exists."
        raise ServiceError("AlreadyExists", message)
    RESOURCES[key] = resource
    return key[1], resource.attributes()


def _same_identity(one, other):
    """Two of a name. A name may be unique only within something else, such as a consumer's within its stream."""
    if (one.kind, one.name) != (other.kind, other.name):
        return False
    parents = [path for path in one.schema.create_only if path[0].lower().endswith(("arn", "id")) and len(path) == 1]
    return all(_at(one.properties, path) == _at(other.properties, path) for path in parents)


def update(kind, physical_id, old, new, stack_name, logical_id):
    resource = _find(kind, physical_id)
    if resource.schema.replaced_by(old, new):
        return provisioners._replace_resource(kind, physical_id, old, new, stack_name, logical_id)
    resource.set(new)
    return physical_id, resource.attributes()


def _find(kind, physical_id):
    if (kind, physical_id) not in RESOURCES:
        message = f"Resource of type '{kind}' with identifier '{physical_id}' was not found."
        raise ServiceError("NotFound", message, 404)
    return RESOURCES[(kind, physical_id)]


def delete(kind, physical_id, properties):
    RESOURCES.pop((kind, physical_id), None)


def read_for_drift(kind, physical_id, properties):
    resource = RESOURCES.get((kind, physical_id))
    return resource and resource.properties


@functools.cache
def _prepare(kind, region):
    """Before a type's first use: what MiniStack's engine asks about a type."""
    schema = schema_of(kind)
    always = tuple(path[0] for path in schema.create_only if len(path) == 1)
    provisioners._REPLACING_PROPERTIES[kind] = always
    conditional = [pointer.split("/")[2] for pointer in schema.schema.get("conditionalCreateOnlyProperties", [])]
    nested = [path[0] for path in schema.create_only if len(path) > 1]
    provisioners._CONDITIONALLY_REPLACING_PROPERTIES[kind] = tuple(conditional + nested)
    if schema.custom_name:
        provisioners._CUSTOM_NAME_REPLACEMENT[kind] = {
            "name": schema.custom_name,
            "requires_replacement": schema.replaced_by,
        }
    if schema.tags:
        provisioners._STACK_TAG_PROPERTY[kind] = schema.tags
    if schema.drift_properties is not None:
        host.register_drift_reader(kind, functools.partial(read_for_drift, kind), schema.drift_properties)


def _preparing(with_stack_tags):
    def handle(kind, *arguments):
        if kind in _SERVED:
            _prepare(kind, Scope.current().region)
        return with_stack_tags(kind, *arguments)

    return handle


_SERVED = set()


def serve(kind):
    _SERVED.add(kind)
    host.register_resource(
        kind,
        functools.partial(create, kind),
        functools.partial(update, kind),
        functools.partial(delete, kind),
    )
    provisioners._RESOURCE_HANDLERS[kind]["update_with_logical_id"] = True


def change(body):
    """A resource changed (`patch`, a JSON merge patch of its properties) or deleted behind CloudFormation's back."""
    with Scope(body["account"], body["region"]).entered():
        resource = _named(body["id"], body.get("type"))
        if body.get("delete"):
            RESOURCES.pop((resource.kind, resource.physical_id))
        elif "patch" in body:
            resource.set(_merged(resource.properties, body["patch"]))
        described = {"type": resource.kind, "id": resource.physical_id, "properties": resource.properties}
        return {**described, "identifier": resource.identifier}


def _named(name, kind):
    found = [
        resource
        for (of_kind, physical_id), resource in RESOURCES.items()
        if name in (physical_id, resource.logical_id, f"{resource.stack_name}/{resource.logical_id}")
        and kind in (None, of_kind)
    ]
    if len(found) != 1:
        raise ServiceError("NotFound", f"{len(found)} resources are called {name}", 404)
    return found[0]


def _merged(value, patch):
    if not isinstance(patch, dict):
        return patch
    value = value if isinstance(value, dict) else {}
    merged = {**value, **{key: _merged(value.get(key), item) for key, item in patch.items()}}
    return {key: item for key, item in merged.items() if item is not None}


def by_identifier(request):
    for (kind, _), resource in RESOURCES.items():
        if kind == request.get("TypeName") and resource.identifier == request.get("Identifier"):
            return resource
    return None


def _cloud_control_get(ministack_answer):
    def answer(request):
        resource = by_identifier(request)
        if resource is None:
            return ministack_answer(request)
        description = {"Identifier": resource.identifier, "Properties": json.dumps(resource.model())}
        return cloudcontrol.json_response({"TypeName": resource.kind, "ResourceDescription": description})

    return answer


def _cloud_control_update(ministack_answer):
    def answer(request):
        resource = by_identifier(request)
        if resource is None:
            return ministack_answer(request)
        try:
            patched = copy.deepcopy(resource.properties)
            resource.set(cloudcontrol._apply_json_patch(patched, json.loads(request["PatchDocument"])))
        except (ServiceError, cloudcontrol._PatchError) as error:
            return cloudcontrol.error_response_json("InvalidRequestException", str(error), 400)
        event = cloudcontrol._progress_event(
            "UPDATE", "SUCCESS", type_name=resource.kind, identifier=resource.identifier
        )
        return cloudcontrol.json_response({"ProgressEvent": cloudcontrol._record_request(event)})

    return answer


def _all_types():
    package = Path(importlib.util.find_spec("cfnlint").submodule_search_locations[0])
    return json.loads((package / "data/schemas/providers/us-east-1.json").read_text())


def install():
    """Every type of the registry that nothing else serves; install last."""
    for kind in _all_types():
        if kind not in provisioners._RESOURCE_HANDLERS:
            serve(kind)
    stacks._with_stack_tags = _preparing(stacks._with_stack_tags)
    cloudcontrol._get_resource = _cloud_control_get(cloudcontrol._get_resource)
    cloudcontrol._update_resource = _cloud_control_update(cloudcontrol._update_resource)


def reset():
    RESOURCES.clear()
