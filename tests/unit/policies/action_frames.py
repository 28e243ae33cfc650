"""Frames of a task that can be written down: go over the thing, go down, close. For tests of the action model."""

from __future__ import annotations

import numpy as np

from robomatrix_py.contracts.policy import AIM, CHUNK_STEPS, SKILLS
from robomatrix_py.policies.action.aims import to_numbers
from robomatrix_py.policies.action.frames import Frames
from robomatrix_py.policies.action.observation import NAMES


def reaching_frames(count: int, seed: int = 0, frames_an_episode: int = 20) -> Frames:
    """Return frames whose aims follow from what is observed, but for the sign of a quarter turn, which is tossed."""
    rng = np.random.default_rng(seed)
    features = rng.normal(0.0, 0.3, (count, len(NAMES))).astype(np.float32)
    features[:, : len(SKILLS)] = 0.0
    skill = rng.integers(0, 2, count)
    features[np.arange(count), skill] = 1.0
    tool = rng.uniform((0.3, -0.3, 0.02), (0.6, 0.3, 0.3), (count, 3))
    yaw = rng.uniform(-1.0, 1.0, count)
    thing = rng.uniform((0.3, -0.3, 0.02), (0.6, 0.3, 0.05), (count, 3))
    near = rng.random(count) < 0.5
    tool[near, :2] = thing[near, :2] + rng.normal(0.0, 0.01, (int(near.sum()), 2))
    column = {name: index for index, name in enumerate(NAMES)}
    for axis, name in enumerate("xyz"):
        features[:, column[f"thing1.track.{name}"]] = np.arcsinh((thing - tool)[:, axis] / 0.08)
        features[:, column[f"tool.{name}"]] = tool[:, axis] * (1, 1, 4)[axis]
    over = np.linalg.norm((thing - tool)[:, :2], axis=1) < 0.03
    aims = np.zeros((count, CHUNK_STEPS, len(AIM)))
    aims[..., :3] = thing[:, None]
    aims[~over, :, 2] += 0.12
    aims[..., 3] = (yaw + 0.7 * rng.choice((-1.0, 1.0), count))[:, None]
    aims[..., 4] = 1.0
    aims[over, 8:, 4] = 0.0
    aims[..., 5] = np.where(over, 0.4, 1.0)[:, None]
    mask = np.arange(CHUNK_STEPS) < rng.integers(4, CHUNK_STEPS + 1, count)[:, None]
    progress = np.clip(1.0 - np.linalg.norm(thing - tool, axis=1) / 0.6, 0.0, 1.0)
    features[:, column["memory.progress"]] = np.clip(progress - 0.05, 0.0, 1.0)
    return Frames(
        features=features,
        aims=to_numbers(aims, tool, yaw),
        mask=mask,
        progress=progress.astype(np.float32),
        done=(progress > 0.9).astype(np.float32),
        skill=skill.astype(np.int64),
        episode=np.arange(count) // frames_an_episode,
    )
