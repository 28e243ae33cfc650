"""Start the graph and keep it running until Ctrl+C. `robomatrix run`, `plan`, `stop` and `reset` then use it."""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

from robomatrix_py.commands.common import (
    EXIT_FAILURE,
    EXIT_SUCCESS,
    add_planner_options,
    add_policy_option,
    add_world_options,
    load_settings,
    runs_folder,
)
from robomatrix_py.commands.signals import Interrupted, ignore_signals, raise_on_signals
from robomatrix_py.contracts.errors import DataError
from robomatrix_py.runtime.domain import DomainMark, RunningGraph, domain_id
from robomatrix_py.runtime.log_tail import LogTail
from robomatrix_py.runtime.planning import configured_planner
from robomatrix_py.runtime.supervisor import Supervisor
from robomatrix_py.settings.devices import driver_kind
from robomatrix_py.settings.graph import MODES

_POLL_S = 0.05
_DRIVERS = ("arm_driver", "cameras")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    add_world_options(parser)
    add_policy_option(parser)
    add_planner_options(parser)
    parser.add_argument("--mode", choices=MODES, help="which devices (default: sim)")
    parser.add_argument("--out", metavar="DIR", help="where run folders and logs go (default: runs)")


def run(options: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    raise_on_signals()
    settings = load_settings(options)
    configured_planner(settings)
    driver_kind(settings.load_robot(), settings.mode)
    domain = domain_id()
    graph = RunningGraph(os.getpid(), settings.robot, settings.scene.name, settings.seed, settings.skills.policy)
    with DomainMark(domain) as mark:
        mark.take(graph)
        logs = _log_folder(runs_folder(options))
        supervisor = Supervisor(settings.graph.of_mode(settings.mode, settings.perception_source), settings, logs)
        supervisor.start()
        try:
            world = f"scene {settings.scene.name}, seed {settings.seed}" if settings.mode == "sim" else settings.mode
            print(f"graph of {settings.robot}: {world}, ROS domain {domain}")
            for name, pid in supervisor.pids.items():
                print(f"  {name:<12} process {pid:<8} {settings.graph.nodes[name].summary}")
            print(f"logs in {logs}; end with Ctrl+C", flush=True)
            return _watch(supervisor, [LogTail(logs / f"{name}.log") for name in _DRIVERS if name in supervisor.pids])
        finally:
            ignore_signals()
            killed = supervisor.stop()
            if killed:
                print(f"had to kill: {', '.join(killed)}", file=sys.stderr)


def _watch(supervisor: Supervisor, driver_logs: list[LogTail]) -> int:
    """Wait for a signal or for the first death; say meanwhile what the drivers say."""
    try:
        while True:
            for line in (line for log in driver_logs for line in log.lines()):
                print(line, flush=True)
            deaths = supervisor.deaths()
            if deaths:
                for death in deaths:
                    print(f"robomatrix up: {death}", file=sys.stderr)
                print("robomatrix up: the arm was stopped and holds; the graph is ended", file=sys.stderr, flush=True)
                return EXIT_FAILURE
            time.sleep(_POLL_S)
    except Interrupted:
        print("ending the graph; the arm holds its position", flush=True)
        return EXIT_SUCCESS


def _log_folder(runs: Path) -> Path:
    folder = runs / "logs" / time.strftime("%Y-%m-%dT%H-%M-%S")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(
            f"cannot be written: {error.strerror}", where=str(folder), remedy="choose another folder with --out"
        ) from error
    return folder
