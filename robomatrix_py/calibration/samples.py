"""Pictures of a board and where the arm was while they were taken: a folder."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from robomatrix_py.calibration.board import Board, BoardConfig, Sighting
from robomatrix_py.contracts.errors import DataError
from robomatrix_py.contracts.lens import Lens

LIST_FILE = "samples.json"
_PICTURES = (".png", ".jpg", ".jpeg")
_PIXELS_MAX = 40_000_000


@dataclass(frozen=True)
class Taken:
    """One picture of a folder.

    Args:
        picture: File name in the folder.
        joints_rad: Joint positions by name, where the arm matters.
    """

    picture: str
    joints_rad: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class SampleList:
    """What a folder of samples says of itself: `samples.json`.

    Args:
        robot: Which robot's arm it was.
        camera: Which of its cameras took the pictures.
        board: What board they show.
        samples: The pictures.
        lens: Lens as the camera or its calibration had it then; None where nobody knew.
    """

    robot: str
    camera: str
    board: BoardConfig
    samples: tuple[Taken, ...]
    lens: Lens | None = None


@dataclass(frozen=True, eq=False)
class Sample:
    """One picture in which the board was found.

    Args:
        name: File name, for messages.
        size_px: Width and height of the picture.
        sighting: The board.
        joints_rad: Joint positions by name; empty where nobody noted them.
    """

    name: str
    size_px: tuple[int, int]
    sighting: Sighting
    joints_rad: Mapping[str, float] = field(default_factory=dict)


def write_list(folder: Path, found: SampleList) -> None:
    """Write `samples.json`, whole or not at all.

    Raises:
        DataError: It cannot be written.
    """
    path = folder / LIST_FILE
    try:
        unfinished = path.with_suffix(".part")
        unfinished.write_text(json.dumps(asdict(found), indent=1), encoding="utf-8")
        unfinished.replace(path)
    except OSError as error:
        raise DataError(f"cannot be written: {error.strerror}", where=str(path)) from error


def pictures_of(folder: Path) -> tuple[Taken, ...]:
    """Return the pictures of a folder without a list, by name.

    Raises:
        DataError: There is no such folder, or no picture in it.
    """
    if not folder.is_dir():
        raise DataError("there is no such folder", where=str(folder))
    names = sorted(path.name for path in folder.iterdir() if path.suffix.lower() in _PICTURES)
    if not names:
        raise DataError("there is no picture in it", where=str(folder), permitted=_PICTURES)
    return tuple(Taken(name) for name in names)


def find_samples(folder: Path, taken: tuple[Taken, ...], board: Board) -> tuple[list[Sample], list[str]]:
    """Return the pictures in which the board is found, and the names of the others.

    Raises:
        DataError: A picture cannot be read, or lies elsewhere.
    """
    samples, without = [], []
    for item in taken:
        picture = read_picture(folder, item.picture)
        sighting = board.find(picture)
        if sighting is None:
            without.append(item.picture)
        else:
            samples.append(Sample(item.picture, picture.shape[1::-1], sighting, item.joints_rad))
    sizes = {sample.size_px for sample in samples}
    if len(sizes) > 1:
        raise DataError(f"the pictures have sizes {sorted(sizes)}, one size is needed", where=str(folder))
    return samples, without


def read_picture(folder: Path, name: str) -> npt.NDArray[np.uint8]:
    """Return a picture, RGB, uint8, shape (H, W, 3).

    Raises:
        DataError: It cannot be read, is larger than any camera's, or lies outside the folder.
    """
    path = folder / name
    if Path(name).name != name:
        raise DataError(f"'{name}' is no file of the folder", where=str(folder / LIST_FILE))
    try:
        with Image.open(path) as image:
            if image.width * image.height > _PIXELS_MAX:
                raise DataError(f"{image.width}x{image.height} pixels are no camera's", where=str(path))
            return np.asarray(image.convert("RGB"))
    except (OSError, ValueError, Image.DecompressionBombError) as error:
        raise DataError(f"cannot be read as a picture: {error}", where=str(path)) from error


def save_picture(folder: Path, name: str, picture: npt.NDArray[Any]) -> None:
    """Write a picture.

    Raises:
        DataError: It cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture).save(folder / name)
    except OSError as error:
        raise DataError(f"cannot be written: {error}", where=str(folder / name)) from error
