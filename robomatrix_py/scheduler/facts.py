"""What is the case: facts from sensor evidence, and the facts that follow from other facts."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from robomatrix_py.contracts.execution import Evidence
from robomatrix_py.contracts.geometry import Array
from robomatrix_py.contracts.predicate import Atom
from robomatrix_py.contracts.scene import Affordance, Scene, SceneObject
from robomatrix_py.scheduler.config import FactsConfig

GRIPPER_EMPTY = Atom("gripper_empty")
DERIVED = frozenset({"clear", "accessible"})
"""Predicates that follow from the others; they are never stored in a state."""

_DEFAULT = FactsConfig()
_PLACES = frozenset({Affordance.CONTAINER, Affordance.SURFACE})


def derive_facts(evidence: Evidence, config: FactsConfig = _DEFAULT) -> frozenset[Atom]:
    """Return all facts that the evidence supports, derived ones included.

    A gripper that presses on something which is no known object is neither empty nor holding.

    Args:
        evidence: Sensor readings; its scene should come from the memory, so that hidden things count.
        config: When a reading counts as a fact.
    """
    scene = evidence.scene
    held = held_object(evidence, config)
    base: set[Atom] = set()
    if not is_gripping(evidence, config):
        base.add(GRIPPER_EMPTY)
    elif held:
        base.add(Atom("held", (held,)))
    base.update(_placements(scene, held, config))
    for drawer in scene.having(Affordance.DRAWER):
        base.update(_drawer_state(drawer, config))
    return with_derived(base, scene)


def is_gripping(evidence: Evidence, config: FactsConfig = _DEFAULT) -> bool:
    """Return whether the gripper presses on something."""
    return (
        evidence.gripper_force_n > config.holding_force_min_n
        and evidence.gripper_opening > config.holding_opening_min
    )


def held_object(evidence: Evidence, config: FactsConfig = _DEFAULT) -> str:
    """Return the name of the movable object that is held, the nearest to the tool, or an empty string."""
    if not is_gripping(evidence, config):
        return ""
    tool = np.array(evidence.tool_position_m)
    near = [
        (float(np.linalg.norm(item.position_m - tool)), item.name)
        for item in evidence.scene.having(Affordance.MOVABLE)
        if _distance_to_box_m(item, tool) <= config.held_distance_max_m
    ]
    return min(near)[1] if near else ""


def with_derived(base: Iterable[Atom], scene: Scene) -> frozenset[Atom]:
    """Return `base` together with every `clear` and `accessible` fact that follows from it.

    A thing is clear if nothing stands on it. It is accessible unless it is a drawer that is not open, or is
    inside one, or is a movable thing with something standing on it.

    Args:
        base: Facts that are not derived; derived ones are ignored.
        scene: What objects there are.
    """
    stored = frozenset(atom for atom in base if atom.predicate not in DERIVED)
    covered = {atom.arguments[1] for atom in stored if atom.predicate == "on"}
    supports = supports_of(stored)
    derived = {Atom("clear", (name,)) for name in scene.objects if name not in covered}
    for item in scene:
        under = item.name in covered and Affordance.MOVABLE in item.affordances
        if not under and not _shut_in(item.name, scene, stored, supports):
            derived.add(Atom("accessible", (item.name,)))
    return stored | derived


def supports_of(facts: Iterable[Atom]) -> dict[str, tuple[str, ...]]:
    """Return by object what it is in or on."""
    supports: dict[str, tuple[str, ...]] = {}
    for atom in sorted(facts):
        if atom.predicate in ("in", "on"):
            item, place = atom.arguments
            supports[item] = (*supports.get(item, ()), place)
    return supports


def _shut_in(name: str, scene: Scene, facts: frozenset[Atom], supports: dict[str, tuple[str, ...]]) -> bool:
    """Return whether a thing is, or is inside, or stands on something inside, a drawer that is not open."""
    seen: set[str] = set()
    waiting = [name]
    while waiting:
        place = waiting.pop()
        item = scene.objects.get(place)
        if item is None or place in seen:
            continue
        seen.add(place)
        if Affordance.DRAWER in item.affordances and Atom("open", (place,)) not in facts:
            return True
        waiting.extend(supports.get(place, ()))
    return False


def _placements(scene: Scene, held: str, config: FactsConfig) -> set[Atom]:
    """Return what every object but the held one is in (its innermost container) and stands on."""
    items = [item for item in scene.having(Affordance.MOVABLE) if item.name != held]
    inside: dict[str, list[tuple[float, str]]] = {item.name: [] for item in items}
    under: dict[str, list[tuple[float, str]]] = {item.name: [] for item in items}
    positions_m = np.array([item.position_m for item in items]).reshape(-1, 3)
    for place in scene:
        if place.name == held or not place.affordances & _PLACES:
            continue
        local_m = place.pose_object_in_base.inverse().transform(positions_m)
        for i in np.flatnonzero(_within(place, local_m, config)):
            item = items[i]
            if item.name == place.name:
                continue
            if Affordance.CONTAINER in place.affordances and place.interior is not None:
                inside[item.name].append((float(np.prod(place.interior.half_extents_m)), place.name))
            if Affordance.SURFACE in place.affordances and _touches(item, place, local_m[i], config):
                under[item.name].append((place.top_z_m, place.name))
    found = {Atom("in", (name, min(containers)[1])) for name, containers in inside.items() if containers}
    for name, surfaces in under.items():
        surface = max(surfaces)[1] if surfaces else ""
        # In a container only other movable things can be stood on: the table is beneath, but out of touch.
        if surface and (not inside[name] or Affordance.MOVABLE in scene.objects[surface].affordances):
            found.add(Atom("on", (name, surface)))
    return found


def _within(place: SceneObject, points_in_place_m: Array, config: FactsConfig) -> npt.NDArray[np.bool_]:
    """Return which points, shape (n, 3), lie in what counts as inside or on top of a place, shape (n,)."""
    if place.interior is None:
        # A movable thing that says nothing of its top may bear things wherever they touch it.
        return np.full(len(points_in_place_m), Affordance.MOVABLE in place.affordances)
    reach_m = place.interior.half_extents_m + config.place_margin_m
    outside: npt.NDArray[np.bool_] = np.abs(points_in_place_m - place.interior.center_m) > reach_m
    return np.logical_not(outside.any(axis=1))


def _touches(item: SceneObject, surface: SceneObject, point_in_surface_m: Array, config: FactsConfig) -> bool:
    """Return whether an object stands on a surface that it is above."""
    if Affordance.MOVABLE not in surface.affordances:
        return True
    # Two small things side by side: only touching from above counts.
    bottom_z_m = float(item.position_m[2]) - upright_extents_m(item)[2] / 2
    top_z_m = float(surface.position_m[2]) + upright_extents_m(surface)[2] / 2
    over = np.abs(point_in_surface_m[:2]) <= surface.size_m[:2] / 2 + config.place_margin_m
    return bool(over.all()) and abs(bottom_z_m - top_z_m) <= config.rest_gap_max_m


def upright_extents_m(item: SceneObject) -> tuple[float, float, float]:
    """Return the longer and the shorter horizontal edge and the height of an object as it lies now.

    Exact while one of its faces is level, and for a ball always.
    """
    vertical = int(np.argmax(np.abs(item.pose_object_in_base.rotation[2])))
    across = sorted(float(edge) for axis, edge in enumerate(item.size_m) if axis != vertical)
    return across[1], across[0], float(item.size_m[vertical])


def _distance_to_box_m(item: SceneObject, point_in_base_m: Array) -> float:
    local = item.pose_object_in_base.inverse().transform(point_in_base_m)
    return float(np.linalg.norm(np.maximum(np.abs(local) - item.size_m / 2, 0.0)))


def _drawer_state(drawer: SceneObject, config: FactsConfig) -> set[Atom]:
    opening_m = drawer.states.get("opening_m")
    if opening_m is None:
        return set()
    if opening_m <= config.drawer_closed_max_m:
        return {Atom("closed", (drawer.name,))}
    travel_m = drawer.states.get("travel_m", config.drawer_travel_m)
    return {Atom("open", (drawer.name,))} if opening_m >= config.drawer_open_share_min * travel_m else set()
