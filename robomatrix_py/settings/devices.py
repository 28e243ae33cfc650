"""Makes the device of a robot: `hardware/<robot>/device.yaml` and `calibration.yaml` as the driver of its family."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Generic, TypeVar

from robomatrix_py.contracts.errors import ConfigError
from robomatrix_py.contracts.robot import RobotDescription
from robomatrix_py.drivers.calibration import Calibration
from robomatrix_py.drivers.can_link import make_can_link
from robomatrix_py.drivers.device import ArmDevice, Device
from robomatrix_py.drivers.dynamixel.bus import DynamixelBus
from robomatrix_py.drivers.feetech.bus import FeetechBus
from robomatrix_py.drivers.mock.device import MockArmDevice
from robomatrix_py.drivers.piper.device import PiperConfig, PiperDevice
from robomatrix_py.drivers.robomaster.arm import RoboMasterArm
from robomatrix_py.drivers.robomaster.config import RoboMasterConfig
from robomatrix_py.drivers.robomaster.link import shared_link
from robomatrix_py.drivers.ros2_control.config import Ros2ControlConfig
from robomatrix_py.drivers.ros_graph import require_ros
from robomatrix_py.drivers.sdk_device import SdkDevice
from robomatrix_py.drivers.servo_arm import ServoArmConfig, ServoArmDevice
from robomatrix_py.drivers.tcp import require_listener
from robomatrix_py.drivers.ur.config import UrConfig
from robomatrix_py.drivers.ur.dashboard import examine
from robomatrix_py.drivers.xarm.config import XarmConfig
from robomatrix_py.settings.share import find_folder
from robomatrix_py.settings.yaml_file import load_yaml

_MOCK_RATE_HZ = 100.0
# ur-rtde uploads its program and waits for it to run.
_UR_OPEN_S = 12.0
# The package asks for the version until it gets one, and the gripper's bus is slow to answer.
_XARM_OPEN_S = 8.0
ROS_OPEN_S = 15.0
"""ROS 2 is loaded, the robot's nodes are discovered, and some say once a second only how they are."""
MOCK = "mock"
"""The kind of a driver that has no device."""

FamilyT = TypeVar("FamilyT")
DeviceT = TypeVar("DeviceT", bound=Device[Any, Any])


@dataclass(frozen=True)
class DeviceSettings:
    """What differs from place to place, and overrides the robot's folder where it is not empty.

    Args:
        address: Where the arm is: a serial port, an IP address, a CAN interface or a ROS namespace.
        calibration: File with this very arm's calibration.
        base_address: Where the robot's base is, if that is not reached where the arm is: a network interface or a ROS
            namespace.
    """

    address: str = ""
    calibration: str = ""
    base_address: str = ""


@dataclass(frozen=True)
class DeviceFamily:
    """What the settings must know of a device family.

    Args:
        config: Dataclass of its `device.yaml`; it has the fields `address` and `rate_hz`.
        make: Makes a device.
        extra: Extra of this package that it needs; empty: none.
    """

    config: type
    make: Callable[[RobotDescription, Any, Calibration], ArmDevice]
    extra: str


def _feetech(robot: RobotDescription, config: ServoArmConfig, calibration: Calibration) -> ArmDevice:
    return ServoArmDevice(robot, config, calibration, FeetechBus(config.address, config.baud))


def _dynamixel(robot: RobotDescription, config: ServoArmConfig, calibration: Calibration) -> ArmDevice:
    return ServoArmDevice(robot, config, calibration, DynamixelBus(config.address, config.baud))


def _piper(robot: RobotDescription, config: PiperConfig, calibration: Calibration) -> ArmDevice:
    return PiperDevice(robot, config, calibration, make_can_link(config.address, config.bitrate, "piper"))


def _ur(robot: RobotDescription, config: UrConfig, _calibration: Calibration) -> ArmDevice:
    where = f"{robot.name} at {config.address}"
    check = partial(examine, config.address, config.model)
    return SdkDevice("robomatrix_py.drivers.ur.device:UrDevice", asdict(config), where, _UR_OPEN_S, check)


def _xarm(robot: RobotDescription, config: XarmConfig, calibration: Calibration) -> ArmDevice:
    where = f"{robot.name} at {config.address}"
    values = {"config": asdict(config), "gripper": asdict(calibration.gripper)}
    check = partial(require_listener, config.host, config.port, "xArm controller")
    return SdkDevice("robomatrix_py.drivers.xarm.device:XarmDevice", values, where, _XARM_OPEN_S, check)


