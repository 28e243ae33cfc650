"""Demonstrations: what is recorded is what happened, seen by real cameras and a real (untaught) encoder."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from quick_part import quick_part, stuck_part

from robomatrix_py.contracts.errors import ConfigError, EnvironmentFault
from robomatrix_py.contracts.policy import AIM, CHUNK_STEPS, SKILLS, WHOLE_TASKS, Goal
from robomatrix_py.contracts.skill import SkillCall
from robomatrix_py.data.lerobot import LerobotDataset
from robomatrix_py.data.lerobot_writer import Recorded
from robomatrix_py.policies.action.observation import NAMES
from robomatrix_py.settings.settings import Settings, resolve, resolve_training
from robomatrix_py.sim.world import SimWorld
from robomatrix_py.training import demonstrations_job
from robomatrix_py.training.columns import (
    ACTION,
    AIM_MASK,
    DONE,
    FEATURES,
    LINK,
    PROGRESS,
    SKILL,
    SPLIT,
    STATE,
    STATE_NAMES,
    TASK,
    TASK_FEATURES,
    aim_chunks,
    aim_mask,
)
from robomatrix_py.training.config import DemonstrationJob, DisturbanceConfig
from robomatrix_py.training.demonstration_frames import load_demonstrations
from robomatrix_py.training.demonstrations import Attempt, DemonstrationMaker, task_text
from robomatrix_py.training.demonstrations_job import record_demonstrations
from robomatrix_py.training.disturbances import DisturbedServo, Disturber
from robomatrix_py.training.episodes import Episode, draw_episode
from robomatrix_py.training.splits import SceneDraw

os.environ.setdefault("MUJOCO_GL", "egl")
os.environ.setdefault("LP_NUM_THREADS", "1")
pytest.importorskip("torch", reason="the extra `train` is not installed")
pytest.importorskip("pyarrow", reason="the extra `train` is not installed")
import torch

from robomatrix_py.policies.clip.captions import make_vocabulary
from robomatrix_py.policies.clip.config import EncoderSize
from robomatrix_py.policies.clip.export import export_encoder
from robomatrix_py.policies.clip.model import DenseClip

pytestmark = pytest.mark.gl
SETTINGS: Settings = resolve([])
VIEWS_PX = {"front_camera": (64, 48), "wrist_camera": (48, 32)}
OFTEN = DisturbanceConfig(calm_share=0.0, pause_s=0.5)
SCENE = SceneDraw(count=(4, 4), gaps_m=(0.04,))


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An encoder that was never taught, in small: what it sees is nonsense, but always the same."""
    folder = tmp_path_factory.mktemp("encoder")
    torch.manual_seed(0)
    vocabulary = make_vocabulary()
    model = DenseClip(vocabulary.size, EncoderSize((8, 8, 8), (1, 1, 1), 16, 1))
    export_encoder(model, vocabulary, VIEWS_PX, {"robomatrix": "test"}, folder)
    return folder


@pytest.fixture(scope="module")
def maker(encoder: Path) -> DemonstrationMaker:
    return DemonstrationMaker(resolve(["perception=camera", f"perception.encoder='{encoder}'"]), SCENE, OFTEN)


def episode(*calls: SkillCall, seed: int = 7) -> Episode:
    """Return an episode with these calls instead of its own; ``{0}`` is its first object."""
    drawn = draw_episode(seed, SETTINGS.scene, SCENE)
    name = drawn.scene.objects[0]
    filled = [
        SkillCall(c.skill, {k: v.format(name) if isinstance(v, str) else v for k, v in c.arguments.items()})
        for c in calls
    ]
    return replace(drawn, links=(tuple(filled),))


GRASP = SkillCall("grasp", {"object": "{0}"})
OVER = SkillCall("position_over", {"object": "{0}", "target": "bin"})
RELEASE = SkillCall("release", {"object": "{0}", "target": "bin"})
PRESS = SkillCall("press", {"button": "button"})


