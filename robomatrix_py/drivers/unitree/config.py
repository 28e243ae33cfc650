"""How a Unitree Go2 is reached: `base.yaml`."""

from __future__ import annotations

from dataclasses import dataclass

from robomatrix_py.contracts.ranges import require_ranges


@dataclass(frozen=True)
class UnitreeConfig:
    """One robot.

    Args:
        address: Network interface of this computer to which the robot is connected, such as ``eth0``.
        rate_hz: Velocities a second.
        domain: DDS domain of the robot.
    """

    address: str
    rate_hz: float = 50.0
    domain: int = 0

    def __post_init__(self) -> None:
        """Check the ranges."""
        require_ranges(self, {"rate_hz": (20.0, 200.0), "domain": (0, 232)})
        if not self.address.replace("-", "").replace("_", "").replace(".", "").isalnum():
            raise ValueError(f"address is '{self.address}'; permitted: the name of a network interface, such as eth0")
