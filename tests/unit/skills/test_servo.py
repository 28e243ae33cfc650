"""The servo: keeps its own limits and the gate's, reaches what the workspace permits, and comes to rest by itself."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import ruckig
from skill_rig import settings_of

from robomatrix_py.contracts.action import ActionChunk
from robomatrix_py.contracts.errors import StaleDataError
from robomatrix_py.contracts.geometry import Array
from robomatrix_py.contracts.observation import JointState
from robomatrix_py.contracts.robot import RobotDescription
from robomatrix_py.safety.config import GateConfig
from robomatrix_py.safety.gate import Gate
from robomatrix_py.safety.kinematics import SerialChain
from robomatrix_py.safety.lease import Lease
from robomatrix_py.safety.limits import MotionLimits
from robomatrix_py.skills.config import ServoConfig
from robomatrix_py.skills.context import SkillContext, SkillFailure
from robomatrix_py.skills.servo import MotionError, Servo, time_optimal

CONFIG = ServoConfig()


@pytest.fixture(scope="module")
def robot() -> RobotDescription:
    return settings_of().load_robot()


@pytest.fixture(scope="module")
def shared_servo(robot: RobotDescription) -> Servo:
    return Servo(robot, settings_of().model_file, CONFIG)


@pytest.fixture
def servo(shared_servo: Servo, robot: RobotDescription) -> Servo:
    shared_servo.start(robot.home, 1.0)
    return shared_servo


def follow(servo: Servo, steps: int, until_rest: bool = True) -> list[ActionChunk]:
    """Take the first row of every chunk, as the gate does, until at rest."""
    chunks = []
    for number in range(steps):
        chunks.append(servo.step(1, number * servo.dt_s, number * servo.dt_s))
        if until_rest and number > 2 and servo.at_rest:
            return chunks
    assert not until_rest, "not at rest"
    return chunks


def first_rows(chunks: list[ActionChunk]) -> Array:
    return np.array([chunk.values[0] for chunk in chunks])


def tool_of(robot: RobotDescription, rows: Array) -> tuple[Array, Array]:
    _, position, rotation = SerialChain(robot).place(rows[:, :-1])
    return position, rotation


def set_points(servo: Servo, targets: list[Array], steps_each: int) -> Array:
    """Return the commanded tool position at every step while the target jumps about."""
    points = [servo.tool_xyz_m]
    for target in targets:
        servo.aim(target)
        for _ in range(steps_each):
            servo.step(1, 0.0, 0.0)
            points.append(servo.tool_xyz_m)
    return np.array(points)


def reachable(robot: RobotDescription) -> list[Array]:
    """Return points on a grid over the workspace that skills are permitted to go to."""
    box = robot.workspace.tool_box_in_base
    context = SkillContext(robot, None, settings_of().skills)  # type: ignore[arg-type]
    shares = itertools.product((-0.7, 0.1, 0.9), (-0.9, -0.4, 0.0, 0.4, 0.9), (-0.95, -0.4))
    points = []
    for share in shares:
        point = box.center_m + np.array(share) * box.half_extents_m
        if np.hypot(*point[:2]) < 0.25 or point[0] < 0.0:
            continue  # beside and behind the robot's own base no skill has business
        try:
            context.require_reach(point, "the point")
        except SkillFailure:
            continue
        points.append(point)
    return points


def test_what_counts_as_within_reach_is_reached_with_the_tool_pointing_down(
    servo: Servo, robot: RobotDescription
) -> None:
    points = reachable(robot)
    assert len(points) >= 10
    for point in points:
        servo.start(robot.home, 1.0)
        above = np.array([*point[:2], 0.3])
        servo.aim(above)
        follow(servo, 250)
        servo.aim(point)
        chunks = follow(servo, 250)
        position, rotation = tool_of(robot, first_rows(chunks)[-1:])
        assert np.linalg.norm(position[0] - point) < 4e-3, point
        assert rotation[0] @ [0, 0, 1] == pytest.approx([0, 0, -1], abs=0.02)


@pytest.mark.parametrize(
    "point", [(0.9, 0.0, 0.3), (0.5, 0.8, 0.3), (0.5, 0.0, 0.9), (0.5, 0.0, -0.05), (0.7, 0.5, 0.1)]
)
def test_place_out_of_reach_is_refused_before_moving(
    servo: Servo, robot: RobotDescription, point: tuple[float, float, float]
) -> None:
    context = SkillContext(robot, servo, settings_of().skills)
    with pytest.raises(SkillFailure, match=r"the cup at \(.*\) m is out of reach of ur5e") as caught:
        context.require_reach(np.array(point), "the cup")
    assert caught.value.cause == "limit"


@pytest.mark.parametrize("seed", range(3))
def test_set_point_keeps_speed_acceleration_and_jerk_while_targets_jump(servo: Servo, seed: int) -> None:
    random = np.random.default_rng(seed)
    targets = [random.uniform([0.3, -0.35, 0.1], [0.6, 0.35, 0.4]) for _ in range(8)]
    points = set_points(servo, targets, 18)
    dt_s = servo.dt_s
    speed = np.abs(np.diff(points, axis=0)) / dt_s
    acceleration = np.abs(np.diff(points, 2, axis=0)) / dt_s**2
    jerk = np.abs(np.diff(points, 3, axis=0)) / dt_s**3
    assert speed.max() <= CONFIG.speed_max_m_s * 1.001
    assert acceleration.max() <= CONFIG.acceleration_max_m_s2 * 1.001
    assert jerk.max() <= CONFIG.jerk_max_m_s3 * 1.001
    assert speed.max() > 0.8 * CONFIG.speed_max_m_s, "the test does not come near the limit"


def test_speed_share_slows_the_tool_down(servo: Servo) -> None:
    servo.aim(servo.tool_xyz_m + np.array([0.0, 0.2, -0.1]), speed_share=0.25)
    points = [servo.tool_xyz_m]
    while not servo.at_rest:
        servo.step(1, 0.0, 0.0)
        points.append(servo.tool_xyz_m)
    speed = np.abs(np.diff(np.array(points), axis=0)).max() / servo.dt_s
    assert 0.2 * CONFIG.speed_max_m_s < speed <= 0.25 * CONFIG.speed_max_m_s * 1.001


def test_every_chunk_and_standing_still_after_it_keep_the_gates_limits(servo: Servo, robot: RobotDescription) -> None:
    limits = MotionLimits(robot)
    sent = [np.append(robot.home, 1.0)] * 3
    random = np.random.default_rng(3)
    for number in range(120):
        if number % 20 == 0:
            servo.aim(random.uniform([0.3, -0.35, 0.12], [0.6, 0.35, 0.4]), random.uniform(-1.0, 1.0))
            servo.grip(random.uniform(0.0, 1.0))
        chunk = servo.step(1, 0.0, 0.0)
        assert chunk.sequence == number
        assert len(chunk.values) > CONFIG.lookahead_steps
        refusal = limits.judge(chunk.values, np.array(sent[-3:]), chunk.dt_s)
        assert refusal is None, refusal
        # Standing still at the last row must be no jump: it is what the gate does if no further chunk comes.
        standing = np.tile(chunk.values[-1], (5, 1))
        assert limits.judge(np.vstack([chunk.values, standing]), np.array(sent[-3:]), chunk.dt_s) is None
        sent.append(chunk.values[0])


def test_committed_rows_are_those_that_were_predicted(servo: Servo) -> None:
    servo.aim(servo.tool_xyz_m + np.array([0.05, 0.2, -0.1]))
    before = follow(servo, 10, until_rest=False)[-1]
    after = servo.step(1, 0.0, 0.0)
    shared = CONFIG.lookahead_steps
    np.testing.assert_allclose(after.values[:shared], before.values[1 : 1 + shared], atol=1e-12)


def test_late_step_skips_rows_and_too_late_a_step_is_refused(servo: Servo) -> None:
    servo.aim(servo.tool_xyz_m + np.array([0.05, 0.2, -0.1]))
    before = follow(servo, 10, until_rest=False)[-1]
    late = servo.step(3, 0.0, 0.0)
    assert late.sequence == before.sequence + 3
    np.testing.assert_allclose(late.values[0], before.values[3], atol=1e-12)
    permitted = CONFIG.lookahead_steps + 1
    with pytest.raises(StaleDataError, match=rf"{permitted + 1} steps late.*at most {permitted}"):
        servo.step(permitted + 1, 0.0, 0.0)


def test_gripper_moves_at_its_speed_and_stays_within_its_range(servo: Servo) -> None:
    servo.grip(-3.0)
    openings = first_rows(follow(servo, 60, until_rest=False))[:, -1]
    assert np.abs(np.diff(openings)).max() <= CONFIG.gripper_speed_per_s * servo.dt_s + 1e-12
    assert openings.min() == 0.0
    servo.grip(7.0)
    assert first_rows(follow(servo, 60, until_rest=False))[-1, -1] == 1.0


@pytest.mark.parametrize("late_max_s", [0.002, 0.019])
def test_gate_accepts_chunks_that_come_late_by_up_to_a_row(
    servo: Servo, robot: RobotDescription, late_max_s: float
) -> None:
    gate, rng, began_s = Gate(robot, GateConfig()), np.random.default_rng(5), 100.0
    arm = np.append(robot.home, 1.0)

    def observe(now_s: float) -> None:
        finger_m = arm[-1] * robot.gripper.stroke_m / 2
        positions = np.concatenate([arm[:-1], [finger_m, finger_m]])
        still = np.zeros(len(positions))
        names = (*robot.joint_names, *robot.gripper.joints)
        gate.observe(JointState(names, positions, still, still, now_s), now_s)

    observe(began_s)
    lease = gate.acquire("test", robot.resources, began_s)
    assert isinstance(lease, Lease)
    servo.start(lease.rest[:-1], float(lease.rest[-1]))
    home, refused = servo.tool_xyz_m, []
    for step in range(300):
        if step % 20 == 0:
            servo.aim(home + rng.uniform(-0.1, 0.1, 3), rng.uniform(-1.0, 1.0))
        if step % 30 == 10:
            servo.grip(rng.choice([0.0, 0.5, 1.0]))
        planned_s = began_s + step * servo.dt_s
        # The first chunk sets the time line: all others come later than it did.
        sent_s = planned_s + (rng.uniform(0.0, late_max_s) if step else 0.0)
        refused.append(gate.submit(servo.step(int(step > 0), planned_s, planned_s), lease.token, sent_s))
        command = gate.tick(sent_s)
        if command is not None:
            arm = np.append(command.positions_rad, command.gripper_opening)
        observe(sent_s)
    assert [str(refusal) for refusal in refused if refusal] == []


def test_yaw_is_taken_modulo_half_a_turn_and_keeps_the_wrist_in_range(servo: Servo, robot: RobotDescription) -> None:
    start = servo.yaw_rad
    assert servo.nearest_yaw(start + np.pi + 0.1) == pytest.approx(start + 0.1)
    assert servo.nearest_yaw(start - 3 * np.pi - 0.2) == pytest.approx(start - 0.2)
    last = robot.joints[-1]
    for turn in np.linspace(0.3, 12.0, 14):
        servo.aim(servo.tool_xyz_m, start + turn)
        wrist = first_rows(follow(servo, 400))[:, -2]
        assert last.position_min_rad < wrist.min()
        assert wrist.max() < last.position_max_rad


def test_jitter_of_the_target_below_the_noise_of_perception_keeps_the_motion(servo: Servo) -> None:
    target = servo.tool_xyz_m + np.array([0.0, 0.15, 0.0])
    servo.aim(target)
    follow(servo, 8, until_rest=False)
    jittered = servo.step(1, 0.0, 0.0).values
    servo.aim(target + 3e-4)
    np.testing.assert_allclose(servo.step(1, 0.0, 0.0).values[:3], jittered[1:4], atol=1e-12)


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"rate_hz": 5.0}, "rate_hz is 5.0; permitted: 10 to 200"),
        ({"lookahead_steps": 0}, "lookahead_steps is 0"),
        ({"speed_max_m_s": -0.1}, "speed_max_m_s is -0.1; permitted: above 0"),
        ({"jerk_max_m_s3": float("nan")}, "jerk_max_m_s3 is nan"),
    ],
)
def test_senseless_settings_are_refused(change: dict[str, float], word: str) -> None:
    with pytest.raises(ValueError, match=word):
        ServoConfig(**change)  # type: ignore[arg-type]


def request_at(height_m: float, speed_m_s: float, acceleration_m_s2: float) -> ruckig.InputParameter:
    request = ruckig.InputParameter(1)
    request.current_position, request.target_position = [height_m], [0.047]
    request.current_velocity, request.current_acceleration = [speed_m_s], [acceleration_m_s2]
    request.max_acceleration, request.max_jerk = [1.8], [14.0]
    return request


def test_a_speed_that_braking_just_meets_is_planned_for() -> None:
    # As it was when a learned press slowed down: 0.00724 + 0.98654^2 / (2 * 14) = 0.042.
    request, planner = request_at(0.12220847818431185, -0.007240896103937921, -0.9865368260180348), ruckig.Ruckig(1)
    request.max_velocity = [0.042]
    with pytest.raises(ruckig.RuckigError):
        planner.calculate(request, ruckig.Trajectory(1))
    motion = time_optimal(planner, request, np.array([0.042]))
    assert motion.at_time(motion.duration)[0] == pytest.approx([0.047])


def test_a_motion_that_cannot_be_is_refused() -> None:
    with pytest.raises(MotionError, match="no motion from"):
        time_optimal(ruckig.Ruckig(1), request_at(0.1, 0.0, float("nan")), np.array([0.1]))
