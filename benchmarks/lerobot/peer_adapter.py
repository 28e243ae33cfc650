"""LeRobot's policy, served by a process of the other environment, as one of our own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from peer_data import resized
from peer_input import ACTIONS, HORIZON, state_of, task_numbers
from pipe import Child

from robomatrix_py.contracts.policy import CHUNK_STEPS, Glance, Goal, PolicyChunk
from robomatrix_py.policies.action.aims import NUMBERS, from_numbers

_START_S, _ACT_S = 300.0, 120.0
_PROGRESS, _DONE = (ACTIONS.index(name) for name in ("progress", "done"))


class PeerPolicy:
    """A trained DiffusionPolicy (a :class:`~robomatrix_py.contracts.policy.SkillPolicy`).

    Args:
        python: Of the LeRobot environment.
        folder: Holds the trained policy.
        words: That it knows, in its own order.
        recorded_px: By camera, width and height of the pictures in the data set.
        view_px: Width and height in which the policy sees.
        seed: Of the noise that chunks are made from.

    Raises:
        RuntimeError: The process does not answer.
    """

    def __init__(
        self,
        python: Path,
        folder: Path,
        words: list[str],
        recorded_px: dict[str, tuple[int, int]],
        view_px: tuple[int, int],
        seed: int = 0,
    ) -> None:
        self._child = Child(python, ["peer_process.py"])
        self._child.ask({"do": "serve", "folder": str(folder)}, _START_S)
        self._words, self._recorded_px, self._view_px = words, recorded_px, view_px
        self._task = np.zeros(0, dtype=np.float32)
        self._rng = np.random.default_rng(seed)
        self._pictures: dict[str, np.ndarray] = {}

    def start(self, goal: Goal) -> None:
        """Begin a skill. Words that were never shown are as if they were not there."""
        self._task = task_numbers(goal, self._words)
        blank = np.zeros((self._view_px[1], self._view_px[0], 3), dtype=np.uint8)
        self._pictures = dict.fromkeys(self._recorded_px, blank)
        # As with our policy: of several good ways, consecutive chunks take the same.
        noise = self._rng.standard_normal((HORIZON, len(ACTIONS)), dtype=np.float32)
        self._child.ask({"do": "start"}, _START_S, {"noise": noise})

    def act(self, glance: Glance) -> PolicyChunk:
        """Return the next chunk."""
        for view in glance.views:
            # As in training: first as large as in the data set.
            recorded = resized(view.color, self._recorded_px[view.camera])
            self._pictures[view.camera] = resized(recorded, self._view_px)
        state = np.concatenate([state_of(glance.tool), self._task])
        _, answer = self._child.ask({"do": "act"}, _ACT_S, {**self._pictures, "state": state})
        said = answer["actions"]
        # Its chunk begins a look earlier and is so much shorter: the last aim stays.
        rows = np.minimum(np.arange(CHUNK_STEPS), len(said) - 1)
        tool = glance.tool
        return PolicyChunk(
            observed_s=glance.now_s,
            aims=from_numbers(said[rows, : len(NUMBERS)], tool.commanded_xyz_m, tool.commanded_yaw_rad),
            progress=float(np.clip(said[0, _PROGRESS], 0.0, 1.0)),
            done=float(np.clip(said[0, _DONE], 0.0, 1.0)),
            # It does not say whether it sees the thing, and is never ended for that.
            seen=1.0,
        )

    def close(self) -> None:
        """End the process."""
        self._child.close()
