"""The independent judge: decides from sensor evidence whether a skill had its effect and whether a goal holds.

It shares no state with planner or skills. A judgement needs several agreeing looks, so that an object still rolling
is not called placed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from robomatrix_py.contracts.cause import Cause
from robomatrix_py.contracts.execution import Evidence
from robomatrix_py.contracts.geometry import Pose
from robomatrix_py.contracts.predicate import Atom
from robomatrix_py.contracts.scene import SceneObject
from robomatrix_py.contracts.skill import DIRECTIONS, SkillCall, SkillSpec
from robomatrix_py.contracts.verdict import Verdict
from robomatrix_py.skills.context import EMPTY_OPENING, HOLDING_FORCE_N

_AGREEING_LOOKS = 4
# A base is at a thing within this distance of its outline, and across a line so far beyond it.
_BASE_NEAR_M = 0.8
_BASE_BEYOND_M = 0.15
_PATIENCE_S = 2.0
_STILL_M = 0.008
_OPEN_SHARE = 0.7
_CLOSED_M = 0.012
# A hidden object counts as held only where the gap between the pads is as wide as it is, this near.
_WIDTH_ERROR_M = 0.006
# ... and where it was last seen not farther away than one lift and carry step between two looks.
_HIDDEN_REACH_M = 0.15


@dataclass(frozen=True)
class Finding:
    """What one look says.

    Args:
        holds: Whether the effect is there; None where it cannot be seen.
        message: One sentence for a person.
        evidence: The readings looked at.
    """

    holds: bool | None
    message: str
    evidence: Mapping[str, Any]


class _Agreement:
    """Turns single findings into a verdict once enough agree or patience ends."""

    def __init__(self, stage: str) -> None:
        self._stage = stage
        self._since_s: float | None = None
        self._agreeing = 0
        self._scene_s = -1.0

    def take(self, finding: Finding, scene_s: float, now_s: float) -> Verdict | None:
        """Take a finding in; a scene that was looked at before counts once."""
        if self._since_s is None:
            self._since_s = now_s
        if scene_s != self._scene_s:
            self._scene_s = scene_s
            if finding.holds is not None:
                # A look that could not see it says nothing, for or against.
                self._agreeing = self._agreeing + 1 if finding.holds else 0
        evidence = dict(finding.evidence) | {"agreeing_looks": self._agreeing}
        if self._agreeing >= _AGREEING_LOOKS:
            return Verdict.success(finding.message, self._stage, **evidence)
        if now_s - self._since_s < _PATIENCE_S:
            return None
        if finding.holds is None:
            return Verdict.undecided(Cause.VERDICT_FAILED, finding.message, self._stage, **evidence)
        if finding.holds:
            message = f"{finding.message}, but only {self._agreeing} looks in a row say so; needed: {_AGREEING_LOOKS}"
            return Verdict.undecided(Cause.VERDICT_FAILED, message, self._stage, **evidence)
        return Verdict.failure(Cause.VERDICT_FAILED, finding.message, self._stage, **evidence)


class EffectJudge:
    """Judges one run of one skill.

    Args:
        spec: The skill; its `checker` names the check.

    Raises:
        KeyError: There is no such check.
    """

    def __init__(self, spec: SkillSpec) -> None:
        self._check = {**CHECKERS, **BASE_CHECKERS, **TARGET_CHECKERS}[spec.checker]
        self._agreement = _Agreement(f"{spec.name}.verdict")
        self._call = SkillCall(spec.name)
        self._before: Evidence | None = None
        self._previous: Evidence | None = None

    def begin(self, call: SkillCall, before: Evidence) -> None:
        """Note what was the case before the skill."""
        self._call = call
        self._before = before

    def judge(self, now: Evidence, now_s: float) -> Verdict | None:
        """Return the verdict, or None while it must look longer."""
        if self._before is None:
            raise RuntimeError("judge() before begin()")
        look = _Look(self._call.arguments, self._before, self._previous or now, now)
        if now.scene.received_s != (self._previous or now).scene.received_s or self._previous is None:
            self._previous = now
        return self._agreement.take(self._check(look), now.scene.received_s, now_s)


class FactsJudge:
    """Judges at the end of a task whether lasting facts hold. It remembers where things were last seen."""

    def __init__(self) -> None:
        self._agreement = _Agreement("task.verdict")

    def judge(self, atoms: tuple[Atom, ...], now: Evidence, now_s: float) -> Verdict | None:
        """Return the verdict over lasting facts, or None while it must look longer."""
        findings = [_fact(atom, now) for atom in atoms]
        worst = next((f for f in findings if f.holds is False), None) or next(
            (f for f in findings if f.holds is None), None
        )
        evidence = {str(atom): dict(f.evidence) for atom, f in zip(atoms, findings, strict=True)}
        if worst is not None:
            finding = Finding(worst.holds, worst.message, evidence)
        else:
            finding = Finding(True, "; ".join(f.message for f in findings) or "every step was verified", evidence)
        return self._agreement.take(finding, now.scene.received_s, now_s)


@dataclass(frozen=True, eq=False)
class _Look:
    """One look of the effect judge: arguments, and evidence before the skill, at the last look and now."""

    arguments: Mapping[str, Any]
    before: Evidence
    previous: Evidence
    now: Evidence

    def object(self, argument: str) -> SceneObject | None:
        """Return the object an argument names, as known now."""
        return self.now.scene.objects.get(str(self.arguments[argument]))

    def seen(self, argument: str) -> SceneObject | None:
        """Return the object an argument names if it is in sight: what is only remembered proves no effect."""
        item = self.object(argument)
        return item if item is not None and item.visible else None


def _unseen(name: object) -> Finding:
    return Finding(None, f"{name} cannot be seen", {"visible": False})


def _holding(evidence: Evidence) -> bool:
    return evidence.gripper_opening > EMPTY_OPENING and evidence.gripper_force_n > HOLDING_FORCE_N


def _grip_readings(evidence: Evidence) -> dict[str, Any]:
    return {
        "gripper_opening": round(evidence.gripper_opening, 3),
        "gripper_force_n": round(evidence.gripper_force_n, 1),
        "tool_position_m": [round(v, 4) for v in evidence.tool_position_m],
    }


def _position(item: SceneObject) -> dict[str, Any]:
    return {"position_m": [round(float(v), 4) for v in item.position_m], "visible": item.visible}


def _held_finding(name: str, evidence: Evidence) -> Finding:
    readings = _grip_readings(evidence)
    if not _holding(evidence):
        return Finding(False, f"the gripper holds nothing, so not {name}", readings)
    item = evidence.scene.objects.get(name)
    if item is None:
        return Finding(None, f"the gripper holds something, but {name} cannot be seen", readings)
    distance = float(np.linalg.norm(item.position_m - np.array(evidence.tool_position_m)))
    readings |= _position(item) | {"distance_to_tool_m": round(distance, 4)}
    if not item.visible:
        # Fingers and arm can hide what they hold. Then its width must be the opening, and it must have been here.
        width_m, opening_m = float(min(item.size_m[:2])), evidence.gripper_gap_m
        readings |= {"width_m": round(width_m, 4), "opening_m": round(opening_m, 4)}
        fits = abs(width_m - opening_m) < _WIDTH_ERROR_M and distance < _HIDDEN_REACH_M
        message = f"the gripper holds something {'as wide as' if fits else 'unlike'} {name}, which is hidden"
        return Finding(True if fits else None, message, readings)
    near = distance < 0.045
    return Finding(near, f"{name} is {'between the fingers' if near else 'not at the gripper'}", readings)


def _check_held(look: _Look) -> Finding:
    name = str(look.arguments["object"])
    finding = _held_finding(name, look.now)
    item = look.object("object")
    if not finding.holds or item is None:
        return finding
    before = look.before.scene.objects.get(name)
    if before is None:
        return Finding(None, f"{name} is held, but whether it was lifted is not known", finding.evidence)
    rise = float(item.position_m[2] - before.position_m[2])
    evidence = dict(finding.evidence) | {"rise_m": round(rise, 4)}
    if not rise > 0.04:
        return Finding(False, f"{name} was not lifted (rise {1e3 * rise:.0f} mm)", evidence)
    return Finding(True, f"{name} is held and was lifted {1e3 * rise:.0f} mm", evidence)


def _above(tool_m: tuple[float, float, float], target: SceneObject, margin_m: float) -> tuple[bool, float]:
    """Return whether a point is above a target, and its sideways distance to the target's middle."""
    point = np.array(tool_m)
    if target.interior is not None:
        local = target.pose_object_in_base.inverse().transform(point)
        offset = np.abs(local[:2] - target.interior.center_m[:2])
        inside = bool((offset <= target.interior.half_extents_m[:2] + margin_m).all())
        return inside, float(np.linalg.norm(offset))
    distance = float(np.linalg.norm(point[:2] - target.position_m[:2]))
    return distance < 0.03 + margin_m, distance


