"""The contract of every real device's driver against the faults of its device, made by a double in its own process."""

from __future__ import annotations

import numpy as np
import pytest
from rig import CONFIG, CONNECT_S, Disturbable

from robomatrix_py.contracts.driver import DriverMode

# With the settings of these tests; ordinary ones notice it within 0.2 s (`robomatrix bench drivers`).
NOTICED_S = CONFIG.silence_max_s + 0.3
# It is back within 5 s after it returns.
BACK_S = 5.0
HELD = 0.1


def require(rig: Disturbable, trouble: str) -> None:
    """Skip where a kind of device does not know this trouble."""
    if trouble not in rig.words:
        pytest.skip(f"{rig.name} knows no {trouble}")


def reason_of(rig: Disturbable, trouble: str) -> str:
    """Return the reason after checking that it says what it must."""
    reason = rig.driver.status.reason
    for word in rig.words[trouble]:
        assert word in reason, f"{rig.name}: '{word}' is missing in: {reason}"
    return reason


def test_before_it_connects_it_says_so_and_refuses(device: Disturbable) -> None:
    assert device.driver.status.mode is DriverMode.DISCONNECTED
    assert device.driver.status.reason
    assert "disconnected" in device.command(device.goal)
    assert device.driver.read(device.now_s) is None


def test_a_wrong_address_is_named(device: Disturbable) -> None:
    wrong = device.wrong_address()
    device.make_driver(wrong)
    device.tick()
    assert device.driver.status.mode is DriverMode.DISCONNECTED
    assert wrong in reason_of(device, "wrong address")


def test_a_busy_device_is_named_and_taken_once_it_is_free(device: Disturbable) -> None:
    require(device, "busy")
    with device.busy():
        device.tick()
        assert device.driver.status.mode is DriverMode.DISCONNECTED
        reason_of(device, "busy")
    device.until(DriverMode.READY, CONNECT_S)


def test_a_missing_permission_is_named_and_needs_no_restart(device: Disturbable) -> None:
    require(device, "permission")
    with device.forbidden():
        device.tick()
        assert device.driver.status.mode is not DriverMode.READY
        reason_of(device, "permission")
    device.until(DriverMode.READY, CONNECT_S)


def test_another_product_is_refused(device: Disturbable) -> None:
    require(device, "wrong model")
    device.be_wrong_model()
    device.tick()
    assert device.driver.status.mode is DriverMode.DISCONNECTED
    reason_of(device, "wrong model")


def test_a_firmware_error_at_the_start_is_named_and_moves_nothing(device: Disturbable) -> None:
    device.firmware_error(True)
    device.tick()
    assert device.driver.status.mode is DriverMode.FAULT
    reason_of(device, "firmware")
    device.firmware_error(False)
    device.until(DriverMode.READY, CONNECT_S)


def test_a_firmware_error_in_motion_stops_it_until_a_person_has_seen_to_it(device: Disturbable) -> None:
    device.connect()
    device.run(0.2, device.swing())
    device.firmware_error(True)
    device.until(DriverMode.FAULT, device.fault_noticed_s)
    assert device.words["firmware"][0] in device.driver.status.reason
    assert "fault" in device.command(device.goal)
    device.run(0.4)
    assert device.driver.status.mode is DriverMode.FAULT
    device.firmware_error(False)
    device.until(DriverMode.READY, CONNECT_S)
    there = device.where()
    device.run(0.2)
    np.testing.assert_allclose(device.where(), there, atol=device.tolerance)


def test_a_device_that_vanishes_in_motion_is_taken_up_again_without_a_restart(device: Disturbable) -> None:
    device.connect()
    device.run(0.3, device.swing())
    device.vanish()
    assert device.until(DriverMode.DISCONNECTED, 2.0) <= NOTICED_S
    reason_of(device, "gone")
    assert device.driver.status.reason in device.command(device.goal)
    device.run(0.3)
    device.come_back()
    assert device.until(DriverMode.READY, CONNECT_S) <= BACK_S
    # What was commanded before is not carried on.
    device.start_here()
    there = device.where()
    device.run(0.2)
    np.testing.assert_allclose(device.where(), there, atol=device.tolerance)
    assert device.has_torque()
    device.run(0.2, device.swing())
    assert device.driver.status.mode is DriverMode.FOLLOWING
    assert device.refusals == []


def test_a_frozen_device_is_noticed_and_taken_up_again(device: Disturbable) -> None:
    device.connect()
    device.run(0.2, device.swing())
    device.fault(frozen=True)
    assert device.until(DriverMode.DISCONNECTED, 2.0) <= NOTICED_S
    reason_of(device, "silent")
    device.fault(frozen=False)
    assert device.until(DriverMode.READY, CONNECT_S) <= BACK_S


def test_damaged_bytes_never_become_a_reading(device: Disturbable) -> None:
    if not device.corruptible:
        pytest.skip("this wire repairs or drops what is damaged")
    device.connect()
    device.fault(corrupt=0.05)
    device.states.clear()
    device.run(1.0, device.still())
    device.fault(corrupt=0.0)
    assert len(device.states) > 10
    spread = np.array([device.seen(state) for state in device.states]) - device.where()
    assert np.abs(spread).max() < HELD


def test_late_and_lost_answers_are_borne(device: Disturbable) -> None:
    device.connect()
    device.fault(delay_s=0.001, drop=0.02)
    device.run(0.6, device.swing())
    device.fault(delay_s=0.0, drop=0.0)
    assert device.driver.status.mode is DriverMode.FOLLOWING, device.driver.status
    device.run(0.2, device.still())
    device.start_here()
    np.testing.assert_allclose(device.seen(device.states[-1]), device.where(), atol=device.tolerance)


def test_closing_lets_the_next_driver_in(device: Disturbable) -> None:
    device.connect()
    there = device.where()
    device.driver.close()
    assert device.has_torque()
    device.make_driver(device.address)
    device.connect()
    np.testing.assert_allclose(device.where(), there, atol=device.tolerance)
