"""What the base's servo sends is within the limits that the gate judges by, whatever it is told to do."""

from __future__ import annotations

import numpy as np
import pytest

from robomatrix_py.contracts.errors import StaleDataError
from robomatrix_py.safety.base_motion import BaseLimits
from robomatrix_py.settings.robots import load_robot
from robomatrix_py.skills.mobile.base_servo import BaseServo

DT_S = 0.02


@pytest.mark.parametrize("robot", ["robomaster_ep", "go2_arm"])
def test_every_chunk_is_within_the_limits_and_ends_at_rest(robot: str) -> None:
    base = load_robot(robot).base
    assert base is not None
    servo, limits, rng = BaseServo(base, DT_S, 5), BaseLimits(base), np.random.default_rng(3)
    sent = [np.zeros(3)] * 3
    for step in range(300):
        if step % 17 == 0:
            servo.aim(rng.uniform(-3.0, 3.0, 3))
        chunk = servo.step(1, 0.0, 0.0)
        assert limits.judge(chunk.values, np.array(sent[-3:]), DT_S) is None
        assert not chunk.values[-1].any()
        sent.append(chunk.values[0])
    assert np.abs(sent).max() > 0.2


def test_chunks_that_come_late_follow_smoothly_on_those_before() -> None:
    """The gate drops rows whose time has come: what is left must fit what was sent before, wherever it is aimed."""
    base = load_robot("go2_arm").base
    assert base is not None
    servo, limits, rng = BaseServo(base, DT_S, 5), BaseLimits(base), np.random.default_rng(5)
    line = [np.zeros(3)] * 3
    for step in range(300):
        servo.aim(rng.uniform(-1.0, 1.0, 3))
        chunk = servo.step(1, 0.0, 0.0)
        late = int(rng.integers(0, 4)) if step else 0
        line = line[: 3 + step + late]
        assert limits.judge(chunk.values[late:], np.array(line[-3:]), DT_S) is None, (step, late)
        line += [*chunk.values[late:]]


def test_it_comes_to_the_velocity_that_is_asked_for_and_to_rest() -> None:
    base = load_robot("robomaster_ep").base
    assert base is not None
    servo = BaseServo(base, DT_S, 5)
    servo.aim(np.array([0.3, -0.2, 0.5]))
    for _ in range(60):
        servo.step(1, 0.0, 0.0)
    assert servo.velocity == pytest.approx([0.3, -0.2, 0.5])
    servo.aim(np.zeros(3))
    for _ in range(60):
        servo.step(1, 0.0, 0.0)
    assert servo.velocity == pytest.approx([0.0, 0.0, 0.0], abs=1e-9)


def test_a_loop_later_than_was_predicted_says_so() -> None:
    base = load_robot("go2_arm").base
    assert base is not None
    servo = BaseServo(base, DT_S, 5)
    servo.step(1, 0.0, 0.0)
    with pytest.raises(StaleDataError, match="7 steps late"):
        servo.step(7, 0.0, 0.0)
