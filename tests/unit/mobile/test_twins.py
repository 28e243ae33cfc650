"""The simulated twins: what drivers, odometry, ranging and scene promise, and the task they were built for."""

from __future__ import annotations

import math
from functools import cache

import mujoco
import numpy as np
import pytest

from robomatrix_py.contracts.action import BaseCommand
from robomatrix_py.contracts.driver import BaseDriver, DriverMode
from robomatrix_py.contracts.errors import ConfigError
from robomatrix_py.contracts.geometry import Array
from robomatrix_py.runtime.lockstep_run import make_rig, run_lockstep
from robomatrix_py.safety.kinematics import SerialChain
from robomatrix_py.settings.robots import load_robot
from robomatrix_py.settings.settings import Settings, resolve
from robomatrix_py.sim.base_driver import SimBaseDriver
from robomatrix_py.sim.layout import draw_layout
from robomatrix_py.sim.oracle import really
from robomatrix_py.sim.world import SimWorld
from robomatrix_py.skills.level_arm import LevelArmKinematics

ROBOTS = ("robomaster_ep", "go2_arm")
TASK = "go to the table, pick up the red can and drop it in the bin"


@cache
def settings_of(robot: str, *overrides: str) -> Settings:
    """Return the settings of a robot in its apartment."""
    return resolve([f"robot={robot}", "scene=apartment", *overrides])


class Ride:
    """A twin under a driver, on a clock that only the test moves."""

    def __init__(self, robot: str) -> None:
        settings = settings_of(robot)
        self.world = SimWorld(settings.load_robot(), settings.model_file, settings.sim_config())
        self.driver: BaseDriver = SimBaseDriver(self.world)
        self.now_s = 0.0

    def run(self, duration_s: float, velocity: Array | None = None) -> None:
        """Let time pass, commanding at 100 Hz or not at all."""
        for i in range(round(duration_s / 0.002)):
            if velocity is not None and i % 5 == 0:
                assert self.driver.command(BaseCommand(velocity), self.now_s) == ""
            self.driver.update(self.now_s)
            self.world.step()
            self.now_s += 0.002


@pytest.mark.parametrize("robot", ROBOTS)
def test_the_base_moves_as_told_in_its_own_frame_and_stops_by_itself_in_silence(robot: str) -> None:
    ride = Ride(robot)
    velocity = np.array([0.2, 0.1, 0.4])
    ride.run(1.0, velocity)
    base = ride.world.base
    assert base is not None
    assert base.velocity() == pytest.approx(velocity, abs=0.01)
    # A circle arc: the body's velocity turns with it.
    heading = 0.4 * np.linspace(0, 1, 200)
    x = float(np.mean(0.2 * np.cos(heading) - 0.1 * np.sin(heading)))
    assert base.pose().position_m[0] == pytest.approx(x, abs=0.01)
    assert base.pose().yaw_rad == pytest.approx(0.4, abs=0.02)
    assert ride.driver.status.mode is DriverMode.FOLLOWING
    ride.run(0.6)
    assert ride.driver.status.mode is DriverMode.WATCHDOG
    assert base.velocity() == pytest.approx([0, 0, 0], abs=1e-3)
    ride.run(0.1, np.zeros(3))
    assert ride.driver.status.mode is DriverMode.READY


@pytest.mark.parametrize("velocity", [[math.nan, 0, 0], [9.0, 0, 0], [0.0, 0.0], [0, 0, math.inf]])
def test_the_driver_refuses_what_is_no_permitted_velocity(velocity: list[float]) -> None:
    ride = Ride("robomaster_ep")
    assert "permitted" in ride.driver.command(BaseCommand(np.array(velocity)), 0.0)
    ride.run(0.05)
    assert np.abs(ride.world.base_pose().position_m).max() < 1e-5


def test_odometry_drifts_a_little_and_what_is_seen_lands_beside_the_robot() -> None:
    ride = Ride("robomaster_ep")
    ride.run(0.2, np.array([0.2, 0.0, 0.3]))
    ride.run(0.2, np.array([0.3, 0.0, 0.3]))
    ride.run(0.2, np.array([0.4, 0.0, 0.3]))
    ride.run(2.6, np.array([0.5, 0.0, 0.3]))
    true, believed = ride.world.base_pose(), ride.world.odometry.pose
    drift_m = float(np.linalg.norm(true.position_m - believed.position_m))
    assert 1e-5 < drift_m < 0.05
    can = ride.world.pose("red_can")
    seen = ride.world.odometry.pose_world_in_odom @ can
    assert believed.inverse().transform(seen.position_m) == pytest.approx(true.inverse().transform(can.position_m))


