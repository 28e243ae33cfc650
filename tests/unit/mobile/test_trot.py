"""The quadruped that walks: on its feet, at the speed that is asked for, and under the limits of its motors."""

from __future__ import annotations

import mujoco
import numpy as np
import pytest

from robomatrix_py.bench.mobile import measure_trot
from robomatrix_py.contracts.errors import ConfigError
from robomatrix_py.settings.settings import resolve
from robomatrix_py.sim.trot import BODY_HEIGHT_M, TrotBase
from robomatrix_py.sim.world import SimWorld

WALKING = ("robot=go2_arm", "scene=open_floor", "sim.base.backend=trot")


def test_it_walks_at_the_speed_that_is_asked_for_with_its_arm_in_motion() -> None:
    measured = measure_trot([1], 4.0)
    assert measured["falls"] == 0
    assert measured["speed_error_max"] < 0.05


def test_it_stands_still_where_it_is_and_bears_the_weight_of_its_arm() -> None:
    settings = resolve(list(WALKING))
    world = SimWorld(settings.load_robot(), settings.model_file, settings.sim_config())
    base = world.base
    assert isinstance(base, TrotBase)
    home = world.robot.home
    limits = world.model.actuator_ctrlrange[:12]
    start = base.pose().position_m
    for step in range(700):
        if step == 400:
            # By then it has leaned back under the weight of its arm.
            start = base.pose().position_m
        world.command(home, np.zeros(6), 1.0)
        base.drive(np.zeros(3))
        world.step()
        assert (np.abs(world.data.ctrl[:12]) <= limits[:, 1] + 1e-9).all()
    assert np.linalg.norm(base.pose().position_m - start) < 0.02
    assert world.data.body("trunk").xpos[2] == pytest.approx(BODY_HEIGHT_M, abs=0.02)
    # All of it weighs on the feet: 20 kg.
    feet = [world.model.geom(f"{leg}_foot").id for leg in ("FR", "FL", "RR", "RL")]
    force = np.zeros(6)
    pressed = 0.0
    for index in range(world.data.ncon):
        if set(world.data.contact[index].geom) & set(feet):
            mujoco.mj_contactForce(world.model, world.data, index, force)
            pressed += force[0]
    assert pressed == pytest.approx(20.1 * 9.81, rel=0.05)


def test_what_has_no_legs_does_not_trot() -> None:
    settings = resolve(["robot=robomaster_ep", "scene=open_floor", "sim.base.backend=trot"])
    with pytest.raises(ConfigError, match="no legs to trot with"):
        SimWorld(settings.load_robot(), settings.model_file, settings.sim_config())


def test_an_unknown_backend_is_refused() -> None:
    with pytest.raises(ConfigError, match="permitted: planar, trot"):
        resolve(["sim.base.backend=fly"])
