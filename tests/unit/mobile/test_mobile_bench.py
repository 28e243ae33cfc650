"""The benchmark of mobile robots goes on where it was cut off."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from robomatrix_py.bench import mobile
from robomatrix_py.contracts.errors import DataError


def test_what_is_noted_is_not_run_again_and_a_cut_off_line_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run: list[tuple[str, int]] = []

    def carry_out(robot: str, seed: int) -> dict[str, Any]:
        run.append((robot, seed))
        return {"seed": seed, "verified": seed != 3, "really": seed != 3, "simulated_s": 30.0, "message": "so"}

    monkeypatch.setattr(mobile, "_carry_out", carry_out)
    record = tmp_path / "record.jsonl"
    first = mobile.measure_mobile([1, 2], record, ("go2_arm",))
    assert run == [("go2_arm", 1), ("go2_arm", 2)]
    record.write_text(record.read_text() + '{"robot": "go2_arm", "se')
    again = mobile.measure_mobile([1, 2, 3], record, ("go2_arm",))
    assert run[2:] == [("go2_arm", 3)]
    assert again["go2_arm"]["rows"][:2] == first["go2_arm"]["rows"]
    assert [json.loads(line)["seed"] for line in record.read_text().splitlines()] == [1, 2, 3]
    assert again["go2_arm"]["verified"]["successes"] == 2


def test_a_file_that_is_no_record_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    record = tmp_path / "notes.txt"
    record.write_text("milk\n")
    with pytest.raises(DataError, match="cannot be read as a record"):
        mobile.measure_mobile([1], record, ("go2_arm",))
    assert record.read_text() == "milk\n"
