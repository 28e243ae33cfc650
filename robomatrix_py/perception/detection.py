"""From patches to detections: which patches show the same thing, what it is, and where.

Every patch votes for the centre of the thing it shows: its surface point, from depth, plus the offset that the encoder
says. Votes that meet belong together (the idea of VoteNet, Qi et al., arXiv 1904.09664, without its network).
"""

from __future__ import annotations

import math
from collections.abc import Sequence, Set
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from robomatrix_py.contracts.geometry import Array, Pose
from robomatrix_py.contracts.patches import CameraView, Mask, PatchEncoder, Patches, lift, square_half_px
from robomatrix_py.perception.footprint import fit_footprint

Floats = npt.NDArray[np.floating[Any]]

_MEET_M = 0.022
_FIXTURE_MEET_M = 0.06
_RIM_PATCHES = 2
# Things have their centres at least this share of the longer edge apart.
_INSIDE_SHARE = 0.5
# Two things of one kind whose centres are nearer together than this, across and in height, are one.
_ONE_PLACE_M = 0.03
_ONE_HEIGHT_M = 0.05
# The ends of a long thing that points at the camera may seem farther apart, one of them too low and the other too high:
# things that stand side by side are equally high.
_ENDS_APART_M, _ENDS_HEIGHT_M = 0.05, 0.012
# What has at most this share of a nearer thing's patches, most of them so near to it, is its rim.
_FRAME_SHARE, _BESIDE_SHARE, _FRAME_PATCHES = 0.25, 0.7, 2
_BEHIND_M = 0.03
# A thing is in the picture wholly if so much of half of it is on every side of its middle; furniture of which less is
# seen tells nothing.
_CUT_OFF_SHARE, _SEEN_SHARE = 0.9, 0.3
# The centre of what lies on the table is above it.
_LOWEST_M = 0.002
# Nothing stands or is carried so high; what seems to is the arm.
_HIGHEST_M = 0.38
# The hand begins so far behind the tool's point, along its axis, and goes on so far; what is held is before it.
_HAND_M, _HAND_RADIUS_M = (0.06, 0.40), 0.09
_SETTLE_ROUNDS = 3
# A thing that is partly shown by this share less evidence than another is a rim of the other.
_FOREGROUND = 0.5
# So many points of a surface are looked at, at most so many a patch, spread as evenly as a sequence can that repeats
# in no direction (R2, Roberts 2018): a grid would have a turn of its own.
_SURFACE_POINTS = 240
_PATCH_POINTS_MAX = 25
_SPREAD = np.array([0.7548776662466927, 0.5698402909980532])
# Where the top of a thing is: so many points of its surface must be seen, nearly the highest of them counts, and it
# must not be farther from where the encoder takes it to be.
_TOP_POINTS_MIN, _TOP_PERCENT, _TOP_OFF_MAX_M = 20, 98.0, 0.03
# What is no farther below or above it belongs to it.
_TOP_THICK_M = 0.005
# So much of a thing's height above the ground is not looked at.
_GROUND_SHARE = 0.15
# Nor what is farther from its middle than this share of its diagonal.
_NEAR_SHARE = 0.75
# Of a thing of which a shorter share is seen, the turn is not.
_WHOLE_SHARE = 0.55
# Surer than this that a cutout shows nothing, it does.
_NOTHING = 0.7


@dataclass(frozen=True, eq=False)
class Detection:
    """One thing as one camera saw it.

    Args:
        probabilities: How likely it is each of the captions, shape (captions,).
        center_m: Its centre in the base frame, shape (3,).
        size_m: Edge lengths of its upright bounding box, shape (3,).
        turn: Cosine and sine of twice and four times its turn from base x, zeros where it cannot be told, shape (4,).
        surface_m: What is seen of its surface, base frame, shape (n, 3).
        patches: How many patches show it.
        spread_m: Root mean square distance of the votes from the centre.
        eye_m: Where the camera was, base frame, shape (3,).
        embedding: Mean embedding of its patches, shape (E,).
        whole: Whether all of it is in the picture.
        mask: Which patches show it, shape (rows, columns).
    """

    probabilities: Array
    center_m: Array
    size_m: Array
    turn: Array
    surface_m: Array
    patches: int
    spread_m: float
    eye_m: Array
    embedding: Array
    whole: bool = True
    mask: Mask | None = None

    @property
    def caption(self) -> int:
        """Index of the likeliest caption."""
        return int(self.probabilities.argmax())

    @property
    def distance_m(self) -> float:
        """Distance from the camera."""
        return float(np.linalg.norm(self.center_m - self.eye_m))


