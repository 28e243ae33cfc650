"""From a glance to the numbers that the action model reads. No torch.

The encoder's patches that match a text say where that thing is: text cross-attention over patches as in WildLMa
(Qiu et al., arXiv 2411.15131), lifted to metres by depth. Places are relative to the commanded tool position, in axes
of the base frame; turns are relative to the tool's, taken modulo the thing's symmetry.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from robomatrix_py.contracts.geometry import Array
from robomatrix_py.contracts.patches import CameraView, Floats, Mask, PatchEncoder, Patches, lift
from robomatrix_py.contracts.policy import SKILLS, WHOLE_TASKS, Glance, Goal, ToolState
from robomatrix_py.contracts.scene import SceneObject
from robomatrix_py.contracts.skill import DIRECTIONS
from robomatrix_py.policies.action.aims import NEAR_M

CAMERAS = ("front_camera", "wrist_camera")
"""In the order of the numbers."""
HEIGHT_CELLS = 12
"""Cells along an edge of the height map around the goal's first thing."""
HEIGHT_EDGE_M = 0.18
"""Edge of that map."""

# A tracked thing keeps attention near it: what else is called the same elsewhere is not meant.
_ATTENTION_M = 0.05
# Farther from where a thing is tracked than this, what matches its words is something else.
_ELSEWHERE_M = 0.10
_HEIGHT_MAX_M = 0.12
_FORCE_UNIT_N = 40.0
_FAR_M = 1.0
_KEYPOINT = ("x", "y", "z", "spread", "seen", "area", "size_x", "size_y", "size_z")
PLACES = ("", "begin_", "end_", "shut_", "open_")
"""Places of a tracked thing: where it is, where it was when the skill began, where a push of it is to end, and where a
drawer is when shut and when open; other things are there where they are."""
_TRACK = (
    *("size_x", "size_y", "size_z", "yaw", "round", "age", "known"),
    *(f"{place}{axis}" for place in PLACES for axis in "xyz"),
)
_TOOL = (
    *("x", "y", "z", "cos2", "sin2", "vx", "vy", "vz", "lag_x", "lag_y", "lag_z"),
    *("opening_commanded", "opening", "opening_speed", "force"),
)

NAMES = (
    *(f"skill.{name}" for name in SKILLS),
    "goal.push_x",
    "goal.push_y",
    "goal.distance",
    "goal.second",
    "memory.progress",
    "memory.time",
    *(f"tool.{name}" for name in _TOOL),
    *(f"thing{i}.track.{name}" for i in (1, 2) for name in _TRACK),
    *(f"thing{i}.{camera}.{name}" for i in (1, 2) for camera in CAMERAS for name in _KEYPOINT),
    *(f"height.{row}.{column}" for row in range(HEIGHT_CELLS) for column in range(HEIGHT_CELLS)),
)
"""What every number of an observation is: a model reads only observations of the very same names."""


@dataclass(frozen=True, eq=False)
class _Look:
    """What one camera shows, patch by patch; P patches.

    Args:
        points: Surface in each patch's middle, base frame, shape (P, 3).
        valid: Where there is one, shape (P,).
        votes: Where each patch says the centre of its thing is, base frame, shape (P, 3).
        votes_squared: Their squared lengths, shape (P,).
        patches: What the encoder says.
    """

    points: Array
    valid: Mask
    votes: Array
    votes_squared: Array
    patches: Patches

    def squared_to(self, place_m: Array) -> Array:
        """Return the squared distances of votes to a place, shape (P,)."""
        distance: Array = self.votes_squared - 2 * self.votes @ place_m + place_m @ place_m
        return distance


def _look(patches: Patches, view: CameraView) -> _Look:
    points, valid = lift(patches, view)
    rotation = view.pose_camera_in_base.rotation
    votes = (points + patches.offset_m @ rotation.T).reshape(-1, 3)
    squared = np.einsum("pi,pi->p", votes, votes)
    return _Look(points.reshape(-1, 3), valid.ravel(), votes, squared, patches)


