"""Pretrained open_clip towers, kept as they are, and a patch tower that learns to speak their language.

The patch tower is taught with the frozen text tower in the way of LSeg (Li et al., arXiv 2201.03546): its embeddings
are drawn to those of texts, which never move. So a word that no training picture was about keeps its place among the
others. Weights are read by safetensors or by torch's reader that runs no code, and fetched only if asked for.
"""

from __future__ import annotations

import hashlib
import pickle
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional

from robomatrix_py.contracts.errors import ConfigError, EnvironmentFault, SecurityRefusal
from robomatrix_py.policies.clip.byte_pairs import BytePairVocabulary
from robomatrix_py.policies.clip.config import EncoderSize, PretrainedTowers
from robomatrix_py.policies.clip.crops import INTERPOLATIONS, CutoutForm
from robomatrix_py.policies.clip.library import open_clip
from robomatrix_py.policies.clip.model import PatchTower
from robomatrix_py.policies.clip.text import PHOTO_TEMPLATES

_MODEL_KEY = "encoder.model"
_WEIGHTS_KEY = "encoder.pretrained"
_SAFE, _TORCH = ".safetensors", (".pt", ".pth", ".bin")
_LOCAL_FOLDER = "local-dir:"
_TRIPLE = 3
_Normal = tuple[tuple[float, float, float], tuple[float, float, float], str]


@dataclass(frozen=True, eq=False)
class Towers:
    """A pretrained model and what its makers did to texts and pictures.

    Args:
        clip: The open_clip model, frozen.
        vocabulary: Reads texts for it.
        cutout: How a picture of a single thing looks to its image tower.
        sha256: Hash over all its weights by name.
        source: Where they came from.
    """

    clip: nn.Module
    vocabulary: BytePairVocabulary
    cutout: CutoutForm
    sha256: str
    source: PretrainedTowers


