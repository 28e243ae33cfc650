"""What a skill knows: newest looks, noise averaged out, movement taken as seen, silence and absence named."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from judged_looks import base
from skill_rig import settings_of

from robomatrix_py.contracts.cause import Cause
from robomatrix_py.contracts.geometry import Pose, quaternion_from_yaw
from robomatrix_py.contracts.observation import JointState
from robomatrix_py.contracts.scene import Scene, SceneObject
from robomatrix_py.skills.config import SkillConfig
from robomatrix_py.skills.context import SkillContext, SkillFailure

ROBOT = settings_of().load_robot()


def new_context(**config: float) -> SkillContext:
    return SkillContext(ROBOT, None, SkillConfig(**config))  # type: ignore[arg-type]


def cube(x_m: float = 0.5, yaw_rad: float = 0.0, seen_s: float = 0.0) -> SceneObject:
    pose = Pose(np.array([x_m, -0.1, 0.023]), quaternion_from_yaw(yaw_rad))
    return replace(base().scene.objects["red_cube"], pose_object_in_base=pose, seen_s=seen_s)


def show(context: SkillContext, now_s: float, *items: SceneObject) -> None:
    scene = Scene({item.name: replace(item, seen_s=now_s) for item in items}, now_s, "test")
    context.update(base().joints, scene, now_s)


def failure(context: SkillContext, name: str) -> SkillFailure:
    with pytest.raises(SkillFailure) as caught:
        context.find(name)
    return caught.value


def test_before_the_first_look_nothing_is_found() -> None:
    assert failure(new_context(), "red_cube").cause is Cause.STALE_OBSERVATION


def test_thing_never_seen_is_unknown_and_the_message_says_what_is_seen() -> None:
    context = new_context()
    show(context, 1.0, cube())
    found = failure(context, "green_ball")
    assert found.cause is Cause.UNKNOWN_OBJECT
    assert "green_ball is not seen; seen are red_cube" in found.message


def test_thing_out_of_sight_is_believed_for_a_while_and_then_lost() -> None:
    context = new_context(unseen_max_s=2.0)
    show(context, 1.0, cube())
    show(context, 2.9)
    assert context.find("red_cube").visible is False
    show(context, 3.1)
    found = failure(context, "red_cube")
    assert found.cause is Cause.UNKNOWN_OBJECT
    assert "out of sight for 2.1 s" in found.message


def test_silent_perception_is_stale_although_the_thing_was_seen() -> None:
    context = new_context(scene_age_max_s=0.5)
    show(context, 1.0, cube())
    old = Scene({"red_cube": cube(seen_s=1.0)}, 1.0, "test")
    context.update(base().joints, old, 1.4)
    assert context.find("red_cube").visible
    context.update(base().joints, old, 1.6)
    found = failure(context, "red_cube")
    assert found.cause is Cause.STALE_OBSERVATION
    assert "0.6 s" in found.message


def test_noise_of_a_standing_thing_is_averaged_out() -> None:
    random = np.random.default_rng(1)
    context, raw, known, yaws = new_context(), [], [], []
    for step in range(300):
        look = cube(0.5 + random.normal(0.0, 0.0015), random.normal(0.0, 0.02))
        show(context, 0.05 * step, look)
        raw.append(look.position_m[0])
        known.append(context.find("red_cube").position_m[0])
        yaws.append(context.find("red_cube").pose_object_in_base.yaw_rad)
    assert np.std(known[20:]) < 0.6 * np.std(raw)
    assert np.mean(known[20:]) == pytest.approx(0.5, abs=3e-4)
    assert np.std(yaws[20:]) < 0.6 * 0.02
    assert np.mean(yaws[20:]) == pytest.approx(0.0, abs=5e-3)


def test_thing_that_moved_or_turned_is_taken_as_seen_at_once() -> None:
    context = new_context()
    show(context, 0.0, cube(0.50))
    show(context, 0.1, cube(0.52))
    assert context.find("red_cube").position_m[0] == pytest.approx(0.52)
    show(context, 0.2, cube(0.52, 0.5))
    assert context.find("red_cube").pose_object_in_base.yaw_rad == pytest.approx(0.5)


def test_yaw_is_averaged_across_the_seam_of_a_full_turn() -> None:
    context = new_context()
    show(context, 0.0, cube(yaw_rad=np.pi - 0.02))
    show(context, 0.1, cube(yaw_rad=-np.pi + 0.02))
    yaw = context.find("red_cube").pose_object_in_base.yaw_rad
    assert abs(abs(yaw) - np.pi) < 0.02


def test_same_scene_twice_is_averaged_in_once() -> None:
    context = new_context()
    show(context, 0.0, cube(0.500))
    for _ in range(5):
        show(context, 0.1, cube(0.504))
    assert context.find("red_cube").position_m[0] == pytest.approx(0.501)


@pytest.mark.parametrize(
    ("gap_m", "force_n", "holding"),
    [(0.045, 30.0, True), (0.0, 30.0, False), (0.001, 30.0, False), (0.045, 1.0, False), (0.085, 0.0, False)],
)
def test_holding_needs_a_gap_and_a_force(gap_m: float, force_n: float, holding: bool) -> None:
    context = new_context()
    names = (*ROBOT.joint_names, *ROBOT.gripper.joints)
    positions = np.array([*ROBOT.home, gap_m / 2, gap_m / 2])
    efforts = np.array([*np.zeros(6), force_n, force_n])
    context.update(JointState(names, positions, np.zeros(8), efforts, 0.0), Scene({}, 0.0, "test"), 0.0)
    assert context.holding == holding
    assert context.opening == pytest.approx(gap_m / 0.085)


def test_gripper_without_joint_states_is_stale() -> None:
    with pytest.raises(SkillFailure, match="no joint state"):
        _ = new_context().opening
