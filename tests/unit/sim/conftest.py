"""Lets the tests of this folder share their worlds by name."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

# Read when mujoco is first imported: draw without a display, and with one thread on the processor.
os.environ.setdefault("MUJOCO_GL", "egl")
os.environ.setdefault("LP_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).parent))

from sim_worlds import make_world

from robomatrix_py.sim.world import SimWorld


@pytest.fixture
def world() -> SimWorld:
    """Return the default scene of seed 0."""
    return make_world()
