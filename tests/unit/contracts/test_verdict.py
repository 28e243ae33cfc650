"""A verdict has a cause exactly when it is no success, and travels as JSON."""

from __future__ import annotations

import itertools
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robomatrix_py.contracts.cause import Cause
from robomatrix_py.contracts.verdict import Outcome, Verdict


@pytest.mark.parametrize(("outcome", "cause"), list(itertools.product(Outcome, [None, *Cause])))
def test_a_cause_stands_exactly_where_there_is_no_success(outcome: Outcome, cause: Cause | None) -> None:
    if (outcome is Outcome.SUCCEEDED) == (cause is None):
        assert Verdict(outcome, "", cause).succeeded is (outcome is Outcome.SUCCEEDED)
    else:
        with pytest.raises(ValueError, match="with cause"):
            Verdict(outcome, "", cause)


EVIDENCE = st.dictionaries(st.text(max_size=5), st.booleans() | st.integers() | st.text(max_size=5), max_size=3)


@given(st.sampled_from(Cause), st.text(), st.text(), EVIDENCE)
def test_the_json_form_says_everything(cause: Cause, message: str, stage: str, evidence: dict[str, object]) -> None:
    verdict = Verdict(Outcome.UNDECIDED, message, cause, stage, evidence)
    read = json.loads(json.dumps(verdict.to_json()))
    assert read == {
        "outcome": "undecided",
        "cause": cause.value,
        "stage": stage,
        "message": message,
        "evidence": evidence,
    }


def test_the_short_forms() -> None:
    assert Verdict.success("done", "plan", z_m=0.2).to_json() == {
        "outcome": "succeeded",
        "cause": None,
        "stage": "plan",
        "message": "done",
        "evidence": {"z_m": 0.2},
    }
    failed, open_ = (make(Cause.TIMEOUT, "late") for make in (Verdict.failure, Verdict.undecided))
    assert (failed.outcome, open_.outcome) == (Outcome.FAILED, Outcome.UNDECIDED)
    assert failed.cause is open_.cause is Cause.TIMEOUT
    assert not failed.succeeded
    assert not open_.succeeded


def test_the_cause_codes_are_those_of_the_design() -> None:
    """They are part of the interface: programs test for them."""
    codes = (
        "unknown_object",
        "precondition",
        "no_progress",
        "timeout",
        "verdict_failed",
        "limit",
        "stale_observation",
        "inference_late",
        "inference_error",
        "lease_lost",
        "driver_fault",
        "stopped",
        "cancelled",
        "plan_invalid",
        "camera_fault",
    )
    assert {cause.value for cause in Cause} == set(codes)
