"""Whether a thing fits into a container, by its edges."""

from __future__ import annotations

from robomatrix_py.contracts.scene import Affordance, SceneObject
from robomatrix_py.scheduler.facts import upright_extents_m


def misfit(item: SceneObject, container: SceneObject) -> str:
    """Return why a thing does not fit into a container, with figures, or an empty string if it does.

    It is compared as it lies now and may be turned about the vertical. A drawer must still close over it;
    from any other container it may stick out at the top.
    """
    if container.interior is None:
        return ""
    room = 2.0 * container.interior.half_extents_m
    room_long_m, room_short_m = max(room[0], room[1]), min(room[0], room[1])
    long_m, short_m, height_m = upright_extents_m(item)
    if Affordance.DRAWER in container.affordances and height_m > room[2]:
        return f"it is {1e3 * height_m:.0f} mm high and there is room for {1e3 * room[2]:.0f} mm"
    if long_m > room_long_m or short_m > room_short_m:
        return (
            f"it measures {1e3 * long_m:.0f} x {1e3 * short_m:.0f} mm and there is room for "
            f"{1e3 * room_long_m:.0f} x {1e3 * room_short_m:.0f} mm"
        )
    return ""
