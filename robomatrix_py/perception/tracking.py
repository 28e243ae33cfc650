"""Follows things from look to look: evidence on what a thing is adds up, its place is the newest."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from robomatrix_py.contracts.geometry import Array
from robomatrix_py.perception.detection import Detection, in_one_place

# Two cameras that see the same at places less than this apart see one thing.
_ALIKE_APART_M = 0.04
# No two free things have their centres nearer together than this.
_THINGS_APART_M = 0.028
_JUMP_M = 0.05
_FAR_JUMP_M = 0.25
# Only what is as likely as this what it seems to be is believed to have moved that far.
_SURE = 0.5
# After so many looks a track has proved itself; before, it is forgotten when so many looks in a row miss it.
_SETTLED_LOOKS = 3
_SPECK_MISSED = 5
_WEAK_M = 0.03
# The newest look weighs at least this much against all earlier ones.
_NEWEST = 0.15
# Looks at one thing are much alike: their log probabilities are averaged, not added. How sure the average is was
# held against the truth (docs/benchmarks.md).
_SHARPNESS = 1.3
# Farther away, a camera's patches are larger and its votes less exact.
_DISTANCE_FLOOR_M = 0.15
_ENOUGH_PATCHES = 30
_SLANT_MIN = 0.02
# What is cut off by the edge of a picture tells less of what and where it is.
_CUT_OFF_TRUST = 0.2


@dataclass(eq=False)
class Track:
    """One thing.

    Args:
        number: Unique.
        evidence: Mean log probability by caption, newer looks weighing more, shape (captions,).
        center_m: Newest place, shape (3,).
        size_m: Edge lengths, averaged, shape (3,).
        turn: Cosine and sine of twice and four times its turn, averaged while it stands, shape (4,).
        newest: The newest detection.
        looks: How often it was seen.
        seen_s: When last.
        name: What it is called in scenes.
        missed: How many looks in a row it was not seen in.
    """

    number: int
    evidence: Array
    center_m: Array
    size_m: Array
    turn: Array
    newest: Detection
    looks: int
    seen_s: float
    name: str = ""
    missed: int = 0

    @property
    def caption(self) -> int:
        """Index of the likeliest caption."""
        return int(self.evidence.argmax())

    @property
    def confidence(self) -> float:
        """How likely that caption is, 0 to 1."""
        odds = np.exp(_SHARPNESS * (self.evidence - self.evidence.max()))
        return float(1.0 / odds.sum())

    def yaw_rad(self, symmetry: int) -> float:
        """Return its turn from base x if it looks the same after 1 / `symmetry` of a turn: 2, or 4; else 0."""
        if symmetry not in (2, 4):
            return 0.0
        column = symmetry - 2
        return math.atan2(self.turn[column + 1], self.turn[column]) / symmetry


class Tracker:
    """Holds the tracks.

    Args:
        forget_s: Out of sight for so long, a track is given up.
        singles: Captions of things of which there is one, such as furniture.
    """

    def __init__(self, forget_s: float, singles: frozenset[int]) -> None:
        self._forget_s = forget_s
        self._singles = singles
        self._number = 0
        self.tracks: list[Track] = []

    def update(self, looks: Sequence[Sequence[Detection]], now_s: float) -> None:
        """Take in what each camera saw at about one time."""
        seen = [_merge(group) for group in _across_cameras(looks, self._singles)]
        matched = self._matched(seen)
        for index, found in enumerate(seen):
            track = matched.get(index)
            if track is not None:
                _renew(track, found, now_s)
            elif (found.whole or found.caption in self._singles) and self._is_new(found):
                # A part of a free thing at the edge of a picture, or of a thing that is known, is no new thing.
                self._number += 1
                evidence = np.log(found.probabilities + 1e-4)
                self.tracks.append(
                    Track(self._number, evidence, found.center_m, found.size_m, found.turn, found, 1, now_s)
                )
        self.tracks = [track for track in self.tracks if self._remembers(track, now_s)]

    def _matched(self, seen: Sequence[Detection]) -> dict[int, Track]:
        """Return which track each detection belongs to, by its place: the nearest that may be it, or it moved.

        Tracks that have proved themselves choose first: a speck must not take the place of what is carried past it.
        """
        pairs = []
        for index, found in enumerate(seen):
            for track in self.tracks:
                cost = self._cost(track, found)
                if cost is not None:
                    pairs.append((track.looks < _SETTLED_LOOKS, cost, index, track.number, track))
        matched: dict[int, Track] = {}
        taken: set[int] = set()
        for *_, index, number, track in sorted(pairs, key=lambda pair: pair[:4]):
            if index not in matched and number not in taken:
                matched[index] = track
                taken.add(number)
        return matched

    def _cost(self, track: Track, found: Detection) -> float | None:
        """Return how far from a track a detection is, a little more where it looks different; None if it is not it."""
        single = found.caption in self._singles
        if single != (track.caption in self._singles):
            return None
        alike = track.caption == found.caption
        distance = float(np.linalg.norm(track.center_m - found.center_m))
        limit = _JUMP_M
        if alike and single:
            limit = np.inf
        elif alike and found.probabilities[found.caption] > _SURE:
            limit = _FAR_JUMP_M
        if distance >= limit:
            return None
        # Of two that are about as near, the one of which more is seen is more likely it.
        weak = 1.0 - min(found.patches / _ENOUGH_PATCHES, 1.0)
        return distance + (0.0 if alike else _JUMP_M / 2) + weak * _WEAK_M

    def _remembers(self, track: Track, now_s: float) -> bool:
        track.missed = 0 if track.seen_s == now_s else track.missed + 1
        proved = track.looks >= _SETTLED_LOOKS
        return now_s - track.seen_s < self._forget_s and (proved or track.missed < _SPECK_MISSED)

    def _is_new(self, found: Detection) -> bool:
        """Return whether what was found can be there beside all that is known."""
        for track in self.tracks:
            if (found.caption in self._singles) != (track.caption in self._singles):
                continue
            if track.caption == found.caption and in_one_place(track.center_m, found.center_m):
                return False
            if np.linalg.norm(track.center_m - found.center_m) < _THINGS_APART_M:
                return False
        return True


def _renew(track: Track, found: Detection, now_s: float) -> None:
    newest = np.log(found.probabilities + 1e-4) - track.evidence
    track.evidence = track.evidence + max(_NEWEST, 1.0 / (track.looks + 1)) * newest
    moved = np.linalg.norm(track.center_m - found.center_m) > 0.02
    share = 1.0 if moved else 0.6
    track.center_m = track.center_m + share * (found.center_m - track.center_m)
    if found.turn.any():
        track.turn = found.turn if moved else 0.7 * track.turn + 0.3 * found.turn
    track.size_m = track.size_m + (found.size_m - track.size_m) / min(track.looks + 1, 20)
    track.newest = found
    track.looks += 1
    track.seen_s = now_s


def _across_cameras(looks: Sequence[Sequence[Detection]], singles: frozenset[int]) -> list[list[Detection]]:
    """Return detections in groups, each what one or more cameras saw of one thing."""
    groups: list[list[Detection]] = []
    for camera in looks:
        taken: set[int] = set()
        for found in sorted(camera, key=lambda d: -d.patches):
            best, best_distance = -1, np.inf
            for index, group in enumerate(groups):
                distance = float(np.linalg.norm(group[0].center_m - found.center_m))
                if index not in taken and distance < min(best_distance, _apart_m(group[0], found, singles)):
                    best, best_distance = index, distance
            if best < 0:
                groups.append([found])
                taken.add(len(groups) - 1)
            else:
                groups[best].append(found)
                taken.add(best)
    return groups


def _apart_m(one: Detection, other: Detection, singles: frozenset[int]) -> float:
    """Return from which distance on two cameras' detections are two things."""
    captions = one.caption, other.caption
    if captions[0] == captions[1]:
        return _ALIKE_APART_M
    # Of two free things, one could not be where the other is: a camera is wrong about what it is.
    return 0.0 if singles & {*captions} else _THINGS_APART_M


