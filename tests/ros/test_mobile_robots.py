"""Robots on a base over ROS: the same graph in all modes, a whole task, and a base that only the gate may command."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import av
import pytest
from double_process import DoubleProcess
from geometry_msgs.msg import TwistStamped
from mcap_ros2.reader import read_ros2_messages
from nav_msgs.msg import Odometry
from rclpy.action import get_action_names_and_types
from ros_graph import PATIENT, PATIENT_OPTIONS, READY_S, robomatrix
from test_interfaces_table import _OF_ROS, _table

from robomatrix_py.contracts.predicate import Atom
from robomatrix_py.drivers.ros2_control.config import Ros2ControlConfig
from robomatrix_py.drivers.unitree.config import UnitreeConfig
from robomatrix_py.nodes import names
from robomatrix_py.nodes.graph_probe import GraphProbe
from robomatrix_py.runtime.environment import apply_graph_defaults
from robomatrix_py.runtime.supervisor import Supervisor
from robomatrix_py.settings.settings import resolve
from robomatrix_py.settings.share import find_folder
from robomatrix_py.settings.yaml_file import load_yaml
from robomatrix_py.sim.oracle import really

pytestmark = pytest.mark.ros

DISCOVERY_S = 20.0
RUN_S = 240.0
MOVES_S = 20.0
# What a world has and a mocked robot has not: it sees nothing.
OF_WORLDS = ("/sim/", "/front_camera/", "/wrist_camera/", "/overview/", "/scene_objects")
TASK = "go to the table, pick up the red can and drop it in the bin"


def _graph_of(probe: GraphProbe) -> dict[str, list[str]]:
    """Return the types of all topics, services and actions."""
    node = probe.node
    named = [*node.get_topic_names_and_types(), *node.get_service_names_and_types(), *get_action_names_and_types(node)]
    return {name: sorted(types) for name, types in named if not _OF_ROS.search(name)}


def _documented() -> dict[str, list[str]]:
    headings = ("Topics", "Topics of a robot that moves about", "Services", "Actions")
    return {f"/{row[0]}": [row[1]] for heading in headings for row in _table(heading)}


@contextmanager
def _doubles(mode: str, domain: int) -> Iterator[list[str]]:
    """Have the doubles of a real robot's body and arm, and yield the overrides that say where they are."""
    if mode != "real":
        yield []
        return
    pytest.importorskip("cyclonedds", reason="the extra 'unitree' is not installed")
    arm = f"/arm_{domain}"
    device = load_yaml(Ros2ControlConfig, find_folder("hardware", "go2_arm", "device.yaml") / "device.yaml")
    body = load_yaml(UnitreeConfig, find_folder("hardware", "go2_arm", "base.yaml") / "base.yaml")
    hand = (device.gripper_controller, device.gripper_joint)
    with ExitStack() as stack:
        for program, *arguments in (
            ("ros2_control_arm.py", arm, str(device.domain_id), device.controller, *hand),
            ("unitree_go2.py", str(body.domain)),
        ):
            stack.callback(DoubleProcess(program, *arguments).end)
        yield [f"device.address={arm}", "device.base_address=lo"]


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["sim", "mock", "real"])
def test_the_graph_is_the_documented_one_in_every_mode(domain: int, tmp_path: Path, mode: str) -> None:
    with _doubles(mode, domain) as overrides:
        _check_graph(mode, overrides, tmp_path)


