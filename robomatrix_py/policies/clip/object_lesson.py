"""Makes an object known from pictures of it: reads and judges them, and learns what it looks like. No torch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from robomatrix_py.contracts.errors import DataError
from robomatrix_py.contracts.patches import Floats
from robomatrix_py.policies.clip.inference import ClipEncoder
from robomatrix_py.policies.clip.likeness import Likeness, learn_likeness
from robomatrix_py.policies.clip.objects import AddedObject

PICTURES_MIN = 5
"""Fewer pictures are refused."""
PICTURES_ENOUGH = 20
"""From so many on, another one hardly helps."""
PICTURES_MAX = 500
"""More pictures are refused."""
SUFFIXES = (".png", ".jpg", ".jpeg")
"""Names of pictures end so."""

_EDGE_MIN_PX = 32
_PIXELS_MAX = 50_000_000
# Each picture is looked at in so many cuts, at random as large and as far off its middle as cutouts of a thing whose
# size and place are not known exactly: shares of the edge, and of half of it.
_CUTS = 9
_CUT_SHARE = (0.7, 1.0)
_CUT_SHIFT = 0.15
_CUT_SEED = 0
# Edge of a thing as the patch tower sees it in a camera's picture, with ground around it.
_TILE_PX, _GAP_PX = 32, 16
_MIDDLE_PATCHES = 2
# Pictures of one thing from all around were measured to be alike by 0.78 to 0.93, of two things by less than this.
_ALIKE_MIN = 0.75
# An object is taken for another from this probability on.
_TAKEN_FOR = 0.85


@dataclass(frozen=True, eq=False)
class Lesson:
    """What was learned from pictures.

    Args:
        cutout: Likeness of a cutout.
        patch: Likeness of a patch.
        most_like: The known thing that it is most like, in words.
        most_like_match: How alike, -1 to 1.
        doubts: What a person should know, one sentence each.
    """

    cutout: Likeness
    patch: Likeness
    most_like: str
    most_like_match: float
    doubts: tuple[str, ...]


def read_pictures(folder: Path) -> list[npt.NDArray[np.uint8]]:
    """Return the pictures in a folder, each cut to its middle square, RGB of shape (edge, edge, 3).

    Raises:
        DataError: There is no such folder, a picture cannot be read, or there are too few or too many.
    """
    if not folder.is_dir():
        raise DataError("no such folder", where=str(folder), remedy=f"name a folder of {PICTURES_ENOUGH} pictures")
    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES)
    if not PICTURES_MIN <= len(paths) <= PICTURES_MAX:
        raise DataError(
            f"{len(paths)} pictures that end with {', '.join(SUFFIXES)}",
            where=str(folder),
            permitted=f"{PICTURES_MIN} to {PICTURES_MAX}",
            remedy=f"take about {PICTURES_ENOUGH}, from all around",
        )
    return [_read(path) for path in paths]


def learn_object(
    encoder: ClipEncoder,
    pictures: Sequence[npt.NDArray[np.uint8]],
    captions: Sequence[str],
    added: Mapping[str, AddedObject],
) -> Lesson:
    """Return what is learned from pictures of one object.

    Args:
        encoder: Sees them.
        pictures: Squares, RGB of shape (edge, edge, 3), at least `PICTURES_MIN`.
        captions: Of the free things that are known in words.
        added: Objects known from pictures that this one must not be taken for, by name.
    """
    texts = encoder.read((*captions, "background"))
    cutout = learn_likeness(_cuts(encoder, pictures), texts)
    patch = learn_likeness(_patches(encoder, pictures)[:, None], texts)
    match = texts @ cutout.direction
    odds = np.exp(encoder.scale * (match - match.max()))
    odds /= odds.sum()
    best = int(match[:-1].argmax())
    doubts = []
    if len(pictures) < PICTURES_ENOUGH:
        doubts.append(f"{len(pictures)} pictures are few: with {PICTURES_ENOUGH} from all around it is known better")
    if cutout.alike < _ALIKE_MIN:
        doubts.append(
            f"the pictures seem to show different things: alike by {cutout.alike:.2f}, usual is {_ALIKE_MIN} and more"
        )
    if odds[-1] > 0.5:
        doubts.append(f"the encoder sees nothing in them: they look like background ({100 * odds[-1]:.0f} %)")
    elif odds[best] > _TAKEN_FOR:
        doubts.append(f"it looks like what is known already: {captions[best]} ({100 * odds[best]:.0f} %)")
    for name, other in added.items():
        alike = float(cutout.direction @ other.cutout.direction)
        if alike > min(cutout.alike, other.cutout.alike):
            doubts.append(f"it looks like the added {name}: alike by {alike:.2f}")
    return Lesson(cutout, patch, captions[best], float(match[best]), tuple(doubts))


def _read(path: Path) -> npt.NDArray[np.uint8]:
    try:
        with Image.open(path, formats=("PNG", "JPEG")) as picture:
            width, height = picture.size
            if width * height > _PIXELS_MAX or min(width, height) < _EDGE_MIN_PX:
                raise DataError(
                    f"{width} x {height} pixels",
                    where=str(path),
                    permitted=f"edges of at least {_EDGE_MIN_PX}, at most {_PIXELS_MAX // 1_000_000} megapixels in all",
                )
            color = np.asarray(picture.convert("RGB"))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise DataError(f"cannot be read as a picture: {error}", where=str(path), remedy="remove it") from error
    edge = min(width, height)
    top, left = (height - edge) // 2, (width - edge) // 2
    return color[top : top + edge, left : left + edge]


def _resized(picture: npt.NDArray[np.uint8], edge_px: int) -> npt.NDArray[np.uint8]:
    return np.asarray(Image.fromarray(picture).resize((edge_px, edge_px), Image.Resampling.BOX))


def _cuts(encoder: ClipEncoder, pictures: Sequence[npt.NDArray[np.uint8]]) -> Floats:
    """Return embeddings of every picture in several cuts, shape (n, _CUTS, E)."""
    rng = np.random.default_rng(_CUT_SEED)
    edge_px = int(encoder.manifest["crop_px"])
    found = []
    for picture in pictures:
        whole = len(picture)
        cuts = []
        for _ in range(_CUTS):
            edge = round(whole * rng.uniform(*_CUT_SHARE))
            corner = (whole - edge) / 2 + rng.uniform(-1, 1, 2) * _CUT_SHIFT * edge / 2
            top, left = np.clip(np.rint(corner), 0, whole - edge).astype(int)
            cuts.append(_resized(picture[top : top + edge, left : left + edge], edge_px))
        found.append(encoder.name_cutouts(np.stack(cuts)))
    return np.stack(found)


def _patches(encoder: ClipEncoder, pictures: Sequence[npt.NDArray[np.uint8]]) -> Floats:
    """Return the embedding of every picture's middle, shape (n, E): each seen as small as a camera shows things."""
    camera, (width, height) = max(encoder.views_px.items(), key=lambda view: view[1][0] * view[1][1])
    pitch = _TILE_PX + _GAP_PX
    columns, rows = width // pitch, height // pitch
    found: list[Floats] = []
    for first in range(0, len(pictures), columns * rows):
        part = pictures[first : first + columns * rows]
        tiles = [_resized(picture, _TILE_PX) for picture in part]
        # What lies between the tiles looks like what is at their edges.
        edges = np.concatenate([np.concatenate([tile[0], tile[-1], tile[:, 0], tile[:, -1]]) for tile in tiles])
        sheet = np.empty((height, width, 3), dtype=np.uint8)
        sheet[:] = np.median(edges, axis=0)
        corners = [
            (_GAP_PX // 2 + index // columns * pitch, _GAP_PX // 2 + index % columns * pitch)
            for index in range(len(part))
        ]
        for tile, (top, left) in zip(tiles, corners, strict=True):
            sheet[top : top + _TILE_PX, left : left + _TILE_PX] = tile
        seen = encoder.see(camera, sheet)
        for top, left in corners:
            row, column = ((corner + _TILE_PX // 2) // seen.stride_px - _MIDDLE_PATCHES // 2 for corner in (top, left))
            middle = seen.embedding[row : row + _MIDDLE_PATCHES, column : column + _MIDDLE_PATCHES].mean((0, 1))
            found.append(middle / np.linalg.norm(middle))
    return np.stack(found)
