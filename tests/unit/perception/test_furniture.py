"""Where furniture stands and how far a drawer is open."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from robomatrix_py.contracts.geometry import Array
from robomatrix_py.perception.config import PerceptionConfig
from robomatrix_py.perception.detection import Detection
from robomatrix_py.perception.furniture import Furniture
from robomatrix_py.perception.tracking import Track
from robomatrix_py.settings.settings import resolve

EYE_M = np.array([1.3, 0.06, 0.8])
CABINET_M, YAW_RAD = np.array([0.51, 0.54, 0.06]), -1.5
COSINE, SINE = math.cos(YAW_RAD), math.sin(YAW_RAD)
ROTATION = np.array([[COSINE, -SINE, 0.0], [SINE, COSINE, 0.0], [0.0, 0.0, 1.0]])


@pytest.fixture(scope="module")
def config() -> PerceptionConfig:
    """The furniture of the table that ships."""
    config = resolve(["perception=camera"]).perception
    assert config is not None
    return config


def track(center_m: Array, surface_m: Array, seen_s: float = 0.0, yaw_rad: float = YAW_RAD) -> Track:
    turn = np.array([f(n * yaw_rad) for n in (2, 4) for f in (math.cos, math.sin)])
    found = Detection(np.ones(1), center_m, np.full(3, 0.1), turn, surface_m, 50, 0.01, EYE_M, np.zeros(4))
    return Track(1, np.zeros(1), center_m, np.full(3, 0.1), turn, found, 5, seen_s)


def box(low: list[float], high: list[float]) -> Array:
    """Return points on all of a box given in the cabinet's frame, in the base frame."""
    grid = np.stack(np.meshgrid(*(np.linspace(a, b, 12) for a, b in zip(low, high, strict=True))), -1).reshape(-1, 3)
    points: Array = grid @ ROTATION.T + CABINET_M
    return points


def cabinet(error_m: float = 0.0) -> Track:
    return track(CABINET_M + error_m, box([-0.12, -0.13, -0.06], [0.12, 0.13, 0.06]))


def drawer(opening_m: float, said_m: float | None = None, handle: bool = True, seen_s: float = 0.0) -> Track:
    """Return a drawer whose handle the encoder says to be open by `said_m`."""
    said = opening_m if said_m is None else said_m
    panel = box([0.121 + opening_m, -0.12, -0.05], [0.131 + opening_m, 0.12, 0.05])
    bar = box([0.159 + opening_m, -0.057, 0.006], [0.171 + opening_m, 0.057, 0.018])
    surface = np.concatenate([panel, bar]) if handle else panel
    return track(ROTATION @ np.array([0.165 + said, 0.0, 0.012]) + CABINET_M, surface, seen_s)


def test_cabinet_stands_where_its_sides_are_and_faces_its_drawer(config: PerceptionConfig) -> None:
    furniture = Furniture(config)
    furniture.see("drawer", drawer(0.0))
    furniture.see("cabinet", cabinet(error_m=0.02))
    seen = furniture.objects(0.0)["cabinet"]
    np.testing.assert_allclose(seen.position_m, CABINET_M, atol=0.008)
    assert math.remainder(seen.pose_object_in_base.yaw_rad - YAW_RAD, 2 * math.pi) == pytest.approx(0.0, abs=1e-6)


def test_cabinet_whose_front_is_unknown_is_not_reported(config: PerceptionConfig) -> None:
    furniture = Furniture(config)
    furniture.see("cabinet", cabinet())
    assert "cabinet" not in furniture.objects(0.0)


def test_drawer_without_its_cabinet_is_not_reported(config: PerceptionConfig) -> None:
    furniture = Furniture(config)
    furniture.see("drawer", drawer(0.0))
    assert "drawer" not in furniture.objects(0.0)


