"""The gate as a node: the only publisher on the driver's command topics."""

from __future__ import annotations

import threading
import time

from geometry_msgs.msg import TwistStamped
from rclpy.node import Node
from robomatrix_interfaces.msg import ActionChunk, SafetyState
from robomatrix_interfaces.srv import AcquireLease, ReleaseLease, RequestStop, ResetStop
from sensor_msgs.msg import JointState
from std_msgs.msg import Empty, String
from trajectory_msgs.msg import JointTrajectory

from robomatrix_py.contracts.action import JointCommand
from robomatrix_py.contracts.cause import Cause
from robomatrix_py.contracts.observation import BaseState
from robomatrix_py.contracts.stop_words import asks_to_stop
from robomatrix_py.nodes import names
from robomatrix_py.nodes.base_ear import BaseEar
from robomatrix_py.nodes.convert import (
    chunk_from_msg,
    joint_state_from_msg,
    safety_state_to_msg,
    trajectory_to_msg,
)
from robomatrix_py.nodes.convert_base import base_command_to_msg
from robomatrix_py.nodes.latency import LatencyRecord
from robomatrix_py.nodes.loop import ControlLoop
from robomatrix_py.nodes.process import run_node
from robomatrix_py.safety.gate import Gate, GateStatus
from robomatrix_py.safety.refusal import Refusal
from robomatrix_py.safety.stop import GateMode
from robomatrix_py.settings.settings import Settings

_STATE_PERIOD_S = 0.1
_WATCH_PERIOD_S = 0.5
_FINISH_S = 0.8


