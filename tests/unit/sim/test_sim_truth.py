"""The perception source `sim_truth`: what it hides, how wrong and how late it is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import mujoco
import numpy as np
import pytest
from sim_worlds import make_world, place

from robomatrix_py.contracts.geometry import Pose
from robomatrix_py.contracts.scene import Affordance, Scene
from robomatrix_py.sim.config import SensorConfig, SimTruthConfig
from robomatrix_py.sim.truth import SOURCE, SimTruth
from robomatrix_py.sim.world import SimWorld

EXACT = {"sensor": SensorConfig(20.0), "yaw_noise_rad": 0.0}


def look(world: SimWorld, now_s: float = 0.0) -> Scene:
    """Return what a source that looks for the first time reports."""
    scene = SimTruth(world).update(now_s)
    assert scene is not None
    return scene


def seeing(scene_changes: dict[str, Any] | None = None, seed: int = 0, **truth: Any) -> SimWorld:
    return make_world(seed, scene_changes, truth=SimTruthConfig(**(EXACT | truth)))


def test_it_says_what_it_is() -> None:
    assert look(seeing()).source == SOURCE == "sim_truth"


def test_without_noise_it_reports_the_truth() -> None:
    world = seeing()
    scene = look(world)
    for item in world.layout.objects:
        seen = scene.objects[item.name]
        np.testing.assert_allclose(seen.position_m, world.pose(item.name).position_m)
        np.testing.assert_allclose(seen.pose_object_in_base.rotation, world.pose(item.name).rotation, atol=1e-9)
        np.testing.assert_allclose(seen.size_m, item.shape.size_m)
        assert (seen.color, seen.shape) == (item.color, item.shape_name)
        assert Affordance.MOVABLE in seen.affordances
        assert (Affordance.SURFACE in seen.affordances) is item.shape.flat_top is (seen.interior is not None)
        assert seen.visible
    for name, fixture in world.fixtures.items():
        assert scene.objects[name].affordances == fixture.affordances
        np.testing.assert_allclose(scene.objects[name].position_m, world.pose(name).position_m)


CAN_IN_DRAWER = {"objects": ("blue_can",), "extra_min": 0, "extra_max": 0}


def can_in_drawer(opening_m: float, **truth: Any) -> SimWorld:
    world = seeing(CAN_IN_DRAWER | {"drawer_open_m": opening_m}, **truth)
    region = world.region(world.fixtures["drawer"])
    assert region is not None
    place(world, "blue_can", region.center_m[0], region.center_m[1], 0.06)
    return world


def test_a_can_in_the_closed_drawer_is_hidden_and_in_the_open_one_seen() -> None:
    assert "blue_can" not in look(can_in_drawer(0.0)).objects
    scene = look(can_in_drawer(0.16))
    assert scene.objects["drawer"].holds(scene.objects["blue_can"].position_m, 0.003)


def test_without_occlusion_everything_is_seen() -> None:
    scene = look(can_in_drawer(0.0, occlusion=False))
    assert scene.objects["drawer"].holds(scene.objects["blue_can"].position_m, 0.003)


def behind_the_cabinet(distance_m: float, **truth: Any) -> SimWorld:
    """Return a world with the arm out of the way and a ball behind the cabinet, as the front camera sees it."""
    world = seeing({"objects": ("green_ball",), "extra_min": 0, "extra_max": 0}, **truth)
    home = world.robot.home.copy()
    home[0] += 2.5
    world.command(home, np.zeros(6), 1.0)
    world.step(1500)
    x, y, _ = world.pose("cabinet").position_m
    place(world, "green_ball", x - distance_m, y, 0.03)
    return world


@pytest.mark.parametrize(("distance_m", "seen"), [(0.20, False), (0.30, True)])
def test_an_object_behind_another_thing_is_not_seen(distance_m: float, seen: bool) -> None:
    assert ("green_ball" in look(behind_the_cabinet(distance_m)).objects) is seen


@pytest.mark.parametrize(("share", "seen"), [(0.2, True), (1.0, False)])
def test_how_much_must_be_seen_is_a_setting(share: float, seen: bool) -> None:
    names = set(look(behind_the_cabinet(0.25, visible_share_min=share)).objects)
    assert ("green_ball" in names) is seen, "the top looks out from behind the cabinet"
    assert {"bin", "drawer", "table"} <= names, "fixtures are always known"


def test_an_object_outside_every_picture_is_not_seen() -> None:
    world = seeing({"objects": ("red_cube",), "extra_min": 0, "extra_max": 0})
    assert "red_cube" in look(world).objects
    place(world, "red_cube", 0.95, -0.70, 0.03)
    assert "red_cube" not in look(world).objects


def test_a_picture_is_as_wide_as_the_robots_camera() -> None:
    """A place at the side of the front camera's 4:3 picture lies outside a square one."""
    world = seeing({"objects": ("red_cube",), "extra_min": 0, "extra_max": 0})
    place(world, "red_cube", 0.38, -0.60, 0.03)
    assert "red_cube" in look(world).objects
    world.robot = replace(world.robot, cameras=tuple(replace(c, width_px=c.height_px) for c in world.robot.cameras))
    assert "red_cube" not in look(world).objects


def test_a_robot_without_cameras_sees_nothing_but_what_is_fixed() -> None:
    world = seeing()
    world.robot = replace(world.robot, cameras=())
    assert set(look(world).objects) == set(world.fixtures)


