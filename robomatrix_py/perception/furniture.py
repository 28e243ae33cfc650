"""What is known of furniture: it stands still, so its place is averaged; a drawer slides out of what stands."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from robomatrix_py.contracts.geometry import Array, Box, Pose, quaternion_from_yaw
from robomatrix_py.contracts.scene import SceneObject
from robomatrix_py.perception.config import FixtureKind, PerceptionConfig
from robomatrix_py.perception.drawer import opening_m
from robomatrix_py.perception.footprint import extent_m, middle, middle_of_box
from robomatrix_py.perception.tracking import Track

# The newest look counts so much against all earlier ones.
_NEWEST = 0.1
# Seen farther away than this, in so many looks in a row, furniture was moved.
_MOVED_M, _MOVED_RAD, _MOVED_LOOKS = 0.03, 0.15, 8
# So many looks must have agreed before one that does not is doubted more than they are.
_SETTLED_LOOKS = 3
# Farther from the way to its drawer than this, the front of a box does not look.
_FRONT_RAD = 0.45
# How far looks must agree how a box lies: 1 where all say the same, 0 where they say anything.
_AXES_AGREE = 0.85
_STRAIGHT = quaternion_from_yaw(0.0)
_POINTS_MIN = 40
# Of what is lower, a camera does not see enough of the sides; but it may see it from end to end, which is such a share.
_TALL_M = 0.05
_WHOLE_SHARE, _WHOLE_STRAY_PERCENT = (0.82, 1.03), 2.0
# What is no farther from a piece's height is its top: it ends where the sides begin that a camera may take for a
# drawer's. At its edges there is nothing else, so that fewer points need be taken for strays.
_TOP_M, _TOP_STRAY_PERCENT = 0.005, 1.0
_GROUND_SHARE = 0.2
_STRAY_M = 0.015
# A hand that is no farther away than this, along the axes of a piece that is no larger than this, may hide much of it.
_HAND_M, _HIDDEN_MAX_M = np.array([0.10, 0.10, 0.30]), 0.12
# Fingers reach so far to all sides of the tool's point, and so far below it.
_FINGERS_M = (0.035, 0.025)
# A place that is no farther outside of furniture counts as inside: it may be seen so far off.
_INSIDE_M = 0.015


@dataclass(frozen=True, eq=False)
class _Known:
    """A piece of furniture as last seen; of a drawer, where its handle is.

    Args:
        pose: Where it stands, base frame.
        confidence: How sure the encoder is what it is.
        seen_s: When it was seen last.
        surface_m: What was seen of its surface, base frame, shape (n, 3).
        measured: Whether its place is from its edges, not from where the encoder takes its middle to be.
        opening_m: How far it was open when enough of it was seen to tell; of a drawer.
    """

    pose: Pose
    confidence: float
    seen_s: float
    surface_m: Array
    measured: bool = False
    opening_m: float | None = None


class Furniture:
    """Where furniture stands and how far its drawers are open.

    Args:
        config: What furniture there is.
    """

    def __init__(self, config: PerceptionConfig) -> None:
        self._kinds = config.fixtures
        self._known: dict[str, _Known] = {}
        self._lit: dict[str, float] = {}
        self._elsewhere: dict[str, int] = {}
        self._agreed: dict[str, int] = {}
        self._standing = {
            name: _object(name, standing.kind, Pose(np.array(standing.position_m), quaternion_from_yaw(0.0)))
            for name, standing in config.standing.items()
        }

    def see(self, name: str, track: Track, tools_m: Sequence[Array] = ()) -> None:
        """Renew what is known of one piece.

        Args:
            name: Which.
            track: As it is seen.
            tools_m: Where the robot's tools are, base frame, each of shape (3,): a hand covers what it is close to.
        """
        kind = self._kinds[name]
        old = self._known.get(name)
        measured = old is not None and old.measured
        if kind.part_of:
            pose: Pose | None = Pose(track.center_m, quaternion_from_yaw(0.0))
        elif old and self.knows(name) and any(_is_covered(old.pose, kind, tool_m) for tool_m in tools_m):
            # It stands where it stood; what is seen of it is what the hand leaves.
            pose = old.pose
        else:
            pose, measured = self._stand(name, kind, track)
        if pose is not None:
            surface_m = _without_fingers(track.newest.surface_m, tools_m)
            self._known[name] = _Known(
                pose, track.confidence, track.seen_s, surface_m, measured, old.opening_m if old else None
            )

    def knows(self, name: str) -> bool:
        """Return whether a piece was seen well enough to say where it stands, and often enough to be sure."""
        return name in self._known and (
            bool(self._kinds[name].part_of) or self._agreed.get(name, 0) >= _SETTLED_LOOKS
        )

    def see_lamp(self, name: str, lit: bool) -> None:
        """Take in whether a button's lamp looks lit: one look in two may be wrong."""
        self._lit[name] = 0.5 * self._lit.get(name, 0.5) + 0.5 * float(lit)

    def fills(self, place_m: Array) -> bool:
        """Return whether a place is inside of furniture in which nothing can be."""
        for name, known in self._known.items():
            kind = self._kinds[name]
            if kind.part_of or kind.interior_center_m is not None:
                continue
            if _reaches(known.pose, kind, place_m, _INSIDE_M):
                return True
        return False

    def objects(self, now_s: float) -> dict[str, SceneObject]:
        """Return all pieces as of now: what stands is believed to stay, what slides is known while it is seen."""
        result = {name: replace(item, seen_s=now_s) for name, item in self._standing.items()}
        for name, known in self._known.items():
            kind = self._kinds[name]
            states: dict[str, float] = {}
            pose, seen_s = known.pose, now_s
            if kind.part_of:
                whole = self._known.get(kind.part_of)
                if whole is None:
                    continue
                opening = self._opening_m(name, whole.pose)
                pose = whole.pose @ Pose(np.array(kind.closed_at_m) + np.array([opening, 0.0, 0.0]), _STRAIGHT)
                states |= {"opening_m": opening, "travel_m": kind.travel_m}
                seen_s = known.seen_s
            if name in self._lit:
                states["lit"] = float(self._lit[name] > 0.5)
            item = _object(name, kind, pose)
            result[name] = replace(item, confidence=known.confidence, seen_s=seen_s, states=states)
        return result

    def _stand(self, name: str, kind: FixtureKind, track: Track) -> tuple[Pose | None, bool]:
        """Return where a piece stands, from all looks, and whether that was measured.

        None until it can be told which of its sides is the front.
        """
        period_rad = 2 * math.pi / max(kind.yaw_symmetry, 1)
        yaw = track.yaw_rad(kind.yaw_symmetry)
        if kind.yaw_symmetry == 2 and kind.size_m[0] < kind.size_m[1]:
            yaw += math.pi / 2  # seen is how the longer edges lie
        old = self._known.get(name)
        as_before = (old.pose, old.measured) if old else (None, False)
        looks = self._agreed.get(name, 0)
        settled = looks >= _SETTLED_LOOKS
        if kind.yaw_symmetry == 1:
            # A box shows its axes; the way to what slides out of it tells which of them is the front's.
            front = self._front_rad(name, track.center_m)
            if old is not None and (settled or front is None):
                front = old.pose.yaw_rad
            if front is None or not track.turn[2:].any():
                return as_before
            yaw = front + math.remainder(track.yaw_rad(4) - front, math.pi / 2)
            if not settled and (abs(yaw - front) > _FRONT_RAD or np.hypot(*track.turn[2:]) < _AXES_AGREE):
                # Of a box that is covered in part, an axis may be made up: looks then differ.
                return as_before
        place_m = _measured(_own(track.newest.surface_m, track.center_m, kind), yaw, kind, track.newest.eye_m)
        measured = place_m is not None
        if not measured and not track.newest.whole:
            # What is cut off does not tell where its middle is, unless its edges do.
            return as_before
        x, y = track.center_m[:2] if place_m is None else place_m
        if old is not None:
            way, turn = np.array([x, y]) - old.pose.position_m[:2], math.remainder(yaw - old.pose.yaw_rad, period_rad)
            if math.hypot(*way) > _MOVED_M or abs(turn) > _MOVED_RAD:
                # Something in front of it is likelier than that it was moved, unless it stays so; or the first looks
                # were wrong.
                self._elsewhere[name] = self._elsewhere.get(name, 0) + 1
                if settled and self._elsewhere[name] < _MOVED_LOOKS:
                    return as_before
                self._agreed[name] = 0
            else:
                self._agreed[name] = looks + 1
                share = max(_NEWEST, 1 / (looks + 2))
                yaw = old.pose.yaw_rad + share * turn
                if measured != old.measured:
                    share = float(measured)  # what was measured stands against what was not
                x, y = old.pose.position_m[:2] + share * way
                measured |= old.measured
        self._elsewhere[name] = 0
        return Pose(np.array([x, y, kind.size_m[2] / 2]), quaternion_from_yaw(yaw)), measured

    def _opening_m(self, name: str, pose_of_whole: Pose) -> float:
        """Return how far a drawer is open: it can only move along x of what holds it."""
        kind, known = self._kinds[name], self._known[name]
        closed_m = np.array(kind.closed_at_m)
        surface_m = (known.surface_m - pose_of_whole.position_m) @ pose_of_whole.rotation - closed_m
        opening = opening_m(kind, surface_m)
        if opening is not None:
            self._known[name] = replace(known, opening_m=opening)
            return opening
        if known.opening_m is not None:
            # Too much covers it: it is where it was.
            return known.opening_m
        said_m = pose_of_whole.inverse().transform(known.pose.position_m) - closed_m
        return float(np.clip(said_m[0], 0.0, kind.travel_m))

    def _front_rad(self, name: str, center_m: Array) -> float | None:
        """Return the direction in which a drawer slides out of a piece, as far as the drawer was seen."""
        for part, kind in self._kinds.items():
            if kind.part_of == name and part in self._known:
                x, y = (self._known[part].pose.position_m - center_m)[:2]
                return math.atan2(y, x) - math.atan2(kind.closed_at_m[1], kind.closed_at_m[0])
        return None


