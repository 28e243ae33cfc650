"""From patches to detections: which patches show the same thing, what it is, and where.

Every patch votes for the centre of the thing it shows: its surface point, from depth, plus the offset that the encoder
says. Votes that meet belong together (the idea of VoteNet, Qi et al., arXiv 1904.09664, without its network).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from robomatrix_py.contracts.geometry import Array
from robomatrix_py.contracts.patches import CameraView, Mask, PatchEncoder, Patches, lift

Floats = npt.NDArray[np.floating[Any]]

_MEET_M = 0.022
_SETTLE_ROUNDS = 3
# A thing that is partly shown by this share less evidence than another is a rim of the other.
_FOREGROUND = 0.5


@dataclass(frozen=True, eq=False)
class Detection:
    """One thing as one camera saw it.

    Args:
        probabilities: How likely it is each of the captions, shape (captions,).
        center_m: Its centre in the base frame, shape (3,).
        size_m: Edge lengths of its upright bounding box, shape (3,).
        turn: Cosine and sine of its turn from base x, once, twice and four times, shape (6,).
        patches: How many patches show it.
        spread_m: Root mean square distance of the votes from the centre.
        distance_m: Distance from the camera.
        embedding: Mean embedding of its patches, shape (E,).
    """

    probabilities: Array
    center_m: Array
    size_m: Array
    turn: Array
    patches: int
    spread_m: float
    distance_m: float
    embedding: Array


class Detector:
    """Finds things in pictures with depth.

    Args:
        encoder: Sees patches and reads captions.
        objects: Captions of free things.
        fixtures: Captions of furniture.
        patches_min: Smaller things are not reported.
    """

    def __init__(
        self, encoder: PatchEncoder, objects: Sequence[str], fixtures: Sequence[str], patches_min: int
    ) -> None:
        self._encoder = encoder
        self._patches_min = patches_min
        self._objects = len(objects)
        self.captions = (*objects, *fixtures)
        self._texts = encoder.read((*self.captions, "background"))

    def detect(self, view: CameraView, patches: Patches | None = None) -> list[Detection]:
        """Return the things in one camera's picture.

        Args:
            view: The picture.
            patches: What the encoder sees in it, where that is known already.
        """
        if patches is None:
            patches = self._encoder.see(view.camera, view.color)
        points, valid = lift(patches, view)
        logits = self._encoder.scale * (patches.embedding @ self._texts.T)
        logits -= logits.max(-1, keepdims=True)
        probability = np.exp(logits)
        probability /= probability.sum(-1, keepdims=True)
        object_share = probability[..., : self._objects].sum(-1)
        fixture_share = probability[..., self._objects : -1]
        rotation = view.pose_camera_in_base.rotation
        votes = points + patches.offset_m @ rotation.T
        found = []
        mask = valid & (object_share > _FOREGROUND)
        found += self._groups(mask, object_share, votes, probability, patches, view, (0, self._objects))
        for index in range(fixture_share.shape[-1]):
            share = fixture_share[..., index]
            mask = valid & (share > _FOREGROUND)
            if mask.sum() >= self._patches_min:
                column = self._objects + index
                found += self._single(mask, share, votes, probability, patches, view, (column, column + 1))
        return found

    def _groups(self, mask: Mask, share: Floats, votes: Array, *rest: Any) -> list[Detection]:
        """Return one detection for each place where votes meet."""
        where = np.argwhere(mask)
        if not len(where):
            return []
        rows, columns = where.T
        centers, weights = votes[rows, columns], share[rows, columns]
        free = np.ones(len(centers), dtype=bool)
        found = []
        while free.sum() >= self._patches_min:
            # Begin where most votes meet.
            open_votes = centers[free]
            near = (np.linalg.norm(open_votes[:, None] - open_votes[None], axis=2) < _MEET_M).sum(1)
            center = open_votes[near.argmax()]
            for _ in range(_SETTLE_ROUNDS):
                close = free & (np.linalg.norm(centers - center, axis=1) < _MEET_M)
                if not close.any():
                    break
                center = np.average(centers[close], axis=0, weights=weights[close])
            close = free & (np.linalg.norm(centers - center, axis=1) < _MEET_M)
            if close.sum() < self._patches_min:
                break
            part = np.zeros_like(mask)
            part[rows[close], columns[close]] = True
            found += self._single(part, share, votes, *rest)
            # Stragglers around what was found are no thing of their own.
            free &= np.linalg.norm(centers - center, axis=1) >= 1.5 * _MEET_M
        return found

    def _single(
        self,
        mask: Mask,
        share: Floats,
        votes: Array,
        probability: Floats,
        patches: Patches,
        view: CameraView,
        columns: tuple[int, int],
    ) -> list[Detection]:
        weights = share[mask]
        center = np.median(votes[mask], axis=0)
        spread = np.linalg.norm(votes[mask] - center, axis=1)
        core = spread <= max(np.median(spread) * 2.0, 0.006)
        center = np.average(votes[mask][core], axis=0, weights=weights[core])
        log_p = np.log(probability[mask][:, columns[0] : columns[1]] + 1e-6).mean(0)
        inside = np.exp(log_p - log_p.max())
        inside *= weights.mean() / inside.sum()
        probabilities = np.zeros(len(self.captions))
        probabilities[columns[0] : columns[1]] = inside
        eye = view.pose_camera_in_base
        heading = np.arctan2(eye.rotation[1, 0], eye.rotation[0, 0])
        return [
            Detection(
                probabilities=probabilities,
                center_m=center,
                size_m=np.median(patches.size_m[mask], axis=0),
                turn=_turned(np.average(patches.turn[mask], axis=0, weights=weights), heading),
                patches=int(mask.sum()),
                spread_m=float(np.sqrt((spread[core] ** 2).mean())),
                distance_m=float(np.linalg.norm(center - eye.position_m)),
                embedding=patches.embedding[mask].mean(0),
            )
        ]


def _turned(turn: Array, heading_rad: float) -> Array:
    """Return cosines and sines of a turn seen from a camera as ones from base x."""
    result = np.empty(6)
    for index, order in enumerate((1, 2, 4)):
        angle = np.arctan2(turn[2 * index + 1], turn[2 * index]) + order * heading_rad
        length = np.hypot(turn[2 * index], turn[2 * index + 1])
        result[2 * index : 2 * index + 2] = length * np.cos(angle), length * np.sin(angle)
    return result
