"""A policy that is no learned one: it goes above what the first track says, to test what carries goals and chunks."""

from __future__ import annotations

import numpy as np

from robomatrix_py.contracts.policy import CHUNK_STEPS, Glance, Goal, PolicyChunk

_ABOVE_M = 0.30


class HoverPolicy:
    """Implements :class:`~robomatrix_py.contracts.policy.SkillPolicy`."""

    def __init__(self) -> None:
        self.goals: list[Goal] = []
        self.glances: list[Glance] = []
        self._from_m = 1.0

    def start(self, goal: Goal) -> None:
        self.goals.append(goal)
        self.glances = []

    def act(self, glance: Glance) -> PolicyChunk:
        self.glances.append(glance)
        track, tool = glance.tracks[0], glance.tool
        place = tool.commanded_xyz_m if track is None else np.array([*track.position_m[:2], _ABOVE_M])
        left_m = float(np.linalg.norm(tool.commanded_xyz_m - place))
        if len(self.glances) == 1:
            self._from_m = max(left_m, 0.05)
        aim = [*place, tool.commanded_yaw_rad, tool.opening_commanded, 1.0]
        near = track is not None and left_m < 0.01
        return PolicyChunk(
            observed_s=glance.now_s,
            aims=np.tile(aim, (CHUNK_STEPS, 1)),
            progress=1.0 - min(1.0, left_m / self._from_m),
            done=float(near),
            seen=float(track is not None),
        )
