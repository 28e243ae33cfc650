"""A gripper that answers slowly, asked beside the arm's cycle."""

from __future__ import annotations

import threading
import time
from typing import Protocol

from robomatrix_py.contracts.errors import DeviceError

_PERIOD_S = 0.05


class SlowGripper(Protocol):
    """A gripper whose calls take longer than the arm's cycle permits. Openings are 0 closed to 1 open."""

    def opening(self) -> float:
        """Return the opening.

        Raises:
            DeviceError: The connection is gone.
        """

    def move(self, opening: float) -> None:
        """Ask for an opening, where it is another than before.

        Raises:
            DeviceError: The connection is gone, or the gripper refuses.
        """

    def close(self) -> None:
        """Let go of it; it keeps its grip."""


class GripperThread:
    """Moves a gripper and asks it where it is, twenty times a second.

    Args:
        gripper: The gripper; only this thread uses it from here on.

    Raises:
        DeviceError: It does not say where it is.
    """

    def __init__(self, gripper: SlowGripper) -> None:
        self._gripper = gripper
        self.opening = gripper.opening()
        self.speed_per_s = 0.0
        self.wanted = self.opening
        self.trouble: DeviceError | None = None
        self._running = True
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def end(self) -> None:
        """End the thread; the gripper keeps its grip."""
        self._running = False
        self._thread.join(1.0)
        self._gripper.close()

    def _run(self) -> None:
        last_s = time.monotonic()
        while self._running:
            try:
                self._gripper.move(self.wanted)
                opening = self._gripper.opening()
            except DeviceError as error:
                self.trouble = error
                return
            now_s = time.monotonic()
            self.speed_per_s = (opening - self.opening) / max(now_s - last_s, 1e-3)
            self.opening, last_s = opening, now_s
            time.sleep(_PERIOD_S)
