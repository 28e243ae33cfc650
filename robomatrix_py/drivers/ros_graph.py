"""How a robot that already has ROS 2 is reached: the part of `device.yaml` that such robots have in common."""

from __future__ import annotations

import importlib.util
import re
from dataclasses import dataclass

from robomatrix_py.contracts.errors import EnvironmentFault
from robomatrix_py.contracts.ranges import require_ranges

OWN_DOMAIN = -1
DISCOVERY = {"localhost": "LOCALHOST", "subnet": "SUBNET"}
_NAMESPACE = re.compile(r"/|(/[A-Za-z_][A-Za-z0-9_]*)+")
# Above 101 the ports of some domains belong to the operating system.
_RANGES = {"domain_id": (OWN_DOMAIN, 101), "rate_hz": (10.0, 500.0)}


@dataclass(frozen=True, kw_only=True)
class RosGraphConfig:
    """Where the robot's own ROS 2 nodes are.

    Args:
        address: Their namespace, such as ``/arm``, or ``/``.
        domain_id: Their ROS domain; -1: that of RoboMatrix.
        discovery: ``localhost`` where they run on this machine, ``subnet`` where they run on another.
        rate_hz: Set points a second.
    """

    address: str
    domain_id: int = OWN_DOMAIN
    discovery: str = "localhost"
    rate_hz: float = 100.0

    def __post_init__(self) -> None:
        """Check the names, and that the robot's topics are not those of RoboMatrix."""
        require_ranges(self, _RANGES)
        if not _NAMESPACE.fullmatch(self.address):
            raise ValueError(f"address is '{self.address}'; permitted: a ROS namespace such as /arm, or /")
        if self.discovery not in DISCOVERY:
            raise ValueError(f"discovery is {self.discovery}; permitted: {', '.join(DISCOVERY)}")
        if self.address == "/" and self.domain_id == OWN_DOMAIN:
            raise ValueError(
                "address is '/' in the domain of RoboMatrix, which has topics of the same names; "
                "permitted: a namespace such as /arm, or a domain_id of the robot's own"
            )

    @property
    def place(self) -> str:
        """Where that is, in words."""
        domain = "this ROS domain" if self.domain_id == OWN_DOMAIN else f"ROS domain {self.domain_id}"
        return f"{self.address} in {domain}"


def require_ros() -> None:
    """Check that ROS 2 can be imported, without importing it.

    Raises:
        EnvironmentFault: It is not installed.
    """
    if importlib.util.find_spec("rclpy") is None:
        raise EnvironmentFault(
            "the Python package 'rclpy' is not there",
            where="driver",
            remedy="source your ROS 2 installation, or: make setup",
            code="MISSING_ROS",
        )
