"""A sentence moves the simulated robot through the real graph."""

from __future__ import annotations

import json
from pathlib import Path

import av
import pytest
from mcap_ros2.reader import read_ros2_messages
from ros_graph import PATIENT_OPTIONS, robomatrix, shared_memory

from robomatrix_py.contracts.predicate import Atom
from robomatrix_py.sim.oracle import really

pytestmark = pytest.mark.ros

RUN_S = 150.0


@pytest.mark.slow
def test_one_sentence_end_to_end(domain: int, tmp_path: Path) -> None:
    del domain
    shared_before = shared_memory()
    task = ("run", "put the red cube in the bin", "--out", str(tmp_path), "--json", *PATIENT_OPTIONS)
    answer = robomatrix(*task, timeout_s=RUN_S)
    assert answer.returncode == 0, answer.stderr
    result = json.loads(answer.stdout)
    folder = Path(result["run_folder"])

    assert result["verdict"]["outcome"] == "succeeded"
    assert [step["skill"] for step in result["plan"]["steps"]] == ["grasp", "position_over", "release"]
    assert result["mode"] == "ros"
    assert result["perception"] == "sim_truth"

    initial = json.loads((folder / "sim_initial.json").read_text())
    final = json.loads((folder / "sim_final.json").read_text())
    assert not really(Atom.parse("in(red_cube, bin)"), initial)
    assert really(Atom.parse("in(red_cube, bin)"), final)

    for name in ("plan.json", "steps.jsonl", "events.jsonl", "config.yaml", "versions.json", "report.html"):
        assert (folder / name).stat().st_size > 0, name
    assert len(list((folder / "pictures").glob("*.jpg"))) == 3 * 2 * 2
    with av.open(str(folder / "video.mp4")) as video:
        stream = video.streams.video[0]
        assert stream.codec_context.name == "h264"
        assert sum(1 for _ in video.decode(stream)) > 60
    topics = {message.channel.topic for message in read_ros2_messages(str(folder / "recording.mcap"))}
    assert {"/joint_states", "/arm_controller/joint_trajectory", "/safety_state", "/scene_objects"} <= topics

    replay = robomatrix("replay", str(folder), "--json", timeout_s=60.0)
    assert replay.returncode == 0, replay.stdout + replay.stderr
    assert json.loads(replay.stdout)["bit_equal"] is True

    assert shared_memory() <= shared_before


@pytest.mark.slow
def test_refusal_moves_nothing(domain: int, tmp_path: Path) -> None:
    del domain
    answer = robomatrix("run", "put the unicorn in the bin", "--out", str(tmp_path), "--json", timeout_s=RUN_S)
    assert answer.returncode == 1
    result = json.loads(answer.stdout)
    assert result["verdict"]["cause"] == "unknown_object"
    assert result["plan"]["steps"] == []
    folder = Path(result["run_folder"])
    joints = [json.loads((folder / f"sim_{when}.json").read_text())["joints"] for when in ("initial", "final")]
    arm = [name for name in joints[0] if name.endswith("_joint") and "finger" not in name and "drawer" not in name]
    assert all(abs(joints[0][name] - joints[1][name]) < 1e-3 for name in arm)
