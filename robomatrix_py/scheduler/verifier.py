"""Proves a plan sound before anything moves, by its own simulation, whoever made the plan.

It judges plans of any origin, so the steps may be any JSON-like garbage dressed as skill calls.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from robomatrix_py.contracts.plan import Goal
from robomatrix_py.contracts.predicate import Atom
from robomatrix_py.contracts.scene import Affordance, Scene
from robomatrix_py.contracts.skill import ArgumentSpec, ArgumentType, SkillCall, SkillSpec
from robomatrix_py.scheduler.facts import with_derived
from robomatrix_py.scheduler.fit import misfit
from robomatrix_py.scheduler.grants import EVERYTHING, Grants
from robomatrix_py.scheduler.quoting import quote
from robomatrix_py.scheduler.stages import stage_ends, standing


class Fault(StrEnum):
    """Why a plan is rejected. The values are stable."""

    TOO_MANY_STEPS = "too_many_steps"
    MALFORMED = "malformed"
    UNKNOWN_SKILL = "unknown_skill"
    UNKNOWN_ARGUMENT = "unknown_argument"
    MISSING_ARGUMENT = "missing_argument"
    WRONG_TYPE = "wrong_type"
    UNKNOWN_OBJECT = "unknown_object"
    AFFORDANCE = "affordance"
    CHOICE = "choice"
    RANGE = "range"
    SAME_OBJECT = "same_object"
    RESOURCE = "resource"
    PRECONDITION = "precondition"
    SIZE = "size"
    FORBIDDEN = "forbidden"
    GOAL = "goal"
    NOT_GRANTED = "not_granted"
    NEEDLESS = "needless"


@dataclass(frozen=True)
class Rejection:
    """One reason against a plan.

    Args:
        step: Index of the step at fault, or None where it is the plan as a whole.
        fault: What kind of fault.
        message: One sentence for a person or a planner that tries again.
    """

    step: int | None
    fault: Fault
    message: str

    def __str__(self) -> str:
        """Return the message with its place."""
        return f"step {self.step + 1}: {self.message}" if self.step is not None else self.message


@dataclass(frozen=True)
class World:
    """What plans are judged against.

    Args:
        scene: What is where.
        facts: What is the case before the first step.
        skills: All skills by name.
        resources: What the robot has to hold a lease on.
        steps_max: More steps than this are refused.
        grants: What the operator lets plans use.
    """

    scene: Scene
    facts: frozenset[Atom]
    skills: Mapping[str, SkillSpec]
    resources: Collection[str]
    steps_max: int
    grants: Grants = EVERYTHING


def verify(
    steps: Sequence[SkillCall], goals: Sequence[Goal], world: World, forbidden: Sequence[Atom] = ()
) -> tuple[Rejection, ...]:
    """Return every reason against a plan; none means that it may run.

    Args:
        steps: The skill calls in order.
        goals: The stages they must pass through.
        world: What they are judged against.
        forbidden: Facts that no step may bring about; ``*`` stands for anything.
    """
    if len(steps) > world.steps_max:
        return (
            Rejection(
                None, Fault.TOO_MANY_STEPS, f"{len(steps)} steps, at most {world.steps_max} are permitted"
            ),
        )
    rejections = [fault for index, step in enumerate(steps) for fault in _check_call(index, step, world)]
    if rejections:
        return tuple(rejections)
    states, rejections = _simulate(steps, world, forbidden)
    return tuple(rejections or _check_goals(steps, goals, states))


def simulate(steps: Sequence[SkillCall], world: World) -> list[frozenset[Atom]]:
    """Return the facts before the first step and after every step of a plan that :func:`verify` accepts."""
    return _simulate(steps, world, ())[0]


def _check_call(index: int, step: SkillCall, world: World) -> list[Rejection]:
    """Return the faults of one call on its own: names, types, ranges, affordances, resources."""
    if (
        not isinstance(step, SkillCall)
        or not isinstance(step.skill, str)
        or not isinstance(step.arguments, Mapping)
    ):
        return [Rejection(index, Fault.MALFORMED, "it is no skill call with a name and named arguments")]
    spec = world.skills.get(step.skill)
    if spec is None:
        known = ", ".join(sorted(world.skills))
        return [
            Rejection(index, Fault.UNKNOWN_SKILL, f"there is no skill {quote(step.skill)}; there are {known}")
        ]
    if spec.withheld:
        return [Rejection(index, Fault.NOT_GRANTED, spec.withheld)]
    if not world.grants.permits_skill(spec.name):
        return [Rejection(index, Fault.NOT_GRANTED, f"the operator has not granted the skill {spec.name}")]
    names = ", ".join(argument.name for argument in spec.arguments) or "none"
    found = [
        Rejection(index, Fault.UNKNOWN_ARGUMENT, f"{spec.name} has no argument {quote(name)}; it has {names}")
        for name in step.arguments
        if not isinstance(name, str) or spec.argument(name) is None
    ]
    for argument in spec.arguments:
        if argument.name in step.arguments:
            value = step.arguments[argument.name]
            found += _check_value(index, spec, argument, value, world.scene) or _check_granted(
                index, spec, argument, value, world.grants
            )
        elif argument.default is None:
            found.append(Rejection(index, Fault.MISSING_ARGUMENT, f"{spec.name} needs {argument.name}"))
    found += _check_distinct(index, spec, step)
    lacking = sorted(spec.resources - set(world.resources))
    if lacking:
        found.append(
            Rejection(index, Fault.RESOURCE, f"{spec.name} needs {', '.join(lacking)}, which the robot lacks")
        )
    return found


def _check_value(
    index: int, spec: SkillSpec, argument: ArgumentSpec, value: object, scene: Scene
) -> list[Rejection]:
    where = f"{spec.name}.{argument.name}"
    match argument.type:
        case ArgumentType.NUMBER:
            if isinstance(value, bool) or not isinstance(value, int | float):
                return [Rejection(index, Fault.WRONG_TYPE, f"{where} is {quote(value)}, a number is needed")]
            if not argument.minimum <= value <= argument.maximum:
                bounds = f"{argument.minimum:g} to {argument.maximum:g} {argument.unit}".strip()
                return [Rejection(index, Fault.RANGE, f"{where} is {quote(value)}; permitted: {bounds}")]
        case ArgumentType.CHOICE:
            if not isinstance(value, str) or value not in argument.choices:
                permitted = ", ".join(argument.choices)
                return [Rejection(index, Fault.CHOICE, f"{where} is {quote(value)}; permitted: {permitted}")]
        case ArgumentType.OBJECT:
            if not isinstance(value, str):
                return [
                    Rejection(
                        index, Fault.WRONG_TYPE, f"{where} is {quote(value)}, an object's name is needed"
                    )
                ]
            item = scene.objects.get(value)
            if item is None:
                return [
                    Rejection(
                        index, Fault.UNKNOWN_OBJECT, f"{where}: there is no {quote(value)} in the scene"
                    )
                ]
            if not item.affordances & argument.accepts:
                wanted = " or ".join(sorted(argument.accepts))
                return [Rejection(index, Fault.AFFORDANCE, f"{where}: {quote(value)} is not {wanted}")]
    return []


def _check_granted(
    index: int, spec: SkillSpec, argument: ArgumentSpec, value: object, grants: Grants
) -> list[Rejection]:
    if argument.type is not ArgumentType.OBJECT or grants.permits_object(str(value)):
        return []
    where = f"{spec.name}.{argument.name}"
    return [
        Rejection(
            index, Fault.NOT_GRANTED, f"{where}: the operator has not granted the object {quote(value)}"
        )
    ]


def _check_distinct(index: int, spec: SkillSpec, step: SkillCall) -> list[Rejection]:
    objects = [step.arguments.get(a.name) for a in spec.arguments if a.type is ArgumentType.OBJECT]
    named = [value for value in objects if isinstance(value, str)]
    if len(set(named)) == len(named):
        return []
    return [Rejection(index, Fault.SAME_OBJECT, f"{spec.name} names {quote(named[0])} twice")]


def _simulate(
    steps: Sequence[SkillCall], world: World, forbidden: Sequence[Atom]
) -> tuple[list[frozenset[Atom]], list[Rejection]]:
    """Return the facts before and after every step up to the first that cannot run, and why it cannot."""
    state = with_derived(world.facts, world.scene)
    states = [state]
    for index, step in enumerate(steps):
        spec = world.skills[step.skill]
        values = {a.name: str(step.arguments.get(a.name, a.default)) for a in spec.arguments}
        missing = [atom for atom in (p.bind(values) for p in spec.preconditions) if atom not in state]
        if missing:
            lacks = ", ".join(str(atom) for atom in missing)
            return states, [
                Rejection(index, Fault.PRECONDITION, f"{spec.name} needs {lacks}, which will not hold")
            ]
        added = _effects(spec, values, world.scene)
        for fault in _check_effects(index, added, world.scene, forbidden):
            return states, [fault]
        gone = [atom.bind(values) for atom in spec.remove_effects]
        kept = {atom for atom in state if not any(pattern.matches(atom) for pattern in gone)}
        state = with_derived(kept | added, world.scene)
        states.append(state)
    return states, []


def _effects(spec: SkillSpec, values: Mapping[str, str], scene: Scene) -> set[Atom]:
    """Return what a call makes true, where it depends on the target by the target's affordances."""
    added = set()
    for effect in spec.add_effects:
        if effect.argument:
            target: Collection[Affordance] = scene.objects[values[effect.argument]].affordances
            if effect.affordance not in target:
                continue
        added.add(effect.atom.bind(values))
    return added


