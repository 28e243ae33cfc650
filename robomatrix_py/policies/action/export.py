"""Writes a trained action model as what runs without torch: an OpenVINO graph, weights, and a manifest."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import openvino
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from robomatrix_py.contracts.policy import CHUNK_STEPS
from robomatrix_py.contracts.robot import RobotDescription
from robomatrix_py.policies.action.aims import NUMBERS
from robomatrix_py.policies.action.manifest import (
    FILES,
    FORMAT,
    GRAPH_FILE,
    KIND,
    WEIGHTS_FILE,
    describe_interface,
    describe_robot,
    write_manifest,
)
from robomatrix_py.policies.action.model import ActionModel
from robomatrix_py.policies.action.normaliser import Normaliser
from robomatrix_py.policies.written import written

_OPSET = 17


class _Unrolled(nn.Module):
    def __init__(self, model: ActionModel, steps: int) -> None:
        super().__init__()
        self.model = model
        self.steps = steps

    def forward(self, observation: Tensor, noise: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        return self.model.sample(observation, noise, self.steps)


def export_action_model(
    model: ActionModel,
    normalisers: tuple[Normaliser, Normaliser],
    sampling_steps: int,
    robot: RobotDescription,
    about: Mapping[str, Any],
    folder: Path,
) -> None:
    """Write the model's files.

    Args:
        model: The trained model.
        normalisers: Of observations and of aims.
        sampling_steps: Euler steps from noise to chunk.
        robot: Whose tool it moves.
        about: What the manifest says beyond that: cameras, hashes, what it was trained on, how, how well it does.
        folder: Takes the files.
    """
    model = model.eval().cpu()
    folder.mkdir(parents=True, exist_ok=True)
    columns = len(model.observation_mean)
    example = (torch.zeros(1, columns), torch.zeros(1, CHUNK_STEPS, len(NUMBERS)))
    with tempfile.TemporaryDirectory() as scratch, torch.no_grad():
        onnx = Path(scratch) / "graph.onnx"
        torch.onnx.export(
            _Unrolled(model, sampling_steps),
            example,
            onnx,
            input_names=["observation", "noise"],
            output_names=["aims", "progress", "done"],
            opset_version=_OPSET,
            dynamo=False,
        )
        graph = openvino.convert_model(onnx)
        with written(folder / GRAPH_FILE):
            openvino.save_model(graph, folder / GRAPH_FILE, compress_to_fp16=True)
    # Means and spreads keep their 32 bits.
    kept = {name for name, _ in model.named_buffers()}
    weights = {n: (v if n in kept else v.half()).contiguous() for n, v in model.state_dict().items()}
    with written(folder / WEIGHTS_FILE):
        save_file(weights, folder / WEIGHTS_FILE)
    # Written for the owner alone; a model is for all who use this machine.
    (folder / WEIGHTS_FILE).chmod(0o644)
    interface = describe_interface()
    for part, normaliser in zip(("observation", "aims"), normalisers, strict=True):
        interface[part] |= {"mean": normaliser.mean.tolist(), "spread": normaliser.spread.tolist()}
    manifest = {
        "kind": KIND,
        "format": FORMAT,
        "robot": describe_robot(robot),
        **interface,
        "sampling_steps": sampling_steps,
        "parameters": sum(p.numel() for p in model.parameters()),
        "license": "Apache-2.0",
        **about,
        "sha256": {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in FILES},
    }
    write_manifest(folder, manifest)
