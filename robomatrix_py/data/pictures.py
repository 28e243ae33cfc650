"""Saves pictures of a run under names that can be turned into captions again."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from robomatrix_py.data.disk import FaultHandler, is_low, low_space, write_fault
from robomatrix_py.data.durable import write_atomic
from robomatrix_py.data.run_folder import PICTURES_FOLDER, slug
from robomatrix_py.data.video import Frame

JPEG_QUALITY = 85
ATTENTION = "attention"
"""Moment of a picture that shows, on the one before a step, where the encoder finds the step's object."""

_NAME = re.compile(r"pictures/step-(\d+)_try-(\d+)_([a-z0-9-]+)_([a-z0-9-]+)_([a-z0-9-]+)\.jpg")


@dataclass(frozen=True)
class PictureName:
    """What a picture shows.

    Args:
        index: Place of the step in the plan, from 0.
        attempt: 1 for the first try.
        skill: Skill name.
        moment: ``before``, ``after`` or `ATTENTION`.
        camera: Camera name.
    """

    index: int
    attempt: int
    skill: str
    moment: str
    camera: str

    @property
    def path(self) -> str:
        """The file, relative to the run folder; steps count from 1 there, as people do."""
        words = "_".join(slug(word) for word in (self.skill, self.moment, self.camera))
        return f"{PICTURES_FOLDER}/step-{self.index + 1:02d}_try-{self.attempt}_{words}.jpg"

    @property
    def caption(self) -> str:
        """The same in words."""
        again = f", try {self.attempt}" if self.attempt > 1 else ""
        what = "where the encoder finds its object" if self.moment == ATTENTION else f"{self.moment} {self.skill}"
        return f"Step {self.index + 1}{again}: {what}, {self.camera}"

    @staticmethod
    def parse(path: str) -> PictureName | None:
        """Return what the picture of that relative path shows, or None for any other path."""
        match = _NAME.fullmatch(path)
        if match is None:
            return None
        skill, moment, camera = (word.replace("-", "_") for word in match.groups()[2:])
        return PictureName(int(match[1]) - 1, int(match[2]), skill, moment, camera)


def save_picture(folder: Path, name: PictureName, frame: Frame, on_fault: FaultHandler) -> str | None:
    """Save a frame as JPEG and return its path relative to the run folder.

    Args:
        folder: The run folder.
        name: What it shows.
        frame: RGB, uint8, shape (H, W, 3).
        on_fault: Told when the disk is full or fails; then None is returned.
    """
    buffer = io.BytesIO()
    Image.fromarray(frame).save(buffer, "JPEG", quality=JPEG_QUALITY)
    path = folder / name.path
    try:
        if is_low(folder):
            on_fault(low_space(path))
            return None
        path.parent.mkdir(exist_ok=True)
        write_atomic(path, buffer.getvalue())
    except OSError as error:
        on_fault(write_fault(path, error))
        return None
    return name.path
