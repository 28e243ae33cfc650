"""A chunk that asks for too much is refused as a whole, whatever its first rows are, and nothing is ever clamped."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from safety_rig import GateRig, load_roomy_ur5e, load_ur5e

from robomatrix_py.contracts.geometry import Array, Box
from robomatrix_py.contracts.robot import RobotDescription
from robomatrix_py.safety.limits import MotionLimits
from robomatrix_py.safety.refusal import RefusalCode

DT_S = 0.02


@pytest.fixture
def limits(robot: RobotDescription) -> MotionLimits:
    return MotionLimits(robot)


def standing(robot: RobotDescription, steps: int = 8) -> Array:
    return np.tile(np.append(robot.home, 0.5), (steps, 1))


def judge(limits: MotionLimits, rows: Array, dt_s: float = DT_S) -> tuple[RefusalCode | None, str]:
    refusal = limits.judge(rows, np.repeat(rows[:1], 3, axis=0), dt_s)
    return (refusal.code, refusal.message) if refusal else (None, "")


def moving(start: Array, column: int, jerk: float, steps: int, dt_s: float = DT_S) -> Array:
    """Return rows that speed up with a jerk and slow down with it, from rest to rest."""
    pattern = np.repeat([jerk, -jerk, -jerk, jerk], steps)
    rows = np.tile(start, (len(pattern) + 4, 1))
    third = np.concatenate([pattern, np.zeros(4)]) * dt_s**3
    rows[:, column] += np.cumsum(np.cumsum(np.cumsum(third)))
    return rows


def test_standing_still_is_permitted(robot: RobotDescription, limits: MotionLimits) -> None:
    assert judge(limits, standing(robot)) == (None, "")


@pytest.mark.parametrize("column", range(7))
@pytest.mark.parametrize("side", [-1, 1])
def test_position(column: int, side: int) -> None:
    robot = replace(load_ur5e(), workspace=load_roomy_ur5e().workspace)
    limits = MotionLimits(robot)
    low = [*(j.position_min_rad for j in robot.joints), 0.0][column]
    high = [*(j.position_max_rad for j in robot.joints), 1.0][column]
    bound = low if side < 0 else high
    rows = standing(robot)
    rows[:, column] = bound
    assert judge(limits, rows) == (None, "")
    rows[-1, column] = np.nextafter(bound, side * np.inf)
    code, message = judge(limits, rows)
    assert code is RefusalCode.POSITION
    assert f"step 7 asks {robot.command_names[column]} for position" in message
    assert f"permitted: {low:.4g} to {high:.4g}" in message


@pytest.mark.parametrize("column", range(7))
@pytest.mark.parametrize("sign", [-1, 1])
def test_velocity(column: int, sign: int) -> None:
    robot = load_roomy_ur5e()
    largest = [*(j.velocity_max_rad_s for j in robot.joints), robot.gripper.velocity_max_per_s][column]
    unhurried = tuple(replace(j, acceleration_max_rad_s2=1e6, jerk_max_rad_s3=1e9) for j in robot.joints)
    robot = replace(robot, joints=unhurried)
    limits = MotionLimits(robot)
    for share, expected in ((1.0, None), (1.0001, RefusalCode.VELOCITY)):
        rows = standing(robot)
        rows[4:, column] += sign * share * largest * DT_S
        code, message = judge(limits, rows)
        assert code is expected
    assert f"step 4 asks {robot.command_names[column]} for velocity" in message


@pytest.mark.parametrize("joint", range(6))
@pytest.mark.parametrize("sign", [-1, 1])
def test_acceleration(joint: int, sign: int) -> None:
    robot = load_roomy_ur5e()
    largest = robot.joints[joint].acceleration_max_rad_s2
    robot = replace(robot, joints=tuple(replace(j, jerk_max_rad_s3=1e9) for j in robot.joints))
    limits = MotionLimits(robot)
    for share, expected in ((0.9999, None), (1.0001, RefusalCode.ACCELERATION)):
        rows = standing(robot)
        rows[3:, joint] += sign * share * largest * DT_S**2
        code, message = judge(limits, rows)
        assert code is expected
    assert f"step 3 asks {robot.joint_names[joint]} for acceleration" in message


@pytest.mark.parametrize("joint", range(6))
@pytest.mark.parametrize("sign", [-1, 1])
@pytest.mark.parametrize("dt_s", [0.005, 0.01])
def test_jerk(joint: int, sign: int, dt_s: float) -> None:
    robot = load_roomy_ur5e()
    limits = MotionLimits(robot)
    largest = robot.joints[joint].jerk_max_rad_s3
    start = np.append(robot.home, 0.5)
    previous = np.tile(start, (3, 1))
    assert limits.judge(moving(start, joint, 0.9999 * sign * largest, 1, dt_s), previous, dt_s) is None
    refusal = limits.judge(moving(start, joint, 1.0001 * sign * largest, 1, dt_s), previous, dt_s)
    assert refusal is not None
    assert refusal.code is RefusalCode.JERK
    assert f"step 0 asks {robot.joint_names[joint]} for jerk" in refusal.message


def test_a_gripper_has_a_speed_limit_but_none_of_acceleration(robot: RobotDescription, limits: MotionLimits) -> None:
    rows = standing(robot)
    rows[2:, -1] += 0.99 * robot.gripper.velocity_max_per_s * DT_S
    assert judge(limits, rows) == (None, "")


@pytest.mark.parametrize("joint", range(6))
def test_the_three_rows_before_count(robot: RobotDescription, joint: int) -> None:
    """Rows that would be fine after a standstill are a jump after a motion."""
    limits = MotionLimits(load_roomy_ur5e())
    rows = standing(robot, 6)
    previous = standing(robot, 3)
    assert limits.judge(rows, previous, DT_S) is None
    previous[:, joint] -= np.array([0.02, 0.01, 0.0])
    refusal = limits.judge(rows, previous, DT_S)
    assert refusal is not None
    assert refusal.code in (RefusalCode.ACCELERATION, RefusalCode.JERK)
    assert "step 0" in refusal.message


@pytest.mark.parametrize("joint", [0, 5])
def test_a_chunk_ends_within_one_step_of_rest(robot: RobotDescription, joint: int) -> None:
    limits = MotionLimits(load_roomy_ur5e())
    permitted = robot.stop_deceleration_rad_s2[joint] * DT_S
    for share, expected in ((0.999, None), (1.001, RefusalCode.NOT_AT_REST)):
        rows, previous = standing(robot, 4), standing(robot, 3)
        motion = share * permitted * DT_S * np.arange(7)
        previous[:, joint] += motion[:3]
        rows[:, joint] += motion[3:]
        refusal = limits.judge(rows, previous, DT_S)
        assert (refusal and refusal.code) is expected
    assert refusal is not None
    assert f"{robot.joint_names[joint]} still moves" in refusal.message
    assert f"permitted: {permitted:.4g}" in refusal.message


def joints_for_tool(robot: RobotDescription, goal_m: Array) -> Array:
    """Return joint positions that put the tool at a point, by Newton steps on numeric derivatives."""
    limits = MotionLimits(robot)
    q = robot.home.copy()
    for _ in range(200):
        _, tool, _ = limits._chain.place(np.vstack([q, q + 1e-6 * np.eye(6)]))
        jacobian = (tool[1:] - tool[0]).T / 1e-6
        q = q + np.clip(np.linalg.lstsq(jacobian, goal_m - tool[0], rcond=1e-3)[0], -0.2, 0.2)
    assert np.linalg.norm(goal_m - tool[0]) < 1e-9
    return q


@pytest.mark.parametrize(
    ("inside_m", "outside_m"),
    [
        ((0.45, 0.1, 0.017), (0.45, 0.1, 0.015)),
        ((0.3, 0.1, 0.79), (0.3, 0.1, 0.81)),
        ((0.3, 0.71, 0.3), (0.3, 0.73, 0.3)),
        ((0.3, -0.71, 0.3), (0.3, -0.73, 0.3)),
        ((-0.19, 0.4, 0.3), (-0.21, 0.4, 0.3)),
        ((0.81, 0.1, 0.2), (0.83, 0.1, 0.2)),
    ],
)
def test_the_tool_stays_in_its_box(
    robot: RobotDescription, inside_m: tuple[float, ...], outside_m: tuple[float, ...]
) -> None:
    robot = replace(robot, workspace=replace(robot.workspace, link_min_z_m=-1.0))
    limits = MotionLimits(robot)
    for place, expected in ((inside_m, None), (outside_m, RefusalCode.WORKSPACE)):
        rows = np.tile(np.append(joints_for_tool(robot, np.array(place)), 0.5), (3, 1))
        code, message = judge(limits, rows)
        assert code is expected
    assert "puts the tool at" in message
    assert "permitted: (-0.200, -0.720, 0.016) to (0.820, 0.720, 0.800)" in message


def test_the_tool_stays_out_of_keep_out_boxes(robot: RobotDescription, limits: MotionLimits) -> None:
    for place, expected in (((0.16, 0.1, 0.3), None), ((0.14, 0.1, 0.3), RefusalCode.WORKSPACE)):
        rows = np.tile(np.append(joints_for_tool(robot, np.array(place)), 0.5), (3, 1))
        code, message = judge(limits, rows)
        assert code is expected
    assert "inside a keep-out box around (0.000, 0.000, 0.150)" in message


@pytest.mark.parametrize("link", [2, 3, 4, 5])
def test_no_link_beyond_the_shoulder_sinks(robot: RobotDescription, link: int) -> None:
    roomy = load_roomy_ur5e()
    heights = MotionLimits(roomy)._chain.place(roomy.home[None])[0][0, :, 2]
    only_this = [i for i in range(2, 6) if heights[i] >= heights[link]]
    rows = standing(roomy, 3)
    for margin, expected in ((-1e-6, None), (1e-6, RefusalCode.WORKSPACE)):
        workspace = replace(roomy.workspace, link_min_z_m=float(heights[link]) + margin)
        # Lower links would be named first: lift the limit only where this one is the lowest.
        if len(only_this) == 4 or margin < 0:
            code, message = judge(MotionLimits(replace(roomy, workspace=workspace)), rows)
            assert code is (expected if len(only_this) == 4 else code)
    if len(only_this) == 4:
        assert f"link of {robot.joint_names[link]} at z" in message
    workspace = replace(roomy.workspace, link_min_z_m=float(heights.max()) + 1.0)
    assert judge(MotionLimits(replace(roomy, workspace=workspace)), rows)[0] is RefusalCode.WORKSPACE


def test_shoulder_and_base_may_be_low(robot: RobotDescription) -> None:
    roomy = load_roomy_ur5e()
    heights = MotionLimits(roomy)._chain.place(robot.home[None])[0][0, :, 2]
    workspace = replace(roomy.workspace, link_min_z_m=float(heights[2:].min()) - 1e-6)
    assert heights[0] < workspace.link_min_z_m
    assert judge(MotionLimits(replace(roomy, workspace=workspace)), standing(robot, 3))[0] is None


def test_a_way_through_a_forbidden_place_is_seen_between_the_rows() -> None:
    """Both ends are permitted; one step of 0.1 s leads through a thin wall between them."""
    roomy = load_roomy_ur5e()
    chain = MotionLimits(roomy)._chain
    rows = standing(roomy, 12)
    rows[:, 0] += np.concatenate([[0, 0.05, 0.2], 0.2 + 0.3 * np.arange(1, 6), [1.85, 1.9, 1.9, 1.9]])
    middle = (rows[4] + rows[5]) / 2
    at_rows = chain.place(rows[:, :-1])[1]
    wall = Box(chain.place(middle[None, :-1])[1][0], np.array([0.02, 0.02, 0.02]))
    assert not any(wall.contains(point) for point in at_rows)
    walled = replace(roomy, workspace=replace(roomy.workspace, keep_out_in_base=(wall,)))
    assert judge(MotionLimits(roomy), rows, 0.1)[0] is None
    code, message = judge(MotionLimits(walled), rows, 0.1)
    assert code is RefusalCode.WORKSPACE
    assert "keep-out" in message


def test_a_protective_stop_at_any_moment_must_stay_inside_too() -> None:
    """The rows turn round just before the limit; a stop of a curving motion would overshoot it."""
    roomy = load_roomy_ur5e()
    # The pan joint is fast, so that all joints take its braking time; the wrist creeps towards its limit.
    rows = standing(roomy, 90)
    time = np.arange(90) / 89
    glide = time**3 * (10 - 15 * time + 6 * time**2)
    rows[:, 0] += 2.4 * glide
    rows[:, 5] += 0.3 * 64 * (time * (1 - time)) ** 3
    highest = rows[:, 5].max()
    assert judge(MotionLimits(roomy), rows)[0] is None
    for room, expected in ((0.05, None), (1e-6, RefusalCode.POSITION)):
        joints = (*roomy.joints[:5], replace(roomy.joints[5], position_max_rad=highest + room))
        code, message = judge(MotionLimits(replace(roomy, joints=joints)), rows)
        assert code is expected
    assert "a stop in step" in message
    assert "wrist_3_joint" in message


def test_a_protective_stop_must_not_end_in_a_forbidden_place() -> None:
    roomy = load_roomy_ur5e()
    rows = standing(roomy, 90)
    time = np.arange(90) / 89
    rows[:, 0] += 2.4 * time**3 * (10 - 15 * time + 6 * time**2)
    rows[:, 1] += 0.35 * 64 * (time * (1 - time)) ** 3
    chain = MotionLimits(roomy)._chain
    lowest = chain.place(rows[:, :-1])[1][:, 2].min()
    for room, expected in ((0.03, None), (1e-4, RefusalCode.WORKSPACE)):
        box = Box(np.array([0.0, 0.0, 5.0 + lowest - room]), np.array([9.0, 9.0, 5.0]))
        tight = replace(roomy, workspace=replace(roomy.workspace, tool_box_in_base=box))
        code, message = judge(MotionLimits(tight), rows)
        assert code is expected
    assert message.startswith(("a stop in step", "braking in step"))


def test_the_whole_chunk_is_judged_before_its_first_step(rig: GateRig) -> None:
    """200 faultless rows and a jump at the end: not one row is executed."""
    rows = rig.glide({0: 0.4}, 200)
    rows[-1, 0] += 0.2
    rig.lease()
    refusal = rig.submit(rows)
    assert refusal is not None
    assert refusal.code is RefusalCode.VELOCITY
    assert "step 199" in refusal.message
    for _ in range(10):
        assert rig.tick() is None


def test_judging_alters_nothing(rig: GateRig) -> None:
    rows = rig.glide({0: 0.4}, 50)
    before = rows.copy()
    rig.lease()
    assert rig.submit(rows) is None
    np.testing.assert_array_equal(rows, before)
    rows[:] = 77.0  # a sender that goes on writing into its buffer
    for _ in range(8):
        assert abs(rig.tick().positions_rad[0]) < 0.01
