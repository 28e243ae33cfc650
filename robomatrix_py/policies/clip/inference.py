"""Runs a shipped encoder on OpenVINO, one thread. No torch."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from robomatrix_py.contracts.errors import ConfigError
from robomatrix_py.contracts.geometry import Array
from robomatrix_py.contracts.patches import Floats, Patches
from robomatrix_py.policies.calls import refuse_calls
from robomatrix_py.policies.clip.crops import INTERPOLATIONS, cut_out
from robomatrix_py.policies.clip.text import TEMPLATES, in_phrase, load_vocabulary
from robomatrix_py.policies.openvino_runtime import CONFIG, PICTURE_CONFIG, openvino_core

MANIFEST_FILE = "manifest.json"
WEIGHTS_FILE = "weights.safetensors"
VOCABULARY_FILE = "vocabulary.json"
IMAGE_GRAPH = "image.xml"
CROP_GRAPH = "crop.xml"
TEXT_GRAPH = "text.xml"
_GRAPH_FILES = (IMAGE_GRAPH, "image.bin", CROP_GRAPH, "crop.bin", TEXT_GRAPH, "text.bin", VOCABULARY_FILE)
_NUMBER_MAX = 1e6
_VIEW_MAX_PX = 4096
_NUMBERS = ("embedding", "stride_px", "crop_px", "offset_unit_m", "size_unit_m", "scale")


class ClipEncoder:
    """A shipped encoder (a :class:`~robomatrix_py.contracts.patches.PatchEncoder`).

    Args:
        folder: Holds the manifest and the graphs.

    Raises:
        ConfigError: A file is missing, damaged, or not what the manifest says.
        EnvironmentFault: OpenVINO is not installed or cannot run the graphs.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.manifest = load_manifest(folder)
        self._vocabulary = load_vocabulary(folder / VOCABULARY_FILE)
        with openvino_core("encoder", folder) as core:
            image = core.read_model(folder / IMAGE_GRAPH)
            self._views: dict[str, tuple[tuple[int, int], Any]] = {}
            for camera, (width, height) in self.manifest["views_px"].items():
                sized = image.clone()
                sized.reshape([1, height, width, 3])
                request = core.compile_model(sized, "CPU", PICTURE_CONFIG).create_infer_request()
                self._views[camera] = ((width, height), request)
            self._text = core.compile_model(folder / TEXT_GRAPH, "CPU", CONFIG).create_infer_request()
            crop = core.read_model(folder / CROP_GRAPH)
            self._crop = core.compile_model(crop, "CPU", PICTURE_CONFIG).create_infer_request()
        edge_px = self.manifest["crop_px"]
        if not crop.input(0).partial_shape.compatible(type(crop.input(0).partial_shape)([-1, edge_px, edge_px, 3])):
            raise ConfigError(
                f"crop_px is {edge_px}", where=str(folder / MANIFEST_FILE), permitted="what the crop graph takes"
            )

    @property
    def scale(self) -> float:
        """Learned factor that turns products of embeddings into logits."""
        return float(self.manifest["scale"])

    @property
    def views_px(self) -> Mapping[str, tuple[int, int]]:
        """Width and height in which each camera is seen."""
        return {camera: size for camera, (size, _) in self._views.items()}

    def see(self, camera: str, color: npt.NDArray[np.uint8]) -> Patches:
        """Return what a picture of a camera, RGB of shape (H, W, 3), shows.

        Raises:
            ConfigError: The encoder was not exported for this camera, or the picture has another form.
        """
        if camera not in self._views:
            raise ConfigError(f"no view of camera '{camera}'", where=str(self._folder), permitted=sorted(self._views))
        if color.ndim != 3 or color.shape[2] != 3 or color.dtype != np.uint8:
            raise ConfigError(f"picture of {color.dtype} {color.shape}", where=camera, permitted="uint8 (H, W, 3)")
        size, request = self._views[camera]
        request.infer([_resized(color, size)[None].astype(np.float32)])
        embedding = request.get_output_tensor(0).data[0].copy()
        geometry = request.get_output_tensor(1).data[0].copy()
        return Patches(
            embedding=embedding,
            offset_m=geometry[..., 0:3] * self.manifest["offset_unit_m"],
            size_m=geometry[..., 3:6] * self.manifest["size_unit_m"],
            stride_px=int(self.manifest["stride_px"]),
        )

    def name(self, color: npt.NDArray[np.uint8], squares_px: Array) -> Floats:
        """Return embeddings of length 1, shape (n, E), of single things cut out of a picture.

        Args:
            color: RGB, shape (H, W, 3), as large as the camera makes it.
            squares_px: Middle u and v of each square and half its edge, shape (n, 3), n at least 1.
        """
        form = (self.manifest["crop_px"], self.manifest["crop_interpolation"])
        cutouts = [cut_out(color, square[:2], float(square[2]), *form) for square in squares_px]
        return self.name_cutouts(np.stack(cutouts))

    def name_cutouts(self, cutouts: npt.NDArray[np.uint8]) -> Floats:
        """Return embeddings of length 1, shape (n, E), of cutouts, RGB of shape (n, crop_px, crop_px, 3)."""
        self._crop.infer([cutouts.astype(np.float32)])
        embedding: Floats = self._crop.get_output_tensor(0).data.copy()
        return embedding

    def read(self, texts: tuple[str, ...]) -> Floats:
        """Return embeddings of length 1 of names of things, averaged over phrases, shape (len(texts), E).

        Raises:
            ConfigError: A text is empty, too long, or has words that the encoder was never taught.
        """
        total = np.zeros((len(texts), int(self.manifest["embedding"])), dtype=np.float32)
        for template in self.manifest["templates"]:
            self._text.infer([self._vocabulary.encode([in_phrase(template, text) for text in texts])])
            total += self._text.get_output_tensor(0).data
        embedding: Floats = total / np.linalg.norm(total, axis=1, keepdims=True)
        return embedding

    def read_names(self, texts: tuple[str, ...]) -> Floats:
        """Return the same, to compare cutouts with: words mean one thing to both towers.

        Raises:
            ConfigError: A text is empty, too long, or has words that the encoder was never taught.
        """
        return self.read(texts)


