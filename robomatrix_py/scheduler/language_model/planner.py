"""The planner `openai`: a language model proposes, the grammar compares, the verifier decides."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from robomatrix_py.contracts.cause import Cause
from robomatrix_py.contracts.plan import Goal, Plan
from robomatrix_py.contracts.predicate import Atom
from robomatrix_py.contracts.scene import Scene
from robomatrix_py.contracts.skill import SkillSpec
from robomatrix_py.scheduler.config import PlannerConfig
from robomatrix_py.scheduler.feasibility import Candidate, Feasibility
from robomatrix_py.scheduler.language.problems import Problem
from robomatrix_py.scheduler.language.reader import Reading
from robomatrix_py.scheduler.language_model.answer_judge import AnswerJudge
from robomatrix_py.scheduler.language_model.answer_schema import answer_schema
from robomatrix_py.scheduler.language_model.chat import ChatClient, Message
from robomatrix_py.scheduler.language_model.endpoint import resolve_endpoint
from robomatrix_py.scheduler.language_model.examples import compose_examples
from robomatrix_py.scheduler.language_model.faults import ModelFault
from robomatrix_py.scheduler.language_model.object_ids import ObjectIds
from robomatrix_py.scheduler.language_model.prompt import Prompt
from robomatrix_py.scheduler.stages import stages_of
from robomatrix_py.scheduler.verifier import World

if TYPE_CHECKING:
    from robomatrix_py.scheduler.planner import SymbolicPlanner

# Of the budget, so much is left for what follows the last reply: verification, or planning without the model.
_OWN_SHARE = 0.05
_REPEATED_CHARS = 4000


class OpenAiPlanner:
    """Asks a language model for goals and steps, and believes neither.

    What the grammar reads for itself is the measure: the model's goals must be the same, or the person is asked. What
    the grammar refuses or asks about is not put to the model, unless it could not read the words at all or does not
    know a thing they name. Steps must pass the verifier and serve a goal, each of them. `plan` blocks up to the
    budget of the configuration; call it from a thread that may wait. Replanning in the middle of a task is symbolic:
    by then the goals are facts.

    Args:
        skills: All skills by name.
        resources: What the robot has to hold a lease on.
        config: Bounds, grants and the endpoint.
        symbolic: Reads for comparison, and plans where the model is not asked or gives no sound plan.
        feasibility: How likely plans are to succeed, or None: nothing is said of it.

    Raises:
        ConfigError: There is no endpoint or no model, or the key cannot be used.
    """

    name = "openai"

    def __init__(
        self,
        skills: Mapping[str, SkillSpec],
        resources: Collection[str],
        config: PlannerConfig,
        symbolic: SymbolicPlanner,
        feasibility: Feasibility | None = None,
    ) -> None:
        self._skills = skills
        self._resources = tuple(resources)
        self._config = config
        self._symbolic = symbolic
        self._feasibility = feasibility
        self._endpoint = resolve_endpoint(config.openai)
        examples = compose_examples(skills, resources, config)
        self._prompt = Prompt(skills, config.grants, examples, config.openai.perceived_text)

    def plan(self, instruction: str, scene: Scene, facts: frozenset[Atom]) -> Plan:
        """Return a plan, a question, a refusal, or that there is nothing to do."""
        budget_s = self._config.openai.budget_s
        deadline_s = time.monotonic() + budget_s * (1.0 - _OWN_SHARE)
        reading, problem = self._read(instruction, scene, facts)
        if self._is_settled(reading, problem, facts):
            plan = self._symbolic.plan(instruction, scene, facts)
            return replace(plan, notes=(*plan.notes, "the language model was not asked"))
        ids = ObjectIds(scene.objects)
        schema = answer_schema(self._skills, scene, self._config.grants, ids)
        client = ChatClient(self._endpoint, self._config.openai, schema, deadline_s)
        judge = AnswerJudge(
            Plan(instruction, planner=self.name),
            self._world(scene, facts),
            self._config,
            ids,
            reading or problem,
            lambda prefer: self._read(instruction, scene, facts, prefer)[0],
        )
        try:
            plan = self._converse(client, self._prompt.messages(instruction, scene, facts, ids), judge)
        except ModelFault as fault:
            plan = self._without_model(fault, instruction, scene, facts)
        if self._feasibility is not None and plan.steps and plan.planner == self.name:
            plan = self._feasibility.choose([Candidate(plan)], scene)
        return replace(plan, exchanges=client.exchanges)

    def replan(self, plan: Plan, goals: Sequence[Goal], scene: Scene, facts: frozenset[Atom]) -> Plan:
        """Return a plan for what is left of another, from the present facts on."""
        return self._symbolic.replan(plan, goals, scene, facts)

    def _read(
        self, instruction: str, scene: Scene, facts: frozenset[Atom], prefer: frozenset[str] = frozenset()
    ) -> tuple[Reading | None, Problem | None]:
        try:
            return self._symbolic.read(instruction, scene, facts, prefer), None
        except Problem as problem:
            return None, problem

    def _is_settled(self, reading: Reading | None, problem: Problem | None, facts: frozenset[Atom]) -> bool:
        """Return whether there is nothing for a model to plan."""
        if problem is not None:
            if problem.is_unread:
                return False
            return problem.is_question or problem.cause is not Cause.UNKNOWN_OBJECT
        goals = reading.goals if reading is not None else ()
        return all(stage.begins_over(facts) for stage in stages_of(goals))

    def _world(self, scene: Scene, facts: frozenset[Atom]) -> World:
        config = self._config
        return World(scene, facts, self._skills, self._resources, config.steps_max, config.grants)

    def _converse(self, client: ChatClient, messages: list[Message], judge: AnswerJudge) -> Plan:
        """Return the first answer that holds.

        Raises:
            ModelFault: None does within the rounds and the time there are.
        """
        reasons: tuple[str, ...] = ()
        for _ in range(self._config.openai.rounds_max):
            chat = client.ask(messages)
            began_s = time.monotonic()
            plan, reasons = judge.judge(chat)
            client.note(time.monotonic() - began_s, reasons)
            if plan is not None:
                return plan
            listed = "\n".join(f"- {reason}" for reason in reasons)
            messages = [
                *messages,
                {"role": "assistant", "content": chat.text[:_REPEATED_CHARS]},
                {"role": "user", "content": f"REJECTED\n{listed}\nAnswer again, whole."},
            ]
        raise ModelFault(
            f"no sound plan in {self._config.openai.rounds_max} answers; the last: {'; '.join(reasons)}",
            "MODEL_REJECTED",
            where=self._endpoint.base_url,
        )

    def _without_model(self, fault: ModelFault, instruction: str, scene: Scene, facts: frozenset[Atom]) -> Plan:
        if not self._config.openai.fallback:
            why = f"the language model gave no plan: {fault}"
            return Plan(instruction, refused=why, planner=self.name, cause=Cause.PLAN_INVALID.value)
        plan = self._symbolic.plan(instruction, scene, facts)
        note = f"planned by '{self._symbolic.name}', because the language model gave no plan: {fault}"
        return replace(plan, notes=(note, *plan.notes))
