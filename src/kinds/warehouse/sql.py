"""Run the statements of a warehouse one after the other by the Data API, as its administrator.

All run each time: what was run once says nothing of what is there now, after a restored
snapshot or a table that was dropped by hand. So each has to be written to run again.
"""
redshift = boto3.client("redshift-data", config=CONFIG)
TARGET = {"WorkgroupName": os.environ["WORKGROUP"]} if "WORKGROUP" in os.environ else {
    "ClusterIdentifier": os.environ["CLUSTER"]}
DATABASE, SECRET = os.environ["DATABASE"], os.environ["SECRET"]
BUSY_SECONDS = 60  # of one call; the function may take twice as long
POLL_SECONDS = 0.5


def step(job):
    until = time.time() + BUSY_SECONDS
    while (at := job.memory.get("at", 0)) < len(STATEMENTS):
        if "id" not in job.memory:
            # The same token gives the same statement: a second call runs nothing again.
            job.memory["id"] = redshift.execute_statement(
                **TARGET, Database=DATABASE, SecretArn=SECRET, Sql=STATEMENTS[at][3],
                ClientToken=f"{at}-{job.marker}", StatementName=name(at))["Id"]
        while not ended(at, job.memory["id"]):
            if time.time() > until:
                return Later(f"{where(at)} is running as {job.memory['id']}.")
            time.sleep(POLL_SECONDS)
        del job.memory["id"]
        job.memory["at"] = at + 1
        if time.time() > until and at + 1 < len(STATEMENTS):
            return Later(f"{at + 1} of {len(STATEMENTS)} statements were run.")
    job.outputs = {"statements": str(len(STATEMENTS))}


def where(at):
    file, number, line, _ = STATEMENTS[at]
    return f"{file}: statement {number} in line {line}"


def name(at):
    file, number, _, _ = STATEMENTS[at]
    return f"{file}#{number}"[-500:]


def ended(at, statement_id):
    found = redshift.describe_statement(Id=statement_id)
    if found["Status"] in ("FAILED", "ABORTED"):
        reason = found.get("Error") or "Redshift gave no reason."
        raise Failed(f"{where(at)} is {found['Status']}: {reason} The {at} statements before it were run and stay. "
                     f"Correct it, deploy, then start the pipeline again. It begins with: {STATEMENTS[at][3][:200]}")
    return found["Status"] == "FINISHED"
