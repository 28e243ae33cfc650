"""Settings of the planner that asks a language model."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from robomatrix_py.contracts.ranges import require_ranges

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_RANGES: dict[str, tuple[float, float]] = {
    "budget_s": (0.1, 120.0),
    "connect_s": (0.05, 30.0),
    "retries_max": (0, 10),
    "rounds_max": (1, 10),
    "answer_max_bytes": (1024, 4 * 2**20),
    "answer_max_tokens": (64, 100_000),
    "temperature": (0.0, 2.0),
}


class Unread(StrEnum):
    """What becomes of a model's plan for a sentence that the grammar cannot read, and so cannot check."""

    RUN = "run"
    """It is carried out: it is verified, and the goal as the model understood it is told."""
    ASK = "ask"
    """Nothing moves; the goal as the model understood it is put as a question."""


@dataclass(frozen=True)
class OpenAiConfig:
    """Where the language model is and how patiently it is asked.

    The key itself is never a setting: settings are written into run folders.

    Args:
        base_url: Such as ``https://api.example.com/v1``; empty takes the environment's OPENAI_BASE_URL.
        model: Name of the model there; empty takes the environment's OPENAI_MODEL.
        key_env: Name of the environment variable that holds the key. Where it is not set, no key is sent.
        key_file: File that holds the key, readable by its owner alone; comes before `key_env`.
        plain_http: Whether a server on another machine may be asked without encryption.
        budget_s: Longest time for one planning call: connecting, retries, rounds and a server that hangs.
        connect_s: Longest time to connect.
        retries_max: So often one answer is asked for again after a fault that may pass.
        rounds_max: So many answers are looked at; a rejected plan goes back with the reasons.
        answer_max_bytes: A longer reply is refused.
        answer_max_tokens: The model is asked to write no more.
        temperature: Of sampling; 0 is the likeliest answer.
        perceived_text: Whether the model is told, as data, what was read and heard in the scene.
        unread: What becomes of plans for sentences that the grammar cannot check.
        fallback: Whether the planner `symbolic` takes over where the model gives no sound plan.
    """

    base_url: str = ""
    model: str = ""
    key_env: str = "OPENAI_API_KEY"
    key_file: str = ""
    plain_http: bool = False
    budget_s: float = 10.0
    connect_s: float = 3.0
    retries_max: int = 3
    rounds_max: int = 3
    answer_max_bytes: int = 262_144
    answer_max_tokens: int = 2048
    temperature: float = 0.0
    perceived_text: bool = False
    unread: Unread = Unread.RUN
    fallback: bool = True

    def __post_init__(self) -> None:
        """Check the ranges.

        Raises:
            ValueError: A setting is out of range.
        """
        require_ranges(self, _RANGES)
        if not _VARIABLE.fullmatch(self.key_env):
            # Not quoted: somebody may have put the key itself here.
            raise ValueError("key_env is not the name of an environment variable; permitted: A-Z, 0-9 and _")
