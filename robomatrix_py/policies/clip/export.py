"""Writes a trained encoder as what runs without torch: three OpenVINO graphs, its words, and a manifest."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import openvino
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from robomatrix_py.policies.clip.byte_pairs import BytePairVocabulary
from robomatrix_py.policies.clip.geometry import STRIDE_PX
from robomatrix_py.policies.clip.inference import (
    CROP_GRAPH,
    IMAGE_GRAPH,
    MANIFEST_FILE,
    TEXT_GRAPH,
    VOCABULARY_FILE,
    WEIGHTS_FILE,
)
from robomatrix_py.policies.clip.model import MEAN, OFFSET_UNIT_M, SIZE_UNIT_M, STD, DenseClip
from robomatrix_py.policies.clip.pretrained import PretrainedClip
from robomatrix_py.policies.clip.text import Vocabulary
from robomatrix_py.policies.written import written

_OPSET = 17


class _ImageGraph(nn.Module):
    def __init__(self, model: DenseClip | PretrainedClip) -> None:
        super().__init__()
        self.model = model

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """Return embeddings and geometry, shape (B, h, w, .), of RGB images, shape (B, H, W, 3), 0 to 255."""
        normal = (image.permute(0, 3, 1, 2) / 255 - MEAN) / STD
        _, embedding, geometry = self.model.patches(normal)
        return embedding.permute(0, 2, 3, 1), geometry.permute(0, 2, 3, 1)


class _CropGraph(nn.Module):
    def __init__(self, model: DenseClip | PretrainedClip) -> None:
        super().__init__()
        self.model = model
        self.mean = torch.tensor(model.cutout.mean).view(1, 3, 1, 1)
        self.std = torch.tensor(model.cutout.std).view(1, 3, 1, 1)

    def forward(self, crops: Tensor) -> Tensor:
        """Return embeddings, shape (B, .), of RGB cutouts, shape (B, cutout.px, cutout.px, 3), 0 to 255."""
        return self.model.crops((crops.permute(0, 3, 1, 2) / 255 - self.mean) / self.std)


class _TextGraph(nn.Module):
    def __init__(self, model: DenseClip | PretrainedClip) -> None:
        super().__init__()
        self.model = model

    def forward(self, tokens: Tensor) -> Tensor:
        return self.model.texts(tokens)


def export_encoder(
    model: DenseClip | PretrainedClip,
    vocabulary: Vocabulary | BytePairVocabulary,
    views_px: Mapping[str, tuple[int, int]],
    about: Mapping[str, Any],
    folder: Path,
) -> None:
    """Write the encoder's files.

    Args:
        model: The trained model. Of pretrained towers the graphs are written, but not once more their weights.
        vocabulary: Its words.
        views_px: Width and height in which it sees each camera.
        about: What it was trained on and how: goes into the manifest.
        folder: Takes the files.
    """
    model = model.eval().to(memory_format=torch.contiguous_format)  # type: ignore[call-overload]
    folder.mkdir(parents=True, exist_ok=True)
    tokens = torch.from_numpy(vocabulary.encode(("the red cube", "a bin")))
    edge = model.cutout.px
    with torch.no_grad(), _plain_attention():
        _convert(
            _ImageGraph(model), torch.zeros(1, 128, 128, 3), "image", {1: "height", 2: "width"}, folder / IMAGE_GRAPH
        )
        _convert(_CropGraph(model), torch.zeros(2, edge, edge, 3), "crops", {0: "crops"}, folder / CROP_GRAPH)
        _convert(_TextGraph(model), tokens, "tokens", {0: "texts"}, folder / TEXT_GRAPH)
    learned = model.learning.state_dict().items()
    half = {name: value.half() if value.is_floating_point() else value for name, value in learned}
    with written(folder / WEIGHTS_FILE):
        save_file({name: value.contiguous() for name, value in half.items()}, folder / WEIGHTS_FILE)
    vocabulary.save(folder / VOCABULARY_FILE)
    manifest = {
        "kind": "encoder",
        "embedding": model.embedding,
        "stride_px": STRIDE_PX,
        "crop_px": model.cutout.px,
        "crop_interpolation": model.cutout.interpolation,
        "offset_unit_m": OFFSET_UNIT_M,
        "size_unit_m": SIZE_UNIT_M,
        "scale": float(model.scale.detach()),
        "templates": list(model.templates),
        "views_px": {name: list(size) for name, size in views_px.items()},
        "parameters": sum(p.numel() for p in model.parameters()),
        "license": "Apache-2.0",
        **about,
        "sha256": {
            path.name: hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(folder.iterdir())
            if path.suffix in (".bin", ".xml", ".safetensors") or path.name == VOCABULARY_FILE
        },
    }
    (folder / MANIFEST_FILE).write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")


@contextmanager
def _plain_attention() -> Iterator[None]:
    """Keep torch from its fused attention, which has no counterpart in the exported form."""
    enabled = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        yield
    finally:
        torch.backends.mha.set_fastpath_enabled(enabled)


def _convert(module: nn.Module, example: Tensor, name: str, dynamic: dict[int, str], path: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        onnx = Path(folder) / "graph.onnx"
        torch.onnx.export(
            module.eval(),
            (example,),
            onnx,
            input_names=[name],
            dynamic_axes={name: dynamic},
            opset_version=_OPSET,
            dynamo=False,
        )
        graph = openvino.convert_model(onnx)
        with written(path):
            openvino.save_model(graph, path, compress_to_fp16=True)
