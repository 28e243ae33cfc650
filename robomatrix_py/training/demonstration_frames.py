"""From a data set of demonstrations to the frames that the action model learns from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from robomatrix_py.contracts.errors import DataError
from robomatrix_py.contracts.policy import AIM, SKILLS, WHOLE_TASKS
from robomatrix_py.data.corrections import CORRECTED
from robomatrix_py.data.lerobot import PICTURES, LerobotDataset
from robomatrix_py.policies.action.aims import to_numbers
from robomatrix_py.policies.action.frames import Frames
from robomatrix_py.policies.action.observation import CAMERAS, NAMES
from robomatrix_py.training.columns import (
    ACTION,
    AIM_MASK,
    DONE,
    FEATURES,
    LINK,
    PROGRESS,
    SKILL,
    SPLIT,
    STATE,
    TASK,
    TASK_FEATURES,
    aim_chunks,
    uncorrected,
)
from robomatrix_py.training.whole_task_frames import Columns, join_whole_tasks

_COMMANDED = ("commanded_x_m", "commanded_y_m", "commanded_z_m", "commanded_yaw_rad")


@dataclass(frozen=True, eq=False)
class Demonstrations:
    """A data set, ready for training.

    Args:
        goals: What `Frames.skill` counts: the skills, or the whole tasks.
        learned: To learn from.
        held_out: To choose the weights by.
        robot: Name of the robot.
        cameras: Width and height in pixels in which each camera was seen.
        sha256: Hash of the data set.
    """

    goals: tuple[str, ...]
    learned: Frames
    held_out: Frames
    robot: str
    cameras: dict[str, tuple[int, int]]
    sha256: str

    @property
    def skills(self) -> tuple[str, ...]:
        """The skills, or whole tasks, that are shown."""
        return tuple(self.goals[number] for number in np.unique(self.learned.skill).tolist())


def load_demonstrations(dataset: LerobotDataset, *, whole_tasks: bool = False) -> Demonstrations:
    """Return a data set as frames, without those that a person corrected.

    Args:
        dataset: The data set.
        whole_tasks: Whether an episode is a whole task, and the task its goal, in place of a skill.

    Raises:
        DataError: It was made for another observation or action, it shows no whole task, or a file is damaged.
    """
    observed = TASK_FEATURES if whole_tasks else FEATURES
    for column, wanted in ((observed, NAMES), (ACTION, AIM)):
        found = dataset.info["features"].get(column, {}).get("names")
        if found != list(wanted):
            raise DataError(
                f"its column {column} has other numbers than this software",
                where="demonstrations",
                remedy="make the demonstrations anew",
                code="COLUMN",
            )
    more = [TASK, LINK] if whole_tasks else []
    more += [CORRECTED] if CORRECTED in dataset.info["features"] else []
    columns: Columns = dataset.columns([observed, STATE, ACTION, AIM_MASK, PROGRESS, DONE, SKILL, SPLIT, *more])
    episodes = dataset.episodes()
    firsts = np.repeat([e.first for e in episodes], [e.last - e.first for e in episodes])
    if whole_tasks:
        columns, firsts = join_whole_tasks(columns, firsts)
        if not len(firsts):
            raise DataError("it shows no whole task", where="demonstrations", remedy="make more episodes")
    begins = np.unique(firsts)
    ends = np.append(begins[1:], len(firsts))
    spans = zip(begins, ends, strict=True)
    chunks = np.concatenate([aim_chunks(columns[ACTION], first, last) for first, last in spans])
    names = dataset.info["features"][STATE]["names"]
    commanded = columns[STATE][:, [names.index(name) for name in _COMMANDED]]
    # What the robot did just before somebody corrected it is no example, as an observation or as an aim.
    corrected = columns[CORRECTED].astype(bool) if CORRECTED in columns else np.zeros(len(firsts), dtype=bool)
    frames = Frames(
        features=columns[FEATURES].astype(np.float32),
        aims=to_numbers(chunks, commanded[:, :3], commanded[:, 3]),
        mask=uncorrected(columns[AIM_MASK].astype(bool), corrected, np.repeat(ends, ends - begins)),
        progress=columns[PROGRESS].astype(np.float32),
        done=columns[DONE].astype(np.float32),
        skill=columns[TASK if whole_tasks else SKILL].astype(np.int64),
        episode=np.searchsorted(begins, firsts),
    )
    held_out = columns[SPLIT] == 1
    return Demonstrations(
        goals=WHOLE_TASKS if whole_tasks else SKILLS,
        learned=frames.where(~held_out & ~corrected),
        held_out=frames.where(held_out & ~corrected),
        robot=str(dataset.info["robot_type"]),
        cameras=_cameras(dataset),
        sha256=dataset.sha256,
    )


def _cameras(dataset: LerobotDataset) -> dict[str, tuple[int, int]]:
    features = dataset.info["features"]
    shapes = {camera: features[PICTURES + camera]["shape"] for camera in CAMERAS if PICTURES + camera in features}
    return {camera: (int(width), int(height)) for camera, (height, width, _) in shapes.items()}