def _check_tool_above(look: _Look) -> Finding:
    target = look.object("target")
    if target is None:
        return _unseen(look.arguments["target"])
    above, distance = _above(look.now.tool_position_m, target, 0.01)
    readings = {"sideways_m": round(distance, 4), **_position(target), **_grip_readings(look.now)}
    return Finding(above, f"the tool is {'' if above else 'not '}above {target.name}", readings)


def _check_held_above(look: _Look) -> Finding:
    held = _held_finding(str(look.arguments["object"]), look.now)
    target = look.object("target")
    if target is None:
        return _unseen(look.arguments["target"])
    if not held.holds:
        return held
    above, distance = _above(look.now.tool_position_m, target, 0.01)
    readings = dict(held.evidence) | {"sideways_m": round(distance, 4)}
    if not above:
        return Finding(False, f"{look.arguments['object']} is not above {target.name}", readings)
    return Finding(True, f"{look.arguments['object']} is held above {target.name}", readings)


def _check_placed(look: _Look) -> Finding:
    item, target = look.seen("object"), look.object("target")
    if target is None:
        return _unseen(look.arguments["target"])
    if item is None:
        return _unseen(look.arguments["object"])
    previous = look.previous.scene.objects.get(item.name, item)
    moved = float(np.linalg.norm(item.position_m - previous.position_m))
    inside = target.holds(item.position_m, margin_m=0.002)
    readings = {**_position(item), **_grip_readings(look.now), "moved_between_looks_m": round(moved, 4)}
    readings["inside"] = inside
    if _holding(look.now):
        return Finding(False, f"the gripper still holds {item.name}", readings)
    if moved > _STILL_M:
        return Finding(False, f"{item.name} is still moving", readings)
    return Finding(inside, f"{item.name} lies {'' if inside else 'not '}in or on {target.name}", readings)


