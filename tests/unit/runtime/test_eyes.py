"""What perception and policy see: each picture encoded once, pictures kept a moment, things followed by name."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from robomatrix_py.contracts.geometry import Array, Pose
from robomatrix_py.contracts.patches import CameraView, Patches
from robomatrix_py.contracts.policy import ToolState
from robomatrix_py.contracts.robot import CameraDescription
from robomatrix_py.contracts.scene import Affordance, Scene, SceneObject
from robomatrix_py.perception.camera_health import CameraHealth, CameraHealthConfig
from robomatrix_py.perception.camera_perception import CameraPerception
from robomatrix_py.perception.config import FixtureKind, ObjectKind, PerceptionConfig
from robomatrix_py.runtime.eyes import FORGET_S, KEEP_S, Eyes, Gaze, Sight

TOOL = ToolState(np.zeros(3), 0.0, np.zeros(3), np.zeros(3), 1.0, 1.0, 0.0, 0.0)


class CountingEncoder:
    """Sees background everywhere and counts how often it looks. Implements PatchEncoder."""

    scale = 10.0

    def __init__(self) -> None:
        self.seen: list[str] = []

    def see(self, camera: str, color: Array) -> Patches:
        self.seen.append(camera)
        rows, columns = color.shape[0] // 8, color.shape[1] // 8
        embedding = np.zeros((rows, columns, 2), dtype=np.float32)
        embedding[..., 1] = 1.0
        three = np.zeros((rows, columns, 3), dtype=np.float32)
        return Patches(embedding, three, three, 8)

    def name(self, _color: Array, squares_px: Array) -> Array:
        return self.read(("background",) * len(squares_px))

    def read(self, texts: tuple[str, ...]) -> Array:
        return np.array([[0.0, 1.0] if text == "background" else [1.0, 0.0] for text in texts], dtype=np.float32)

    read_names = read


def view(camera: str) -> CameraView:
    pose = Pose(np.array([0.4, 0.0, 0.5]), np.array([1.0, 0.0, 0.0, 0.0]))
    return CameraView(camera, np.zeros((16, 24, 3), np.uint8), np.full((16, 24), 0.5), (20.0, 20.0, 12.0, 8.0), pose)


@pytest.fixture
def encoder() -> CountingEncoder:
    return CountingEncoder()


@pytest.fixture
def eyes(encoder: CountingEncoder) -> Eyes:
    button = FixtureKind((Affordance.BUTTON,), (0.08, 0.08, 0.04))
    config = PerceptionConfig("encoder", 10.0, ("red",), {"cube": ObjectKind(4)}, {"button": button})
    cameras = [CameraDescription(name, 24, 16, 30.0) for name in ("front", "wrist")]
    health = CameraHealth(CameraHealthConfig(contrast_min=0.0), cameras, None)
    return Eyes(encoder, CameraPerception(encoder, config), health)


def test_each_picture_is_encoded_once(eyes: Eyes, encoder: CountingEncoder) -> None:
    sight = eyes.look([view("front"), view("wrist")], 1.0, 1.1)
    assert encoder.seen == ["front", "wrist"]
    assert set(sight.patches) == {"front", "wrist"}
    assert sight.taken_s == 1.0
    assert sight.scene.received_s == 1.1


def test_a_camera_that_is_late_is_still_looked_at_for_a_moment(eyes: Eyes, encoder: CountingEncoder) -> None:
    eyes.look([view("front"), view("wrist")], 1.0, 1.0)
    soon = eyes.look([view("front")], 1.0 + KEEP_S, 1.3)
    assert {v.camera for v in soon.views} == set(soon.patches) == {"front", "wrist"}
    later = eyes.look([view("front")], 1.1 + KEEP_S, 1.4)
    assert {v.camera for v in later.views} == set(later.patches) == {"front"}
    assert encoder.seen.count("wrist") == 1


def test_a_camera_that_is_out_of_order_is_looked_through_by_nobody(eyes: Eyes, encoder: CountingEncoder) -> None:
    eyes.look([view("front"), view("wrist")], 1.0, 1.0)
    blunt = replace(view("wrist"), color=np.zeros((8, 12, 3), np.uint8))
    sight = eyes.look([view("front"), blunt], 1.1, 1.1)
    assert {v.camera for v in sight.views} == set(sight.patches) == {"front"}
    assert [fault.camera for fault in sight.faults] == ["wrist"]
    assert encoder.seen.count("wrist") == 1


def test_without_any_camera_there_is_no_scene_and_then_one_that_says_why(eyes: Eyes) -> None:
    views = [replace(view(name), color=np.zeros((8, 12, 3), np.uint8)) for name in ("front", "wrist")]
    assert eyes.look(views, 1.0, 1.0).scene is None
    scene = eyes.look(views, 2.0, 2.0).scene
    assert scene is not None
    assert not scene.objects
    assert "front delivers colour" in scene.trouble
    assert "wrist delivers colour" in scene.trouble


def thing(name: str, seen_s: float) -> SceneObject:
    return SceneObject(
        name, "red", "cube", frozenset({Affordance.MOVABLE}), Pose.at(0.4, 0.0, 0.02), np.full(3, 0.04), seen_s=seen_s
    )


def sight(at_s: float, *items: SceneObject) -> Sight:
    return Sight(Scene({item.name: item for item in items}, at_s + 0.06, "camera"), at_s)


def test_a_glance_names_the_goals_things_in_their_order_and_none_where_one_was_never_seen() -> None:
    gaze = Gaze()
    gaze.start(("bin", "red_cube"), 10.0)
    gaze.notice(sight(10.2, thing("red_cube", 10.26), thing("blue_can", 10.26)))
    glance = gaze.glance(sight(10.2), TOOL)
    assert glance.tracks[0] is None
    assert glance.tracks[1] is not None
    assert glance.tracks[1].name == "red_cube"
    assert glance.since_start_s == pytest.approx(0.2)


def test_age_counts_from_the_pictures_and_what_is_out_of_sight_for_long_is_forgotten() -> None:
    gaze = Gaze()
    gaze.notice(sight(10.0, thing("red_cube", 10.06)))
    gaze.start(("red_cube",), 10.5)
    soon = gaze.glance(sight(11.0), TOOL)
    assert soon.tracks[0] is not None
    assert soon.now_s - soon.tracks[0].seen_s == pytest.approx(1.0)
    assert gaze.glance(sight(10.0 + FORGET_S + 0.1), TOOL).tracks == (None,)


def test_what_is_only_remembered_does_not_count_as_seen() -> None:
    gaze = Gaze()
    gaze.start(("red_cube",), 10.0)
    gaze.notice(sight(10.0, replace(thing("red_cube", 9.0), visible=False)))
    assert gaze.glance(sight(10.0), TOOL).tracks == (None,)
