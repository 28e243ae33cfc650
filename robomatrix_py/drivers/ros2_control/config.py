"""How an arm under ros2_control is reached: `device.yaml`."""

from __future__ import annotations

from dataclasses import dataclass, field

from robomatrix_py.contracts.ranges import require_ranges
from robomatrix_py.drivers.ros_graph import RosGraphConfig

_RANGES = {"reach_s": (0.005, 0.2)}


@dataclass(frozen=True, kw_only=True)
class Ros2ControlConfig(RosGraphConfig):
    """Which of its controllers are used.

    Args:
        controller: Name of the arm's controller; empty: the only one that moves its joints.
        gripper_controller: Name of the gripper's controller; empty: there is none.
        gripper_joint: Which joint of the joint states tells the gripper's opening.
        hardware: Hardware component whose state counts; empty: all of the controller manager's.
        reach_s: How far ahead a trajectory controller is to arrive at a set point. More is smoother and trails more;
            below the period of its controller manager it stutters.
        names: What its ros2_control calls joints of robot.yaml that have other names there.
    """

    controller: str = ""
    gripper_controller: str = ""
    gripper_joint: str = ""
    hardware: str = ""
    reach_s: float = 0.03
    names: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Check the ranges, and that a gripper's joint is named."""
        super().__post_init__()
        require_ranges(self, _RANGES)
        if bool(self.gripper_controller) != bool(self.gripper_joint):
            raise ValueError("gripper_controller and gripper_joint belong together: name both, or leave both empty")
        if len(set(self.names.values())) < len(self.names):
            raise ValueError("names gives two joints one name; permitted: a name of its own for each")
