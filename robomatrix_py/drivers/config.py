"""Settings of every real or mocked arm driver."""

from __future__ import annotations

from dataclasses import dataclass

from robomatrix_py.contracts.ranges import require_ranges

_RANGES = {"command_timeout_s": (0.01, 1.0), "silence_max_s": (0.02, 1.0), "retry_s": (0.1, 4.0)}


@dataclass(frozen=True)
class DriverConfig:
    """How a driver watches. All times by its own monotonic clock.

    Args:
        command_timeout_s: Silence of commands in motion after which it holds by itself.
        silence_max_s: Silence of the device after which it counts as lost.
        retry_s: Pause between two attempts to connect.
    """

    command_timeout_s: float = 0.1
    silence_max_s: float = 0.15
    retry_s: float = 1.0

    def __post_init__(self) -> None:
        """Refuse settings that would switch a protection off."""
        require_ranges(self, _RANGES)
