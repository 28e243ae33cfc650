"""Corrections over a motion: bounded, unnoticed by the skill, judged by the gate, gone with the step."""

from __future__ import annotations

import math

import numpy as np
import pytest
from skill_rig import new_rig, settings_of

from robomatrix_py.contracts.correction import CorrectionLimits, Nudge
from robomatrix_py.contracts.geometry import Array
from robomatrix_py.contracts.robot import RobotDescription
from robomatrix_py.contracts.skill import SkillCall
from robomatrix_py.runtime.lockstep import LockstepRig
from robomatrix_py.skills.config import ServoConfig
from robomatrix_py.skills.overlay import Overlay
from robomatrix_py.skills.servo import Servo
from robomatrix_py.skills.workspace import corrected_place

LEFT = Nudge((0.0, 0.02, 0.0))
LIMITS = CorrectionLimits()


@pytest.fixture(scope="module")
def robot() -> RobotDescription:
    return settings_of().load_robot()


@pytest.fixture
def servo(robot: RobotDescription) -> Servo:
    servo = Servo(robot, settings_of().model_file, ServoConfig(), LIMITS)
    servo.start(robot.home, 1.0)
    return servo


def steps(servo: Servo, count: int) -> Array:
    """Return the commanded position after every step, shape (count, 3)."""
    points = []
    for number in range(count):
        servo.step(1, number * servo.dt_s, number * servo.dt_s)
        points.append(servo.commanded_xyz_m.copy())
    return np.array(points)


def moved(point: Array, x_m: float, y_m: float, z_m: float) -> Array:
    """Return a point moved in the base frame."""
    there: Array = point + np.array([x_m, y_m, z_m])
    return there


def test_what_is_in_force_follows_the_sum_at_a_bounded_rate() -> None:
    overlay = Overlay(LIMITS)
    assert overlay.add(LEFT) == ""
    assert overlay.add(Nudge(turn_rad=0.1)) == ""
    overlay.advance(0.05)
    assert overlay.present == pytest.approx([0, 0.05 * LIMITS.shift_rate_m_s, 0, 0.05 * LIMITS.turn_rate_rad_s, 0])
    for _ in range(20):
        overlay.advance(0.05)
    assert overlay.present == pytest.approx([0, 0.02, 0, 0.1, 0])
    assert not overlay.advance(0.05)
    overlay.clear()
    assert overlay.present == pytest.approx(np.zeros(5))
    assert overlay.total == Nudge()


@pytest.mark.parametrize(
    ("nudge", "times", "words"),
    [
        (Nudge((0.0, 0.02, 0.0)), 5, "left or right"),
        (Nudge((-0.03, 0.0, 0.0)), 3, "forward or back"),
        (Nudge((0.0, 0.0, 0.1)), 1, "up or down"),
        (Nudge(turn_rad=math.radians(15)), 3, "degrees"),
        (Nudge(opening=0.3), 3, "gripper"),
        (Nudge(speed_factor=1.5), 2, "times the speed"),
    ],
)
def test_what_goes_too_far_in_all_is_refused_as_a_whole(nudge: Nudge, times: int, words: str) -> None:
    overlay = Overlay(LIMITS)
    for _ in range(times):
        assert overlay.add(nudge) == ""
    total = overlay.total
    assert words in overlay.add(nudge)
    assert overlay.total == total
    assert overlay.add(nudge.times(-1.0)) == ""


