"""Scenes drawn by seed: what must be there is there, and nothing overlaps."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sim_worlds import scene

from robomatrix_py.contracts.errors import ConfigError
from robomatrix_py.contracts.geometry import Pose
from robomatrix_py.sim.catalog import COLORS, SHAPE_NAMES, make_shape
from robomatrix_py.sim.config import FixtureConfig, SceneConfig
from robomatrix_py.sim.layout import FOOTPRINTS, Layout, draw_layout, split_name

SEEDS = st.integers(0, 2**31 - 1)


def poses(layout: Layout) -> list[tuple[str, list[float]]]:
    return [
        (item.name, [*item.pose_object_in_base.position_m, *item.pose_object_in_base.quaternion_xyzw])
        for item in layout.objects
    ]


@settings(max_examples=150, deadline=None)
@given(SEEDS)
def test_every_scene_keeps_its_promises(seed: int) -> None:
    config = scene()
    layout = draw_layout(config, seed)
    names = [item.name for item in layout.objects]
    assert names[:3] == ["red_cube", "green_ball", "blue_can"]
    assert len(set(names)) == len(names)
    assert 3 + 3 <= len(names) <= 3 + 5
    assert layout.drawer_open_m == 0.0
    for item in layout.objects:
        x, y, z = item.pose_object_in_base.position_m
        assert config.zone_min_m[0] <= x <= config.zone_max_m[0]
        assert config.zone_min_m[1] <= y <= config.zone_max_m[1]
        assert z == pytest.approx(item.shape.size_m[2] / 2)
        assert (item.color, item.shape_name) == split_name(item.name)
    for a, b in itertools.combinations(layout.objects, 2):
        gap = math.dist(a.pose_object_in_base.position_m[:2], b.pose_object_in_base.position_m[:2])
        assert gap - a.shape.footprint_radius_m - b.shape.footprint_radius_m >= config.gap_m - 1e-9
    for placed in layout.fixtures:
        asked = config.fixtures[placed.name]
        shift = placed.pose_fixture_in_base.position_m[:2] - np.array(asked.position_m)
        assert np.abs(shift).max() <= asked.jitter_m
        assert math.remainder(placed.pose_fixture_in_base.yaw_rad - asked.yaw_rad, 2 * math.pi) == pytest.approx(0)


@settings(max_examples=100, deadline=None)
@given(SEEDS)
@example(3510)  # a capsule used to lie in the tray's rim
def test_no_object_stands_in_a_fixture(seed: int) -> None:
    layout = draw_layout(scene(), seed)
    for placed, item in itertools.product(layout.fixtures, layout.objects):
        x, y, _ = item.pose_object_in_base.position_m
        free_m = FOOTPRINTS[placed.kind].distance_m(placed.pose_fixture_in_base, x, y)
        assert free_m > item.shape.footprint_radius_m, (placed.name, item.name)


def test_footprints_are_measured_from_the_fixtures_edge() -> None:
    bin_ = FOOTPRINTS["bin"]
    assert bin_.distance_m(Pose.at(0.3, 0.1, 0.0), 0.3, 0.1) == 0.0
    assert bin_.distance_m(Pose.at(0.3, 0.1, 0.0), 0.3 + 0.206, 0.1) == pytest.approx(0.1)
    assert bin_.distance_m(Pose.at(0.3, 0.1, 0.0), 0.3 - 0.136, 0.1 - 0.146) == pytest.approx(0.05)
    cabinet = FOOTPRINTS["cabinet"]
    facing_right = Pose.at(0.0, 0.0, 0.0, -math.pi / 2)
    assert cabinet.distance_m(facing_right, 0.0, -0.331 - 0.02) == pytest.approx(0.02)
    assert cabinet.distance_m(facing_right, 0.0, 0.12 + 0.02) == pytest.approx(0.02)
    assert FOOTPRINTS["bowl"].distance_m(facing_right, 0.06, 0.08) == pytest.approx(0.1 - 0.085)


@settings(max_examples=30, deadline=None)
@given(SEEDS)
def test_the_same_seed_draws_the_same_scene_and_another_one_another(seed: int) -> None:
    config = scene()
    assert poses(draw_layout(config, seed)) == poses(draw_layout(config, seed))
    assert poses(draw_layout(config, seed)) != poses(draw_layout(config, (seed + 1) % 2**31))


def test_over_many_seeds_everything_turns_up() -> None:
    items = [item for seed in range(150) for item in draw_layout(scene(), seed).objects[3:]]
    assert {item.color for item in items} == set(COLORS)
    assert {item.shape_name for item in items} == set(SHAPE_NAMES)
    assert {len(draw_layout(scene(), seed).objects) for seed in range(60)} == {6, 7, 8}
    sizes = {item.shape.size_m[2] / make_shape(item.shape_name).size_m[2] for item in items}
    assert min(sizes) < 0.96
    assert max(sizes) > 1.07


def test_there_are_six_shapes_and_eight_colours_at_least() -> None:
    assert len(SHAPE_NAMES) >= 6
    assert len(COLORS) >= 8
    assert len({tuple(rgb) for rgb in COLORS.values()}) == len(COLORS)
    with pytest.raises(ConfigError, match=r"unknown shape 'blob'.*cube"):
        make_shape("blob")


@pytest.mark.parametrize("name", SHAPE_NAMES)
@pytest.mark.parametrize("scale", [0.95, 1.0, 1.08])
def test_every_shape_fits_the_gripper_and_its_own_bounding_box(name: str, scale: float) -> None:
    shape = make_shape(name, scale)
    assert min(shape.size_m[:2]) < 0.085 - 0.012
    assert shape.mass_kg > 0
    assert shape.yaw_symmetry in (0, 2, 4)
    for part in shape.parts:
        half_height = {2: part.size_m[0], 5: part.size_m[1], 6: part.size_m[2], 4: part.size_m[2]}.get(
            int(part.type), part.size_m[0]
        )
        assert abs(part.z_m) + half_height <= shape.size_m[2] / 2 + 1e-9


@pytest.mark.parametrize("name", ["red_cube", "red_cube_2", "white_egg_12"])
def test_object_names(name: str) -> None:
    color, shape = split_name(name)
    assert name.startswith(f"{color}_{shape}")


@pytest.mark.parametrize(
    "name", ["", "cube", "red", "pink_cube", "red_blob", "red_cube_", "Red_cube", "red_cube\n", "a_b_c"]
)
def test_unknown_object_names_are_refused_with_what_is_permitted(name: str) -> None:
    with pytest.raises(ConfigError) as caught:
        draw_layout(scene(objects=(name,)), 0)
    assert f"unknown object '{name}'" in caught.value.what
    assert "red|orange" in caught.value.permitted
    assert caught.value.where == "scene.objects"


def test_numbered_objects_may_be_of_one_kind() -> None:
    names = [item.name for item in draw_layout(scene(objects=("red_cube", "red_cube_2")), 3).objects]
    assert names[:2] == ["red_cube", "red_cube_2"]


def test_repeated_names_are_refused() -> None:
    with pytest.raises(ConfigError, match="repeat"):
        draw_layout(scene(objects=("red_cube", "red_cube")), 0)


@pytest.mark.parametrize(
    "changes",
    [
        {"extra_min": 40, "extra_max": 40},
        {"gap_m": 0.4},
        {"zone_max_m": (0.30, -0.22)},
    ],
)
def test_what_does_not_fit_is_refused_and_ends(changes: dict[str, object]) -> None:
    with pytest.raises(ConfigError, match="objects do not fit between") as caught:
        draw_layout(scene(**changes), 0)
    assert "fewer objects" in caught.value.remedy


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"extra_min": -1}, "extra_min is -1"),
        ({"extra_min": 5, "extra_max": 4}, "extra_min is 5; permitted: 0 to 4"),
        ({"extra_max": 62}, "extra_max is 62; permitted: .*61"),
        ({"gap_m": -0.1}, "gap_m is -0.1"),
        ({"scale_min": 0.0}, "scale_min is 0.0"),
        ({"scale_min": 1.2, "scale_max": 1.0}, "scale_min is 1.2"),
        ({"scale_max": 9.0}, "scale_max is 9.0"),
        ({"zone_min_m": (0.6, 0.0)}, "zone_min_m"),
        ({"drawer_open_m": 0.3}, "drawer_open_m is 0.3; permitted: 0 to 0.16"),
        ({"drawer_open_m": -0.01}, "drawer_open_m is -0.01"),
    ],
)
def test_impossible_scene_settings_are_refused(changes: dict[str, object], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        scene(**changes)


def test_a_fixture_cannot_jitter_backwards() -> None:
    with pytest.raises(ValueError, match=r"jitter_m is -0\.1"):
        FixtureConfig("bin", (0.0, 0.0), jitter_m=-0.1)


def test_a_scene_may_be_empty() -> None:
    bare = SceneConfig("bare", {}, objects=(), extra_min=0, extra_max=0)
    layout = draw_layout(bare, 0)
    assert layout.objects == layout.fixtures == ()


def test_an_open_drawer_is_passed_on() -> None:
    assert draw_layout(replace(scene(), drawer_open_m=0.1), 0).drawer_open_m == 0.1
