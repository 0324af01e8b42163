

# ---- The record: what a release leaves behind while it goes on, and its evidence afterwards ----

LONGEST_RECORD = 4096  # bytes: what a parameter of the standard tier holds
TOLD = ("evidence", "last", "note", "reason", "said")  # may be shortened; what else is there is needed as it is
LEAST_TOLD = 80  # characters


class Record:
    """A parameter that `tidegate status` shows. Its members are those of the record of a Flink application."""

    def __init__(self, job, client, name, **about):
        self.client, self.name = client, name
        kept = read_json(client, name)
        if kept.get("id") != job.marker:
            kept = {"version": 1, "id": job.marker, "by": releaser(job), **about, "started": job.memory["started"],
                    "path": []}
        self.memory = kept

    def enter(self, state, **more):
        """Before what is done there."""
        self.memory.update(state=state, **more)
        path = self.memory["path"]
        if not path or path[-1][0] != state:
            path.append([state, int(time.time())])
        self.write()

    def wait(self, reason):
        self.memory["last"] = reason
        self.write()

    def succeed(self, evidence):
        self.end("succeeded", evidence=evidence)

    def fail(self, reason):
        self.end("failed", reason=reason)

    def end(self, outcome, **told):
        self.memory.update(outcome=outcome, ended=int(time.time()), **told)
        self.write()

    def write(self):
        write_record(self.client, self.name, self.memory)


def releaser(job):
    execution = job.asked.get("execution")
    return f"pipeline execution {execution}" if execution else f"pipeline job {job.id}"


def read_json(client, name):
    """What a parameter holds, and when it was last seen to be written; nothing when there is none."""
    try:
        found = client.get_parameter(Name=name)["Parameter"]
        read = json.loads(found["Value"])
        return {"seen": found["LastModifiedDate"].timestamp(), **read} if isinstance(read, dict) else {}
    except (client.exceptions.ParameterNotFound, ValueError):
        return {}


def write_record(client, name, memory):
    """The first states of a long way are left out, and then what is told is shortened."""
    memory["seen"] = int(time.time())
    while len(text := json.dumps(memory, ensure_ascii=False, separators=(",", ":")).encode()) > LONGEST_RECORD:
        longest = max(TOLD, key=lambda told: len(memory.get(told, "")))
        if len(memory["path"]) > 1:
            memory["path"].pop(0)
        elif len(memory.get(longest, "")) > LEAST_TOLD:
            memory[longest] = shorten(memory[longest], len(memory[longest]) * 3 // 4)
        else:
            break  # Systems Manager says what is wrong
    client.put_parameter(Name=name, Value=text.decode(), Type="String", Overwrite=True)