@pytest.mark.parametrize("opening_m", [0.0, 0.05, 0.12])
def test_drawer_is_open_as_far_as_its_handle_is(config: PerceptionConfig, opening_m: float) -> None:
    furniture = Furniture(config)
    furniture.see("drawer", drawer(opening_m, said_m=opening_m + 0.015))
    furniture.see("cabinet", cabinet())
    seen = furniture.objects(0.0)["drawer"]
    assert seen.states["opening_m"] == pytest.approx(opening_m, abs=0.004)
    assert seen.states["travel_m"] == pytest.approx(0.16)


@pytest.mark.parametrize("opening_m", [0.0, 0.08, 0.16])
def test_drawer_whose_handle_is_covered_is_where_its_front_is(config: PerceptionConfig, opening_m: float) -> None:
    furniture = Furniture(config)
    furniture.see("drawer", drawer(opening_m, said_m=opening_m + 0.03, handle=False))
    furniture.see("cabinet", cabinet())
    assert furniture.objects(0.0)["drawer"].states["opening_m"] == pytest.approx(opening_m, abs=0.006)


def test_fingers_before_a_drawer_are_no_handle(config: PerceptionConfig) -> None:
    furniture = Furniture(config)
    tool_m = ROTATION @ np.array([0.20, 0.0, 0.012]) + CABINET_M
    fingers = box([0.19, -0.03, 0.0], [0.21, 0.03, 0.1])
    seen = drawer(0.0, handle=False)
    covered = track(seen.center_m, np.concatenate([seen.newest.surface_m, fingers]))
    furniture.see("cabinet", cabinet())
    furniture.see("drawer", covered, [tool_m])
    furniture.see("cabinet", cabinet())
    assert furniture.objects(0.0)["drawer"].states["opening_m"] == pytest.approx(0.0, abs=0.006)


def test_drawer_of_which_too_little_is_seen_is_as_it_was(config: PerceptionConfig) -> None:
    furniture = Furniture(config)
    inside = track(ROTATION @ np.array([0.1, 0.0, 0.0]) + CABINET_M, box([0.0, -0.1, -0.05], [0.1, 0.1, -0.05]))
    furniture.see("drawer", inside)
    furniture.see("cabinet", cabinet())
    assert furniture.objects(0.0)["drawer"].states["opening_m"] == 0.0  # as the encoder says
    furniture.see("drawer", drawer(0.12))
    assert furniture.objects(0.0)["drawer"].states["opening_m"] == pytest.approx(0.12, abs=0.004)
    furniture.see("drawer", inside)
    assert furniture.objects(0.0)["drawer"].states["opening_m"] == pytest.approx(0.12, abs=0.004)


def test_handle_with_its_drawer_behind_it_is_believed_against_the_encoder(config: PerceptionConfig) -> None:
    furniture = Furniture(config)
    furniture.see("drawer", drawer(0.08, said_m=0.12))
    furniture.see("cabinet", cabinet())
    assert furniture.objects(0.0)["drawer"].states["opening_m"] == pytest.approx(0.08, abs=0.004)


def test_what_stands_is_believed_to_stay_and_what_slides_is_not(config: PerceptionConfig) -> None:
    furniture = Furniture(config)
    furniture.see("drawer", drawer(0.0, seen_s=1.0))
    furniture.see("cabinet", cabinet())
    seen = furniture.objects(5.0)
    assert seen["cabinet"].seen_s == 5.0
    assert seen["table"].seen_s == 5.0
    assert seen["drawer"].seen_s == 1.0


def test_one_look_that_sees_furniture_elsewhere_is_not_believed(config: PerceptionConfig) -> None:
    furniture = Furniture(config)
    for x, expected in (*[(0.40, 0.40)] * 9, (0.41, 0.401), (0.60, 0.401), (0.40, 0.4009)):
        furniture.see("bin", track(np.array([x, -0.4, 0.04]), np.zeros((0, 3)), yaw_rad=0.0))
        assert furniture.objects(0.0)["bin"].position_m[0] == pytest.approx(expected)


def test_first_looks_count_alike(config: PerceptionConfig) -> None:
    furniture = Furniture(config)
    for x in (0.40, 0.41, 0.40, 0.41):
        furniture.see("bin", track(np.array([x, -0.4, 0.04]), np.zeros((0, 3)), yaw_rad=0.0))
    assert furniture.objects(0.0)["bin"].position_m[0] == pytest.approx(0.405)


