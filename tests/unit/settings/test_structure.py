"""Plain values become dataclasses: exactly those that fit, and there and back again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robomatrix_py.contracts.errors import ConfigError
from robomatrix_py.settings.settings import read_settings, resolve
from robomatrix_py.settings.structure import destructure, structure


class Color(StrEnum):
    RED = "red"
    BLUE = "blue"


@dataclass(frozen=True)
class Inner:
    rate_hz: float
    name: str = "x"

    def __post_init__(self) -> None:
        if self.rate_hz <= 0:
            raise ValueError(f"rate_hz is {self.rate_hz}; permitted: above 0")


@dataclass(frozen=True)
class Outer:
    count: int
    flag: bool = False
    color: Color = Color.RED
    pair: tuple[float, float] = (0.0, 1.0)
    many: tuple[int, ...] = ()
    words: frozenset[str] = frozenset()
    inner: Inner | None = None
    by_name: dict[str, Inner] = field(default_factory=dict)
    number_or_word: str | float | None = None


INNERS = st.builds(Inner, st.floats(1e-3, 1e6), st.text(max_size=5))
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
OUTERS = st.builds(
    Outer,
    st.integers(),
    st.booleans(),
    st.sampled_from(Color),
    st.tuples(FLOATS, FLOATS),
    st.lists(st.integers()).map(tuple),
    st.frozensets(st.text(max_size=5)),
    st.none() | INNERS,
    st.dictionaries(st.text(max_size=5), INNERS, max_size=3),
    st.none() | st.text(max_size=5) | FLOATS,
)


@given(OUTERS)
def test_there_and_back_through_json_is_the_same(value: Outer) -> None:
    assert structure(Outer, json.loads(json.dumps(destructure(value))), "x") == value


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["count", "inner", "x"]), inner),
    max_leaves=12,
)


@given(JSON)
def test_anything_else_is_one_error_of_our_own(values: Any) -> None:
    try:
        result = structure(Outer, values, "file")
    except ConfigError as error:
        assert str(error).startswith("file")
        assert "\n" not in str(error)
        assert len(str(error)) < 1000
    else:
        assert isinstance(values, Mapping)
        assert type(result.count) is int


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({}, "x: key 'count' is missing [CONFIG.MISSING_KEY]"),
        ({"count": 1, "cuont": 2}, "x.cuont: unknown key 'cuont'; permitted: count, flag"),
        ({"count": True}, "x.count: True is no int"),
        ({"count": 1.0}, "x.count: 1.0 is no int"),
        ({"count": "1"}, "x.count: '1' is no int"),
        ({"count": None}, "x.count: None is no int"),
        ({"count": 1, "flag": 1}, "x.flag: 1 is no bool"),
        ({"count": 1, "flag": "false"}, "x.flag: 'false' is no bool"),
        ({"count": 1, "color": "green"}, "x.color: 'green' is not permitted; permitted: red, blue"),
        ({"count": 1, "color": ["red"]}, "x.color: ['red'] is not permitted; permitted: red, blue"),
        ({"count": 1, "pair": [1.0]}, "x.pair: 1 values given, 2 needed"),
        ({"count": 1, "pair": [1.0, float("nan")]}, "x.pair[1]: nan is not finite"),
        ({"count": 1, "pair": [1.0, 10**400]}, "x.pair[1]: "),
        ({"count": 1, "pair": "ab"}, "x.pair: 'ab' is not a list"),
        ({"count": 1, "many": {"a": 1}}, "x.many: {'a': 1} is not a list"),
        ({"count": 1, "many": [1, "b"]}, "x.many[1]: 'b' is no int"),
        ({"count": 1, "words": [["a"]]}, "x.words[0]: ['a'] is no str"),
        ({"count": 1, "inner": {"rate_hz": 0}}, "x.inner.rate_hz: rate_hz is 0.0; permitted: above 0"),
        ({"count": 1, "inner": [1]}, "x.inner: [1] is not a mapping"),
        ({"count": 1, "by_name": {"a": {"rate_hz": "b"}}}, "x.by_name.a.rate_hz: 'b' is no float"),
        ({"count": 1, "by_name": []}, "x.by_name: [] is not a mapping"),
        ({"count": "y" * 10_000}, "x.count: 'yyy"),
    ],
)
def test_what_does_not_fit_is_named_by_its_key(values: Any, says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        structure(Outer, values, "x")
    assert str(caught.value).startswith(says)
    assert len(str(caught.value)) < 300


def test_settings_survive_the_way_to_a_node_process(tmp_path: Any) -> None:
    settings = resolve(["seed=7", "gate.rate_hz=50", "perception.occlusion=false"])
    assert (settings.seed, settings.gate.rate_hz, settings.perception.occlusion) == (7, 50.0, False)
    path = tmp_path / "settings.json"
    path.write_text(settings.to_json())
    assert read_settings(path) == settings


@pytest.mark.parametrize("text", ["", "{", "[]", '{"robot": 3}', '{"seed": NaN}'])
def test_damaged_settings_are_refused_and_named(tmp_path: Any, text: str) -> None:
    path = tmp_path / "settings.json"
    path.write_text(text)
    with pytest.raises(ConfigError) as caught:
        read_settings(path)
    assert str(caught.value).startswith(str(path))


@pytest.mark.parametrize(
    ("override", "says"),
    [
        ("gate.rate_hz=fast", "settings.gate.rate_hz: 'fast' is no float"),
        ("gate.rate_hz=.nan", "settings.gate.rate_hz: "),
        ("gate.rate=50", "--set: "),
        ("+gate.rate=50", "settings.gate.rate: unknown key 'rate'; permitted: rate_hz"),
        ("nothing=1", "--set: Could not override 'nothing'"),
        ("+nothing=1", "settings.nothing: unknown key 'nothing'; permitted: robot, seed"),
        ("seed", "--set: "),
        ("seed=-1", "settings.seed: seed is -1; permitted: 0 to"),
        ("sim.timestep_s=1", "settings: timestep_s is 1.0; permitted: 0.0001 to 0.005"),
        ("=", "--set: "),
        ("scene=void", "--set: "),
        ("seed=1;ls", "--set: "),
        ("perception.yaw_noise_rad=9", "settings.perception.yaw_noise_rad: yaw_noise_rad is 9"),
    ],
)
def test_a_wrong_override_is_refused_and_named(override: str, says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        resolve([override])
    assert str(caught.value).startswith(says)
    assert "\n" not in str(caught.value)