class Detector:
    """Finds things in pictures with depth.

    Args:
        encoder: Sees patches and reads captions.
        objects: Captions of free things.
        fixtures: Captions of furniture.
        patches_min: Smaller things are not reported.
        size_max_m: No free thing has a longer edge along the table.
        round_objects: Captions of free things that look the same from all sides: how they are turned is not asked.
    """

    def __init__(
        self,
        encoder: PatchEncoder,
        objects: Sequence[str],
        fixtures: Sequence[str],
        patches_min: int,
        size_max_m: float,
        round_objects: Set[str] = frozenset(),
    ) -> None:
        self._encoder = encoder
        self._patches_min = patches_min
        self._size_max_m = size_max_m
        self._objects = len(objects)
        self.captions = (*objects, *fixtures)
        self._round = {index for index, caption in enumerate(objects) if caption in round_objects}
        self._texts = encoder.read((*self.captions, "background"))
        self._names = encoder.read_names((*objects, "background"))

    def detect(
        self, view: CameraView, patches: Patches | None = None, passed_over: Set[str] = frozenset()
    ) -> list[Detection]:
        """Return the things in one camera's picture.

        Args:
            view: The picture.
            patches: What the encoder sees in it, where that is known already.
            passed_over: Furniture that is not looked for this time.
        """
        if patches is None:
            patches = self._encoder.see(view.camera, view.color)
        points, valid = lift(patches, view)
        probability = self._probability(patches)
        votes = points + patches.offset_m @ view.pose_camera_in_base.rotation.T
        whole = _Votes(view, patches, votes, _inside(valid))
        share = probability[..., : self._objects].sum(-1)
        free = whole.meeting(share, _MEET_M, self._patches_min)
        unnamed = np.zeros(len(self.captions))
        found = [_detection(whole, part, share, unnamed) for part in free]
        found = _without_rims(_apart([thing for thing in found if self._plausible(thing, view)]))
        found = _undivided(self._named(found, view))
        for column in range(self._objects, len(self.captions)):
            if self.captions[column] in passed_over:
                continue
            share = probability[..., column]
            parts = whole.meeting(share, _FIXTURE_MEET_M, 2 * self._patches_min)
            if parts:
                # There is one of each: where most patches agree.
                best = max(parts, key=np.count_nonzero)
                probabilities = np.zeros(len(self.captions))
                probabilities[column] = share[best].mean()
                thing = _detection(whole, best, share, probabilities)
                if thing.whole or _in_picture(view, thing.center_m, thing.size_m, _SEEN_SHARE):
                    found.append(thing)
        looked_at = [
            _looked_at(view, thing, is_round=thing.caption in self._round, is_free=thing.caption < self._objects)
            for thing in found
        ]
        return [_as_high_as_seen(thing) if thing.caption < self._objects else thing for thing in looked_at]

    def _probability(self, patches: Patches) -> Floats:
        """Return what each patch shows, shape (rows, columns, captions); zeros where it is surely nothing."""
        logits = self._encoder.scale * (patches.embedding @ self._texts.T)
        things = logits[..., :-1]
        probability = np.zeros(things.shape, dtype=np.float32)
        # Below this, all captions together are less likely than nothing.
        shown = things.max(-1) > logits[..., -1] - math.log(len(self.captions))
        weight = np.exp(logits[shown] - logits[shown].max(-1, keepdims=True))
        probability[shown] = weight[:, :-1] / weight.sum(-1, keepdims=True)
        return probability

    def _named(self, found: Sequence[Detection], view: CameraView) -> list[Detection]:
        """Look at each free thing alone, as large as the camera shows it, and say what it is; or that it is nothing."""
        if not found:
            return []
        squares = []
        for thing in found:
            at_px, distance_m = view.project_px(thing.center_m)
            squares.append([*at_px, square_half_px(thing.size_m, float(distance_m), view.intrinsics[0])])
        embeddings = self._encoder.name(view.color, np.array(squares))
        result = []
        for thing, embedding in zip(found, embeddings, strict=True):
            logits = self._encoder.scale * (self._names @ embedding)
            among = np.exp(logits - logits.max())
            among /= among.sum()
            if among[-1] < _NOTHING:
                probabilities = np.zeros(len(self.captions))
                probabilities[: self._objects] = among[:-1]
                result.append(replace(thing, probabilities=probabilities))
        return result

    def _plausible(self, found: Detection, view: CameraView) -> bool:
        """Return whether a free thing can be so large and there: a cabinet's side may look like a large brick."""
        if found.size_m[:2].max() > self._size_max_m or not _LOWEST_M < found.center_m[2] < _HIGHEST_M:
            return False
        return view.pose_tool_in_base is None or not _in_hand(found.center_m, view.pose_tool_in_base)


