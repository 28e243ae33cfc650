"""Draws tasks at five levels from seeds: a table, what is said, and what must come of it.

Every kind of task is one function: it lays the table, and returns the words for the slots of its wordings and what is
expected. Nothing here knows how a planner reads or searches.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from robomatrix_py.bench.planning.expected import Expected
from robomatrix_py.bench.planning.table import BUTTON, DRAWER, PLACES, SHAPES, TABLE, TALL, Tabletop
from robomatrix_py.bench.planning.typing_errors import misspell
from robomatrix_py.bench.planning.wordings import Wordings
from robomatrix_py.contracts.predicate import Atom

PRESSED = Atom("pressed", (BUTTON,))
_OPEN, _CLOSED = Atom("open", (DRAWER,)), Atom("closed", (DRAWER,))
_OBJECTS = (4, 10)
_NUMBERS = {2: "two", 3: "three"}
_TO = {"left": "to the left", "right": "to the right", "forward": "forward", "backward": "backward"}
_FITS_DRAWER = (TALL,)


class Level(IntEnum):
    """How hard a task is to plan."""

    ONE_SKILL = 1
    COMPOSED = 2
    UNSEEN = 3
    """Objects and words that no catalogue knows, and typing errors."""
    LONG = 4
    """Five to twelve skills."""
    NOT_TO_BE_DONE = 5
    """Impossible, ambiguous or unsafe: to be refused or asked about."""


class Why(IntEnum):
    """Why a task of level 5 must not be carried out."""

    IMPOSSIBLE = 1
    AMBIGUOUS = 2
    UNSAFE = 3


Slots = Mapping[str, str]
Lay = Callable[[Tabletop], tuple[Slots, Expected]]


@dataclass(frozen=True)
class Kind:
    """A kind of task.

    Args:
        level: How hard it is.
        lay: Lays the table and says what is expected.
        why: For level 5: why it must not be carried out.
    """

    level: Level
    lay: Lay
    why: Why | None = None


@dataclass(frozen=True, eq=False)
class PlanningTask:
    """One task.

    Args:
        seed: What it was drawn from.
        kind: Name of its kind.
        level: How hard it is.
        why: For level 5: why it must not be carried out.
        said: What the person says.
        table: What is where.
        expected: What must come of it; of no account at level 5.
    """

    seed: int
    kind: str
    level: Level
    why: Why | None
    said: str
    table: Tabletop
    expected: Expected


def draw_task(seed: int, words: Wordings) -> PlanningTask:
    """Return the task of a seed: seeds that follow each other go through the levels in turn."""
    rng = np.random.default_rng([seed, 0x9A45])
    level = Level(seed % len(Level) + 1)
    names = [name for name, kind in KINDS.items() if kind.level is level]
    name = names[int(rng.integers(len(names)))]
    table = Tabletop(rng, words)
    slots, expected = KINDS[name].lay(table)
    wordings = words.said[name]
    said = wordings[int(rng.integers(len(wordings)))].format_map(slots)
    said = said[0].upper() + said[1:] if rng.random() < 0.3 else said
    if name == "typo":
        said = misspell(said, rng)
    return PlanningTask(seed, name, level, KINDS[name].why, said, table, expected)


def _fill(table: Tabletop, without: tuple[str, ...] = ()) -> None:
    table.fill(max(len(table.things), int(table.rng.integers(_OBJECTS[0], _OBJECTS[1] + 1))), without)


def _at(table: Tabletop, thing: str, place: str) -> Atom:
    return Atom(table.relation(place), (thing, place))


def _places(table: Tabletop, number: int) -> list[str]:
    return [PLACES[i] for i in table.rng.permutation(len(PLACES))[:number]]


def _slots(table: Tabletop, **names: str) -> dict[str, str]:
    """Return the slots for things (x, y, z) and places (p, q, r)."""
    found: dict[str, str] = {}
    for slot, name in names.items():
        if slot in "pqr":
            relation, phrase = table.relation(name), table.say(name)
            found |= {slot: phrase, f"{slot}_": name}
            found |= {f"in_{slot}": f"{relation} {phrase}", f"into_{slot}": f"{relation}to {phrase}"}
        else:
            phrase = table.bare(name)
            found |= {slot: f"the {phrase}", f"{slot}_": phrase}
    return found


def _plural(shape: str) -> str:
    return f"{shape}s"


# ---- level 1


def _grasp(table: Tabletop) -> tuple[Slots, Expected]:
    x = table.thing()
    _fill(table)
    return _slots(table, x=x), _taken(x)


def _taken(x: str) -> Expected:
    return Expected(holds=frozenset({Atom("held", (x,))}))


def _open(table: Tabletop) -> tuple[Slots, Expected]:
    _fill(table)
    return {}, Expected(holds=frozenset({_OPEN}))


def _close(table: Tabletop) -> tuple[Slots, Expected]:
    table.drawer_open = True
    _fill(table)
    return {}, Expected(holds=frozenset({_CLOSED}))


def _press(table: Tabletop) -> tuple[Slots, Expected]:
    _fill(table)
    return {}, Expected(deeds=(PRESSED,))


def _push(table: Tabletop) -> tuple[Slots, Expected]:
    x = table.thing()
    _fill(table)
    return _pushed(table, x)


def _pushed(table: Tabletop, x: str) -> tuple[Slots, Expected]:
    direction = table.pick(_TO)
    slots = {**_slots(table, x=x), "to_dir": _TO[direction]}
    return slots, Expected(deeds=(Atom("pushed", (x, direction)),))


def _push_by(table: Tabletop) -> tuple[Slots, Expected]:
    slots, expected = _push(table)
    centimetres = int(table.rng.integers(3, 16))
    words = table.pick((f"{centimetres} cm", f"{centimetres} centimeters", f"{centimetres} centimetres"))
    return {**slots, "cm": words}, Expected(deeds=expected.deeds, distance_m=centimetres / 100)


def _move_to(table: Tabletop) -> tuple[Slots, Expected]:
    x = table.thing()
    _fill(table)
    goal = table.pick((x, *PLACES))
    return _slots(table, x=goal), Expected(holds=frozenset({Atom("at", (goal,))}))


# ---- level 2


def _place(table: Tabletop) -> tuple[Slots, Expected]:
    x, (p,) = table.thing(), _places(table, 1)
    _fill(table)
    return _slots(table, x=x, p=p), Expected(holds=frozenset({_at(table, x, p)}))


def _stack(table: Tabletop) -> tuple[Slots, Expected]:
    x, y = table.thing(), table.thing(flat=True)
    _fill(table)
    return _slots(table, x=x, y=y), Expected(holds=frozenset({_at(table, x, y)}))


def _stow_open(table: Tabletop) -> tuple[Slots, Expected]:
    x = table.thing(without=_FITS_DRAWER)
    _fill(table)
    return _slots(table, x=x), Expected(holds=frozenset({_at(table, x, DRAWER)}), loose=frozenset({DRAWER}))


def _both(table: Tabletop) -> tuple[Slots, Expected]:
    x, y, (p,) = table.thing(), table.thing(), _places(table, 1)
    _fill(table)
    return _slots(table, x=x, y=y, p=p), Expected(holds=frozenset({_at(table, x, p), _at(table, y, p)}))


def _take_out(table: Tabletop) -> tuple[Slots, Expected]:
    (p,) = _places(table, 1)
    p = p if table.relation(p) == "in" else "bowl"
    x = table.thing(inside=p)
    _fill(table)
    return _slots(table, x=x, p=p), Expected(lacks=frozenset({_at(table, x, p)}))


def _alike(table: Tabletop, number: int) -> tuple[str, list[str]]:
    shape = table.pick(SHAPES)
    return shape, [table.thing(shape=shape) for _ in range(number)]


def _count(table: Tabletop) -> tuple[Slots, Expected]:
    number = int(table.rng.integers(2, 4))
    (p,), (shape, alike) = _places(table, 1), _alike(table, number + int(table.rng.integers(1, 3)))
    _fill(table, (shape,))
    slots = {**_slots(table, p=p), "n": _NUMBERS[number], "kind": shape, "kinds": _plural(shape)}
    return slots, Expected(exactly=(number, frozenset(_at(table, x, p) for x in alike)))


def _all(table: Tabletop) -> tuple[Slots, Expected]:
    (p,), (shape, alike) = _places(table, 1), _alike(table, int(table.rng.integers(2, 4)))
    _fill(table, (shape,))
    slots = {**_slots(table, p=p), "kind": shape, "kinds": _plural(shape)}
    return slots, Expected(holds=frozenset(_at(table, x, p) for x in alike))


def _relation(table: Tabletop) -> tuple[Slots, Expected]:
    """Two things of a shape in one row, the landmark between them."""
    shape, (p,) = table.pick(SHAPES), _places(table, 1)
    row, right_first = int(table.rng.integers(4)), bool(table.rng.integers(2))
    rightmost = table.thing(shape=shape, cell=(row, 0))
    landmark = table.thing(without=(shape,), cell=(row, 1 + int(table.rng.integers(2))))
    leftmost = table.thing(shape=shape, cell=(row, 3))
    _fill(table, (shape,))
    x, relation = (rightmost, "right of") if right_first else (leftmost, "left of")
    relation = table.pick((relation, f"to the {relation}"))
    slots = {**_slots(table, p=p), "kind": shape, "rel": relation, "l": table.say(landmark)}
    return slots, Expected(holds=frozenset({_at(table, x, p)}))


def _nearest(table: Tabletop) -> tuple[Slots, Expected]:
    shape, (p,) = table.pick(SHAPES), _places(table, 1)
    row = int(table.rng.integers(4))
    x = table.thing(shape=shape, cell=(row, 1))
    table.thing(shape=shape, cell=(row, 3))
    landmark = table.thing(without=(shape,), cell=(row, 0))
    _fill(table, (shape,))
    slots = {**_slots(table, p=p), "kind": shape, "l": table.say(landmark)}
    return slots, Expected(holds=frozenset({_at(table, x, p)}))


def _outermost(table: Tabletop) -> tuple[Slots, Expected]:
    shape, (p,) = table.pick(SHAPES), _places(table, 1)
    alike = [table.thing(shape=shape, cell=(int(table.rng.integers(4)), column)) for column in (0, 1, 3)]
    _fill(table, (shape,))
    x, most = (alike[0], "rightmost") if table.rng.integers(2) else (alike[-1], "leftmost")
    slots = {**_slots(table, p=p), "kind": shape, "kinds": _plural(shape), "most": most}
    return slots, Expected(holds=frozenset({_at(table, x, p)}))


def _if_open(table: Tabletop) -> tuple[Slots, Expected]:
    table.drawer_open = bool(table.rng.integers(2))
    _fill(table)
    return {}, Expected(holds=frozenset({_CLOSED}))


def _if_not_open(table: Tabletop) -> tuple[Slots, Expected]:
    table.drawer_open = bool(table.rng.integers(2))
    _fill(table)
    return {}, Expected(holds=frozenset({_OPEN}))


def _if_else(table: Tabletop) -> tuple[Slots, Expected]:
    (p,), is_there = _places(table, 1), bool(table.rng.integers(2))
    x = table.thing(inside=p if is_there else "")
    _fill(table)
    return _slots(table, x=x, p=p), Expected(holds=frozenset({_at(table, x, p)}), deeds=(PRESSED,) if is_there else ())


def _then(table: Tabletop) -> tuple[Slots, Expected]:
    x, (p,) = table.thing(), _places(table, 1)
    _fill(table)
    there = _at(table, x, p)
    return _slots(table, x=x, p=p), Expected(holds=frozenset({there}), order=(PRESSED, there), deeds=(PRESSED,))


def _before(table: Tabletop) -> tuple[Slots, Expected]:
    slots, expected = _then(table)
    return slots, Expected(holds=expected.holds, order=expected.order[::-1], deeds=expected.deeds)


def _held(table: Tabletop) -> tuple[Slots, Expected]:
    x, (p,) = table.thing(), _places(table, 1)
    table.hold(x)
    _fill(table)
    return _slots(table, x=x, p=p), Expected(holds=frozenset({_at(table, x, p)}))


def _unlike(table: Tabletop) -> tuple[Slots, Expected]:
    slots, expected = _both(table)
    return slots, Expected(holds=frozenset(atom for atom in expected.holds if atom.arguments[0] == table.things[0]))


# ---- level 3


def _novel_place(table: Tabletop) -> tuple[Slots, Expected]:
    x, (p,) = table.new_thing(), _places(table, 1)
    _fill(table)
    return _slots(table, x=x, p=p), Expected(holds=frozenset({_at(table, x, p)}))


def _novel_grasp(table: Tabletop) -> tuple[Slots, Expected]:
    x = table.new_thing()
    _fill(table)
    return _slots(table, x=x), _taken(x)


def _novel_push(table: Tabletop) -> tuple[Slots, Expected]:
    x = table.new_thing()
    _fill(table)
    return _pushed(table, x)


def _novel_target(table: Tabletop) -> tuple[Slots, Expected]:
    x, p = table.thing(), table.new_place()
    _fill(table)
    return _slots(table, x=x, p=p), Expected(holds=frozenset({_at(table, x, p)}))


def _word_thing(table: Tabletop) -> tuple[Slots, Expected]:
    """Another word for the shape, or for the colour."""
    (p,), words = _places(table, 1), table.words
    shape, color = table.pick(words.shapes), table.pick(words.colors)
    x = table.thing(shape=shape, color=color)
    _fill(table, (color,))
    if table.rng.integers(2):
        phrase = f"the {color} {table.pick(words.shapes[shape])}"
    else:
        phrase = f"the {table.pick(words.colors[color])} {shape}"
    return {**_slots(table, p=p), "x_syn": phrase}, Expected(holds=frozenset({_at(table, x, p)}))


def _word_place(table: Tabletop) -> tuple[Slots, Expected]:
    x, p = table.thing(), table.pick(table.words.places)
    _fill(table)
    other = f"{table.relation(p)} the {table.pick(table.words.places[p])}"
    return {**_slots(table, x=x), "in_p_syn": other}, Expected(holds=frozenset({_at(table, x, p)}))


def _typo(table: Tabletop) -> tuple[Slots, Expected]:
    x, (p,) = table.thing(without=_FITS_DRAWER), _places(table, 1)
    _fill(table)
    # One of the wordings means the drawer: then it is there that the thing must be.
    return _slots(table, x=x, p=p), Expected(
        exactly=(1, frozenset({_at(table, x, p), _at(table, x, DRAWER)})), loose=frozenset({DRAWER})
    )


# ---- level 4


def _stow(table: Tabletop) -> tuple[Slots, Expected]:
    x = table.thing(without=_FITS_DRAWER)
    _fill(table)
    stowed = _at(table, x, DRAWER)
    return _slots(table, x=x), Expected(holds=frozenset({stowed, _CLOSED}), order=(_OPEN, stowed, _CLOSED))


def _stow_press(table: Tabletop) -> tuple[Slots, Expected]:
    slots, expected = _stow(table)
    return slots, Expected(holds=expected.holds, order=(*expected.order, PRESSED), deeds=(PRESSED,))


def _stow_two(table: Tabletop) -> tuple[Slots, Expected]:
    x, y = table.thing(without=_FITS_DRAWER), table.thing(without=_FITS_DRAWER)
    _fill(table)
    stowed = {_at(table, x, DRAWER), _at(table, y, DRAWER)}
    return _slots(table, x=x, y=y), Expected(holds=frozenset({*stowed, _CLOSED}), order=(_OPEN, _CLOSED))


def _three_places(table: Tabletop) -> tuple[Slots, Expected]:
    things, places = [table.thing() for _ in range(3)], _places(table, 3)
    _fill(table)
    (x, y, z), (p, q, r) = things, places
    holds = frozenset(_at(table, thing, place) for thing, place in zip(things, places, strict=True))
    return _slots(table, x=x, y=y, z=z, p=p, q=q, r=r), Expected(holds=holds)


def _three_one(table: Tabletop) -> tuple[Slots, Expected]:
    x, y, z = (table.thing() for _ in range(3))
    (p,) = _places(table, 1)
    _fill(table)
    return _slots(table, x=x, y=y, z=z, p=p), Expected(holds=frozenset(_at(table, i, p) for i in (x, y, z)))


def _tower(table: Tabletop) -> tuple[Slots, Expected]:
    y, x, z = table.thing(flat=True), table.thing(flat=True), table.thing()
    _fill(table)
    first, second = _at(table, x, y), _at(table, z, x)
    return _slots(table, x=x, y=y, z=z), Expected(holds=frozenset({first, second}), order=(first, second))


def _few(table: Tabletop, number: int) -> list[str]:
    return [table.thing() for _ in range(number)]


def _except(table: Tabletop) -> tuple[Slots, Expected]:
    x, (p,) = table.thing(), _places(table, 1)
    rest = _few(table, int(table.rng.integers(2, 5)))
    return _slots(table, x=x, p=p), Expected(holds=frozenset(_at(table, thing, p) for thing in rest))


def _everything(table: Tabletop) -> tuple[Slots, Expected]:
    (p,), things = _places(table, 1), _few(table, int(table.rng.integers(2, 5)))
    return _slots(table, p=p), Expected(holds=frozenset(_at(table, thing, p) for thing in things))


def _clear(table: Tabletop) -> tuple[Slots, Expected]:
    things = _few(table, int(table.rng.integers(2, 5)))
    on_it, taken = Atom("on", ("*", TABLE)), Atom("held", ("*",))
    return {}, Expected(lacks=frozenset({on_it, taken}), loose=frozenset(things))


def _empty_into(table: Tabletop) -> tuple[Slots, Expected]:
    p = table.pick(("bin", "bowl"))
    q = table.pick(set(PLACES) - {p})
    things = [table.thing(inside=p) for _ in range(int(table.rng.integers(2, 4)))]
    _fill(table)
    return _slots(table, p=p, q=q), Expected(holds=frozenset(_at(table, thing, q) for thing in things))


def _sort(table: Tabletop) -> tuple[Slots, Expected]:
    p, q = _places(table, 2)
    one, other = (sorted(SHAPES)[i] for i in table.rng.permutation(len(SHAPES))[:2])
    first = [table.thing(shape=one) for _ in range(int(table.rng.integers(1, 3)))]
    second = [table.thing(shape=other) for _ in range(2)]
    if len(first) == 1:
        first.append(table.thing(shape=one))
    _fill(table, (one, other))
    kinds = {"kind": one, "kinds": _plural(one), "kind2": other, "kinds2": _plural(other)}
    holds = {_at(table, x, p) for x in first} | {_at(table, x, q) for x in second}
    return {**_slots(table, p=p, q=q), **kinds}, Expected(holds=frozenset(holds))


def _out_and_stow(table: Tabletop) -> tuple[Slots, Expected]:
    p = table.pick(PLACES)
    x = table.thing(inside=p, without=_FITS_DRAWER)
    _fill(table)
    stowed = _at(table, x, DRAWER)
    return _slots(table, x=x, p=p), Expected(holds=frozenset({stowed, _CLOSED}), order=(_OPEN, stowed, _CLOSED))


def _long_mix(table: Tabletop) -> tuple[Slots, Expected]:
    """The button, a thing that is put somewhere, and one that is pushed; the drawer is open in one wording."""
    x, y, (p,) = table.thing(), table.thing(), _places(table, 1)
    _fill(table)
    direction = table.pick(_TO)
    pushed = Atom("pushed", (y, direction))
    slots = {**_slots(table, x=x, y=y, p=p), "to_dir": _TO[direction]}
    return slots, Expected(holds=frozenset({_at(table, x, p)}), deeds=(PRESSED, pushed))


def _swap_places(table: Tabletop) -> tuple[Slots, Expected]:
    p, q = _places(table, 2)
    x, y = table.thing(inside=p), table.thing()
    _fill(table)
    out, there = _at(table, x, q), _at(table, y, p)
    return _slots(table, x=x, y=y, p=p, q=q), Expected(holds=frozenset({out, there}))


# ---- level 5

_NOTHING = Expected()


def _absent(table: Tabletop) -> tuple[Slots, Expected]:
    y, (p,) = table.thing(flat=True), _places(table, 1)
    _fill(table)
    missing = [
        f"the {color} {shape}"
        for color in ("red", "blue", "green")
        for shape in SHAPES
        if f"{color}_{shape}" not in table.things
    ]
    absent = table.pick(table.words.absent) if table.rng.integers(2) else table.pick(missing)
    return {**_slots(table, y=y, p=p), "absent": absent}, _NOTHING


def _absent_place(table: Tabletop) -> tuple[Slots, Expected]:
    x = table.thing()
    _fill(table)
    return {**_slots(table, x=x), "noplace": table.pick(table.words.absent_places)}, _NOTHING


def _too_big(table: Tabletop) -> tuple[Slots, Expected]:
    tall = table.thing(shape=TALL)
    _fill(table)
    return {"tall": table.say(tall)}, _NOTHING


def _not_a_place(table: Tabletop) -> tuple[Slots, Expected]:
    x, solid, ball = table.thing(), table.thing(shape="cube"), table.thing(shape="ball")
    _fill(table)
    return {**_slots(table, x=x), "solid": table.say(solid), "round": table.say(ball)}, _NOTHING


def _anything(table: Tabletop) -> tuple[Slots, Expected]:
    x, (p, q) = table.thing(), _places(table, 2)
    _fill(table)
    return _slots(table, x=x, p=p, q=q), _NOTHING


def _which(table: Tabletop) -> tuple[Slots, Expected]:
    (p,), (shape, alike) = _places(table, 1), _alike(table, int(table.rng.integers(1, 4)))
    if len(alike) == 1:
        table.twin(alike[0])
        shape = f"{table.color(alike[0])} {shape}"
    _fill(table, (shape.split()[-1],))
    return {**_slots(table, p=p), "kind": shape}, _NOTHING


KINDS: Mapping[str, Kind] = {
    **{
        name: Kind(Level.ONE_SKILL, lay)
        for name, lay in {
            "grasp": _grasp,
            "open": _open,
            "close": _close,
            "press": _press,
            "push": _push,
            "push_by": _push_by,
            "move_to": _move_to,
        }.items()
    },
    **{
        name: Kind(Level.COMPOSED, lay)
        for name, lay in {
            "place": _place,
            "stack": _stack,
            "stow_open": _stow_open,
            "both": _both,
            "take_out": _take_out,
            "count": _count,
            "all": _all,
            "relation": _relation,
            "nearest": _nearest,
            "outermost": _outermost,
            "if_open": _if_open,
            "if_not_open": _if_not_open,
            "if_else": _if_else,
            "then": _then,
            "before": _before,
            "held": _held,
            "unlike": _unlike,
            "there": _place,
        }.items()
    },
    **{
        name: Kind(Level.UNSEEN, lay)
        for name, lay in {
            "novel_place": _novel_place,
            "novel_grasp": _novel_grasp,
            "novel_push": _novel_push,
            "novel_target": _novel_target,
            "word_verb": _place,
            "word_open": _open,
            "word_close": _close,
            "word_press": _press,
            "word_thing": _word_thing,
            "word_place": _word_place,
            "typo": _typo,
            "chatty": _place,
        }.items()
    },
    **{
        name: Kind(Level.LONG, lay)
        for name, lay in {
            "stow": _stow,
            "stow_press": _stow_press,
            "stow_two": _stow_two,
            "three_places": _three_places,
            "three_one": _three_one,
            "tower": _tower,
            "except": _except,
            "everything": _everything,
            "clear": _clear,
            "empty_into": _empty_into,
            "sort": _sort,
            "out_and_stow": _out_and_stow,
            "long_mix": _long_mix,
            "swap_places": _swap_places,
        }.items()
    },
    **{
        name: Kind(Level.NOT_TO_BE_DONE, lay, why)
        for name, (lay, why) in {
            "absent": (_absent, Why.IMPOSSIBLE),
            "absent_place": (_absent_place, Why.IMPOSSIBLE),
            "too_big": (_too_big, Why.IMPOSSIBLE),
            "not_a_place": (_not_a_place, Why.IMPOSSIBLE),
            "no_skill": (_anything, Why.IMPOSSIBLE),
            "contradiction": (_anything, Why.IMPOSSIBLE),
            "out_of_range": (_anything, Why.IMPOSSIBLE),
            "which": (_which, Why.AMBIGUOUS),
            "no_referent": (_anything, Why.AMBIGUOUS),
            "no_target": (_anything, Why.AMBIGUOUS),
            "no_sense": (_anything, Why.AMBIGUOUS),
            "harm": (_anything, Why.UNSAFE),
            "damage": (_anything, Why.UNSAFE),
            "override": (_anything, Why.UNSAFE),
        }.items()
    },
}
"""Every kind of task by name."""
