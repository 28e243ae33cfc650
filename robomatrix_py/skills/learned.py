"""A learned skill: follows the chunks of a policy, and knows when it is done, stuck, blind or without answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from robomatrix_py.contracts.cause import Cause
from robomatrix_py.contracts.geometry import Array
from robomatrix_py.contracts.policy import PolicyAnswer, PolicyChunk, PolicyRequest
from robomatrix_py.contracts.scene import Affordance
from robomatrix_py.skills.chunks import ChunkFollower
from robomatrix_py.skills.config import LearnedConfig
from robomatrix_py.skills.context import SkillContext, SkillFailure
from robomatrix_py.skills.scripted.motion import Script
from robomatrix_py.skills.workspace import within_workspace

# Rounded to such steps, so that a speed that hardly changes does not make the servo plan anew.
_SPEED_STEP = 0.05
_STILL_M_S = 0.03
_RISE = 0.02
# Progress that falls by so much begins anew, so often: an attempt that went wrong may be tried again.
_FALL = 0.15
_FALLS_MAX = 4


class PolicyPort(Protocol):
    """The way to the policy. Nothing here blocks."""

    def ask(self, request: PolicyRequest) -> None:
        """Ask for chunks; they come until `finish`."""

    def answers(self) -> Sequence[PolicyAnswer]:
        """Return what has arrived since the last call, in the order of arrival."""

    def finish(self) -> None:
        """No more chunks are wanted."""


def learned(context: SkillContext, port: PolicyPort, request: PolicyRequest, follower: ChunkFollower) -> Script:
    """Do what a policy says until it says that it is done.

    Args:
        context: The arm and its readings.
        port: The way to the policy.
        request: What to do.
        follower: Says which aim is due; keeps the ledger.
    """
    config = context.config.learned
    watch = _Watch(request, config, context.time_s)
    context.stage("wait", 0.0)
    port.ask(request)
    try:
        while not watch.done:
            for answer in port.answers():
                if answer.number == request.number and _take(follower, answer):
                    assert answer.chunk is not None  # noqa: S101  taken
                    watch.hear(context, answer.chunk)
            watch.check(context)
            aim = follower.aim(context.now_s)
            # What was never seen is not reached for.
            if aim is not None and watch.seen_once:
                _follow(context, aim)
            yield
    finally:
        port.finish()
    return f"the policy has finished {request.goal.skill} after {len(follower.ledger)} chunks"


def _take(follower: ChunkFollower, answer: PolicyAnswer) -> bool:
    """Return whether an answer brought a chunk that is to be followed.

    Raises:
        SkillFailure: The policy failed, or its answer is unusable.
    """
    if answer.chunk is None:
        raise SkillFailure(answer.cause or Cause.INFERENCE_ERROR, answer.message or "the policy failed")
    try:
        return follower.take(answer.chunk, answer.received_s)
    except ValueError as error:
        raise SkillFailure(Cause.INFERENCE_ERROR, f"the policy answered {error}") from error


def _follow(context: SkillContext, aim: Array) -> None:
    x, y, z, yaw, opening, share = aim.tolist()
    share = float(np.clip(round(share / _SPEED_STEP) * _SPEED_STEP, _SPEED_STEP, 1.0))
    context.servo.aim(within_workspace(context.robot, np.array([x, y, z])), yaw, share)
    context.servo.grip(opening)


class _Watch:
    """Whether the skill goes on as it should."""

    def __init__(self, request: PolicyRequest, config: LearnedConfig, now_s: float) -> None:
        self._request = request
        self._config = config
        self._heard_s: float | None = None
        self._began_s = now_s
        self._first_s = now_s
        self._seen_s: float | None = None
        self._done_since_s: float | None = None
        self._progress = 0.0
        self._progress_s = now_s
        self._falls = 0
        self._now_s = now_s

    @property
    def seen_once(self) -> bool:
        """Whether the goal's first thing was ever seen."""
        return self._seen_s is not None

    @property
    def done(self) -> bool:
        """Whether the policy has said for long enough that it is done."""
        since_s = self._done_since_s
        return since_s is not None and self._now_s - since_s >= self._config.done_s - 1e-9

    def hear(self, context: SkillContext, chunk: PolicyChunk) -> None:
        """Take in what a chunk says besides its aims."""
        config, now_s = self._config, context.time_s
        if self._heard_s is None:
            self._first_s = self._progress_s = now_s
        self._heard_s = now_s
        if chunk.seen >= config.seen_min or context.holding:
            self._seen_s = now_s
        rose, fell = chunk.progress > self._progress + _RISE, chunk.progress < self._progress - _FALL
        if rose or (fell and self._falls < _FALLS_MAX):
            self._falls += fell
            self._progress, self._progress_s = chunk.progress, now_s
        stage = "act" if self.seen_once else "find"
        if chunk.done < config.done_min:
            self._done_since_s = None
        else:
            stage = "settle"
            if self._done_since_s is None and self.seen_once:
                self._done_since_s = now_s
        context.stage(stage, float(np.clip(chunk.progress, 0.0, 1.0)))

    def check(self, context: SkillContext) -> None:
        """See whether the skill may go on.

        Raises:
            SkillFailure: It may not.
        """
        self._now_s = now_s = context.time_s
        if float(np.linalg.norm(context.servo.velocity_m_s)) > _STILL_M_S and self._done_since_s is not None:
            self._done_since_s = now_s
        self._check_answers(context)
        if self._heard_s is None:
            return
        config, what = self._config, self._request.goal.texts[0] if self._request.goal.texts else "the goal"
        if self._seen_s is None:
            if now_s - self._first_s > config.find_s:
                raise SkillFailure(Cause.UNKNOWN_OBJECT, f"no {what} is seen")
        elif self._may_leave(context) and now_s - self._seen_s > context.config.unseen_max_s:
            unseen_s = now_s - self._seen_s
            raise SkillFailure(Cause.UNKNOWN_OBJECT, f"{what} has been out of sight for {unseen_s:.1f} s")
        if now_s - self._progress_s > config.stuck_s and self._done_since_s is None:
            stuck_s, share = now_s - self._progress_s, 100 * self._progress
            raise SkillFailure(Cause.NO_PROGRESS, f"no progress for {stuck_s:.1f} s, at {share:.0f} %")

    def _may_leave(self, context: SkillContext) -> bool:
        """Return whether the goal's first thing can go away: furniture that the hand hides is still there."""
        item = context.known(self._request.names[0])
        return item is None or Affordance.MOVABLE in item.affordances

    def _check_answers(self, context: SkillContext) -> None:
        config = self._config
        if self._heard_s is None:
            silent_s, limit_s = context.time_s - self._began_s, config.first_chunk_s
        else:
            silent_s, limit_s = context.time_s - self._heard_s, config.silence_s
        if silent_s <= limit_s:
            return
        # Not every picture is answered: the last one may have come a while after the last chunk.
        unanswered_s = min(1.0 / config.rate_hz, limit_s / 2)
        if context.scene_age_s > min(limit_s, context.config.scene_age_max_s) - unanswered_s:
            raise SkillFailure(
                Cause.STALE_OBSERVATION, f"no pictures and so no chunk of the policy for {silent_s:.1f} s"
            )
        raise SkillFailure(Cause.INFERENCE_LATE, f"no chunk of the policy for {silent_s:.1f} s")
