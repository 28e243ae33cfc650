"""Builds camera perception as the settings describe it; the same for lock-step and for its ROS node."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

from robomatrix_py.contracts.errors import ConfigError
from robomatrix_py.perception.camera_perception import CameraPerception
from robomatrix_py.perception.config import PerceptionConfig
from robomatrix_py.policies.clip.inference import MANIFEST_FILE, ClipEncoder
from robomatrix_py.settings.settings import Settings
from robomatrix_py.settings.share import find_model


def make_perception(settings: Settings) -> tuple[CameraPerception, ClipEncoder, PerceptionConfig]:
    """Return perception, the encoder it sees with, and its settings.

    Raises:
        ConfigError: The perception source is no camera, or the encoder's files are wrong.
        EnvironmentFault: OpenVINO cannot be had.
    """
    config = settings.perception
    if not isinstance(config, PerceptionConfig):
        raise ConfigError("the perception source is no camera", where="perception", permitted=("camera",))
    encoder = load_encoder(encoder_folder(config))
    return CameraPerception(encoder, config), encoder, config


def encoder_folder(config: PerceptionConfig) -> Path:
    """Return the folder of the encoder.

    Raises:
        ConfigError: There is none of that name.
    """
    return find_model(config.encoder)


def encoder_sha256(folder: Path) -> str:
    """Return the hash by which a policy names the encoder it was trained with: that of its manifest."""
    return hashlib.sha256((folder / MANIFEST_FILE).read_bytes()).hexdigest()


@lru_cache(maxsize=1)
def load_encoder(folder: Path) -> ClipEncoder:
    """Return the encoder of a folder; a process that runs many episodes compiles it once.

    Raises:
        ConfigError: The encoder's files are wrong.
        EnvironmentFault: OpenVINO cannot be had.
    """
    return ClipEncoder(folder)
