"""What planning is timed with: four tasks in a scene of ten free objects."""

from __future__ import annotations

from robomatrix_py.runtime.lockstep import LockstepRig
from robomatrix_py.runtime.lockstep_run import make_rig
from robomatrix_py.settings.settings import Settings, resolve

TASKS = (
    "put the red cube in the bin",
    "put the green ball in the bowl",
    "open the drawer, put the blue can in it and close it",
    "put the red cube and the green ball in the bin, then press the button",
)
_OBJECTS = 10


def ten_objects() -> tuple[Settings, LockstepRig]:
    """Return settings with ten free objects, and a scene of them."""
    extra = _OBJECTS - 3
    settings = resolve([f"scene.extra_min={extra}", f"scene.extra_max={extra}", "scene.gap_m=0.02"])
    return settings, make_rig(settings)
