"""The encoder: an open_clip model with two image towers, one for single things and one for all patches of a picture.

The crop tower is the CLIP's own image tower (`encode_image`): it names things that were cut out. The patch tower finds
them: a small feature pyramid of depthwise blocks in the manner of ConvNeXt (Liu et al., arXiv 2201.03545). A patch says
what it shows by its embedding, compared with those of texts, and where the shown thing is by six numbers:

| numbers | meaning |
|---|---|
| 0:3 | from the surface seen in the patch to the thing's centre, camera optical frame, in units of OFFSET_UNIT_M |
| 3:6 | edge lengths of its upright bounding box, in units of SIZE_UNIT_M |
"""

from __future__ import annotations

import itertools

import torch
from torch import Tensor, nn
from torch.nn import functional

from robomatrix_py.policies.clip.config import EncoderSize
from robomatrix_py.policies.clip.crops import CROP_PX, CutoutForm
from robomatrix_py.policies.clip.geometry import EMBEDDING, GEOMETRY
from robomatrix_py.policies.clip.library import CLIPTextCfg, CLIPVisionCfg, open_clip
from robomatrix_py.policies.clip.text import CONTEXT, TEMPLATES

OFFSET_UNIT_M = 0.03
SIZE_UNIT_M = 0.05
MEAN = 0.4
STD = 0.25


class _Block(nn.Module):
    def __init__(self, width: int, expansion: int = 2) -> None:
        super().__init__()
        self.spatial = nn.Conv2d(width, width, 5, padding=2, groups=width, bias=False)
        self.norm = nn.BatchNorm2d(width)
        self.expand = nn.Conv2d(width, expansion * width, 1)
        self.shrink = nn.Conv2d(expansion * width, width, 1)
        self.gain = nn.Parameter(torch.full((1, width, 1, 1), 0.3))

    def forward(self, x: Tensor) -> Tensor:
        inner = functional.relu(self.expand(self.norm(self.spatial(x))))
        result: Tensor = x + self.gain * self.shrink(inner)
        return result


def _reduce(inward: int, outward: int, kernel: int, stride: int) -> nn.Sequential:
    padding = (kernel - 1) // 2 if stride < kernel else 0
    convolution = nn.Conv2d(inward, outward, kernel, stride, padding, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(outward), nn.ReLU())


