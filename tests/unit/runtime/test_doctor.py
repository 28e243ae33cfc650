"""The doctor: every check as it comes out here, and as it comes out where something lacks, with what to do."""

from __future__ import annotations

import ctypes
import json
import multiprocessing
import os
import resource
import shutil
from collections import namedtuple
from collections.abc import Iterator
from pathlib import Path

import pytest
from scripted_model import ScriptedModel, scripted_model

from robomatrix_py.runtime import doctor
from robomatrix_py.runtime.doctor import examine, to_json
from robomatrix_py.runtime.domain import DomainMark, RunningGraph
from robomatrix_py.runtime.findings import Check, Level
from robomatrix_py.settings.share import share_folder

Usage = namedtuple("Usage", "total used free")


@pytest.fixture(scope="module")
def model() -> Iterator[ScriptedModel]:
    with scripted_model() as running:
        yield running


@pytest.fixture(autouse=True)
def _own_runtime_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.delenv("ROS_DOMAIN_ID", raising=False)


@pytest.fixture
def share(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return a copy of the data folders that a test may damage, and have it used."""
    copy = tmp_path / "share"
    for name in ("config", "hardware", "policies"):
        shutil.copytree(share_folder() / name, copy / name)
    monkeypatch.setenv("ROBOMATRIX_SHARE", str(copy))
    share_folder.cache_clear()
    yield copy
    share_folder.cache_clear()


@pytest.fixture(scope="module")
def here() -> dict[str, Check]:
    """Return every finding on this machine."""
    return {check.name: check for check in examine("ur5e")}


NAMES = {
    "python",
    "packages",
    "data folders",
    "robot",
    "skills",
    "encoder",
    "language model",
    "graphics",
    "ros 2",
    "shared memory",
    "real-time priority",
    "disk",
    "ros domain",
}


def test_every_part_is_looked_at(here: dict[str, Check]) -> None:
    assert set(here) == NAMES


@pytest.mark.gl
@pytest.mark.ros
@pytest.mark.parametrize("name", sorted(NAMES - {"real-time priority", "disk", "shared memory"}))
def test_on_a_machine_that_was_set_up_it_is_ok(name: str, here: dict[str, Check]) -> None:
    assert here[name].level is Level.OK, here[name]
    assert here[name].remedy == ""
    assert here[name].message


def assert_advises(check: Check, level: Level, message: str, remedy: str) -> None:
    assert check.level is level, check
    assert message in check.message
    assert remedy in check.remedy
    assert "\n" not in check.message + check.remedy


def test_missing_package_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "_PACKAGES", ("numpy", "no-such-package"))
    assert_advises(doctor._packages(), Level.FAILED, "missing: no-such-package", "make setup")


def test_missing_data_folders_fail(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ROBOMATRIX_SHARE", str(tmp_path))
    share_folder.cache_clear()
    try:
        assert_advises(doctor._data_folders(), Level.FAILED, "ROBOMATRIX_SHARE", "correct or unset it")
    finally:
        share_folder.cache_clear()


def test_unknown_robot_fails_with_those_that_there_are() -> None:
    assert_advises(doctor._robot("ur99"), Level.FAILED, "unknown robot 'ur99'; permitted: ", "robot")


def test_robot_without_limits_fails(share: Path) -> None:
    path = share / "hardware" / "ur5e" / "robot.yaml"
    lines = [line for line in path.read_text().splitlines() if "velocity_rad_s" not in line]
    path.write_text("\n".join(lines))
    assert_advises(doctor._robot("ur5e"), Level.FAILED, "velocity_rad_s", "robot.yaml")


def test_broken_skill_fails_with_its_file(share: Path) -> None:
    (share / "policies" / "grasp" / "skill.yaml").write_text("name: grasp\nspeed: 9\n")
    assert_advises(doctor._skills(), Level.FAILED, "grasp/skill.yaml", "skills lint")


def test_damaged_encoder_fails(share: Path) -> None:
    path = share / "policies" / "encoder" / "image.bin"
    path.write_bytes(path.read_bytes()[:-1])
    wrong = "image.bin is not the file that the manifest names"
    assert_advises(doctor._encoder(), Level.FAILED, wrong, "train encoder")


@pytest.mark.parametrize(
    "environment",
    [
        {"MUJOCO_GL": "egl", "__EGL_VENDOR_LIBRARY_FILENAMES": "/nonexistent"},
        {"MUJOCO_GL": "glfw", "DISPLAY": "", "WAYLAND_DISPLAY": ""},
        {"MUJOCO_GL": "bogus"},
    ],
    ids=lambda environment: environment["MUJOCO_GL"],
)
def test_no_opengl_fails(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    for key, value in environment.items():
        monkeypatch.setenv(key, value)
    assert_advises(doctor._graphics(), Level.FAILED, environment["MUJOCO_GL"], "apt-get install libegl1")


def test_no_ros_fails(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "rclpy.py").write_text("raise ImportError('librcl.so: cannot open shared object file')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
    assert_advises(doctor._ros(), Level.FAILED, "librcl.so: cannot open", "make setup")


def test_probe_that_crashes_or_hangs_fails(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "crashing_probe.py").write_text("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)")
    (tmp_path / "hanging_probe.py").write_text("import time; time.sleep(30)")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
    assert_advises(doctor._probe("x", "crashing_probe", "do so"), Level.FAILED, "ended with code -11", "do so")
    monkeypatch.setattr(doctor, "_PROBE_S", 0.3)
    assert_advises(doctor._probe("x", "hanging_probe", "do so"), Level.FAILED, "no answer within", "do so")


def test_shared_memory_that_is_missing_or_small_fails(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(0, 0, 64 * 2**20))
    assert_advises(doctor._shared_memory(), Level.FAILED, "64 MB free, 256 needed", "--shm-size=512m")
    monkeypatch.setattr(doctor, "_SHARED_MEMORY", tmp_path / "nothing")
    assert_advises(doctor._shared_memory(), Level.FAILED, "cannot be written", "mount it")


def forbid_priority() -> None:
    """Take real-time priority away from this process and its children."""
    capability_of_nice, drop = 23, 24
    ctypes.CDLL(None).prctl(drop, capability_of_nice, 0, 0, 0)
    resource.setrlimit(resource.RLIMIT_RTPRIO, (0, 0))


def report_priority(queue: multiprocessing.Queue[Check]) -> None:
    forbid_priority()
    queue.put(doctor._priority())


def test_forbidden_priority_is_a_warning() -> None:
    fork = multiprocessing.get_context("fork")
    queue = fork.Queue()
    process = fork.Process(target=report_priority, args=(queue,))
    process.start()
    check = queue.get(timeout=30)
    process.join(10)
    assert_advises(check, Level.WARNING, "not permitted", "rtprio")


def test_little_room_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(0, 0, 20 * 2**20))
    assert_advises(doctor._disk(), Level.WARNING, "20 MB free here", "--out")


def test_folder_that_is_gone_is_a_finding_and_no_crash(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert_advises(doctor._disk(), Level.WARNING, "No such file", "--out")


def test_senseless_domain_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROS_DOMAIN_ID", "900")
    assert_advises(doctor._domain(), Level.FAILED, "ROS_DOMAIN_ID is '900'", "ROS_DOMAIN_ID")


def test_graph_that_runs_is_told() -> None:
    with DomainMark(0) as mark:
        mark.take(RunningGraph(4711, "ur5e", "tabletop", 0))
        assert_advises(doctor._domain(), Level.OK, "domain 0: a graph runs there (process 4711, robot ur5e)", "")


def test_json_names_the_worst_finding() -> None:
    fine, odd = Check("a", Level.OK, "well"), Check("b", Level.WARNING, "so so", "do that")
    bad = Check("c", Level.FAILED, "no", "do this")
    assert json.loads(to_json([fine]))["level"] == "ok"
    assert json.loads(to_json([odd, fine]))["level"] == "warning"
    found = json.loads(to_json([fine, bad, odd]))
    assert found["level"] == "failed"
    assert found["checks"][1] == {"name": "c", "level": "failed", "message": "no", "remedy": "do this"}


# The language model


def test_no_language_model_is_no_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    check = doctor._language_model()
    assert (check.level, check.message) == (Level.OK, "none configured; the planner symbolic needs none")


@pytest.mark.parametrize(
    ("act", "level", "words"),
    [
        ({"status": 200, "body": '{"data": [{"id": "small"}, {"id": "big"}]}'}, Level.OK, "offers small"),
        ({"status": 200, "body": '{"data": [{"id": "big"}]}'}, Level.WARNING, "does not list the model 'small'"),
        ({"status": 200, "body": "[]"}, Level.WARNING, "no list of models"),
        ({"status": 200, "body": '{"data": 5}'}, Level.WARNING, "no list of models"),
        ({"status": 401}, Level.WARNING, "check the key"),
        ({"status": 502}, Level.WARNING, "answers 502"),
        ({"raw": ""}, Level.WARNING, "the connection failed"),
    ],
)
def test_configured_language_model_is_asked_for_its_models(
    act: dict[str, object], level: Level, words: str, model: ScriptedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = model.play(act)
    monkeypatch.setenv("OPENAI_BASE_URL", script.base_url)
    monkeypatch.setenv("OPENAI_MODEL", "small")
    check = doctor._language_model()
    assert check.level is level
    assert words in check.message
    assert check.remedy or level is Level.OK
    (request,) = script.requests()
    assert (request["method"], request["path"].rpartition("/")[2]) == ("GET", "models")


def test_endpoint_without_a_model_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    monkeypatch.delenv("OPENAI_MODEL", raising=False)
    check = doctor._language_model()
    assert check.level is Level.WARNING
    assert "OPENAI_MODEL" in check.remedy
