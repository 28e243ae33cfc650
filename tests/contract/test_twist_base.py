"""What only bases that take a twist have: two types of message, and odometry of somebody else's making."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from rig import CONNECT_S
from twist_rig import TwistBaseRig

from robomatrix_py.contracts.driver import DriverMode

pytestmark = pytest.mark.ros


@pytest.fixture
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TwistBaseRig]:
    rig = TwistBaseRig(tmp_path_factory.mktemp("twist_base"))
    yield rig
    rig.end()


def test_its_lidar_is_read_as_distances_from_the_base(base: TwistBaseRig) -> None:
    base.connect()
    scans = []
    for _ in range(60):
        base.tick()
        if scan := base.driver.scan(base.now_s):
            scans.append(scan)
    assert 4 <= len(scans) <= 20
    x_m, _, yaw_rad = base.ask("state")["position"]
    ranging = base.base.ranging
    assert ranging is not None
    ahead = np.cos(yaw_rad + scans[-1].angles_rad)
    with np.errstate(divide="ignore"):
        wall = np.where(ahead > 0.0, (4.0 - x_m) / ahead, np.inf)
    seen = wall < 0.95 * ranging.range_max_m
    assert len(seen) == ranging.rays
    np.testing.assert_allclose(scans[-1].ranges_m[seen], wall[seen], rtol=0.08)
    assert np.isinf(scans[-1].ranges_m[wall > 1.1 * ranging.range_max_m]).all()


def test_a_lidar_that_falls_silent_has_the_base_stand(base: TwistBaseRig) -> None:
    base.connect()
    base.run(0.4, base.swing())
    base.ask("set", blind=True)
    base.until(DriverMode.DISCONNECTED, 3.0)
    assert "its lidar" in base.driver.status.reason
    assert "scan_topic in base.yaml" in base.driver.status.reason
    base.run(0.8)
    there = base.where()
    base.run(0.3)
    np.testing.assert_allclose(base.where(), there, atol=0.005)
    base.ask("set", blind=False)
    base.until(DriverMode.READY, CONNECT_S)


def test_stamped_velocities_are_sent_where_the_base_takes_those(base: TwistBaseRig) -> None:
    base.ask("set", stamped=True)
    base.connect()
    assert "/cmd_vel (TwistStamped)" in base.driver.identity
    base.run(0.6, base.swing())
    base.run(0.5, base.still())
    assert base.where()[0] > 0.05
    base.start_here()
    np.testing.assert_allclose(base.seen(base.states[-1]), base.where(), atol=base.tolerance)
