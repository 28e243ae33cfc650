"""Every scripted skill in the simulated world: undisturbed, and with somebody who meddles."""

from __future__ import annotations

import numpy as np
import pytest
from skill_rig import Bench, Trial, always_at_stage, at_stage, put

from robomatrix_py.contracts.cause import Cause
from robomatrix_py.contracts.skill import SkillCall
from robomatrix_py.contracts.verdict import Outcome
from robomatrix_py.runtime.lockstep import LockstepRig

NO_NOISE = ("perception.sensor.noise=0", "perception.yaw_noise_rad=0")


def assert_done(trial: Trial) -> None:
    assert trial.report.succeeded, trial.report
    assert trial.verdict.succeeded, trial.verdict


def assert_failed(trial: Trial, cause: Cause, *words: str) -> None:
    assert trial.report.outcome is Outcome.FAILED, trial.report
    assert trial.report.cause is cause, trial.report
    for word in words:
        assert word in trial.report.message
    assert "\n" not in trial.report.message
    assert not trial.verdict.succeeded, trial.verdict


# Undisturbed


@pytest.mark.parametrize("target", ["bin", "red_cube", "button", "tray"])
def test_move_to_ends_above_the_target(target: str) -> None:
    bench = Bench()
    assert_done(bench.run("move_to", target=target))
    tool_m = np.array(bench.rig.world.snapshot()["bodies"]["tool"]["position_m"])
    assert np.linalg.norm(tool_m[:2] - bench.true_position_m(target)[:2]) < 0.01
    assert tool_m[2] > bench.true_position_m(target)[2] + 0.08


@pytest.mark.parametrize("name", ["red_cube", "green_ball", "blue_can"])
def test_grasp_position_over_release_put_each_shape_into_the_bin(name: str) -> None:
    bench = Bench()
    assert_done(bench.run("grasp", object=name))
    assert bench.really(f"held({name})")
    assert_done(bench.run("position_over", object=name, target="bin"))
    assert bench.really(f"held({name})")
    assert_done(bench.run("release", object=name, target="bin"))
    assert bench.really(f"in({name}, bin)")


def test_open_put_in_and_close_the_drawer() -> None:
    bench = Bench()
    assert_done(bench.run("open_drawer", drawer="drawer"))
    assert bench.really("open(drawer)")
    for skill in ("grasp", "position_over", "release"):
        arguments = {"object": "blue_can"} | ({"target": "drawer"} if skill != "grasp" else {})
        assert_done(bench.run(skill, **arguments))
    assert_done(bench.run("close_drawer", drawer="drawer"))
    assert bench.really("closed(drawer)")
    assert bench.really("in(blue_can, drawer)")


@pytest.mark.parametrize(("direction", "axis"), [("left", (0, 1)), ("backward", (-1, 0))])
def test_push_moves_the_object_that_far_that_way(direction: str, axis: tuple[int, int]) -> None:
    bench = Bench("scene.extra_min=0", "scene.extra_max=0")
    put(bench.rig, "red_cube", (0.48, 0.0, 0.025))
    bench.look(4)
    before_m = bench.true_position_m("red_cube")
    assert_done(bench.run("push", object="red_cube", direction=direction, distance_m=0.08))
    moved_m = (bench.true_position_m("red_cube") - before_m)[:2]
    assert 0.06 < moved_m @ np.array(axis) < 0.12
    assert abs(moved_m @ np.array(axis[::-1])) < 0.03


def test_press_lights_the_lamp_and_pressing_again_puts_it_out() -> None:
    bench = Bench()
    for lit in (1.0, 0.0):
        assert_done(bench.run("press", button="button"))
        assert bench.rig.world.snapshot()["joints"]["button.lit"] == lit


# Somebody meddles


