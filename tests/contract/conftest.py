"""One rig an arm and module: the double lives as long as the module's tests; each test gets a fresh driver."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from arm_rig import ArmRig, DeviceRig
from arm_rigs import DEVICE_RIGS, MockRig, SimRig

from robomatrix_py.contracts.driver import DriverMode


@pytest.fixture(scope="module", params=DEVICE_RIGS, ids=lambda kind: kind.name)
def _device(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeviceRig]:
    rig = request.param(tmp_path_factory.mktemp(request.param.name))
    yield rig
    rig.end()


@pytest.fixture
def device(_device: DeviceRig) -> DeviceRig:
    """A real arm's driver on its double, not yet connected."""
    _device.reset()
    return _device


@pytest.fixture(scope="module", params=[SimRig, MockRig, *DEVICE_RIGS], ids=lambda kind: kind.name)
def _any(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[type, Path, list]]:
    rigs: list[ArmRig] = []
    yield request.param, tmp_path_factory.mktemp(request.param.name), rigs
    for rig in rigs:
        rig.end()


@pytest.fixture
def arm(_any: tuple[type, Path, list]) -> ArmRig:
    """Any arm's driver, connected and holding."""
    kind, folder, rigs = _any
    if issubclass(kind, DeviceRig):
        if not rigs:
            rigs.append(kind(folder))
            rigs[0].reset()
    else:
        rigs[:] = [kind()]
    rig: ArmRig = rigs[0]
    rig.states.clear()
    rig.refusals.clear()
    rig.ticks = 0
    if rig.driver.status.mode not in (DriverMode.FOLLOWING, DriverMode.WATCHDOG):
        rig.connect()
        return rig
    # Connecting takes some arms seconds: one that holds goes on to the next test as it is.
    rig.start_here()
    rig.run(0.05, [0.0] * len(rig.robot.joints))
    rig.connect()
    return rig
