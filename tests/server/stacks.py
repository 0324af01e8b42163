"""The service role of a stack, which MiniStack accepts and forgets.

CloudFormation keeps the role of the last operation that named one, and uses it
for the operations after it; DescribeStacks returns it.
"""

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


WRAPPERS = {
    "CreateStack": _with_role,
    "UpdateStack": _with_role,
    "CreateChangeSet": _create_change_set,
    "ExecuteChangeSet": _execute_change_set,
    "DescribeStacks": _describe_stacks,
}


def install():
    operations = handlers._ACTION_HANDLERS
    for name, wrapper in WRAPPERS.items():
        operations[name] = wrapper(operations[name])
