"""Serves skills by a policy: requests and sights in, chunks out. The same in lock-step and over ROS."""

from __future__ import annotations

from dataclasses import replace

from robomatrix_py.contracts.cause import Cause
from robomatrix_py.contracts.errors import ConfigError, RobomatrixError
from robomatrix_py.contracts.policy import PolicyAnswer, PolicyRequest, SkillPolicy
from robomatrix_py.runtime.eyes import Gaze, Sight
from robomatrix_py.skills.tool_state import ToolHistory

# Pictures come in their own time: one that comes a little early is not left for the next.
_EARLY_S = 0.03


class PolicyServer:
    """Holds a policy and what it knows of the skill under way. No ROS, no clock, no threads.

    Args:
        policy: The policy.
        rate_hz: It answers to at most so many sights a second. With a chunk of every sight, only the first rows of each
            would ever be followed, and what a chunk is about to do would never come.
    """

    def __init__(self, policy: SkillPolicy, rate_hz: float) -> None:
        self._policy = policy
        self._period_s = 1.0 / rate_hz - _EARLY_S
        self._next_s = 0.0
        self._gaze = Gaze()
        self._request: PolicyRequest | None = None
        self.tools = ToolHistory()

    def start(self, request: PolicyRequest, now_s: float) -> PolicyAnswer | None:
        """Begin a skill; return why that cannot be, or None."""
        self._request = None
        self._next_s = 0.0
        self.tools.clear()
        try:
            self._policy.start(request.goal)
        except ConfigError as error:
            # Words that the encoder was never taught name nothing that it could see.
            cause = Cause.UNKNOWN_OBJECT if error.where == "text" else Cause.INFERENCE_ERROR
            return PolicyAnswer(request.number, now_s, None, cause, str(error))
        self._gaze.start(request.names, request.started_s)
        self._request = request
        return None

    def stop(self) -> None:
        """No more chunks are wanted."""
        self._request = None

    def see(self, sight: Sight, now_s: float) -> PolicyAnswer | None:
        """Return the policy's answer to a sight, or None where there is none yet.

        That is so where no skill is under way, the arm is not known, or the last answer is not old enough.

        Args:
            sight: What is seen.
            now_s: Monotonic time.
        """
        self._gaze.notice(sight)
        request, tool = self._request, self.tools.at(sight.taken_s)
        if request is None:
            return None
        if sight.faults:
            return self._refusal(request, sight, now_s)
        if tool is None or sight.taken_s < max(request.started_s, self._next_s):
            return None
        self._next_s = sight.taken_s + self._period_s
        try:
            chunk = self._policy.act(self._gaze.glance(sight, tool))
        except (RobomatrixError, ArithmeticError, ValueError, RuntimeError) as error:
            self._request = None
            message = f"the policy failed: {str(error).splitlines()[0] if str(error) else type(error).__name__}"
            return PolicyAnswer(request.number, now_s, None, Cause.INFERENCE_ERROR, message)
        return PolicyAnswer(request.number, now_s, replace(chunk, observed_s=sight.taken_s))

    def _refusal(self, request: PolicyRequest, sight: Sight, now_s: float) -> PolicyAnswer | None:
        """Give up where a camera stays out of order; until then say nothing: it may come back at the next look."""
        for fault in sight.faults:
            if fault.lasting:
                self._request = None
                return PolicyAnswer(request.number, now_s, None, fault.cause, fault.message)
        return None
