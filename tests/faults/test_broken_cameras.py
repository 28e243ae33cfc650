"""Cameras that deliver black pictures, over ROS 2: a skill says so, and nothing moves."""

from __future__ import annotations

import pytest

from robomatrix_py.settings.settings import resolve

pytestmark = [pytest.mark.faults, pytest.mark.gl, pytest.mark.slow]

READY_S = 60.0
SKILL_S = 30.0


def test_a_skill_in_the_dark_says_which_cameras_are_black_and_nothing_moves() -> None:
    from robomatrix_interfaces.msg import SceneObjects

    from robomatrix_py.bench.graph import running_graph
    from robomatrix_py.nodes import names

    settings = resolve(["perception=camera", "sim.cameras.fault.kind=black"])
    with running_graph(settings) as (_, probe):
        scenes: list[SceneObjects] = []
        probe.node.create_subscription(SceneObjects, names.SCENE_OBJECTS, scenes.append, names.STATE_QOS)
        probe.require(lambda: bool(scenes), READY_S, "what perception says")
        result = probe.start_skill("grasp", SKILL_S, object="red_cube").get_result_async()
        probe.require(result.done, SKILL_S, "the end of the skill")
        report = result.result().result.report
        assert report.cause == "camera_fault", report
        assert "front_camera is black" in report.message
        assert "wrist_camera is black" in report.message
        assert probe.commanded_speed_rad_s() < 0.01
