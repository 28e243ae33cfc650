"""Draws tabletops for tasks: what stands where, what it is called, and the same as a scene, as facts and as a world.

Base frame: x forward, y left, z up, the table's top at z = 0. Sizes are those of the simulated things and fixtures.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from robomatrix_py.bench.planning.wordings import Wordings
from robomatrix_py.bench.planning.world import Body, SymbolicWorld
from robomatrix_py.contracts.execution import Evidence
from robomatrix_py.contracts.geometry import Array, Box, Pose
from robomatrix_py.contracts.observation import JointState
from robomatrix_py.contracts.scene import Affordance, Scene, SceneObject

COLORS = ("red", "orange", "yellow", "green", "cyan", "blue", "purple", "white")
SHAPES: Mapping[str, tuple[tuple[float, float, float], bool]] = {
    "cube": ((0.042, 0.042, 0.042), True),
    "ball": ((0.047, 0.047, 0.047), False),
    "can": ((0.048, 0.048, 0.066), True),
    "brick": ((0.080, 0.036, 0.036), True),
    "capsule": ((0.080, 0.036, 0.036), False),
    "bottle": ((0.044, 0.044, 0.100), False),
    "egg": ((0.054, 0.040, 0.040), False),
    "puck": ((0.054, 0.054, 0.032), True),
}
"""By shape: edge lengths in metres, and whether something can stand on it."""
TALL = "bottle"
"""The one shape that keeps a drawer from closing."""
TABLE, DRAWER, BUTTON = "table", "drawer", "button"
PLACES = ("bin", "bowl", "tray")
"""Where things can be put without opening anything."""

_NEW_THING_M = (0.046, 0.046, 0.05)
_CELL_M = 0.085
_NEAR_EDGE_M, _RIGHT_EDGE_M = 0.28, -0.24
_JITTER_M = 0.012
_TOOL_M = (0.30, 0.0, 0.40)
_TRAVEL_M = 0.16


@dataclass(frozen=True)
class _Thing:
    name: str
    color: str
    shape: str
    size_m: tuple[float, float, float]
    flat: bool
    xy_m: tuple[float, float]
    """Where it stands on the table; unused where it stands elsewhere."""


class Tabletop:
    """One table that is being laid.

    Args:
        rng: Source of randomness.
        words: Which words there are for things that no catalogue knows.
        columns: How many cells the table has across.
        rows: How many cells it has in depth.
    """

    def __init__(self, rng: np.random.Generator, words: Wordings, columns: int = 4, rows: int = 4) -> None:
        self.rng = rng
        self.words = words
        self.drawer_open = False
        self.held = ""
        self._things: dict[str, _Thing] = {}
        self._places: dict[str, tuple[str, str]] = {}
        self._depth_m, self._width_m = rows * _CELL_M, columns * _CELL_M
        self._new_place: tuple[str, str] | None = None
        cells = [(row, column) for row in range(rows) for column in range(columns)]
        self._free_cells = [cells[i] for i in rng.permutation(len(cells))]

    @property
    def things(self) -> tuple[str, ...]:
        """Names of the movable things, in the order in which they were added."""
        return tuple(self._things)

    def thing(
        self,
        shape: str = "",
        color: str = "",
        inside: str = "",
        flat: bool | None = None,
        without: Collection[str] = (),
        cell: tuple[int, int] | None = None,
    ) -> str:
        """Add a thing that its colour and shape tell from all others, and return its name.

        Args:
            shape: Shape word, or empty for any.
            color: Colour word, or empty for any.
            inside: The place it is in or on, or empty for the table.
            flat: Whether something must be able to stand on it, or None for either.
            without: Shapes and colours that it must not have.
            cell: Row and column where it stands on the table, or None for any.
        """
        kinds = [
            (hue, form)
            for form, (_, is_flat) in SHAPES.items()
            for hue in COLORS
            if shape in ("", form) and color in ("", hue) and flat in (None, is_flat) and not {hue, form} & set(without)
        ]
        unused = [kind for kind in kinds if "_".join(kind) not in self._things]
        hue, form = unused[int(self.rng.integers(len(unused)))]
        size_m, is_flat = SHAPES[form]
        return self._add(_Thing(f"{hue}_{form}", hue, form, size_m, is_flat, self._spot(cell)), inside)

    def new_thing(self) -> str:
        """Add a thing that no catalogue knows, and return its name."""
        word = self.pick(self.words.new_things)
        color = self.pick(("", *COLORS))
        name = "_".join(part for part in (color, word) if part)
        return self._add(_Thing(name, color, word, _NEW_THING_M, False, self._spot(None)), "")

    def new_place(self) -> str:
        """Add a place that no catalogue knows, and return its name."""
        word = self.pick(self.words.new_places)
        self._new_place = (word, "on" if word in ("plate", "shelf", "mat") else "in")
        return word

    def twin(self, name: str) -> str:
        """Add a second thing with the colour and shape of another one, and return its name."""
        of = self._things[name]
        return self._add(_Thing(f"{name}_2", of.color, of.shape, of.size_m, of.flat, self._spot(None)), "")

    def fill(self, number: int, without: Collection[str] = ()) -> None:
        """Add things on the table, without some shapes and colours, until there are so many."""
        while len(self._things) < number:
            self.thing(without=without)

    def hold(self, name: str) -> None:
        """Put a thing into the gripper."""
        self.held = name

    def spot_m(self, name: str) -> Array:
        """Return where a thing on the table or a fixture stands, sideways, shape (2,)."""
        if name in self._things:
            return np.array(self._things[name].xy_m)
        return self.scene().objects[name].position_m[:2]

    def say(self, name: str) -> str:
        """Return a noun phrase for a thing or a place."""
        return f"the {self.bare(name)}"

    def bare(self, name: str) -> str:
        """Return a noun phrase without its article: colour and shape, or sometimes the shape where it is enough."""
        thing = self._things.get(name)
        if thing is None:
            return name
        alike = sum(other.shape == thing.shape for other in self._things.values())
        if alike == 1 and self.rng.random() < 0.2:
            return thing.shape
        return " ".join(word for word in (thing.color, thing.shape) if word)

    def relation(self, place: str) -> str:
        """Return ``in`` or ``on``."""
        return self._body_of(place).holds

    def shape(self, name: str) -> str:
        """Return the shape word of a thing."""
        return self._things[name].shape

    def color(self, name: str) -> str:
        """Return the colour word of a thing."""
        return self._things[name].color

    def pick(self, choices: Collection[str]) -> str:
        """Return one of some words."""
        return sorted(choices)[int(self.rng.integers(len(choices)))]

    def world(self) -> SymbolicWorld:
        """Return the symbolic world of this table."""
        bodies = {name: self._body_of(name) for name in self.scene().objects}
        return SymbolicWorld(bodies, self._places, self.held, (DRAWER,) if self.drawer_open else ())

    def scene(self) -> Scene:
        """Return what perception would report."""
        items = [*self._fixtures(), *(self._object(thing) for thing in self._things.values())]
        return Scene({item.name: item for item in items}, 1.0, "planner benchmark")

    def evidence(self) -> Evidence:
        """Return what the sensors would report."""
        scene = self.scene()
        joints = JointState(("shoulder",), np.zeros(1), np.zeros(1), np.zeros(1), scene.received_s)
        grip = (0.5, 20.0) if self.held else (1.0, 0.0)
        return Evidence(scene, joints, *grip, _TOOL_M)

    def _add(self, thing: _Thing, inside: str) -> str:
        self._things[thing.name] = thing
        place = inside or TABLE
        self._places[thing.name] = (self._body_of(place).holds, place)
        return thing.name

    def _spot(self, cell: tuple[int, int] | None) -> tuple[float, float]:
        if cell is None:
            cell = self._free_cells.pop()
        else:
            self._free_cells.remove(cell)
        shift = self.rng.uniform(-_JITTER_M, _JITTER_M, 2)
        row, column = cell
        x_m = _NEAR_EDGE_M + (row + 0.5) * _CELL_M + shift[0]
        return float(x_m), float(_RIGHT_EDGE_M + (column + 0.5) * _CELL_M + shift[1])

    def _body_of(self, name: str) -> Body:
        thing = self._things.get(name)
        if thing:
            longer, shorter = sorted(thing.size_m[:2], reverse=True)
            return Body(movable=True, holds="on" if thing.flat else "", size_m=(longer, shorter, thing.size_m[2]))
        if self._new_place and name == self._new_place[0]:
            return Body(holds=self._new_place[1], room_m=(0.2, 0.2, 0.08))
        match name:
            case "drawer":
                return Body(holds="in", drawer=True, room_m=(0.224, 0.2, 0.08))
            case "bin":
                return Body(holds="in", room_m=(0.2, 0.2, 0.08))
            case "bowl":
                return Body(holds="in", room_m=(0.12, 0.12, 0.08))
            case "button":
                return Body(button=True)
            case _:
                return Body(holds="on")

    def _object(self, thing: _Thing) -> SceneObject:
        size_m = np.array(thing.size_m)
        affordances = {Affordance.MOVABLE} | ({Affordance.SURFACE} if thing.flat else set())
        top = _box([0, 0, size_m[2] / 2 + 0.04], [size_m[0] / 2, size_m[1] / 2, 0.045]) if thing.flat else None
        return SceneObject(
            thing.name,
            thing.color,
            thing.shape,
            frozenset(affordances),
            Pose.at(*self._position_m(thing)),
            size_m,
            visible=self._places[thing.name][1] != DRAWER or self.drawer_open,
            seen_s=1.0,
            interior=top,
        )

    def _position_m(self, thing: _Thing) -> tuple[float, float, float]:
        """Return where a thing's centre is: in the gripper, on the table, or side by side in or on its place."""
        _, place = self._places[thing.name]
        if thing.name == self.held:
            return _TOOL_M
        if place == TABLE:
            return (*thing.xy_m, thing.size_m[2] / 2)
        if place in self._things:
            under = self._things[place]
            x_m, y_m, z_m = self._position_m(under)
            return x_m, y_m, z_m + under.size_m[2] / 2 + thing.size_m[2] / 2
        beside = [name for name, where in self._places.items() if where[1] == place].index(thing.name)
        fixture = next(item for item in self._fixtures() if item.name == place)
        if fixture.interior is None:
            raise ValueError(f"nothing can be in {place}")
        step_m = fixture.interior.half_extents_m[:2] * np.array([(-0.5, -0.5), (0.5, 0.5), (-0.5, 0.5), (0.5, -0.5)])
        centre = fixture.pose_object_in_base.transform(
            fixture.interior.center_m + np.array([*step_m[beside % len(step_m)], -0.01])
        )
        return float(centre[0]), float(centre[1]), float(centre[2])

    def _fixtures(self) -> list[SceneObject]:
        """Return the fixtures, around the table's free zone."""
        far_m, left_m = _NEAR_EDGE_M + self._depth_m, _RIGHT_EDGE_M + self._width_m
        middle_m = np.array([_NEAR_EDGE_M + self._depth_m / 2, _RIGHT_EDGE_M + self._width_m / 2])
        table = Pose.at(float(middle_m[0]), float(middle_m[1]), -0.02)
        cabinet = Pose.at(middle_m[0] + 0.08, left_m + 0.43, 0.06, -np.pi / 2)
        opening_m = 0.15 if self.drawer_open else 0.0
        handle = cabinet @ Pose.at(0.165 + opening_m, 0.0, 0.012)
        zone = _box([0, 0, 0.07], [self._depth_m / 2, self._width_m / 2, 0.05])
        container, surface = {Affordance.CONTAINER}, {Affordance.SURFACE}
        parts: list[tuple[str, set[Affordance], Pose, tuple[float, float, float], Box | None]] = [
            ("table", surface, table, (self._depth_m + 0.8, self._width_m + 1.2, 0.04), zone),
            ("cabinet", surface, cabinet, (0.24, 0.26, 0.12), _box([0, 0, 0.115], [0.10, 0.11, 0.055])),
            (
                "drawer",
                {Affordance.DRAWER, Affordance.CONTAINER},
                handle,
                (0.012, 0.114, 0.012),
                _box([-0.145, 0, -0.022], [0.10, 0.112, 0.04]),
            ),
            (
                "bin",
                container,
                Pose.at(middle_m[0] - 0.04, _RIGHT_EDGE_M - 0.18, 0.04),
                (0.212, 0.212, 0.08),
                _box([0, 0, 0.006], [0.1, 0.1, 0.04]),
            ),
            (
                "bowl",
                container,
                Pose.at(far_m + 0.05, _RIGHT_EDGE_M - 0.11, 0.025),
                (0.17, 0.17, 0.05),
                _box([0, 0, 0.021], [0.06, 0.06, 0.04]),
            ),
            (
                "tray",
                surface,
                Pose.at(far_m + 0.125, middle_m[1] + 0.03, 0.008),
                (0.16, 0.22, 0.016),
                _box([0, 0, 0.054], [0.075, 0.105, 0.056]),
            ),
            ("button", {Affordance.BUTTON}, Pose.at(0.27, left_m + 0.21, 0.022), (0.08, 0.08, 0.044), None),
        ]
        if self._new_place:
            name, relation = self._new_place
            kind = container if relation == "in" else surface
            pose = Pose.at(far_m + 0.14, left_m + 0.18, 0.04)
            parts.append((name, kind, pose, (0.21, 0.21, 0.08), _box([0, 0, 0.046], [0.1, 0.1, 0.06])))
        states = {"drawer": {"opening_m": opening_m, "travel_m": _TRAVEL_M}, "button": {"lit": 0.0}}
        return [
            SceneObject(
                name,
                "",
                name,
                frozenset(affordances),
                pose,
                np.array(size_m),
                seen_s=1.0,
                interior=interior,
                states=states.get(name, {}),
            )
            for name, affordances, pose, size_m, interior in parts
        ]


def _box(center_m: Sequence[float], half_extents_m: Sequence[float]) -> Box:
    return Box(np.array(center_m, dtype=np.float64), np.array(half_extents_m, dtype=np.float64))
