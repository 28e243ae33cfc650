"""One request to a language model and what came back, as it is kept in the run folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Exchange:
    """One HTTP request to a language model. Headers, and with them the key, are no part of it.

    Args:
        round: Which answer of this planning call was asked for, from 1: every rejected plan begins a new round.
        attempt: Which request for that answer, from 1.
        endpoint: Base URL.
        model: Name of the model.
        started_s: Seconds since the planning call began.
        took_s: Seconds until the reply was complete or given up.
        messages: What was sent; empty where an attempt repeats the one before.
        response_format: How the form of the answer was asked for: ``json_schema``, ``json_object`` or ``none``.
        status: HTTP status, or 0 where none came.
        answer: What the model wrote.
        prompt_tokens: Tokens read, as the server counts, or None where it does not say.
        completion_tokens: Tokens written, as the server counts, or None where it does not say.
        judged_s: Seconds that reading, comparing and verifying the answer took.
        fault: What went wrong with the request, with its code, or empty.
        rejections: Why the plan in the answer was not taken; empty where it was, or where there is none.
    """

    round: int
    attempt: int
    endpoint: str
    model: str
    started_s: float
    took_s: float
    messages: tuple[Mapping[str, str], ...]
    response_format: str
    status: int = 0
    answer: str = ""
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    judged_s: float = 0.0
    fault: str = ""
    rejections: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the public JSON form."""
        return asdict(self)