def test_grasp_follows_an_object_that_is_moved_while_approaching() -> None:
    bench = Bench()
    put_m = bench.true_position_m("red_cube") + np.array([-0.05, -0.03, 0.0])
    trial = bench.run("grasp", at_stage("approach", lambda rig: put(rig, "red_cube", put_m), 1.0), object="red_cube")
    assert_done(trial)
    assert "attempt 1" in trial.report.message
    assert bench.really("held(red_cube)")


def test_grasp_tries_once_more_after_closing_on_nothing() -> None:
    bench = Bench()
    put_m = bench.true_position_m("red_cube") + np.array([-0.06, -0.02, 0.0])
    trial = bench.run("grasp", at_stage("close", lambda rig: put(rig, "red_cube", put_m)), object="red_cube")
    assert_done(trial)
    assert "attempt 2" in trial.report.message
    assert bench.really("held(red_cube)")


def test_grasp_gives_up_when_the_object_is_snatched_away_twice() -> None:
    bench = Bench("scene.extra_min=0", "scene.extra_max=0")
    places = [np.array([0.40, 0.02, 0.024]), np.array([0.50, 0.02, 0.024])]
    trial = bench.run(
        "grasp", always_at_stage("close", lambda rig: put(rig, "red_cube", places.pop())), object="red_cube"
    )
    assert not places
    assert_failed(trial, Cause.NO_PROGRESS, "red_cube", "2 times")


def test_grasp_notices_an_object_that_slips_out_while_lifting_and_takes_it_again() -> None:
    bench = Bench()
    start_m = bench.true_position_m("red_cube")
    trial = bench.run("grasp", at_stage("lift", lambda rig: put(rig, "red_cube", start_m), 0.4), object="red_cube")
    assert_done(trial)
    assert "attempt 2" in trial.report.message


def hide(rig: LockstepRig, name: str) -> None:
    put(rig, name, (-0.6, 0.0, 0.03))


def test_grasp_of_an_object_taken_out_of_sight_says_that_it_is_gone() -> None:
    bench = Bench("skills.unseen_max_s=0.6")
    trial = bench.run("grasp", at_stage("approach", lambda rig: hide(rig, "red_cube"), 0.3), object="red_cube")
    assert_failed(trial, Cause.UNKNOWN_OBJECT, "red_cube", "out of sight")


def test_grasp_of_an_object_moved_out_of_reach_fails_with_limit() -> None:
    bench = Bench()
    trial = bench.run(
        "grasp", at_stage("approach", lambda rig: put(rig, "red_cube", (0.88, 0.25, 0.024)), 0.5), object="red_cube"
    )
    assert_failed(trial, Cause.LIMIT)


@pytest.mark.parametrize(("stage", "after_s"), [("lift", 0.2), ("carry", 0.4)])
def test_position_over_notices_an_object_dropped_while_carried(stage: str, after_s: float) -> None:
    bench = Bench()
    start_m = bench.true_position_m("red_cube")
    assert_done(bench.run("grasp", object="red_cube"))
    trial = bench.run(
        "position_over",
        at_stage(stage, lambda rig: put(rig, "red_cube", start_m), after_s),
        object="red_cube",
        target="bin",
    )
    assert_failed(trial, Cause.NO_PROGRESS, "red_cube", "slipped")
    assert trial.took_s < 3.0, "it went on to the target without the object"


def test_release_notices_an_object_dropped_while_lowered() -> None:
    bench = Bench()
    start_m = bench.true_position_m("red_cube")
    assert_done(bench.run("grasp", object="red_cube"))
    assert_done(bench.run("position_over", object="red_cube", target="bin"))
    trial = bench.run(
        "release",
        at_stage("lower", lambda rig: put(rig, "red_cube", start_m), 0.2),
        object="red_cube",
        target="bin",
    )
    assert_failed(trial, Cause.NO_PROGRESS, "red_cube", "slipped")


