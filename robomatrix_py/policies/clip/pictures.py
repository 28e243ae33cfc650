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
        things: Shape (N, K, 6).
    """

    color: np.ndarray[Any, np.dtype[np.uint8]]
    thing: np.ndarray[Any, np.dtype[np.uint8]]
    offset_m: np.ndarray[Any, np.dtype[np.float16]]
    things: np.ndarray[Any, np.dtype[np.float32]]

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.color)


def load_pictures(folder: Path) -> Pictures:
    """Map the pictures that were written to a folder.

    Raises:
        DataError: A file is missing, damaged, or of another length.
    """
    try:
        arrays = {
            name: np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False)
            for name in ("color", "thing", "offset_m", "things")
        }
    except (OSError, ValueError) as error:
        raise DataError(f"no pictures: {error}", where=str(folder)) from error
    lengths = {name: len(array) for name, array in arrays.items()}
    if len(set(lengths.values())) != 1 or not lengths["color"]:
        raise DataError(f"lengths differ: {lengths}", where=str(folder))
    return Pictures(**arrays)
