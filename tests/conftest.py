"""What holds for all tests."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings

# Tests of several folders ask a scripted language model, in the scenes of the scheduler's tests, or run doubles.
_SHARED = ("scripted_model", "unit/scheduler", "hardware/doubles")
sys.path[:0] = [str(Path(__file__).parent / folder) for folder in _SHARED]

# MuJoCo chooses how to draw when it is first imported, by whichever test comes first.
os.environ.setdefault("MUJOCO_GL", "egl")

# What runs leave in the user's own data (counts of successes, macro-skills) must not pass from test run to test run.
_OWN_DATA = tempfile.TemporaryDirectory(prefix="robomatrix-tests-")
os.environ["XDG_DATA_HOME"] = _OWN_DATA.name

# How long an example takes says more about the machine than about the code: figures of time are for benchmarks.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

_status = pytest.StashKey[int]()


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Keep how the tests ended."""
    session.config.stash[_status] = int(exitstatus)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """End a process that had ROS 2 in it at once, as told by its tests.

    After a hundred graphs, doubles and encoders in one process, C++ libraries of several makers crashed while they were
    unloaded, when every test had passed and been reported: make took that for a failure.
    """
    if "rclpy" not in sys.modules or hasattr(config, "workerinput") or _status not in config.stash:
        return
    _OWN_DATA.cleanup()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(config.stash[_status])
