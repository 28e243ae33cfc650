"""Runs a shipped action model on OpenVINO, one thread. No torch."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from robomatrix_py.contracts.errors import ConfigError, DataError
from robomatrix_py.contracts.patches import Floats, PatchEncoder
from robomatrix_py.contracts.policy import AIM, CHUNK_STEPS, Glance, Goal, PolicyChunk
from robomatrix_py.contracts.robot import RobotDescription
from robomatrix_py.contracts.skill import DIRECTIONS
from robomatrix_py.policies.action.aims import NUMBERS, from_numbers
from robomatrix_py.policies.action.loading import load_manifest
from robomatrix_py.policies.action.manifest import GRAPH_FILE
from robomatrix_py.policies.action.observation import NAMES, Observer
from robomatrix_py.policies.openvino_runtime import CONFIG, openvino_core

NOISE_SHAPE = (CHUNK_STEPS, len(NUMBERS))
"""Of the noise that a chunk is made from."""
# Calmer than in training: what is left open by the observation then comes out near its middle, not anywhere in it.
_NOISE_SHARE = np.float32(0.3)
# A little more than the quarter of a turn that is never needed.
_TURN_MAX_RAD = math.pi / 2 + 0.5
_YAW = AIM.index("yaw_rad")
_NAMES_SHOWN = 5
_TEXTS_MAX = 2
_DISTANCE_MAX_M = 1.0


class ActionGraph:
    """The exported network: the denoiser with all its steps, and the heads.

    Args:
        folder: Holds the graph.

    Raises:
        ConfigError: The graph has other inputs or outputs.
        EnvironmentFault: OpenVINO is not installed or cannot run the graph.
    """

    def __init__(self, folder: Path) -> None:
        with openvino_core("model", folder) as core:
            compiled = core.compile_model(folder / GRAPH_FILE, "CPU", CONFIG)
            shapes = [tuple(port.get_partial_shape().to_shape()) for port in (*compiled.inputs, *compiled.outputs)]
            self._request = compiled.create_infer_request()
        wanted = [(1, len(NAMES)), (1, *NOISE_SHAPE), (1, *NOISE_SHAPE), (1,), (1,)]
        if shapes != wanted:
            raise ConfigError(f"graph of {shapes}", where=str(folder / GRAPH_FILE), permitted=str(wanted), code="DIMS")

    def __call__(self, observation: Floats, noise: Floats) -> tuple[Floats, float, float]:
        """Return aims, in the numbers of :mod:`~robomatrix_py.policies.action.aims`, progress and done.

        Args:
            observation: Shape (len(NAMES),).
            noise: Standard normal, shape `NOISE_SHAPE`; the same noise gives the same chunk.
        """
        self._request.infer([observation[None], noise[None]])
        aims, progress, done = (self._request.get_output_tensor(index).data for index in range(3))
        return aims[0].copy(), float(progress[0]), float(done[0])


class LearnedPolicy:
    """A shipped policy for all skills (a :class:`~robomatrix_py.contracts.policy.SkillPolicy`).

    Equal glances after equal starts give equal chunks.

    Args:
        folder: Holds the manifest and the graph.
        encoder: Reads the texts and gives patches their meaning.
        encoder_sha256: Its hash.
        robot: The robot at hand.
        seed: Of the noise that chunks are made from.

    Raises:
        ConfigError: A file is missing, damaged, or the model does not fit robot, encoder or this software.
        SecurityRefusal: The folder holds what may run code.
        EnvironmentFault: OpenVINO is not installed or cannot run the graph.
    """

    def __init__(
        self, folder: Path, encoder: PatchEncoder, encoder_sha256: str, robot: RobotDescription, seed: int = 0
    ) -> None:
        self.manifest = load_manifest(folder, robot, encoder_sha256)
        self._graph = ActionGraph(folder)
        self._observer = Observer(encoder)
        self._rng = np.random.default_rng(seed)
        self._noise = np.zeros(NOISE_SHAPE, dtype=np.float32)
        self._progress = 0.0
        self._yaw_rad: float | None = None

    def start(self, goal: Goal) -> None:
        """Begin a skill; what was remembered of the last one is forgotten.

        Raises:
            ConfigError: The model was not trained for the skill, the goal has words that the encoder was never taught,
                or its numbers are out of range.
        """
        if goal.skill not in self.manifest.skills:
            raise ConfigError(f"not trained for skill '{goal.skill}'", permitted=self.manifest.skills)
        check_goal(goal)
        self._observer.start(goal)
        # One draw a skill: of several good ways, consecutive chunks then take the same.
        self._noise = _NOISE_SHARE * self._rng.standard_normal(NOISE_SHAPE, dtype=np.float32)
        self._progress = 0.0
        self._yaw_rad = None

    def act(self, glance: Glance) -> PolicyChunk:
        """Return the next chunk.

        Raises:
            DataError: What was seen or measured is not finite.
        """
        observation = self._observer.observe(glance, self._progress)
        if not np.isfinite(observation).all():
            names = [NAMES[index] for index in np.flatnonzero(~np.isfinite(observation))[:_NAMES_SHOWN]]
            raise DataError(f"not finite: {', '.join(names)}", where="observation")
        numbers, self._progress, done = self._graph(observation, self._noise)
        tool = glance.tool
        aims = from_numbers(numbers, tool.commanded_xyz_m, tool.commanded_yaw_rad)
        if self._yaw_rad is not None:
            aims[:, _YAW] += like_before(aims[0, _YAW], tool.commanded_yaw_rad, self._yaw_rad)
        self._yaw_rad = float(aims[0, _YAW])
        return PolicyChunk(
            observed_s=glance.now_s,
            aims=aims,
            progress=self._progress,
            done=done,
            seen=self._observer.seen,
        )


def like_before(wanted_rad: float, commanded_rad: float, before_rad: float) -> float:
    """Return what to add to a turn so that the gripper goes on turning the way it did: nothing, or half a turn.

    After half a turn the gripper looks the same. About a quarter of a turn away, both ways are as good, and chunks that
    take turns would have it go to and fro.

    Args:
        wanted_rad: Where it is to turn.
        commanded_rad: Where it is commanded to be.
        before_rad: Where it was to turn before.
    """
    changed_rad = math.remainder(wanted_rad - before_rad, math.pi) + before_rad
    return changed_rad - wanted_rad if abs(changed_rad - commanded_rad) < _TURN_MAX_RAD else 0.0


def check_goal(goal: Goal) -> None:
    """Refuse a goal that no skill call can mean."""
    if not 1 <= len(goal.texts) <= _TEXTS_MAX:
        raise ConfigError(f"{len(goal.texts)} texts", where="goal.texts", permitted="one or two", code="GOAL")
    if goal.direction and goal.direction not in DIRECTIONS:
        raise ConfigError(
            f"direction '{goal.direction}'", where="goal.direction", permitted=sorted(DIRECTIONS), code="GOAL"
        )
    if not 0.0 <= goal.distance_m <= _DISTANCE_MAX_M:
        raise ConfigError(
            f"{goal.distance_m} m", where="goal.distance_m", permitted=f"0 to {_DISTANCE_MAX_M:g}", code="GOAL"
        )
