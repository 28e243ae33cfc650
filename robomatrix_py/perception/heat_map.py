"""Shows what an encoder attends to: the match of a text with every patch, laid over the picture."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from robomatrix_py.contracts.patches import Floats, PatchEncoder

_BACKGROUND = "background"


def attention(encoder: PatchEncoder, camera: str, color: npt.NDArray[np.uint8], text: str) -> Floats:
    """Return how likely every patch shows what a text names rather than nothing, 0 to 1, shape (rows, columns).

    Raises:
        ConfigError: The text has words that the encoder was never taught.
    """
    named, nothing = encoder.read((text, _BACKGROUND))
    embedding = encoder.see(camera, color).embedding
    odds = encoder.scale * (embedding @ named - embedding @ nothing)
    probability: Floats = 1.0 / (1.0 + np.exp(-odds))
    # Against all else in the picture: the best match is what a pointing finger would choose.
    score = encoder.scale * (embedding @ named)
    share: Floats = probability * np.exp(score - score.max())
    return share


def overlay(color: npt.NDArray[np.uint8], heat: Floats) -> npt.NDArray[np.uint8]:
    """Return a picture, grey where nothing is attended to and warm where something is."""
    rows, columns = heat.shape
    height, width = color.shape[:2]
    large = heat[np.ix_(np.arange(height) * rows // height, np.arange(width) * columns // width)][..., None]
    grey = color.mean(axis=2, keepdims=True) * 0.6
    warm = np.array([255.0, 90.0, 0.0])
    mixed: npt.NDArray[np.uint8] = np.clip(grey * (1 - large) + warm * large, 0, 255).astype(np.uint8)
    return mixed
