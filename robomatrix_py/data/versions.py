"""Says what ran: versions, commit and machine. Imports none of what it reports."""

from __future__ import annotations

import platform
import subprocess
from importlib import metadata
from pathlib import Path
from typing import Any

import robomatrix_py

PACKAGES = ("numpy", "mujoco", "rclpy", "mink", "ruckig", "py_trees", "mcap", "av", "pillow")
_GIT_DEADLINE_S = 5.0


def collect_versions() -> dict[str, Any]:
    """Return the content of `versions.json`; what is not installed is None."""
    return {
        "robomatrix": robomatrix_py.__version__,
        "git_commit": git_commit(Path(robomatrix_py.__file__).parent),
        "python": platform.python_version(),
        "packages": {name: _package_version(name) for name in PACKAGES},
        "platform": platform.platform(),
        "cpu": cpu_model(),
    }


def git_commit(package: Path) -> str | None:
    """Return the commit of the checkout that a package folder belongs to, or None.

    ``+changes`` is appended where files differ from the commit.

    Args:
        package: The folder `robomatrix_py`. Where it is not directly in the root of a checkout, as when
            installed into an environment inside another project, there is no commit to name.
    """
    root = _git(package, "rev-parse", "--show-toplevel")
    if root is None or Path(root).resolve() != package.resolve().parent:
        return None
    commit = _git(package, "rev-parse", "HEAD")
    changed = _git(package, "status", "--porcelain", "--untracked-files=no")
    return f"{commit}+changes" if commit and changed else commit


def cpu_model(cpu_info: Path = Path("/proc/cpuinfo")) -> str:
    """Return the name of the processor, or its architecture where the kernel does not tell the name.

    Args:
        cpu_info: The kernel's list of processors.
    """
    try:
        lines = cpu_info.read_text(errors="replace").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _package_version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _git(folder: Path, *arguments: str) -> str | None:
    """Return what git says of a folder, or None where there is no git, no repository or no answer in time."""
    try:
        answer = subprocess.run(
            ["git", "-C", str(folder), *arguments],
            capture_output=True,
            text=True,
            timeout=_GIT_DEADLINE_S,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return answer.stdout.strip()
