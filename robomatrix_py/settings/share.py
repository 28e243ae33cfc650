"""Finds the data folders: `config/`, `hardware/`, `policies/`, `launch/`.

They are found from a source checkout (also when installed editable or by `colcon build --symlink-install`), from a
wheel and from a ROS install space alike.
"""

from __future__ import annotations

import os
import sys
import sysconfig
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from robomatrix_py.contracts.errors import ConfigError, EnvironmentFault

_MARK = Path("config") / "robomatrix.yaml"
MODEL_MARK = "manifest.json"
"""What the folder of an encoder or an action model holds."""


def _candidates() -> Iterator[Path]:
    package = Path(__file__).resolve().parents[1]
    yield package.parent
    # <prefix>/lib/pythonX.Y/site-packages/robomatrix_py -> <prefix>/share/robomatrix_py
    for parent in package.parents:
        yield parent / "share" / "robomatrix_py"
    yield Path(sysconfig.get_path("data")) / "share" / "robomatrix_py"
    yield Path(sys.prefix) / "share" / "robomatrix_py"
    for prefix in os.environ.get("AMENT_PREFIX_PATH", "").split(os.pathsep):
        if prefix:
            yield Path(prefix) / "share" / "robomatrix_py"


@cache
def share_folder() -> Path:
    """Return the folder that holds `config/`, `hardware/` and `policies/`.

    Raises:
        EnvironmentFault: It is not installed.
    """
    if named := os.environ.get("ROBOMATRIX_SHARE"):
        if (Path(named) / _MARK).is_file():
            return Path(named)
        raise EnvironmentFault(f"ROBOMATRIX_SHARE is {named}, which holds no {_MARK}", remedy="correct or unset it")
    for folder in _candidates():
        if (folder / _MARK).is_file():
            return folder
    raise EnvironmentFault(
        "the data folders config/, hardware/ and policies/ are not installed",
        remedy="install the package again, or name their folder in ROBOMATRIX_SHARE",
    )


def find_folder(kind: str, name: str, mark: str) -> Path:
    """Return the folder of one robot or skill.

    Args:
        kind: ``hardware`` or ``policies``.
        name: Folder name as the user gave it.
        mark: File the folder must hold.

    Raises:
        ConfigError: There is none; the message lists those that there are.
    """
    root = share_folder() / kind
    known = sorted(path.parent.name for path in root.glob(f"*/{mark}"))
    if name not in known:
        label = {"hardware": "camera" if mark == "camera.yaml" else "robot", "policies": "skill"}.get(kind, kind)
        raise ConfigError(f"unknown {label} '{name}'", permitted=known, code=f"UNKNOWN_{label.upper()}")
    return root / name


def objects_folder(name: str) -> Path | None:
    """Return where objects that were added from pictures are kept; it need not exist. None for an empty name.

    Args:
        name: ``user`` for the folder in the user's own data (`XDG_DATA_HOME`), or a path with a ``/`` in it.

    Raises:
        ConfigError: It is neither.
    """
    return _users_own(name, "objects", "perception.objects")


def experience_file(name: str) -> Path | None:
    """Return the file that counts how skills went in earlier runs; it need not exist. None for an empty name.

    Args:
        name: ``user`` for a file in the user's own data (`XDG_DATA_HOME`), or a path with a ``/`` in it.

    Raises:
        ConfigError: It is neither.
    """
    return _users_own(name, "experience.jsonl", "feasibility.record")


def macros_folder(name: str) -> Path | None:
    """Return where the user's macro-skills are kept; it need not exist. None for an empty name.

    Args:
        name: ``user`` for the folder in the user's own data (`XDG_DATA_HOME`), or a path with a ``/`` in it.

    Raises:
        ConfigError: It is neither.
    """
    return _users_own(name, "macros", "macros")


def calibration_folder(name: str) -> Path | None:
    """Return where what was measured of the user's robots is kept; it need not exist. None for an empty name.

    Args:
        name: ``user`` for the folder in the user's own data (`XDG_DATA_HOME`), or a path with a ``/`` in it.

    Raises:
        ConfigError: It is neither.
    """
    return _users_own(name, "calibration", "cameras.calibration")


def _users_own(name: str, leaf: str, where: str) -> Path | None:
    if not name:
        return None
    if name == "user":
        return Path(os.environ.get("XDG_DATA_HOME") or Path("~/.local/share").expanduser()) / "robomatrix" / leaf
    if "/" not in name:
        raise ConfigError(f"no folder '{name}'", where=where, permitted="user, or a path with a '/'")
    return Path(name).expanduser()


def find_model(name: str) -> Path:
    """Return the folder of an encoder or an action model.

    Args:
        name: Folder under policies/, or a path with a ``/`` in it to one that is elsewhere.

    Raises:
        ConfigError: There is none.
    """
    if "/" not in name:
        return find_folder("policies", name, MODEL_MARK).resolve()
    folder = Path(name).expanduser()
    if not (folder / MODEL_MARK).is_file():
        raise ConfigError(f"no {MODEL_MARK} in '{folder}'", where="policies", remedy="name the folder of a model")
    return folder.resolve()