def load_manifest(folder: Path) -> dict[str, Any]:
    """Return an encoder's manifest after holding every file against its hash.

    Raises:
        ConfigError: A file is missing, damaged, or the manifest lacks something.
        SecurityRefusal: The manifest names something to call.
    """
    path = folder / MANIFEST_FILE
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
        refuse_calls(manifest, str(path))
        for name in _NUMBERS:
            if not 0.0 < float(manifest[name]) < _NUMBER_MAX:
                raise ConfigError(
                    f"{name} is {manifest[name]}", where=str(path), permitted=f"above 0, below {_NUMBER_MAX:g}"
                )
        # Not named by older encoders.
        manifest.setdefault("crop_interpolation", "bilinear")
        if manifest["crop_interpolation"] not in INTERPOLATIONS:
            raise ConfigError(
                f"crop_interpolation is {manifest['crop_interpolation']}", where=str(path), permitted=INTERPOLATIONS
            )
        manifest["templates"] = [str(template) for template in manifest.get("templates", TEMPLATES)]
        if not manifest["templates"]:
            raise ConfigError("templates are none", where=str(path), permitted="one phrase or more")
        hashes = manifest["sha256"]
        sizes = {str(camera): (int(width), int(height)) for camera, (width, height) in manifest["views_px"].items()}
        manifest["views_px"] = sizes
        for camera, size in sizes.items():
            if not all(0 < edge_px <= _VIEW_MAX_PX for edge_px in size):
                raise ConfigError(
                    f"{camera} is seen in {size} pixels", where=str(path), permitted=f"1 to {_VIEW_MAX_PX}"
                )
        for name in _GRAPH_FILES:
            if hashlib.sha256((folder / name).read_bytes()).hexdigest() != hashes[name]:
                raise ConfigError(f"{name} is not the file that the manifest names", where=str(folder), code="HASH")
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ConfigError(f"no encoder: {error!r}", where=str(path)) from error
    result: dict[str, Any] = manifest
    return result


def _resized(color: npt.NDArray[np.uint8], size_px: tuple[int, int]) -> npt.NDArray[np.uint8]:
    if (color.shape[1], color.shape[0]) == size_px:
        return color
    from PIL import Image

    return np.asarray(Image.fromarray(color).resize(size_px, Image.Resampling.BOX))
