"""The messages say what their fields mean, and say the same as the contracts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import pytest
from checkout import ROOT

from robomatrix_py.contracts.action import ActionSpace
from robomatrix_py.contracts.cause import Cause
from robomatrix_py.contracts.scene import Affordance
from robomatrix_py.contracts.verdict import Outcome
from robomatrix_py.safety.stop import GateMode

FOLDER = ROOT / "robomatrix_interfaces"
FILES = sorted(path for kind in ("msg", "srv", "action") for path in (FOLDER / kind).glob("*.*"))
DECLARATION = re.compile(r"^(?P<type>[\w/]+)(?P<many>\[\d*\])?\s+(?P<name>\w+)\s*(=\s*(?P<value>.+))?$")
NUMBERS = re.compile(r"^(u?int\d+|float\d+)$")
# What a number counts or measures.
UNIT = re.compile(
    r"\bin (s|m|rad)\b|\bm and\b|\brad\b|\b0 to 1\b"
    r"|\bcount(ed)?\b|\b[Nn]umber\b|\bIndex\b|\bfraction\b|\bunit\b"
)


@dataclass(frozen=True)
class Declaration:
    """One field or constant with the comment above it."""

    file: str
    type: str
    name: str
    value: str | None
    comment: str


def declarations(path: Path) -> list[Declaration]:
    found, comment = [], ""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            comment += line.removeprefix("#").strip() + " "
            continue
        if match := DECLARATION.match(line.strip()):
            found.append(Declaration(path.name, match["type"], match["name"], match["value"], comment.strip()))
        elif line.strip() not in ("", "---"):
            raise AssertionError(f"{path.name}: not understood: {line}")
        comment = ""
    return found


ALL = [item for path in FILES for item in declarations(path)]


def test_something_is_declared() -> None:
    assert len(FILES) >= 18
    assert len(ALL) >= 100


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_field_has_a_comment_and_every_number_a_unit(path: Path) -> None:
    for item in declarations(path):
        assert item.comment, f"{path.name}: {item.name} has no comment above it"
        if NUMBERS.match(item.type):
            assert UNIT.search(item.comment), f"{path.name}: the comment of {item.name} names no unit"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_file_says_what_it_is_for(path: Path) -> None:
    assert path.read_text(encoding="utf-8").startswith("# ")


def test_cmake_builds_every_file() -> None:
    text = (FOLDER / "CMakeLists.txt").read_text(encoding="utf-8")
    listed = set(re.findall(r'"((?:msg|srv|action)/\w+\.\w+)"', text))
    assert listed == {path.relative_to(FOLDER).as_posix() for path in FILES}


@pytest.mark.parametrize(
    ("file", "prefix", "enumeration"),
    [
        ("ActionChunk.msg", "ACTION_SPACE_", ActionSpace),
        ("SafetyState.msg", "MODE_", GateMode),
        ("SceneObject.msg", "AFFORDANCE_", Affordance),
        ("Verdict.msg", "OUTCOME_", Outcome),
        ("Verdict.msg", "CAUSE_", Cause),
    ],
)
def test_constants_are_the_contract(file: str, prefix: str, enumeration: type[StrEnum]) -> None:
    constants = {
        item.name.removeprefix(prefix): (item.value or "").strip('"')
        for item in ALL
        if item.file == file and item.value is not None and item.name.startswith(prefix)
    }
    assert constants == {member.name: member.value for member in enumeration}
