"""How an xArm is reached: `device.yaml`."""

from __future__ import annotations

from dataclasses import dataclass

from robomatrix_py.contracts.ranges import require_ranges

GRIPPERS = ("none", "xarm")
_PORT = 502
_RANGES = {"axes": (5, 7), "rate_hz": (25.0, 250.0), "gripper_speed": (1000, 5000)}


@dataclass(frozen=True)
class XarmConfig:
    """A controller and what is on its tool flange.

    Args:
        address: IP address of the controller; ``address:port`` where its port 502 is forwarded to another.
        axes: How many joints it must have.
        types: Which numbers of the maker's for the kind of arm are accepted: 6 is an xArm6.
        rate_hz: Set points a second; the controller takes up to 250.
        gripper: ``xarm`` for the maker's gripper on the tool's RS-485 bus, or ``none``.
        gripper_speed: Speed of its motor, r/min.
    """

    address: str
    axes: int
    types: tuple[int, ...]
    rate_hz: float = 100.0
    gripper: str = "none"
    gripper_speed: int = 5000

    def __post_init__(self) -> None:
        """Check the ranges."""
        require_ranges(self, _RANGES)
        if self.gripper not in GRIPPERS:
            raise ValueError(f"gripper is {self.gripper}; permitted: {', '.join(GRIPPERS)}")
        port = self.address.partition(":")[2]
        if port and not (port.isdigit() and 0 < int(port) < 65536):
            raise ValueError(f"address is {self.address}; permitted: an IP address, or address:port")

    @property
    def host(self) -> str:
        """IP address of the controller."""
        return self.address.partition(":")[0]

    @property
    def port(self) -> int:
        """Port of its commands."""
        return int(self.address.partition(":")[2] or _PORT)
