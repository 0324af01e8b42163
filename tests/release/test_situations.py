"""The table of situations, released by the function of the pipeline, and the same killed around each write of its record.

    python tests/release/test_situations.py        (a venv with tests/server/requirements.txt)
    python tests/release/test_situations.py Rows.test_ordinary

It takes several processes, each with a server of its own, and tells then whether the book says what was seen. With BLESS=1
in the environment the tables of book/src/situations.md, and the list of kills, are written from what was seen.
"""
import json
import os
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from parts import ROOT, load, release_text
from releases import setUpModule, tearDownModule  # noqa: F401
from situations import KILLS, MOMENTS, ROWS, TABLE, Situation, planned, planned_kills, share

BOOK = ROOT / "book/src/situations.md"
PROCESSES = 3
SEEN: dict = {}  # what came of each row
SAME: list = []  # situation, step and moment that came to the same end
NEVER = {"verify": "The release holds no lock yet and writes nothing: it begins anew."}  # states that are not entered


def expanded(path):
    words = path.split()
    while any(word in TABLE["ways"] for word in words):
        words = [part for word in words for part in TABLE["ways"].get(word, word).split()]
    return words


def uncounted(text):
    """How many a window has seen when it is looked at depends on how fast the machine is."""
    return re.sub(r"\b[1-9]\d* (restart|completed checkpoint)s?\b", r"n \1s", text)


def same(text):
    """Names of snapshots have digests and times in them, and quiet times end on another day each time."""
    return re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d", "…", re.sub(r"release-(new|\w{12})-\d+(-\d+)?", "release-…", text))


class Rows(Situation):
    def check(self, name):
        row = ROWS[name]
        self.begin(row)
        came, comes = self.run_row(), row["comes"]
        for word in comes.get("says", []):
            self.assertIn(word, came["message"])
        self.assertEqual(came["message"] != "", comes["outcome"] == "failed", came["message"])
        wanted = {**{"operations": ""}, **comes, "path": " ".join(expanded(comes["path"]))}
        wanted = {key: value for key, value in wanted.items() if key != "says"}
        self.assertEqual({key: same(came[key]) if isinstance(came[key], str) else came[key] for key in wanted}, wanted)
        if "others" not in row:
            self.assertIsNone(came["lock"])
        SEEN[name] = {**came, "steps": [" ".join(step) for step in self.steps.taken]}


def add_rows():
    for name in ROWS:
        setattr(Rows, f"test_{name.replace('-', '_')}", lambda self, name=name: self.check(name))


add_rows()


class Kills(Situation):
    """Killed before the write of a step, or after it, and begun again by another execution."""


def add_kills():
    for name, step, moment in planned_kills():
        def test(self, name=name, step=step, moment=moment):
            self.killed_and_begun_again(name, step, moment)
            SAME.append([name, " ".join(step), moment])

        setattr(Kills, f"test_{name}_{'_'.join(step)}_{moment}".replace("-", "_"), test)


add_kills()


def situations_table():
    lines = ["| Situation | Ends | States | Runs | Pointer | Asked of the service | Evidence, or message |",
             "|---|---|---|---|---|---|---|"]
    for name, row in ROWS.items():
        came = SEEN[name]
        states = shortened(row["comes"]["path"])
        runs = came["live"] if came["status"] == "RUNNING" else f"{came['live']}, {came['status']}"
        told = uncounted(same(came["message"] or came["evidence"])).replace("|", "\\|")
        lines.append(f"| `{name}`: {row['says']} | {came['outcome']} | {states} | {runs} | {came['pointer']} "
                     f"| {came['operations'] or 'nothing'} | {told} |")
    ways = [f"*{name}* stands for {shortened(path)}" for name, path in TABLE["ways"].items()]
    return [*lines, "", f"{'; '.join(ways)}."]


def shortened(path):
    return " ".join(f"*{word}*" if word in TABLE["ways"] else f"`{word}`" for word in path.split())


def kills_table():
    lines = ["| Situation | Written while in | Enters | Killed before it is written | Killed after it is written |",
             "|---|---|---|---|---|"]
    for name, steps in planned().items():
        for step in steps:
            state, to = step.split(" ")
            cells = ["same end" if [name, step, moment] in SAME else "not shown" for moment in MOMENTS]
            lines.append(f"| `{name}` | `{state}` | {f'`{to}`' if to != state else 'nothing: it notes what it does'} "
                         f"| {' | '.join(cells)} |")
    reasons = [f"`{state}`: {reason}" for state, reason in NEVER.items()]
    return [*lines, "", f"No release is killed at the entry of {' '.join(reasons)}"]


