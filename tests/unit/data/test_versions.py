"""What ran is named truthfully, and naming it imports nothing."""

from __future__ import annotations

import json
import platform
import shutil
import subprocess
import sys
from pathlib import Path

import child_process
import numpy as np
import pytest

import robomatrix_py
from robomatrix_py.data.versions import collect_versions, cpu_model, git_commit


def test_versions_are_those_that_run() -> None:
    versions = collect_versions()
    assert versions["robomatrix"] == robomatrix_py.__version__
    assert versions["python"] == platform.python_version()
    assert versions["packages"]["numpy"] == np.__version__
    assert versions["cpu"]
    json.dumps(versions)


def test_package_that_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("robomatrix_py.data.versions.PACKAGES", ("no-such-package-of-anyone",))
    assert collect_versions()["packages"] == {"no-such-package-of-anyone": None}


def git(folder: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    return subprocess.run(
        ["git", "-C", str(folder), *identity, *arguments],
        check=True,
        capture_output=True,
        text=True,
        timeout=20,
    ).stdout.strip()


@pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
def test_commit_of_the_checkout_and_of_nothing_else(tmp_path: Path) -> None:
    package = tmp_path / "robomatrix_py"
    package.mkdir()
    assert git_commit(package) is None
    git(tmp_path, "init", "-q")
    (package / "file.py").write_text("1\n")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "first")
    commit = git(tmp_path, "rev-parse", "HEAD")
    assert git_commit(package) == commit
    (package / "file.py").write_text("2\n")
    assert git_commit(package) == f"{commit}+changes"
    installed = tmp_path / "venv" / "site-packages" / "robomatrix_py"
    installed.mkdir(parents=True)
    assert git_commit(installed) is None, "an environment inside another project is not that project"


def test_cpu_model(tmp_path: Path) -> None:
    path = tmp_path / "cpuinfo"
    path.write_text("processor\t: 0\nmodel name\t: Fast CPU @ 3 GHz\nprocessor\t: 1\nmodel name\t: Other\n")
    assert cpu_model(path) == "Fast CPU @ 3 GHz"
    assert cpu_model(tmp_path / "absent") == platform.machine()


PROBE = """
import sys
from pathlib import Path
from robomatrix_py.data import channels, pictures, recording, recording_reader, report, versions, video
versions.collect_versions()
print([name for name in ("rclpy", "mujoco", "torch", "hydra", "yaml", "lark") if name in sys.modules])
"""


def test_nothing_heavy_is_imported() -> None:
    process = child_process.start(PROBE)
    output, _ = process.communicate(timeout=30)
    assert process.returncode == 0
    assert output.strip() == "[]"
    assert sys.version_info >= (3, 11)
