"""What really is the case, against states made up by hand."""

from __future__ import annotations

from typing import Any

import pytest

from robomatrix_py.contracts.predicate import Atom
from robomatrix_py.sim.oracle import really


def snapshot(cube: tuple[float, float, float], opening_m: float = 0.0) -> dict[str, Any]:
    place = {"quaternion_xyzw": [0, 0, 0, 1]}
    return {
        "bodies": {
            "red_cube": {"position_m": list(cube)} | place,
            "blue_can": {"position_m": [0.5, 0.0, 0.033]} | place,
            "tool": {"position_m": [0.4, 0.1, 0.2]} | place,
        },
        "joints": {"drawer_joint": opening_m},
        "regions": {"bin": {"center_m": [0.38, -0.42, 0.0], "half_extents_m": [0.1, 0.1, 0.04]}},
    }


@pytest.mark.parametrize(
    ("atom", "state", "holds"),
    [
        ("in(red_cube, bin)", snapshot((0.38, -0.42, 0.02)), True),
        ("in(red_cube, bin)", snapshot((0.47, -0.33, 0.02)), True),
        ("in(red_cube, bin)", snapshot((0.49, -0.42, 0.02)), False),
        ("in(red_cube, bin)", snapshot((0.38, -0.42, 0.30)), False),
        ("on(red_cube, bin)", snapshot((0.38, -0.42, 0.02)), True),
        ("on(red_cube, blue_can)", snapshot((0.51, 0.0, 0.09)), True),
        ("on(red_cube, blue_can)", snapshot((0.56, 0.0, 0.09)), False),
        ("on(red_cube, blue_can)", snapshot((0.5, 0.0, 0.0)), False),
        ("on(red_cube, blue_can)", snapshot((0.5, 0.0, 0.3)), False),
        ("open(drawer)", snapshot((0, 0, 0), 0.15), True),
        ("open(drawer)", snapshot((0, 0, 0), 0.05), False),
        ("closed(drawer)", snapshot((0, 0, 0), 0.003), True),
        ("closed(drawer)", snapshot((0, 0, 0), 0.05), False),
        ("held(red_cube)", snapshot((0.4, 0.1, 0.2)), True),
        ("held(red_cube)", snapshot((0.4, 0.12, 0.21)), True),
        ("held(red_cube)", snapshot((0.4, 0.1, 0.02)), False),
        ("held(red_cube)", snapshot((0.5, 0.4, 0.2)), False),  # it stands on the cabinet
        ("held(blue_can)", snapshot((0.4, 0.1, 0.2)), False),
    ],
)
def test_lasting_facts(atom: str, state: dict[str, Any], holds: bool) -> None:
    assert really(Atom.parse(atom), state) is holds


@pytest.mark.parametrize("atom", ["pressed(button)", "at(bin)", "gripper_empty()", "pushed(red_cube, left)"])
def test_what_no_state_can_settle_is_an_error(atom: str) -> None:
    with pytest.raises(ValueError, match="no lasting fact"):
        really(Atom.parse(atom), snapshot((0, 0, 0)))


def test_an_unknown_object_is_an_error_and_no_fact() -> None:
    with pytest.raises(KeyError):
        really(Atom.parse("in(green_ball, bin)"), snapshot((0, 0, 0)))
