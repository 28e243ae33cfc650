"""The base driver of the simulated world. It has its own watchdog beneath the gate's."""

from __future__ import annotations

import numpy as np

from robomatrix_py.contracts.action import BaseCommand
from robomatrix_py.contracts.base import BaseDescription
from robomatrix_py.contracts.driver import DriverMode, DriverStatus
from robomatrix_py.contracts.errors import ConfigError
from robomatrix_py.contracts.geometry import Array
from robomatrix_py.contracts.observation import BaseState, RangeScan
from robomatrix_py.safety.base_set_point import BaseSetPoint
from robomatrix_py.sim.config import SensorConfig
from robomatrix_py.sim.ranging import Ranging
from robomatrix_py.sim.sensor import Sensor
from robomatrix_py.sim.world import SimWorld


class SimBaseDriver:
    """Drives the simulated base and reads its odometry and its ranging sensor.

    Args:
        world: The world; its robot has a base.

    Raises:
        ConfigError: The robot has no base.
    """

    def __init__(self, world: SimWorld) -> None:
        if world.base is None or world.robot.base is None:
            raise ConfigError(f"{world.robot.name} has no base", where="robot")
        self._world, self._base = world, world.base
        self._description: BaseDescription = world.robot.base
        config = world.config.base
        self._set_point = BaseSetPoint(world.robot.base, config.command_timeout_s)
        self._closed: DriverStatus | None = None
        rng = np.random.default_rng([world.config.seed, 0xBA5E])
        # Odometry's noise is how it misjudges its way, see Odometry; a reading itself is exact.
        timing = SensorConfig(config.odometry.rate_hz, config.odometry.delay_s, 0.0, config.odometry.drop_out)
        self._odometry: Sensor[BaseState] = Sensor(timing, rng, self._feel, _unchanged)
        self._ranging = Ranging(self._description.ranging) if self._description.ranging else None
        self._scans: Sensor[RangeScan] | None = None
        if self._description.ranging is not None:
            turns = SensorConfig(self._description.ranging.rate_hz, 0.0, config.ranging_noise_m)
            self._scans = Sensor(turns, rng, self._range, _add_noise)

    @property
    def status(self) -> DriverStatus:
        """How it is."""
        return self._closed or self._set_point.status

    @property
    def identity(self) -> str:
        """What it drives."""
        return "simulated"

    def command(self, command: BaseCommand, now_s: float) -> str:
        """Take a new velocity in; return why it is refused, or an empty text."""
        refusal = self._set_point.command(command, now_s)
        self._closed = self._closed if refusal else None
        return refusal

    def update(self, now_s: float) -> None:
        """Go on at the velocity; come to a standstill by itself when commands stopped coming."""
        self._base.drive(self._set_point.update(now_s))

    def read(self, now_s: float) -> BaseState | None:
        """Return odometry if there is a new reading."""
        state = self._odometry.update(now_s)
        return None if state is None else BaseState(state.pose_base_in_odom, state.velocity, now_s)

    def scan(self, now_s: float) -> RangeScan | None:
        """Return distances if there is a new turn of them; None for ever where the base has no such sensor."""
        scan = self._scans.update(now_s) if self._scans is not None else None
        return None if scan is None else RangeScan(scan.angles_rad, scan.ranges_m, scan.pose_base_in_odom, now_s)

    def hold(self) -> None:
        """Brake to a standstill."""
        self._set_point.hold()

    def close(self) -> None:
        """Come to a standstill; a legged base stays on its legs."""
        self.hold()
        self._closed = DriverStatus(DriverMode.READY, "closed: the base stands still")

    def _feel(self) -> BaseState:
        odometry = self._world.odometry
        return BaseState(odometry.pose, self._base.velocity(), 0.0)

    def _range(self) -> RangeScan:
        if self._ranging is None:
            raise ConfigError("the base has no ranging sensor", where="robot.base.ranging")
        ranges = self._ranging.ranges_m(self._world.model, self._world.data, self._base.pose())
        return RangeScan(self._ranging.angles_rad, ranges, self._world.odometry.pose, 0.0)


def _unchanged(state: BaseState, _noise: float, _rng: np.random.Generator) -> BaseState:
    return state


def _add_noise(scan: RangeScan, noise_m: float, rng: np.random.Generator) -> RangeScan:
    noise: Array = rng.normal(0.0, noise_m, scan.ranges_m.shape)
    return RangeScan(scan.angles_rad, np.maximum(0.0, scan.ranges_m + noise), scan.pose_base_in_odom, scan.received_s)
