"""The files that ship, with single lines changed."""

from __future__ import annotations

from pathlib import Path

from robomatrix_py.settings.share import share_folder

ROBOT = Path("hardware/ur5e/robot.yaml")
SKILL = Path("policies/push/skill.yaml")
GRAPH = Path("config/graph/default.yaml")
SCENE = Path("config/scene/tabletop.yaml")
PERCEPTION = Path("config/perception/sim_truth.yaml")
MAIN = Path("config/robomatrix.yaml")


def broken(folder: Path, file: Path, old: str, new: str) -> Path:
    """Return a copy of a file that ships, its first `old` replaced by `new`; with an empty `old`, only `new`."""
    text = (share_folder() / file).read_text(encoding="utf-8")
    assert old in text
    path = folder / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text.replace(old, new, 1) if old else new, encoding="utf-8")
    return path
