"""Goals, tool states and chunks between the skill process and a policy in another process."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hover_policy import HoverPolicy
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, ReliabilityPolicy
from robomatrix_interfaces.msg import PolicyChunk, SceneObjects
from ros_graph import PATIENT, Graph, robomatrix, running

from robomatrix_py.contracts.policy import Goal, SkillPolicy
from robomatrix_py.nodes import names
from robomatrix_py.nodes.convert import scene_from_msg
from robomatrix_py.nodes.convert_policy import seconds
from robomatrix_py.nodes.policy_service import PolicyService
from robomatrix_py.runtime.domain import DomainMark, RunningGraph
from robomatrix_py.runtime.eyes import Sight
from robomatrix_py.settings.settings import resolve

pytestmark = pytest.mark.ros

SKILL_S = 40.0
_CHUNK_RATE_HZ = 10.0
_DOCUMENT = Path(__file__).parents[2] / "docs" / "interfaces.md"


@pytest.fixture
def graph(domain: int, tmp_path: Path) -> Iterator[Graph]:
    """Run a graph whose skills are learned; the policy is the test's to bring."""
    del domain
    with running(resolve([*PATIENT, "skills.policy=learned"]), tmp_path / "log") as graph:
        yield graph


def serve(graph: Graph, policy: SkillPolicy) -> None:
    """Serve a policy from this process; what it sees is what perception says."""
    service = PolicyService(graph.probe.node, policy, _CHUNK_RATE_HZ)

    def on_scene(message: SceneObjects) -> None:
        stamp_s = seconds(message.stamp)
        service.see(Sight(scene_from_msg(message, stamp_s), stamp_s))

    graph.probe.node.create_subscription(SceneObjects, names.SCENE_OBJECTS, on_scene, names.STATE_QOS)


def run(graph: Graph, skill: str, **arguments: str) -> Any:
    result = graph.probe.start_skill(skill, 30.0, **arguments).get_result_async()
    graph.probe.require(result.done, SKILL_S, "the end of the skill")
    return result.result().result.report


def test_a_skill_follows_the_chunks_of_another_process_and_keeps_account(graph: Graph) -> None:
    policy = HoverPolicy()
    serve(graph, policy)
    report = run(graph, "move_to", target="bowl")
    assert report.outcome == "succeeded", report.message
    assert [vars(goal) for goal in policy.goals] == [vars(Goal("move_to", ("bowl",)))]
    ledger = json.loads(report.evidence_json)["chunks"]
    rows = [dict(zip(ledger["columns"], row, strict=True)) for row in ledger["rows"]]
    assert len(rows) > 10
    delays_s = np.array([row["received_s"] - row["observed_s"] for row in rows])
    assert (delays_s >= 0.0).all()
    assert np.median(delays_s) < 0.1
    first, last = policy.glances[0], policy.glances[-1]
    assert first.since_start_s >= 0.0
    assert np.linalg.norm(last.tool.measured_xyz_m - last.tool.commanded_xyz_m) < 0.01
    assert np.linalg.norm(last.tool.commanded_xyz_m - first.tool.commanded_xyz_m) > 0.1


def test_two_skills_after_each_other_get_each_their_own_chunks(graph: Graph) -> None:
    policy = HoverPolicy()
    serve(graph, policy)
    for target in ("bowl", "bin"):
        report = run(graph, "move_to", target=target)
        assert report.outcome == "succeeded", report.message
    assert [goal.texts for goal in policy.goals] == [("bowl",), ("bin",)]


def test_without_a_policy_process_the_skill_says_so_and_nothing_moves(graph: Graph) -> None:
    report = run(graph, "move_to", target="bowl")
    assert report.outcome == "failed"
    assert report.cause == "inference_late"
    assert graph.probe.commanded_speed_rad_s() < 0.01


def _cut(message: PolicyChunk) -> None:
    message.aims = message.aims[:7]


def _other_columns(message: PolicyChunk) -> None:
    message.columns = ["y_m", "x_m", "z_m", "yaw_rad", "opening", "speed_share"]


def _without_age(message: PolicyChunk) -> None:
    message.age_s = float("nan")


def _unknown_cause(message: PolicyChunk) -> None:
    message.cause = "bad_mood"


def _is_known(node: Node, topic: str) -> bool:
    """Return whether a topic has both ends, and whose they are: names are heard a moment after end points."""
    senders, receivers = node.get_publishers_info_by_topic(topic), node.get_subscriptions_info_by_topic(topic)
    named = all(info.node_name != "_NODE_NAME_UNKNOWN_" for info in (*senders, *receivers))
    return bool(senders and receivers and named)


def test_the_table_of_topics_is_true(graph: Graph) -> None:
    node = graph.probe.node
    serve(graph, HoverPolicy())
    text = _DOCUMENT.read_text().split("## Topics of learned skills\n", 1)[1].split("\n## ", 1)[0]
    lines = [line.strip("|") for line in text.splitlines() if line.startswith("| `")]
    rows = [[cell.strip().strip("`") for cell in line.split("|")] for line in lines]
    assert {row[0] for row in rows} == {names.POLICY_GOAL, names.TOOL_STATE, names.POLICY_CHUNK}
    # In this graph the policy runs in the test's own process.
    place = {node.get_name(): "perception"}
    for topic, kind, sender, receiver, _rate, quality, _meaning in rows:
        graph.probe.require(lambda topic=topic: _is_known(node, topic), SKILL_S, topic)
        senders, receivers = node.get_publishers_info_by_topic(topic), node.get_subscriptions_info_by_topic(topic)
        assert {place.get(info.node_name, info.node_name) for info in senders} == {sender}
        assert {place.get(info.node_name, info.node_name) for info in receivers} == {receiver}
        reliability, durability, _depth = quality.split()
        for info in (*senders, *receivers):
            assert info.topic_type == kind
            assert info.qos_profile.reliability is ReliabilityPolicy.RELIABLE
            assert reliability == "R"
            assert (info.qos_profile.durability is DurabilityPolicy.TRANSIENT_LOCAL) == (durability == "L")


def test_a_running_graph_with_scripted_skills_is_not_used_for_learned_ones(domain: int, tmp_path: Path) -> None:
    with DomainMark(domain) as mark:
        mark.take(RunningGraph(os.getpid(), "ur5e", "tabletop", 0))
        words = ("run", "move to the bowl", "--policy", "learned", "--out", str(tmp_path / "runs"))
        answer = robomatrix(*words, timeout_s=60.0)
    assert answer.returncode == 2
    assert "has policy scripted, not learned" in answer.stderr


@pytest.mark.parametrize("change", [_cut, _other_columns, _without_age, _unknown_cause])
def test_malformed_chunks_end_the_skill(graph: Graph, change: Callable[[PolicyChunk], None]) -> None:
    node = graph.probe.node
    serve(graph, HoverPolicy())
    # In place of the service's own publisher: what it sends is spoilt on the way.
    honest = next(p for p in node.publishers if p.topic_name == f"/{names.POLICY_CHUNK}")
    send = honest.publish

    def spoil(message: PolicyChunk) -> None:
        change(message)
        send(message)

    honest.publish = spoil
    report = run(graph, "move_to", target="bowl")
    assert report.outcome == "failed"
    assert report.cause == "inference_error", report.message