@pytest.mark.parametrize("number", [math.nan, math.inf])
def test_what_is_no_number_is_no_correction(number: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        Nudge((number, 0.0, 0.0))


def test_the_tool_goes_beside_while_the_skill_believes_to_be_there(servo: Servo) -> None:
    target = moved(servo.tool_xyz_m, 0.0, -0.1, 0.05)
    servo.aim(target)
    steps(servo, 100)
    assert servo.correct(LEFT) == ""
    way = steps(servo, 100)
    assert way[-1] == pytest.approx(moved(target, 0.0, 0.02, 0.0), abs=1e-4)
    assert servo.distance_to(target) < 1e-4
    assert servo.at_rest
    speed = np.diff(way, axis=0) / servo.dt_s
    assert np.abs(speed).max() < 2 * LIMITS.shift_rate_m_s
    # The first step after it is promised to the gate already; then it moves.
    assert way[9, 1] > target[1] + 5e-4


def test_a_new_step_begins_without_corrections_and_without_a_leap(servo: Servo) -> None:
    servo.correct(LEFT)
    steps(servo, 100)
    here, joints = servo.commanded_xyz_m.copy(), servo.step(1, 0.0, 0.0).values[-1]
    servo.start(joints[:-1], float(joints[-1]))
    assert servo.tool_xyz_m == pytest.approx(here, abs=1e-3)
    assert steps(servo, 10)[-1] == pytest.approx(here, abs=1e-3)


def test_the_gripper_and_the_speed_are_corrected_too(servo: Servo) -> None:
    servo.grip(0.2)
    steps(servo, 60)
    servo.correct(Nudge(opening=0.1))
    steps(servo, 30)
    assert servo.commanded_opening == pytest.approx(0.3)
    assert servo.opening == pytest.approx(0.2)
    begin = servo.commanded_xyz_m.copy()
    servo.correct(Nudge(speed_factor=0.5))
    servo.aim(moved(begin, 0.0, 0.2, 0.0))
    assert np.abs(np.diff(steps(servo, 60), axis=0)).max() / servo.dt_s < 0.55 * ServoConfig().speed_max_m_s


def test_held_it_brakes_within_its_limits_stands_and_goes_on(servo: Servo) -> None:
    target = moved(servo.tool_xyz_m, 0.0, 0.25, 0.0)
    servo.aim(target)
    steps(servo, 20)
    servo.hold(held=True)
    servo.correct(LEFT)
    halted = steps(servo, 60)
    # Braking, never turning back; and what was corrected meanwhile waits too.
    assert (np.diff(halted[:, 1]) > -1e-6).all()
    assert halted[-1] == pytest.approx(halted[-20], abs=1e-7)
    assert halted[-1, 1] < target[1] - 0.05
    acceleration = np.diff(halted, n=2, axis=0) / servo.dt_s**2
    assert np.abs(acceleration).max() < 1.05 * ServoConfig().acceleration_max_m_s2
    servo.hold(held=False)
    assert steps(servo, 150)[-1] == pytest.approx(moved(target, 0.0, 0.02, 0.0), abs=1e-4)


def test_a_correction_ends_at_the_edge_of_the_workspace(robot: RobotDescription) -> None:
    box = robot.workspace.tool_box_in_base
    lowest = float(box.center_m[2] - box.half_extents_m[2])
    aimed = np.array([0.4, 0.1, lowest + 0.01])
    assert corrected_place(robot, aimed, np.array([0.0, 0.0, -0.05]))[2] > lowest
    # A skill that aims at the very edge is not pushed away from it.
    at_edge = np.array([0.4, 0.1, lowest])
    assert corrected_place(robot, at_edge, np.array([0.0, 0.01, 0.0])) == pytest.approx([0.4, 0.11, lowest])
    far = corrected_place(robot, np.array([0.7, 0.1, 0.2]), np.array([0.1, 0.05, 0.0]))
    assert np.hypot(far[0], far[1]) <= 0.775 + 1e-9


def skill_run(rig: LockstepRig, correct_at: int, nudge: Nudge | None, hold: range = range(0)) -> Array:
    """Run `move_to` and return the tool's measured position at its end; corrections at ticks of the gate."""
    rig.session.start(SkillCall("move_to", {"target": "red_cube"}), 15.0, rig.now_s)
    for tick in range(3000):
        if tick == correct_at and nudge is not None:
            assert rig.runner.correct(nudge) == ""
        if len(hold) and tick in (hold.start, hold.stop):
            rig.runner.hold(held=tick == hold.start)
        rig.tick()
        report = rig.session.progress.report
        if report is not None:
            assert report.succeeded, report
            return rig.tool_pose().position_m
    pytest.fail("the skill did not end")


def test_a_bit_to_the_left_moves_the_tool_and_the_gate_judged_it() -> None:
    plain, corrected, held = new_rig("seed=3"), new_rig("seed=3"), new_rig("seed=3")
    there = skill_run(plain, 0, None)
    beside = skill_run(corrected, 60, LEFT)
    assert beside - there == pytest.approx([0.0, 0.02, 0.0], abs=2e-3)
    # Through the gate: what it has let through is what moved the arm, and nothing was refused.
    assert corrected.gate.status.chunks_refused == 0
    assert corrected.gate.status.chunks_accepted >= plain.gate.status.chunks_accepted
    # Told to wait for 20 s, which is longer than the skill may take, and to go on.
    late = skill_run(held, 0, None, hold=range(40, 2040))
    assert late == pytest.approx(there, abs=2e-3)
    assert held.now_s > plain.now_s + 19.0
    assert "no skill" in held.runner.correct(LEFT)
