"""Which pictures of the simulated cameras are used and which are not, and what is said of those."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import pytest

from robomatrix_py.contracts.cause import Cause
from robomatrix_py.contracts.geometry import Pose, quaternion_multiply
from robomatrix_py.contracts.patches import CameraView
from robomatrix_py.contracts.robot import CameraDescription
from robomatrix_py.perception.camera_health import CameraFault, CameraHealth, CameraHealthConfig
from robomatrix_py.perception.config import PerceptionConfig
from robomatrix_py.runtime.perception import make_health
from robomatrix_py.safety.kinematics import SerialChain
from robomatrix_py.settings.settings import resolve
from robomatrix_py.sim.camera import SimCamera, add_depth_noise, add_image_noise
from robomatrix_py.sim.world import SimWorld

pytestmark = pytest.mark.gl

FRONT, WRIST = "front_camera", "wrist_camera"
SETTINGS = resolve(["perception=camera", "seed=3"])
ROBOT = SETTINGS.load_robot()
CHAIN = SerialChain(ROBOT)
HOME = ROBOT.home.copy()
NEARER = HOME + np.array([0.0, 0.1, 0.1, 0.0, 0.0, 0.0])
LIFTED = HOME + np.array([0.3, -0.1, 0.0, 0.1, 0.0, 0.4])


@pytest.fixture(scope="module")
def world() -> SimWorld:
    return SimWorld(ROBOT, SETTINGS.model_file, SETTINGS.sim_config())


class Shots:
    """Takes pictures of the world with the arm at given joints."""

    def __init__(self, world: SimWorld, cameras: tuple[CameraDescription, ...]) -> None:
        self._world = world
        self._cameras = [SimCamera(world, camera) for camera in cameras]

    def __call__(self, joints_rad: np.ndarray) -> dict[str, CameraView]:
        world, views = self._world, {}
        for name, angle in zip(ROBOT.joint_names, joints_rad, strict=True):
            world.data.qpos[world.model.joint(name).qposadr[0]] = angle
        tool = CHAIN.tool_pose(joints_rad)
        for camera in self._cameras:
            camera.take(world)
            lens = camera.intrinsics()
            color, depth_m = camera.color_and_depth_m()
            name = camera.camera.name
            numbers = (lens["fx"], lens["fy"], lens["cx"], lens["cy"])
            views[name] = CameraView(name, color, depth_m, numbers, camera.camera.pose_in_base(tool), tool)
        return views

    def close(self) -> None:
        for camera in self._cameras:
            camera.close()


@pytest.fixture(scope="module")
def shots(world: SimWorld) -> Iterator[Shots]:
    shots = Shots(world, ROBOT.cameras)
    yield shots
    shots.close()


@pytest.fixture
def health() -> CameraHealth:
    assert isinstance(SETTINGS.perception, PerceptionConfig)
    return make_health(SETTINGS.perception, ROBOT)


def judged(
    health: CameraHealth, views: dict[str, CameraView], now_s: float = 0.0
) -> tuple[set[str], list[CameraFault]]:
    right, faults = health.judge(list(views.values()), now_s)
    return {view.camera for view in right}, list(faults)


@pytest.mark.parametrize("joints", [HOME, NEARER, LIFTED], ids=["home", "nearer", "lifted"])
def test_pictures_as_they_come_are_used(health: CameraHealth, shots: Shots, joints: np.ndarray) -> None:
    assert judged(health, shots(joints)) == ({FRONT, WRIST}, [])


def test_noise_and_pictures_of_an_arm_at_rest_are_in_order(health: CameraHealth, shots: Shots) -> None:
    still = shots(HOME)
    rng = np.random.default_rng(0)
    for look in range(5):
        assert judged(health, still, 0.1 * look) == ({FRONT, WRIST}, [])
    noisy = {
        name: replace(
            view,
            color=add_image_noise(view.color, 10.0, rng),
            depth_m=add_depth_noise(view.depth_m, 0.01, rng),
        )
        for name, view in still.items()
    }
    assert judged(health, noisy, 1.0) == ({FRONT, WRIST}, [])


@pytest.mark.parametrize("push_m", [(0.03, 0, 0), (0, -0.03, 0), (0, 0, 0.03), (0, 0, -0.03)])
@pytest.mark.parametrize("camera", [FRONT, WRIST])
def test_a_camera_that_was_pushed_a_little_is_in_order(
    health: CameraHealth, shots: Shots, camera: str, push_m: tuple[float, float, float]
) -> None:
    views = shots(HOME)
    pose = views[camera].pose_camera_in_base
    moved = replace(views[camera], pose_camera_in_base=Pose(pose.position_m + push_m, pose.quaternion_xyzw))
    assert judged(health, views | {camera: moved})[1] == []


@pytest.mark.parametrize("height_m", [0.07, 0.12, 0.2])
def test_a_camera_above_furniture_that_fills_its_picture_is_in_order(
    health: CameraHealth, shots: Shots, height_m: float
) -> None:
    views = shots(HOME)
    view = views[WRIST]
    rows, columns = view.depth_m.shape
    u, v = np.meshgrid(np.arange(columns) + 0.5, np.arange(rows) + 0.5)
    eye_m = view.pose_camera_in_base.position_m
    down = (view.points_m(u, v, np.ones_like(u)) - eye_m)[..., 2]
    depth_m = np.minimum(view.depth_m, np.where(down < 0, (height_m - eye_m[2]) / np.minimum(down, -1e-6), np.inf))
    assert judged(health, views | {WRIST: replace(view, depth_m=depth_m)})[1] == []


def dark(view: CameraView) -> CameraView:
    return replace(view, color=np.zeros_like(view.color))


def dark_and_noisy(view: CameraView) -> CameraView:
    return replace(view, color=add_image_noise(np.zeros_like(view.color), 20.0, np.random.default_rng(1)))


def washed_out(view: CameraView) -> CameraView:
    return replace(view, color=np.full_like(view.color, 255))


def halved(view: CameraView) -> CameraView:
    return replace(view, color=view.color[::2, ::2], depth_m=view.depth_m[::2, ::2])


def other_depth_size(view: CameraView) -> CameraView:
    return replace(view, depth_m=view.depth_m[:-1])


def grey(view: CameraView) -> CameraView:
    return replace(view, color=view.color[..., :1])


def without_depth(view: CameraView) -> CameraView:
    return replace(view, depth_m=np.full_like(view.depth_m, np.nan))


def zero_depth(view: CameraView) -> CameraView:
    return replace(view, depth_m=np.zeros_like(view.depth_m))


def without_lens(view: CameraView) -> CameraView:
    return replace(view, intrinsics=(0.0, 0.0, 0.0, 0.0))


def lens_of_nothing(view: CameraView) -> CameraView:
    return replace(view, intrinsics=(float("nan"), 500.0, 320.0, 240.0))


def covered(view: CameraView) -> CameraView:
    return replace(view, depth_m=np.full_like(view.depth_m, 0.03))


WRONG: dict[str, tuple[Callable[[CameraView], CameraView], str]] = {
    "black": (dark, "is black: brightness varies by 0.0 of 255"),
    "black with noise": (dark_and_noisy, "is black"),
    "white": (washed_out, "is white"),
    "wrong size": (halved, "where robot.yaml says"),
    "depth of another size": (other_depth_size, "where robot.yaml says"),
    "one colour": (grey, "where robot.yaml says"),
    "depth not finite": (without_depth, "has depth in 0 %"),
    "depth zero": (zero_depth, "has depth in 0 %"),
    "no calibration": (without_lens, "has no calibration"),
    "calibration not finite": (lens_of_nothing, "has no calibration"),
    "hand before it": (covered, "sees none of it"),
}


@pytest.mark.parametrize("camera", [FRONT, WRIST])
@pytest.mark.parametrize("case", WRONG)
def test_wrong_pictures_are_not_used_and_said_to_be(health: CameraHealth, shots: Shots, case: str, camera: str) -> None:
    spoil, words = WRONG[case]
    views = shots(HOME)
    views[camera] = spoil(views[camera])
    right, (fault,) = judged(health, views)
    assert right == {FRONT, WRIST} - {camera}
    assert (fault.camera, fault.cause, fault.lasting) == (camera, Cause.CAMERA_FAULT, False)
    assert fault.message.startswith(f"{camera} ")
    assert words in fault.message


@pytest.mark.parametrize("axis", [(1, 0, 0), (0, 1, 0)], ids=["nods", "shakes"])
@pytest.mark.parametrize("angle_deg", [-25.0, 25.0])
@pytest.mark.parametrize("camera", [FRONT, WRIST])
def test_a_camera_that_was_knocked_over_is_not_used(
    health: CameraHealth, world: SimWorld, shots: Shots, camera: str, angle_deg: float, axis: tuple[int, int, int]
) -> None:
    held = world.model.camera(camera).quat
    straight, half_rad = held.copy(), np.deg2rad(angle_deg) / 2
    turn_xyzw = np.array([*(np.sin(half_rad) * np.array(axis)), np.cos(half_rad)])
    # MuJoCo writes the real part first.
    held[:] = np.roll(quaternion_multiply(np.roll(straight, -1), turn_xyzw), 1)
    try:
        views = shots(HOME)
    finally:
        held[:] = straight
    right, (fault,) = judged(health, views)
    assert right == {FRONT, WRIST} - {camera}
    assert "see whether it was moved" in fault.message


def test_cameras_that_were_swapped_are_told_by_their_size(health: CameraHealth, shots: Shots) -> None:
    views = shots(HOME)
    swapped = {
        one: replace(views[one], color=views[other].color, depth_m=views[other].depth_m)
        for one, other in ((FRONT, WRIST), (WRIST, FRONT))
    }
    right, faults = judged(health, swapped)
    assert right == set()
    assert all("where robot.yaml says" in fault.message for fault in faults)


@pytest.mark.parametrize("joints", [HOME, NEARER, LIFTED], ids=["home", "nearer", "lifted"])
def test_cameras_of_one_size_that_were_swapped_are_told_by_the_table(world: SimWorld, joints: np.ndarray) -> None:
    assert isinstance(SETTINGS.perception, PerceptionConfig)
    alike = tuple(replace(camera, width_px=320, height_px=240) for camera in ROBOT.cameras)
    health = make_health(SETTINGS.perception, replace(ROBOT, cameras=alike))
    shots = Shots(world, alike)
    try:
        views = shots(joints)
    finally:
        shots.close()
    assert judged(health, views)[1] == []
    swapped = {
        one: replace(views[one], color=views[other].color, depth_m=views[other].depth_m)
        for one, other in ((FRONT, WRIST), (WRIST, FRONT))
    }
    right, faults = judged(health, swapped)
    assert right == set(), faults
    assert all("swapped" in fault.message for fault in faults)


@pytest.mark.parametrize("part", ["color", "depth_m"])
@pytest.mark.parametrize("camera", [FRONT, WRIST])
def test_pictures_that_stay_while_the_arm_moves_are_frozen(
    health: CameraHealth, shots: Shots, camera: str, part: str
) -> None:
    before, after = shots(HOME), shots(NEARER)
    after[camera] = replace(after[camera], **{part: getattr(before[camera], part).copy()})
    assert judged(health, before)[1] == []
    right, (fault,) = judged(health, after, 0.1)
    assert right == {FRONT, WRIST} - {camera}
    assert f"{camera} is frozen" in fault.message
    assert judged(health, shots(LIFTED), 0.2) == ({FRONT, WRIST}, []), "in order again"


def test_what_stays_wrong_is_lasting_and_what_passes_is_not(health: CameraHealth, shots: Shots) -> None:
    views = shots(HOME)
    black = views | {WRIST: dark(views[WRIST])}
    assert [judged(health, black, now_s)[1][0].lasting for now_s in (0.0, 0.4, 0.6)] == [False, False, True]
    assert judged(health, views, 0.7)[1] == []
    assert not judged(health, black, 0.8)[1][0].lasting


def test_a_camera_that_delivers_nothing_is_missed_after_a_while(health: CameraHealth, shots: Shots) -> None:
    views = shots(HOME)
    front = {FRONT: views[FRONT]}
    for now_s in (0.0, 0.5, 1.0):
        assert judged(health, front, now_s) == ({FRONT}, [])
    _, (fault,) = judged(health, front, 1.1)
    assert (fault.camera, fault.cause, fault.lasting) == (WRIST, Cause.STALE_OBSERVATION, True)
    assert "has delivered nothing for 1.1 s" in fault.message
    assert judged(health, views, 1.2)[1] == []


def test_blind_is_only_who_has_no_camera_left(health: CameraHealth, shots: Shots) -> None:
    views = {name: dark(view) for name, view in shots(HOME).items()}
    assert health.blind(judged(health, views, 0.0)[1]) == ""
    trouble = health.blind(judged(health, views, 1.0)[1])
    assert FRONT in trouble
    assert WRIST in trouble
    one_left = views | {FRONT: shots(HOME)[FRONT]}
    assert health.blind(judged(health, one_left, 2.0)[1]) == ""


def test_a_camera_that_the_robot_has_not_is_not_looked_through(health: CameraHealth, shots: Shots) -> None:
    view = replace(shots(HOME)[FRONT], camera="roof_camera")
    right, _ = health.judge([view], 0.0)
    assert right == []


@pytest.mark.parametrize("change", [{"contrast_min": -1.0}, {"table_below_max": 2.0}, {"fault_s": float("nan")}])
def test_settings_out_of_range_are_refused(change: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=f"health.{next(iter(change))} is"):
        CameraHealthConfig(**change)