def _is_covered(pose: Pose, kind: FixtureKind, tool_m: Array) -> bool:
    """Return whether a hand is so close to a piece that it may hide much of it, as it can of a small one."""
    return max(kind.size_m[:2]) <= _HIDDEN_MAX_M and _reaches(pose, kind, tool_m, _HAND_M)


def _without_fingers(surface_m: Array, tools_m: Sequence[Array]) -> Array:
    """Return a surface without what may be fingers on it, which move with the hand and not with the piece."""
    for tool_m in tools_m:
        beside = np.hypot(*(surface_m[:, :2] - tool_m[:2]).T) > _FINGERS_M[0]
        surface_m = surface_m[beside | (surface_m[:, 2] < tool_m[2] - _FINGERS_M[1])]
    return surface_m


def _reaches(pose: Pose, kind: FixtureKind, place_m: Array, margin_m: Array | float) -> bool:
    """Return whether a place is inside a piece, or no farther outside than a margin along its axes."""
    return Box(np.zeros(3), np.array(kind.size_m) / 2 + margin_m).contains(pose.inverse().transform(place_m))


def _own(surface_m: Array, center_m: Array, kind: FixtureKind) -> Array:
    """Return the points that can be of a piece of furniture, not of the table or of what is in front of it."""
    height = surface_m[:, 2] / kind.size_m[2]
    away = np.linalg.norm(surface_m[:, :2] - center_m[:2], axis=1)
    reach = np.linalg.norm(kind.size_m[:2]) / 2 + _STRAY_M
    own: Array = surface_m[(height > _GROUND_SHARE) & (height < 1 + _GROUND_SHARE) & (away < reach)]
    return own


