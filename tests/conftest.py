"""What holds for all tests."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from hypothesis import settings

# Tests of several folders ask a scripted language model, in the scenes of the scheduler's tests.
sys.path[:0] = [str(Path(__file__).parent / folder) for folder in ("scripted_model", "unit/scheduler")]

# MuJoCo chooses how to draw when it is first imported, by whichever test comes first.
os.environ.setdefault("MUJOCO_GL", "egl")

# How long an example takes says more about the machine than about the code: figures of time are for benchmarks.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
