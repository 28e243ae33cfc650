"""Settings out of range are refused."""

from __future__ import annotations

from dataclasses import fields

import pytest

from robomatrix_py.contracts.cause import Cause
from robomatrix_py.contracts.verdict import Verdict
from robomatrix_py.scheduler.advice import ADVICE, with_advice
from robomatrix_py.scheduler.config import ExecutionConfig, FactsConfig, MemoryConfig, PlannerConfig
from robomatrix_py.scheduler.quoting import plain, quote

CONFIGS = (ExecutionConfig, FactsConfig, MemoryConfig, PlannerConfig)
NUMBERS = [(c, f.name) for c in CONFIGS for f in fields(c) if isinstance(f.default, int | float)]


@pytest.mark.parametrize("config", CONFIGS)
def test_defaults_are_permitted(config: type) -> None:
    assert config() == config()


@pytest.mark.parametrize(("config", "key"), NUMBERS)
@pytest.mark.parametrize("value", [-1, 1e9, float("nan")])
def test_every_setting_has_bounds(config: type, key: str, value: float) -> None:
    with pytest.raises(ValueError, match=rf"{key} is .*; permitted: "):
        config(**{key: value})


def test_every_cause_has_advice() -> None:
    assert set(ADVICE) == set(Cause)
    for cause in Cause:
        assert with_advice(Verdict.failure(cause, "It broke.")).message == f"It broke; {ADVICE[cause]}"
    success = Verdict.success("done")
    assert with_advice(success) is success


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("red cube", "red cube"),
        ("a\nb", "a\\u000ab"),
        ("x" * 100, "x" * 57 + "..."),
        (None, "None"),
        ([1], "list"),
        (10**400, "a number beyond 10^18"),
    ],
)
def test_foreign_text_is_shown_on_one_short_line(value: object, text: str) -> None:
    assert plain(value) == text
    assert quote(value) == f"'{text}'"
