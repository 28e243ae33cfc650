"""Which of the RealSense cameras that are plugged in is meant, and why none can be used."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from robomatrix_py.contracts.errors import DeviceError
from robomatrix_py.drivers.realsense.config import RealSenseConfig

_USB_DEVICES = Path("/sys/bus/usb/devices")
_INTEL = "8086"
# RealSense D400 cameras have product ids 0ad1 to 0b6b (librealsense, src/ds/d400/d400-private.h).
_PRODUCTS = range(0x0AD1, 0x0B6C)


@dataclass(frozen=True)
class FoundCamera:
    """What a camera says of itself.

    Args:
        serial: Serial number.
        name: Product name.
        usb: Version of its USB link, such as ``3.2``; empty where it does not tell.
        firmware: Version of its firmware; empty where it does not tell.
    """

    serial: str
    name: str
    usb: str = ""
    firmware: str = ""

    def __str__(self) -> str:
        """Return it for a person."""
        extras = [f"USB {self.usb}" if self.usb else "", f"firmware {self.firmware}" if self.firmware else ""]
        return ", ".join([f"{self.name} {self.serial}", *filter(None, extras)])


def describe(rs: Any, device: Any) -> FoundCamera:
    """Return what a device of librealsense says of itself.

    Args:
        rs: The module pyrealsense2.
        device: Its device.
    """

    def tell(key: Any) -> str:
        return str(device.get_info(key)) if device.supports(key) else ""

    info = rs.camera_info
    return FoundCamera(
        tell(info.serial_number), tell(info.name), tell(info.usb_type_descriptor), tell(info.firmware_version)
    )


def choose(found: Sequence[FoundCamera], config: RealSenseConfig, usb_devices: Path = _USB_DEVICES) -> FoundCamera:
    """Return the camera that is meant.

    Args:
        found: What is plugged in.
        config: Serial number, product and which link is good enough.
        usb_devices: Where the kernel lists USB devices.

    Raises:
        DeviceError: It is not there, not the right one, or on a USB 2 link.
    """
    where = f"realsense {config.address}".strip()
    listed = [str(camera) for camera in found]
    if not found:
        raise _nothing(where, usb_devices)
    fitting = [camera for camera in found if config.address in ("", camera.serial)]
    if not fitting:
        raise DeviceError(
            "no camera with this serial number is plugged in",
            where=where,
            permitted=listed,
            remedy="plug it in, or name another: address in cameras.devices",
            code="WRONG_SERIAL",
        )
    if len(fitting) > 1:
        raise DeviceError(
            f"{len(fitting)} cameras are plugged in, and none is named",
            where=where,
            permitted=listed,
            remedy="give the serial number as address in cameras.devices",
            code="WRONG_SERIAL",
        )
    camera = fitting[0]
    if config.product not in camera.name:
        raise DeviceError(
            f"it is '{camera.name}', where device.yaml says {config.product}",
            where=where,
            remedy="plug in the right camera, or correct device.yaml",
            code="WRONG_MODEL",
        )
    if camera.usb.startswith("2") and not config.usb2:
        raise DeviceError(
            f"it is on a USB {camera.usb} link, which is too slow for colour and depth together",
            where=where,
            remedy="use a blue USB 3 socket and the cable that came with it, plugged in all the way; or permit "
            "it with usb2: true in device.yaml, at a lower rate",
            code="USB2",
        )
    return camera


def start_error(problem: str, where: str) -> DeviceError:
    """Return the error of a pipeline that does not start.

    Args:
        problem: What librealsense says.
        where: Which camera.
    """
    known = {
        "busy": ("another program uses the camera", "end it: another driver, or realsense-viewer", "BUSY"),
        "permission": (_FORBIDDEN, _RULE, "PERMISSION"),
        "power state": (_FORBIDDEN, _RULE, "PERMISSION"),
        "resolve": (
            "it has no streams of this size and rate, or not on this USB link",
            "choose a size and rate from the list that `rs-enumerate-devices` prints, in robot.yaml and device.yaml",
            "WRONG_SIZE",
        ),
    }
    for sign, (what, remedy, code) in known.items():
        if sign in problem.lower():
            return DeviceError(f"{what} ({problem})", where=where, remedy=remedy, code=code)
    return DeviceError(f"it does not start: {problem}", where=where, remedy="plug it in again", code="START")


_FORBIDDEN = "this user may not use the camera"
_RULE = "install the udev rule of the camera's guide and plug it in again"


def _nothing(where: str, usb_devices: Path) -> DeviceError:
    if _on_usb(usb_devices):
        return DeviceError(f"the camera is plugged in, but {_FORBIDDEN}", where=where, remedy=_RULE, code="PERMISSION")
    return DeviceError(
        "no RealSense camera is plugged in",
        where=where,
        remedy="plug it in; where it is, try another cable and another socket",
        code="WRONG_ADDRESS",
    )


def _on_usb(usb_devices: Path) -> bool:
    """Return whether the kernel sees a camera, although librealsense does not."""
    for device in usb_devices.glob("*"):
        try:
            vendor = (device / "idVendor").read_text().strip()
            product = int((device / "idProduct").read_text(), 16)
        except (OSError, ValueError):
            continue
        if vendor == _INTEL and product in _PRODUCTS:
            return True
    return False
