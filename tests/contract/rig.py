"""What the contract suite needs of any device: its driver, its time, and the truth about it from the other side."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, ClassVar

import numpy as np
from double_process import DoubleProcess

from robomatrix_py.contracts.driver import DriverMode
from robomatrix_py.contracts.geometry import Array
from robomatrix_py.contracts.robot import RobotDescription
from robomatrix_py.drivers.config import DriverConfig
from robomatrix_py.settings.settings import resolve
from robomatrix_py.sim.world import SimWorld

CONNECT_S = 20.0
# Patient: these are tests of what is done, and machines that run tests stand still for longer than a robot's should.
# How soon silence is noticed is measured by `robomatrix bench drivers`.
CONFIG = DriverConfig(command_timeout_s=0.25, silence_max_s=0.4, retry_s=0.2)


class Rig:
    """A driver that gets a command every period while it is to move."""

    name = ""
    period_s = 0.01
    # Share of its periods in which it has a reading at least.
    reading_share = 0.9
    # What pytest must know of its tests.
    marks: ClassVar[tuple[Any, ...]] = ()
    # Whether time is that of the wall.
    real_time = True

    def __init__(self, robot: RobotDescription) -> None:
        self.robot = robot
        self.driver: Any
        self.now_s = time.monotonic()
        self.states: list[Any] = []
        self.ticks = 0
        self.refusals: list[str] = []
        # What was commanded last.
        self.goal: Array = np.zeros(0)

    @property
    def tolerance(self) -> Any:
        """How near the device must be to where it ought to be, in the units of :meth:`where`."""
        raise NotImplementedError

    def where(self) -> Array:
        """Return where the device truly is, shape (n,)."""
        raise NotImplementedError

    def seen(self, state: Any) -> Array:
        """Return where a state says that the device is, as :meth:`where` does."""
        raise NotImplementedError

    def has_torque(self) -> bool:
        """Return whether the device holds by its own means: an arm has torque, a base stands."""
        return True

    def swing(self) -> Array:
        """Return a speed that can be gone at for a while."""
        raise NotImplementedError

    def still(self) -> Array:
        """Return the speed of standing still."""
        return np.zeros(len(self.swing()))

    def command(self, goal: Any, **changes: Any) -> str:
        """Give one command; return why it is refused."""
        raise NotImplementedError

    def lead(self, speed: Array) -> Array:
        """Return the command of the next period on the way at a speed."""
        raise NotImplementedError

    def tick(self) -> None:
        """Let one period pass."""
        self.driver.update(self.now_s)
        state = self.driver.read(self.now_s)
        if state is not None:
            self.states.append(state)
        self.ticks += 1
        self.advance()

    def advance(self) -> None:
        """Let time go on to the next period."""
        due_s = self.now_s + self.period_s
        time.sleep(max(0.0, due_s - time.monotonic()))
        # A machine that stood still does not get its time back in a burst.
        self.now_s = max(due_s, time.monotonic() - self.period_s)

    def run(self, duration_s: float, speed: Any = None) -> None:
        """Let time pass; with a speed, commands go on at it."""
        end_s = self.now_s + duration_s
        for _ in range(round(duration_s / self.period_s)):
            if speed is None and self.now_s > end_s:
                break
            if speed is not None:
                self.goal = self.lead(np.asarray(speed))
                if refusal := self.command(self.goal):
                    self.refusals.append(refusal)
            self.tick()

    def until(self, mode: DriverMode, deadline_s: float) -> float:
        """Let time pass until the driver is in a mode; return how long that took."""
        began_s = self.now_s
        while self.driver.status.mode is not mode:
            assert self.now_s - began_s < deadline_s, f"{self.name}: still {self.driver.status}, not {mode}"
            self.tick()
        return self.now_s - began_s

    def connect(self) -> None:
        """Connect, and go on from where the device is."""
        self.until(DriverMode.READY, CONNECT_S)
        # Where it sank a little until it had torque, it comes back to where it was found.
        self.run(0.1)
        self.start_here()

    def check_begins_at_rest(self) -> None:
        """Assert that the device stays where it is until something is commanded, and says who it is."""
        there = self.where()
        self.run(0.2)
        assert self.driver.status.mode is DriverMode.READY
        assert self.driver.status.reason == ""
        assert self.driver.identity
        assert self.has_torque()
        np.testing.assert_allclose(self.where(), there, atol=self.tolerance)

    def start_here(self) -> None:
        """Go on from where the driver holds."""
        self.states.clear()
        deadline_s = self.now_s + 5.0
        while not self.states:
            assert self.now_s < deadline_s, f"{self.name}: no state"
            self.tick()

    def end(self) -> None:
        """Let go of everything."""
        self.driver.close()


class InSimulation(Rig):
    """A rig of a simulated device, in simulated time."""

    name = "sim"
    real_time = False
    robot_name = ""
    scene = ""

    def __init__(self) -> None:
        settings = resolve([f"robot={self.robot_name}", f"scene={self.scene}"])
        super().__init__(settings.load_robot())
        self.world = SimWorld(self.robot, settings.model_file, settings.sim_config())
        self.now_s = 0.0

    def advance(self) -> None:
        for i in range(1, 6):
            self.world.step()
            if i < 5:
                self.driver.update(self.now_s + i * 0.002)
        self.now_s += self.period_s


class InOwnTime(Rig):
    """A rig of a mocked device, in a time of its own."""

    real_time = False

    def __init__(self, robot: RobotDescription) -> None:
        super().__init__(robot)
        self.now_s = 0.0

    def advance(self) -> None:
        self.now_s += self.period_s


class Disturbable(Rig):
    """A rig whose driver has a device at the other end of a wire, with its faults."""

    # How the device can be disturbed; what a wire or a kind of device does not have is left out.
    corruptible = True
    # How soon an error of the firmware's is noticed.
    fault_noticed_s = 1.0
    address = ""
    # What a message must say, by trouble; what a kind of device does not know of is left out.
    words: ClassVar[dict[str, tuple[str, ...]]] = {}

    def make_driver(self, address: str) -> None:
        """Make a driver, unconnected; the one before is let go."""
        raise NotImplementedError

    def reset(self) -> None:
        """Put the device back to its beginning and make a fresh driver."""
        raise NotImplementedError

    def wrong_address(self) -> str:
        """Return an address where nothing is."""
        raise NotImplementedError

    def vanish(self) -> None:
        """Take the device away."""
        raise NotImplementedError

    def come_back(self) -> None:
        """Bring it back."""
        raise NotImplementedError

    def fault(self, **switches: Any) -> None:
        """Set fault switches of the wire."""
        raise NotImplementedError

    def firmware_error(self, on: bool) -> None:
        """Put the device into an error state of its own, or out of it, as a person would."""
        raise NotImplementedError

    def be_wrong_model(self) -> None:
        """Let the device be another product."""
        raise NotImplementedError

    def busy(self) -> AbstractContextManager[None]:
        """Have another program use the device for a while."""
        raise NotImplementedError

    def forbidden(self) -> AbstractContextManager[None]:
        """Withdraw the right to use the device for a while."""
        raise NotImplementedError


class Doubled(Disturbable):
    """A rig whose device is a double in a process of its own, which the subclass starts."""

    process: DoubleProcess
    # What to set of the double so that another program uses it, and so that it may not be used.
    busy_when: ClassVar[dict[str, bool]] = {}
    forbidden_when: ClassVar[dict[str, bool]] = {}

    def end(self) -> None:
        super().end()
        self.process.end()

    def reset(self) -> None:
        self.driver.close()
        self.ask("reset")
        self.make_driver(self.address)

    def ask(self, do: str, **values: Any) -> Any:
        """Give the double an order."""
        return self.process.ask(do, **values)

    def where(self) -> Array:
        return np.array(self.ask("state")["position"])

    def vanish(self) -> None:
        self.ask("vanish")

    def come_back(self) -> None:
        self.ask("come_back")

    def fault(self, **switches: Any) -> None:
        self.ask("fault", **switches)

    def busy(self) -> AbstractContextManager[None]:
        return self._switched(self.busy_when)

    def forbidden(self) -> AbstractContextManager[None]:
        return self._switched(self.forbidden_when)

    @contextmanager
    def _switched(self, on: dict[str, bool]) -> Iterator[None]:
        """Have the double in another state for a while."""
        assert on, f"{self.name} knows no such state"
        self.ask("set", **on)
        try:
            yield
        finally:
            self.ask("set", **{key: not value for key, value in on.items()})


@contextmanager
def as_nobody() -> Iterator[None]:
    """Be a user without rights for a moment: root may open everything."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)
