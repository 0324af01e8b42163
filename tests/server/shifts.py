"""Calls that go over to a new version of a function step by step, which MiniStack does not know.

Where an alias has the update policy `CodeDeployLambdaAliasUpdate`, CloudFormation has CodeDeploy move it. Here it moves at
once, unless a test plans that CodeDeploy does not come to the end: then the update of the alias fails with the reason of the
plan, CloudFormation's engine takes the stack back, and the two operations by which a step asks CodeDeploy why are answered.
"""

from ministack.services.cloudformation import provisioners

PLANS = {}


def plan(function, reason):
    """The next update of an alias of the function fails so, once."""
    PLANS[function] = reason


def _refuse(old, new):
    reason = PLANS.pop(new["FunctionName"].rpartition(":")[2], None)
    if reason and old.get("FunctionVersion") != new.get("FunctionVersion"):
        raise ValueError(reason)


def install():
    handler = provisioners._RESOURCE_HANDLERS["AWS::Lambda::Alias"]
    base = handler["update"]

    def update(physical_id, old, new, *rest):
        _refuse(old, new)
        return base(physical_id, old, new, *rest)

    handler["update"] = update


def reset():
    PLANS.clear()
