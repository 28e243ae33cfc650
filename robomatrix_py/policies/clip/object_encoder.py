"""An encoder that also knows added objects: their pictures stand where words would. No torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from robomatrix_py.contracts.geometry import Array
from robomatrix_py.contracts.patches import Floats, Patches
from robomatrix_py.policies.clip.inference import ClipEncoder
from robomatrix_py.policies.clip.likeness import Likeness
from robomatrix_py.policies.clip.objects import AddedObject

_ARTICLES = frozenset({"the", "a", "an"})


class ObjectEncoder:
    """A shipped encoder with added objects (a :class:`~robomatrix_py.contracts.patches.PatchEncoder`).

    Its embeddings end with a one, its texts with what is added to the inner product: 0 for words.

    Args:
        encoder: The shipped encoder.
        objects: By name.
    """

    def __init__(self, encoder: ClipEncoder, objects: Mapping[str, AddedObject]) -> None:
        self._encoder = encoder
        self._patch = {name: item.patch for name, item in objects.items()}
        self._cutout = {name: item.cutout for name, item in objects.items()}

    @property
    def scale(self) -> float:
        """Learned factor that turns products of embeddings into logits."""
        return self._encoder.scale

    @property
    def views_px(self) -> Mapping[str, tuple[int, int]]:
        """Width and height in which each camera is seen."""
        return self._encoder.views_px

    def see(self, camera: str, color: npt.NDArray[np.uint8]) -> Patches:
        """Return what a picture of a camera, RGB of shape (H, W, 3), shows.

        Raises:
            ConfigError: The encoder was not exported for this camera, or the picture has another form.
        """
        patches = self._encoder.see(camera, color)
        return replace(patches, embedding=_with_last(patches.embedding, 1.0))

    def name(self, color: npt.NDArray[np.uint8], squares_px: Array) -> Floats:
        """Return embeddings, shape (n, E + 1), of single things cut out of a picture.

        Args:
            color: RGB, shape (H, W, 3), as large as the camera makes it.
            squares_px: Middle u and v of each square and half its edge, shape (n, 3), n at least 1.
        """
        return _with_last(self._encoder.name(color, squares_px), 1.0)

    def read(self, texts: tuple[str, ...]) -> Floats:
        """Return embeddings of texts to compare patches with, shape (len(texts), E + 1).

        Raises:
            ConfigError: A text is no added object and has words that the encoder was never taught.
        """
        return self._read(texts, self._patch)

    def read_names(self, texts: tuple[str, ...]) -> Floats:
        """Return embeddings of texts to compare cutouts with, shape (len(texts), E + 1).

        Raises:
            ConfigError: A text is no added object and has words that the encoder was never taught.
        """
        return self._read(texts, self._cutout)

    def _read(self, texts: tuple[str, ...], known: Mapping[str, Likeness]) -> Floats:
        added = {index: known[name] for index, text in enumerate(texts) if (name := _bare(text)) in known}
        words = tuple(text for index, text in enumerate(texts) if index not in added)
        read = iter(_with_last(self._encoder.read(words), 0.0) if words else ())
        rows = [added[index].row if index in added else next(read) for index in range(len(texts))]
        return np.stack(rows)


def _with_last(embedding: Floats, last: float) -> Floats:
    """Return embeddings with one more number at their end."""
    column = np.full((*embedding.shape[:-1], 1), last, dtype=np.float32)
    return np.concatenate([embedding, column], axis=-1)


def _bare(text: str) -> str:
    return " ".join(word for word in text.lower().split() if word not in _ARTICLES)
