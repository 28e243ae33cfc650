"""Runs to read: one really recorded from the simulated world, and short ones written by hand."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from example_run import record_example_run

from robomatrix_py.contracts.errors import DataError

# Read when mujoco is first imported: draw without a display, and with one thread on the processor.
os.environ.setdefault("MUJOCO_GL", "egl")
os.environ.setdefault("LP_NUM_THREADS", "1")


@pytest.fixture
def faults() -> list[DataError]:
    """What writers have reported; pass its `append` as `on_fault`."""
    return []


@pytest.fixture(scope="session")
def recorded_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a run folder recorded from the simulated world: real motion, frames and joint states."""
    pytest.importorskip("mujoco")
    return record_example_run(tmp_path_factory.mktemp("runs"))
