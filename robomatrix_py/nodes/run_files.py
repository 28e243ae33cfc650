"""Has recorder and simulator write their part of a run folder. Nothing here blocks, nothing here can fail a run."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

from rclpy.node import Node
from rclpy.task import Future
from robomatrix_interfaces.srv import SaveSimState, StartRecording, StopRecording

from robomatrix_py.data.run_folder import SIM_FINAL_FILE, SIM_INITIAL_FILE
from robomatrix_py.nodes import names

# Recorder and simulator get this long to be found and to open or close their files.
_PATIENCE_S = 3.0


class RunFiles:
    """Service calls to recorder and simulator.

    Args:
        node: The node whose clients these are.
        graph: Names of the nodes of this graph: a real robot has no simulator, and recording may be left out.
        on_fault: Told when one of them cannot write.
    """

    def __init__(self, node: Node, graph: Collection[str], on_fault: Callable[[str], None]) -> None:
        self._on_fault = on_fault
        self._records = "recorder" in graph
        self._simulates = "sim_driver" in graph
        self._start = node.create_client(StartRecording, names.START_RECORDING)
        self._stop = node.create_client(StopRecording, names.STOP_RECORDING)
        self._save = node.create_client(SaveSimState, names.SAVE_SIM_STATE)
        self._unsent: list[tuple[Any, Any]] = []
        self._pending: list[Future] = []
        self._deadline_s = 0.0

    def begin(self, folder: Path, now_s: float) -> None:
        """Start recording and have the simulator write its initial state."""
        recording = (self._start, StartRecording.Request(run_folder=str(folder), began_s=now_s))
        state = (self._save, SaveSimState.Request(path=str(folder / SIM_INITIAL_FILE)))
        self._ask(recording, state, now_s)

    def end(self, folder: Path, now_s: float) -> None:
        """Stop recording and have the simulator write its final state."""
        recording = (self._stop, StopRecording.Request())
        state = (self._save, SaveSimState.Request(path=str(folder / SIM_FINAL_FILE)))
        self._ask(recording, state, now_s)

    def settled(self, now_s: float) -> bool:
        """Send what can be sent; return whether every call has been answered or given up."""
        # A request sent before its server is discovered would be lost without a word.
        for call in [call for call in self._unsent if call[0].service_is_ready()]:
            self._unsent.remove(call)
            future = call[0].call_async(call[1])
            future.add_done_callback(self._check)
            self._pending.append(future)
        if not self._unsent and all(future.done() for future in self._pending):
            return True
        if now_s < self._deadline_s:
            return False
        missing = "the run folder lacks their part"
        self._on_fault(f"recorder or simulator gave no answer within {_PATIENCE_S:.0f} s: {missing}")
        self._unsent, self._pending = [], []
        return True

    def _ask(self, recording: tuple[Any, Any], state: tuple[Any, Any], now_s: float) -> None:
        self._unsent = [recording] * self._records + [state] * self._simulates
        self._pending = []
        self._deadline_s = now_s + _PATIENCE_S

    def _check(self, future: Future) -> None:
        if message := future.result().message:
            self._on_fault(message)