def _merge(group: list[Detection]) -> Detection:
    """Return one detection for what several cameras saw; more of it, and from nearer, counts more."""
    if len(group) == 1:
        return group[0]
    trusted = np.array([1.0 if d.whole else _CUT_OFF_TRUST for d in group])
    near = np.array([min(d.patches, _ENOUGH_PATCHES) / max(d.distance_m, _DISTANCE_FLOOR_M) ** 2 for d in group])
    weights = trusted * near / (trusted * near).sum()
    # What it is, a camera does not know better for being near: from above, a can looks like a puck.
    log_p = sum(t * np.log(d.probabilities + 1e-4) for t, d in zip(trusted / trusted.sum(), group, strict=True))
    probabilities = np.exp(log_p - np.max(log_p))
    probabilities *= max(d.probabilities.sum() for d in group) / probabilities.sum()
    nearest = group[int(weights.argmax())]
    center_m: Array = np.average([d.center_m for d in group], axis=0, weights=weights)
    # How high it is, a camera that looks straight down does not see.
    slant = weights * np.array([_slant(d) for d in group])
    center_m[2] = np.average([d.center_m[2] for d in group], weights=slant)
    return Detection(
        probabilities=probabilities,
        center_m=center_m,
        size_m=np.average([d.size_m for d in group], axis=0, weights=weights),
        turn=sum(weight * d.turn for weight, d in zip(weights, group, strict=True)),
        surface_m=np.concatenate([d.surface_m for d in group]),
        patches=sum(d.patches for d in group),
        spread_m=nearest.spread_m,
        eye_m=nearest.eye_m,
        embedding=nearest.embedding,
        whole=any(d.whole for d in group),
    )


def _slant(found: Detection) -> float:
    """Return how far from straight down a camera looked at a thing: 0 to 1, never quite 0."""
    sight = found.center_m - found.eye_m
    return float(1.0 - (sight[2] / max(found.distance_m, 1e-6)) ** 2) + _SLANT_MIN
