"""One rig a device and module: the double lives as long as the module's tests; each test gets a fresh driver."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from arm_rig import ArmRig
from arm_rigs import DEVICE_RIGS, MockRig, SimRig
from base_rig import BaseDeviceRig, BaseRig, MockBaseRig, SimBaseRig
from rig import Disturbable, Rig
from robomaster_rig import RoboMasterBaseRig
from twist_rig import TwistBaseRig
from unitree_rig import Go2Rig

from robomatrix_py.contracts.driver import DriverMode

BASE_DEVICE_RIGS: tuple[type[BaseDeviceRig], ...] = (RoboMasterBaseRig, Go2Rig, TwistBaseRig)


def _params(*kinds: type[Rig]) -> list:
    return [pytest.param(kind, id=kind.name, marks=kind.marks) for kind in kinds]


@pytest.fixture(scope="module", params=_params(*DEVICE_RIGS, *BASE_DEVICE_RIGS))
def _device(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Disturbable]:
    rig = request.param(tmp_path_factory.mktemp(request.param.name))
    yield rig
    rig.end()


@pytest.fixture
def device(_device: Disturbable) -> Disturbable:
    """A real device's driver on its double, not yet connected."""
    _device.reset()
    return _device


@pytest.fixture(scope="module", params=_params(SimRig, MockRig, *DEVICE_RIGS))
def _arm(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[type, Path, list]]:
    yield from _rigs(request.param, tmp_path_factory)


@pytest.fixture(scope="module", params=_params(SimBaseRig, MockBaseRig, *BASE_DEVICE_RIGS))
def _base(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[type, Path, list]]:
    yield from _rigs(request.param, tmp_path_factory)


@pytest.fixture
def arm(_arm: tuple[type, Path, list]) -> ArmRig:
    """Any arm's driver, connected and holding."""
    return _connected(*_arm)


@pytest.fixture
def base(_base: tuple[type, Path, list]) -> BaseRig:
    """Any base's driver, connected and standing."""
    return _connected(*_base)


def _rigs(kind: type, folders: pytest.TempPathFactory) -> Iterator[tuple[type, Path, list]]:
    rigs: list[Rig] = []
    yield kind, folders.mktemp(kind.name), rigs
    for rig in rigs:
        rig.end()


def _connected(kind: type, folder: Path, rigs: list) -> Rig:
    if issubclass(kind, Disturbable):
        if not rigs:
            rigs.append(kind(folder))
            rigs[0].reset()
    else:
        rigs[:] = [kind()]
    rig: Rig = rigs[0]
    rig.states.clear()
    rig.refusals.clear()
    rig.ticks = 0
    if rig.driver.status.mode not in (DriverMode.FOLLOWING, DriverMode.WATCHDOG):
        rig.connect()
        return rig
    # Connecting takes some devices seconds: one that holds goes on to the next test as it is.
    rig.start_here()
    rig.run(0.05, rig.still())
    rig.connect()
    return rig
