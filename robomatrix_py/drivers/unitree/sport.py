"""The base of a Unitree Go2: velocities to its sport service, odometry from its state."""

from __future__ import annotations

import json
import math
import time
from collections import deque
from typing import TYPE_CHECKING

import numpy as np

from robomatrix_py.contracts.errors import DeviceError
from robomatrix_py.contracts.geometry import Array, Pose, wrap_angle
from robomatrix_py.drivers.device import BaseReading, firmware_fault
from robomatrix_py.drivers.unitree.link import STATES, UnitreeLink

if TYPE_CHECKING:
    from robomatrix_py.drivers.unitree.messages import SportModeState

# Numbers of the sport service.
STOP_MOVE, MOVE = 1003, 1008
_LISTEN_S = 1.5
# Long enough to hear whether somebody else commands it.
_OTHERS_S = 0.4
_SLICE_S = 0.01
# While it stands, so often it is told to.
_STOP_PERIOD_S = 0.2
# The speed is that of its odometry over such a stretch: in which frame the field `velocity` is, Unitree does not say.
_SPEED_OVER_S = 0.1
_MODES = {5: "it lies on the floor", 7: "its legs are limp (damping)"}
_DAMPING_CODE = 1001
_GUIDE = "make sure that nobody is in danger, have it stand up with the remote, and see 'Protective stop' in the guide"


class UnitreeSportBase:
    """One robot.

    Args:
        link: Its connection.
    """

    def __init__(self, link: UnitreeLink) -> None:
        self._link = link
        self._identity = ""
        self._places: deque[tuple[float, Pose]] = deque()
        self._stopped_s = -math.inf
        self._asked: int | None = None
        self._refusal = ""

    @property
    def identity(self) -> str:
        """Which robot on which interface."""
        return self._identity

    def open(self, now_s: float) -> Pose:  # noqa: ARG002  an interface
        """Listen for the robot, and have it stand.

        Raises:
            DeviceError: It cannot be reached or used.
            EnvironmentFault: cyclonedds is not installed.
        """
        pose, _ = self._listen()
        self._stop(-math.inf)
        self._identity = self._link.where
        return pose

    def probe(self) -> str:
        """Listen for the robot and say what it says; nothing is sent.

        Raises:
            DeviceError: It cannot be reached or used.
            EnvironmentFault: cyclonedds is not installed.
        """
        _, state = self._listen()
        height = f"body {state.body_height:.2f} m above the floor"
        return f"{self._link.where}: mode {state.mode}, {height}, {state.imu_state.temperature} degrees Celsius"

    def write(self, velocity: Array, now_s: float) -> None:
        """Send a velocity; a standstill is a request of its own.

        Raises:
            DeviceError: It cannot be sent.
        """
        if velocity.any():
            x, y, z = (round(value, 4) for value in velocity.tolist())
            self._link.send(MOVE, json.dumps({"x": x, "y": y, "z": z}), reply=False)
            self._stopped_s = -math.inf
        elif now_s - self._stopped_s >= _STOP_PERIOD_S:
            self._stop(now_s)

    def read(self, now_s: float) -> BaseReading | None:  # noqa: ARG002
        """Return a reading if the robot's own clock went on.

        Raises:
            DeviceError: The connection is gone, or another program commands the robot.
        """
        self._take_responses()
        if self._link.requests():
            raise self._commanded()
        newest = None
        for state in self._link.states():
            newest = state if self._note(state) else newest
        if newest is None:
            return None
        return BaseReading(self._places[-1][1], self._velocity(newest), _fault(newest) or self._refusal)

    def close(self) -> None:
        """Leave the domain; the robot stands, its legs under torque."""
        self._link.close()

    def drop(self) -> None:
        """Nothing to let go of: DDS has no connection that could hang, and who stays finds the robot again sooner."""

    def _listen(self) -> tuple[Pose, SportModeState]:
        self._link.open()
        self._places.clear()
        self._refusal, self._asked = "", None
        deadline_s = time.monotonic() + _LISTEN_S
        newest, topics = None, set[str]()
        until_s = time.monotonic() + _OTHERS_S
        while time.monotonic() < (deadline_s if newest is None else until_s):
            for state in self._link.states():
                newest = state if self._note(state) else newest
            topics |= self._link.topics()
            if self._link.requests():
                raise self._commanded()
            time.sleep(_SLICE_S)
        if newest is None:
            # The next attempt joins anew: the interface may have been another one meanwhile.
            self._link.close()
            raise self._unheard(topics)
        if fault := _fault(newest):
            raise firmware_fault(fault, where=self._link.where, remedy=_GUIDE)
        return self._places[-1][1], newest

    def _unheard(self, topics: set[str]) -> DeviceError:
        robots = sorted(name for name in topics if name.startswith("rt/") and name != STATES)
        if robots:
            return DeviceError(
                f"a robot sends {robots[0]}, but says nothing on {STATES}: it is no Go2, or its sport mode is off",
                where=self._link.where,
                remedy="choose the right --robot, or switch sport mode on in Unitree's app",
                code="WRONG_MODEL",
            )
        return DeviceError(
            "nothing is heard of a robot",
            where=self._link.where,
            remedy="is it on, the cable in, and this computer's address 192.168.123.x? try: ping 192.168.123.161",
            code="NO_ANSWER",
        )

    def _commanded(self) -> DeviceError:
        return DeviceError(
            "another program commands the robot",
            where=self._link.where,
            remedy="end it: another driver, a script, or a bridge on the robot itself",
            code="PORT_BUSY",
        )

    def _stop(self, now_s: float) -> None:
        self._asked = self._link.send(STOP_MOVE, "{}", reply=True)
        self._stopped_s = now_s

    def _take_responses(self) -> None:
        for response in self._link.responses():
            identity, code = response.header.identity, response.header.status.code
            if identity.id == self._asked:
                service = "the sport service refuses requests"
                self._refusal = f"{self._link.where}: {service}: code {code}; {_GUIDE}" if code else ""

    def _note(self, state: SportModeState) -> bool:
        """Keep a place; return whether the robot's clock went on: one that stands still has hung itself up."""
        stamp_s = state.stamp.sec + 1e-9 * state.stamp.nanosec
        if self._places and stamp_s <= self._places[-1][0]:
            return False
        w, x, y, z = state.imu_state.quaternion
        yaw_rad = math.atan2(2.0 * (w * z + x * y), 1.0 - 2.0 * (y * y + z * z))
        self._places.append((stamp_s, Pose.at(state.position[0], state.position[1], 0.0, yaw_rad)))
        while stamp_s - self._places[0][0] > _SPEED_OVER_S and len(self._places) > 2:
            self._places.popleft()
        return True

    def _velocity(self, state: SportModeState) -> Array:
        (first_s, first), (last_s, last) = self._places[0], self._places[-1]
        if last_s <= first_s:
            return np.zeros(3)
        elapsed_s = last_s - first_s
        # As seen from half way of the turn.
        turn_rad = wrap_angle(last.yaw_rad - first.yaw_rad)
        middle = first @ Pose.at(0.0, 0.0, 0.0, turn_rad / 2)
        way = last.position_m - first.position_m
        ahead, left = math.cos(middle.yaw_rad), math.sin(middle.yaw_rad)
        forward_m, left_m = way[0] * ahead + way[1] * left, way[1] * ahead - way[0] * left
        return np.array([forward_m / elapsed_s, left_m / elapsed_s, state.yaw_speed])


def _fault(state: SportModeState) -> str:
    if state.error_code == _DAMPING_CODE:
        return _MODES[7]
    return _MODES.get(state.mode, "")
