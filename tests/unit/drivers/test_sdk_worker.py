"""What crosses the border between a driver's process and its worker comes out as it went in, for arms and for bases."""

from __future__ import annotations

import io
import json
from typing import Any

import numpy as np

from robomatrix_py.contracts.geometry import Array, Pose
from robomatrix_py.drivers.device import ArmReading, BaseReading, firmware_fault
from robomatrix_py.drivers.sdk_worker import answer, base_reading_from_json, pose_from_json, reading_from_json, serve

POSE = Pose.at(1.0, -2.0, 0.0, 0.7)


class Base:
    """A base that is where it was told to go, and breaks when it is told to go backwards."""

    identity = "a base"

    def __init__(self) -> None:
        self.written: list[tuple[Array, float]] = []
        self.closed = False

    def open(self, now_s: float) -> Pose:
        del now_s
        return POSE

    def write(self, velocity: Array, now_s: float) -> None:
        if velocity[0] < 0.0:
            raise firmware_fault("it does not go backwards", where="base", remedy="turn it")
        self.written.append((velocity, now_s))

    def read(self, now_s: float) -> BaseReading:
        del now_s
        return BaseReading(POSE, self.written[-1][0], "tired")

    def close(self) -> None:
        self.closed = True


def exchange(device: Any, *requests: dict[str, Any]) -> list[dict[str, Any]]:
    lines = "".join(json.dumps({**request, "number": i}) + "\n" for i, request in enumerate(requests))
    answers = io.StringIO()
    serve(device, answer, io.StringIO(lines), answers)
    return [json.loads(line) for line in answers.getvalue().splitlines()]


def test_a_base_is_served_like_an_arm() -> None:
    base = Base()
    opened, read = exchange(
        base,
        {"do": "open", "now_s": 1.0},
        {"do": "write", "now_s": 2.0, "set_point": [[0.1, 0.2, 0.3]]},
        {"do": "read", "now_s": 2.0},
    )
    held = pose_from_json(opened["result"]["held"])
    np.testing.assert_allclose(held.position_m, POSE.position_m)
    assert opened["result"]["identity"] == "a base"
    reading = base_reading_from_json(read["result"]["reading"])
    np.testing.assert_allclose(reading.pose_in_odometry.quaternion_xyzw, POSE.quaternion_xyzw)
    np.testing.assert_allclose(reading.velocity, [0.1, 0.2, 0.3])
    assert reading.fault == "tired"
    assert base.written[0][1] == 2.0
    assert base.closed


def test_what_went_wrong_with_a_write_is_the_answer_of_the_next_read() -> None:
    (said,) = exchange(
        Base(), {"do": "write", "now_s": 0.0, "set_point": [[-1.0, 0.0, 0.0]]}, {"do": "read", "now_s": 0.0}
    )
    assert said["error"]["code"] == "FIRMWARE_FAULT"
    assert said["error"]["what"] == "it does not go backwards"


def test_an_arms_reading_survives_with_all_that_it_says() -> None:
    reading = ArmReading(np.array([0.1, np.nan]), np.zeros(2), np.ones(2), 0.4, 0.1, 3.0, "hot")

    class Arm:
        def read(self, now_s: float) -> ArmReading:
            del now_s
            return reading

        def close(self) -> None:
            return

    (said,) = exchange(Arm(), {"do": "read", "now_s": 0.0})
    back = reading_from_json(said["result"]["reading"])
    np.testing.assert_array_equal(back.positions_rad, reading.positions_rad)
    assert (back.gripper_opening, back.gripper_force_n, back.fault) == (0.4, 3.0, "hot")
    assert not back.is_finite
