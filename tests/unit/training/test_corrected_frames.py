"""What a person corrected is not learned from, neither as an observation nor as an aim."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="the extra `train` is not installed")
pytest.importorskip("pyarrow", reason="the extra `train` is not installed")
from test_policy_job import ENCODER_SHA256, FRAMES, ROBOT, episode

from robomatrix_py.data.corrections import CORRECTED
from robomatrix_py.data.lerobot import LerobotDataset
from robomatrix_py.data.lerobot_writer import Layout, LerobotWriter, Recorded
from robomatrix_py.training.columns import column_names
from robomatrix_py.training.demonstration_frames import load_demonstrations

FIRST, LAST = 8, 13


def dataset(folder: Path, *, marked: bool) -> LerobotDataset:
    """Return two episodes, the first of which was corrected."""
    job = {"test": "corrected", "encoder_sha256": ENCODER_SHA256}
    writer = LerobotWriter(folder, Layout(10, column_names(ROBOT.joint_names), ROBOT.name), job)
    for number in range(2):
        shown: Recorded = episode(number, 0)
        rows = np.arange(FRAMES)
        corrected = ((rows >= FIRST) & (rows < LAST) & (number == 0)).astype(np.int64)
        if marked:
            shown = replace(shown, columns={**shown.columns, CORRECTED: corrected})
        writer.write(number, [shown], {})
    writer.join([0, 1], {})
    return LerobotDataset(folder)


def test_frames_before_a_correction_are_left_out(tmp_path: Path) -> None:
    plain = load_demonstrations(dataset(tmp_path / "plain", marked=False)).learned
    marked = load_demonstrations(dataset(tmp_path / "marked", marked=True)).learned
    assert len(plain) == 2 * FRAMES
    assert len(marked) == 2 * FRAMES - (LAST - FIRST)
    kept = np.r_[0:FIRST, LAST : 2 * FRAMES]
    assert np.array_equal(marked.features, plain.features[kept])
    # Aims that fall into the span do not count; all others are as they were.
    assert plain.mask[FIRST - 3, 3] and not marked.mask[FIRST - 3, 3]
    assert marked.mask[FIRST - 3, :3].tolist() == plain.mask[FIRST - 3, :3].tolist()
    assert marked.mask[FIRST - 3, 3 + LAST - FIRST] == plain.mask[FIRST - 3, 3 + LAST - FIRST]
    assert np.array_equal(marked.mask[FRAMES - (LAST - FIRST) :], plain.mask[FRAMES:])
