"""The topic on which a controller of ros2_control takes set points."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from action_msgs.msg import GoalStatus, GoalStatusArray
from builtin_interfaces.msg import Time
from rclpy.qos import qos_profile_action_status_default
from std_msgs.msg import Float64MultiArray
from trajectory_msgs.msg import JointTrajectory

from robomatrix_py.drivers.ros2_control.controllers import Controller, Interface
from robomatrix_py.nodes import names
from robomatrix_py.nodes.convert import trajectory_to_msg
from robomatrix_py.nodes.foreign_graph import ForeignGraph

_MESSAGES: dict[Interface, type] = {Interface.TRAJECTORY: JointTrajectory, Interface.FORWARD: Float64MultiArray}
_GOALS = "follow_joint_trajectory/_action/status"


def discover(graph: ForeignGraph) -> list[Controller]:
    """Return the controllers of a graph's namespace that take set points."""
    found = []
    for interface in Interface:
        for topic in graph.topics(f"{_package(interface)}/msg/{_MESSAGES[interface].__name__}"):
            name, _, last = topic.removeprefix(graph.prefix).partition("/")
            if not topic.startswith(graph.prefix) or last != interface or not graph.node.count_subscribers(topic):
                continue
            parameters = graph.parameters(name, ("joints", "interface_name"))
            joints = parameters.get("joints", ())
            if joints and isinstance(joints, tuple):
                found.append(Controller(name, interface, joints, str(parameters.get("interface_name", ""))))
    return found


class ControllerOutput:
    """Sends set points to one controller, and knows who else does.

    Args:
        graph: The robot's graph.
        controller: The controller.
    """

    def __init__(self, graph: ForeignGraph, controller: Controller) -> None:
        self.controller = controller
        self._graph = graph
        self._publisher: Any = None
        self._goals: set[bytes] = set()
        status = f"{controller.name}/{_GOALS}"
        graph.node.create_subscription(GoalStatusArray, status, self._on_goals, qos_profile_action_status_default)

    @property
    def rivals(self) -> list[str]:
        """Who else commands it: names of nodes, and whoever has it carry out an action."""
        others = self._graph.others(self.controller.topic)
        return [*others, "a program that uses its action"] if self._goals else others

    def advertise(self) -> None:
        """Tell the controller that set points will come, so that none is lost later."""
        kind = _MESSAGES[self.controller.interface]
        self._publisher = self._graph.node.create_publisher(kind, self.controller.topic, names.COMMAND_QOS)

    def send(self, positions: Mapping[str, float], reach_in_s: float) -> None:
        """Send positions by joint name: all of the controller's joints.

        Args:
            positions: In the joints' own units.
            reach_in_s: When a trajectory is to arrive; a forwarded number counts at once.
        """
        joints = self.controller.joints
        values = [positions[name] for name in joints]
        if self.controller.interface is Interface.TRAJECTORY:
            # A stamp of zero: it begins now, by the controller's clock.
            self._publisher.publish(trajectory_to_msg(joints, values, reach_in_s, Time()))
        else:
            self._publisher.publish(Float64MultiArray(data=values))

    def _on_goals(self, message: GoalStatusArray) -> None:
        executing = (GoalStatus.STATUS_ACCEPTED, GoalStatus.STATUS_EXECUTING)
        self._goals = {bytes(each.goal_info.goal_id.uuid) for each in message.status_list if each.status in executing}


def _package(interface: Interface) -> str:
    return _MESSAGES[interface].__module__.partition(".")[0]