class Observer:
    """Makes observations of one skill after another.

    Args:
        encoder: Reads the texts and gives patches their meaning.
    """

    def __init__(self, encoder: PatchEncoder) -> None:
        self._encoder = encoder
        self._goal = Goal("move_to", ())
        self._texts: Floats = np.zeros((0, 0), dtype=np.float32)
        self._begin: list[Array | None] = []
        self.seen = 0.0

    def start(self, goal: Goal) -> None:
        """Begin a skill.

        Raises:
            ConfigError: The goal has words that the encoder was never taught.
        """
        self._goal = goal
        self._texts = self._encoder.read((*goal.texts, "background"))
        self._begin = [None] * len(goal.texts)
        self.seen = 0.0

    def observe(self, glance: Glance, progress: float) -> Floats:
        """Return the observation, shape (len(NAMES),).

        Args:
            glance: What there is to see.
            progress: What the model said of its progress a step before, 0 at the start.
        """
        goal, tool = self._goal, glance.tool
        push = _push(goal)
        numbers: list[float] = [float(place == _asked(goal)) for place in range(len(SKILLS))]
        numbers += [*push, 10 * goal.distance_m, float(len(goal.texts) > 1), progress, glance.since_start_s / 10]
        numbers += _tool_numbers(tool)
        looks = {view.camera: _look(glance.patches[view.camera], view) for view in glance.views}
        keypoints: list[float] = []
        self.seen = 0.0
        for index in (0, 1):
            used = index < len(goal.texts)
            track = glance.tracks[index] if used else None
            numbers += self._track_numbers(index, track, glance)
            for camera in CAMERAS:
                if not used or camera not in looks:
                    keypoints += [0.0] * len(_KEYPOINT)
                    continue
                found = self._keypoint(index, track, looks[camera], tool)
                if index == 0 and (track is None or _is_near(found, track, tool)):
                    self.seen = max(self.seen, found[_KEYPOINT.index("seen")])
                keypoints += found
        heights = _height_map(glance, list(looks.values()))
        return np.array([*numbers, *keypoints, *heights.ravel().tolist()], dtype=np.float32)

    def _track_numbers(self, index: int, track: SceneObject | None, glance: Glance) -> list[float]:
        if track is None:
            return [0.0] * len(_TRACK)
        tool = glance.tool
        if self._begin[index] is None:
            self._begin[index] = track.position_m
        begin = self._begin[index]
        assert begin is not None  # noqa: S101  set above
        symmetry = track.yaw_symmetry
        yaw = 0.0
        if symmetry:
            # The gripper looks the same after half a turn: so do things that never look the same.
            period = 2 * math.pi / max(symmetry, 2)
            yaw = math.remainder(track.pose_object_in_base.yaw_rad - tool.commanded_yaw_rad, period)
        age_s = min(glance.now_s - track.seen_s, 5.0)
        outwards = track.pose_object_in_base.rotation[:, 0]
        shut = track.position_m - track.states.get("opening_m", 0.0) * outwards
        places = {
            "": track.position_m,
            "begin_": begin,
            "end_": begin + self._goal.distance_m * np.array([*_push(self._goal), 0.0]),
            "shut_": shut,
            "open_": shut + track.states.get("travel_m", 0.0) * outwards,
        }
        return [
            *(10 * track.size_m).tolist(),
            yaw,
            float(symmetry == 0),
            age_s / 5.0,
            1.0,
            *(number for name in PLACES for number in _near(places[name] - tool.commanded_xyz_m)),
        ]

    def _keypoint(
        self, index: int, track: SceneObject | None, look: _Look, tool: ToolState
    ) -> list[float]:
        """Return what one camera shows of one of the goal's things; see `_KEYPOINT`."""
        patches = look.patches
        embedding = patches.embedding.reshape(len(look.votes), -1)
        # Not by BLAS, which has several threads wait for each other over so little where nobody told it otherwise.
        match, nothing = np.einsum("pe,te->tp", embedding, self._encoder.scale * self._texts[[index, -1]])
        odds = np.clip(match - nothing, -30.0, 30.0)
        if track is not None:
            far = look.squared_to(track.position_m) / (2 * _ATTENTION_M**2)
            odds, match = odds - far, match - far
        probability = np.where(look.valid, 1.0 / (1.0 + np.exp(-np.clip(odds, -30.0, 30.0))), 0.0)
        weight = probability * np.exp(match - match.max())
        total = float(weight.sum())
        if total < 1e-6:
            return [0.0] * len(_KEYPOINT)
        weight = weight / total
        center = weight @ look.votes
        spread = math.sqrt(max(0.0, float(weight @ look.squared_to(center))))
        size = weight @ patches.size_m.reshape(-1, 3)
        area = math.log1p(float(probability.sum())) / 4
        return [
            *_near(center - tool.commanded_xyz_m),
            10 * spread,
            float(probability.max()),
            area,
            *(10 * size).tolist(),
        ]


