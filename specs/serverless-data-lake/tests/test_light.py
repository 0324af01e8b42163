import json
from unittest.mock import patch

import boto3

with patch.object(boto3, "client") as client:
    from transforms import light


def test_empty_rows_are_left_out(monkeypatch):
    monkeypatch.setenv("STAGE", "stage")
    client.return_value.get_object.return_value["Body"].read.return_value = b'[{"id": 1}, {}, null]'
    done = light.handler({"bucket": {"name": "raw"}, "object": {"key": "engineering/legislators/1.json"}}, None)
    assert done == {"key": "engineering/legislators/1.json", "rows": 1}
    assert json.loads(client.return_value.put_object.call_args.kwargs["Body"]) == [{"id": 1}]
