"""Where the tests find the checkout, and copies of it to build from."""

from __future__ import annotations

import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
DATA_FOLDERS = ("config", "hardware", "launch", "policies")
_PACKAGE_FILES = ("setup.py", "setup.cfg", "pyproject.toml", "package.xml", "LICENSE")
_LITTER = shutil.ignore_patterns("__pycache__", "*.pyc", ".*", "MUJOCO_LOG.TXT")


def copy_checkout(target: Path) -> Path:
    """Copy what the package is built from, so that building leaves nothing in the checkout."""
    for name in ("robomatrix_py", "resource", *DATA_FOLDERS):
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, target / name, ignore=_LITTER)
    for name in _PACKAGE_FILES:
        if (ROOT / name).exists():
            shutil.copy(ROOT / name, target / name)
    return target


def data_files(share: Path) -> dict[str, bytes]:
    """Return the content of every file in the data folders, by path."""
    paths = (path for top in DATA_FOLDERS for path in (share / top).rglob("*") if path.is_file())
    kept = (path for path in paths if "__pycache__" not in path.parts and not path.name.startswith("."))
    return {path.relative_to(share).as_posix(): path.read_bytes() for path in kept}
