"""A plan: ordered skill calls that a verifier can prove sound before anything moves."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from robomatrix_py.contracts.exchange import Exchange
from robomatrix_py.contracts.predicate import Atom
from robomatrix_py.contracts.skill import SkillCall


@dataclass(frozen=True)
class Goal:
    """One stage of what the person wants: facts that must hold when this stage is over.

    Args:
        atoms: The facts.
        text: The words of the instruction this stage stands for.
        call: The skill that must be run for it, where the person asked for that very skill (a push by 5 cm); None
            where any way to the facts is right. It need not run if all facts last and hold when the stage begins.
    """

    atoms: tuple[Atom, ...]
    text: str = ""
    call: SkillCall | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the public JSON form."""
        call = self.call.to_json() if self.call else None
        return {"text": self.text, "atoms": [str(atom) for atom in self.atoms], "call": call}


@dataclass(frozen=True)
class Plan:
    """What a planner answers.

    Exactly one of these is the case: there are steps; `question` asks the person something; `refused` says
    why it will not be done; `already_done` says that there is nothing to do.

    Args:
        instruction: The person's words.
        steps: Skill calls in order.
        goals: The stages the steps must reach, in order.
        question: What the person is asked, or empty.
        refused: Why it will not be done, or empty.
        already_done: What holds already, or empty.
        planner: Which planner made it.
        notes: Choices made on the way that the person should know.
        cause: Cause code of a question or refusal.
        forbidden: Facts that the person does not want brought about; ``*`` stands for anything.
        about: The words of the instruction that the question is about, as far as is known; no part of the plan.
        exchanges: What was said to and by a language model on the way; kept in the run folder, no part of the plan.
    """

    instruction: str
    steps: tuple[SkillCall, ...] = ()
    goals: tuple[Goal, ...] = ()
    question: str = ""
    refused: str = ""
    already_done: str = ""
    planner: str = ""
    notes: tuple[str, ...] = ()
    cause: str = ""
    forbidden: tuple[Atom, ...] = ()
    about: str = field(default="", compare=False, repr=False)
    exchanges: tuple[Exchange, ...] = field(default=(), compare=False, repr=False)

    def to_json(self) -> dict[str, Any]:
        """Return the public JSON form; `steps` is empty when the planner asks or refuses."""
        return {
            "instruction": self.instruction,
            "steps": [step.to_json() for step in self.steps],
            "question": self.question or None,
            "refused": self.refused or None,
            "already_done": self.already_done or None,
            "goals": [goal.to_json() for goal in self.goals],
            "why": [step.why for step in self.steps],
            "notes": list(self.notes),
            "planner": self.planner,
            "cause": self.cause or None,
            "forbidden": [str(atom) for atom in self.forbidden],
        }