BUTTON_M = np.array([0.26, 0.30, 0.022])


def plate(share: float = 1.0) -> Track:
    """A button of whose plate such a share is seen, from one edge on; the encoder takes its middle to be elsewhere."""
    x, y = np.meshgrid(np.linspace(-0.04, 0.04, 21), np.linspace(-0.04, 0.04, 21)[: round(21 * share)])
    surface = BUTTON_M + np.stack([x.ravel(), y.ravel(), np.full(x.size, 0.008)], axis=1)
    return track(BUTTON_M + np.array([0.0, -0.02, 0.0]), surface, yaw_rad=0.0)


def test_low_furniture_that_is_seen_whole_is_in_the_middle_of_its_edges(config: PerceptionConfig) -> None:
    furniture = Furniture(config)
    furniture.see("button", plate())
    np.testing.assert_allclose(furniture.objects(0.0)["button"].position_m, BUTTON_M, atol=0.001)


def test_what_was_measured_stands_against_what_was_not(config: PerceptionConfig) -> None:
    furniture = Furniture(config)
    furniture.see("button", plate(0.5))
    assert furniture.objects(0.0)["button"].position_m[1] == pytest.approx(BUTTON_M[1] - 0.02)
    for part in (1.0, *[0.5] * 6):
        furniture.see("button", plate(part))
        np.testing.assert_allclose(furniture.objects(0.0)["button"].position_m, BUTTON_M, atol=0.001)


def test_what_is_cut_off_is_where_its_edges_are_or_not_told(config: PerceptionConfig) -> None:
    furniture = Furniture(config)
    part = plate(0.5)
    part.newest = replace(part.newest, whole=False)
    furniture.see("button", part)
    assert "button" not in furniture.objects(0.0)
    whole = plate()
    whole.newest = replace(whole.newest, whole=False)
    furniture.see("button", whole)
    np.testing.assert_allclose(furniture.objects(0.0)["button"].position_m, BUTTON_M, atol=0.001)


def test_front_of_a_cabinet_is_where_its_top_ends(config: PerceptionConfig) -> None:
    # Before it a drawer's panel is taken for the cabinet's; of its own front nothing is seen.
    top, panel = box([-0.12, -0.13, 0.06], [0.12, 0.13, 0.06]), box([0.131, -0.1, -0.02], [0.131, 0.1, 0.05])
    furniture = Furniture(config)
    furniture.see("drawer", drawer(0.0))
    furniture.see("cabinet", track(CABINET_M, np.concatenate([top, panel]), yaw_rad=YAW_RAD))
    off = ROTATION.T @ (furniture.objects(0.0)["cabinet"].position_m - CABINET_M)
    assert off[0] == pytest.approx(0.0, abs=0.003)


def test_furniture_that_stays_elsewhere_was_moved(config: PerceptionConfig) -> None:
    furniture = Furniture(config)
    for x in (*[0.40] * 4, *[0.60] * 8):
        furniture.see("bin", track(np.array([x, -0.4, 0.04]), np.zeros((0, 3)), yaw_rad=0.0))
    assert furniture.objects(0.0)["bin"].position_m[0] == pytest.approx(0.60)


def test_a_first_look_that_was_wrong_gives_way_to_the_next_ones(config: PerceptionConfig) -> None:
    furniture = Furniture(config)
    for x in (0.60, 0.40):
        assert not furniture.knows("bin")
        furniture.see("bin", track(np.array([x, -0.4, 0.04]), np.zeros((0, 3)), yaw_rad=0.0))
    assert furniture.objects(0.0)["bin"].position_m[0] == pytest.approx(0.40)
    for _ in range(3):
        furniture.see("bin", track(np.array([0.40, -0.4, 0.04]), np.zeros((0, 3)), yaw_rad=0.0))
    assert furniture.knows("bin")


