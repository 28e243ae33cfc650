"""Every folder of a robot on a base: its drivers can be made, its files say the same, and there is a guide."""

from __future__ import annotations

from dataclasses import replace

import pytest

from robomatrix_py.contracts.errors import ConfigError
from robomatrix_py.contracts.robot import RobotDescription
from robomatrix_py.settings.base_devices import BASE_FAMILIES, make_base_device
from robomatrix_py.settings.devices import DeviceSettings
from robomatrix_py.settings.robots import load_robot
from robomatrix_py.settings.share import share_folder

HARDWARE = share_folder() / "hardware"
BASES = sorted(path.parent.name for path in HARDWARE.glob("*/robot.yaml") if load_robot(path.parent.name).base)
HEADINGS = ("Wiring", "Permissions", "First power-on", "Check it", "Protective stop")


@pytest.fixture(params=BASES)
def robot(request: pytest.FixtureRequest) -> RobotDescription:
    return load_robot(request.param)


def test_the_drivers_of_its_base_can_be_made(robot: RobotDescription) -> None:
    assert robot.base is not None
    assert robot.base.driver["mock"] == "mock"
    for mode in set(robot.base.driver) - {"sim"}:
        choice = make_base_device(robot, mode, DeviceSettings())
        assert choice.rate_hz >= 20.0
        assert (choice.address == "") == (mode == "mock")


def test_an_address_can_be_given_for_one_start(robot: RobotDescription) -> None:
    assert robot.base is not None
    # That of a base with ROS 2 is a namespace.
    address = "/somewhere" if robot.base.driver["real"] == "twist" else "somewhere"
    shared = not (HARDWARE / robot.name / "base.yaml").exists()
    settings = DeviceSettings(address) if shared else DeviceSettings("elsewhere", base_address=address)
    assert make_base_device(robot, "real", settings).address == address


def test_an_address_that_cannot_be_one_is_named() -> None:
    with pytest.raises(ConfigError, match=r"device.base_address: address is .left base.; permitted: a ROS namespace"):
        make_base_device(load_robot("twist_base"), "real", DeviceSettings(base_address="left base"))


def test_its_guide_says_what_a_newcomer_needs(robot: RobotDescription) -> None:
    guide = (HARDWARE / robot.name / "README.md").read_text(encoding="utf-8")
    headings = [line.lstrip("# ").strip() for line in guide.splitlines() if line.startswith("#")]
    for heading in HEADINGS:
        assert any(heading in found for found in headings), f"{heading} is missing: {headings}"
    assert f"robomatrix doctor --robot {robot.name}" in guide


def test_a_mode_or_driver_that_is_not_there_is_named(robot: RobotDescription) -> None:
    with pytest.raises(ConfigError, match=r"no driver of its base for mode .virtual.*mock"):
        make_base_device(robot, "virtual", DeviceSettings())
    assert robot.base is not None
    other = replace(robot, base=replace(robot.base, driver={"real": "tank"}))
    with pytest.raises(ConfigError, match=rf"unknown driver .tank.*{next(iter(BASE_FAMILIES))}"):
        make_base_device(other, "real", DeviceSettings())
    with pytest.raises(ConfigError, match="no driver of its base"):
        make_base_device(load_robot("so101"), "real", DeviceSettings())
