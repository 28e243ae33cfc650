"""A real or a mocked arm, and its base if it has one: the topics of `sim_driver`, without its cameras and its world."""

from __future__ import annotations

import threading

from builtin_interfaces.msg import Time
from rclpy.node import Node
from sensor_msgs.msg import JointState
from trajectory_msgs.msg import JointTrajectory

from robomatrix_py.drivers.arm import DeviceArmDriver
from robomatrix_py.nodes import names
from robomatrix_py.nodes.base_loop import BaseLoop
from robomatrix_py.nodes.convert import joint_state_to_msg, targets_from_msg
from robomatrix_py.nodes.driver_status import DriverStatusPublisher
from robomatrix_py.nodes.loop import ControlLoop
from robomatrix_py.nodes.process import run_node
from robomatrix_py.settings.devices import make_device
from robomatrix_py.settings.settings import Settings


class ArmDriverNode(Node):
    """Hands commands to the driver in its control loop, and says how the arm is."""

    def __init__(self, settings: Settings) -> None:
        super().__init__("arm_driver")
        self._robot = settings.load_robot()
        choice = make_device(self._robot, settings.mode, settings.device)
        label = f"{self._robot.name} ({choice.kind}): {names.ARM_DRIVER}"
        self._driver = DeviceArmDriver(self._robot, choice.device, settings.driver)
        # Connecting may take seconds: only the control loop ever waits for it.
        self._lock = threading.Lock()
        self._arm_command: JointTrajectory | None = None
        self._gripper_command: JointTrajectory | None = None
        self._refusal = ""
        self._joints = self.create_publisher(JointState, names.JOINT_STATES, names.STATE_QOS)
        self._status = DriverStatusPublisher(self, label, lambda: self._driver.status, lambda: self._driver.identity)
        self.create_subscription(JointTrajectory, names.ARM_TRAJECTORY, self._on_arm, names.COMMAND_QOS)
        self.create_subscription(JointTrajectory, names.GRIPPER_TRAJECTORY, self._on_gripper, names.COMMAND_QOS)
        self._base = BaseLoop(self, self._robot.base, settings) if self._robot.base is not None else None
        self._loop = ControlLoop(self, "arm_driver", choice.rate_hz, self._tick)
        self._loop.start()
        if self._base is not None:
            self._base.start()

    def finish(self) -> None:
        """Stand still, hold position, keep the torque, and let go of the devices."""
        if self._base is not None:
            self._base.stop()
        self._loop.stop()
        if self._lock.acquire(timeout=0.5):
            self._driver.close()
            self._lock.release()

    def _tick(self, now_s: float) -> None:
        with self._lock:
            gripper, self._gripper_command = self._gripper_command, None
            arm, self._arm_command = self._arm_command, None
            refusal = (self._aim_gripper(gripper, now_s) if gripper else "") or (
                self._aim_arm(arm, now_s) if arm else ""
            )
            self._driver.update(now_s)
            joints = self._driver.read(now_s)
        if joints is not None:
            self._joints.publish(joint_state_to_msg(joints, self._now()))
        if refusal and refusal != self._refusal:
            self.get_logger().warning(f"refused a command: {refusal}")
        if gripper or arm:
            self._refusal = refusal
        self._status.update()

    def _aim_arm(self, message: JointTrajectory, now_s: float) -> str:
        targets = targets_from_msg(message)
        if targets is None:
            return f"a trajectory without a point for each of {message.joint_names}"
        return self._driver.command_arm(*targets, now_s)

    def _aim_gripper(self, message: JointTrajectory, now_s: float) -> str:
        targets = targets_from_msg(message)
        gripper = self._robot.gripper
        if targets is None or targets[0] != gripper.joints:
            return f"a gripper command for {message.joint_names}, not {gripper.joints}"
        opening = gripper.opening_from_joints(dict(zip(targets[0], targets[1], strict=True)))
        return self._driver.command_gripper(opening, targets[2], now_s)

    def _on_arm(self, message: JointTrajectory) -> None:
        self._arm_command = message

    def _on_gripper(self, message: JointTrajectory) -> None:
        self._gripper_command = message

    def _now(self) -> Time:
        return self.get_clock().now().to_msg()


def main() -> int:
    """Run the arm driver's process."""
    return run_node("arm_driver", ArmDriverNode, real_time=True)


if __name__ == "__main__":
    raise SystemExit(main())
