"""Ways to run LeRobot's DiffusionPolicy on one CPU thread: as it comes, compiled, and exported."""

from __future__ import annotations

import tempfile
import warnings
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import openvino
import torch
from peer_model import ACTION, CAMERAS, HORIZON, LOOKS, PICTURES, STATE, Looks, Peer
from torch import Tensor, nn

_OPSET = 17
_FASTEST = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_NUM_THREADS": 1}

Array = np.ndarray[Any, Any]
Look = tuple[dict[str, Array], Array]
"""Pictures by camera, RGB, uint8, shape (H, W, 3), and the state, shape (numbers,)."""
Run = Callable[[Look, Array], Array]
"""From a new look and noise, shape (HORIZON, numbers), to the actions from now on."""


class _Exported(nn.Module):
    """Everything from bytes to actions: both normalisations, vision, and all denoising steps."""

    def __init__(self, peer: Peer) -> None:
        super().__init__()
        self.model = peer.policy.diffusion
        self.state_low, self.state_range = _range(peer, STATE)
        self.action_low, self.action_range = _range(peer, ACTION)
        for camera in CAMERAS:
            stats = peer.stats[PICTURES + camera]
            self.register_buffer(f"{camera}_mean", stats["mean"].reshape(1, 1, 1, 3))
            self.register_buffer(f"{camera}_std", stats["std"].reshape(1, 1, 1, 3))

    def features(self, front: Tensor, wrist: Tensor) -> Tensor:
        """Return what the vision makes of looks, shape (looks, numbers)."""
        views = []
        for camera, color in zip(CAMERAS, (front, wrist), strict=True):
            scaled = (color.float() / 255 - getattr(self, f"{camera}_mean")) / getattr(self, f"{camera}_std")
            views.append(scaled.permute(0, 3, 1, 2))
        seen: Tensor = self.model.rgb_encoder(torch.cat(views))
        return seen.reshape(len(CAMERAS), len(front), -1).permute(1, 0, 2).flatten(1)

    def actions(self, features: Tensor, state: Tensor, noise: Tensor) -> Tensor:
        """Return the actions, shape (1, steps, numbers)."""
        scaled = 2 * (state - self.state_low) / self.state_range - 1
        condition = torch.cat([scaled, features], dim=-1).flatten()[None]
        chunk = self.model.conditional_sample(1, global_cond=condition, noise=noise)[:, LOOKS - 1 :]
        return (chunk + 1) / 2 * self.action_range + self.action_low


class _BothLooks(_Exported):
    """Sees both looks anew, as LeRobot does."""

    def forward(self, front: Tensor, wrist: Tensor, state: Tensor, noise: Tensor) -> Tensor:
        return self.actions(self.features(front, wrist), state, noise)


class _NewLook(_Exported):
    """Sees the new look only and keeps what it saw in the one before."""

    def forward(
        self, front: Tensor, wrist: Tensor, state: Tensor, noise: Tensor, before: Tensor
    ) -> tuple[Tensor, Tensor]:
        features = self.features(front, wrist)
        return self.actions(torch.cat([before, features]), state, noise), features


def _range(peer: Peer, key: str) -> tuple[Tensor, Tensor]:
    low, high = peer.stats[key]["min"], peer.stats[key]["max"]
    return low, torch.where(high > low, high - low, torch.ones_like(low))


def run_by_torch(peer: Peer) -> Run:
    """Return LeRobot's own way: its processors, and its policy on the last looks."""
    looks = Looks(peer)

    def run(look: Look, noise: Array) -> Array:
        colors, state = look
        pictures = {camera: torch.from_numpy(color) for camera, color in colors.items()}
        found: Array = looks.act(pictures, torch.from_numpy(state), torch.from_numpy(noise)).numpy()
        return found

    return run


def run_by_compiled_torch(peer: Peer) -> Run:
    """Return LeRobot's own way with vision and denoiser compiled by torch.compile."""
    model = peer.policy.diffusion
    model.rgb_encoder, model.unet = torch.compile(model.rgb_encoder), torch.compile(model.unet)
    return run_by_torch(peer)


def run_by_torchscript(peer: Peer) -> Run:
    """Return one frozen TorchScript graph that sees both looks."""
    example = _example(peer, LOOKS)
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        traced = torch.jit.trace(_BothLooks(peer).eval(), example, check_trace=False)
        graph = torch.jit.optimize_for_inference(torch.jit.freeze(traced))

    def call(*inputs: Array) -> Array:
        with torch.inference_mode():
            found: Array = graph(*(torch.from_numpy(value) for value in inputs))[0].numpy()
        return found

    return _both_looks(call)


def run_by_openvino(peer: Peer) -> Run:
    """Return one OpenVINO graph that sees both looks."""
    request = _request(_openvino(_BothLooks(peer), _example(peer, LOOKS)), "f32")

    def call(*inputs: Array) -> Array:
        request.infer(list(inputs))
        found: Array = request.get_output_tensor(0).data[0].copy()
        return found

    return _both_looks(call)