def _drawer_finding(item: SceneObject | None, name: object, want_open: bool) -> Finding:
    if item is None or "opening_m" not in item.states:
        return _unseen(name)
    opening, travel = item.states["opening_m"], item.states.get("travel_m", float("nan"))
    readings = {"opening_m": round(opening, 4), "travel_m": travel}
    holds = opening >= _OPEN_SHARE * travel if want_open else opening <= _CLOSED_M
    return Finding(holds, f"{item.name} stands {max(0.0, 1e3 * opening):.0f} mm open", readings)


def _check_drawer_open(look: _Look) -> Finding:
    return _drawer_finding(look.seen("drawer"), look.arguments["drawer"], want_open=True)


def _check_drawer_closed(look: _Look) -> Finding:
    return _drawer_finding(look.seen("drawer"), look.arguments["drawer"], want_open=False)




def _check_pushed(look: _Look) -> Finding:
    item = look.seen("object")
    before = look.before.scene.objects.get(str(look.arguments["object"]))
    if item is None or before is None:
        return _unseen(look.arguments["object"])
    shift = (item.position_m - before.position_m)[:2]
    along = np.array(DIRECTIONS[str(look.arguments["direction"])])
    forward = float(shift @ along)
    sideways = float(np.linalg.norm(shift - forward * along))
    wanted = float(look.arguments.get("distance_m", 0.06))
    previous = look.previous.scene.objects.get(item.name, item)
    still = float(np.linalg.norm(item.position_m - previous.position_m)) <= _STILL_M
    readings = {**_position(item), "along_m": round(forward, 4), "sideways_m": round(sideways, 4), "wanted_m": wanted}
    holds = still and forward >= 0.6 * wanted and sideways <= 0.6 * forward
    direction = look.arguments["direction"]
    message = f"{item.name} moved {1e3 * forward:.0f} mm {direction}, {1e3 * sideways:.0f} mm sideways"
    return Finding(holds, message, readings)


