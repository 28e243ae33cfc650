"""Whether a skill really had its effect, against states made up by hand."""

from __future__ import annotations

from typing import Any

import pytest

from robomatrix_py.contracts.skill import SkillCall
from robomatrix_py.sim.effects import really_done, wrong_thing

Xyz = tuple[float, float, float]
CUBE: Xyz = (0.4, 0.0, 0.02)
CAN: Xyz = (0.5, 0.1, 0.03)


def state(
    cube: Xyz = CUBE, can: Xyz = CAN, tool: Xyz = (0.45, 0.0, 0.3), opening_m: float = 0.0, lit: float = 0.0
) -> dict[str, Any]:
    places = {"red_cube": cube, "blue_can": can, "tool": tool, "button": (0.27, 0.31, 0.02)}
    return {
        "bodies": {name: {"position_m": list(place)} for name, place in places.items()},
        "joints": {"drawer_joint": opening_m, "button.lit": lit},
        "regions": {"bin": {"center_m": [0.38, -0.42, 0.04], "half_extents_m": [0.1, 0.1, 0.04]}},
    }


IN_BIN = (0.38, -0.42, 0.02)
OVER_BIN = (0.38, -0.42, 0.28)


@pytest.mark.parametrize(
    ("call", "now", "done"),
    [
        (SkillCall("move_to", {"target": "bin"}), state(tool=OVER_BIN), True),
        (SkillCall("move_to", {"target": "bin"}), state(tool=(0.38, -0.29, 0.28)), False),
        (SkillCall("move_to", {"target": "red_cube"}), state(tool=(0.41, 0.01, 0.2)), True),
        (SkillCall("move_to", {"target": "red_cube"}), state(tool=(0.45, 0.0, 0.2)), False),
        (SkillCall("grasp", {"object": "red_cube"}), state(cube=(0.4, 0.0, 0.12), tool=(0.4, 0.0, 0.12)), True),
        (SkillCall("grasp", {"object": "red_cube"}), state(cube=(0.4, 0.0, 0.055), tool=(0.4, 0.0, 0.055)), False),
        (SkillCall("grasp", {"object": "red_cube"}), state(can=(0.4, 0.0, 0.12), tool=(0.4, 0.0, 0.12)), False),
        (
            SkillCall("position_over", {"object": "red_cube", "target": "bin"}),
            state(cube=OVER_BIN, tool=OVER_BIN),
            True,
        ),
        (SkillCall("position_over", {"object": "red_cube", "target": "bin"}), state(tool=OVER_BIN), False),
        (SkillCall("release", {"object": "red_cube", "target": "bin"}), state(cube=IN_BIN), True),
        (SkillCall("release", {"object": "red_cube", "target": "bin"}), state(cube=IN_BIN, tool=IN_BIN), False),
        (SkillCall("release", {"object": "red_cube", "target": "bin"}), state(), False),
        (SkillCall("open_drawer", {"drawer": "drawer"}), state(opening_m=0.15), True),
        (SkillCall("open_drawer", {"drawer": "drawer"}), state(opening_m=0.06), False),
        (SkillCall("close_drawer", {"drawer": "drawer"}), state(opening_m=0.002), True),
        (SkillCall("close_drawer", {"drawer": "drawer"}), state(opening_m=0.06), False),
        (SkillCall("press", {"button": "button"}), state(lit=1.0), True),
        (SkillCall("press", {"button": "button"}), state(), False),
    ],
)
def test_effects(call: SkillCall, now: dict[str, Any], done: bool) -> None:
    assert really_done(call, state(), now) is done


@pytest.mark.parametrize(
    ("direction", "cube", "done"),
    [
        ("forward", (0.46, 0.0, 0.02), True),
        ("forward", (0.43, 0.0, 0.02), False),
        ("forward", (0.46, 0.05, 0.02), False),
        ("backward", (0.46, 0.0, 0.02), False),
        ("left", (0.4, 0.05, 0.02), True),
        ("right", (0.4, -0.05, 0.02), True),
    ],
)
def test_pushes(direction: str, cube: Xyz, done: bool) -> None:
    call = SkillCall("push", {"object": "red_cube", "direction": direction, "distance_m": 0.06})
    assert really_done(call, state(), state(cube=cube)) is done


def test_an_unknown_skill_has_no_effect_that_could_be_asked_about() -> None:
    with pytest.raises(ValueError, match="juggle"):
        really_done(SkillCall("juggle"), state(), state())


def test_another_thing_that_was_lifted_is_the_wrong_one() -> None:
    call = SkillCall("grasp", {"object": "red_cube"})
    lifted = state(can=(0.5, 0.1, 0.2), tool=(0.5, 0.1, 0.2))
    assert wrong_thing(call, ["blue_can"], state(), lifted) == "blue_can"
    assert wrong_thing(call, ["blue_can"], state(), state()) == ""


def test_another_thing_that_was_shoved_farther_is_the_wrong_one_only_when_pushing() -> None:
    shoved = state(can=(0.56, 0.1, 0.03))
    push = SkillCall("push", {"object": "red_cube", "direction": "forward", "distance_m": 0.06})
    assert wrong_thing(push, ["blue_can"], state(), shoved) == "blue_can"
    both = state(can=(0.54, 0.1, 0.03), cube=(0.46, 0.0, 0.02))
    assert wrong_thing(push, ["blue_can"], state(), both) == ""
    assert wrong_thing(SkillCall("grasp", {"object": "red_cube"}), ["blue_can"], state(), shoved) == ""