@dataclass(frozen=True, eq=False)
class _Votes:
    """One picture's patches with the centre that each votes for, shape (rows, columns, 3)."""

    view: CameraView
    patches: Patches
    votes: Array
    valid: Mask

    def meeting(self, share: Floats, meet_m: float, patches_min: int) -> list[Mask]:
        """Return a mask for each place where enough votes of patches with a large share meet."""
        mask = self.valid & (share > _FOREGROUND)
        rows, columns = np.nonzero(mask)
        centers, weights = self.votes[rows, columns], share[rows, columns]
        free = np.ones(len(centers), dtype=bool)
        found: list[Mask] = []
        if len(centers) < patches_min:
            return found
        near = _near_each_other(centers, meet_m)
        company = near.sum(1)
        while free.sum() >= patches_min:
            # Begin where most votes meet.
            center = centers[np.where(free, company, -1).argmax()]
            for _ in range(_SETTLE_ROUNDS):
                close = free & (_away(centers, center) < meet_m)
                if not close.any():
                    break
                center = _weighted(centers[close], weights[close])
            away = _away(centers, center)
            close = free & (away < meet_m)
            if close.sum() < patches_min:
                break
            part = np.zeros_like(mask)
            part[rows[close], columns[close]] = True
            found.append(part)
            # Stragglers around what was found are no thing of their own.
            gone = free & (away < 1.5 * meet_m)
            free &= ~gone
            company -= near[:, gone].sum(1)
        return found


def _near_each_other(points_m: Array, distance_m: float) -> Mask:
    """Return which of some points, shape (n, 3), are within a distance of each other, shape (n, n)."""
    # Around their middle, so that squares lose nothing.
    centered = points_m - points_m.mean(0)
    squares = (centered**2).sum(1)
    near: Mask = squares[:, None] + squares[None] - 2.0 * (centered @ centered.T) < distance_m**2
    return near


def _in_hand(center_m: Array, pose_tool_in_base: Pose) -> bool:
    """Return whether a place is inside the robot's hand or wrist: what seems to be there is the robot itself."""
    x, y, z = pose_tool_in_base.inverse().transform(center_m)
    return bool(-_HAND_M[1] < z < -_HAND_M[0] and math.hypot(x, y) < _HAND_RADIUS_M)


def _apart(found: Sequence[Detection]) -> list[Detection]:
    """Return things without those that stand inside another: a long thing's patches may vote for two middles."""
    kept: list[Detection] = []
    for thing in sorted(found, key=lambda thing: -thing.patches):
        distances = [float(np.linalg.norm(thing.center_m - other.center_m)) for other in kept]
        edges = [_INSIDE_SHARE * float(max(thing.size_m.max(), other.size_m.max())) for other in kept]
        if all(distance >= edge for distance, edge in zip(distances, edges, strict=True)):
            kept.append(thing)
    return kept


def _without_rims(found: Sequence[Detection]) -> list[Detection]:
    """Return things without what only frames a nearer one in the picture.

    A patch at the rim of a thing may show the thing by its colours and the table far behind by its depth.
    """
    kept: list[Detection] = []
    for thing in sorted(found, key=lambda thing: -thing.patches):
        if not any(_frames(thing, other) for other in kept):
            kept.append(thing)
    return kept


