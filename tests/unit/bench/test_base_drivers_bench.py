"""The figures of base drivers and of video come from real bytes and real pictures."""

from __future__ import annotations

from robomatrix_py.bench.base_drivers import measure_base_drivers, measure_video


def test_every_base_gets_its_figures() -> None:
    figures = measure_base_drivers(20)
    assert set(figures) == {"robomaster_ep", "go2_arm"}
    robomaster = figures["robomaster_ep"]
    # A velocity and the question for the speed, each with its number.
    assert 50 < robomaster["velocity_bytes"] < 100
    assert robomaster["command_to_bytes_ms"]["n"] == 20
    assert 0.0 < robomaster["command_to_bytes_ms"]["p50"] < 1000.0


def test_pictures_are_told_apart_and_none_is_seen_before_it_was_sent() -> None:
    figures = measure_video(20)
    assert 1 <= figures["got"] < figures["sent"] == 20
    assert figures["last_byte_to_picture_ms"]["min"] > 0.0
    assert figures["last_byte_to_picture_ms"]["max"] < 5000.0
