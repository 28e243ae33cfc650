"""A learned policy in lock-step: looks at its rate, answers after its latency, all on simulated time."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import replace

from robomatrix_py.contracts.policy import PolicyAnswer, PolicyRequest, SkillPolicy, ToolState
from robomatrix_py.runtime.eyes import Sight
from robomatrix_py.runtime.policy_server import PolicyServer
from robomatrix_py.skills.config import LearnedConfig

_EARLY_S = 1e-6


class LockstepPolicy:
    """The way to a policy in the same process (a :class:`~robomatrix_py.skills.learned.PolicyPort`).

    Args:
        policy: The policy.
        config: How often it looks and how long it thinks.
    """

    def __init__(self, policy: SkillPolicy, config: LearnedConfig) -> None:
        self._server = PolicyServer(policy, config.rate_hz)
        self._config = config
        self._now_s = 0.0
        self._seen_s = -1.0
        self._on_the_way: deque[PolicyAnswer] = deque()

    def ask(self, request: PolicyRequest) -> None:
        """Begin a skill."""
        self._on_the_way.clear()
        refusal = self._server.start(request, self._now_s)
        if refusal is not None:
            self._on_the_way.append(refusal)

    def answers(self) -> Sequence[PolicyAnswer]:
        """Return what has arrived since the last call."""
        arrived = []
        while self._on_the_way and self._on_the_way[0].received_s <= self._now_s + _EARLY_S:
            arrived.append(self._on_the_way.popleft())
        return arrived

    def finish(self) -> None:
        """No more chunks are wanted."""
        self._server.stop()
        self._on_the_way.clear()

    def note(self, tool: ToolState | None, now_s: float) -> None:
        """Take in the state of tool and gripper, None while no skill runs."""
        if tool is not None:
            self._server.tools.add(now_s, tool)

    def update(self, sight: Sight | None, now_s: float) -> None:
        """Have the policy look if there is something new to see.

        Args:
            sight: The newest sight.
            now_s: Simulated time.
        """
        self._now_s = now_s
        if sight is None or sight.taken_s <= self._seen_s:
            return
        self._seen_s = sight.taken_s
        answer = self._server.see(sight, now_s)
        if answer is not None:
            self._on_the_way.append(replace(answer, received_s=now_s + self._config.latency_s))
