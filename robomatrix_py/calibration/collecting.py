"""When to take a picture: the board is seen, nothing moves, and it is not what was taken before."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt

from robomatrix_py.calibration.board import Board, BoardConfig, Sighting
from robomatrix_py.calibration.samples import SampleList, Taken, save_picture, write_list
from robomatrix_py.contracts.geometry import Array, Pose
from robomatrix_py.contracts.lens import Lens
from robomatrix_py.contracts.observation import JointState
from robomatrix_py.contracts.robot import RobotDescription
from robomatrix_py.safety.kinematics import SerialChain

_STILL_S = 0.4
_STILL_RAD = 0.002
_STILL_PX = 1.0
_NEW_M = 0.03
_NEW_RAD = 0.12
# Of a picture 640 wide.
_NEW_PX = 60.0
_WIDTH_PX = 640


class Collector:
    """Decides, and writes the folder. Times are the caller's monotonic clock.

    Args:
        robot: Name of the robot.
        arm: The robot whose arm must be at rest in another pose; None: the board is moved by hand.
        camera: Which camera it is.
        board: The board.
        folder: Where pictures go.
        say: Takes lines for a person.
    """

    def __init__(
        self,
        robot: str,
        arm: RobotDescription | None,
        camera: str,
        board: BoardConfig,
        folder: Path,
        say: Callable[[str], None],
    ) -> None:
        self._robot, self._arm, self._camera = robot, arm, camera
        self._board = Board(board)
        self._folder = folder
        self._say = say
        self._chain = SerialChain(arm) if arm else None
        self._joints: deque[tuple[float, Array]] = deque()
        self._poses: list[Pose] = []
        self._sighted: list[Sighting] = []
        self._last: Sighting | None = None
        self._taken: list[Taken] = []
        self.lens: Lens | None = None

    @property
    def count(self) -> int:
        """Pictures taken."""
        return len(self._taken)

    def see_joints(self, joints: JointState) -> None:
        """Take in where the arm is."""
        if self._arm is None:
            return
        now_s = joints.received_s
        self._joints.append((now_s, joints.arm_positions_rad(self._arm)))
        while self._joints and now_s - self._joints[0][0] > _STILL_S:
            self._joints.popleft()

    def see_picture(self, picture: npt.NDArray[np.uint8], now_s: float) -> str:
        """Take a picture in; return what is to be done to get the next one, or an empty text where it was taken.

        Raises:
            DataError: The folder cannot be written.
        """
        resting = self._resting(now_s)
        if isinstance(resting, str):
            self._last = None
            return resting
        if resting is not None and self._known(resting):
            return "move the arm to another pose: turned and inclined otherwise, the board still in the picture"
        sighting = self._board.find(picture)
        before, self._last = self._last, sighting
        if sighting is None:
            return "the board is not seen, or too little of it"
        if before is None or _shift_px(before, sighting) > _STILL_PX:
            return "hold still"
        if resting is None and self._seen(sighting, picture.shape[1]):
            return "hold the board elsewhere in the picture, and otherwise inclined"
        self._take(picture, sighting, resting)
        return ""

    def _resting(self, now_s: float) -> Pose | str | None:
        """Return where the tool rests, why it does not, or None where the arm does not matter."""
        if self._arm is None or self._chain is None:
            return None
        if not self._joints or now_s - self._joints[-1][0] > _STILL_S:
            return "no joint states come: is the robot's driver running?"
        # The oldest kept is nearly as old as rest must be.
        positions = np.array([position for _, position in self._joints])
        if len(positions) < 3 or np.ptp(positions, axis=0).max() > _STILL_RAD:
            return "wait for the arm to come to rest"
        return self._chain.tool_pose(positions[-1])

    def _known(self, pose: Pose) -> bool:
        def near(other: Pose) -> bool:
            angle = 2.0 * np.arccos(min(1.0, abs(float(pose.quaternion_xyzw @ other.quaternion_xyzw))))
            return bool(np.linalg.norm(pose.position_m - other.position_m) < _NEW_M and angle < _NEW_RAD)

        return any(near(other) for other in self._poses)

    def _seen(self, sighting: Sighting, width_px: int) -> bool:
        return any(_shift_px(other, sighting) < _NEW_PX * width_px / _WIDTH_PX for other in self._sighted)

    def _take(self, picture: npt.NDArray[np.uint8], sighting: Sighting, pose: Pose | None) -> None:
        name = f"{self.count:03}.png"
        save_picture(self._folder, name, picture)
        joints = {}
        if self._arm is not None and pose is not None:
            joints = dict(zip(self._arm.joint_names, self._joints[-1][1].tolist(), strict=True))
            self._poses.append(pose)
        self._sighted.append(sighting)
        self._taken.append(Taken(name, joints))
        listed = SampleList(self._robot, self._camera, self._board.config, tuple(self._taken), self.lens)
        # After each picture: what was collected so far is of use whatever comes.
        write_list(self._folder, listed)
        self._say(f"{self.count}: {len(sighting.pixels)} of {self._board.corners} corners")


def _shift_px(one: Sighting, other: Sighting) -> float:
    """Return how far the corners that both show lie apart, the farthest of them; infinite where there are none."""
    place = {tuple(np.round(point, 6)): pixel for point, pixel in zip(one.points_m, one.pixels, strict=True)}
    shifts = [
        float(np.linalg.norm(place[key] - pixel))
        for point, pixel in zip(other.points_m, other.pixels, strict=True)
        if (key := tuple(np.round(point, 6))) in place
    ]
    return max(shifts, default=np.inf)
