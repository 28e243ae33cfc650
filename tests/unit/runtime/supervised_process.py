"""A process of a graph for tests of the supervisor: `python -m supervised_<behaviour>`.

Not a node: the supervisor knows processes only by module, settings file and exit code.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path

NOTES = "SUPERVISED_NOTES"
"""Environment variable that names the file in which every process notes its start and its end."""


def note(word: str) -> None:
    """Append what happens to the notes."""
    with Path(os.environ[NOTES]).open("a") as file:
        file.write(f"{word}\n")


def main(behaviour: str) -> None:
    """Behave."""
    settings = json.loads(Path(sys.argv[sys.argv.index("--settings") + 1]).read_text())
    if behaviour == "deaf":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    else:
        signal.signal(signal.SIGTERM, lambda _number, _frame: end(behaviour))
    signal.signal(signal.SIGINT, lambda _number, _frame: note(f"{behaviour} interrupted"))
    note(f"{behaviour} began with seed {settings['seed']} for {os.environ['ROBOMATRIX_SUPERVISOR_PID']}")
    if behaviour == "failing":
        print("a first line")
        print("the driver is not there", file=sys.stderr)
        sys.exit(3)
    time.sleep(60.0)


def end(behaviour: str) -> None:
    """End in order."""
    note(f"{behaviour} ended")
    sys.exit(0)
