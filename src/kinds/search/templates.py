"""Put index templates into a domain of OpenSearch Service, and see that it keeps them.

Putting one that is there already replaces it by itself. Indexes take a template when they are
made: those that are there stay as they are.
"""
import botocore.auth
import botocore.awsrequest
import botocore.httpsession
import botocore.session

URL = "https://" + os.environ["ENDPOINT"]
REGION = os.environ["AWS_REGION"]
TIMEOUT_SECONDS = 20
session = botocore.session.get_session()
http = botocore.httpsession.URLLib3Session(timeout=TIMEOUT_SECONDS)

# OpenSearch writes settings and mappings down in its own way; of these it keeps what it was given.
KEPT = ("index_patterns", "priority", "composed_of", "version", "_meta")


def step(job):
    while (at := job.memory.get("at", 0)) < len(TEMPLATES):
        name, text = list(TEMPLATES.items())[at]
        if waiting := put(name, text) or verify(name, json.loads(text)):
            return waiting
        job.memory["at"] = at + 1
    job.outputs = {"templates": str(len(TEMPLATES))}


def put(name, text):
    status, said = send("PUT", name, text)
    return refusal(status, said, f"Index template {name} was refused")


def verify(name, wanted):
    status, said = send("GET", name)
    if waiting := refusal(status, said, f"Index template {name} cannot be read back"):
        return waiting
    found = [entry["index_template"] for entry in json.loads(said)["index_templates"] if entry["name"] == name]
    if not found:
        raise Failed(f"Index template {name} is not there after it was put. Retry this stage.")
    for key in KEPT:
        if key in wanted and found[0].get(key) != wanted[key]:
            raise Failed(f"Index template {name} has {key} {json.dumps(found[0].get(key))} and not "
                         f"{json.dumps(wanted[key])}: somebody else puts it, too. Find out who, then retry this stage.")


def send(method, name, body=None):
    """A signed request; gives status and text."""
    request = botocore.awsrequest.AWSRequest(
        method, f"{URL}/_index_template/{name}", data=body and body.encode(),
        headers={"Content-Type": "application/json"})
    botocore.auth.SigV4Auth(session.get_credentials(), "es", REGION).add_auth(request)
    answer = http.send(request.prepare())
    return answer.status_code, answer.text


def refusal(status, said, what):
    if 200 <= status < 300:
        return None
    if status == 429 or status >= 500:
        return Later(f"The domain answers {status} and is asked again later: {said[:500]}")
    message = f"{what}: {status}: {reason(said)} "
    if status == 403:
        function = os.environ.get("AWS_LAMBDA_FUNCTION_NAME", "that puts it")
        raise Failed(message + f"As the domain's administrator, map the role of function {function} to a role of the "
                     "domain with the cluster permissions indices:admin/index_template/get and "
                     "indices:admin/index_template/put, then retry this stage.",
                     "PermissionError")
    raise Failed(message + "Correct the file, deploy, then start the pipeline again.")


def reason(said):
    try:
        error = json.loads(said).get("error", said)
    except ValueError:
        return said[:1000]
    return error.get("reason", json.dumps(error)) if isinstance(error, dict) else str(error)
