"""What only arms under ros2_control have: a choice of controllers, and several ways to be commanded."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from rig import CONNECT_S
from ros2_control_rig import Ros2ControlRig

from robomatrix_py.contracts.driver import DriverMode

pytestmark = pytest.mark.ros


@pytest.fixture
def arm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ros2ControlRig]:
    rig = Ros2ControlRig(tmp_path_factory.mktemp("ros2_control"))
    yield rig
    rig.end()


def test_it_drives_a_forwarding_controller_and_minds_who_else_uses_the_action(arm: Ros2ControlRig) -> None:
    arm.ask("set", forwards=True)
    arm.connect()
    assert "uf850_traj_controller (joint1" in arm.driver.identity
    arm.run(0.3, arm.swing())
    arm.run(0.3, np.zeros(6))
    np.testing.assert_allclose(arm.where(), arm.goal, atol=arm.tolerance_rad)
    arm.driver.close()
    arm.ask("set", goal=True)
    arm.make_driver(arm.address)
    arm.tick()
    assert arm.driver.status.mode is DriverMode.DISCONNECTED
    assert "a program that uses its action" in arm.driver.status.reason
    arm.ask("set", goal=False)
    arm.until(DriverMode.READY, CONNECT_S)


def test_a_controller_that_is_switched_off_in_motion_is_told_of(arm: Ros2ControlRig) -> None:
    arm.connect()
    arm.run(0.2, arm.swing())
    arm.ask("set", inactive=True)
    arm.until(DriverMode.DISCONNECTED, arm.fault_noticed_s)
    assert "is inactive: it obeys nobody" in arm.driver.status.reason
    arm.ask("set", inactive=False)
    arm.until(DriverMode.READY, CONNECT_S)