@pytest.fixture(scope="module")
def recorded(maker: DemonstrationMaker) -> tuple[list[Recorded], list[Attempt]]:
    return maker.record_episode(episode(GRASP, OVER, RELEASE))


def test_every_frame_has_everything(recorded: tuple[list[Recorded], list[Attempt]]) -> None:
    demonstrations, attempts = recorded
    assert [attempt.cause for attempt in attempts] == ["", "", ""]
    shown = [SKILLS[one.columns[SKILL][0]] for one in demonstrations]
    assert shown == ["grasp", "position_over", "release"]
    for one in demonstrations:
        count = len(one.columns[ACTION])
        assert count > 15
        assert one.columns[FEATURES].shape == (count, len(NAMES))
        assert np.isfinite(one.columns[FEATURES]).all()
        assert one.columns[STATE].shape == (count, len(STATE_NAMES) + 6)
        assert one.columns[ACTION].shape == (count, len(AIM))
        assert one.columns[AIM_MASK].shape == (count, CHUNK_STEPS)
        assert one.columns[AIM_MASK][:, 0].all(), "what is due now was not disturbed yet"
        assert {name: np.shape(frames) for name, frames in one.pictures.items()} == {
            "front_camera": (count, 48, 64, 3),
            "wrist_camera": (count, 32, 48, 3),
        }
        assert len({frame.tobytes() for frame in one.pictures["wrist_camera"]}) > count // 2


def test_whole_task_is_seen_in_the_same_frames(recorded: tuple[list[Recorded], list[Attempt]]) -> None:
    demonstrations, _ = recorded
    assert len({int(number) for one in demonstrations for number in one.columns[LINK]}) == 1
    time = NAMES.index("memory.time")
    times = np.concatenate([one.columns[TASK_FEATURES][:, time] for one in demonstrations])
    assert (np.diff(times) > 0).all(), "the task goes on from skill to skill"
    for one in demonstrations:
        assert (one.columns[TASK] == WHOLE_TASKS.index("place")).all()
        features = one.columns[TASK_FEATURES]
        assert features.shape == one.columns[FEATURES].shape
        assert (features[:, NAMES.index("goal.second")] == 1.0).all(), "object and target are given from the start"
        asked = features[:, : len(SKILLS)]
        assert (asked == np.eye(len(SKILLS))[WHOLE_TASKS.index("place")]).all(), "which skill is next is not given"


def test_chain_that_is_no_whole_task_is_marked(maker: DemonstrationMaker) -> None:
    demonstrations, _ = maker.record_episode(episode(PRESS))
    for one in demonstrations:
        assert (one.columns[TASK] == -1).all()
        assert not one.columns[TASK_FEATURES].any()


def test_progress_rises_and_the_end_is_held(recorded: tuple[list[Recorded], list[Attempt]]) -> None:
    for one in recorded[0]:
        progress, done = one.columns[PROGRESS], one.columns[DONE]
        assert progress[0] == 0.0
        assert (np.diff(progress) >= 0).all()
        assert done.tolist() == [0.0] * (len(done) - 5) + [1.0] * 5
        assert (progress[-6:] == 1.0).all()
        remembered = one.columns[FEATURES][:, NAMES.index("memory.progress")]
        assert np.array_equal(remembered[1:], progress[:-1])


def test_tool_goes_where_it_is_aimed(recorded: tuple[list[Recorded], list[Attempt]]) -> None:
    for one in recorded[0]:
        commanded, aims = one.columns[STATE][:, :3], one.columns[ACTION][:, :3]
        assert np.linalg.norm(commanded[-1] - aims[-1]) < 0.003
        # From one frame to the next it moves by no more than its largest speed allows, and never leaps.
        assert np.linalg.norm(np.diff(commanded, axis=0), axis=1).max() < 0.075