def pixels(world: SimWorld, renderers: dict[str, mujoco.Renderer]) -> dict[str, dict[str, int]]:
    """Return how many pixels of each picture show each object, by camera and object."""
    found = {}
    for camera, renderer in renderers.items():
        renderer.update_scene(world.data, camera=camera)
        image = renderer.render()
        bodies = world.model.geom_bodyid[image[image[..., 1] == mujoco.mjtObj.mjOBJ_GEOM, 0]]
        found[camera] = {name: int((bodies == world.body_id(name)).sum()) for name in world.object_names}
    return found


@pytest.mark.gl
def test_what_is_reported_is_what_the_pictures_show() -> None:
    """With arm and objects anywhere, in and behind things too: rendering is the judge of what can be seen."""
    world = seeing(seed=1)
    model, rng = world.model, np.random.default_rng(0)
    free = np.isin(model.geom_bodyid, [world.body_id(name) for name in world.object_names])
    renderers = {c.name: mujoco.Renderer(model, 240, 320) for c in world.robot.cameras}
    for renderer in renderers.values():
        renderer.enable_segmentation_rendering()
    arm = [model.joint(name).qposadr[0] for name in world.robot.joint_names]
    verdicts = {True: 0, False: 0}
    for _ in range(8):
        for name in world.object_names:
            x, y = rng.uniform([-0.2, -0.8], [1.0, 0.8])
            world.move_object(name, Pose.at(x, y, 0.03))
        world.data.qpos[arm] = world.robot.home + rng.uniform(-0.7, 0.7, 6)
        mujoco.mj_forward(model, world.data)
        reported = look(world).objects
        shown = pixels(world, renderers)
        opaque = model.geom_rgba[:, 3].copy()
        model.geom_rgba[~free, 3] = 0.0
        unhidden = pixels(world, renderers)
        model.geom_rgba[:, 3] = opaque
        for name in world.object_names:
            if all(shown[camera][name] == 0 for camera in renderers):
                assert name not in reported
                verdicts[False] += 1
            elif any(shown[c][name] > max(50, 0.6 * unhidden[c][name]) for c in renderers):
                assert name in reported
                verdicts[True] += 1
    for renderer in renderers.values():
        renderer.close()
    assert min(verdicts.values()) > 5, "both cases came up"


def stack(values: list[np.ndarray]) -> np.ndarray:
    return np.array(values)


def test_noise_has_the_configured_standard_deviations() -> None:
    world = seeing(sensor=SensorConfig(20.0, noise=0.004), yaw_noise_rad=0.05)
    truth = SimTruth(world)
    scenes = [truth.update(i * 0.05) for i in range(1500)]
    true = world.pose("red_cube")
    offsets = np.array([s.objects["red_cube"].position_m - true.position_m for s in scenes])
    turns = np.array([s.objects["red_cube"].pose_object_in_base.yaw_rad - true.yaw_rad for s in scenes])
    np.testing.assert_allclose(offsets.std(axis=0), 0.004, rtol=0.08)
    np.testing.assert_allclose(offsets.mean(axis=0), 0.0, atol=4e-4)
    assert turns.std() == pytest.approx(0.05, rel=0.08)
    openings = np.array([s.objects["drawer"].states["opening_m"] for s in scenes])
    assert openings.std() == pytest.approx(0.004, rel=0.08)
    correlation = np.corrcoef(offsets[1:, 0], offsets[:-1, 0])[0, 1]
    assert abs(correlation) < 0.1, "each look is drawn anew"
    assert abs(np.corrcoef(offsets[:, 0], offsets[:, 1])[0, 1]) < 0.1


def test_a_look_arrives_late_and_shows_the_world_as_it_was() -> None:
    world = seeing({"objects": ("red_cube",), "extra_min": 0, "extra_max": 0}, sensor=SensorConfig(20.0, delay_s=0.2))
    truth = SimTruth(world)
    seen = []
    for tick in range(100):
        now_s = tick * 0.01
        if tick == 30:
            place(world, "red_cube", 0.45, 0.05, 0.03)
        scene = truth.update(now_s)
        if scene is not None:
            item = scene.objects["red_cube"]
            seen.append((now_s, abs(item.position_m[0] - 0.45) < 0.01))
            assert scene.received_s == item.seen_s == now_s
    assert seen[0][0] == pytest.approx(0.2)
    moved_s = next(now_s for now_s, moved in seen if moved)
    assert moved_s == pytest.approx(0.3 + 0.2, abs=0.011)
    assert len(seen) == 16


def test_single_objects_drop_out_and_fixtures_do_not() -> None:
    world = seeing(sensor=SensorConfig(20.0, drop_out=0.3))
    truth = SimTruth(world)
    scenes = [truth.update(i * 0.05) for i in range(600)]
    assert all(scene is not None for scene in scenes)
    share = np.mean(["red_cube" in scene.objects for scene in scenes])
    assert share == pytest.approx(0.7, abs=0.06)
    both = np.mean([("red_cube" in s.objects) == ("green_ball" in s.objects) for s in scenes])
    assert both < 0.75, "objects drop out one by one, not together"
    assert all("bin" in scene.objects for scene in scenes)


def test_equal_seeds_see_equally() -> None:
    def positions(seed: int) -> np.ndarray:
        world = make_world(seed)
        scene = SimTruth(world).update(0.0) or SimTruth(world).update(0.1)
        truth = SimTruth(world)
        truth.update(0.0)
        scene = truth.update(0.06)
        assert scene is not None
        return stack([item.position_m for item in scene])

    np.testing.assert_array_equal(positions(5), positions(5))
    assert positions(5).shape != positions(6).shape or (positions(5) != positions(6)).any()


def test_looking_disturbs_nothing() -> None:
    watched, alone = seeing(), seeing()
    truth = SimTruth(watched)
    for tick in range(50):
        truth.update(tick * 0.01)
        watched.step(5)
        alone.step(5)
    assert watched.state_hash() == alone.state_hash()
