"""SIGTERM ends a command the way Ctrl+C does."""

from __future__ import annotations

import signal
from types import FrameType


class Interrupted(KeyboardInterrupt):
    """SIGINT or SIGTERM arrived."""


def raise_on_signals() -> None:
    """Raise :class:`Interrupted` in the main thread on SIGINT and SIGTERM."""

    def on_signal(number: int, _frame: FrameType | None) -> None:
        raise Interrupted(signal.Signals(number).name)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, on_signal)


def ignore_signals() -> None:
    """Let nothing interrupt what follows: the orderly end, which has its own deadline."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
