"""How well the cameras' perception knows what stands where, held against the simulator's state."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from robomatrix_py.bench.asking import Answers, ask
from robomatrix_py.contracts.scene import Affordance
from robomatrix_py.contracts.statistics import rate, spread
from robomatrix_py.runtime.lockstep import LockstepRig
from robomatrix_py.runtime.lockstep_run import make_rig
from robomatrix_py.runtime.planning import configured_planner
from robomatrix_py.settings.settings import Settings
from robomatrix_py.sim.world import SimWorld

_LOOK_S = 1.0
# Nearer than this, what was reported is what stands there.
_SAME_M = 0.03


def measure_perception(
    settings: Settings, seeds: range, knock: Callable[[SimWorld, int], None] | None = None
) -> dict[str, Any]:
    """Look at each scene from the ready pose for a second and compare what is reported with what is there.

    The planner is then asked for each thing that is there, in many wordings, and for things that are not.

    Args:
        settings: With the perception source that is measured.
        seeds: Seeds of the scenes.
        knock: Does something to the cameras of a scene, given its seed, of which nobody tells perception.
    """
    answers = Answers()
    planner = configured_planner(settings)
    there = named = placed = reported = unfounded = 0
    errors, turns, fixtures, look_ms = [], [], [], []
    for seed in seeds:
        rig = make_rig(settings.with_seed(seed))
        if knock is not None:
            knock(rig.world, seed)
        look_ms += look_around(rig)
        seen = {item.name: item for item in rig.scene if Affordance.MOVABLE in item.affordances}
        used: set[str] = set()
        for name in rig.world.object_names:
            pose = rig.world.pose(name)
            there += 1
            near = [i for i in seen.values() if np.linalg.norm(i.position_m - pose.position_m) < _SAME_M]
            placed += bool(near)
            if name in seen and seen[name] in near:
                named += 1
                used.add(name)
                errors.append(1e3 * float(np.linalg.norm((seen[name].position_m - pose.position_m)[:2])))
                symmetry = seen[name].yaw_symmetry
                if symmetry:
                    turn = pose.yaw_rad - seen[name].pose_object_in_base.yaw_rad
                    turns.append(abs(math.remainder(turn, 2 * math.pi / symmetry)))
        ask(rig, settings, planner, np.random.default_rng([seed, 0xA5C]), answers)
        reported += len(seen)
        unfounded += len(set(seen) - used)
        for name in rig.world.fixtures:
            item = rig.scene.objects.get(name)
            if item is not None:
                fixtures.append(1e3 * float(np.linalg.norm((item.position_m - rig.world.pose(name).position_m)[:2])))
    return {
        "perception": settings.perception_source,
        "seeds": [seeds.start, seeds.stop - 1],
        "cameras_knocked": knock is not None,
        "things_found_within_30_mm": rate(placed, there),
        "things_found_and_named_rightly": rate(named, there),
        "reports_that_name_nothing_there": rate(unfounded, max(1, reported)),
        "sideways_error_mm": spread(errors),
        "turn_error_rad": spread(turns),
        "fixture_error_mm": spread(fixtures),
        "look_ms": spread(look_ms),
        "asked": answers.as_figures(),
    }


def look_around(rig: LockstepRig) -> list[float]:
    """Let a second pass and return how long every look took, drawing included."""
    took_ms = []
    end_s = rig.now_s + _LOOK_S
    while rig.now_s < end_s:
        before = rig.scene
        began_s = time.perf_counter()
        rig.tick()
        if rig.scene is not before:
            took_ms.append(1e3 * (time.perf_counter() - began_s))
    return took_ms
