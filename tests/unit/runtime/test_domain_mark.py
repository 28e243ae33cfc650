"""The mark of a running graph: one a domain, readable by others, gone with its holder however that dies."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from robomatrix_py.contracts.errors import ConfigError, EnvironmentFault
from robomatrix_py.runtime.domain import DomainMark, RunningGraph, domain_id

GRAPH = RunningGraph(os.getpid(), "ur5e", "tabletop", 3)

HOLD = """
import os, sys, time
from robomatrix_py.runtime.domain import DomainMark, RunningGraph
mark = DomainMark(5)
mark.take(RunningGraph(os.getpid(), "ur5e", "elsewhere", 9))
print("held", flush=True)
time.sleep(60)
"""


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))


def test_mark_tells_others_what_runs() -> None:
    assert DomainMark(5).read() is None
    with DomainMark(5) as mark:
        mark.take(GRAPH)
        assert DomainMark(5).read() == GRAPH
        assert DomainMark(6).read() is None
    assert DomainMark(5).read() is None


def test_second_graph_on_a_domain_is_refused_and_the_first_keeps_its_mark() -> None:
    with DomainMark(5) as mark:
        mark.take(GRAPH)
        with pytest.raises(EnvironmentFault, match="domain 5 already") as caught:
            DomainMark(5).take(RunningGraph(1, "other", "other", 0))
        assert caught.value.code == "ENVIRONMENT.DOMAIN_IN_USE"
        assert f"process {os.getpid()}, robot ur5e, scene tabletop" in str(caught.value)
        assert DomainMark(5).read() == GRAPH
        with DomainMark(6) as other:
            other.take(GRAPH)


def test_mark_of_a_killed_process_is_free_at_once() -> None:
    process = subprocess.Popen([sys.executable, "-c", HOLD], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    with process.stdout:
        assert DomainMark(5).read() == RunningGraph(process.pid, "ur5e", "elsewhere", 9)
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=10)
    assert DomainMark(5).read() is None
    with DomainMark(5) as mark:
        mark.take(GRAPH)
        assert DomainMark(5).read() == GRAPH


def test_mark_is_no_one_elses_to_read(tmp_path: Path) -> None:
    with DomainMark(5) as mark:
        mark.take(GRAPH)
        (folder,) = tmp_path.iterdir()
        assert folder.stat().st_mode & 0o077 == 0
        (file,) = folder.iterdir()
        assert file.stat().st_mode & 0o077 == 0


def test_damaged_mark_counts_as_in_use_by_nobody_known(tmp_path: Path) -> None:
    with DomainMark(5) as mark:
        mark.take(GRAPH)
        (file,) = tmp_path.glob("*/*.json")
        file.write_text("{")
        assert DomainMark(5).read() is None
        with pytest.raises(EnvironmentFault, match=r"domain 5 already; stop it"):
            DomainMark(5).take(GRAPH)


@pytest.mark.skipif(os.getuid() != 0, reason="only root may give a folder away")
def test_folder_of_somebody_else_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / f"robomatrix-{os.getuid()}"
    folder.mkdir()
    os.chown(folder, 65534, 65534)
    with pytest.raises(EnvironmentFault, match="belongs to somebody else; set XDG_RUNTIME_DIR"):
        DomainMark(5)


def test_runtime_folder_that_is_not_there_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "nothing"))
    with pytest.raises(EnvironmentFault, match=r"nothing/robomatrix-\d+: cannot be created.*XDG_RUNTIME_DIR"):
        DomainMark(5)


@pytest.mark.parametrize(("text", "number"), [(None, 0), ("", 0), ("0", 0), ("101", 101), ("007", 7)])
def test_domain_is_read_from_the_environment(text: str | None, number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ROS_DOMAIN_ID", raising=False)
    if text is not None:
        monkeypatch.setenv("ROS_DOMAIN_ID", text)
    assert domain_id() == number


@pytest.mark.parametrize("text", ["102", "-1", "1.0", "one", "²", " "])
def test_senseless_domain_is_refused(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROS_DOMAIN_ID", text)
    with pytest.raises(ConfigError, match="permitted: 0 to 101"):
        domain_id()
