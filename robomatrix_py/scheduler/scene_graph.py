"""What the robot knows of the scene, as a graph: what is in or on what, in which state, where, and when last seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from robomatrix_py.contracts.predicate import Atom
from robomatrix_py.contracts.scene import Affordance, Scene, SceneObject
from robomatrix_py.scheduler.facts import GRIPPER_EMPTY


class Whereabouts(StrEnum):
    """How it is known where a thing is."""

    SEEN = "seen"
    """It was in the newest look."""
    HELD = "held"
    """The gripper has it; it moves with the tool."""
    SHUT_IN = "shut in"
    """It is in a drawer that is not open, and moves with it: it cannot be expected to be seen."""
    REMEMBERED = "remembered"
    """It is out of sight and believed to be where it was last seen."""
    DOUBTED = "doubted"
    """It was not seen for long where it should be in sight: it is looked for before anything is done with it."""


@dataclass(frozen=True)
class SceneNode:
    """One thing of the scene.

    Args:
        item: The thing, with its pose in the base frame.
        whereabouts: How it is known where it is.
        relation: ``in``, ``on`` or ``held by``, or empty where it is on its own.
        place: What it is in or on; ``gripper`` where it is held.
        states: ``open``, ``closed`` or ``ajar``; ``lit`` or ``dark``.
        unseen_s: How long ago it was last seen.
    """

    item: SceneObject
    whereabouts: Whereabouts
    relation: str
    place: str
    states: tuple[str, ...]
    unseen_s: float

    def to_json(self) -> dict[str, Any]:
        """Return the public JSON form: metres and radians in the base frame, seconds."""
        item = self.item
        return {
            "name": item.name,
            "color": item.color,
            "shape": item.shape,
            "affordances": sorted(item.affordances),
            "relation": self.relation or None,
            "place": self.place or None,
            "states": list(self.states),
            "readings": {key: round(value, 4) for key, value in item.states.items()},
            "position_m": [round(float(value), 4) for value in item.position_m],
            "yaw_rad": round(item.pose_object_in_base.yaw_rad, 4),
            "size_m": [round(float(value), 4) for value in item.size_m],
            "whereabouts": self.whereabouts.value,
            "last_seen_s_ago": round(self.unseen_s, 2),
            "confidence": round(item.confidence, 3),
        }


@dataclass(frozen=True)
class SceneGraph:
    """Everything that is known of the scene.

    Args:
        nodes: The things by name.
        gripper: What the gripper holds: a name, ``something unknown``, or empty for nothing.
        age_s: How old the newest look is.
        source: Where it comes from: ``sim_truth`` is the simulator's state with noise, not a camera.
        trouble: Which cameras are out of order, if none is left to see by.
        facts: All facts that hold, as text.
    """

    nodes: Mapping[str, SceneNode]
    gripper: str
    age_s: float
    source: str
    trouble: str
    facts: tuple[str, ...]

    def within(self, place: str) -> tuple[SceneNode, ...]:
        """Return what is in or on a thing, by name; of an empty name, what is in or on nothing."""
        return tuple(node for _, node in sorted(self.nodes.items()) if node.place == place)

    def to_json(self) -> dict[str, Any]:
        """Return the form that `robomatrix scene --json` prints."""
        return {
            "objects": [node.to_json() for _, node in sorted(self.nodes.items())],
            "gripper": self.gripper or None,
            "facts": list(self.facts),
            "age_s": round(self.age_s, 2),
            "source": self.source,
            "trouble": self.trouble or None,
        }


def scene_graph(scene: Scene, facts: frozenset[Atom], now_s: float, doubtful_below: float) -> SceneGraph:
    """Return the scene graph of a remembered scene.

    Args:
        scene: What is where, as the memory has it.
        facts: What follows from it.
        now_s: Monotonic time, of the same clock as the scene's.
        doubtful_below: What is believed with less confidence is doubted.
    """
    held = next((atom.arguments[0] for atom in facts if atom.predicate == "held"), "")
    nodes = {}
    for item in scene:
        relation, place = _support(item.name, facts)
        nodes[item.name] = SceneNode(
            item,
            _whereabouts(item, facts, doubtful_below),
            relation,
            place,
            _states(item, facts),
            max(0.0, now_s - item.seen_s),
        )
    gripper = held or ("" if GRIPPER_EMPTY in facts else "something unknown")
    texts = tuple(str(atom) for atom in sorted(facts))
    return SceneGraph(nodes, gripper, max(0.0, now_s - scene.received_s), scene.source, scene.trouble, texts)


def _support(name: str, facts: frozenset[Atom]) -> tuple[str, str]:
    """Return relation and place: the container before the surface, which may stand in it."""
    if Atom("held", (name,)) in facts:
        return "held by", "gripper"
    found = {atom.predicate: atom.arguments[1] for atom in sorted(facts) if _is_about(atom, name)}
    # What stands on a thing that is itself in a container is nearest to that thing.
    relation = next((kind for kind in ("on", "in") if kind in found), "")
    return relation, found.get(relation, "")


def _is_about(atom: Atom, name: str) -> bool:
    return atom.predicate in ("in", "on") and atom.arguments[0] == name


def _whereabouts(item: SceneObject, facts: frozenset[Atom], doubtful_below: float) -> Whereabouts:
    if Atom("held", (item.name,)) in facts:
        return Whereabouts.HELD
    if item.visible:
        return Whereabouts.SEEN
    if Affordance.MOVABLE in item.affordances and Atom("accessible", (item.name,)) not in facts:
        return Whereabouts.SHUT_IN
    return Whereabouts.DOUBTED if item.confidence < doubtful_below else Whereabouts.REMEMBERED


def _states(item: SceneObject, facts: frozenset[Atom]) -> tuple[str, ...]:
    states = []
    if Affordance.DRAWER in item.affordances and "opening_m" in item.states:
        states.append(next((s for s in ("open", "closed") if Atom(s, (item.name,)) in facts), "ajar"))
    if "lit" in item.states:
        states.append("lit" if item.states["lit"] > 0.5 else "dark")
    return tuple(states)