class PatchTower(nn.Module):
    """Image tower that keeps its patches.

    Args:
        size: Widths and depths.
        embedding: Length of its embeddings: that of the texts they are compared with.
    """

    def __init__(self, size: EncoderSize, embedding: int = EMBEDDING) -> None:
        super().__init__()
        a, b, c = size.widths
        self.stem = nn.Sequential(_reduce(3, 16, 3, 2), _reduce(16, a, 3, 2))
        self.blocks_4 = nn.Sequential(*[_Block(a) for _ in range(size.depths[0])])
        self.down_8 = _reduce(a, b, 2, 2)
        self.blocks_8 = nn.Sequential(*[_Block(b) for _ in range(size.depths[1])])
        self.down_16 = _reduce(b, c, 2, 2)
        self.blocks_16 = nn.Sequential(*[_Block(c) for _ in range(size.depths[2])])
        self.up_8 = nn.Conv2d(c, b, 1)
        self.merge_8 = _Block(b, 1)
        self.up_4 = nn.Conv2d(b, a, 1)
        self.merge_4 = _Block(a, 1)
        self.out = nn.Conv2d(a, a, 1)
        self.projection = nn.Conv2d(a, embedding, 1)
        self.geometry = nn.Sequential(nn.Conv2d(a, a, 1), nn.ReLU(), nn.Conv2d(a, GEOMETRY, 1))

    def features(self, image: Tensor) -> Tensor:
        """Return patch features, shape (B, widths[0], H / 4, W / 4), of images, shape (B, 3, H, W), normalised."""
        x4 = self.blocks_4(self.stem(image))
        x8 = self.blocks_8(self.down_8(x4))
        x16 = self.blocks_16(self.down_16(x8))
        y8 = self.merge_8(x8 + functional.interpolate(self.up_8(x16), scale_factor=2.0))
        y4 = self.merge_4(x4 + functional.interpolate(self.up_4(y8), scale_factor=2.0))
        return functional.relu(self.out(y4))

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return what every patch of images, shape (B, 3, H, W), shows.

        Returns:
            Features, shape (B, C, h, w); embeddings of length 1, shape (B, E, h, w); geometry, shape
            (B, GEOMETRY, h, w).
        """
        features = self.features(image)
        embedding = functional.normalize(self.projection(features), dim=1)
        return features, embedding, self.geometry(features)


class CropTower(nn.Module):
    """Image tower for cutouts of single things.

    Args:
        size: Its widths.
    """

    image_size = CROP_PX

    def __init__(self, size: EncoderSize) -> None:
        super().__init__()
        first, *others = size.crop_widths
        layers = [_reduce(3, first, 3, 1)]
        for inward, outward in itertools.pairwise((first, *others)):
            layers += [_reduce(inward, outward, 3, 2)]
            if outward != others[-1]:
                layers += [_reduce(outward, outward, 3, 1)]
        self.layers = nn.Sequential(*layers)
        self.projection = nn.Linear(others[-1], EMBEDDING)

    def forward(self, image: Tensor) -> Tensor:
        """Return one embedding a cutout, shape (B, EMBEDDING), not normalised, of images, shape (B, 3, H, W)."""
        embedding: Tensor = self.projection(self.layers(image).mean((2, 3)))
        return embedding


class DenseClip(open_clip.CustomTextCLIP):  # type: ignore[misc]  # open_clip has no types
    """An open_clip model with the crop tower as its image tower, and the patch tower beside it.

    Args:
        vocabulary_size: Tokens of the text tower.
        size: Widths and depths.
    """

    embedding = EMBEDDING
    cutout = CutoutForm(CROP_PX, (MEAN,) * 3, (STD,) * 3, "bilinear")
    templates = TEMPLATES

    def __init__(self, vocabulary_size: int, size: EncoderSize | None = None) -> None:
        size = size or EncoderSize()
        text = CLIPTextCfg(
            context_length=CONTEXT,
            vocab_size=vocabulary_size,
            width=size.text_width,
            heads=4,
            layers=size.text_layers,
        )
        # open_clip builds an image tower of its own first: the smallest there is, replaced below.
        super().__init__(
            EMBEDDING, CLIPVisionCfg(image_size=32, layers=1, width=64, head_width=32, patch_size=16), text
        )
        self.visual = CropTower(size)
        self.dense = PatchTower(size)
        with torch.no_grad():
            self.logit_scale.fill_(2.3)

    @property
    def scale(self) -> Tensor:
        """Learned factor that turns products of embeddings into logits."""
        scale: Tensor = self.logit_scale.exp().clamp(max=60)
        return scale

    @property
    def learning(self) -> nn.Module:
        """What is trained and kept in checkpoints: all of it."""
        return self

    def patches(self, image: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return what every patch of images, shape (B, 3, H, W), shows; see :meth:`PatchTower.forward`."""
        result: tuple[Tensor, Tensor, Tensor] = self.dense(image)
        return result

    def crops(self, image: Tensor) -> Tensor:
        """Return embeddings of length 1, shape (B, EMBEDDING), of cutouts, shape (B, 3, CROP_PX, CROP_PX)."""
        embedding: Tensor = functional.normalize(self.encode_image(image), dim=-1)
        return embedding

    def texts(self, tokens: Tensor) -> Tensor:
        """Return embeddings of length 1, shape (B, EMBEDDING), of tokens, shape (B, CONTEXT)."""
        embedding: Tensor = functional.normalize(self.encode_text(tokens), dim=-1)
        return embedding


def normalised(image: Tensor) -> Tensor:
    """Return RGB images, shape (B, H, W, 3), 0 to 255, as the tower wants them: shape (B, 3, H, W), about 0."""
    return ((image.permute(0, 3, 1, 2).float() / 255 - MEAN) / STD).contiguous(memory_format=torch.channels_last)
