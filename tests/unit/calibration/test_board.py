"""The board: its print, its being found, its sizes."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from robomatrix_py.calibration.board import Board, BoardConfig
from robomatrix_py.contracts.errors import DataError

MM_PER_INCH = 25.4


def test_the_print_has_the_true_size_and_is_found(tmp_path: Path) -> None:
    board = Board(BoardConfig())
    board.save(tmp_path / "board.png")
    with Image.open(tmp_path / "board.png") as image:
        dots_per_mm = image.info["dpi"][0] / MM_PER_INCH
        page = np.asarray(image.convert("RGB"))
    sighting = board.find(page)
    assert sighting is not None
    assert len(sighting.pixels) == board.corners
    # From corner to corner as many millimetres on paper as the board says.
    scale = (sighting.pixels - sighting.pixels[0]) / dots_per_mm
    assert np.abs(scale - 1e3 * (sighting.points_m - sighting.points_m[0])[:, :2]).max() < 0.1


def test_the_pdf_has_the_size_of_its_paper(tmp_path: Path) -> None:
    board = Board(BoardConfig(columns=7, rows=5, square_m=0.02, marker_m=0.014))
    board.save(tmp_path / "board.pdf")
    data = (tmp_path / "board.pdf").read_bytes()
    found = re.search(rb"/MediaBox \[ ?0 0 ([0-9.]+) ([0-9.]+)", data)
    assert found is not None
    width_mm, height_mm = (float(number) / 72 * MM_PER_INCH for number in found.groups())
    assert width_mm == pytest.approx(7 * 20 + 24, abs=0.3)
    assert height_mm == pytest.approx(5 * 20 + 24, abs=0.3)


def test_another_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"permitted: \.pdf, \.png"):
        Board(BoardConfig()).save(tmp_path / "board.svg")


def test_nothing_is_found_where_nothing_is_and_where_too_little_is() -> None:
    board = Board(BoardConfig())
    noise = np.random.default_rng(0).integers(0, 255, (480, 640, 3), dtype=np.uint8)
    assert board.find(noise) is None
    page = np.repeat(board.draw(2500)[..., None], 3, -1)
    edge = page.copy()
    edge[:, 170:] = 255
    assert board.find(page) is not None
    assert board.find(edge) is None


@pytest.mark.parametrize(
    "change", [{"columns": 2}, {"rows": 21}, {"columns": 20, "rows": 11}, {"square_m": 1.0}, {"marker_m": 0.03}]
)
def test_sizes_that_make_no_board_are_refused(change: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="permitted"):
        BoardConfig(**change)  # type: ignore[arg-type]