def _is_near(found: list[float], track: SceneObject, tool: ToolState) -> bool:
    """Return whether what matches the words is where the thing is: an orange bottle beside its place is no red cube."""
    place_m = tool.commanded_xyz_m + NEAR_M * np.sinh(found[:3])
    return float(np.linalg.norm(place_m - track.position_m)) < _ELSEWHERE_M


def _push(goal: Goal) -> tuple[float, float]:
    """Return the direction of a push in the base frame, zeros where nothing is pushed."""
    return DIRECTIONS.get(goal.direction, (0.0, 0.0))


def _asked(goal: Goal) -> int:
    """Return which of the numbers of a skill is 1; a policy of whole tasks has theirs in the same places."""
    names = SKILLS if goal.skill in SKILLS else WHOLE_TASKS
    return names.index(goal.skill)


def _tool_numbers(tool: ToolState) -> list[float]:
    x, y, z = tool.commanded_xyz_m.tolist()
    return [
        x,
        y,
        4 * z,
        math.cos(2 * tool.commanded_yaw_rad),
        math.sin(2 * tool.commanded_yaw_rad),
        *(2 * tool.velocity_m_s).tolist(),
        *np.clip(20 * (tool.measured_xyz_m - tool.commanded_xyz_m), -2, 2).tolist(),
        tool.opening_commanded,
        tool.opening,
        tool.opening_speed_per_s,
        tool.force_n / _FORCE_UNIT_N,
    ]


def _near(offset_m: Array) -> list[float]:
    """Return an offset so that near is fine and far is coarse: 10 cm are about 1."""
    result: list[float] = np.arcsinh(np.clip(offset_m, -_FAR_M, _FAR_M) / NEAR_M).tolist()
    return result


def _height_map(glance: Glance, looks: list[_Look]) -> Array:
    """Return how high things stand around the goal's first thing, in units of 10 cm, its axes those of the thing.

    What the gripper itself covers is left out, so that it does not take its own fingers for neighbours.
    """
    heights = np.zeros((HEIGHT_CELLS, HEIGHT_CELLS))
    track = glance.tracks[0] if glance.tracks else None
    if track is None:
        return heights
    tool = glance.tool
    symmetry = max(track.yaw_symmetry, 2)
    turn = 0.0
    if track.yaw_symmetry:
        turn = math.remainder(track.pose_object_in_base.yaw_rad - tool.commanded_yaw_rad, 2 * math.pi / symmetry)
    yaw = tool.commanded_yaw_rad + turn
    reach_m = HEIGHT_EDGE_M / math.sqrt(2)
    for look in looks:
        beside = np.abs(look.points[:, :2] - track.position_m[:2])
        kept = look.points[look.valid & (beside[:, 0] < reach_m) & (beside[:, 1] < reach_m)]
        local = _turned(kept[:, :2] - track.position_m[:2], yaw)
        to_tool = _turned(kept[:, :2] - tool.measured_xyz_m[:2], tool.commanded_yaw_rad)
        above_tips = kept[:, 2] > tool.measured_xyz_m[2] - 0.02
        own = above_tips & (np.abs(to_tool[:, 0]) < 0.06) & (np.abs(to_tool[:, 1]) < 0.09)
        cells = np.floor((local / HEIGHT_EDGE_M + 0.5) * HEIGHT_CELLS).astype(int)
        inside = ((cells >= 0) & (cells < HEIGHT_CELLS)).all(1) & ~own & (kept[:, 2] < 0.3)
        np.maximum.at(heights, (cells[inside, 0], cells[inside, 1]), np.clip(kept[inside, 2], 0.0, _HEIGHT_MAX_M))
    return 10 * heights


def _turned(xy_m: Array, yaw_rad: float) -> Array:
    """Return points of the base frame in axes turned by `yaw_rad`, shape (n, 2)."""
    cosine, sine = math.cos(yaw_rad), math.sin(yaw_rad)
    turned: Array = xy_m @ np.array([[cosine, -sine], [sine, cosine]])
    return turned
