"""A graph to talk to: the one that runs on this domain, or one started for the purpose and ended after it."""

from __future__ import annotations

import gc
import os
import time
from pathlib import Path
from types import TracebackType

from robomatrix_py.contracts.errors import ConfigError, DeviceError
from robomatrix_py.nodes.task_client import TaskClient
from robomatrix_py.runtime.domain import DomainMark, RunningGraph, domain_id
from robomatrix_py.runtime.planning import configured_planner
from robomatrix_py.runtime.supervisor import Supervisor
from robomatrix_py.settings.settings import Settings

READY_S = 30.0
_DEATH_CHECK_S = 0.1


class LocalGraph:
    """Starts a graph unless one is running, and connects to it.

    Args:
        settings: What a graph of its own is configured by.
        log_folder: Where its logs go.
        fixed: Which of robot, scene, seed and policy the user named: a running graph must agree with these.

    Raises:
        EnvironmentFault: The graph cannot be started.
        ConfigError: A running graph has another robot, scene, seed or policy than the user named, or the planner of a
            graph to be started cannot be had.
    """

    def __init__(self, settings: Settings, log_folder: Path, fixed: frozenset[str]) -> None:
        self._mark = DomainMark(domain_id())
        self._supervisor: Supervisor | None = None
        self._deaths: list[str] = []
        self._checked_s = 0.0
        wanted = RunningGraph(os.getpid(), settings.robot, settings.scene.name, settings.seed, settings.skills.policy)
        self.attached = self._mark.read()
        if self.attached is not None:
            _require_same(self.attached, wanted, fixed)
        else:
            configured_planner(settings)
            self._mark.take(wanted)
            nodes = settings.graph.of_mode("sim", settings.perception_source)
            self._supervisor = Supervisor(nodes, settings, log_folder)
            self._supervisor.start()
        self.client = TaskClient(self.watch)

    @property
    def deaths(self) -> list[str]:
        """One line for every process of the graph that died."""
        return list(self._deaths)

    def watch(self) -> None:
        """Notice dead processes.

        Raises:
            DeviceError: A process of the graph has died; the message says which and how.
        """
        now_s = time.monotonic()
        if self._supervisor is None or now_s - self._checked_s < _DEATH_CHECK_S:
            return
        self._checked_s = now_s
        deaths = self._supervisor.deaths()
        if deaths:
            self._deaths += [str(death) for death in deaths]
            raise DeviceError("; ".join(self._deaths), code="PROCESS_DIED")

    def close(self) -> None:
        """Leave the graph, and end it in order if it was started here."""
        self.client.close()
        # The client's shared memory goes with its last reference; only then can the sweep see what is left behind.
        del self.client
        gc.collect()
        if self._supervisor is not None:
            self._supervisor.stop()
        self._mark.release()

    def __enter__(self) -> LocalGraph:
        """Return the graph."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the graph."""
        self.close()


def _require_same(running: RunningGraph, wanted: RunningGraph, fixed: frozenset[str]) -> None:
    for key in sorted(fixed):
        there, here = getattr(running, key), getattr(wanted, key)
        if there != here:
            raise ConfigError(
                f"the running graph (process {running.pid}) has {key} {there}, not {here}",
                where=f"--{key}",
                remedy="leave it out, end that graph, or use another ROS_DOMAIN_ID",
            )
