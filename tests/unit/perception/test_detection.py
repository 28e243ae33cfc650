"""From patches to detections, with an encoder whose answers are laid down by hand."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from robomatrix_py.contracts.geometry import Array, Pose, quaternion_from_matrix
from robomatrix_py.contracts.patches import CameraView, Floats, Patches
from robomatrix_py.perception.detection import Detector, lift

# Straight down, what is seen being 1 m away and 5 cm above the base: x of the picture is x of the base, y of the
# picture is -y of the base.
DOWN = Pose(np.array([0.0, 0.0, 1.05]), quaternion_from_matrix(np.diag([1.0, -1.0, -1.0])))
SIDE_PX, STRIDE_PX, FOCAL_PX = 160, 4, 160.0
PATCHES = SIDE_PX // STRIDE_PX
CLOSE = 3
OBJECTS, FIXTURES = ("red cube", "blue can"), ("bin",)
CAPTIONS = (*OBJECTS, *FIXTURES, "background")


class PaintedEncoder:
    """Says of every patch what a test painted there."""

    scale = 20.0

    def __init__(self) -> None:
        self.shown = np.full((PATCHES, PATCHES), CAPTIONS.index("background"))
        self.offset_m = np.zeros((PATCHES, PATCHES, 3), dtype=np.float32)
        self.edge_m = 0.04
        self.alone = ""

    def paint(self, caption: str, x_m: float, y_m: float, half_m: float) -> None:
        """Show a thing of which every visible patch knows the centre."""
        for row in range(PATCHES):
            for column in range(PATCHES):
                x, y = ((index + 0.5) * STRIDE_PX / FOCAL_PX - 0.5 for index in (column, row))
                if abs(x - x_m) <= half_m and abs(-y - y_m) <= half_m:
                    self.shown[row, column] = CAPTIONS.index(caption)
                    self.offset_m[row, column] = [x_m - x, -y_m - y, 0.02]

    def see(self, _camera: str, _color: object) -> Patches:
        embedding = np.eye(len(CAPTIONS), dtype=np.float32)[self.shown]
        size = np.full((PATCHES, PATCHES, 3), self.edge_m, dtype=np.float32)
        return Patches(embedding, self.offset_m, size, STRIDE_PX)

    def name(self, _color: object, squares_px: Array) -> Floats:
        shown = [self.alone or CAPTIONS[self.shown[int(v) // STRIDE_PX, int(u) // STRIDE_PX]] for u, v, _ in squares_px]
        return self.read(tuple(shown))

    def read(self, texts: tuple[str, ...]) -> Floats:
        return np.eye(len(CAPTIONS), dtype=np.float32)[[CAPTIONS.index(text) for text in texts]]

    read_names = read


def view(pose: Pose = DOWN) -> CameraView:
    depth = np.ones((SIDE_PX, SIDE_PX), dtype=np.float32)
    lens = (FOCAL_PX, FOCAL_PX, SIDE_PX / 2, SIDE_PX / 2)
    return CameraView("front_camera", np.zeros((SIDE_PX, SIDE_PX, 3), dtype=np.uint8), depth, lens, pose)


@pytest.fixture
def encoder() -> PaintedEncoder:
    return PaintedEncoder()


def detector(encoder: PaintedEncoder) -> Detector:
    return Detector(encoder, OBJECTS, FIXTURES, patches_min=4, size_max_m=0.12)


def test_patches_are_lifted_to_where_they_are(encoder: PaintedEncoder) -> None:
    points, valid = lift(encoder.see("", None), view())
    assert valid.all()
    np.testing.assert_allclose(points[0, 0], [-0.4875, 0.4875, 0.05], atol=1e-9)
    np.testing.assert_allclose(points[-1, 0], [-0.4875, -0.4875, 0.05], atol=1e-9)


def test_patch_without_depth_has_no_place(encoder: PaintedEncoder) -> None:
    blind = view()
    blind.depth_m[:80] = 0.0
    blind.depth_m[80:120] = np.nan
    _, valid = lift(encoder.see("", None), blind)
    assert not valid[:30].any()
    assert valid[30:].all()


def test_thing_is_found_where_its_patches_say(encoder: PaintedEncoder) -> None:
    encoder.paint("red cube", 0.1, 0.2, 0.05)
    (found,) = detector(encoder).detect(view())
    assert CAPTIONS[int(found.probabilities.argmax())] == "red cube"
    # The offset of 2 cm along the optical axis is 2 cm down. The top is seen at 5 cm, and what is taken to float by
    # 1 cm stands on the table.
    np.testing.assert_allclose(found.center_m, [0.1, 0.2, 0.025], atol=1e-6)
    np.testing.assert_allclose(found.size_m, [0.04, 0.04, 0.05], atol=1e-6)
    assert found.probabilities.sum() > 0.99


@pytest.mark.parametrize(("taken_m", "center_m"), [(0.02, 0.025), (0.045, 0.025), (0.10, 0.10)])
def test_depth_tells_how_high_a_thing_is_unless_something_is_before_it(
    encoder: PaintedEncoder, taken_m: float, center_m: float
) -> None:
    encoder.paint("red cube", 0.1, 0.2, 0.05)
    # Surfaces are at 5 cm; where the encoder takes the middle to be, along the optical axis, which points down.
    encoder.offset_m[..., 2] = 0.05 - taken_m
    (found,) = detector(encoder).detect(view())
    assert found.center_m[2] == pytest.approx(center_m, abs=1e-6)


def test_two_equal_things_side_by_side_stay_two(encoder: PaintedEncoder) -> None:
    encoder.paint("red cube", 0.1, 0.2, 0.025)
    encoder.paint("red cube", 0.15, 0.2, 0.025)
    places = sorted(found.center_m[0] for found in detector(encoder).detect(view()))
    np.testing.assert_allclose(places, [0.1, 0.15], atol=0.004)


def test_long_thing_whose_patches_vote_for_two_middles_is_one(encoder: PaintedEncoder) -> None:
    encoder.paint("red cube", 0.1, 0.2, 0.025)
    encoder.paint("red cube", 0.15, 0.2, 0.025)
    encoder.edge_m = 0.11
    assert len(detector(encoder).detect(view())) == 1


def test_tall_thing_whose_top_and_side_vote_for_two_heights_is_one(encoder: PaintedEncoder) -> None:
    encoder.paint("blue can", 0.1, 0.2, 0.05)
    encoder.edge_m = 0.05
    rows = np.nonzero((encoder.shown == CAPTIONS.index("blue can")).any(1))[0]
    encoder.offset_m[rows[: len(rows) // 2], :, 2] -= 0.036
    assert len(detector(encoder).detect(view())) == 1


def two_ends(encoder: PaintedEncoder, apart_m: float, rise_m: float) -> None:
    """Paint a thing whose near and far half vote for two middles, the far one higher."""
    encoder.paint("red cube", 0.1, 0.2, 0.05)
    encoder.edge_m = 0.06
    columns = np.nonzero((encoder.shown == CAPTIONS.index("red cube")).any(0))[0]
    middle = len(columns) // 2
    for part, sign in ((columns[:middle], -1), (columns[middle:], 1)):
        encoder.offset_m[:, part, 0] += sign * apart_m / 2
        encoder.offset_m[:, part, 2] -= sign * rise_m / 2


def test_near_and_far_end_of_one_long_thing_are_put_together_at_its_middle(encoder: PaintedEncoder) -> None:
    two_ends(encoder, apart_m=0.038, rise_m=0.02)
    (found,) = detector(encoder).detect(view())
    np.testing.assert_allclose(found.center_m, [0.1, 0.2, 0.025], atol=0.004)
    assert found.mask is not None
    assert found.patches == found.mask.sum() == (encoder.shown == CAPTIONS.index("red cube")).sum()


def test_equally_high_and_as_far_apart_they_are_two(encoder: PaintedEncoder) -> None:
    two_ends(encoder, apart_m=0.038, rise_m=0.0)
    assert len(detector(encoder).detect(view())) == 2


def test_rim_of_a_held_thing_whose_depth_is_the_table_far_below_is_no_thing(encoder: PaintedEncoder) -> None:
    encoder.paint("blue can", 0.0, 0.0, 0.1)
    held = encoder.shown == CAPTIONS.index("blue can")
    seen = view()
    # What is held is 25 cm above the table; the patches around it show its colour, and the table by their depth.
    pixels = np.repeat(np.repeat(held, STRIDE_PX, 0), STRIDE_PX, 1)
    seen.depth_m[pixels] = 0.75
    encoder.offset_m[held] *= 0.75
    rows = np.nonzero(held.any(1))[0]
    rim = rows[0] - 1
    columns = np.nonzero(held.any(0))[0]
    encoder.shown[rim, columns] = CAPTIONS.index("blue can")
    for column in columns:
        encoder.offset_m[rim, column] = [-(column - columns.mean()) * STRIDE_PX / FOCAL_PX, 0.0, -0.02]
    found = detector(encoder).detect(seen)
    assert [thing.patches for thing in found] == [int(held.sum())]


def test_thing_in_the_middle_of_furniture_is_told_from_it(encoder: PaintedEncoder) -> None:
    encoder.paint("bin", 0.0, 0.0, 0.2)
    encoder.paint("blue can", 0.0, 0.0, 0.04)
    found = {CAPTIONS[int(d.probabilities.argmax())]: d for d in detector(encoder).detect(view())}
    assert set(found) == {"bin", "blue can"}
    assert found["bin"].patches > found["blue can"].patches


def test_specks_are_no_things(encoder: PaintedEncoder) -> None:
    encoder.shown[3, 3:6] = CAPTIONS.index("red cube")
    assert detector(encoder).detect(view()) == []


def test_empty_table_has_nothing_on_it(encoder: PaintedEncoder) -> None:
    assert detector(encoder).detect(view()) == []


def test_side_of_a_cabinet_is_no_large_brick(encoder: PaintedEncoder) -> None:
    encoder.paint("red cube", 0.0, 0.0, 0.05)
    encoder.edge_m = 0.2
    assert detector(encoder).detect(view()) == []


def test_nothing_stands_below_the_table(encoder: PaintedEncoder) -> None:
    encoder.paint("red cube", 0.0, 0.0, 0.05)
    encoder.offset_m[..., 2] = 0.08
    assert detector(encoder).detect(view()) == []


def test_piece_of_furniture_is_where_most_of_its_patches_say(encoder: PaintedEncoder) -> None:
    encoder.paint("bin", 0.2, 0.2, 0.1)
    encoder.paint("bin", -0.3, -0.3, 0.05)
    (found,) = detector(encoder).detect(view())
    np.testing.assert_allclose(found.center_m[:2], [0.2, 0.2], atol=1e-6)


def test_surface_of_furniture_ends_where_its_top_does_not_where_its_patches_do(encoder: PaintedEncoder) -> None:
    encoder.paint("bin", 0.0, 0.0, 0.15)
    seen = view()
    # Its top goes on for 3 cm beyond its patches to one side; then there is the table.
    seen.depth_m[:] = 1.05
    px = slice(round(SIDE_PX * 0.34), round(SIDE_PX * 0.66))
    seen.depth_m[px, px.start : round(SIDE_PX * 0.69)] = 1.0
    (found,) = detector(encoder).detect(seen)
    top_m = found.surface_m[found.surface_m[:, 2] > 0.04]
    assert top_m[:, 0].max() == pytest.approx(0.19, abs=0.006)
    beyond = found.surface_m[:, 2] < 0.04
    assert not beyond.any()


def test_furniture_that_is_cut_off_is_told_to_be(encoder: PaintedEncoder) -> None:
    encoder.edge_m = 0.3
    encoder.paint("bin", 0.4, 0.0, 0.12)
    (found,) = detector(encoder).detect(view())
    assert not found.whole
    encoder.edge_m = 0.9
    assert detector(encoder).detect(view()) == []


def test_rim_of_the_picture_shows_nothing(encoder: PaintedEncoder) -> None:
    encoder.shown[:2] = encoder.shown[:, -2:] = CAPTIONS.index("red cube")
    assert detector(encoder).detect(view()) == []


def test_thing_is_called_what_it_looks_like_on_its_own(encoder: PaintedEncoder) -> None:
    encoder.paint("red cube", 0.1, 0.2, 0.05)
    encoder.alone = "blue can"
    (found,) = detector(encoder).detect(view())
    assert CAPTIONS[int(found.probabilities.argmax())] == "blue can"


def test_thing_that_is_nothing_on_its_own_is_not_reported(encoder: PaintedEncoder) -> None:
    encoder.paint("red cube", 0.1, 0.2, 0.05)
    encoder.alone = "background"
    assert detector(encoder).detect(view()) == []


def box_view(yaw_rad: float) -> tuple[CameraView, Array]:
    """Return a close look at a table with a box of 8 x 4 x 3 cm in the middle, and which pixels show the box."""
    side_px, focal_px = 4 * SIDE_PX, 4 * CLOSE * FOCAL_PX
    v, u = (index + 0.5 - side_px / 2 for index in np.indices((side_px, side_px)))
    cosine, sine = math.cos(yaw_rad), math.sin(yaw_rad)
    top_m = 0.97
    x, y = u / focal_px * top_m, -v / focal_px * top_m
    inside = (np.abs(cosine * x + sine * y) < 0.04) & (np.abs(cosine * y - sine * x) < 0.02)
    lens = (focal_px, focal_px, side_px / 2, side_px / 2)
    return replace(view(), depth_m=np.where(inside, top_m, 1.0), intrinsics=lens), inside


@pytest.mark.parametrize("yaw_rad", [0.3, -0.9, 1.4])
def test_turn_is_told_by_the_surface(encoder: PaintedEncoder, yaw_rad: float) -> None:
    seen, inside = box_view(yaw_rad)
    shown = inside.reshape(PATCHES, len(inside) // PATCHES, PATCHES, -1).any((1, 3))
    encoder.shown[shown] = CAPTIONS.index("red cube")
    rows, columns = np.nonzero(shown)
    for row, column in zip(rows, columns, strict=True):
        x, y = (((index + 0.5) / PATCHES - 0.5) / CLOSE for index in (column, row))
        encoder.offset_m[row, column] = [-x, -y, 0.0]
    encoder.edge_m, encoder.alone = 0.06, "red cube"
    (found,) = detector(encoder).detect(seen)
    assert math.remainder(math.atan2(found.turn[1], found.turn[0]) / 2 - yaw_rad, math.pi) == pytest.approx(0, abs=0.1)


def test_turn_of_what_is_seen_in_part_is_not_told(encoder: PaintedEncoder) -> None:
    encoder.paint("red cube", 0.1, 0.2, 0.02)
    encoder.edge_m = 0.11
    (found,) = detector(encoder).detect(view())
    assert not found.turn.any()


def test_what_seems_to_be_inside_the_hand_or_high_up_is_the_robot_itself(encoder: PaintedEncoder) -> None:
    encoder.paint("red cube", 0.1, 0.2, 0.05)
    # The tool points down; its hand begins 6 cm above its point. The cube's centre is 3 cm above the table.
    for height_m, expected in ((0.03, 1), (-0.07, 0), (0.3, 1)):
        tool = Pose(np.array([0.1, 0.2, height_m]), DOWN.quaternion_xyzw)
        assert len(detector(encoder).detect(replace(view(), pose_tool_in_base=tool))) == expected
    high = Pose(DOWN.position_m + np.array([0.0, 0.0, 0.5]), DOWN.quaternion_xyzw)
    assert detector(encoder).detect(view(high)) == []


def test_furniture_that_is_passed_over_is_not_looked_for(encoder: PaintedEncoder) -> None:
    encoder.paint("bin", 0.0, 0.0, 0.2)
    assert len(detector(encoder).detect(view())) == 1
    assert detector(encoder).detect(view(), passed_over={"bin"}) == []
