"""The supervisor with real processes: starting, noticing deaths, ending in order and within five seconds."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from supervised_process import NOTES

from robomatrix_py.contracts.errors import EnvironmentFault
from robomatrix_py.runtime.supervisor import ProcessDeath, Supervisor
from robomatrix_py.settings.graph import NodeEntry
from robomatrix_py.settings.settings import read_settings, resolve

SETTINGS = resolve(["seed=11"])


def wait_for(condition: Callable[[], bool], deadline_s: float = 20.0) -> None:
    end_s = time.monotonic() + deadline_s
    while not condition():
        assert time.monotonic() < end_s, "it did not come"
        time.sleep(0.01)


class Graph:
    """A supervisor of test processes and what they noted."""

    def __init__(self, folder: Path, *behaviours: str) -> None:
        self.notes_file = folder / "notes"
        self.log_folder = folder / "log"
        nodes = {name: NodeEntry(f"supervised_{name}", "test", "", ("sim",)) for name in behaviours}
        self.supervisor = Supervisor(nodes, SETTINGS, self.log_folder)

    def notes(self) -> list[str]:
        return self.notes_file.read_text().splitlines() if self.notes_file.exists() else []

    def start(self, count: int) -> None:
        self.supervisor.start()
        wait_for(lambda: len(self.notes()) >= count)


@pytest.fixture
def graph(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Graph]]:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent), prepend=os.pathsep)
    monkeypatch.setenv(NOTES, str(tmp_path / "notes"))
    made: list[Graph] = []

    def make(*behaviours: str) -> Graph:
        made.append(Graph(tmp_path, *behaviours))
        return made[-1]

    yield make
    for each in made:
        each.supervisor.stop()


def alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def test_processes_get_the_resolved_settings_and_who_supervises_them(graph: Callable[..., Graph]) -> None:
    running = graph("first", "second")
    running.start(2)
    assert sorted(running.notes()) == [
        f"first began with seed 11 for {os.getpid()}",
        f"second began with seed 11 for {os.getpid()}",
    ]
    assert set(running.supervisor.pids) == {"first", "second"}
    assert read_settings(running.log_folder / "settings.json") == SETTINGS
    assert running.supervisor.deaths() == []


def test_processes_end_in_order_the_last_started_first(graph: Callable[..., Graph]) -> None:
    running = graph("first", "second")
    running.start(2)
    pids = list(running.supervisor.pids.values())
    assert running.supervisor.stop() == []
    assert running.notes()[2:] == ["second ended", "first ended"]
    assert not any(alive(pid) for pid in pids)
    assert running.supervisor.deaths() == [], "an end that was asked for is no death"
    assert running.supervisor.stop() == []


def test_process_that_does_not_listen_is_killed_within_five_seconds_and_named(graph: Callable[..., Graph]) -> None:
    running = graph("deaf", "first")
    running.start(2)
    pids = list(running.supervisor.pids.values())
    began_s = time.monotonic()
    assert running.supervisor.stop() == ["deaf"]
    assert time.monotonic() - began_s < 5.0
    assert running.notes()[2:] == ["first ended"]
    assert not any(alive(pid) for pid in pids)


def test_death_is_told_once_with_the_last_words(graph: Callable[..., Graph], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)
    running = graph("first", "failing")
    running.start(2)
    found: list[ProcessDeath] = []
    wait_for(lambda: bool(found.extend(running.supervisor.deaths()) or found))
    assert [str(death) for death in found] == ["process 'failing' ended with code 3: the driver is not there"]
    assert running.supervisor.deaths() == []
    assert alive(running.supervisor.pids["first"]), "the others are left to who supervises"


def test_killed_process_is_told_with_the_signal(graph: Callable[..., Graph]) -> None:
    running = graph("first")
    running.start(1)
    os.kill(running.supervisor.pids["first"], signal.SIGKILL)
    found: list[ProcessDeath] = []
    wait_for(lambda: bool(found.extend(running.supervisor.deaths()) or found))
    assert [str(death) for death in found] == ["process 'first' was killed by SIGKILL"]


def test_interrupt_from_the_terminal_does_not_reach_the_processes(graph: Callable[..., Graph]) -> None:
    running = graph("first")
    running.start(1)
    assert os.getpgid(running.supervisor.pids["first"]) != os.getpgid(0)


def test_unwritable_log_folder_is_refused_and_leaves_nothing_running(graph: Callable[..., Graph]) -> None:
    running = graph("first")
    running.log_folder.write_text("in the way")
    with pytest.raises(EnvironmentFault, match="log: the graph cannot be started"):
        running.supervisor.start()
    assert running.supervisor.pids == {}
    assert running.notes() == []


def test_start_that_fails_halfway_ends_what_was_started(graph: Callable[..., Graph]) -> None:
    running = graph("first", "second")
    (running.log_folder / "second.log").mkdir(parents=True)
    with pytest.raises(EnvironmentFault, match="cannot be started"):
        running.supervisor.start()
    assert set(running.supervisor.pids) == {"first"}
    assert not alive(running.supervisor.pids["first"])