def _frames(small: Detection, large: Detection) -> bool:
    if small.mask is None or large.mask is None or small.patches > _FRAME_SHARE * large.patches:
        return False
    if small.distance_m < large.distance_m + _BEHIND_M:
        return False
    beside = int((small.mask & _grown(large.mask)).sum())
    return beside >= _BESIDE_SHARE * small.patches


def _grown(mask: Mask) -> Mask:
    """Return a mask that is two patches wider on every side."""
    padded = np.pad(mask, _FRAME_PATCHES)
    windows = np.lib.stride_tricks.sliding_window_view(padded, (2 * _FRAME_PATCHES + 1,) * 2)
    grown: Mask = np.asarray(windows.any((2, 3)))
    return grown


def _undivided(found: Sequence[Detection]) -> list[Detection]:
    """Return named things with the parts of one put together: top and side, or near and far end, vote for two middles.

    Each part's votes err towards the part, so that the middle of both is nearer to the thing's.
    """
    kept: list[Detection] = []
    for thing in sorted(found, key=lambda thing: -thing.patches):
        alike = (index for index, other in enumerate(kept) if other.caption == thing.caption)
        index = next((index for index in alike if _parts_of_one(kept[index], thing)), None)
        if index is None:
            kept.append(thing)
        else:
            kept[index] = _together(kept[index], thing)
    return kept


def _parts_of_one(large: Detection, small: Detection) -> bool:
    """Return whether two things of one kind can only be parts of one."""
    if in_one_place(large.center_m, small.center_m):
        return True
    apart = np.abs(large.center_m - small.center_m)
    if not (np.hypot(apart[0], apart[1]) < _ENDS_APART_M and _ENDS_HEIGHT_M < apart[2] < _ONE_HEIGHT_M):
        return False
    if large.mask is None or small.mask is None:
        return False
    return bool((small.mask & _grown(large.mask)).any())


def _together(large: Detection, small: Detection) -> Detection:
    patches = large.patches + small.patches
    share = large.patches / patches
    mask = large.mask if large.mask is None or small.mask is None else large.mask | small.mask
    return replace(
        large,
        probabilities=share * large.probabilities + (1.0 - share) * small.probabilities,
        center_m=share * large.center_m + (1.0 - share) * small.center_m,
        patches=patches,
        mask=mask,
    )


def in_one_place(one_m: Array, other_m: Array) -> bool:
    """Return whether two things of the same kind with these centres, shape (3,), can only be one."""
    apart = np.abs(one_m - other_m)
    return bool(np.hypot(apart[0], apart[1]) < _ONE_PLACE_M and apart[2] < _ONE_HEIGHT_M)


def _detection(whole: _Votes, mask: Mask, share: Floats, probabilities: Array) -> Detection:
    """Return the thing that the patches of a mask show."""
    weights, votes, patches = share[mask], whole.votes[mask], whole.patches
    middle = len(votes) // 2
    center = np.sort(votes, axis=0)[middle]
    spread = _away(votes, center)
    core = spread <= max(float(np.sort(spread)[middle]) * 2.0, 0.006)
    center = _weighted(votes[core], weights[core])
    size_m = np.sort(patches.size_m[mask], axis=0)[middle].astype(np.float64)
    return Detection(
        probabilities=probabilities,
        center_m=center,
        size_m=size_m,
        turn=np.zeros(4),
        surface_m=np.zeros((0, 3)),
        patches=len(votes),
        spread_m=float(np.sqrt((spread[core] ** 2).mean())),
        eye_m=whole.view.pose_camera_in_base.position_m,
        embedding=patches.embedding[mask].mean(0),
        whole=_in_picture(whole.view, center, size_m, _CUT_OFF_SHARE),
        mask=mask,
    )


def _away(points_m: Array, place_m: Array) -> Array:
    """Return the distances of points, shape (n, 3), from a place."""
    offset = points_m - place_m
    distance: Array = np.sqrt(np.einsum("ni,ni->n", offset, offset))
    return distance


def _weighted(values: Array, weights: Floats) -> Array:
    """Return the weighted mean of rows."""
    mean: Array = (values * weights[:, None]).sum(0) / weights.sum()
    return mean


