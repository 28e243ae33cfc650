"""The ChArUco board: a chessboard with a marker in each white square, so that a part of it is enough to place it.

S. Garrido-Jurado et al., Automatic generation and detection of highly reliable fiducial markers under occlusion, 2014.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from robomatrix_py.contracts.errors import DataError
from robomatrix_py.contracts.geometry import Array

# The smallest with 5 x 5 bits that has enough for a sheet of paper: few markers are easily told apart.
_DICTIONARY = cv2.aruco.DICT_5X5_100
_MARKERS = 100
_DOTS_PER_M = 300 / 0.0254
_MARGIN_M = 0.012
FORMATS = (".pdf", ".png")
"""What a board can be saved as."""


@dataclass(frozen=True)
class BoardConfig:
    """Sizes of a board. Those of the default fit a sheet of A4 paper.

    Args:
        columns: Squares side by side.
        rows: Squares one below the other.
        square_m: Edge of a square, as it was measured on the print.
        marker_m: Edge of a marker.
    """

    columns: int = 9
    rows: int = 6
    square_m: float = 0.030
    marker_m: float = 0.022

    def __post_init__(self) -> None:
        """Refuse boards that cannot be found, or of which too little would be."""
        for key in ("columns", "rows"):
            if not 3 <= getattr(self, key) <= 20:
                raise ValueError(f"{key} is {getattr(self, key)}; permitted: 3 to 20")
        if self.columns * self.rows > 2 * _MARKERS:
            raise ValueError(f"columns times rows is {self.columns * self.rows}; permitted: up to {2 * _MARKERS}")
        if not 0.005 <= self.square_m <= 0.5:
            raise ValueError(f"square_m is {self.square_m}; permitted: 0.005 to 0.5")
        if not 0.5 * self.square_m <= self.marker_m <= 0.9 * self.square_m:
            raise ValueError(f"marker_m is {self.marker_m}; permitted: 0.5 to 0.9 of square_m, {self.square_m}")

    @property
    def size_m(self) -> tuple[float, float]:
        """Width and height of the chessboard."""
        return self.columns * self.square_m, self.rows * self.square_m


@dataclass(frozen=True, eq=False)
class Sighting:
    """A board in a picture.

    Args:
        points_m: Corners of squares that are seen, in the board's frame (x right, y down the sheet, z into it, origin
            at its upper left corner), shape (n, 3).
        pixels: Where they are seen, shape (n, 2).
    """

    points_m: Array
    pixels: Array


class Board:
    """A board to print, and to find in pictures.

    Args:
        config: Its sizes.
    """

    def __init__(self, config: BoardConfig) -> None:
        self.config = config
        dictionary = cv2.aruco.getPredefinedDictionary(_DICTIONARY)
        squares = (config.columns, config.rows)
        self._board = cv2.aruco.CharucoBoard(squares, config.square_m, config.marker_m, dictionary)

    @property
    def corners(self) -> int:
        """How many corners it has."""
        return (self.config.columns - 1) * (self.config.rows - 1)

    @cached_property
    def _detector(self) -> Any:
        parameters = cv2.aruco.DetectorParameters()
        parameters.cornerRefinementMethod = cv2.aruco.CORNER_REFINE_SUBPIX
        return cv2.aruco.CharucoDetector(self._board, detectorParams=parameters)

    def find(self, picture: npt.NDArray[np.uint8]) -> Sighting | None:
        """Return what is seen of the board, or None where that is too little to know where it is.

        Args:
            picture: RGB, uint8, shape (H, W, 3).
        """
        gray = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
        corners, ids, _, _ = self._detector.detectBoard(gray)
        if ids is None or len(ids) < _CORNERS_MIN:
            return None
        points, pixels = self._board.matchImagePoints(corners, ids)
        points_m, pixels = points.reshape(-1, 3).astype(float), pixels.reshape(-1, 2).astype(float)
        if np.linalg.matrix_rank(points_m[:, :2] - points_m[0, :2], tol=1e-6) < 2:
            # Corners on one line say nothing of a turn about it.
            return None
        return Sighting(points_m, pixels)

    def draw(self, dots_per_m: float) -> npt.NDArray[np.uint8]:
        """Return the chessboard without a margin, grey, uint8, shape (H, W)."""
        width, height = (round(size * dots_per_m) for size in self.config.size_m)
        picture: npt.NDArray[np.uint8] = self._board.generateImage((width, height))
        return picture

    def save(self, path: Path) -> None:
        """Write a page in the board's true size, with a line that tells how to check that.

        Args:
            path: A file that ends in one of `FORMATS`.

        Raises:
            DataError: It has another ending, or cannot be written.
        """
        if path.suffix.lower() not in FORMATS:
            raise DataError(f"unknown ending '{path.suffix}'", where=str(path), permitted=FORMATS)
        dots = Image.fromarray(self.draw(_DOTS_PER_M))
        margin = round(_MARGIN_M * _DOTS_PER_M)
        page = Image.new("L", (dots.width + 2 * margin, dots.height + 2 * margin), 255)
        page.paste(dots, (margin, margin))
        width_m, height_m = self.config.size_m
        text = (
            f"RoboMatrix ChArUco {self.config.columns} x {self.config.rows}. Print at 100 %, not 'fit to page': "
            f"the board is {1e3 * width_m:.1f} x {1e3 * height_m:.1f} mm, a square {1e3 * self.config.square_m:.2f} mm."
        )
        ImageDraw.Draw(page).text((margin, dots.height + 1.25 * margin), text, fill=0, font_size=margin // 3)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            if path.suffix.lower() == ".pdf":
                page.save(path, resolution=_DOTS_PER_M * 0.0254)
            else:
                page.save(path, dpi=(_DOTS_PER_M * 0.0254,) * 2)
        except (OSError, ValueError) as error:
            raise DataError(f"cannot be written: {error}", where=str(path)) from error


# Four corners in general position fix a plane's pose; some more keep one bad corner from deciding it.
_CORNERS_MIN = 8
