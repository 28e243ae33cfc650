"""LeRobot's DiffusionPolicy in the sizes that are compared. Runs in the LeRobot environment."""

from __future__ import annotations

from collections import deque

import torch
from torch import Tensor, nn


def _declare_operators() -> torch.library.Library:
    """Declare two operators that torchvision looks for where its wheel was built for another machine's libraries."""
    library = torch.library.Library("torchvision", "FRAGMENT")
    for name in ("nms", "qnms"):
        if not hasattr(torch.ops.torchvision, name):
            library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    return library


# Declared for as long as this lives, and before what imports torchvision.
_OPERATORS = _declare_operators()

import torchvision  # noqa: E402
from lerobot.configs.types import FeatureType, PolicyFeature  # noqa: E402
from lerobot.policies.diffusion.configuration_diffusion import DiffusionConfig  # noqa: E402
from lerobot.policies.diffusion.modeling_diffusion import DiffusionPolicy  # noqa: E402
from lerobot.policies.diffusion.processor_diffusion import make_diffusion_pre_post_processors  # noqa: E402
from torchvision.models.resnet import BasicBlock, conv1x1  # noqa: E402

CAMERAS = ("front_camera", "wrist_camera")
STATE, ACTION, PICTURES = "observation.state", "action", "observation.images."
HORIZON = 16
LOOKS = 2
"""Looks that a chunk is made from: the newest and the one before."""

NARROW = "resnet18_quarter"
SIZES: dict[str, dict[str, object]] = {
    # As many parameters as ours, in the vision as in the action model. A narrower ResNet-18 is needed for that: the
    # smallest one of torchvision alone has four times as many.
    "matched": {"vision_backbone": NARROW, "down_dims": (32, 64, 128)},
    # The same action model behind the smallest vision that LeRobot's own settings permit.
    "resnet18": {"vision_backbone": "resnet18", "down_dims": (32, 64, 128)},
    # What LeRobot gives to who sets nothing.
    "default": {},
}
"""By name, what differs from LeRobot's default configuration."""

Stats = dict[str, dict[str, Tensor]]


def _narrow_resnet18(weights: None = None) -> nn.Module:
    """Return a ResNet-18 of a quarter of the usual widths, with children named and ordered as torchvision's."""
    del weights
    width = 16

    def stage(inner: int, outer: int, stride: int) -> nn.Module:
        shortcut = None
        if stride != 1 or inner != outer:
            shortcut = nn.Sequential(conv1x1(inner, outer, stride), nn.BatchNorm2d(outer))
        return nn.Sequential(BasicBlock(inner, outer, stride, shortcut), BasicBlock(outer, outer))

    model = nn.Module()
    parts = {
        "conv1": nn.Conv2d(3, width, kernel_size=7, stride=2, padding=3, bias=False),
        "bn1": nn.BatchNorm2d(width),
        "relu": nn.ReLU(inplace=True),
        "maxpool": nn.MaxPool2d(kernel_size=3, stride=2, padding=1),
        "layer1": stage(width, width, 1),
        "layer2": stage(width, 2 * width, 2),
        "layer3": stage(2 * width, 4 * width, 2),
        "layer4": stage(4 * width, 8 * width, 2),
        "avgpool": nn.AdaptiveAvgPool2d(1),
        "fc": nn.Linear(8 * width, 1),
    }
    for name, part in parts.items():
        model.add_module(name, part)
    for part in model.modules():
        if isinstance(part, nn.Conv2d):
            nn.init.kaiming_normal_(part.weight, mode="fan_out", nonlinearity="relu")
    return model


setattr(torchvision.models, NARROW, _narrow_resnet18)


