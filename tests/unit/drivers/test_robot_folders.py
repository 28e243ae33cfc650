"""Every folder of an arm: description, MuJoCo model, device and calibration say the same, and there is a guide."""

from __future__ import annotations

from pathlib import Path

import mujoco
import numpy as np
import pytest

from robomatrix_py.contracts.robot import RobotDescription
from robomatrix_py.safety.kinematics import SerialChain
from robomatrix_py.settings.devices import DeviceSettings, make_device
from robomatrix_py.settings.robots import load_robot
from robomatrix_py.settings.share import share_folder

HARDWARE = share_folder() / "hardware"
ARMS = sorted(path.parent.name for path in HARDWARE.glob("*/robot.yaml") if load_robot(path.parent.name).base is None)
HEADINGS = ("Wiring", "Permissions", "First power-on", "Check it", "Protective stop")


@pytest.fixture(params=ARMS)
def robot(request: pytest.FixtureRequest) -> RobotDescription:
    return load_robot(request.param)


@pytest.fixture
def model(robot: RobotDescription) -> mujoco.MjModel:
    return mujoco.MjModel.from_xml_path(str(HARDWARE / robot.name / robot.model_file))


def test_the_model_has_the_descriptions_kinematics(robot: RobotDescription, model: mujoco.MjModel) -> None:
    data = mujoco.MjData(model)
    chain = SerialChain(robot)
    site = model.site("tool").id
    low = np.array([joint.position_min_rad for joint in robot.joints])
    high = np.array([joint.position_max_rad for joint in robot.joints])
    for positions in np.random.default_rng(3).uniform(low, high, (20, len(low))):
        for name, position in zip(robot.joint_names, positions, strict=True):
            data.qpos[model.joint(name).qposadr[0]] = position
        mujoco.mj_forward(model, data)
        joints, tool, rotation = chain.place(positions[None])
        for i, name in enumerate(robot.joint_names):
            body = model.jnt_bodyid[model.joint(name).id]
            np.testing.assert_allclose(data.xpos[body], joints[0, i], atol=1e-6)
        np.testing.assert_allclose(data.site_xpos[site], tool[0], atol=1e-6)
        np.testing.assert_allclose(data.site_xmat[site].reshape(3, 3), rotation[0], atol=1e-6)


def test_the_model_has_the_descriptions_limits(robot: RobotDescription, model: mujoco.MjModel) -> None:
    for joint in robot.joints:
        found = model.joint(joint.name)
        assert found.range.tolist() == [joint.position_min_rad, joint.position_max_rad]
        low, high = model.jnt_actfrcrange[found.id]
        assert (-low, high) == (joint.effort_max_nm, joint.effort_max_nm)
    for name in robot.gripper.joints:
        assert model.joint(name).range.tolist() == pytest.approx([0.0, robot.gripper.finger_m(1.0)])
    drive = model.actuator(robot.gripper.joints[0])
    assert drive.forcerange.tolist() == [-robot.gripper.force_max_n, robot.gripper.force_max_n]


def test_wrist_cameras_are_where_the_description_says(robot: RobotDescription, model: mujoco.MjModel) -> None:
    data = mujoco.MjData(model)
    for name, position in robot.home_rad.items():
        data.qpos[model.joint(name).qposadr[0]] = position
    mujoco.mj_forward(model, data)
    _, tool, rotation = SerialChain(robot).place(robot.home[None])
    for camera in robot.cameras:
        if camera.mounted_on != "tool":
            continue
        index = model.camera(camera.name).id
        offset = rotation[0] @ np.array(camera.xyz_m)
        np.testing.assert_allclose(data.cam_xpos[index], tool[0] + offset, atol=2e-3)


@pytest.mark.parametrize("pose", ["home_rad", "park_rad"])
def test_poses_are_above_the_table(robot: RobotDescription, pose: str) -> None:
    where = getattr(robot, pose)
    if not where:
        pytest.skip("it has brakes and needs no pose to be switched off in")
    positions = np.array([[where[name] for name in robot.joint_names]])
    joints, tool, _ = SerialChain(robot).place(positions)
    assert joints[0, 1:, 2].min() > robot.workspace.link_min_z_m
    assert tool[0, 2] > 0.0
    if pose == "home_rad":
        assert robot.workspace.tool_box_in_base.contains(tool[0])


def test_its_drivers_can_be_made(robot: RobotDescription) -> None:
    for mode in set(robot.driver) - {"sim"}:
        choice = make_device(robot, mode, DeviceSettings())
        assert choice.rate_hz >= 50.0
        assert (choice.address == "") == (mode == "mock")
    assert robot.driver["mock"] == "mock"


def test_its_guide_says_what_a_newcomer_needs(robot: RobotDescription) -> None:
    if "real" not in robot.driver:
        pytest.skip("only simulated so far")
    guide = (HARDWARE / robot.name / "README.md").read_text(encoding="utf-8")
    headings = [line.lstrip("# ").strip() for line in guide.splitlines() if line.startswith("#")]
    for heading in HEADINGS:
        assert any(heading in found for found in headings), f"{heading} is missing: {headings}"
    assert f"robomatrix doctor --robot {robot.name}" in guide


def test_every_source_of_limits_is_named() -> None:
    for name in ARMS:
        head = (HARDWARE / name / "robot.yaml").read_text(encoding="utf-8").split("\nname:")[0]
        for word in ("Kinematics", "imits", "ours"):
            assert word in head, name


def test_folders_hold_what_they_must() -> None:
    for name in ARMS:
        there = {path.name for path in Path(HARDWARE / name).iterdir()}
        assert {"robot.yaml", "model.xml"} <= there
        if load_robot(name).driver.get("real"):
            assert {"README.md", "device.yaml", "calibration.yaml"} <= there
