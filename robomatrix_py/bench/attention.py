"""Whether the encoder attends to the thing that words name: where its best match points, against the simulator."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from robomatrix_py.contracts.patches import PatchEncoder, lift
from robomatrix_py.contracts.scene import SceneObject
from robomatrix_py.runtime.eyes import Sight

# Beside a thing's true box by so much still points at it: half a patch at the far end of the table.
_BESIDE_M = 0.012
_IN_SIGHT_M = 0.02
# So many places of a thing are looked at to find out whether a camera sees it.
_PLACES = np.array([[x, y, z] for x in (-0.6, 0.0, 0.6) for y in (-0.6, 0.0, 0.6) for z in (0.0, 0.9)])
_PLACES_MIN = 5


def attends(
    encoder: PatchEncoder, sight: Sight, camera: str, words: str, meant: Collection[SceneObject]
) -> bool | None:
    """Return whether the patch that matches the words best lies on a thing that they name.

    Args:
        encoder: What `sight` was seen with.
        sight: One look.
        camera: The camera that is asked about.
        words: What the thing is called.
        meant: Things of that name as they truly are, base frame.

    Returns:
        None where the camera sees none of them, so that nothing can be attended to.

    Raises:
        ConfigError: The words have some that the encoder was never taught.
    """
    view = next((view for view in sight.views if view.camera == camera), None)
    if view is None or not any(_visible(sight, camera, item) for item in meant):
        return None
    patches = sight.patches[camera]
    points, valid = lift(patches, view)
    match = np.where(valid, np.einsum("rce,e->rc", patches.embedding, encoder.read((words,))[0]), -np.inf)
    point = points[np.unravel_index(int(match.argmax()), match.shape)]
    return any(_inside(item, point) for item in meant)


def _inside(item: SceneObject, point_m: np.ndarray) -> bool:
    local = np.abs(item.pose_object_in_base.inverse().transform(point_m))
    return bool((local <= item.size_m / 2 + _BESIDE_M).all())


def _visible(sight: Sight, camera: str, item: SceneObject) -> bool:
    """Return whether a camera has a free line of sight to enough of a thing."""
    view = next(view for view in sight.views if view.camera == camera)
    at_px, distance_m = view.project_px(item.pose_object_in_base.transform(_PLACES * item.size_m / 2))
    u, v = np.floor(at_px).astype(int).T
    height, width = view.depth_m.shape
    inside = (distance_m > 0.05) & (u >= 0) & (u < width) & (v >= 0) & (v < height)
    depth_m = view.depth_m[v[inside], u[inside]]
    # Surfaces of the thing itself lie in front of places inside it, by no more than its size.
    free = depth_m > distance_m[inside] - float(np.linalg.norm(item.size_m)) / 2 - _IN_SIGHT_M
    return int(free.sum()) >= _PLACES_MIN
