"""Asking for what is there and for what is not, in a scene of the simulator's own state."""

from __future__ import annotations

import numpy as np
import pytest

from robomatrix_py.bench.asking import PLAIN, WORDINGS, Answers, ask
from robomatrix_py.bench.perception import look_around
from robomatrix_py.contracts.scene import Affordance, Scene
from robomatrix_py.runtime.lockstep import LockstepRig
from robomatrix_py.runtime.lockstep_run import make_rig
from robomatrix_py.runtime.planning import configured_planner
from robomatrix_py.settings.settings import Settings, resolve

SETTINGS = resolve(["perception=sim_truth"])


@pytest.fixture(scope="module")
def rig() -> LockstepRig:
    rig = make_rig(SETTINGS.with_seed(41))
    look_around(rig)
    return rig


def figures(rig: LockstepRig, settings: Settings = SETTINGS) -> dict[str, object]:
    answers = Answers()
    ask(rig, settings, configured_planner(settings), np.random.default_rng(0), answers)
    return answers.as_figures()


def test_things_that_are_there_are_planned_for_and_others_are_said_not_to_be(rig: LockstepRig) -> None:
    found = figures(rig)
    assert found["asked_for_plainly"]["rate"] == 1.0
    assert found["asked_for_in_other_wordings"]["n"] == 20 * found["asked_for_plainly"]["n"]
    assert found["not_there_and_said_so"] | {"interval": []} == {"successes": 13, "n": 13, "rate": 1.0, "interval": []}
    assert not found["not_there_and_another_taken"]
    assert not found["other_wordings_taken_for_something_else"]


def test_a_thing_that_perception_makes_up_counts_as_taken(rig: LockstepRig, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every colour and shape that could be asked for in vain is reported, so that a plan is made for it."""
    from dataclasses import replace

    from robomatrix_py.sim.catalog import COLORS, SHAPE_NAMES

    one = next(item for item in rig.scene if Affordance.MOVABLE in item.affordances)
    made_up = {
        f"{color}_{shape}": replace(one, name=f"{color}_{shape}", color=color, shape=shape)
        for color in COLORS
        for shape in SHAPE_NAMES
    }
    lying = Scene({**rig.scene.objects, **made_up}, rig.scene.received_s, rig.scene.source)
    monkeypatch.setattr(LockstepRig, "scene", property(lambda _self: lying))
    found = figures(rig)
    assert found["not_there_and_said_so"]["successes"] <= 3
    assert len(found["not_there_and_another_taken"]) >= 5


def test_wordings_are_twenty_and_differ() -> None:
    assert len({*WORDINGS, PLAIN}) == 21
