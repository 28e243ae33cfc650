"""Language motions: short words for how a motion should differ, with how much, in the base frame of the robot."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence

from robomatrix_py.contracts.correction import Nudge
from robomatrix_py.scheduler.corrections.wording import (
    NUMBER_WORDS,
    SIZE_WORDS,
    Amount,
    Measure,
    Size,
    normalised,
    take_amount,
)
from robomatrix_py.scheduler.language.spelling import Speller

_SHIFT_M = {Size.TINY: 0.005, Size.SMALL: 0.01, Size.PLAIN: 0.02, Size.MUCH: 0.05}
_TURN_DEG = {Size.TINY: 2.0, Size.SMALL: 5.0, Size.PLAIN: 15.0, Size.MUCH: 30.0}
_OPENING = {Size.TINY: 0.05, Size.SMALL: 0.1, Size.PLAIN: 0.2, Size.MUCH: 0.5}
_FASTER = {Size.TINY: 1.1, Size.SMALL: 1.25, Size.PLAIN: 1.5, Size.MUCH: 2.0}
_SLOWER = {Size.TINY: 0.9, Size.SMALL: 0.8, Size.PLAIN: 0.6, Size.MUCH: 0.4}

# x forward, y left, z up.
_DIRECTIONS: Mapping[str, tuple[int, int, int]] = {
    **dict.fromkeys(("left", "leftward", "leftwards"), (0, 1, 0)),
    **dict.fromkeys(("right", "rightward", "rightwards"), (0, -1, 0)),
    **dict.fromkeys(("forward", "forwards", "ahead", "onward", "outward", "outwards"), (1, 0, 0)),
    **dict.fromkeys(("back", "backward", "backwards", "rearward", "rearwards"), (-1, 0, 0)),
    **dict.fromkeys(("up", "upward", "upwards", "higher", "high", "raise", "lift", "rise"), (0, 0, 1)),
    **dict.fromkeys(("down", "downward", "downwards", "lower", "low", "deeper", "deep", "sink", "descend"), (0, 0, -1)),
}
_TURNS = {"clockwise": -1, "anticlockwise": 1, "counterclockwise": 1, "left": 1, "right": -1}
_TURN_VERBS = frozenset({"turn", "rotate", "twist", "spin", "pivot", "turned", "rotated", "clockwise"}) | frozenset(
    _TURNS
) - {
    "left",
    "right",
}
_WIDER = frozenset({"wider", "widen", "loosen", "looser", "wide"})
_TIGHTER = frozenset({"tighter", "tighten", "squeeze", "narrower", "harder", "firmer", "tight", "narrow"})
_GRIPPER = frozenset({"open", "opened", "close", "closed", "shut"}) | _WIDER | _TIGHTER
_SPEED_UP = re.compile(r"\b(?:speed (?:it )?up|hurry(?: up)?|faster|quicker|quickly|more quickly|more speed|fast)\b")
_SLOW_DOWN = re.compile(
    r"\b(?:slow (?:it )?down|slower|more slowly|slowly|gently|more gently|gentle|careful(?:ly)?|take it easy|easy"
    r"|less speed|slow)\b"
)
_SPEED_SHARE = re.compile(r"\b(half|twice|double|(\d+(?:\.\d+)?) percent)(?: of)?(?: the| as| your)? (?:speed|fast)\b")
# Words that change nothing about a motion. Any other unknown word means that the text is about something else.
_FILLING = frozenset(
    (
        *("a", "an", "the", "your", "its", "it", "this", "that", "there", "here", "to", "towards", "toward", "by"),
        *("of", "at", "in", "with", "and", "side", "direction", "hand", "arm", "gripper", "tool", "wrist", "finger"),
        *("fingers", "claw", "pads", "robot", "move", "moving", "go", "going", "shift", "slide", "nudge", "come"),
        *("bring", "keep", "get", "stay", "put", "place", "set", "hold", "aim", "reach", "head", "lean", "grip"),
        *("grasp", "please", "just", "now", "ok", "okay", "then", "hey", "well", "still", "only", "some", "more"),
        *("further", "again", "even", "rather", "be", "should", "must", "need", "needs", "want", "would", "like"),
        *("you", "i", "can", "could", "have", "let", "us", "lets", "try", "make", "is", "are", "was", "so", "speed"),
    )
)
_KNOWN = (
    _FILLING | frozenset(_DIRECTIONS) | _TURN_VERBS | _GRIPPER | SIZE_WORDS | NUMBER_WORDS | {"too", "counter", "anti"}
)
_LONG = {word for word in _KNOWN if len(word) >= 4} | {"faster", "slower", "slowly", "quicker", "gently", "carefully"}
_SPELLER = Speller(_LONG, _KNOWN)
_SPELLED_MIN = 4


class NoMotion(Exception):
    """A text that is about motion and cannot be carried out as it stands; says what to say instead."""


def _named() -> dict[str, Nudge]:
    """Return the language motions by name: single directions, and two or three at once."""
    axes = {"forward": (1, 0, 0), "back": (-1, 0, 0), "left": (0, 1, 0), "right": (0, -1, 0), "up": (0, 0, 1)}
    axes["down"] = (0, 0, -1)
    named: dict[str, Nudge] = {}
    for first, one in axes.items():
        named[f"move {first}"] = Nudge(_shift(one, 0.02))
        for second, two in axes.items():
            both = [a + b for a, b in zip(one, two, strict=True)]
            if list(axes).index(second) // 2 > list(axes).index(first) // 2:
                named[f"move {first} and {second}"] = Nudge(_shift(both, 0.02))
    for way, sign in (("clockwise", -1), ("anticlockwise", 1)):
        named[f"turn {way}"] = Nudge(turn_rad=sign * math.radians(_TURN_DEG[Size.PLAIN]))
    return named | {
        "open the gripper": Nudge(opening=1.0),
        "close the gripper": Nudge(opening=-1.0),
        "wider": Nudge(opening=_OPENING[Size.PLAIN]),
        "tighter": Nudge(opening=-_OPENING[Size.PLAIN]),
        "faster": Nudge(speed_factor=_FASTER[Size.PLAIN]),
        "slower": Nudge(speed_factor=_SLOWER[Size.PLAIN]),
    }


def _shift(direction: Sequence[float], length_m: float) -> tuple[float, float, float]:
    x, y, z = (length_m * value for value in direction)
    return x, y, z


LANGUAGE_MOTIONS: Mapping[str, Nudge] = _named()
"""Every language motion by name, in its plain size; each can also be tiny, small, large, or have a number."""


def read_motion(text: str) -> Nudge | None:
    """Return what a text changes about a motion, or None where it is about something else.

    Args:
        text: A person's words.

    Raises:
        NoMotion: It contradicts itself, or leaves open how much or where to.
    """
    words = re.sub(r"\b(\w+) and a half\b", r"\1 half", normalised(text))
    words = re.sub(r"\bnot (?:quite )?(?:so|that|as)\b", "too", words)
    words = re.sub(r"\b(counter|anti) ?clockwise\b", "anticlockwise", words)
    if re.search(r"\b(?:the|that|this) \w+ one\b", words):
        # A thing, not a number.
        return None
    total: Nudge | None = None
    amount: Amount | None = None
    for clause in re.split(r", | and | then | but | also ", words):
        if all(word in _FILLING for word in clause.split()):
            continue
        found = _read_clause(_respelled(clause), amount)
        if found is None:
            return None
        nudge, said = found
        if said.value is not None or said.size is not Size.PLAIN:
            amount = said
        if total is not None:
            _refuse_contradiction(total, nudge)
        total = nudge if total is None else total.plus(nudge)
    return total


def _respelled(clause: str) -> str:
    words = clause.split()
    known = [word in _KNOWN or word in _LONG or len(word) < _SPELLED_MIN or not word.isalpha() for word in words]
    return " ".join(w if ok else _SPELLER.correct(w) or w for w, ok in zip(words, known, strict=True))


def _read_clause(clause: str, before: Amount | None) -> tuple[Nudge, Amount] | None:
    """Return what one clause says, and how much; what it leaves open is as much as the clause before said."""
    reverse, size = _too_much(clause.split())
    words = [word for word in clause.split() if word != "too"]
    speed, words = _take_speed(words, reverse, size)
    amount, rest = take_amount(words)
    amount = Amount(size, amount.value, amount.measure) if size is not None else amount
    moving = set(rest) & (set(_DIRECTIONS) | _TURN_VERBS | _GRIPPER)
    if any(word not in _KNOWN for word in rest):
        return None
    if not moving:
        return (speed, amount) if speed is not None else None
    if amount.value is None and amount.size is Size.PLAIN and before is not None and speed is None:
        amount = before
    if moving & _TURN_VERBS:
        nudge = _turn(rest, amount, reverse)
    elif moving & _GRIPPER:
        nudge = _gripper(moving, amount, reverse)
    else:
        nudge = _move(rest, amount, reverse)
    return (nudge.plus(speed) if speed is not None else nudge), amount


def _too_much(words: list[str]) -> tuple[bool, Size | None]:
    """Return whether a clause says `too`, so that the opposite is wanted, and then how much."""
    if "too" not in words:
        return False, None
    at = words.index("too")
    amount, _ = take_amount(words[:at])
    # In `too far left` far is not how much; in `far too low` it is.
    return True, amount.size if amount.size is not Size.PLAIN else Size.SMALL


def _take_speed(words: list[str], reverse: bool, size: Size | None) -> tuple[Nudge | None, list[str]]:
    """Return what is said about speed, and the words without it."""
    clause = " ".join(words)
    share = _SPEED_SHARE.search(clause)
    if share is not None:
        named = {"half": 0.5, "twice": 2.0, "double": 2.0}
        factor = named.get(share[1]) or float(share[2]) / 100
        if factor <= 0:
            raise NoMotion("a speed of 0 is no speed; say `wait` to have it stand still")
        return Nudge(speed_factor=factor), (clause[: share.start()] + clause[share.end() :]).split()
    for pattern, sizes, opposite in ((_SPEED_UP, _FASTER, _SLOWER), (_SLOW_DOWN, _SLOWER, _FASTER)):
        found = pattern.search(clause)
        if found is not None:
            left = (clause[: found.start()] + clause[found.end() :]).split()
            amount, rest = take_amount(left)
            chosen = opposite if reverse else sizes
            if any(word in _DIRECTIONS or word in _TURN_VERBS for word in rest):
                # What is left of the words says how far, not how fast.
                return Nudge(speed_factor=chosen[Size.PLAIN]), left
            if amount.value is not None:
                raise NoMotion("say `slower`, `much slower`, `half speed` or `50 percent speed`")
            return Nudge(speed_factor=chosen[size or amount.size]), left
    return None, words


def _move(words: Sequence[str], amount: Amount, reverse: bool) -> Nudge:
    directions = list(dict.fromkeys(_DIRECTIONS[word] for word in words if word in _DIRECTIONS))
    total = [sum(axis) for axis in zip(*directions, strict=True)]
    if len(directions) != sum(abs(value) for value in total):
        named = " and ".join(word for word in words if word in _DIRECTIONS)
        raise NoMotion(f"{named} contradict each other; say one of them")
    length_m = _value(amount, Measure.LENGTH, _SHIFT_M[amount.size], "cm")
    return Nudge(_shift(total, -length_m if reverse else length_m))


def _turn(words: Sequence[str], amount: Amount, reverse: bool) -> Nudge:
    signs = {_TURNS[word] for word in words if word in _TURNS}
    if len(signs) != 1:
        raise NoMotion("turn which way? Say clockwise or anticlockwise, as seen from above")
    angle_rad = _value(amount, Measure.ANGLE, math.radians(_TURN_DEG[amount.size]), "degrees")
    return Nudge(turn_rad=(-1 if reverse else 1) * signs.pop() * angle_rad)


def _gripper(moving: set[str], amount: Amount, reverse: bool) -> Nudge:
    opens, closes = (
        bool(moving & ({"open", "opened"} | _WIDER)),
        bool(moving & ({"close", "closed", "shut"} | _TIGHTER)),
    )
    if opens and closes:
        raise NoMotion("open and close contradict each other; say one of them")
    is_all = amount.size is Size.PLAIN and not moving & (_WIDER | _TIGHTER) and not reverse
    share = _value(amount, Measure.SHARE, 1.0 if is_all else _OPENING[amount.size], "percent")
    return Nudge(opening=share if opens != reverse else -share)


def _value(amount: Amount, measure: Measure, default: float, unit: str) -> float:
    if amount.value is None:
        return default
    if amount.measure is None:
        raise NoMotion(f"{amount.value:g} of what? Say it with a unit, such as {amount.value:g} {unit}")
    if amount.measure is not measure:
        raise NoMotion(f"that unit does not fit; say it in {unit}")
    if amount.value <= 0.0:
        raise NoMotion(f"0 {unit} is no motion")
    return amount.value


def _refuse_contradiction(one: Nudge, other: Nudge) -> None:
    pairs = [
        *zip(one.shift_m, other.shift_m, ("forward and back", "left and right", "up and down"), strict=True),
        (one.turn_rad, other.turn_rad, "clockwise and anticlockwise"),
        (one.opening, other.opening, "open and close"),
        (one.speed_factor - 1.0, other.speed_factor - 1.0, "faster and slower"),
    ]
    for first, second, words in pairs:
        if first * second < 0.0:
            raise NoMotion(f"{words} contradict each other; say one of them")
