"""Runs a program in a real terminal, and types answers: `terminal.py ANSWERS PROGRAM [ARGUMENT ...]`.

ANSWERS is JSON: a list of [text to wait for, text to type]. What the program printed goes to the standard output.
"""

import json
import os
import pty
import select
import sys
import time

PATIENCE_SECONDS = 30


def main():
    answers, program = json.loads(sys.argv[1]), sys.argv[2:]
    child, terminal = pty.fork()
    if child == 0:
        os.execvp(program[0], program)
    shown, seen, deadline = b"", 0, time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if answers and answers[0][0].encode() in shown[seen:]:
            seen = len(shown)
            os.write(terminal, answers.pop(0)[1].encode())
        if not select.select([terminal], [], [], 0.1)[0]:
            continue
        try:
            more = os.read(terminal, 65536)
        except OSError:
            break
        if not more:
            break
        shown += more
    sys.stdout.buffer.write(shown)
    sys.stdout.flush()
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))


main()
