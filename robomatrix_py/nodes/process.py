"""The life of a node process: arguments, signals, spinning, an orderly end."""

from __future__ import annotations

import argparse
import ctypes
import gc
import os
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType
from typing import Protocol

import rclpy
from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor
from rclpy.node import Node
from rclpy.signals import SignalHandlerOptions

from robomatrix_py.contracts.errors import RobomatrixError
from robomatrix_py.nodes.priority import PROCESS_PRIORITY, raise_priority
from robomatrix_py.settings.settings import Settings, read_settings, resolve

_PR_SET_PDEATHSIG = 1
# Longest time until a signal is noticed while nothing else happens.
_SPIN_S = 0.1
# Threads take turns this often: the control loop must not wait for a message to be unpacked.
_SWITCH_INTERVAL_S = 0.0005


class ProcessNode(Protocol):
    """A node that this module runs."""

    def finish(self) -> None:
        """Bring everything to rest while messages can still be sent; takes at most a second."""


def run_node(
    name: str,
    make: Callable[[Settings], Node],
    arguments: Sequence[str] | None = None,
    *,
    real_time: bool = False,
) -> int:
    """Run a node until SIGINT or SIGTERM.

    Args:
        name: Name of the node and of the process.
        make: Builds the node, which also has :meth:`ProcessNode.finish`.
        arguments: Command line without the program; None takes the process's own.
        real_time: Whether it is part of a control loop and gets real-time priority where the system permits it.

    Returns:
        Exit code: 0 after an orderly end, 1 where it could not start, 3 where it failed later.
    """
    _die_with_parent()
    stop = threading.Event()

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, on_signal)
    sys.setswitchinterval(_SWITCH_INTERVAL_S)
    if real_time:
        raise_priority(PROCESS_PRIORITY)
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        settings, ros_arguments = _parse(name, words)
        rclpy.init(args=ros_arguments, signal_handler_options=SignalHandlerOptions.NO)
        nodes = [make(settings)]
    except RobomatrixError as error:
        print(f"{name}: {error}", file=sys.stderr, flush=True)
        rclpy.try_shutdown()
        return 1
    return _spin(name, nodes, stop)


def _spin(name: str, nodes: list[Node], stop: threading.Event) -> int:
    """Spin the one node of `nodes`, which is handed over so that no caller keeps it alive."""
    node = nodes.pop()
    executor = SingleThreadedExecutor()
    executor.add_node(node)
    # What exists now lives until the end: the collector need not look at it again and again.
    gc.collect()
    gc.freeze()
    code = 0
    try:
        while not stop.is_set() and rclpy.ok():
            executor.spin_once(timeout_sec=_SPIN_S)
    except ExternalShutdownException:
        pass
    except RobomatrixError as error:
        print(f"{name}: {error}", file=sys.stderr, flush=True)
        code = 3
    finally:
        # A second Ctrl+C must not cut the orderly end short, nor the interpreter's own.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        node.finish()
        executor.remove_node(node)
        node.destroy_node()
        rclpy.try_shutdown()
        # Shared memory is given back with the last reference to the node.
        del executor, node
        gc.unfreeze()
        gc.collect()
    return code


def _parse(name: str, words: list[str]) -> tuple[Settings, list[str]]:
    ours, ros = words, []
    if "--ros-args" in words:
        start = words.index("--ros-args")
        ours, ros = words[:start], words[start:]
    parser = argparse.ArgumentParser(prog=name)
    parser.add_argument("--settings", type=Path, help="resolved settings, as `robomatrix` writes them")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="change one setting")
    options = parser.parse_args(ours)
    settings = read_settings(options.settings) if options.settings else resolve(options.set)
    return settings, ros


def _die_with_parent() -> None:
    """Have the kernel send SIGTERM when the supervisor that started this process dies without a word."""
    supervisor = os.environ.get("ROBOMATRIX_SUPERVISOR_PID")
    if supervisor is None or not sys.platform.startswith("linux"):
        return
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    if os.getppid() != int(supervisor):
        os.kill(os.getpid(), signal.SIGTERM)