def test_object_taken_out_of_the_bin_after_release_is_no_success() -> None:
    bench = Bench()
    start_m = bench.true_position_m("red_cube")
    assert_done(bench.run("grasp", object="red_cube"))
    assert_done(bench.run("position_over", object="red_cube", target="bin"))
    trial = bench.run(
        "release",
        at_stage("retreat", lambda rig: put(rig, "red_cube", start_m), 0.3),
        object="red_cube",
        target="bin",
    )
    assert trial.verdict.cause is Cause.VERDICT_FAILED
    assert "not in or on bin" in trial.verdict.message


def shut(rig: LockstepRig) -> None:
    rig.world.data.joint("drawer_joint").qpos[0] = 0.0


def test_open_drawer_takes_a_slipped_handle_again() -> None:
    bench = Bench()
    trial = bench.run("open_drawer", at_stage("pull", shut, 0.8), drawer="drawer")
    assert_done(trial)
    assert trial.stages.count("pull") == 2
    assert bench.really("open(drawer)")


def test_open_drawer_gives_up_when_the_drawer_is_stuck() -> None:
    bench = Bench()
    bench.rig.world.model.dof_damping[bench.rig.world.model.joint("drawer_joint").dofadr[0]] = 1e5
    assert_failed(bench.run("open_drawer", drawer="drawer"), Cause.NO_PROGRESS, "drawer", "2 times")


def test_close_drawer_tells_that_something_is_in_the_way() -> None:
    bench = Bench("scene.drawer_open_m=0.15")
    model = bench.rig.world.model
    # Something jams the drawer half open.
    model.joint("drawer_joint").range[0] = 0.06
    assert_failed(bench.run("close_drawer", drawer="drawer"), Cause.NO_PROGRESS, "mm open", "in its way")
    assert not bench.rig.gate.latched


def test_press_of_a_button_that_is_jammed_down_says_so() -> None:
    bench = Bench()
    model = bench.rig.world.model
    model.qpos_spring[model.joint("button_joint").qposadr[0]] = 0.03
    bench.look(10)
    trial = bench.run("press", button="button")
    assert_failed(trial, Cause.NO_PROGRESS, "lamp did not change")


def test_push_of_an_object_that_is_snatched_away_does_not_claim_success() -> None:
    bench = Bench("scene.extra_min=0", "scene.extra_max=0")
    put(bench.rig, "red_cube", (0.45, 0.0, 0.024))
    bench.look(4)
    trial = bench.run(
        "push",
        at_stage("push", lambda rig: put(rig, "red_cube", (0.45, -0.2, 0.024)), 0.3),
        object="red_cube",
        direction="left",
    )
    assert_failed(trial, Cause.NO_PROGRESS, "red_cube", "got away")


# Refused before anything moves


def standing_still(bench: Bench) -> np.ndarray:
    return np.array(list(bench.rig.world.joint_positions().values()))[:6]


@pytest.mark.parametrize(
    ("skill", "arguments", "cause", "word"),
    [
        ("grasp", {"object": "golden_goose"}, Cause.UNKNOWN_OBJECT, "red_cube"),
        ("grasp", {"object": "bin"}, Cause.LIMIT, "mm wide"),
        ("position_over", {"object": "red_cube", "target": "bin"}, Cause.PRECONDITION, "holds nothing"),
        ("release", {"object": "red_cube", "target": "bin"}, Cause.PRECONDITION, "holds nothing"),
        ("push", {"object": "red_cube", "direction": "forward", "distance_m": 0.9}, Cause.LIMIT, "out of reach"),
        ("move_to", {"target": "nowhere"}, Cause.UNKNOWN_OBJECT, "nowhere"),
    ],
)
def test_impossible_call_fails_at_once_without_motion(
    skill: str, arguments: dict[str, str | float], cause: Cause, word: str
) -> None:
    bench = Bench(*NO_NOISE)
    before = standing_still(bench)
    trial = bench.run(skill, **arguments)
    assert_failed(trial, cause, word)
    assert trial.took_s < 0.1
    assert np.abs(standing_still(bench) - before).max() < 2e-3


