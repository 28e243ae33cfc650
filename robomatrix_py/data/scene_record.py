"""The scene that a plan was made for, as it stands in the run folder."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from robomatrix_py.contracts.geometry import Box, Pose
from robomatrix_py.contracts.scene import Affordance, Scene, SceneObject


def scene_to_json(scene: Scene) -> dict[str, Any]:
    """Return a scene, what is out of sight included, as a JSON-serialisable object (the form of `scene.json`)."""
    return {"source": scene.source, "objects": {item.name: _object(item) for item in scene}}


def object_from_node(node: Mapping[str, Any]) -> SceneObject:
    """Return the object that a node of a scene graph stands for (the form of `SceneNode.to_json`).

    What the node does not tell, such as its interior, is left out: it is enough to know where a thing out of sight is.
    """
    x, y, z = node["position_m"]
    return SceneObject(
        name=node["name"],
        color=node["color"],
        shape=node["shape"],
        affordances=frozenset(Affordance(word) for word in node["affordances"]),
        pose_object_in_base=Pose.at(x, y, z, node["yaw_rad"]),
        size_m=np.array(node["size_m"]),
        confidence=node["confidence"],
        visible=False,
        states=dict(node["readings"]),
    )


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
