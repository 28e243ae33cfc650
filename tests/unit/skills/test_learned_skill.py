"""A learned skill follows its policy's chunks, and ends with a cause where that fails, is late, blind or stuck."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scripted_aim_policy import ScriptedAimPolicy
from skill_rig import settings_of, specs

from robomatrix_py.contracts.cause import Cause
from robomatrix_py.contracts.errors import ConfigError
from robomatrix_py.contracts.policy import AIM, CHUNK_DT_S, CHUNK_STEPS, Glance, Goal, PolicyChunk, SkillPolicy, goal_of
from robomatrix_py.contracts.predicate import Atom
from robomatrix_py.contracts.scene import Scene
from robomatrix_py.contracts.skill import SkillCall
from robomatrix_py.contracts.verdict import Verdict
from robomatrix_py.runtime.lockstep import LockstepRig
from robomatrix_py.runtime.lockstep_run import make_rig
from robomatrix_py.sim.oracle import really
from robomatrix_py.skills.chunks import ChunkFollower

GRASP = SkillCall("grasp", {"object": "red_cube"})


def learned_rig(policy: SkillPolicy, *overrides: str) -> LockstepRig:
    return make_rig(settings_of("seed=2", "skills.policy=learned", *overrides), policy)


def run(rig: LockstepRig, call: SkillCall = GRASP, deadline_s: float = 30.0) -> Verdict:
    rig.session.start(call, deadline_s, rig.now_s)
    while rig.session.busy:
        rig.tick()
    report = rig.session.progress.report
    assert report is not None
    return report


class Changed:
    """The rules of `ScriptedAimPolicy`, their chunks changed on the way."""

    def __init__(self, change: Callable[[PolicyChunk, float], PolicyChunk]) -> None:
        self.rules = ScriptedAimPolicy()
        self._change = change

    def start(self, goal: Goal) -> None:
        self.rules.start(goal)

    def act(self, glance: Glance) -> PolicyChunk:
        return self._change(self.rules.act(glance), glance.since_start_s)


def always(**fields: Any) -> Callable[[PolicyChunk, float], PolicyChunk]:
    return lambda chunk, _since_s: replace(chunk, **fields)


# What a policy makes the arm do


def test_grasping_by_chunks_holds_the_object_and_says_done() -> None:
    policy = ScriptedAimPolicy()
    rig = learned_rig(policy)
    report = run(rig)
    assert report.succeeded, report
    assert really(Atom.parse("held(red_cube)"), rig.world.snapshot())
    assert policy.goal.texts == ("red cube",)


def test_equal_seeds_give_bit_equal_runs() -> None:
    rigs = [learned_rig(ScriptedAimPolicy()) for _ in range(2)]
    reports = [run(rig) for rig in rigs]
    assert rigs[0].world.state_hash() == rigs[1].world.state_hash()
    assert reports[0] == reports[1]


def test_chunks_are_asked_for_at_their_rate_by_looks_that_come_more_often() -> None:
    policy = ScriptedAimPolicy()
    assert run(learned_rig(policy)).succeeded
    assert np.diff([glance.now_s for glance in policy.glances]) == pytest.approx(0.3, abs=1e-6)


def test_glances_come_with_the_arm_of_their_own_moment() -> None:
    policy = ScriptedAimPolicy()
    rig = learned_rig(policy, "skills.learned.rate_hz=10")
    run(rig)
    times = np.array([glance.now_s for glance in policy.glances])
    assert np.diff(times) == pytest.approx(0.1, abs=1e-6)
    assert policy.glances[0].since_start_s >= 0.0
    moved = np.array([glance.tool.commanded_xyz_m for glance in policy.glances])
    speed = np.array([np.linalg.norm(glance.tool.velocity_m_s) for glance in policy.glances])
    steps = np.linalg.norm(np.diff(moved, axis=0), axis=1)
    assert steps == pytest.approx(0.1 * (speed[1:] + speed[:-1]) / 2, abs=4e-3)


@pytest.mark.parametrize("latency_s", [0.1, 0.3])
def test_a_policy_that_thinks_long_still_grasps_and_its_past_rows_are_skipped(latency_s: float) -> None:
    rig = learned_rig(ScriptedAimPolicy(), f"skills.learned.latency_s={latency_s}")
    report = run(rig)
    assert report.succeeded, report
    columns = report.evidence["chunks"]["columns"]
    rows = [dict(zip(columns, row, strict=True)) for row in report.evidence["chunks"]["rows"]]
    delays = [row["received_s"] - row["observed_s"] for row in rows]
    assert delays == pytest.approx([latency_s] * len(rows), abs=0.011)
    assert {row["skipped"] for row in rows} <= {math.floor(latency_s / CHUNK_DT_S) + k for k in (0, 1)}
    assert sum(row["used"] for row in rows) >= len(rows) - 1


def test_aims_beyond_the_workspace_stay_within() -> None:
    def far(chunk: PolicyChunk, _since_s: float) -> PolicyChunk:
        aims = chunk.aims.copy()
        aims[:, :3] = [3.0, -3.0, -1.0]
        return replace(chunk, aims=aims, done=0.0)

    rig = learned_rig(Changed(far))
    report = run(rig, deadline_s=4.0)
    assert report.cause is Cause.TIMEOUT, report
    assert rig.gate.status.chunks_refused == 0
    low = rig.robot.workspace.tool_box_in_base.center_m - rig.robot.workspace.tool_box_in_base.half_extents_m
    assert rig.tool_pose().position_m[2] > low[2] - 1e-3


def test_aims_into_the_pedestal_are_led_around_its_side() -> None:
    def inwards(chunk: PolicyChunk, _since_s: float) -> PolicyChunk:
        aims = chunk.aims.copy()
        aims[:, :3] = [0.10, 0.0, 0.30]
        return replace(chunk, aims=aims, done=0.0)

    rig = learned_rig(Changed(inwards))
    assert run(rig, deadline_s=3.0).cause is Cause.TIMEOUT
    assert rig.gate.status.chunks_refused == 0
    assert rig.tool_pose().position_m[0] > 0.15


# Why a learned skill fails


def test_an_object_that_is_never_seen_is_said_to_be_unknown_and_nothing_moves() -> None:
    rig = learned_rig(ScriptedAimPolicy())
    before_m = rig.tool_pose().position_m
    report = run(rig, SkillCall("grasp", {"object": "purple_elephant"}))
    assert report.cause is Cause.UNKNOWN_OBJECT
    assert "purple elephant" in report.message
    assert rig.tool_pose().position_m == pytest.approx(before_m, abs=1e-3)


def test_an_object_that_leaves_the_view_ends_the_skill() -> None:
    hover: list[np.ndarray] = []

    def lose(chunk: PolicyChunk, since_s: float) -> PolicyChunk:
        hover.append(chunk.aims)
        return replace(chunk, aims=hover[0], seen=float(since_s < 0.5), progress=min(1.0, 0.1 * since_s), done=0.0)

    report = run(learned_rig(Changed(lose)))
    assert report.cause is Cause.UNKNOWN_OBJECT
    assert "red cube has been out of sight for 3" in report.message
    # Furniture that the hand hides is still there.
    hover.clear()
    rig = learned_rig(Changed(lose))
    assert run(rig, SkillCall("move_to", {"target": "bin"}), deadline_s=6.0).cause is Cause.TIMEOUT


def test_words_that_the_encoder_was_never_taught_name_nothing() -> None:
    class Untaught(ScriptedAimPolicy):
        def start(self, goal: Goal) -> None:  # noqa: ARG002
            raise ConfigError("'elephant' was never taught", where="text")

    report = run(learned_rig(Untaught()))
    assert report.cause is Cause.UNKNOWN_OBJECT
    assert "elephant" in report.message


@pytest.mark.parametrize("number", [math.nan, math.inf])
@pytest.mark.parametrize("field", ["aims", "progress", "done", "seen"])
def test_numbers_that_are_not_finite_end_the_skill(field: str, number: float) -> None:
    def spoil(chunk: PolicyChunk, since_s: float) -> PolicyChunk:
        if since_s < 0.5:
            return chunk
        aims = chunk.aims.copy()
        aims[7, 2] = number
        return replace(chunk, **{field: aims if field == "aims" else number})

    rig = learned_rig(Changed(spoil))
    report = run(rig)
    assert report.cause is Cause.INFERENCE_ERROR
    assert "not finite" in report.message
    assert rig.gate.status.chunks_refused == 0


def test_aims_of_another_shape_end_the_skill() -> None:
    report = run(learned_rig(Changed(always(aims=np.zeros((CHUNK_STEPS, 7))))))
    assert report.cause is Cause.INFERENCE_ERROR
    assert "(16, 7)" in report.message


def test_a_policy_that_breaks_ends_the_skill_with_its_words() -> None:
    class Broken(ScriptedAimPolicy):
        def act(self, glance: Glance) -> PolicyChunk:  # noqa: ARG002
            raise RuntimeError("the graph cannot be run\nfor reasons")

    report = run(learned_rig(Broken()))
    assert report.cause is Cause.INFERENCE_ERROR
    assert "the graph cannot be run" in report.message
    assert "\n" not in report.message


def test_a_policy_that_stays_where_it_is_is_stuck() -> None:
    rig = learned_rig(Changed(always(progress=0.3, done=0.0)))
    report = run(rig)
    assert report.cause is Cause.NO_PROGRESS
    assert "at 30 %" in report.message


def test_progress_that_falls_back_may_begin_anew_but_not_for_ever() -> None:
    def wavering(chunk: PolicyChunk, since_s: float) -> PolicyChunk:
        return replace(chunk, progress=0.6 if since_s % 4.0 < 2.0 else 0.2, done=0.0)

    rig = learned_rig(Changed(wavering))
    began_s = rig.now_s
    report = run(rig, deadline_s=60.0)
    assert report.cause is Cause.NO_PROGRESS
    assert 20.0 < rig.now_s - began_s < 40.0


def test_a_policy_that_never_answers_is_late() -> None:
    report = run(learned_rig(ScriptedAimPolicy(), "skills.learned.latency_s=4.0"))
    assert report.cause is Cause.INFERENCE_LATE
    assert "no chunk" in report.message


class Blind:
    """A perception source whose cameras have gone."""

    def update(self, now_s: float) -> Scene | None:  # noqa: ARG002
        return None


def test_without_pictures_the_skill_ends_as_stale() -> None:
    rig = learned_rig(ScriptedAimPolicy())
    rig.session.start(GRASP, 30.0, rig.now_s)
    began_s = rig.now_s
    while rig.session.busy:
        rig.tick()
        if rig.now_s - began_s > 1.0:
            rig.scenes = Blind()
    report = rig.session.progress.report
    assert report is not None
    assert report.cause is Cause.STALE_OBSERVATION
    assert rig.now_s - began_s < 3.0


def test_without_a_policy_no_learned_skill_starts() -> None:
    rig = make_rig(settings_of("seed=2"))
    rig.runner.serve_by("learned")
    report = run(rig)
    assert report.cause is Cause.PLAN_INVALID
    assert "no learned policy" in report.message


# Which aim is due


def chunk_at(observed_s: float, aims: np.ndarray) -> PolicyChunk:
    return PolicyChunk(observed_s, aims, 0.0, 0.0, 1.0)


def rising(offset: float = 0.0) -> np.ndarray:
    """Aims whose x is the number of the row."""
    aims = np.zeros((CHUNK_STEPS, len(AIM)))
    aims[:, 0] = np.arange(CHUNK_STEPS) + offset
    return aims


def x_at(follower: ChunkFollower, now_s: float) -> float:
    aim = follower.aim(now_s)
    assert aim is not None
    return float(aim[0])


def test_the_aim_due_is_the_one_of_the_clock_and_not_of_the_arrival() -> None:
    follower = ChunkFollower(0.06)
    assert follower.aim(10.0) is None
    assert follower.take(chunk_at(10.0, rising()), 10.25)
    assert x_at(follower, 10.25) == pytest.approx(2.5)
    assert x_at(follower, 10.40) == pytest.approx(4.0)
    assert follower.ledger[0].skipped == 2
    assert follower.ledger[0].used == 2


def test_after_the_last_row_that_row_holds() -> None:
    follower = ChunkFollower(0.06)
    follower.take(chunk_at(10.0, rising()), 10.0)
    assert x_at(follower, 14.0) == pytest.approx(15.0)


def test_a_new_chunk_takes_over_without_a_leap() -> None:
    follower = ChunkFollower(0.06)
    follower.take(chunk_at(10.0, rising()), 10.0)
    follower.aim(10.1)
    follower.take(chunk_at(10.1, rising(5.0)), 10.1)
    assert x_at(follower, 10.1) == pytest.approx(1.0)
    assert x_at(follower, 10.13) == pytest.approx((1.3 + 5.3) / 2)
    assert x_at(follower, 10.16) == pytest.approx(5.6)


def test_turns_that_differ_by_half_a_turn_are_blended_as_equal() -> None:
    follower = ChunkFollower(0.1)
    first, second = rising(), rising()
    second[:, 3] = math.pi
    follower.take(chunk_at(10.0, first), 10.0)
    follower.take(chunk_at(10.1, second), 10.1)
    aim = follower.aim(10.15)
    assert aim is not None
    assert aim[3] == pytest.approx(math.pi)


def test_a_chunk_that_was_overtaken_on_the_way_is_skipped_whole() -> None:
    follower = ChunkFollower(0.06)
    follower.take(chunk_at(10.2, rising()), 10.21)
    assert not follower.take(chunk_at(10.1, rising(100.0)), 10.22)
    assert x_at(follower, 10.3) == pytest.approx(1.0)
    assert follower.ledger[1].skipped == CHUNK_STEPS
    assert follower.ledger[1].used == 0


def test_a_chunk_whose_rows_are_all_past_is_skipped_whole() -> None:
    follower = ChunkFollower(0.06)
    assert not follower.take(chunk_at(10.0, rising()), 10.0 + CHUNK_STEPS * CHUNK_DT_S)
    assert follower.aim(12.0) is None


# What is asked for


@pytest.mark.parametrize(
    ("call", "goal", "names"),
    [
        (GRASP, Goal("grasp", ("red cube",)), ("red_cube",)),
        (
            SkillCall("release", {"object": "blue_can_2", "target": "bin"}),
            Goal("release", ("blue can", "bin")),
            ("blue_can_2", "bin"),
        ),
        (
            SkillCall("push", {"object": "red_cube", "direction": "left"}),
            Goal("push", ("red cube",), "left", 0.06),
            ("red_cube",),
        ),
        (SkillCall("press", {"button": "button"}), Goal("press", ("button",)), ("button",)),
    ],
)
def test_a_call_becomes_a_goal_in_words(call: SkillCall, goal: Goal, names: tuple[str, ...]) -> None:
    found, found_names = goal_of(specs()[call.skill], call)
    assert vars(found) == vars(goal)
    assert found_names == names
