"""A CAN bus: through the kernel (SocketCAN), or through a serial adapter that speaks slcan."""

from __future__ import annotations

import contextlib
import errno
import select
import socket
import struct
import time
from dataclasses import dataclass
from typing import Protocol

from robomatrix_py.contracts.errors import DeviceError
from robomatrix_py.drivers.serial_port import SerialPort

# struct can_frame of linux/can.h: identifier, length, padding, eight bytes.
_FRAME = struct.Struct("=IB3x8s")
_ID_MASK = 0x7FF
_SLCAN_BAUD = 115200
_SLCAN_RATES = {125_000: "S4", 250_000: "S5", 500_000: "S6", 1_000_000: "S8"}


@dataclass(frozen=True)
class CanFrame:
    """One frame with an identifier of 11 bits.

    Args:
        id: Identifier.
        data: Up to eight bytes.
    """

    id: int
    data: bytes


class CanLink(Protocol):
    """A bus that frames go out to and come in from. Methods raise DeviceError where it has gone."""

    def open(self) -> None:
        """Open it."""

    def close(self) -> None:
        """Close it."""

    def send(self, frames: list[CanFrame]) -> None:
        """Send frames."""

    def receive(self, deadline_s: float) -> list[CanFrame]:
        """Return the frames that have come, as soon as one has; none where none came until the deadline."""


def make_can_link(address: str, bitrate: int, extra: str) -> CanLink:
    """Return the link of an address: a device file is a serial adapter, anything else an interface such as ``can0``.

    Raises:
        EnvironmentFault: pyserial is needed and not installed.
    """
    return SlcanLink(address, bitrate, extra) if "/" in address else SocketCanLink(address, bitrate)


class SocketCanLink:
    """An interface of the kernel.

    Args:
        interface: Such as ``can0``.
        bitrate: Only named in advice: the interface is set up by the user.
    """

    def __init__(self, interface: str, bitrate: int) -> None:
        self._interface = interface
        self._bitrate = bitrate
        self._socket: socket.socket | None = None

    def open(self) -> None:
        """Open it.

        Raises:
            DeviceError: There is no such interface, or it is down.
        """
        self.close()
        link = socket.socket(socket.AF_CAN, socket.SOCK_RAW, socket.CAN_RAW)
        try:
            link.bind((self._interface,))
        except OSError as error:
            link.close()
            raise DeviceError(
                f"there is no such CAN interface ({error.strerror}): the adapter is unplugged, or has another name",
                where=self._interface,
                remedy="see 'ip link', or name it: --set device.address=can1",
                code="WRONG_ADDRESS",
            ) from error
        link.setblocking(False)
        self._socket = link

    def close(self) -> None:
        """Close it."""
        link, self._socket = self._socket, None
        if link is not None:
            link.close()

    def send(self, frames: list[CanFrame]) -> None:
        """Send frames.

        Raises:
            DeviceError: The interface has gone, is down, or nobody acknowledges.
        """
        try:
            for frame in frames:
                self._open().send(_FRAME.pack(frame.id, len(frame.data), frame.data))
        except BlockingIOError as error:
            raise self._stuck() from error
        except OSError as error:
            raise self._stuck() if error.errno == errno.ENOBUFS else self._gone(error) from error

    def receive(self, deadline_s: float) -> list[CanFrame]:
        """Return the frames that have come.

        Raises:
            DeviceError: The interface has gone or is down.
        """
        link = self._open()
        frames: list[CanFrame] = []
        select.select([link], [], [], max(0.0, deadline_s - time.monotonic()))
        try:
            while True:
                number, length, data = _FRAME.unpack(link.recv(_FRAME.size))
                frames.append(CanFrame(number & _ID_MASK, data[:length]))
        except BlockingIOError:
            return frames
        except OSError as error:
            raise self._gone(error) from error

    def _open(self) -> socket.socket:
        if self._socket is None:
            raise DeviceError("the interface is not open", where=self._interface, code="PORT_CLOSED")
        return self._socket

    def _stuck(self) -> DeviceError:
        return DeviceError(
            "frames do not go out: nobody on the bus acknowledges them",
            where=self._interface,
            remedy=f"is the arm on, the cable in, and the rate {self._bitrate} bit/s?",
            code="BUS_SILENT",
        )

    def _gone(self, error: OSError) -> DeviceError:
        up = f"sudo ip link set {self._interface} up type can bitrate {self._bitrate}"
        return DeviceError(
            f"the device has gone while in use, or the interface is down ({error.strerror})",
            where=self._interface,
            remedy=f"look at the cable; set the interface up: {up}",
            code="DEVICE_GONE",
        )


class SlcanLink:
    """A serial adapter that speaks slcan, such as a CANable: one frame a line, ``t2A18`` and sixteen hex digits.

    Args:
        address: Serial port.
        bitrate: Bits per second on the bus.
        extra: Extra of this package that brings pyserial.
    """

    def __init__(self, address: str, bitrate: int, extra: str) -> None:
        if bitrate not in _SLCAN_RATES:
            raise ValueError(f"bitrate is {bitrate}; permitted: {sorted(_SLCAN_RATES)}")
        self._port = SerialPort(address, _SLCAN_BAUD, extra)
        self._setup = f"C\r{_SLCAN_RATES[bitrate]}\rO\r".encode()
        self._buffer = b""

    def open(self) -> None:
        """Open port and channel.

        Raises:
            DeviceError: The port cannot be opened.
        """
        self._port.open()
        self._buffer = b""
        self._port.write(self._setup)

    def close(self) -> None:
        """Close channel and port."""
        with contextlib.suppress(DeviceError):
            self._port.write(b"C\r")
        self._port.close()

    def send(self, frames: list[CanFrame]) -> None:
        """Send frames.

        Raises:
            DeviceError: The adapter has gone.
        """
        lines = (f"t{frame.id:03X}{len(frame.data)}{frame.data.hex().upper()}\r" for frame in frames)
        self._port.write("".join(lines).encode())

    def receive(self, deadline_s: float) -> list[CanFrame]:
        """Return the frames that have come.

        Raises:
            DeviceError: The adapter has gone.
        """
        self._buffer += self._port.read(deadline_s)
        while more := self._port.read(0.0):
            self._buffer += more
        *lines, self._buffer = self._buffer.split(b"\r")
        return [frame for line in lines if (frame := _slcan_frame(line)) is not None]


def _slcan_frame(line: bytes) -> CanFrame | None:
    """Return the frame of a line, or None where it is an acknowledgement or damaged."""
    line = line.lstrip(b"\a")
    if len(line) < 5 or line[:1] != b"t":
        return None
    try:
        number, length, data = int(line[1:4], 16), int(line[4:5], 16), bytes.fromhex(line[5:].decode())
    except ValueError:
        return None
    return CanFrame(number, data) if len(data) == length else None
