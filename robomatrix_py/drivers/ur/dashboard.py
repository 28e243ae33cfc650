"""What the dashboard server of a UR controller says of the arm.

Source: Universal Robots, "Dashboard Server e-Series".
"""

from __future__ import annotations

from robomatrix_py.contracts.errors import DeviceError
from robomatrix_py.drivers.device import firmware_fault
from robomatrix_py.drivers.tcp import LineClient, connect

PORT = 29999
_WAIT_S = 1.0
_SAFE = ("NORMAL", "REDUCED")


def examine(address: str, model: str) -> str:
    """Check that this is the right arm, ready to be controlled from outside; return what it is.

    Args:
        address: IP address of the controller.
        model: What it must call itself.

    Raises:
        DeviceError: It cannot be reached, is another model, is not ready or not in remote control.
    """
    where = f"{address}:{PORT}"
    client = LineClient(connect(address, PORT, _WAIT_S, "UR dashboard"), where)
    try:
        greeting = client.line()
        if "Universal Robots" not in greeting:
            raise DeviceError(f"'{greeting}' is no greeting of a UR controller", where=where, code="WRONG_MODEL")
        found = client.ask("get robot model")
        if found != model:
            raise DeviceError(
                f"this arm is a {found}, a {model} is needed",
                where=where,
                remedy="choose the right --robot, or the address of the right arm",
                code="WRONG_MODEL",
            )
        safety = _value(client.ask("safetystatus"))
        if safety not in _SAFE:
            raise firmware_fault(
                f"its safety status is {_words(safety)}",
                where=where,
                remedy="make sure that nobody is in danger, then clear it on the teach pendant; see the robot's guide",
            )
        mode = _value(client.ask("robotmode"))
        if mode != "RUNNING":
            raise firmware_fault(
                f"its robot mode is {mode}, not RUNNING",
                where=where,
                remedy="switch it on and release the brakes on the teach pendant",
            )
        remote = client.ask("is in remote control")
        if remote != "true":
            raise DeviceError(
                "it is not in remote control: the teach pendant alone may move it",
                where=where,
                remedy="switch from 'Local' to 'Remote Control' at the top right of the teach pendant",
                code="PERMISSION",
            )
        return f"{model}, serial number {client.ask('get serial number')}, {client.ask('PolyscopeVersion')}"
    finally:
        client.close()


def _value(answer: str) -> str:
    """Return ``NORMAL`` of ``Safetystatus: NORMAL``."""
    return answer.rpartition(":")[2].strip()


def _words(value: str) -> str:
    """Return ``protective stop`` of ``PROTECTIVE_STOP``."""
    return value.lower().replace("_", " ")
