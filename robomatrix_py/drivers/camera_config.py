"""Settings of every camera driver."""

from __future__ import annotations

from dataclasses import dataclass

from robomatrix_py.contracts.ranges import require_ranges

_RANGES = {
    "late_s": (0.05, 1.0),
    "silence_max_s": (0.2, 10.0),
    "retry_first_s": (0.1, 4.0),
    "retry_longest_s": (0.1, 4.0),
    "reset_every_s": (5.0, 600.0),
}


@dataclass(frozen=True)
class CameraDriverConfig:
    """How a camera's driver watches. All times by its own monotonic clock.

    Args:
        late_s: Silence after which its status says that pictures are missing.
        silence_max_s: Silence after which the camera counts as lost and is opened anew.
        retry_first_s: Pause before the second attempt to open it; each further pause is twice as long.
        retry_longest_s: The longest such pause.
        reset_every_s: A camera that fell silent is told to start anew at most this often.
    """

    late_s: float = 0.15
    silence_max_s: float = 1.0
    retry_first_s: float = 0.5
    retry_longest_s: float = 3.0
    reset_every_s: float = 20.0

    def __post_init__(self) -> None:
        """Refuse settings by which a loss would go unnoticed or the camera never come back."""
        require_ranges(self, _RANGES)
        if self.late_s > self.silence_max_s:
            raise ValueError(f"late_s is {self.late_s}; permitted: up to silence_max_s, {self.silence_max_s:g}")
        if self.retry_first_s > self.retry_longest_s:
            raise ValueError(
                f"retry_first_s is {self.retry_first_s}; permitted: up to retry_longest_s, {self.retry_longest_s:g}"
            )
