"""Stands in for an arm under ros2_control: controller manager, joint state broadcaster and two trajectory controllers.

Run: python ros2_control_arm.py NAMESPACE DOMAIN [CONTROLLER GRIPPER_CONTROLLER GRIPPER_JOINT]
Sources: ros2_control and ros2_controllers: names, types and quality of service of topics, parameters of controllers,
diagnostics of the controller manager. What it lacks: services and actions of packages that may not be installed
(controller_manager_msgs, control_msgs), controllers' constraints, and the arm's dynamics.
"""

from __future__ import annotations

import random
import sys
import time
from typing import Any

from action_msgs.msg import GoalStatus, GoalStatusArray
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from rclpy.node import Node
from rclpy.qos import qos_profile_action_status_default
from ros_double import RosDouble, diagnostic
from sensor_msgs.msg import JointState
from servo_motion import ServoMotion
from std_msgs.msg import Float64MultiArray
from trajectory_msgs.msg import JointTrajectory

MANAGER, BROADCASTER, RIVAL = "controller_manager", "joint_state_broadcaster", "moveit_servo"
ARM, HAND = "uf850_traj_controller", "xarm_gripper_traj_controller"
JOINTS, FINGER = tuple(f"joint{i}" for i in range(1, 7)), "drive_joint"
HOME_RAD = (0.0, 0.1, -0.8, 0.1, -0.6, 0.1)
SPEED_RAD_S, FINGER_SPEED_S = 3.1416, 1.5
DIAGNOSTICS_S = 1.0


class Controller:
    """A trajectory or forwarding controller of some joints.

    Args:
        node: Its node.
        joints: What it moves.
        forwards: Whether it takes plain numbers instead of trajectories.
    """

    def __init__(self, node: Node, joints: dict[str, ServoMotion], forwards: bool) -> None:
        self.active = True
        self.deaf = False
        self._joints = joints
        names = list(joints)
        self.goal = [joint.position for joint in joints.values()]
        self._from, self._from_s, self._to_s = list(self.goal), 0.0, 0.0
        node.declare_parameter("joints", names)
        if forwards:
            node.declare_parameter("interface_name", "position")
            node.create_subscription(Float64MultiArray, "~/commands", lambda m: self._aim(m.data, 0.0), 10)
        else:
            node.create_subscription(JointTrajectory, "~/joint_trajectory", self._on_trajectory, 10)

    def update(self, now_s: float, torque: bool) -> None:
        """Go on towards the newest target."""
        share = 1.0 if now_s >= self._to_s else (now_s - self._from_s) / (self._to_s - self._from_s)
        for joint, start, goal in zip(self._joints.values(), self._from, self.goal, strict=True):
            joint.move(now_s, True, start + (goal - start) * share if torque and self.active else joint.position)

    def _on_trajectory(self, message: JointTrajectory) -> None:
        if set(message.joint_names) != set(self._joints) or not message.points:
            return
        point = message.points[-1]
        values = dict(zip(message.joint_names, point.positions, strict=True))
        reach_s = point.time_from_start.sec + point.time_from_start.nanosec * 1e-9
        self._aim([values[name] for name in self._joints], reach_s)

    def _aim(self, goal: Any, reach_s: float) -> None:
        if not self.active or self.deaf or len(goal) != len(self._joints):
            return
        now_s = time.monotonic()
        self._from = [joint.position for joint in self._joints.values()]
        self.goal, self._from_s, self._to_s = list(goal), now_s, now_s + reach_s


