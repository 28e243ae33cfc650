"""Lock-step: equal seeds give bit-equal runs, also in other processes; a run can be replayed; damage is told."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from robomatrix_py.contracts.cause import Cause
from robomatrix_py.contracts.errors import DataError
from robomatrix_py.data.run_folder import RunFolder
from robomatrix_py.runtime.lockstep_run import TaskOutcome, make_rig, run_lockstep
from robomatrix_py.runtime.replay import replay_run
from robomatrix_py.runtime.task_session import SessionPhase, TaskSession
from robomatrix_py.scheduler.memory import SceneMemory
from robomatrix_py.scheduler.task import TaskEvent
from robomatrix_py.settings.settings import resolve

TASK = "move to the red cube"


def carry_out(folder: Path, *overrides: str, video: bool = False) -> TaskOutcome:
    folder.mkdir()
    faults: list[DataError] = []
    run = RunFolder(folder, faults.append)
    outcome = run_lockstep(TASK, resolve(list(overrides)), 60.0, run, video=video)
    assert faults == []
    assert outcome.verdict.succeeded
    return outcome


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a run that was recorded."""
    folder = tmp_path_factory.mktemp("runs") / "run"
    carry_out(folder, "seed=2")
    return folder


@pytest.fixture
def copied(recorded: Path, tmp_path: Path) -> Path:
    """Return a copy of that folder that a test may damage."""
    copy = tmp_path / "copy"
    copy.mkdir()
    for path in recorded.iterdir():
        if path.is_file():
            (copy / path.name).write_bytes(path.read_bytes())
    return copy


def test_same_seed_is_bit_equal_in_the_same_process(recorded: Path, tmp_path: Path) -> None:
    carry_out(tmp_path / "again", "seed=2")
    for name in ("sim_final.json", "sim_initial.json", "steps.jsonl", "plan.json"):
        assert (tmp_path / "again" / name).read_bytes() == (recorded / name).read_bytes(), name