def _ros2_control(robot: RobotDescription, config: Ros2ControlConfig, calibration: Calibration) -> ArmDevice:
    values = {"config": asdict(config), "calibration": asdict(calibration), "joints": robot.joint_names}
    # In a process of its own, since it may be in another ROS domain. Only `nodes` knows ROS.
    target = "robomatrix_py.nodes.ros2_control_device:Ros2ControlDevice"
    return SdkDevice(target, values, f"{robot.name} at {config.place}", ROS_OPEN_S, require_ros)


def _robomaster(robot: RobotDescription, config: RoboMasterConfig, calibration: Calibration) -> ArmDevice:
    return RoboMasterArm(robot, calibration, shared_link(config))


FAMILIES = {
    "feetech": DeviceFamily(ServoArmConfig, _feetech, "feetech"),
    "dynamixel": DeviceFamily(ServoArmConfig, _dynamixel, "dynamixel"),
    "piper": DeviceFamily(PiperConfig, _piper, "piper"),
    "ur": DeviceFamily(UrConfig, _ur, "ur"),
    "xarm": DeviceFamily(XarmConfig, _xarm, "xarm"),
    "robomaster": DeviceFamily(RoboMasterConfig, _robomaster, ""),
    "ros2_control": DeviceFamily(Ros2ControlConfig, _ros2_control, ""),
}
"""By the name that robot.yaml gives under `driver.real`."""


@dataclass(frozen=True)
class DeviceChoice(Generic[DeviceT]):
    """A device that was made, of an arm or of a base, and how often it wants a set point.

    Args:
        device: The device.
        rate_hz: Set points a second.
        kind: Its family, or `MOCK`.
        address: Where it is; empty for a mocked one.
    """

    device: DeviceT
    rate_hz: float
    kind: str
    address: str = ""


def driver_kind(robot: RobotDescription, mode: str) -> str:
    """Return which driver serves a robot's arm in a mode.

    Raises:
        ConfigError: It has none in this mode; the message lists its modes.
    """
    kind = robot.driver.get(mode)
    if kind is None:
        raise ConfigError(
            f"{robot.name} has no driver for mode '{mode}'", where="--mode", permitted=sorted(robot.driver)
        )
    return kind


def require_family(families: Mapping[str, FamilyT], kind: str, where: str) -> FamilyT:
    """Return a family by its name.

    Args:
        families: Those that there are.
        kind: Its name.
        where: File and key that name it.

    Raises:
        ConfigError: There is no such family; the message lists those that there are.
    """
    if kind not in families:
        raise ConfigError(f"unknown driver '{kind}'", where=where, permitted=[MOCK, *families])
    return families[kind]


def read_device_config(kind: type, path: Path, address: str, where: str = "device.address") -> Any:
    """Return what `device.yaml` says, with another address if one is given.

    Args:
        kind: Dataclass of the file; it has the field `address`.
        path: The file.
        address: For this place, or empty.
        where: The setting that it stands in.

    Raises:
        ConfigError: The file is wrong; the message names file, line and key.
    """
    config: Any = load_yaml(kind, path)
    try:
        return replace(config, address=address) if address else config
    except ValueError as error:
        raise ConfigError(str(error), where=where) from error


def make_device(robot: RobotDescription, mode: str, settings: DeviceSettings) -> DeviceChoice[ArmDevice]:
    """Return the device of a robot in mode ``real`` or ``mock``. Nothing is opened yet.

    Raises:
        ConfigError: The robot has none, or one of its files is wrong; the message names file, line and key.
        EnvironmentFault: The Python package of its family is not installed.
    """
    kind = driver_kind(robot, mode)
    if kind == MOCK:
        return DeviceChoice(MockArmDevice(robot), _MOCK_RATE_HZ, MOCK)
    folder = find_folder("hardware", robot.name, "robot.yaml")
    family = require_family(FAMILIES, kind, f"{folder / 'robot.yaml'}: driver.{mode}")
    path = folder / "device.yaml"
    config = read_device_config(family.config, path, settings.address)
    calibration_path = Path(settings.calibration).expanduser() if settings.calibration else folder / "calibration.yaml"
    calibration = load_yaml(Calibration, calibration_path)
    try:
        device = family.make(robot, config, calibration)
    except ValueError as error:
        raise ConfigError(str(error), where=f"{path} and {calibration_path}") from error
    return DeviceChoice(device, config.rate_hz, kind, config.address)
