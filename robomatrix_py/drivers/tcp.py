"""A TCP connection to a robot's controller, whose errors name the likely cause."""

from __future__ import annotations

import socket

from robomatrix_py.contracts.errors import DeviceError

_LISTENER_S = 1.0


def connect(address: str, port: int, wait_s: float, what: str, source: str = "") -> socket.socket:
    """Return a connection.

    Args:
        address: IP address or host name.
        port: Port.
        wait_s: How long to wait, for the connection and for each answer on it.
        what: What listens there, such as ``dashboard``.
        source: This computer's address to connect from; empty: as the system chooses.

    Raises:
        DeviceError: Nothing listens there.
    """
    where = f"{address}:{port}"
    try:
        link = socket.create_connection((address, port), wait_s, (source, 0) if source else None)
    except socket.gaierror as error:
        raise DeviceError(
            f"there is no host of that name: {error.strerror}",
            where=where,
            remedy="name the robot's IP address: --set device.address=...",
            code="WRONG_ADDRESS",
        ) from error
    except ConnectionRefusedError as error:
        raise DeviceError(
            f"that machine has no {what}: this is another machine's address, or the controller is still starting",
            where=where,
            remedy="look up the robot's IP address: --set device.address=...",
            code="WRONG_ADDRESS",
        ) from error
    except OSError as error:
        raise DeviceError(
            f"no answer ({error}): the address is wrong, the robot is off, or this computer is in another network",
            where=where,
            remedy=f"try: ping {address}; name another address with --set device.address=...",
            code="WRONG_ADDRESS",
        ) from error
    link.settimeout(wait_s)
    return link


def require_listener(address: str, port: int, what: str) -> None:
    """Connect once, before a vendor's package that waits long and says little where nobody listens.

    Raises:
        DeviceError: Nothing listens there.
    """
    connect(address, port, _LISTENER_S, what).close()


class LineClient:
    """Asks in lines of text and gets lines back.

    Args:
        link: The connection.
        where: Address, for messages.
    """

    def __init__(self, link: socket.socket, where: str) -> None:
        self._link = link
        self._where = where
        self._buffer = b""

    def ask(self, question: str) -> str:
        """Return the line that answers a line.

        Raises:
            DeviceError: The connection is gone or silent.
        """
        try:
            self._link.sendall(question.encode() + b"\n")
        except OSError as error:
            raise self._gone(error) from error
        return self.line()

    def line(self) -> str:
        """Return the next line.

        Raises:
            DeviceError: The connection is gone or silent.
        """
        while b"\n" not in self._buffer:
            try:
                data = self._link.recv(4096)
            except OSError as error:
                raise self._gone(error) from error
            if not data:
                raise self._gone(None)
            self._buffer += data
        line, _, self._buffer = self._buffer.partition(b"\n")
        return line.decode(errors="replace").strip()

    def close(self) -> None:
        """Close the connection."""
        self._link.close()

    def _gone(self, error: OSError | None) -> DeviceError:
        why = f": {error}" if error else ""
        return DeviceError(f"the connection was lost{why}", where=self._where, code="CONNECTION_LOST")
