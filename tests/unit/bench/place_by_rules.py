"""A policy that is no learned one: a few rules that put the first track onto the second, to test what runs a policy."""

from __future__ import annotations

import math

import numpy as np

from robomatrix_py.contracts.policy import AIM, CHUNK_STEPS, Glance, Goal, PolicyChunk

_OVER_M, _LOW_M = 0.26, 0.09
_NEAR_M = 0.006
_GRIP_S = 0.8
_SLOW = 0.5


class PlaceByRules:
    """Places by rules. Implements :class:`~robomatrix_py.contracts.policy.SkillPolicy`."""

    def __init__(self) -> None:
        self.goals: list[Goal] = []
        self._step = 0
        self._since_s = 0.0
        self._aim = np.zeros(len(AIM))
        self._steps = (self._above, self._down, self._close, self._lift, self._carry, self._lower, self._open, self._up)

    def start(self, goal: Goal) -> None:
        self.goals.append(goal)
        self._step = 0

    def act(self, glance: Glance) -> PolicyChunk:
        if self._step < len(self._steps) and self._steps[self._step](glance):
            self._step += 1
            self._since_s = glance.now_s
        return PolicyChunk(
            observed_s=glance.now_s,
            aims=np.tile(self._aim, (CHUNK_STEPS, 1)),
            progress=self._step / len(self._steps),
            done=float(self._step == len(self._steps)),
            seen=float(glance.tracks[0] is not None),
        )

    def _above(self, glance: Glance) -> bool:
        return self._over_thing(glance, 0.09, 1.0)

    def _down(self, glance: Glance) -> bool:
        return self._over_thing(glance, 0.0, _SLOW)

    def _close(self, glance: Glance) -> bool:
        self._aim[4] = 0.0
        return self._waited(glance)

    def _lift(self, glance: Glance) -> bool:
        self._aim[2] = _OVER_M
        return self._there(glance)

    def _carry(self, glance: Glance) -> bool:
        place = glance.tracks[1]
        if place is None:
            return False
        self._aim[:2] = place.position_m[:2]
        return self._there(glance)

    def _lower(self, glance: Glance) -> bool:
        self._aim[2] = _LOW_M
        return self._there(glance)

    def _open(self, glance: Glance) -> bool:
        self._aim[4] = 1.0
        return self._waited(glance)

    def _up(self, glance: Glance) -> bool:
        self._aim[2] = _OVER_M
        return self._there(glance)

    def _over_thing(self, glance: Glance, above_m: float, share: float) -> bool:
        track, tool = glance.tracks[0], glance.tool
        if track is None:
            return False
        yaw = tool.commanded_yaw_rad
        if track.yaw_symmetry:
            turn = track.pose_object_in_base.yaw_rad - yaw
            yaw += math.remainder(turn, 2 * math.pi / max(2, track.yaw_symmetry))
        x, y, z = track.position_m
        self._aim = np.array([x, y, max(z, 0.018) + above_m, yaw, 1.0, share])
        return self._there(glance)

    def _there(self, glance: Glance) -> bool:
        return float(np.linalg.norm(glance.tool.commanded_xyz_m - self._aim[:3])) < _NEAR_M

    def _waited(self, glance: Glance) -> bool:
        return glance.now_s - self._since_s > _GRIP_S