def _looked_at(view: CameraView, found: Detection, *, is_round: bool, is_free: bool) -> Detection:
    """Return a thing with what depth says of its surface, and with the turn that this tells."""
    if found.mask is None:
        return found
    surface_m = _surface(view, found.mask)
    turn = found.turn if is_round else _turn(surface_m, found.center_m, found.size_m)
    if not is_free and len(surface_m):
        surface_m = np.concatenate([surface_m, _rest_of_top(view, found.mask, surface_m)])
    return replace(found, surface_m=surface_m, turn=turn)


def _rest_of_top(view: CameraView, mask: Mask, surface_m: Array) -> Array:
    """Return what is as high as furniture and right beside its patches: at its edges others are often seen."""
    around_m = _surface(view, _grown(mask) & ~mask)
    top_m = np.percentile(surface_m[:, 2], _TOP_PERCENT)
    rest: Array = around_m[np.abs(around_m[:, 2] - top_m) < _TOP_THICK_M]
    return rest


def _as_high_as_seen(found: Detection) -> Detection:
    """Return a thing with the height of its top from depth, which knows it better than the encoder."""
    sideways = np.hypot(*(found.surface_m[:, :2] - found.center_m[:2]).T)
    heights_m = found.surface_m[sideways < found.size_m[:2].max() / 2, 2]
    if len(heights_m) < _TOP_POINTS_MIN:
        return found
    top_m = float(np.percentile(heights_m, _TOP_PERCENT))
    bottom_m = float(found.center_m[2] - found.size_m[2] / 2)
    if abs(top_m - bottom_m - found.size_m[2]) > _TOP_OFF_MAX_M:
        # Something is before it, or on it.
        return found
    if bottom_m < _TOP_OFF_MAX_M:
        # What seems to float a little over the table, or to reach into it, stands on it.
        bottom_m = 0.0
    height_m = max(top_m - bottom_m, _LOWEST_M)
    center_m, size_m = found.center_m.copy(), found.size_m.copy()
    center_m[2], size_m[2] = bottom_m + height_m / 2, height_m
    return replace(found, center_m=center_m, size_m=size_m)


def _in_picture(view: CameraView, center_m: Array, size_m: Array, share: float) -> bool:
    """Return whether a share of half of a thing is in the picture on every side of its middle."""
    (u, v), distance_m = view.project_px(center_m)
    height, width = view.color.shape[:2]
    half_px = share * view.intrinsics[0] * float(size_m[:2].max()) / 2 / distance_m
    return bool(distance_m > 0 and half_px <= u <= width - half_px and half_px <= v <= height - half_px)


def _inside(valid: Mask) -> Mask:
    """Return a mask without the picture's rim, where a convolution sees beyond the picture."""
    mask = valid.copy()
    mask[:_RIM_PATCHES] = mask[-_RIM_PATCHES:] = False
    mask[:, :_RIM_PATCHES] = mask[:, -_RIM_PATCHES:] = False
    return mask


def _surface(view: CameraView, mask: Mask) -> Array:
    """Return points of the surface that some patches show, base frame, shape (n, 3)."""
    count = int(np.clip(_SURFACE_POINTS // mask.sum(), 1, _PATCH_POINTS_MAX))
    corners = np.repeat(np.argwhere(mask), count, axis=0)
    within = np.arange(1, len(corners) + 1)[:, None] * _SPREAD % 1.0
    v, u = ((corners + within) * np.array(view.depth_m.shape) / mask.shape).astype(int).T
    depth_m = view.depth_m[v, u].astype(np.float64)
    read = np.isfinite(depth_m) & (depth_m > 0)
    return view.points_m(u[read] + 0.5, v[read] + 0.5, depth_m[read])


def _turn(surface_m: Array, center_m: Array, size_m: Array) -> Array:
    """Return the turn of what a camera saw wholly enough to tell; zeros where it did not."""
    # What patches at the rim show of the ground, or of things behind, is not the thing.
    above = surface_m[:, 2] > center_m[2] - (0.5 - _GROUND_SHARE) * size_m[2]
    near = np.hypot(*(surface_m[:, :2] - center_m[:2]).T) < _NEAR_SHARE * math.hypot(*size_m[:2])
    found = fit_footprint(surface_m[above & near])
    if found is None or found.size_m[0] < _WHOLE_SHARE * float(size_m[:2].max()):
        return np.zeros(4)
    return found.turn