def _check_pressed(look: _Look) -> Finding:
    item = look.seen("button")
    before = look.before.scene.objects.get(str(look.arguments["button"]))
    if item is None or before is None or "lit" not in item.states or "lit" not in before.states:
        return _unseen(look.arguments["button"])
    readings = {"lit_before": before.states["lit"], "lit_now": item.states["lit"]}
    changed = item.states["lit"] != before.states["lit"]
    return Finding(changed, f"the lamp of {item.name} {'changed' if changed else 'did not change'}", readings)


def _check_seen(look: _Look) -> Finding:
    item = look.seen("object")
    if item is None:
        return Finding(False, f"{look.arguments['object']} is not in sight", {"visible": False})
    return Finding(True, f"{item.name} is in sight", _position(item))


def _check_hands_free(look: _Look) -> Finding:
    holds = _holding(look.now)
    message = f"the gripper {'still holds something' if holds else 'is empty'}"
    return Finding(not holds, message, _grip_readings(look.now))


def _base_look(look: _Look, finding: Callable[[Pose, Pose, SceneObject], tuple[bool, str, float]]) -> Finding:
    """Return what a check of the base finds, from where it was before and where it is now."""
    target, before, now = look.object("target"), look.before.base_pose, look.now.base_pose
    if target is None:
        return _unseen(look.arguments["target"])
    if before is None or now is None:
        return Finding(None, "no odometry", {})
    holds, where, value_m = finding(before, now, target)
    readings = {"base_position_m": [round(float(v), 3) for v in now.position_m[:2]], "measure_m": round(value_m, 3)}
    return Finding(holds, f"the base is {'' if holds else 'not '}{where} {target.name}", readings)


def _outside_m(pose: Pose, target: SceneObject) -> float:
    """Return how far a base is from the outline of a thing seen from above, 0 inside."""
    local = target.pose_object_in_base.inverse().transform(pose.position_m)[:2]
    return float(np.linalg.norm(np.maximum(np.abs(local) - target.size_m[:2] / 2, 0.0)))


def _check_base_at(look: _Look) -> Finding:
    def at(_before: Pose, now: Pose, target: SceneObject) -> tuple[bool, str, float]:
        away_m = _outside_m(now, target)
        return away_m < _BASE_NEAR_M, "at", away_m

    return _base_look(look, at)


def _check_base_in(look: _Look) -> Finding:
    def inside(_before: Pose, now: Pose, target: SceneObject) -> tuple[bool, str, float]:
        away_m = _outside_m(now, target)
        return away_m == 0.0, "in", away_m

    return _base_look(look, inside)


def _check_base_out(look: _Look) -> Finding:
    def outside(_before: Pose, now: Pose, target: SceneObject) -> tuple[bool, str, float]:
        away_m = _outside_m(now, target)
        return away_m > 0.0, "out of", away_m

    return _base_look(look, outside)


