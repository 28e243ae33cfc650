"""docs/interfaces.md against the running graph."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from rclpy.action import get_action_names_and_types
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, ReliabilityPolicy
from ros_graph import Graph

pytestmark = pytest.mark.ros

DISCOVERY_S = 15.0
_DOCUMENT = Path(__file__).parents[2] / "docs" / "interfaces.md"
# What every node and every action server has, whatever it does, and TF, which only some machines have messages for.
_OF_ROS = re.compile(
    r"/(parameter_events|rosout|tf|tf_static)$|/_action/|/(get|set|list|describe)_parameter|get_type_description"
)


def _table(heading: str) -> list[list[str]]:
    text = _DOCUMENT.read_text().split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    lines = [line.strip("|") for line in text.splitlines() if "|" in line]
    rows = [[cell.strip().strip("`") for cell in line.split("|")] for line in lines]
    return rows[2:]


def _names(cell: str) -> set[str]:
    return {name.strip() for name in cell.split(",") if name.strip() and not name.strip().startswith("`")}


def test_topics(graph: Graph) -> None:
    node = graph.probe.node
    documented = {f"/{row[0]}": row for row in _table("Topics")}

    def mismatch() -> str:
        found = {name: types for name, types in node.get_topic_names_and_types() if not _OF_ROS.search(name)}
        if set(found) != set(documented):
            return f"topics {set(found) ^ set(documented)}"
        return next(filter(None, (_topic_mismatch(node, name, found[name], documented[name]) for name in found)), "")

    # Discovery takes a moment until every end point's node is known by name.
    graph.probe.spin_until(lambda: not mismatch(), DISCOVERY_S)
    assert not mismatch()


def _topic_mismatch(node: Node, name: str, types: list[str], row: list[str]) -> str:
    if types != [row[1]]:
        return f"{name} has types {types}"
    publishers = node.get_publishers_info_by_topic(name)
    if {info.node_name for info in publishers} != _names(row[2]):
        return f"{name} is published by {[info.node_name for info in publishers]}"
    reliability, durability, _depth = row[5].split()
    for info in publishers:
        if (info.qos_profile.reliability is ReliabilityPolicy.RELIABLE) != (reliability == "R"):
            return f"{name} has {info.qos_profile.reliability}"
        if (info.qos_profile.durability is DurabilityPolicy.TRANSIENT_LOCAL) != (durability == "L"):
            return f"{name} has {info.qos_profile.durability}"
    subscribers = {info.node_name for info in node.get_subscriptions_info_by_topic(name)} - {"robomatrix_probe"}
    # The recorder listens only while it records.
    if subscribers != _names(row[3]) - {"recorder"}:
        return f"{name} is listened to by {subscribers}"
    return ""


def test_services_and_actions(graph: Graph) -> None:
    node = graph.probe.node
    documented = {f"/{row[0]}": [row[1]] for row in _table("Services")}
    actions = {f"/{row[0]}": [row[1]] for row in _table("Actions")}

    def found() -> dict[str, list[str]]:
        return {name: types for name, types in node.get_service_names_and_types() if not _OF_ROS.search(name)}

    graph.probe.spin_until(lambda: found() == documented, DISCOVERY_S)
    assert found() == documented
    assert dict(get_action_names_and_types(node)) == actions


def test_every_row_is_whole() -> None:
    for heading, columns in (("Topics", 7), ("Actions", 5), ("Services", 5)):
        for row in _table(heading):
            assert len(row) == columns, row
            assert row[0] and row[1] and row[-1], row
