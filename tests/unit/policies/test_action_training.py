"""Training of the action model."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from action_frames import reaching_frames

from robomatrix_py.contracts.errors import ConfigError, DataError
from robomatrix_py.contracts.policy import SKILLS
from robomatrix_py.policies.action.aims import NUMBERS
from robomatrix_py.policies.action.config import ActionSize, ActionTraining
from robomatrix_py.policies.action.observation import NAMES

torch = pytest.importorskip("torch", reason="the extra `train` is not installed")
from action_training_process import TINY, tiny_trainer  # noqa: E402

from robomatrix_py.policies.action.augmentation import Augmentation  # noqa: E402
from robomatrix_py.policies.action.training import CHECKPOINT_FILE, ActionTrainer  # noqa: E402

PROCESS = Path(__file__).with_name("action_training_process.py")
DEADLINE_S = 120.0
_SINE = NUMBERS.index("sin2_yaw")


def weights(trainer: ActionTrainer) -> Any:
    return torch.cat([value.flatten() for value in trainer.best_model().parameters()])


def trained(folder: Path, config: ActionTraining = TINY) -> tuple[ActionTrainer, list[tuple[int, dict[str, float]]]]:
    trainer, reports = tiny_trainer(folder, config), []
    trainer.run(lambda step, values: reports.append((step, dict(values))))
    return trainer, reports


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A training that was not interrupted: folder, trainer, reports."""
    folder = tmp_path_factory.mktemp("whole")
    return folder, *trained(folder)


def test_a_few_frames_are_learned_by_heart(tmp_path: Path) -> None:
    config = ActionTraining(
        steps=300,
        batch=64,
        learning_rate=3e-3,
        warm_up_steps=20,
        ema_decay=0.98,
        feature_noise=0.0,
        memory_noise=0.0,
        memory_drop=0.0,
        turn_share=0.0,
        mirror_share=0.0,
        camera_drop=0.0,
        track_drop=0.0,
        evaluate_every=300,
        size=ActionSize(width=96, condition=32, blocks=2),
    )
    frames = reaching_frames(48)
    trainer = ActionTrainer(frames, frames, config, tmp_path)
    reports = {}
    trainer.run(lambda step, values: reports.update({step: values}))
    assert reports[300]["flow"] < 0.03 * reports[100]["flow"] or reports[300]["flow"] < 2e-3
    assert reports[300]["held_out.aim_error_mm_p50"] < 5.0
    assert reports[300]["held_out.aim_error_mm_p90"] < 15.0
    assert reports[300]["held_out.done_wrong"] == 0.0
    noise = torch.randn(len(frames), 16, len(NUMBERS), generator=torch.Generator().manual_seed(5))
    aims, progress, _ = trainer.best_model().sample(torch.from_numpy(frames.features), noise, 4)
    assert float((aims.detach() - torch.from_numpy(frames.aims))[torch.from_numpy(frames.mask)].abs().median()) < 0.03
    assert float((progress.detach() - torch.from_numpy(frames.progress)).abs().max()) < 0.15


def test_of_two_good_ways_one_is_taken_and_never_the_middle(tmp_path: Path) -> None:
    config = replace(
        TINY, steps=400, batch=64, report_every=400, evaluate_every=400, learning_rate=3e-3, ema_decay=0.98,
        size=ActionSize(width=64, condition=16, blocks=1),
    )  # fmt: skip
    frames = reaching_frames(64)
    aims = np.tile(frames.aims[:1], (64, 1, 1))
    aims[:, :, _SINE] = np.where(np.arange(64) % 2, 0.7, -0.7)[:, None]
    one_sight = replace(frames, features=np.tile(frames.features[:1], (64, 1)), aims=aims)
    trainer = ActionTrainer(one_sight, one_sight, config, tmp_path)
    trainer.run(lambda _step, _values: None)
    noise = torch.randn(200, 16, len(NUMBERS), generator=torch.Generator().manual_seed(5))
    aims, _, _ = trainer.best_model().sample(torch.from_numpy(one_sight.features[:1]).expand(200, -1), noise, 8)
    turn = aims.detach()[:, 0, _SINE]
    assert float((turn.abs() - 0.7).abs().median()) < 0.1
    assert float((turn.abs() < 0.35).float().mean()) < 0.1
    assert 0.3 < float((turn > 0).float().mean()) < 0.7


def test_same_seed_gives_the_same_weights_and_curves(whole: Any, tmp_path: Path) -> None:
    _, first, reports = whole
    second, again = trained(tmp_path)
    assert torch.equal(weights(second), weights(first))
    assert again == reports


def test_another_seed_gives_other_weights(whole: Any, tmp_path: Path) -> None:
    assert not torch.equal(weights(trained(tmp_path, replace(TINY, seed=1))[0]), weights(whole[1]))


