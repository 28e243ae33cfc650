"""The behaviour tree of a plan: each step with its preconditions and its verdict, then the goal."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from py_trees.behaviour import Behaviour
from py_trees.common import Status
from py_trees.composites import Sequence as InOrder

from robomatrix_py.contracts.cause import Cause
from robomatrix_py.contracts.errors import RobomatrixError
from robomatrix_py.contracts.execution import (
    Evidence,
    GoalJudge,
    Judge,
    SkillClient,
    SkillHandle,
    SkillProgress,
)
from robomatrix_py.contracts.predicate import MOMENTARY, Atom
from robomatrix_py.contracts.scene import Affordance, SceneObject
from robomatrix_py.contracts.skill import ArgumentType, SkillCall, SkillSpec
from robomatrix_py.contracts.verdict import Outcome, Verdict
from robomatrix_py.scheduler.config import ExecutionConfig
from robomatrix_py.scheduler.grounding import bind
from robomatrix_py.scheduler.reasons import in_words

# A robot that moves about sees what is nearer than this, if nothing is in the way.
_IN_VIEW_M = 1.0


@dataclass
class Present:
    """What the tree sees in one tick.

    Args:
        now_s: Monotonic time.
        evidence: Newest readings, with the remembered scene.
        sensed: Facts from the evidence.
        settled: Momentary facts that the verdicts on finished steps have settled.
        withdrawn: Set once the task is to end early: the verdict it ends with.
        held: Whether a person has asked to wait: no step begins, and the one under way stands still.
    """

    now_s: float
    evidence: Evidence
    sensed: frozenset[Atom]
    settled: frozenset[Atom] = frozenset()
    withdrawn: Verdict | None = None
    held: bool = False

    @property
    def facts(self) -> frozenset[Atom]:
        """What is the case."""
        # A thing is held above a place only as long as it is held.
        lost = {
            atom
            for atom in self.settled
            if atom.predicate == "over" and Atom("held", (atom.arguments[0],)) not in self.sensed
        }
        return self.sensed | (self.settled - lost)

    def settle(self, call: SkillCall, spec: SkillSpec, succeeded: bool) -> None:
        """Note what a verdict settles; a failed step unsettles what it might have undone."""
        values = call.bindings()
        removes = [atom.bind(values) for atom in spec.remove_effects]
        kept = {atom for atom in self.settled if not any(gone.matches(atom) for gone in removes)}
        if succeeded:
            kept |= {a for a in bind(spec, call, self.evidence.scene).adds if a.predicate in MOMENTARY}
        self.settled = frozenset(kept)


@dataclass
class StepRun:
    """One run of one step.

    Args:
        call: The skill call.
        spec: Its skill.
        index: Index in the task, counting finished steps.
        attempt: 1 on the first try at this place of the task, then counting.
        judge: Judges it.
        emit: Reports what happens: kind and fields.
        keeps: What earlier steps reached, must hold at the end and should hold now.
        stage: Its present stage.
        progress: 0 to 1.
        message: One line for a person.
        verdict: How it ended, once it has.
    """

    call: SkillCall
    spec: SkillSpec
    index: int
    attempt: int
    judge: Judge
    emit: Callable[[str, dict[str, Any]], None]
    keeps: frozenset[Atom] = frozenset()
    stage: str = ""
    progress: float = 0.0
    message: str = ""
    verdict: Verdict | None = field(default=None)

    def report(self, kind: str, **fields: Any) -> None:
        """Emit an event about this run."""
        self.emit(kind, {"index": self.index, "attempt": self.attempt, "skill": self.call.skill, **fields})

    def end(self, verdict: Verdict) -> Status:
        """Settle the run and return the status that goes with it."""
        self.verdict = verdict
        self.report("step_verdict", verdict=verdict.to_json())
        return Status.SUCCESS if verdict.succeeded else Status.FAILURE


class CheckPreconditions(Behaviour):
    """Succeeds once everything the skill needs is the case; sensors may take a moment to show it.

    That is: the things it is about are there, its preconditions hold, and what was reached before was not lost.
    """

    def __init__(self, step: StepRun, present: Present, config: ExecutionConfig) -> None:
        super().__init__(f"{step.call} may start")
        self._step, self._present, self._config = step, present, config
        self._since_s = 0.0

    def initialise(self) -> None:
        """Start the clock."""
        self._since_s = self._present.now_s
        self._step.stage = "precondition"

    def update(self) -> Status:
        """Look at the present facts."""
        step, present = self._step, self._present
        if present.withdrawn is not None:
            return step.end(present.withdrawn)
        if present.held:
            self._since_s = present.now_s
            return Status.RUNNING
        missing = missing_preconditions(step.call, step.spec, present.facts)
        unseen = _unseen_objects(step, present, self._config)
        lost = sorted(step.keeps - present.facts)
        if not missing and not unseen and not lost:
            return Status.SUCCESS
        if present.now_s - self._since_s < self._config.precondition_settle_s:
            return Status.RUNNING
        stage = f"{step.call.skill}.precondition"
        if unseen:
            name, why = next(iter(unseen.items()))
            return step.end(Verdict.failure(Cause.UNKNOWN_OBJECT, why, stage, unseen=name))
        if not missing:
            message = f"what was reached is lost: it is no longer so that {in_words(lost[0])}"
            return step.end(
                Verdict.failure(Cause.PRECONDITION, message, stage, missing=[str(atom) for atom in lost])
            )
        message = f"{step.call} cannot start: it is not so that {in_words(missing[0])}"
        return step.end(
            Verdict.failure(Cause.PRECONDITION, message, stage, missing=[str(atom) for atom in missing])
        )


class RunSkill(Behaviour):
    """Runs the skill and waits for its own report, which is believed only if it is bad news."""

    def __init__(self, step: StepRun, present: Present, client: SkillClient, config: ExecutionConfig) -> None:
        super().__init__(f"run {step.call}")
        self._step, self._present, self._client, self._config = step, present, client, config
        self._handle: SkillHandle | None = None
        self._fault = ""
        self._started_s = 0.0
        self._polled_s = 0.0
        self._withdrawn_s: float | None = None
        self._watch = ProgressWatch(config)
        self._stuck: Verdict | None = None

    def initialise(self) -> None:
        """Let the judge look, then start the skill."""
        step, present = self._step, self._present
        self._started_s, self._withdrawn_s, self._fault = present.now_s, None, ""
        self._polled_s = present.now_s
        self._watch, self._stuck = ProgressWatch(self._config), None
        step.stage, step.progress = "start", 0.0
        arguments = dict(step.call.arguments)
        step.report("step_started", arguments=arguments, why=step.call.why, variation=step.call.variation)
        step.judge.begin(step.call, present.evidence)
        try:
            self._handle = self._client.start(step.call, step.spec.deadline_s, present.now_s)
        except RobomatrixError as error:
            self._fault = str(error)

    def update(self) -> Status:
        """Poll the skill."""
        step, present = self._step, self._present
        if self._handle is None:
            return step.end(Verdict.failure(Cause.DRIVER_FAULT, self._fault, f"{step.call.skill}.start"))
        progress = self._handle.poll(present.now_s)
        if progress.stage != step.stage:
            step.report("stage", stage=progress.stage)
        step.stage, step.progress, step.message = progress.stage, progress.progress, progress.message
        if present.withdrawn is not None or self._stuck is not None:
            return self._withdraw(progress.report is not None)
        if progress.report is not None:
            step.report("step_report", report=progress.report.to_json())
            # A success is only the skill's own opinion; a failure needs no second one.
            return step.end(progress.report) if progress.report.outcome is Outcome.FAILED else Status.SUCCESS
        if present.held:
            # What stands still by order is not late.
            self._started_s += present.now_s - self._polled_s
            self._watch = ProgressWatch(self._config)
        self._polled_s = present.now_s
        overdue_s = present.now_s - self._started_s - step.spec.deadline_s
        if overdue_s > self._config.answer_grace_s:
            self._handle.cancel(present.now_s)
            message = (
                f"{step.call.skill} did not end by its deadline of {step.spec.deadline_s:g} s nor say why"
            )
            return step.end(Verdict.failure(Cause.DRIVER_FAULT, message, self._stage()))
        still_s = self._watch.still_s(progress, present.evidence, present.now_s)
        if still_s > self._config.stuck_after_s:
            message = f"{step.call.skill} came no further for {still_s:.1f} s and nothing moved"
            readings = {"still_s": round(still_s, 2), "progress": progress.progress}
            self._stuck = Verdict.failure(Cause.NO_PROGRESS, message, self._stage(), **readings)
        return Status.RUNNING

    def terminate(self, new_status: Status) -> None:
        """Cancel the skill if the tree is torn down around it."""
        if new_status is Status.INVALID and self.status is Status.RUNNING and self._handle is not None:
            self._handle.cancel(self._present.now_s)

    def _withdraw(self, has_ended: bool) -> Status:
        """Cancel the skill and wait until it has braked."""
        step, present = self._step, self._present
        if self._withdrawn_s is None and self._handle is not None:
            self._withdrawn_s = present.now_s
            self._handle.cancel(present.now_s)
        waited_s = present.now_s - (self._withdrawn_s or present.now_s)
        if not has_ended and waited_s < self._config.cancel_grace_s:
            return Status.RUNNING
        verdict = present.withdrawn or self._stuck
        if not has_ended or verdict is None:
            message = f"{step.call.skill} was told to end and did not within {waited_s:.1f} s"
            verdict = Verdict.failure(Cause.DRIVER_FAULT, message, self._stage())
        return step.end(verdict)

    def _stage(self) -> str:
        return f"{self._step.call.skill}.{self._step.stage}"


class ProgressWatch:
    """Says for how long a skill has come no further: same stage, same progress, nothing moved.

    Args:
        config: What counts as motion.
    """

    def __init__(self, config: ExecutionConfig) -> None:
        self._config = config
        self._account: tuple[str, float] | None = None
        self._tool_m: tuple[float, float, float] = (0.0, 0.0, 0.0)
        self._gap_m = 0.0
        self._since_s = 0.0

    def still_s(self, progress: SkillProgress, evidence: Evidence, now_s: float) -> float:
        """Take the newest readings and return for how long there was no progress, in seconds."""
        account = (progress.stage, round(progress.progress, 3))
        moved_m = max(
            math.dist(evidence.tool_position_m, self._tool_m), abs(evidence.gripper_gap_m - self._gap_m)
        )
        if account != self._account or moved_m > self._config.stuck_motion_m:
            self._account, self._since_s = account, now_s
            self._tool_m, self._gap_m = evidence.tool_position_m, evidence.gripper_gap_m
        return now_s - self._since_s


class AskJudge(Behaviour):
    """Takes the verdict of a judge who neither planned nor acted."""

    def __init__(self, step: StepRun, present: Present, config: ExecutionConfig) -> None:
        super().__init__(f"judge {step.call}")
        self._step, self._present, self._config = step, present, config
        self._since_s = 0.0

    def initialise(self) -> None:
        """Start the clock."""
        self._since_s = self._present.now_s
        self._step.stage = "verdict"

    def update(self) -> Status:
        """Ask for the verdict."""
        step, present = self._step, self._present
        if present.withdrawn is not None:
            return step.end(present.withdrawn)
        verdict = step.judge.judge(present.evidence, present.now_s)
        if verdict is None and present.now_s - self._since_s > self._config.judge_max_s:
            verdict = _no_verdict(f"whether {step.call} worked", f"{step.call.skill}.verdict", self._config)
        if verdict is None:
            return Status.RUNNING
        if verdict.succeeded:
            # The next step may look at its preconditions in this very tick.
            present.settle(step.call, step.spec, succeeded=True)
        return step.end(verdict)


class ConfirmGoal(Behaviour):
    """Takes the verdict on what must hold at the end of the task."""

    def __init__(
        self, atoms: tuple[Atom, ...], judge: GoalJudge, present: Present, config: ExecutionConfig
    ) -> None:
        super().__init__("the goal holds")
        self._atoms, self._judge, self._present, self._config = atoms, judge, present, config
        self._since_s = 0.0
        self.verdict: Verdict | None = None

    def initialise(self) -> None:
        """Start the clock."""
        self._since_s = self._present.now_s

    def update(self) -> Status:
        """Ask for the verdict."""
        present = self._present
        verdict = present.withdrawn
        if verdict is None and not self._atoms:
            verdict = Verdict.success("every step was confirmed by its judge", "goal")
        if verdict is None:
            verdict = self._judge.judge(self._atoms, present.evidence, present.now_s)
        if verdict is None and present.now_s - self._since_s > self._config.judge_max_s:
            verdict = _no_verdict("whether the goal was reached", "goal.verdict", self._config)
        self.verdict = verdict
        if verdict is None:
            return Status.RUNNING
        return Status.SUCCESS if verdict.succeeded else Status.FAILURE


def build_recovery(step: StepRun, present: Present, client: SkillClient, config: ExecutionConfig) -> InOrder:
    """Return the tree of one skill by which a task recovers: run it and have it judged."""
    root = InOrder(f"recover by {step.call}", memory=True)
    root.add_children([RunSkill(step, present, client, config), AskJudge(step, present, config)])
    return root


def build_tree(
    steps: Sequence[StepRun],
    present: Present,
    client: SkillClient,
    confirm: ConfirmGoal,
    config: ExecutionConfig,
) -> InOrder:
    """Return the tree that runs some steps and then confirms the goal."""
    root = InOrder("task", memory=True)
    for step in steps:
        branch = InOrder(str(step.call), memory=True)
        branch.add_children(
            [
                CheckPreconditions(step, present, config),
                RunSkill(step, present, client, config),
                AskJudge(step, present, config),
            ]
        )
        root.add_child(branch)
    root.add_child(confirm)
    return root


def missing_preconditions(call: SkillCall, spec: SkillSpec, facts: frozenset[Atom]) -> list[Atom]:
    """Return the preconditions of a call that do not hold."""
    values = call.bindings()
    return [atom for atom in (p.bind(values) for p in spec.preconditions) if atom not in facts]


def objects_of(call: SkillCall, spec: SkillSpec) -> tuple[str, ...]:
    """Return the names of the things that a complete call is about."""
    return tuple(str(call.arguments[a.name]) for a in spec.arguments if a.type is ArgumentType.OBJECT)


def _unseen_objects(step: StepRun, present: Present, config: ExecutionConfig) -> dict[str, str]:
    """Return why a thing that the step is about is not there, by its name."""
    scene = present.evidence.scene
    unseen: dict[str, str] = {}
    for name in objects_of(step.call, step.spec):
        item = scene.objects.get(name)
        if item is None:
            unseen[name] = f"{name} is not known"
            continue
        if any(effect.atom.predicate == "seen" for effect in step.spec.add_effects):
            # To look for it is what the step is for.
            continue
        unseen_s = scene.received_s - item.seen_s
        # Furniture does not walk away; what is held, or shut in, cannot be expected to be seen.
        expected = (
            Affordance.MOVABLE in item.affordances
            and Atom("held", (name,)) not in present.facts
            and Atom("accessible", (name,)) in present.facts
        )
        if expected and not _is_elsewhere(item, present) and not item.visible and unseen_s > config.unseen_max_s:
            unseen[name] = f"{name} was last seen {unseen_s:.1f} s ago and is not where it was"
    return unseen


def _is_elsewhere(item: SceneObject, present: Present) -> bool:
    """Return whether a robot that moves about is too far from a thing to expect that it sees it."""
    base = present.evidence.base_pose
    return base is not None and float(np.linalg.norm((item.position_m - base.position_m)[:2])) > _IN_VIEW_M


def _no_verdict(what: str, stage: str, config: ExecutionConfig) -> Verdict:
    message = f"no verdict within {config.judge_max_s:g} s on {what}"
    return Verdict.undecided(Cause.TIMEOUT, message, stage)