def _measured(surface_m: Array, yaw_rad: float, kind: FixtureKind, eye_m: Array) -> Array | None:
    """Return the middle of a piece from above, shape (2,), as its own points tell; None where they do not."""
    if len(surface_m) < _POINTS_MIN:
        return None
    size_m = np.array(kind.size_m[:2])
    low, high = extent_m(surface_m[:, :2], yaw_rad)
    if not (high - low < size_m + _STRAY_M).all():
        return None
    if kind.yaw_symmetry and kind.size_m[2] > _TALL_M:
        top_m = surface_m[np.abs(surface_m[:, 2] - kind.size_m[2]) < _TOP_M]
        if len(top_m) >= _POINTS_MIN:
            return middle_of_box(top_m, yaw_rad, size_m, eye_m, _TOP_STRAY_PERCENT)
        return middle_of_box(surface_m, yaw_rad, size_m, eye_m)
    low, high = extent_m(surface_m[:, :2], yaw_rad, _WHOLE_STRAY_PERCENT)
    least, most = _WHOLE_SHARE
    seen = (high - low) / size_m
    return middle(low, high, yaw_rad) if (seen > least).all() and (seen < most).all() else None


def _object(name: str, kind: FixtureKind, pose: Pose) -> SceneObject:
    interior = None
    if kind.interior_center_m is not None and kind.interior_half_m is not None:
        interior = Box(np.array(kind.interior_center_m), np.array(kind.interior_half_m))
    return SceneObject(
        name=name,
        color="",
        shape=name,
        affordances=frozenset(kind.affordances),
        pose_object_in_base=pose,
        size_m=np.array(kind.size_m),
        interior=interior,
        # The gripper looks the same after half a turn: what never looks the same is grasped as if it did.
        yaw_symmetry=kind.yaw_symmetry if kind.yaw_symmetry != 1 else 2,
    )
