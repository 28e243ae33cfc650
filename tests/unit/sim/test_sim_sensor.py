"""Rate, delay, noise and drop-out of a sensor, counted exactly."""

from __future__ import annotations

import numpy as np
import pytest

from robomatrix_py.sim.config import SensorConfig, SimTruthConfig
from robomatrix_py.sim.sensor import Sensor


class Truth:
    """Something to read: the time, by the sensor's own clock."""

    def __init__(self, config: SensorConfig, seed: int = 0) -> None:
        self.now_s = 0.0
        self.samples = 0
        self.sensor: Sensor[float] = Sensor(config, np.random.default_rng(seed), self.sample, self.corrupt)

    def sample(self) -> float:
        self.samples += 1
        return self.now_s

    @staticmethod
    def corrupt(reading: float, noise: float, rng: np.random.Generator) -> float:
        return reading + rng.normal(0.0, noise)

    def run(self, duration_s: float, tick_s: float, start_s: float = 0.0) -> list[tuple[float, float]]:
        """Return time and content of each delivery."""
        got = []
        for tick in range(round(duration_s / tick_s)):
            self.now_s = start_s + tick * tick_s
            reading = self.sensor.update(self.now_s)
            if reading is not None:
                got.append((self.now_s, reading))
        return got


@pytest.mark.parametrize(
    ("rate_hz", "tick_s", "count"),
    [(20.0, 0.01, 200), (30.0, 0.01, 300), (100.0, 0.01, 1000), (100.0, 0.002, 1000), (3.0, 0.01, 30), (0.1, 0.01, 1)],
)
def test_the_rate_is_exact_over_time(rate_hz: float, tick_s: float, count: int) -> None:
    truth = Truth(SensorConfig(rate_hz))
    got = truth.run(10.0, tick_s)
    assert len(got) == truth.samples == count
    expected = np.arange(count) / rate_hz
    # On the first tick at or after its time.
    assert (np.array([t for t, _ in got]) - expected >= -1e-9).all()
    assert (np.array([t for t, _ in got]) - expected < tick_s - 1e-9).all()


def test_a_sensor_faster_than_its_reader_gives_one_reading_a_tick() -> None:
    assert len(Truth(SensorConfig(1000.0)).run(1.0, 0.01)) == 100


@pytest.mark.parametrize("start_s", [0.0, 1.0, 86_400.0 * 30])
@pytest.mark.parametrize("delay_s", [0.0, 0.05, 0.123, 1.0])
def test_a_reading_is_as_old_as_the_delay_says(delay_s: float, start_s: float) -> None:
    got = Truth(SensorConfig(20.0, delay_s=delay_s)).run(3.0, 0.01, start_s)
    ages = [now - content for now, content in got]
    assert min(ages) >= delay_s - 1e-6
    assert max(ages) < delay_s + 0.01 - 1e-6
    assert got[0][0] >= start_s + delay_s - 1e-6


def test_only_the_newest_of_several_arrivals_counts() -> None:
    truth = Truth(SensorConfig(100.0, delay_s=0.2))
    truth.run(0.2, 0.01)
    truth.now_s = 5.0
    assert truth.sensor.update(5.0) == pytest.approx(0.19)
    assert truth.sensor.update(5.0) is None


def test_after_a_pause_missed_samples_are_missed() -> None:
    truth = Truth(SensorConfig(20.0))
    truth.run(1.0, 0.01)
    before = truth.samples
    truth.run(0.5, 0.01, start_s=100.0)
    assert truth.samples - before == 10


@pytest.mark.parametrize("share", [0.0, 0.25, 1.0])
def test_drop_out(share: float) -> None:
    got = Truth(SensorConfig(100.0, drop_out=share)).run(40.0, 0.01)
    assert len(got) == pytest.approx(4000 * (1 - share), abs=4 * np.sqrt(4000 * share * (1 - share)) + 1e-9)


def test_noise_has_the_configured_standard_deviation() -> None:
    errors = [content - now for now, content in Truth(SensorConfig(100.0, noise=0.3)).run(40.0, 0.01)]
    assert np.std(errors) == pytest.approx(0.3, rel=0.05)
    assert np.mean(errors) == pytest.approx(0.0, abs=0.02)
    assert all(content == now for now, content in Truth(SensorConfig(100.0)).run(1.0, 0.01))


def test_equal_seeds_give_equal_readings_and_drop_out_does_not_shift_the_noise() -> None:
    config = SensorConfig(50.0, noise=0.1)
    whole = Truth(config, seed=3).run(10.0, 0.01)
    assert whole == Truth(config, seed=3).run(10.0, 0.01)
    assert whole != Truth(config, seed=4).run(10.0, 0.01)
    holey = Truth(SensorConfig(50.0, noise=0.1, drop_out=0.5), seed=3).run(10.0, 0.01)
    assert 0 < len(holey) < len(whole)
    assert set(holey) <= set(whole)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("rate_hz", 0.0),
        ("rate_hz", -1.0),
        ("rate_hz", 1001.0),
        ("rate_hz", float("nan")),
        ("delay_s", -0.01),
        ("delay_s", 5.1),
        ("noise", -1.0),
        ("noise", 256.0),
        ("drop_out", -0.1),
        ("drop_out", 1.1),
        ("drop_out", float("nan")),
    ],
)
def test_impossible_sensors_are_refused(key: str, value: float) -> None:
    with pytest.raises(ValueError, match=f"{key} is .*permitted: "):
        SensorConfig(**({"rate_hz": 10.0} | {key: value}))


@pytest.mark.parametrize(
    ("key", "value"),
    [("yaw_noise_rad", -0.1), ("yaw_noise_rad", 4.0), ("visible_share_min", -0.1), ("visible_share_min", 1.1)],
)
def test_impossible_perception_is_refused(key: str, value: float) -> None:
    with pytest.raises(ValueError, match=f"{key} is .*permitted: "):
        SimTruthConfig(**{key: value})