class PretrainedClip(nn.Module):
    """Frozen towers for texts and single things, and a patch tower beside them; only the latter learns.

    Args:
        towers: The frozen ones.
        size: Widths and depths of the patch tower.
    """

    templates = PHOTO_TEMPLATES

    def __init__(self, towers: Towers, size: EncoderSize) -> None:
        super().__init__()
        self.clip = towers.clip.requires_grad_(False)
        self.cutout = towers.cutout
        with torch.no_grad():
            example = torch.from_numpy(towers.vocabulary.encode(("a",)))
            self.embedding = int(towers.clip.encode_text(example).shape[-1])  # type: ignore[operator]
        self.dense = PatchTower(size, self.embedding)
        self.train()

    def train(self, mode: bool = True) -> PretrainedClip:
        """Set the patch tower to training; the frozen towers never change, nor do their running means."""
        super().train(mode)
        self.clip.eval()
        return self

    @property
    def scale(self) -> Tensor:
        """Factor that turns products of embeddings into logits, as the pretrained model learned it."""
        scale: Tensor = self.clip.logit_scale.detach().exp().reshape(())  # type: ignore[operator]
        return scale

    @property
    def learning(self) -> nn.Module:
        """What is trained and kept in checkpoints."""
        return self.dense

    def patches(self, image: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return what every patch of images, shape (B, 3, H, W), shows; see :meth:`PatchTower.forward`."""
        result: tuple[Tensor, Tensor, Tensor] = self.dense(image)
        return result

    def crops(self, image: Tensor) -> Tensor:
        """Return embeddings of length 1, shape (B, E), of cutouts, normalised, shape (B, 3, cutout.px, cutout.px)."""
        return functional.normalize(self.clip.encode_image(image), dim=-1)  # type: ignore[operator]

    def texts(self, tokens: Tensor) -> Tensor:
        """Return embeddings of length 1, shape (B, E), of tokens, shape (B, context)."""
        return functional.normalize(self.clip.encode_text(tokens), dim=-1)  # type: ignore[operator]


def load_towers(source: PretrainedTowers) -> Towers:
    """Return the pretrained model that settings name.

    Args:
        source: An architecture with a file or a tag, or a folder or hub name that holds both.

    Raises:
        ConfigError: There is no such model; its file is missing, damaged or of another architecture; its texts are
            not read by open_clip's own vocabulary, or its pictures are not square.
        SecurityRefusal: The file is a pickle that could run code.
        EnvironmentFault: The weights would have to be fetched and cannot be.
    """
    if source.is_folder_or_hub:
        if source.model.startswith(_LOCAL_FOLDER):
            _require_safe(Path(source.model.removeprefix(_LOCAL_FOLDER)))
        model = _whole(source.model, None)
    else:
        if source.model not in open_clip.list_models():
            raise ConfigError(
                f"unknown architecture '{source.model}'", where=_MODEL_KEY, permitted=open_clip.list_models()
            )
        text = open_clip.get_model_config(source.model)["text_cfg"]
        if text.get("hf_tokenizer_name") or text.get("hf_model_name") or "siglip" in source.model.lower():
            raise _foreign_language(source.model)
        path = Path(source.pretrained)
        model = _from_file(source.model, path) if path.is_file() else _from_tag(source.model, source.pretrained)
    return Towers(model.float().eval(), _vocabulary(source.model), _cutout_form(model), _hash(model), source)


def _from_file(model_name: str, path: Path) -> Any:
    tags = open_clip.list_pretrained_tags_by_model(model_name)
    normals = {_normal(open_clip.get_pretrained_cfg(model_name, tag)) for tag in tags} or {_normal({})}
    if len(normals) > 1:
        raise ConfigError(
            f"weights of {model_name} are not all shown pictures in the same way",
            where=_MODEL_KEY,
            remedy=f"put the file into a folder with its open_clip_config.json and set {_MODEL_KEY}={_LOCAL_FOLDER}DIR",
        )
    tensors = _read(path)
    mean, std, interpolation = normals.pop()
    normal = {"mean": mean, "std": std, "interpolation": interpolation}
    with tempfile.TemporaryDirectory() as folder:
        # open_clip knows the older forms of weights, but it reads files only.
        safe = path if path.suffix == _SAFE else Path(folder) / f"weights{_SAFE}"
        if safe != path:
            save_file({name: value.contiguous().clone() for name, value in tensors.items()}, safe)
        try:
            return open_clip.create_model(
                model_name, str(safe), pretrained_text=False, require_pretrained=True, force_preprocess_cfg=normal
            )
        except (AssertionError, RuntimeError, KeyError, ValueError, TypeError, AttributeError) as error:
            raise ConfigError(
                f"the weights do not fit {model_name}: {_first_lines(error)}",
                where=str(path),
                remedy=f"set {_MODEL_KEY} to the architecture that the file was made for",
                code="WEIGHTS",
            ) from error


def _read(path: Path) -> dict[str, Tensor]:
    """Return the tensors of a file without running anything in it."""
    damaged = ConfigError("no weights, or cut off", where=str(path), remedy="fetch the file again", code="WEIGHTS")
    if path.suffix == _SAFE:
        try:
            return load_file(path)
        except (OSError, SafetensorError, ValueError) as error:
            raise damaged from error
    if path.suffix not in _TORCH:
        raise ConfigError(f"unknown kind of file '{path.suffix}'", where=str(path), permitted=(_SAFE, *_TORCH))
    try:
        value: Any = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise SecurityRefusal(
            "the file is a pickle that could run code",
            where=str(path),
            permitted="safetensors, or torch files that hold tensors alone",
            remedy="convert it where you trust it",
            code="PICKLE",
        ) from error
    except (OSError, RuntimeError, EOFError, ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
        raise damaged from error
    value = value.get("state_dict", value) if isinstance(value, dict) else value
    if not isinstance(value, dict) or not value or not all(isinstance(one, Tensor) for one in value.values()):
        raise damaged
    return {str(name).removeprefix("module."): tensor for name, tensor in value.items()}


def _require_safe(folder: Path) -> None:
    found = [path.name for path in folder.glob("*") if path.suffix in (_SAFE, *_TORCH, ".npz", ".npy", ".ckpt")]
    if not folder.is_dir() or not found or any(Path(name).suffix != _SAFE for name in found):
        raise ConfigError(
            f"the folder holds {', '.join(sorted(found)) or 'no weights'}",
            where=str(folder),
            permitted="open_clip_config.json and weights as safetensors alone",
            code="WEIGHTS",
        )


def _from_tag(model_name: str, tag: str) -> Any:
    tags = open_clip.list_pretrained_tags_by_model(model_name)
    about = open_clip.get_pretrained_cfg(model_name, tag)
    if not about:
        raise ConfigError(
            f"'{tag}' is neither a file nor known weights of {model_name}",
            where=_WEIGHTS_KEY,
            permitted=("a file", *tags),
        )
    if bool(about.get("quick_gelu")) != bool(open_clip.get_model_config(model_name).get("quick_gelu")):
        fitting = [name for name in open_clip.list_models() if name.removesuffix("-quickgelu") == model_name]
        raise ConfigError(
            f"weights '{tag}' were trained with another activation than {model_name} has",
            where=_MODEL_KEY,
            permitted=[name for name in fitting if name != model_name] or "an architecture with the other activation",
        )
    return _whole(model_name, tag)


def _whole(model_name: str, tag: str | None) -> Any:
    """Return a model that open_clip puts together itself, from a folder or over the network."""
    try:
        return open_clip.create_model(
            model_name, tag, pretrained_text=False, require_pretrained=True, weights_only=True
        )
    except Exception as error:
        # What hub clients raise differs by version and includes errors of their HTTP libraries.
        if model_name.startswith(_LOCAL_FOLDER):
            raise ConfigError(
                f"no pretrained model: {_first_lines(error)}",
                where=_MODEL_KEY,
                permitted="a folder with open_clip_config.json and the weights as safetensors",
            ) from error
        raise EnvironmentFault(
            f"the weights cannot be fetched: {_first_lines(error)}",
            where=_WEIGHTS_KEY if tag else _MODEL_KEY,
            remedy=f"connect to the network, or fetch the file elsewhere and set {_WEIGHTS_KEY} to its path",
            code="NETWORK",
        ) from error


def _foreign_language(model_name: str) -> ConfigError:
    return ConfigError(
        f"{model_name} reads texts by a vocabulary that open_clip does not bring with it",
        where=_MODEL_KEY,
        permitted="architectures with open_clip's own vocabulary, such as ViT-B-32, RN50, MobileCLIP-S1",
    )


def _vocabulary(model_name: str) -> BytePairVocabulary:
    try:
        tokenizer = open_clip.get_tokenizer(model_name)
    except (OSError, ImportError, ValueError, TypeError, AttributeError):
        # One of the hub's, which wants further packages or the network.
        tokenizer = None
    if not isinstance(tokenizer, open_clip.SimpleTokenizer):
        raise _foreign_language(model_name)
    cleaning = tokenizer.clean_fn.__name__.removeprefix("_clean_")
    merges = [" ".join(pair) for pair in tokenizer.bpe_ranks]
    return BytePairVocabulary(merges, int(tokenizer.context_length), cleaning)


def _cutout_form(model: Any) -> CutoutForm:
    about = open_clip.get_model_preprocess_cfg(model)
    size = about["size"] if isinstance(about["size"], (tuple, list)) else (about["size"],)
    if len(set(size)) != 1:
        raise ConfigError(f"pictures of {tuple(size)} are not square", where=_MODEL_KEY, permitted="square ones")
    return CutoutForm(int(size[0]), *_normal(about))


def _normal(about: dict[str, Any]) -> _Normal:
    """Return mean, deviation and interpolation by which pictures are prepared."""
    mean = tuple(float(value) for value in about.get("mean") or open_clip.OPENAI_DATASET_MEAN)
    std = tuple(float(value) for value in about.get("std") or open_clip.OPENAI_DATASET_STD)
    if len(mean) != _TRIPLE or len(std) != _TRIPLE or min(std) <= 0:
        raise ConfigError(f"mean {mean} and deviation {std} of pictures", where=_MODEL_KEY, permitted="three each")
    interpolation = about.get("interpolation")
    known = str(interpolation) if interpolation in INTERPOLATIONS else "bicubic"
    return (mean[0], mean[1], mean[2]), (std[0], std[1], std[2]), known


def _hash(model: nn.Module) -> str:
    digest = hashlib.sha256()
    for name, value in sorted(model.state_dict().items()):
        digest.update(name.encode())
        digest.update(value.detach().contiguous().flatten().view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()


def _first_lines(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()] or [type(error).__name__]
    return " ".join(lines[:2])[:300]
