"""Pictures that know what is in them."""

from __future__ import annotations

import numpy as np
import pytest

from robomatrix_py.policies.clip.things import OBJECT_CAPTIONS, THING_CAPTIONS
from robomatrix_py.settings.settings import resolve
from robomatrix_py.training.config import EncoderJob
from robomatrix_py.training.picture_store import VIEW_SIZES_PX
from robomatrix_py.training.pictures import PICTURE_PX, Picture, PictureMaker, views_of
from robomatrix_py.training.splits import COMBINATIONS, SEEN_COMBINATIONS, UNSEEN_COMBINATIONS

pytestmark = pytest.mark.gl
PATCHES = PICTURE_PX // 4


@pytest.fixture(scope="module")
def maker() -> PictureMaker:
    settings = resolve([])
    robot = settings.load_robot()
    views = views_of(robot.cameras, VIEW_SIZES_PX)
    return PictureMaker(robot, settings.model_file, settings.scene, views, SEEN_COMBINATIONS)


@pytest.fixture(scope="module")
def pictures(maker: PictureMaker) -> list[Picture]:
    return [picture for seed in (1, 2) for picture in maker.pictures(seed)]


def test_same_seed_gives_the_same_pictures(maker: PictureMaker, pictures: list[Picture]) -> None:
    again = list(maker.pictures(1))
    for first, second in zip(pictures, again, strict=False):
        assert np.array_equal(first.color, second.color)
        assert np.array_equal(first.things, second.things)


def test_every_label_names_a_thing_of_the_picture(pictures: list[Picture]) -> None:
    assert len(pictures) == 30
    for picture in pictures:
        assert picture.color.shape == (PICTURE_PX, PICTURE_PX, 3)
        assert picture.thing.shape == (PATCHES, PATCHES)
        for row in np.unique(picture.thing[picture.thing > 0]):
            assert 0 <= picture.things[row - 1, 0] < len(THING_CAPTIONS)
            assert (picture.things[row - 1, 1:4] > 0).all()


def test_things_are_no_farther_from_their_surface_than_they_are_large(pictures: list[Picture]) -> None:
    for picture in pictures:
        for row in np.unique(picture.thing[picture.thing > 0]):
            thing = picture.things[row - 1]
            if thing[0] < len(OBJECT_CAPTIONS):
                reach = np.linalg.norm(picture.offset_m[picture.thing == row].astype(float), axis=1)
                assert reach.max() < np.linalg.norm(thing[1:4]) / 2 + 0.004


def test_patches_of_a_named_colour_show_it(pictures: list[Picture]) -> None:
    """Red things are redder than they are green or blue: labels and pixels belong together."""
    reds = [
        picture.color[2::4, 2::4][picture.thing == row + 1].astype(float)
        for picture in pictures
        for row, thing in enumerate(picture.things)
        if 0 <= thing[0] < len(OBJECT_CAPTIONS) and OBJECT_CAPTIONS[int(thing[0])].startswith("red ")
    ]
    shown = np.concatenate(reds)
    assert len(shown) > 20
    assert (shown[:, 0] > shown[:, 1:].max(axis=1)).mean() > 0.9


def test_no_unseen_pair_is_ever_drawn(pictures: list[Picture]) -> None:
    drawn = {OBJECT_CAPTIONS[int(t[0])] for p in pictures for t in p.things if 0 <= t[0] < len(OBJECT_CAPTIONS)}
    assert len(drawn) > 8
    assert not drawn & {" ".join(pair) for pair in UNSEEN_COMBINATIONS}


def test_every_colour_and_every_shape_is_seen_in_some_pair() -> None:
    assert len(UNSEEN_COMBINATIONS) == 12
    assert set(SEEN_COMBINATIONS) | UNSEEN_COMBINATIONS == set(COMBINATIONS)
    assert {color for color, _ in SEEN_COMBINATIONS} == {color for color, _ in COMBINATIONS}
    assert {shape for _, shape in SEEN_COMBINATIONS} == {shape for _, shape in COMBINATIONS}


def test_scenes_to_measure_on_are_never_trained_on() -> None:
    job = EncoderJob(scenes=1200, test_scenes=40, first_seed=100_000, processes=2)
    seeds = [
        range(first, first + count)
        for first, count in ((job.first_seed, 1200), (job.seen_seed, 40), (job.unseen_seed, 40))
    ]
    assert len({seed for part in seeds for seed in part}) == sum(map(len, seeds))
