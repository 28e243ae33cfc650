"""SIGTERM ends a command the way Ctrl+C does."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_received: list[str] = []


class Interrupted(KeyboardInterrupt):
    """SIGINT or SIGTERM arrived."""


def raise_on_signals() -> None:
    """Raise :class:`Interrupted` in the main thread on SIGINT and SIGTERM."""
    _received.clear()

    def on_signal(number: int, _frame: FrameType | None) -> None:
        _received.append(signal.Signals(number).name)
        raise Interrupted(_received[-1])

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, on_signal)


@contextmanager
def interruptible() -> Iterator[None]:
    """Let :class:`Interrupted` come out of compiled code that made another exception of it.

    Such as the solver of inverse kinematics: what is raised while it takes a buffer leaves it as a ValueError.
    """
    try:
        yield
    except Exception:
        raise_if_interrupted()
        raise


def raise_if_interrupted() -> None:
    """Raise :class:`Interrupted` if a signal has come: compiled code may have lost the one raised at the time."""
    if _received:
        raise Interrupted(_received[-1])


def ignore_signals() -> None:
    """Let nothing interrupt what follows: the orderly end, which has its own deadline."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