def run_by_openvino_once(peer: Peer, precision: str = "f32") -> Run:
    """Return one OpenVINO graph that sees each look once and keeps what it saw."""
    model = _NewLook(peer)
    pictures = _example(peer, 1)
    with torch.no_grad():
        before = model.features(*pictures[:2])
    example = (*pictures[:2], *_example(peer, LOOKS)[2:], before)
    request = _request(_openvino(model, example), precision)
    kept: deque[Array] = deque(maxlen=LOOKS)
    seen: Array | None = None

    def run(look: Look, noise: Array) -> Array:
        nonlocal seen
        colors, state = look
        _keep(kept, state)
        inputs = [*(colors[camera][None] for camera in CAMERAS), np.stack(kept), noise[None]]
        if seen is None:
            # The first look counts for the one before it, too.
            request.infer([*inputs, before.numpy()])
            seen = request.get_output_tensor(1).data.copy()
        request.infer([*inputs, seen])
        seen = request.get_output_tensor(1).data.copy()
        found: Array = request.get_output_tensor(0).data[0].copy()
        return found

    return run


def run_by_openvino_once_bf16(peer: Peer) -> Run:
    """Return the same, rounding to 16 bits where OpenVINO can."""
    return run_by_openvino_once(peer, "bf16")


def run_by_openvino_steps(peer: Peer) -> Run:
    """Return vision and denoiser as OpenVINO graphs, and LeRobot's own scheduler between the steps."""
    model = peer.policy.diffusion
    exported = _BothLooks(peer)
    pictures = _example(peer, 1)[:2]
    look = _Features(exported)
    with torch.no_grad():
        features = look(*pictures).numpy()
    columns = (features.shape[1] + len(peer.stats[STATE]["min"])) * LOOKS
    see = _request(_openvino(look, pictures), "f32")
    noisy = torch.zeros(1, HORIZON, len(peer.stats[ACTION]["min"]))
    example = (noisy, torch.zeros(1, dtype=torch.long), torch.zeros(1, columns))
    denoise = _request(_openvino(model.unet, example), "f32")
    kept: deque[Array] = deque(maxlen=LOOKS)

    def run(look: Look, noise: Array) -> Array:
        colors, state = look
        see.infer([colors[camera][None] for camera in CAMERAS])
        scaled = 2 * (torch.from_numpy(state) - exported.state_low) / exported.state_range - 1
        new = np.concatenate([scaled.numpy(), see.get_output_tensor(0).data[0]])
        _keep(kept, new)
        condition = np.concatenate(kept)[None]
        scheduler, chunk = model.noise_scheduler, torch.from_numpy(noise[None])
        scheduler.set_timesteps(model.num_inference_steps)
        for time in scheduler.timesteps:
            denoise.infer([chunk.numpy(), time.reshape(1).numpy(), condition])
            chunk = scheduler.step(torch.from_numpy(denoise.get_output_tensor(0).data), time, chunk).prev_sample
        chunk = (chunk[0, LOOKS - 1 :] + 1) / 2 * exported.action_range + exported.action_low
        found: Array = chunk.numpy()
        return found

    return run


class _Features(nn.Module):
    def __init__(self, exported: _Exported) -> None:
        super().__init__()
        self.exported = exported

    def forward(self, front: Tensor, wrist: Tensor) -> Tensor:
        return self.exported.features(front, wrist)


ENGINES: dict[str, Callable[[Peer], Run]] = {
    "torch": run_by_torch,
    "torch.compile": run_by_compiled_torch,
    "torchscript": run_by_torchscript,
    "openvino": run_by_openvino,
    "openvino once": run_by_openvino_once,
    "openvino once bf16": run_by_openvino_once_bf16,
    "openvino steps": run_by_openvino_steps,
}
"""By name."""


def _keep(kept: deque[Any], new: Any) -> None:
    """Add the newest look; the first counts for those before it, too."""
    kept.extend([new] * max(1, LOOKS - len(kept)))


def _both_looks(call: Callable[..., Array]) -> Run:
    """Return a run that hands the last looks to a graph that sees all of them."""
    kept: deque[Look] = deque(maxlen=LOOKS)

    def run(look: Look, noise: Array) -> Array:
        _keep(kept, look)
        pictures = (np.stack([colors[camera] for colors, _ in kept]) for camera in CAMERAS)
        return call(*pictures, np.stack([state for _, state in kept]), noise[None])

    return run


def _example(peer: Peer, looks: int) -> tuple[Tensor, ...]:
    _, height, width = peer.config.input_features[PICTURES + CAMERAS[0]].shape
    pictures = [torch.zeros(looks, height, width, 3, dtype=torch.uint8) for _ in CAMERAS]
    state = torch.zeros(looks, len(peer.stats[STATE]["min"]))
    return (*pictures, state, torch.zeros(1, HORIZON, len(peer.stats[ACTION]["min"])))


def _openvino(model: nn.Module, example: tuple[Tensor, ...]) -> Any:
    with tempfile.TemporaryDirectory() as scratch, warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        path = Path(scratch) / "graph.onnx"
        torch.onnx.export(model.eval(), example, path, opset_version=_OPSET, dynamo=False)
        return openvino.convert_model(path)


def _request(model: Any, precision: str) -> Any:
    config = {**_FASTEST, "INFERENCE_PRECISION_HINT": precision}
    return openvino.Core().compile_model(model, "CPU", config).create_infer_request()
