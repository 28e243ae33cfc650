"""What goes wrong while a demonstration is recorded, so that it shows recoveries: by seed, and always noted."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from robomatrix_py.contracts.geometry import Array, Pose, quaternion_from_yaw, quaternion_multiply
from robomatrix_py.contracts.robot import RobotDescription
from robomatrix_py.sim.layout import FOOTPRINTS, PlacedObject
from robomatrix_py.sim.world import SimWorld
from robomatrix_py.skills.config import ServoConfig
from robomatrix_py.skills.servo import Servo
from robomatrix_py.training.config import DisturbanceConfig

# What may be disturbed in which stage of which skill: a(im), g(rip), o(bject). Not where the arm pulls or presses on
# something, and no grip where the gripper carries something.
_PERMITTED: Mapping[str, Mapping[str, str]] = {
    "move_to": {"approach": "ago"},
    "grasp": {"approach": "ago", "descend": "ago", "close": "g", "lift": "a", "retry": "ag"},
    "position_over": {"lift": "a", "carry": "a"},
    "release": {"retreat": "a"},
    "open_drawer": {"approach": "ag", "descend": "ag", "let go": "a"},
    "close_drawer": {"approach": "ag", "descend": "ag", "retreat": "a"},
    "push": {"approach": "ago", "descend": "ago", "push": "g", "retreat": "a"},
    "press": {"approach": "ag", "retreat": "a"},
}
# Where the tool pushes on something, its aim is moved a little, across its way only: a policy that is never shown how
# to get back to it slips off.
_IN_CONTACT = {"close_drawer": "push", "push": "push", "press": "press"}
# So near to where it is going, nothing tells what is across.
_THERE_M = 0.005
_LOW_M = 0.14
_ABOVE_OBJECT_M = 0.08
_UPRIGHT = 0.98


class DisturbedServo(Servo):
    """A servo that can be made to aim elsewhere for a while; what it was asked for is kept.

    Args:
        robot: The robot.
        model_file: Its MuJoCo model.
        config: Rates and limits.
    """

    def __init__(self, robot: RobotDescription, model_file: Path, config: ServoConfig) -> None:
        super().__init__(robot, model_file, config)
        self._wanted_xyz_m: Array = np.zeros(3)
        self._wanted_yaw_rad = 0.0
        self._wanted_speed_share = 1.0
        self._wanted_opening = 1.0
        self._offset: tuple[Array, float] | None = None
        self._false_opening: float | None = None

    def start(self, joint_positions_rad: Array, opening: float) -> None:
        """Begin a new time line; see :meth:`Servo.start`."""
        super().start(joint_positions_rad, opening)
        self._wanted_xyz_m, self._wanted_yaw_rad = self.tool_xyz_m.copy(), self.yaw_rad
        self._wanted_speed_share, self._wanted_opening = 1.0, opening
        self._offset = self._false_opening = None

    @property
    def wanted(self) -> Array:
        """What it was asked for last, columns :data:`~robomatrix_py.contracts.policy.AIM`, shape (6,)."""
        return np.array([*self._wanted_xyz_m, self._wanted_yaw_rad, self._wanted_opening, self._wanted_speed_share])

    @property
    def at_rest(self) -> bool:
        """Whether the commanded motion has come to rest where it was asked to."""
        return self._offset is None and super().at_rest

    def aim(self, xyz_m: Array, yaw_rad: float | None = None, speed_share: float = 1.0) -> None:
        """Take in what is asked for and go there, or beside it; see :meth:`Servo.aim`."""
        self._wanted_xyz_m = np.array(xyz_m, dtype=float)
        if yaw_rad is not None:
            self._wanted_yaw_rad = self.nearest_yaw(yaw_rad)
        self._wanted_speed_share = speed_share
        self._go()

    def grip(self, opening: float) -> None:
        """Take in what is asked for and do that, or otherwise; see :meth:`Servo.grip`."""
        self._wanted_opening = float(np.clip(opening, 0.0, 1.0))
        super().grip(self._wanted_opening if self._false_opening is None else self._false_opening)

    def override_aim(self, offset_m: Array | None, turn_rad: float = 0.0) -> None:
        """Aim beside what is asked for, by an offset of shape (3,), until called with None."""
        self._offset = None if offset_m is None else (offset_m, turn_rad)
        self._go()

    def override_grip(self, opening: float | None) -> None:
        """Open or close the gripper otherwise than is asked for, until called with None."""
        self._false_opening = opening
        super().grip(self._wanted_opening if opening is None else opening)

    def _go(self) -> None:
        offset_m, turn_rad = self._offset or (np.zeros(3), 0.0)
        box = self.robot.workspace.tool_box_in_base
        low, high = box.center_m - box.half_extents_m + 0.002, box.center_m + box.half_extents_m - 0.002
        place = self._wanted_xyz_m
        if self._offset is not None:
            place = np.clip(place + offset_m, low, high)
        super().aim(place, self._wanted_yaw_rad + turn_rad, self._wanted_speed_share)


class Disturber:
    """Disturbs one skill after another.

    Args:
        servo: Whose aims are overridden.
        world: Whose objects are shoved.
        config: How often and how much.
        rng: Source of randomness.
    """

    def __init__(
        self, servo: DisturbedServo, world: SimWorld, config: DisturbanceConfig, rng: np.random.Generator
    ) -> None:
        self._servo = servo
        self._world = world
        self._config = config
        self._rng = rng
        self._skill = ""
        self._object = ""
        self._next_s = self._next_nudge_s = math.inf
        self._aim_until_s = -math.inf
        self._grip_until_s = -math.inf
        self.onsets_s: list[float] = []

    def start(self, skill: str, object_name: str, now_s: float) -> None:
        """Begin a skill.

        Args:
            skill: Its name.
            object_name: Free object that it is about and that may be shoved, or empty.
            now_s: Simulated time.
        """
        self._skill, self._object = skill, object_name
        self._aim_until_s = self._grip_until_s = -math.inf
        self.onsets_s = []
        calm = self._rng.random() < self._config.calm_share
        self._next_s = math.inf if calm else now_s + self._rng.exponential(self._config.pause_s)
        self._next_nudge_s = math.inf if calm else -math.inf

    def update(self, stage: str, now_s: float) -> bool:
        """Begin and end disturbances; call it before every control step.

        Args:
            stage: Stage of the skill.
            now_s: Simulated time.

        Returns:
            Whether an object was moved.
        """
        permitted = _PERMITTED[self._skill].get(stage, "")
        in_contact = _IN_CONTACT.get(self._skill) == stage
        if self._aim_until_s > -math.inf and (now_s >= self._aim_until_s or not ("a" in permitted or in_contact)):
            self._servo.override_aim(None)
            self._aim_until_s = -math.inf
        if self._grip_until_s > -math.inf and (now_s >= self._grip_until_s or "g" not in permitted):
            self._servo.override_grip(None)
            self._grip_until_s = -math.inf
        if in_contact and now_s >= self._next_nudge_s:
            self._nudge(now_s)
        if now_s < self._next_s or not permitted:
            return False
        self._next_s = now_s + self._rng.exponential(self._config.pause_s)
        kind = str(self._rng.choice(list(permitted), p=_shares(permitted)))
        moved = False
        if kind == "a":
            self._mislead(now_s)
        elif kind == "g":
            self._servo.override_grip(float(self._rng.random()))
            self._grip_until_s = now_s + self._rng.uniform(*self._config.duration_s) + 0.2
        else:
            moved = self._shove()
            if not moved:
                return False
        self.onsets_s.append(now_s)
        return moved

    def stop(self) -> None:
        """End what is under way."""
        self._servo.override_aim(None)
        self._servo.override_grip(None)
        self._next_s = self._next_nudge_s = math.inf

    def _nudge(self, now_s: float) -> None:
        """Aim a little beside the way that the tool goes."""
        config, rng = self._config, self._rng
        first, self._next_nudge_s = self._next_nudge_s == -math.inf, now_s + rng.exponential(config.nudge_pause_s)
        way = self._servo.wanted[:3] - self._servo.tool_xyz_m
        left_m = float(np.linalg.norm(way))
        direction, length_m = rng.normal(0.0, 1.0, 3), rng.uniform(*config.nudge_m)
        if first or left_m < _THERE_M:
            return
        direction -= (direction @ way) * way / left_m**2
        self._servo.override_aim(direction / np.linalg.norm(direction) * length_m)
        self._aim_until_s = now_s + rng.uniform(*config.duration_s)
        self.onsets_s.append(now_s)

    def _mislead(self, now_s: float) -> None:
        config, rng = self._config, self._rng
        direction = rng.normal(0.0, 1.0, 3)
        length_m = rng.uniform(*config.offset_m)
        if self._servo.tool_xyz_m[2] < _LOW_M:
            # Down there are things: aside by less, and never deeper.
            direction[2] = abs(direction[2])
            length_m *= 0.6
        offset_m = direction / np.linalg.norm(direction) * length_m
        self._servo.override_aim(offset_m, float(rng.uniform(-config.turn_max_rad, config.turn_max_rad)))
        self._aim_until_s = now_s + rng.uniform(*config.duration_s)

    def _shove(self) -> bool:
        """Move the object the skill is about a little, if it stands upright on the table and there is room."""
        item = next((o for o in self._world.layout.objects if o.name == self._object), None)
        if item is None:
            return False
        config, rng = self._config, self._rng
        angle, way_m = rng.uniform(-math.pi, math.pi), rng.uniform(*config.shove_m)
        turn = float(rng.uniform(-config.shove_turn_max_rad, config.shove_turn_max_rad))
        pose = self._world.pose(item.name)
        place = pose.position_m + way_m * np.array([math.cos(angle), math.sin(angle), 0.0])
        upright = pose.rotation[2, 2] > _UPRIGHT
        standing = abs(pose.position_m[2] - item.shape.size_m[2] / 2) < 0.004
        above = self._servo.tool_xyz_m[2] > pose.position_m[2] + item.shape.size_m[2] / 2 + _ABOVE_OBJECT_M
        if not (upright and standing and above and self._has_room(item, place)):
            return False
        rotation = quaternion_multiply(quaternion_from_yaw(turn), pose.quaternion_xyzw)
        self._world.move_object(item.name, Pose(place, rotation))
        return True

    def _has_room(self, item: PlacedObject, place_m: Array) -> bool:
        x, y, _ = place_m.tolist()
        radius_m = item.shape.footprint_radius_m
        others = (other for other in self._world.layout.objects if other.name != item.name)
        return (
            0.22 < x < 0.62
            and all(
                np.linalg.norm(self._world.pose(other.name).position_m[:2] - place_m[:2])
                > radius_m + other.shape.footprint_radius_m + 0.003
                for other in others
            )
            and all(
                FOOTPRINTS[fixture.kind].distance_m(fixture.pose_fixture_in_base, x, y) > radius_m + 0.01
                for fixture in self._world.layout.fixtures
                if fixture.kind in FOOTPRINTS
            )
        )


def _shares(permitted: str) -> Array:
    """Return how likely each permitted kind is: aims are disturbed most."""
    weights = np.array([{"a": 0.5, "g": 0.2, "o": 0.3}[kind] for kind in permitted])
    shares: Array = weights / weights.sum()
    return shares