class Ros2ControlArm(RosDouble):
    """The arm with its nodes."""

    def __init__(self, namespace: str, domain: int, arm: str = ARM, hand: str = HAND, finger: str = FINGER) -> None:
        super().__init__(namespace, domain, (arm, hand), (MANAGER, BROADCASTER, RIVAL))
        self._arm_name, self._hand_name, self._finger_name = arm, hand, finger
        self._chance = random.Random(7)
        self.do_reset()

    def do_reset(self) -> None:
        """Go back to the beginning: all nodes run, everything is active."""
        self.do_vanish()
        self.faults.clear()
        self.hardware, self.renamed = "active", ""
        self.inactive = self.foreign = self.goal = self.forwards = False
        self._joints = {
            name: ServoMotion(angle, SPEED_RAD_S, 0.0) for name, angle in zip(JOINTS, HOME_RAD, strict=True)
        }
        self._finger = ServoMotion(0.0, FINGER_SPEED_S, 0.0)
        self.do_come_back()

    def do_set(self, **values: Any) -> None:
        """Set hardware (its state), inactive, renamed (prefix of joints), foreign, goal or forwards."""
        for key, value in values.items():
            setattr(self, key, value)
        if {"renamed", "forwards"} & values.keys():
            self.do_vanish()
            self.do_come_back()

    def do_state(self) -> dict[str, Any]:
        """Return where the arm is."""
        return {"position": [joint.position for joint in self._joints.values()]}

    def start(self, nodes: dict[str, Node]) -> None:
        joints = {self.renamed + name: joint for name, joint in self._joints.items()}
        self._told = {**joints, self._finger_name: self._finger}
        self._arm = Controller(nodes[self._arm_name], joints, self.forwards)
        self._hand = Controller(nodes[self._hand_name], {self._finger_name: self._finger}, False)
        self._diagnostics = nodes[MANAGER].create_publisher(DiagnosticArray, "/diagnostics", 10)
        self._states = nodes[BROADCASTER].create_publisher(JointState, "joint_states", 10)
        self._goals = nodes[self._arm_name].create_publisher(
            GoalStatusArray, "~/follow_joint_trajectory/_action/status", qos_profile_action_status_default
        )
        self._said_goal, self._told_s = False, -DIAGNOSTICS_S
        self._rival_node, self._rival = nodes[RIVAL], None

    def step(self, now_s: float) -> None:
        up, frozen = self.hardware == "active", self.faults.frozen
        self._arm.active = not self.inactive
        for controller in (self._arm, self._hand):
            controller.deaf = frozen
            controller.update(now_s, up)
        self._let_others_command()
        if now_s - self._told_s >= DIAGNOSTICS_S:
            self._told_s = now_s
            self._diagnostics.publish(DiagnosticArray(status=self._activity()))
        if up and not frozen and self._chance.random() >= self.faults.drop:
            time.sleep(self.faults.delay_s)
            self._states.publish(_states(self._told))

    def _let_others_command(self) -> None:
        if self.foreign and self._rival is None:
            self._rival = self._rival_node.create_publisher(JointTrajectory, f"{self._arm_name}/joint_trajectory", 10)
        elif not self.foreign and self._rival is not None:
            self._rival_node.destroy_publisher(self._rival)
            self._rival = None
        if self.goal != self._said_goal:
            status = GoalStatus.STATUS_EXECUTING if self.goal else GoalStatus.STATUS_SUCCEEDED
            self._goals.publish(GoalStatusArray(status_list=[GoalStatus(status=status)]))
            self._said_goal = self.goal

    def _activity(self) -> list[DiagnosticStatus]:
        state = "inactive" if self.inactive else "active"
        controllers = {self._arm_name: state, self._hand_name: "active", BROADCASTER: "active"}
        return [
            diagnostic(f"{MANAGER}: Controllers Activity", controllers),
            diagnostic(f"{MANAGER}: Hardware Components Activity", {"UFRobotSystemHardware": self.hardware}),
        ]


def _states(joints: dict[str, ServoMotion]) -> JointState:
    message = JointState(name=list(joints))
    message.position = [joint.position for joint in joints.values()]
    message.velocity = [joint.velocity for joint in joints.values()]
    return message


if __name__ == "__main__":
    Ros2ControlArm(sys.argv[1], int(sys.argv[2]), *sys.argv[3:]).serve()
