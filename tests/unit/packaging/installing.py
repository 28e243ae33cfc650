"""Builds the package as pip does and installs it into empty environments."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

BUILD = "import setuptools.build_meta as b, sys; print(getattr(b, sys.argv[1])(sys.argv[2]))"


def build(hook: str, checkout: Path, target: Path) -> Path:
    """Call a PEP 517 hook of the package, as pip does, and return the wheel."""
    target.mkdir()
    command = [sys.executable, "-c", BUILD, hook, str(target)]
    result = subprocess.run(command, cwd=checkout, capture_output=True, text=True, timeout=120, check=False)
    assert result.returncode == 0, result.stderr
    return target / result.stdout.splitlines()[-1]


def fresh_python(folder: Path) -> Path:
    """Make an environment without any package and return its Python."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], timeout=120, check=True)
    return folder / "bin" / "python"


def install(python: Path, wheel: Path, *options: str) -> None:
    """Install a wheel alone: its requirements are not needed to find the data."""
    command = [sys.executable, "-m", "pip", "--python", str(python), "install", "--no-deps", "--no-index"]
    # pip must not see the package in the folder or on the path that the tests were started with.
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    subprocess.run(
        [*command, *options, str(wheel)],
        cwd=wheel.parent,
        env=environment,
        capture_output=True,
        timeout=120,
        check=True,
    )
