"""Skills by which a task recovers: looking around, putting down what nobody knows, doing things another way."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from skill_rig import Bench, put

from robomatrix_py.contracts.cause import Cause
from robomatrix_py.contracts.skill import SkillCall
from robomatrix_py.skills.scripted.search import viewing_places


def test_a_thing_behind_the_bin_is_found_by_looking_from_elsewhere() -> None:
    bench = Bench("seed=3", "scene.extra_min=0", "scene.extra_max=0")
    # The bin's walls hide it from the camera in front of the robot.
    put(bench.rig, "red_cube", (0.235, -0.44, 0.021))
    bench.look(5)
    assert "red_cube" not in bench.rig.scene.objects
    trial = bench.run("search", object="red_cube", deadline_s=45.0)
    assert trial.report.succeeded, trial.report.message
    assert trial.verdict.succeeded
    seen = bench.evidence().scene.objects["red_cube"]
    assert seen.visible
    assert seen.position_m == pytest.approx(bench.true_position_m("red_cube"), abs=0.01)
    assert trial.took_s < 20.0


def test_what_is_in_sight_is_not_looked_for_with_the_arm() -> None:
    bench = Bench("seed=3", "scene.extra_min=0", "scene.extra_max=0")
    tool_m = bench.rig.tool_pose().position_m
    trial = bench.run("search", object="red_cube")
    assert trial.report.succeeded
    assert trial.took_s < 2.0
    assert bench.rig.tool_pose().position_m == pytest.approx(tool_m, abs=0.005)


def test_what_the_gripper_holds_is_put_down_without_its_being_known() -> None:
    bench = Bench("seed=3", "scene.extra_min=0", "scene.extra_max=0")
    assert bench.run("grasp", object="red_cube").verdict.succeeded
    trial = bench.run("put_down")
    assert trial.report.succeeded, trial.report.message
    assert trial.verdict.succeeded
    assert bench.really("on(red_cube, table)")
    assert bench.run("put_down").took_s < 2.0, "with nothing in it there is nothing to do"


def test_another_variation_takes_a_cube_from_its_other_sides() -> None:
    bench = Bench("seed=3", "scene.extra_min=0", "scene.extra_max=0")
    turns = []
    for variation in (0, 1):
        stages = bench.execute(SkillCall("grasp", {"object": "red_cube"}, variation=variation))
        assert bench.report.succeeded, (variation, stages, bench.report.message)
        turns.append(bench.rig.runner._servo.yaw_rad)
        bench.execute(SkillCall("put_down"))
        bench.look(4)
    assert abs(math.remainder(turns[1] - turns[0] - math.pi / 2, math.pi)) < 0.2


def test_nothing_is_known_of_a_thing_that_was_never_seen() -> None:
    bench = Bench("seed=3", "scene.extra_min=0", "scene.extra_max=0")
    bench.rig.runner.forget()
    bench.execute(SkillCall("grasp", {"object": "elephant"}))
    assert bench.report.cause in (Cause.UNKNOWN_OBJECT, Cause.STALE_OBSERVATION)
    if bench.report.cause is Cause.UNKNOWN_OBJECT:
        assert bench.report.evidence["unseen"] == "elephant"


@pytest.mark.parametrize("first", [None, (0.4, -0.4), (0.2, 0.5)])
def test_places_looked_at_cover_what_the_arm_reaches_by_short_ways(first: tuple[float, float] | None) -> None:
    places = viewing_places(None if first is None else np.array([*first, 0.02]))
    assert len(places) <= 12
    if first is not None:
        assert places[0] == pytest.approx(first)
    for radius_m in np.linspace(0.3, 0.7, 5):
        for angle_rad in np.radians(np.linspace(-75, 75, 16)):
            point = radius_m * np.array([math.cos(angle_rad), math.sin(angle_rad)])
            assert min(math.dist(point, place) for place in places) < 0.25
    ways_m = [math.dist(a, b) for a, b in itertools.pairwise(places)]
    assert np.median(ways_m) < 0.4