def test_a_turn_that_does_not_look_towards_the_drawer_is_not_believed(config: PerceptionConfig) -> None:
    furniture = Furniture(config)
    furniture.see("drawer", drawer(0.05))
    surface = cabinet().newest.surface_m
    furniture.see("cabinet", track(CABINET_M, surface, yaw_rad=YAW_RAD + 0.7))
    assert "cabinet" not in furniture.objects(0.0)
    untold = cabinet()
    untold.turn = np.zeros(4)
    furniture.see("cabinet", untold)
    assert "cabinet" not in furniture.objects(0.0)
    furniture.see("cabinet", cabinet())
    seen = furniture.objects(0.0)["cabinet"].pose_object_in_base
    assert math.remainder(seen.yaw_rad - YAW_RAD, 2 * math.pi) == pytest.approx(0.0, abs=1e-6)


def test_cabinet_keeps_its_front_when_its_drawer_is_seen_beside_it(config: PerceptionConfig) -> None:
    furniture = Furniture(config)
    furniture.see("drawer", drawer(0.1))
    furniture.see("cabinet", cabinet())
    furniture.see("drawer", track(CABINET_M + np.array([-0.2, 0.1, 0.0]), np.zeros((0, 3))))
    for _ in range(10):
        furniture.see("cabinet", cabinet())
    seen = furniture.objects(0.0)["cabinet"].pose_object_in_base
    assert math.remainder(seen.yaw_rad - YAW_RAD, 2 * math.pi) == pytest.approx(0.0, abs=1e-6)


def test_turn_of_a_tray_is_that_of_its_x_axis(config: PerceptionConfig) -> None:
    furniture = Furniture(config)
    # Its longer edges lie along its y axis.
    furniture.see("tray", track(np.array([0.6, 0.0, 0.01]), np.zeros((0, 3)), yaw_rad=math.pi / 2 + 0.2))
    seen = furniture.objects(0.0)["tray"]
    assert math.remainder(seen.pose_object_in_base.yaw_rad - 0.2, math.pi) == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize(
    ("tool_m", "moves"),
    [(None, True), ([0.27, 0.30, 0.06], False), ([0.27, 0.30, 0.50], True), ([0.55, 0.30, 0.06], True)],
)
def test_button_under_a_hand_stands_where_it_stood(
    config: PerceptionConfig, tool_m: list[float] | None, moves: bool
) -> None:
    furniture = Furniture(config)
    tools = [] if tool_m is None else [np.array(tool_m)]
    stood, seems = np.array([0.26, 0.30, 0.022]), np.array([0.28, 0.30, 0.022])
    for place, looks in ((stood, 6), (seems, 6)):
        for _ in range(looks):
            furniture.see("button", track(place, np.zeros((0, 3)), yaw_rad=0.0), tools)
        if place is stood:
            assert furniture.knows("button")
    assert (furniture.objects(0.0)["button"].position_m[0] > 0.262) == moves


def test_lamp_is_lit_when_most_looks_say_so(config: PerceptionConfig) -> None:
    furniture = Furniture(config)
    furniture.see("button", track(np.array([0.3, 0.3, 0.02]), np.zeros((0, 3))))
    furniture.see_lamp("button", True)
    assert furniture.objects(0.0)["button"].states["lit"] == 1.0
    for _ in range(3):
        furniture.see_lamp("button", False)
    assert furniture.objects(0.0)["button"].states["lit"] == 0.0


def test_nothing_can_be_inside_of_a_button_but_in_a_cabinet_it_can(config: PerceptionConfig) -> None:
    furniture = Furniture(config)
    button_m = np.array([0.26, 0.31, 0.022])
    assert not furniture.fills(button_m)
    furniture.see("button", track(button_m, np.zeros((0, 3))))
    furniture.see("drawer", drawer(0.0))
    furniture.see("cabinet", cabinet())
    assert furniture.fills(button_m + np.array([0.01, -0.01, 0.01]))
    # A thing on it, or beside it.
    assert not furniture.fills(button_m + np.array([0.0, 0.0, 0.05]))
    assert not furniture.fills(button_m + np.array([0.0, 0.08, 0.0]))
    assert not furniture.fills(CABINET_M)
