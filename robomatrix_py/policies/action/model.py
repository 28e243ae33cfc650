"""The action model: conditional flow matching over chunks of aims (Lipman et al., arXiv 2210.02747).

Noise becomes a chunk along straight lines, ``x_t = (1 - t) noise + t chunk``. The network says where a line ends, which
is the same as its velocity ``(end - x_t) / (1 - t)`` but leaves no noise in the last step. It is a stack of MLP blocks
whose layer norms are steered by time and observation (AdaLN, Peebles and Xie, arXiv 2212.09748). Beside it, linear
numbers go straight from the observation to the chunk: most aims are an offset that was seen, plus a little.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from robomatrix_py.contracts.policy import CHUNK_STEPS
from robomatrix_py.policies.action.aims import NUMBERS
from robomatrix_py.policies.action.config import ActionSize
from robomatrix_py.policies.action.normaliser import CLIP, Normaliser
from robomatrix_py.policies.action.observation import NAMES

_DIMS = CHUNK_STEPS * len(NUMBERS)
_HEAD_WIDTH = 64
# A thing's turn relative to the tool leaps where its symmetry wraps; cosines and sines of twice and four times do not.
_TURNS = [NAMES.index(f"thing{number}.track.yaw") for number in (1, 2)]
_HARMONICS = (2, 4)
_MORE = 2 * len(_HARMONICS) * len(_TURNS)


class _Residual(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.expand = nn.Linear(width, width)
        self.shrink = nn.Linear(width, width)

    def forward(self, x: Tensor) -> Tensor:
        result: Tensor = x + self.shrink(functional.silu(self.expand(self.norm(x))))
        return result


class _Block(nn.Module):
    def __init__(self, size: ActionSize) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(size.width, elementwise_affine=False)
        self.steer = nn.Linear(size.condition, 3 * size.width)
        self.expand = nn.Linear(size.width, size.expansion * size.width)
        self.shrink = nn.Linear(size.expansion * size.width, size.width)
        nn.init.zeros_(self.steer.weight)
        nn.init.zeros_(self.steer.bias)

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        scale, shift, gate = self.steer(condition).chunk(3, dim=-1)
        inner = self.norm(x) * (1 + scale) + shift
        result: Tensor = x + gate * self.shrink(functional.silu(self.expand(inner)))
        return result


class ActionModel(nn.Module):
    """From an observation and noise to a chunk, progress and done.

    Args:
        size: Widths and depths.
        observation: Of the numbers of an observation.
        aims: Of the numbers of an aim.
    """

    observation_mean: Tensor
    observation_gain: Tensor
    aim_mean: Tensor
    aim_spread: Tensor

    def __init__(self, size: ActionSize, observation: Normaliser, aims: Normaliser) -> None:
        super().__init__()
        for name, value in {
            "observation_mean": observation.mean,
            "observation_gain": observation.gain,
            "aim_mean": aims.mean,
            "aim_spread": aims.spread,
        }.items():
            self.register_buffer(name, torch.from_numpy(value.copy()))
        columns, width = len(observation.mean) + _MORE, size.width
        self._time_numbers = size.condition
        self.observe = nn.Sequential(nn.Linear(columns, width), _Residual(width), _Residual(width), nn.LayerNorm(width))
        self.heads = nn.Sequential(nn.Linear(width, _HEAD_WIDTH), nn.SiLU(), nn.Linear(_HEAD_WIDTH, 2))
        self.brief = nn.Linear(width, size.condition)
        self.when = nn.Linear(size.condition, size.condition)
        self.enter = nn.Linear(_DIMS, width)
        self.blocks = nn.ModuleList([_Block(size) for _ in range(size.blocks)])
        self.norm = nn.LayerNorm(width)
        self.leave = nn.Linear(width, _DIMS)
        self.straight = nn.Linear(columns, _DIMS)
        for last in (self.leave, self.straight):
            nn.init.zeros_(last.weight)
            nn.init.zeros_(last.bias)

    def normalised(self, observation: Tensor) -> Tensor:
        """Return observations, shape (B, columns), as the network wants them."""
        return ((observation - self.observation_mean) * self.observation_gain).clamp(-CLIP, CLIP)

    def forward(self, normal: Tensor, noisy: Tensor, time: Tensor) -> tuple[Tensor, Tensor]:
        """Return where the lines end that pass through noisy chunks, and what the heads say.

        Args:
            normal: Normalised observations, shape (B, columns).
            noisy: Normalised, shape (B, CHUNK_STEPS, len(NUMBERS)).
            time: 0 noise to 1 chunk, shape (B,).

        Returns:
            Ends, shape as `noisy`; logits of progress and of done, shape (B, 2).
        """
        normal = self._with_turns(normal)
        seen = self.observe(normal)
        return self._end(normal, seen, noisy, time), self.heads(seen)

    def sample(self, observation: Tensor, noise: Tensor, steps: int) -> tuple[Tensor, Tensor, Tensor]:
        """Return chunks by Euler's method, unrolled.

        Args:
            observation: As observed, shape (B, columns).
            noise: Standard normal, shape (B, CHUNK_STEPS, len(NUMBERS)); the same noise gives the same chunk.
            steps: From noise to chunk.

        Returns:
            Aims in the numbers of :mod:`~robomatrix_py.policies.action.aims`, shape as `noise`; progress and done, 0 to
            1, shape (B,).
        """
        normal = self._with_turns(self.normalised(observation))
        seen = self.observe(normal)
        chunk = noise
        for step in range(steps):
            time = torch.full((1,), step / steps, device=noise.device)
            chunk = chunk + (self._end(normal, seen, chunk, time) - chunk) / (steps - step)
        progress, done = torch.sigmoid(self.heads(seen)).unbind(-1)
        return chunk * self.aim_spread + self.aim_mean, progress, done

    def _with_turns(self, normal: Tensor) -> Tensor:
        """Return normalised observations with cosines and sines of the things' turns after them."""
        turns = normal[:, _TURNS] / self.observation_gain[_TURNS].clamp(min=1e-6) + self.observation_mean[_TURNS]
        angles = torch.cat([harmonic * turns for harmonic in _HARMONICS], dim=1)
        return torch.cat([normal, angles.cos(), angles.sin()], dim=1)

    def _end(self, normal: Tensor, seen: Tensor, noisy: Tensor, time: Tensor) -> Tensor:
        condition = functional.silu(self.brief(seen) + self.when(_waves(time, self._time_numbers)))
        x = seen + self.enter(noisy.flatten(1))
        for block in self.blocks:
            x = block(x, condition)
        # Where millimetres are made nothing is rounded to 16 bits.
        with torch.autocast(x.device.type, enabled=False):
            end: Tensor = self.leave(self.norm(x.float())) + self.straight(normal)
        return end.view(-1, CHUNK_STEPS, len(NUMBERS))


def _waves(time: Tensor, count: int) -> Tensor:
    """Return times, shape (B,), as cosines and sines of many frequencies, shape (B, count)."""
    frequency = torch.exp(torch.linspace(0.0, math.log(100.0), count // 2, device=time.device))
    angle = time[:, None] * frequency
    return torch.cat([angle.cos(), angle.sin()], dim=1)
