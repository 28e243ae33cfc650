"""An encoder, a policy or a sentence from someone else is data: it is refused in words, and nothing of it runs."""

from __future__ import annotations

import hashlib
import json
import os
import pickle
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from robomatrix_py.contracts.errors import ConfigError, DataError, EnvironmentFault, RobomatrixError
from robomatrix_py.contracts.policy import Goal
from robomatrix_py.policies.clip.inference import MANIFEST_FILE, ClipEncoder
from robomatrix_py.settings.share import find_model

SHIPPED = find_model("encoder")


class Payload:
    """Makes a folder when it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self._mark = mark

    def __reduce__(self) -> tuple[Callable[[str], None], tuple[str]]:
        return os.mkdir, (str(self._mark),)


@pytest.fixture
def mark(tmp_path: Path) -> Path:
    """A folder that stands once something hostile has run."""
    return tmp_path / "ran"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SHIPPED, tmp_path / "encoder"))


def rewrite(folder: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Change an encoder's manifest; every hash is that of the file there, as somebody who means harm would see to."""
    path = folder / MANIFEST_FILE
    values = json.loads(path.read_text(encoding="utf-8"))
    values["sha256"] = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in values["sha256"]}
    change(values)
    path.write_text(json.dumps(values), encoding="utf-8")


# The encoder


@pytest.mark.parametrize("name", ["image.xml", "image.bin", "crop.bin", "text.xml", "vocabulary.json"])
@pytest.mark.parametrize("kind", ["cut", "pickle"])
def test_file_of_an_encoder_that_is_something_else_is_refused_and_does_not_run(
    copy: Path, mark: Path, name: str, kind: str
) -> None:
    path = copy / name
    path.write_bytes(path.read_bytes()[:-64] if kind == "cut" else pickle.dumps(Payload(mark)))
    with pytest.raises(ConfigError) as caught:
        ClipEncoder(copy)
    assert caught.value.code == "CONFIG.HASH"
    assert name in str(caught.value)
    # With hashes that agree, what reads it finds that it is none of its own.
    if not name.endswith(".bin"):
        rewrite(copy, lambda _values: None)
        with pytest.raises((ConfigError, EnvironmentFault)) as caught_again:
            ClipEncoder(copy)
        assert str(copy) in str(caught_again.value)
        assert "\n" not in str(caught_again.value)
    assert not mark.exists()


def test_graph_of_another_kind_is_refused_although_hashes_agree(copy: Path) -> None:
    for ending in ("xml", "bin"):
        shutil.copy(copy / f"text.{ending}", copy / f"image.{ending}")
    rewrite(copy, lambda _values: None)
    with pytest.raises((ConfigError, EnvironmentFault)) as caught:
        ClipEncoder(copy)
    assert str(copy) in str(caught.value)


MANIFESTS: dict[str, tuple[str, Any]] = {
    "numbers that are none": ("embedding", float("nan")),
    "endless number": ("scale", float("inf")),
    "other size of cutouts": ("crop_px", 4096),
    "no views": ("views_px", []),
    "view without size": ("views_px", {"front_camera": [0, 0]}),
    "view below zero": ("views_px", {"front_camera": [-448, -336]}),
    "endless view": ("views_px", {"front_camera": [10**9, 10**9]}),
    "unit that is none": ("offset_unit_m", "one"),
    "phrases that run": ("templates", ["{.__class__.__mro__}"]),
    "no phrases": ("templates", []),
    "file elsewhere": ("sha256", {"../../../etc/passwd": "0"}),
}


@pytest.mark.parametrize("case", MANIFESTS)
def test_manifest_of_an_encoder_that_cannot_be_is_refused(copy: Path, case: str) -> None:
    key, value = MANIFESTS[case]
    rewrite(copy, lambda values: values.update({key: value}))
    with pytest.raises(RobomatrixError) as caught:
        ClipEncoder(copy).read(("red cube",))
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 1000


def test_what_hydra_would_call_in_a_manifest_is_refused(copy: Path, mark: Path) -> None:
    rewrite(copy, lambda values: values.update({"job": {"_target_": "os.mkdir", "_args_": [str(mark)]}}))
    with pytest.raises(RobomatrixError, match="_target_"):
        ClipEncoder(copy)
    assert not mark.exists()


# Texts


@pytest.fixture(scope="module")
def encoder() -> ClipEncoder:
    return ClipEncoder(SHIPPED)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \t\n",
        "purple elephant",
        "red cube " * 500,
        "x" * 10_000,
        "roter Würfel",
        "红色方块",
        "red cube 红色方块",
        "🤖",
        "\x00\x1b[2J",
        "__import__('os').system('true')",
        "${oc.env:HOME}",
        "{0.__class__}",
    ],
)
def test_text_that_the_encoder_does_not_know_is_refused_in_one_line(encoder: ClipEncoder, text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        encoder.read((text,))
    assert caught.value.where == "text"
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 1000


# Policies and their checkpoints


def test_checkpoint_that_is_a_pickle_is_refused_and_does_not_run(tmp_path: Path, mark: Path) -> None:
    pytest.importorskip("torch", reason="the extra `train` is not installed")
    from robomatrix_py.policies.checkpoint import read_checkpoint

    path = tmp_path / "checkpoint.safetensors"
    path.write_bytes(pickle.dumps(Payload(mark)))
    with pytest.raises(DataError, match="cannot be read"):
        read_checkpoint(path)
    assert not mark.exists()


RUN = """
import sys
from robomatrix_py.cli import main
sys.exit(main(sys.argv[1:]))
"""


def test_policy_that_is_a_pickle_is_refused_by_the_command_and_does_not_run(tmp_path: Path, mark: Path) -> None:
    model = tmp_path / "model"
    model.mkdir()
    manifest = {"kind": "action_model", "format": 1, "robot": {"_target_": "os.mkdir", "path": str(mark)}}
    (model / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    (model / "weights.safetensors").write_bytes(pickle.dumps(Payload(mark)))
    words = ["run", "put the red cube in the bin", "--fast", "--perception", "camera", "--policy", "learned"]
    words += ["--no-video", "--out", str(tmp_path / "runs"), "--set", f"skills.learned.model={model}"]
    answer = subprocess.run(
        [sys.executable, "-c", RUN, *words], capture_output=True, text=True, timeout=120, check=False, cwd=tmp_path
    )
    assert answer.returncode in (1, 2)
    (line,) = answer.stderr.strip().splitlines()
    assert "SECURITY.TARGET" in line
    assert not mark.exists()


@pytest.mark.parametrize(
    "goal",
    [
        Goal("grasp", ()),
        Goal("grasp", ("red cube",) * 3),
        Goal("push", ("red cube",), "sideways", 0.1),
        Goal("push", ("red cube",), "left", float("nan")),
        Goal("push", ("red cube",), "left", 1e9),
        Goal("push", ("red cube",), "left", -0.1),
    ],
)
def test_goal_that_no_skill_call_means_is_refused(goal: Goal) -> None:
    from robomatrix_py.policies.action.inference import check_goal

    with pytest.raises(ConfigError) as caught:
        check_goal(goal)
    assert caught.value.code == "CONFIG.GOAL"
