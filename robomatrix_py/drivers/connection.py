"""The connection to one device: made by itself, watched, lost, made again; the reason is known all the while."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

import numpy as np

from robomatrix_py.contracts.driver import DriverMode, DriverStatus
from robomatrix_py.contracts.errors import DeviceError, StaleDataError
from robomatrix_py.drivers.config import DriverConfig
from robomatrix_py.drivers.device import FIRMWARE_FAULT, Device


class Reading(Protocol):
    """What any device says of itself."""

    @property
    def fault(self) -> str:
        """What its firmware reports; empty while all is well."""

    @property
    def is_finite(self) -> bool:
        """Whether every number is finite."""


HeldT = TypeVar("HeldT")
ReadingT = TypeVar("ReadingT", bound=Reading)


class Connection(Generic[HeldT, ReadingT]):
    """Keeps one device connected as far as it can be.

    Args:
        device: The device.
        name: What it is called in messages.
        config: Deadlines.
    """

    def __init__(self, device: Device[HeldT, ReadingT], name: str, config: DriverConfig) -> None:
        self._device = device
        self._name = name
        self._config = config
        self._retry_s = -np.inf
        self._heard_s: float | None = None
        self._silence = ""
        self.connected = False
        """Whether the device may be written to."""
        self.trouble = DriverStatus(DriverMode.DISCONNECTED, "connecting for the first time")
        """Why there is no connection; what it says while there is one means nothing."""

    @property
    def refusal(self) -> str:
        """Why commands are refused while there is no connection."""
        return f"{self.trouble.mode}: {self.trouble.reason}"

    def open(self, now_s: float) -> HeldT | None:
        """Connect, if it is time to try; return where the device holds, or None where it did not work."""
        if now_s < self._retry_s:
            return None
        try:
            held = self._device.open(now_s)
        except (DeviceError, StaleDataError) as error:
            self._lose(_trouble(error), now_s)
            return None
        self.connected = True
        return held

    def exchange(self, write: Callable[[], None], now_s: float) -> ReadingT | None:
        """Write, and return a reading if there is a new and good one. The device may be lost afterwards.

        Args:
            write: Sends the set point.
            now_s: Monotonic time.
        """
        if self._heard_s is None:
            # Connecting took its time: silence counts from here.
            self._heard_s = now_s
        reading = None
        try:
            write()
            reading = self._device.read(now_s)
        except StaleDataError as error:
            self._silence = str(error)
        except DeviceError as error:
            self._lose(_trouble(error), now_s)
            return None
        if reading is not None and reading.is_finite:
            if reading.fault:
                self._lose(DriverStatus(DriverMode.FAULT, reading.fault), now_s)
                return None
            self._heard_s, self._silence = now_s, ""
            return reading
        if reading is not None:
            self._silence = f"{self._name}: a reading is not finite [STALE.NOT_FINITE]"
        if now_s - self._heard_s > self._config.silence_max_s:
            silent_ms = 1e3 * (now_s - self._heard_s)
            reason = f"no good answer for {silent_ms:.0f} ms: {self._silence or 'nothing came'}"
            self._lose(DriverStatus(DriverMode.DISCONNECTED, reason), now_s)
        return None

    def close(self, farewell: Callable[[], None], reason: str) -> None:
        """Let go of the device in good order. A further :meth:`open` connects again.

        Args:
            farewell: Sends the last set point.
            reason: What is said of it afterwards.
        """
        if self.connected:
            # One that has gone already holds by its own means.
            with contextlib.suppress(DeviceError, StaleDataError):
                farewell()
        self._forget(DriverStatus(DriverMode.DISCONNECTED, reason))
        self._device.close()

    def _lose(self, trouble: DriverStatus, now_s: float) -> None:
        self._forget(trouble)
        self._device.drop()
        self._retry_s = now_s + self._config.retry_s

    def _forget(self, trouble: DriverStatus) -> None:
        self.trouble = trouble
        self.connected = False
        self._heard_s, self._silence = None, ""


def _trouble(error: DeviceError | StaleDataError) -> DriverStatus:
    fault = error.code.endswith(FIRMWARE_FAULT)
    return DriverStatus(DriverMode.FAULT if fault else DriverMode.DISCONNECTED, str(error))
