"""Which controller of ros2_control is chosen, and which words of its controller manager say that it may not be used."""

from __future__ import annotations

import re

import pytest

from robomatrix_py.contracts.errors import DeviceError
from robomatrix_py.drivers.device import FIRMWARE_FAULT
from robomatrix_py.drivers.ros2_control import controllers
from robomatrix_py.drivers.ros2_control.config import Ros2ControlConfig
from robomatrix_py.drivers.ros2_control.controllers import Controller, Interface

JOINTS = ("a", "b", "c")
ARM = Controller("arm_controller", Interface.TRAJECTORY, ("c", "a", "b"))
HAND = Controller("hand_controller", Interface.TRAJECTORY, ("finger",))
LEFT = Controller("left_controller", Interface.TRAJECTORY, ("left_a", "left_b", "left_c"))
SPEEDS = Controller("speed_controller", Interface.FORWARD, JOINTS, "velocity")
ANGLES = Controller("angle_controller", Interface.FORWARD, JOINTS, "position")


def test_the_only_one_with_the_arms_joints_is_taken_in_whatever_order_it_has_them() -> None:
    assert controllers.choose([LEFT, HAND, ARM], "", JOINTS, "here") is ARM
    assert controllers.choose([HAND, ANGLES], "", JOINTS, "here") is ANGLES
    assert controllers.choose([ARM, ANGLES], "angle_controller", JOINTS, "here") is ANGLES
    assert controllers.choose([ARM, HAND], "hand_controller", (), "here") is HAND


@pytest.mark.parametrize(
    ("found", "wanted", "says"),
    [
        ([], "", "no controller moves the joints a, b, c and only these; permitted: none is there"),
        ([LEFT, HAND], "", "permitted: left_controller (left_a, left_b, left_c), hand_controller (finger)"),
        ([ARM, ANGLES], "", "several controllers would do: arm_controller, angle_controller"),
        ([ARM], "elsewhere", "there is no controller 'elsewhere'"),
        ([LEFT], "left_controller", "no controller moves the joints a, b, c"),
        ([SPEEDS], "", "speed_controller forwards 'velocity', not positions"),
        ([Controller("x", Interface.FORWARD, JOINTS)], "", "x forwards '', not positions"),
    ],
)
def test_what_would_move_something_else_is_refused(found: list[Controller], wanted: str, says: str) -> None:
    with pytest.raises(DeviceError, match=re.escape(says)):
        controllers.choose(found, wanted, JOINTS, "here")


def test_states_are_read_as_older_and_newer_controller_managers_tell_them() -> None:
    told = {"arm_controller": "inactive", "hand_controller.state": "active", "arm_controller.periodicity": "99.8 Hz"}
    states = controllers.states(told)
    assert states == {"arm_controller": "inactive", "hand_controller": "active"}
    controllers.require_active(states, "hand_controller", "here")
    # A controller manager that tells nothing of it does not stand in the way.
    controllers.require_active(states, "unheard_of", "here")
    with pytest.raises(DeviceError, match="set_controller_state arm_controller active"):
        controllers.require_active(states, "arm_controller", "here")


def test_hardware_that_is_down_is_a_fault_unless_it_is_other_hardware() -> None:
    components = {"arm": "active", "rail": "unconfigured"}
    controllers.require_hardware(components, "arm", "here")
    with pytest.raises(DeviceError, match="rail is unconfigured") as caught:
        controllers.require_hardware(components, "", "here")
    assert caught.value.code.endswith(FIRMWARE_FAULT)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"address": "arm"}, "permitted: a ROS namespace"),
        ({"address": "/arm/"}, "permitted: a ROS namespace"),
        ({"address": "/"}, "a domain_id of the robot's own"),
        ({"domain_id": 200}, "domain_id is 200; permitted: -1 to 101"),
        ({"discovery": "internet"}, "permitted: localhost, subnet"),
        ({"rate_hz": float("nan")}, "rate_hz is nan"),
        ({"reach_s": 2.0}, "reach_s is 2.0; permitted: 0.005 to 0.2"),
        ({"gripper_controller": "hand_controller"}, "belong together"),
    ],
)
def test_settings_that_make_no_sense_are_refused(changes: dict[str, object], says: str) -> None:
    with pytest.raises(ValueError, match=re.escape(says)):
        Ros2ControlConfig(**({"address": "/arm"} | changes))
