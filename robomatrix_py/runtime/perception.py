"""Builds camera perception as the settings describe it; the same for lock-step and for its ROS node."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

from robomatrix_py.contracts.errors import ConfigError
from robomatrix_py.contracts.robot import RobotDescription
from robomatrix_py.perception.camera_health import CameraHealth
from robomatrix_py.perception.camera_perception import CameraPerception
from robomatrix_py.perception.config import ObjectKind, PerceptionConfig
from robomatrix_py.policies.clip.inference import MANIFEST_FILE, ClipEncoder
from robomatrix_py.policies.clip.object_encoder import ObjectEncoder
from robomatrix_py.policies.clip.objects import AddedObject
from robomatrix_py.runtime.added_objects import added_objects
from robomatrix_py.runtime.eyes import Eyes
from robomatrix_py.settings.settings import Settings
from robomatrix_py.settings.share import find_model

Encoder = ClipEncoder | ObjectEncoder
"""What perception and policies see with."""


def make_eyes(settings: Settings) -> tuple[Eyes, PerceptionConfig]:
    """Return what sees by the robot's cameras, and its settings.

    Raises:
        ConfigError: The perception source is no camera, or the files of the encoder or of an added object are wrong.
        EnvironmentFault: OpenVINO cannot be had.
    """
    perception, encoder, config = make_perception(settings)
    return Eyes(encoder, perception, make_health(config, settings.load_robot())), config


def make_health(config: PerceptionConfig, robot: RobotDescription) -> CameraHealth:
    """Return what judges the pictures of a robot's cameras."""
    return CameraHealth(config.health, robot.cameras, config.table)


def make_perception(settings: Settings) -> tuple[CameraPerception, Encoder, PerceptionConfig]:
    """Return perception, the encoder it sees with, and its settings.

    Raises:
        ConfigError: The perception source is no camera, or the files of the encoder or of an added object are wrong.
        EnvironmentFault: OpenVINO cannot be had.
    """
    config = settings.perception
    if not isinstance(config, PerceptionConfig):
        raise ConfigError("the perception source is no camera", where="perception", permitted=("camera",))
    encoder, objects = make_encoder(config)
    kinds = {name: ObjectKind(item.yaw_symmetry, item.flat_top) for name, item in objects.items()}
    return CameraPerception(encoder, config, kinds), encoder, config


def make_encoder(config: PerceptionConfig) -> tuple[Encoder, dict[str, AddedObject]]:
    """Return the encoder, which knows the objects that were added from pictures, and these by name.

    Raises:
        ConfigError: The files of the encoder or of an added object are wrong.
        EnvironmentFault: OpenVINO cannot be had.
    """
    folder = encoder_folder(config)
    encoder = load_encoder(folder)
    objects = added_objects(config, encoder, encoder_sha256(folder))
    return (ObjectEncoder(encoder, objects) if objects else encoder), objects


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
