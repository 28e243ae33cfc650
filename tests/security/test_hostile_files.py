"""A file from someone else is data: whatever it says, nothing of it runs and nothing hangs."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from robomatrix_py.contracts.errors import ConfigError
from robomatrix_py.settings.robots import load_robot, read_robot
from robomatrix_py.settings.settings import resolve
from robomatrix_py.settings.share import share_folder
from robomatrix_py.settings.skills import read_skill

# Each would make the folder {mark} if it were run.
PAYLOADS = {
    "python/object/apply": "!!python/object/apply:os.mkdir ['{mark}']",
    "python/object/new": "!!python/object/new:os.mkdir ['{mark}']",
    "python/object/new by type": "!!python/object/new:type {{args: ['X', !!python/tuple [], {{}}], state: '{mark}'}}",
    "python/name": "!!python/name:os.mkdir",
    "python/module": "!!python/module:os",
    "hydra _target_": "{{_target_: os.mkdir, path: '{mark}'}}",
    "hydra _target_ with _args_": "{{_target_: os.mkdir, _args_: ['{mark}'], _partial_: false}}",
    "interpolation": "${{oc.create:{{_target_: os.mkdir, path: '{mark}'}}}}",
    "shell": "$(mkdir {mark})",
    "back ticks": "`mkdir {mark}`",
    "expression": "__import__('os').mkdir('{mark}')",
}

# Where the payload goes: into a text, a number and a mapping of each kind of file.
PLACES = {
    "robot summary": ("hardware/ur5e/robot.yaml", "summary: "),
    "robot limit": ("hardware/ur5e/robot.yaml", "velocity_rad_s: "),
    "robot gripper": ("hardware/ur5e/robot.yaml", "gripper:"),
    "skill summary": ("policies/push/skill.yaml", "summary: "),
    "skill policy": ("policies/push/skill.yaml", "policy: "),
    "skill checker": ("policies/push/skill.yaml", "checker: "),
}


def infect(folder: Path, place: str, payload: str) -> Path:
    """Return a copy of a file that ships with a payload as one of its values."""
    file, key = PLACES[place]
    lines = (share_folder() / file).read_text(encoding="utf-8").splitlines()
    at = next(i for i, line in enumerate(lines) if line.strip().startswith(key.strip()))
    indent = lines[at][: len(lines[at]) - len(lines[at].lstrip())]
    lines[at] = f"{indent}{key.strip()} {payload}"
    end = at + 1
    while end < len(lines) and lines[end].startswith(indent + "  "):
        end += 1
    path = folder / Path(file).name
    path.write_text("\n".join(lines[: at + 1] + lines[end:]), encoding="utf-8")
    return path


@pytest.mark.parametrize("payload", PAYLOADS)
@pytest.mark.parametrize("place", PLACES)
def test_no_code_of_a_robot_or_skill_file_runs(tmp_path: Path, place: str, payload: str) -> None:
    mark = tmp_path / "ran"
    path = infect(tmp_path, place, PAYLOADS[payload].format(mark=mark))
    read = read_robot if "robot" in place else read_skill
    try:
        loaded = read(path)
    except ConfigError as error:
        assert str(error).startswith(str(path))
        assert "\n" not in str(error)
    else:
        # Words without a tag are a text like any other.
        assert place.endswith(("summary", "checker"))
        assert isinstance(loaded.summary, str)
    assert not mark.exists()


SETTINGS_PLACES = {
    "node summary": ("config/graph/default.yaml", "summary: the only writer of motor commands", "summary: {payload}"),
    "a further node": ("config/graph/default.yaml", "nodes:\n", "nodes:\n  evil: {payload}\n"),
    "scene": ("config/scene/tabletop.yaml", "gap_m: 0.035", "gap_m: {payload}"),
    "main": ("config/robomatrix.yaml", "seed: 0", "seed: {payload}"),
    "further key": ("config/robomatrix.yaml", "seed: 0", "seed: 0\nevil: {payload}"),
}

RESOLVE_ALL = """
import os
import sys
from robomatrix_py.contracts.errors import ConfigError
from robomatrix_py.settings import share
from robomatrix_py.settings.settings import resolve
for folder in sys.argv[1:]:
    os.environ["ROBOMATRIX_SHARE"] = folder
    share.share_folder.cache_clear()
    try:
        resolve([])
        print("accepted", folder)
    except ConfigError as error:
        print("refused", error)
