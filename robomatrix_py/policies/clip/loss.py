"""What the encoder is trained for: every patch says what it shows and where that is; every crop its caption."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from robomatrix_py.policies.clip.captions import COLORS, LAMPS, SHAPES, THINGS
from robomatrix_py.policies.clip.model import OFFSET_UNIT_M, SIZE_UNIT_M
from robomatrix_py.policies.clip.things import OBJECT_CAPTIONS, SHAPE_WORDS, THING_CAPTIONS

_BACKGROUND_SHARE = 0.15
_FIXTURE_WEIGHT = 0.5
_POINTING_PATCHES_MIN = 2


@dataclass(frozen=True, eq=False)
class Batch:
    """Training pictures as tensors; see :class:`robomatrix_py.training.pictures.Picture`.

    Args:
        image: Normalised, shape (B, 3, H, W).
        thing: Row of `things` by patch from 1, 0 for none, shape (B, P).
        offset_m: Shape (B, P, 3).
        things: Shape (B, K, 5).
    """

    image: Tensor
    thing: Tensor
    offset_m: Tensor
    things: Tensor


def patch_losses(
    embedding: Tensor, geometry: Tensor, texts: Tensor, scale: Tensor, batch: Batch, taught: Tensor
) -> dict[str, Tensor]:
    """Return the losses of patches by name.

    Args:
        embedding: Of patches, shape (B, P, E), length 1.
        geometry: Shape (B, P, 6).
        texts: Embeddings of all captions, shape (captions, E), length 1.
        scale: Learned factor on their products.
        batch: What the patches show.
        taught: Classes that training may see, background last, shape (n,).
    """
    scaled = (scale * texts).T
    shown = batch.thing > 0
    row = torch.gather(batch.things, 1, (batch.thing - 1).clamp(min=0)[..., None].expand(-1, -1, batch.things.shape[2]))
    row = row[shown]
    thing = row[:, 0].long()
    is_object = thing < len(OBJECT_CAPTIONS)
    weight = torch.where(is_object, 1.0, _FIXTURE_WEIGHT)
    place = torch.full((len(THING_CAPTIONS) + 1,), -1, dtype=torch.long)
    place[taught] = torch.arange(len(taught))
    # Most patches show nothing with a name: a sample of them will do, and saves most of the work.
    similarity = embedding[shown] @ scaled
    among = similarity[:, THINGS][:, taught]
    losses = {"thing": _weighted(functional.cross_entropy(among, place[thing], reduction="none"), weight)}
    empty = ~shown & (torch.rand(shown.shape) < _BACKGROUND_SHARE)
    nothing = torch.full((int(empty.sum()),), len(taught) - 1)
    losses["background"] = 0.5 * functional.cross_entropy(embedding[empty] @ scaled[:, THINGS][:, taught], nothing)
    if is_object.any():
        objects, shapes = similarity[is_object], len(SHAPE_WORDS)
        losses["color"] = 0.5 * functional.cross_entropy(objects[:, COLORS], thing[is_object] // shapes)
        losses["shape"] = 0.5 * functional.cross_entropy(objects[:, SHAPES], thing[is_object] % shapes)
    lamp = row[:, 4] >= 0
    if lamp.any():
        losses["lamp"] = 0.3 * functional.cross_entropy(similarity[lamp][:, LAMPS], row[lamp, 4].long())
    losses["whole"] = 0.5 * _whole_loss(embedding, scaled[:, THINGS][:, taught], place, batch)
    losses["pointing"] = _pointing_loss(embedding @ scaled[:, : len(OBJECT_CAPTIONS)], batch)
    return losses | _geometry_losses(geometry[shown], batch.offset_m[shown], row, weight)


def _weighted(loss: Tensor, weight: Tensor) -> Tensor:
    return (loss * weight).sum() / weight.sum().clamp(min=1.0)


def _whole_loss(embedding: Tensor, scaled: Tensor, place: Tensor, batch: Batch) -> Tensor:
    """Return how badly the mean over a free thing's patches names it: no single patch has to show all of a shape."""
    picture, row = torch.nonzero(_objects(batch), as_tuple=True)
    if not len(picture):
        return embedding.new_zeros(())
    mask = (batch.thing[picture] == row[:, None] + 1).float()
    mean = torch.einsum("np,npe->ne", mask, embedding[picture])
    classes = batch.things[picture, row, 0].long()
    return functional.cross_entropy(functional.normalize(mean, dim=1) @ scaled, place[classes])


