"""What a bus of servos does in the same way whatever its protocol."""

from __future__ import annotations

import contextlib
from abc import ABC, abstractmethod
from collections.abc import Collection

from robomatrix_py.contracts.errors import StaleDataError
from robomatrix_py.drivers.serial_port import SerialPort
from robomatrix_py.drivers.servo_link import REPLY_S, Codec, Reply, ServoLink

_MODEL_BYTES = 2


class ServoBus(ABC):
    """Opens and closes the port, reads registers, and finds out which servos are there.

    Args:
        port: Serial port.
        codec: How replies look.
        model_register: Where a servo keeps its model number.
    """

    def __init__(self, port: SerialPort, codec: Codec, model_register: int) -> None:
        self._port = port
        self._link = ServoLink(port, codec)
        self._model_register = model_register

    @property
    def address(self) -> str:
        """Serial port."""
        return self._port.address

    def open(self) -> None:
        """Open the port.

        Raises:
            DeviceError: It cannot be opened.
        """
        self._port.open()

    def close(self) -> None:
        """Close the port; servos keep torque and goals."""
        self._port.close()

    def models(self, servos: Collection[int]) -> dict[int, int]:
        """Return the model number of each servo that answers."""
        found = self._read_all(servos, self._model_register, _MODEL_BYTES, 2 * REPLY_S)
        for servo in set(servos) - set(found):
            with contextlib.suppress(StaleDataError):
                found[servo] = self._insist(servo, self._model_register, _MODEL_BYTES, "its model")
        return {servo: int.from_bytes(reply.data, "little") for servo, reply in found.items()}

    def _read_all(
        self, servos: Collection[int], register: int, count: int, wait_s: float = REPLY_S
    ) -> dict[int, Reply]:
        """Return what the servos that answer have in registers, by servo."""
        return self._link.ask(self._read_all_request(servos, register, count), servos, count, wait_s)

    def _read(self, servo: int, register: int, count: int) -> bytes:
        """Return what a servo has in registers; raise StaleDataError where it does not answer."""
        return self._insist(servo, register, count, f"register {register}").data

    def _insist(self, servo: int, register: int, count: int, what: str) -> Reply:
        return self._link.insist(self._read_request(servo, register, count), servo, count, what)

    @abstractmethod
    def _read_request(self, servo: int, register: int, count: int) -> bytes:
        """Return the packet that asks one servo."""

    @abstractmethod
    def _read_all_request(self, servos: Collection[int], register: int, count: int) -> bytes:
        """Return the packet that asks several at once."""
