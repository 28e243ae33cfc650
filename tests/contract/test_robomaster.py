"""Base and arm of a RoboMaster share one connection, from a thread each; events stop both."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import numpy as np
import pytest
from double_process import DoubleProcess
from rig import CONFIG
from robomaster_rig import PICKED_UP, loopback

from robomatrix_py.contracts.action import BaseCommand
from robomatrix_py.contracts.driver import DriverMode
from robomatrix_py.contracts.errors import DeviceError
from robomatrix_py.drivers.arm import DeviceArmDriver
from robomatrix_py.drivers.base import DeviceBaseDriver
from robomatrix_py.drivers.calibration import Calibration
from robomatrix_py.drivers.robomaster.arm import RoboMasterArm
from robomatrix_py.drivers.robomaster.chassis import RoboMasterChassis
from robomatrix_py.drivers.robomaster.config import RoboMasterConfig
from robomatrix_py.drivers.robomaster.link import RoboMasterLink
from robomatrix_py.settings.robots import load_robot

ROBOT = load_robot("robomaster_ep")
CONFIGURED = RoboMasterConfig(loopback(60), local_address=loopback(61))


class Pair:
    """Both drivers, each in a loop of its own."""

    def __init__(self) -> None:
        self.double = DoubleProcess("robomaster_ep.py", CONFIGURED.address)
        link = RoboMasterLink(CONFIGURED)
        self.base = DeviceBaseDriver(ROBOT, RoboMasterChassis(link), CONFIG)
        self.arm = DeviceArmDriver(ROBOT, RoboMasterArm(ROBOT, Calibration("not measured"), link), CONFIG)
        self.forward_m_s = 0.0
        self._running = True
        self._threads = [threading.Thread(target=self._loop, args=(driver,)) for driver in (self.base, self.arm)]
        for thread in self._threads:
            thread.start()

    def _loop(self, driver: DeviceBaseDriver | DeviceArmDriver) -> None:
        while self._running:
            now_s = time.monotonic()
            if driver is self.base and self.forward_m_s:
                self.base.command(BaseCommand(np.array([self.forward_m_s, 0.0, 0.0])), now_s)
            driver.update(now_s)
            time.sleep(0.02)

    def until(self, driver: DeviceBaseDriver | DeviceArmDriver, *modes: DriverMode) -> str:
        end_s = time.monotonic() + 8.0
        while driver.status.mode not in modes:
            assert time.monotonic() < end_s, driver.status
            time.sleep(0.01)
        return driver.status.reason

    def end(self) -> None:
        self._running = False
        for thread in self._threads:
            thread.join(5.0)
        self.arm.close()
        self.base.close()
        self.double.end()


@pytest.fixture
def pair() -> Iterator[Pair]:
    pair = Pair()
    pair.until(pair.base, DriverMode.READY)
    pair.until(pair.arm, DriverMode.READY)
    yield pair
    pair.end()


def test_both_are_served_lost_and_found_again_together(pair: Pair) -> None:
    pair.forward_m_s = 0.2
    pair.until(pair.base, DriverMode.FOLLOWING)
    pair.double.ask("vanish")
    for driver in (pair.base, pair.arm):
        assert "the connection was lost" in pair.until(driver, DriverMode.DISCONNECTED)
    pair.double.ask("come_back")
    pair.until(pair.base, DriverMode.FOLLOWING)
    pair.until(pair.arm, DriverMode.READY)
    time.sleep(0.5)
    assert (pair.base.status.mode, pair.arm.status.mode) == (DriverMode.FOLLOWING, DriverMode.READY)


def test_a_hit_stops_the_base_and_says_where(pair: Pair) -> None:
    pair.forward_m_s = 0.2
    pair.until(pair.base, DriverMode.FOLLOWING)
    pair.double.ask("hit", side=2)
    reason = pair.until(pair.base, DriverMode.FAULT, DriverMode.DISCONNECTED)
    pair.forward_m_s = 0.0
    assert "hit in front" in reason or "connection was lost" in reason
    assert "hit in front" in pair.arm.status.reason + reason
    pair.until(pair.base, DriverMode.READY)
    time.sleep(0.4)
    assert max(map(abs, pair.double.ask("state")["speed"])) < 0.01


def test_a_robot_in_the_hand_drives_nowhere(pair: Pair) -> None:
    pair.double.ask("flag", number=PICKED_UP, on=True)
    assert "picked up" in pair.until(pair.base, DriverMode.FAULT)


def test_what_the_robot_refuses_is_told_to_whom_it_concerns(pair: Pair) -> None:
    pair.double.ask("set", refuse="error: motors are hot")
    reason = pair.until(pair.base, DriverMode.FAULT)
    assert "error: motors are hot" in reason
    assert "chassis speed" in reason


def test_a_second_program_is_told_that_the_port_is_taken(pair: Pair) -> None:
    del pair
    other = RoboMasterLink(CONFIGURED)
    with pytest.raises(DeviceError, match="UDP port 40924 is taken"):
        other.open("somebody")
