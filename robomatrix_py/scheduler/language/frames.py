"""What clauses can mean: the frames of everyday tasks, and those of the skills' own phrases."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from robomatrix_py.contracts.predicate import MOMENTARY
from robomatrix_py.contracts.skill import MACRO_KIND, ArgumentSpec, ArgumentType, SkillSpec
from robomatrix_py.scheduler.language import grammar
from robomatrix_py.scheduler.language.patterns import Element, Slot, SlotKind, Words, compile_pattern

_NAME = re.compile(r"\{(\w+)\}")
_LIST = re.compile(r"@(\w+)")

MACRO_RANK = -2
"""The phrases of macro-skills, which the user chose, go before everything else of the same words."""
INCOMPLETE = 10
"""Frames of this rank and more leave something open that must be asked for."""


class Sense(StrEnum):
    """What a frame means."""

    SKILL = "skill"
    """Run a skill."""
    PLACE = "place"
    """Bring things to a place."""
    PLACE_NOWHERE = "place_nowhere"
    """Bring things to a place that is not said."""
    PLACE_BESIDE = "place_beside"
    """Bring things beside something: cannot be done."""
    DISPOSE = "dispose"
    """Throw things away."""
    TAKE_OUT = "take_out"
    """Take things from where they are."""
    EMPTY = "empty"
    """Take everything out of something."""
    DRAWER_STATE = "drawer_state"
    """Have a drawer open or closed."""
    HARM = "harm"
    """Something that must not be done."""
    HAND_OVER = "hand_over"
    """Give something to a person: cannot be done."""
    DISTURB = "disturb"
    """Touch or move a thing somehow: only good for ruling it out."""
    TIDY = "tidy"
    """Clear a place without saying where to."""


@dataclass(frozen=True)
class Frame:
    """A way to say something.

    Args:
        sense: What it means.
        elements: Its words and slots in order.
        rank: Of readings that take the same words, the lowest rank is preferred.
        skill: The skill, where it asks for one.
    """

    sense: Sense
    elements: tuple[Element, ...]
    rank: int
    skill: SkillSpec | None = None


_SLOTS: Mapping[str, Slot] = {
    "object": Slot("object", SlotKind.THINGS),
    "place": Slot("place", SlotKind.THING),
    "source": Slot("source", SlotKind.THING),
}


_VAGUELY = Words(tuple(tuple(text.split()) for text in grammar.DEGREES), optional=True)


def task_frames() -> Iterator[Frame]:
    """Yield the frames of everyday tasks."""
    for line in grammar.TASKS.strip().splitlines():
        sense, rank, pattern = line.split(maxsplit=2)
        pattern = _LIST.sub(
            lambda match: "|".join(grammar.alternatives(grammar.WORD_LISTS[match[1]])), pattern
        )
        yield Frame(Sense(sense), compile_pattern(pattern, _SLOTS, grammar.GROUPS), int(rank))


def skill_frames(skill: SkillSpec) -> Iterator[Frame]:
    """Yield the frames of a skill's phrases, with other words of the same meaning."""
    lasts = any(effect.atom.predicate not in MOMENTARY for effect in skill.add_effects)
    slots = {argument.name: _slot(argument, index) for index, argument in enumerate(skill.arguments)}
    numbers = [a for a in skill.arguments if a.type is ArgumentType.NUMBER]
    for phrase in skill.phrases:
        said = set(_NAME.findall(phrase))
        unsaid = [a for a in skill.arguments if a.name not in said and a.default is None]
        # A phrase that leaves a place open yields to one that names it.
        rank = (0 if lasts else 2) + (3 if any(a.type is ArgumentType.OBJECT for a in unsaid) else 0)
        if skill.policy_kind == MACRO_KIND:
            rank = MACRO_RANK
        has_choice = any(slots[name].kind is SlotKind.CHOICE for name in said)
        for pattern in _wordings(phrase, has_choice):
            elements = compile_pattern(pattern, slots, grammar.GROUPS)
            yield Frame(Sense.SKILL, _with_numbers(elements, numbers, said), rank, skill)
            last = elements[-1]
            if isinstance(last, Slot) and last.kind is SlotKind.CHOICE:
                # A choice that was left out is asked for.
                yield Frame(
                    Sense.SKILL, _with_numbers(elements[:-1], numbers, said), rank + INCOMPLETE, skill
                )


def _slot(argument: ArgumentSpec, index: int) -> Slot:
    match argument.type:
        case ArgumentType.OBJECT:
            return Slot(argument.name, SlotKind.THINGS if index == 0 else SlotKind.THING)
        case ArgumentType.CHOICE:
            are_directions = set(argument.choices) <= set(grammar.DIRECTIONS)
            words = {
                choice: grammar.DIRECTIONS[choice] if are_directions else (choice.replace("_", " "),)
                for choice in argument.choices
            }
            return Slot(argument.name, SlotKind.CHOICE, words)
        case ArgumentType.NUMBER:
            return Slot(argument.name, SlotKind.NUMBER, unit=argument.unit)


def _wordings(phrase: str, has_choice: bool) -> Iterator[str]:
    """Yield a phrase in all its wordings as patterns."""
    yield _inner(phrase)
    beginnings = dict(grammar.BEGINNINGS) | (dict(grammar.BEGINNINGS_WITH_CHOICE) if has_choice else {})
    for beginning, others in beginnings.items():
        rest = phrase.removeprefix(f"{beginning} ")
        if rest != phrase and rest.startswith("{"):
            yield f"({'|'.join(others)}) {_inner(rest)}"
            yield from _shifted(others, rest)
    beginning, brace, rest = phrase.partition(" {")
    if brace:
        yield from _shifted((beginning,), "{" + rest)
        if beginning == "let go of":
            yield "let {" + rest.replace("}", "} go", 1)
        if "{" not in rest:
            yield from grammar.WITHOUT_ARGUMENT.get(beginning, ())


def _shifted(beginnings: tuple[str, ...], rest: str) -> Iterator[str]:
    """Yield `pick {object} up` for `pick up {object}`."""
    slot, _, tail = rest.partition(" ")
    for beginning in beginnings:
        *verb, particle = beginning.split()
        if verb and particle in grammar.PARTICLES:
            yield f"{' '.join(verb)} {slot} {particle} {_inner(tail)}"


def _inner(phrase: str) -> str:
    """Return a phrase with its inner words replaced by all words of the same meaning."""
    first, *rest = phrase.split() or [""]
    return " ".join((first, *(grammar.INNER_WORDS.get(word, word) for word in rest)))


def _with_numbers(
    elements: tuple[Element, ...], numbers: list[ArgumentSpec], said: set[str]
) -> tuple[Element, ...]:
    """Return a pattern in which a number that it leaves out may stand before or after any slot but the first.

    A vague amount (`a little to the left`) may stand there too.
    """
    unsaid = [
        Slot(a.name, SlotKind.NUMBER, unit=a.unit, optional=True) for a in numbers if a.name not in said
    ]
    result: list[Element] = []
    seen_slot = False
    for element in elements:
        if isinstance(element, Slot) and seen_slot:
            result += [*unsaid, _VAGUELY] if element.kind is SlotKind.CHOICE else unsaid
        result.append(element)
        seen_slot = seen_slot or isinstance(element, Slot)
    return (*result, *unsaid) if seen_slot else elements
