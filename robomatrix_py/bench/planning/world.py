"""A symbolic world of its own that plans are carried out in: rules written by hand, not read from the skills.

A planner that misunderstands its own skills is seen here, because nothing is shared with its search or verifier.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from robomatrix_py.contracts.predicate import Atom
from robomatrix_py.contracts.skill import DIRECTIONS, SkillCall

_PUSH_M = (0.02, 0.20)
_PUSH_DEFAULT_M = 0.06


@dataclass(frozen=True)
class Body:
    """What a thing or fixture permits.

    Args:
        movable: It can be gripped.
        holds: Things can be put ``in`` it, ``on`` it, or neither (empty).
        drawer: It opens and closes.
        button: It can be pressed.
        size_m: Longer and shorter horizontal edge and height.
        room_m: Longer and shorter horizontal edge and height of what is inside, for a container.
    """

    movable: bool = False
    holds: str = ""
    drawer: bool = False
    button: bool = False
    size_m: tuple[float, float, float] = (0.0, 0.0, 0.0)
    room_m: tuple[float, float, float] = (0.0, 0.0, 0.0)


@dataclass(frozen=True)
class Push:
    """One push that was carried out."""

    thing: str
    direction: str
    distance_m: float


class SymbolicWorld:
    """Bodies, where they are, and what has been done.

    Args:
        bodies: By name.
        places: By movable thing: ``in`` or ``on``, and what.
        held: What the gripper holds, or empty.
        drawers_open: Names of the open drawers.
    """

    def __init__(
        self,
        bodies: Mapping[str, Body],
        places: Mapping[str, tuple[str, str]],
        held: str = "",
        drawers_open: Iterable[str] = (),
    ) -> None:
        self._bodies = dict(bodies)
        self._places = {name: place for name, place in places.items() if name != held}
        self._held = held
        self._open = set(drawers_open)
        self._over = ("", "")
        self._at = ""
        self._fresh: tuple[Atom, ...] = ()
        self.pushes: list[Push] = []
        self._rules: Mapping[str, tuple[tuple[str, ...], Callable[..., str]]] = {
            "move_to": (("target",), self._move_to),
            "grasp": (("object",), self._grasp),
            "position_over": (("object", "target"), self._position_over),
            "release": (("object", "target"), self._release),
            "open_drawer": (("drawer",), self._open_drawer),
            "close_drawer": (("drawer",), self._close_drawer),
            "press": (("button",), self._press),
            "search": (("object",), self._search),
            "put_down": ((), self._put_down),
            "push": (("object", "direction", "distance_m"), self._push),
        }

    @property
    def facts(self) -> frozenset[Atom]:
        """What is the case, what was done in the last step included."""
        found = {Atom(relation, (name, place)) for name, (relation, place) in self._places.items()}
        for name, body in self._bodies.items():
            if body.drawer:
                found.add(Atom("open" if name in self._open else "closed", (name,)))
        found.add(Atom("held", (self._held,)) if self._held else Atom("gripper_empty"))
        if self._at:
            found.add(Atom("at", (self._at,)))
        return frozenset(found.union(self._fresh))

    def do(self, call: SkillCall) -> str:
        """Carry out one skill call; return why it cannot be done, or an empty string."""
        if call.skill not in self._rules:
            return f"there is no skill {call.skill}"
        names, rule = self._rules[call.skill]
        values = dict(call.arguments)
        if call.skill == "push":
            values.setdefault("distance_m", _PUSH_DEFAULT_M)
        if set(values) != set(names):
            return f"{call.skill} takes {', '.join(names)}, not {', '.join(map(str, values))}"
        for name in names:
            if name in ("object", "target", "drawer", "button") and values[name] not in self._bodies:
                return f"there is no {values[name]}"
        self._fresh = ()
        return rule(*(values[name] for name in names))

    def _move_to(self, target: str) -> str:
        self._at, self._over = target, ("", "")
        return ""

    def _grasp(self, thing: str) -> str:
        why = self._hand_full() or self._out_of_reach(thing)
        if why or not self._bodies[thing].movable:
            return why or f"{thing} cannot be gripped"
        del self._places[thing]
        self._held, self._at = thing, ""
        return ""

    def _position_over(self, thing: str, target: str) -> str:
        if self._held != thing:
            return f"{thing} is not held"
        if not self._bodies[target].holds or target == thing:
            return f"nothing can be put in or on {target}"
        why = self._out_of_reach(target)
        if not why:
            self._over, self._at = (thing, target), target
        return why

    def _release(self, thing: str, target: str) -> str:
        if self._held != thing or self._over != (thing, target):
            return f"{thing} is not held over {target}"
        body, item = self._bodies[target], self._bodies[thing]
        if body.holds == "in":
            sideways = any(edge > room for edge, room in zip(item.size_m[:2], body.room_m[:2], strict=True))
            if sideways or (body.drawer and item.size_m[2] > body.room_m[2]):
                return f"{thing} does not fit into {target}"
        self._places[thing] = (body.holds, target)
        self._held, self._over, self._at = "", ("", ""), ""
        return ""

    def _open_drawer(self, drawer: str) -> str:
        return self._slide(drawer, self._open.add)

    def _close_drawer(self, drawer: str) -> str:
        return self._slide(drawer, self._open.discard)

    def _slide(self, drawer: str, change: Callable[[str], None]) -> str:
        why = self._hand_full()
        if why or not self._bodies[drawer].drawer:
            return why or f"{drawer} is no drawer"
        change(drawer)
        self._at = ""
        return ""

    def _press(self, button: str) -> str:
        why = self._hand_full()
        if why or not self._bodies[button].button:
            return why or f"{button} cannot be pressed"
        self._at, self._fresh = "", (Atom("pressed", (button,)),)
        return ""

    def _push(self, thing: str, direction: str, distance_m: float) -> str:
        why = self._hand_full() or self._out_of_reach(thing)
        if why or not self._bodies[thing].movable:
            return why or f"{thing} cannot be pushed"
        if direction not in DIRECTIONS or not _PUSH_M[0] <= distance_m <= _PUSH_M[1]:
            return f"a push by {distance_m} m to {direction} is out of range"
        self.pushes.append(Push(thing, direction, distance_m))
        self._at, self._fresh = "", (Atom("pushed", (thing, direction)),)
        return ""

    def _search(self, thing: str) -> str:
        self._at, self._over, self._fresh = "", ("", ""), (Atom("seen", (thing,)),)
        return ""

    def _put_down(self) -> str:
        if self._held:
            self._places[self._held] = ("on", "table")
        self._held, self._over, self._at = "", ("", ""), ""
        return ""

    def _hand_full(self) -> str:
        return f"the gripper holds {self._held}" if self._held else ""

    def _out_of_reach(self, name: str) -> str:
        """Return what keeps the gripper from a thing: something on top of it, or a drawer that is closed."""
        if name == self._held:
            return f"{name} is held"
        on_top = [other for other, place in self._places.items() if place == ("on", name)]
        if on_top and self._bodies[name].movable:
            return f"{on_top[0]} stands on {name}"
        inside = name
        while inside:
            if self._bodies[inside].drawer and inside not in self._open:
                return f"{inside} is closed"
            inside = self._places.get(inside, ("", ""))[1]
        return ""
