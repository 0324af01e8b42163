"""The Python of a pipeline's step, put together as it is in a template."""
import functools
import json
import sys
import types
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
RECORD, LOCK, RELEASE = (f"src/kinds/step_function/{name}.py" for name in ("record", "lock", "release"))
PRELUDE = "src/kinds/step_function/prelude.py"
FLINK = "src/kinds/flink/release"
PARTS = [f"{FLINK}/{name}.py" for name in ("look", "health", "predicates", "change_sets", "actions", "index")]
ELSEWHERE = f"{FLINK}/elsewhere.py"
DATA = {"MACHINE": "src/release/machine.json", "RUNTIMES": "src/kinds/flink/runtimes.json"}


def text(*sources, data=None, constants=None):
    lines = [f"{name} = {(ROOT / path).read_text().rstrip()}\n" for name, path in (data or {}).items()]
    constants = "".join([*lines, *(f"{name} = {value!r}\n" for name, value in (constants or {}).items())])
    parts = [(ROOT / path).read_text() for path in (PRELUDE, *sources)]
    return "\n\n".join([parts[0], constants, *parts[1:]])


def release_text(elsewhere=False):
    return text(RECORD, LOCK, *PARTS, *([ELSEWHERE] if elsewhere else []), data=DATA, constants=locked())


def locked():
    return {"LOCK_MINUTES": machine()["limits"]["lock-minutes"]}


def machine():
    return json.loads((ROOT / DATA["MACHINE"]).read_text())


def words():
    """The sentences of a release that keeps a record, as the compiler picks them."""
    data = json.loads((ROOT / "src/kinds/step_function/words.json").read_text())
    return {**data["own"], **{word: machine()["words"][word] for word in data["shared"]}}


def recorded_text(*sources, **constants):
    """A step that keeps a record."""
    return text(RECORD, LOCK, RELEASE, *sources, constants={**constants, "WORDS": words(), **locked()})


def load(code):
    module = types.ModuleType("index")
    sys.modules["index"] = module
    exec(compiled(code), module.__dict__)
    return module


@functools.cache
def compiled(code):
    return compile(code, "index.py", "exec")
