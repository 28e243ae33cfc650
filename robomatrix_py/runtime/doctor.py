"""Checks whether this machine can run RoboMatrix, and says what to do where it cannot."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict
from importlib import metadata
from pathlib import Path

from robomatrix_py.contracts.errors import RobomatrixError
from robomatrix_py.policies.clip.inference import ClipEncoder
from robomatrix_py.runtime.camera_doctor import examine_cameras
from robomatrix_py.runtime.device_doctor import examine_device
from robomatrix_py.runtime.domain import DomainMark, domain_id
from robomatrix_py.runtime.environment import graph_defaults
from robomatrix_py.runtime.findings import Check, Level
from robomatrix_py.scheduler.language_model.endpoint import is_configured, resolve_endpoint
from robomatrix_py.scheduler.language_model.probe import probe
from robomatrix_py.settings.robots import load_robot
from robomatrix_py.settings.settings import Settings, resolve
from robomatrix_py.settings.share import find_folder, share_folder
from robomatrix_py.settings.skills import load_skills

_PROBE_S = 30.0
_SHARED_MEMORY = Path("/dev/shm")  # noqa: S108  where Fast DDS keeps its segments
_SHARED_MEMORY_MIN_MB = 256
_DISK_MIN_MB = 500
_ENCODER = "encoder"
_PACKAGES = ("numpy", "mujoco", "mink", "ruckig", "py_trees", "hydra-core", "mcap", "av", "openvino", "pillow", "rich")


def examine(robot: str, devices: Settings | None = None) -> list[Check]:
    """Run every check.

    Args:
        robot: Robot whose description is looked at.
        devices: Where its real arm and its cameras are; None where only the simulation is of interest.
    """
    checks: list[Callable[[], Check]] = [
        _python,
        _packages,
        _data_folders,
        lambda: _robot(robot),
        _skills,
        _encoder,
        _language_model,
        _graphics,
        _ros,
        _shared_memory,
        _priority,
        _disk,
        _domain,
    ]
    found = [check() for check in checks]
    if devices is not None:
        found += [*examine_device(robot, devices.device), *examine_cameras(robot, devices.cameras)]
    return found


def to_json(checks: list[Check]) -> str:
    """Return the findings as one JSON object."""
    worst = max((check.level for check in checks), key=list(Level).index)
    return json.dumps({"level": worst, "checks": [asdict(check) for check in checks]}, indent=1)


def _python() -> Check:
    version = ".".join(map(str, sys.version_info[:3]))
    return Check("python", Level.OK, f"Python {version} at {sys.prefix}")


def _packages() -> Check:
    found, missing = [], []
    for name in _PACKAGES:
        try:
            found.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            missing.append(name)
    if missing:
        return Check("packages", Level.FAILED, f"missing: {', '.join(missing)}", "run 'make setup' or 'pip install .'")
    return Check("packages", Level.OK, ", ".join(found))


def _data_folders() -> Check:
    try:
        return Check("data folders", Level.OK, str(share_folder()))
    except RobomatrixError as error:
        return Check("data folders", Level.FAILED, error.what, error.remedy)


def _robot(name: str) -> Check:
    try:
        robot = load_robot(name)
    except RobomatrixError as error:
        advice = error.remedy or "choose another with --robot, or correct its robot.yaml"
        return Check("robot", Level.FAILED, str(error), advice)
    return Check("robot", Level.OK, f"{robot.name}: {robot.summary}")


def _skills() -> Check:
    try:
        skills = load_skills()
    except RobomatrixError as error:
        return Check("skills", Level.FAILED, str(error), "see 'robomatrix skills lint'")
    return Check("skills", Level.OK, f"{len(skills)}: {', '.join(sorted(skills))}")


def _encoder() -> Check:
    """Load the encoder of camera perception, which also tries OpenVINO and holds every file against its hash."""
    try:
        encoder = ClipEncoder(find_folder("policies", _ENCODER, "manifest.json"))
        encoder.read(("background",))
    except RobomatrixError as error:
        advice = error.remedy or "fetch policies/encoder anew, or make it: robomatrix train encoder"
        return Check("encoder", Level.FAILED, str(error), advice)
    return Check("encoder", Level.OK, f"{int(encoder.manifest['parameters']):,} parameters, runs on OpenVINO")


def _language_model() -> Check:
    """Ask the configured endpoint, if there is one, for its models. No other host is ever contacted."""
    name = "language model"
    try:
        config = resolve([]).planning.openai
        if not is_configured(config):
            return Check(name, Level.OK, "none configured; the planner symbolic needs none")
        return Check(name, Level.OK, probe(resolve_endpoint(config), config))
    except RobomatrixError as error:
        advice = error.remedy or "see docs/language-models.md; the planner symbolic takes over meanwhile"
        return Check(name, Level.WARNING, str(error), advice)


def _graphics() -> Check:
    remedy = "apt-get install libegl1 libgl1-mesa-dri, or run without cameras: robomatrix run --fast --no-video"
    return _probe("graphics", "robomatrix_py.sim.gl_probe", remedy)


def _ros() -> Check:
    return _probe("ros 2", "robomatrix_py.nodes.ros_probe", "run 'make setup', or source your ROS 2 installation")


def _probe(name: str, module: str, remedy: str) -> Check:
    """Run a probe in a process of its own, since what it tries may crash."""
    try:
        answer = subprocess.run(
            [sys.executable, "-m", module],
            capture_output=True,
            text=True,
            timeout=_PROBE_S,
            env=graph_defaults() | os.environ,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Check(name, Level.FAILED, f"no answer within {_PROBE_S:.0f} s", remedy)
    # A probe says on standard output what it found; what crashes before that says so on standard error.
    lines = (answer.stdout.strip() or answer.stderr.strip()).splitlines()
    message = lines[-1] if lines else f"ended with code {answer.returncode}"
    level = Level.OK if answer.returncode == 0 else Level.FAILED
    return Check(name, level, message, "" if level is Level.OK else remedy)


def _shared_memory() -> Check:
    name = "shared memory"
    if not os.access(_SHARED_MEMORY, os.W_OK | os.X_OK):
        return Check(name, Level.FAILED, f"{_SHARED_MEMORY} cannot be written", "mount it: images cross through it")
    free_mb = shutil.disk_usage(_SHARED_MEMORY).free // 2**20
    if free_mb < _SHARED_MEMORY_MIN_MB:
        remedy = f"make it larger, in a container with --shm-size={2 * _SHARED_MEMORY_MIN_MB}m"
        return Check(name, Level.FAILED, f"{free_mb} MB free, {_SHARED_MEMORY_MIN_MB} needed", remedy)
    return Check(name, Level.OK, f"{free_mb} MB free")


def _priority() -> Check:
    """Say whether control loops get real-time priority; without it they are less even on a busy machine."""
    name = "real-time priority"
    command = [sys.executable, "-c", "import os; os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(10))"]
    answer = subprocess.run(command, capture_output=True, timeout=_PROBE_S, check=False)
    if answer.returncode == 0:
        return Check(name, Level.OK, "permitted")
    remedy = "add 'YOURNAME - rtprio 50' to /etc/security/limits.conf and log in again"
    return Check(name, Level.WARNING, "not permitted: on a busy machine the gate may stop the robot more often", remedy)


def _disk() -> Check:
    advice = "free some room, or write runs elsewhere with --out"
    try:
        free_mb = shutil.disk_usage(Path.cwd()).free // 2**20
    except OSError as error:
        return Check("disk", Level.WARNING, f"the present folder cannot be asked: {error.strerror}", advice)
    if free_mb < _DISK_MIN_MB:
        return Check("disk", Level.WARNING, f"{free_mb} MB free here", advice)
    return Check("disk", Level.OK, f"{free_mb} MB free here")


def _domain() -> Check:
    try:
        domain = domain_id()
        graph = DomainMark(domain).read()
    except RobomatrixError as error:
        return Check("ros domain", Level.FAILED, str(error), error.remedy or "correct or unset ROS_DOMAIN_ID")
    running = f"a graph runs there (process {graph.pid}, robot {graph.robot})" if graph else "free"
    return Check("ros domain", Level.OK, f"domain {domain}: {running}")
