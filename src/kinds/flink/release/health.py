# ---- Health -----------------------------------------------------------------------------

def metrics_of(release, begin, end, names):
    """The values of metrics of the application by the minute, oldest first."""
    queries = []
    for number, (name, (metric, statistic)) in enumerate(names.items()):
        query = {"Id": f"m{number}", "Label": name}
        if name == "lag":  # of all streams and shards: they are dimensions of their own
            search = f"Namespace=\"AWS/KinesisAnalytics\" MetricName=\"{metric}\" Application=\"{release.application}\""
            query["Expression"] = f"MAX(SEARCH('{search}', '{statistic}', {MINUTE}))"
        else:
            dimensions = [{"Name": "Application", "Value": release.application}]
            query["MetricStat"] = {"Period": MINUTE, "Stat": statistic, "Metric": {
                "Namespace": "AWS/KinesisAnalytics", "MetricName": metric, "Dimensions": dimensions}}
        queries.append(query)
    found = {name: {} for name in names}
    pages = cloudwatch.get_paginator("get_metric_data").paginate(
        MetricDataQueries=queries, StartTime=begin, EndTime=end, ScanBy="TimestampAscending")
    for result in (result for page in pages for result in page["MetricDataResults"]):
        name = list(names)[int(result["Id"][1:])]
        found[name].update((stamp.timestamp(), value) for stamp, value in zip(result["Timestamps"], result["Values"]))
    return {name: dict(sorted(values.items())) for name, values in found.items()}


def counters(release):
    restarts = RUNTIME_OF.get(release.seen.runtime, {}).get("restarts", "numRestarts")
    return {"restarts": (restarts, "Maximum"), "failed": ("numberOfFailedCheckpoints", "Maximum")}


class Health:
    """What the metrics and alarms say since the window was opened."""

    def __init__(self, release):
        asked, window, now = release.health, release.memory["window"], time.time()
        opened, names = window["opened"], {**counters(release), "checkpoints": ("lastCheckpointDuration", "Maximum")}
        if "lag-seconds" in asked:
            names["lag"] = "millisBehindLatest", "Maximum"
        if "throughput" in asked:
            names["throughput"] = "numRecordsInPerSecond", "Average"
        metrics = metrics_of(release, opened - opened % MINUTE, now, names)
        # A minute that began before the window tells of the job of before as well.
        metrics = {name: {at: value for at, value in found.items() if at >= opened} for name, found in metrics.items()}
        values = {name: list(found.values()) for name, found in metrics.items()}
        end = opened + MINUTE * asked["for-minutes"]
        self.left = end - now
        over, known = now >= end, now >= end + MINUTE * MACHINE["limits"]["grace-minutes"]
        self.reasons, told = [], []
        self.missing = [names[name][0] for name in names if not values[name] and (
            name in ("restarts", "lag", "throughput") or name == "checkpoints" and asked["checkpoints"])]
        begun = bool(release.memory.get("touched"))
        restarts, failed = (growth(values[name], window.get(name), begun) for name in ("restarts", "failed"))
        completed = sum(value >= 0 for value in values["checkpoints"])
        told += [show_count(restarts, "restart"), show_count(completed, "completed checkpoint")]
        self.refuse(restarts > asked["restarts"], f"{told[0]}, {asked['restarts']} allowed")
        self.refuse(failed and asked["checkpoints"], f"{show_count(failed, 'failed checkpoint')}")
        if completed < asked["checkpoints"] and values["checkpoints"]:
            known = known or max(metrics["checkpoints"]) + MINUTE >= end
            self.refuse(over and known, f"{told[1]}, {asked['checkpoints']} required")
            self.missing += [] if known else [names["checkpoints"][0]]
        if values.get("lag"):
            lag = values["lag"][-1] / 1000
            told.append(f"{lag:g} seconds behind its sources")
            self.refuse(over and lag > asked["lag-seconds"], f"{told[-1]}, {asked['lag-seconds']} allowed")
        if values.get("throughput"):
            throughput = round(sum(values["throughput"]) / len(values["throughput"]), 1)
            told.append(f"{throughput:g} records a second")
            self.refuse(over and throughput < asked["throughput"], f"{told[-1]}, {asked['throughput']} required")
        for name, since in alarms(asked.get("alarms", [])):
            self.refuse(since > opened, f"alarm {name} went off")
            told += [f"alarm {name} was on before"] * (since <= opened)
        self.evidence = f"{', '.join(told)}."

    def refuse(self, unhealthy, reason):
        self.reasons += [reason] if unhealthy else []


def growth(values, before, begun):
    """How much a counter grew. It begins at nothing again with each start of a job."""
    grown, last = 0, before if before is not None else 0 if begun else (values or [0])[0]
    for value in values:
        grown, last = grown + (value - last if value >= last else value), value
    return grown


def alarms(names):
    if not names:
        return
    for page in cloudwatch.get_paginator("describe_alarms").paginate(
            AlarmNames=names, AlarmTypes=["MetricAlarm", "CompositeAlarm"]):
        for alarm in page.get("MetricAlarms", []) + page.get("CompositeAlarms", []):
            if alarm["StateValue"] == "ALARM":
                yield alarm["AlarmName"], alarm["StateUpdatedTimestamp"].timestamp()
