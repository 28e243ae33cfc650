"""From a data set of `robomatrix train demonstrations` to the arrays that LeRobot's policy is trained on."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np
from peer_input import HORIZON, LOOKS, state_numbers, task_numbers, words_of
from PIL import Image

from robomatrix_py.contracts.policy import SKILLS, Goal
from robomatrix_py.data.lerobot import PICTURES, LerobotDataset, StoredEpisode, video_file
from robomatrix_py.policies.action.aims import to_numbers
from robomatrix_py.policies.action.observation import CAMERAS, NAMES
from robomatrix_py.sim.catalog import COLORS, NOVEL_SHAPE_NAMES, SHAPE_NAMES
from robomatrix_py.training.columns import ACTION, AIM_MASK, DONE, FEATURES, PROGRESS, SKILL, SPLIT, STATE

ABOUT_FILE = "frames.json"
_PLACES = ("bin", "bowl", "tray", "cabinet", "drawer", "button")
THING_WORDS = {*COLORS, *SHAPE_NAMES, *NOVEL_SHAPE_NAMES, *_PLACES, "object"}
"""All words that things of the data set may be called by."""
_GOAL = tuple(name for name in NAMES if name.startswith("goal."))

Array = np.ndarray[Any, Any]


def texts_of(task: str) -> tuple[str, ...]:
    """Return what the things are called that a task of the data set is about, such as ``red cube`` and ``bin``."""
    parts = re.split(r"\bthe\b", task)[1:]
    return tuple(" ".join(word for word in part.split() if word in THING_WORDS) for part in parts)


def prepare(data: Path, folder: Path, view_px: tuple[int, int]) -> dict[str, Any]:
    """Write state, actions and pictures of every frame as arrays, and return what they are about.

    Args:
        data: The data set.
        folder: Takes the arrays; those of the same data set and size are kept.
        view_px: Width and height of the pictures: LeRobot wants those of both cameras alike.

    Raises:
        DataError: The data set is unfinished or damaged.
    """
    dataset = LerobotDataset(data)
    wanted = {"data_sha256": dataset.sha256, "view_px": list(view_px)}
    path = folder / ABOUT_FILE
    if path.exists():
        about: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if wanted.items() <= about.items():
            return about
    folder.mkdir(parents=True, exist_ok=True)
    episodes = dataset.episodes()
    words = words_of(text for episode in episodes for text in texts_of(episode.task))
    for name, values in _numbers(dataset, episodes, words).items():
        np.save(folder / f"{name}.npy", values)
    for camera in CAMERAS:
        # Holds the file against its hash.
        dataset.pictures(camera, StoredEpisode("", 0, 1))
        frames = episodes[-1].last
        shape = (frames, view_px[1], view_px[0], 3)
        kept = np.lib.format.open_memmap(folder / f"{camera}.npy", "w+", np.uint8, shape)
        for number, picture in enumerate(_pictures(data / video_file(PICTURES + camera))):
            kept[number] = resized(picture, view_px)
        kept.flush()
    about = wanted | {
        "words": words,
        "frames": episodes[-1].last,
        "encoder_sha256": dataset.about["job"]["encoder_sha256"],
    }
    path.write_text(json.dumps(about), encoding="utf-8")
    return about


def resized(picture: Array, size_px: tuple[int, int]) -> Array:
    """Return a picture in another size, width and height."""
    if (picture.shape[1], picture.shape[0]) == size_px:
        return picture
    smaller = size_px[0] < picture.shape[1]
    return np.asarray(Image.fromarray(picture).resize(size_px, Image.Resampling.BOX if smaller else None))


def _pictures(path: Path) -> Iterator[Array]:
    with av.open(str(path)) as container:
        for picture in container.decode(video=0):
            yield picture.to_ndarray(format="rgb24")


def _numbers(dataset: LerobotDataset, episodes: list[StoredEpisode], words: list[str]) -> dict[str, Array]:
    columns = dataset.columns([FEATURES, STATE, ACTION, AIM_MASK, PROGRESS, DONE, SKILL, SPLIT])
    names = dataset.info["features"][STATE]["names"]
    state = {name: columns[STATE][:, place].astype(np.float64) for place, name in enumerate(names)}
    goals = [dict(zip(_GOAL, row, strict=True)) for row in columns[FEATURES][:, [NAMES.index(n) for n in _GOAL]]]
    tasks, rows, mask, before = [], [], [], []
    for episode in episodes:
        texts = texts_of(episode.task)
        frames = np.arange(episode.first, episode.last)
        for frame in frames.tolist():
            goal = Goal(SKILLS[int(columns[SKILL][frame])], texts)
            numbers = task_numbers(goal, words)
            # Direction and distance as they were recorded: the sentence rounds them.
            numbers[len(SKILLS) : len(SKILLS) + len(_GOAL)] = list(goals[frame].values())
            tasks.append(numbers)
        steps = frames[:, None] + np.arange(HORIZON) - (LOOKS - 1)
        rows.append(np.clip(steps, episode.first, episode.last - 1))
        began = np.maximum(frames - (LOOKS - 1), episode.first)
        # What was aimed at in the look before is of no use where there was none, or a disturbance came in between.
        counted = columns[AIM_MASK].astype(bool)
        same = (began < frames) & counted[began, 1]
        mask.append(np.concatenate([same[:, None], counted[frames, : HORIZON - 1]], axis=1))
        before.append(began)
    chunks = np.concatenate(rows)
    commanded = np.stack([state[f"commanded_{axis}_m"] for axis in "xyz"], axis=-1)
    aims = to_numbers(columns[ACTION][chunks], commanded, state["commanded_yaw_rad"])
    heads = np.stack([columns[PROGRESS][chunks], columns[DONE][chunks]], axis=-1).reshape(*chunks.shape, 2)
    return {
        "state": np.concatenate([state_numbers(state), np.stack(tasks)], axis=1),
        "actions": np.concatenate([aims, heads], axis=-1).astype(np.float32),
        "pad": ~np.concatenate(mask),
        "before": np.concatenate(before),
        "learned": columns[SPLIT] == 0,
    }
