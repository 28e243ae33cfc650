"""PEP 517 build backend: an ament_cmake interface package as a Python wheel.

CMake builds and installs into a temporary prefix; what it installs becomes the wheel. The generated Python
modules are packed as an ordinary package. The shared libraries and the ament index are packed as data, so
that they land in ``<venv>/lib`` and ``<venv>/share``, where the ROS wheels look for them.

The ROS distribution is chosen by ``--config-settings ros-distro=NAME``. Its libraries are not compatible with
those of another one, so its name is part of the wheel's version.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import importlib.util
import io
import os
import subprocess
import sys
import sysconfig
import tempfile
import tomllib
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_PACKAGE = Path(__file__).resolve().parents[1]
_DEFAULT_DISTRO = "kilted"
_PYTHON = f"cp{sys.version_info.major}{sys.version_info.minor}"
_TAG = f"{_PYTHON}-{_PYTHON}-{sysconfig.get_platform().replace('-', '_').replace('.', '_')}"
# Zip archives cannot date a file before 1980. One fixed date makes equal content an equal wheel.
_ZIP_DATE = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Recipe:
    """What a ROS distribution needs, from pyproject.toml.

    Args:
        distro: Name of the ROS distribution, such as ``kilted``.
        build: Requirements for building.
        run: Requirements of the finished wheel.
        absent: CMake packages that the distribution's wheels ask for and do not carry.
    """

    distro: str
    build: tuple[str, ...]
    run: tuple[str, ...]
    absent: tuple[str, ...]


def read_recipe(config_settings: Mapping[str, Any] | None) -> Recipe:
    """Return the recipe of the chosen distribution.

    Args:
        config_settings: What the front end passes on; only ``ros-distro`` is read.

    Raises:
        SystemExit: The distribution is unknown.
    """
    table = tomllib.loads((_PACKAGE / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["ament-wheel"]
    distro = (config_settings or {}).get("ros-distro", _DEFAULT_DISTRO)
    known = sorted(name for name, value in table.items() if isinstance(value, dict))
    if distro not in known:
        raise SystemExit(f"ros-distro: '{distro}' is unknown; permitted: {', '.join(known)}")
    values = table[distro]
    return Recipe(
        distro,
        tuple(table["tools"] + values["build"] + values["run"]),
        tuple(values["run"]),
        tuple(values["absent"]),
    )


def get_requires_for_build_wheel(config_settings: Mapping[str, Any] | None = None) -> list[str]:
    """Return what must be installed before :func:`build_wheel` is called (PEP 517)."""
    return list(read_recipe(config_settings).build)


def prepare_metadata_for_build_wheel(
    metadata_directory: str, config_settings: Mapping[str, Any] | None = None
) -> str:
    """Write the metadata without compiling and return their folder's name (PEP 517)."""
    name, members = _dist_info(read_recipe(config_settings))
    folder = Path(metadata_directory) / name
    folder.mkdir()
    for file, content in members.items():
        (folder / file).write_bytes(content)
    return name


def build_wheel(
    wheel_directory: str,
    config_settings: Mapping[str, Any] | None = None,
    metadata_directory: str | None = None,
) -> str:
    """Build the wheel and return its file name (PEP 517).

    Args:
        wheel_directory: Where to put it.
        config_settings: See :func:`read_recipe`.
        metadata_directory: Not used.
    """
    recipe = read_recipe(config_settings)
    dist_info, metadata = _dist_info(recipe)
    stem = dist_info.removesuffix(".dist-info")
    wheel = Path(wheel_directory) / f"{stem}-{_TAG}.whl"
    with tempfile.TemporaryDirectory(prefix="ament_wheel_") as folder:
        prefix = compile_package(Path(folder), recipe)
        members = dict(_members(prefix, f"{stem}.data/data"))
    members |= {f"{dist_info}/{file}": content for file, content in metadata.items()}
    _write_wheel(wheel, members, f"{dist_info}/RECORD")
    return wheel.name


def build_sdist(sdist_directory: str, config_settings: Mapping[str, Any] | None = None) -> str:
    """Refuse (PEP 517): the sources are distributed as a ROS package."""
    raise NotImplementedError("robomatrix_interfaces has no source distribution; take the ROS package")


