"""Random episodes: the same by seed, only of what training may see, and possible from the first skill to the last."""

from __future__ import annotations

from collections import Counter
from itertools import combinations

import numpy as np
import pytest

from robomatrix_py.contracts.policy import SKILLS
from robomatrix_py.settings.settings import Settings, resolve, resolve_training
from robomatrix_py.sim.catalog import NOVEL_SHAPE_NAMES
from robomatrix_py.sim.layout import draw_layout, split_name
from robomatrix_py.sim.world import SimWorld
from robomatrix_py.training.config import DemonstrationJob, DisturbanceConfig, EncoderJob
from robomatrix_py.training.episodes import Episode, draw_episode, dress, roam_call
from robomatrix_py.training.splits import (
    COMBINATIONS,
    SEEDS,
    SEEN_COMBINATIONS,
    UNSEEN_COMBINATIONS,
    SceneDraw,
    Split,
    scene_draw,
)

SETTINGS: Settings = resolve([])


def episodes(split: Split = Split.SEEN, count: int = 60) -> list[Episode]:
    return [draw_episode(seed, SETTINGS.scene, scene_draw(split)) for seed in range(100_000, 100_000 + count)]


def pairs(episode: Episode) -> list[tuple[str, str]]:
    return [split_name(name) for name in episode.scene.objects]


def test_same_seed_gives_the_same_episode() -> None:
    assert episodes(count=5) == episodes(count=5)
    assert len({str(episode) for episode in episodes(count=5)}) == 5


def test_training_sees_only_what_it_may() -> None:
    for episode in episodes():
        assert set(pairs(episode)) <= set(SEEN_COMBINATIONS)


def test_things_that_share_a_colour_or_a_shape_are_common() -> None:
    alike = [any(a[0] == b[0] or a[1] == b[1] for a, b in combinations(pairs(episode), 2)) for episode in episodes()]
    assert np.mean(alike) > 0.8


def test_every_skill_is_drawn_often_enough() -> None:
    drawn = Counter(call.skill for episode in episodes() for link in episode.links for call in link)
    assert set(drawn) == set(SKILLS)
    assert min(drawn.values()) >= 30, drawn


def test_links_follow_from_one_another() -> None:
    """Walk through the episodes with a book of one's own: what is held, whether the drawer is open, what is buried."""
    for episode in episodes():
        is_open = episode.scene.drawer_open_m >= 0.115
        buried: set[str] = set()
        for link in episode.links:
            held = ""
            for call in link:
                arguments = call.arguments
                about = str(arguments.get("object", ""))
                assert about not in buried, (episode.seed, str(call))
                match call.skill:
                    case "grasp":
                        assert not held
                        held = about
                    case "position_over" | "release":
                        assert held == about
                        assert arguments["target"] != "drawer" or is_open
                        if call.skill == "release":
                            held = ""
                            # What went into the drawer or bears something is left alone.
                            buried |= {str(arguments["target"])} - {"bin", "bowl", "tray", "drawer"}
                    case "open_drawer":
                        assert not is_open
                        is_open = True
                    case "close_drawer":
                        is_open = False
                    case "push":
                        assert 0.02 <= float(arguments["distance_m"]) <= 0.20
            assert not held


def test_target_of_an_unseen_split_was_never_trained() -> None:
    for episode in episodes(Split.UNSEEN_COMBINATION, 10):
        assert set(pairs(episode)[:2]) <= UNSEEN_COMBINATIONS
        assert set(pairs(episode)) <= set(COMBINATIONS)
    for episode in episodes(Split.UNSEEN_SHAPE, 10):
        assert {shape for _, shape in pairs(episode)[:2]} <= set(NOVEL_SHAPE_NAMES)


@pytest.mark.parametrize("split", Split)
def test_scene_of_every_split_can_be_built(split: Split) -> None:
    episode = episodes(split, 1)[0]
    world = SimWorld(SETTINGS.load_robot(), SETTINGS.model_file, SETTINGS.sim_config().__class__(episode.scene))
    assert set(world.object_names) == set(episode.scene.objects)


