"""Malformed chunks: 10^5 and more of them, and not one number of them reaches the driver."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from safety_rig import GateRig, difference_limits

from robomatrix_py.contracts.action import ActionChunk, ActionSpace
from robomatrix_py.contracts.cause import Cause
from robomatrix_py.safety.refusal import Refusal, RefusalCode
from robomatrix_py.safety.stop import GateMode

FUZZED_CHUNKS = 100_000
NAMES = GateRig().robot.command_names


@pytest.mark.parametrize(
    ("changes", "code", "says"),
    [
        ({"values": np.full((3, 6), 0.5)}, RefusalCode.SHAPE, "float64(3, 6); permitted: float64 (steps, 7)"),
        ({"values": np.full((3, 8), 0.5)}, RefusalCode.SHAPE, "permitted: float64 (steps, 7)"),
        ({"values": np.full(7, 0.5)}, RefusalCode.SHAPE, "permitted: float64 (steps, 7)"),
        ({"values": np.full((1, 3, 7), 0.5)}, RefusalCode.SHAPE, "permitted: float64 (steps, 7)"),
        ({"values": np.array(0.5)}, RefusalCode.SHAPE, "permitted: float64 (steps, 7)"),
        ({"values": np.zeros((0, 7))}, RefusalCode.SHAPE, "0 steps; permitted: 1 to 256"),
        ({"values": np.zeros((257, 7))}, RefusalCode.SHAPE, "257 steps; permitted: 1 to 256"),
        ({"values": np.zeros((3, 7), np.float32)}, RefusalCode.SHAPE, "float32"),
        ({"values": np.zeros((3, 7), np.int64)}, RefusalCode.SHAPE, "int64"),
        ({"values": np.zeros((3, 7), bool)}, RefusalCode.SHAPE, "bool"),
        ({"values": np.zeros((3, 7), complex)}, RefusalCode.SHAPE, "complex128"),
        ({"values": np.zeros((3, 7), object)}, RefusalCode.SHAPE, "object"),
        ({"values": np.zeros((3, 7), ">f8")}, RefusalCode.SHAPE, ">f8"),
        ({"names": NAMES[::-1]}, RefusalCode.SHAPE, "permitted: joint_position of ['shoulder_pan_joint'"),
        ({"names": NAMES[:-1]}, RefusalCode.SHAPE, "permitted: joint_position of"),
        ({"names": (*NAMES, "extra")}, RefusalCode.SHAPE, "extra"),
        ({"names": ()}, RefusalCode.SHAPE, "permitted: joint_position of"),
        ({"names": (*NAMES[:5], NAMES[4], NAMES[6])}, RefusalCode.SHAPE, "permitted"),
        ({"action_space": "joint_velocity"}, RefusalCode.SHAPE, "joint_velocity"),
        ({"action_space": ""}, RefusalCode.SHAPE, "permitted: joint_position"),
        ({"dt_s": 0.0}, RefusalCode.SHAPE, "dt_s is 0.0; permitted: 0.005 to 0.1"),
        ({"dt_s": -0.02}, RefusalCode.SHAPE, "dt_s is -0.02"),
        ({"dt_s": 0.00499}, RefusalCode.SHAPE, "permitted: 0.005"),
        ({"dt_s": 0.1001}, RefusalCode.SHAPE, "permitted: 0.005 to 0.1"),
        ({"dt_s": float("nan")}, RefusalCode.SHAPE, "nan"),
        ({"dt_s": float("inf")}, RefusalCode.SHAPE, "inf"),
    ],
)
def test_form(rig: GateRig, changes: dict[str, Any], code: RefusalCode, says: str) -> None:
    rig.lease()
    values = changes.pop("values", rig.hold(3))
    refusal = rig.submit(values, **changes)
    assert refusal is not None
    assert refusal.code is code
    assert says in str(refusal)
    assert str(refusal).endswith(f"[{code.value}]")
    assert rig.gate.status.mode is GateMode.HOLDING


@pytest.mark.parametrize("dt_s", [0.005, 0.1])
@pytest.mark.parametrize("steps", [1, 256])
def test_the_ends_of_the_permitted_ranges_are_permitted(rig: GateRig, dt_s: float, steps: int) -> None:
    rig.lease()
    assert rig.submit(rig.hold(steps), dt_s=dt_s) is None


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize(("step", "column"), [(0, 0), (2, 3), (2, 6)])
def test_not_finite(rig: GateRig, bad: float, step: int, column: int) -> None:
    rig.lease()
    rows = rig.hold(3)
    rows[step, column] = bad
    refusal = rig.submit(rows)
    assert refusal is not None
    assert refusal.code is RefusalCode.NOT_FINITE
    assert refusal.cause is Cause.LIMIT
    assert f"step {step} asks {NAMES[column]} for {bad}" in refusal.message


def test_a_not_finite_number_in_a_row_that_is_past_already_is_refused_too(rig: GateRig) -> None:
    rows = rig.start_gliding({0: 0.3}, until_row=10)
    rig.tick()
    late = rows[10:].copy()
    late[0, 0] = np.nan
    refusal = rig.submit(late, 10)
    assert refusal is not None
    assert refusal.code is RefusalCode.NOT_FINITE


@settings(max_examples=300, deadline=None)
@given(
    hnp.arrays(
        np.float64,
        st.tuples(st.integers(1, 12), st.just(7)),
        elements=st.floats(allow_nan=True, allow_infinity=True, allow_subnormal=True),
    ),
    st.floats(allow_nan=True),
    st.integers(-(2**70), 2**70),
)
def test_arbitrary_numbers_never_raise_and_never_get_through(values: Any, dt_s: float, sequence: int) -> None:
    rig = GateRig()
    rig.lease()
    refusal = rig.submit(values, sequence, dt_s)
    for _ in range(3):
        command = rig.tick()
        if refusal is not None:
            assert command is None
        else:
            np.testing.assert_allclose(command.positions_rad, rig.robot.home, atol=0.1)
    assert rig.gate.status.chunks_refused == (refusal is not None)


Fuzz = Callable[[np.random.Generator, dict[str, Any]], None]


def _set_somewhere(*candidates: float) -> Fuzz:
    def change(rng: np.random.Generator, fields: dict[str, Any]) -> None:
        values = fields["values"]
        values[rng.integers(len(values)), rng.integers(7)] = rng.choice(candidates)

    return change


def _jump(rng: np.random.Generator, fields: dict[str, Any]) -> None:
    values = fields["values"]
    values[rng.integers(len(values)) :, rng.integers(6)] += rng.choice([-1, 1]) * rng.uniform(0.07, 3.0)


def _jerk_within_valid_steps(rng: np.random.Generator, fields: dict[str, Any]) -> None:
    """Every single step keeps the speed limit; only their sequence does not keep the others."""
    values = fields["values"]
    steps = rng.choice([-1, 1], len(values)) * rng.uniform(0.3, 0.95) * 3.1416 * fields["dt_s"]
    values[:, rng.integers(6)] += np.cumsum(steps)


def _single_kick(rng: np.random.Generator, fields: dict[str, Any]) -> None:
    values = fields["values"]
    values[rng.integers(len(values)) :, rng.integers(6)] += rng.choice([-1, 1]) * rng.uniform(0.012, 0.05)


def _still_moving_at_the_end(rng: np.random.Generator, fields: dict[str, Any]) -> None:
    values = fields["values"]
    steps = np.arange(len(values)) ** 2 * 0.003
    values[:, rng.integers(6)] += steps


def _replace(key: str, *candidates: Any) -> Fuzz:
    def change(rng: np.random.Generator, fields: dict[str, Any]) -> None:
        fields[key] = candidates[rng.integers(len(candidates))]

    return change


def _reshape(rng: np.random.Generator, fields: dict[str, Any]) -> None:
    values = fields["values"]
    options = [
        values[:, :-1],
        np.hstack([values, values[:, :1]]),
        values.ravel(),
        values[None],
        values[:0],
        values.T.copy(),
        np.tile(values, (40, 1)),
    ]
    fields["values"] = options[rng.integers(len(options))]


def _retype(rng: np.random.Generator, fields: dict[str, Any]) -> None:
    kinds = (np.float32, np.int64, np.float16, object, ">f8", complex)
    fields["values"] = fields["values"].astype(kinds[rng.integers(len(kinds))])


def _reorder(rng: np.random.Generator, fields: dict[str, Any]) -> None:
    order = rng.permutation(7)
    while (order == np.arange(7)).all():
        order = rng.permutation(7)
    fields["names"] = tuple(NAMES[i] for i in order)


def _reorder_columns(rng: np.random.Generator, fields: dict[str, Any]) -> None:
    """The names are right, the numbers are those of other joints."""
    fields["values"] = np.roll(fields["values"], int(rng.integers(1, 7)), axis=1)


FUZZES: dict[str, Fuzz] = {
    "not finite": _set_somewhere(np.nan, np.inf, -np.inf),
    "huge": _set_somewhere(1e9, -1e9, 1e38, -1e308, 1.8e19, 7.0, -7.0),
    "jump": _jump,
    "jerk": _jerk_within_valid_steps,
    "kick": _single_kick,
    "end": _still_moving_at_the_end,
    "shape": _reshape,
    "dtype": _retype,
    "order": _reorder,
    "columns": _reorder_columns,
    "names": _replace("names", (), NAMES[1:], (*NAMES[:6], "Gripper"), (*NAMES, "x"), ("",) * 7),
    "space": _replace("action_space", "", "joint_velocity", "JOINT_POSITION", None, 3),
    "dt": _replace("dt_s", 0.0, -0.02, 1e-300, np.nan, np.inf, -np.inf, 0.2, 1e9, 0.0049),
    "sequence": _replace("sequence", -1, -(2**63), 2**63, 2**64 - 1, 10**30, 300),
}
"""Each of them must be refused."""

HARMLESS: dict[str, Fuzz] = {
    "denormal": lambda rng, fields: fields["values"].__setitem__(
        (slice(None), 5), fields["values"][:, 5] + rng.choice([5e-324, -5e-324, 2e-308, -0.0])
    ),
    "as it is": lambda rng, fields: None,  # noqa: ARG005  takes what the others take
    "breathing": lambda rng, fields: fields["values"].__setitem__(
        (slice(None), 0), fields["values"][:, 0] + rng.uniform(-1, 1) * 1e-6
    ),
}
"""These say something that the arm can do."""


@pytest.mark.slow
def test_a_hundred_thousand_fuzzed_chunks() -> None:
    rng = np.random.default_rng(2024)
    rig = GateRig()
    velocity_max, _, _ = difference_limits(rig.robot)
    refused: Counter[str] = Counter()
    accepted: Counter[str] = Counter()
    names = [*FUZZES, *HARMLESS]
    home = rig.robot.home.copy()
    last = home.copy()
    leased = False
    base = rig.glide({0: 0.01, 4: -0.01}, 12)
    back = rig.hold(12) + base[-1] - base[::-1]
    sequence = 0
    for number in range(FUZZED_CHUNKS):
        if not leased:
            rig.lease()
            leased, sequence = True, 0
        name = names[number % len(names)]
        at_home = abs(rig.gate._command[0] - home[0]) < 5e-3
        fields: dict[str, Any] = {
            "sequence": sequence,
            "values": (base if at_home else back).copy() + rig.gate._command - (base if at_home else back)[0],
            "dt_s": 0.02,
            "names": NAMES,
            "action_space": ActionSpace.JOINT_POSITION,
        }
        (FUZZES | HARMLESS)[name](rng, fields)
        chunk = ActionChunk(created_s=0.0, **fields)
        token = rig.token if number % 50 else "0" * 32
        answer = rig.gate.submit(chunk, token, rig.now_s)
        if number % 50 == 0:
            assert isinstance(answer, Refusal)
            continue
        if name in FUZZES:
            assert answer is not None, (name, fields)
            refused[name] += 1
            leased = False
        else:
            assert answer is None, (name, answer)
            accepted[name] += 1
            sequence += 1
        command = rig.tick()
        if command is not None:
            assert np.isfinite(command.positions_rad).all()
            assert (np.abs(command.positions_rad - last) <= velocity_max * rig.period_s * (1 + 1e-6)).all()
            assert (np.abs(command.positions_rad - home) < 0.1).all()
            last = command.positions_rad
        if not leased:
            rig.settle()
            last = rig.gate._command[:-1]
    assert sum(refused.values()) + sum(accepted.values()) + FUZZED_CHUNKS // 50 == FUZZED_CHUNKS
    assert min(refused[name] for name in FUZZES) > 4000
    assert min(accepted[name] for name in HARMLESS) > 4000
    assert rig.gate.status.chunks_refused == sum(refused.values()) + FUZZED_CHUNKS // 50
