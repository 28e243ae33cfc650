"""Runs a piece of Python in a process of its own, to be killed or to meet a full disk."""

from __future__ import annotations

import os
import random
import select
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


def start(code: str, *arguments: str) -> subprocess.Popen[str]:
    """Start Python with a program text; its standard output is a pipe."""
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def kill_after(code: str, path: Path, seconds: float) -> tuple[str, float]:
    """Let a program write until `seconds` after its first line, kill it with SIGKILL.

    Returns:
        The last whole line that it printed, and the monotonic time of the kill. The pipe outlives the
        process, so nothing that was printed is missed.
    """
    process = start(code, str(path))
    assert process.stdout is not None
    first = process.stdout.readline()
    assert first, "the program ended before it wrote anything"
    lines, end_s = [first], time.monotonic() + seconds
    while (left_s := end_s - time.monotonic()) > 0:
        if select.select([process.stdout], [], [], min(left_s, 0.01))[0]:
            lines.append(process.stdout.readline())
    killed_s = time.monotonic()
    process.send_signal(signal.SIGKILL)
    lines += process.stdout.read().splitlines(keepends=True)
    process.stdout.close()
    assert process.wait(timeout=10) == -signal.SIGKILL
    return next(line for line in reversed(lines) if line.endswith("\n")), killed_s


def random_delays_s(count: int, longest_s: float) -> list[float]:
    """Return delays that are the same in every test run."""
    generator = random.Random(4)
    return [generator.uniform(0.05, longest_s) for _ in range(count)]


def run_on_small_disk(code: str, folder: Path, size: str) -> str:
    """Run a program on a file system of that size, mounted on `folder`, and return what it printed.

    Skips the test where this machine does not let one mount a file system.
    """
    if shutil.which("unshare") is None:
        pytest.skip("needs unshare to mount a small file system")
    mount = f"mount -t tmpfs -o size={size} tmpfs '{folder}'"
    prefix = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c"]
    if subprocess.run([*prefix, mount], capture_output=True, timeout=20, check=False).returncode != 0:
        pytest.skip("this machine does not let tests mount a small file system")
    command = [*prefix, f'{mount} && exec "$0" -c "$1" \'{folder}\'', sys.executable, code]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, cwd=ROOT, env=environment)
    assert done.returncode == 0, done.stderr
    return done.stdout