@pytest.mark.parametrize(
    ("call", "cause", "word"),
    [
        (SkillCall("push", {"object": "red_cube", "direction": "up"}), Cause.PRECONDITION, "left"),
        (SkillCall("move_to"), Cause.PLAN_INVALID, "target"),
        (SkillCall("move_to", {"target": "bin", "speed": 9.0}), Cause.PLAN_INVALID, "speed"),
        (SkillCall("juggle", {"object": "red_cube"}), Cause.PLAN_INVALID, "grasp"),
    ],
    ids=str,
)
def test_call_that_fits_no_skill_is_refused_with_what_is_permitted(call: SkillCall, cause: Cause, word: str) -> None:
    bench = Bench()
    bench.execute(call)
    assert bench.report.cause is cause
    assert word in bench.report.message
    assert bench.rig.gate.status.holder == ""


def test_push_of_an_object_in_a_container_is_refused() -> None:
    bench = Bench()
    bin_m = bench.true_position_m("bin")
    put(bench.rig, "red_cube", bin_m)
    bench.look(10)
    assert_failed(
        bench.run("push", object="red_cube", direction="left"), Cause.PRECONDITION, "lies in bin", "take it out"
    )


def test_grasp_of_an_object_walled_in_by_others_is_refused() -> None:
    bench = Bench("scene.extra_min=5", "scene.extra_max=5")
    spot = np.array([0.42, -0.08])
    around = [(0.052, 0.0), (-0.052, 0.0), (0.0, 0.052), (0.0, -0.052)]
    names = [name for name in bench.rig.world.object_names if name != "red_cube"]
    put(bench.rig, "red_cube", (*spot, 0.024))
    for name, offset in zip(names, around, strict=False):
        height_m = float(bench.rig.scene.objects[name].size_m[2]) / 2
        put(bench.rig, name, (*(spot + offset), height_m + 0.001))
    bench.look(12)
    assert_failed(bench.run("grasp", object="red_cube"), Cause.PRECONDITION, "no room for the fingers")


# Ended from outside


def test_silent_perception_ends_the_skill_as_stale(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench()

    def go_blind(rig: LockstepRig) -> None:
        monkeypatch.setattr(rig.scenes, "update", lambda _now_s: None)

    began_s = bench.rig.now_s
    bench.execute(SkillCall("grasp", {"object": "red_cube"}), at_stage("approach", go_blind, 0.3))
    assert bench.report.cause is Cause.STALE_OBSERVATION
    assert "perception" in bench.report.message
    assert bench.rig.now_s - began_s < 2.0


def test_skill_that_is_not_done_in_time_ends_with_timeout() -> None:
    bench = Bench()
    trial = bench.run("grasp", deadline_s=1.0, object="red_cube")
    assert_failed(trial, Cause.TIMEOUT, "1 s")
    assert trial.took_s == pytest.approx(1.0, abs=0.1)


def test_cancelled_skill_brakes_and_the_next_one_gets_the_lease() -> None:
    bench = Bench()
    trial = bench.run("move_to", at_stage("approach", lambda rig: rig.session.cancel(), 0.6), target="bin")
    assert_failed(trial, Cause.CANCELLED)
    assert np.abs(list(bench.rig.world.joint_velocities().values())).max() < 0.02
    assert_done(bench.run("move_to", target="bin"))


def test_protective_stop_ends_the_skill_and_the_arm_stands() -> None:
    bench = Bench()

    def stop(rig: LockstepRig) -> None:
        rig.gate.request_stop("test", rig.now_s)

    trial = bench.run("move_to", at_stage("approach", stop, 0.6), target="bin")
    assert_failed(trial, Cause.STOPPED)
    assert np.abs(list(bench.rig.world.joint_velocities().values())).max() < 0.02
    assert_failed(bench.run("move_to", target="bin"), Cause.STOPPED)
