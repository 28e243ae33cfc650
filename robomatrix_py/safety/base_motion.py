"""The base under the gate: limits of its velocity, its protective stop, and whether it does what it is told.

A stop is a deceleration to zero, all axes together, so that the path is kept.
"""

from __future__ import annotations

import numpy as np

from robomatrix_py.contracts.action import ActionSpace, BaseCommand
from robomatrix_py.contracts.base import BASE_AXES, BaseDescription
from robomatrix_py.contracts.geometry import Array
from robomatrix_py.contracts.observation import BaseState
from robomatrix_py.safety.config import GateConfig
from robomatrix_py.safety.refusal import Refusal, RefusalCode
from robomatrix_py.safety.stop import braking_time_s
from robomatrix_py.safety.track import Track
from robomatrix_py.safety.watchdog import Watchdog

_ROUNDING = 1e-6
_AT_REST = 1e-9
_UNITS = ("m/s", "m/s", "rad/s")
# A pushed base may be faster than it may be commanded; one that seems faster still is a broken reading.
_SPEED_SHARE_MAX = 3.0
# Units of its greatest speed, also where an axis cannot be commanded at all.
_SPEED_FLOOR = np.array([0.5, 0.5, 1.0])


class BaseLimits:
    """The limits of one base, in the order of `BASE_AXES`.

    Args:
        base: Where the limits are declared.
    """

    def __init__(self, base: BaseDescription) -> None:
        self._base = base

    def judge(self, rows: Array, previous: Array, dt_s: float) -> Refusal | None:
        """Judge velocities that follow three earlier ones; None means that they may run.

        The base follows a smooth curve along the rows (:mod:`robomatrix_py.safety.spline`), a weighted mean of them:
        what bounds the rows and their differences bounds it too.

        Args:
            rows: Velocities, finite, shape (n, 3), n at least 1; the last one must be a standstill.
            previous: The three before them, oldest first, shape (3, 3).
            dt_s: Time between rows.
        """
        line = np.concatenate([previous, rows])
        for code, what, values, limit in (
            (RefusalCode.VELOCITY, "velocity", rows, self._base.velocity_max),
            (RefusalCode.ACCELERATION, "acceleration", np.diff(line, axis=0)[2:] / dt_s, self._base.acceleration_max),
            (RefusalCode.JERK, "jerk", np.diff(line, 2, axis=0)[1:] / dt_s**2, self._base.jerk_max),
        ):
            exceeded = np.abs(values) > limit * (1 + _ROUNDING) + _AT_REST
            if exceeded.any():
                step, dim = np.argwhere(exceeded)[0]
                return Refusal(
                    code,
                    f"step {step} asks {BASE_AXES[dim]} for {what} {values[step, dim]:.4g}; "
                    f"permitted: {-limit[dim]:.4g} to {limit[dim]:.4g}",
                )
        if (np.abs(rows[-1]) > _AT_REST).any():
            dim = int(np.abs(rows[-1]).argmax())
            return Refusal(
                RefusalCode.NOT_AT_REST,
                f"{BASE_AXES[dim]} still moves at {rows[-1, dim]:.4g} {_UNITS[dim]} at the end of the chunk; "
                "permitted: 0; end every chunk with a braking stretch",
            )
        return None


class BaseMotion:
    """What the gate knows of the base.

    Args:
        base: The base.
        config: Timeouts and how far it may fall behind.
    """

    def __init__(self, base: BaseDescription, config: GateConfig) -> None:
        self._base = base
        self._config = config
        self.track = Track(ActionSpace.BASE_VELOCITY, BASE_AXES, BaseLimits(base).judge, config)
        self.rest = np.zeros(3)
        self._state: BaseState | None = None
        self._odometry = Watchdog(config.odometry_timeout_s)
        self._braking_from: Array | None = None
        self._braking_s = 0.0
        self._commanded = np.zeros(3)
        self._behind = np.zeros(3)
        self._watched_s: float | None = None

    def observe(self, state: BaseState, now_s: float) -> None:
        """Take odometry in. What is not finite or impossible counts as not received."""
        limit = _SPEED_SHARE_MAX * np.maximum(self._base.velocity_max, _SPEED_FLOOR)
        velocity = state.velocity
        if velocity.shape != (3,) or not np.isfinite([*velocity, *state.pose_base_in_odom.position_m]).all():
            return
        if (np.abs(velocity) > limit).any():
            return
        self._state = state
        self._odometry.feed(now_s)

    def ready(self, now_s: float) -> bool:
        """Return whether there is fresh odometry."""
        return self._state is not None and not self._odometry.expired(now_s)

    def begin(self) -> None:
        """A lease begins: the base stands."""
        self.track.begin()
        self._braking_from = None
        self._behind[:] = 0.0
        self._commanded = np.zeros(3)
        self._watched_s = None

    @property
    def standing(self) -> bool:
        """Whether it is commanded to stand."""
        return bool((np.abs(self._commanded) < _AT_REST).all())

    @property
    def moving(self) -> bool:
        """Whether velocities are due, be they zero."""
        return self.track.timeline is not None

    def excuse(self, duration_s: float, now_s: float) -> None:
        """Do not count so much of the odometry's silence."""
        self._odometry.excuse(duration_s, now_s)

    def fault(self, now_s: float) -> str:
        """Return why the base must stop, or an empty text: silent odometry, or a base that does not follow."""
        if not self.moving:
            return ""
        if self._odometry.expired(now_s):
            return f"odometry of the base is {1e3 * self._odometry.age_s(now_s):.0f} ms old"
        if self._state is None or self._watched_s is None:
            self._watched_s = now_s
            return ""
        elapsed_s, self._watched_s = max(0.0, now_s - self._watched_s), now_s
        # How far it fell behind, forgotten within a second: a base that creeps is noticed, one that lags is not.
        self._behind += elapsed_s * (self._commanded - self._state.velocity - self._behind)
        allowed = np.array([self._config.base_behind_max_m] * 2 + [self._config.base_behind_max_rad])
        if (np.abs(self._behind) > allowed).any():
            dim = int((np.abs(self._behind) / allowed).argmax())
            return (
                f"{BASE_AXES[dim]} fell {abs(self._behind[dim]):.2f} behind its command within a second "
                f"(permitted: {allowed[dim]:.2f}); is the base blocked?"
            )
        return ""

    def brake(self, now_s: float) -> bool:
        """Begin a deceleration to zero from what is due now; return whether there is anything to brake."""
        timeline = self.track.timeline
        self.track.end()
        if timeline is None:
            return False
        self._braking_from, self._braking_s = timeline.at(now_s)[0], now_s
        return True

    def braked(self, now_s: float) -> bool:
        """Return whether it has come to rest."""
        return self._braking_from is None or now_s - self._braking_s >= self._ramp_s()

    def command(self, now_s: float) -> BaseCommand | None:
        """Return the velocity for the driver, or None while there is nothing to command."""
        if self.track.timeline is not None:
            velocity = self.track.timeline.at(now_s)[0]
        elif self._braking_from is not None:
            duration_s = self._ramp_s()
            left = max(0.0, 1.0 - (now_s - self._braking_s) / duration_s) if duration_s > 0.0 else 0.0
            velocity = self._braking_from * left
            if left == 0.0:
                self._braking_from = None
        else:
            return None
        self._commanded = velocity
        return BaseCommand(velocity)

    def _ramp_s(self) -> float:
        if self._braking_from is None:
            return 0.0
        return float(braking_time_s(self._braking_from, self._base.stop_deceleration))
