"""Skills with their arguments filled in, as actions of the search, limited to what matters for the goals."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from robomatrix_py.contracts.plan import Goal
from robomatrix_py.contracts.predicate import MOMENTARY, Atom
from robomatrix_py.contracts.scene import Affordance, Scene
from robomatrix_py.contracts.skill import ArgumentSpec, ArgumentType, SkillCall, SkillSpec
from robomatrix_py.scheduler.facts import supports_of
from robomatrix_py.scheduler.grants import EVERYTHING, Grants
from robomatrix_py.scheduler.stages import same_call

_PLACING = frozenset({"in", "on", "over"})


@dataclass(frozen=True, eq=False)
class Action:
    """A skill call with what it needs and changes.

    Args:
        call: The call.
        needs: What must hold before it.
        adds: What holds after it.
        removes: What no longer holds after it; ``*`` stands for anything.
    """

    call: SkillCall
    needs: frozenset[Atom]
    adds: frozenset[Atom]
    removes: tuple[Atom, ...]

    def apply(self, state: frozenset[Atom]) -> frozenset[Atom]:
        """Return the state after it."""
        return (
            frozenset(atom for atom in state if not any(gone.matches(atom) for gone in self.removes))
            | self.adds
        )


def bind(spec: SkillSpec, call: SkillCall, scene: Scene) -> Action:
    """Return the action of a call whose arguments are complete and name objects of the scene."""
    values = call.bindings()
    adds = {
        effect.atom.bind(values)
        for effect in spec.add_effects
        if effect.affordance is None
        or effect.affordance in scene.objects[values[effect.argument]].affordances
    }
    return Action(
        call,
        frozenset(atom.bind(values) for atom in spec.preconditions),
        frozenset(adds),
        tuple(atom.bind(values) for atom in spec.remove_effects),
    )


def complete(spec: SkillSpec, call: SkillCall) -> SkillCall:
    """Return a call with the defaults of the arguments that it leaves out, in the skill's own order."""
    given = {a.name: call.arguments.get(a.name, a.default) for a in spec.arguments}
    return replace(call, arguments={name: value for name, value in given.items() if value is not None})


def ground(
    skills: Mapping[str, SkillSpec],
    goals: Sequence[Goal],
    scene: Scene,
    forbidden: Sequence[Atom],
    grants: Grants = EVERYTHING,
) -> tuple[Action, ...]:
    """Return the actions that can help to reach the goals, in a fixed order.

    Things that stand in the way are only ever put down on the table.

    Args:
        skills: All skills by name.
        goals: The stages.
        scene: The objects that matter, see :func:`relevant_scene`.
        forbidden: Facts that must not be brought about.
        grants: What the operator lets plans use.
    """
    wanted_calls = [goal.call for goal in goals if goal.call is not None]
    pairs = {atom.arguments for goal in goals for atom in goal.atoms if atom.predicate in _PLACING}
    pairs |= {pair for call in wanted_calls for pair in _object_pairs(call, scene)}
    table = put_down_place(scene)
    actions = []
    for name in sorted(skills):
        for call in _calls(skills[name], scene):
            action = bind(skills[name], call, scene)
            placed = {atom.arguments for atom in action.adds if atom.predicate in _PLACING}
            if all(pair in pairs or pair[1] == table for pair in placed):
                actions.append(action)
    for call in wanted_calls:
        if call.skill in skills and not any(same_call(action.call, call) for action in actions):
            actions.append(bind(skills[call.skill], call, scene))
    allowed = [
        action
        for action in actions
        if not any(f.matches(atom) for f in forbidden for atom in action.adds)
        and _is_granted(skills[action.call.skill], action.call, grants)
    ]
    return tuple(_needed_for(goals, allowed, scene))


def _is_granted(spec: SkillSpec, call: SkillCall, grants: Grants) -> bool:
    named = [str(call.arguments[a.name]) for a in spec.arguments if a.type is ArgumentType.OBJECT]
    return grants.permits_skill(spec.name) and all(map(grants.permits_object, named))


