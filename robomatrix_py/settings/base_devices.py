"""Makes the device of a robot's base, as `robot.yaml` and the file of its family say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from robomatrix_py.contracts.base import BaseDescription
from robomatrix_py.contracts.errors import ConfigError
from robomatrix_py.contracts.robot import RobotDescription
from robomatrix_py.drivers.device import BaseDevice
from robomatrix_py.drivers.mock.base import MockBaseDevice
from robomatrix_py.drivers.ranging import Ring
from robomatrix_py.drivers.robomaster.chassis import RoboMasterChassis
from robomatrix_py.drivers.robomaster.config import RoboMasterConfig
from robomatrix_py.drivers.robomaster.link import shared_link
from robomatrix_py.drivers.ros_graph import require_ros
from robomatrix_py.drivers.sdk_device import SdkBaseDevice
from robomatrix_py.drivers.twist_base.config import TwistBaseConfig
from robomatrix_py.drivers.unitree.config import UnitreeConfig
from robomatrix_py.drivers.unitree.link import UnitreeLink
from robomatrix_py.drivers.unitree.sport import UnitreeSportBase
from robomatrix_py.settings.devices import (
    MOCK,
    ROS_OPEN_S,
    DeviceChoice,
    DeviceSettings,
    read_device_config,
    require_family,
)
from robomatrix_py.settings.share import find_folder

_MOCK_RATE_HZ = 100.0
SHARED_FILE = "device.yaml"
"""Says how arm and base are reached where that is one way for both."""


@dataclass(frozen=True)
class BaseFamily:
    """What the settings must know of a family of bases.

    Args:
        config: Dataclass of its file; it has the fields `address` and `rate_hz`.
        make: Makes a device.
        file: Its file in the robot's folder.
    """

    config: type
    make: Callable[[BaseDescription, Any], BaseDevice]
    file: str = "base.yaml"


def _robomaster(_base: BaseDescription, config: RoboMasterConfig) -> BaseDevice:
    return RoboMasterChassis(shared_link(config))


def _unitree(_base: BaseDescription, config: UnitreeConfig) -> BaseDevice:
    return UnitreeSportBase(UnitreeLink(config))


def _twist(base: BaseDescription, config: TwistBaseConfig) -> BaseDevice:
    # In a process of its own, since it may be in another ROS domain. Only `nodes` knows ROS.
    target = "robomatrix_py.nodes.twist_base_device:TwistBaseDevice"
    ring = Ring.of(base)
    values = {"config": asdict(config), "ring": None if ring is None else asdict(ring)}
    return SdkBaseDevice(target, values, f"base at {config.place}", ROS_OPEN_S, require_ros)


BASE_FAMILIES = {
    "robomaster": BaseFamily(RoboMasterConfig, _robomaster, SHARED_FILE),
    "twist": BaseFamily(TwistBaseConfig, _twist),
    "unitree": BaseFamily(UnitreeConfig, _unitree),
}
"""By the name that robot.yaml gives under `base.driver.real`."""


def make_base_device(robot: RobotDescription, mode: str, settings: DeviceSettings) -> DeviceChoice[BaseDevice]:
    """Return the device of a robot's base in mode ``real`` or ``mock``. Nothing is opened yet.

    Raises:
        ConfigError: The robot has none, or one of its files is wrong; the message names file, line and key.
        EnvironmentFault: The Python package of its family is not installed.
    """
    drivers = {} if robot.base is None else robot.base.driver
    kind = drivers.get(mode)
    if robot.base is None or kind is None:
        raise ConfigError(
            f"{robot.name} has no driver of its base for mode '{mode}'", where="--mode", permitted=sorted(drivers)
        )
    if kind == MOCK:
        return DeviceChoice(MockBaseDevice(robot.base.ranging), _MOCK_RATE_HZ, MOCK)
    folder = find_folder("hardware", robot.name, "robot.yaml")
    family = require_family(BASE_FAMILIES, kind, f"{folder / 'robot.yaml'}: base.driver.{mode}")
    if family.file == SHARED_FILE:
        config = read_device_config(family.config, folder / SHARED_FILE, settings.address)
    else:
        config = read_device_config(family.config, folder / family.file, settings.base_address, "device.base_address")
    return DeviceChoice(family.make(robot.base, config), config.rate_hz, kind, config.address)
