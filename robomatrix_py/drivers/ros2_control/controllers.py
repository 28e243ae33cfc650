"""Controllers of ros2_control: which of them moves the arm, and whether it may be used.

Sources: ros2_controllers, parameters of joint_trajectory_controller, forward_command_controller and
position_controllers; ros2_control, diagnostics of the controller manager.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from robomatrix_py.contracts.errors import DeviceError
from robomatrix_py.drivers.device import firmware_fault

ACTIVE = "active"
CONTROLLERS_STATUS = "Controllers Activity"
HARDWARE_STATUS = "Hardware Components Activity"
# Newer controller managers name the state apart from timings.
_STATE_SUFFIX = ".state"
_LABELS = ("unknown", "unconfigured", "inactive", ACTIVE, "finalized")


class Interface(StrEnum):
    """How a controller takes set points."""

    TRAJECTORY = "joint_trajectory"
    """trajectory_msgs/JointTrajectory, positions of its joints by name."""
    FORWARD = "commands"
    """std_msgs/Float64MultiArray, one number a joint in the controller's own order."""


@dataclass(frozen=True)
class Controller:
    """One controller.

    Args:
        name: Name of its node.
        interface: How it takes set points; the last word of its topic.
        joints: Joints that it moves, in its own order.
        quantity: What a forwarded number means, such as ``position``; empty where it does not say.
    """

    name: str
    interface: Interface
    joints: tuple[str, ...]
    quantity: str = ""

    @property
    def topic(self) -> str:
        """Where it takes set points, relative to its namespace."""
        return f"{self.name}/{self.interface}"

    def __str__(self) -> str:
        """Return it in words."""
        return f"{self.name} ({', '.join(self.joints)})"


def choose(found: Sequence[Controller], wanted: str, joints: tuple[str, ...], where: str) -> Controller:
    """Return the controller to use.

    Args:
        found: What is there.
        wanted: Its name, or empty for the only one that moves all joints.
        joints: Joints that it must move, in any order, and no others; empty: any.
        where: For messages.

    Raises:
        DeviceError: There is none, it moves other joints, several would do, or it takes no positions.
    """
    shown = [str(each) for each in found] or "none is there"
    if wanted:
        candidates = [each for each in found if each.name == wanted]
        if not candidates:
            raise DeviceError(
                f"there is no controller '{wanted}' that takes set points",
                where=where,
                permitted=shown,
                remedy="see 'ros2 control list_controllers', and name it in device.yaml",
                code="WRONG_MODEL",
            )
    else:
        candidates = list(found)
    fitting = [each for each in candidates if not joints or set(each.joints) == set(joints)]
    if not fitting:
        raise DeviceError(
            f"no controller moves the joints {', '.join(joints)} and only these",
            where=where,
            permitted=shown,
            remedy="choose the right --robot, or give the joints' names there: 'names' in device.yaml",
            code="WRONG_MODEL",
        )
    if len(fitting) > 1:
        raise DeviceError(
            f"several controllers would do: {', '.join(each.name for each in fitting)}",
            where=where,
            remedy="name one: 'controller' in device.yaml",
            code="SEVERAL_CONTROLLERS",
        )
    controller = fitting[0]
    # A forwarded number may as well be a speed or a torque.
    if controller.interface is Interface.FORWARD and controller.quantity != "position":
        raise DeviceError(
            f"{controller.name} forwards '{controller.quantity}', not positions",
            where=where,
            permitted="a controller whose interface_name is position, or a joint trajectory controller",
            code="WRONG_MODEL",
        )
    return controller


def states(values: Mapping[str, str]) -> dict[str, str]:
    """Return lifecycle state by name of controllers or hardware components, from the values of a diagnostic status."""
    return {key.removesuffix(_STATE_SUFFIX): value for key, value in values.items() if value in _LABELS}


def require_active(controllers: Mapping[str, str], name: str, where: str) -> None:
    """Check that a controller listens, as far as its controller manager tells.

    Raises:
        DeviceError: It does not.
    """
    state = controllers.get(name, ACTIVE)
    if state != ACTIVE:
        raise DeviceError(
            f"controller {name} is {state}: it obeys nobody",
            where=where,
            remedy=f"activate it: ros2 control set_controller_state {name} active",
            code="PERMISSION",
        )


def require_hardware(components: Mapping[str, str], wanted: str, where: str) -> None:
    """Check that the arm itself is up, as far as its controller manager tells.

    Args:
        components: State by name.
        wanted: Which counts; empty: all.
        where: For messages.

    Raises:
        DeviceError: It is not; a firmware fault.
    """
    down = {name: state for name, state in components.items() if state != ACTIVE and (not wanted or name == wanted)}
    if down:
        raise firmware_fault(
            "its hardware is not active: " + ", ".join(f"{name} is {state}" for name, state in down.items()),
            where=where,
            remedy="see 'Protective stop' in the robot's guide and the output of its own driver, then: "
            f"ros2 control set_hardware_component_state {next(iter(down))} active",
        )
