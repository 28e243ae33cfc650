"""The perception source `sim_truth`: what it hides, how wrong and how late it is."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sim_worlds import make_world, place

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


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_how_much_must_be_seen_is_a_setting(share: float) -> None:
    """Points behind the object itself are never seen, so that nothing is seen whole."""
    names = set(look(seeing(visible_share_min=share)).objects)
    assert ("red_cube" in names) is (share == 0.0)
    assert {"bin", "drawer", "table"} <= names, "fixtures are always known"


def test_an_object_outside_every_picture_is_not_seen() -> None:
    world = seeing({"objects": ("red_cube",), "extra_min": 0, "extra_max": 0})
    assert "red_cube" in look(world).objects
    place(world, "red_cube", -0.25, -0.6, 0.05)
    assert "red_cube" not in look(world).objects


def test_an_object_behind_another_thing_is_not_seen() -> None:
    """The front camera looks from high in front of the robot; the wrist camera is out of the way."""
    world = seeing({"objects": ("green_ball", "blue_can"), "extra_min": 0, "extra_max": 0})
    home = world.robot.home.copy()
    home[0] += 2.5
    world.command(home, np.zeros(6), 1.0)
    world.step(1500)
    x, y, _ = world.pose("cabinet").position_m
    place(world, "green_ball", x, y - 0.05, 0.15)
    assert "green_ball" in look(world).objects, "on the cabinet"
    place(world, "green_ball", x - 0.30, y, 0.03)
    assert "green_ball" not in look(world).objects, "behind the cabinet"


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
