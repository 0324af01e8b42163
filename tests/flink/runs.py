"""Runs situations on clusters: one job leaves a savepoint, another starts from it; what they print tells the rest."""

import re
import shutil
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor, wait

import flink

KEYS = 4
RESTARTS = [
    "restart-strategy.type=fixed-delay",
    "restart-strategy.fixed-delay.attempts=1000",
    "restart-strategy.fixed-delay.delay=200 ms",
]
# Seconds for everything.
LONGEST = 420
OVER = ("FAILED", "CANCELED", "FINISHED")


def shape(written):
    """What a job is made of: its jar, its parallelism and its arguments."""
    options = dict(written)
    jar = options.pop("jar", "first")
    parallelism = options.pop("parallelism", 2)
    interval = options.pop("checkpoints", "400 ms")
    arguments = [f"{name}={value}" for name, value in sorted(options.items())]
    if interval != "none":
        arguments.append(f"execution.checkpointing.interval={interval}")
    return jar, parallelism, arguments


def operators(written):
    """The operators whose counts a job prints."""
    found = ["counts"]
    if written.get("total") != "none":
        found.append("total")
    if "added" in written:
        found.append("added")
    return found


def verdict(before, after):
    """What became of the counts of one operator."""
    words = set()
    for key, values in after.items():
        last = before.get(key, [0])[-1]
        if values[0] == last + 1 and last > 0:
            words.add("continues")
        elif values[0] == 1:
            words.add("begins again")
        elif 1 < values[0] <= last:
            words.add("goes back")
        else:
            words.add(f"jumps from {last} to {values[0]}")
    return " and ".join(sorted(words))


def after_failure(counts):
    """What became of the counts of one operator of a job that failed once."""
    drops = [now for values in counts.values() for past, now in zip(values, values[1:]) if now <= past]
    return "begins again" if 1 in drops else "goes back to the last checkpoint"


def message(trace):
    """The innermost cause of a stack trace, without what differs from run to run."""
    causes = re.findall(r"^(?:Caused by: )?([\w.$]+(?:Exception|Error)\b.*)$", trace, re.MULTILINE)
    text = causes[-1] if causes else trace.strip().split("\n")[0]
    text = re.sub(r"file:\S*?savepoint-[0-9a-z-]+|/\S*?savepoint-[0-9a-z-]+", "<savepoint>", text)
    text = re.sub(r"@[0-9a-f]{5,8}\b", "", text)
    # This machine's Java.
    text = re.sub(r"only recognizes class file versions up to [0-9.]+", "only recognizes older class files", text)
    return re.sub(r"\b[0-9a-f]{32}\b", "<id>", text)


