"""What may be imported where, as far as import-linter does not see it."""

from __future__ import annotations

import subprocess
import sys
import tomllib

from checkout import ROOT

# Refuses heavy modules wherever they are asked for, then imports everything that a base install runs.
IMPORT_ALL = """
import importlib, pkgutil, sys

class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"torch", "torchvision", "diffusers", "open_clip", "cv2"}:
            raise ImportError(f"{name} is not part of the base install")

sys.meta_path.insert(0, Refuse())
import robomatrix_py
for module in pkgutil.walk_packages(robomatrix_py.__path__, "robomatrix_py."):
    apart = ("policies", "nodes", "calibration", "runtime.calibration", "drivers.unitree")
    if not module.name.startswith(tuple(f"robomatrix_py.{name}" for name in apart)):
        importlib.import_module(module.name)
print(len([name for name in sys.modules if name.startswith("robomatrix_py.")]))
"""

CORES = """
import importlib, pkgutil, sys

class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] not in {*sys.stdlib_module_names, "numpy", "robomatrix_py"}:
            raise ImportError(f"{name} may not be imported by contracts or safety")

import numpy
sys.meta_path.insert(0, Refuse())
for package in ("robomatrix_py.contracts", "robomatrix_py.safety"):
    for module in pkgutil.walk_packages(importlib.import_module(package).__path__, package + "."):
        importlib.import_module(module.name)
"""


def run(code: str) -> str:
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_base_install_imports_no_torch() -> None:
    assert int(run(IMPORT_ALL)) > 20


def test_contracts_and_safety_need_numpy_only() -> None:
    run(CORES)


def test_every_package_has_its_place_among_the_layers() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    (layers,) = (contract["layers"] for contract in settings["contracts"] if contract["type"] == "layers")
    placed = {name.strip() for layer in layers for name in layer.split("|")}
    modules = {path.parent.name for path in (ROOT / "robomatrix_py").glob("*/__init__.py")}
    modules |= {path.stem for path in (ROOT / "robomatrix_py").glob("*.py")} - {"__init__"}
    assert placed == modules
