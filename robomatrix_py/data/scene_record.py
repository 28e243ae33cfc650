"""The scene that a plan was made for, as it stands in the run folder."""

from __future__ import annotations

from typing import Any

from robomatrix_py.contracts.geometry import Box
from robomatrix_py.contracts.scene import Scene, SceneObject


def scene_to_json(scene: Scene) -> dict[str, Any]:
    """Return a scene, what is out of sight included, as a JSON-serialisable object (the form of `scene.json`)."""
    return {"source": scene.source, "objects": {item.name: _object(item) for item in scene}}


def _object(item: SceneObject) -> dict[str, Any]:
    return {
        "color": item.color,
        "shape": item.shape,
        "affordances": sorted(item.affordances),
        "position_m": item.position_m.tolist(),
        "quaternion_xyzw": item.pose_object_in_base.quaternion_xyzw.tolist(),
        "size_m": item.size_m.tolist(),
        "interior": _box(item.interior),
        "states": dict(item.states),
        "visible": item.visible,
        "confidence": item.confidence,
        "yaw_symmetry": item.yaw_symmetry,
    }


def _box(box: Box | None) -> dict[str, Any] | None:
    return None if box is None else {"center_m": box.center_m.tolist(), "half_extents_m": box.half_extents_m.tolist()}
