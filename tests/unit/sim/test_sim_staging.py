"""Staging: a perceived scene built again in simulation stands where it was perceived, or is refused in words."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sim_worlds import make_world, settings, ur5e

from robomatrix_py.contracts.errors import ConfigError, PlanError
from robomatrix_py.contracts.geometry import Pose
from robomatrix_py.contracts.scene import Affordance, Scene, SceneObject
from robomatrix_py.sim.catalog import fit_shape, make_shape
from robomatrix_py.sim.config import PlacedConfig, SceneConfig
from robomatrix_py.sim.staging import stage
from robomatrix_py.sim.truth import SimTruth
from robomatrix_py.sim.world import SimWorld

HOME = ur5e().home.tolist()


def perceived(seed: int) -> tuple[SimWorld, Scene]:
    """Return a world and what perception, noisy and late, says of it."""
    world = make_world(seed)
    truth = SimTruth(world)
    scene = None
    for i in range(200):
        scene = truth.update(i * 0.01) or scene
        world.step(5)
    assert scene is not None
    return world, scene


def build(config: SceneConfig) -> SimWorld:
    return SimWorld(ur5e(), settings().model_file, replace(settings().sim_config(), scene=config))


@pytest.mark.parametrize("seed", [1, 2])
def test_everything_stands_where_it_was_perceived(seed: int) -> None:
    original, scene = perceived(seed)
    start = (np.array(HOME) + 0.1).tolist()
    staged = build(stage(scene, start))
    movable = {item.name for item in scene.having(Affordance.MOVABLE)}
    assert set(staged.object_names) == movable
    assert movable
    for item in scene:
        if item.name == "table":
            continue
        away_m = np.linalg.norm(staged.pose(item.name).position_m - original.pose(item.name).position_m)
        assert away_m < 0.008, (item.name, away_m)
        again = next(o for o in staged.layout.objects if o.name == item.name) if item.name in movable else None
        if again is not None:
            assert again.shape.size_m == pytest.approx(item.size_m, rel=0.02)
            assert again.shape.yaw_symmetry == item.yaw_symmetry
    arm = [staged.joint_positions()[name] for name in ur5e().joint_names]
    assert arm == pytest.approx(start, abs=0.02)
    assert set(staged.fixtures) == set(original.fixtures)


def test_an_open_drawer_and_what_lies_in_a_bin_are_kept() -> None:
    _, scene = perceived(3)
    drawer = scene.objects["drawer"]
    pulled = drawer.pose_object_in_base @ Pose.at(0.1, 0.0, 0.0)
    drawer = replace(drawer, pose_object_in_base=pulled, states={"opening_m": 0.1, "travel_m": 0.16})
    inside = scene.objects["bin"].position_m + np.array([0.0, 0.0, 0.01])
    can = replace(scene.objects["blue_can"], pose_object_in_base=Pose.at(*inside))
    staged = build(stage(replace(scene, objects={**scene.objects, "drawer": drawer, "blue_can": can}), HOME))
    assert staged.states(staged.fixtures["drawer"])["opening_m"] == pytest.approx(0.1, abs=0.005)
    assert np.linalg.norm(staged.pose("blue_can").position_m[:2] - inside[:2]) < 0.01


def thing(name: str, shape: str, *affordances: Affordance, at: Pose | None = None) -> SceneObject:
    return SceneObject(name, "", shape, frozenset(affordances), at or Pose.at(0.4, 0.0, 0.03), np.full(3, 0.06))


def test_an_unknown_shape_and_colour_become_a_box_or_a_cylinder_of_that_size() -> None:
    mug = replace(thing("mug", "mug", Affordance.MOVABLE), color="mauve", yaw_symmetry=0)
    staged = build(stage(Scene({"mug": mug}, 0.0, "camera"), HOME))
    assert staged.layout.objects[0].shape.size_m == pytest.approx((0.06, 0.06, 0.06))
    assert staged.pose("mug").position_m[2] == pytest.approx(0.03, abs=0.003)
    assert fit_shape("can", make_shape("can", 1.05).size_m, 0, flat_top=True) == make_shape("can", 1.05)
    slab = fit_shape("cube", (0.2, 0.02, 0.02), 2, flat_top=True)
    assert slab.size_m == pytest.approx((0.2, 0.02, 0.02)), "a cube of other proportions is no cube"


@pytest.mark.parametrize(
    ("items", "why"),
    [
        ([thing("shelf", "shelf", Affordance.SURFACE)], "'shelf' is a shelf"),
        ([thing("drawer", "drawer", Affordance.DRAWER)], "drawers and cabinets do not go together"),
        ([thing("cabinet", "cabinet", Affordance.SURFACE)], "drawers and cabinets do not go together"),
        ([thing("table", "table", Affordance.SURFACE, at=Pose.at(0.3, 0.0, 0.4))], "the table's top is at"),
    ],
)
def test_what_has_no_simulated_likeness_is_refused(items: list[SceneObject], why: str) -> None:
    with pytest.raises(PlanError, match=why) as caught:
        stage(Scene({item.name: item for item in items}, 0.0, "camera"), HOME)
    assert caught.value.code == "PLAN.NOT_STAGEABLE"


def test_impossible_places_are_refused() -> None:
    with pytest.raises(ValueError, match="size_m is"):
        PlacedConfig("cube", (0.4, 0.0, 0.0), (0.0, 0.1, 0.1))
    with pytest.raises(ValueError, match="quaternion_xyzw is"):
        PlacedConfig("cube", (0.4, 0.0, 0.0), (0.1, 0.1, 0.1), quaternion_xyzw=(0.0, 0.0, 0.0, 3.0))
    with pytest.raises(ConfigError, match="arm_rad"):
        build(SceneConfig("x", {}, objects=(), extra_min=0, extra_max=0, arm_rad=(0.0, 1.0)))
