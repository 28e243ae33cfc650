"""Grasping is contact and friction: what the fingers do not hold falls, and what is too slippery stays down."""

from __future__ import annotations

import mujoco
import numpy as np
import pytest
from sim_worlds import make_world, settings

from robomatrix_py.contracts.cause import Cause
from robomatrix_py.contracts.skill import SkillCall
from robomatrix_py.runtime.lockstep import LockstepRig
from robomatrix_py.runtime.lockstep_run import make_rig


def grasp(rig: LockstepRig, name: str) -> None:
    """Run the skill `grasp` to its end."""
    rig.session.start(SkillCall("grasp", {"object": name}), 30.0, rig.now_s)
    while rig.session.busy:
        rig.tick()


def height_m(rig: LockstepRig, name: str) -> float:
    return float(rig.world.pose(name).position_m[2])


@pytest.mark.parametrize("name", ["red_cube", "green_ball", "blue_can"])
def test_what_is_lifted_falls_when_the_fingers_open(name: str) -> None:
    rig = make_rig(settings())
    grasp(rig, name)
    held_m = height_m(rig, name)
    assert held_m > 0.09
    for _ in range(50):
        rig.tick()
    assert height_m(rig, name) == pytest.approx(held_m, abs=3e-3), "a firm grip does not slip"
    rig.world.command(np.array(list(rig.world.joint_positions().values())[:6]), np.zeros(6), 1.0)
    rig.world.step(60)
    assert height_m(rig, name) < held_m - 0.01
    rig.world.step(400)
    assert height_m(rig, name) < 0.05


def test_nothing_but_the_pads_touches_what_is_held() -> None:
    rig = make_rig(settings())
    grasp(rig, "red_cube")
    model, data = rig.world.model, rig.world.data
    cube = rig.world.body_id("red_cube")
    touching = set()
    for contact in data.contact[: data.ncon]:
        bodies = {int(model.geom_bodyid[contact.geom1]), int(model.geom_bodyid[contact.geom2])}
        if cube in bodies:
            touching |= {model.body(body).name for body in bodies - {cube}}
    assert touching == {"gripper_left_finger", "gripper_right_finger"}
    assert not np.any(data.xfrc_applied)
    assert not np.any(data.qfrc_applied)


def test_a_grasp_follows_from_servo_targets_alone() -> None:
    """Run again from its first state with nothing but the servo targets, the cube is lifted just the same."""
    rig = make_rig(settings())
    rig.inputs.take()
    grasp(rig, "red_cube")
    inputs = rig.inputs.take()
    again = make_world()
    assert inputs.replay(again, None) == rig.world.state_hash()
    assert again.pose("red_cube").position_m[2] > 0.09


def test_without_friction_nothing_can_be_lifted() -> None:
    rig = make_rig(settings())
    rig.world.model.geom_friction[:] = [1e-5, 0.0, 0.0]
    rig.world.model.geom_condim[:] = 1
    rig.inputs.disturbed()
    grasp(rig, "red_cube")
    report = rig.session.progress.report
    assert report is not None
    assert report.cause is Cause.NO_PROGRESS
    assert height_m(rig, "red_cube") < 0.03


def test_a_heavy_object_slips_through_the_fingers() -> None:
    rig = make_rig(settings())
    cube = rig.world.body_id("red_cube")
    rig.world.model.body_mass[cube] = 40.0
    rig.world.model.body_inertia[cube] *= 40.0 / 0.07
    mujoco.mj_setConst(rig.world.model, rig.world.data)
    grasp(rig, "red_cube")
    assert height_m(rig, "red_cube") < 0.06
    report = rig.session.progress.report
    assert report is not None
    assert not report.succeeded
