"""Starts the processes of the graph, notices when one dies, and ends them in order."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from robomatrix_py.contracts.errors import EnvironmentFault
from robomatrix_py.runtime.environment import child_environment
from robomatrix_py.runtime.shared_memory import remove_orphans
from robomatrix_py.settings.graph import NodeEntry
from robomatrix_py.settings.settings import Settings

_STOP_EACH_S = 1.5
_STOP_ALL_S = 4.5
_POLL_S = 0.01


@dataclass(frozen=True)
class ProcessDeath:
    """A process that ended without being asked to.

    Args:
        name: Node name.
        returncode: Exit code, negative for a signal.
        last_words: Its last line of output.
    """

    name: str
    returncode: int
    last_words: str

    def __str__(self) -> str:
        """Return one line for a person."""
        if self.returncode < 0:
            how = f"was killed by {signal.Signals(-self.returncode).name}"
        else:
            how = f"ended with code {self.returncode}"
        words = f": {self.last_words}" if self.last_words else ""
        return f"process '{self.name}' {how}{words}"


class Supervisor:
    """The processes of one graph.

    Args:
        nodes: What to run, in the order of starting.
        settings: What they are configured by.
        log_folder: Where their output and the resolved settings go.
    """

    def __init__(self, nodes: Mapping[str, NodeEntry], settings: Settings, log_folder: Path) -> None:
        self._nodes = nodes
        self._settings = settings
        self._log_folder = log_folder
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._dead: set[str] = set()

    @property
    def pids(self) -> Mapping[str, int]:
        """Process ids by node name."""
        return {name: process.pid for name, process in self._processes.items()}

    def start(self) -> None:
        """Start every process.

        Raises:
            EnvironmentFault: The log folder cannot be written or a process cannot be started.
        """
        try:
            self._log_folder.mkdir(parents=True, exist_ok=True)
            settings_file = self._log_folder / "settings.json"
            settings_file.write_text(self._settings.to_json(), encoding="utf-8")
            for name, entry in self._nodes.items():
                command = [sys.executable, "-m", entry.module, "--settings", str(settings_file)]
                # Output goes to one file a node; ROS would write each line into a second one.
                command += ["--ros-args", "--disable-external-lib-logs"]
                with (self._log_folder / f"{name}.log").open("wb") as log:
                    self._processes[name] = subprocess.Popen(
                        command,
                        stdin=subprocess.DEVNULL,
                        stdout=log,
                        stderr=subprocess.STDOUT,
                        env=child_environment(self._log_folder),
                        # Ctrl+C reaches this process alone, which then ends the others in order.
                        start_new_session=True,
                    )
        except OSError as error:
            self.stop()
            raise EnvironmentFault(f"the graph cannot be started: {error}", where=str(self._log_folder)) from error

    def deaths(self) -> list[ProcessDeath]:
        """Return processes that have died since the last call."""
        found = []
        for name, process in self._processes.items():
            if name not in self._dead and process.poll() is not None:
                self._dead.add(name)
                found.append(ProcessDeath(name, process.returncode, self._last_words(name)))
        return found

    def stop(self) -> list[str]:
        """End every process, the last started first, within five seconds.

        Returns:
            Names of those that had to be killed.
        """
        deadline = time.monotonic() + _STOP_ALL_S
        killed = []
        for process in reversed(self._processes.values()):
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                _wait(process, min(deadline, time.monotonic() + _STOP_EACH_S))
        for name, process in self._processes.items():
            self._dead.add(name)
            if process.poll() is None:
                process.kill()
                process.wait(timeout=1.0)
                killed.append(name)
        remove_orphans()
        return killed

    def _last_words(self, name: str) -> str:
        try:
            lines = (self._log_folder / f"{name}.log").read_text(errors="replace").strip().splitlines()
        except OSError:
            return ""
        return lines[-1][:300] if lines else ""


def _wait(process: subprocess.Popen[bytes], deadline_s: float) -> None:
    while process.poll() is None and time.monotonic() < deadline_s:
        time.sleep(_POLL_S)
