"""Stands in for an arm under ros2_control: controller manager, joint state broadcaster and two trajectory controllers.

Run: python ros2_control_arm.py NAMESPACE DOMAIN
Sources: ros2_control and ros2_controllers: names, types and quality of service of topics, parameters of controllers,
diagnostics of the controller manager. What it lacks: services and actions of packages that may not be installed
(controller_manager_msgs, control_msgs), controllers' constraints, and the arm's dynamics.
"""

from __future__ import annotations

import os
import random
import sys
import threading
import time
from typing import Any

import rclpy
from action_msgs.msg import GoalStatus, GoalStatusArray
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue
from double import Double
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.qos import qos_profile_action_status_default
from rclpy.signals import SignalHandlerOptions
from sensor_msgs.msg import JointState
from servo_motion import ServoMotion
from std_msgs.msg import Float64MultiArray
from trajectory_msgs.msg import JointTrajectory

ARM, HAND = "uf850_traj_controller", "xarm_gripper_traj_controller"
JOINTS, FINGER = tuple(f"joint{i}" for i in range(1, 7)), "drive_joint"
HOME_RAD = (0.0, 0.1, -0.8, 0.1, -0.6, 0.1)
SPEED_RAD_S, FINGER_SPEED_S = 3.1416, 1.5
UPDATE_S, DIAGNOSTICS_S = 0.01, 1.0


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


class Ros2ControlArm(Double):
    """The arm with its nodes."""

    def __init__(self, namespace: str, domain: int) -> None:
        super().__init__()
        self._namespace, self._domain = namespace, domain
        self._thread: threading.Thread | None = None
        self._running = False
        self._joints: dict[str, ServoMotion] = {}
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

    def do_vanish(self) -> None:
        """End all nodes."""
        self._running = False
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def do_come_back(self) -> None:
        """Start all nodes; the arm is where it was."""
        self._running = True
        ready = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(ready,), daemon=True)
        self._thread.start()
        if not ready.wait(10.0):
            raise RuntimeError("the nodes do not start")

    def _run(self, ready: threading.Event) -> None:
        context = rclpy.Context()
        rclpy.init(context=context, domain_id=self._domain, signal_handler_options=SignalHandlerOptions.NO)
        executor = SingleThreadedExecutor(context=context)
        nodes: dict[str, Node] = {}
        names = ("controller_manager", "joint_state_broadcaster", "moveit_servo", ARM, HAND)
        for name in names:
            listens = name in (ARM, HAND)
            nodes[name] = Node(
                name, namespace=self._namespace, context=context, start_parameter_services=listens, enable_rosout=False
            )
            if listens:
                executor.add_node(nodes[name])
        joints = {self.renamed + name: joint for name, joint in self._joints.items()}
        arm = Controller(nodes[ARM], joints, self.forwards)
        hand = Controller(nodes[HAND], {FINGER: self._finger}, False)
        manager, broadcaster = nodes[names[0]], nodes[names[1]]
        diagnostics = manager.create_publisher(DiagnosticArray, "/diagnostics", 10)
        states = broadcaster.create_publisher(JointState, "joint_states", 10)
        goals = nodes[ARM].create_publisher(
            GoalStatusArray, "~/follow_joint_trajectory/_action/status", qos_profile_action_status_default
        )
        said_goal = False
        rival = None
        told_s = -DIAGNOSTICS_S
        chance = random.Random(7)
        listener = threading.Thread(target=self._listen, args=(executor,), daemon=True)
        listener.start()
        ready.set()
        while self._running:
            now_s = time.monotonic()
            up = self.hardware == "active"
            arm.active, arm.deaf, hand.deaf = not self.inactive, self.faults.frozen, self.faults.frozen
            for controller in (arm, hand):
                controller.update(now_s, up)
            if self.foreign != (rival is not None):
                if rival is None:
                    rival = nodes["moveit_servo"].create_publisher(JointTrajectory, f"{ARM}/joint_trajectory", 10)
                else:
                    nodes["moveit_servo"].destroy_publisher(rival)
                    rival = None
            if self.goal != said_goal:
                status = GoalStatus.STATUS_EXECUTING if self.goal else GoalStatus.STATUS_SUCCEEDED
                goals.publish(GoalStatusArray(status_list=[GoalStatus(status=status)]))
                said_goal = self.goal
            if now_s - told_s >= DIAGNOSTICS_S:
                told_s = now_s
                diagnostics.publish(self._diagnostics())
            if up and not self.faults.frozen and chance.random() >= self.faults.drop:
                time.sleep(self.faults.delay_s)
                states.publish(_states({**joints, FINGER: self._finger}))
            time.sleep(UPDATE_S)
        listener.join()
        executor.shutdown()
        for node in nodes.values():
            node.destroy_node()
        rclpy.shutdown(context=context)

    def _listen(self, executor: SingleThreadedExecutor) -> None:
        while self._running:
            executor.spin_once(timeout_sec=0.05)

    def _diagnostics(self) -> DiagnosticArray:
        state = "inactive" if self.inactive else "active"
        return DiagnosticArray(
            status=[
                _status("Controllers Activity", {ARM: state, HAND: "active", "joint_state_broadcaster": "active"}),
                _status("Hardware Components Activity", {"UFRobotSystemHardware": self.hardware}),
            ]
        )


def _status(task: str, values: dict[str, str]) -> DiagnosticStatus:
    pairs = [KeyValue(key=key, value=value) for key, value in values.items()]
    return DiagnosticStatus(name=f"controller_manager: {task}", hardware_id="ros2_control", values=pairs)


def _states(joints: dict[str, ServoMotion]) -> JointState:
    message = JointState(name=list(joints))
    message.position = [joint.position for joint in joints.values()]
    message.velocity = [joint.velocity for joint in joints.values()]
    return message


if __name__ == "__main__":
    os.environ.setdefault("ROS_AUTOMATIC_DISCOVERY_RANGE", "LOCALHOST")
    double = Ros2ControlArm(sys.argv[1], int(sys.argv[2]))
    double.serve_orders()
    double.do_vanish()
