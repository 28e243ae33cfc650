"""Labelled pictures as arrays on disk. No torch."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from robomatrix_py.contracts.errors import DataError


@dataclass(frozen=True, eq=False)
class Pictures:
    """Labelled pictures in memory or mapped from files; see :class:`robomatrix_py.training.pictures.Picture`.

    Args:
        color: Shape (N, 128, 128, 3).
        thing: Shape (N, 32, 32).
        offset_m: Shape (N, 32, 32, 3).
        things: Shape (N, K, 5).
    """

    color: np.ndarray[Any, np.dtype[np.uint8]]
    thing: np.ndarray[Any, np.dtype[np.uint8]]
    offset_m: np.ndarray[Any, np.dtype[np.float16]]
    things: np.ndarray[Any, np.dtype[np.float32]]

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.color)


@dataclass(frozen=True, eq=False)
class Cutouts:
    """Single things, cut out; see :class:`robomatrix_py.training.pictures.Cutout`.

    Args:
        color: Shape (N, CROP_PX, CROP_PX, 3).
        thing: Class, -1 for a place without a thing, shape (N,).
    """

    color: np.ndarray[Any, np.dtype[np.uint8]]
    thing: np.ndarray[Any, np.dtype[np.int64]]

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.color)


def load_pictures(folder: Path) -> Pictures:
    """Map the pictures that were written to a folder.

    Raises:
        DataError: A file is missing, damaged, or of another length.
    """
    return Pictures(**_arrays(folder, ("color", "thing", "offset_m", "things")))


def load_cutouts(folder: Path) -> Cutouts:
    """Map the cutouts that were written to a folder.

    Raises:
        DataError: A file is missing, damaged, or of another length.
    """
    return Cutouts(**_arrays(folder, ("color", "thing")))


def _arrays(folder: Path, names: tuple[str, ...]) -> dict[str, Any]:
    try:
        arrays = {name: np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False) for name in names}
    except (OSError, ValueError) as error:
        raise DataError(f"no pictures: {error}", where=str(folder)) from error
    lengths = {name: len(array) for name, array in arrays.items()}
    if len(set(lengths.values())) != 1 or not lengths["color"]:
        raise DataError(f"lengths differ: {lengths}", where=str(folder))
    return arrays
