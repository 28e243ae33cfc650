"""Skills, gate and driver as processes: leases, stops, cancels, refusals."""

from __future__ import annotations

import array
import json
import time

import numpy as np
import pytest
from rclpy.publisher import Publisher
from robomatrix_interfaces.msg import ActionChunk, SafetyState
from robomatrix_interfaces.srv import AcquireLease, GetScene, ListSkills, MoveSimObject, PreviewPlan
from ros_graph import Graph
from trajectory_msgs.msg import JointTrajectory

from robomatrix_py.contracts.skill import SkillCall
from robomatrix_py.nodes import names
from robomatrix_py.nodes.graph_probe import GraphProbe
from robomatrix_py.nodes.skill_client import RosSkillClient

pytestmark = pytest.mark.ros

ANSWER_S = 10.0
SKILL_S = 40.0


def _call(probe: GraphProbe, kind: type, name: str, request: object) -> object:
    client = probe.node.create_client(kind, name)
    probe.require(client.service_is_ready, ANSWER_S, f"service {name}")
    future = client.call_async(request)
    probe.require(future.done, ANSWER_S, f"an answer from {name}")
    return future.result()


def _report(probe: GraphProbe, goal: object) -> object:
    result = goal.get_result_async()
    probe.require(result.done, SKILL_S, "the end of the skill")
    return result.result().result.report


def _mode(probe: GraphProbe, mode: str) -> None:
    probe.require(lambda: probe.safety is not None and probe.safety.mode == mode, ANSWER_S, f"mode {mode}")


def _fast(probe: GraphProbe) -> None:
    probe.require(lambda: probe.commanded_speed_rad_s() > 0.3, ANSWER_S, "motion")


def test_skill_runs_and_reports(graph: Graph) -> None:
    report = _report(graph.probe, graph.probe.start_skill("move_to", 20.0, target="bowl"))
    assert report.outcome == "succeeded", report.message
    _mode(graph.probe, SafetyState.MODE_HOLDING)


def test_bad_goals_are_refused_with_a_reason(graph: Graph) -> None:
    probe = graph.probe
    for skill, arguments, word in (
        ("fly", {}, "unknown skill"),
        ("grasp", {}, "permitted"),
        ("grasp", {"object": "red_cube", "speed": 3}, "permitted"),
        ("grasp", {"object": "unicorn"}, "not seen"),
        ("release", {"object": "red_cube", "target": "bin"}, "holds nothing"),
    ):
        report = _report(probe, probe.start_skill(skill, 10.0, **arguments))
        assert report.outcome == "failed"
        assert word in report.message, report.message


def test_second_goal_is_refused_while_one_runs(graph: Graph) -> None:
    probe = graph.probe
    goal = probe.start_skill("move_to", 20.0, target="bin")
    with pytest.raises(Exception, match="not accepted"):
        probe.start_skill("move_to", 20.0, target="bowl")
    report = _report(probe, goal)
    assert report.outcome == "succeeded", report.message


def test_second_lease_is_refused_and_told_who(graph: Graph) -> None:
    probe = graph.probe
    goal = probe.start_skill("move_to", 20.0, target="bin")
    _fast(probe)
    request = AcquireLease.Request(holder="intruder", resources=["arm", "gripper"])
    answer = _call(probe, AcquireLease, names.ACQUIRE_LEASE, request)
    assert not answer.granted
    assert "skills" in answer.message
    report = _report(probe, goal)
    assert report.outcome == "succeeded", report.message


def test_lease_without_a_command_ends_by_itself(graph: Graph) -> None:
    probe = graph.probe
    request = AcquireLease.Request(holder="sleeper", resources=["arm", "gripper"])
    answer = _call(probe, AcquireLease, names.ACQUIRE_LEASE, request)
    assert answer.granted
    probe.require(
        lambda: probe.safety.lease_number == answer.lease_number and not probe.safety.holder, ANSWER_S, "its end"
    )
    assert not probe.safety.latched
    assert "sleeper" in probe.safety.message


def test_stop_latches_until_reset(graph: Graph) -> None:
    probe = graph.probe
    goal = probe.start_skill("move_to", 20.0, target="bin")
    _fast(probe)
    asked_s, _ = probe.stop("test")
    report = _report(probe, goal)
    assert (report.outcome, report.cause) == ("failed", "stopped")
    _mode(probe, SafetyState.MODE_STOPPED)
    probe.spin(0.5)
    # Standing, and nothing resumes by itself.
    assert probe.last_motion_after(asked_s) - asked_s < 1.0
    again = _report(probe, probe.start_skill("move_to", 10.0, target="bin"))
    assert (again.outcome, again.cause) == ("failed", "stopped")
    probe.reset()
    _mode(probe, SafetyState.MODE_HOLDING)
    count = len(probe.commands)
    probe.spin(1.0)
    assert len(probe.commands) == count, "the robot moved after a reset without a new goal"
    last = _report(probe, probe.start_skill("move_to", 20.0, target="bin"))
    assert last.outcome == "succeeded", f"{last.cause}: {last.message}"


def test_cancel_brakes_and_holds(graph: Graph) -> None:
    probe = graph.probe
    goal = probe.start_skill("move_to", 20.0, target="bin")
    _fast(probe)
    cancel = goal.cancel_goal_async()
    probe.require(cancel.done, ANSWER_S, "an answer to the cancel")
    assert _report(probe, goal).cause == "cancelled"
    _mode(probe, SafetyState.MODE_HOLDING)
    probe.spin(0.5)
    before = np.array(probe.states[-1][1].position[:6])
    probe.spin(0.5)
    assert np.abs(np.array(probe.states[-1][1].position[:6]) - before).max() < 2e-3


