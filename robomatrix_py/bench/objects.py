"""How well objects are known that were added from pictures: before and after, among things that look like them."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from robomatrix_py.bench.perception import look_around
from robomatrix_py.contracts.errors import ConfigError
from robomatrix_py.contracts.geometry import Array
from robomatrix_py.contracts.scene import Affordance, SceneObject
from robomatrix_py.contracts.statistics import rate, spread
from robomatrix_py.perception.config import PerceptionConfig
from robomatrix_py.runtime.added_objects import ObjectWish, add_object
from robomatrix_py.runtime.lockstep_cameras import LockstepCameras
from robomatrix_py.runtime.lockstep_run import make_rig
from robomatrix_py.runtime.perception import encoder_folder, encoder_sha256, load_encoder
from robomatrix_py.settings.settings import Settings

THINGS: Mapping[str, tuple[str, ...]] = {
    "green_spool": ("green_can", "green_puck"),
    "blue_tower": ("blue_brick", "blue_bottle"),
    "red_spool": ("red_can", "red_puck"),
    "white_tower": ("white_brick", "white_bottle"),
    "yellow_spool": ("yellow_can", "yellow_puck"),
    "purple_tower": ("purple_brick", "purple_bottle"),
}
"""Things of shapes that nothing was trained on, and what stands beside each: what it is most easily taken for."""

_SAME_M = 0.03


def measure_objects(settings: Settings, seeds: range, draw: Callable[[str, Path], object]) -> dict[str, Any]:
    """Add things from pictures and look at scenes with one of them, before and after.

    Args:
        settings: With camera perception; objects that the user has added are left out.
        seeds: Seeds of the scenes; each has one thing, in turn, two others like it, and three to five more.
        draw: Writes pictures of a thing of a name into a folder.

    Raises:
        ConfigError: The perception source is no camera.
    """
    config = settings.perception
    if not isinstance(config, PerceptionConfig):
        raise ConfigError("the perception source is no camera", where="--perception", permitted=("camera",))
    with tempfile.TemporaryDirectory() as folder:
        objects = Path(folder) / "objects"
        added = replace(settings, perception=replace(config, objects=str(objects)))
        encoder = encoder_folder(config)
        alike = {}
        for name in THINGS:
            images = Path(folder) / name
            draw(name, images)
            item, lesson, _ = add_object(
                ObjectWish(name, images), added, load_encoder(encoder), encoder_sha256(encoder)
            )
            alike[name] = {
                "pictures": item.pictures,
                "alike": round(item.cutout.alike, 3),
                "most_like": lesson.most_like,
            }
        before = replace(settings, perception=replace(config, objects=""))
        return {
            "seeds": [seeds.start, seeds.stop - 1],
            "things": alike,
            "before": _measure(before, seeds),
            "after": _measure(added, seeds),
        }


def _measure(settings: Settings, seeds: range) -> dict[str, Any]:
    names = list(THINGS)
    found = named = others = taken = others_named = reported = wrongly = 0
    errors_mm: list[float] = []
    called: dict[str, int] = {}
    for seed in seeds:
        name = names[seed % len(names)]
        scene = replace(settings.scene, objects=(name, *THINGS[name]))
        rig = make_rig(replace(settings, scene=scene, seed=seed))
        look_around(rig)
        if isinstance(rig.scenes, LockstepCameras):
            rig.scenes.close()
        seen = [item for item in rig.scene if Affordance.MOVABLE in item.affordances]
        for there in rig.world.object_names:
            place_m = rig.world.pose(there).position_m
            item = _at(place_m, seen)
            if there == name:
                found += item is not None
                right = item is not None and _plain(item) == name
                named += right
                if item is not None and right:
                    errors_mm.append(1e3 * float(np.linalg.norm((item.position_m - place_m)[:2])))
                if item is not None and not right:
                    kind = f"{item.color} {item.shape}".strip()
                    called[kind] = called.get(kind, 0) + 1
            else:
                others += 1
                taken += item is not None and _plain(item) in THINGS
                others_named += item is not None and _plain(item) == there
        calls_it = [item for item in seen if _plain(item) == name]
        reported += len(calls_it)
        place_m = rig.world.pose(name).position_m
        wrongly += sum(float(np.linalg.norm(item.position_m - place_m)) > _SAME_M for item in calls_it)
    return {
        "thing_found_within_30_mm": rate(found, len(seeds)),
        "thing_named_rightly": rate(named, len(seeds)),
        "thing_called": dict(sorted(called.items(), key=lambda entry: -entry[1])),
        "other_things_taken_for_an_added_one": rate(taken, others),
        "other_things_named_rightly": rate(others_named, others),
        "reports_of_it_where_it_is_not": rate(wrongly, reported) if reported else {"successes": 0, "n": 0},
        "sideways_error_mm": spread(errors_mm) if errors_mm else {},
    }


def _at(place_m: Array, seen: list[SceneObject]) -> SceneObject | None:
    """Return what is reported at a place."""
    near = [item for item in seen if np.linalg.norm(item.position_m - place_m) < _SAME_M]
    return min(near, key=lambda item: float(np.linalg.norm(item.position_m - place_m)), default=None)


def _plain(item: SceneObject) -> str:
    return "_".join(word for word in (item.color, item.shape) if word)
