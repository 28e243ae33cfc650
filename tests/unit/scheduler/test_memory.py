"""What is out of sight is remembered."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scheduler_scenes import free_object, make_evidence, make_scene

from robomatrix_py.contracts.execution import Evidence
from robomatrix_py.contracts.predicate import Atom
from robomatrix_py.contracts.scene import SceneObject
from robomatrix_py.scheduler.config import MemoryConfig
from robomatrix_py.scheduler.facts import derive_facts
from robomatrix_py.scheduler.memory import SceneMemory

CAN = free_object("blue_can", 0.50, 0.52, 0.012)
CUBE = free_object("red_cube", 0.40, 0.0)


def look(objects: list[SceneObject], at_s: float, drawer_opening_m: float = 0.0) -> Evidence:
    """Return evidence with an empty gripper."""
    return make_evidence(make_scene(objects, drawer_opening_m, at_s))


def grip(evidence: Evidence, tool_m: tuple[float, float, float]) -> Evidence:
    """Return evidence in which the gripper presses on something."""
    return replace(evidence, tool_position_m=tool_m, gripper_opening=0.5, gripper_force_n=20.0)


def in_open_drawer(opening_m: float = 0.15) -> SceneObject:
    """Return the can where it lies when the drawer stands open: the drawer opens towards -y."""
    return free_object("blue_can", 0.50, 0.52 - opening_m, 0.012)


def test_a_can_in_a_drawer_that_is_closed_is_still_known_and_in_it() -> None:
    memory = SceneMemory()
    memory.update(look([in_open_drawer()], 1.0, 0.15))
    closed = memory.update(look([], 2.0, 0.0))
    can = closed.scene.objects["blue_can"]
    assert not can.visible
    assert can.position_m == pytest.approx(CAN.position_m, abs=1e-6)
    assert Atom("in", ("blue_can", "drawer")) in derive_facts(closed)


def test_it_comes_out_with_the_drawer_and_no_doubt_grows_while_it_is_shut_in() -> None:
    memory = SceneMemory()
    memory.update(look([in_open_drawer()], 1.0, 0.15))
    memory.update(look([], 2.0, 0.0))
    shut = memory.update(look([], 600.0, 0.0)).scene.objects["blue_can"]
    assert shut.confidence == 1.0
    opened = memory.update(look([], 601.0, 0.15)).scene.objects["blue_can"]
    assert opened.position_m == pytest.approx(in_open_drawer().position_m, abs=1e-6)


def test_many_small_movements_of_the_drawer_do_not_drift() -> None:
    memory = SceneMemory()
    memory.update(look([in_open_drawer()], 1.0, 0.15))
    rng = np.random.default_rng(1)
    for i in range(200):
        memory.update(look([], 2.0 + i, float(rng.uniform(0.0, 0.16))))
    back = memory.update(look([], 300.0, 0.15)).scene.objects["blue_can"]
    assert back.position_m == pytest.approx(in_open_drawer().position_m, abs=1e-6)


def test_what_is_held_and_hidden_is_believed_at_the_tool() -> None:
    memory = SceneMemory()
    memory.update(look([CUBE], 1.0))
    memory.update(grip(look([CUBE], 1.1), (0.40, 0.0, 0.03)))
    carried = memory.update(grip(look([], 1.2), (0.30, 0.2, 0.33)))
    assert carried.scene.objects["red_cube"].position_m == pytest.approx([0.30, 0.2, 0.321], abs=1e-6)
    assert Atom("held", ("red_cube",)) in derive_facts(carried)
    far_later = memory.update(grip(look([], 900.0), (0.30, 0.2, 0.33)))
    assert far_later.scene.objects["red_cube"].confidence == 1.0


def test_what_is_let_go_unseen_is_believed_where_it_was_let_go() -> None:
    memory = SceneMemory()
    memory.update(grip(look([CUBE], 1.0), (0.40, 0.0, 0.02)))
    memory.update(grip(look([], 1.1), (0.38, -0.42, 0.03)))
    after = memory.update(look([], 1.2))
    assert Atom("in", ("red_cube", "bin")) in derive_facts(after)


def test_what_is_let_go_in_a_drawer_unseen_goes_with_the_drawer() -> None:
    memory = SceneMemory()
    memory.update(grip(look([CUBE], 1.0, 0.15), (0.40, 0.0, 0.02)))
    memory.update(grip(look([], 1.1, 0.15), (0.50, 0.36, 0.04)))
    memory.update(look([], 1.2, 0.15))
    closed = memory.update(look([], 1.3, 0.0))
    assert Atom("in", ("red_cube", "drawer")) in derive_facts(closed)
    assert Atom("accessible", ("red_cube",)) not in derive_facts(closed)


def test_what_is_taken_out_of_a_drawer_no_longer_moves_with_it() -> None:
    memory = SceneMemory()
    inside = in_open_drawer()
    memory.update(look([inside], 1.0, 0.15))
    x, y, z = (float(v) for v in inside.position_m)
    memory.update(grip(look([inside], 1.1, 0.15), (x, y, z)))
    memory.update(grip(look([], 1.2, 0.15), (0.40, 0.0, 0.30)))
    memory.update(look([], 1.3, 0.15))
    after = memory.update(look([], 1.4, 0.0)).scene.objects["blue_can"]
    assert after.position_m == pytest.approx([0.40, 0.0, 0.30], abs=1e-6)


def test_a_thing_that_should_be_visible_becomes_doubtful_but_is_not_dropped() -> None:
    memory = SceneMemory(MemoryConfig(doubt_after_s=3.0, doubt_halving_s=10.0, confidence_min=0.05))
    memory.update(look([CUBE], 0.0))
    confidences = [memory.update(look([], t)).scene.objects["red_cube"].confidence for t in (2.0, 13.0, 23.0, 9e3)]
    assert confidences == pytest.approx([1.0, 0.5, 0.25, 0.05])
    assert memory.scene.objects["red_cube"].position_m == pytest.approx(CUBE.position_m)


def test_a_thing_seen_again_is_sure_again_and_where_it_is_seen() -> None:
    memory = SceneMemory()
    memory.update(look([CUBE], 0.0))
    memory.update(look([], 100.0))
    again = memory.update(look([free_object("red_cube", 0.3, 0.1)], 101.0)).scene.objects["red_cube"]
    assert again.visible
    assert again.confidence == 1.0
    assert again.position_m == pytest.approx([0.3, 0.1, 0.021])


def test_an_object_reported_as_not_visible_counts_as_unseen() -> None:
    memory = SceneMemory()
    memory.update(look([CUBE], 0.0))
    hidden = replace(free_object("red_cube", 0.9, 0.9), visible=False)
    assert memory.update(look([hidden], 1.0)).scene.objects["red_cube"].position_m == pytest.approx(CUBE.position_m)


def test_a_scene_that_arrives_late_is_ignored() -> None:
    memory = SceneMemory()
    memory.update(look([CUBE], 5.0))
    late = memory.update(look([free_object("red_cube", 0.3, 0.1)], 4.0)).scene
    assert late.objects["red_cube"].position_m == pytest.approx(CUBE.position_m)
    assert late.objects["red_cube"].visible
    assert late.received_s == 5.0


def test_the_same_history_gives_the_same_scene() -> None:
    def replayed() -> list[tuple[str, tuple[float, ...], float]]:
        memory = SceneMemory()
        for i in range(20):
            objects = [CUBE, in_open_drawer()] if i % 3 else [CUBE]
            memory.update(look(objects, float(i), 0.15 if i % 2 else 0.0))
        return [(o.name, tuple(o.position_m), o.confidence) for o in memory.scene]

    assert replayed() == replayed()
