"""An arm under ros2_control behind the interface of every arm, run in a worker process (`drivers/sdk_device.py`)."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
from rclpy.qos import qos_profile_sensor_data
from sensor_msgs.msg import JointState

from robomatrix_py.contracts.errors import DeviceError, StaleDataError
from robomatrix_py.contracts.geometry import Array
from robomatrix_py.drivers.calibration import GripperCalibration, JointCalibration, JointMap
from robomatrix_py.drivers.device import ArmReading
from robomatrix_py.drivers.ros2_control import controllers
from robomatrix_py.drivers.ros2_control.config import Ros2ControlConfig
from robomatrix_py.drivers.ros2_control.controllers import Controller
from robomatrix_py.nodes import names
from robomatrix_py.nodes.convert import joint_state_from_msg
from robomatrix_py.nodes.foreign_graph import ForeignGraph
from robomatrix_py.nodes.ros2_control_output import ControllerOutput, discover

_JOINT_STATE = "sensor_msgs/msg/JointState"
_STATES_S = 4.0
_DISCOVERY_S = 2.0
# A controller manager says once a second how it is.
_DIAGNOSTICS_S = 2.0


class Ros2ControlDevice:
    """One arm and its gripper, each with a controller of its own.

    Args:
        values: Fields of `Ros2ControlConfig` under ``config``, of `Calibration` under ``calibration``, and the arm's
            joints under ``joints``.
    """

    def __init__(self, values: dict[str, Any]) -> None:
        self._config = Ros2ControlConfig(**values["config"])
        self._names = tuple(self._config.names.get(name, name) for name in values["joints"])
        calibration = values["calibration"]
        offsets = {name: JointCalibration(**joint) for name, joint in calibration["joints"].items()}
        self._map = JointMap(tuple(values["joints"]), offsets)
        self._gripper = GripperCalibration(**calibration["gripper"])
        self._where = f"arm at {self._config.place}"
        self._graph: ForeignGraph | None = None
        self._outputs: list[ControllerOutput] = []
        # Newest position, velocity and effort by joint.
        self._joints: dict[str, tuple[float, float, float]] = {}
        self._new: set[str] = set()

    @property
    def identity(self) -> str:
        """Which controllers of which graph it uses."""
        used = " and ".join(str(output.controller) for output in self._outputs)
        return f"{self._where}: {used}" if used else ""

    def probe(self) -> str:
        """Look at the graph; nothing is published.

        Raises:
            DeviceError: There is no such arm, or it cannot be used.
            StaleDataError: It does not tell its joint positions.
        """
        graph = self._graph = ForeignGraph(self._config)
        graph.node.create_subscription(JointState, names.JOINT_STATES, self._on_joints, qos_profile_sensor_data)
        if not graph.until(lambda: self._is_heard(graph), _STATES_S):
            self._await_diagnostics(graph)
            raise self._unheard(graph)
        self._outputs = [ControllerOutput(graph, each) for each in self._controllers(graph)]
        self._await_diagnostics(graph)
        if rivals := [rival for output in self._outputs for rival in output.rivals]:
            raise DeviceError(
                f"another program commands the arm: {', '.join(rivals)}",
                where=self._where,
                remedy="end it: a servo node, a joystick, MoveIt, or a second RoboMatrix",
                code="PORT_BUSY",
            )
        return self.identity

    def open(self, now_s: float) -> Array:  # noqa: ARG002
        """Look at the graph, and say where the arm is, which its controllers go on holding.

        Raises:
            DeviceError: As :meth:`probe`.
            StaleDataError: As :meth:`probe`.
        """
        self.probe()
        for output in self._outputs:
            output.advertise()
        return np.append(self._column(0, self._map.to_joint), self._opening()[0])

    def write(
        self,
        positions_rad: Array,
        velocities_rad_s: Array,  # noqa: ARG002  controllers differ in what they make of a velocity at the end
        opening: float,
        now_s: float,  # noqa: ARG002
    ) -> None:
        """Send a set point; the controllers hold the newest one."""
        arm, *hands = self._outputs
        targets = self._map.to_encoder(positions_rad).tolist()
        arm.send(dict(zip(self._names, targets, strict=True)), self._config.reach_s)
        for hand in hands:
            finger = self._gripper.reading(opening)
            hand.send(dict.fromkeys(hand.controller.joints, finger), self._config.reach_s)

    def read(self, now_s: float) -> ArmReading | None:  # noqa: ARG002
        """Return a reading once all joints have been heard of anew.

        Raises:
            DeviceError: The arm's nodes have ended, its hardware is down or its controller was switched off.
        """
        graph = self._graph
        if graph is None or not graph.publishers(names.JOINT_STATES):
            raise DeviceError(
                "nobody tells its joint states any more: its ros2_control has ended",
                where=self._where,
                remedy="start it again; the arm is taken up again once it is back",
                code="CONNECTION_LOST",
            )
        self._require_up(graph)
        if not self._new.issuperset(self._needed):
            return None
        self._new.clear()
        opening, speed_per_s = self._opening()
        return ArmReading(
            positions_rad=self._column(0, self._map.to_joint),
            velocities_rad_s=self._column(1, self._map.turned),
            efforts_nm=self._column(2, self._map.turned),
            gripper_opening=opening,
            gripper_speed_per_s=speed_per_s,
        )

    def close(self) -> None:
        """Leave the graph; the controllers hold."""
        graph, self._graph = self._graph, None
        self._outputs = []
        if graph is not None:
            graph.close()

    def drop(self) -> None:
        """Leave the graph."""
        self.close()

    def _is_heard(self, graph: ForeignGraph) -> bool:
        # An arm whose hardware is down tells no joint states, but its controller manager tells why.
        self._require_up(graph)
        return self._needed <= self._joints.keys()

    def _await_diagnostics(self, graph: ForeignGraph) -> None:
        if graph.is_diagnosed:
            graph.until(lambda: graph.diagnostic(controllers.CONTROLLERS_STATUS), _DIAGNOSTICS_S)
        self._require_up(graph)

    def _controllers(self, graph: ForeignGraph) -> list[Controller]:
        """Return the controllers of arm and gripper; they are discovered one after the other."""
        config = self._config
        wanted = [(config.controller, self._names), (config.gripper_controller, ())]
        deadline_s = time.monotonic() + _DISCOVERY_S
        while True:
            found = discover(graph)
            try:
                return [controllers.choose(found, *each, self._where) for each in wanted if any(each)]
            except DeviceError:
                if time.monotonic() > deadline_s:
                    raise

    @property
    def _needed(self) -> set[str]:
        return {*self._names, *filter(None, [self._config.gripper_joint])}

    def _column(self, index: int, convert: Any) -> Array:
        values: Array = convert(np.array([self._joints[name][index] for name in self._names]))
        return values

    def _opening(self) -> tuple[float, float]:
        """Return the gripper's opening and its change per second."""
        if not self._config.gripper_joint:
            return 1.0, 0.0
        position, velocity, _ = self._joints[self._config.gripper_joint]
        return self._gripper.opening(position), velocity / (self._gripper.open - self._gripper.closed)

    def _require_up(self, graph: ForeignGraph) -> None:
        components = controllers.states(graph.diagnostic(controllers.HARDWARE_STATUS))
        controllers.require_hardware(components, self._config.hardware, self._where)
        states = controllers.states(graph.diagnostic(controllers.CONTROLLERS_STATUS))
        for output in self._outputs:
            controllers.require_active(states, output.controller.name, self._where)

    def _unheard(self, graph: ForeignGraph) -> DeviceError | StaleDataError:
        if not graph.publishers(names.JOINT_STATES):
            return DeviceError(
                f"nobody tells joint states there; there is: {graph.told(_JOINT_STATE)}",
                where=self._where,
                remedy="start the arm's ros2_control in that domain, or name its namespace: --set device.address=/arm",
                code="WRONG_ADDRESS",
            )
        if missing := self._needed - self._joints.keys() if self._joints else set():
            return DeviceError(
                f"its joint states lack {', '.join(sorted(missing))}",
                where=self._where,
                permitted=sorted(self._joints),
                remedy="choose the right --robot, or give their names there: 'names' in device.yaml",
                code="WRONG_MODEL",
            )
        return StaleDataError(
            "somebody publishes joint states and none come",
            where=self._where,
            remedy="is the joint_state_broadcaster active? See: ros2 control list_controllers",
            code="NO_ANSWER",
        )

    def _on_joints(self, message: JointState) -> None:
        state = joint_state_from_msg(message, 0.0)
        if state is None:
            return
        # Some broadcasters tell positions only.
        velocities = np.nan_to_num(state.velocities, nan=0.0) if not message.velocity else state.velocities
        for values in zip(state.names, state.positions, velocities, state.efforts, strict=True):
            self._joints[values[0]] = values[1:]
        self._new.update(state.names)
