"""Places that the action model is told: where a push ends, and where a drawer is when shut and when open."""

from __future__ import annotations

import math

import numpy as np
import pytest

from robomatrix_py.contracts.geometry import Array, Pose, quaternion_from_yaw
from robomatrix_py.contracts.patches import Floats
from robomatrix_py.contracts.policy import Glance, Goal, ToolState
from robomatrix_py.contracts.scene import Affordance, SceneObject
from robomatrix_py.policies.action.aims import NEAR_M
from robomatrix_py.policies.action.observation import NAMES, PLACES, Observer

TOOL_M = np.array([0.4, -0.05, 0.12])


class NoWords:
    """An encoder for glances without pictures."""

    scale = 10.0

    def read(self, texts: tuple[str, ...]) -> Floats:
        return np.eye(len(texts), dtype=np.float32)


def track(xyz_m: tuple[float, float, float], yaw_rad: float = 0.0, **states: float) -> SceneObject:
    pose = Pose(np.array(xyz_m), quaternion_from_yaw(yaw_rad))
    size = np.array([0.02, 0.1, 0.03])
    return SceneObject("drawer", "", "drawer", frozenset({Affordance.DRAWER}), pose, size, states=states)


def glance(item: SceneObject) -> Glance:
    tool = ToolState(TOOL_M, 0.3, np.zeros(3), TOOL_M, 1.0, 1.0, 0.0, 0.0)
    return Glance((), {}, (item,), tool, 5.0, 1.0)


def place(observation: Floats, name: str) -> Array:
    """Return a place of the first thing, base frame, shape (3,)."""
    columns = [NAMES.index(f"thing1.track.{name}{axis}") for axis in "xyz"]
    return TOOL_M + NEAR_M * np.sinh(observation[columns].astype(np.float64))


def observed(goal: Goal, *items: SceneObject) -> Floats:
    """Return the last of the observations of a thing that is seen at one place after another."""
    observer = Observer(NoWords())
    observer.start(goal)
    return [observer.observe(glance(item), 0.0) for item in items][-1]


@pytest.mark.parametrize("skill", ["open_drawer", "close_drawer"])
def test_drawer_is_shut_and_open_at_the_same_places_however_far_it_is_out(skill: str) -> None:
    yaw_rad = 2.0
    outwards = np.array([math.cos(yaw_rad), math.sin(yaw_rad), 0.0])
    shut = np.array([0.5, 0.1, 0.08])
    for opening_m in (0.0, 0.07, 0.16):
        item = track(tuple(shut + opening_m * outwards), yaw_rad, opening_m=opening_m, travel_m=0.16)
        observation = observed(Goal(skill, ("drawer",)), item)
        np.testing.assert_allclose(place(observation, "shut_"), shut, atol=1e-5)
        np.testing.assert_allclose(place(observation, "open_"), shut + 0.16 * outwards, atol=1e-5)
        np.testing.assert_allclose(place(observation, ""), shut + opening_m * outwards, atol=1e-5)


def test_push_ends_so_far_from_where_the_thing_began() -> None:
    goal = Goal("push", ("red cube",), "left", 0.12)
    began, moved = track((0.45, -0.1, 0.02)), track((0.45, -0.03, 0.02))
    observation = observed(goal, began, moved)
    np.testing.assert_allclose(place(observation, "end_"), [0.45, 0.02, 0.02], atol=1e-5)
    np.testing.assert_allclose(place(observation, "begin_"), [0.45, -0.1, 0.02], atol=1e-5)


def test_thing_that_neither_slides_nor_is_pushed_has_all_places_where_it_is() -> None:
    observation = observed(Goal("grasp", ("red cube",)), track((0.45, -0.1, 0.02)))
    for name in PLACES:
        np.testing.assert_allclose(place(observation, name), [0.45, -0.1, 0.02], atol=1e-5)