def test_training_that_was_killed_ends_with_the_same_weights_and_curves(whole: Any, tmp_path: Path) -> None:
    process = subprocess.Popen([sys.executable, str(PROCESS), str(tmp_path)], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        for line in process.stdout:
            # At the step before this one there was a checkpoint.
            if int(line) >= 12:
                break
    finally:
        os.kill(process.pid, signal.SIGKILL)
        process.wait(DEADLINE_S)
    trainer = tiny_trainer(tmp_path)
    begun = trainer.step
    assert 0 < begun < TINY.steps
    reports: list[tuple[int, dict[str, float]]] = []
    trainer.run(lambda step, values: reports.append((step, dict(values))))
    assert torch.equal(weights(trainer), weights(whole[1]))
    assert reports == [report for report in whole[2] if report[0] > begun]


def test_two_processes_learn_what_one_learns(whole: Any, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", str(PROCESS)]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    subprocess.run([*command, str(tmp_path)], env=environment, timeout=DEADLINE_S, check=True, capture_output=True)
    together = tiny_trainer(tmp_path)
    assert together.step == TINY.steps
    # They add up in another order.
    torch.testing.assert_close(weights(together), weights(whole[1]), atol=1e-3, rtol=1e-3)


def test_weights_that_are_best_on_held_out_episodes_are_kept(whole: Any) -> None:
    _, trainer, reports = whole
    losses = {step: values["held_out.loss"] for step, values in reports if "held_out.loss" in values}
    assert losses[trainer.best_step] == min(losses.values()) == trainer.best_loss
    assert sorted(losses) == [8, 16, 24, 32, 40]


def test_curves_go_to_tensorboard(whole: Any) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    folder, _, reports = whole
    (events,) = (folder / "tensorboard").glob("events*")
    accumulator = EventAccumulator(str(events)).Reload()
    assert [event.step for event in accumulator.Scalars("flow")] == [step for step, _ in reports]


def test_held_out_errors_are_told_by_skill(whole: Any) -> None:
    measured = whole[1].measure()
    assert set(measured) == set(SKILLS[:2])
    assert all(values["aim_error_mm_p50"] > 0 for values in measured.values())


@pytest.mark.parametrize("change", [{"steps": 80}, {"seed": 3}, {"feature_noise": 0.5}])
def test_checkpoint_of_another_configuration_is_refused(whole: Any, change: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match="another configuration or other frames"):
        tiny_trainer(whole[0], replace(TINY, **change))


def test_checkpoint_of_other_frames_is_refused(whole: Any) -> None:
    with pytest.raises(ConfigError, match="another configuration or other frames"):
        ActionTrainer(reaching_frames(200, seed=9), reaching_frames(60, seed=1), TINY, whole[0])


@pytest.mark.parametrize("kept", [0, 100, -50])
def test_damaged_checkpoint_is_refused(whole: Any, tmp_path: Path, kept: int) -> None:
    data = (whole[0] / CHECKPOINT_FILE).read_bytes()
    (tmp_path / CHECKPOINT_FILE).write_bytes(data[:kept])
    with pytest.raises(DataError, match="cannot be read"):
        tiny_trainer(tmp_path)


def test_folder_that_cannot_be_written_ends_training_with_the_cause(tmp_path: Path) -> None:
    trainer = tiny_trainer(tmp_path)
    # A folder in the checkpoint's place: also root cannot write over it.
    (tmp_path / CHECKPOINT_FILE).mkdir()
    with pytest.raises(DataError, match="cannot be written"):
        trainer.run(lambda _step, _values: None)


def test_no_frames_are_refused(tmp_path: Path) -> None:
    frames = reaching_frames(10)
    with pytest.raises(DataError, match="no frames held out"):
        ActionTrainer(frames, frames.where(np.zeros(10, dtype=bool)), TINY, tmp_path)


def test_frames_that_are_not_finite_are_refused() -> None:
    frames = reaching_frames(10)
    features = frames.features.copy()
    features[3, 7] = np.nan
    with pytest.raises(DataError, match="features is not finite"):
        replace(frames, features=features)


def test_frames_of_other_widths_are_refused() -> None:
    frames = reaching_frames(10)
    with pytest.raises(DataError, match="features has shape"):
        replace(frames, features=frames.features[:, :-1])


def test_a_camera_that_is_dropped_shows_nothing_of_either_thing() -> None:
    config = replace(TINY, camera_drop=1.0, track_drop=0.0, memory_drop=0.0, memory_noise=0.0)
    observation = torch.ones(3, len(NAMES))
    damaged = Augmentation(config).damaged(observation, torch.Generator().manual_seed(0))
    shown = {name for name, value in zip(NAMES, damaged[0].tolist(), strict=True) if value}
    assert shown == {name for name in NAMES if "_camera." not in name}


def test_a_track_that_is_dropped_takes_the_height_map_with_it() -> None:
    config = replace(TINY, camera_drop=0.0, track_drop=1.0, memory_drop=0.0, memory_noise=0.0)
    damaged = Augmentation(config).damaged(torch.ones(3, len(NAMES)), torch.Generator().manual_seed(0))
    gone = {name for name, value in zip(NAMES, damaged[0].tolist(), strict=True) if not value}
    assert gone == {name for name in NAMES if ".track." in name or name.startswith("height.")}


def test_rare_skills_are_drawn_as_often_as_others_when_balanced() -> None:
    from robomatrix_py.policies.action.training import _cumulative

    frames = reaching_frames(1000)
    frames = replace(frames, skill=np.where(np.arange(1000) < 50, 1, 0))
    picks = np.searchsorted(_cumulative(frames, 1.0), np.random.default_rng(0).random(4000), side="right")
    assert 0.45 < (frames.skill[picks] == 1).mean() < 0.55