def make_config(
    size: str, view_px: tuple[int, int], state: int, action: int, steps: int, scheduler: str
) -> DiffusionConfig:
    """Return the configuration of one size.

    Args:
        size: One of `SIZES`.
        view_px: Width and height of the pictures; LeRobot wants those of both cameras alike.
        state: Numbers of a state.
        action: Numbers of an action.
        steps: Denoising steps from noise to chunk.
        scheduler: ``DDIM`` or ``DDPM``.
    """
    width, height = view_px
    pictures = {PICTURES + camera: PolicyFeature(FeatureType.VISUAL, (3, height, width)) for camera in CAMERAS}
    return DiffusionConfig(
        device="cpu",
        n_obs_steps=LOOKS,
        horizon=HORIZON,
        n_action_steps=HORIZON - LOOKS + 1,
        input_features={STATE: PolicyFeature(FeatureType.STATE, (state,)), **pictures},
        output_features={ACTION: PolicyFeature(FeatureType.ACTION, (action,))},
        noise_scheduler_type=scheduler,
        num_inference_steps=steps,
        # Aims after a disturbance that nobody could foresee do not count, for the peer as for us.
        do_mask_loss_for_padding=True,
        **SIZES[size],  # type: ignore[arg-type]
    )


class Peer:
    """A DiffusionPolicy with its own processors.

    Args:
        config: The configuration.
        stats: Of state, action and pictures, by which LeRobot normalises.
    """

    def __init__(self, config: DiffusionConfig, stats: Stats) -> None:
        self.config, self.stats = config, stats
        self.policy = DiffusionPolicy(config).eval()
        self.before, self.after = make_diffusion_pre_post_processors(config, stats)

    @property
    def parameters(self) -> dict[str, int]:
        """How many parameters there are, in the vision, in the action model, and in all."""
        model = self.policy.diffusion
        counted = {"vision": model.rgb_encoder, "action": model.unet, "all": model}
        return {name: sum(p.numel() for p in part.parameters()) for name, part in counted.items()}

    def batch(self, colors: dict[str, Tensor], state: Tensor) -> dict[str, Tensor]:
        """Return what the policy takes, normalised.

        Args:
            colors: RGB by camera, uint8, shape (..., H, W, 3).
            state: Shape (..., numbers).
        """
        pictures = {PICTURES + camera: color.movedim(-1, -3).float() / 255 for camera, color in colors.items()}
        batch: dict[str, Tensor] = self.before({**pictures, STATE: state})
        return batch


class Looks:
    """The last looks, and chunks made from them by LeRobot's own code.

    Args:
        peer: The policy.
    """

    def __init__(self, peer: Peer) -> None:
        self._peer = peer
        self._kept: deque[dict[str, Tensor]] = deque(maxlen=LOOKS)

    def clear(self) -> None:
        """Forget all."""
        self._kept.clear()

    def act(self, colors: dict[str, Tensor], state: Tensor, noise: Tensor) -> Tensor:
        """Return the actions from now on, shape (steps, numbers).

        Args:
            colors: New pictures by camera, RGB, uint8, shape (H, W, 3).
            state: Shape (numbers,).
            noise: Shape (HORIZON, numbers).
        """
        new = self._peer.batch(colors, state)
        # The first look counts for the one before it, too.
        self._kept.extend([new] * max(1, LOOKS - len(self._kept)))
        images = [torch.stack([look[PICTURES + camera] for camera in CAMERAS], dim=1) for look in self._kept]
        batch = {
            STATE: torch.stack([look[STATE] for look in self._kept], dim=1),
            "observation.images": torch.stack(images, dim=1),
        }
        with torch.inference_mode():
            actions = self._peer.policy.diffusion.generate_actions(batch, noise=noise[None])
        found: Tensor = self._peer.after(actions)[0]
        return found


def plain_stats(state: int, action: int) -> Stats:
    """Return statistics that change nothing much, for where only time is measured."""
    lows_and_highs = {"min": -1.0, "max": 1.0, "mean": 0.0, "std": 1.0}
    stats = {
        key: {name: torch.full((count,), value) for name, value in lows_and_highs.items()}
        for key, count in ((STATE, state), (ACTION, action))
    }
    picture = {"mean": 0.45, "std": 0.25, "min": 0.0, "max": 1.0}
    for camera in CAMERAS:
        stats[PICTURES + camera] = {name: torch.full((3, 1, 1), value) for name, value in picture.items()}
    return stats
