"""The simulated world as a driver node: the same topics as a real arm, gripper, base and cameras.

Perception `sim_truth` comes from here too, because only the simulator knows it. It is no camera.
"""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path

from builtin_interfaces.msg import Time
from rclpy.node import Node
from robomatrix_interfaces.msg import SceneObjects
from robomatrix_interfaces.srv import MoveSimObject, SaveSimState
from sensor_msgs.msg import JointState
from std_msgs.msg import Empty
from trajectory_msgs.msg import JointTrajectory

from robomatrix_py.nodes import names
from robomatrix_py.nodes.base_port import BasePort
from robomatrix_py.nodes.convert import joint_state_to_msg, pose_from_msg, scene_to_msg, targets_from_msg
from robomatrix_py.nodes.driver_status import DriverStatusPublisher
from robomatrix_py.nodes.loop import ControlLoop
from robomatrix_py.nodes.process import run_node
from robomatrix_py.nodes.sim_cameras import CameraPublisher
from robomatrix_py.settings.settings import Settings
from robomatrix_py.sim.arm_driver import SimArmDriver
from robomatrix_py.sim.base_driver import SimBaseDriver
from robomatrix_py.sim.blaster import SimBlaster
from robomatrix_py.sim.inputs import INPUTS_FILE, InputLog
from robomatrix_py.sim.truth import SOURCE as SIM_TRUTH
from robomatrix_py.sim.truth import SimTruth
from robomatrix_py.sim.world import SimWorld

_RATE_HZ = 100.0


class SimDriverNode(Node):
    """Steps the world in real time and speaks for its devices."""

    def __init__(self, settings: Settings) -> None:
        super().__init__("sim_driver")
        self._robot = settings.load_robot()
        config = settings.sim_config()
        self._world = SimWorld(self._robot, settings.model_file, config)
        self._inputs = InputLog(self._world)
        self._driver = SimArmDriver(self._world)
        # With camera perception nobody hears of the simulator's state.
        self._truth = SimTruth(self._world) if settings.perception_source == SIM_TRUTH else None
        self._lock = threading.Lock()
        self._steps = round(1.0 / _RATE_HZ / config.timestep_s)
        self._joints = self.create_publisher(JointState, names.JOINT_STATES, names.STATE_QOS)
        if self._truth is not None:
            self._scene = self.create_publisher(SceneObjects, names.SCENE_OBJECTS, names.STATE_QOS)
        self._statuses = [self._status_of(names.ARM_DRIVER, self._driver)]
        self._base: SimBaseDriver | None = None
        if self._robot.base is not None:
            self._base = SimBaseDriver(self._world)
            self._base_port = BasePort(self, self._robot.base, self._base)
            self._statuses.append(self._status_of(names.BASE_DRIVER, self._base))
            if self._robot.base.blaster is not None:
                self._blaster = SimBlaster(self._world, self._robot.base.blaster)
                self.create_subscription(Empty, names.FIRE, self._on_fire, names.COMMAND_QOS)
        self.create_subscription(JointTrajectory, names.ARM_TRAJECTORY, self._on_arm, names.COMMAND_QOS)
        self.create_subscription(JointTrajectory, names.GRIPPER_TRAJECTORY, self._on_gripper, names.COMMAND_QOS)
        self.create_service(SaveSimState, names.SAVE_SIM_STATE, self._on_save)
        self.create_service(MoveSimObject, names.MOVE_SIM_OBJECT, self._on_move)
        self._cameras = CameraPublisher(self, self._world, self._lock, config)
        self._loop = ControlLoop(self, "sim_driver", _RATE_HZ, self._tick, self._cameras.readings)
        self._cameras.start()
        self._loop.start()

    def finish(self) -> None:
        """Hold position and end the threads."""
        with self._lock:
            self._driver.close()
            if self._base is not None:
                self._base.close()
        self._loop.stop()
        self._cameras.stop()

    def _tick(self, now_s: float) -> None:
        with self._lock:
            if self._base is not None:
                self._base_port.command(now_s)
            timestep_s = self._world.config.timestep_s
            for i in range(self._steps):
                self._driver.update(now_s + i * timestep_s)
                if self._base is not None:
                    self._base.update(now_s + i * timestep_s)
                self._inputs.note()
                self._world.step()
            joints = self._driver.read(now_s)
            if self._base is not None:
                self._base_port.read(now_s)
            scene = self._truth.update(now_s) if self._truth is not None else None
        if joints is not None:
            self._joints.publish(joint_state_to_msg(joints, self._now()))
        if self._base is not None:
            self._base_port.publish()
        if scene is not None:
            self._scene.publish(scene_to_msg(scene, self._now()))
        for status in self._statuses:
            status.update()

    def _on_arm(self, message: JointTrajectory) -> None:
        targets = targets_from_msg(message)
        if targets is None:
            self.get_logger().warning(f"refused a trajectory without a point for each of {message.joint_names}")
            return
        joint_names, positions, reach_in_s = targets
        with self._lock:
            reason = self._driver.command_arm(joint_names, positions, reach_in_s, time.monotonic())
        if reason:
            self.get_logger().warning(f"refused a command: {reason}")

    def _on_gripper(self, message: JointTrajectory) -> None:
        targets = targets_from_msg(message)
        gripper = self._robot.gripper
        if targets is None or targets[0] != gripper.joints:
            self.get_logger().warning(f"refused a gripper command for {message.joint_names}: not {gripper.joints}")
            return
        opening = gripper.opening_from_joints(dict(zip(targets[0], targets[1], strict=True)))
        with self._lock:
            reason = self._driver.command_gripper(opening, targets[2], time.monotonic())
        if reason:
            self.get_logger().warning(f"refused a command: {reason}")

    def _on_fire(self, _message: Empty) -> None:
        with self._lock:
            self._blaster.fire()

    def _on_save(self, request: SaveSimState.Request, response: SaveSimState.Response) -> SaveSimState.Response:
        with self._lock:
            snapshot = self._world.snapshot()
            inputs = self._inputs.take()
        path = Path(request.path)
        try:
            temporary = path.with_suffix(".tmp")
            temporary.write_text(json.dumps(snapshot, indent=1), encoding="utf-8")
            temporary.replace(path)
            if inputs.count:
                inputs.save(path.with_name(INPUTS_FILE))
        except OSError as error:
            response.message = f"{path} cannot be written: {error.strerror}"
            return response
        response.saved = True
        return response

    def _on_move(self, request: MoveSimObject.Request, response: MoveSimObject.Response) -> MoveSimObject.Response:
        if request.name not in self._world.object_names:
            response.message = f"no object '{request.name}'; permitted: {', '.join(self._world.object_names)}"
            return response
        try:
            pose = pose_from_msg(request.pose)
        except ValueError as error:
            response.message = str(error)
            return response
        with self._lock:
            self._world.move_object(request.name, pose)
            self._inputs.disturbed()
        response.moved = True
        return response

    def _status_of(self, what: str, driver: SimArmDriver | SimBaseDriver) -> DriverStatusPublisher:
        label = f"{self._robot.name}: {what}"
        return DriverStatusPublisher(self, label, lambda: driver.status, lambda: "simulated")

    def _now(self) -> Time:
        return self.get_clock().now().to_msg()


def main() -> int:
    """Run the simulated driver's process."""
    return run_node("sim_driver", SimDriverNode, real_time=True)


if __name__ == "__main__":
    raise SystemExit(main())