def _check_effects(
    index: int, added: Collection[Atom], scene: Scene, forbidden: Sequence[Atom]
) -> list[Rejection]:
    found = []
    for atom in sorted(added):
        if any(pattern.matches(atom) for pattern in forbidden):
            found.append(Rejection(index, Fault.FORBIDDEN, f"it brings about {atom}, which was ruled out"))
        if atom.predicate == "in":
            item, container = (scene.objects.get(name) for name in atom.arguments)
            why = misfit(item, container) if item and container else ""
            if why:
                found.append(Rejection(index, Fault.SIZE, f"{atom.arguments[0]} does not fit: {why}"))
    return found


def _check_goals(
    steps: Sequence[SkillCall], goals: Sequence[Goal], states: Sequence[frozenset[Atom]]
) -> list[Rejection]:
    ends = stage_ends(steps, goals, states)
    if len(ends) < len(goals):
        goal = goals[len(ends)]
        wanted = ", ".join(str(atom) for atom in goal.atoms) or str(goal.call)
        return [
            Rejection(None, Fault.GOAL, f"it does not reach {wanted} (stage {len(ends) + 1} of {len(goals)})")
        ]
    lost = sorted(atom for atom in standing(goals) if atom not in states[-1])
    if lost:
        return [Rejection(None, Fault.GOAL, f"at its end {', '.join(map(str, lost))} does not hold any more")]
    return []