def test_state_and_features_are_of_the_same_moment(recorded: tuple[list[Recorded], list[Attempt]]) -> None:
    for one in recorded[0]:
        state, features = one.columns[STATE], one.columns[FEATURES]
        for axis, factor in (("x", 1.0), ("y", 1.0), ("z", 4.0)):
            column = features[:, NAMES.index(f"tool.{axis}")]
            assert np.allclose(column, factor * state[:, STATE_NAMES.index(f"commanded_{axis}_m")], atol=1e-5)


def test_grasp_ends_with_something_in_the_gripper(recorded: tuple[list[Recorded], list[Attempt]]) -> None:
    state, aims = recorded[0][0].columns[STATE], recorded[0][0].columns[ACTION]
    assert aims[-1, AIM.index("opening")] == 0.0
    assert state[-1, STATE_NAMES.index("opening")] > 0.1
    assert state[-1, STATE_NAMES.index("force_n")] > 5.0


def test_same_episode_gives_the_same_demonstrations(
    maker: DemonstrationMaker, recorded: tuple[list[Recorded], list[Attempt]]
) -> None:
    again = maker.record_episode(episode(GRASP, OVER, RELEASE))[0]
    assert [one.task for one in again] == [one.task for one in recorded[0]]
    for first, second in zip(recorded[0], again, strict=True):
        for name, values in first.columns.items():
            assert np.array_equal(values, second.columns[name]), name
        for camera, frames in first.pictures.items():
            assert np.array_equal(frames, second.pictures[camera])


def test_failed_skill_is_dropped_and_what_follows_from_it_not_tried(maker: DemonstrationMaker) -> None:
    # A white ball is kept from training: there is none.
    absent = SkillCall("move_to", {"target": "white_ball"})
    demonstrations, attempts = maker.record_episode(episode(absent, PRESS))
    assert [(str(attempt.call), attempt.cause) for attempt in attempts] == [("move_to(white_ball)", "unknown_object")]
    assert not demonstrations


def test_skill_without_its_preconditions_is_not_tried(maker: DemonstrationMaker) -> None:
    assert maker.record_episode(episode(OVER)) == ([], [])


def test_perception_by_truth_is_refused() -> None:
    with pytest.raises(ConfigError, match="seen by cameras"):
        DemonstrationMaker(SETTINGS, SCENE, OFTEN)


def servo() -> DisturbedServo:
    robot = SETTINGS.load_robot()
    result = DisturbedServo(robot, SETTINGS.model_file, SETTINGS.skills.servo)
    result.start(robot.home, 1.0)
    return result


def run(servo: DisturbedServo, steps: int) -> None:
    for _ in range(steps):
        servo.step(1, 0.0, 0.0)


def test_overridden_servo_goes_beside_and_still_says_what_was_wanted() -> None:
    moving = servo()
    place = moving.tool_xyz_m + np.array([0.0, 0.05, -0.03])
    offset = np.array([0.03, 0.0, 0.01])
    moving.aim(place, 0.2, 0.7)
    moving.override_aim(offset, 0.1)
    run(moving, 100)
    assert moving.distance_to(place + offset) < 1e-3
    assert np.allclose(moving.wanted, [*place, moving.nearest_yaw(0.2), 1.0, 0.7])
    assert not moving.at_rest, "a script must not take the wrong place for the right one"
    moving.override_aim(None)
    run(moving, 100)
    assert moving.distance_to(place) < 1e-3
    assert moving.at_rest


def test_overridden_grip_returns_to_what_was_wanted() -> None:
    moving = servo()
    moving.override_grip(0.2)
    moving.grip(0.8)
    run(moving, 60)
    assert moving.opening == pytest.approx(0.2)
    assert moving.wanted[AIM.index("opening")] == 0.8
    moving.override_grip(None)
    run(moving, 60)
    assert moving.opening == pytest.approx(0.8)


@pytest.fixture
def world() -> Iterator[SimWorld]:
    yield SimWorld(SETTINGS.load_robot(), SETTINGS.model_file, SETTINGS.sim_config())