def test_clutter_is_denser_than_what_is_trained() -> None:
    def nearest_m(split: Split) -> float:
        gaps = []
        for episode in episodes(split, 20):
            items = draw_layout(episode.scene, episode.world_seed).objects
            for a, b in combinations(items, 2):
                away_m = np.linalg.norm((a.pose_object_in_base.position_m - b.pose_object_in_base.position_m)[:2])
                gaps.append(float(away_m) - a.shape.footprint_radius_m - b.shape.footprint_radius_m)
        return float(np.quantile(gaps, 0.05))

    assert nearest_m(Split.CLUTTER) < nearest_m(Split.SEEN)


def test_looks_change_and_physics_does_not() -> None:
    episode = episodes(count=1)[0]
    config = SETTINGS.sim_config().__class__(episode.scene, seed=episode.world_seed)
    plain, dressed = (SimWorld(SETTINGS.load_robot(), SETTINGS.model_file, config) for _ in range(2))
    dress(dressed, episode.draw, episode.seed)
    assert not np.allclose(plain.model.geom_rgba, dressed.model.geom_rgba)
    camera = plain.model.camera("front_camera").id
    moved_m = np.abs(dressed.model.cam_pos[camera] - plain.model.cam_pos[camera])
    assert 0 < moved_m.max() <= episode.draw.bump_m
    for world in (plain, dressed):
        world.step(100)
    assert plain.state_hash() == dressed.state_hash()


def test_random_start_is_within_the_workspace() -> None:
    world = SimWorld(SETTINGS.load_robot(), SETTINGS.model_file, SETTINGS.sim_config())
    rng = np.random.default_rng(0)
    heights = []
    for _ in range(200):
        call = roam_call(world, rng)
        place = np.array([call.arguments[key] for key in ("x_m", "y_m", "z_m")], dtype=float)
        assert world.robot.workspace.tool_box_in_base.contains(place)
        heights.append(place[2])
        if place[2] < 0.1:
            for name in world.object_names:
                assert np.linalg.norm(world.pose(name).position_m[:2] - place[:2]) > 0.08
    assert min(heights) < 0.1


def test_seeds_for_one_purpose_are_for_no_other() -> None:
    for (_, one), (_, other) in combinations(SEEDS.items(), 2):
        assert max(one.start, other.start) >= min(one.stop, other.stop)


def test_jobs_that_ship_take_seeds_of_their_own() -> None:
    encoder = resolve_training("encoder", [], EncoderJob)
    job = resolve_training("demonstrations", [], DemonstrationJob)
    pictures = range(encoder.first_seed, encoder.first_seed + encoder.scenes)
    assert pictures[0] in SEEDS["training"]
    assert pictures[-1] in SEEDS["training"]
    assert not set(pictures) & set(job.seeds), "a scene of the encoder's pictures is no new scene"
    for first in (encoder.seen_seed, encoder.unseen_seed):
        assert first in SEEDS["validation"]
        assert first + encoder.test_scenes - 1 in SEEDS["validation"]
    assert all(seed in SEEDS["training"] for seed in job.seeds[: job.episodes])
    assert all(seed in SEEDS["validation"] for seed in job.seeds[job.episodes :])


@pytest.mark.parametrize(
    ("key", "value"), [("first_seed", 1_000), ("first_validation_seed", 100_000), ("episodes", 0), ("processes", 0)]
)
def test_job_out_of_range_is_refused(key: str, value: int) -> None:
    values = {
        "episodes": 2,
        "validation_episodes": 1,
        "first_seed": 100_000,
        "first_validation_seed": 10_000_000,
        "processes": 1,
        "encoder": "encoder",
    }
    DemonstrationJob(**values)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=key):
        DemonstrationJob(**(values | {key: value}))  # type: ignore[arg-type]


def test_settings_out_of_range_are_refused() -> None:
    with pytest.raises(ValueError, match="offset_m"):
        DisturbanceConfig(offset_m=(0.05, 0.02))
    with pytest.raises(ValueError, match="count"):
        SceneDraw(count=(9, 4))
