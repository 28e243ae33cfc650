"""Refuses every action model that does not fit. No torch.

Nothing in a model's folder runs code: the graph is OpenVINO's, the weights are safetensors, the manifest is JSON. Each
file is held against its hash, and the manifest against the robot, the encoder and this software's own observation.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from robomatrix_py.contracts.errors import ConfigError, SecurityRefusal
from robomatrix_py.contracts.policy import SKILLS, WHOLE_TASKS
from robomatrix_py.contracts.robot import RobotDescription
from robomatrix_py.policies.action.aims import NUMBERS
from robomatrix_py.policies.action.manifest import (
    FILES,
    FORMAT,
    KIND,
    MANIFEST_FILE,
    WEIGHTS_FILE,
    describe_interface,
    describe_robot,
    read_manifest,
)
from robomatrix_py.policies.action.observation import CAMERAS, NAMES
from robomatrix_py.policies.calls import refuse_calls

_KEYS = {
    "": {
        *("kind", "format", "robot", "cameras", "observation", "aims", "skills", "sampling_steps", "parameters"),
        *("encoder_sha256", "data_sha256", "data", "training", "held_out", "measured"),
        *("robomatrix", "commit", "license", "sha256"),
    },
    "robot": {"name", "joints", "gripper"},
    "observation": {"names", "mean", "spread"},
    "aims": {"columns", "units", "steps", "dt_s", "near_m", "mean", "spread"},
}
_PICKLES = (".pt", ".pth", ".pkl", ".pickle", ".ckpt", ".joblib", ".dill")
_HEADER_BYTES_MAX = 2**20
_ZIP, _PICKLE = b"PK\x03\x04", b"\x80"


@dataclass(frozen=True)
class Manifest:
    """A manifest that fits.

    Args:
        values: Its content.
        sha256: Its hash, by which runs name the model.
    """

    values: Mapping[str, Any]
    sha256: str

    @property
    def skills(self) -> tuple[str, ...]:
        """The skills it was trained for, or the whole tasks."""
        return tuple(self.values["skills"])


def load_manifest(folder: Path, robot: RobotDescription, encoder_sha256: str) -> Manifest:
    """Return a model's manifest after holding it and every file against what is needed.

    Args:
        folder: Of the model.
        robot: The robot at hand.
        encoder_sha256: Hash of the encoder at hand.

    Raises:
        ConfigError: A file is missing, damaged or another one; or the model is for another robot, encoder,
            observation or action.
        SecurityRefusal: The folder holds a pickle, or the manifest names something to call.
    """
    path = folder / MANIFEST_FILE
    values, digest = read_manifest(folder)
    refuse_calls(values, str(path))
    if values.get("kind") != KIND or values.get("format") != FORMAT:
        found = f"kind {values.get('kind')!r}, format {values.get('format')!r}"
        raise ConfigError(found, where=str(path), permitted=f"{KIND!r}, {FORMAT}", code="KIND")
    for part, keys in _KEYS.items():
        _check_keys(values[part] if part else values, keys, f"{path}:{part}" if part else str(path))
    _check_files(folder, values["sha256"])
    _check_interface(values, path)
    _check_weights(folder / WEIGHTS_FILE, len(NAMES))
    _check_robot(values, robot, path)
    if values["encoder_sha256"] != encoder_sha256:
        raise ConfigError(
            f"trained on what encoder {str(values['encoder_sha256'])[:12]} sees, here is {encoder_sha256[:12]}",
            where=str(path),
            remedy="use the encoder it was trained with, or train it anew",
            code="ENCODER",
        )
    return Manifest(values, digest)


def _check_keys(values: Any, wanted: set[str], where: str) -> None:
    if not isinstance(values, dict):
        raise ConfigError("not a JSON object", where=where, code="DAMAGED")
    if unknown := set(values) - wanted:
        raise ConfigError(f"unknown key '{min(unknown)}'", where=where, permitted=sorted(wanted), code="UNKNOWN_KEY")
    if missing := wanted - set(values):
        raise ConfigError(f"key '{min(missing)}' is missing", where=where, code="MISSING_KEY")


def _check_files(folder: Path, hashes: Any) -> None:
    _check_keys(hashes, set(FILES), f"{folder / MANIFEST_FILE}:sha256")
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() in _PICKLES:
            raise SecurityRefusal(
                f"{path.name} may run code when it is read", where=str(folder), permitted=FILES, code="PICKLE"
            )
    for name in FILES:
        try:
            data = (folder / name).read_bytes()
        except OSError as error:
            raise ConfigError(f"{name} cannot be read: {error.strerror}", where=str(folder), code="DAMAGED") from error
        is_weights = name == WEIGHTS_FILE
        if is_weights and data[8:9] != b"{" and data.startswith((_ZIP, _PICKLE)):
            raise SecurityRefusal(f"{name} is a pickle", where=str(folder), permitted="safetensors", code="PICKLE")
        if hashlib.sha256(data).hexdigest() != hashes[name]:
            raise ConfigError(
                f"{name} is not the file that the manifest names: truncated, damaged or of another model",
                where=str(folder),
                code="HASH",
            )


def _check_interface(values: Mapping[str, Any], path: Path) -> None:
    """Hold observations and aims against what this software makes and takes."""
    for part, wanted in describe_interface().items():
        for key, value in wanted.items():
            if values[part][key] != value:
                raise ConfigError(_difference(values[part][key], value), where=f"{path}:{part}.{key}", code="INTERFACE")
    for part, columns in (("observation", len(NAMES)), ("aims", len(NUMBERS))):
        for key in ("mean", "spread"):
            numbers = values[part][key]
            if not isinstance(numbers, list) or len(numbers) != columns or not all(map(_is_number, numbers)):
                raise ConfigError(
                    "no normaliser", where=f"{path}:{part}.{key}", permitted=f"{columns} finite numbers", code="DIMS"
                )
    skills = values["skills"]
    known = isinstance(skills, list) and any(set(map(str, skills)) <= set(goals) for goals in (SKILLS, WHOLE_TASKS))
    if not known or not skills:
        permitted = f"some of {', '.join(SKILLS)}; or of {', '.join(WHOLE_TASKS)}"
        raise ConfigError(f"skills are {skills}", where=f"{path}:skills", permitted=permitted, code="INTERFACE")


def _check_weights(path: Path, columns: int) -> None:
    """Hold the weights' own table against the observation."""
    data = path.read_bytes()
    try:
        length = int.from_bytes(data[:8], "little")
        if not 2 <= length <= min(_HEADER_BYTES_MAX, len(data) - 8):
            raise ValueError(f"its table should have {length} bytes")
        table = json.loads(data[8 : 8 + length])
        ends = [int(entry["data_offsets"][1]) for name, entry in table.items() if name != "__metadata__"]
        if max(ends) != len(data) - 8 - length:
            raise ValueError(f"{len(data) - 8 - length} bytes of numbers where its table says {max(ends)}")
        shape = table["observation_mean"]["shape"]
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError) as error:
        raise ConfigError(f"no safetensors: {error}", where=str(path), code="DAMAGED") from error
    if shape != [columns]:
        raise ConfigError(
            f"made for observations of shape {shape}", where=str(path), permitted=f"{columns}", code="DIMS"
        )


def _check_robot(values: Mapping[str, Any], robot: RobotDescription, path: Path) -> None:
    for key, value in describe_robot(robot).items():
        if values["robot"][key] != value:
            raise ConfigError(
                f"trained for {key} {values['robot'][key]}", where=f"{path}:robot", permitted=str(value), code="ROBOT"
            )
    present = {camera.name for camera in robot.cameras}
    cameras = values["cameras"]
    if not isinstance(cameras, dict) or list(cameras) != list(CAMERAS) or not set(cameras) <= present:
        raise ConfigError(
            f"looks through {cameras}", where=f"{path}:cameras", permitted=sorted(present & set(CAMERAS)), code="ROBOT"
        )


def _difference(found: Any, wanted: Any) -> str:
    if isinstance(found, list) and isinstance(wanted, list):
        if len(found) != len(wanted):
            return f"{len(found)} entries where this software has {len(wanted)}"
        place = next(i for i, (a, b) in enumerate(zip(found, wanted, strict=True)) if a != b)
        return f"entry {place} is {found[place]!r} where this software has {wanted[place]!r}"
    return f"{found!r} where this software has {wanted!r}"


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
