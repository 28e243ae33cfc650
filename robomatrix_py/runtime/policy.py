"""Loads the learned policy as the settings describe it; the same for lock-step and for its ROS node."""

from __future__ import annotations

from robomatrix_py.contracts.errors import ConfigError
from robomatrix_py.perception.config import PerceptionConfig
from robomatrix_py.policies.action.inference import LearnedPolicy
from robomatrix_py.runtime.perception import encoder_folder, encoder_sha256, make_encoder
from robomatrix_py.settings.settings import Settings
from robomatrix_py.settings.share import find_model


def make_policy(settings: Settings) -> LearnedPolicy:
    """Return the policy that serves learned skills; its randomness follows from the settings' seed.

    Raises:
        ConfigError: The perception source is no camera, or the files of policy or encoder are wrong.
        SecurityRefusal: The policy's folder holds what may run code.
        EnvironmentFault: OpenVINO cannot be had.
    """
    config = settings.perception
    if not isinstance(config, PerceptionConfig):
        raise ConfigError(
            "a learned policy looks through cameras, and the perception source is none",
            where="perception",
            permitted=("camera",),
            remedy="add --perception camera",
        )
    folder = find_model(settings.skills.learned.model)
    encoder, _ = make_encoder(config)
    sha256 = encoder_sha256(encoder_folder(config))
    return LearnedPolicy(folder, encoder, sha256, settings.load_robot(), settings.seed)
