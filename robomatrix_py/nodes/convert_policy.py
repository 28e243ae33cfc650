"""Between the messages of learned skills and contracts. Every conversion from a message checks what it gets."""

from __future__ import annotations

import array

import numpy as np
from builtin_interfaces.msg import Time
from robomatrix_interfaces.msg import PolicyChunk as PolicyChunkMsg
from robomatrix_interfaces.msg import PolicyGoal as PolicyGoalMsg
from robomatrix_interfaces.msg import ToolState as ToolStateMsg

from robomatrix_py.contracts.cause import Cause
from robomatrix_py.contracts.errors import DataError
from robomatrix_py.contracts.policy import (
    AIM,
    CHUNK_DT_S,
    SKILLS,
    Goal,
    PolicyAnswer,
    PolicyChunk,
    PolicyRequest,
    ToolState,
)

_TEXTS_MAX = 2


def seconds(stamp: Time) -> float:
    """Return a time stamp in seconds."""
    return float(stamp.sec) + 1e-9 * float(stamp.nanosec)


def goal_to_msg(request: PolicyRequest, started: Time) -> PolicyGoalMsg:
    """Return a request as a message."""
    goal = request.goal
    return PolicyGoalMsg(
        number=request.number,
        started=started,
        skill=goal.skill,
        texts=list(goal.texts),
        names=list(request.names),
        direction=goal.direction,
        distance_m=goal.distance_m,
    )


def goal_from_msg(message: PolicyGoalMsg) -> PolicyRequest:
    """Return a request; its beginning is in seconds of the stamps' clock.

    Raises:
        DataError: There is no such skill, or texts and names do not fit together.
    """
    if message.skill not in SKILLS:
        raise DataError(f"unknown skill '{message.skill}'", where="policy goal", permitted=SKILLS)
    if not 1 <= len(message.texts) <= _TEXTS_MAX or len(message.names) != len(message.texts):
        raise DataError(
            f"{len(message.texts)} texts and {len(message.names)} names",
            where="policy goal",
            permitted="one or two of both",
        )
    goal = Goal(message.skill, tuple(message.texts), message.direction, message.distance_m)
    return PolicyRequest(message.number, goal, tuple(message.names), seconds(message.started))


def answer_to_msg(answer: PolicyAnswer, age_s: float) -> PolicyChunkMsg:
    """Return a chunk, or why there is none, as a message.

    Args:
        answer: The answer.
        age_s: Time since the pictures were taken.
    """
    message = PolicyChunkMsg(number=answer.number, age_s=age_s, dt_s=CHUNK_DT_S, columns=list(AIM))
    if answer.chunk is None:
        message.cause, message.message = (answer.cause or Cause.INFERENCE_ERROR).value, answer.message
        return message
    chunk = answer.chunk
    message.aims = array.array("d", np.ascontiguousarray(chunk.aims, dtype=np.float64).tobytes())
    message.progress, message.done, message.seen = chunk.progress, chunk.done, chunk.seen
    return message


def answer_from_msg(message: PolicyChunkMsg, now_s: float) -> PolicyAnswer:
    """Return an answer; one that means other columns or another time step is a failure of the policy.

    Args:
        message: The message.
        now_s: Receiver's monotonic time.
    """
    if message.cause:
        cause = Cause(message.cause) if message.cause in set(Cause) else Cause.INFERENCE_ERROR
        return PolicyAnswer(message.number, now_s, None, cause, message.message)
    if tuple(message.columns) != AIM or abs(message.dt_s - CHUNK_DT_S) > 1e-9:
        what = f"the policy answered columns {list(message.columns)} every {message.dt_s:g} s"
        return PolicyAnswer(message.number, now_s, None, Cause.INFERENCE_ERROR, what)
    aims = np.array(message.aims, dtype=np.float64)
    if aims.size % len(AIM) == 0:
        aims = aims.reshape(-1, len(AIM))
    # Clocks of two machines may differ by more than sending takes: nothing comes from the future.
    observed_s = now_s - max(0.0, message.age_s) if np.isfinite(message.age_s) else np.nan
    chunk = PolicyChunk(observed_s, aims, message.progress, message.done, message.seen)
    return PolicyAnswer(message.number, now_s, chunk)


def tool_to_msg(tool: ToolState, stamp: Time) -> ToolStateMsg:
    """Return the state of tool and gripper as a message."""
    return ToolStateMsg(
        stamp=stamp,
        commanded_xyz_m=tool.commanded_xyz_m,
        commanded_yaw_rad=tool.commanded_yaw_rad,
        velocity_m_s=tool.velocity_m_s,
        measured_xyz_m=tool.measured_xyz_m,
        opening_commanded=tool.opening_commanded,
        opening=tool.opening,
        opening_speed_per_s=tool.opening_speed_per_s,
        force_n=tool.force_n,
    )


def tool_from_msg(message: ToolStateMsg) -> ToolState:
    """Return the state of tool and gripper."""
    return ToolState(
        commanded_xyz_m=np.array(message.commanded_xyz_m),
        commanded_yaw_rad=message.commanded_yaw_rad,
        velocity_m_s=np.array(message.velocity_m_s),
        measured_xyz_m=np.array(message.measured_xyz_m),
        opening_commanded=message.opening_commanded,
        opening=message.opening,
        opening_speed_per_s=message.opening_speed_per_s,
        force_n=message.force_n,
    )