def disturbed(world: SimWorld, seed: int, stage: str = "approach") -> tuple[list[float], int]:
    disturber = Disturber(servo(), world, OFTEN, np.random.default_rng(seed))
    disturber.start("grasp", "red_cube", 0.0)
    shoves = sum(disturber.update(stage, 0.02 * step) for step in range(500))
    return disturber.onsets_s, shoves


def test_disturbances_follow_from_the_seed(world: SimWorld) -> None:
    onsets_s, shoves = disturbed(world, 1)
    assert shoves
    assert len(onsets_s) > 5
    assert onsets_s == sorted(onsets_s)
    fresh = SimWorld(SETTINGS.load_robot(), SETTINGS.model_file, SETTINGS.sim_config())
    assert disturbed(fresh, 1) == (onsets_s, shoves)
    assert fresh.state_hash() == world.state_hash()


def test_shoved_object_stays_clear_of_the_others(world: SimWorld) -> None:
    before = world.pose("red_cube").position_m.copy()
    assert disturbed(world, 2)[1] > 1
    assert np.linalg.norm(world.pose("red_cube").position_m - before) > 0.01
    for item in world.layout.objects:
        if item.name != "red_cube":
            away_m = np.linalg.norm((world.pose(item.name).position_m - world.pose("red_cube").position_m)[:2])
            assert away_m > item.shape.footprint_radius_m + 0.025


def test_nothing_is_disturbed_where_it_would_do_harm(world: SimWorld) -> None:
    assert disturbed(world, 3, stage="no such stage") == ([], 0)
    moving = servo()
    disturber = Disturber(moving, world, OFTEN, np.random.default_rng(4))
    disturber.start("open_drawer", "", 0.0)
    step = 0
    while moving.at_rest or not disturber.onsets_s:
        moving.aim(moving.tool_xyz_m)
        disturber.update("approach", 0.02 * step)
        moving.step(1, 0.0, 0.0)
        step += 1
    # The arm begins to pull: what was overridden is so no longer.
    disturber.update("pull", 0.02 * step)
    run(moving, 100)
    assert moving.at_rest


def test_what_pushes_is_nudged_across_its_way_and_goes_back_to_it(world: SimWorld) -> None:
    moving = servo()
    disturber = Disturber(moving, world, OFTEN, np.random.default_rng(5))
    disturber.start("close_drawer", "", 0.0)
    begin = moving.tool_xyz_m.copy()
    way = np.array([0.0, 0.12, 0.0])
    moving.aim(begin + way, speed_share=0.3)
    off_m = []
    for step in range(400):
        disturber.update("push", 0.02 * step)
        moving.step(1, 0.0, 0.0)
        off_m.append(moving.commanded_xyz_m - begin)
        assert np.allclose(moving.wanted[:3], begin + way), "what is learned is the way back"
    off = np.array(off_m)
    assert disturber.onsets_s
    assert 0.003 < np.abs(off[:, [0, 2]]).max() < 0.013
    assert off[:, 1].max() < way[1] + 1e-3, "nothing is pushed farther than it was to be"
    assert moving.at_rest
    assert moving.distance_to(begin + way) < 1e-3


def test_what_presses_downwards_is_not_pressed_deeper(world: SimWorld) -> None:
    moving = servo()
    disturber = Disturber(moving, world, OFTEN, np.random.default_rng(6))
    disturber.start("press", "", 0.0)
    end = moving.tool_xyz_m - np.array([0.0, 0.0, 0.06])
    moving.aim(end, speed_share=0.2)
    for step in range(300):
        disturber.update("press", 0.02 * step)
        moving.step(1, 0.0, 0.0)
        assert moving.commanded_xyz_m[2] > end[2] - 1e-3
    assert disturber.onsets_s


def test_aims_after_the_next_disturbance_do_not_count() -> None:
    times_s = np.array([0.0, 0.1, 0.2, 0.3])
    mask = aim_mask(times_s, np.array([0.2, 0.55]))
    assert mask.sum(1).tolist() == [2, 1, 4, 3], mask.astype(int)
    assert aim_mask(times_s, np.array([])).all()


