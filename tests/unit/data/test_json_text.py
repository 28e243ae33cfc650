"""Logs are JSON that every reader accepts, whatever a checker or a driver put into them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from robomatrix_py.contracts.cause import Cause
from robomatrix_py.data.json_text import json_document, json_line

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
values = st.recursive(scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner))


def refuse(constant: str) -> None:
    raise AssertionError(f"{constant} is not JSON")


@given(values)
def test_every_value_gives_one_line_of_strict_json(value: object) -> None:
    line = json_line(value)
    assert line.count(b"\n") == 1
    json.loads(line, parse_constant=refuse)


def test_numpy_enumerations_and_paths() -> None:
    value = {
        "vector": np.array([1.5, np.nan]),
        "count": np.int64(3),
        "cause": Cause.LIMIT,
        1: {"b", "a"},
        "path": Path("runs/x"),
        "raw": "caf\udce9",
        "k\udce9y": 0,
    }
    assert json.loads(json_document(value)) == {
        "vector": [1.5, None],
        "count": 3,
        "cause": "limit",
        "1": ["a", "b"],
        "path": "runs/x",
        "raw": "caf\\udce9",
        "k\\udce9y": 0,
    }
