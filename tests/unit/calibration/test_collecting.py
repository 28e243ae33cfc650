"""When the collector takes a picture, and what it says while it does not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from board_scene import Scene
from rendered_board import ideal_lens

from robomatrix_py.calibration.collecting import Collector
from robomatrix_py.contracts.geometry import Array
from robomatrix_py.contracts.observation import JointState
from robomatrix_py.runtime.calibration import read_list

pytestmark = pytest.mark.gl


class Session:
    """A collector and its time."""

    def __init__(self, scene: Scene, folder: Path, *, arm: bool = True) -> None:
        self.said: list[str] = []
        rendered = scene.rendered
        self.robot = rendered.robot
        described = self.robot if arm else None
        self.collector = Collector(
            self.robot.name, described, scene.camera, rendered.board.config, folder, self.said.append
        )
        self.collector.lens = ideal_lens()
        self.now_s = 10.0

    def joints(self, positions: Array, duration_s: float, speed_rad_s: float = 0.0) -> None:
        """Let the arm be somewhere for a while, or move."""
        for _ in range(round(duration_s / 0.02)):
            self.now_s += 0.02
            positions = positions + 0.02 * speed_rad_s
            names, still = self.robot.joint_names, np.zeros(len(positions))
            self.collector.see_joints(JointState(names, positions, still, still, self.now_s))

    def look(self, picture: np.ndarray) -> str:
        return self.collector.see_picture(picture, self.now_s)


def test_it_takes_each_pose_once_at_rest(scene: Scene, tmp_path: Path) -> None:
    session = Session(scene, tmp_path)
    (first, picture), (second, other) = scene.shots[:2]
    assert "no joint states" in session.look(picture)
    session.joints(first, 0.5, speed_rad_s=0.2)
    assert "come to rest" in session.look(picture)
    session.joints(first, 0.5)
    # The first look at rest only notes where the board is.
    assert session.look(picture) == "hold still"
    session.joints(first, 0.2)
    assert session.look(picture) == ""
    session.joints(first, 0.5)
    assert "another pose" in session.look(picture)
    session.joints(second, 0.6)
    assert "not seen" in session.look(np.full_like(other, 90))
    assert session.look(other) == "hold still"
    assert session.look(other) == ""
    session.now_s += 2.0
    assert "no joint states" in session.look(other)
    listed = read_list(tmp_path)
    assert listed is not None
    assert [taken.picture for taken in listed.samples] == ["000.png", "001.png"]
    for taken, joints in zip(listed.samples, (first, second), strict=True):
        assert list(taken.joints_rad.values()) == pytest.approx(joints.tolist())
    assert listed.lens == ideal_lens()
    assert len(session.said) == 2


def test_without_an_arm_the_board_must_be_elsewhere(scene: Scene, tmp_path: Path) -> None:
    session = Session(scene, tmp_path, arm=False)
    (_, picture), *others = scene.shots
    assert session.look(picture) == "hold still"
    assert session.look(picture) == ""
    assert "elsewhere" in session.look(picture)
    taken = 1
    for _, other in others:
        session.look(other)
        taken += session.look(other) == ""
    assert session.collector.count == taken > 2
    listed = read_list(tmp_path)
    assert listed is not None
    assert all(not sample.joints_rad for sample in listed.samples)
