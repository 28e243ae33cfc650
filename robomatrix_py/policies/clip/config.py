"""How the encoder is made. No torch."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class EncoderSize:
    """How large the encoder is.

    Args:
        widths: Channels at strides 4, 8 and 16.
        depths: Blocks at each.
        text_width: Width of the text tower.
        text_layers: Its layers.
        crop_widths: Channels of the crop tower at strides 1, 2, 4 and 8.
    """

    widths: tuple[int, int, int] = (48, 96, 160)
    depths: tuple[int, int, int] = (1, 2, 2)
    text_width: int = 64
    text_layers: int = 2
    crop_widths: tuple[int, int, int, int] = (24, 48, 96, 128)

    def __post_init__(self) -> None:
        """Check the ranges."""
        for key in ("widths", "depths", "crop_widths"):
            if min(getattr(self, key)) < 1:
                raise ValueError(f"{key} is {list(getattr(self, key))}; permitted: at least 1 each")
        if self.text_width < 4 or self.text_width % 4:
            raise ValueError(f"text_width is {self.text_width}; permitted: multiples of 4")
        if self.text_layers < 1:
            raise ValueError(f"text_layers is {self.text_layers}; permitted: at least 1")


@dataclass(frozen=True)
class PretrainedTowers:
    """Which pretrained open_clip model reads texts and names things; none is our own, trained from nothing.

    Args:
        model: An open_clip architecture, such as ``ViT-B-32``; or ``local-dir:FOLDER`` or ``hf-hub:OWNER/NAME``, where
            both the architecture and the weights are; empty for our own towers.
        pretrained: File with the weights, or a tag that open_clip knows, which are fetched over the network.
    """

    model: str = ""
    pretrained: str = ""

    def __post_init__(self) -> None:
        """Check that both fit each other."""
        if self.pretrained and (not self.model or self.is_folder_or_hub):
            raise ValueError(
                f"pretrained is '{self.pretrained}' where model is '{self.model}'; permitted: with an architecture only"
            )
        if self.model and not self.pretrained and not self.is_folder_or_hub:
            raise ValueError(
                f"pretrained is empty where model is '{self.model}'; permitted: a file with its weights, or a tag"
            )

    @property
    def is_folder_or_hub(self) -> bool:
        """Whether the model's name tells where all of it is."""
        return self.model.startswith(("local-dir:", "hf-hub:"))


@dataclass(frozen=True)
class EncoderTraining:
    """How the encoder is trained.

    Args:
        steps: Optimiser steps.
        batch: Pictures a step.
        crops: Cutouts of single things a step.
        learning_rate: Highest, after the warm-up; falls as a cosine.
        weight_decay: On matrices.
        warm_up_steps: Steps until the highest learning rate.
        checkpoint_every_s: How often progress is saved.
        seed: Everything random follows from it.
        size: How large the encoder is.
    """

    steps: int = 3000
    batch: int = 32
    crops: int = 128
    learning_rate: float = 2e-3
    weight_decay: float = 0.02
    warm_up_steps: int = 60
    checkpoint_every_s: float = 60.0
    seed: int = 0
    size: EncoderSize = field(default_factory=EncoderSize)

    def __post_init__(self) -> None:
        """Check the ranges."""
        for key in ("steps", "batch", "crops", "warm_up_steps"):
            if getattr(self, key) < 1:
                raise ValueError(f"{key} is {getattr(self, key)}; permitted: at least 1")
        if not 0 < self.learning_rate < 1:
            raise ValueError(f"learning_rate is {self.learning_rate}; permitted: above 0, below 1")
