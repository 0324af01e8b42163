"""The service role of a stack, which MiniStack accepts and forgets, and pages of changes.

CloudFormation keeps the role of the last operation that named one, and uses it
for the operations after it; DescribeStacks returns it. DescribeChangeSet gives
long lists of changes in pages, as MiniStack does for events.
"""

import re
from xml.sax.saxutils import escape

from ministack.services.cloudformation import _stacks, changesets, handlers


def _parameter(params, name):
    value = params.get(name)
    return value[0] if isinstance(value, list) else value


def _succeeded(answer):
    return answer[0] == 200


def _remember(stack_name, role):
    stack = _stacks.get(stack_name)
    if stack is not None and role:
        stack["RoleARN"] = role


def _with_role(operation):
    """CreateStack and UpdateStack: the role is the stack's from now on."""

    def handle(params):
        answer = operation(params)
        if _succeeded(answer):
            _remember(_parameter(params, "StackName"), _parameter(params, "RoleARN"))
        return answer

    return handle


def _change_set(params):
    return changesets._find_change_set(_parameter(params, "ChangeSetName"), _parameter(params, "StackName"))[1]


def _create_change_set(operation):
    def handle(params):
        answer = operation(params)
        if _succeeded(answer):
            _change_set(params)["RoleARN"] = _parameter(params, "RoleARN")
        return answer

    return handle


def _execute_change_set(operation):
    def handle(params):
        change_set = _change_set(params)
        answer = operation(params)
        if _succeeded(answer):
            _remember(change_set["StackName"], change_set.get("RoleARN"))
        return answer

    return handle


def _describe_stacks(operation):
    def handle(params):
        status, headers, body = operation(params)
        text = body.decode() if isinstance(body, bytes) else body
        for stack in _stacks.values():
            if stack.get("RoleARN"):
                identity = f"<StackId>{escape(stack['StackId'])}</StackId>"
                text = text.replace(identity, f"{identity}<RoleARN>{escape(stack['RoleARN'])}</RoleARN>")
        return status, headers, text.encode() if isinstance(body, bytes) else text

    return handle


CHANGES_OF_A_PAGE = 100


def _members(text):
    """The outermost <member> elements of a list."""
    members, depth, start = [], 0, 0
    for tag in re.finditer(r"<(/?)member>", text):
        if not tag.group(1):
            start = tag.start() if depth == 0 else start
            depth += 1
        else:
            depth -= 1
            if depth == 0:
                members.append(text[start : tag.end()])
    return members


def _describe_change_set(operation):
    def handle(params):
        status, headers, body = operation(params)
        text = body.decode() if isinstance(body, bytes) else body
        found = re.search(r"<Changes>(.*)</Changes>", text, re.DOTALL)
        members = _members(found.group(1)) if found else []
        token = _parameter(params, "NextToken")
        first = int(token) if token else 0
        if len(members) > CHANGES_OF_A_PAGE:
            last = first + CHANGES_OF_A_PAGE
            page = f"<Changes>{''.join(members[first:last])}</Changes>"
            more = f"<NextToken>{last}</NextToken>" if last < len(members) else ""
            text = text[: found.start()] + page + more + text[found.end() :]
        return status, headers, text.encode() if isinstance(body, bytes) else text

    return handle


WRAPPERS = {
    "CreateStack": _with_role,
    "UpdateStack": _with_role,
    "CreateChangeSet": _create_change_set,
    "ExecuteChangeSet": _execute_change_set,
    "DescribeStacks": _describe_stacks,
    "DescribeChangeSet": _describe_change_set,
}


def install():
    operations = handlers._ACTION_HANDLERS
    for name, wrapper in WRAPPERS.items():
        operations[name] = wrapper(operations[name])
