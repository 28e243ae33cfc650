"""What is in or on a perceived thing, wherever it stands."""

from __future__ import annotations

import numpy as np
import pytest
from contract_values import POSES
from hypothesis import given
from hypothesis import strategies as st

from robomatrix_py.contracts.geometry import Box, Pose
from robomatrix_py.contracts.scene import Affordance, Scene, SceneObject

INSIDE = Box(np.array([0.1, 0.0, 0.05]), np.array([0.2, 0.1, 0.05]))


def thing(pose: Pose, interior: Box | None = INSIDE, name: str = "bin") -> SceneObject:
    affordances = frozenset({Affordance.CONTAINER} if interior else {Affordance.MOVABLE})
    return SceneObject(name, "", "bin", affordances, pose, np.array([0.4, 0.2, 0.1]), interior=interior)


@given(POSES, st.tuples(*[st.floats(-0.4, 0.4)] * 3).map(np.array))
def test_inside_is_meant_in_the_frame_of_the_thing(pose: Pose, point: np.ndarray) -> None:
    nearest = np.abs(np.abs(point - INSIDE.center_m) - INSIDE.half_extents_m).min()
    assert thing(pose).holds(pose.transform(point)) is INSIDE.contains(point) or nearest < 1e-9


@given(POSES)
def test_a_thing_without_inside_holds_nothing(pose: Pose) -> None:
    assert not thing(pose, interior=None).holds(pose.position_m, margin_m=1.0)


def test_the_margin_grows_the_inside() -> None:
    bin_ = thing(Pose.at(0.5, 0.0, 0.0))
    just_out = np.array([0.5 + 0.302, 0.0, 0.05])
    assert not bin_.holds(just_out)
    assert bin_.holds(just_out, margin_m=0.003)


def test_a_scene_is_asked_by_affordance() -> None:
    items = [thing(Pose.at(0, 0, 0)), thing(Pose.at(1, 0, 0.2), None, "red_cube")]
    scene = Scene({item.name: item for item in items}, 0.0, "sim_truth")
    assert list(scene) == items
    assert [item.name for item in scene.having(Affordance.MOVABLE)] == ["red_cube"]
    assert scene.having(Affordance.BUTTON) == ()
    assert items[1].top_z_m == pytest.approx(0.25)
