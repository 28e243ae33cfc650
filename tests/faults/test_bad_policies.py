"""A policy that answers anything at all: what it asks for beyond the limits is caught, and the arm stands."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from fault_rig import run_skill, settings_with

from robomatrix_py.contracts.cause import Cause
from robomatrix_py.contracts.policy import AIM, PolicyChunk

pytestmark = pytest.mark.gl

_YAW, _OPENING, _SPEED = (AIM.index(name) for name in ("yaw_rad", "opening", "speed_share"))
GOES_WRONG_S = 0.5

Change = Callable[[PolicyChunk, float], PolicyChunk]


def aiming(change: Callable[[np.ndarray, float], None]) -> Change:
    """Return what changes the aims of a chunk in place, from a while after the start on."""

    def changed(chunk: PolicyChunk, since_s: float) -> PolicyChunk:
        aims = chunk.aims.copy()
        if since_s > GOES_WRONG_S:
            change(aims, since_s)
        return replace(chunk, aims=aims, progress=min(1.0, 0.1 * since_s), done=0.0)

    return changed


def not_a_number(aims: np.ndarray, _since_s: float) -> None:
    aims[7, 2] = math.nan


def endless(aims: np.ndarray, _since_s: float) -> None:
    aims[:, 0] = math.inf


def far_away(aims: np.ndarray, _since_s: float) -> None:
    aims[:, :3] = (1e6, -1e6, -1e6)
    aims[:, _SPEED] = 1.0


def spinning(aims: np.ndarray, _since_s: float) -> None:
    aims[:, _YAW] = -5e5
    aims[:, _OPENING] = 50.0
    aims[:, _SPEED] = 7.0


def leaping(aims: np.ndarray, since_s: float) -> None:
    side = 1.0 if int(10 * since_s) % 2 else -1.0
    aims[:, :3] = (0.5, 0.6 * side, 0.4 + 0.3 * side)
    aims[:, _YAW] = 1.5 * side
    aims[:, _OPENING] = side > 0
    aims[:, _SPEED] = 1.0


@pytest.mark.parametrize(
    ("change", "causes"),
    [
        (not_a_number, {Cause.INFERENCE_ERROR}),
        (endless, {Cause.INFERENCE_ERROR}),
        (far_away, {Cause.TIMEOUT, Cause.LIMIT}),
        (spinning, {Cause.TIMEOUT, Cause.LIMIT}),
        (leaping, {Cause.TIMEOUT, Cause.LIMIT}),
    ],
)
def test_whatever_a_policy_aims_at_no_command_leaves_the_limits(
    change: Callable[[np.ndarray, float], None], causes: set[Cause]
) -> None:
    trial = run_skill(settings_with(), deadline_s=1.7, change=aiming(change))
    assert trial.report.cause in causes, trial.report
    trial.require_safe()


def test_a_policy_whose_chunks_come_when_they_are_past_moves_nothing() -> None:
    trial = run_skill(settings_with("skills.learned.latency_s=1.8"))
    assert trial.report.cause is Cause.INFERENCE_LATE, trial.report
    assert {row[2] for row in trial.report.evidence["chunks"]["rows"]} <= {0}
    assert trial.ledger.moved_rad() < 1e-3


def test_a_policy_that_answers_with_no_rows_ends_the_skill_and_the_arm_stands() -> None:
    def empty(chunk: PolicyChunk, since_s: float) -> PolicyChunk:
        return chunk if since_s < GOES_WRONG_S else replace(chunk, aims=chunk.aims[:0])

    trial = run_skill(settings_with(), change=empty)
    assert trial.report.cause is Cause.INFERENCE_ERROR
    assert trial.took_s < GOES_WRONG_S + 0.5
    trial.require_safe()
