"""Two worked examples for the prompt, planned with the live skills in a scene of their own."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from robomatrix_py.contracts.errors import PlanError
from robomatrix_py.contracts.geometry import Box, Pose, frozen_array
from robomatrix_py.contracts.plan import Goal
from robomatrix_py.contracts.predicate import Atom
from robomatrix_py.contracts.scene import Affordance, Scene, SceneObject
from robomatrix_py.contracts.skill import SkillCall, SkillSpec
from robomatrix_py.scheduler.config import PlannerConfig
from robomatrix_py.scheduler.facts import GRIPPER_EMPTY
from robomatrix_py.scheduler.grants import Grants
from robomatrix_py.scheduler.search import search
from robomatrix_py.scheduler.verifier import World, verify

_EXAMPLES = 2
# From the most telling on: the first two that the granted skills can do are shown.
_TASKS = (
    ("put the sample cup in the sample drawer and shut it", ("in(sample_cup, sample_drawer)", "closed(sample_drawer)")),
    ("the sample cup belongs in the sample tray", ("in(sample_cup, sample_tray)",)),
    ("have the sample cup in hand", ("held(sample_cup)",)),
    ("shut the sample drawer, then open it", ("open(sample_drawer)",)),
    ("press the sample button", ("pressed(sample_button)",)),
    ("go to the sample tray", ("at(sample_tray)",)),
)


@dataclass(frozen=True)
class Example:
    """A task with its answer.

    Args:
        instruction: What is asked.
        goals: The facts that must hold.
        steps: A plan that the verifier accepts.
    """

    instruction: str
    goals: tuple[Atom, ...]
    steps: tuple[SkillCall, ...]


def compose_examples(
    skills: Mapping[str, SkillSpec], resources: Collection[str], config: PlannerConfig
) -> tuple[Example, ...]:
    """Return at most two examples, the longest that the granted skills allow.

    Args:
        skills: All skills by name.
        resources: What the robot has to hold a lease on.
        config: Bounds and granted skills.
    """
    scene = _scene()
    facts = frozenset({GRIPPER_EMPTY, Atom("closed", ("sample_drawer",)), Atom("on", ("sample_cup", "table"))})
    # Only the granted skills count: the objects of the examples are none of the operator's.
    config = replace(config, grants=Grants(config.grants.skills))
    found: list[Example] = []
    for instruction, wanted in _TASKS:
        if len(found) == _EXAMPLES:
            break
        atoms = tuple(Atom.parse(text) for text in wanted)
        goals = [Goal((atom,)) for atom in atoms]
        try:
            steps = search(goals, facts, scene, skills, config)
        except PlanError:
            continue
        world = World(scene, facts, skills, resources, config.steps_max, config.grants)
        if steps and not verify(steps, goals, world):
            found.append(Example(instruction, atoms, steps))
    return tuple(found)


def _scene() -> Scene:
    box = Box(frozen_array([0.0, 0.0, 0.1]), frozen_array([0.2, 0.2, 0.1]))
    made = {
        "sample_cup": {Affordance.MOVABLE},
        "sample_tray": {Affordance.CONTAINER},
        "sample_drawer": {Affordance.CONTAINER, Affordance.DRAWER},
        "sample_button": {Affordance.BUTTON},
        "table": {Affordance.SURFACE},
    }
    objects = {
        name: SceneObject(
            name,
            "",
            name.rpartition("_")[2],
            frozenset(affordances),
            Pose.at(0.4, 0.0, 0.0),
            frozen_array([0.05] * 3),
            interior=box,
        )
        for name, affordances in made.items()
    }
    return Scene(objects, 0.0, "example")
