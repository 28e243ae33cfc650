"""Where a camera is, from drawn pictures whose truth is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from board_scene import Scene
from rendered_board import ideal_lens

from robomatrix_py.calibration.hand_eye import HandEyeResult, calibrate_hand_eye
from robomatrix_py.calibration.quality import Demands
from robomatrix_py.calibration.samples import Sample, find_samples
from robomatrix_py.contracts.errors import DataError
from robomatrix_py.contracts.geometry import Pose
from robomatrix_py.runtime.calibration import read_list

pytestmark = pytest.mark.gl

# What the drawn pictures permit; printed and measured values are in docs/calibration.md.
WITHIN_MM, WITHIN_DEG = 0.5, 0.05


def samples_of(scene: Scene) -> tuple[list[Sample], list[Pose]]:
    listed = read_list(scene.folder)
    assert listed is not None
    samples, without = find_samples(scene.folder, listed.samples, scene.rendered.board)
    assert without == []
    names = scene.rendered.robot.joint_names
    poses = [scene.rendered.chain.tool_pose(np.array([s.joints_rad[name] for name in names])) for s in samples]
    return samples, poses


def error_of(found: Pose, truth: Pose) -> tuple[float, float]:
    """Return how far a pose is from another, in mm and degrees."""
    cosine = min(1.0, abs(float(found.quaternion_xyzw @ truth.quaternion_xyzw)))
    return 1e3 * float(np.linalg.norm(found.position_m - truth.position_m)), float(np.rad2deg(2 * np.arccos(cosine)))


def calibrate(scene: Scene, samples: list[Sample], poses: list[Pose], **values: object) -> HandEyeResult:
    chosen = {"lens": ideal_lens(), "mounted_on": scene.mounted_on, "demands": Demands()} | values
    return calibrate_hand_eye(samples, [], poses, **chosen)  # type: ignore[arg-type]


def test_the_camera_is_found_where_it_is(scene: Scene) -> None:
    result = calibrate(scene, *samples_of(scene))
    error_mm, error_deg = error_of(result.pose_camera_in_mount, scene.pose_camera_in_mount)
    print(f"{scene.mounted_on}: {error_mm:.3f} mm, {error_deg:.4f} deg; {result}")
    assert error_mm < WITHIN_MM
    assert error_deg < WITHIN_DEG
    assert result.reprojection_px < 0.3


def test_an_arm_that_is_not_exact_is_told_by_the_deviation(scene: Scene) -> None:
    samples, poses = samples_of(scene)
    rng = np.random.default_rng(7)
    shaken = [
        Pose(pose.position_m + rng.normal(0.0, 0.001, 3), pose.quaternion_xyzw + rng.normal(0.0, 0.001, 4))
        for pose in poses
    ]
    result = calibrate(scene, samples, shaken)
    error_mm, error_deg = error_of(result.pose_camera_in_mount, scene.pose_camera_in_mount)
    print(f"{scene.mounted_on}: {error_mm:.2f} mm, {error_deg:.3f} deg; {result}")
    # Three standard deviations of each of three axes.
    assert error_mm < 3.0 * np.sqrt(3.0) * result.deviation_mm
    assert error_deg < 3.0 * np.sqrt(3.0) * result.deviation_deg
    assert result.deviation_mm > 0.1


def test_few_samples_are_refused(scene: Scene) -> None:
    samples, poses = samples_of(scene)
    with pytest.raises(DataError, match=r"found in 9 pictures; not found in 1: dark\.png") as error:
        calibrate_hand_eye(samples[:9], ["dark.png"], poses[:9], ideal_lens(), scene.mounted_on, Demands())
    assert error.value.permitted == "10 or more"


def test_turns_about_one_axis_only_are_refused(scene: Scene) -> None:
    samples, poses = samples_of(scene)
    upright = [replace(pose, quaternion_xyzw=Pose.at(0, 0, 0, 0.1 * i).quaternion_xyzw) for i, pose in enumerate(poses)]
    with pytest.raises(DataError, match="about one axis only") as error:
        calibrate(scene, samples, upright)
    assert "inclined" in error.value.remedy


def test_a_picture_of_another_pose_is_named(scene: Scene) -> None:
    samples, poses = samples_of(scene)
    moved = poses.copy()
    moved[5] = Pose(poses[5].position_m + 0.08, poses[5].quaternion_xyzw)
    with pytest.raises(DataError, match=f"the worst: {samples[5].name}") as error:
        calibrate(scene, samples, moved)
    assert error.value.code == "DATA.REPROJECTION"


def test_a_wrong_mount_or_a_wrong_lens_is_refused(scene: Scene) -> None:
    samples, poses = samples_of(scene)
    other = {"tool": "base", "base": "tool"}[scene.mounted_on]
    with pytest.raises(DataError, match="px from where they should be"):
        calibrate(scene, samples, poses, mounted_on=other)
    lens = ideal_lens()
    with pytest.raises(DataError, match="px from where they should be"):
        calibrate(scene, samples, poses, lens=replace(lens, fx=1.5 * lens.fx))
