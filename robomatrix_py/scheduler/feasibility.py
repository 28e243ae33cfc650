"""How likely a plan is to succeed, from what the skills' measurements and earlier runs say.

The rule is that of SayCan (Ahn et al., "Do As I Can, Not As I Say", 2022): what a planner prefers, times what the robot
can do. Here the second factor is counted, not learned: the mean of a Beta posterior for each skill and class of object.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from robomatrix_py.contracts.cause import Cause
from robomatrix_py.contracts.experience import NO_COUNTS, Condition, Counts
from robomatrix_py.contracts.plan import Plan
from robomatrix_py.contracts.posterior import UNIFORM, Beta
from robomatrix_py.contracts.ranges import require_ranges
from robomatrix_py.contracts.scene import Scene
from robomatrix_py.contracts.skill import ArgumentType, MeasuredSuccess, SkillCall, SkillSpec

ACTIONS_BELOW = ("note", "ask", "refuse")
"""What can become of a plan that is less likely to succeed than is wanted."""

# Two products nearer together than this are alike: the choice the planner made first stands.
_ALIKE = 1e-3


@dataclass(frozen=True)
class FeasibilityConfig:
    """How earlier runs bear on plans.

    Args:
        record: Where successes are counted: ``user`` for a file in the user's own data (`XDG_DATA_HOME`), or a path
            with a ``/`` in it; empty: nothing is counted, and plans do not depend on earlier runs.
        prior_trials_max: What a skill's declaration says of its measured success is worth at most so many trials.
        class_trials: What a skill does with all other objects is worth so many trials with objects of one class; what
            all other skills do is worth so many trials of one that was never measured.
        candidates_max: So many ways are compared where there is a choice.
        likely_min: Product of the steps' expected success rates below which a plan counts as unlikely to succeed.
        below: What becomes of such a plan: ``note`` says so, ``ask`` asks, ``refuse`` refuses it.
    """

    record: str = ""
    prior_trials_max: float = 20.0
    class_trials: float = 4.0
    candidates_max: int = 4
    likely_min: float = 0.2
    below: str = "note"

    def __post_init__(self) -> None:
        """Check the ranges."""
        bounds = {
            "prior_trials_max": (2.0, 1e6),
            "class_trials": (0.5, 1e3),
            "candidates_max": (1, 20),
            "likely_min": (0.0, 1.0),
        }
        require_ranges(self, bounds)
        if self.below not in ACTIONS_BELOW:
            raise ValueError(f"below is {self.below}; permitted: {', '.join(ACTIONS_BELOW)}")


@dataclass(frozen=True)
class Estimate:
    """What is believed of one skill, with objects of one class or with any.

    Args:
        posterior: The success rate.
        successes: Counted in runs.
        trials: Counted in runs.
        measured: Trials that the skill's own declaration tells of.
    """

    posterior: Beta
    successes: int
    trials: int
    measured: int

    @property
    def is_known(self) -> bool:
        """Whether it rests on anything that was tried."""
        return self.trials > 0 or self.measured > 0


@dataclass(frozen=True)
class Candidate:
    """One of several plans for the same instruction.

    Args:
        plan: The plan.
        preference: How much its planner prefers it, above 0; only ratios matter.
        what: What sets it apart, in words.
    """

    plan: Plan
    preference: float = 1.0
    what: str = ""


class Feasibility:
    """Says how likely calls and plans are to succeed.

    Args:
        skills: All skills by name.
        condition: Robot, place and policy that the counts are of.
        counts: Successes and failures in earlier runs of that condition.
        config: How they bear on plans.
        measured: What was measured of the policy that serves the skills, by skill; by default what the declarations of
            scripted skills say.
    """

    def __init__(
        self,
        skills: Mapping[str, SkillSpec],
        condition: Condition,
        counts: Counts = NO_COUNTS,
        config: FeasibilityConfig | None = None,
        measured: Mapping[str, MeasuredSuccess] | None = None,
    ) -> None:
        declared = {name: s.measured for name, s in skills.items() if s.measured and s.policy_kind == condition.policy}
        self._measured = declared if measured is None else measured
        self.condition = condition
        self.config = config or FeasibilityConfig()
        self._skills = skills
        self._counts = counts

    def classes(self, skill: str) -> list[tuple[str, ...]]:
        """Return the classes of objects that a skill was tried with."""
        return sorted(classes for name, classes in self._counts if name == skill and classes)

    def estimate(self, skill: str, classes: Sequence[str] = ()) -> Estimate:
        """Return what is believed of a skill with objects of some classes, or with any if none are given.

        Each class in turn narrows what is believed: trials with other classes make up the prior, worth
        `class_trials`, and those with the class itself count in full. No trial is counted twice.

        Args:
            skill: Skill name.
            classes: Shape words of the objects it is about, in the order of its arguments.
        """
        posterior, measured = self._prior(skill)
        wanted = tuple(classes)
        successes = trials = 0
        for depth in range(len(wanted) + 1):
            if depth:
                posterior = posterior.weakened(self.config.class_trials)
            won, lost = self._count(skill, wanted[:depth], besides=wanted[: depth + 1])
            posterior = posterior.after(won, lost)
            if depth == len(wanted):
                successes, trials = won, won + lost
        return Estimate(posterior, successes, trials, measured)

    def of_call(self, call: SkillCall, scene: Scene) -> Estimate:
        """Return what is believed of a call in a scene."""
        return self.estimate(call.skill, classes_of(call, self._skills.get(call.skill), scene))

    def of_plan(self, steps: Sequence[SkillCall], scene: Scene) -> float:
        """Return the product of the expected success rates of some steps."""
        return math.prod(self.of_call(step, scene).posterior.mean for step in steps)

    def choose(self, candidates: Sequence[Candidate], scene: Scene) -> Plan:
        """Return the most feasible of some plans, with a note that says why where there was a choice.

        Args:
            candidates: One or more, the one that is taken where all are alike first.
            scene: What is where.
        """
        runnable = [candidate for candidate in candidates if candidate.plan.steps]
        if not runnable:
            return candidates[0].plan
        values = [c.preference * self.of_plan(c.plan.steps, scene) for c in runnable]
        best = next(i for i, value in enumerate(values) if value >= max(values) * (1.0 - _ALIKE))
        plan = runnable[best].plan
        worse = values[best] * (1.0 - _ALIKE)
        others = [(value, runnable[i].what) for i, value in enumerate(values) if value < worse]
        # Where all are alike, the planner's own reason, such as the shorter way, says enough.
        if others:
            value, what = max(others)
            note = (
                f"took {runnable[best].what} rather than {what}: "
                f"{values[best]:.2f} against {value:.2f} likely to succeed ({self.condition})"
            )
            plan = replace(plan, notes=(*plan.notes, note))
        elif best == 0 and runnable[0] is not candidates[0]:
            failed = candidates[0]
            why = failed.plan.refused or failed.plan.question or failed.plan.already_done
            note = f"took {runnable[best].what}, not {failed.what}: {why}"
            plan = replace(plan, notes=(*plan.notes, note))
        return self._held_to_threshold(plan, scene)

    def _held_to_threshold(self, plan: Plan, scene: Scene) -> Plan:
        """Return a plan with a note, as a question or as refused where too little speaks for its success."""
        known = [(self.of_call(step, scene), step) for step in plan.steps]
        known = [(estimate, step) for estimate, step in known if estimate.is_known]
        likely = math.prod(estimate.posterior.mean for estimate, _ in known)
        if not known or likely >= self.config.likely_min:
            return plan
        weakest, step = min(known, key=lambda item: item[0].posterior.mean)
        low, high = weakest.posterior.interval()
        text = (
            f"by earlier runs ({self.condition}) this succeeds with a likelihood of {likely:.2f}, wanted are "
            f"{self.config.likely_min:g}; the weakest step is {step}: {weakest.posterior.mean:.2f} "
            f"({low:.2f} to {high:.2f}, {weakest.trials} trials)"
        )
        if self.config.below == "note":
            return replace(plan, notes=(*plan.notes, text))
        empty = replace(plan, steps=(), cause=Cause.PLAN_INVALID.value)
        if self.config.below == "ask":
            remedy = "Say another way, or lower feasibility.likely_min to go on all the same"
            return replace(empty, question=f"{text}. {remedy}")
        return replace(empty, refused=f"{text}. Lower feasibility.likely_min, or show the robot another way")

    def _prior(self, skill: str) -> tuple[Beta, int]:
        """Return what was measured of a skill, and how many trials that rests on."""
        measured = self._measured.get(skill)
        if measured is None or not measured.trials:
            # Nothing was measured: it may go as the other skills of this robot do, which is a weak prior.
            others = [numbers for (name, _), numbers in self._counts.items() if name != skill]
            pooled = UNIFORM.after(sum(won for won, _ in others), sum(lost for _, lost in others))
            return pooled.weakened(self.config.class_trials), 0
        prior = UNIFORM.after(measured.successes, measured.trials - measured.successes)
        return prior.weakened(self.config.prior_trials_max), measured.trials

    def _count(self, skill: str, classes: tuple[str, ...], besides: tuple[str, ...]) -> tuple[int, int]:
        """Return successes and failures with these classes first, leaving out narrower ones counted later."""
        won = lost = 0
        for (name, tried), (successes, failures) in self._counts.items():
            narrower = len(besides) > len(classes) and tried[: len(besides)] == besides
            if name == skill and tried[: len(classes)] == classes and not narrower:
                won, lost = won + successes, lost + failures
        return won, lost


def classes_of(call: SkillCall, spec: SkillSpec | None, scene: Scene) -> tuple[str, ...]:
    """Return the classes of the objects that a call is about: their shape words, in the order of the arguments."""
    if spec is None:
        return ()
    names = [
        str(call.arguments[a.name])
        for a in spec.arguments
        if a.type is ArgumentType.OBJECT and a.name in call.arguments
    ]
    return tuple(scene.objects[name].shape if name in scene.objects else class_of_name(name) for name in names)


def class_of_name(name: str) -> str:
    """Return the shape word in a name such as ``red_cube_2`` or ``drawer``, where the scene is not known any more."""
    words = [word for word in name.split("_") if not word.isdecimal()]
    return words[-1] if words else name