@pytest.mark.parametrize("hash_seed", ["1", "77"])
def test_same_seed_is_bit_equal_in_a_process_that_orders_sets_otherwise(
    recorded: Path, tmp_path: Path, hash_seed: str
) -> None:
    command = [sys.executable, "-m", "robomatrix_py.cli", "run", TASK, "--fast", "--no-video", "--seed", "2"]
    done = subprocess.run(
        [*command, "--out", str(tmp_path)],
        env=os.environ | {"PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (folder,) = tmp_path.iterdir()
    for name in ("sim_final.json", "steps.jsonl"):
        assert (folder / name).read_bytes() == (recorded / name).read_bytes(), name


def test_other_seed_is_another_run(recorded: Path, tmp_path: Path) -> None:
    carry_out(tmp_path / "other", "seed=4")
    assert (tmp_path / "other" / "sim_final.json").read_bytes() != (recorded / "sim_final.json").read_bytes()


@pytest.mark.gl
def test_drawing_cameras_changes_nothing_in_the_world(recorded: Path, tmp_path: Path) -> None:
    carry_out(tmp_path / "drawn", "seed=2", video=True)
    assert (tmp_path / "drawn" / "sim_final.json").read_bytes() == (recorded / "sim_final.json").read_bytes()
    assert (tmp_path / "drawn" / "video.mp4").stat().st_size > 10_000
    pictures = {path.name for path in (tmp_path / "drawn").rglob("*.jpg")}
    assert len(pictures) == 4, "two cameras before and after the one step"


# Replay


def test_replay_is_bit_equal(recorded: Path) -> None:
    replay = replay_run(recorded, None)
    assert replay.bit_equal
    assert replay.difference == ""
    assert replay.steps * 0.002 == pytest.approx(replay.simulated_s)
    assert replay.simulated_s > 2.0


@pytest.mark.gl
def test_replay_draws_the_run_again(recorded: Path, tmp_path: Path) -> None:
    import av

    replay = replay_run(recorded, tmp_path / "again.mp4")
    assert replay.bit_equal
    with av.open(str(tmp_path / "again.mp4")) as container:
        stream = container.streams.video[0]
        assert stream.codec_context.name == "h264"
        frames = sum(1 for _ in container.decode(stream))
    assert frames == pytest.approx(replay.simulated_s * 30, rel=0.1)


def test_replay_of_a_changed_input_tells_what_ended_elsewhere(copied: Path) -> None:
    with np.load(copied / "sim_inputs.npz") as file:
        parts = {key: file[key] for key in file.files}
    parts["controls"] = parts["controls"].copy()
    parts["controls"][len(parts["controls"]) // 2 :, 0] += 0.02
    np.savez_compressed(copied / "sim_inputs.npz", **parts)
    replay = replay_run(copied, None)
    assert not replay.bit_equal
    assert "tool is " in replay.difference
    assert "mm from its place in sim_final.json" in replay.difference


def test_replay_without_the_final_state_still_compares(copied: Path) -> None:
    (copied / "sim_final.json").unlink()
    assert replay_run(copied, None).bit_equal


def drop(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).unlink()


def cut(name: str, share: float) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        data = (folder / name).read_bytes()
        (folder / name).write_bytes(data[: int(len(data) * share)])

    return damage


def spoil(name: str) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        data = bytearray((folder / name).read_bytes())
        middle = len(data) // 2
        data[middle : middle + 200] = bytes(200)
        (folder / name).write_bytes(bytes(data))

    return damage


def write(name: str, text: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).write_text(text) and None


def another_scene(folder: Path) -> None:
    config = (folder / "config.yaml").read_text()
    fewer = config.replace("extra_min: 3", "extra_min: 0").replace("extra_max: 5", "extra_max: 0")
    assert fewer != config
    (folder / "config.yaml").write_text(fewer)


def forget(key: str) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        with np.load(folder / "sim_inputs.npz") as file:
            parts = {name: file[name] for name in file.files if name != key}
        np.savez_compressed(folder / "sim_inputs.npz", **parts)

    return damage


DAMAGE: dict[str, tuple[Callable[[Path], None], str]] = {
    "inputs missing": (drop("sim_inputs.npz"), "sim_inputs.npz"),
    "inputs empty": (cut("sim_inputs.npz", 0.0), "sim_inputs.npz"),
    "inputs cut off": (cut("sim_inputs.npz", 0.6), "sim_inputs.npz"),
    "inputs spoilt": (spoil("sim_inputs.npz"), "sim_inputs.npz"),
    "inputs are text": (write("sim_inputs.npz", "hello"), "sim_inputs.npz"),
    "inputs without a hash": (forget("state_hash"), "sim_inputs.npz"),
    "inputs without a count": (forget("count"), "sim_inputs.npz"),
    "settings missing": (drop("config.yaml"), "config"),
    "settings cut off": (cut("config.yaml", 0.3), "config"),
    "settings are no mapping": (write("config.yaml", "- 1\n- 2\n"), "config"),
    "settings of another version": (write("config.yaml", "robot: ur5e\nwarp: 9\n"), "warp"),
    "settings of another robot": (write("config.yaml", "robot: ur99\n"), "config"),
    "another scene": (another_scene, "another scene"),
}


@pytest.mark.parametrize("case", DAMAGE)
def test_damaged_run_is_told_in_one_line(case: str, copied: Path) -> None:
    damage, words = DAMAGE[case]
    damage(copied)
    with pytest.raises(DataError) as caught:
        replay_run(copied, None)
    message = str(caught.value)
    assert words in message
    assert "\n" not in message
    assert len(message) < 1000


# A session of a task


def session_of(rig_seed: int, events: list[TaskEvent]) -> TaskSession:
    from robomatrix_py.runtime.lockstep import LockstepSkillClient

    settings = resolve([f"seed={rig_seed}"])
    rig = make_rig(settings)
    memory = SceneMemory(settings.memory, settings.facts)
    client = LockstepSkillClient(rig)
    return TaskSession(TASK, settings, rig.robot, settings.load_skills(), client, memory, 60.0, events.append)


def test_task_without_any_reading_fails_as_stale_within_seconds() -> None:
    events: list[TaskEvent] = []
    session, now_s = session_of(0, events), 100.0
    while (status := session.tick(now_s, None)).verdict is None:
        assert status.phase is SessionPhase.LOOKING
        now_s += 0.05
        assert now_s < 110.0
    assert status.verdict.cause is Cause.STALE_OBSERVATION
    assert "0 looks within 5 s" in status.verdict.message
    assert [event.kind for event in events] == ["task_verdict"]
    assert session.tick(now_s + 1.0, None) == status, "it ends once"


def test_task_cancelled_before_it_began_is_cancelled_and_told_once() -> None:
    events: list[TaskEvent] = []
    session = session_of(0, events)
    session.tick(1.0, None)
    session.cancel(1.1)
    session.cancel(1.2)
    verdict = session.tick(1.3, None).verdict
    assert verdict is not None
    assert verdict.cause is Cause.CANCELLED
    assert [event.kind for event in events] == ["task_verdict"]
    assert json.dumps(events[0].fields)
