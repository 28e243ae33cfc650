"""What the drivers above a device share, be it an arm or a base: commands in, states out, holding."""

from __future__ import annotations

from typing import Any, Generic, Protocol, TypeVar

from robomatrix_py.contracts.driver import DriverStatus
from robomatrix_py.drivers.config import DriverConfig
from robomatrix_py.drivers.connection import Connection
from robomatrix_py.drivers.device import Device

CommandT = TypeVar("CommandT")
CommandT_contra = TypeVar("CommandT_contra", contravariant=True)
StateT = TypeVar("StateT")


class SetPoint(Protocol[CommandT_contra]):
    """What the device is to do this instant."""

    @property
    def status(self) -> DriverStatus:
        """How it is."""

    def command(self, command: CommandT_contra, now_s: float) -> str:
        """Take a command in; return why it is refused, or an empty text."""

    def hold(self) -> None:
        """Hold."""


class DeviceDriver(Generic[CommandT, StateT]):
    """Takes commands in while there is a connection, and says why not while there is none.

    Args:
        name: What the device is called in messages.
        device: Its wire.
        config: Deadlines.
    """

    def __init__(self, name: str, device: Device[Any, Any], config: DriverConfig) -> None:
        self._config = config
        self._device: Device[Any, Any] = device
        self._connection: Connection[Any, Any] = Connection(device, name, config)
        self._set_point: SetPoint[CommandT] | None = None
        self._state: StateT | None = None

    @property
    def identity(self) -> str:
        """What device it drives; empty before the first connection."""
        return self._device.identity

    @property
    def status(self) -> DriverStatus:
        """How it is."""
        return self._connection.trouble if self._set_point is None else self._set_point.status

    def command(self, command: CommandT, now_s: float) -> str:
        """Take a command in; return why it is refused, or an empty text."""
        return self._connection.refusal if self._set_point is None else self._set_point.command(command, now_s)

    def read(self, now_s: float) -> StateT | None:  # noqa: ARG002  an interface: the reading bears its own time
        """Return what the device says of itself, if that is new."""
        state, self._state = self._state, None
        return state

    def hold(self) -> None:
        """Have an arm hold the set point of the newest update, a base brake to a standstill."""
        if self._set_point is not None:
            self._set_point.hold()