def _check_graph(mode: str, overrides: list[str], tmp_path: Path) -> None:
    wanted = _documented()
    if mode != "sim":
        # Who listens for what a world has still names it; nobody speaks.
        wanted = {name: types for name, types in wanted.items() if not name.startswith(OF_WORLDS)}
    apply_graph_defaults()
    settings = resolve([*PATIENT, "robot=go2_arm", "scene=apartment", f"mode={mode}", *overrides])
    supervisor = Supervisor(settings.graph.of_mode(mode, settings.perception_source), settings, tmp_path / "log")
    supervisor.start()
    probe: GraphProbe | None = None
    try:
        probe = GraphProbe()
        probe.wait_ready(READY_S)

        def found() -> dict[str, list[str]]:
            kept = _graph_of(probe)
            return kept if mode == "sim" else {name: t for name, t in kept.items() if not name.startswith(OF_WORLDS)}

        probe.spin_until(lambda: found() == wanted, DISCOVERY_S)
        assert found() == wanted
        probe.require(lambda: bool(probe.states), DISCOVERY_S, "joint states")
        assert tuple(probe.states[-1][1].name)[:6] == settings.load_robot().joint_names
        if mode != "sim":
            _moves_and_is_guarded(probe)
        assert supervisor.deaths() == []
    finally:
        if probe is not None:
            probe.close()
        supervisor.stop()


def _moves_and_is_guarded(probe: GraphProbe) -> None:
    """A base goes where it is told; that it was not the gate who told it is a protective stop."""
    ways: list[float] = []
    probe.node.create_subscription(
        Odometry, names.ODOMETRY, lambda message: ways.append(message.pose.pose.position.x), names.STATE_QOS
    )
    publisher = probe.node.create_publisher(TwistStamped, names.BASE_VELOCITY, names.COMMAND_QOS)
    probe.require(lambda: bool(ways) and publisher.get_subscription_count() > 0, DISCOVERY_S, "odometry")
    command = TwistStamped()
    command.twist.linear.x = 0.1
    end_s = time.monotonic() + MOVES_S
    while ways[-1] < 0.1 and time.monotonic() < end_s:
        publisher.publish(command)
        probe.spin(0.02)
    assert 0.1 <= ways[-1] < 0.5
    probe.require(lambda: bool(probe.safety and probe.safety.latched), DISCOVERY_S, "a protective stop")
    assert probe.safety is not None and f"other publisher(s) on {names.BASE_VELOCITY}" in probe.safety.message


@pytest.mark.slow
def test_a_sentence_takes_the_quadruped_through_the_task(domain: int, tmp_path: Path) -> None:
    del domain
    arguments = ("--robot", "go2_arm", "--seed", "3", "--out", str(tmp_path), "--json")
    answer = robomatrix("run", TASK, *arguments, *PATIENT_OPTIONS, timeout_s=RUN_S)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    result = json.loads(answer.stdout)
    assert [step["skill"] for step in result["plan"]["steps"]] == ["go_to", "grasp", "position_over", "release"]
    folder = Path(result["run_folder"])
    assert really(Atom.parse("in(red_can, bin)"), json.loads((folder / "sim_final.json").read_text()))
    seen: dict[str, int] = {}
    for message in read_ros2_messages(str(folder / "recording.mcap")):
        seen[message.channel.topic] = seen.get(message.channel.topic, 0) + 1
    for topic, count in (("base_controller/odom", 200), ("base_controller/cmd_vel", 200), ("scan", 50)):
        assert seen.get(f"/{topic}", 0) > count, seen
    with av.open(str(folder / "video.mp4")) as video:
        stream = video.streams.video[0]
        assert (stream.width, stream.height) == (640, 480)
        assert sum(1 for _ in video.decode(stream)) > 20
    assert len(list((folder / "pictures").glob("*overview*"))) == 4 * 2


@pytest.mark.slow
def test_the_wheeled_robot_drives_and_shoots_when_it_is_let(domain: int, tmp_path: Path) -> None:
    del domain
    arguments = ("--robot", "robomaster_ep", "--out", str(tmp_path), "--json", "--set", "gate.shooting=true")
    task = "go to the bin and shoot at the target"
    answer = robomatrix("run", task, *arguments, *PATIENT_OPTIONS, timeout_s=RUN_S)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    folder = Path(json.loads(answer.stdout)["run_folder"])
    final = json.loads((folder / "sim_final.json").read_text())
    assert final["joints"]["target.hit_count"] == 1.0
    shots = read_ros2_messages(str(folder / "recording.mcap"), topics=[f"/{names.FIRE}"])
    assert sum(1 for _ in shots) == 1
