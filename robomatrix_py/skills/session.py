"""One skill from asking for the lease to giving it back; the same over ROS and in lock-step."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import Protocol

from robomatrix_py.contracts.action import ActionChunk
from robomatrix_py.contracts.cause import Cause
from robomatrix_py.contracts.execution import SkillProgress
from robomatrix_py.contracts.geometry import Array
from robomatrix_py.contracts.skill import SkillCall
from robomatrix_py.contracts.verdict import Verdict
from robomatrix_py.skills.runner import SkillRunner

# The gate answers within milliseconds; while it still brakes from the last motion it refuses for some tenths of
# a second.
_LEASE_PATIENCE_S = 2.0


@dataclass(frozen=True, eq=False)
class LeaseAnswer:
    """What the gate answered to the wish for a lease.

    Args:
        token: Secret to send with every chunk; empty where the lease was refused.
        rest: Command at which the robot rests, shape (dims,).
        cause: Cause code of a refusal.
        message: Why it was refused.
        again: Whether asking again soon may help.
    """

    token: str
    rest: Array
    cause: Cause = Cause.LEASE_LOST
    message: str = ""
    again: bool = False


class GatePort(Protocol):
    """The way to the gate. Nothing here blocks."""

    def ask_lease(self) -> None:
        """Ask for a lease on the whole robot; the answer comes later."""

    def lease_answer(self) -> LeaseAnswer | None:
        """Return the answer once it is there."""

    def send(self, chunk: ActionChunk, token: str) -> None:
        """Send a chunk."""

    def give_back(self, token: str) -> None:
        """Give the lease back; a motion under way is braked."""


class _Phase(Enum):
    IDLE = auto()
    LEASING = auto()
    RUNNING = auto()


class SkillSession:
    """Holds the lease while the runner runs.

    Args:
        runner: Runs the skill.
        gate: The way to the gate.
    """

    def __init__(self, runner: SkillRunner, gate: GatePort) -> None:
        self._runner = runner
        self._gate = gate
        self._phase = _Phase.IDLE
        self._call = SkillCall("")
        self._deadline_s = 0.0
        self._began_s = 0.0
        self._token = ""
        self._report: Verdict | None = None

    @property
    def busy(self) -> bool:
        """Whether a skill is under way."""
        return self._phase is not _Phase.IDLE

    @property
    def holding_lease(self) -> bool:
        """Whether the gate has given the lease and it was not given back."""
        return self._phase is _Phase.RUNNING

    @property
    def progress(self) -> SkillProgress:
        """How far the skill is, with its own account once it has ended."""
        if self._phase is _Phase.RUNNING:
            return self._runner.progress
        stage = self._runner.progress.stage if self._report else "lease"
        return SkillProgress(stage, 1.0 if self._report else 0.0, report=self._report)

    def start(self, call: SkillCall, deadline_s: float, now_s: float) -> None:
        """Start a skill; whether it can run shows in `progress`."""
        self._call = call
        self._deadline_s = deadline_s
        self._began_s = now_s
        self._token = ""
        self._report = self._runner.check(call)
        if self._report is None:
            self._phase = _Phase.LEASING
            self._gate.ask_lease()

    def tick(self, now_s: float, observed_s: float) -> None:
        """Go on by one control step."""
        if self._phase is _Phase.LEASING:
            self._await_lease(now_s)
        if self._phase is _Phase.RUNNING:
            chunk = self._runner.step(now_s, observed_s)
            if chunk is not None:
                self._gate.send(chunk, self._token)
                base_chunk = self._runner.base_chunk
                if base_chunk is not None and self.holding_lease:
                    self._gate.send(base_chunk, self._token)
                shot = self._runner.take_shot(now_s, observed_s)
                if shot is not None and self.holding_lease:
                    self._gate.send(shot, self._token)
            elif not self._runner.running:
                self._end(self._runner.progress.report)

    def lost(self, cause: Cause, message: str) -> None:
        """The gate has ended the lease: the skill fails with the gate's reason."""
        if self.busy:
            self._runner.end(cause, message)
            self._end(self._runner.progress.report or Verdict.failure(cause, message, "lease"))

    def cancel(self) -> None:
        """End the skill because whoever asked for it withdrew."""
        self.lost(Cause.CANCELLED, "cancelled")

    def _await_lease(self, now_s: float) -> None:
        answer = self._gate.lease_answer()
        late = now_s - self._began_s > _LEASE_PATIENCE_S
        if answer is None:
            if late:
                self._end(Verdict.failure(Cause.LEASE_LOST, "the gate does not answer", "lease"))
        elif answer.token:
            self._token = answer.token
            self._runner.start(self._call, self._deadline_s, answer.rest, now_s)
            self._phase = _Phase.RUNNING
        elif answer.again and not late:
            self._gate.ask_lease()
        else:
            self._end(Verdict.failure(answer.cause, answer.message, "lease"))

    def _end(self, report: Verdict | None) -> None:
        self._report = report or Verdict.failure(Cause.INFERENCE_ERROR, "the skill ended without a report")
        self._phase = _Phase.IDLE
        if self._token:
            self._gate.give_back(self._token)
            self._token = ""
