"""`robomatrix policies`: what there is, and objects added from pictures, asked for, and removed again."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import robomatrix

NAME = "green spool"


@pytest.fixture(autouse=True)
def _own_objects(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


def test_lists_the_encoder_and_that_there_are_no_objects() -> None:
    listed = robomatrix("policies", "--json").json()
    assert listed == robomatrix("policies", "list", "--json").json()
    (encoder,) = (model for model in listed["models"] if model["name"] == "encoder")
    assert (encoder["kind"], encoder["used"]) == ("encoder", True)
    assert encoder["parameters"] > 1e5
    assert any(model["name"] == "action" and model["used"] for model in listed["models"])
    assert listed["objects"] == []
    shown = robomatrix("policies")
    assert shown.code == 0
    assert any(line.split()[:2] == ["encoder", "encoder"] for line in shown.out.splitlines())


@pytest.mark.gl
def test_an_added_object_is_listed_understood_and_removed(tmp_path: Path) -> None:
    images = tmp_path / "images"
    drawn = robomatrix("policies", "draw-object", *NAME.split(), "--out", str(images), "--count", "12", "--json")
    assert drawn.json() == {"pictures": 12, "folder": str(images)}
    added = robomatrix("policies", "add-object", NAME, "--images", str(images), "--yaw-symmetry", "0", "--flat-top")
    assert added.code == 0, added.err
    first, *warnings, file = added.out.splitlines()
    assert first.startswith("added 'green spool': 12 pictures, alike by 0.")
    assert warnings[0].startswith("warning: 12 pictures are few")
    assert file == f"file  {tmp_path}/data/robomatrix/objects/green_spool/object.json"
    (item,) = robomatrix("policies", "--json").json()["objects"]
    assert (item["name"], item["pictures"], item["state"], item["flat_top"]) == (NAME, 12, "ready", True)

    scene = (
        "--set",
        "scene.objects=[green_spool,red_cube]",
        "--set",
        "scene.extra_min=0",
        "--set",
        "scene.extra_max=0",
    )
    plan = robomatrix("plan", "put the spool in the bin", "--perception", "camera", *scene, "--json")
    assert plan.code == 0, plan.out + plan.err
    steps = [(step["skill"], *step["arguments"].values()) for step in plan.json()["steps"]]
    assert steps[0][:2] == ("grasp", "green_spool")
    assert steps[-1][:3] == ("release", "green_spool", "bin")

    assert robomatrix("policies", "remove-object", "Green_Spool").out == "removed 'green spool'\n"
    assert robomatrix("policies", "--json").json()["objects"] == []
    gone = robomatrix("policies", "remove-object", NAME)
    assert gone.code == 2
    assert "no added object 'green spool'" in gone.error_line


WRONG: dict[str, tuple[tuple[str, ...], int, str]] = {
    "no pictures named": (("add-object", "spool"), 2, "--images"),
    "no folder": (("add-object", "spool", "--images", "/nowhere"), 1, "/nowhere: no such folder"),
    "known": (("add-object", "red", "can", "--images", "/nowhere"), 2, "is known in words already"),
    "word of the grammar": (("add-object", "into", "--images", "/nowhere"), 2, "has another meaning in instructions"),
    "two words": (("add-object", "old", "shoe", "--images", "/nowhere"), 2, "'old shoe' is more than a noun"),
    "symmetry": (("add-object", "spool", "--images", "/nowhere", "--yaw-symmetry", "3"), 2, "invalid choice"),
    "action": (("forget-object", "spool"), 2, "invalid choice"),
    "folder": (("list", "--set", "perception.objects=here"), 2, "no folder 'here'"),
    "none to add to": (
        ("remove-object", "spool", "--set", "perception.objects="),
        2,
        "no folder for added objects",
    ),
    "shape that the simulator lacks": (("draw-object", "green", "shoe", "--out", "/nowhere"), 2, "unknown object"),
    "too many": (("draw-object", "green", "spool", "--out", "/nowhere", "--count", "501"), 2, "--count 501"),
}


@pytest.mark.parametrize("case", WRONG)
def test_bad_input_gets_one_clear_line(case: str) -> None:
    words, code, message = WRONG[case]
    answer = robomatrix("policies", *words)
    assert answer.code == code
    assert message in answer.error_line
    assert answer.out == ""