def test_chunk_ends_with_the_last_aim_of_its_episode() -> None:
    aims = np.arange(40.0)[:, None] * np.ones(len(AIM))
    chunks = aim_chunks(aims, 10, 30)
    assert chunks.shape == (20, CHUNK_STEPS, len(AIM))
    assert chunks[0, :, 0].tolist() == list(range(10, 26))
    assert chunks[-2, :, 0].tolist() == [28.0] + [29.0] * 15


@pytest.mark.parametrize(
    ("goal", "text"),
    [
        (Goal("grasp", ("red cube",)), "grasp the red cube"),
        (Goal("release", ("red cube", "bin")), "put the red cube down in or on the bin"),
        (Goal("push", ("egg",), "left", 0.05), "push the egg left by 5 cm"),
        (Goal("open_drawer", ("drawer",)), "open the drawer"),
    ],
)
def test_goal_as_a_sentence(goal: Goal, text: str) -> None:
    assert task_text(goal) == text


@pytest.mark.slow
def test_whole_job_makes_a_data_set_to_train_on(encoder: Path, tmp_path: Path) -> None:
    # The seed of a short episode.
    overrides = ["episodes=1", "first_seed=1000173", "validation_episodes=0", "processes=1", f"encoder='{encoder}'"]
    job = resolve_training("demonstrations", overrides, DemonstrationJob)
    said: list[str] = []
    sha256 = record_demonstrations(job, tmp_path, "test", said.append)
    assert "episodes 1 of 1" in said[0]
    assert record_demonstrations(job, tmp_path, "test", said.append) == sha256
    data = LerobotDataset(tmp_path)
    shown = load_demonstrations(data)
    assert len(shown.learned) == data.info["total_frames"] > 100
    assert set(data.columns([SPLIT])[SPLIT]) == {0}
    assert data.about["account"]["frames"]
    assert data.about["job"]["encoder_sha256"]


PARENT = """
import multiprocessing, os, time
from concurrent.futures import ProcessPoolExecutor
from robomatrix_py.training.demonstrations_job import _end_with_parent
pool = ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), _end_with_parent)
print(pool.submit(os.getpid).result(), flush=True)
time.sleep(60)
"""


def test_recording_process_ends_with_the_one_that_started_it() -> None:
    with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        recorder = int(parent.stdout.readline())
        os.kill(recorder, 0)
        parent.kill()
    deadline_s = time.monotonic() + 10.0
    with pytest.raises(ProcessLookupError):
        while time.monotonic() < deadline_s:
            os.kill(recorder, 0)
            time.sleep(0.02)


@pytest.fixture
def two_processes() -> DemonstrationJob:
    return resolve_training("demonstrations", ["processes=2"], DemonstrationJob)


def test_recording_goes_on_when_all_processes_are_replaced_at_once(
    two_processes: DemonstrationJob, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demonstrations_job, "_record_part", quick_part)
    monkeypatch.setattr(demonstrations_job, "_EPISODES_A_PROCESS", 3)
    monkeypatch.setattr(demonstrations_job, "_EPISODE_MAX_S", 20.0)
    accounts = list(demonstrations_job._record_parts(two_processes, tmp_path, range(7)))
    assert sorted(account["part"] for account in accounts) == list(range(7))
    # One of the two may have done all there was while the other was starting.
    processes = [account["process"] for account in accounts]
    assert processes[-1] not in processes[:6]


def test_recording_that_stands_still_is_given_up(
    two_processes: DemonstrationJob, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demonstrations_job, "_record_part", stuck_part)
    monkeypatch.setattr(demonstrations_job, "_EPISODE_MAX_S", 1.0)
    began_s = time.monotonic()
    with pytest.raises(EnvironmentFault, match="no episode was finished"):
        list(demonstrations_job._record_parts(two_processes, tmp_path, range(3)))
    assert time.monotonic() - began_s < 30.0
    assert not multiprocessing.active_children()
