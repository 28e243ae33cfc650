"""Builds camera perception as the settings describe it; the same for lock-step and for its ROS node."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from robomatrix_py.contracts.errors import ConfigError
from robomatrix_py.perception.camera_perception import CameraPerception
from robomatrix_py.perception.config import PerceptionConfig
from robomatrix_py.policies.clip.inference import ClipEncoder
from robomatrix_py.settings.settings import Settings
from robomatrix_py.settings.share import find_folder


def make_perception(settings: Settings) -> tuple[CameraPerception, ClipEncoder, PerceptionConfig]:
    """Return perception, the encoder it sees with, and its settings.

    Raises:
        ConfigError: The perception source is no camera, or the encoder's files are wrong.
        EnvironmentFault: OpenVINO cannot be had.
    """
    config = settings.perception
    if not isinstance(config, PerceptionConfig):
        raise ConfigError("the perception source is no camera", where="perception", permitted=("camera",))
    encoder = load_encoder(find_folder("policies", config.encoder, "manifest.json").resolve())
    return CameraPerception(encoder, config), encoder, config


@lru_cache(maxsize=1)
def load_encoder(folder: Path) -> ClipEncoder:
    """Return the encoder of a folder; a process that runs many episodes compiles it once.

    Raises:
        ConfigError: The encoder's files are wrong.
        EnvironmentFault: OpenVINO cannot be had.
    """
    return ClipEncoder(folder)
