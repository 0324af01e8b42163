"""Writes lifecycle.json: the resource types whose service is being or was shut down.

Run with a Python that has cfn-lint 1.58.0:  python src/facts/lifecycle.py
The words are AWS's own: `maintenance` takes no new customers, `sunset` has an end, `shutdown` is gone.
"""

import json
from importlib.metadata import version
from pathlib import Path

import cfnlint

HERE = Path(__file__).parent

# Types that the schemas do not mark, each with the page that says so.
CORRECTIONS = {
    "AWS::KinesisAnalytics": {
        "status": "shutdown",
        "date": "2026-01-27",
        "source": "Kinesis Data Analytics for SQL developer guide, discontinuation (unverified)",
    },
}


def main():
    schemas = Path(cfnlint.__file__).parent / "data" / "schemas" / "resources"
    marked, unmarked = {}, set()
    for path in sorted(schemas.glob("*.json")):
        schema = json.loads(path.read_text())
        name = schema.get("typeName")
        if not name:
            continue
        lifecycle = schema.get("lifecycle")
        service = name.rsplit("::", 1)[0]
        if lifecycle:
            marked.setdefault(service, {})[name] = lifecycle
        else:
            unmarked.add(service)
    entries = {}
    for service, types in marked.items():
        same = len({json.dumps(it, sort_keys=True) for it in types.values()}) == 1
        if same and service not in unmarked:
            entries[service] = next(iter(types.values()))
        else:
            entries.update(types)
    entries.update(CORRECTIONS)
    document = {
        "source": f"lifecycle marks of the schemas in cfn-lint {version('cfn-lint')}, by src/facts/lifecycle.py",
        "date": "2026-10-20",
        "types": dict(sorted(entries.items())),
    }
    rows = ",\n".join(f"    {json.dumps(k)}: {json.dumps(v)}" for k, v in document["types"].items())
    text = (
        "{\n"
        f'  "source": {json.dumps(document["source"])},\n'
        f'  "date": {json.dumps(document["date"])},\n'
        f'  "types": {{\n{rows}\n  }}\n}}\n'
    )
    (HERE / "lifecycle.json").write_text(text)


if __name__ == "__main__":
    main()
