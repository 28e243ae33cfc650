"""Real bases. `make test` leaves these out; with the robot switched on, as the first power-on in its guide says:

    pytest -m hardware tests/hardware/test_bases.py --base robomaster_ep -s
    pytest -m hardware tests/hardware/test_bases.py --base go2_arm@enp2s0 -s

It moves: wheels in the air, or a legged robot held by its handle, and a hand at what stops it. Each test says what to
look at while it runs (-s shows it).
"""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np
import pytest

from robomatrix_py.contracts.action import BaseCommand
from robomatrix_py.contracts.driver import DriverMode
from robomatrix_py.contracts.observation import BaseState
from robomatrix_py.drivers.base import DeviceBaseDriver
from robomatrix_py.drivers.config import DriverConfig
from robomatrix_py.settings.base_devices import make_base_device
from robomatrix_py.settings.devices import DeviceSettings
from robomatrix_py.settings.robots import load_robot

pytestmark = pytest.mark.hardware

FIRST_S, PERSON_S = 15.0, 60.0


class Ride:
    """A base under its driver, in real time."""

    def __init__(self, name: str, address: str) -> None:
        robot = load_robot(name)
        self.choice = make_base_device(robot, "real", DeviceSettings(address))
        self.driver = DeviceBaseDriver(robot, self.choice.device, DriverConfig())
        self.states: list[BaseState] = []

    def tick(self, velocity: np.ndarray | None = None) -> None:
        now_s = time.monotonic()
        if velocity is not None:
            assert self.driver.command(BaseCommand(velocity), now_s) == ""
        self.driver.update(now_s)
        state = self.driver.read(now_s)
        self.states += [state] if state is not None else []
        time.sleep(1.0 / self.choice.rate_hz)

    def run(self, duration_s: float, velocity: list[float] | None = None) -> None:
        """Let time pass; with a velocity, reach it within 0.5 s and stay at it."""
        began_s = time.monotonic()
        while (passed_s := time.monotonic() - began_s) < duration_s:
            self.tick(None if velocity is None else min(1.0, passed_s / 0.5) * np.array(velocity))

    def until(self, mode: DriverMode, within_s: float) -> None:
        end_s = time.monotonic() + within_s
        while self.driver.status.mode is not mode:
            assert time.monotonic() < end_s, self.driver.status
            self.tick()


@pytest.fixture
def ride(request: pytest.FixtureRequest) -> Iterator[Ride]:
    name, _, address = request.config.getoption("--base", "").partition("@")
    if not name:
        pytest.skip("name the robot with --base")
    ride = Ride(name, address)
    ride.until(DriverMode.READY, FIRST_S)
    yield ride
    ride.driver.close()


def test_it_stands_and_says_so_at_its_rate(ride: Ride) -> None:
    ride.run(0.5)
    ride.states.clear()
    ride.run(3.0)
    print(f"{ride.driver.identity}: {len(ride.states) / 3.0:.0f} readings a second")
    assert ride.driver.status.mode is DriverMode.READY, ride.driver.status
    assert len(ride.states) > 45
    way_m = ride.states[-1].pose_base_in_odom.position_m - ride.states[0].pose_base_in_odom.position_m
    assert np.abs(way_m).max() < 0.03


@pytest.mark.parametrize(
    ("says", "velocity", "axis"),
    [("ahead", [0.1, 0, 0], 0), ("to its left", [0, 0.1, 0], 1), ("left, seen from above", [0, 0, 0.3], 2)],
)
def test_it_goes_where_it_is_told(ride: Ride, says: str, velocity: list[float], axis: int) -> None:
    print(f"it must move or turn {says}; where it does not, end this and see the guide")
    ride.run(0.2)
    began = ride.states[-1].pose_base_in_odom
    ride.run(2.0, velocity)
    ride.run(0.8)
    moved = began.inverse() @ ride.states[-1].pose_base_in_odom
    way = np.array([*moved.position_m[:2], moved.yaw_rad])
    assert way[axis] == pytest.approx(1.75 * velocity[axis], rel=0.5)
    # Commands ended in motion: it stood still by itself.
    assert ride.driver.status.mode is DriverMode.WATCHDOG


def test_a_loss_is_noticed_and_it_comes_back(ride: Ride) -> None:
    print("pull its cable, or switch its network off, then put it back")
    ride.until(DriverMode.DISCONNECTED, PERSON_S)
    print(f"noticed: {ride.driver.status.reason}")
    ride.until(DriverMode.READY, PERSON_S)
    ride.run(1.0)
    assert ride.driver.status.mode is DriverMode.READY, ride.driver.status
