"""Numbers that the encoder, its training data and its users share. No torch."""

from __future__ import annotations

STRIDE_PX = 4
"""Edge of the square of pixels that one patch embedding stands for."""
EMBEDDING = 64
"""Length of a patch or text embedding of our own towers; pretrained ones have theirs."""
GEOMETRY = 6
"""Numbers the encoder says of a patch's thing: see :mod:`robomatrix_py.policies.clip.model`."""
