"""What tells an added object from all else: how alike something is to the pictures of it. No torch.

Pictures lie nearer to each other than to any text: an object that is known from pictures would win against captions
too often. So likeness does not compete by itself; it begins to win where a thing is about as alike to the pictures as
they are to each other.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from robomatrix_py.contracts.patches import Floats

# A thing may be so much less like the pictures than they are like each other: it is another view of it. From there on,
# likeness counts so many times as much as a caption's. Chosen on scenes with seeds below 1000 (docs/perception.md).
_MARGIN = 0.03
_GAIN = 3.0


@dataclass(frozen=True, eq=False)
class Likeness:
    """A linear function of embeddings, on the scale of a caption's match.

    Args:
        weights: Shape (E,).
        offset: Added to the inner product.
        alike: How alike the pictures are to each other, -1 to 1: the median of each with the mean of the others.
    """

    weights: Floats
    offset: float
    alike: float

    @property
    def direction(self) -> Floats:
        """The pictures' mean embedding, of length 1, shape (E,)."""
        unit: Floats = self.weights / np.linalg.norm(self.weights)
        return unit

    @property
    def row(self) -> Floats:
        """Weights and offset as one row for embeddings that end with a one, shape (E + 1,)."""
        return np.append(self.weights, self.offset).astype(np.float32)


def learn_likeness(pictures: Floats, captions: Floats) -> Likeness:
    """Return the likeness to some pictures.

    Args:
        pictures: Embeddings of length 1 of each picture in one or more cuts, shape (pictures, cuts, E), at least 2.
        captions: Embeddings of all known captions, shape (captions, E).
    """
    each = pictures.sum(1)
    direction = _unit(each.sum(0))
    # A picture is not compared with itself.
    others = _unit(each.sum(0) - each)
    alike = float(np.median(np.einsum("pce,pe->pc", pictures, others)))
    # Where it just counts as alike, it is as likely this object as what its pictures look most like in words.
    in_words = float(np.median((pictures @ captions.T).max(-1)))
    return Likeness(_GAIN * direction, in_words - _GAIN * (alike - _MARGIN), alike)


def _unit(rows: Floats) -> Floats:
    unit: Floats = rows / np.maximum(np.linalg.norm(rows, axis=-1, keepdims=True), 1e-6)
    return unit
