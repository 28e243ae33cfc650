"""A device whose vendor's package runs in a process of its own, which may be ended at any time."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar

from robomatrix_py.contracts.geometry import Array, Pose
from robomatrix_py.drivers.device import ArmReading, BaseReading
from robomatrix_py.drivers.sdk_worker import (
    base_reading_from_json,
    pose_from_json,
    reading_from_json,
    to_json,
    vector_from_json,
)
from robomatrix_py.drivers.worker_process import WorkerProcess

_READ_S = 0.03
_SILENT = (
    "the connection was lost, or the controller hangs",
    "look at the network cable and at the controller; it is taken up again once it is back",
)
HeldT = TypeVar("HeldT")
ReadingT = TypeVar("ReadingT")


class WorkedDevice(Generic[HeldT, ReadingT]):
    """A device that hands every call to a worker process.

    Args:
        target: What the worker runs, ``module:Class``.
        config: What the class is made from, as JSON knows it.
        where: Robot and address, for messages.
        open_s: Longest time that connecting may take.
        check: Raises an error where the device cannot be used, before a worker is started.
    """

    def __init__(
        self,
        target: str,
        config: Mapping[str, Any],
        where: str,
        open_s: float,
        check: Callable[[], object],
    ) -> None:
        self._worker = WorkerProcess("robomatrix_py.drivers.sdk_worker", [target, json.dumps(config)], where, _SILENT)
        self._open_s = open_s
        self._check = check
        self._identity = ""

    @property
    def identity(self) -> str:
        """Which device it is."""
        return self._identity

    def open(self, now_s: float) -> HeldT:
        """Start the worker and connect.

        Raises:
            DeviceError: The device cannot be reached or used, or the worker hangs.
            StaleDataError: It answers, but not well.
        """
        self._start()
        result = self._worker.ask({"do": "open", "now_s": now_s}, self._open_s)
        self._identity = str(result["identity"])
        return self._held(result["held"])

    def probe(self) -> str:
        """Start the worker, connect and look.

        Raises:
            DeviceError: As :meth:`open`.
            StaleDataError: As :meth:`open`.
        """
        self._start()
        return str(self._worker.ask({"do": "probe"}, self._open_s)["found"])

    def read(self, now_s: float) -> ReadingT | None:
        """Return a reading if there is a new one.

        Raises:
            DeviceError: The device or the worker has gone.
            StaleDataError: No answer came in time.
        """
        values = self._worker.ask({"do": "read", "now_s": now_s}, _READ_S)["reading"]
        return None if values is None else self._reading(values)

    def close(self) -> None:
        """Let go of the device, which holds, and end the worker; takes at most a second and a half."""
        self._worker.close()

    def drop(self) -> None:
        """End the worker at once; the controller notices and holds."""
        self._worker.kill()

    def _send(self, set_point: list[Any], now_s: float) -> None:
        self._worker.send({"do": "write", "now_s": now_s, "set_point": [to_json(value) for value in set_point]})

    def _start(self) -> None:
        self._worker.close()
        # What can be seen without the vendor's package need not wait for it.
        self._check()
        self._worker.start()

    def _held(self, values: Any) -> HeldT:
        raise NotImplementedError

    def _reading(self, values: Any) -> ReadingT:
        raise NotImplementedError


class SdkDevice(WorkedDevice[Array, ArmReading]):
    """An `ArmDevice` in a worker process."""

    def write(self, positions_rad: Array, velocities_rad_s: Array, opening: float, now_s: float) -> None:
        """Send a set point.

        Raises:
            DeviceError: The worker has gone or hangs.
        """
        self._send([positions_rad, velocities_rad_s, opening], now_s)

    def _held(self, values: Any) -> Array:
        return vector_from_json(values)

    def _reading(self, values: Any) -> ArmReading:
        return reading_from_json(values)


class SdkBaseDevice(WorkedDevice[Pose, BaseReading]):
    """A `BaseDevice` in a worker process."""

    def write(self, velocity: Array, now_s: float) -> None:
        """Send a velocity.

        Raises:
            DeviceError: The worker has gone or hangs.
        """
        self._send([velocity], now_s)

    def _held(self, values: Any) -> Pose:
        return pose_from_json(values)

    def _reading(self, values: Any) -> BaseReading:
        return base_reading_from_json(values)
