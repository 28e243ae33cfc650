"""Remembers what is out of sight, so that a can in a closed drawer is still known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from robomatrix_py.contracts.execution import Evidence
from robomatrix_py.contracts.geometry import Array, Pose, frozen_array
from robomatrix_py.contracts.scene import Affordance, Scene, SceneObject
from robomatrix_py.scheduler.config import FactsConfig, MemoryConfig
from robomatrix_py.scheduler.facts import held_object, is_gripping


@dataclass(frozen=True, eq=False)
class _Belief:
    """A thing as it is believed, and what carries it along.

    Args:
        item: The thing with its believed pose.
        drawer: The drawer it lies in, or empty.
        pose_item_in_drawer: Where in the drawer, when that was last seen.
    """

    item: SceneObject
    drawer: str = ""
    pose_item_in_drawer: Pose | None = None


class SceneMemory:
    """Merges every newly perceived scene with what was seen before. Deterministic: its clock is the scene's.

    What lies in a drawer moves with the drawer; what is held moves with the tool; everything else is believed
    where it was last seen. A thing that should be visible and is not loses confidence, and is never dropped.

    Args:
        config: How long what is out of sight is believed.
        facts: When the gripper counts as holding something.
    """

    def __init__(self, config: MemoryConfig | None = None, facts: FactsConfig | None = None) -> None:
        self._config = config or MemoryConfig()
        self._facts = facts or FactsConfig()
        self._beliefs: dict[str, _Belief] = {}
        self._held = ""
        self._offset_from_tool_m: Array = frozen_array([0.0, 0.0, 0.0])
        self._scene = Scene({}, float("-inf"), "nothing seen yet")
        self._seen: Mapping[str, SceneObject] = {}

    @property
    def scene(self) -> Scene:
        """The newest merged scene."""
        return self._scene

    def update(self, evidence: Evidence) -> Evidence:
        """Return the evidence with the merged scene in place of the perceived one.

        A scene older than the newest one changes nothing but what the gripper carries.

        Args:
            evidence: Newest readings; objects that its scene lacks or calls invisible are taken as unseen.
        """
        perceived = evidence.scene
        newer = perceived.received_s >= self._scene.received_s
        if newer:
            self._seen = {item.name: item for item in perceived if item.visible}
        seen = self._seen
        now_s = max(perceived.received_s, self._scene.received_s)
        for name, item in perceived.objects.items() if newer else ():
            if name in seen or name not in self._beliefs:
                self._beliefs[name] = _Belief(item)
        self._carry_with_drawers(seen)
        self._carry_with_tool(evidence, seen)
        self._attach_to_drawers(seen)
        objects = {
            name: self._as_believed(belief, seen, now_s) for name, belief in sorted(self._beliefs.items())
        }
        newest = perceived if newer else self._scene
        self._scene = Scene(objects, now_s, newest.source, newest.trouble, newest.texts)
        return replace(evidence, scene=self._scene)

    def _carry_with_drawers(self, seen: Mapping[str, SceneObject]) -> None:
        for name, belief in self._beliefs.items():
            drawer = self._beliefs.get(belief.drawer)
            if name not in seen and drawer is not None and belief.pose_item_in_drawer is not None:
                pose = drawer.item.pose_object_in_base @ belief.pose_item_in_drawer
                self._beliefs[name] = replace(belief, item=replace(belief.item, pose_object_in_base=pose))

    def _carry_with_tool(self, evidence: Evidence, seen: Mapping[str, SceneObject]) -> None:
        tool_m = frozen_array(evidence.tool_position_m, (3,))
        if not is_gripping(evidence, self._facts):
            self._held = ""
            return
        if self._held and self._held not in seen:
            belief = self._beliefs[self._held]
            pose = Pose(tool_m + self._offset_from_tool_m, belief.item.pose_object_in_base.quaternion_xyzw)
            # What the gripper has lifted no longer moves with a drawer.
            self._beliefs[self._held] = _Belief(replace(belief.item, pose_object_in_base=pose))
            return
        believed = Scene({name: b.item for name, b in self._beliefs.items()}, 0.0, "")
        self._held = held_object(replace(evidence, scene=believed), self._facts)
        if self._held:
            self._offset_from_tool_m = frozen_array(self._beliefs[self._held].item.position_m - tool_m)

    def _attach_to_drawers(self, seen: Mapping[str, SceneObject]) -> None:
        drawers = [b.item for b in self._beliefs.values() if Affordance.DRAWER in b.item.affordances]
        for name, belief in self._beliefs.items():
            attached = bool(belief.drawer) and name not in seen
            if attached or name == self._held or Affordance.MOVABLE not in belief.item.affordances:
                continue
            drawer = next((d for d in drawers if d.holds(belief.item.position_m)), None)
            if drawer is None:
                self._beliefs[name] = _Belief(belief.item)
                continue
            pose = drawer.pose_object_in_base.inverse() @ belief.item.pose_object_in_base
            self._beliefs[name] = _Belief(belief.item, drawer.name, pose)

    def _as_believed(self, belief: _Belief, seen: Mapping[str, SceneObject], now_s: float) -> SceneObject:
        item = belief.item
        if item.name in seen:
            return item
        unseen_s = now_s - item.seen_s
        overdue_s = unseen_s - self._config.doubt_after_s
        if overdue_s <= 0.0 or item.name == self._held or self._is_shut_in(belief):
            return replace(item, visible=False)
        doubt = 0.5 ** (overdue_s / self._config.doubt_halving_s)
        confidence = max(item.confidence * doubt, min(self._config.confidence_min, item.confidence))
        return replace(item, visible=False, confidence=confidence)

    def _is_shut_in(self, belief: _Belief) -> bool:
        """Return whether a thing cannot be expected to be visible because its drawer is not open."""
        drawer = self._beliefs.get(belief.drawer)
        if drawer is None:
            return False
        travel_m = drawer.item.states.get("travel_m", self._facts.drawer_travel_m)
        opening_m = drawer.item.states.get("opening_m", 0.0)
        return opening_m < self._facts.drawer_open_share_min * travel_m
