"""Real-time priority where the system permits it."""

from __future__ import annotations

import os
import threading

# Above ordinary programs, below the kernel's own threads (50 and more are common for interrupts).
PROCESS_PRIORITY = 10
LOOP_PRIORITY = 20
_DRAWING_NICENESS = -15


def raise_priority(priority: int) -> bool:
    """Give the calling thread, and threads it starts later, a first-in-first-out priority.

    Returns:
        Whether the system permitted it. It needs root, CAP_SYS_NICE or an `rtprio` limit (docs/install.md); without
        it everything works, only less evenly on a busy machine.
    """
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(priority))
    except (OSError, AttributeError):
        return False
    return True


def prefer_drawing() -> None:
    """Put the calling thread, and threads it starts later, before ordinary programs but not into real time.

    Drawing takes so much time that in real time it would leave nothing to ordinary programs, and then the kernel
    sets all of real time aside for some 50 ms. Yet it must not wait long either: set aside while it has Python's
    lock, it would hold up the control loop beside it.
    """
    try:
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _DRAWING_NICENESS)
    except (OSError, AttributeError):
        return
