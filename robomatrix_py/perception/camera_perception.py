"""From the views of all cameras to the scene: the perception source `camera`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from robomatrix_py.contracts.geometry import Box, Pose, quaternion_from_yaw
from robomatrix_py.contracts.patches import CameraView, PatchEncoder, Patches
from robomatrix_py.contracts.scene import Affordance, Scene, SceneObject
from robomatrix_py.perception.config import ObjectKind, PerceptionConfig
from robomatrix_py.perception.detection import Detection, Detector
from robomatrix_py.perception.furniture import Furniture
from robomatrix_py.perception.levelling import Levelling
from robomatrix_py.perception.registration import Registration
from robomatrix_py.perception.tracking import Track, Tracker

SOURCE = "camera"
_LAMPS = ("dark button", "lit button")


class CameraPerception:
    """Turns pictures with depth into scene objects. No ROS, no clock, no threads.

    Args:
        encoder: Sees patches and reads captions.
        config: What is looked for.
        added: Further free things that the encoder knows, by caption: a noun, or a colour and a noun.
    """

    def __init__(
        self, encoder: PatchEncoder, config: PerceptionConfig, added: Mapping[str, ObjectKind] | None = None
    ) -> None:
        self._config = config
        self._added = dict(added or {})
        objects = [*config.object_captions, *self._added]
        round_objects = {caption for caption in objects if self._kind(caption).yaw_symmetry == 0}
        self._detector = Detector(
            encoder, objects, list(config.fixtures), config.patches_min, config.object_size_max_m, round_objects
        )
        self._captions = self._detector.captions
        self._lamps = encoder.read(_LAMPS)
        first_fixture = len(objects)
        self._tracker = Tracker(config.forget_s, frozenset(range(first_fixture, len(self._captions))))
        self._furniture = Furniture(config)
        self._levelling = Levelling(config.table) if config.table else None
        self._registration = Registration(config.table) if config.table else None
        # What neither slides nor lights up.
        self._still = [
            name
            for name, kind in config.fixtures.items()
            if not kind.part_of and Affordance.BUTTON not in kind.affordances
        ]
        self._looks = 0

    def look(self, views: Sequence[CameraView], now_s: float, patches: Mapping[str, Patches] | None = None) -> Scene:
        """Take in one look of each camera and return what is seen now.

        Args:
            views: One a camera, all of about the same moment.
            now_s: Monotonic time.
            patches: What the encoder sees in them, by camera, where that is known already.
        """
        known = patches or {}
        views = self._aligned(views)
        passed_over = self._passed_over()
        looks = [self._possible(self._detector.detect(view, known.get(view.camera), passed_over)) for view in views]
        for found in (found for look in looks for found in look):
            caption = self._captions[int(found.probabilities.argmax())]
            if caption in self._config.fixtures and Affordance.BUTTON in self._config.fixtures[caption].affordances:
                dark, lit = self._lamps @ found.embedding
                self._furniture.see_lamp(caption, bool(lit > dark))
        self._tracker.update(looks, now_s)
        tools_m = [view.pose_tool_in_base.position_m for view in views if view.pose_tool_in_base is not None]
        seen: dict[str, SceneObject] = {}
        fixtures: set[str] = set()
        for track in sorted(self._tracker.tracks, key=lambda t: (-t.looks, t.number)):
            if track.looks < self._config.looks_min:
                continue
            caption = self._captions[track.caption]
            if caption in self._config.fixtures:
                if caption not in fixtures and track.seen_s == now_s:
                    self._furniture.see(caption, track, tools_m)
                fixtures.add(caption)
            elif track.seen_s == now_s:
                name = self._name(track, caption, seen)
                seen[name] = self._object(name, caption, track)
        return Scene(self._furniture.objects(now_s) | seen, now_s, SOURCE)

    def _aligned(self, views: Sequence[CameraView]) -> Sequence[CameraView]:
        """Return views from where the cameras really are, as far as the table and each other tell."""
        if self._levelling is None or self._registration is None:
            return views
        calibrated = [view.pose_camera_in_base for view in views]
        return self._registration.align([self._levelling.level(view) for view in views], calibrated)

    def blind(self, trouble: str, now_s: float) -> Scene:
        """Return the scene of no camera that can see: without objects, with the reason."""
        return Scene({}, now_s, SOURCE, trouble)

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

    def _passed_over(self) -> set[str]:
        """Return the furniture that need not be looked for now: of what stands still, one piece a look is enough."""
        self._looks += 1
        due = self._still[self._looks % len(self._still)] if self._still else ""
        return {name for name in self._still if name != due and self._furniture.knows(name)}

    def _possible(self, looks: Sequence[Detection]) -> list[Detection]:
        """Return what can be there: a red button that is not looked for just now is no red thing."""
        fixtures = self._config.fixtures
        return [
            found
            for found in looks
            if self._captions[found.caption] in fixtures or not self._furniture.fills(found.center_m)
        ]

    def _kind(self, caption: str) -> ObjectKind:
        return self._added.get(caption) or self._config.shapes[caption.rpartition(" ")[2]]

    def _object(self, name: str, caption: str, track: Track) -> SceneObject:
        # What was added from pictures may have no colour to its name.
        color, _, shape = caption.rpartition(" ")
        kind = self._kind(caption)
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
            pose_object_in_base=Pose(track.center_m, quaternion_from_yaw(track.yaw_rad(kind.yaw_symmetry))),
            size_m=size,
            confidence=track.confidence,
            seen_s=track.seen_s,
            interior=on_top,
            yaw_symmetry=kind.yaw_symmetry,
        )
