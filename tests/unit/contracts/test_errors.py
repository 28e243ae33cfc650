"""Every error of our own is one line: where, what, permitted, what to do, code."""

from __future__ import annotations

import copy
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robomatrix_py.contracts.errors import ConfigError, RobomatrixError, SafetyRefusal

FAMILIES = {
    "ConfigError": "CONFIG",
    "DeviceError": "DEVICE",
    "StaleDataError": "STALE",
    "SafetyRefusal": "SAFETY",
    "PlanError": "PLAN",
    "DataError": "DATA",
    "SecurityRefusal": "SECURITY",
    "EnvironmentFault": "ENVIRONMENT",
}


def test_the_tree_and_its_codes_are_stable() -> None:
    assert {kind.__name__: kind.family for kind in RobomatrixError.__subclasses__()} == FAMILIES
    assert SafetyRefusal("x", code="WORKSPACE").code == "SAFETY.WORKSPACE"
    assert SafetyRefusal("x").code == "SAFETY"


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (ConfigError("no"), "no [CONFIG]"),
        (ConfigError("no", where="file:3"), "file:3: no [CONFIG]"),
        (ConfigError("no", permitted=("a", "b")), "no; permitted: a, b [CONFIG]"),
        (ConfigError("no", permitted="0 to 1"), "no; permitted: 0 to 1 [CONFIG]"),
        (ConfigError("no", permitted=(letter for letter in "ab")), "no; permitted: a, b [CONFIG]"),
        (ConfigError("no", permitted=()), "no [CONFIG]"),
        (ConfigError("no", remedy="do this."), "no; do this [CONFIG]"),
        (
            ConfigError("no.", where="key", permitted=["a"], remedy="do this", code="RANGE"),
            "key: no; permitted: a; do this [CONFIG.RANGE]",
        ),
    ],
)
def test_the_message_has_its_parts_in_order(error: RobomatrixError, text: str) -> None:
    assert str(error) == text
    assert error.args == (text,)


TEXTS = st.text(max_size=20)


@given(TEXTS, TEXTS, st.lists(TEXTS, max_size=3), TEXTS)
def test_a_message_is_one_line_whatever_it_quotes(what: str, where: str, permitted: list[str], remedy: str) -> None:
    text = str(ConfigError(what, where=where, permitted=permitted, remedy=remedy))
    assert len(text.splitlines()) == 1
    assert text.isprintable(), "no control sequence reaches a terminal"
    assert text.endswith("[CONFIG]")


def test_an_error_survives_copying_and_the_way_between_processes() -> None:
    error = ConfigError("no", where="file:3", permitted=["a"], remedy="do this", code="RANGE")
    for twin in (copy.copy(error), pickle.loads(pickle.dumps(error))):  # noqa: S301  our own bytes
        assert str(twin) == str(error)
        assert (twin.code, twin.where, twin.permitted) == (error.code, error.where, error.permitted)
