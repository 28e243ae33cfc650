"""From the views of all cameras to the scene: the perception source `camera`."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from robomatrix_py.contracts.geometry import Array, Box, Pose, quaternion_from_yaw
from robomatrix_py.contracts.patches import CameraView, PatchEncoder, Patches
from robomatrix_py.contracts.scene import Affordance, Scene, SceneObject
from robomatrix_py.perception.config import FixtureKind, PerceptionConfig
from robomatrix_py.perception.detection import Detector
from robomatrix_py.perception.tracking import Track, Tracker

SOURCE = "camera"
_LAMPS = ("dark button", "lit button")
_FIXTURE_MEMORY = 0.9


class CameraPerception:
    """Turns pictures with depth into scene objects. No ROS, no clock, no threads.

    Args:
        encoder: Sees patches and reads captions.
        config: What is looked for.
    """

    def __init__(self, encoder: PatchEncoder, config: PerceptionConfig) -> None:
        self._config = config
        objects = [f"{color} {shape}" for color in config.colors for shape in config.shapes]
        self._detector = Detector(encoder, objects, list(config.fixtures), config.patches_min, config.object_size_max_m)
        self._captions = self._detector.captions
        self._lamps = encoder.read(_LAMPS)
        first_fixture = len(objects)
        self._tracker = Tracker(config.forget_s, frozenset(range(first_fixture, len(self._captions))))
        self._fixtures: dict[str, SceneObject] = {}
        self._lit: dict[str, float] = {}

    def look(self, views: Sequence[CameraView], now_s: float, patches: Mapping[str, Patches] | None = None) -> Scene:
        """Take in one look of each camera and return what is seen now.

        Args:
            views: One a camera, all of about the same moment.
            now_s: Monotonic time.
            patches: What the encoder sees in them, by camera, where that is known already.
        """
        known = patches or {}
        looks = [self._detector.detect(view, known.get(view.camera)) for view in views]
        for found in (found for look in looks for found in look):
            caption = self._captions[int(found.probabilities.argmax())]
            if caption in self._config.fixtures and Affordance.BUTTON in self._config.fixtures[caption].affordances:
                dark, lit = self._lamps @ found.embedding
                self._lit[caption] = 0.5 * self._lit.get(caption, 0.5) + 0.5 * float(lit > dark)
        self._tracker.update(looks, now_s)
        seen: dict[str, SceneObject] = {}
        furniture: set[str] = set()
        for track in sorted(self._tracker.tracks, key=lambda t: (-t.looks, t.number)):
            if track.looks < self._config.looks_min:
                continue
            caption = self._captions[track.caption]
            if caption in self._config.fixtures:
                if caption not in furniture and track.seen_s == now_s:
                    self._see_fixture(caption, track)
                furniture.add(caption)
            elif track.seen_s == now_s:
                name = self._name(track, caption, seen)
                seen[name] = self._object(name, caption, track)
        return Scene(self._all_fixtures(now_s) | seen, now_s, SOURCE)

    def _name(self, track: Track, caption: str, taken: Mapping[str, SceneObject]) -> str:
        """Return a name that stays with its track as long as the track looks like what it was named after."""
        plain = caption.replace(" ", "_")
        others = {t.name for t in self._tracker.tracks if t is not track and t.name} | set(taken)
        if not track.name or track.name.rstrip("0123456789").rstrip("_") != plain:
            number = 1
            name = plain
            while name in others:
                number += 1
                name = f"{plain}_{number}"
            track.name = name
        return track.name

    def _object(self, name: str, caption: str, track: Track) -> SceneObject:
        color, shape = caption.split(" ", 1)
        kind = self._config.shapes[shape]
        size = np.maximum(track.size_m, 0.005)
        affordances = {Affordance.MOVABLE} | ({Affordance.SURFACE} if kind.flat_top else set())
        on_top = None
        if kind.flat_top:
            on_top = Box(np.array([0, 0, size[2] / 2 + 0.04]), np.array([size[0] / 2, size[1] / 2, 0.045]))
        return SceneObject(
            name=name,
            color=color,
            shape=shape,
            affordances=frozenset(affordances),
            pose_object_in_base=Pose(track.center_m, quaternion_from_yaw(_yaw(track.turn, kind.yaw_symmetry))),
            size_m=size,
            confidence=track.confidence,
            seen_s=track.seen_s,
            interior=on_top,
            yaw_symmetry=kind.yaw_symmetry,
        )

    def _see_fixture(self, caption: str, track: Track) -> None:
        """Renew what is known of furniture: it stands still, so its place is averaged over a long time."""
        kind = self._config.fixtures[caption]
        center, yaw = track.center_m, _yaw(track.turn, kind.yaw_symmetry)
        old = self._fixtures.get(caption)
        if old is not None and not kind.part_of and np.linalg.norm(old.position_m - center) < 0.05:
            center = _FIXTURE_MEMORY * old.position_m + (1 - _FIXTURE_MEMORY) * center
            old_yaw = old.pose_object_in_base.yaw_rad
            period = 2 * math.pi / max(kind.yaw_symmetry, 1)
            yaw = old_yaw + (1 - _FIXTURE_MEMORY) * math.remainder(yaw - old_yaw, period)
        center = np.array([center[0], center[1], center[2] if kind.part_of else kind.size_m[2] / 2])
        self._fixtures[caption] = SceneObject(
            name=caption,
            color="",
            shape=caption,
            affordances=frozenset(kind.affordances),
            pose_object_in_base=Pose(center, quaternion_from_yaw(yaw)),
            size_m=np.array(kind.size_m),
            confidence=track.confidence,
            seen_s=track.seen_s,
            interior=_interior(kind),
            # The gripper looks the same after half a turn: what never looks the same is grasped as if it did.
            yaw_symmetry=kind.yaw_symmetry if kind.yaw_symmetry != 1 else 2,
        )

    def _all_fixtures(self, now_s: float) -> dict[str, SceneObject]:
        """Return the furniture, drawers slid out of theirs, as of now: what stands still is believed to stay."""
        result = {
            name: SceneObject(
                name=name,
                color="",
                shape=name,
                affordances=frozenset(standing.kind.affordances),
                pose_object_in_base=Pose(np.array(standing.position_m), quaternion_from_yaw(0.0)),
                size_m=np.array(standing.kind.size_m),
                seen_s=now_s,
                interior=_interior(standing.kind),
                yaw_symmetry=2,
            )
            for name, standing in self._config.standing.items()
        }
        for name, item in self._fixtures.items():
            kind = self._config.fixtures[name]
            pose, states = item.pose_object_in_base, dict(item.states)
            if kind.part_of:
                if kind.part_of not in self._fixtures:
                    continue
                pose, states = _slid_out(kind, self._fixtures[kind.part_of].pose_object_in_base, item.position_m)
            if name in self._lit:
                states["lit"] = float(self._lit[name] > 0.5)
            # What stands still is believed to stay; what slides is known only while it is seen.
            seen_s = item.seen_s if kind.part_of else now_s
            result[name] = replace(item, pose_object_in_base=pose, states=states, seen_s=seen_s)
        return result


def _slid_out(kind: FixtureKind, pose_of_whole: Pose, seen_m: Array) -> tuple[Pose, dict[str, float]]:
    """Return where a drawer is, from where its handle was seen: it can only move along x of what holds it."""
    local = pose_of_whole.inverse().transform(seen_m)
    opening = float(np.clip(local[0] - kind.closed_at_m[0], 0.0, kind.travel_m))
    place = pose_of_whole.transform(np.array(kind.closed_at_m) + np.array([opening, 0.0, 0.0]))
    return Pose(place, pose_of_whole.quaternion_xyzw), {"opening_m": opening, "travel_m": kind.travel_m}


def _interior(kind: FixtureKind) -> Box | None:
    if kind.interior_center_m is None or kind.interior_half_m is None:
        return None
    return Box(np.array(kind.interior_center_m), np.array(kind.interior_half_m))


def _yaw(turn: Array, symmetry: int) -> float:
    """Return the turn of a thing that looks the same after 1 / symmetry of a turn."""
    if symmetry == 0:
        return 0.0
    column = {1: 0, 2: 2, 4: 4}[symmetry]
    return math.atan2(turn[column + 1], turn[column]) / symmetry