def test_ranging_meets_walls_and_furniture_and_not_the_robot() -> None:
    ride = Ride("go2_arm")
    ride.run(0.02)
    scan = ride.driver.scan(ride.now_s)
    assert scan is not None
    behind = int(np.argmin(np.abs(scan.angles_rad - math.pi)))
    assert scan.ranges_m[behind] == pytest.approx(1.0, abs=0.05)
    assert scan.ranges_m.min() > 0.4
    assert ride.driver.read(ride.now_s) is not None


@pytest.mark.parametrize("robot", ROBOTS)
def test_model_and_description_agree(robot: str) -> None:
    """Tool by forward kinematics and cameras as described are where the model has them."""
    ride = Ride(robot)
    world, description = ride.world, ride.world.robot
    tool = SerialChain(description).tool_pose(description.home)
    world.data.qpos[[world.model.joint(name).qposadr[0] for name in description.joint_names]] = description.home
    if robot == "robomaster_ep":
        world.data.qpos[world.model.joint("arm_level").qposadr[0]] = -sum(description.home)
    mujoco.mj_forward(world.model, world.data)
    assert tool.position_m == pytest.approx(world.data.site("tool").xpos, abs=1e-4)
    assert tool.rotation == pytest.approx(world.data.site("tool").xmat.reshape(3, 3), abs=1e-3)
    for camera in description.cameras:
        pose = camera.pose_in_base(tool)
        assert pose.position_m == pytest.approx(world.data.camera(camera.name).xpos, abs=1e-4)
        looking = world.data.camera(camera.name).xmat.reshape(3, 3) @ np.diag([1, -1, -1])
        assert pose.rotation == pytest.approx(looking, abs=1e-3)


def test_the_level_arm_reaches_its_places_and_comes_as_near_as_it_can_to_others() -> None:
    robot = load_robot("robomaster_ep")
    arm, chain = LevelArmKinematics(robot), SerialChain(robot)
    joints = robot.home
    for height in (0.30, 0.20, 0.10, 0.03):
        for _ in range(3):
            joints = arm.step(joints, np.array([0.32, 0.0, height]), np.eye(3))
        assert chain.place(joints[None])[1][0] == pytest.approx([0.32, 0.0, height], abs=1e-3)
    for _ in range(20):
        joints = arm.step(joints, np.array([1.0, 0.5, 0.1]), np.eye(3))
    low, high = (np.array([getattr(j, key) for j in robot.joints]) for key in ("position_min_rad", "position_max_rad"))
    assert ((joints >= low) & (joints <= high)).all()


def test_every_drawn_apartment_has_its_things_on_their_tables() -> None:
    config = settings_of("go2_arm").scene
    for seed in range(40):
        layout = draw_layout(config, seed)
        fixtures = {fixture.name: fixture for fixture in layout.fixtures}
        objects = {item.name: item for item in layout.objects}
        assert {"red_can", "green_cube", "yellow_cube", "blue_can"} <= set(objects)
        for name, place in (("red_can", "table"), ("blue_can", "desk")):
            size = fixtures[place].size_m
            assert size is not None
            local = (
                fixtures[place].pose_fixture_in_base.inverse().transform(objects[name].pose_object_in_base.position_m)
            )
            assert (np.abs(local[:2]) < np.array(size[:2]) / 2).all()


@pytest.mark.parametrize(("robot", "scene"), [("ur5e", "apartment"), ("go2_arm", "tabletop")])
def test_a_robot_in_a_scene_of_another_kind_is_refused(robot: str, scene: str) -> None:
    with pytest.raises(ConfigError, match=f"scene {scene} is"):
        make_rig(resolve([f"robot={robot}", f"scene={scene}"]))


@pytest.mark.parametrize("robot", ROBOTS)
def test_the_can_goes_from_the_table_into_the_bin(robot: str) -> None:
    settings = settings_of(robot, "seed=3")
    rig = make_rig(settings)
    outcome = run_lockstep(TASK, settings, 120.0, None, video=False, rig=rig)
    assert outcome.verdict.succeeded, outcome.verdict
    goal = outcome.status.plan.goals[-1].atoms if outcome.status.plan else ()
    assert goal and all(really(atom, rig.world.snapshot()) for atom in goal)
