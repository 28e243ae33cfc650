"""Trains the action model. Step by step the same for the same seed, also after an interruption.

One thread on a CPU, one GPU, or many processes by `torchrun`: every process draws the same global batch from seed and
step and computes its part of it, so that how many there are changes results by rounding only.
"""

from __future__ import annotations

import hashlib
import json
import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from accelerate import Accelerator
from torch import Tensor

from robomatrix_py.contracts.errors import ConfigError, DataError
from robomatrix_py.contracts.policy import SKILLS
from robomatrix_py.policies.action.augmentation import Augmentation
from robomatrix_py.policies.action.config import ActionTraining
from robomatrix_py.policies.action.evaluation import evaluate
from robomatrix_py.policies.action.examples import make_examples
from robomatrix_py.policies.action.frames import Frames
from robomatrix_py.policies.action.loss import losses
from robomatrix_py.policies.action.model import ActionModel
from robomatrix_py.policies.action.normaliser import fit_normaliser
from robomatrix_py.policies.checkpoint import part, read_checkpoint, write_checkpoint
from robomatrix_py.policies.optimizer import load_optimizer, make_optimizer, optimizer_tensors, set_learning_rate

CHECKPOINT_FILE = "checkpoint.safetensors"
OnReport = Callable[[int, Mapping[str, float]], None]


