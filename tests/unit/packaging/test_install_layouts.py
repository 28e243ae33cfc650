"""The data folders are found, whole, however the package was installed."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest
from checkout import ROOT, data_files
from installing import fresh_python, install

FIND = "from robomatrix_py.settings.share import share_folder; print(share_folder())"


def share_seen_by(python: Path, folder: Path, *path: Path) -> Path:
    """Return the share folder that a process finds which was started elsewhere, in a clean environment."""
    environment = {"PATH": "", "PYTHONPATH": os.pathsep.join(map(str, path))}
    command = [str(python), "-c", FIND]
    result = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert result.returncode == 0, result.stderr
    return Path(result.stdout.strip())


@pytest.mark.slow
def test_wheel(wheel: Path, tmp_path: Path) -> None:
    python = fresh_python(tmp_path / "venv")
    install(python, wheel)
    share = share_seen_by(python, tmp_path)
    assert share == tmp_path / "venv" / "share" / "robomatrix_py"
    assert data_files(share) == data_files(ROOT)


@pytest.mark.slow
def test_wheel_in_a_prefix_of_its_own(wheel: Path, tmp_path: Path) -> None:
    """As `colcon build` lays it out: a prefix on the PYTHONPATH, foreign to the running Python."""
    python = fresh_python(tmp_path / "venv")
    install(python, wheel, "--prefix", str(tmp_path / "prefix"))
    share = share_seen_by(python, tmp_path, *(tmp_path / "prefix" / "lib").glob("python3.*/site-packages"))
    assert share == tmp_path / "prefix" / "share" / "robomatrix_py"
    assert data_files(share) == data_files(ROOT)


@pytest.mark.slow
def test_editable(editable_wheel: Path, checkout: Path, tmp_path: Path) -> None:
    python = fresh_python(tmp_path / "venv")
    install(python, editable_wheel)
    share = share_seen_by(python, tmp_path)
    assert share == checkout
    assert data_files(share) == data_files(ROOT)


def test_symlink_install(tmp_path: Path) -> None:
    """As `colcon build --symlink-install` lays it out: a build folder of links into the checkout."""
    build = tmp_path / "build" / "robomatrix_py"
    build.mkdir(parents=True)
    (build / "robomatrix_py").symlink_to(ROOT / "robomatrix_py")
    assert share_seen_by(Path(sys.executable), tmp_path, build) == ROOT


@pytest.mark.slow
def test_colcon_symlink_install(checkout: Path, tmp_path: Path) -> None:
    """The real thing."""
    pytest.importorskip("colcon_core", reason="colcon is not installed")
    command = [sys.executable, "-m", "colcon", "build", "--symlink-install", "--base-paths", str(checkout)]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    site = sysconfig.get_path("purelib", vars={"base": str(tmp_path / "install" / "robomatrix_py")})
    share = share_seen_by(Path(sys.executable), tmp_path, tmp_path / "build" / "robomatrix_py", Path(site))
    assert share == checkout
    assert data_files(tmp_path / "install/robomatrix_py/share/robomatrix_py") == data_files(ROOT)


def test_every_file_of_the_package_is_in_the_wheel(wheel: Path) -> None:
    listed = subprocess.run(
        ["git", "ls-files", "robomatrix_py"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    if listed.returncode != 0:
        pytest.skip("not a git checkout")
    tracked = {name for name in listed.stdout.splitlines() if (ROOT / name).exists()}
    packed = set(zipfile.ZipFile(wheel).namelist())
    assert {name for name in tracked if not name.endswith("MUJOCO_LOG.TXT")} <= packed


def test_wheel_holds_the_ament_index_and_the_command(wheel: Path) -> None:
    archive = zipfile.ZipFile(wheel)
    names = archive.namelist()
    assert any(name.endswith("share/ament_index/resource_index/packages/robomatrix_py") for name in names)
    assert any(name.endswith("share/robomatrix_py/package.xml") for name in names)
    (entry_points,) = (name for name in names if name.endswith(".dist-info/entry_points.txt"))
    assert "robomatrix = robomatrix_py.cli:main" in archive.read(entry_points).decode()
