"""Why an instruction is not carried out: a question or a refusal, each one line."""

from __future__ import annotations

from robomatrix_py.contracts.cause import Cause


class Problem(Exception):
    """Ends the reading of an instruction.

    Args:
        message: What, which word, what to do.
        is_question: Whether the person is asked something, rather than refused.
        cause: Cause code.
        is_misfit: The things named do not suit the words, so that a question from another reading is better.
        is_unread: The words were not understood at all: a language model may understand them.
        about: Which words of the instruction a question is about, where it is about some.
    """

    def __init__(
        self,
        message: str,
        is_question: bool = False,
        cause: Cause = Cause.PLAN_INVALID,
        is_misfit: bool = False,
        is_unread: bool = False,
        about: str = "",
    ) -> None:
        super().__init__(message)
        self.message = message
        self.is_question = is_question
        self.cause = cause
        self.is_misfit = is_misfit
        self.is_unread = is_unread
        self.about = about


def ask(message: str, about: str = "") -> Problem:
    """Return a question, with the words of the instruction that it is about."""
    return Problem(message, is_question=True, about=about)


def refuse(message: str) -> Problem:
    """Return a refusal."""
    return Problem(message)


def unread(message: str) -> Problem:
    """Return a refusal because the words were not understood at all."""
    return Problem(message, is_unread=True)


def unread_verb(message: str, about: str) -> Problem:
    """Return a question because only the verb was not understood: a language model may know it."""
    return Problem(message, is_question=True, is_unread=True, about=about)


def unsuited(message: str) -> Problem:
    """Return a refusal because a thing cannot fill its role."""
    return Problem(message, is_misfit=True)


def not_seen(message: str) -> Problem:
    """Return a refusal because a thing is not there."""
    return Problem(message, cause=Cause.UNKNOWN_OBJECT)
