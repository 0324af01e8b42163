"""The table of situations for releases by hand: makes each true on the local server, and looks at what came of it.

The test in `tests/it/by_the_table.rs` releases. Between them go lines of JSON: out {"release": what is asked, "record": its name},
in {"succeeded": true, "message": "", "path": []}; each wait of the release, out of it {"wait": true}, is answered by how
many seconds its clock is ahead; and each write of its record, {"writes": text}, by whether it is killed then:
{"kill": "before"}, "after" or null.

    by_hand.py rows | kills [1/2 | situation]      (the server's address stands in AWS_ENDPOINT_URL)
"""
import json
import math
import os
import sys
import time
import traceback

import releases
from releases import ACCOUNT, BUCKET, REGION, Ended, Server
from situations import ROWS, Situation, planned_kills, share
from test_situations import expanded, same


class ByHand(Situation):
    def runTest(self):
        pass

    def load(self):
        """The pipeline's function has no part in this."""

    def tell(self, **what):
        print(json.dumps(what), flush=True)

    def ask(self, part):
        self.tell(release=self.asked(part), ahead=math.ceil(self.clock.ahead), record=self.record_name)

    def run_row(self):
        for part in self.row.get("releases", [self.row]):
            self.arrange(part)
            others = self.row.get("others")
            if others:
                self.lock_by_others()
            path, waits, ended = ["verify"], 0, None
            self.ask(part)
            while not ended:
                said = json.loads(sys.stdin.readline())
                path += said.get("path", [])
                if "writes" in said:
                    self.tell(kill=self.due(said["writes"]))
                elif said.get("killed"):
                    ended = self.has_ended() or self.ask(part)
                elif "succeeded" in said:
                    ended = Ended(succeeded=said["succeeded"], message=said["message"] or None)
                else:
                    waits += 1
                    assert waits < 200, path[-5:]
                    self.pass_time(others, waits)
                    self.tell(ahead=math.ceil(self.clock.ahead))
        return self.outcome(ended, path)

    def check(self, name):
        row = ROWS[name]
        self.begin(row)
        came, comes = self.run_row(), row["comes"]
        for word in comes.get("says", []):
            self.assertIn(word, came["message"])
        wanted = {"operations": "", **comes, "path": " ".join(expanded(comes["path"]))}
        wanted.pop("says", None)
        self.assertEqual({key: same(came[key]) if isinstance(came[key], str) else came[key] for key in wanted}, wanted)
        if "others" not in row:
            self.assertIsNone(came["lock"])
        left_out = {" ".join(step) for step in self.steps.taken} - STEPS
        self.assertEqual(left_out, set(), "no release is killed here: tests/release/kills.yaml")
        return came


STEPS = {" ".join(step) for _, step, _ in planned_kills()}


def cases(what, which=""):
    every = [(name, None, None) for name in ROWS] if what == "rows" else planned_kills()
    if "/" in which:
        return share(every, which)
    return [case for case in every if which in ("", case[0])]


def main():
    releases.Server.url = os.environ["AWS_ENDPOINT_URL"]
    os.environ.update(AWS_ACCESS_KEY_ID=ACCOUNT, AWS_SECRET_ACCESS_KEY="not-a-secret", AWS_DEFAULT_REGION=REGION)
    Server.control("PUT", "settings", {"flink_transition_seconds": 0.1, "continuation_seconds": 0.1})
    releases.boto3.client("s3").create_bucket(
        Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    for name, step, moment in cases(*sys.argv[1:]):
        case = ByHand()
        kill = f"{moment} {step}" if step else None
        begun = time.monotonic()
        try:
            case.setUp()
            came = case.killed_and_begun_again(name, step, moment) if step else case.check(name)
            line = {"came": name, "kill": kill, "message": came["message"], "seconds": round(time.monotonic() - begun, 2)}
        except Exception:
            line = {"wrong": name, "kill": kill, "why": traceback.format_exc()}
            print(json.dumps(line), flush=True)
            if sys.stdin.readline() == "":
                return
            continue
        print(json.dumps(line), flush=True)


main()