def compile_package(folder: Path, recipe: Recipe) -> Path:
    """Configure, build and install with CMake.

    Args:
        folder: An empty folder to work in.
        recipe: What the distribution needs.

    Returns:
        The install prefix, inside `folder`.

    Raises:
        subprocess.CalledProcessError: CMake failed; it has printed why.
    """
    build, prefix, modules = folder / "build", folder / "prefix", folder / "modules"
    modules.mkdir()
    for name in recipe.absent:
        (modules / f"Find{name}.cmake").write_text(f"set({name}_FOUND TRUE)\n", encoding="utf-8")
    search = os.pathsep.join(_ros_prefixes())
    environment = dict(os.environ, CMAKE_PREFIX_PATH=search, AMENT_PREFIX_PATH=search)
    cmake = [
        *("cmake", "-S", str(_PACKAGE), "-B", str(build), "-G", "Ninja"),
        "-DCMAKE_BUILD_TYPE=Release",
        "-DBUILD_TESTING=OFF",
        f"-DCMAKE_INSTALL_PREFIX={prefix}",
        f"-DCMAKE_MODULE_PATH={modules}",
        f"-DCMAKE_PROJECT_INCLUDE={_PACKAGE / 'wheel' / 'ros_wheels.cmake'}",
        f"-DPython3_EXECUTABLE={sys.executable}",
    ]
    subprocess.run(cmake, env=environment, check=True)
    subprocess.run(["cmake", "--build", str(build), "--target", "install/strip"], env=environment, check=True)
    return prefix


def _ros_prefixes() -> list[str]:
    """Return every prefix that holds ROS packages: pip may build in an overlay of several."""
    found = [sys.prefix]
    for module in ("ament_package", "geometry_msgs"):
        spec = importlib.util.find_spec(module)
        if spec is None or spec.origin is None:
            raise ModuleNotFoundError(f"{module}: a build requirement of pyproject.toml is not installed")
        # <prefix>/lib/pythonX.Y/site-packages/<module>/__init__.py
        found.append(str(Path(spec.origin).parents[4]))
    return list(dict.fromkeys(found))


def _members(prefix: Path, data: str) -> Iterator[tuple[str, bytes]]:
    """Yield archive name and content of all that CMake installed; `data` is the archive's folder for data."""
    for path in sorted(prefix.rglob("*")):
        if path.is_dir() or "__pycache__" in path.parts:
            continue
        parts = path.relative_to(prefix).parts
        if "site-packages" not in parts:
            yield "/".join((data, *parts)), path.read_bytes()
            continue
        inside = parts[parts.index("site-packages") + 1 :]
        # The generator's C sources and its own set of metadata are of no use at run time.
        if path.suffix != ".c" and not inside[0].endswith(".egg-info"):
            yield "/".join(inside), path.read_bytes()


def _dist_info(recipe: Recipe) -> tuple[str, dict[str, bytes]]:
    """Return the name of the metadata folder and its files."""
    manifest = ET.parse(_PACKAGE / "package.xml").getroot()
    name, version = manifest.findtext("name", ""), f"{manifest.findtext('version')}+{recipe.distro}"
    metadata = [
        "Metadata-Version: 2.1",
        f"Name: {name}",
        f"Version: {version}",
        f"Summary: {manifest.findtext('description')}",
        f"License: {manifest.findtext('license')}",
        f"Requires-Python: =={sys.version_info.major}.{sys.version_info.minor}.*",
        *(f"Requires-Dist: {requirement}" for requirement in recipe.run),
    ]
    wheel = ["Wheel-Version: 1.0", "Generator: ament_wheel", "Root-Is-Purelib: false", f"Tag: {_TAG}"]
    files = {"METADATA": metadata, "WHEEL": wheel}
    return f"{name}-{version}.dist-info", {
        file: ("\n".join(lines) + "\n").encode() for file, lines in files.items()
    }


def _write_wheel(wheel: Path, members: Mapping[str, bytes], record: str) -> None:
    """Write the archive under a temporary name, then rename it."""
    rows = io.StringIO()
    table = csv.writer(rows, lineterminator="\n")
    unfinished = wheel.with_name(wheel.name + ".part")
    with zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
            table.writerow([name, f"sha256={digest}", len(content)])
            _add(archive, name, content)
        table.writerow([record, "", ""])
        _add(archive, record, rows.getvalue().encode())
    unfinished.replace(wheel)


def _add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    info = zipfile.ZipInfo(name, _ZIP_DATE)
    info.external_attr = 0o644 << 16
    info.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(info, content)
