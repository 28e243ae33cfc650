"""The record of earlier runs: whole after kill -9, honest about damage, counted once."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from robomatrix_py.contracts.errors import DataError
from robomatrix_py.contracts.experience import Condition, Reality, RunTrials
from robomatrix_py.data import experience
from robomatrix_py.data.experience import append_experience, read_experience, replace_experience

HERE = Condition("ur5e", Reality.SIMULATED, "scripted")


def trials(run: str, successes: int = 1) -> RunTrials:
    return RunTrials(run, HERE, {("grasp", ("cube",)): (successes, 1), ("press", ("button",)): (0, 2)})


def test_what_is_appended_is_read_back_and_a_run_counts_once(tmp_path: Path) -> None:
    path = tmp_path / "new" / "experience.jsonl"
    assert read_experience(path).trials == ()
    append_experience(path, trials("a"))
    append_experience(path, trials("b"))
    append_experience(path, trials("a", successes=5))
    read = read_experience(path)
    assert {item.run: item.counts[("grasp", ("cube",))] for item in read.trials} == {"a": (5, 1), "b": (1, 1)}
    assert (read.damaged, read.warning(path)) == ((), "")


_APPENDER = """
import sys
from pathlib import Path
from robomatrix_py.contracts.experience import Condition, Reality, RunTrials
from robomatrix_py.data.experience import append_experience
for i in range(100_000):
    name = f"{sys.argv[2]}-{i}"
    append_experience(Path(sys.argv[1]), RunTrials(name, Condition("r", Reality.REAL, "p"), {("s" * 500, ()): (i, 0)}))
    print(i, flush=True)
"""


def test_nothing_that_was_appended_is_lost_when_two_writers_are_killed(tmp_path: Path) -> None:
    path = tmp_path / "experience.jsonl"
    writers = [
        subprocess.Popen([sys.executable, "-c", _APPENDER, str(path), name], stdout=subprocess.PIPE, text=True)
        for name in ("one", "two")
    ]
    deadline_s = time.monotonic() + 60.0
    while path.exists() is False or path.stat().st_size < 20_000:
        assert time.monotonic() < deadline_s
        time.sleep(0.02)
    told = []
    for writer in writers:
        writer.send_signal(signal.SIGKILL)
        out, _ = writer.communicate(timeout=30)
        told.append(len(out.split("\n")) - 1)
    read = read_experience(path)
    assert read.damaged == ()
    for name, count in zip(("one", "two"), told, strict=True):
        assert len([item for item in read.trials if item.run.startswith(name)]) >= count, "what it said it wrote"
    append_experience(path, trials("after"))
    assert read_experience(path).trials[-1].run == "after"


def test_a_torn_last_line_is_cut_off_by_the_next_append(tmp_path: Path) -> None:
    path = tmp_path / "experience.jsonl"
    append_experience(path, trials("a"))
    whole = path.read_bytes()
    path.write_bytes(whole + whole[:30])
    assert [item.run for item in read_experience(path).trials] == ["a"]
    append_experience(path, trials("b"))
    read = read_experience(path)
    assert ([item.run for item in read.trials], read.damaged) == (["a", "b"], ())


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"\xff\xfe\x00",
        b"[" * 100_000,
        b"null",
        b'{"run": "a"}',
        b'{"run": 1, "robot": "r", "reality": "real", "policy": "p", "counts": [], "crc": 0}',
    ],
)
def test_a_damaged_line_is_left_out_and_told(tmp_path: Path, line: bytes) -> None:
    path = tmp_path / "experience.jsonl"
    append_experience(path, trials("a"))
    path.write_bytes(path.read_bytes() + line + b"\n")
    append_experience(path, trials("b"))
    read = read_experience(path)
    assert ([item.run for item in read.trials], read.damaged) == (["a", "b"], (2,))
    assert "1 lines are damaged and not counted (2)" in read.warning(path)
    assert "robomatrix skills rebuild" in read.warning(path)


@pytest.mark.parametrize(
    "changed", [{"counts": [["grasp", ["cube"], 99, 0]]}, {"robot": "so101"}, {"reality": "real"}, {"extra": 1}]
)
def test_a_line_that_was_changed_is_not_believed(tmp_path: Path, changed: dict[str, object]) -> None:
    path = tmp_path / "experience.jsonl"
    append_experience(path, trials("a"))
    path.write_text(json.dumps(json.loads(path.read_text()) | changed) + "\n")
    assert read_experience(path) == experience.Experience((), (1,))


def test_counts_that_cannot_be_are_not_believed(tmp_path: Path) -> None:
    path = tmp_path / "experience.jsonl"
    for wrong in (-1, 10**12):
        append_experience(path, RunTrials("a", HERE, {("grasp", ()): (wrong, 0)}))
    assert read_experience(path).damaged == (1, 2)


def test_a_rewrite_keeps_what_was_damaged_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "experience.jsonl"
    path.write_bytes(b"rubbish\n")
    replace_experience(path, [trials("a")])
    assert [item.run for item in read_experience(path).trials] == ["a"]
    assert (tmp_path / "experience.jsonl.damaged").read_bytes() == b"rubbish\n"
    replace_experience(path, [trials("b")])
    assert (tmp_path / "experience.jsonl.damaged").read_bytes() == b"rubbish\n", "a whole file is just replaced"


def test_a_record_that_cannot_be_used_is_a_typed_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "experience.jsonl"
    folder.mkdir()
    for use in (read_experience, lambda path: append_experience(path, trials("a"))):
        with pytest.raises(DataError, match="cannot be used") as caught:
            use(folder)
        assert caught.value.code == "DATA.EXPERIENCE"
    file = tmp_path / "large.jsonl"
    append_experience(file, trials("a"))
    monkeypatch.setattr(experience, "SIZE_MAX", 10)
    with pytest.raises(DataError, match="larger than 10 bytes"):
        read_experience(file)
    if os.geteuid() != 0:
        locked = tmp_path / "locked"
        locked.mkdir(mode=0o500)
        with pytest.raises(DataError, match="Permission denied"):
            append_experience(locked / "x.jsonl", trials("a"))
