"""What a meta-skill is: arguments, conditions, effects, deadline, how it is judged and served."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from robomatrix_py.contracts.predicate import Atom
from robomatrix_py.contracts.scene import Affordance

DIRECTIONS: Mapping[str, tuple[float, float]] = {
    "forward": (1.0, 0.0),
    "backward": (-1.0, 0.0),
    "left": (0.0, 1.0),
    "right": (0.0, -1.0),
}
"""Where to push to: unit vectors in the base frame, x forward and y left (REP 103)."""


ANYTHING_NEW = "*"
"""In place of a thing's name, for the skill `search` of a robot that moves about: any movable thing not known yet."""


MACRO_KIND = "macro"
"""Policy kind of what stands for a macro-skill where phrases are read; no policy serves it."""


class ArgumentType(StrEnum):
    """Type of a skill argument."""

    OBJECT = "object"
    """The name of a scene object."""
    CHOICE = "choice"
    """One of a list of words."""
    NUMBER = "number"
    """A number within a range."""


@dataclass(frozen=True)
class ArgumentSpec:
    """One argument of a skill.

    Args:
        name: Argument name.
        type: What it is.
        accepts: For an object: any one of these affordances is enough.
        choices: For a choice: the permitted words.
        minimum: For a number: the lowest value.
        maximum: For a number: the highest value.
        unit: For a number: its unit.
        default: Value used where none is given; None means that it is required.
    """

    name: str
    type: ArgumentType
    accepts: frozenset[Affordance] = frozenset()
    choices: tuple[str, ...] = ()
    minimum: float = 0.0
    maximum: float = 0.0
    unit: str = ""
    default: str | float | None = None


@dataclass(frozen=True)
class MeasuredSuccess:
    """How often a skill succeeded when it was measured.

    Args:
        successes: Trials that were verified as successes.
        trials: All trials.
        interval: Wilson 95 % interval of the rate.
        conditions: Where, with what and on which seeds.
    """

    successes: int
    trials: int
    interval: tuple[float, float]
    conditions: str


@dataclass(frozen=True)
class Effect:
    """An atom that a skill makes true, always or only for some targets.

    Args:
        atom: The atom, over the skill's arguments.
        argument: Name of the argument the condition is about, or empty for always.
        affordance: What that argument must afford.
    """

    atom: Atom
    argument: str = ""
    affordance: Affordance | None = None


@dataclass(frozen=True)
class SkillSpec:
    """A meta-skill as declared in its `skill.yaml`.

    Args:
        name: Skill name.
        summary: One line for people and language models.
        arguments: Its arguments in order.
        phrases: How people ask for it, with ``{argument}`` places.
        resources: What it must hold a lease on, such as ``arm``.
        preconditions: Atoms over the arguments that must hold before it starts.
        add_effects: What holds after it.
        remove_effects: Atoms that no longer hold after it.
        deadline_s: It is ended and failed after this time.
        checker: Which independent check judges it.
        policy_kind: ``scripted``, or the kind of trained policy that serves it.
        measured: How often it succeeded when measured, or None.
        trained_on: What it was trained on, in words.
        withheld: Why it is not to be used at present, with what to do about it; empty: it may be.
    """

    name: str
    summary: str
    arguments: tuple[ArgumentSpec, ...]
    phrases: tuple[str, ...]
    resources: frozenset[str]
    preconditions: tuple[Atom, ...]
    add_effects: tuple[Effect, ...]
    remove_effects: tuple[Atom, ...]
    deadline_s: float
    checker: str
    policy_kind: str
    measured: MeasuredSuccess | None = None
    trained_on: str = "nothing: scripted"
    withheld: str = ""

    def argument(self, name: str) -> ArgumentSpec | None:
        """Return the argument of that name, or None."""
        return next((argument for argument in self.arguments if argument.name == name), None)


@dataclass(frozen=True)
class SkillCall:
    """A skill with its arguments, ready to be verified and run.

    Args:
        skill: Skill name.
        arguments: Value by argument name.
        why: Why the planner put it there, for people.
        variation: Which way of doing it: 0 is the skill's first choice, every further number another way (another
            turn of the gripper, another height or place), for trying again after a failure. It is no part of what is
            done: calls that differ in it alone ask for the same.
    """

    skill: str
    arguments: Mapping[str, str | float] = field(default_factory=dict)
    why: str = ""
    variation: int = 0

    def __str__(self) -> str:
        """Return a form such as ``grasp(red_cube)``."""
        return f"{self.skill}({', '.join(str(value) for value in self.arguments.values())})"

    def bindings(self) -> dict[str, str]:
        """Return the arguments as text, for filling the variables of atoms."""
        return {name: str(value) for name, value in self.arguments.items()}

    def to_json(self) -> dict[str, Any]:
        """Return the public JSON form."""
        return {"skill": self.skill, "arguments": dict(self.arguments)}

    def arguments_json(self) -> str:
        """Return the arguments as a JSON object, the form in which they travel."""
        return json.dumps(dict(self.arguments))
