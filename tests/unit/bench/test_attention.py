"""Where the encoder's best match points, with a picture and an encoder that are laid down by hand."""

from __future__ import annotations

import numpy as np
import pytest

from robomatrix_py.bench.attention import attends
from robomatrix_py.contracts.errors import ConfigError
from robomatrix_py.contracts.geometry import Pose, quaternion_from_matrix
from robomatrix_py.contracts.patches import CameraView, Floats, Patches
from robomatrix_py.contracts.scene import Affordance, SceneObject
from robomatrix_py.runtime.eyes import Sight

# Straight down from 1 m above the base: x of the picture is x of the base, y of the picture is -y of the base.
DOWN = Pose(np.array([0.0, 0.0, 1.0]), quaternion_from_matrix(np.diag([1.0, -1.0, -1.0])))
SIDE_PX, PATCHES = 160, 40
CUBE_AT, CAN_AT = (0.1, 0.1), (-0.2, 0.0)
EDGE_M = 0.06


class TwoWords:
    """Knows two texts."""

    scale = 20.0

    def read(self, texts: tuple[str, ...]) -> Floats:
        known = {"red cube": 0, "blue can": 1}
        if not set(texts) <= set(known):
            raise ConfigError("words that were never taught", where="text")
        return np.eye(2, dtype=np.float32)[[known[text] for text in texts]]


def thing(at: tuple[float, float]) -> SceneObject:
    pose = Pose(np.array([*at, EDGE_M / 2]), np.array([0.0, 0.0, 0.0, 1.0]))
    return SceneObject("red_cube", "red", "cube", frozenset({Affordance.MOVABLE}), pose, np.full(3, EDGE_M))


def sight(shown: dict[int, tuple[float, float]], *, cover_m: float = 0.0) -> Sight:
    """Return a look in which a text's best patch lies at a place of the base; a cover may hide all of the table."""
    embedding = np.zeros((PATCHES, PATCHES, 2), dtype=np.float32)
    for text, (x_m, y_m) in shown.items():
        row, column = (int((value * SIDE_PX + SIDE_PX / 2) * PATCHES / SIDE_PX) for value in (-y_m, x_m))
        embedding[row, column, text] = 1.0
    depth_m = np.full((SIDE_PX, SIDE_PX), 1.0 - max(cover_m, EDGE_M), dtype=np.float32)
    zeros = np.zeros((PATCHES, PATCHES, 3), dtype=np.float32)
    color = np.zeros((SIDE_PX, SIDE_PX, 3), dtype=np.uint8)
    view = CameraView("front_camera", color, depth_m, (SIDE_PX, SIDE_PX, SIDE_PX / 2, SIDE_PX / 2), DOWN)
    return Sight(None, 0.0, (view,), {"front_camera": Patches(embedding, zeros, zeros, SIDE_PX // PATCHES)})


def test_best_match_on_the_thing_is_right_and_beside_it_is_wrong() -> None:
    right, wrong = sight({0: CUBE_AT}), sight({0: CAN_AT})
    assert attends(TwoWords(), right, "front_camera", "red cube", [thing(CUBE_AT)]) is True
    assert attends(TwoWords(), wrong, "front_camera", "red cube", [thing(CUBE_AT)]) is False


def test_any_of_equal_things_is_right() -> None:
    assert attends(TwoWords(), sight({0: CAN_AT}), "front_camera", "red cube", [thing(CUBE_AT), thing(CAN_AT)]) is True


def test_what_is_hidden_or_not_looked_at_counts_for_nothing() -> None:
    look = sight({0: CUBE_AT}, cover_m=0.4)
    assert attends(TwoWords(), look, "front_camera", "red cube", [thing(CUBE_AT)]) is None
    assert attends(TwoWords(), look, "wrist_camera", "red cube", [thing(CUBE_AT)]) is None
    assert attends(TwoWords(), look, "front_camera", "red cube", []) is None
    assert attends(TwoWords(), sight({0: CUBE_AT}), "front_camera", "red cube", [thing((0.9, 0.9))]) is None


def test_unknown_words_are_refused() -> None:
    with pytest.raises(ConfigError, match="never taught"):
        attends(TwoWords(), sight({0: CUBE_AT}), "front_camera", "xylophone", [thing(CUBE_AT)])
