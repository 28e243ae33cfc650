"""`make setup` on machines where something is wrong, as far as that needs no network."""

from __future__ import annotations

import importlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import mujoco
import pytest
from checkout import ROOT

sys.path.insert(0, str(ROOT / "scripts"))
debian_packages: ModuleType = importlib.import_module("debian_packages")
set_up: ModuleType = importlib.import_module("set_up")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of what set-up reads."""
    for name in ("scripts", "constraints"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    interfaces = tmp_path / "robomatrix_interfaces"
    shutil.copytree(ROOT / "robomatrix_interfaces", interfaces, ignore=shutil.ignore_patterns("build"))
    for name in ("setup.py", "Makefile"):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


def run(project: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {"PATH": "/usr/bin:/bin", "PYTHON": sys.executable} | environment
    command = ["sh", "scripts/setup.sh", *arguments]
    return subprocess.run(command, cwd=project, env=clean, capture_output=True, text=True, timeout=60, check=False)


def stamp_everything(project: Path, *, dev: bool = False) -> None:
    """Leave the stamps that a whole set-up leaves."""
    stamps = project / ".venv" / "robomatrix-setup"
    stamps.mkdir(parents=True, exist_ok=True)
    code = (
        "import sys; sys.path.insert(0, 'scripts'); import set_up, os\n"
        f"steps = set_up.steps(os.path.realpath(sys.executable), 'kilted', {dev})\n"
        "for step in steps: set_up.write_stamp(step)"
    )
    subprocess.run([sys.executable, "-c", code], cwd=project, timeout=60, check=True)


def test_nothing_to_do_says_nothing(project: Path) -> None:
    stamp_everything(project)
    result = run(project)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


@pytest.mark.parametrize(
    ("file", "undone"),
    [
        ("setup.py", {"packages", "dev"}),
        ("constraints/kilted.txt", {"packages", "dev"}),
        ("constraints/jazzy.txt", set()),
        ("robomatrix_interfaces/msg/Verdict.msg", {"interfaces"}),
        ("robomatrix_interfaces/CMakeLists.txt", {"interfaces"}),
        ("Makefile", set()),
    ],
)
def test_a_change_undoes_the_steps_that_depend_on_it(project: Path, file: str, undone: set[str]) -> None:
    stamp_everything(project, dev=True)
    with (project / file).open("a", encoding="utf-8") as changed:
        changed.write("# changed\n")
    code = (
        "import sys; sys.path.insert(0, 'scripts'); import set_up, os\n"
        "steps = set_up.steps(os.path.realpath(sys.executable), 'kilted', True)\n"
        "print(*(step.name for step in steps if not step.done))"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=project, capture_output=True, text=True, timeout=60, check=True
    )
    assert set(result.stdout.split()) == undone


def test_other_distro_undoes_everything(project: Path) -> None:
    stamp_everything(project)
    code = (
        "import sys; sys.path.insert(0, 'scripts'); import set_up, os\n"
        "print(sum(step.done for step in set_up.steps(os.path.realpath(sys.executable), 'jazzy', False)))"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=project, capture_output=True, text=True, timeout=60, check=True
    )
    assert result.stdout == "0\n"


def one_line(result: subprocess.CompletedProcess[str]) -> str:
    """Return the one line that a failed set-up may print to standard error."""
    assert result.returncode != 0
    assert "Traceback" not in result.stderr
    (line,) = result.stderr.strip().splitlines()
    return line


def test_foreign_environment_is_not_touched(project: Path) -> None:
    (project / ".venv").mkdir()
    (project / ".venv" / "mine").write_text("precious", encoding="utf-8")
    assert "was not made by make setup" in one_line(run(project))
    assert (project / ".venv" / "mine").read_text(encoding="utf-8") == "precious"


@pytest.mark.parametrize("python", ["/bin/false", "/no/such/python"])
def test_unusable_python(project: Path, python: str) -> None:
    line = one_line(run(project, PYTHON=python))
    assert python in line
    assert "3.11" in line


def test_no_python(project: Path, tmp_path: Path) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    for tool in ("sh", "dirname"):
        (tools / tool).symlink_to(shutil.which(tool) or tool)
    assert "no Python" in one_line(run(project, PYTHON="", PATH=str(tools)))


def test_unknown_distro(project: Path) -> None:
    result = run(project, "--distro", "humble")
    assert result.returncode == 2
    assert "jazzy" in result.stderr
    assert "kilted" in result.stderr


def test_failing_step_shows_the_log_and_leaves_no_stamp(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, path in {"VENV": ".venv", "STAMPS": ".venv/robomatrix-setup", "CACHE": ".cache"}.items():
        monkeypatch.setattr(set_up, name, tmp_path / path)
    monkeypatch.setattr(set_up, "LOG", tmp_path / ".cache" / "setup.log")
    set_up.STAMPS.mkdir(parents=True)
    fail = set_up.Step("one", "first step", "key", lambda: set_up.command(["sh", "-c", "echo the reason; exit 3"]))
    never = set_up.Step("two", "second step", "key", lambda: pytest.fail("ran after a failure"))
    monkeypatch.setattr(set_up, "steps", lambda *_: [fail, never])
    monkeypatch.setattr(debian_packages, "missing", list)
    monkeypatch.setattr(sys, "argv", ["set_up.py", "--python", sys.executable])
    assert set_up.main() == 1
    error = capsys.readouterr().err
    assert "the reason" in error
    assert "status 3" in error
    assert str(set_up.LOG) in error
    assert list(set_up.STAMPS.iterdir()) == []


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An ordinary user whose PATH is this folder alone; it holds an apt-get that would fail."""
    folder = tmp_path / "tools"
    folder.mkdir()
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setenv("PATH", str(folder))
    program(folder / "apt-get", "exit 100")
    return folder


