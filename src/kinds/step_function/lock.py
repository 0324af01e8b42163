

# ---- The lock: it keeps two releases of the same thing apart ----

MINUTE = 60


class Locked:
    """A release with `id`, `by`, `memory`, and `lock`, the name of the parameter that is its lock."""

    holds = False
    other = {}  # what the lock says when somebody else has it

    def take_lock(self):
        """Whether it was free, ours already, or left behind by somebody who was not seen for long."""
        try:
            ssm.put_parameter(Name=self.lock, Value=self.lock_text(), Type="String")
        except ssm.exceptions.ParameterAlreadyExists:
            if self.is_held():
                return False
            self.refresh_lock()
            if self.is_held():
                return False
        self.holds = True
        return True

    def is_held(self):
        self.other = read_json(ssm, self.lock)
        return (self.other.get("run", self.id) != self.id
                and time.time() - self.other["seen"] < MINUTE * LOCK_MINUTES)

    def refresh_lock(self):
        ssm.put_parameter(Name=self.lock, Value=self.lock_text(), Type="String", Overwrite=True)

    def lock_text(self):
        since = datetime.datetime.fromtimestamp(self.memory["started"], datetime.timezone.utc)
        return json.dumps({"version": 1, "run": self.id, "holder": self.by, "machine": "the release function",
                           "purpose": f"release {self.memory['sha256'][:8]}", "since": f"{since:%Y-%m-%dT%H:%M:%SZ}",
                           "seen": int(time.time())}, ensure_ascii=False)

    def give_lock_back(self):
        if self.holds and read_json(ssm, self.lock).get("run") == self.id:
            ssm.delete_parameter(Name=self.lock)


def show_time(seconds):
    minutes = round(seconds / MINUTE)
    if minutes < 1:
        return f"{max(0, round(seconds))} seconds"
    return f"{minutes} minute{'s' if minutes != 1 else ''}"
