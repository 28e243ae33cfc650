"""A serial port with deadlines, whose errors name the likely cause. pyserial only opens and sets it up."""

from __future__ import annotations

import contextlib
import errno
import os
import select
import time
from pathlib import Path
from typing import Any

from robomatrix_py.contracts.errors import DeviceError
from robomatrix_py.drivers.holder import other_holder
from robomatrix_py.drivers.packages import require_package

_LIKELY = ("ttyACM*", "ttyUSB*", "robomatrix-*")
_CHUNK = 4096


class SerialPort:
    """A port that only this process holds.

    Args:
        address: Device file, such as ``/dev/ttyACM0``.
        baud: Bits per second.
        extra: Extra of this package that brings pyserial for this device family.

    Raises:
        EnvironmentFault: pyserial is not installed.
    """

    def __init__(self, address: str, baud: int, extra: str) -> None:
        self._pyserial = require_package("serial", extra)
        self._address = address
        self._baud = baud
        self._port: Any = None
        self._file = -1

    @property
    def address(self) -> str:
        """Device file."""
        return self._address

    def open(self) -> None:
        """Open it.

        Raises:
            DeviceError: It is missing, forbidden, busy or no serial port.
        """
        self.close()
        try:
            port = self._pyserial.Serial(self._address, self._baud, timeout=0, exclusive=True)
        except OSError as error:
            raise self._cannot_open(error) from error
        except (ValueError, OverflowError) as error:
            raise DeviceError(f"not a port or a rate: {error}", where=self._address, code="PORT") from error
        with contextlib.suppress(OSError, ValueError, NotImplementedError):
            # USB adapters of FTDI otherwise keep what comes in back for 16 ms; others need nothing of the kind.
            port.set_low_latency_mode(True)
        port.reset_input_buffer()
        self._port, self._file = port, port.fileno()

    def close(self) -> None:
        """Give it back."""
        port, self._port, self._file = self._port, None, -1
        if port is not None:
            with contextlib.suppress(OSError):
                # The device may have gone already.
                port.close()

    def write(self, data: bytes) -> None:
        """Send bytes.

        Raises:
            DeviceError: The port is closed or the device has gone.
        """
        try:
            sent = os.write(self._open_file(), data)
        except BlockingIOError:
            sent = 0
        except OSError as error:
            raise self._gone(error) from error
        if sent < len(data):
            raise DeviceError(
                "takes no more bytes: the adapter hangs",
                where=self._address,
                remedy="unplug it and plug it in again",
                code="PORT_HANGS",
            )

    def read(self, deadline_s: float) -> bytes:
        """Return what has come, as soon as something has; nothing where nothing came until the deadline.

        Args:
            deadline_s: On this process's monotonic clock.

        Raises:
            DeviceError: The port is closed or the device has gone.
        """
        file = self._open_file()
        try:
            ready, _, _ = select.select([file], [], [], max(0.0, deadline_s - time.monotonic()))
            data = os.read(file, _CHUNK) if ready else None
        except BlockingIOError:
            data = None
        except (OSError, ValueError) as error:
            raise self._gone(error) from error
        if data == b"":
            raise self._gone(None)
        return data or b""

    def drain(self) -> None:
        """Drop what has come and nobody waits for any more.

        Raises:
            DeviceError: The port is closed or the device has gone.
        """
        while self.read(0.0):
            pass

    def _open_file(self) -> int:
        if self._file < 0:
            raise DeviceError("the port is not open", where=self._address, code="PORT_CLOSED")
        return self._file

    def _gone(self, error: Exception | None) -> DeviceError:
        why = f" ({error})" if error else ""
        return DeviceError(
            f"the device has gone while in use{why}",
            where=self._address,
            remedy="look at the USB cable and the adapter; it is taken up again once it is back",
            code="DEVICE_GONE",
        )

    def _cannot_open(self, error: OSError) -> DeviceError:
        where, number = self._address, error.errno
        if number in (errno.ENOENT, errno.ENODEV, errno.ENXIO):
            present = sorted(str(path) for pattern in _LIKELY for path in Path("/dev").glob(pattern))
            return DeviceError(
                "there is no such port: the adapter is unplugged, or has another name",
                where=where,
                permitted=present or "none is plugged in",
                remedy="plug it in, or name it: --set device.address=/dev/...",
                code="WRONG_ADDRESS",
            )
        if number in (errno.EACCES, errno.EPERM):
            return DeviceError(
                "this user may not use the port",
                where=where,
                remedy="sudo usermod -aG dialout $USER and log in again, or install the udev rule of the robot's guide",
                code="PERMISSION",
            )
        if number in (errno.EBUSY, errno.EAGAIN) or "exclusively lock" in str(error):
            return DeviceError(
                f"another program uses the port{other_holder(Path(where))}",
                where=where,
                remedy="end it: another driver, a servo tool, or ModemManager",
                code="PORT_BUSY",
            )
        return DeviceError(f"cannot be opened as a serial port: {error}", where=where, code="PORT")
