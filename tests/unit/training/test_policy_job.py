"""`robomatrix train policy` on a small data set of episodes that can be written down."""

from __future__ import annotations

import csv
import resource
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from robomatrix_py.cli import main
from robomatrix_py.contracts.errors import ConfigError, DataError, EnvironmentFault
from robomatrix_py.contracts.policy import AIM, CHUNK_DT_S, CHUNK_STEPS, SKILLS, WHOLE_TASKS
from robomatrix_py.data.lerobot import LerobotDataset
from robomatrix_py.data.lerobot_writer import Layout, LerobotWriter, Recorded
from robomatrix_py.policies.action.aims import from_numbers
from robomatrix_py.policies.action.config import ActionSize, ActionTraining
from robomatrix_py.policies.action.loading import load_manifest
from robomatrix_py.policies.action.manifest import note_measured
from robomatrix_py.policies.action.observation import CAMERAS, NAMES
from robomatrix_py.settings.robots import load_robot
from robomatrix_py.settings.settings import resolve_training
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
    TASK,
    TASK_FEATURES,
    column_names,
)
from robomatrix_py.training.config import PolicyJob
from robomatrix_py.training.curves import CSV_FILE, PAGE_FILE, Curves
from robomatrix_py.training.demonstration_frames import load_demonstrations

pytest.importorskip("torch", reason="the extra `train` is not installed")
pytest.importorskip("pyarrow", reason="the extra `train` is not installed")
from robomatrix_py.training.policy_job import POLICY_FOLDER, train_policy

ROBOT = load_robot("ur5e")
ENCODER_SHA256 = "e" * 64
FRAMES = 24
TINY = ActionTraining(
    steps=12,
    batch=16,
    report_every=2,
    evaluate_every=4,
    checkpoint_every_s=0.0,
    precision="no",
    size=ActionSize(width=16, condition=8, blocks=1),
)


def episode(number: int, split: int) -> Recorded:
    """Return an episode in which the tool goes towards a place that is aimed at all the time."""
    rng = np.random.default_rng(number)
    place, start = rng.uniform((0.3, -0.3, 0.05), (0.6, 0.3, 0.2), (2, 3))
    share = np.linspace(0, 1, FRAMES)[:, None]
    tool = (1 - share) * start + share * place
    state = np.zeros((FRAMES, len(column_names(ROBOT.joint_names)[STATE])), dtype=np.float32)
    state[:, :3], state[:, 3] = tool, 0.2
    action = np.empty((FRAMES, len(AIM)), dtype=np.float32)
    action[:] = [*place, 0.5, 1.0, 0.7]
    action[:, 4] = np.linspace(1, 0, FRAMES)
    progress = share[:, 0].astype(np.float32)
    columns = {
        FEATURES: rng.normal(0, 1, (FRAMES, len(NAMES))).astype(np.float32),
        STATE: state,
        ACTION: action,
        AIM_MASK: np.tile(np.arange(CHUNK_STEPS) < 12, (FRAMES, 1)),
        PROGRESS: progress,
        DONE: (progress > 0.9).astype(np.float32),
        SKILL: np.full(FRAMES, number % 2, dtype=np.int64),
        SPLIT: np.full(FRAMES, split, dtype=np.int64),
        TASK_FEATURES: rng.normal(0, 1, (FRAMES, len(NAMES))).astype(np.float32),
        # The last two of every three episodes make up one whole task.
        TASK: np.full(FRAMES, min(number % 3, 1) - 1, dtype=np.int64),
        LINK: np.full(FRAMES, number // 3, dtype=np.int64),
    }
    pictures = {camera: [np.zeros((16, 32, 3), dtype=np.uint8)] * FRAMES for camera in CAMERAS}
    return Recorded("go there", columns, pictures)


def write(folder: Path, job: dict[str, Any], held_out: int = 2) -> Path:
    writer = LerobotWriter(folder, Layout(round(1 / CHUNK_DT_S), column_names(ROBOT.joint_names), "ur5e"), job)
    writer.write(0, [episode(number, int(number < held_out)) for number in range(6)], {})
    writer.join([0], {})
    return folder


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("demonstrations"), {"encoder_sha256": ENCODER_SHA256})