class GateNode(Node):
    """Translates messages for the gate and runs its control loop in a thread of its own."""

    def __init__(self, settings: Settings) -> None:
        super().__init__("gate")
        self._robot = settings.load_robot()
        self._gate = Gate(self._robot, settings.gate)
        self._lock = threading.Lock()
        self._published: GateStatus | None = None
        self._arm = self.create_publisher(JointTrajectory, names.ARM_TRAJECTORY, names.COMMAND_QOS)
        self._gripper = self.create_publisher(JointTrajectory, names.GRIPPER_TRAJECTORY, names.COMMAND_QOS)
        self._commanding = [names.ARM_TRAJECTORY, names.GRIPPER_TRAJECTORY]
        if self._robot.base is not None:
            self._base = self.create_publisher(TwistStamped, names.BASE_VELOCITY, names.COMMAND_QOS)
            self._commanding.append(names.BASE_VELOCITY)
            self._ear = BaseEar(self, self._on_base)
            if self._robot.base.blaster is not None:
                self._fire = self.create_publisher(Empty, names.FIRE, names.COMMAND_QOS)
                self._commanding.append(names.FIRE)
        self._state = self.create_publisher(SafetyState, names.SAFETY_STATE, names.LATCHED_QOS)
        self.create_subscription(JointState, names.JOINT_STATES, self._on_joints, names.STATE_QOS)
        self.create_subscription(ActionChunk, names.ACTION_CHUNK, self._on_chunk, names.CHUNK_QOS)
        self.create_subscription(String, names.CORRECTIONS, self._on_correction, names.CORRECTION_QOS)
        self.create_service(AcquireLease, names.ACQUIRE_LEASE, self._on_acquire)
        self.create_service(ReleaseLease, names.RELEASE_LEASE, self._on_release)
        self.create_service(RequestStop, names.REQUEST_STOP, self._on_stop)
        self.create_service(ResetStop, names.RESET_STOP, self._on_reset)
        self.create_timer(_STATE_PERIOD_S, lambda: self._publish_state(force=True))
        self.create_timer(_WATCH_PERIOD_S, self._watch_publishers)
        self._latency = LatencyRecord()
        self._loop = ControlLoop(self, "gate", settings.gate.rate_hz, self._tick, self._latency.readings)
        self._loop.start()

    def finish(self) -> None:
        """Brake, send the last commands, and end the control loop."""
        with self._lock:
            if self._gate.status.mode is GateMode.MOVING:
                self._gate.request_stop("shutdown of the gate", time.monotonic())
        deadline = time.monotonic() + _FINISH_S
        while self._gate.status.mode is GateMode.STOPPING and time.monotonic() < deadline:
            time.sleep(0.01)
        self._loop.stop()

    def _tick(self, now_s: float) -> None:
        with self._lock:
            command = self._gate.tick(now_s)
            base_command = self._gate.base_command(now_s)
            shot = self._gate.shot()
        if base_command is not None:
            self._base.publish(base_command_to_msg(base_command, self.get_clock().now().to_msg()))
        if shot:
            self._fire.publish(Empty())
        if command is not None:
            self._send(command)
            self._latency.answered(time.monotonic())
        self._publish_state()

    def _send(self, command: JointCommand) -> None:
        stamp = self.get_clock().now().to_msg()
        gripper = self._robot.gripper
        fingers = [gripper.finger_m(command.gripper_opening)] * len(gripper.joints)
        self._gripper.publish(trajectory_to_msg(gripper.joints, fingers, command.reach_in_s, stamp))
        positions = command.positions_rad.tolist()
        self._arm.publish(trajectory_to_msg(command.names, positions, command.reach_in_s, stamp))

    def _on_joints(self, message: JointState) -> None:
        now_s = time.monotonic()
        joints = joint_state_from_msg(message, now_s)
        if joints is not None:
            with self._lock:
                self._gate.observe(joints, now_s)

    def _on_base(self, state: BaseState) -> None:
        with self._lock:
            self._gate.observe_base(state, state.received_s)

    def _on_chunk(self, message: ActionChunk) -> None:
        chunk = chunk_from_msg(message)
        with self._lock:
            refusal = self._gate.submit(chunk, message.lease_token, time.monotonic())
        if refusal is None:
            self._latency.accepted(chunk.observed_s)
        else:
            self.get_logger().warning(f"refused a chunk: {refusal}")
            self._publish_state()

    def _on_acquire(self, request: AcquireLease.Request, response: AcquireLease.Response) -> AcquireLease.Response:
        with self._lock:
            answer = self._gate.acquire(request.holder, tuple(request.resources), time.monotonic())
        if isinstance(answer, Refusal):
            response.refusal_code, response.message = answer.code.value, answer.message
        else:
            response.granted, response.token = True, answer.token
            response.lease_number, response.rest = answer.number, answer.rest.tolist()
        return response

    def _on_release(self, request: ReleaseLease.Request, response: ReleaseLease.Response) -> ReleaseLease.Response:
        with self._lock:
            refusal = self._gate.release(request.token, time.monotonic())
        response.released, response.message = refusal is None, str(refusal or "")
        return response

    def _on_stop(self, request: RequestStop.Request, response: RequestStop.Response) -> RequestStop.Response:
        with self._lock:
            self._gate.request_stop(request.source or "an unnamed caller", time.monotonic())
        response.latched, response.message = True, "protective stop latched"
        self._publish_state()
        return response

    def _on_correction(self, message: String) -> None:
        # Nobody in between who could be busy or dead: all else that people say is for the scheduler.
        if asks_to_stop(message.data):
            with self._lock:
                self._gate.request_stop("a correction on the topic corrections", time.monotonic())
            self._publish_state()

    def _on_reset(self, request: ResetStop.Request, response: ResetStop.Response) -> ResetStop.Response:
        with self._lock:
            refusal = self._gate.reset(time.monotonic())
        response.accepted, response.message = refusal is None, str(refusal or "")
        self.get_logger().info(f"reset asked for by {request.source or 'an unnamed caller'}: {refusal or 'done'}")
        self._publish_state()
        return response

    def _publish_state(self, *, force: bool = False) -> None:
        with self._lock:
            status = self._gate.status
            previous = self._published
            # Counters alone are no news.
            changed = previous is None or (status.mode, status.holder, status.stop, status.refusal) != (
                previous.mode,
                previous.holder,
                previous.stop,
                previous.refusal,
            )
            if changed or force:
                self._published = status
        if changed or force:
            self._state.publish(safety_state_to_msg(status, self.get_clock().now().to_msg()))

    def _watch_publishers(self) -> None:
        """Stop when somebody else publishes commands: ROS 2 without SROS2 cannot keep them out."""
        for topic in self._commanding:
            count = self.count_publishers(topic)
            if count > 1:
                message = f"{count - 1} other publisher(s) on {topic}: only the gate may command the driver"
                with self._lock:
                    if not self._gate.latched:
                        self._gate.fault(Cause.DRIVER_FAULT, message, time.monotonic())


def main() -> int:
    """Run the gate's process."""
    return run_node("gate", GateNode, real_time=True)


if __name__ == "__main__":
    raise SystemExit(main())
