"""CodeCommit repositories: the API's repository operations and the CloudFormation type, without Git itself."""

import time
import uuid

from ministack.core.responses import AccountRegionScopedDict

import host
from host import Scope, ServiceError

REPOSITORIES = AccountRegionScopedDict()


def _find(name):
    if name not in REPOSITORIES:
        raise ServiceError("RepositoryDoesNotExistException", f"{name} does not exist")
    return REPOSITORIES[name]


def create(request):
    name, scope = request["repositoryName"], Scope.current()
    if name in REPOSITORIES:
        raise ServiceError("RepositoryNameExistsException", f"Repository named {name} already exists")
    metadata = {
        "accountId": scope.account,
        "repositoryId": str(uuid.uuid4()),
        "repositoryName": name,
        "repositoryDescription": request.get("repositoryDescription", ""),
        "creationDate": time.time(),
        "lastModifiedDate": time.time(),
        "cloneUrlHttp": f"https://git-codecommit.{scope.region}.amazonaws.com/v1/repos/{name}",
        "cloneUrlSsh": f"ssh://git-codecommit.{scope.region}.amazonaws.com/v1/repos/{name}",
        "Arn": f"arn:aws:codecommit:{scope.region}:{scope.account}:{name}",
    }
    REPOSITORIES[name] = {"metadata": metadata, "tags": dict(request.get("tags", {}))}
    return {"repositoryMetadata": metadata}


def get(request):
    return {"repositoryMetadata": _find(request["repositoryName"])["metadata"]}


def list_all(request):
    names = sorted(REPOSITORIES)
    rows = [_find(name)["metadata"] for name in names]
    return {"repositories": [{key: row[key] for key in ("repositoryName", "repositoryId")} for row in rows]}


def delete(request):
    entry = REPOSITORIES.pop(request["repositoryName"], None)
    return {"repositoryId": entry["metadata"]["repositoryId"]} if entry else {}


def describe(request):
    metadata = _find(request["repositoryName"])["metadata"]
    metadata["repositoryDescription"] = request.get("repositoryDescription", "")
    metadata["lastModifiedDate"] = time.time()


def list_tags(request):
    return {"tags": _find(request["resourceArn"].rpartition(":")[2])["tags"]}


def _attributes(name):
    metadata = _find(name)["metadata"]
    return name, {
        "Arn": metadata["Arn"],
        "Name": name,
        "CloneUrlHttp": metadata["cloneUrlHttp"],
        "CloneUrlSsh": metadata["cloneUrlSsh"],
    }


def _tag_map(properties):
    return {tag["Key"]: tag["Value"] for tag in properties.get("Tags", [])}


def resource_create(logical_id, properties, stack_name):
    name = properties["RepositoryName"]
    create({"repositoryName": name, "repositoryDescription": properties.get("RepositoryDescription", "")})
    _find(name)["tags"] = _tag_map(properties)
    return _attributes(name)


def resource_update(name, old, new, stack_name):
    """A new name renames the repository in place, as on AWS."""
    entry = REPOSITORIES.pop(name)
    renamed = new["RepositoryName"]
    entry["metadata"]["repositoryName"] = renamed
    entry["metadata"]["Arn"] = entry["metadata"]["Arn"].rpartition(":")[0] + ":" + renamed
    entry["tags"] = _tag_map(new)
    REPOSITORIES[renamed] = entry
    describe({"repositoryName": renamed, "repositoryDescription": new.get("RepositoryDescription", "")})
    return _attributes(renamed)


def install():
    operations = {
        "CreateRepository": create,
        "GetRepository": get,
        "ListRepositories": list_all,
        "DeleteRepository": delete,
        "UpdateRepositoryDescription": describe,
        "ListTagsForResource": list_tags,
    }
    host.register_json_service("codecommit", operations)
    host.register_resource(
        "AWS::CodeCommit::Repository",
        resource_create,
        resource_update,
        lambda name, properties: delete({"repositoryName": name}),
        tags="list",
    )


def reset():
    REPOSITORIES.clear()
