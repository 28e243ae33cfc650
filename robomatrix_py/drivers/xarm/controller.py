"""An xArm's controller through the maker's package: connecting, and what its codes mean.

Sources: UFACTORY, xArm developer manual (registers, modes, states), and xarm-python-sdk 1.18, whose words for errors
are used.
"""

from __future__ import annotations

import time
from typing import Any

from robomatrix_py.contracts.errors import DeviceError, StaleDataError
from robomatrix_py.drivers.device import firmware_fault
from robomatrix_py.drivers.packages import require_package
from robomatrix_py.drivers.xarm.config import XarmConfig

SERVO_MODE, TEACHING_MODE = 1, 2
READY_STATE, MOVING_STATE = 0, 1
STOPPED_STATES = (4, 5)
# Results of a call: no connection, nothing sent, no answer in time.
_GONE = (-1, 8)
_SILENT = 3
_ANSWER_S = 0.2
_REPORT_S = 2.0


def connect(config: XarmConfig, *, reports: bool) -> Any:
    """Return the maker's `XArmAPI`, connected. Radians and millimetres.

    Args:
        config: Where it is.
        reports: Whether the controller shall also report its state by itself, a hundred times a second.

    Raises:
        DeviceError: It cannot be reached.
        EnvironmentFault: The package is not installed.
        StaleDataError: It takes the connection and says nothing.
    """
    wrapper = require_package("xarm.wrapper", "xarm")
    # The package knows this port as a constant only.
    require_package("xarm.core.config.x_config", "xarm").XCONF.SocketConf.TCP_CONTROL_PORT = config.port
    try:
        api = wrapper.XArmAPI(
            config.host, is_radian=True, enable_report=reports, report_type="real", forbid_uds=True, timed_comm=False
        )
    except Exception as error:
        raise DeviceError(f"no connection: {error}", where=config.address, code="CONNECTION_LOST") from error
    api.set_timeout(_ANSWER_S)
    deadline_s = time.monotonic() + _REPORT_S
    while reports and not api.report_data.data_size:
        if time.monotonic() > deadline_s:
            api.disconnect()
            raise StaleDataError(
                "the controller takes commands and does not report its state",
                where=config.address,
                remedy="restart the controller; is its port 30003 forwarded, too?",
                code="NO_REPORT",
            )
        time.sleep(0.01)
    return api


def check(code: int, where: str) -> None:
    """Raise what a result other than 0 means.

    Raises:
        DeviceError: The connection is gone, or the controller refuses.
        StaleDataError: It did not answer in time.
    """
    if code in _GONE:
        raise DeviceError(
            "the connection was lost",
            where=where,
            remedy="look at the network cable and at the controller; it is taken up again once it is back",
            code="CONNECTION_LOST",
        )
    if code == _SILENT:
        raise StaleDataError("the controller does not answer", where=where, code="NO_ANSWER")
    if code:
        raise DeviceError(
            f"it refuses a call with code {code}",
            where=where,
            remedy="look it up in the maker's list of API codes",
            code="REFUSED",
        )


def reported_error(api: Any, where: str) -> str:
    """Return the error that the controller reports, for a person; empty while there is none.

    Raises:
        DeviceError: The connection is gone.
        StaleDataError: It did not answer in time.
    """
    code, (error, _warning) = api.get_err_warn_code()
    check(code, where)
    if not error:
        return ""
    title = require_package("xarm.core.config.x_code", "xarm").ControllerError(error).title["en"]
    return f"{where}: the controller reports error C{error}, {title}"


def examine(api: Any, config: XarmConfig, where: str) -> str:
    """Check that this is the right arm and that it may be moved from outside; return what it is.

    Raises:
        DeviceError: It is another model, at fault, being taught, or moved by another program.
        StaleDataError: It did not answer in time.
    """
    if api.axis != config.axes or api.device_type not in config.types:
        raise DeviceError(
            f"this arm has {api.axis} joints and is of type {api.device_type}",
            where=where,
            permitted=f"{config.axes} joints, type {' or '.join(map(str, config.types))}",
            remedy="choose the right --robot, or the address of the right arm",
            code="WRONG_MODEL",
        )
    if fault := reported_error(api, where):
        raise firmware_fault(
            fault, where=where, remedy="see 'Protective stop' in the robot's guide, then clear it in UFACTORY Studio"
        )
    if api.mode == TEACHING_MODE:
        raise DeviceError(
            "it is in teaching mode: a hand may move it, and no program",
            where=where,
            remedy="switch manual mode off in UFACTORY Studio",
            code="PERMISSION",
        )
    if api.state == MOVING_STATE:
        raise DeviceError(
            "another program moves the arm",
            where=where,
            remedy="end it, in UFACTORY Studio or wherever it runs",
            code="PORT_BUSY",
        )
    version = ".".join(map(str, api.version_number))
    return f"xArm with {api.axis} joints, serial number {api.sn}, firmware {version}"
