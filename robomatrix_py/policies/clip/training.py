"""Trains the encoder on labelled pictures. Step by step the same for the same seed, also after an interruption."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from robomatrix_py.contracts.errors import ConfigError
from robomatrix_py.policies.checkpoint import part, read_checkpoint, write_checkpoint
from robomatrix_py.policies.clip.byte_pairs import BytePairVocabulary
from robomatrix_py.policies.clip.captions import make_vocabulary, phrased
from robomatrix_py.policies.clip.config import EncoderTraining
from robomatrix_py.policies.clip.geometry import STRIDE_PX
from robomatrix_py.policies.clip.loss import Batch, crop_losses, patch_losses, shape_loss
from robomatrix_py.policies.clip.model import DenseClip, normalised
from robomatrix_py.policies.clip.pictures import Cutouts, Pictures
from robomatrix_py.policies.clip.pretrained import PretrainedClip, Towers
from robomatrix_py.policies.clip.text import TEMPLATES, Vocabulary
from robomatrix_py.policies.clip.things import THING_CAPTIONS
from robomatrix_py.policies.optimizer import load_optimizer, make_optimizer, optimizer_tensors, set_learning_rate

CHECKPOINT_FILE = "checkpoint.safetensors"


class EncoderTrainer:
    """Trains one encoder.

    Args:
        pictures: To learn from where what is.
        cutouts: To learn from what single things are; nothing is learned from them where towers are pretrained.
        config: How.
        taught: Captions of the things that appear in `pictures`.
        folder: Takes the checkpoint; an earlier one there is gone on from.
        towers: Pretrained ones that stay as they are; without them all towers are made from nothing.

    Raises:
        ConfigError: The checkpoint is of another configuration.
    """

    def __init__(
        self,
        pictures: Pictures,
        cutouts: Cutouts | None,
        config: EncoderTraining,
        taught: tuple[str, ...],
        folder: Path,
        towers: Towers | None = None,
    ) -> None:
        # Two threads on two busy cores are slower than one.
        torch.set_num_threads(1)
        torch.manual_seed(config.seed)
        self._pictures = pictures
        self._cutouts = cutouts
        self._config = config
        self._folder = folder
        self._towers = towers
        self.vocabulary: Vocabulary | BytePairVocabulary
        self.model: DenseClip | PretrainedClip
        if towers is None:
            self.vocabulary = make_vocabulary()
            self.model = DenseClip(self.vocabulary.size, config.size).to(memory_format=torch.channels_last)
        else:
            self.vocabulary = towers.vocabulary
            self.model = PretrainedClip(towers, config.size)
            self.model.dense.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        indices = [index for index, caption in enumerate(THING_CAPTIONS) if caption in taught]
        self._taught = torch.tensor([*indices, len(THING_CAPTIONS)])
        tokens = [torch.from_numpy(self.vocabulary.encode(phrased(form))) for form in self.model.templates]
        self._tokens = tokens if towers is None else []
        self._fixed_texts = None if towers is None else _mean_texts(self.model, tokens)
        self._optimizer = make_optimizer(self.model.learning, config.learning_rate, config.weight_decay)
        self.step = 0
        if (folder / CHECKPOINT_FILE).exists():
            self._resume()

    def run(self, on_progress: Callable[[int, Mapping[str, float]], None], report_every: int = 50) -> None:
        """Train to the end.

        Args:
            on_progress: Hears the step and the mean losses since the last report.
            report_every: Steps between reports.
        """
        self.model.train()
        sums: dict[str, float] = {}
        saved_s = time.monotonic()
        while self.step < self._config.steps:
            for name, value in self._advance().items():
                sums[name] = sums.get(name, 0.0) + value
            self.step += 1
            if self.step % report_every == 0 or self.step == self._config.steps:
                on_progress(self.step, {name: value / report_every for name, value in sums.items()})
                sums = {}
            if time.monotonic() - saved_s > self._config.checkpoint_every_s or self.step == self._config.steps:
                self._save()
                saved_s = time.monotonic()
        self.model.eval()

    def _advance(self) -> dict[str, float]:
        """Take one optimiser step; everything random follows from seed and step."""
        config, step = self._config, self.step
        rng = np.random.default_rng([config.seed, step])
        torch.manual_seed(int(rng.integers(2**31)))
        set_learning_rate(self._optimizer, config.learning_rate, step, config.steps, config.warm_up_steps)
        picks = np.sort(rng.choice(len(self._pictures), config.batch, replace=False))
        batch = _batch(self._pictures, picks)
        texts = self._fixed_texts
        if texts is None:
            texts = self.model.texts(self._tokens[int(rng.integers(len(TEMPLATES)))])
        scale = self.model.scale
        with torch.autocast("cpu", torch.bfloat16):
            _, embedding, geometry = self.model.patches(_augmented(batch.image, batch.thing))
        embedding = embedding.float().flatten(2).transpose(1, 2)
        geometry = geometry.float().flatten(2).transpose(1, 2)
        losses = patch_losses(embedding, geometry, texts, scale, batch, self._taught)
        if self._towers is None and self._cutouts is not None:
            losses |= self._crop_losses(self._cutouts, texts, scale, rng)
        total = sum(losses.values(), torch.zeros(()))
        self._optimizer.zero_grad()
        total.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.model.learning.parameters(), 1.0)
        self._optimizer.step()
        return {name: float(value.detach()) for name, value in losses.items()}

    def _crop_losses(
        self, cutouts: Cutouts, texts: Tensor, scale: Tensor, rng: np.random.Generator
    ) -> dict[str, Tensor]:
        cuts, things = _cuts(cutouts, np.sort(rng.choice(len(cutouts), self._config.crops)), rng)
        with torch.autocast("cpu", torch.bfloat16):
            named = self.model.crops(_augmented(cuts))
            repainted = self.model.crops(_augmented(_repainted(cuts)))
        losses = crop_losses(named.float(), texts, scale, things, self._taught)
        losses["repainted"] = shape_loss(repainted.float(), texts, scale, things)
        return losses

    def _save(self) -> None:
        tensors = {f"model.{name}": value for name, value in self.model.learning.state_dict().items()}
        tensors |= optimizer_tensors(self._optimizer)
        about = {"step": str(self.step), "config": self._config_text()}
        write_checkpoint(self._folder / CHECKPOINT_FILE, tensors, about)

    def _resume(self) -> None:
        path = self._folder / CHECKPOINT_FILE
        tensors, about = read_checkpoint(path)
        if about.get("config") != self._config_text():
            raise ConfigError(
                "the checkpoint is of another configuration", where=str(path), remedy="choose another folder"
            )
        self.model.learning.load_state_dict(part(tensors, "model"))
        load_optimizer(self._optimizer, tensors)
        self.step = int(about["step"])

    def _config_text(self) -> str:
        values = asdict(self._config)
        del values["checkpoint_every_s"]
        values["pictures"] = len(self._pictures)
        if self._cutouts is not None:
            values["cutouts"] = len(self._cutouts)
        if self._towers is not None:
            values["towers"] = self._towers.sha256
        return json.dumps(values, sort_keys=True)


def _mean_texts(model: nn.Module, tokens: Sequence[Tensor]) -> Tensor:
    """Return embeddings of captions, averaged over phrases as in use, shape (captions, E)."""
    with torch.no_grad():
        total = torch.stack([model.texts(phrases) for phrases in tokens]).sum(0)  # type: ignore[operator]
    return functional.normalize(total, dim=-1)


def _batch(pictures: Pictures, picks: np.ndarray[Any, Any]) -> Batch:
    """Return pictures as tensors."""
    thing = pictures.thing[picks].reshape(len(picks), -1).astype(np.int64)
    offset = pictures.offset_m[picks].reshape(len(picks), -1, 3).astype(np.float32)
    return Batch(
        normalised(torch.from_numpy(pictures.color[picks])),
        torch.from_numpy(thing),
        torch.from_numpy(offset),
        torch.from_numpy(pictures.things[picks]),
    )


def _augmented(image: Tensor, thing: Tensor | None = None) -> Tensor:
    """Return pictures in another light and with noise; the ground without a name also gets a pattern."""
    count, _, height, width = image.shape
    if thing is not None:
        side = height // STRIDE_PX
        mask = (thing == 0).float().view(count, 1, side, side)
        mask = functional.interpolate(mask, scale_factor=float(STRIDE_PX))
        coarse = torch.randn(count, 3, 8, 8) * 0.5 * torch.rand(count, 1, 1, 1) * (torch.rand(count, 1, 1, 1) < 0.6)
        pattern = functional.interpolate(
            coarse, size=(height, width), mode=("nearest", "bilinear")[int(torch.rand(()) < 0.5)]
        )
        image = image + mask * pattern
    image = image * (1 + 0.12 * torch.randn(count, 1, 1, 1)) + 0.10 * torch.randn(count, 3, 1, 1)
    # Noise for two pictures serves all: drawing it anew would cost a tenth of the training time.
    grain = torch.randn(2, *image.shape[1:]).to(memory_format=torch.channels_last)
    grain = grain[torch.arange(count) % 2] if count > 1 else grain[:1]
    return image + 0.08 * torch.rand(count, 1, 1, 1) * grain


def _repainted(image: Tensor) -> Tensor:
    """Return images whose colour channels are random mixtures of the old ones, another mixture for each image.

    Their shapes stay. Without them a shape is learnt together with the colours it was seen in: what is round and
    orange would be an egg, because no orange ball was among the pictures.
    """
    weights = torch.distributions.Dirichlet(torch.full((3,), 0.5)).sample((len(image), 3))
    return torch.einsum("bij,bjhw->bihw", weights, image).contiguous(memory_format=torch.channels_last)


def _cuts(cutouts: Cutouts, picks: np.ndarray[Any, Any], rng: np.random.Generator) -> tuple[Tensor, Tensor]:
    """Return cutouts, half of them mirrored, and their classes."""
    color = np.asarray(cutouts.color[picks])
    mirrored = rng.random(len(picks)) < 0.5
    color[mirrored] = color[mirrored, :, ::-1]
    return normalised(torch.from_numpy(color)), torch.from_numpy(cutouts.thing[picks].astype(np.int64))
