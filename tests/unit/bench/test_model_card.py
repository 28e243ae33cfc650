"""What an evaluation measured goes into the model's manifest and the skills' cards."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from robomatrix_py.bench.model_card import CARD_FILE, note_evaluation, write_card
from robomatrix_py.settings.settings import resolve

GRASP = resolve([]).load_skills()["grasp"]


def figures(split: str = "seen", successes: int = 198, skill: str = "grasp") -> dict[str, Any]:
    found = {
        "success_rate": successes / 200,
        "n": 200,
        "interval": [0.9642, 0.9973],
        "failures": {"unknown_object": 1, "no_progress": 1},
        "success_once": 0.995,
        "success_at_end": 0.99,
        "wrong_object": 0,
        "attention": {"front_camera": {"rate": 0.985, "n": 200, "interval": [0.957, 0.995]}},
        "time_to_done_s": {"n": successes, "p50": 4.25},
        "judge": {"success_rate": 0.99, "interval": [0.96, 0.99], "false_successes": 0, "unnoticed_successes": 0},
        "failed_trials": [{"seed": 1000}],
    }
    return {
        "split": split,
        "seeds": [1000, 1199],
        "perception": "camera",
        "versions": {"git_commit": "abc"},
        "skills": {skill: found},
    }


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A model's folder with all in its manifest that a card tells."""
    manifest = {
        "parameters": 2260000,
        "robot": {"name": "ur5e", "joints": [], "gripper": "parallel"},
        "cameras": {"front_camera": [448, 336], "wrist_camera": [192, 144]},
        "data": "1000 frames of simulated demonstrations",
        "data_sha256": "d" * 64,
        "encoder_sha256": "e" * 64,
        "robomatrix": "0.1.0",
        "commit": "abc",
        "license": "Apache-2.0",
        "measured": {},
    }
    (tmp_path / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return tmp_path


def test_card_tells_every_split_that_was_measured(model: Path) -> None:
    note_evaluation(model, figures())
    note_evaluation(model, figures("clutter", 180))
    card = write_card(GRASP, model, model).read_text(encoding="utf-8")
    assert "| seen | 99.0 % | 200 | 0.964 to 0.997 | 0 | 98.5 % | 4.2 s | unknown_object 1, no_progress 1 |" in card
    assert "| clutter | 90.0 % | 200 |" in card
    for told in ("2260000 parameters", "d" * 64, "e" * 64, "Apache-2.0", "front_camera, wrist_camera", GRASP.summary):
        assert told in card


def test_newer_figures_take_the_place_of_older_ones_and_others_stay(model: Path) -> None:
    note_evaluation(model, figures())
    note_evaluation(model, figures(skill="push"))
    note_evaluation(model, figures(successes=190))
    measured = json.loads((model / "manifest.json").read_text(encoding="utf-8"))["measured"]["seen"]
    assert measured["grasp"]["success_rate"] == 0.95
    assert measured["push"]["success_rate"] == 0.99
    assert measured["grasp"]["seeds"] == [1000, 1199]
    assert "failed_trials" not in measured["grasp"]


def test_skill_that_could_not_be_tried_is_not_noted(model: Path) -> None:
    none = figures()
    none["skills"]["grasp"] = {"success_rate": None, "n": 0, "interval": None, "not_prepared": 5}
    note_evaluation(model, none)
    assert json.loads((model / "manifest.json").read_text(encoding="utf-8"))["measured"] == {}
    assert "Not measured yet." in write_card(GRASP, model, model).read_text(encoding="utf-8")


def test_card_lies_in_the_folder_that_is_given(model: Path, tmp_path: Path) -> None:
    folder = tmp_path / "grasp"
    folder.mkdir()
    assert write_card(GRASP, model, folder) == folder / CARD_FILE
