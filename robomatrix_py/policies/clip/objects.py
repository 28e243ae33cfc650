"""Objects that were added from pictures: one folder each, with one JSON file. No torch.

The idea is ObjectVLA's (Zhu et al., arXiv 2502.19250): some pictures make a new thing known, and no skill is trained
anew. Here the pictures take the place of the words that the encoder was never taught.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from robomatrix_py.contracts.errors import ConfigError, DataError
from robomatrix_py.policies.clip.likeness import Likeness

OBJECT_FILE = "object.json"
"""What the folder of an added object holds."""
YAW_SYMMETRIES = (0, 2, 4)
"""After which fraction of a turn an object may look the same: 0 round, 2 half turn, 4 quarter turn."""

_FORMAT = 1
_NAME = re.compile(r"[a-z]+( [a-z]+)?")
_KEYS = {
    *("format", "name", "encoder_sha256", "pictures", "pictures_from", "yaw_symmetry", "flat_top"),
    *("cutout", "patch", "robomatrix"),
}
_FILE_BYTES_MAX = 2**18


@dataclass(frozen=True, eq=False)
class AddedObject:
    """A thing that is known from pictures.

    Args:
        name: What it is called: a noun, or a colour and a noun.
        cutout: Likeness of a cutout.
        patch: Likeness of a patch.
        encoder_sha256: Hash of the encoder that saw the pictures; only it can recognise the thing.
        pictures: How many there were.
        pictures_from: Their folder, for people.
        yaw_symmetry: One of `YAW_SYMMETRIES`.
        flat_top: Whether something can stand on it.
        robomatrix: Version that wrote it.
    """

    name: str
    cutout: Likeness
    patch: Likeness
    encoder_sha256: str
    pictures: int
    pictures_from: str
    yaw_symmetry: int = 2
    flat_top: bool = False
    robomatrix: str = ""

    def __post_init__(self) -> None:
        """Check the ranges."""
        if not _NAME.fullmatch(self.name):
            raise ValueError(f"name is {self.name!r}; permitted: a noun, or a colour and a noun, of letters a to z")
        if self.yaw_symmetry not in YAW_SYMMETRIES:
            raise ValueError(f"yaw_symmetry is {self.yaw_symmetry}; permitted: {YAW_SYMMETRIES}")

    def require_encoder(self, encoder_sha256: str, embedding: int) -> None:
        """Refuse another encoder than the one that saw the pictures.

        Args:
            encoder_sha256: Hash of the encoder at hand.
            embedding: Length of its embeddings.

        Raises:
            ConfigError: It is another; the message says how to add the object again.
        """
        if self.encoder_sha256 != encoder_sha256:
            raise ConfigError(
                f"'{self.name}' was added with encoder {self.encoder_sha256[:12]}, here is {encoder_sha256[:12]}",
                remedy=f"run 'robomatrix policies add-object \"{self.name}\" --images {self.pictures_from}' again, or "
                f"'robomatrix policies remove-object \"{self.name}\"'",
                code="ENCODER",
            )
        for likeness in (self.cutout, self.patch):
            if likeness.weights.shape != (embedding,):
                raise ConfigError(
                    f"object '{self.name}' has {len(likeness.weights)} weights",
                    permitted=f"{embedding}, the length of the encoder's embeddings",
                    remedy="add the object again",
                )


def save_object(folder: Path, item: AddedObject) -> Path:
    """Write an object below a folder, in place of one of the same name, and return its file.

    Raises:
        DataError: It cannot be written.
    """
    values = {
        "format": _FORMAT,
        "name": item.name,
        "encoder_sha256": item.encoder_sha256,
        "pictures": item.pictures,
        "pictures_from": item.pictures_from,
        "yaw_symmetry": item.yaw_symmetry,
        "flat_top": item.flat_top,
        "cutout": _likeness_json(item.cutout),
        "patch": _likeness_json(item.patch),
        "robomatrix": item.robomatrix,
    }
    path = folder / _folder_name(item.name) / OBJECT_FILE
    temporary = path.with_name(f".{OBJECT_FILE}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("w", encoding="utf-8") as file:
            file.write(json.dumps(values, indent=1) + "\n")
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        raise DataError(
            f"cannot be written: {error}", where=str(path), remedy="make room, or name another folder"
        ) from error
    return path


def remove_object(folder: Path, name: str) -> None:
    """Remove an object; what else lies in its folder stays.

    Raises:
        ConfigError: There is none of that name; the message lists those that there are.
        DataError: It cannot be removed.
    """
    known = object_names(folder)
    if name not in known:
        raise ConfigError(
            f"no added object '{name}'", where=str(folder), permitted=known or "none", code="UNKNOWN_OBJECT"
        )
    try:
        (folder / _folder_name(name) / OBJECT_FILE).unlink()
    except OSError as error:
        raise DataError(f"cannot be removed: {error}", where=str(folder / _folder_name(name))) from error
    with contextlib.suppress(OSError):
        (folder / _folder_name(name)).rmdir()


def object_names(folder: Path) -> list[str]:
    """Return the names of the objects below a folder, in alphabetical order; none where there is no folder."""
    return sorted(path.parent.name.replace("_", " ") for path in folder.glob(f"*/{OBJECT_FILE}"))


def load_object(folder: Path, name: str) -> AddedObject:
    """Return one of the objects below a folder.

    Raises:
        ConfigError: The file is no object, or is not where its name belongs.
    """
    path = folder / _folder_name(name) / OBJECT_FILE
    try:
        if path.stat().st_size > _FILE_BYTES_MAX:
            raise ValueError(f"more than {_FILE_BYTES_MAX} bytes")
        values = json.loads(path.read_text(encoding="utf-8"))
        if set(values) != _KEYS or values["format"] != _FORMAT:
            raise ValueError(f"its keys are not those of format {_FORMAT}")
        if values["name"] != name:
            raise ValueError(f"it is named {values['name']!r} in a folder of '{name}'")
        if type(values["flat_top"]) is not bool or type(values["yaw_symmetry"]) is not int:
            raise ValueError("flat_top is no truth value, or yaw_symmetry no whole number")
        return AddedObject(
            name=name,
            cutout=_likeness(values["cutout"]),
            patch=_likeness(values["patch"]),
            encoder_sha256=str(values["encoder_sha256"]),
            pictures=int(values["pictures"]),
            pictures_from=str(values["pictures_from"]),
            yaw_symmetry=values["yaw_symmetry"],
            flat_top=values["flat_top"],
            robomatrix=str(values["robomatrix"]),
        )
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise ConfigError(
            f"no added object: {error}", where=str(path), remedy="add the object again, or remove that folder"
        ) from error


def _folder_name(name: str) -> str:
    return name.replace(" ", "_")


def _likeness_json(likeness: Likeness) -> dict[str, Any]:
    weights = [round(float(weight), 6) for weight in likeness.weights]
    return {"weights": weights, "offset": round(likeness.offset, 6), "alike": round(likeness.alike, 4)}


def _likeness(values: Mapping[str, Any]) -> Likeness:
    weights = np.array(values["weights"], dtype=np.float32)
    offset, alike = float(values["offset"]), float(values["alike"])
    if not (
        weights.ndim == 1
        and np.isfinite(weights).all()
        and math.isfinite(offset)
        and math.isfinite(alike)
        and weights.any()
    ):
        raise ValueError("weights that are not finite, or all 0")
    return Likeness(weights, offset, alike)
