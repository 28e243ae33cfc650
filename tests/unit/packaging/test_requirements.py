"""One version, one set of dependencies, in every file that names them."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import xml.etree.ElementTree as ET

import pytest
from checkout import ROOT

import robomatrix_py

# Comes from ROS and from no Python package, or belongs to `ros2 launch` only.
ONLY_ROS = {"robomatrix_interfaces", "ros2launch", "launch_ros", "tf2_msgs"}
# rosdep's name of what pip calls otherwise.
ROSDEP = {"pillow": "pil", "pyyaml": "yaml"}
# What a module is called whose package is called otherwise; all else by its own name.
PACKAGE_OF = {
    "PIL": "pillow",
    "cv2": "opencv-python-headless",
    "yaml": "pyyaml",
    "hydra": "hydra-core",
    "omegaconf": "hydra-core",
    "open_clip": "open-clip-torch",
}
NOT_FROM_PIP = {"robomatrix_py", "robomatrix_interfaces", "_typeshed", "tf2_msgs"}
NO_ROSDEP_KEY = {"av", "mcap", "mink", "openvino", "ruckig"}


def manifest(path: str) -> ET.Element:
    return ET.parse(ROOT / path).getroot()  # noqa: S314  our own file


def setup_value(field: str) -> str:
    command = [sys.executable, "setup.py", "-q", field]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True).stdout.strip()


def requirements() -> dict[str, list[str]]:
    """Return the requirement lists of setup.py by name, read from its source."""
    names: dict[str, object] = {}
    source = (ROOT / "setup.py").read_text(encoding="utf-8").split("\nsetup(")[0]
    exec(compile(source.replace("__file__", repr(str(ROOT / "setup.py"))), "setup.py", "exec"), names)  # noqa: S102
    base, extras = names["BASE"], names["EXTRAS"]
    assert isinstance(base, list)
    assert isinstance(extras, dict)
    return {"base": base, **extras}


def name_of(requirement: str) -> str:
    return re.split(r"[\[<>=~!; ]", requirement)[0].lower().replace("_", "-")


def test_one_version() -> None:
    versions = {
        manifest("package.xml").findtext("version"),
        manifest("robomatrix_interfaces/package.xml").findtext("version"),
        setup_value("--version"),
        robomatrix_py.__version__,
    }
    assert len(versions) == 1, versions


def test_one_name() -> None:
    assert manifest("package.xml").findtext("name") == setup_value("--name").replace("-", "_") == "robomatrix_py"


def test_package_xml_names_every_requirement() -> None:
    declared = {element.text for element in manifest("package.xml").iter("exec_depend")}
    for requirement in map(name_of, requirements()["base"]):
        if requirement in NO_ROSDEP_KEY:
            continue
        key = ROSDEP.get(requirement, requirement)
        candidates = {f"python3-{key}", f"python3-{key}-pip", key.replace("-", "_")}
        assert candidates & declared, f"{requirement}: none of {sorted(candidates)} in package.xml"


@pytest.mark.parametrize("distro", ["kilted", "jazzy"])
def test_package_xml_names_every_ros_package(distro: str) -> None:
    declared = {element.text for element in manifest("package.xml").iter("exec_depend")}
    wheels = {name_of(item).removeprefix("ros-").removeprefix("jazzy-") for item in requirements()[distro]}
    in_xml = {name for name in declared if name and not name.startswith("python3-") and name != "py_trees"}
    assert {name.replace("-", "_") for name in wheels} == in_xml - ONLY_ROS


def test_every_requirement_has_an_upper_bound() -> None:
    for extra, items in requirements().items():
        for item in items:
            assert re.search(r"(<|~=|==)", item), f"{extra}: {item}"


@pytest.mark.parametrize("distro", ["kilted", "jazzy"])
def test_every_requirement_is_frozen(distro: str) -> None:
    lines = (ROOT / "constraints" / f"{distro}.txt").read_text(encoding="utf-8").splitlines()
    frozen = {line.partition("==")[0] for line in lines if not line.startswith("#")}
    other = {"kilted": "jazzy", "jazzy": "kilted"}[distro]
    for extra, items in requirements().items():
        if extra != other:
            assert {name_of(item) for item in items} <= frozen, extra


def imported_modules() -> set[str]:
    """Return every top-level module that the package imports anywhere, also inside functions."""
    found: set[str] = set()
    for path in (ROOT / "robomatrix_py").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                found.add((node.module or "").partition(".")[0])
    return found - set(sys.stdlib_module_names) - NOT_FROM_PIP


@pytest.mark.parametrize("distro", ["kilted", "jazzy"])
def test_every_import_is_required(distro: str) -> None:
    by_extra = requirements()
    named = {name_of(item) for extra, items in by_extra.items() if extra not in ("dev",) for item in items}
    ros = {name_of(item).removeprefix("ros-").removeprefix("jazzy-") for item in by_extra[distro]}
    for module in imported_modules():
        package = PACKAGE_OF.get(module, module).lower().replace("_", "-")
        assert package in named | ros, f"{module} is imported and not among the requirements"


def test_base_needs_neither_torch_nor_ros() -> None:
    for requirement in map(name_of, requirements()["base"]):
        assert requirement != "torch"
        assert not requirement.startswith("ros-")
