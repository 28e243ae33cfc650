"""Planners by name: an instruction, a scene and facts in, a verified plan out."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Protocol

from robomatrix_py.contracts.cause import Cause
from robomatrix_py.contracts.errors import ConfigError, PlanError
from robomatrix_py.contracts.plan import Goal, Plan
from robomatrix_py.contracts.predicate import Atom
from robomatrix_py.contracts.scene import Scene
from robomatrix_py.contracts.skill import SkillSpec
from robomatrix_py.scheduler.config import PlannerConfig
from robomatrix_py.scheduler.facts import GRIPPER_EMPTY
from robomatrix_py.scheduler.feasibility import Candidate
from robomatrix_py.scheduler.grants import EVERYTHING
from robomatrix_py.scheduler.language.problems import Problem, refuse
from robomatrix_py.scheduler.language.reader import Reader, Reading
from robomatrix_py.scheduler.language_model.planner import OpenAiPlanner
from robomatrix_py.scheduler.macros import as_skills, expand
from robomatrix_py.scheduler.practice import NO_PRACTICE, Practice
from robomatrix_py.scheduler.quoting import plain, quote
from robomatrix_py.scheduler.reasons import explain_steps, in_words
from robomatrix_py.scheduler.search import search
from robomatrix_py.scheduler.verifier import World, verify

# What comes about beside what a skill is for: another skill that does this too is no other way.
_BY_THE_WAY = frozenset({GRIPPER_EMPTY.predicate, "at"})


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
        practice: What was learnt from earlier runs.
    """

    name = "symbolic"

    def __init__(
        self,
        skills: Mapping[str, SkillSpec],
        resources: Collection[str],
        config: PlannerConfig | None = None,
        practice: Practice = NO_PRACTICE,
    ) -> None:
        self._skills = skills
        self._practice = practice
        self._resources = tuple(resources)
        self._config = config or PlannerConfig()
        self._reader = Reader({**skills, **as_skills(practice.macros)}, self._config)

    def plan(self, instruction: str, scene: Scene, facts: frozenset[Atom]) -> Plan:
        """Return a plan, a question, a refusal, or that there is nothing to do."""
        plan, choices = self._read_and_solve(instruction, scene, facts, frozenset())
        feasibility = self._practice.feasibility
        if feasibility is None or not (plan.steps or choices):
            return plan
        candidates = [Candidate(plan, what=_named(choice[0] for choice in choices) or _skills_of(plan))]
        bound = feasibility.config.candidates_max
        for changed, names in islice(_variations(choices), bound - 1):
            other, _ = self._read_and_solve(instruction, scene, facts, frozenset({changed}))
            candidates.append(Candidate(other, what=_named(names)))
        candidates += self._other_ways(plan, scene, facts, bound - len(candidates))
        return feasibility.choose(candidates, scene)

    def read(
        self, instruction: str, scene: Scene, facts: frozenset[Atom], prefer: frozenset[str] = frozenset()
    ) -> Reading:
        """Return what an instruction asks for, macro-skills resolved.

        Args:
            instruction: The person's words.
            scene: What is where.
            facts: What is the case.
            prefer: Names of things to take where any one of several would do.

        Raises:
            Problem: It is unclear (a question) or not to be carried out (a refusal).
        """
        reading = self._reader.read(instruction, scene, facts, prefer)
        expansion = expand(reading.goals, self._practice.macros, self._skills, scene, prefer)
        if len(expansion.goals) > self._config.stages_max:
            count, most = len(expansion.goals), self._config.stages_max
            raise refuse(f"this takes {count} stages, at most {most} are planned at once; ask for less")
        return replace(
            reading,
            goals=tuple(expansion.goals),
            notes=(*reading.notes, *dict.fromkeys(expansion.notes)),
            choices=(*reading.choices, *expansion.choices),
        )

    def _read_and_solve(
        self, instruction: str, scene: Scene, facts: frozenset[Atom], prefer: frozenset[str]
    ) -> tuple[Plan, tuple[tuple[str, ...], ...]]:
        """Return the plan that takes the things preferred, and what could have been chosen wherever that was open."""
        empty = Plan(instruction, planner=self.name)
        try:
            reading = self.read(instruction, scene, facts, prefer)
        except Problem as problem:
            if problem.is_question:
                return replace(empty, question=problem.message, cause=problem.cause.value, about=problem.about), ()
            return replace(empty, refused=problem.message, cause=problem.cause.value), ()
        notes = (*reading.notes, *((reading.nothing,) if reading.nothing and reading.goals else ()))
        asked = replace(empty, goals=reading.goals, forbidden=reading.forbidden, notes=notes)
        if not reading.goals:
            return replace(asked, already_done=reading.nothing), ()
        return self._solve(asked, scene, facts), reading.choices

    def _other_ways(self, plan: Plan, scene: Scene, facts: frozenset[Atom], most: int) -> Iterator[Candidate]:
        """Yield plans for the same goals that do without a skill for which there is another one."""
        wanted = {goal.call.skill for goal in plan.goals if goal.call}
        used = [skill for skill in dict.fromkeys(step.skill for step in plan.steps) if skill not in wanted]
        for skill in [skill for skill in used if self._is_replaceable(skill)][: max(0, most)]:
            other = self._solve(replace(plan, steps=()), scene, facts, without=skill)
            if other.steps:
                yield Candidate(other, what=_skills_of(other))

    def _is_replaceable(self, skill: str) -> bool:
        """Return whether another skill brings about something that this one does."""
        brings = {effect.atom.predicate for effect in self._skills[skill].add_effects} - _BY_THE_WAY
        others = (spec for name, spec in self._skills.items() if name != skill)
        return any(effect.atom.predicate in brings for spec in others for effect in spec.add_effects)

    def replan(self, plan: Plan, goals: Sequence[Goal], scene: Scene, facts: frozenset[Atom]) -> Plan:
        """Return a plan for what is left of another, from the present facts on."""
        return self._solve(replace(plan, goals=tuple(goals), steps=(), already_done=""), scene, facts)

    def _solve(self, asked: Plan, scene: Scene, facts: frozenset[Atom], without: str = "") -> Plan:
        """Return `asked` with verified steps, or as refused; without one skill, where one is named."""
        goals = asked.goals
        skills = {name: spec for name, spec in self._skills.items() if name != without}
        try:
            steps = search(goals, facts, scene, skills, self._config, asked.forbidden)
        except PlanError as error:
            return self._refused(asked, self._why_not(error, asked, facts))
        if not steps:
            held = dict.fromkeys(in_words(atom) for goal in goals for atom in goal.atoms)
            return replace(asked, already_done=f"nothing to do: {', '.join(held)}")
        world = World(
            scene, facts, self._skills, self._resources, self._config.steps_max, self._config.grants
        )
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
        usable = [name for name in sorted(self._skills) if self._config.grants.permits_skill(name)]
        bounds = " that the operator has granted" if self._config.grants != EVERYTHING else ""
        return f"{reason}; the skills{bounds} are {', '.join(usable) or 'none'}"


