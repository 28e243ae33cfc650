"""What holds for all tests."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from hypothesis import settings

# Tests of several folders ask a scripted language model, in the scenes of the scheduler's tests.
sys.path[:0] = [str(Path(__file__).parent / folder) for folder in ("scripted_model", "unit/scheduler")]

# MuJoCo chooses how to draw when it is first imported, by whichever test comes first.
os.environ.setdefault("MUJOCO_GL", "egl")

# What runs leave in the user's own data (counts of successes, macro-skills) must not pass from test run to test run.
_OWN_DATA = tempfile.TemporaryDirectory(prefix="robomatrix-tests-")
os.environ["XDG_DATA_HOME"] = _OWN_DATA.name

# How long an example takes says more about the machine than about the code: figures of time are for benchmarks.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