def _chunk(graph: Graph, token: str, sequence: int, values: list[list[float]]) -> ActionChunk:
    return ActionChunk(
        lease_token=token,
        sequence=sequence,
        dt_s=0.02,
        action_space="joint_position",
        names=list(graph.settings.load_robot().command_names),
        values=array.array("d", [value for row in values for value in row]),
    )


def _chunks(probe: GraphProbe) -> Publisher:
    publisher = probe.node.create_publisher(ActionChunk, names.ACTION_CHUNK, names.CHUNK_QOS)
    probe.require(lambda: publisher.get_subscription_count() > 0, ANSWER_S, "the gate's subscription")
    return publisher


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), 1e9, 2.0])
def test_bad_values_never_reach_the_driver(graph: Graph, bad: float) -> None:
    probe = graph.probe
    publisher = _chunks(probe)
    request = AcquireLease.Request(holder="fuzzer", resources=["arm", "gripper"])
    lease = _call(probe, AcquireLease, names.ACQUIRE_LEASE, request)
    rest = list(lease.rest)
    publisher.publish(_chunk(graph, lease.token, 0, [rest] * 5))
    broken = [rest] * 4 + [[*rest[:2], rest[2] + bad, *rest[3:]]]
    publisher.publish(_chunk(graph, lease.token, 1, broken))
    probe.require(lambda: bool(probe.safety and probe.safety.refusal_code), ANSWER_S, "a refusal")
    assert probe.safety.refusal_code in ("SAFETY.NOT_FINITE", "SAFETY.POSITION", "SAFETY.VELOCITY")
    assert not probe.safety.holder
    for _, positions in probe.commands:
        assert np.abs(positions - np.array(rest[:6])).max() < 1e-6


def test_chunk_without_a_lease_changes_nothing(graph: Graph) -> None:
    probe = graph.probe
    publisher = _chunks(probe)
    goal = probe.start_skill("move_to", 20.0, target="bin")
    _fast(probe)
    for sequence in range(20):
        publisher.publish(_chunk(graph, "stolen", sequence, [[0.0] * 7]))
        probe.spin(0.01)
    report = _report(probe, goal)
    assert report.outcome == "succeeded", report.message
    assert probe.safety.chunks_refused >= 1


def test_other_publisher_on_the_command_topic_stops_the_robot(graph: Graph) -> None:
    probe = graph.probe
    publisher = probe.node.create_publisher(JointTrajectory, names.ARM_TRAJECTORY, 1)
    probe.require(lambda: bool(probe.safety and probe.safety.latched), ANSWER_S, "a protective stop")
    assert "other publisher" in probe.safety.message
    probe.node.destroy_publisher(publisher)


def _preview(probe: GraphProbe, instruction: str) -> PreviewPlan.Response:
    """Ask for a plan; shortly after its start the scheduler has not seen anything yet."""
    for _ in range(50):
        answer = _call(probe, PreviewPlan, names.PREVIEW_PLAN, PreviewPlan.Request(instruction=instruction))
        if answer.plan_json:
            return answer
        probe.spin(0.2)
    raise AssertionError("no plan")


def test_skills_are_listed_and_plans_previewed(graph: Graph) -> None:
    probe = graph.probe
    skills = _call(probe, ListSkills, names.LIST_SKILLS, ListSkills.Request()).skills
    assert [skill.name for skill in skills] == sorted(graph.settings.load_skills())
    for instruction, accepted in (("open the drawer", True), ("put the drawer in the cube", False)):
        answer = _preview(probe, instruction)
        assert answer.accepted is accepted, answer.message
    assert not probe.commands, "planning moved the robot"


def test_the_scheduler_tells_what_is_in_what_and_follows_what_is_moved(graph: Graph) -> None:
    def scene_json() -> str:
        answer = _call(graph.probe, GetScene, names.GET_SCENE, GetScene.Request())
        assert answer.scene_json or "yet" in answer.message
        return str(answer.scene_json)

    def cube() -> dict[str, object]:
        return {thing["name"]: thing for thing in json.loads(scene_json())["objects"]}["red_cube"]

    graph.probe.require(lambda: bool(scene_json()), 20.0, "a first look of the scheduler")
    assert (cube()["relation"], cube()["place"]) == ("on", "table")
    request = MoveSimObject.Request(name="red_cube")
    # Into the bin, which stands within 15 mm of here.
    request.pose.position.x, request.pose.position.y, request.pose.position.z = 0.38, -0.42, 0.03
    request.pose.orientation.w = 1.0
    assert _call(graph.probe, MoveSimObject, names.MOVE_SIM_OBJECT, request).moved
    graph.probe.spin(1.0)
    assert (cube()["relation"], cube()["place"], cube()["whereabouts"]) == ("in", "bin", "seen")


def test_another_variation_of_a_skill_travels_with_the_goal(graph: Graph) -> None:
    call = SkillCall("move_to", {"target": "bowl"}, variation=2)
    handle = RosSkillClient(graph.probe.node).start(call, 20.0, time.monotonic())
    assert handle._request.variation == 2
    graph.probe.require(lambda: handle.poll(time.monotonic()).report is not None, SKILL_S, "the end of the skill")
    assert handle.poll(time.monotonic()).report.succeeded


def test_disturbance_service_names_the_objects(graph: Graph) -> None:
    answer = _call(graph.probe, MoveSimObject, names.MOVE_SIM_OBJECT, MoveSimObject.Request(name="unicorn"))
    assert not answer.moved
    assert "red_cube" in answer.message
