"""Inputs of a run: enough to run it again bit for bit; damaged ones are refused."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sim_worlds import make_world, ur5e

from robomatrix_py.contracts.errors import DataError
from robomatrix_py.contracts.geometry import Pose
from robomatrix_py.sim.inputs import InputLog, Inputs
from robomatrix_py.sim.world import SimWorld


def swing(world: SimWorld, log: InputLog, steps: int) -> None:
    home = ur5e().home
    for step in range(steps):
        if step % 5 == 0 and step < steps - 40:
            world.command(home + 0.3 * np.sin(step / 80), np.zeros(6), 0.5)
        log.note()
        world.step()


@pytest.fixture
def recorded() -> tuple[Inputs, str]:
    """Return the inputs of 400 steps, not from the very beginning, and the hash at their end."""
    world = make_world(2)
    world.step(37)
    log = InputLog(world)
    swing(world, log, 400)
    return log.take(), world.state_hash()


def test_a_replay_is_bit_equal(recorded: tuple[Inputs, str], tmp_path: Path) -> None:
    inputs, end = recorded
    assert inputs.state_hash == end
    assert inputs.count == 400
    assert 10 < len(inputs.steps) < 400, "only changes are kept"
    inputs.save(tmp_path / "inputs.npz")
    steps: list[int] = []
    assert Inputs.load(tmp_path / "inputs.npz").replay(make_world(2), steps.append) == end
    assert steps == list(range(1, 401))
    assert list(tmp_path.iterdir()) == [tmp_path / "inputs.npz"], "no temporary file is left"


def test_one_changed_number_shows(recorded: tuple[Inputs, str]) -> None:
    inputs, end = recorded
    inputs.controls[3, 0] += 1e-12
    assert inputs.replay(make_world(2), None) != end


def test_taking_begins_anew() -> None:
    world = make_world(2)
    log = InputLog(world)
    swing(world, log, 60)
    first = log.take()
    swing(world, log, 60)
    second = log.take()
    again = make_world(2)
    assert first.replay(again, None) == first.state_hash
    assert second.replay(again, None) == second.state_hash == world.state_hash()
    assert log.take().count == 0


def test_what_came_before_a_disturbance_is_dropped() -> None:
    world = make_world(2)
    log = InputLog(world)
    swing(world, log, 50)
    world.move_object("red_cube", Pose.at(0.4, 0.05, 0.1))
    log.disturbed()
    swing(world, log, 100)
    inputs = log.take()
    assert inputs.count == 100
    assert inputs.replay(make_world(2), None) == world.state_hash()


def test_standing_still_costs_nothing() -> None:
    world = make_world(2)
    log = InputLog(world)
    for _ in range(100):
        log.note()
        world.step()
    inputs = log.take()
    assert len(inputs.steps) == 1
    assert inputs.replay(make_world(2), None) == world.state_hash()


def test_another_scene_is_refused(recorded: tuple[Inputs, str]) -> None:
    bare = make_world(0, {"extra_min": 0, "extra_max": 0})
    with pytest.raises(DataError, match="another scene"):
        recorded[0].replay(bare, None)


def damage(path: Path, kind: str) -> None:
    data = path.read_bytes()
    match kind:
        case "missing":
            path.unlink()
        case "empty":
            path.write_bytes(b"")
        case "text":
            path.write_text("{}")
        case "cut off":
            path.write_bytes(data[: len(data) // 2])
        case "last bytes lost":
            path.write_bytes(data[:-10])
        case "bytes flipped":
            middle = len(data) // 3
            path.write_bytes(data[:middle] + bytes(255 - b for b in data[middle : middle + 40]) + data[middle + 40 :])
        case "a folder":
            path.unlink()
            path.mkdir()


@pytest.mark.parametrize(
    "kind", ["missing", "empty", "text", "cut off", "last bytes lost", "bytes flipped", "a folder"]
)
def test_a_damaged_file_is_refused_and_named(recorded: tuple[Inputs, str], tmp_path: Path, kind: str) -> None:
    path = tmp_path / "sim_inputs.npz"
    recorded[0].save(path)
    damage(path, kind)
    with pytest.raises(DataError) as caught:
        Inputs.load(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "changes",
    [
        {"count": np.int64(-1)},
        {"count": np.int64(2**60)},
        {"count": np.array([1, 2])},
        {"count": np.array("many")},
        {"steps": np.array([5, 3])},
        {"steps": np.array([-1])},
        {"steps": np.array([10_000])},
        {"steps": np.array([0.5])},
        {"steps": np.array([[1]])},
        {"controls": np.zeros((1, 7))},
        {"controls": np.zeros(7)},
        {"controls": np.array([["a"] * 7])},
        {"state": np.full(10, np.nan)},
        {"state": np.zeros((2, 2))},
        {"state": np.array(["a"])},
        {"state": np.array([{}], dtype=object)},
    ],
)
def test_contents_that_do_not_fit_are_refused(
    recorded: tuple[Inputs, str], tmp_path: Path, changes: dict[str, Any]
) -> None:
    inputs = recorded[0]
    fields = {
        "state": inputs.state,
        "steps": inputs.steps,
        "controls": inputs.controls,
        "count": np.int64(inputs.count),
        "state_hash": np.array(inputs.state_hash),
    }
    np.savez(tmp_path / "x.npz", **(fields | changes))
    with pytest.raises(DataError):
        Inputs.load(tmp_path / "x.npz").replay(make_world(2), None)


@pytest.mark.parametrize("key", ["state", "steps", "controls", "count", "state_hash"])
def test_a_missing_part_is_refused(recorded: tuple[Inputs, str], tmp_path: Path, key: str) -> None:
    inputs = recorded[0]
    fields = {name: np.array(getattr(inputs, name)) for name in ("state", "steps", "controls", "count", "state_hash")}
    del fields[key]
    np.savez(tmp_path / "x.npz", **fields)
    with pytest.raises(DataError, match=key):
        Inputs.load(tmp_path / "x.npz")


def test_a_pickle_in_the_file_is_never_run(tmp_path: Path) -> None:
    mark = tmp_path / "ran"

    class Payload:
        def __reduce__(self) -> tuple[Any, ...]:
            return (os.mkdir, (str(mark),))

    np.savez(tmp_path / "x.npz", state=np.array([Payload()], dtype=object))
    with pytest.raises(DataError):
        Inputs.load(tmp_path / "x.npz")
    assert not mark.exists()


def test_a_failed_write_leaves_the_old_file(recorded: tuple[Inputs, str], tmp_path: Path) -> None:
    path = tmp_path / "x.npz"
    recorded[0].save(path)
    before = path.read_bytes()
    (tmp_path / "x.npz.tmp").mkdir()
    with pytest.raises(OSError, match=r"x\.npz"):
        recorded[0].save(path)
    assert path.read_bytes() == before