def _check_base_past(look: _Look) -> Finding:
    def past(before: Pose, now: Pose, target: SceneObject) -> tuple[bool, str, float]:
        way = (target.position_m - before.position_m)[:2]
        way = way / max(float(np.linalg.norm(way)), 1e-6)
        beyond_m = float((now.position_m - target.position_m)[:2] @ way)
        return beyond_m > 0.2, "past", beyond_m

    return _base_look(look, past)


def _check_base_through(look: _Look) -> Finding:
    def through(before: Pose, now: Pose, target: SceneObject) -> tuple[bool, str, float]:
        inverse = target.pose_object_in_base.inverse()
        was_m, is_m = (float(inverse.transform(pose.position_m)[0]) for pose in (before, now))
        beyond_m = -math.copysign(1.0, was_m) * is_m
        return beyond_m > _BASE_BEYOND_M, "on the other side of", beyond_m

    return _base_look(look, through)


CHECKERS: Mapping[str, Callable[[_Look], Finding]] = {
    "tool_above": _check_tool_above,
    "held": _check_held,
    "held_above": _check_held_above,
    "placed": _check_placed,
    "drawer_open": _check_drawer_open,
    "drawer_closed": _check_drawer_closed,
    "pushed": _check_pushed,
    "pressed": _check_pressed,
    "seen": _check_seen,
    "hands_free": _check_hands_free,
}
"""The checks of what an arm does that `checker` in skill.yaml may name."""

def _check_hit(look: _Look) -> Finding:
    """Say by the target's own count whether it was hit; one that counts nothing leaves it undecided."""
    item, before = look.object("target"), look.before.scene.objects.get(str(look.arguments["target"]))
    if item is None or before is None or "hit_count" not in item.states or "hit_count" not in before.states:
        return _unseen(look.arguments["target"])
    was, now = before.states["hit_count"], item.states["hit_count"]
    words = "was hit" if now > was else "was not hit"
    return Finding(now > was, f"{item.name} {words}", {"hits_before": was, "hits_now": now})


BASE_CHECKERS: Mapping[str, Callable[[_Look], Finding]] = {
    "base_at": _check_base_at,
    "base_in": _check_base_in,
    "base_out": _check_base_out,
    "base_past": _check_base_past,
    "base_through": _check_base_through,
}
"""The same of what a base does."""

TARGET_CHECKERS: Mapping[str, Callable[[_Look], Finding]] = {"hit": _check_hit}
"""The same of what happens to a target."""


def _fact(atom: Atom, now: Evidence) -> Finding:
    """Return whether a lasting fact holds."""
    objects = now.scene.objects
    match atom.predicate, atom.arguments:
        case ("in" | "on"), (name, place):
            item, target = objects.get(name), objects.get(place)
            if item is None or target is None:
                return _unseen(name if item is None else place)
            inside = target.holds(item.position_m, margin_m=0.002)
            where = f"in {place}" if atom.predicate == "in" else f"on {place}"
            seen = "lies" if item.visible else "was last seen"
            readings = _position(item) | {"inside": inside, "seen_s": round(item.seen_s, 2)}
            if _holding(now) and np.linalg.norm(item.position_m - np.array(now.tool_position_m)) < 0.045:
                return Finding(False, f"the gripper still holds {name}", readings)
            return Finding(inside, f"{name} {seen} {'' if inside else 'not '}{where}", readings)
        case "open", (name,):
            return _drawer_finding(objects.get(name), name, want_open=True)
        case "closed", (name,):
            return _drawer_finding(objects.get(name), name, want_open=False)
        case "held", (name,):
            return _held_finding(name, now)
        case "gripper_empty", ():
            return Finding(not _holding(now), "the gripper is empty", _grip_readings(now))
        case _:
            return Finding(None, f"no check is known for {atom}", {})
