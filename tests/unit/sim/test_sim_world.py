"""The MuJoCo world: the robot of robot.yaml, contact and friction only, and bit-equal runs."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import mujoco
import numpy as np
import pytest
from sim_worlds import make_world, place, scene, settings, sim_config, ur5e

from robomatrix_py.contracts.errors import ConfigError
from robomatrix_py.contracts.geometry import Pose, quaternion_from_matrix, quaternion_to_matrix
from robomatrix_py.contracts.robot import CameraDescription
from robomatrix_py.contracts.scene import Affordance
from robomatrix_py.safety.kinematics import SerialChain
from robomatrix_py.sim.config import DRAWER_TRAVEL_M, FixtureConfig, SimConfig
from robomatrix_py.sim.layout import FOOTPRINTS
from robomatrix_py.sim.world import SimWorld

# The model against robot.yaml -------------------------------------------------------------------------------


def test_cameras_are_where_robot_yaml_says(world: SimWorld) -> None:
    robot, chain = ur5e(), SerialChain(ur5e())
    rng = np.random.default_rng(12)
    data = mujoco.MjData(world.model)
    for _ in range(5):
        joints = rng.uniform(-2.0, 2.0, len(robot.joints))
        for name, position in zip(robot.joint_names, joints, strict=True):
            data.qpos[world.model.joint(name).qposadr[0]] = position
        mujoco.mj_kinematics(world.model, data)
        mujoco.mj_camlight(world.model, data)
        _, point, rotation = chain.place(joints[None])
        pose_tool = Pose(point[0], quaternion_from_matrix(rotation[0]))
        for camera in robot.cameras:
            pose = camera.pose_in_base(pose_tool)
            index = world.model.camera(camera.name).id
            # MuJoCo's camera looks along -z with y up, the optical frame along z with y down.
            optical = data.cam_xmat[index].reshape(3, 3) * np.array([1.0, -1.0, -1.0])
            np.testing.assert_allclose(pose.position_m, data.cam_xpos[index], atol=1e-4)
            np.testing.assert_allclose(pose.rotation, optical, atol=1e-3)


def test_forward_kinematics_of_model_and_description_agree(world: SimWorld) -> None:
    """Two descriptions of one robot: the simulator's and the gate's."""
    robot, chain = ur5e(), SerialChain(ur5e())
    rng = np.random.default_rng(11)
    data = mujoco.MjData(world.model)
    qpos = [world.model.joint(name).qposadr[0] for name in robot.joint_names]
    bodies = [world.model.joint(name).bodyid[0] for name in robot.joint_names]
    site = world.model.site("tool").id
    for q in rng.uniform(-np.pi, np.pi, (300, 6)):
        data.qpos[qpos] = q
        mujoco.mj_kinematics(world.model, data)
        joints, tool, rotation = chain.place(q[None])
        np.testing.assert_allclose(data.xpos[bodies], joints[0], atol=1e-9)
        np.testing.assert_allclose(data.site_xpos[site], tool[0], atol=1e-9)
        np.testing.assert_allclose(data.site_xmat[site].reshape(3, 3), rotation[0], atol=1e-9)


def test_ranges_and_torques_of_the_model_are_those_of_the_description(world: SimWorld) -> None:
    for joint in ur5e().joints:
        model = world.model.joint(joint.name)
        assert model.range.tolist() == [joint.position_min_rad, joint.position_max_rad]
        low, high = world.model.jnt_actfrcrange[model.id]
        assert (-low, high) == (joint.effort_max_nm, joint.effort_max_nm)
        assert world.model.actuator(joint.name).ctrlrange.tolist() == model.range.tolist()


def test_the_gripper_of_the_model_is_that_of_the_description(world: SimWorld) -> None:
    gripper = ur5e().gripper
    for name in gripper.joints:
        assert world.model.joint(name).range.tolist() == [0.0, gripper.stroke_m / 2]
    drive = world.model.actuator(gripper.joints[0])
    assert drive.forcerange.tolist() == [-gripper.force_max_n, gripper.force_max_n]
    pads = [
        g for g in range(world.model.ngeom) if world.model.geom_condim[g] == 4 and world.model.geom_priority[g] == 1
    ]
    assert len(pads) == 2
    # Half the pad across the closing direction, and how far it reaches below the tool point.
    assert world.model.geom_size[pads[0]][0] * 2 == pytest.approx(gripper.finger_width_m)
    assert world.model.geom_size[pads[0]][1] * 2 == pytest.approx(gripper.finger_thickness_m)
    tip = 0.088 + world.model.geom_pos[pads[0]][2] + world.model.geom_size[pads[0]][2]
    assert tip - ur5e().tool_xyz_m[2] == pytest.approx(gripper.tip_below_tool_m, abs=1e-3)


def test_the_arm_reaches_the_speed_it_may_be_commanded_to(world: SimWorld) -> None:
    """A velocity limit means something only if the drives can keep up with it."""
    robot = ur5e()
    home, speed = robot.home.copy(), np.zeros(6)
    joint, largest = 5, robot.joints[5].velocity_max_rad_s
    for step in range(400):
        speed[joint] = largest * min(1.0, step / 150)
        home[joint] += speed[joint] * world.config.timestep_s
        world.command(home, speed, 1.0)
        world.step()
    assert world.joint_velocities()["wrist_3_joint"] == pytest.approx(largest, rel=0.03)
    assert world.joint_positions()["wrist_3_joint"] == pytest.approx(home[joint], abs=0.02)


def test_gravity_does_not_pull_the_arm_down(world: SimWorld) -> None:
    world.step(2000)
    for name, position in world.joint_positions().items():
        if name in ur5e().home_rad:
            assert position == pytest.approx(ur5e().home_rad[name], abs=2e-3)


# Nothing is welded ------------------------------------------------------------------------------------------


def test_the_only_equality_couples_the_two_fingers(world: SimWorld) -> None:
    model = world.model
    assert model.neq == 1
    assert model.eq_type[0] == mujoco.mjtEq.mjEQ_JOINT
    assert {model.joint(model.eq_obj1id[0]).name, model.joint(model.eq_obj2id[0]).name} == set(ur5e().gripper.joints)
    assert (model.nmocap, model.ntendon, model.nflex, model.nskin) == (0, 0, 0, 0)
    drives = {model.actuator(i).name for i in range(model.nu)}
    assert drives == {*ur5e().joint_names, ur5e().gripper.joints[0]}


def test_objects_are_free_bodies_under_full_gravity(world: SimWorld) -> None:
    model = world.model
    np.testing.assert_array_equal(model.opt.gravity, [0, 0, -9.81])
    for name in world.object_names:
        body = model.body(name)
        assert body.parentid[0] == 0
        assert model.body_gravcomp[body.id] == 0.0
        assert model.joint(f"{name}_joint").type[0] == mujoco.mjtJoint.mjJNT_FREE
        shape = next(item.shape for item in world.layout.objects if item.name == name)
        assert model.body_mass[body.id] == pytest.approx(shape.mass_kg)


def test_an_object_in_the_air_falls_and_lies_still() -> None:
    world = make_world(scene_changes={"objects": ("red_cube",), "extra_min": 0, "extra_max": 0})
    place(world, "red_cube", 0.40, -0.05, 0.30)
    half = next(i.shape.size_m[2] for i in world.layout.objects if i.name == "red_cube") / 2
    assert world.pose("red_cube").position_m[2] == pytest.approx(half, abs=2e-3)
    before = world.pose("red_cube").position_m
    world.step(500)
    np.testing.assert_allclose(world.pose("red_cube").position_m, before, atol=1e-4)


def test_everything_starts_at_rest_where_it_was_drawn() -> None:
    for seed in range(5):
        world = make_world(seed)
        assert world.time_s == 0.0
        assert np.abs(world.data.qvel).max() < 0.05
        for item in world.layout.objects:
            moved = world.pose(item.name).position_m - item.pose_object_in_base.position_m
            assert np.linalg.norm(moved) < 0.01, item.name


# The same run, bit for bit ----------------------------------------------------------------------------------


def drive(world: SimWorld, steps: int = 600) -> list[str]:
    """Push into the objects with a moving arm and return hashes on the way."""
    home, hashes = ur5e().home.copy(), []
    for step in range(steps):
        swing = np.array([0.5, 0.25, 0.3, 0.0, 0.0, 0.4]) * np.sin(step / 150)
        world.command(home + swing, np.zeros(6), 0.5 + 0.5 * np.cos(step / 40))
        world.step()
        if step % 50 == 0:
            hashes.append(world.state_hash())
    return hashes


def test_equal_seeds_run_bit_equal_and_others_do_not() -> None:
    first = drive(make_world(7))
    assert first == drive(make_world(7))
    assert not set(first) & set(drive(make_world(8)))
    assert len(set(first)) == len(first)


def test_one_step_at_a_time_is_the_same_as_many_at_once() -> None:
    one, many = make_world(), make_world()
    for _ in range(100):
        one.step()
    many.step(100)
    assert one.state_hash() == many.state_hash()
    assert one.time_s == many.time_s == pytest.approx(0.2)


# Fixtures ---------------------------------------------------------------------------------------------------


def test_the_default_scene_has_all_its_fixtures(world: SimWorld) -> None:
    kinds = {name: fixture.affordances for name, fixture in world.fixtures.items()}
    assert set(kinds) == {"table", "cabinet", "drawer", "bin", "bowl", "tray", "button"}
    assert kinds["bin"] == kinds["bowl"] == {Affordance.CONTAINER}
    assert kinds["drawer"] == {Affordance.DRAWER, Affordance.CONTAINER}
    assert kinds["tray"] == kinds["table"] == kinds["cabinet"] == {Affordance.SURFACE}
    assert kinds["button"] == {Affordance.BUTTON}
    assert world.states(world.fixtures["drawer"])["opening_m"] == pytest.approx(0.0, abs=1e-3)
    assert world.states(world.fixtures["button"]) == {"lit": 0.0}
    assert world.states(world.fixtures["bin"]) == {}


@pytest.mark.parametrize("opening_m", [0.0, 0.05, 0.16])
def test_a_drawer_may_start_open(opening_m: float) -> None:
    world = make_world(scene_changes={"drawer_open_m": opening_m})
    states = world.states(world.fixtures["drawer"])
    assert states["opening_m"] == pytest.approx(opening_m, abs=1e-3)
    assert states["travel_m"] == DRAWER_TRAVEL_M
    closed = make_world().pose("drawer")
    shift = world.pose("drawer").position_m - closed.position_m
    np.testing.assert_allclose(shift, closed.rotation[:, 0] * opening_m, atol=2e-3)


@pytest.mark.parametrize(
    ("place_name", "object_name"),
    [("bin", "red_cube"), ("bowl", "green_ball"), ("tray", "blue_can"), ("cabinet", "blue_can")],
)
def test_what_is_dropped_into_a_fixture_stays_in_its_region(world: SimWorld, place_name: str, object_name: str) -> None:
    region = world.region(world.fixtures[place_name])
    assert region is not None
    x, y, _ = region.center_m
    place(world, object_name, x + 0.01, y, region.center_m[2] + 0.02)
    world.step(500)
    assert region.contains(world.pose(object_name).position_m, margin_m=0.003)


def test_a_region_follows_its_drawer() -> None:
    shut = make_world().region(make_world().fixtures["drawer"])
    wide = make_world(scene_changes={"drawer_open_m": 0.16})
    moved = wide.region(wide.fixtures["drawer"])
    assert shut is not None
    assert moved is not None
    assert np.linalg.norm(moved.center_m - shut.center_m) == pytest.approx(0.16, abs=2e-3)
    np.testing.assert_allclose(moved.half_extents_m, shut.half_extents_m, atol=1e-6)
    assert make_world().region(make_world().fixtures["button"]) is None


def test_a_button_toggles_once_a_press_and_springs_back(world: SimWorld) -> None:
    joint = world.model.joint("button_joint")
    lamp = world.model.geom("button_lamp").id
    lit, colors = [], []
    for depth_m in (0.004, 0.006, 0.0045, 0.006, 0.002, 0.0052, 0.0):
        world.data.qpos[joint.qposadr[0]] = depth_m
        world._update_button(world._buttons[0])
        lit.append(world.states(world.fixtures["button"])["lit"])
        colors.append(tuple(world.model.geom_rgba[lamp, :3].round(2)))
    assert lit == [0.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0]
    assert len(set(colors)) == 2
    assert colors[0] == colors[-1]
    world.data.qpos[joint.qposadr[0]] = 0.007
    world.step(300)
    assert world.data.qpos[joint.qposadr[0]] == pytest.approx(0.0, abs=1e-3)


def test_a_snapshot_is_json_and_has_the_published_form(world: SimWorld) -> None:
    snapshot = json.loads(json.dumps(world.snapshot()))
    assert set(snapshot) >= {"bodies", "joints", "regions"}
    for name in (*world.object_names, *world.fixtures):
        body = snapshot["bodies"][name]
        assert len(body["position_m"]) == 3
        rotation = quaternion_to_matrix(np.array(body["quaternion_xyzw"]))
        np.testing.assert_allclose(rotation @ rotation.T, np.eye(3), atol=1e-9)
    assert {*ur5e().joint_names, "drawer_joint", "button_joint", "button.lit"} <= set(snapshot["joints"])
    assert set(snapshot["regions"]) == {"table", "cabinet", "drawer", "bin", "bowl", "tray"}
    for region in snapshot["regions"].values():
        assert set(region) == {"center_m", "half_extents_m"}


def test_the_snapshot_says_where_the_tool_is(world: SimWorld) -> None:
    _, tool, _ = SerialChain(ur5e()).place(np.array([[world.joint_positions()[n] for n in ur5e().joint_names]]))
    np.testing.assert_allclose(world.snapshot()["bodies"]["tool"]["position_m"], tool[0], atol=1e-6)


@pytest.mark.parametrize("opening_m", [0.0, DRAWER_TRAVEL_M])
def test_footprints_are_those_of_the_models(opening_m: float) -> None:
    world = make_world(scene_changes={"drawer_open_m": opening_m})
    data = world.data
    for placed in world.layout.fixtures:
        low, high = np.full(2, np.inf), np.full(2, -np.inf)
        for geom in range(world.model.ngeom):
            body = world.model.geom_bodyid[geom]
            root = {body, world.model.body_parentid[body]}
            if world.body_id(placed.name) not in root:
                continue
            half = world.model.geom_aabb[geom]
            corners = half[:3] + half[3:] * np.array([[a, b, c] for a in (-1, 1) for b in (-1, 1) for c in (-1, 1)])
            points = data.geom_xpos[geom] + corners @ data.geom_xmat[geom].reshape(3, 3).T
            local = placed.pose_fixture_in_base.inverse().transform(points)[:, :2]
            low, high = np.minimum(low, local.min(axis=0)), np.maximum(high, local.max(axis=0))
        footprint = FOOTPRINTS[placed.kind]
        outer = np.array([footprint.back_m, footprint.side_m, footprint.front_m, footprint.side_m]) + footprint.rim_m
        taken = np.array([-low[0], -low[1], high[0], high[1]])
        slack = outer - taken
        assert slack.min() > -5e-3, (placed.name, slack)
        if placed.kind != "cabinet" or opening_m:
            assert slack.max() < 5e-3, (placed.name, slack)


# What cannot be built ---------------------------------------------------------------------------------------


def test_an_unknown_fixture_kind_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"unknown fixture kind 'sofa'.*cabinet"):
        make_world(scene_changes={"fixtures": {"x": FixtureConfig("sofa", (0.3, 0.0))}})


def test_two_things_of_one_name_are_refused_without_a_traceback() -> None:
    with pytest.raises(ConfigError, match="red_cube"):
        make_world(scene_changes={"fixtures": {"red_cube": FixtureConfig("bin", (0.3, -0.4))}})


@pytest.mark.parametrize("text", ["", "<mujoco", "<mujoco><worldbody><geom type='sofa'/></worldbody></mujoco>"])
def test_a_broken_model_is_refused_and_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "model.xml"
    path.write_text(text)
    with pytest.raises(ConfigError) as caught:
        SimWorld(ur5e(), path, sim_config())
    assert str(path) in str(caught.value)


def test_a_model_of_another_robot_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.xml"
    path.write_text("<mujoco><worldbody><geom size='1'/></worldbody></mujoco>")
    with pytest.raises(ConfigError) as caught:
        SimWorld(ur5e(), path, sim_config())
    assert str(path) in str(caught.value)
    assert "shoulder_pan_joint" in str(caught.value)


def test_a_model_without_a_camera_of_the_robot_is_refused() -> None:
    robot = replace(ur5e(), cameras=(*ur5e().cameras, CameraDescription("tail_camera", 64, 48, 10.0)))
    with pytest.raises(ConfigError, match=r"model\.xml: the model has no camera tail_camera"):
        SimWorld(robot, settings().model_file, sim_config())


def test_two_cabinets_have_two_drawers() -> None:
    fixtures = dict(scene().fixtures) | {"cupboard": FixtureConfig("cabinet", (0.0, 0.6))}
    world = make_world(scene_changes={"fixtures": fixtures})
    assert {"drawer", "cupboard_drawer"} <= set(world.fixtures)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("timestep_s", 0.0),
        ("timestep_s", 0.02),
        ("timestep_s", -0.002),
        ("seed", -1),
        ("command_timeout_s", 0.0),
        ("command_timeout_s", 2.0),
    ],
)
def test_impossible_worlds_are_refused(key: str, value: float) -> None:
    with pytest.raises(ValueError, match=f"{key} is .*permitted: "):
        replace(SimConfig(scene()), **{key: value})


def test_settings_reach_the_world() -> None:
    assert settings().sim_config().scene.name == "tabletop"
    assert make_world(timestep_s=0.001).model.opt.timestep == 0.001
