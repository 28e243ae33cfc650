"""What perception and a policy see with: every picture is encoded once, for both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from robomatrix_py.contracts.patches import CameraView, PatchEncoder, Patches
from robomatrix_py.contracts.policy import Glance, ToolState
from robomatrix_py.contracts.scene import Scene, SceneObject
from robomatrix_py.perception.camera_health import CameraFault, CameraHealth
from robomatrix_py.perception.camera_perception import CameraPerception

FORGET_S = 5.0
"""What a policy's goal is about is not followed any longer once it was out of sight for so long."""

KEEP_S = 0.25
"""A policy still looks at pictures that are older than those of another camera by so much."""


@dataclass(frozen=True, eq=False)
class Sight:
    """One look of all cameras.

    Args:
        scene: What perception makes of it; None where no picture could be used.
        taken_s: Monotonic time when the pictures were taken.
        views: The pictures; none where the scene comes from elsewhere.
        patches: The same as the encoder sees them, by camera.
        faults: Cameras that are out of order; their pictures are neither in `scene` nor in `views`.
    """

    scene: Scene | None
    taken_s: float
    views: Sequence[CameraView] = ()
    patches: Mapping[str, Patches] = field(default_factory=dict)
    faults: Sequence[CameraFault] = ()


class Eyes:
    """Encodes pictures once for perception and policy.

    Args:
        encoder: Sees patches.
        perception: Turns them into scene objects.
        health: Says which pictures may be used.
    """

    def __init__(self, encoder: PatchEncoder, perception: CameraPerception, health: CameraHealth) -> None:
        self._encoder = encoder
        self._perception = perception
        self._health = health
        self._recent: dict[str, tuple[float, CameraView, Patches]] = {}

    def look(self, views: Sequence[CameraView], taken_s: float, now_s: float) -> Sight:
        """Return what is seen.

        Args:
            views: One a camera, all of about the same moment.
            taken_s: Monotonic time of that moment.
            now_s: Monotonic time.
        """
        right, faults = self._health.judge(views, now_s)
        fresh = {view.camera: self._encoder.see(view.camera, view.color) for view in right}
        scene = None
        if right:
            scene = self._perception.look(right, now_s, fresh)
        elif trouble := self._health.blind(faults):
            scene = self._perception.blind(trouble, now_s)
        self._recent |= {view.camera: (taken_s, view, fresh[view.camera]) for view in right}
        for fault in faults:
            self._recent.pop(fault.camera, None)
        # Cameras do not all deliver at each look: a policy goes on with what the others showed a moment ago.
        kept = {camera: look for camera, look in self._recent.items() if taken_s - look[0] <= KEEP_S}
        return Sight(
            scene,
            taken_s,
            tuple(view for _, view, _ in kept.values()),
            {camera: patches for camera, (_, _, patches) in kept.items()},
            faults,
        )


class Gaze:
    """Follows what a goal is about from sight to sight, and makes the glances of a policy."""

    def __init__(self) -> None:
        self._known: dict[str, SceneObject] = {}
        self._names: tuple[str, ...] = ()
        self._started_s = 0.0

    def start(self, names: tuple[str, ...], started_s: float) -> None:
        """Begin a skill about things of these names; what was seen before it is still known."""
        self._names = names
        self._started_s = started_s

    def notice(self, sight: Sight) -> None:
        """Take in a sight; between skills too, so that a new one knows what was seen before."""
        scene = sight.scene
        for item in scene or ():
            if scene is not None and item.visible:
                # Ages count from when the pictures were taken, not from when they were understood.
                behind_s = scene.received_s - item.seen_s
                self._known[item.name] = replace(item, seen_s=sight.taken_s - behind_s)

    def glance(self, sight: Sight, tool: ToolState) -> Glance:
        """Return all that a policy may look at.

        Args:
            sight: The newest sight, noticed before.
            tool: The arm when the pictures were taken.
        """
        return Glance(
            views=sight.views,
            patches=sight.patches,
            tracks=tuple(self._track(name, sight.taken_s) for name in self._names),
            tool=tool,
            now_s=sight.taken_s,
            since_start_s=sight.taken_s - self._started_s,
        )

    def _track(self, name: str, now_s: float) -> SceneObject | None:
        item = self._known.get(name)
        return item if item is not None and now_s - item.seen_s <= FORGET_S else None