def program(path: Path, body: str) -> None:
    path.write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
    path.chmod(0o755)


INSTALL = "apt-get install --yes --no-install-recommends g++ libegl1"
COMMAND = f"sudo apt-get update && sudo {INSTALL}"


@pytest.mark.usefixtures("tools")
def test_without_sudo_it_names_the_command() -> None:
    with pytest.raises(debian_packages.Unmet, match=re.escape(COMMAND)):
        debian_packages.install(["g++", "libegl1"], Path(os.devnull))


def test_with_a_sudo_that_wants_a_password_it_names_the_command(tools: Path) -> None:
    program(tools / "sudo", f'echo "$*" >> {tools}/asked; exit 1')
    with pytest.raises(debian_packages.Unmet, match=re.escape(COMMAND)):
        debian_packages.install(["g++", "libegl1"], Path(os.devnull))
    assert (tools / "asked").read_text(encoding="utf-8") == "-n true\n"


def test_with_a_free_sudo_it_installs(tools: Path) -> None:
    program(tools / "sudo", f'echo "$*" >> {tools}/asked')
    debian_packages.install(["g++", "libegl1"], Path(os.devnull))
    *_, last = (tools / "asked").read_text(encoding="utf-8").splitlines()
    assert last.endswith(INSTALL.removeprefix("apt-get "))


def test_failing_apt_names_log_and_command(tools: Path, tmp_path: Path) -> None:
    program(tools / "sudo", '[ "$*" = "-n true" ] || { echo "no such package"; exit 100; }')
    with pytest.raises(debian_packages.Unmet, match=re.escape(COMMAND)) as caught:
        debian_packages.install(["g++", "libegl1"], tmp_path / "log")
    assert str(tmp_path / "log") in str(caught.value)
    assert "no such package" in (tmp_path / "log").read_text(encoding="utf-8")


def test_without_apt_it_says_what_is_missing(tools: Path) -> None:
    (tools / "apt-get").unlink()
    with pytest.raises(debian_packages.Unmet, match="g\\+\\+ libegl1"):
        debian_packages.install(["g++", "libegl1"], Path(os.devnull))


def test_this_machine_has_what_it_needs_once_set_up() -> None:
    if not set_up.STAMPS.is_dir():
        pytest.skip("this checkout was not set up with make")
    assert debian_packages.missing() == []


def test_the_look_for_a_display_leaves_it_to_whoever_draws_on_it() -> None:
    model = mujoco.MjModel.from_xml_string("<mujoco/>")
    mujoco.Renderer(model, 8, 8).close()
    assert debian_packages.egl_starts()
    mujoco.Renderer(model, 8, 8).close()
