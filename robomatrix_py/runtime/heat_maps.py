"""Draws what the encoder attends to in the steps of a finished run, from the pictures in its run folder."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from robomatrix_py.contracts.errors import ConfigError
from robomatrix_py.contracts.policy import words_of
from robomatrix_py.contracts.skill import ArgumentType, SkillSpec
from robomatrix_py.data.pictures import ATTENTION, PictureName, save_picture
from robomatrix_py.data.records import StepRecord
from robomatrix_py.data.run_reader import read_run
from robomatrix_py.perception.config import PerceptionConfig
from robomatrix_py.perception.heat_map import attention, overlay
from robomatrix_py.runtime.perception import make_encoder
from robomatrix_py.settings.settings import Settings

# Nobody waits longer for a report because an encoder is slow; what is left is left out.
_LONGEST_S = 5.0


def draw_heat_maps(folder: Path, settings: Settings) -> list[str]:
    """Save, for every attempt at a step, where the encoder finds the step's first object in the picture before it.

    It looks at the saved picture after the run, so that it cannot disturb one. Nothing is drawn where scene objects
    did not come from cameras, and none for a step without an object, without a picture, or whose object has words that
    the encoder was never taught.

    Args:
        folder: The run folder.
        settings: What the run was configured by.

    Returns:
        Paths of the pictures, relative to the folder.

    Raises:
        ConfigError: The files of the encoder or of an added object are wrong.
        EnvironmentFault: OpenVINO cannot be had.
        DataError: The folder is no run folder.
    """
    if not isinstance(settings.perception, PerceptionConfig):
        return []
    began_s = time.monotonic()
    encoder, _ = make_encoder(settings.perception)
    skills = settings.load_skills()
    drawn = []
    for step in read_run(folder).steps:
        name = PictureName.parse(step.pictures.get("before", ""))
        words = object_words(step, skills)
        if time.monotonic() - began_s > _LONGEST_S:
            break
        if name is None or not words or name.camera not in encoder.views_px:
            continue
        try:
            with Image.open(folder / name.path) as picture:
                color = np.asarray(picture.convert("RGB").resize(encoder.views_px[name.camera], Image.Resampling.BOX))
            heat = attention(encoder, name.camera, color, words)
        except (OSError, Image.DecompressionBombError, ConfigError):
            continue
        path = save_picture(folder, replace(name, moment=ATTENTION), overlay(color, heat), lambda _fault: None)
        drawn += [path] if path else []
    return drawn


def object_words(step: StepRecord, skills: Mapping[str, SkillSpec]) -> str:
    """Return the words for the first object that a step is about, such as ``red cube`` for ``red_cube_2``."""
    spec = skills.get(step.skill)
    names = [argument.name for argument in spec.arguments if argument.type is ArgumentType.OBJECT] if spec else []
    value = next((step.arguments[name] for name in names if name in step.arguments), "")
    return words_of(value) if isinstance(value, str) else ""
