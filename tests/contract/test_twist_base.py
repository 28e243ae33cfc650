"""What only bases that take a twist have: two types of message, and odometry of somebody else's making."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from twist_rig import TwistBaseRig

pytestmark = pytest.mark.ros


@pytest.fixture
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TwistBaseRig]:
    rig = TwistBaseRig(tmp_path_factory.mktemp("twist_base"))
    yield rig
    rig.end()


def test_stamped_velocities_are_sent_where_the_base_takes_those(base: TwistBaseRig) -> None:
    base.ask("set", stamped=True)
    base.connect()
    assert "/cmd_vel (TwistStamped)" in base.driver.identity
    base.run(0.6, base.swing())
    base.run(0.5, base.still())
    assert base.where()[0] > 0.05
    base.start_here()
    np.testing.assert_allclose(base.seen(base.states[-1]), base.where(), atol=base.tolerance)
