"""One instruction from the first look at the scene to the verdict; the same over ROS and in lock-step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from robomatrix_py.contracts.cause import Cause
from robomatrix_py.contracts.errors import RobomatrixError
from robomatrix_py.contracts.execution import Evidence, SkillClient
from robomatrix_py.contracts.plan import Plan
from robomatrix_py.contracts.robot import RobotDescription
from robomatrix_py.contracts.skill import SkillSpec
from robomatrix_py.contracts.stop_words import asks_to_stop
from robomatrix_py.contracts.verdict import Verdict
from robomatrix_py.data.scene_record import scene_to_json
from robomatrix_py.runtime.dialogue import ANSWER, QUESTION, Dialogue
from robomatrix_py.runtime.planning import MakePlan, PendingPlan, PlanNow
from robomatrix_py.runtime.rehearsed import Rehearsed
from robomatrix_py.runtime.survey import CALL, Surveys
from robomatrix_py.scheduler.corrections.correction import Kind
from robomatrix_py.scheduler.corrections.desk import Answer, CorrectionDesk, CorrectionPort
from robomatrix_py.scheduler.corrections.memory import CorrectionMemory
from robomatrix_py.scheduler.corrections.parser import TEXT_MAX_CHARS, parse
from robomatrix_py.scheduler.facts import derive_facts
from robomatrix_py.scheduler.language.reader import Reader
from robomatrix_py.scheduler.memory import SceneMemory
from robomatrix_py.scheduler.planner import Planner, make_planner
from robomatrix_py.scheduler.practice import NO_PRACTICE, Practice
from robomatrix_py.scheduler.recovery import NO_RECOVERY
from robomatrix_py.scheduler.task import Phase, TaskEvent, TaskRunner, TaskServices, TaskStatus
from robomatrix_py.settings.settings import Settings
from robomatrix_py.skills.judge import EffectJudge, FactsJudge

# A first look is a few scenes long, so that an object that drops out of one of them is not called absent.
_LOOKS = 4
_LOOK_PATIENCE_S = 5.0


class SessionPhase(StrEnum):
    """What a task session is doing."""

    LOOKING = "looking"
    PLANNING = "planning"
    ASKING = "asking"
    EXECUTING = "executing"
    RECOVERING = "recovering"
    ENDED = "ended"


_PHASES = {Phase.RECOVERING: SessionPhase.RECOVERING}


@dataclass(frozen=True)
class SessionStatus:
    """How far a task session is.

    Args:
        phase: What it is doing.
        task: How far the plan is, once there is one.
        verdict: How it ended, or None while it goes on.
    """

    phase: SessionPhase
    task: TaskStatus | None
    verdict: Verdict | None

    @property
    def plan(self) -> Plan | None:
        """The plan, once there is one."""
        return self.task.plan if self.task else None


class TaskSession:
    """Looks, plans, and carries the plan out. Never blocks: call `tick` many times a second.

    Args:
        instruction: The person's words.
        settings: Planner and bounds.
        robot: The robot.
        skills: Every skill by name.
        client: Runs skills.
        memory: Knows what is out of sight.
        deadline_s: The task is ended and failed after this time.
        emit: Takes the events.
        start_planning: Where the plan is made; at once by default.
        practice: What was learnt from earlier runs.
        rehearsed: The plan to carry out, where it was rehearsed; None: a plan is made.
        corrections: Where a person's corrections go; without, there are none.
        remembered: What was corrected in earlier runs.

    Raises:
        ConfigError: There is no planner of that name.
    """

    def __init__(
        self,
        instruction: str,
        settings: Settings,
        robot: RobotDescription,
        skills: Mapping[str, SkillSpec],
        client: SkillClient,
        memory: SceneMemory,
        deadline_s: float,
        emit: Callable[[TaskEvent], None],
        start_planning: Callable[[MakePlan], PendingPlan] = PlanNow,
        practice: Practice = NO_PRACTICE,
        rehearsed: Rehearsed | None = None,
        corrections: CorrectionPort | None = None,
        remembered: CorrectionMemory | None = None,
    ) -> None:
        self._rehearsed = rehearsed
        self._settings = settings
        self._deadline_s = deadline_s
        self._send = emit
        self._desk: CorrectionDesk | None = None
        if corrections is not None:
            self._desk = CorrectionDesk(
                corrections,
                Reader(skills, settings.planning),
                settings.skills.corrections,
                settings.corrections,
                remembered or CorrectionMemory(),
                emit,
            )
        self._start_planning = start_planning
        self._pending: PendingPlan | None = None
        self._planner = make_planner(settings.planner, skills, robot.resources, settings.planning, practice)
        self._services = TaskServices(
            planner=self._planner,
            skills=skills,
            resources=robot.resources,
            client=client,
            judge_for=EffectJudge,
            goal_judge_for=FactsJudge,
            steps_max=settings.planning.steps_max,
            execution=settings.execution,
            facts=settings.facts,
            grants=settings.planning.grants,
        )
        self._memory = memory
        # Without corrections there is no way in which an answer could come.
        self._dialogue = Dialogue(instruction, settings.planning.question_s if self._desk is not None else 0.0)
        self._surveys = Surveys(robot, skills, client, settings.planning.grants)
        self._began_s: float | None = None
        self._look_began_s = 0.0
        self._scenes: set[float] = set()
        self._trouble = ""
        self._runner: TaskRunner | None = None
        self._status = SessionStatus(SessionPhase.LOOKING, None, None)

    @property
    def status(self) -> SessionStatus:
        """How far it is."""
        return self._status

    @property
    def question(self) -> str:
        """What waits for an answer, or empty."""
        return self._dialogue.asked.question if self._dialogue.asked is not None else ""

    def tick(self, now_s: float, evidence: Evidence | None) -> SessionStatus:
        """Take the newest readings and go on.

        Args:
            now_s: Monotonic time.
            evidence: Newest readings, or None while none have come.
        """
        if self._began_s is None:
            self._began_s = self._look_began_s = now_s
        if self._status.verdict is not None:
            return self._status
        if self._surveys.under_way:
            self._await_survey(now_s, evidence)
        elif self._dialogue.asked is not None:
            self._await_answer(now_s, self._dialogue.asked)
        elif self._runner is None and self._pending is None:
            self._look(now_s, self._look_began_s, evidence)
        if self._runner is None and self._pending is not None:
            self._await_plan(now_s, self._pending)
        if self._runner is not None and evidence is not None:
            task = self._runner.tick(now_s, evidence)
            phase = SessionPhase.ENDED if task.verdict else _PHASES.get(task.phase, SessionPhase.EXECUTING)
            self._status = SessionStatus(phase, task, task.verdict)
            if self._desk is not None:
                self._desk.watch(now_s, self._runner, task)
        return self._status

    def correct(self, text: str, source: str, now_s: float) -> Answer:
        """Carry out a person's correction, or refuse it with a reason; either way it is kept.

        Args:
            text: The person's words.
            source: Where they come from.
            now_s: Monotonic time.
        """
        if self._desk is None:
            return Answer(False, "", "corrections are not connected here")
        if self._dialogue.asked is not None and not asks_to_stop(text):
            return self._answer(text, source, now_s)
        return self._desk.take(text, source, now_s, self._runner, self._status.task)

    def _emit(self, event: TaskEvent) -> None:
        if self._desk is not None:
            self._desk.hear(event)
        self._send(event)

    def cancel(self, now_s: float) -> None:
        """Ask the task to end; a tick soon after gives the verdict."""
        if self._runner is not None:
            self._runner.cancel(now_s)
        elif self._surveys.under_way:
            self._surveys.cancel(now_s)
        elif self._status.verdict is None:
            self._dialogue.close()
            self._end(now_s, Verdict.failure(Cause.CANCELLED, "the task was cancelled before it began", "look"))

    def _look(self, now_s: float, began_s: float, evidence: Evidence | None) -> None:
        """Collect a few scenes, then have a plan made."""
        if evidence is not None and evidence.scene.received_s not in self._scenes:
            self._trouble = evidence.scene.trouble
            if not self._trouble:
                self._scenes.add(evidence.scene.received_s)
                self._memory.update(evidence)
        if evidence is not None and len(self._scenes) >= _LOOKS:
            remembered = self._memory.update(evidence)
            self._status = SessionStatus(SessionPhase.PLANNING, None, None)
            self._emit(TaskEvent(now_s, "scene", scene_to_json(remembered.scene)))
            self._pending = self._start_planning(lambda: self._plan(remembered))
        elif now_s - began_s > _LOOK_PATIENCE_S:
            message = f"perception and joint states gave {len(self._scenes)} looks within {_LOOK_PATIENCE_S:.0f} s"
            cause = Cause.CAMERA_FAULT if self._trouble else Cause.STALE_OBSERVATION
            self._end(now_s, Verdict.failure(cause, self._trouble or message, "look"))

    def _plan(self, remembered: Evidence) -> Plan:
        if self._rehearsed is not None:
            return self._rehearsed.for_scene(remembered.scene)
        return self._dialogue.plan(lambda words: make_plan(self._planner, words, remembered, self._settings))

    def _await_plan(self, now_s: float, pending: PendingPlan) -> None:
        try:
            plan = pending.poll()
        except RobomatrixError as error:
            self._end(now_s, Verdict.failure(Cause.PLAN_INVALID, str(error), "plan"))
            return
        if plan is None:
            return
        self._pending = None
        for exchange in plan.exchanges:
            self._emit(TaskEvent(now_s, "model_exchange", exchange.to_json()))
        left_s = self._deadline_s - (now_s - (self._began_s or now_s))
        if self._surveys.begin(plan, left_s, now_s):
            note = {"why": "look around for what is not known", "because": plan.refused, "call": str(CALL)}
            self._emit(TaskEvent(now_s, "recovery", {"index": 0, "remedy": "look", "cause": plan.cause, **note}))
            self._status = SessionStatus(SessionPhase.RECOVERING, None, None)
            return
        if self._dialogue.begin(plan, now_s):
            self._status = SessionStatus(SessionPhase.ASKING, None, None)
            said = {"question": plan.question, "wait_s": self._dialogue.wait_s}
            # Last: whoever hears it may answer at once.
            self._emit(TaskEvent(now_s, QUESTION, said))
            return
        self._begin(plan)

    def _begin(self, plan: Plan) -> None:
        self._runner = TaskRunner(self._surveys.told(plan), self._services, self._memory, self._deadline_s, self._emit)

    def _await_answer(self, now_s: float, asked: Plan) -> None:
        if not self._dialogue.is_over(now_s):
            return
        self._dialogue.close()
        unanswered = f"{asked.question} (no answer came within {self._dialogue.wait_s:g} s, and nothing was moved)"
        self._begin(replace(asked, question=unanswered))

    def _answer(self, text: str, source: str, now_s: float) -> Answer:
        """Take what a person says as the answer to the question that was asked."""
        asked, kind = self._dialogue.asked, parse(text).kind
        self._emit(TaskEvent(now_s, ANSWER, {"text": text[:TEXT_MAX_CHARS], "source": source}))
        if kind is Kind.CANCEL:
            self.cancel(now_s)
            return Answer(True, "end the task")
        if kind is Kind.DISAGREE and asked is not None:
            self._dialogue.close()
            self._begin(asked)
            return Answer(True, "no: the task ends")
        self._dialogue.take(text[:TEXT_MAX_CHARS])
        # Time has passed: what is planned for is seen anew.
        self._look_again(now_s)
        return Answer(True, "an answer to the question")

    def _look_again(self, now_s: float) -> None:
        self._scenes.clear()
        self._look_began_s = now_s
        self._status = SessionStatus(SessionPhase.LOOKING, None, None)

    def _await_survey(self, now_s: float, evidence: Evidence | None) -> None:
        """Remember what is seen on the way; look and plan again once the search has ended."""
        if evidence is not None:
            self._memory.update(evidence)
        progress = self._surveys.poll(now_s)
        if progress is None or progress.report is None:
            return
        if progress.report.cause in NO_RECOVERY:
            self._end(now_s, progress.report)
            return
        self._look_again(now_s)

    def _end(self, now_s: float, verdict: Verdict) -> None:
        self._emit(TaskEvent(now_s, "task_verdict", {"verdict": verdict.to_json(), "steps_done": 0}))
        self._status = SessionStatus(SessionPhase.ENDED, None, verdict)


def make_plan(planner: Planner, instruction: str, remembered: Evidence, settings: Settings) -> Plan:
    """Return a verified plan, a question or a refusal. Nothing moves.

    Args:
        planner: Who plans.
        instruction: The person's words.
        remembered: Newest readings with the remembered scene.
        settings: When a reading counts as a fact.
    """
    if remembered.scene.trouble:
        refused = f"no camera can see: {remembered.scene.trouble}"
        return Plan(instruction, refused=refused, planner=settings.planner, cause=Cause.CAMERA_FAULT)
    return planner.plan(instruction, remembered.scene, derive_facts(remembered, settings.facts))
