"""The gate: the only writer of motor commands.

It refuses and never clamps, judges a whole chunk before its first step, holds the lease of each resource, stops
when commands or joint states go stale by its own monotonic clock, and latches a protective stop that only an
explicit reset leaves. It has no threads and no clock of its own: the caller passes the monotonic time to every
call.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from robomatrix_py.contracts.action import ActionChunk, ActionSpace, BaseCommand, JointCommand
from robomatrix_py.contracts.cause import Cause
from robomatrix_py.contracts.geometry import Array
from robomatrix_py.contracts.observation import BaseState, JointState
from robomatrix_py.contracts.robot import RobotDescription
from robomatrix_py.safety.base_motion import BaseMotion
from robomatrix_py.safety.config import GateConfig
from robomatrix_py.safety.following import Following
from robomatrix_py.safety.lease import Lease, LeaseTable
from robomatrix_py.safety.limits import MotionLimits
from robomatrix_py.safety.reading import is_usable
from robomatrix_py.safety.refusal import Refusal, RefusalCode
from robomatrix_py.safety.stop import GateMode, StopRamp, StopReason
from robomatrix_py.safety.track import Track
from robomatrix_py.safety.trigger import Trigger
from robomatrix_py.safety.watchdog import OwnLateness, Watchdog


@dataclass(frozen=True)
class GateStatus:
    """What the gate says of itself.

    Args:
        mode: What it is doing.
        holder: Name of the lease holder, or empty.
        lease_number: Number of the newest lease, 0 before the first.
        stop: Why it stopped last; None after a reset and before the first stop.
        refusal: The last refused chunk, or None.
        chunks_accepted: Count since start.
        chunks_refused: Count since start.
    """

    mode: GateMode
    holder: str
    lease_number: int
    stop: StopReason | None
    refusal: Refusal | None
    chunks_accepted: int
    chunks_refused: int


class Gate:
    """Admits chunks of one lease holder and turns them into commands at the gate's rate.

    Args:
        robot: Limits, workspace and home of the robot; without limits there is no description and no gate.
        config: Timeouts and rate.
    """

    def __init__(self, robot: RobotDescription, config: GateConfig) -> None:
        self._robot = robot
        self._config = config
        limits = MotionLimits(robot)
        self._arm = Track(ActionSpace.JOINT_POSITION, limits.names, limits.judge, config)
        self._base = BaseMotion(robot.base, config) if robot.base else None
        blaster = robot.base.blaster if robot.base else None
        self._trigger = Trigger(blaster, enabled=config.shooting) if blaster else None
        self._following = Following(robot, config)
        self._leases = LeaseTable(frozenset(robot.resources))
        self._lease: Lease | None = None
        self._mode = GateMode.STARTING
        self._stop: StopReason | None = None
        self._refusal: Refusal | None = None
        self._accepted = 0
        self._refused = 0
        self._ramp: StopRamp | None = None
        self._joints: JointState | None = None
        self._command: Array | None = None
        self._command_watchdog = Watchdog(config.command_timeout_s)
        self._lease_watchdog = Watchdog(config.lease_timeout_s)
        self._joint_watchdog = Watchdog(config.joint_state_timeout_s)
        self._lateness = OwnLateness(1.0 / config.rate_hz, config.own_lateness_max_s)

    @property
    def status(self) -> GateStatus:
        """What the gate is doing and why it stopped."""
        holder = self._lease.holder if self._lease else ""
        return GateStatus(
            self._mode, holder, self._leases.given, self._stop, self._refusal, self._accepted, self._refused
        )

    def observe(self, joints: JointState, now_s: float) -> None:
        """Take a joint state in. One that is incomplete, not finite or impossible counts as not received."""
        elapsed_s = self._joint_watchdog.age_s(now_s) + self._config.joint_state_timeout_s
        if not is_usable(joints, self._joints, elapsed_s, self._robot):
            return
        self._joints = joints
        self._joint_watchdog.feed(now_s)
        if self._mode is GateMode.STARTING:
            self._mode = GateMode.STOPPED if self.latched else GateMode.HOLDING

    def observe_base(self, state: BaseState, now_s: float) -> None:
        """Take odometry in. A reading that is not finite or impossible counts as not received."""
        if self._base is not None:
            self._base.observe(state, now_s)

    @property
    def latched(self) -> bool:
        """Whether a protective stop is latched, also while still braking."""
        return self._stop is not None and self._stop.latched

    def acquire(self, holder: str, resources: tuple[str, ...], now_s: float) -> Lease | Refusal:
        """Lease resources to a holder, who must send a first chunk within `lease_timeout_s`."""
        if self._stop is not None and self._stop.latched:
            return Refusal(RefusalCode.STOPPED, f"protective stop is latched: {self._stop.message}")
        if self._joints is None or self._joint_watchdog.expired(now_s):
            return Refusal(RefusalCode.NOT_READY, "no fresh joint state: is the driver running?")
        if self._base is not None and not self._base.ready(now_s):
            return Refusal(RefusalCode.NOT_READY, "no fresh odometry: is the base's driver running?")
        if self._mode is GateMode.STOPPING:
            return Refusal(RefusalCode.NOT_READY, "still braking")
        if set(resources) != set(self._robot.resources):
            # A chunk moves the arm and the gripper together, so nobody may hold one of them alone.
            permitted = sorted(self._robot.resources)
            return Refusal(RefusalCode.LEASE, f"cannot lease {sorted(resources)}; permitted: {permitted}")
        lease = self._leases.acquire(holder, resources, self._following.rest_command(self._joints, self._command))
        if isinstance(lease, Refusal):
            return lease
        self._lease = lease
        self._command = lease.rest
        self._arm.begin()
        if self._base is not None:
            self._base.begin()
        self._refusal = None
        self._lease_watchdog.feed(now_s)
        self._mode = GateMode.MOVING
        return lease

    def release(self, token: str, now_s: float) -> Refusal | None:
        """End a lease. A motion that is still under way is braked."""
        lease = self._leases.find(token)
        if lease is None:
            return Refusal(RefusalCode.LEASE, "no lease has this token")
        message = f"{lease.holder} gave its lease back"
        self._end_motion(now_s, StopReason(Cause.CANCELLED, message, latched=False))
        return None

    def submit(self, chunk: ActionChunk, token: str, now_s: float) -> Refusal | None:
        """Judge a chunk as a whole and put it on the time line; None means accepted.

        A refused chunk of the lease holder ends the lease with a controlled stop. A chunk with another token
        is refused and changes nothing for the holder.
        """
        if self._lease is None or self._leases.find(token) is not self._lease:
            held = f"; held by {self._lease.holder}" if self._lease else ""
            code = RefusalCode.STOPPED if self._mode is GateMode.STOPPED else RefusalCode.LEASE
            return self._refuse(Refusal(code, f"the sender holds no lease{held}"))
        refusal = self._admit(chunk, self._lease, now_s)
        if refusal is None:
            self._accepted += 1
            self._command_watchdog.feed(now_s)
            self._lease_watchdog.disarm()
            return None
        self._end_motion(now_s, StopReason(refusal.cause, str(refusal), latched=False))
        return self._refuse(refusal)

    def request_stop(self, source: str, now_s: float, cause: Cause = Cause.STOPPED) -> None:
        """Latch the protective stop. Always granted, in every mode."""
        self._end_motion(now_s, StopReason(cause, f"stop requested by {source}", latched=True))

    def fault(self, cause: Cause, message: str, now_s: float) -> None:
        """Latch the protective stop because of a fault, such as a second command publisher."""
        self._end_motion(now_s, StopReason(cause, message, latched=True))

    def reset(self, now_s: float) -> Refusal | None:
        """Leave the latched stop; a new lease and a new goal are needed before anything moves."""
        if self._mode is GateMode.MOVING:
            return None  # nothing is latched, and whoever moves goes on
        if self._mode is GateMode.STOPPING:
            return Refusal(RefusalCode.NOT_READY, "still braking")
        if self._joint_watchdog.expired(now_s) or self._joints is None:
            return Refusal(RefusalCode.NOT_READY, "no fresh joint state: is the driver running?")
        self._stop = None
        self._refusal = None
        self._mode = GateMode.HOLDING
        return None

    def tick(self, now_s: float) -> JointCommand | None:
        """Advance to a time; return the command for the driver, or None while there is nothing to command."""
        self._watch(now_s)
        if self._mode is GateMode.MOVING and self._arm.timeline is not None:
            command, velocity = self._arm.timeline.at(now_s)
            if self._command is None or not self._following.is_leap(command, self._command):
                return self._to_driver(command, velocity)
            message = "the gate's own loop was late: it would go on with a leap"
            self.fault(Cause.DRIVER_FAULT, message, now_s)
        if self._mode is GateMode.STOPPING and self._ramp is not None and self._command is not None:
            position, velocity = self._ramp.at(now_s)
            command, velocity = np.append(position, self._command[-1]), np.append(velocity, 0.0)
            late = self._following.is_leap(command, self._command)
            if late or self._ramp.over(now_s):
                self._ramp = None
                self._end_braking(now_s)
            if late:
                # The arm stands at the last command it was given: it stays there.
                command, velocity = self._command, np.zeros_like(velocity)
            return self._to_driver(command, velocity)
        self._end_braking(now_s)
        return None

    def base_command(self, now_s: float) -> BaseCommand | None:
        """Return the command for the base's driver after a :meth:`tick`, or None while there is nothing to command."""
        return self._base.command(now_s) if self._base is not None else None

    def shot(self) -> bool:
        """Return whether a shot is due after a :meth:`tick`; it is said once."""
        return self._trigger is not None and self._trigger.take()

    def _end_braking(self, now_s: float) -> None:
        """Arm and base brake at once, each for as long as it takes: standing is when both stand."""
        if self._mode is GateMode.STOPPING and self._ramp is None and (self._base is None or self._base.braked(now_s)):
            self._mode = GateMode.STOPPED if self.latched else GateMode.HOLDING

    def _watch(self, now_s: float) -> None:
        """Stop on silence of the holder or the driver, and on a robot that does not follow."""
        excused_s = self._lateness.excused_s(now_s)
        for watchdog in (self._command_watchdog, self._lease_watchdog, self._joint_watchdog):
            watchdog.excuse(excused_s, now_s)
        if self._base is not None:
            self._base.excuse(excused_s, now_s)
        lease, joints, command = self._lease, self._joints, self._command
        if lease is None or joints is None or command is None:
            return
        if self._joint_watchdog.expired(now_s):
            age_ms = 1e3 * self._joint_watchdog.age_s(now_s)
            self.fault(Cause.STALE_OBSERVATION, f"joint states are {age_ms:.0f} ms old", now_s)
        elif self._lease_watchdog.expired(now_s):
            reason = StopReason(Cause.LEASE_LOST, f"{lease.holder} leased but sent no command", latched=False)
            self._end_motion(now_s, reason)
        elif self._command_watchdog.expired(now_s):
            age_ms = 1e3 * self._command_watchdog.age_s(now_s)
            self.fault(Cause.LEASE_LOST, f"no command from {lease.holder} for {age_ms:.0f} ms", now_s)
        elif (error_rad := self._following.error_rad(joints, command)).max() > self._config.tracking_error_max_rad:
            name = self._robot.joint_names[int(error_rad.argmax())]
            message = (
                f"{name} is {error_rad.max():.3f} rad from its command "
                f"(permitted: {self._config.tracking_error_max_rad}); is the arm blocked?"
            )
            self.fault(Cause.DRIVER_FAULT, message, now_s)
        elif self._base is not None and (message := self._base.fault(now_s)):
            self.fault(Cause.DRIVER_FAULT, message, now_s)

    def _admit(self, chunk: ActionChunk, lease: Lease, now_s: float) -> Refusal | None:
        if self._base is not None and chunk.action_space is ActionSpace.BASE_VELOCITY:
            return self._base.track.admit(chunk, self._base.rest, now_s)
        if self._base is not None and self._trigger is not None and chunk.action_space is ActionSpace.SHOT:
            return self._trigger.admit(chunk, now_s, standing=self._base.standing)
        return self._arm.admit(chunk, lease.rest, now_s)

    def _end_motion(self, now_s: float, reason: StopReason) -> None:
        """End the lease and brake."""
        if not self.latched:
            self._stop = reason
        self._leases.clear()
        self._lease = None
        if self._trigger is not None:
            self._trigger.clear()
        self._command_watchdog.disarm()
        self._lease_watchdog.disarm()
        base_brakes = self._base is not None and self._mode is GateMode.MOVING and self._base.brake(now_s)
        if self._mode is GateMode.MOVING and self._arm.timeline is not None:
            joints = None if self._joint_watchdog.expired(now_s) else self._joints
            command, velocity = self._arm.timeline.at(now_s)
            command, velocity = self._following.brake_from(command, velocity, self._command, joints)
            self._command = command
            deceleration = self._robot.stop_deceleration_rad_s2
            self._ramp = StopRamp(now_s, command[:-1], velocity[:-1], deceleration)
            self._mode = GateMode.STOPPING
        elif base_brakes:
            self._mode = GateMode.STOPPING
        elif self._mode is not GateMode.STOPPING and self._mode is not GateMode.STARTING:
            self._mode = GateMode.STOPPED if self.latched else GateMode.HOLDING
        self._arm.end()

    def _refuse(self, refusal: Refusal) -> Refusal:
        self._refused += 1
        self._refusal = refusal
        return refusal

    def _to_driver(self, command: Array, velocity: Array) -> JointCommand:
        """Note and return a command, shape (dims,), for the driver."""
        self._command = command
        reach_in_s = 1.0 / self._config.rate_hz
        return JointCommand(self._robot.joint_names, command[:-1], velocity[:-1], float(command[-1]), reach_in_s)
