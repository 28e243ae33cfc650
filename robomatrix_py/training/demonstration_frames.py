"""From a data set of demonstrations to the frames that the action model learns from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from robomatrix_py.contracts.errors import DataError
from robomatrix_py.contracts.policy import AIM, SKILLS
from robomatrix_py.data.lerobot import PICTURES, LerobotDataset
from robomatrix_py.policies.action.aims import to_numbers
from robomatrix_py.policies.action.frames import Frames
from robomatrix_py.policies.action.observation import CAMERAS, NAMES
from robomatrix_py.training.columns import (
    ACTION,
    AIM_MASK,
    DONE,
    FEATURES,
    PROGRESS,
    SKILL,
    SPLIT,
    STATE,
    aim_chunks,
)

_COMMANDED = ("commanded_x_m", "commanded_y_m", "commanded_z_m", "commanded_yaw_rad")


@dataclass(frozen=True, eq=False)
class Demonstrations:
    """A data set, ready for training.

    Args:
        learned: To learn from.
        held_out: To choose the weights by.
        robot: Name of the robot.
        cameras: Width and height in pixels in which each camera was seen.
        sha256: Hash of the data set.
    """

    learned: Frames
    held_out: Frames
    robot: str
    cameras: dict[str, tuple[int, int]]
    sha256: str

    @property
    def skills(self) -> tuple[str, ...]:
        """The skills that are shown."""
        return tuple(SKILLS[number] for number in np.unique(self.learned.skill).tolist())


def load_demonstrations(dataset: LerobotDataset) -> Demonstrations:
    """Return a data set as frames.

    Raises:
        DataError: It was made for another observation or action, or a file is damaged.
    """
    for column, wanted in ((FEATURES, NAMES), (ACTION, AIM)):
        found = dataset.info["features"].get(column, {}).get("names")
        if found != list(wanted):
            raise DataError(
                f"its column {column} has other numbers than this software",
                where="demonstrations",
                remedy="make the demonstrations anew",
                code="COLUMN",
            )
    columns = dataset.columns([FEATURES, STATE, ACTION, AIM_MASK, PROGRESS, DONE, SKILL, SPLIT])
    episodes = dataset.episodes()
    chunks = np.concatenate([aim_chunks(columns[ACTION], e.first, e.last) for e in episodes])
    names = dataset.info["features"][STATE]["names"]
    commanded = columns[STATE][:, [names.index(name) for name in _COMMANDED]]
    frames = Frames(
        features=columns[FEATURES].astype(np.float32),
        aims=to_numbers(chunks, commanded[:, :3], commanded[:, 3]),
        mask=columns[AIM_MASK].astype(bool),
        progress=columns[PROGRESS].astype(np.float32),
        done=columns[DONE].astype(np.float32),
        skill=columns[SKILL].astype(np.int64),
        episode=np.repeat(np.arange(len(episodes)), [e.last - e.first for e in episodes]),
    )
    held_out = columns[SPLIT] == 1
    return Demonstrations(
        learned=frames.where(~held_out),
        held_out=frames.where(held_out),
        robot=str(dataset.info["robot_type"]),
        cameras=_cameras(dataset),
        sha256=dataset.sha256,
    )


def _cameras(dataset: LerobotDataset) -> dict[str, tuple[int, int]]:
    features = dataset.info["features"]
    shapes = {camera: features[PICTURES + camera]["shape"] for camera in CAMERAS if PICTURES + camera in features}
    return {camera: (int(width), int(height)) for camera, (height, width, _) in shapes.items()}
