# ---- Change sets that would bring another build back -------------------------------------

def pending_change_sets(release):
    """The stack's change sets that are being made, can be executed or are being executed."""
    try:
        for page in cloudformation.get_paginator("list_change_sets").paginate(StackName=release.asked["stack"]):
            yield from filter(is_pending, page.get("Summaries", []))
    except ClientError as error:
        if "does not exist" not in error.response["Error"]["Message"]:
            raise


def is_pending(change_set):
    status = change_set["Status"]
    return status in BEING_MADE or (
        status == "CREATE_COMPLETE" and change_set.get("ExecutionStatus") in ("AVAILABLE", "EXECUTE_IN_PROGRESS"))


def is_stale(release, summary):
    """Whether a change set would set the application to another build than the pointer's."""
    try:
        pages = list(cloudformation.get_paginator("describe_change_set").paginate(
            StackName=release.asked["stack"], ChangeSetName=summary["ChangeSetId"]))
    except cloudformation.exceptions.ChangeSetNotFoundException:
        return False
    if not is_pending(pages[0]):
        return False  # it was listed a moment too early
    pointer = release.seen.pointer
    wanted = release.asked["pointer"], pointer["Value"]
    if any((parameter.get("ParameterValue"), parameter.get("ResolvedValue")) == wanted
           for parameter in pages[0].get("Parameters", [])):
        return False  # it was made after the pointer moved
    if pages[0]["Status"] in BEING_MADE:
        return summary["CreationTime"] <= pointer["LastModifiedDate"]
    changes = [change.get("ResourceChange", {}) for page in pages for change in page.get("Changes", [])]
    return any(change.get("ResourceType") == "AWS::KinesisAnalyticsV2::Application"
               and change.get("PhysicalResourceId", release.application) == release.application  # not another one
               for change in changes)


def delete_stale_change_sets(release):
    """CloudFormation reads the pointer when a change set is made, not when it is executed."""
    most = MACHINE["limits"]["change-sets"]
    change_sets = list(itertools.islice(pending_change_sets(release), most + 1))
    if len(change_sets) > most:
        return "too-many"
    release.refused_change_sets = []
    for found in change_sets:
        if not is_stale(release, found):
            continue
        name = found["ChangeSetName"]
        try:  # by its ARN: another one may have got the name meanwhile
            cloudformation.delete_change_set(StackName=release.asked["stack"], ChangeSetName=found["ChangeSetId"])
        except cloudformation.exceptions.InvalidChangeSetStatusException:
            release.refused_change_sets.append(name)
            continue
        reason = "it was made before and would bring another build back: plan again"
        release.job.log(**{"application": release.application, "stack": release.asked["stack"],
                           "deleted-change-set": name, "reason": reason})
    return "refused" if release.refused_change_sets else None
