"""Pictures of a board with everything known, drawn by MuJoCo: it lies still or is in the hand, and so is the camera."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mujoco
import numpy as np
import numpy.typing as npt
from PIL import Image

from robomatrix_py.calibration.board import Board, BoardConfig
from robomatrix_py.calibration.samples import SampleList, Taken, save_picture, write_list
from robomatrix_py.contracts.geometry import Array, Pose, quaternion_from_matrix, rotation_from_rpy
from robomatrix_py.contracts.lens import Lens
from robomatrix_py.contracts.robot import RobotDescription
from robomatrix_py.safety.kinematics import SerialChain

SIZE_PX = (640, 480)
FOVY_DEG = 48.0
# A MuJoCo camera looks along -z with y up, an optical frame along z with y down.
_TO_OPTICAL = np.diag([1.0, -1.0, -1.0])
_DOTS_PER_M = 4000


def ideal_lens() -> Lens:
    """Return the lens of the pictures."""
    focal = SIZE_PX[1] / 2 / np.tan(np.deg2rad(FOVY_DEG) / 2)
    # Pixel 0 is the middle of the first pixel here, not its edge.
    return Lens(*SIZE_PX, focal, focal, (SIZE_PX[0] - 1) / 2, (SIZE_PX[1] - 1) / 2)


def pose(xyz_m: tuple[float, float, float], rpy_rad: tuple[float, float, float]) -> Pose:
    """Return a pose by position and fixed-axis angles."""
    return Pose(np.array(xyz_m), quaternion_from_matrix(rotation_from_rpy(*rpy_rad)))


class RenderedBoard:
    """A board and a camera, one of them on an arm that itself is not drawn.

    Args:
        robot: The robot.
        folder: Where the board's texture may go.
        config: The board.
        camera: The camera's optical frame in `camera_on`.
        camera_on: ``tool`` or ``base``.
        board: The board's frame (x right, y down the sheet) in the frame of the other.
    """

    def __init__(
        self, robot: RobotDescription, folder: Path, config: BoardConfig, camera: Pose, camera_on: str, board: Pose
    ) -> None:
        self.robot = robot
        self.board = Board(config)
        self.chain = SerialChain(robot)
        self._camera, self._camera_on, self._sheet = camera, camera_on, board
        spec: Any = mujoco.MjSpec()
        spec.visual.global_.offwidth, spec.visual.global_.offheight = SIZE_PX
        spec.visual.quality.offsamples = 8
        spec.visual.map.znear = 0.01
        spec.visual.headlight.ambient, spec.visual.headlight.diffuse = [0.6] * 3, [0.3] * 3
        spec.visual.headlight.specular = [0.0] * 3
        texture = folder / "board.png"
        Image.fromarray(self.board.draw(_DOTS_PER_M)).convert("RGB").save(texture)
        spec.add_texture(name="board", type=mujoco.mjtTexture.mjTEXTURE_2D, file=str(texture))
        material = spec.add_material(name="board")
        material.textures[mujoco.mjtTextureRole.mjTEXROLE_RGB] = "board"
        width, height = config.size_m
        spec.add_mesh(
            name="sheet",
            uservert=[0, 0, 0, width, 0, 0, width, height, 0, 0, height, 0, width / 2, height / 2, 0.001],
            userface=[0, 2, 1, 0, 3, 2, 0, 1, 4, 1, 2, 4, 2, 3, 4, 3, 0, 4],
            usertexcoord=[0, 0, 1, 0, 1, 1, 0, 1, 0, 0],
            inertia=mujoco.mjtMeshInertia.mjMESH_INERTIA_SHELL,
        )
        sheet = spec.worldbody.add_body(name="sheet", mocap=True)
        sheet.add_geom(type=mujoco.mjtGeom.mjGEOM_MESH, meshname="sheet", material="board")
        eye = spec.worldbody.add_body(name="eye", mocap=True)
        eye.add_camera(name="eye", fovy=FOVY_DEG)
        spec.worldbody.add_geom(
            type=mujoco.mjtGeom.mjGEOM_PLANE, size=[3, 3, 0.1], pos=[0, 0, -0.5], rgba=[0.55, 0.5, 0.45, 1]
        )
        self._model = spec.compile()
        self._data = mujoco.MjData(self._model)
        self._renderer = mujoco.Renderer(self._model, SIZE_PX[1], SIZE_PX[0])

    def close(self) -> None:
        """Free the graphics context."""
        self._renderer.close()

    def picture(self, pose_tool_in_base: Pose) -> npt.NDArray[np.uint8]:
        """Return what the camera sees, RGB, uint8, shape (H, W, 3)."""
        in_hand = self._camera_on == "tool"
        camera = pose_tool_in_base @ self._camera if in_hand else self._camera
        sheet = self._sheet if in_hand else pose_tool_in_base @ self._sheet
        self._place("eye", Pose(camera.position_m, quaternion_from_matrix(camera.rotation @ _TO_OPTICAL)))
        self._place("sheet", sheet)
        mujoco.mj_forward(self._model, self._data)
        self._renderer.update_scene(self._data, camera="eye")
        image: npt.NDArray[np.uint8] = self._renderer.render().copy()
        return image

    def _place(self, body: str, where: Pose) -> None:
        index = self._model.body(body).mocapid[0]
        self._data.mocap_pos[index] = where.position_m
        self._data.mocap_quat[index] = np.roll(where.quaternion_xyzw, 1)

    def seen_poses(self, near: Array, spread_rad: float, count: int, seed: int) -> Iterator[tuple[Array, Any]]:
        """Yield joint positions around some in whose pictures the board is found, and the pictures."""
        rng = np.random.default_rng(seed)
        low = np.array([joint.position_min_rad for joint in self.robot.joints])
        high = np.array([joint.position_max_rad for joint in self.robot.joints])
        found = 0
        for _ in range(20 * count):
            joints = np.clip(near + rng.uniform(-spread_rad, spread_rad, len(near)), low, high)
            picture = self.picture(self.chain.tool_pose(joints))
            sighting = self.board.find(picture)
            if sighting is not None and len(sighting.pixels) >= 0.5 * self.board.corners:
                found += 1
                yield joints, picture
            if found == count:
                return
        raise AssertionError(f"the board is seen in {found} of {20 * count} poses")

    def write(self, folder: Path, camera: str, shots: list[tuple[Array, Any]], lens: Lens | None) -> None:
        """Write a folder of samples as `robomatrix calibrate collect` does."""
        taken = []
        for number, (joints, picture) in enumerate(shots):
            name = f"{number:03}.png"
            save_picture(folder, name, picture)
            taken.append(Taken(name, dict(zip(self.robot.joint_names, joints.tolist(), strict=True))))
        write_list(folder, SampleList(self.robot.name, camera, self.board.config, tuple(taken), lens))
