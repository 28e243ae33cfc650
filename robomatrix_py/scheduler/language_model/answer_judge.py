"""Decides what becomes of a language model's answer: a plan, a question, a refusal, or reasons to answer again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from robomatrix_py.contracts.cause import Cause
from robomatrix_py.contracts.plan import Goal, Plan
from robomatrix_py.contracts.predicate import MOMENTARY, Atom
from robomatrix_py.scheduler.config import PlannerConfig
from robomatrix_py.scheduler.language.problems import Problem
from robomatrix_py.scheduler.language.reader import Reading
from robomatrix_py.scheduler.language_model.answer import AnswerFault, ModelAnswer, read_answer
from robomatrix_py.scheduler.language_model.answer_schema import GOAL_FACTS
from robomatrix_py.scheduler.language_model.chat import ChatAnswer
from robomatrix_py.scheduler.language_model.config import Unread
from robomatrix_py.scheduler.language_model.object_ids import ObjectIds
from robomatrix_py.scheduler.necessity import needless_steps
from robomatrix_py.scheduler.quoting import plain
from robomatrix_py.scheduler.reasons import explain_steps, in_words
from robomatrix_py.scheduler.stages import stages_of, standing
from robomatrix_py.scheduler.verifier import World, verify

_REASONS_MAX = 5
_SENTENCE_CHARS = 300


class AnswerJudge:
    """Decides what becomes of the answers in one planning call.

    Args:
        empty: Plan without anything but the instruction and the planner.
        world: What plans are judged against.
        config: Bounds.
        ids: What the model calls the objects.
        read: What the grammar reads, or why it cannot.
        read_again: Reads once more, with the names of things to take where any one of several would do.
    """

    def __init__(
        self,
        empty: Plan,
        world: World,
        config: PlannerConfig,
        ids: ObjectIds,
        read: Reading | Problem | None,
        read_again: Callable[[frozenset[str]], Reading | None],
    ) -> None:
        self._empty = empty
        self._world = world
        self._config = config
        self._ids = ids
        self._reading = read if isinstance(read, Reading) else None
        self._problem = read if isinstance(read, Problem) else None
        self._read_again = read_again

    def judge(self, chat: ChatAnswer) -> tuple[Plan | None, tuple[str, ...]]:
        """Return what the answer leads to, or None and the reasons why the model has to answer again."""
        if chat.refusal:
            return self._refused(plain(" ".join(chat.refusal.split()), _SENTENCE_CHARS)), ()
        if chat.is_cut:
            return None, ("the answer was cut off because it is too long; be brief",)
        world = self._world
        try:
            answer = read_answer(chat.text, world.skills, world.scene, self._ids, self._config)
        except AnswerFault as fault:
            return None, (str(fault),)
        if answer.refusal:
            return self._refused(answer.refusal), ()
        if answer.question:
            question = f"the language model asks: {answer.question}"
            return replace(self._empty, question=question, cause=Cause.PLAN_INVALID.value), ()
        if not answer.goals:
            return None, ("the answer states no goal, asks nothing and refuses nothing",)
        return self._plan(answer)

    def _refused(self, why: str) -> Plan:
        refused = f"the language model refuses: {why}"
        return replace(self._empty, refused=refused, cause=Cause.PLAN_INVALID.value)

    def _plan(self, answer: ModelAnswer) -> tuple[Plan | None, tuple[str, ...]]:
        """Verify the steps against what the person wants, as the grammar reads it or else as the model does."""
        world, reading = self._world, self._reading_with(answer)
        if reading is not None and _differ(reading.goals, answer.goals, world.facts):
            return self._asked_which(reading, answer), ()
        if reading is not None:
            goals, forbidden, notes = reading.goals, reading.forbidden, reading.notes
        else:
            goals = tuple(Goal((atom,), in_words(atom)) for atom in answer.goals)
            forbidden = answer.forbidden
            notes = (f"the grammar cannot check this sentence; the language model reads it as: {_told(answer.goals)}",)
        asked = replace(self._empty, goals=goals, forbidden=forbidden, notes=notes)
        if all(stage.begins_over(world.facts) for stage in stages_of(goals)):
            return replace(asked, already_done=f"nothing to do: {_told(answer.goals)}"), ()
        rejections = verify(answer.steps, goals, world, forbidden) or needless_steps(answer.steps, goals, world)
        if rejections:
            return None, tuple(str(rejection) for rejection in rejections[:_REASONS_MAX])
        doubt = self._doubt(answer)
        if doubt:
            return replace(self._empty, question=doubt, cause=self._doubt_cause()), ()
        return replace(asked, steps=explain_steps(answer.steps, goals, world)), ()

    def _reading_with(self, answer: ModelAnswer) -> Reading | None:
        """Return what the grammar reads, with the model's choice where the person left one."""
        reading = self._reading
        if reading is None or not reading.choices:
            return reading
        named = frozenset(name for atom in answer.goals for name in atom.arguments)
        chosen = self._read_again(named)
        if chosen is None or chosen.goals == reading.goals:
            return reading
        notes = [note for note in reading.notes if note in chosen.notes]
        taken = " and ".join(plain(names[0]) for names in chosen.choices)
        return replace(chosen, notes=(*notes, f"the language model chose {taken} where several would do"))

    def _asked_which(self, reading: Reading, answer: ModelAnswer) -> Plan:
        ours = _told([atom for goal in reading.goals for atom in goal.atoms])
        question = (
            f"which is meant? The grammar reads it as: {ours}; the language model as: {_told(answer.goals)}. "
            "Say it in other words"
        )
        return replace(self._empty, question=question, cause=Cause.PLAN_INVALID.value)

    def _doubt(self, answer: ModelAnswer) -> str:
        """Return what the person is asked before a plan that the grammar cannot check is carried out, or nothing."""
        problem = self._problem
        if problem is None:
            return ""
        reading = f"the language model takes it as: {_told(answer.goals)}. If that is meant, say so in plain words"
        if not problem.is_unread:
            return f"{problem.message}; {reading}"
        return reading if self._config.openai.unread == Unread.ASK else ""

    def _doubt_cause(self) -> str:
        return (self._problem.cause if self._problem else Cause.PLAN_INVALID).value


def _told(atoms: Sequence[Atom]) -> str:
    return ", ".join(dict.fromkeys(in_words(atom) for atom in atoms))


def _differ(ours: Sequence[Goal], theirs: Sequence[Atom], facts: frozenset[Atom]) -> bool:
    """Return whether two readings of one instruction want different things.

    What is compared is what must hold at the end and what must have been done on the way. A fact that holds already
    makes no difference here: whether it is kept is for the verifier.
    """
    wanted = _wanted(ours)
    offered = _wanted([Goal((atom,)) for atom in theirs])
    return wanted - facts != offered - facts


def _wanted(goals: Sequence[Goal]) -> frozenset[Atom]:
    done = {atom for goal in goals for atom in goal.atoms if atom.predicate in MOMENTARY}
    return frozenset(atom for atom in standing(goals) | done if atom.predicate in GOAL_FACTS)
