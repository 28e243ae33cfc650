"""A policy that is no learned one: a few rules that grasp what the first track says, to test what runs a policy."""

from __future__ import annotations

import math

import numpy as np

from robomatrix_py.contracts.policy import AIM, CHUNK_STEPS, Glance, Goal, PolicyChunk

_HOVER_M = 0.09
_LIFT_M = 0.10
_CLOSE_S = 0.8
_PHASES = ("approach", "descend", "close", "lift", "hold")


class ScriptedAimPolicy:
    """Grasps by rules. Implements :class:`~robomatrix_py.contracts.policy.SkillPolicy`."""

    def __init__(self) -> None:
        self.goal = Goal("grasp", ())
        self.glances: list[Glance] = []
        self._phase = 0
        self._since_s = 0.0
        self._aim = np.zeros(len(AIM))

    def start(self, goal: Goal) -> None:
        self.goal = goal
        self.glances = []
        self._phase = 0

    def act(self, glance: Glance) -> PolicyChunk:
        self.glances.append(glance)
        track = glance.tracks[0]
        tool = glance.tool
        if self._phase < 2 and track is not None:
            yaw = track.pose_object_in_base.yaw_rad
            if track.yaw_symmetry == 0:
                yaw = tool.commanded_yaw_rad
            else:
                period = 2 * math.pi / max(2, track.yaw_symmetry)
                yaw = tool.commanded_yaw_rad + math.remainder(yaw - tool.commanded_yaw_rad, period)
            x, y, z = track.position_m
            above, share = (_HOVER_M, 1.0) if self._phase == 0 else (0.0, 0.5)
            self._aim = np.array([x, y, max(z, 0.018) + above, yaw, 1.0, share])
        self._advance(glance)
        return PolicyChunk(
            observed_s=glance.now_s,
            aims=np.tile(self._aim, (CHUNK_STEPS, 1)),
            progress=self._phase / (len(_PHASES) - 1),
            done=float(self._phase == len(_PHASES) - 1),
            seen=float(track is not None),
        )

    def _advance(self, glance: Glance) -> None:
        off_m = float(np.linalg.norm(glance.tool.commanded_xyz_m - self._aim[:3]))
        phase = _PHASES[self._phase]
        if phase == "close":
            ready = glance.now_s - self._since_s > _CLOSE_S
        else:
            ready = phase != "hold" and glance.tracks[0] is not None and off_m < 0.006
        if not ready:
            return
        self._phase += 1
        self._since_s = glance.now_s
        if _PHASES[self._phase] == "close":
            self._aim[4] = 0.0
        if _PHASES[self._phase] == "lift":
            self._aim[2] += _LIFT_M
