"""Sessions of roles: a role that is not there cannot be taken on, as on AWS.

MiniStack gives a session of any role, also of one that is not there. Policies
are not asked here either: neither the trust of the role nor what the caller may.
"""

from urllib.parse import parse_qs

from ministack import app as ministack_app
from ministack.services import iam, sts


def install():
    inner = ministack_app.SERVICE_HANDLERS["sts"]

    async def handle(method, path, headers, body, query_params):
        wanted = _wanted_role(body, query_params)
        if wanted and not _is_there(wanted):
            message = f"User is not authorized to perform: sts:AssumeRole on resource: {wanted}"
            return sts._error(403, "AccessDenied", message, ns="sts")
        return await inner(method, path, headers, body, query_params)

    ministack_app.SERVICE_HANDLERS["sts"] = handle


def _wanted_role(body, query_params):
    text = body.decode("utf-8", "replace") if isinstance(body, bytes) else str(body or "")
    form = parse_qs(text)
    form.update({name: values if isinstance(values, list) else [values] for name, values in query_params.items()})
    return form["RoleArn"][0] if form.get("Action") == ["AssumeRole"] and form.get("RoleArn") else None


def _is_there(arn):
    parts = arn.split(":", 5)
    if len(parts) < 6 or not parts[5].startswith("role/"):
        return True  # MiniStack says what is wrong with it.
    return iam._roles.get_scoped(parts[4], None, parts[5].rsplit("/", 1)[-1]) is not None
