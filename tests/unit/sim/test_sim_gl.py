"""Which OpenGL draws: EGL unless the user says otherwise, and one line when it cannot."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

GL_KEYS = ("MUJOCO_GL", "PYOPENGL_PLATFORM", "LP_NUM_THREADS", "DISPLAY")


def probe(**environment: str) -> subprocess.CompletedProcess[str]:
    """Run the probe as `robomatrix doctor` does, with nothing else said about graphics."""
    clean = {key: value for key, value in os.environ.items() if key not in GL_KEYS}
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "robomatrix_py.sim.gl_probe"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env=clean | environment,
    )


@pytest.mark.gl
def test_by_default_egl_draws() -> None:
    result = probe()
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.endswith("draws with MUJOCO_GL=egl\n")


@pytest.mark.parametrize("backend", ["glfw", "nonsense"])
def test_what_cannot_draw_is_named_on_one_line(backend: str) -> None:
    """No display for glfw."""
    result = probe(MUJOCO_GL=backend)
    assert result.returncode == 1
    assert result.stdout.startswith(f"MUJOCO_GL={backend}: ")
    assert result.stdout.count("\n") == 1
    assert "Traceback" not in result.stderr


def test_the_users_choice_is_not_mixed_with_egl() -> None:
    result = probe(MUJOCO_GL="osmesa")
    assert "PYOPENGL_PLATFORM" not in result.stdout
