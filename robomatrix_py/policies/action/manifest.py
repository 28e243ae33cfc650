"""What a shipped action model says of itself. No torch."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from robomatrix_py.contracts.errors import ConfigError
from robomatrix_py.contracts.policy import CHUNK_DT_S, CHUNK_STEPS
from robomatrix_py.contracts.robot import RobotDescription
from robomatrix_py.policies.action.aims import NEAR_M, NUMBERS, UNITS
from robomatrix_py.policies.action.observation import NAMES

KIND = "action_model"
FORMAT = 1
MANIFEST_FILE = "manifest.json"
GRAPH_FILE = "policy.xml"
GRAPH_WEIGHTS_FILE = "policy.bin"
WEIGHTS_FILE = "weights.safetensors"
FILES = (GRAPH_FILE, GRAPH_WEIGHTS_FILE, WEIGHTS_FILE)
"""All that a model is made of, beside its manifest."""

_BYTES_MAX = 4 * 2**20


def describe_robot(robot: RobotDescription) -> dict[str, Any]:
    """Return what a manifest says of the robot."""
    return {"name": robot.name, "joints": list(robot.joint_names), "gripper": robot.gripper.name}


def describe_interface() -> dict[str, dict[str, Any]]:
    """Return what a manifest says of observations and aims, the normalisers left out."""
    return {
        "observation": {"names": list(NAMES)},
        "aims": {
            "columns": list(NUMBERS),
            "units": list(UNITS),
            "steps": CHUNK_STEPS,
            "dt_s": CHUNK_DT_S,
            "near_m": NEAR_M,
        },
    }


def read_manifest(folder: Path) -> tuple[dict[str, Any], str]:
    """Return a model's manifest, not looked into yet, and its hash.

    Raises:
        ConfigError: It is missing or is no JSON object.
    """
    path = folder / MANIFEST_FILE
    try:
        if path.stat().st_size > _BYTES_MAX:
            raise ConfigError("too large", where=str(path), permitted=f"{_BYTES_MAX} bytes", code="DAMAGED")
        data = path.read_bytes()
        values = json.loads(data)
    except (OSError, ValueError, RecursionError) as error:
        raise ConfigError(f"no manifest: {error}", where=str(path), code="DAMAGED") from error
    if not isinstance(values, dict):
        raise ConfigError("no manifest: not a JSON object", where=str(path), code="DAMAGED")
    return values, hashlib.sha256(data).hexdigest()


def note_measured(folder: Path, measured: Mapping[str, Any]) -> None:
    """Write what an evaluation measured into a model's manifest.

    Args:
        folder: Of the model.
        measured: By skill, with successes, trials and interval; JSON-serialisable.
    """
    values, _ = read_manifest(folder)
    write_manifest(folder, values | {"measured": dict(measured)})


def write_manifest(folder: Path, values: Mapping[str, Any]) -> None:
    """Write a manifest in place of an earlier one."""
    temporary = folder / f".{MANIFEST_FILE}.tmp"
    temporary.write_text(json.dumps(values, indent=1) + "\n", encoding="utf-8")
    temporary.replace(folder / MANIFEST_FILE)