@pytest.fixture(scope="module")
def done(data: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """Folder of a finished training, and what it said."""
    folder, said = tmp_path_factory.mktemp("policy"), []
    train_policy(PolicyJob(str(data), TINY), folder, said.append)
    return folder, said


def test_aims_of_frames_are_what_follows_in_the_episode(data: Path) -> None:
    shown = load_demonstrations(LerobotDataset(data))
    frames = shown.learned
    assert len(frames) == 4 * FRAMES
    assert len(shown.held_out) == 2 * FRAMES
    columns = episode(2, 0).columns
    for row in (0, 5, FRAMES - 2):
        aims = from_numbers(frames.aims[row], columns[STATE][row, :3], columns[STATE][row, 3])
        rows = np.minimum(row + np.arange(CHUNK_STEPS), FRAMES - 1)
        np.testing.assert_allclose(aims, columns[ACTION][rows], atol=1e-5)
    assert not frames.mask[:, 12:].any()
    assert frames.mask[:, :12].all()
    assert sorted(set(frames.episode.tolist())) == [2, 3, 4, 5]


def test_whole_tasks_are_made_of_the_same_frames(data: Path) -> None:
    dataset = LerobotDataset(data)
    shown = load_demonstrations(dataset, whole_tasks=True)
    assert shown.skills == WHOLE_TASKS[:1]
    # Episodes 1 and 2 are a task, 4 and 5 another; of the first, one half is held out.
    frames = shown.learned
    assert frames.episode.tolist() == [0] * FRAMES + [1] * 2 * FRAMES
    task = frames.where(frames.episode == 1)
    assert task.done.tolist() == [0.0] * (2 * FRAMES - 5) + [1.0] * 5
    assert task.progress[0] == 0.0
    assert (np.diff(task.progress) >= 0).all()
    assert (task.progress[-6:] == 1.0).all()
    remembered = task.features[:, NAMES.index("memory.progress")]
    np.testing.assert_array_equal(remembered, [0.0, *task.progress[:-1]])
    columns = dataset.columns([TASK_FEATURES, ACTION, STATE])
    row = 5 * FRAMES - 3
    np.testing.assert_array_equal(task.features[FRAMES - 3, 13:], columns[TASK_FEATURES][row, 13:])
    # A chunk goes on into the next skill, and counts there what counts from its beginning on.
    aims = from_numbers(task.aims[FRAMES - 3], columns[STATE][row, :3], columns[STATE][row, 3])
    np.testing.assert_allclose(aims, columns[ACTION][row : row + CHUNK_STEPS], atol=1e-5)
    assert task.mask[FRAMES - 3].tolist() == [step < 12 for step in range(CHUNK_STEPS)]


def test_task_centric_policy_names_its_tasks(data: Path, tmp_path: Path) -> None:
    train_policy(PolicyJob(str(data), TINY, whole_tasks=True), tmp_path, lambda _line: None)
    manifest = load_manifest(tmp_path / POLICY_FOLDER, ROBOT, ENCODER_SHA256)
    assert manifest.skills == WHOLE_TASKS[:1]
    assert set(manifest.values["held_out"]) == set(WHOLE_TASKS[:1])


def test_model_is_exported_with_what_it_was_made_from(data: Path, done: tuple[Path, list[str]]) -> None:
    manifest = load_manifest(done[0] / POLICY_FOLDER, ROBOT, ENCODER_SHA256)
    assert manifest.skills == SKILLS[:2]
    assert manifest.values["data_sha256"] == LerobotDataset(data).sha256
    assert manifest.values["cameras"] == {camera: [32, 16] for camera in CAMERAS}
    assert set(manifest.values["held_out"]) == set(SKILLS[:2])
    assert manifest.values["training"]["steps"] == TINY.steps


def test_curves_can_be_opened(done: tuple[Path, list[str]]) -> None:
    folder, said = done
    with (folder / CSV_FILE).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [int(row["step"]) for row in rows] == [2, 4, 6, 8, 10, 12]
    assert [bool(row["held_out.loss"]) for row in rows] == [False, True] * 3
    page = (folder / PAGE_FILE).read_text(encoding="utf-8")
    assert "held out" in page
    # A chart a quantity, and of three frames a skill what was shown and said.
    assert page.count("<figure>") == 7 + 2 * 3 * 3
    assert "grasp, frame" in page
    assert any("min left" in line for line in said)


def test_finished_training_is_not_repeated(data: Path, done: tuple[Path, list[str]]) -> None:
    folder, _ = done
    measured = {"grasp": {"successes": 3, "n": 4}}
    note_measured(folder / POLICY_FOLDER, measured)
    before = (folder / CSV_FILE).read_bytes()
    said: list[str] = []
    train_policy(PolicyJob(str(data), TINY), folder, said.append)
    assert len(said) == 1
    assert said[0].endswith("is made already")
    assert (folder / CSV_FILE).read_bytes() == before
    assert load_manifest(folder / POLICY_FOLDER, ROBOT, ENCODER_SHA256).values["measured"] == measured


def test_curves_of_steps_that_are_done_again_are_dropped(tmp_path: Path) -> None:
    first = Curves(tmp_path, 30, 0, lambda _line: None)
    for step in (10, 20):
        first(step, {"flow": 1.0 / step})
    again = Curves(tmp_path, 30, 10, lambda _line: None)
    for step in (20, 30):
        again(step, {"flow": 2.0 / step})
    assert (tmp_path / CSV_FILE).read_text(encoding="utf-8").split() == [
        "step,flow",
        "10,0.1",
        "20,0.1",
        "30,0.0666667",
    ]


def test_folder_of_another_training_is_refused(data: Path, done: tuple[Path, list[str]]) -> None:
    with pytest.raises(ConfigError, match="another configuration or other frames"):
        train_policy(PolicyJob(str(data), replace(TINY, seed=5)), done[0], lambda _line: None)


def test_data_set_without_held_out_episodes_is_refused(tmp_path: Path) -> None:
    data = write(tmp_path / "data", {"encoder_sha256": ENCODER_SHA256}, held_out=0)
    with pytest.raises(DataError, match="no frames held out"):
        train_policy(PolicyJob(str(data), TINY), tmp_path / "out", lambda _line: None)


def test_data_set_that_names_no_encoder_is_refused_before_training(tmp_path: Path) -> None:
    data = write(tmp_path / "data", {})
    with pytest.raises(DataError, match="which encoder"):
        train_policy(PolicyJob(str(data), TINY), tmp_path / "out", lambda _line: None)
    assert not (tmp_path / "out").exists()


def test_data_set_of_another_observation_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = write(tmp_path / "data", {"encoder_sha256": ENCODER_SHA256})
    monkeypatch.setattr("robomatrix_py.training.demonstration_frames.NAMES", (*NAMES[:-1], "tool.w"))
    with pytest.raises(DataError, match=r"observation\.features has other numbers"):
        load_demonstrations(LerobotDataset(data))


def test_data_set_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no finished data set"):
        train_policy(PolicyJob(str(tmp_path / "nowhere"), TINY), tmp_path / "out", lambda _line: None)


def test_settings_file_says_what_the_schema_permits() -> None:
    job = resolve_training("policy", ["training.steps=7", "training.evaluate_every=100"], PolicyJob)
    assert (job.training.steps, job.training.evaluate_every) == (7, 100)


@pytest.mark.parametrize(
    "setting",
    ["training.camera_drop=1.5", "training.precision=fp8", "training.evaluate_every=50", "training.size.condition=3"],
)
def test_setting_out_of_range_is_refused(setting: str) -> None:
    with pytest.raises(ConfigError, match="permitted"):
        resolve_training("policy", [setting], PolicyJob)


def test_missing_torch_is_told_with_the_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    for name in [name for name in sys.modules if name.startswith("robomatrix_py.policies.action.training")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "accelerate", None)
    with pytest.raises(EnvironmentFault, match=r"pip install 'robomatrix_py\[train\]'"):
        train_policy(PolicyJob(str(tmp_path), TINY), tmp_path / "out", lambda _line: None)


@contextmanager
def largest_file(size_bytes: int) -> Iterator[None]:
    """Have the operating system refuse longer files, as a full disk does."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


TINY_WORDS = [
    "--set=training.steps=12", "--set=training.batch=16", "--set=training.report_every=2",
    "--set=training.evaluate_every=4", "--set=training.checkpoint_every_s=0", "--set=training.precision=no",
    "--set=training.size={width: 16, condition: 8, blocks: 1, expansion: 2}",
]  # fmt: skip


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")  # TensorBoard's own thread
@pytest.mark.parametrize(
    ("size_bytes", "trained", "what"),
    [(100, False, ""), (1_500, False, ""), (20_000, False, "checkpoint"), (0, True, "policy.xml")],
    ids=["tensorboard", "curves", "checkpoint", "graph"],
)
def test_disk_that_is_full_is_one_line_and_training_goes_on_when_there_is_room(
    size_bytes: int,
    trained: bool,
    what: str,
    data: Path,
    done: tuple[Path, list[str]],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = tmp_path / "policy"
    if trained:
        shutil.copytree(done[0], folder, ignore=shutil.ignore_patterns(POLICY_FOLDER))
        size_bytes = (done[0] / POLICY_FOLDER / "policy.xml").stat().st_size - 1
    words = ["train", "policy", f"--out={folder}", f"--set=data={data}", *TINY_WORDS]
    with largest_file(size_bytes):
        assert main(words) == 1
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert line.startswith("robomatrix train: ")
    assert what in line
    assert "cannot be written" in line
    with pytest.raises(ConfigError):
        load_manifest(folder / POLICY_FOLDER, ROBOT, ENCODER_SHA256)
    assert main(words) == 0
    load_manifest(folder / POLICY_FOLDER, ROBOT, ENCODER_SHA256)