def _objects(batch: Batch) -> Tensor:
    """Return which rows of `things` are free things with enough patches in the picture, shape (B, K)."""
    rows = torch.arange(1, batch.things.shape[1] + 1)
    patches = (batch.thing[:, None, :] == rows[None, :, None]).sum(2)
    classes = batch.things[:, :, 0]
    return (patches >= _POINTING_PATCHES_MIN) & (classes >= 0) & (classes < len(OBJECT_CAPTIONS))


def _pointing_loss(similarity: Tensor, batch: Batch) -> Tensor:
    """Return how badly a caption's best patch over the whole picture lies on the thing it names."""
    rows = torch.arange(1, batch.things.shape[1] + 1)
    masks = batch.thing[:, None, :] == rows[None, :, None]
    classes = batch.things[:, :, 0].long()
    used = _objects(batch)
    if not used.any():
        return similarity.new_zeros(())
    picture, index = torch.nonzero(used, as_tuple=True)
    mask = masks[picture, index]
    score = similarity[picture, :, classes[picture, index]]
    whole = torch.logsumexp(score, 1)
    on_thing = torch.logsumexp(score.masked_fill(~mask, -1e4), 1)
    even = (score * mask).sum(1) / mask.sum(1)
    return (whole - on_thing + 0.1 * (whole - even)).mean()


def _geometry_losses(geometry: Tensor, offset_m: Tensor, row: Tensor, weight: Tensor) -> dict[str, Tensor]:
    offset = functional.smooth_l1_loss(geometry[:, 0:3], offset_m / OFFSET_UNIT_M, reduction="none", beta=0.05).sum(1)
    size = functional.smooth_l1_loss(geometry[:, 3:6], row[:, 1:4] / SIZE_UNIT_M, reduction="none", beta=0.05).sum(1)
    return {"offset": 0.5 * _weighted(offset, weight), "size": 0.3 * _weighted(size, weight)}


def crop_losses(
    embedding: Tensor, texts: Tensor, scale: Tensor, thing: Tensor, taught: Tensor
) -> dict[str, Tensor]:
    """Return how badly cutouts are told apart by their captions, by name: what keeps it a CLIP.

    Args:
        embedding: Of cutouts, shape (B, E), length 1.
        texts: Embeddings of all captions, shape (captions, E), length 1.
        scale: Learned factor on their products.
        thing: Class by cutout, -1 for one without a thing, shape (B,).
        taught: Classes that training may see, background last, shape (n,).
    """
    place = torch.full((len(THING_CAPTIONS) + 1,), -1, dtype=torch.long)
    place[taught] = torch.arange(len(taught))
    similarity = scale * embedding @ texts.T
    known = thing >= 0
    losses = {
        "crop": functional.cross_entropy(
            similarity[:, THINGS][:, taught], place[torch.where(known, thing, len(THING_CAPTIONS))]
        )
    }
    if known.any():
        color = thing[known] // len(SHAPE_WORDS)
        losses["crop_color"] = 0.5 * functional.cross_entropy(similarity[known][:, COLORS], color)
        losses["crop_shape"] = 0.5 * shape_loss(embedding, texts, scale, thing)
    return losses


def shape_loss(embedding: Tensor, texts: Tensor, scale: Tensor, thing: Tensor) -> Tensor:
    """Return how badly cutouts are told apart by the words of their shapes; arguments as of :func:`crop_losses`."""
    known = thing >= 0
    if not known.any():
        return embedding.new_zeros(())
    return functional.cross_entropy(scale * embedding[known] @ texts[SHAPES].T, thing[known] % len(SHAPE_WORDS))
