"""A question to the person before anything moves: it waits for an answer, and not for ever."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from robomatrix_py.contracts.plan import Plan
from robomatrix_py.scheduler.answers import answered
from robomatrix_py.scheduler.corrections.desk import CORRECTION, OFFERED
from robomatrix_py.scheduler.quoting import quote

QUESTION, ANSWER = "question", "answer"
"""Kinds of events."""
TOLD = (CORRECTION, OFFERED, QUESTION, ANSWER)
"""Kinds of events that the person who gave a task is told at once."""

_QUESTIONS_MAX = 3


class Dialogue:
    """Asks what a plan asks. Not a thread: the caller passes the time.

    Args:
        instruction: The person's words.
        wait_s: So long an answer is waited for; 0: nothing is asked.
    """

    def __init__(self, instruction: str, wait_s: float) -> None:
        self._said = instruction
        self._wait_s = wait_s
        self._asked: Plan | None = None
        self._until_s = 0.0
        self._left = _QUESTIONS_MAX
        self._meant: tuple[str, ...] = ()
        self._asked_before = Plan(instruction)
        self._question = ""

    @property
    def asked(self) -> Plan | None:
        """The plan whose question waits for an answer, or None."""
        return self._asked

    @property
    def wait_s(self) -> float:
        """How long an answer is waited for."""
        return self._wait_s

    def begin(self, plan: Plan, now_s: float) -> bool:
        """Ask, if there is a question and somebody may still answer; return whether it was asked."""
        if not plan.question or not self._wait_s or not self._left:
            return False
        self._left -= 1
        self._asked, self._until_s = plan, now_s + self._wait_s
        return True

    def is_over(self, now_s: float) -> bool:
        """Return whether an answer comes too late by now."""
        return now_s > self._until_s

    def close(self) -> None:
        """Ask no more."""
        self._asked, self._left = None, 0

    def take(self, text: str) -> None:
        """Take the answer; :meth:`plan` makes a plan of it."""
        asked, self._asked = self._asked, None
        if asked is not None:
            self._meant = answered(asked.instruction, asked.about, text)
            # What is asked once more is asked about the same words.
            self._asked_before, self._question = asked, self._question or asked.question

    def plan(self, make: Callable[[str], Plan]) -> Plan:
        """Return the plan for what was said, first or in answer.

        Args:
            make: Makes a plan for an instruction.
        """
        if not self._meant:
            return make(self._said)
        plans = []
        for words in self._meant:
            plan = make(words)
            if plan.steps or plan.already_done:
                return replace(plan, notes=(*plan.notes, f"took the answer to mean {quote(words)}"))
            plans.append(plan)
        asking = next((plan for plan in plans if plan.question), None)
        if asking is not None:
            return asking
        return replace(self._asked_before, question=f"{plans[0].refused}. Once more: {self._question}")
