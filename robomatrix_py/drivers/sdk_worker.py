"""A vendor's package in a process of its own: it may hold the interpreter's lock, hang or leave threads behind.

Run as `python -m robomatrix_py.drivers.sdk_worker MODULE:CLASS CONFIG`, where CLASS makes an `ArmDevice` or a
`BaseDevice` from the mapping CONFIG (JSON). Requests and answers are JSON, one a line; what the vendor prints goes to
standard error.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from collections.abc import Callable
from typing import IO, Any, NoReturn, Protocol, TypeVar

import numpy as np

from robomatrix_py.contracts.errors import DeviceError, EnvironmentFault, RobomatrixError, StaleDataError
from robomatrix_py.contracts.geometry import Array, Pose
from robomatrix_py.drivers.device import ArmReading, BaseReading

ERRORS: dict[str, type[RobomatrixError]] = {
    kind.family: kind for kind in (DeviceError, StaleDataError, EnvironmentFault)
}


def answer(device: Any, request: dict[str, Any]) -> Any:
    """Carry out one request of an `ArmDevice` or a `BaseDevice`.

    Returns:
        What the answer holds, or None where none is sent.

    Raises:
        RobomatrixError: As the device says.
    """
    match request["do"]:
        case "open":
            held = device.open(request["now_s"])
            return {"held": to_json(held), "identity": device.identity}
        case "probe":
            return {"found": device.probe()}
        case "write":
            set_point = [np.array(value) if isinstance(value, list) else value for value in request["set_point"]]
            device.write(*set_point, request["now_s"])
            return None
        case "read":
            reading = device.read(request["now_s"])
            return {"reading": reading and reading_to_json(reading)}
        case "close":
            device.close()
            return {}
    raise ValueError(f"unknown request {request['do']}")


def to_json(value: Any) -> Any:
    """Return a number, text, vector or pose as JSON knows it; a pose is position, then quaternion xyzw."""
    if isinstance(value, Pose):
        return [*value.position_m.tolist(), *value.quaternion_xyzw.tolist()]
    return value.tolist() if isinstance(value, np.ndarray) else value


def pose_from_json(values: list[float]) -> Pose:
    """Return a pose."""
    return Pose(np.array(values[:3]), np.array(values[3:]))


def vector_from_json(values: list[float]) -> Array:
    """Return a vector."""
    return np.array(values, dtype=float)


def reading_to_json(reading: ArmReading | BaseReading) -> dict[str, Any]:
    """Return a reading as JSON knows it."""
    return {key: to_json(value) for key, value in vars(reading).items()}


def base_reading_from_json(values: dict[str, Any]) -> BaseReading:
    """Return a base's reading."""
    pose, velocity = pose_from_json(values["pose_in_odometry"]), vector_from_json(values["velocity"])
    ranges_m = None if values["ranges_m"] is None else vector_from_json(values["ranges_m"])
    return BaseReading(pose, velocity, values["fault"], ranges_m)


def reading_from_json(values: dict[str, Any]) -> ArmReading:
    """Return an arm's reading."""
    vectors = {key: np.array(values[key], dtype=float) for key in ("positions_rad", "velocities_rad_s", "efforts_nm")}
    return ArmReading(**(values | vectors))


def error_to_json(error: RobomatrixError) -> dict[str, str]:
    """Return an error as JSON knows it."""
    keys = ("family", "what", "where", "permitted", "remedy")
    return {key: getattr(error, key) for key in keys} | {"code": error.code.partition(".")[2]}


def error_from_json(values: dict[str, str]) -> RobomatrixError:
    """Return an error of the kind it was."""
    kind = ERRORS.get(values["family"], DeviceError)
    return kind(
        values["what"],
        where=values["where"],
        permitted=values["permitted"],
        remedy=values["remedy"],
        code=values["code"],
    )


class Closable(Protocol):
    """What a worker holds."""

    def close(self) -> None:
        """Let go of it in good order."""


Held = TypeVar("Held", bound=Closable)


def serve(device: Held, answer: Callable[[Held, dict[str, Any]], Any], requests: IO[str], answers: IO[str]) -> None:
    """Carry out requests until there are no more, then let go of the device.

    A write is not answered: what went wrong with it is the answer of the next read.

    Args:
        device: What is asked.
        answer: Carries out one request; returns what the answer holds, or None where none is sent.
        requests: Requests in JSON, one a line.
        answers: Where answers go.
    """
    pending: RobomatrixError | None = None
    try:
        for line in requests:
            request = json.loads(line)
            try:
                if pending is not None and request["do"] == "read":
                    error, pending = pending, None
                    raise error
                result = answer(device, request)
                if result is None:
                    continue
                reply = {"number": request["number"], "result": result}
            except RobomatrixError as error:
                if request["do"] == "write":
                    pending = error
                    continue
                reply = {"number": request["number"], "error": error_to_json(error)}
            answers.write(json.dumps(reply) + "\n")
            answers.flush()
    finally:
        device.close()


def named(target: str) -> Any:
    """Return what ``module:name`` names."""
    module, _, name = target.partition(":")
    return getattr(importlib.import_module(module), name)


def run_worker(make: Callable[[], Held], answer: Callable[[Held, dict[str, Any]], Any]) -> NoReturn:
    """Make a device and serve it, as all that this process does.

    Args:
        make: Makes it.
        answer: As for :func:`serve`.
    """
    # The vendor prints to standard output: answers get a descriptor of their own.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    serve(make(), answer, sys.stdin, answers)
    # Threads of the vendor's package may not end by themselves.
    sys.stderr.flush()
    os._exit(0)


def main() -> NoReturn:
    """Run the worker's process."""
    target, config = sys.argv[1:]
    run_worker(lambda: named(target)(json.loads(config)), answer)


if __name__ == "__main__":
    main()
