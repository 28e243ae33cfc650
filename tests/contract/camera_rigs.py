"""What the contract suite needs of a camera: its driver, and a hand on what stands in for it."""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path

from double_process import DoubleProcess
from robomaster_rig import loopback

from robomatrix_py.contracts.driver import DriverMode
from robomatrix_py.contracts.robot import RobotDescription
from robomatrix_py.drivers.camera_config import CameraDriverConfig
from robomatrix_py.drivers.camera_device import CameraFrame
from robomatrix_py.settings.cameras import CameraSettings, make_cameras
from robomatrix_py.settings.robots import load_robot

CONNECT_S = 30.0
WAIT_S = 0.15
CAMERA = "wrist_camera"
SERIAL = "817612070001"
# Patient: these are tests of what is done, and machines that run tests stand still for longer than a robot's should.
CONFIG = CameraDriverConfig(late_s=0.4, silence_max_s=1.0, retry_first_s=0.2, retry_longest_s=0.4, reset_every_s=5.0)


class CameraRig:
    """A camera's driver on what stands in for the camera.

    Args:
        folder: Where files may go.
    """

    name = ""
    depth = False
    # An address where no camera is, and what is said of it.
    wrong_address = ""
    wrong_address_words = "there is no such"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.robot: RobotDescription = load_robot("so101")
        self.place = self.address()
        self.choice = self.make(self.place)

    def address(self) -> str:
        """Return the camera's address, and see to it that there is a camera."""
        raise NotImplementedError

    def make(self, address: str):
        """Return a driver for an address."""
        settings = CameraSettings({CAMERA: f"{self.name}@{address}"}, CONFIG, "")
        (choice,) = make_cameras(self.robot, settings)
        return choice

    @property
    def driver(self):
        """The driver under test."""
        return self.choice.driver

    def frames(self, count: int, within_s: float = CONNECT_S) -> list[CameraFrame]:
        """Return the next frames."""
        found: list[CameraFrame] = []
        end_s = time.monotonic() + within_s
        while len(found) < count and time.monotonic() < end_s:
            frame = self.driver.update(WAIT_S)
            found += [frame] if frame is not None else []
        assert len(found) == count, f"{len(found)} of {count} frames; {self.driver.status}"
        return found

    def run_until(self, condition: Callable[[], bool], within_s: float = CONNECT_S) -> float:
        """Run the driver until a condition holds; return how long it took."""
        began_s = time.monotonic()
        while not condition():
            assert time.monotonic() - began_s < within_s, self.driver.status
            self.driver.update(WAIT_S)
        return time.monotonic() - began_s

    def lost(self) -> bool:
        """Return whether the driver says that there are no pictures."""
        return self.driver.status.mode is DriverMode.DISCONNECTED

    def worker(self) -> int:
        """Return the process in which the camera's package runs."""
        process = self.choice.device._worker._process
        assert process is not None
        return process.pid

    def signal_worker(self, number: int) -> None:
        """Send the worker a signal."""
        os.kill(self.worker(), number)

    def hang(self) -> None:
        """Have the camera's package hang."""
        self.signal_worker(signal.SIGSTOP)

    def end(self) -> None:
        """Let go of everything."""
        self.driver.close()


class UvcRig(CameraRig):
    """The UVC driver on an MJPEG stream."""

    name = "uvc_camera"
    wrong_address = "/dev/robomatrix-no-camera"

    def address(self) -> str:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        size = self.robot.cameras[1]
        self.double = DoubleProcess(
            "mjpeg_camera.py", "127.0.0.1", str(port), str(size.width_px), str(size.height_px), "30"
        )
        return f"tcp://127.0.0.1:{port}"

    def end(self) -> None:
        super().end()
        self.double.end()


class RoboMasterVideoRig(CameraRig):
    """The camera of a RoboMaster on its double, which sends what it has switched on."""

    name = "robomaster_camera"
    wrong_address = loopback(78)
    wrong_address_words = "that machine has no RoboMaster's video"

    def address(self) -> str:
        address = loopback(44)
        self.double = DoubleProcess("robomaster_ep.py", address)
        self.double.ask("set", stream=True)
        return address

    def end(self) -> None:
        super().end()
        self.double.end()


class RealSenseRig(CameraRig):
    """The RealSense driver on librealsense's own pipeline, which plays a recording of a software device."""

    name = "realsense_d435"
    wrong_address = "/nowhere/camera.db3"
    depth = True

    def address(self) -> str:
        path = self.folder / "camera.db3"
        double = DoubleProcess("realsense_software.py", str(path), SERIAL, "320", "240", "30", "30")
        double.end()
        return str(path)


CAMERA_RIGS = (UvcRig, RoboMasterVideoRig, RealSenseRig)
