"""The environment that every process of the graph gets."""

from __future__ import annotations

import importlib
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from robomatrix_py.contracts.errors import EnvironmentFault
from robomatrix_py.settings.share import share_folder

_ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def graph_defaults() -> dict[str, str]:
    """Return variables a graph needs where the user has set none."""
    defaults = {
        # Images as best effort need a larger shared-memory segment than Fast DDS takes by itself.
        "FASTDDS_DEFAULT_PROFILES_FILE": str(share_folder() / "config" / "fastdds.xml"),
        # Nobody outside this machine sees the graph unless the user says so.
        "ROS_AUTOMATIC_DISCOVERY_RANGE": "LOCALHOST",
        "MUJOCO_GL": "egl",
        "LP_NUM_THREADS": "1",
        "RCUTILS_COLORIZED_OUTPUT": "0",
    }
    defaults |= dict.fromkeys(_ONE_THREAD, "1")
    if "HOME" not in os.environ:
        # ROS logging fails without a home.
        defaults["HOME"] = tempfile.gettempdir()
    return defaults


def apply_graph_defaults() -> None:
    """Set them in this process, before rclpy, MuJoCo or what computes is imported.

    Threads that share small products, and cores with other work, mostly wait for each other: a product of 0.05 ms was
    seen to take 20. So libraries compute on one thread where the user has not said otherwise.
    """
    for key, value in graph_defaults().items():
        os.environ.setdefault(key, value)


def require_mujoco() -> None:
    """Import MuJoCo, which fails where the OpenGL that MUJOCO_GL names cannot even be loaded.

    Raises:
        EnvironmentFault: It cannot be imported.
    """
    try:
        importlib.import_module("mujoco")
    except (ImportError, AttributeError, OSError, RuntimeError) as error:
        raise EnvironmentFault(
            f"MuJoCo cannot be loaded with MUJOCO_GL={os.environ.get('MUJOCO_GL', '')}: {error}",
            remedy="unset MUJOCO_GL, or see 'robomatrix doctor'",
            code="GL",
        ) from error


def child_environment(log_folder: Path) -> Mapping[str, str]:
    """Return the environment of a node process.

    Args:
        log_folder: Where ROS writes its logs.
    """
    environment = graph_defaults() | os.environ
    # Else the last words of a process that dies are still in its buffer, or come out of order.
    environment["PYTHONUNBUFFERED"] = "1"
    environment["ROS_LOG_DIR"] = str(log_folder)
    environment["ROBOMATRIX_SUPERVISOR_PID"] = str(os.getpid())
    return environment