def _variations(choices: Sequence[tuple[str, ...]]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield what could be chosen other than at first, one thing at a time: that thing, and all that are then taken."""
    first = tuple(options[0] for options in choices)
    for index, options in enumerate(choices):
        for name in options[1:]:
            yield name, (*first[:index], name, *first[index + 1 :])


def _named(names: Iterable[str]) -> str:
    return " and ".join(plain(name) for name in dict.fromkeys(names))


def _skills_of(plan: Plan) -> str:
    return quote(" ".join(dict.fromkeys(step.skill for step in plan.steps)))


PlannerFactory = Callable[..., Planner]


def _make_openai(
    skills: Mapping[str, SkillSpec],
    resources: Collection[str],
    config: PlannerConfig,
    practice: Practice = NO_PRACTICE,
) -> OpenAiPlanner:
    symbolic = SymbolicPlanner(skills, resources, config, practice)
    return OpenAiPlanner(skills, resources, config, symbolic, practice.feasibility)


PLANNERS: Mapping[str, PlannerFactory] = {
    SymbolicPlanner.name: SymbolicPlanner,
    OpenAiPlanner.name: _make_openai,
}
"""Every planner by name."""


def make_planner(
    name: str,
    skills: Mapping[str, SkillSpec],
    resources: Collection[str],
    config: PlannerConfig,
    practice: Practice = NO_PRACTICE,
) -> Planner:
    """Return the planner of that name.

    Raises:
        ConfigError: There is no such planner, a skill that is granted does not exist, or the planner has no endpoint.
    """
    if name not in PLANNERS:
        raise ConfigError(
            f"unknown planner '{name}'", where="planner", permitted=sorted(PLANNERS), code="UNKNOWN_PLANNER"
        )
    config.grants.require_known(skills)
    return PLANNERS[name](skills, resources, config, practice)
