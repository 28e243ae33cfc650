"""The scene graph: what is in or on what, in which state, and how it is known."""

from __future__ import annotations

import json
from dataclasses import replace

from scheduler_scenes import SCENES, Case, free_object, make_case, make_scene

from robomatrix_py.commands.scene import in_order
from robomatrix_py.contracts.scene import Scene
from robomatrix_py.scheduler.facts import derive_facts
from robomatrix_py.scheduler.memory import SceneMemory
from robomatrix_py.scheduler.scene_graph import SceneGraph, Whereabouts, scene_graph


def graph_of(case: Case, now_s: float = 1.0) -> SceneGraph:
    return scene_graph(case.scene, case.facts, now_s, 0.5)


def test_containment_and_support() -> None:
    graph = graph_of(SCENES["stocked"]())
    found = {name: (node.relation, node.place) for name, node in graph.nodes.items()}
    assert found["blue_can"] == ("in", "drawer")
    assert found["red_cube"] == ("in", "bowl")
    assert found["white_puck"] == ("on", "yellow_brick")
    assert found["yellow_brick"] == ("on", "table")
    assert found["bin"] == ("", "")
    assert [node.item.name for node in graph.within("drawer")] == ["blue_can"]
    assert graph.nodes["drawer"].states == ("closed",)
    assert graph.nodes["blue_can"].whereabouts is Whereabouts.SHUT_IN
    assert graph.gripper == ""


def test_what_is_held_and_what_nobody_recognises() -> None:
    graph = graph_of(SCENES["holding"]())
    assert graph.gripper == "red_cube"
    assert (graph.nodes["red_cube"].relation, graph.nodes["red_cube"].place) == ("held by", "gripper")
    assert graph.nodes["red_cube"].whereabouts is Whereabouts.HELD
    case = SCENES["tabletop"]()
    evidence = replace(case.evidence, gripper_opening=0.4, gripper_force_n=20.0)
    unknown = scene_graph(case.scene, derive_facts(evidence), 1.0, 0.5)
    assert unknown.gripper == "something unknown"


def test_what_goes_out_of_sight_is_remembered_then_doubted_and_seen_again() -> None:
    memory = SceneMemory()
    case = make_case(make_scene([free_object("red_cube", 0.4, 0.0)], drawer_opening_m=0.05))
    memory.update(case.evidence)
    without = {name: item for name, item in case.scene.objects.items() if name != "red_cube"}
    states = []
    for now_s in (2.0, 60.0):
        seen = {name: replace(item, seen_s=now_s) for name, item in without.items()}
        evidence = memory.update(replace(case.evidence, scene=Scene(seen, now_s, "test")))
        graph = scene_graph(evidence.scene, derive_facts(evidence), now_s, 0.5)
        states.append((graph.nodes["red_cube"].whereabouts, graph.nodes["red_cube"].unseen_s))
        assert graph.nodes["drawer"].states == ("ajar",)
        assert graph.nodes["red_cube"].place == "table"
    assert states == [(Whereabouts.REMEMBERED, 1.0), (Whereabouts.DOUBTED, 59.0)]
    back = memory.update(replace(case.evidence, scene=Scene(dict(case.scene.objects), 61.0, "test")))
    assert scene_graph(back.scene, derive_facts(back), 61.0, 0.5).nodes["red_cube"].whereabouts is Whereabouts.SEEN


def test_json_form_and_order_of_the_table() -> None:
    answer = graph_of(SCENES["stocked"](), 3.5).to_json()
    assert json.loads(json.dumps(answer)) == answer
    assert answer["age_s"] == 2.5
    assert "in(blue_can, drawer)" in answer["facts"]
    rows = [(depth, thing["name"]) for depth, thing in in_order(answer["objects"])]
    assert len(rows) == len(answer["objects"])
    at = rows.index((1, "yellow_brick"))
    assert rows[at + 1] == (2, "white_puck")
    assert rows[rows.index((0, "drawer")) + 1] == (1, "blue_can")


def test_what_the_gripper_holds_is_not_left_out_of_the_table() -> None:
    things = graph_of(SCENES["holding"]()).to_json()["objects"]
    assert (0, "red_cube") in [(depth, thing["name"]) for depth, thing in in_order(things)]
