"""Planners by name: an instruction, a scene and facts in, a verified plan out."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from robomatrix_py.contracts.cause import Cause
from robomatrix_py.contracts.errors import ConfigError, PlanError
from robomatrix_py.contracts.plan import Goal, Plan
from robomatrix_py.contracts.predicate import Atom
from robomatrix_py.contracts.scene import Scene
from robomatrix_py.contracts.skill import SkillSpec
from robomatrix_py.scheduler.config import PlannerConfig
from robomatrix_py.scheduler.facts import GRIPPER_EMPTY
from robomatrix_py.scheduler.language.problems import Problem
from robomatrix_py.scheduler.language.reader import Reader
from robomatrix_py.scheduler.reasons import explain_steps, in_words
from robomatrix_py.scheduler.search import search
from robomatrix_py.scheduler.verifier import World, verify


class Planner(Protocol):
    """Makes plans. Every plan with steps that it returns has been accepted by the verifier."""

    name: str

    def plan(self, instruction: str, scene: Scene, facts: frozenset[Atom]) -> Plan:
        """Return a plan, a question, a refusal, or that there is nothing to do."""

    def replan(self, plan: Plan, goals: Sequence[Goal], scene: Scene, facts: frozenset[Atom]) -> Plan:
        """Return a plan for what is left of another, from the present facts on."""


class SymbolicPlanner:
    """Reads by grammar and searches over the skills' preconditions and effects. Works offline.

    Args:
        skills: All skills by name.
        resources: What the robot has to hold a lease on.
        config: Bounds on reading and searching.
    """

    name = "symbolic"

    def __init__(
        self, skills: Mapping[str, SkillSpec], resources: Collection[str], config: PlannerConfig | None = None
    ) -> None:
        self._skills = skills
        self._resources = tuple(resources)
        self._config = config or PlannerConfig()
        self._reader = Reader(skills, self._config)

    def plan(self, instruction: str, scene: Scene, facts: frozenset[Atom]) -> Plan:
        """Return a plan, a question, a refusal, or that there is nothing to do."""
        empty = Plan(instruction, planner=self.name)
        try:
            reading = self._reader.read(instruction, scene, facts)
        except Problem as problem:
            if problem.is_question:
                return replace(empty, question=problem.message, cause=problem.cause.value)
            return replace(empty, refused=problem.message, cause=problem.cause.value)
        notes = (*reading.notes, *((reading.nothing,) if reading.nothing and reading.goals else ()))
        asked = replace(empty, goals=reading.goals, forbidden=reading.forbidden, notes=notes)
        if not reading.goals:
            return replace(asked, already_done=reading.nothing)
        return self._solve(asked, scene, facts)

    def replan(self, plan: Plan, goals: Sequence[Goal], scene: Scene, facts: frozenset[Atom]) -> Plan:
        """Return a plan for what is left of another, from the present facts on."""
        return self._solve(replace(plan, goals=tuple(goals), steps=(), already_done=""), scene, facts)

    def _solve(self, asked: Plan, scene: Scene, facts: frozenset[Atom]) -> Plan:
        """Return `asked` with verified steps, or as refused."""
        goals = asked.goals
        try:
            steps = search(goals, facts, scene, self._skills, self._config, asked.forbidden)
        except PlanError as error:
            return self._refused(asked, self._why_not(error, asked, facts))
        if not steps:
            held = dict.fromkeys(in_words(atom) for goal in goals for atom in goal.atoms)
            return replace(asked, already_done=f"nothing to do: {', '.join(held)}")
        world = World(scene, facts, self._skills, self._resources, self._config.steps_max)
        rejections = verify(steps, goals, world, asked.forbidden)
        if rejections:
            return self._refused(asked, "; ".join(str(rejection) for rejection in rejections))
        return replace(asked, steps=explain_steps(steps, goals, world))

    def _refused(self, asked: Plan, why: str) -> Plan:
        return replace(asked, refused=why, cause=Cause.PLAN_INVALID.value)

    def _why_not(self, error: PlanError, asked: Plan, facts: frozenset[Atom]) -> str:
        if error.code != "PLAN.NO_PLAN":
            return f"{error.what}; {error.remedy}"
        wanted = ", ".join(dict.fromkeys(in_words(atom) for goal in asked.goals for atom in goal.atoms))
        reason = f"no sequence of skills leads to '{wanted}' from here"
        if asked.forbidden:
            ruled_out = ", ".join(in_words(atom) for atom in asked.forbidden)
            return f"{reason} without '{ruled_out}', which was ruled out"
        if GRIPPER_EMPTY not in facts and not any(atom.predicate == "held" for atom in facts):
            return f"{reason}: the gripper holds something that is not recognised; free it by hand first"
        return f"{reason}; the skills are {', '.join(sorted(self._skills))}"


PlannerFactory = Callable[[Mapping[str, SkillSpec], Collection[str], PlannerConfig], Planner]

PLANNERS: Mapping[str, PlannerFactory] = {SymbolicPlanner.name: SymbolicPlanner}
"""Every planner by name."""


def make_planner(
    name: str, skills: Mapping[str, SkillSpec], resources: Collection[str], config: PlannerConfig
) -> Planner:
    """Return the planner of that name.

    Raises:
        ConfigError: There is no such planner.
    """
    if name not in PLANNERS:
        raise ConfigError(
            f"unknown planner '{name}'", where="planner", permitted=sorted(PLANNERS), code="UNKNOWN_PLANNER"
        )
    return PLANNERS[name](skills, resources, config)
