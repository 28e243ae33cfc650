"""A camera's lens from pictures of a board. Z. Zhang, A flexible new technique for camera calibration, 2000."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from robomatrix_py.calibration.quality import Demands, require_close, require_samples, root_mean_square
from robomatrix_py.calibration.samples import Sample
from robomatrix_py.contracts.errors import DataError
from robomatrix_py.contracts.geometry import Array
from robomatrix_py.contracts.lens import Lens

_CELLS = (5, 4)


@dataclass(frozen=True)
class LensResult:
    """What was found.

    Args:
        lens: The lens.
        reprojection_px: Root of the mean squared distance between where corners are seen and where they should be.
        focal_deviation_px: Standard deviation of the focal length.
        coverage: Share of the picture that the board was in.
        samples: Pictures used.
    """

    lens: Lens
    reprojection_px: float
    focal_deviation_px: float
    coverage: float
    samples: int

    def __str__(self) -> str:
        """Return it as one line for a person."""
        return (
            f"{self.samples} pictures, reprojection {self.reprojection_px:.2f} px, focal length "
            f"{self.lens.fx:.1f} +- {self.focal_deviation_px:.1f} px, board in {100 * self.coverage:.0f} % of the "
            "picture"
        )


def calibrate_lens(samples: Sequence[Sample], without: Sequence[str], demands: Demands) -> LensResult:
    """Return the lens that explains the samples best. Distortion k3 is left at 0: pictures of a sheet do not tell it.

    Args:
        samples: Pictures in which the board was found, all of one size.
        without: Names of pictures in which it was not.
        demands: What is demanded of samples and result.

    Raises:
        DataError: The samples are too few, too alike, or do not fit a lens; the message says which and what to do.
    """
    require_samples(len(samples), without, demands)
    size_px = samples[0].size_px
    coverage = _coverage([sample.sighting.pixels for sample in samples], size_px)
    if coverage < demands.coverage_min:
        raise DataError(
            f"the board was only in {100 * coverage:.0f} % of the picture",
            permitted=f"{100 * demands.coverage_min:.0f} % or more",
            remedy="take more pictures with the board at the edges and in the corners of the picture",
            code="COVERAGE",
        )
    points = [sample.sighting.points_m.astype(np.float32) for sample in samples]
    pixels = [sample.sighting.pixels.astype(np.float32) for sample in samples]
    _, matrix, distortion, turns, _, deviations, _, errors = cv2.calibrateCameraExtended(
        points, pixels, size_px, None, None, flags=cv2.CALIB_FIX_K3
    )
    _require_tilts(turns, demands)
    errors_px = {sample.name: float(error) for sample, error in zip(samples, errors.ravel(), strict=True)}
    causes = "the board is not flat, its printed size is not the one given, or pictures are blurred"
    require_close(errors_px, size_px[0], demands, causes)
    focal_px, focal_deviation_px = float(matrix[0, 0]), float(deviations.ravel()[:2].max())
    if not focal_deviation_px <= demands.focal_deviation_max * focal_px:
        raise DataError(
            f"the focal length comes out as {focal_px:.0f} +- {focal_deviation_px:.0f} px",
            permitted=f"+- {100 * demands.focal_deviation_max:g} %",
            remedy="take more pictures with the board held obliquely, near and far",
            code="FOCAL_LENGTH",
        )
    k1, k2, p1, p2, k3 = (float(value) for value in distortion.ravel()[:5])
    try:
        fy, cx, cy = (float(matrix[place]) for place in ((1, 1), (0, 2), (1, 2)))
        lens = Lens(*size_px, focal_px, fy, cx, cy, (k1, k2, p1, p2, k3))
    except ValueError as error:
        raise DataError(f"what comes out is no lens: {error}", remedy="take other pictures", code="NO_LENS") from error
    total_px = root_mean_square(np.array(list(errors_px.values())))
    return LensResult(lens, total_px, focal_deviation_px, coverage, len(samples))


def _coverage(pixels: Sequence[Array], size_px: tuple[int, int]) -> float:
    cells = np.array(_CELLS)
    where = np.floor(np.concatenate(pixels) / np.array(size_px) * cells).astype(int)
    return len({tuple(cell) for cell in np.clip(where, 0, cells - 1).tolist()}) / (_CELLS[0] * _CELLS[1])


def _require_tilts(turns: Sequence[Array], demands: Demands) -> None:
    """Raise DataError where all pictures show the board from one direction: focal length and distance then mix."""
    normals = np.array([cv2.Rodrigues(turn)[0][:, 2] for turn in turns])
    spread_deg = np.rad2deg(normals[:, :2].std(0))
    if (spread_deg >= demands.tilt_min_deg).all():
        return
    which = "left and right" if spread_deg[0] < spread_deg[1] else "up and down"
    raise DataError(
        f"the board's inclination varies by {spread_deg[0]:.0f} and {spread_deg[1]:.0f} degrees",
        permitted=f"{demands.tilt_min_deg:g} or more about both axes",
        remedy=f"take more pictures with the board turned {which}, by up to 40 degrees",
        code="TILT",
    )
