"""The node of a real or mocked arm: the topics of the simulated one, its status, and a device that goes and comes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from double_process import DoubleProcess
from ros_graph import PATIENT, READY_S
from test_interfaces_table import _table

from robomatrix_py.nodes.graph_probe import GraphProbe
from robomatrix_py.runtime.environment import apply_graph_defaults
from robomatrix_py.runtime.log_tail import LogTail
from robomatrix_py.runtime.supervisor import Supervisor
from robomatrix_py.settings.settings import resolve

pytestmark = pytest.mark.ros

STATUS_S = 10.0
# What a world has and an arm has not. Cameras and perception of a real robot are nodes of their own.
ONLY_SIM = ("/sim/", "/front_camera/", "/wrist_camera/", "/scene_objects")


@contextmanager
def running(tmp_path: Path, nodes: tuple[str, ...], *overrides: str) -> Iterator[tuple[GraphProbe, LogTail]]:
    """Run some nodes of the graph, and a probe."""
    apply_graph_defaults()
    settings = resolve([*PATIENT, *overrides])
    table = settings.graph.of_mode(settings.mode, settings.perception_source)
    chosen = {name: entry for name, entry in table.items() if not nodes or name in nodes}
    supervisor = Supervisor(chosen, settings, tmp_path / "log")
    supervisor.start()
    probe: GraphProbe | None = None
    try:
        probe = GraphProbe()
        yield probe, LogTail(tmp_path / "log" / "arm_driver.log")
        assert supervisor.deaths() == []
    finally:
        if probe is not None:
            probe.close()
        supervisor.stop()


@pytest.mark.slow
def test_a_mocked_arm_has_the_topics_services_and_actions_of_a_simulated_one(domain: int, tmp_path: Path) -> None:
    del domain
    rows = {f"/{row[0]}": row[1] for table in ("Topics", "Services", "Actions") for row in _table(table)}
    wanted = {name: kind for name, kind in rows.items() if not name.startswith(ONLY_SIM)}
    with running(tmp_path, (), "mode=mock") as (probe, _):
        probe.wait_ready(READY_S)

        def found() -> dict[str, str]:
            from rclpy.action import get_action_names_and_types

            named = [
                *probe.node.get_topic_names_and_types(),
                *probe.node.get_service_names_and_types(),
                *get_action_names_and_types(probe.node),
            ]
            return {name: kinds[0] for name, kinds in named if name in rows}

        probe.spin_until(lambda: wanted.items() <= found().items(), STATUS_S)
        assert wanted.items() <= found().items()
        assert probe.spin_until(lambda: bool(probe.states), STATUS_S)


def test_the_user_sees_a_device_go_and_come_back(domain: int, tmp_path: Path) -> None:
    del domain
    port = tmp_path / "port"
    double = DoubleProcess("feetech_bus.py", str(port), *(f"{i}:777" for i in range(1, 7)))
    said: list[str] = []
    try:
        arguments = ("robot=so101", "mode=real", f"device.address={port}")
        with running(tmp_path, ("arm_driver",), *arguments) as (probe, log):

            def says(text: str) -> bool:
                said.extend(log.lines())
                return any(text in line for line in said)

            assert probe.spin_until(lambda: says("so101 (feetech): arm driver: ready"), READY_S), said
            assert probe.spin_until(lambda: bool(probe.states), STATUS_S)
            assert list(probe.states[-1][1].name)[:2] == ["shoulder_pan", "shoulder_lift"]
            double.ask("vanish")
            assert probe.spin_until(lambda: says("the device has gone while in use"), STATUS_S), said
            seen = probe.driver_changes
            assert probe.spin_until(lambda: bool(seen) and seen[-1][1].startswith("disconnected: "), STATUS_S)
            heard = len(probe.states)
            double.ask("come_back")
            assert probe.spin_until(lambda: len(probe.states) > heard, STATUS_S)
            assert probe.spin_until(lambda: seen[-1][1] == "ready", STATUS_S)
    finally:
        double.end()
