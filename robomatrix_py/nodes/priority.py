"""Real-time priority where the system permits it."""

from __future__ import annotations

import os

# Above ordinary programs, below the kernel's own threads (50 and more are common for interrupts).
PROCESS_PRIORITY = 10
LOOP_PRIORITY = 20
# Drawing comes after everything else of its process, yet before other programs: a thread that is set aside while it has
# Python's lock would hold up the control loop beside it.
CAMERA_PRIORITY = 5


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