def chosen():
    """Each step that any situation takes, in the first that does; and those with `kills` by every way that leads there."""
    found, met, ways = {}, set(), set()
    for name, row in ROWS.items():
        steps = list(dict.fromkeys(SEEN[name]["steps"])) if "releases" not in row else []
        way = [tuple(steps[:number + 1]) for number in range(len(steps))]
        new = [step for step, way in zip(steps, way) if step not in met or row.get("kills") and way not in ways]
        met.update(steps)
        ways.update(way)
        if new:
            found[name] = new
    return found


class Told(unittest.TestCase):
    """What the book tells is what was seen."""

    def test_every_step_is_one_at_which_a_release_is_killed(self):
        if os.environ.get("BLESS") and not os.environ.get("CI"):
            comment = "# The steps of the machine, in the situation that is killed there. Written by test_situations.py.\n"
            listed = [f"{name}:\n" + "".join(f"  - {step}\n" for step in steps) for name, steps in chosen().items()]
            KILLS.write_text(comment + "".join(listed))
        steps = {step for steps in planned().values() for step in steps}
        taken = {step for name in ROWS for step in SEEN[name]["steps"]}
        self.assertEqual(taken - steps, set(), "run it twice with BLESS=1: no release is killed there")

    def test_every_kill_came_to_the_same_end(self):
        planned = [[name, " ".join(step), moment] for name, step, moment in planned_kills()]
        self.assertEqual([kill for kill in planned if kill not in SAME], [])

    def test_every_state_is_killed_or_has_a_reason(self):
        entered = {step.split(" ")[1] for steps in planned().values() for step in steps}
        states = set(load(release_text()).MACHINE["states"])
        self.assertEqual(states - entered, set(NEVER))

    def test_the_book(self):
        self.assertEqual(set(SEEN), set(ROWS))
        text = BOOK.read_text()
        for block, lines in (("situations", situations_table()), ("kills", kills_table())):
            before, rest = text.split(f"<!-- {block} -->\n")
            _, after = rest.split(f"<!-- /{block} -->")
            text = "\n".join([f"{before}<!-- {block} -->", "", *lines, "", f"<!-- /{block} -->{after}"])
        if os.environ.get("BLESS") and not os.environ.get("CI"):
            BOOK.write_text(text)
        self.assertEqual(text, BOOK.read_text(), "run it with BLESS=1, and read the difference")


class Whole(unittest.TestCase):
    def test_every_rule_is_met_by_a_situation(self):
        """What no situation shows is not known to be true."""
        machine = load(release_text()).MACHINE
        met = {state for row in ROWS.values() for state in expanded(row["comes"]["path"])}
        self.assertEqual(set(machine["states"]) - met, set())


def run_part(part, folder):
    """Some of the tests; what they saw is left in a file."""
    loader = unittest.defaultTestLoader
    tests = [case(name) for case in (Rows, Kills) for name in loader.getTestCaseNames(case)]
    result = unittest.TextTestRunner(verbosity=0).run(unittest.TestSuite(share(tests, part)))
    Path(folder, part.replace("/", "-of-")).write_text(json.dumps({"seen": SEEN, "same": SAME, "ran": result.testsRun}))
    sys.exit(not result.wasSuccessful())


def run_all():
    with tempfile.TemporaryDirectory() as folder:
        parts = [f"{number}/{PROCESSES}" for number in range(1, PROCESSES + 1)]
        processes = [subprocess.Popen([sys.executable, __file__, "--part", part, folder]) for part in parts]
        codes, ran = [process.wait() for process in processes], 0
        for file in Path(folder).iterdir():
            left = json.loads(file.read_text())
            SEEN.update(left["seen"])
            SAME.extend(left["same"])
            ran += left["ran"]
    if any(codes):
        sys.exit(1)
    tests = [unittest.defaultTestLoader.loadTestsFromTestCase(case) for case in (Told, Whole)]
    result = unittest.TextTestRunner().run(unittest.TestSuite(tests))
    print(f"Ran {ran + result.testsRun} tests in all", file=sys.stderr)
    sys.exit(not result.wasSuccessful())


if __name__ == "__main__":
    if sys.argv[1:2] == ["--part"]:
        run_part(*sys.argv[2:])
    elif sys.argv[1:]:
        unittest.main()
    else:
        run_all()