class ActionTrainer:
    """Trains one action model.

    Args:
        frames: To learn from.
        held_out: Of other episodes: the weights that are best on them are kept.
        config: How.
        folder: Takes the checkpoint and TensorBoard's files; an earlier checkpoint there is gone on from.

    Raises:
        DataError: There are no frames, or the checkpoint is damaged.
        ConfigError: The checkpoint is of another configuration or other frames.
    """

    def __init__(self, frames: Frames, held_out: Frames, config: ActionTraining, folder: Path) -> None:
        for name, some in (("to learn from", frames), ("held out", held_out)):
            if not len(some):
                raise DataError(f"no frames {name}", where="frames", remedy="make more demonstrations")
        # Two threads on two busy cores are slower than one.
        torch.set_num_threads(1)
        torch.manual_seed(config.seed)
        self._config, self._folder = config, folder
        self._identity = json.dumps(_of_results(config) | {"frames": [_digest(frames), _digest(held_out)]})
        aims = fit_normaliser(frames.aims[frames.mask])
        self._examples, self._held_out = make_examples(frames, aims), make_examples(held_out, aims)
        self._held_out_skill = held_out.skill
        self.normalisers = (fit_normaliser(self._examples.observation.numpy()), aims)
        self._aims = tuple(torch.from_numpy(values) for values in (aims.mean, aims.spread, aims.gain))
        model = ActionModel(config.size, *self.normalisers)
        self._drawn = _cumulative(frames, config.balance)
        self._augmentation = Augmentation(config)
        optimizer = make_optimizer(model, config.learning_rate, config.weight_decay, fused=True)
        self.step, self.best_step, self.best_loss = 0, 0, math.inf
        self._average: dict[str, Tensor] = {name: value.detach().clone() for name, value in model.named_parameters()}
        self._best = {name: value.clone() for name, value in self._average.items()}
        if (folder / CHECKPOINT_FILE).exists():
            self._resume(model, optimizer)
        self._accelerator = Accelerator(
            cpu=not torch.cuda.is_available(),
            mixed_precision="no",
            log_with="tensorboard",
            project_dir=folder,
        )
        processes = self._accelerator.num_processes
        if config.batch % processes:
            raise ConfigError(
                f"batch is {config.batch}", where="training.batch", permitted=f"multiples of {processes} processes"
            )
        self._model, self._optimizer = self._accelerator.prepare(model, optimizer)
        self._average = {name: value.to(self._accelerator.device) for name, value in self._average.items()}
        self._parameters: list[Tensor] = list(self._plain().parameters())

    @property
    def is_main(self) -> bool:
        """Whether this process, of all that train together, writes files."""
        return bool(self._accelerator.is_main_process)

    def best_model(self) -> ActionModel:
        """Return the model with the averaged weights that were best on the held-out episodes, on the CPU."""
        return _with(ActionModel(self._config.size, *self.normalisers), self._best).eval()

    def measure(self, goals: Sequence[str] = SKILLS) -> dict[str, dict[str, float]]:
        """Return how the best weights do on the held-out episodes, by goal; see :func:`evaluate`.

        Args:
            goals: What `Frames.skill` counts.
        """
        model = self.best_model()
        return {
            goals[number]: evaluate(model, self._held_out.at(chosen), self._config.sampling_steps)
            for number in np.unique(self._held_out_skill).tolist()
            for chosen in [torch.from_numpy(self._held_out_skill == number)]
        }

    def run(self, on_report: OnReport) -> None:
        """Train to the end.

        Args:
            on_report: Hears the step and the mean losses since the last report, in the main process; those of the
                held-out episodes begin with ``held_out.``.
        """
        config = self._config
        self._accelerator.init_trackers("tensorboard", init_kwargs={"tensorboard": {"purge_step": self.step}})
        sums: dict[str, Tensor] = {}
        saved_s = time.monotonic()
        while self.step < config.steps:
            for name, value in self._advance().items():
                sums[name] = sums.get(name, torch.zeros(())) + value
            self.step += 1
            ended = self.step == config.steps
            if self.step % config.report_every and not ended:
                continue
            counted = (self.step - 1) % config.report_every + 1
            values = {name: float(value) / counted for name, value in sums.items()}
            sums = {}
            if self.step % config.evaluate_every == 0 or ended:
                values |= self._look_at_held_out()
            if self.is_main:
                on_report(self.step, values)
                self._accelerator.log(values, self.step)
                # Between reports nothing is saved, so that a curve goes on as if never interrupted.
                if ended or time.monotonic() - saved_s > config.checkpoint_every_s:
                    self._save()
                    saved_s = time.monotonic()
        self._accelerator.wait_for_everyone()
        self._accelerator.end_training()

    def _advance(self) -> dict[str, Tensor]:
        """Take one optimiser step; everything random follows from seed and step."""
        config, step = self._config, self.step
        random = np.random.default_rng([config.seed, step]).random(config.batch)
        picks = torch.from_numpy(np.searchsorted(self._drawn, random, side="right"))
        generator = torch.Generator().manual_seed(config.seed * 1_000_003 + step)
        batch = self._examples.at(picks)
        mean, spread, gain = self._aims
        observation, aims = self._augmentation.moved(batch.observation, batch.chunk * spread + mean, generator)
        batch = replace(
            batch, observation=self._augmentation.damaged(observation, generator), chunk=(aims - mean) * gain
        )
        feature_noise = self._augmentation.noise(config.batch, generator)
        noise = torch.randn(batch.chunk.shape, generator=generator)
        moment = torch.rand(config.batch, generator=generator)
        mine = slice(self._accelerator.process_index, None, self._accelerator.num_processes)
        device = self._accelerator.device
        batch = batch.at(mine).to(device)
        feature_noise, noise, moment = (value[mine].to(device) for value in (feature_noise, noise, moment))
        noisy = torch.lerp(noise, batch.chunk, moment[:, None, None])
        set_learning_rate(self._optimizer, config.learning_rate, step, config.steps, config.warm_up_steps)
        normal = self._plain().normalised(batch.observation) + feature_noise
        # Not by accelerate, whose precision is one for the whole process.
        with torch.autocast(device.type, torch.bfloat16, enabled=config.precision == "bf16"):
            end, heads = self._model(normal, noisy, moment)
        parts = losses(end, heads.float(), batch)
        self._optimizer.zero_grad()
        self._accelerator.backward(sum(parts.values(), torch.zeros((), device=end.device)))
        self._accelerator.clip_grad_norm_(self._parameters, 1.0)
        self._optimizer.step()
        decay = min(config.ema_decay, (1 + step) / (10 + step))
        with torch.no_grad():
            torch._foreach_lerp_(list(self._average.values()), self._parameters, 1 - decay)
        return {name: value.detach() for name, value in parts.items()}

    def _look_at_held_out(self) -> dict[str, float]:
        """Return how the averaged weights do on the held-out episodes, and keep them if they are the best so far."""
        model = ActionModel(self._config.size, *self.normalisers).to(self._accelerator.device)
        _with(model, self._average)
        found = evaluate(model, self._held_out, self._config.sampling_steps)
        if found["loss"] < self.best_loss:
            self.best_loss, self.best_step = found["loss"], self.step
            self._best = {name: value.detach().cpu().clone() for name, value in self._average.items()}
        return {f"held_out.{name}": value for name, value in found.items()}

    def _plain(self) -> ActionModel:
        model: ActionModel = self._accelerator.unwrap_model(self._model)
        return model

    def _save(self) -> None:
        tensors: dict[str, Tensor] = {f"model.{name}": value for name, value in self._plain().named_parameters()}
        tensors |= {f"average.{name}": value for name, value in self._average.items()}
        tensors |= {f"best.{name}": value for name, value in self._best.items()}
        tensors |= optimizer_tensors(self._optimizer)
        about = {
            "identity": self._identity,
            "step": str(self.step),
            "best_step": str(self.best_step),
            "best_loss": repr(self.best_loss),
        }
        write_checkpoint(self._folder / CHECKPOINT_FILE, tensors, about)

    def _resume(self, model: ActionModel, optimizer: torch.optim.Optimizer) -> None:
        path = self._folder / CHECKPOINT_FILE
        tensors, about = read_checkpoint(path)
        if about.get("identity") != self._identity:
            raise ConfigError(
                "the checkpoint is of another configuration or other frames",
                where=str(path),
                remedy="choose another folder",
            )
        _with(model, part(tensors, "model"))
        self._average, self._best = part(tensors, "average"), part(tensors, "best")
        # The order of names in a file is its own.
        self._average = {name: self._average[name] for name, _ in model.named_parameters()}
        load_optimizer(optimizer, tensors)
        self.step, self.best_step = int(about["step"]), int(about["best_step"])
        self.best_loss = float(about["best_loss"])


@torch.no_grad()
def _with(model: ActionModel, parameters: Mapping[str, Tensor]) -> ActionModel:
    """Return a model with its parameters, the buffers left out, set to those given."""
    for name, parameter in model.named_parameters():
        parameter.copy_(parameters[name])
    return model


def _of_results(config: ActionTraining) -> dict[str, Any]:
    """Return the settings that results depend on."""
    values = asdict(config)
    del values["checkpoint_every_s"]
    return values


def _digest(frames: Frames) -> str:
    digest = hashlib.sha256()
    for field in fields(frames):
        digest.update(np.ascontiguousarray(getattr(frames, field.name)).tobytes())
    return digest.hexdigest()


def _cumulative(frames: Frames, balance: float) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return up to which share of draws each frame comes, so that rare skills are drawn more often."""
    counts = np.bincount(frames.skill).astype(np.float64)
    chance = counts[frames.skill] ** -balance
    cumulative = np.cumsum(chance)
    shares: np.ndarray[Any, np.dtype[np.float64]] = cumulative[:-1] / cumulative[-1]
    return shares
