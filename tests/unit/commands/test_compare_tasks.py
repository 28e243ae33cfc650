"""Only policies that were trained alike, each for its own side, are compared."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from command_line import robomatrix

from robomatrix_py.contracts.policy import SKILLS, WHOLE_TASKS
from robomatrix_py.policies.action.aims import NUMBERS
from robomatrix_py.policies.action.config import ActionSize
from robomatrix_py.policies.action.normaliser import fit_normaliser
from robomatrix_py.policies.action.observation import CAMERAS, NAMES
from robomatrix_py.runtime.perception import encoder_sha256
from robomatrix_py.settings.robots import load_robot
from robomatrix_py.settings.share import find_model

torch = pytest.importorskip("torch", reason="the extra `train` is not installed")
from robomatrix_py.policies.action.export import export_action_model  # noqa: E402
from robomatrix_py.policies.action.model import ActionModel  # noqa: E402

Make = Callable[..., str]


@pytest.fixture(scope="module")
def policy(tmp_path_factory: pytest.TempPathFactory) -> Make:
    """Makes policies that have learned nothing, for the encoder that ships."""
    rng = np.random.default_rng(0)
    normalisers = tuple(fit_normaliser(rng.standard_normal((50, len(names)))) for names in (NAMES, NUMBERS))
    encoder = encoder_sha256(find_model("encoder"))

    def make(goals: tuple[str, ...], data: str = "d" * 64, width: int = 16, **training: Any) -> str:
        folder = tmp_path_factory.mktemp("policy")
        about = {
            "cameras": {camera: [64, 48] for camera in CAMERAS},
            "skills": list(goals),
            "encoder_sha256": encoder,
            "data_sha256": data,
            "data": "numbers of a test",
            "training": {"steps": 300, "seed": 0, **training},
            "held_out": {},
            "measured": {},
            "robomatrix": "test",
            "commit": None,
        }
        size = ActionSize(width=width, condition=8, blocks=1)
        export_action_model(ActionModel(size, *normalisers), normalisers, 1, load_robot("ur5e"), about, folder)
        return str(folder)

    return make


@pytest.fixture(scope="module")
def of_skills(policy: Make) -> str:
    return policy(SKILLS)


@pytest.fixture(scope="module")
def of_tasks(policy: Make) -> str:
    return policy(WHOLE_TASKS, seed=7)


def refusal(skills: str, tasks: str, *words: str) -> str:
    answer = robomatrix("bench", "tasks", "--skill-policy", skills, "--task-policy", tasks, *words)
    assert answer.code == 2
    assert answer.out == ""
    first, *others = answer.err.splitlines()
    assert first == "measuring tasks ..."
    assert len(others) == 1, answer.err
    return others[0]


def test_each_side_has_a_policy_of_its_own_kind(of_skills: str, of_tasks: str) -> None:
    assert "--skill-policy: serves place, stow, and not move_to" in refusal(of_tasks, of_skills)
    assert "--task-policy: serves move_to" in refusal(of_skills, of_skills)


def test_policies_of_other_data_size_or_training_are_not_compared(policy: Make, of_skills: str) -> None:
    assert "the policies differ in data_sha256" in refusal(of_skills, policy(WHOLE_TASKS, data="c" * 64))
    assert "the policies differ in parameters" in refusal(of_skills, policy(WHOLE_TASKS, width=24))
    assert "the policies differ in training.steps: 300 and 900" in refusal(of_skills, policy(WHOLE_TASKS, steps=900))


def test_policies_that_differ_in_the_seed_of_their_training_are_compared(of_skills: str, of_tasks: str) -> None:
    # What is refused is what is looked at after the policies.
    assert "processes is 0" in refusal(of_skills, of_tasks, "--processes", "0")


def test_a_policy_needs_cameras(of_skills: str, of_tasks: str) -> None:
    said = refusal(of_skills, of_tasks, "--perception", "sim_truth")
    assert "a learned policy looks through cameras" in said
