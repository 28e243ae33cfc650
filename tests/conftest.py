"""What holds for all tests."""

from __future__ import annotations

import os

from hypothesis import settings

# MuJoCo chooses how to draw when it is first imported, by whichever test comes first.
os.environ.setdefault("MUJOCO_GL", "egl")

# How long an example takes says more about the machine than about the code: figures of time are for benchmarks.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
