"""The half of the comparison with LeRobot that runs in our environment; the other half needs one of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from robomatrix_py.contracts.policy import AIM, CHUNK_STEPS, SKILLS, Goal, ToolState
from robomatrix_py.data.lerobot import LerobotDataset
from robomatrix_py.data.lerobot_writer import Layout, LerobotWriter, Recorded
from robomatrix_py.policies.action.aims import NUMBERS, from_numbers
from robomatrix_py.policies.action.observation import CAMERAS, NAMES
from robomatrix_py.training.columns import STATE, STATE_NAMES, column_names
from robomatrix_py.training.demonstrations import task_text

pytest.importorskip("pyarrow", reason="the extra `train` is not installed")
FOLDER = Path(__file__).parents[3] / "benchmarks" / "lerobot"
FRAMES = 20
SIZE_PX = (32, 24)
TWO = ("position_over", "release")


@pytest.fixture(autouse=True)
def scripts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(FOLDER))


@pytest.mark.parametrize("script", ["latency.py", "success.py"])
def test_says_how_it_is_used(script: str) -> None:
    done = subprocess.run([sys.executable, FOLDER / script, "--help"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert "--peer-python" in done.stdout


@pytest.mark.parametrize("skill", SKILLS)
def test_words_of_a_goal_come_back_from_its_sentence(skill: str) -> None:
    from peer_data import texts_of

    texts = ("drawer",) if skill.endswith("drawer") else ("red cube", "bin")[: 1 + (skill in TWO)]
    goal = Goal(skill, texts, "left" if skill == "push" else "", 0.05 if skill == "push" else 0.0)
    assert texts_of(task_text(goal)) == texts


def test_task_names_skill_and_words() -> None:
    from peer_input import task_numbers

    words = ["bin", "blue", "cube", "red"]
    numbers = task_numbers(Goal("release", ("red cube", "bin")), words)
    assert numbers[: len(SKILLS)].nonzero()[0].tolist() == [SKILLS.index("release")]
    assert numbers[-2 * len(words) :].tolist() == [0, 0, 1, 1, 1, 0, 0, 0]


def test_arrays_say_what_was_recorded(tmp_path: Path) -> None:
    from peer_data import prepare
    from peer_input import ACTIONS, HORIZON, state_of

    rng = np.random.default_rng(0)
    state = rng.uniform(-0.4, 0.4, (FRAMES, len(STATE_NAMES))).astype(np.float32)
    aims = rng.uniform(0.1, 0.4, (FRAMES, len(AIM))).astype(np.float32)
    mask = np.ones((FRAMES, CHUNK_STEPS), dtype=bool)
    # A disturbance between frames 7 and 8.
    for frame in range(8):
        mask[frame, 8 - frame :] = False
    write(tmp_path / "data", state, aims, mask)
    about = prepare(tmp_path / "data", tmp_path / "arrays", (16, 12))
    arrays = {name: np.load(tmp_path / "arrays" / f"{name}.npy") for name in ("state", "actions", "pad", "before")}
    assert about["words"] == ["cube", "red"]
    assert arrays["before"].tolist() == [0, *range(FRAMES - 1)]
    assert arrays["actions"].shape == (FRAMES, HORIZON, len(ACTIONS))
    for frame in (0, 5, FRAMES - 1):
        tool = tool_state(state[frame])
        np.testing.assert_allclose(arrays["state"][frame, :15], state_of(tool), atol=1e-5)
        said = arrays["actions"][frame, :, : len(NUMBERS)]
        found = from_numbers(said, tool.commanded_xyz_m, tool.commanded_yaw_rad)
        steps = np.clip(np.arange(frame - 1, frame + HORIZON - 1), 0, FRAMES - 1)
        np.testing.assert_allclose(found[:, :3], aims[steps, :3], atol=1e-4)
        turns = found[:, 3] - aims[steps, 3]
        np.testing.assert_allclose(np.sin(turns), 0.0, atol=1e-4)
    assert arrays["pad"][0, 0]
    assert arrays["pad"][5].tolist() == [step >= 4 for step in range(HORIZON)]
    assert arrays["pad"][8].tolist() == [step == 0 for step in range(HORIZON)]
    for camera in CAMERAS:
        assert np.load(tmp_path / "arrays" / f"{camera}.npy").shape == (FRAMES, 12, 16, 3)


def write(folder: Path, state: np.ndarray, aims: np.ndarray, mask: np.ndarray) -> None:
    features = np.zeros((FRAMES, len(NAMES)), dtype=np.float32)
    features[:, NAMES.index("skill.grasp")] = 1.0
    columns = {
        "observation.features": features,
        STATE: state,
        "action": aims,
        "aim_mask": mask,
        "progress": np.linspace(0, 1, FRAMES, dtype=np.float32),
        "done": np.zeros(FRAMES, dtype=np.float32),
        "skill": np.full(FRAMES, SKILLS.index("grasp")),
        "split": np.zeros(FRAMES, dtype=np.int64),
    }
    picture = np.zeros((SIZE_PX[1], SIZE_PX[0], 3), dtype=np.uint8)
    pictures = {camera: [picture] * FRAMES for camera in CAMERAS}
    names = {**column_names(()), STATE: STATE_NAMES}
    writer = LerobotWriter(folder, Layout(10, names, "ur5e"), {"encoder_sha256": "e"})
    writer.write(0, [Recorded("grasp the red cube", columns, pictures)], {})
    writer.join(range(1), {})
    assert LerobotDataset(folder).sha256


def tool_state(numbers: np.ndarray) -> ToolState:
    value = dict(zip(STATE_NAMES, numbers.astype(np.float64), strict=True))
    return ToolState(
        commanded_xyz_m=np.array([value[f"commanded_{axis}_m"] for axis in "xyz"]),
        commanded_yaw_rad=value["commanded_yaw_rad"],
        velocity_m_s=np.array([value[f"velocity_{axis}_m_s"] for axis in "xyz"]),
        measured_xyz_m=np.array([value[f"measured_{axis}_m"] for axis in "xyz"]),
        opening_commanded=value["opening_commanded"],
        opening=value["opening"],
        opening_speed_per_s=value["opening_speed_per_s"],
        force_n=value["force_n"],
    )