class Runs:
    """Situations on clusters by version."""

    def __init__(self, clusters, jars):
        self.clusters, self.jars = clusters, jars
        self.bases, self.lock, self.count = {}, threading.Lock(), 0

    def name(self, of):
        with self.lock:
            self.count += 1
            return f"{of}-{self.count}"

    def all_printed(self, cluster, run, written, least=1):
        counts = cluster.printed(run)
        lengths = [sorted(map(len, counts.get(operator, {}).values())) for operator in operators(written)]
        return all(len(those) == KEYS and those[0] >= least for those in lengths)

    def start(self, version, run, written, extra=(), **options):
        cluster = self.clusters[version]
        jar, parallelism, arguments = shape(written)
        return cluster.submit(self.jars[version][jar], [f"run={run}", *arguments, *extra], parallelism, **options)

    def begun(self, version, written):
        """A job that runs, has all keys in its state, and has made a checkpoint."""
        cluster, run = self.clusters[version], self.name("base")
        job, refused = self.start(version, run, written)
        if refused:
            raise flink.Trouble(f"the first job does not start: {refused[-2000:]}")
        ready = lambda: self.all_printed(cluster, run, written, 5) and cluster.checkpoints(job) > 0
        cluster.wait(ready, 90, f"a job ({written}) does not count")
        return cluster, run, job

    def base(self, version, written, how):
        """What a job printed, and its savepoint; the same job serves many situations."""
        key = (version, str(sorted(written.items())), "older" if how == "older" else "stop")
        with self.lock:
            made = key in self.bases
            future = self.bases.setdefault(key, Future())
        if not made:
            try:
                future.set_result(self.made(version, written, how))
            except BaseException as trouble:
                future.set_exception(trouble)
                raise
        return future.result()

    def made(self, version, written, how):
        cluster, run, job = self.begun(version, written)
        if how != "older":
            savepoint = cluster.savepoint(job, stop=True)
            cluster.wait(lambda: cluster.job(job).get("state") in OVER, 60, "a stopped job goes on")
            return cluster.printed(run), savepoint
        savepoint = cluster.savepoint(job, stop=False)
        reached = max(values[-1] for values in cluster.printed(run)["total"].values())
        cluster.wait(
            lambda: min(values[-1] for values in cluster.printed(run)["total"].values()) > reached + 3,
            60, "a job does not go on after its savepoint",
        )
        cluster.cancel(job)
        return cluster.printed(run), savepoint

    def outcome(self, situation, from_version, version):
        """What Flink does in a situation, as data."""
        how = situation.get("how", "stop")
        after = situation.get("after", {})
        if how == "failure":
            return self.failure(version, situation["id"], after)
        printed, savepoint = self.base(from_version, situation.get("before", {}), how)
        savepoint = self.prepared(savepoint, how, self.name("copy"))
        cluster, run = self.clusters[version], self.name(situation["id"])
        job, refused = self.start(version, run, after, savepoint=savepoint, allow=situation.get("allow", False))
        if refused:
            return {"outcome": "refused", "message": message(refused)}
        over = lambda: self.all_printed(cluster, run, after) or cluster.job(job).get("state") in OVER
        cluster.wait(over, 90, f"`{situation['id']}` comes to no end")
        if cluster.job(job).get("state") in OVER:
            return self.failed(cluster, job, cluster.printed(run))
        cluster.cancel(job)
        counts = cluster.printed(run)
        state = {operator: verdict(printed.get(operator, {}), counts[operator]) for operator in operators(after)}
        state |= {operator: "is gone" for operator in printed if operator not in state}
        return {"outcome": "resumed", "state": state}

    def failed(self, cluster, job, counts):
        ran = cluster.job(job)["timestamps"].get("RUNNING", 0) > 0
        found = {"outcome": "fails when it runs" if ran else "fails before it runs"}
        return found | {"message": message(cluster.failures(job)[0])}

    def prepared(self, savepoint, how, name):
        """The savepoint as the next job finds it."""
        if how == "none":
            return None
        if how in ("gone", "damaged"):
            copy = savepoint.with_name(f"savepoint-{name}")
            if how == "damaged":
                shutil.copytree(savepoint, copy)
                content = (copy / "_metadata").read_bytes()
                (copy / "_metadata").write_bytes(content[: len(content) // 2])
            return copy
        return savepoint

    def failure(self, version, name, written):
        """A job that fails by itself and is restarted by Flink."""
        cluster, run = self.clusters[version], self.name(name)
        job, refused = self.start(version, run, written, RESTARTS)
        if refused:
            raise flink.Trouble(f"`{name}` does not start: {refused[-2000:]}")
        if written["fails"] == 0:
            cluster.wait(lambda: len(cluster.failures(job)) > 3, 90, f"`{name}` does not fail again and again")
            reached = cluster.job(job)["timestamps"]
            found = {"outcome": "restarts without end", "message": message(cluster.failures(job)[0])}
            cluster.cancel(job)
            return found | {"job": [state for state in ("RESTARTING", "RUNNING") if reached[state] > 0]}
        enough = written["fails"] + 3
        past = lambda: self.all_printed(cluster, run, written, enough) and cluster.failures(job)[0]
        cluster.wait(past, 90, f"`{name}` does not fail, or not go on")
        cluster.cancel(job)
        counts = cluster.printed(run)
        return {"outcome": "restarts once", "state": {name: after_failure(counts[name]) for name in operators(written)}}

    def default_maximum(self, version, parallelism):
        """The maximum parallelism that Flink gives to a job that states none."""
        cluster = self.clusters[version]
        job, refused = self.start(version, self.name("maximum"), {"parallelism": parallelism})
        if refused:
            raise flink.Trouble(refused[-2000:])
        vertices = cluster.wait(lambda: cluster.job(job).get("vertices"), 60, "a job shows no vertices")
        cluster.cancel(job)
        [found] = {vertex["maxParallelism"] for vertex in vertices if vertex["parallelism"] == parallelism}
        return found

    def metrics(self, version, names):
        """Which metrics exist, each with where; and those that count restarts."""
        cluster, run = self.clusters[version], self.name("metrics")
        job, refused = self.start(version, run, {"fails": 30}, RESTARTS)
        if refused:
            raise flink.Trouble(refused[-2000:])
        vertices = cluster.wait(lambda: cluster.job(job).get("vertices"), 60, "a job shows no vertices")
        counts = next(vertex["id"] for vertex in vertices if vertex["name"].startswith("counts"))

        def of(path):
            return {metric["id"] for metric in cluster.get(path)}

        def found():
            levels = {"job": of(f"/jobs/{job}/metrics"), "task": of(f"/jobs/{job}/vertices/{counts}/metrics")}
            levels["operator"] = {name.split(".", 2)[2] for name in levels["task"] if name.count(".") == 2}
            levels["task"] = {name.split(".", 1)[1] for name in levels["task"] if name.count(".") == 1}
            return {name: next((level for level, those in levels.items() if name in those), None) for name in names}

        def restarts():
            values = cluster.get(f"/jobs/{job}/metrics?get=numRestarts,fullRestarts")
            return sorted(metric["id"] for metric in values if float(metric["value"]) >= 1)

        last, since = {}, time.monotonic()
        cluster.wait(lambda: restarts() and cluster.checkpoints(job) > 1, 90, "no metric counts a restart")
        # The REST API fetches metrics when somebody asks, and level by level.
        cluster.wait(lambda: found().get("numRecordsIn"), 60, "there are no metrics of a task")
        while time.monotonic() - since < 4:
            if (now := found()) != last:
                last, since = now, time.monotonic()
            time.sleep(0.3)
        counting = restarts()
        cluster.cancel(job)
        return {"where": last, "count-restarts": counting}


def all_of(data, runs):
    """The outcomes of everything that `situations.json` asks."""
    versions = data["flink"]
    work = {}
    pool = ThreadPoolExecutor(6)
    try:
        for situation in data["situations"]:
            for version in [situation["to"]] if "to" in situation else list(versions):
                come_from = versions[situation.get("from", version)]
                work["situations", situation["id"], versions[version]] = pool.submit(
                    runs.outcome, situation, come_from, versions[version]
                )
        for version in versions.values():
            for parallelism in data["default-maximum-of"]:
                key = ("default-maximum", str(parallelism), version)
                work[key] = pool.submit(runs.default_maximum, version, parallelism)
            if data["metrics"]:
                work["metrics", version] = pool.submit(runs.metrics, version, data["metrics"])
        done, late = wait(work.values(), timeout=LONGEST)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    if late:
        names = sorted(" ".join(name) for name, future in work.items() if future in late)
        raise flink.Trouble(f"not done after {LONGEST} seconds: {', '.join(names)}")
    troubles = [str(error) for future in done if (error := future.exception())]
    if troubles:
        raise flink.Trouble("\n".join(sorted(set(troubles))))
    found = {"situations": {}, "default-maximum": {}, "metrics": {}}
    for (section, name, *version), future in work.items():
        if version:
            found[section].setdefault(name, {})[version[0]] = future.result()
        else:
            found[section][name] = future.result()
    return found
