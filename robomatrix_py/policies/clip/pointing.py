"""How well an encoder points: does the best patch for a caption lie on the thing it names?"""

from __future__ import annotations

from collections.abc import Callable, Set
from dataclasses import dataclass
from typing import Any

import numpy as np

from robomatrix_py.contracts.patches import Patches
from robomatrix_py.policies.clip.pictures import Pictures
from robomatrix_py.policies.clip.things import OBJECT_CAPTIONS

_PATCHES_MIN = 4


@dataclass(frozen=True)
class Pointing:
    """Figures over all things that were asked for.

    Args:
        asked: How many.
        hit: How many times the best patch of the whole picture lay on the thing.
        named: How many times most of the thing's patches named it rightly among all free things.
        center_error_m: Median distance of the thing's voted centre from the true one, given true surface points.
    """

    asked: int
    hit: int
    named: int
    center_error_m: float


def measure_pointing(
    see: Callable[[np.ndarray[Any, Any]], Patches], texts: np.ndarray[Any, Any], pictures: Pictures, asked: Set[str]
) -> Pointing:
    """Return how well an encoder points in pictures that it was not trained on.

    Args:
        see: Encodes a picture.
        texts: Embeddings of `OBJECT_CAPTIONS`, shape (captions, E).
        pictures: With labels.
        asked: Captions that are asked for.
    """
    count = hit = named = 0
    errors = []
    for index in range(len(pictures)):
        patches = see(np.asarray(pictures.color[index]))
        score = patches.embedding @ texts.T
        label = np.asarray(pictures.thing[index])
        classes = pictures.things[index][:, 0].astype(int)
        for row, thing in enumerate(classes, 1):
            mask = label == row
            wanted = 0 <= thing < len(OBJECT_CAPTIONS) and OBJECT_CAPTIONS[thing] in asked
            if not wanted or mask.sum() < _PATCHES_MIN:
                continue
            count += 1
            best = np.unravel_index(score[..., thing].argmax(), label.shape)
            hit += bool(label[best] == row)
            named += bool((score[mask].argmax(1) == thing).mean() > 0.5)
            offset = patches.offset_m[mask] - np.asarray(pictures.offset_m[index])[mask]
            errors.append(float(np.linalg.norm(np.median(offset, axis=0))))
    return Pointing(count, hit, named, float(np.median(errors)) if errors else float("nan"))
