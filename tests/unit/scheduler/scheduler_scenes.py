"""Scenes for the tests of the scheduler, built from contracts alone, like the simulated tabletop.

Base frame: x forward, y left, z up, the table's top at z = 0.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from robomatrix_py.bench.planning.table import SHAPES
from robomatrix_py.contracts.execution import Evidence
from robomatrix_py.contracts.geometry import Box, Pose
from robomatrix_py.contracts.observation import JointState
from robomatrix_py.contracts.predicate import Atom
from robomatrix_py.contracts.scene import Affordance, Scene, SceneObject
from robomatrix_py.scheduler.facts import derive_facts

TRAVEL_M = 0.16
TOOL_M = (0.40, 0.0, 0.30)


@dataclass(frozen=True, eq=False)
class Case:
    """A scene with the evidence it comes in and the facts that follow."""

    evidence: Evidence
    facts: frozenset[Atom]

    @property
    def scene(self) -> Scene:
        """The scene."""
        return self.evidence.scene


def make_case(scene: Scene, held: str = "") -> Case:
    """Return a case in which the gripper is empty or holds an object at the tool."""
    evidence = make_evidence(scene, held)
    return Case(evidence, derive_facts(evidence))


def make_evidence(scene: Scene, held: str = "") -> Evidence:
    """Return evidence in which the gripper is empty or holds the object named."""
    joints = JointState(("shoulder",), np.zeros(1), np.zeros(1), np.zeros(1), scene.received_s)
    if not held:
        return Evidence(scene, joints, 1.0, 0.0, TOOL_M)
    position = scene.objects[held].position_m
    tool = (float(position[0]), float(position[1]), float(position[2]))
    return Evidence(scene, joints, 0.5, 20.0, tool)


def free_object(
    name: str,
    x_m: float,
    y_m: float,
    bottom_z_m: float = 0.0,
    scale: float = 1.0,
    visible: bool = True,
    yaw_rad: float = 0.0,
) -> SceneObject:
    """Return a free object such as ``red_cube`` or ``red_cube_2`` standing upright."""
    color, shape = name.split("_")[:2]
    size, flat_top = SHAPES[shape]
    size_m = np.array(size) * scale
    affordances = {Affordance.MOVABLE} | ({Affordance.SURFACE} if flat_top else set())
    top = Box([0, 0, size_m[2] / 2 + 0.04], [size_m[0] / 2, size_m[1] / 2, 0.045]) if flat_top else None
    pose = Pose.at(x_m, y_m, bottom_z_m + size_m[2] / 2, yaw_rad)
    return SceneObject(name, color, shape, frozenset(affordances), pose, size_m, visible=visible, interior=top)


def fixtures(drawer_opening_m: float = 0.0) -> list[SceneObject]:
    """Return the tabletop's fixtures with the drawer standing open as far as told."""
    yaw = -np.pi / 2
    cabinet = Pose.at(0.50, 0.53, 0.06, yaw)
    handle = cabinet @ Pose.at(0.165 + drawer_opening_m, 0.0, 0.012)
    parts = (
        (
            "table",
            {Affordance.SURFACE},
            Pose.at(0.35, 0.0, -0.02),
            (1.3, 1.6, 0.04),
            ((0.07, -0.07, 0.07), (0.14, 0.17, 0.05)),
        ),
        ("cabinet", {Affordance.SURFACE}, cabinet, (0.24, 0.26, 0.12), ((0, 0, 0.115), (0.10, 0.11, 0.055))),
        (
            "drawer",
            {Affordance.DRAWER, Affordance.CONTAINER},
            handle,
            (0.012, 0.114, 0.012),
            ((-0.145, 0, -0.022), (0.10, 0.112, 0.04)),
        ),
        (
            "bin",
            {Affordance.CONTAINER},
            Pose.at(0.38, -0.42, 0.04),
            (0.212, 0.212, 0.08),
            ((0, 0, 0.006), (0.1, 0.1, 0.04)),
        ),
        (
            "bowl",
            {Affordance.CONTAINER},
            Pose.at(0.61, -0.35, 0.025),
            (0.17, 0.17, 0.05),
            ((0, 0, 0.021), (0.06, 0.06, 0.04)),
        ),
        (
            "tray",
            {Affordance.SURFACE},
            Pose.at(0.685, -0.04, 0.008),
            (0.16, 0.22, 0.016),
            ((0, 0, 0.054), (0.075, 0.105, 0.056)),
        ),
        ("button", {Affordance.BUTTON}, Pose.at(0.27, 0.31, 0.022), (0.08, 0.08, 0.044), None),
    )
    states = {"drawer": {"opening_m": drawer_opening_m, "travel_m": TRAVEL_M}, "button": {"lit": 0.0}}
    return [
        SceneObject(
            name,
            "",
            name,
            frozenset(affordances),
            pose,
            np.array(size),
            interior=Box(*box) if box else None,
            states=states.get(name, {}),
        )
        for name, affordances, pose, size, box in parts
    ]


def make_scene(objects: Iterable[SceneObject], drawer_opening_m: float = 0.0, received_s: float = 1.0) -> Scene:
    """Return a scene of fixtures and objects."""
    everything = [*fixtures(drawer_opening_m), *objects]
    return Scene({item.name: replace(item, seen_s=received_s) for item in everything}, received_s, "test")


def _free_tabletop() -> list[SceneObject]:
    return [
        free_object("red_cube", 0.40, 0.05),
        free_object("green_ball", 0.50, -0.10),
        free_object("blue_can", 0.35, -0.15),
        free_object("yellow_brick", 0.48, 0.07),
        free_object("purple_bottle", 0.31, -0.05),
        free_object("white_puck", 0.54, -0.20),
    ]


def tabletop() -> Case:
    """Six objects of different kinds on the table, the drawer closed."""
    return make_case(make_scene(_free_tabletop()))


def drawer_open() -> Case:
    """The tabletop with the drawer open."""
    return make_case(make_scene(_free_tabletop(), 0.15))


def twins() -> Case:
    """Two red cubes, two balls, two yellow eggs of different size; the drawer closed."""
    objects = [
        free_object("red_cube", 0.40, 0.06),
        free_object("red_cube_2", 0.50, -0.20),
        free_object("green_ball", 0.33, -0.10),
        free_object("blue_ball", 0.45, -0.05),
        free_object("yellow_egg", 0.31, 0.06, scale=0.7),
        free_object("yellow_egg_2", 0.53, 0.05, scale=1.2),
    ]
    return make_case(make_scene(objects))


def stocked() -> Case:
    """A can out of sight in the closed drawer, a cube in the bowl, a ball in the bin, a puck on a brick."""
    objects = [
        free_object("blue_can", 0.50, 0.52, 0.012, visible=False),
        free_object("red_cube", 0.61, -0.35, 0.006),
        free_object("green_ball", 0.38, -0.42, 0.006),
        free_object("yellow_brick", 0.45, 0.0),
        free_object("white_puck", 0.45, 0.0, 0.036),
        free_object("orange_capsule", 0.35, -0.1),
    ]
    return make_case(make_scene(objects))


def holding() -> Case:
    """The tabletop with the red cube in the gripper."""
    objects = [free_object("red_cube", *TOOL_M[:2], TOOL_M[2]), *_free_tabletop()[1:]]
    return make_case(make_scene(objects), held="red_cube")


SCENES: Mapping[str, Callable[[], Case]] = {
    "tabletop": tabletop,
    "drawer_open": drawer_open,
    "twins": twins,
    "stocked": stocked,
    "holding": holding,
}
"""Every scene by name."""
