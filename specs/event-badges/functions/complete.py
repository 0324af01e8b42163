"""Firehose hands over scans of badges; each gets the time at which it came in, unless it has one."""

import base64
import json
from datetime import datetime, timezone


def handler(event, context):
    return {"records": [complete(record) for record in event["records"]]}


def complete(record):
    try:
        scan = {"booth": None, "scanned_at": arrived(record), **json.loads(base64.b64decode(record["data"]))}
        line = json.dumps({key: scan[key] for key in ("badge", "event", "booth", "scanned_at")}) + "\n"
    except (KeyError, TypeError, ValueError):
        return {"recordId": record["recordId"], "result": "ProcessingFailed", "data": record["data"]}
    return {"recordId": record["recordId"], "result": "Ok", "data": base64.b64encode(line.encode()).decode()}


def arrived(record):
    seconds = record["approximateArrivalTimestamp"] / 1000
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%d %H:%M:%S")
