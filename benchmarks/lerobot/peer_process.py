"""LeRobot's side of both benchmarks: answers to messages of the other environment, which starts it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from peer_export import ENGINES, Look, Run
from peer_model import CAMERAS, HORIZON, Peer, make_config, plain_stats
from peer_training import Server, train
from pipe import Message, to_parent
from stopwatch import time_calls

Arrays = dict[str, "np.ndarray[Any, Any]"]

# After so long in making a variant it is not called once more before it is measured.
_LONG_S = 20.0


class Stopwatch:
    """Measures variants of the policy, one call after the other."""

    def __init__(self) -> None:
        self._runs: dict[str, tuple[Run, Look, np.ndarray[Any, Any]]] = {}

    def open(self, message: Message, arrays: Arrays) -> Message:
        """Make a variant with random weights and say how far its chunk is from torch's."""
        began_s = time.perf_counter()
        state, action = arrays["state"].astype(np.float32), int(message["action"])
        view_px = (int(message["view_px"][0]), int(message["view_px"][1]))
        torch.manual_seed(0)
        config = make_config(
            message["size"], view_px, len(state), action, int(message["steps"]), str(message["scheduler"])
        )
        peer = Peer(config, plain_stats(len(state), action))
        parameters = peer.parameters
        look = ({camera: arrays[camera].copy() for camera in CAMERAS}, state)
        noise = np.random.default_rng(0).standard_normal((HORIZON, action), dtype=np.float32)
        wanted = None
        if message["engine"] != "torch" and message["scheduler"] == "DDIM":
            wanted = ENGINES["torch"](peer)(look, noise)
        run = ENGINES[message["engine"]](peer)
        found = run(look, noise)
        # Both looks are then seen, and what is compiled at the first use is there.
        if time.perf_counter() - began_s < _LONG_S:
            run(look, noise)
        self._runs[message["variant"]] = (run, look, noise)
        off = None if wanted is None else float(np.abs(found - wanted).max())
        return {"parameters": parameters, "off": off, "ready_s": round(time.perf_counter() - began_s, 1)}

    def measure(self, message: Message) -> Message:
        """Return how long calls took, in ms of wall clock and of processor time."""
        run, look, noise = self._runs[message["variant"]]
        return time_calls(lambda: run(look, noise), int(message["calls"]))


def main() -> None:
    """Answer until the other end closes."""
    pipe = to_parent()
    torch.set_num_threads(1)
    stopwatch, server = Stopwatch(), None
    while (received := pipe.receive()) is not None:
        message, arrays = received
        answer: Message = {}
        result: Arrays = {}
        match message["do"]:
            case "open":
                try:
                    answer = stopwatch.open(message, arrays)
                except Exception as error:  # noqa: BLE001  what cannot be exported is a result, too
                    answer = {"failed": f"{type(error).__name__}: {str(error).strip().splitlines()[0][:200]}"}
            case "measure":
                answer = stopwatch.measure(message)
            case "train":
                answer = train(Path(message["folder"]), message)
            case "serve":
                server = Server(Path(message["folder"]))
                answer = {"parameters": server.peer.parameters}
            case "start" if server is not None:
                server.start(arrays["noise"])
            case "act" if server is not None:
                result = {"actions": server.act(arrays)}
            case unknown:
                raise ValueError(f"unknown message '{unknown}'")
        pipe.send(answer, result)


if __name__ == "__main__":
    main()
