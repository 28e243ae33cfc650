"""The base of a RoboMaster EP: mecanum wheels that take a velocity, and odometry that it pushes."""

from __future__ import annotations

import math

import numpy as np

from robomatrix_py.contracts.geometry import Array, Pose
from robomatrix_py.drivers.device import BaseReading
from robomatrix_py.drivers.robomaster import text
from robomatrix_py.drivers.robomaster.link import RoboMasterLink, RobotState, fault_of


class RoboMasterChassis:
    """One base.

    Args:
        link: The robot.
    """

    def __init__(self, link: RoboMasterLink) -> None:
        self._link = link
        self._session = -1
        self._identity = ""
        self._velocity = np.zeros(3)
        self._read_s = 0.0
        config = link.config
        # Of its own axes into ours (REP 103): forward, left, turning left.
        self._signs = np.array([1.0, config.left_sign, config.turn_sign])

    @property
    def identity(self) -> str:
        """Address and firmware."""
        return self._identity

    def open(self, now_s: float) -> Pose:  # noqa: ARG002  an interface
        """Connect, and have the base stand.

        Raises:
            DeviceError: It cannot be reached or used.
        """
        state = self._link.open(self)
        self._session = self._link.session
        self._identity = f"RoboMaster EP at {self._link.config.address}, firmware {self._link.version}"
        self._velocity, self._read_s = np.zeros(3), 0.0
        return self._pose(state)

    def probe(self) -> str:
        """Connect and say what was found; nothing moves.

        Raises:
            DeviceError: It cannot be reached or used.
        """
        self.open(0.0)
        battery = text.numbers(self._link.ask("robot battery ?"), 1)
        return self._identity + (f", battery {battery[0]:.0f} %" if battery else "")

    def write(self, velocity: Array, now_s: float) -> None:  # noqa: ARG002
        """Send a velocity, and ask how fast it is.

        Raises:
            DeviceError: The connection is gone.
        """
        self._link.require(self._session)
        x_m_s, y_m_s, z_rad_s = (self._signs * velocity).tolist()
        self._link.send(self, f"chassis speed x {x_m_s:.3f} y {y_m_s:.3f} z {math.degrees(z_rad_s):.2f}")
        self._link.query("chassis speed ?", self._take_speed)

    def read(self, now_s: float) -> BaseReading | None:
        """Return a reading if place and heading have been pushed anew and commands are answered.

        Raises:
            DeviceError: The connection is gone, or the robot refuses a command.
        """
        self._link.require(self._session)
        state = self._link.poll(self, now_s)
        newest_s = min(state.answered_s, *(state.pushes[name][1] for name in ("position", "attitude")))
        fault = fault_of(state)
        if newest_s <= self._read_s and not fault:
            return None
        self._read_s = newest_s
        return BaseReading(self._pose(state), self._velocity, fault)

    def close(self) -> None:
        """Stand, and let go."""
        self._link.close(self)

    def drop(self) -> None:
        """Let go at once."""
        self._link.drop(self._session)

    def _pose(self, state: RobotState) -> Pose:
        place = text.numbers(state.pushes["position"][0], 2) or [math.nan] * 2
        angles = text.numbers(state.pushes["attitude"][0], 3) or [math.nan] * 3
        left_m = self._signs[1] * place[1]
        return Pose.at(place[0], left_m, 0.0, self._signs[2] * math.radians(angles[2]))

    def _take_speed(self, answer: str) -> None:
        values = text.numbers(answer, 3)
        if values is None:
            self._velocity = np.full(3, np.nan)
            return
        self._velocity = self._signs * np.array([values[0], values[1], math.radians(values[2])])
