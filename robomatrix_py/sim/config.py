"""Settings of the simulated world."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from robomatrix_py.contracts.ranges import require_ranges

DRAWER_TRAVEL_M = 0.16
"""How far a drawer opens."""
OTHERS_MAX = 61
"""So many kinds of objects there are besides three that are named: eight colours times eight shapes."""
SEED_MAX = 2**31 - 1
"""Highest seed."""


@dataclass(frozen=True)
class SensorConfig:
    """How a simulated sensor differs from the truth.

    Args:
        rate_hz: Readings a second.
        delay_s: Age of a reading when it is delivered.
        noise: Standard deviation of additive Gaussian noise, in the sensor's own unit (grey levels of 255 for
            images, m for positions and depth, rad for joints).
        drop_out: Share of readings lost, 0 to 1.
    """

    rate_hz: float
    delay_s: float = 0.0
    noise: float = 0.0
    drop_out: float = 0.0

    def __post_init__(self) -> None:
        """Check the ranges."""
        ranges = {"rate_hz": (0.1, 1000.0), "delay_s": (0.0, 5.0), "noise": (0.0, 255.0), "drop_out": (0.0, 1.0)}
        require_ranges(self, ranges)


CAMERA_FAULTS = ("none", "black", "frozen", "no_depth", "swapped", "wrong_size")
"""What can happen to a simulated camera; a swapped one draws what the next camera sees, at its own size."""


@dataclass(frozen=True)
class CameraFaultConfig:
    """What happens to a camera, to see what becomes of a task.

    Args:
        kind: One of `CAMERA_FAULTS`.
        camera: Which camera; empty: each.
        after_s: When, in simulated time.
    """

    kind: str = "none"
    camera: str = ""
    after_s: float = 0.0

    def __post_init__(self) -> None:
        """Check kind and time."""
        if self.kind not in CAMERA_FAULTS:
            raise ValueError(f"kind is {self.kind}; permitted: {', '.join(CAMERA_FAULTS)}")
        require_ranges(self, {"after_s": (0.0, 1e6)})


@dataclass(frozen=True)
class CameraSensorConfig(SensorConfig):
    """How a simulated colour and depth camera differs from the truth.

    Args:
        rate_hz: Pictures a second.
        delay_s: Age of a picture when it is delivered.
        noise: Standard deviation of the noise of colours, in grey levels of 255.
        drop_out: Share of pictures lost, 0 to 1.
        depth_noise_per_m: Standard deviation of the noise of depth at 1 m; it grows with the square of the distance,
            as a stereo camera's does. About 0.004 for an Intel RealSense D435 (0.08 px at 848 x 480, base 50 mm).
        fault: What happens to a camera.
    """

    depth_noise_per_m: float = 0.0
    fault: CameraFaultConfig = CameraFaultConfig()

    def __post_init__(self) -> None:
        """Check the ranges."""
        super().__post_init__()
        require_ranges(self, {"depth_noise_per_m": (0.0, 0.1)})


@dataclass(frozen=True)
class SimTruthConfig:
    """The perception source `sim_truth`: the simulator's state, made worse on purpose. It is no camera.

    Args:
        sensor: Rate, latency (`delay_s`), position noise in m and drop-out of single objects.
        yaw_noise_rad: Standard deviation of the noise on an object's yaw.
        occlusion: Whether objects hidden from every camera go unreported.
        visible_share_min: Share of an object that some camera must see within its picture and past other things.
    """

    sensor: SensorConfig = SensorConfig(rate_hz=20.0, delay_s=0.05, noise=0.0015)
    yaw_noise_rad: float = 0.02
    occlusion: bool = True
    visible_share_min: float = 0.2

    def __post_init__(self) -> None:
        """Check the ranges."""
        require_ranges(self, {"yaw_noise_rad": (0.0, math.pi), "visible_share_min": (0.0, 1.0)})


@dataclass(frozen=True)
class FixtureConfig:
    """A fixture and where it stands.

    Args:
        kind: One of cabinet, bin, tray, bowl, button; on a floor also one of those in `robomatrix_py.sim.rooms`.
        position_m: x, y of its centre on the ground.
        yaw_rad: Its turn about z.
        jitter_m: It is placed at random within this distance in x and in y.
        size_m: Its edge lengths, for a kind that comes in any size.
    """

    kind: str
    position_m: tuple[float, float]
    yaw_rad: float = 0.0
    jitter_m: float = 0.0
    size_m: tuple[float, float, float] | None = None

    def __post_init__(self) -> None:
        """Check the range."""
        require_ranges(self, {"jitter_m": (0.0, 1.0)})
        if self.size_m is not None and not all(0.0 < edge <= 50.0 for edge in self.size_m):
            raise ValueError(f"size_m is {self.size_m}; permitted: above 0, at most 50")


@dataclass(frozen=True)
class ZoneConfig:
    """A further area with objects of its own.

    Args:
        objects: Objects that are always there.
        min_m: Lower corner, x, y.
        max_m: Upper corner.
        height_m: Height of what they stand on.
    """

    objects: tuple[str, ...]
    min_m: tuple[float, float]
    max_m: tuple[float, float]
    height_m: float = 0.0

    def __post_init__(self) -> None:
        """Check that the area has any extent."""
        require_ranges(self, {"height_m": (0.0, 2.0)})
        if not all(low < high for low, high in zip(self.min_m, self.max_m, strict=True)):
            raise ValueError(f"min_m is {self.min_m}; permitted: below max_m {self.max_m}")


GROUNDS = ("table", "floor")
"""What a robot stands on: a table whose top is z = 0, or the floor, where it may move about."""


@dataclass(frozen=True)
class PlacedConfig:
    """A free object that stands or lies exactly where told.

    Args:
        shape: Shape word; one that the catalogue does not know becomes a box, or a cylinder if it is round.
        position_m: x, y, z of its centre in the base frame.
        size_m: Edge lengths of its bounding box in its own frame.
        color: Colour word, or empty.
        quaternion_xyzw: Its orientation in the base frame.
        yaw_symmetry: After which fraction of a turn it looks the same: 0 round, 2 half turn, 4 quarter turn.
        flat_top: Whether something can stand on it.
    """

    shape: str
    position_m: tuple[float, float, float]
    size_m: tuple[float, float, float]
    color: str = ""
    quaternion_xyzw: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 1.0)
    yaw_symmetry: int = 2
    flat_top: bool = False

    def __post_init__(self) -> None:
        """Check the ranges."""
        for key, values, low, high in (("position_m", self.position_m, -3.0, 3.0), ("size_m", self.size_m, 0.002, 1.0)):
            if not all(low <= value <= high for value in values):
                raise ValueError(f"{key} is {values}; permitted: {low:g} to {high:g} each")
        if not 0.99 <= math.hypot(*self.quaternion_xyzw) <= 1.01:
            raise ValueError(f"quaternion_xyzw is {self.quaternion_xyzw}; permitted: of length 1")


@dataclass(frozen=True)
class SceneConfig:
    """What stands where.

    Args:
        name: Scene name.
        fixtures: By name.
        objects: Objects that are always there, ``<color>_<shape>`` with an optional ``_<number>``.
        extra_min: At least so many others, drawn at random.
        extra_max: At most so many others.
        zone_min_m: Lower corner of the area where objects are placed, x, y.
        zone_max_m: Upper corner.
        gap_m: Least free distance between two objects.
        scale_min: Smallest size factor of an object.
        scale_max: Largest.
        drawer_open_m: How far the drawer stands open at the start.
        ground: One of `GROUNDS`; its height is z = 0. On a floor the robot begins at the origin, looking along x.
        zone_height_m: Height of what the objects stand on.
        more: Further areas with objects.
        placed: Further objects by name, each exactly where told.
        arm_rad: Where the arm's joints are at the start; None: at home.
    """

    name: str
    fixtures: dict[str, FixtureConfig]
    objects: tuple[str, ...] = ("red_cube", "green_ball", "blue_can")
    extra_min: int = 3
    extra_max: int = 5
    zone_min_m: tuple[float, float] = (0.28, -0.24)
    zone_max_m: tuple[float, float] = (0.56, 0.10)
    gap_m: float = 0.035
    scale_min: float = 0.95
    scale_max: float = 1.08
    drawer_open_m: float = 0.0
    ground: str = "table"
    zone_height_m: float = 0.0
    more: tuple[ZoneConfig, ...] = ()
    placed: dict[str, PlacedConfig] = field(default_factory=dict)
    arm_rad: tuple[float, ...] | None = None

    def __post_init__(self) -> None:
        """Check the ranges and that every minimum is below its maximum."""
        if self.ground not in GROUNDS:
            raise ValueError(f"ground is {self.ground}; permitted: {', '.join(GROUNDS)}")
        ranges = {
            "extra_max": (0, OTHERS_MAX),
            "gap_m": (0.0, 1.0),
            "scale_max": (0.1, 2.0),
            "drawer_open_m": (0.0, DRAWER_TRAVEL_M),
            "zone_height_m": (0.0, 2.0),
        }
        require_ranges(self, ranges)
        require_ranges(self, {"extra_min": (0, self.extra_max), "scale_min": (0.1, self.scale_max)})
        if not all(low < high for low, high in zip(self.zone_min_m, self.zone_max_m, strict=True)):
            raise ValueError(f"zone_min_m is {self.zone_min_m}; permitted: below zone_max_m {self.zone_max_m}")


BASE_BACKENDS = ("planar", "trot")
"""How a simulated base moves: it glides as told, or, if it has legs, it walks."""


@dataclass(frozen=True)
class BaseSimConfig:
    """A simulated base.

    Args:
        backend: One of `BASE_BACKENDS`.
        odometry: Rate and delay of odometry; its `noise` is the standard deviation of the share by which it misjudges
            way and turns, drawn once a seed.
        ranging_noise_m: Standard deviation of the noise of distances.
        command_timeout_s: Silence in motion after which the base's driver comes to a standstill by itself.
    """

    backend: str = "planar"
    odometry: SensorConfig = SensorConfig(rate_hz=50.0, delay_s=0.0, noise=0.004)
    ranging_noise_m: float = 0.01
    command_timeout_s: float = 0.1

    def __post_init__(self) -> None:
        """Check kind and ranges."""
        if self.backend not in BASE_BACKENDS:
            raise ValueError(f"backend is {self.backend}; permitted: {', '.join(BASE_BACKENDS)}")
        require_ranges(self, {"ranging_noise_m": (0.0, 0.5), "command_timeout_s": (0.01, 1.0)})


@dataclass(frozen=True)
class SimConfig:
    """The simulated world.

    Args:
        scene: What stands on the table.
        seed: Everything random follows from it.
        timestep_s: Physics step.
        truth: The perception source.
        joints: The joint encoders.
        cameras: All cameras.
        depth: Whether cameras also deliver depth.
        depth_rate_hz: Depth images a second, at most: in software each costs as much to draw as a coloured one.
        command_timeout_s: Silence during motion after which the arm driver holds by itself.
        base: The base, where the robot has one.
    """

    scene: SceneConfig
    seed: int = 0
    timestep_s: float = 0.002
    truth: SimTruthConfig = field(default_factory=SimTruthConfig)
    joints: SensorConfig = SensorConfig(rate_hz=100.0)
    cameras: CameraSensorConfig = CameraSensorConfig(rate_hz=30.0)
    depth: bool = True
    depth_rate_hz: float = 10.0
    command_timeout_s: float = 0.1
    base: BaseSimConfig = BaseSimConfig()

    def __post_init__(self) -> None:
        """Check the ranges."""
        require_ranges(self, {"seed": (0, SEED_MAX), "timestep_s": (0.0001, 0.005)})
        require_ranges(self, {"command_timeout_s": (0.01, 1.0), "depth_rate_hz": (0.1, 1000.0)})
