"""`robomatrix calibrate`, from a folder of drawn pictures to a robot whose settings have the camera where it is."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
from board_scene import COUNT, Scene
from test_hand_eye import WITHIN_DEG, WITHIN_MM, error_of

from robomatrix_py.contracts.geometry import Pose
from robomatrix_py.settings.settings import resolve

sys.path.insert(0, str(Path(__file__).parents[1] / "commands"))
from command_line import robomatrix

pytestmark = pytest.mark.gl


def hand_eye(scene: Scene, folder: Path, place: Path, *words: str):
    options = ("--camera", scene.camera, "--samples", str(folder), "--set", f"cameras.calibration={place}/")
    return robomatrix("calibrate", "hand-eye", *options, *words)


def test_the_real_robot_has_its_camera_where_it_was_measured(scene: Scene, tmp_path: Path) -> None:
    answer = hand_eye(scene, scene.folder, tmp_path, "--json")
    assert answer.code == 0, answer.err
    said = answer.json()
    assert said["samples"] == COUNT
    assert said["file"] == str(tmp_path / "ur5e.yaml")
    robot = resolve(["mode=real", f"cameras.calibration={tmp_path}/"]).load_robot()
    (camera,) = (camera for camera in robot.cameras if camera.name == scene.camera)
    assert camera.mounted_on == scene.mounted_on
    at_origin = Pose.at(0.0, 0.0, 0.0)
    error_mm, error_deg = error_of(camera.pose_in_base(at_origin), scene.pose_camera_in_mount)
    assert error_mm < WITHIN_MM
    assert error_deg < WITHIN_DEG
    # What the scene shifted comes back as the difference to robot.yaml.
    assert robomatrix(
        "calibrate", "hand-eye", "--camera", scene.camera, "--samples", str(scene.folder), "--dry-run"
    ).out.count("from where robot.yaml has it")


def test_a_second_measurement_keeps_the_first(scene: Scene, tmp_path: Path) -> None:
    assert hand_eye(scene, scene.folder, tmp_path).code == 0
    before = (tmp_path / "ur5e.yaml").read_text()
    (tmp_path / "ur5e.yaml").write_text(
        before.replace(f"{scene.camera}:", "wrist_camera:" if scene.mounted_on == "base" else "front_camera:")
    )
    assert hand_eye(scene, scene.folder, tmp_path).code == 0
    after = (tmp_path / "ur5e.yaml").read_text()
    assert "wrist_camera:" in after
    assert "front_camera:" in after


def test_bad_folders_are_refused_in_one_line_and_nothing_is_written(scene: Scene, tmp_path: Path) -> None:
    copy = tmp_path / "samples"
    shutil.copytree(scene.folder, copy)
    listed = json.loads((copy / "samples.json").read_text())

    def refused(change: dict[str, object], *words: str) -> str:
        (copy / "samples.json").write_text(json.dumps(listed | change))
        answer = hand_eye(scene, copy, tmp_path, *words)
        assert answer.code in (1, 2)
        assert not (tmp_path / "ur5e.yaml").exists()
        return answer.error_line

    assert "nobody knows the lens" in refused({"lens": None})
    assert "its pictures are of" in refused({"camera": "another"})
    assert "unknown robot 'r2d2'" in refused({"robot": "r2d2"})
    assert "unknown key 'x'" in refused({"x": 1})
    assert "is no file of the folder" in refused({"samples": [{"picture": "../../etc/passwd", "joints_rad": {}}]})
    assert "cannot be read as a picture" in refused({"samples": [{"picture": "samples.json", "joints_rad": {}}]})
    assert "it has no position of shoulder_pan_joint" in refused(
        {"samples": [{"picture": f"{i:03}.png"} for i in range(12)]}
    )
    assert "is found in 3 pictures" in refused({"samples": listed["samples"][:3]})
    assert "square_m is 9.0" in refused({}, "--square-mm", "9000")
    assert "reprojection_max_px" in refused({}, "--reprojection-max", "0")
    assert "is found in 0 pictures" in refused({}, "--columns", "8")
    (copy / "samples.json").unlink()
    answer = hand_eye(scene, copy, tmp_path)
    assert "robomatrix calibrate collect" in answer.error_line


def test_a_board_is_written(tmp_path: Path) -> None:
    path = tmp_path / "board.pdf"
    answer = robomatrix(
        "calibrate", "board", "--out", str(path), "--columns", "5", "--rows", "4", "--square-mm", "40", "--json"
    )
    assert answer.code == 0
    assert answer.json()["size_mm"] == pytest.approx([200.0, 160.0])
    assert path.read_bytes().startswith(b"%PDF")
    assert "columns is 1" in robomatrix("calibrate", "board", "--columns", "1").error_line


def test_the_arms_pose_is_as_exact_as_what_is_written(scene: Scene) -> None:
    listed = json.loads((scene.folder / "samples.json").read_text())
    joints = np.array(list(listed["samples"][0]["joints_rad"].values()))
    assert np.abs(joints - scene.shots[0][0]).max() < 1e-12
