"""Where a base was a moment ago: its odometry of the last second."""

from __future__ import annotations

from collections import deque

from robomatrix_py.contracts.geometry import Pose, wrap_angle

_KEPT = 200


class Trail:
    """Poses of a base by the moment they speak of. All moments are of one clock, whichever it is."""

    def __init__(self) -> None:
        self._poses: deque[tuple[float, Pose]] = deque(maxlen=_KEPT)

    def note(self, moment_s: float, pose: Pose) -> None:
        """Note where the base was at a moment; after a step back in time all before is forgotten."""
        if self._poses and moment_s <= self._poses[-1][0]:
            self._poses.clear()
        self._poses.append((moment_s, pose))

    def reaches(self, moment_s: float) -> bool:
        """Return whether a pose of that moment or of a later one is known."""
        return bool(self._poses) and self._poses[-1][0] >= moment_s

    def at(self, moment_s: float) -> Pose | None:
        """Return where the base was at a moment, between the two poses around it; None where there are no such two."""
        after = next((i for i, (noted_s, _) in enumerate(self._poses) if noted_s >= moment_s), None)
        if after is None or (after == 0 and self._poses[0][0] > moment_s):
            return None
        end_s, end = self._poses[after]
        start_s, start = self._poses[max(0, after - 1)]
        share = 1.0 if end_s == start_s else (moment_s - start_s) / (end_s - start_s)
        x, y, z = start.position_m + share * (end.position_m - start.position_m)
        return Pose.at(x, y, z, start.yaw_rad + share * wrap_angle(end.yaw_rad - start.yaw_rad))
