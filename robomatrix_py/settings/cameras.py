"""Which camera is behind each of a robot's cameras: `hardware/<camera>/` as the driver of its family."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import Any

from robomatrix_py.contracts.errors import ConfigError
from robomatrix_py.contracts.lens import Lens
from robomatrix_py.contracts.robot import CameraDescription, RobotDescription
from robomatrix_py.drivers.camera import CameraDriver
from robomatrix_py.drivers.camera_config import CameraDriverConfig
from robomatrix_py.drivers.camera_device import PictureFormat
from robomatrix_py.drivers.camera_process import CameraProcess
from robomatrix_py.drivers.realsense.config import RealSenseConfig
from robomatrix_py.drivers.robomaster.config import RoboMasterVideoConfig
from robomatrix_py.drivers.uvc.config import UvcConfig
from robomatrix_py.settings.calibration import MeasuredLens, load_calibration
from robomatrix_py.settings.share import find_folder
from robomatrix_py.settings.yaml_file import load_yaml

CAMERA_FILE = "camera.yaml"
_WHERE = "cameras.devices"


@dataclass(frozen=True)
class CameraSettings:
    """The real cameras of a robot.

    Args:
        devices: Which camera each of the robot's cameras is: ``FOLDER`` under `hardware/`, or ``FOLDER@ADDRESS`` with
            a serial number or a device file in place of its `device.yaml`'s. One that is not named has no driver.
        driver: How their drivers watch.
        calibration: Where it stands what `robomatrix calibrate` measured: ``user``, a path with a ``/`` in it to a
            folder or a file, or empty: all is as robot.yaml says.
    """

    devices: dict[str, str] | None = None
    driver: CameraDriverConfig = field(default_factory=CameraDriverConfig)
    calibration: str = "user"


@dataclass(frozen=True)
class CameraKind:
    """What a camera is: `camera.yaml`.

    Args:
        name: Folder name.
        summary: One line for people.
        driver: Its family, one of `CAMERA_FAMILIES`.
        depth: Whether it measures depth.
    """

    name: str
    summary: str
    driver: str
    depth: bool

    def __post_init__(self) -> None:
        """Refuse a family that there is not."""
        if self.driver not in CAMERA_FAMILIES:
            raise ValueError(f"driver is {self.driver}; permitted: {', '.join(CAMERA_FAMILIES)}")


@dataclass(frozen=True)
class LensCalibration:
    """What was measured of one camera: its `calibration.yaml`.

    Args:
        measured: When and how, for people.
        lens: Its lens; None: as the camera itself says.
    """

    measured: str
    lens: Lens | None = None


@dataclass(frozen=True)
class CameraFamily:
    """What the settings must know of a family of cameras.

    Args:
        config: Dataclass of its `device.yaml`, which has the field `address`.
        device: What its worker runs, ``module:Class``.
        open_s: Longest time that opening may take.
    """

    config: type
    device: str
    open_s: float


CAMERA_FAMILIES = {
    "realsense": CameraFamily(RealSenseConfig, "robomatrix_py.drivers.realsense.device:RealSenseDevice", 20.0),
    "robomaster": CameraFamily(RoboMasterVideoConfig, "robomatrix_py.drivers.robomaster.video:RoboMasterVideo", 8.0),
    "uvc": CameraFamily(UvcConfig, "robomatrix_py.drivers.uvc.device:UvcDevice", 6.0),
}
"""By the name that camera.yaml gives under `driver`."""


@dataclass(frozen=True)
class CameraChoice:
    """A camera's driver that was made. Nothing is opened yet.

    Args:
        camera: The robot's camera.
        kind: What stands behind it.
        device: The camera in its process.
        driver: The driver above it.
        label: What it is called in messages.
    """

    camera: CameraDescription
    kind: CameraKind
    device: CameraProcess
    driver: CameraDriver
    label: str


def make_cameras(robot: RobotDescription, settings: CameraSettings) -> list[CameraChoice]:
    """Return the drivers of all cameras to which a device is assigned.

    Raises:
        ConfigError: A name, a folder or a file is wrong; the message names file, line and key.
    """
    known = {camera.name: camera for camera in robot.cameras}
    devices = settings.devices or {}
    if unknown := sorted(set(devices) - set(known)):
        raise ConfigError(f"{robot.name} has no camera {', '.join(unknown)}", where=_WHERE, permitted=known)
    measured = load_calibration(robot, settings.calibration).lenses
    return [_make(known[name], device, settings.driver, measured.get(name)) for name, device in devices.items()]


def _make(
    camera: CameraDescription, device: str, watch: CameraDriverConfig, measured: MeasuredLens | None
) -> CameraChoice:
    name, _, address = device.partition("@")
    folder = find_folder("hardware", name, CAMERA_FILE)
    kind = load_yaml(CameraKind, folder / CAMERA_FILE)
    family = CAMERA_FAMILIES[kind.driver]
    config: Any = load_yaml(family.config, folder / "device.yaml")
    try:
        if address:
            config = replace(config, address=address)
    except ValueError as error:
        raise ConfigError(str(error), where=f"{_WHERE}.{camera.name}") from error
    lens = measured.lens if measured else load_yaml(LensCalibration, folder / "calibration.yaml").lens
    wanted = PictureFormat(camera.width_px, camera.height_px, camera.rate_hz)
    where = f"{camera.name} ({kind.name} {config.address})"
    process = CameraProcess(family.device, asdict(config), wanted, where, family.open_s)
    driver = CameraDriver(process, wanted, watch, lens)
    return CameraChoice(camera, kind, process, driver, f"{camera.name} ({kind.name})")
