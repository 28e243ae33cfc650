"""What goes over DDS: the types of Unitree's `unitree_api` and `unitree_go`, field by field.

Source: message definitions of unitreerobotics/unitree_ros2. Imported only where cyclonedds is installed. Types of
fields are read when the module loads, so that annotations must not be postponed here.
"""

from dataclasses import dataclass

from cyclonedds.idl import IdlStruct
from cyclonedds.idl.annotations import autoid, final
from cyclonedds.idl.types import array, float32, int16, int32, int64, sequence, uint8, uint32

_API = "unitree_api.msg.dds_."
_GO = "unitree_go.msg.dds_."


@dataclass
@final
@autoid("sequential")
class RequestIdentity(IdlStruct, typename=_API + "RequestIdentity_"):
    """Which request it is, and what it asks for."""

    id: int64
    api_id: int64


@dataclass
@final
@autoid("sequential")
class RequestLease(IdlStruct, typename=_API + "RequestLease_"):
    """Who may ask; 0: anybody."""

    id: int64


@dataclass
@final
@autoid("sequential")
class RequestPolicy(IdlStruct, typename=_API + "RequestPolicy_"):
    """How it is to be served."""

    priority: int32
    noreply: bool


@dataclass
@final
@autoid("sequential")
class RequestHeader(IdlStruct, typename=_API + "RequestHeader_"):
    """Head of a request."""

    identity: RequestIdentity
    lease: RequestLease
    policy: RequestPolicy


@dataclass
@final
@autoid("sequential")
class Request(IdlStruct, typename=_API + "Request_"):
    """A request; its parameter is JSON."""

    header: RequestHeader
    parameter: str
    binary: sequence[uint8]


@dataclass
@final
@autoid("sequential")
class ResponseStatus(IdlStruct, typename=_API + "ResponseStatus_"):
    """How it went; 0: well."""

    code: int32


@dataclass
@final
@autoid("sequential")
class ResponseHeader(IdlStruct, typename=_API + "ResponseHeader_"):
    """Head of a response."""

    identity: RequestIdentity
    status: ResponseStatus


@dataclass
@final
@autoid("sequential")
class Response(IdlStruct, typename=_API + "Response_"):
    """What a request is answered with."""

    header: ResponseHeader
    data: str
    binary: sequence[uint8]


@dataclass
@final
@autoid("sequential")
class TimeSpec(IdlStruct, typename=_GO + "TimeSpec_"):
    """The robot's own time."""

    sec: int32
    nanosec: uint32


@dataclass
@final
@autoid("sequential")
class ImuState(IdlStruct, typename=_GO + "IMUState_"):
    """Orientation (quaternion w, x, y, z), rad/s, m/s2, rad, degrees Celsius."""

    quaternion: array[float32, 4]
    gyroscope: array[float32, 3]
    accelerometer: array[float32, 3]
    rpy: array[float32, 3]
    temperature: uint8


@dataclass
@final
@autoid("sequential")
class PathPoint(IdlStruct, typename=_GO + "PathPoint_"):
    """A point of a planned way."""

    t_from_start: float32
    x: float32
    y: float32
    yaw: float32
    vx: float32
    vy: float32
    vyaw: float32


@dataclass
@final
@autoid("sequential")
class SportModeState(IdlStruct, typename=_GO + "SportModeState_"):
    """How the robot stands and walks: m, m/s, rad/s, N."""

    stamp: TimeSpec
    error_code: uint32
    imu_state: ImuState
    mode: uint8
    progress: float32
    gait_type: uint8
    foot_raise_height: float32
    position: array[float32, 3]
    body_height: float32
    velocity: array[float32, 3]
    yaw_speed: float32
    range_obstacle: array[float32, 4]
    foot_force: array[int16, 4]
    foot_position_body: array[float32, 12]
    foot_speed_body: array[float32, 12]
    path_point: array[PathPoint, 10]
