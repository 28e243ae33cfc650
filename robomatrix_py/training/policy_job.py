"""`robomatrix train policy`: learns from demonstrations and exports. It can be interrupted and gone on with.

Over many GPUs or machines the same command is started by `torchrun -m robomatrix_py.cli train policy`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

import robomatrix_py
from robomatrix_py.contracts.errors import DataError, EnvironmentFault
from robomatrix_py.contracts.policy import CHUNK_DT_S, CHUNK_STEPS
from robomatrix_py.data.lerobot import LerobotDataset
from robomatrix_py.data.versions import git_commit
from robomatrix_py.policies.action.aims import from_numbers
from robomatrix_py.policies.action.inference import NOISE_SHAPE, ActionGraph
from robomatrix_py.policies.action.manifest import MANIFEST_FILE
from robomatrix_py.settings.robots import load_robot
from robomatrix_py.training.charts import Chart
from robomatrix_py.training.config import PolicyJob
from robomatrix_py.training.curves import Curves
from robomatrix_py.training.demonstration_frames import Demonstrations, load_demonstrations

POLICY_FOLDER = "action"
_SAMPLES_A_SKILL = 3
_DRAWN = {"x from the tool, m": 0, "z from the tool, m": 2, "opening": 4}
Say = Callable[[str], None]


def train_policy(job: PolicyJob, folder: Path, say: Say) -> Path:
    """Make an action model from demonstrations.

    Args:
        job: How, and where the demonstrations are.
        folder: Takes checkpoint, curves and the model; what is there of the same job is gone on with.
        say: Hears lines for a person.

    Returns:
        Folder of the model.

    Raises:
        DataError: The demonstrations are missing, damaged or made for another observation, or the disk is full.
        ConfigError: The folder holds another job's checkpoint.
        EnvironmentFault: torch or what else training needs is not installed.
    """
    try:
        from robomatrix_py.policies.action.export import export_action_model
        from robomatrix_py.policies.action.training import ActionTrainer
    except ImportError as error:
        raise EnvironmentFault(
            f"training cannot start: {error}", remedy="pip install 'robomatrix_py[train]'"
        ) from error
    dataset = LerobotDataset(Path(job.data))
    shown = load_demonstrations(dataset, whole_tasks=job.whole_tasks)
    about = _about(job, dataset, shown)
    trainer = ActionTrainer(shown.learned, shown.held_out, job.training, folder)
    target = folder / POLICY_FOLDER
    if trainer.step == job.training.steps and (target / MANIFEST_FILE).exists():
        # What was measured since stays in its manifest.
        if trainer.is_main:
            say(f"policy  {target} is made already")
        return target
    if trainer.is_main:
        say(f"{len(shown.learned)} frames to learn from, {len(shown.held_out)} held out: {', '.join(shown.skills)}")
    curves = Curves(folder, job.training.steps, trainer.step, say)
    trainer.run(curves)
    if trainer.is_main:
        about |= {"held_out": trainer.measure(shown.goals)}
        model, robot = trainer.best_model(), load_robot(shown.robot)
        export_action_model(model, trainer.normalisers, job.training.sampling_steps, robot, about, target)
        curves.write(_chunks(target, shown))
        say(f"policy  {target}")
        say("to use it, copy that folder to policies/action, or name it in skills.learned.model")
    return target


def _about(job: PolicyJob, dataset: LerobotDataset, shown: Demonstrations) -> dict[str, Any]:
    """Return what the manifest says of how the model was made."""
    encoder = dataset.about["job"].get("encoder_sha256")
    if not isinstance(encoder, str):
        raise DataError("does not say which encoder it was seen with", where=job.data, code="ENCODER")
    return {
        "cameras": {camera: list(size) for camera, size in shown.cameras.items()},
        "skills": list(shown.skills),
        "encoder_sha256": encoder,
        "data_sha256": shown.sha256,
        "data": f"{len(shown.learned)} frames of simulated demonstrations, made by robomatrix train demonstrations",
        "training": asdict(job.training),
        "measured": {},
        "robomatrix": robomatrix_py.__version__,
        "commit": git_commit(Path(robomatrix_py.__file__).parent),
    }


def _chunks(model: Path, shown: Demonstrations) -> list[Chart]:
    """Return charts of what the exported model says in held-out frames, and what was demonstrated there."""
    graph, frames = ActionGraph(model), shown.held_out
    noise = np.random.default_rng(0).standard_normal(NOISE_SHAPE, dtype=np.float32)
    times_s = (CHUNK_DT_S * np.arange(CHUNK_STEPS)).tolist()
    charts = []
    for skill in np.unique(frames.skill).tolist():
        rows = np.flatnonzero(frames.skill == skill)
        for row in rows[np.linspace(0, len(rows) - 1, _SAMPLES_A_SKILL).astype(int)].tolist():
            stated, _, _ = graph(frames.features[row], noise)
            # Relative to the tool, in metres: as if it stood at the origin.
            told, wanted = (from_numbers(aims, np.zeros(3), 0.0) for aims in (stated, frames.aims[row]))
            for name, column in _DRAWN.items():
                lines = {"demonstrated": wanted[:, column], "said": told[:, column]}
                points = {label: list(zip(times_s, line.tolist(), strict=True)) for label, line in lines.items()}
                charts.append(Chart(f"{shown.goals[skill]}, frame {row}: {name}", points))
    return charts