"""


def test_no_code_of_a_settings_file_runs(tmp_path: Path) -> None:
    """In a process of its own, so that even a payload that broke the interpreter would show."""
    marks, folders = [], []
    for i, (file, old, new) in enumerate(SETTINGS_PLACES.values()):
        for j, payload in enumerate(PAYLOADS.values()):
            folder = tmp_path / f"{i}_{j}"
            marks.append(tmp_path / f"ran_{i}_{j}")
            folders.append(folder)
            shutil.copytree(share_folder() / "config", folder / "config")
            text = (folder / file).read_text(encoding="utf-8")
            assert old in text
            new_text = text.replace(old, new.format(payload=payload.format(mark=marks[-1])), 1)
            (folder / file).write_text(new_text, encoding="utf-8")
    command = [sys.executable, "-c", RESOLVE_ALL, *map(str, folders)]
    answer = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert (answer.returncode, answer.stderr) == (0, "")
    outcomes = answer.stdout.splitlines()
    assert len(outcomes) == len(folders)
    assert [mark for mark in marks if mark.exists()] == []
    # Only words without a tag in the one place that is a text are accepted.
    accepted = [outcome for outcome in outcomes if outcome.startswith("accepted")]
    assert len(accepted) <= 4
    assert all(Path(outcome.split()[1]).name.startswith("0_") for outcome in accepted)


@pytest.mark.parametrize(
    "override",
    [
        "+_target_=os.mkdir",
        "+scene._target_=os.mkdir",
        "+scene={_target_:os.mkdir,path:{mark}}",
        "seed='${oc.create:{_target_:os.mkdir,path:{mark}}}'",
        "seed=!!python/object/apply:os.mkdir ['{mark}']",
        "seed=$(mkdir {mark})",
        "hydra/launcher=evil",
        "+hydra.callbacks.x={_target_:os.mkdir,path:{mark}}",
    ],
)
def test_no_code_of_an_override_runs(tmp_path: Path, override: str) -> None:
    mark = tmp_path / "ran"
    with pytest.raises(ConfigError) as caught:
        resolve([override.replace("{mark}", str(mark))])
    assert "\n" not in str(caught.value)
    assert not mark.exists()


def bomb(levels: int) -> str:
    """Return a short YAML text that unfolds to 10 to the power of `levels` values."""
    lines = ["l0: &l0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"l{i}: &l{i} [{', '.join([f'*l{i - 1}'] * 10)}]" for i in range(1, levels)]
    return "\n".join(lines)


@pytest.mark.parametrize("key", ["summary", "phrases", "arguments", "new_key"])
def test_a_file_that_unfolds_without_end_is_refused_at_once(tmp_path: Path, key: str) -> None:
    path = tmp_path / "skill.yaml"
    text = (share_folder() / "policies/push/skill.yaml").read_text(encoding="utf-8")
    kept = [line for line in text.splitlines() if not line.startswith(key)]
    path.write_text("\n".join([bomb(9), f"{key}: *l8", *kept]), encoding="utf-8")
    start = time.monotonic()
    with pytest.raises(ConfigError) as caught:
        read_skill(path)
    assert time.monotonic() - start < 5.0
    assert len(str(caught.value)) < 1000


def test_a_value_that_contains_itself_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "skill.yaml"
    path.write_text("phrases: &a [*a]\nname: x\n", encoding="utf-8")
    with pytest.raises(ConfigError):
        read_skill(path)


@pytest.mark.parametrize("name", ["/etc/passwd", "../../../etc/passwd", "..", "ur5e/../ur5e", "ur5e\0", "~"])
def test_no_name_of_a_robot_leaves_its_folder(name: str) -> None:
    with pytest.raises(ConfigError, match="unknown robot"):
        load_robot(name)


READ_ROBOT = """
import sys
from pathlib import Path
from robomatrix_py.settings.robots import read_robot
read_robot(Path(sys.argv[1]))
"""


@pytest.mark.parametrize("kind", ["pipe", "endless device"])
def test_what_never_ends_is_no_file(tmp_path: Path, kind: str) -> None:
    path = Path("/dev/zero")
    if kind == "pipe":
        path = tmp_path / "robot.yaml"
        os.mkfifo(path)
    command = [sys.executable, "-c", READ_ROBOT, str(path)]
    answer = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    assert f"{path}: cannot be read: no regular file" in answer.stderr
