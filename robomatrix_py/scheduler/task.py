"""Supervised execution: every step is checked before, judged after, and recovered from when it fails."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from py_trees.common import Status

from robomatrix_py.contracts.cause import Cause
from robomatrix_py.contracts.execution import Evidence, GoalJudge, Judge, SkillClient
from robomatrix_py.contracts.plan import Goal, Plan
from robomatrix_py.contracts.predicate import Atom
from robomatrix_py.contracts.skill import SkillCall, SkillSpec
from robomatrix_py.contracts.verdict import Verdict
from robomatrix_py.scheduler.advice import with_advice
from robomatrix_py.scheduler.config import ExecutionConfig, FactsConfig
from robomatrix_py.scheduler.facts import derive_facts
from robomatrix_py.scheduler.grants import EVERYTHING, Grants
from robomatrix_py.scheduler.grounding import complete
from robomatrix_py.scheduler.memory import SceneMemory
from robomatrix_py.scheduler.planner import Planner
from robomatrix_py.scheduler.recovery import LOOK_SKILL, NO_RECOVERY, Failure, Recoveries, Remedy
from robomatrix_py.scheduler.remainder import remaining_goals
from robomatrix_py.scheduler.revision import Edit, Revision
from robomatrix_py.scheduler.stages import stage_ends, standing
from robomatrix_py.scheduler.tree import ConfirmGoal, Present, StepRun, build_recovery, build_tree, objects_of
from robomatrix_py.scheduler.verifier import World, simulate, verify


class Phase(StrEnum):
    """What a task is doing."""

    RUNNING = "running"
    RECOVERING = "recovering"
    CONFIRMING = "confirming"
    CANCELLING = "cancelling"
    ENDED = "ended"


@dataclass(frozen=True)
class TaskEvent:
    """Something that happened in a task.

    Args:
        time_s: The caller's monotonic time.
        kind: model_exchange, plan, step_started, stage, step_report, step_verdict, recovery, retry, replanned or
            task_verdict; of a skill run to recover, recovery_started, recovery_stage, recovery_report and
            recovery_verdict.
        fields: What there is to know, JSON-serialisable.
    """

    time_s: float
    kind: str
    fields: Mapping[str, Any]


@dataclass(frozen=True)
class TaskStatus:
    """How far a task is.

    Args:
        phase: What it is doing.
        plan: The plan being run, which replanning may have changed.
        step: Steps finished.
        steps: Steps finished and still to do.
        call: The present step, or None.
        stage: Its stage.
        progress: Its progress, 0 to 1.
        message: One line for a person.
        verdict: How the task ended, or None while it goes on.
    """

    phase: Phase
    plan: Plan
    step: int
    steps: int
    call: SkillCall | None
    stage: str
    progress: float
    message: str
    verdict: Verdict | None


@dataclass(frozen=True)
class TaskServices:
    """What every task needs.

    Args:
        planner: Plans again when a step's preconditions are lost.
        skills: All skills by name.
        resources: What the robot has to hold a lease on.
        client: Runs skills.
        judge_for: Makes a judge for one run of a skill.
        goal_judge_for: Makes the judge of what must hold at the end of one task.
        steps_max: A longer plan is refused.
        execution: How patiently steps are run.
        facts: When a reading counts as a fact.
        grants: What the operator lets plans use.
    """

    planner: Planner
    skills: Mapping[str, SkillSpec]
    resources: Collection[str]
    client: SkillClient
    judge_for: Callable[[SkillSpec], Judge]
    goal_judge_for: Callable[[], GoalJudge]
    steps_max: int
    execution: ExecutionConfig
    facts: FactsConfig
    grants: Grants = EVERYTHING


@dataclass(frozen=True)
class _Recovering:
    """A skill that is run to recover from a failure."""

    step: StepRun
    failure: Failure


class TaskRunner:
    """Runs one plan to a verdict. Never blocks: call `tick` many times a second.

    A plan that asks, refuses or has faults ends at once with a failure; one that says that all is done
    already runs no step and is confirmed like any other.

    Args:
        plan: The plan.
        services: What every task needs.
        memory: Knows what is out of sight.
        deadline_s: The task is ended and failed after this time.
        emit: Takes the events.
    """

    def __init__(
        self,
        plan: Plan,
        services: TaskServices,
        memory: SceneMemory,
        deadline_s: float,
        emit: Callable[[TaskEvent], None],
    ) -> None:
        self._asked = plan
        self._plan = plan
        self._services = services
        self._memory = memory
        self._deadline_s = deadline_s
        self._send = emit
        self._present: Present | None = None
        self._started_s = 0.0
        self._verdict: Verdict | None = None
        self._steps: list[StepRun] = []
        self._finished = 0
        self._finished_before_plan = 0
        self._stage_ends: tuple[int, ...] = ()
        self._expected: list[frozenset[Atom]] = []
        self._recoveries = Recoveries(services.execution, services.skills, services.grants)
        self._recovering: _Recovering | None = None
        self._attempts: Counter[int] = Counter()
        self._failed_runs: Counter[str] = Counter()
        self._history: list[dict[str, Any]] = []
        self._held = False
        self._revision: Revision | None = None

    def tick(self, now_s: float, evidence: Evidence) -> TaskStatus:
        """Take the newest readings and go on.

        Args:
            now_s: Monotonic time.
            evidence: Newest readings, as perceived.
        """
        if self._verdict is not None:
            return self._status()
        present = self._look(now_s, evidence)
        if present.withdrawn is None and now_s - self._started_s > self._deadline_s:
            message = f"the task did not end within {self._deadline_s:g} s"
            present.withdrawn = Verdict.failure(Cause.TIMEOUT, message, "task")
        if present.withdrawn is None and evidence.scene.trouble:
            # Blind, neither a skill nor a judge can go on.
            present.withdrawn = Verdict.failure(Cause.CAMERA_FAULT, evidence.scene.trouble, "task")
        if self._verdict is None:
            self._tree.tick_once()
            self._after_tick(present)
        return self._status()

    def cancel(self, now_s: float) -> None:
        """Ask the task to end: the running skill brakes, and a tick soon after gives the verdict."""
        if self._present is None:
            self._end(
                now_s, Verdict.failure(Cause.CANCELLED, "the task was cancelled before it began", "task")
            )
        elif self._present.withdrawn is None or self._revision is not None:
            self._revision = None
            self._present.withdrawn = Verdict.failure(Cause.CANCELLED, "the task was cancelled", "task")

    # ------------------------------------------------------------------ corrections

    @property
    def present(self) -> Present | None:
        """What was seen in the newest tick, or None before the first."""
        return self._present

    @property
    def stage(self) -> int:
        """Index, in the present plan's goals, of the one being pursued."""
        return self._stage_index()

    def hold(self, *, held: bool) -> None:
        """Have no step begin, or let the task go on. Who calls has the skill under way stand still too."""
        self._held = held

    def revise(self, edit: Edit, because: str) -> str:
        """Carry out a person's correction of what is wanted.

        If there is a plan for it, the step under way is ended, the arm brakes, and the new plan runs from what is
        then the case. If not, nothing changes.

        Args:
            edit: What is to become of the goals.
            because: The person's words.

        Returns:
            Why it is refused, or an empty text.
        """
        present = self._present
        if present is None or self._verdict is not None or not self._plan.goals:
            return "no plan with a goal is being carried out"
        if present.withdrawn is not None:
            return "the robot is still busy with the correction before" if self._revision else "the task is ending"
        plan = self._revised(edit, present)
        if plan.refused or plan.question:
            return plan.refused or plan.question
        self._revision = Revision(edit, because)
        present.withdrawn = Verdict.failure(Cause.CANCELLED, f"corrected: {because}", "task")
        return ""

    def _revised(self, edit: Edit, present: Present) -> Plan:
        if not edit.left:
            return replace(self._plan, goals=(), steps=(), already_done="nothing is left to do, as told")
        plan = self._services.planner.replan(self._plan, edit.left, present.evidence.scene, present.facts)
        rejections = verify(plan.steps, plan.goals, self._world(present), plan.forbidden) if plan.steps else []
        if rejections:
            return replace(plan, steps=(), refused="; ".join(str(rejection) for rejection in rejections[:3]))
        return plan

    def _carry_out_revision(self, index: int, present: Present) -> bool:
        """Adopt the corrected plan now that the arm stands; return whether there was a correction."""
        revision, self._revision = self._revision, None
        if revision is None:
            return False
        present.withdrawn = None
        plan, because = self._revised(revision.edit, present), f"corrected: {revision.because}"
        if not (plan.refused or plan.question):
            self._asked = replace(self._asked, goals=revision.edit.goals, already_done=plan.already_done)
        else:
            # What could be planned a moment ago no longer can: back to what was wanted before.
            because += f", which can no longer be done: {plan.refused or plan.question}"
            scene = present.evidence.scene
            plan = self._services.planner.replan(self._plan, self._goals_to_go(), scene, present.facts)
        if plan.refused or plan.question:
            message = f"{because}; and there is no other way: {plan.refused or plan.question}"
            self._end(present.now_s, Verdict.failure(Cause.PLAN_INVALID, message, "plan"))
            return True
        self._emit("replanned", {"index": index, "plan": plan.to_json(), "because": because})
        self._adopt(plan, present)
        return True

    # ------------------------------------------------------------------ beginning

    def _look(self, now_s: float, evidence: Evidence) -> Present:
        """Take in the newest readings; the first time, begin."""
        remembered = self._memory.update(evidence)
        facts = derive_facts(remembered, self._services.facts)
        if self._present is None:
            self._present = Present(now_s, remembered, facts)
            self._started_s = now_s
            self._begin(self._present)
        self._present.now_s, self._present.evidence, self._present.sensed = now_s, remembered, facts
        self._present.held = self._held
        return self._present

    def _begin(self, present: Present) -> None:
        self._emit("plan", {"plan": self._plan.to_json()})
        plan = self._plan
        if plan.question or plan.refused:
            cause = Cause(plan.cause) if plan.cause else Cause.PLAN_INVALID
            self._end(
                present.now_s, Verdict.failure(cause, plan.question or plan.refused, "plan"), advise=False
            )
            return
        rejections = verify(plan.steps, plan.goals, self._world(present), plan.forbidden)
        if plan.steps and rejections:
            message = "the plan is not sound: " + "; ".join(str(rejection) for rejection in rejections[:3])
            self._end(present.now_s, Verdict.failure(Cause.PLAN_INVALID, message, "plan"))
            return
        self._adopt(plan, present)

    def _world(self, present: Present) -> World:
        services = self._services
        scene = present.evidence.scene
        return World(
            scene, present.facts, services.skills, services.resources, services.steps_max, services.grants
        )

    def _adopt(self, plan: Plan, present: Present) -> None:
        """Run a plan from its first step on."""
        self._plan = plan
        self._finished_before_plan = self._finished
        self._expected = simulate(plan.steps, self._world(present))
        self._stage_ends = stage_ends(plan.steps, plan.goals, self._expected)
        self._grow(plan.steps, present)

    def _grow(self, calls: tuple[SkillCall, ...], present: Present) -> None:
        """Build the tree for the steps still to do."""
        services = self._services
        self._steps = [self._step(call, self._finished + offset) for offset, call in enumerate(calls)]
        atoms = tuple(sorted(standing(self._asked.goals)))
        self._confirm = ConfirmGoal(atoms, services.goal_judge_for(), present, services.execution)
        self._tree = build_tree(self._steps, present, services.client, self._confirm, services.execution)

    def _step(self, call: SkillCall, index: int) -> StepRun:
        """Return a step to run; what failed before is done another way."""
        services, spec = self._services, self._services.skills[call.skill]
        call = complete(spec, replace(call, variation=self._failed_runs[str(complete(spec, call))]))
        attempt = self._attempts[index] + 1
        judge = services.judge_for(spec)
        return StepRun(call, spec, index, attempt, judge, self._emit, self._keeps(index))

    def _keeps(self, index: int) -> frozenset[Atom]:
        """Return what earlier stages reached, must hold at the end and should hold before a step."""
        place = index - self._finished_before_plan
        stage = next((i for i, end in enumerate(self._stage_ends) if end > place), len(self._plan.goals))
        kept = standing(self._plan.goals[:stage]) & standing(self._plan.goals)
        expected = self._expected[place] if place < len(self._expected) else frozenset()
        return frozenset(atom for atom in kept & expected if atom.predicate != "held")

    # ------------------------------------------------------------------ after each tick

    def _after_tick(self, present: Present) -> None:
        if self._recovering is not None:
            if self._recovering.step.verdict is not None:
                self._after_recovery(self._recovering, self._recovering.step.verdict, present)
            return
        while self._steps and self._steps[0].verdict is not None:
            step = self._steps[0]
            if not (step.verdict and step.verdict.succeeded):
                present.settle(step.call, step.spec, succeeded=False)
                self._after_failure(step, present)
                return
            self._steps.pop(0)
            self._finished += 1
            self._recoveries.step_succeeded(present.now_s)
        verdict = self._confirm.verdict
        if self._tree.status is Status.RUNNING or verdict is None:
            return
        if self._carry_out_revision(self._finished, present):
            return
        if verdict.succeeded:
            self._end(present.now_s, self._confirmed(verdict))
        else:
            objects = dict.fromkeys(atom.arguments[0] for atom in sorted(standing(self._asked.goals)))
            self._recover(Failure(verdict, 0, None, tuple(objects)), present)

    def _after_failure(self, step: StepRun, present: Present) -> None:
        """Find a way on, or give up."""
        verdict = step.verdict
        if verdict is None or verdict.cause is None:
            return
        if verdict.cause is Cause.CANCELLED and self._carry_out_revision(step.index, present):
            return
        self._attempts[step.index] += 1
        lost = verdict.cause is Cause.PRECONDITION and verdict.stage == f"{step.call.skill}.precondition"
        if not lost:
            self._failed_runs[str(step.call)] += 1
        to_go = len(self._plan.goals) - self._stage_index()
        self._recover(Failure(verdict, to_go, step.call, objects_of(step.call, step.spec), lost), present)

    def _recover(self, failure: Failure, present: Present) -> None:
        """Try what may help against a failure of the present step or of the goal."""
        verdict = failure.verdict
        if present.withdrawn is not None:
            self._give_up(failure, verdict)
            return
        choice = self._recoveries.choose(failure, present.evidence.scene, present.facts, present.now_s)
        if choice.remedy is Remedy.GIVE_UP:
            reason = f"{verdict.message}; {choice.why}" if choice.why else verdict.message
            self._give_up(failure, replace(verdict, message=reason))
            return
        if choice.remedy is Remedy.REPLAN and not self._plan.goals:
            # A plan that does not say what it is for can only be followed, not mended.
            self._give_up(failure, verdict)
            return
        cause = verdict.cause.value if verdict.cause else ""
        note = {"index": self._finished, "remedy": choice.remedy.value, "cause": cause, "why": choice.why}
        self._history.append(note | {"because": verdict.message})
        if choice.call is not None:
            self._emit("recovery", {**self._history[-1], "call": str(choice.call)})
            self._recover_by(choice.call, failure, present)
        elif choice.remedy is Remedy.RETRY and failure.call is not None:
            attempt = self._attempts[self._finished] + 1
            note = {"index": self._finished, "attempt": attempt, "skill": failure.call.skill, "cause": cause}
            self._emit("retry", note)
            self._grow(tuple(run.call for run in self._steps), present)
        else:
            self._replan(failure, present)

    def _recover_by(self, call: SkillCall, failure: Failure, present: Present) -> None:
        """Run a skill that is no step of the plan."""
        services, spec = self._services, self._services.skills[call.skill]
        index, number = self._finished, len(self._history)

        def emit(kind: str, fields: dict[str, Any]) -> None:
            self._emit(f"recovery_{kind.removeprefix('step_')}", fields)

        step = StepRun(complete(spec, call), spec, index, number, services.judge_for(spec), emit)
        self._recovering = _Recovering(step, failure)
        self._tree = build_recovery(step, present, services.client, services.execution)

    def _after_recovery(self, recovering: _Recovering, verdict: Verdict, present: Present) -> None:
        """Go on after a skill that was run to recover."""
        self._recovering = None
        step, failure = recovering.step, recovering.failure
        present.settle(step.call, step.spec, succeeded=False)
        if verdict.cause is Cause.CANCELLED and self._carry_out_revision(self._finished, present):
            return
        if present.withdrawn is not None or verdict.cause in NO_RECOVERY:
            self._give_up(failure, verdict)
        elif step.call.skill == LOOK_SKILL and not verdict.succeeded:
            message = f"{failure.verdict.message}; {verdict.message}"
            evidence = {**failure.verdict.evidence, **verdict.evidence}
            self._give_up(failure, replace(failure.verdict, message=message, evidence=evidence))
        elif self._plan.goals:
            self._replan(failure, present)
        else:
            self._grow(tuple(run.call for run in self._steps), present)

    def _replan(self, failure: Failure, present: Present) -> None:
        goals = self._goals_to_go() if failure.call is not None else self._goals_at_end()
        plan = self._services.planner.replan(self._plan, goals, present.evidence.scene, present.facts)
        verdict = failure.verdict
        if plan.refused or plan.question:
            reason = f"{verdict.message}, and there is no other way: {plan.refused or plan.question}"
            self._give_up(failure, replace(verdict, message=reason))
            return
        self._emit("replanned", {"index": self._finished, "plan": plan.to_json(), "because": verdict.message})
        self._adopt(plan, present)

    def _goals_at_end(self) -> tuple[Goal, ...]:
        """Return what must hold at the end as goals of their own, for when the end was reached and it does not."""
        return (Goal(tuple(sorted(standing(self._asked.goals))), "keep what was reached"),)

    def _stage_index(self) -> int:
        """Return the index of the stage that the present step belongs to."""
        done = self._finished - self._finished_before_plan
        return next((i for i, end in enumerate(self._stage_ends) if end > done), len(self._plan.goals) - 1)

    def _goals_to_go(self) -> tuple[Goal, ...]:
        stage = self._stage_index()
        begun = self._stage_ends[stage - 1] if stage else 0
        done = self._plan.steps[begun : self._finished - self._finished_before_plan]
        return remaining_goals(self._plan.goals, stage, done)

    # ------------------------------------------------------------------ ending

    def _give_up(self, failure: Failure, verdict: Verdict) -> None:
        """End the task with how it failed, where, how often, and what was tried against it."""
        present = self._present
        if present is None:
            return
        if present.withdrawn is None and failure.call is not None:
            place = f"step {self._finished + 1} of {self._finished + len(self._steps)}, {failure.call}"
            failures = self._recoveries.failures(failure)
            times = {0: "", 1: "", 2: " twice"}.get(failures, f" {failures} times")
            verdict = replace(verdict, message=f"{place}, failed{times}: {verdict.message}")
        if self._history:
            verdict = replace(verdict, evidence={**verdict.evidence, "recoveries": list(self._history)})
        self._end(present.now_s, verdict)

    def _confirmed(self, verdict: Verdict) -> Verdict:
        if self._asked.already_done and verdict.succeeded:
            return replace(verdict, message=self._asked.already_done)
        return verdict

    def _end(self, now_s: float, verdict: Verdict, advise: bool = True) -> None:
        self._verdict = with_advice(verdict) if advise else verdict
        fields = {"verdict": self._verdict.to_json(), "steps_done": self._finished}
        self._send(TaskEvent(now_s, "task_verdict", fields))

    def _emit(self, kind: str, fields: dict[str, Any]) -> None:
        self._send(TaskEvent(self._present.now_s if self._present else 0.0, kind, fields))

    def _status(self) -> TaskStatus:
        step = self._steps[0] if self._steps and self._verdict is None else None
        if self._recovering is not None and self._verdict is None:
            step = self._recovering.step
        if self._verdict is not None:
            phase = Phase.ENDED
        elif self._present is not None and self._present.withdrawn is not None:
            phase = Phase.CANCELLING
        elif self._recovering is not None:
            phase = Phase.RECOVERING
        else:
            phase = Phase.RUNNING if step else Phase.CONFIRMING
        return TaskStatus(
            phase,
            self._plan,
            self._finished,
            self._finished + len(self._steps),
            step.call if step else None,
            step.stage if step else "",
            step.progress if step else 0.0,
            step.message if step else "",
            self._verdict,
        )
