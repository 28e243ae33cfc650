"""How single things are cut out of a camera's picture to be named; the same in training and in use. No torch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

from robomatrix_py.contracts.geometry import Array

CROP_PX = 40
"""Edge of a cutout as our own crop tower sees it."""
INTERPOLATIONS = {"bilinear": Image.Resampling.BILINEAR, "bicubic": Image.Resampling.BICUBIC}
"""How a cutout may be resized, by name."""


@dataclass(frozen=True)
class CutoutForm:
    """What an image tower wants of a picture of a single thing.

    Args:
        px: Its edge.
        mean: Of red, green and blue, 0 to 1; taken away.
        std: What is left is divided by it.
        interpolation: One of `INTERPOLATIONS`.
    """

    px: int
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    interpolation: str


def cut_out(
    color: npt.NDArray[np.uint8],
    at_px: Array,
    half_px: float,
    edge_px: int = CROP_PX,
    interpolation: str = "bilinear",
) -> npt.NDArray[np.uint8]:
    """Return a square of a picture, resized; what lies outside the picture is cut off and stretched.

    Args:
        color: RGB, shape (H, W, 3).
        at_px: Its middle, u and v.
        half_px: Half its edge.
        edge_px: Edge of what is returned.
        interpolation: One of `INTERPOLATIONS`.
    """
    height, width = color.shape[:2]
    half = max(half_px, 3.0)
    left, right = np.clip([at_px[0] - half, at_px[0] + half], 0, width)
    top, bottom = np.clip([at_px[1] - half, at_px[1] + half], 0, height)
    # A thing at the very edge still gives a cutout, of at least two pixels.
    left, top = min(left, width - 2.0), min(top, height - 2.0)
    # Cut first: resizing with a box converts the whole picture otherwise.
    first_u, first_v = int(left), int(top)
    part = color[first_v : int(np.ceil(bottom)) + 1, first_u : int(np.ceil(right)) + 1]
    box = (
        left - first_u,
        top - first_v,
        min(max(right - first_u, left - first_u + 1), part.shape[1]),
        min(max(bottom - first_v, top - first_v + 1), part.shape[0]),
    )
    return np.asarray(Image.fromarray(part).resize((edge_px, edge_px), INTERPOLATIONS[interpolation], box=box))