def relevant_scene(goals: Sequence[Goal], facts: Collection[Atom], scene: Scene) -> Scene:
    """Return the scene reduced to what the goals name, what is in its way or around it, and the table."""
    supports = supports_of(facts)
    waiting = {name for goal in goals for atom in goal.atoms for name in atom.arguments}
    waiting |= {str(value) for goal in goals if goal.call for value in goal.call.arguments.values()}
    waiting |= {atom.arguments[0] for atom in facts if atom.predicate == "held"}
    waiting.add(put_down_place(scene))
    kept: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name not in scene.objects or name in kept:
            continue
        kept.add(name)
        waiting.update(supports.get(name, ()))
        if Affordance.MOVABLE in scene.objects[name].affordances:
            waiting.update(
                atom.arguments[0] for atom in facts if atom.predicate == "on" and atom.arguments[1] == name
            )
    objects = {name: scene.objects[name] for name in sorted(kept)}
    return Scene(objects, scene.received_s, scene.source)


def put_down_place(scene: Scene) -> str:
    """Return where a thing is put that must go somewhere: the table, else the widest surface, or empty."""
    fixed = [item for item in scene.having(Affordance.SURFACE) if Affordance.MOVABLE not in item.affordances]
    if any(item.name == "table" for item in fixed):
        return "table"
    widest = sorted(fixed, key=lambda item: (-float(np.prod(item.size_m[:2])), item.name))
    return widest[0].name if widest else ""


def _object_pairs(call: SkillCall, scene: Scene) -> Iterator[tuple[str, ...]]:
    names = [str(value) for value in call.arguments.values() if str(value) in scene.objects]
    yield from ((one, other) for one in names for other in names if one != other)


def _calls(spec: SkillSpec, scene: Scene) -> Iterator[SkillCall]:
    for values in product(*(_values(argument, scene) for argument in spec.arguments)):
        named = dict(zip((argument.name for argument in spec.arguments), values, strict=True))
        objects = [named[a.name] for a in spec.arguments if a.type is ArgumentType.OBJECT]
        if len(set(objects)) == len(objects):
            yield SkillCall(spec.name, named)


def _values(argument: ArgumentSpec, scene: Scene) -> Iterable[str | float]:
    match argument.type:
        case ArgumentType.OBJECT:
            return sorted(item.name for item in scene if item.affordances & argument.accepts)
        case ArgumentType.CHOICE:
            return argument.choices
        case ArgumentType.NUMBER:
            return () if argument.default is None else (argument.default,)


def _needed_for(goals: Sequence[Goal], actions: Sequence[Action], scene: Scene) -> Iterator[Action]:
    """Yield the actions from which a chain of needs leads to a goal."""
    needed = {
        atom for goal in goals for atom in goal.atoms if goal.call is None or atom.predicate not in MOMENTARY
    }
    calls = [goal.call for goal in goals if goal.call is not None]
    drawers = [item.name for item in scene.having(Affordance.DRAWER)]
    useful: set[int] = set()
    grown = True
    while grown:
        grown = False
        for index, action in enumerate(actions):
            if index in useful or not _helps(action, needed, calls, drawers):
                continue
            useful.add(index)
            needed |= action.needs
            grown = True
    return (actions[index] for index in sorted(useful))


def _helps(action: Action, needed: set[Atom], calls: Sequence[SkillCall], drawers: Sequence[str]) -> bool:
    if action.adds & needed or any(same_call(action.call, call) for call in calls):
        return True
    if any(atom.predicate == "accessible" for atom in needed) and any(
        Atom("open", (d,)) in action.adds for d in drawers
    ):
        return True
    # Taking something away clears what it stood on, and makes it accessible.
    covered = [atom.arguments[0] for atom in needed if atom.predicate in ("clear", "accessible")]
    return any(
        gone.matches(Atom("on", (taken, name)))
        for gone in action.removes
        for name in covered
        for taken in _taken(action)
    )


def _taken(action: Action) -> Iterator[str]:
    yield from (atom.arguments[0] for atom in action.adds if atom.predicate == "held")
