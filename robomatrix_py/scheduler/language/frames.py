"""What clauses can mean: the frames of everyday tasks, and those of the skills' own phrases."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache

from robomatrix_py.contracts.predicate import MOMENTARY
from robomatrix_py.contracts.skill import MACRO_KIND, ArgumentSpec, ArgumentType, SkillSpec
from robomatrix_py.scheduler.language import grammar
from robomatrix_py.scheduler.language.inflection import participles
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
    NOT_THERE = "not_there"
    """Have things no longer where they are."""
    LEAVE = "leave"
    """Leave things where they are."""
    DRAWER_UNLIKE = "drawer_unlike"
    """Have a drawer no longer open or closed."""
    DRAWER_INSIDE = "drawer_inside"
    """Have a drawer open, to get at its inside."""
    FRAGMENT = "fragment"
    """Name a thing and a place and nothing else."""
    MENTION = "mention"
    """Speak of a thing, for a clause that follows."""
    REPLACE = "replace"
    """Put a thing where another one is."""
    TOWER = "tower"
    """Put things on each other, named from the bottom up."""
    SAME = "same"
    """Do with further things what was asked for before."""
    STATE = "state"
    """What a condition is about."""


@dataclass(frozen=True)
class Frame:
    """A way to say something.

    Args:
        sense: What it means.
        elements: Its words and slots in order.
        rank: Of readings that take the same words, the lowest rank is preferred.
        skill: The skill, where it asks for one.
        wished: It wishes for a state of things, so that the next clause may name another one without a verb:
            `I want the drawer closed and the button pressed`.
    """

    sense: Sense
    elements: tuple[Element, ...]
    rank: int
    skill: SkillSpec | None = None
    wished: bool = False


_SLOTS: Mapping[str, Slot] = {
    "object": Slot("object", SlotKind.THINGS),
    "named": Slot("object", SlotKind.THING),
    "place": Slot("place", SlotKind.THING),
    "source": Slot("source", SlotKind.THING),
    "lowest": Slot("lowest", SlotKind.THING),
    "middle": Slot("middle", SlotKind.THING),
    "highest": Slot("highest", SlotKind.THING),
}


_PASSIVE = frozenset({Sense.SKILL, Sense.PLACE, Sense.TAKE_OUT, Sense.DISPOSE})
"""Senses whose frames can be turned into the passive."""

_VAGUELY = Words(tuple(tuple(text.split()) for text in grammar.DEGREES), optional=True)


def task_frames() -> Iterator[Frame]:
    """Yield the frames of everyday tasks."""
    for line in grammar.TASKS.strip().splitlines():
        sense, rank, pattern = line.split(maxsplit=2)
        yield Frame(Sense(sense), _compiled(pattern), int(rank), wished=pattern.startswith(grammar.WISHED))


def bare_frames(frames: Iterable[Frame]) -> Iterator[Frame]:
    """Yield how a clause may go on that wishes: `... and the button pressed`, `... and the drawer closed`.

    Args:
        frames: The frames of what can be asked for.
    """
    for frame in passive_frames(frames, "", "[all|both|also|then]"):
        yield replace(frame, wished=True)
    for line in grammar.BARE_WISHES.strip().splitlines():
        sense, pattern = line.split(maxsplit=1)
        yield Frame(Sense(sense), _compiled(pattern), 2, wished=True)


def _compiled(pattern: str) -> tuple[Element, ...]:
    return compile_pattern(_spelled_out(pattern), _SLOTS, grammar.GROUPS)


def _spelled_out(pattern: str) -> str:
    """Return a pattern with the lists of words that it names."""
    return _LIST.sub(lambda match: "|".join(grammar.alternatives(grammar.WORD_LISTS[match[1]])), pattern)


def state_frames() -> Mapping[str, tuple[Frame, ...]]:
    """Return the frames of what conditions are about, by how they are said (see the grammar)."""
    found: dict[str, list[Frame]] = {}
    for line in grammar.STATES.strip().splitlines():
        how, pattern = line.split(maxsplit=1)
        found.setdefault(how, []).append(Frame(Sense.STATE, _compiled(pattern), 0))
    return {how: tuple(frames) for how, frames in found.items()}


def passive_frames(
    frames: Iterable[Frame], beginning: str, ending: str = "", verbs: str = "participle"
) -> Iterator[Frame]:
    """Yield `{object} should be pushed ...` for every frame such as `push {object} ...`.

    Args:
        frames: The frames.
        beginning: Pattern of the words before the thing.
        ending: Pattern of the words between thing and verb.
        verbs: Whether the verb is a ``participle`` or stands in its ``base`` form, as forms in -ing are read.
    """
    before, after = _compiled(beginning), _compiled(ending)
    wished = beginning.startswith(grammar.WISHED)
    for frame in frames:
        verb, *rest = frame.elements
        if frame.sense not in _PASSIVE or not (isinstance(verb, Words) and rest and isinstance(rest[0], Slot)):
            continue
        elements = (*before, rest[0], *after, _verb_forms(verb.options, verbs), *rest[1:])
        yield replace(frame, elements=elements, rank=frame.rank + 1, wished=wished)


def merged(frames: Iterable[Frame]) -> list[Frame]:
    """Return the frames with those made one that differ in their first words alone."""
    found: dict[str, tuple[Frame, set[tuple[str, ...]]]] = {}
    for frame in frames:
        first, *rest = frame.elements
        if not isinstance(first, Words) or first.optional:
            found[f"{len(found)}"] = frame, set()
            continue
        key = f"{frame.sense}|{frame.rank}|{frame.wished}|{frame.skill.name if frame.skill else ''}|{rest}"
        options = found.get(key, (frame, set()))[1]
        options.update(first.options)
        found[key] = frame, options
    return [_beginning(frame, options) for frame, options in found.values()]


def _beginning(frame: Frame, options: set[tuple[str, ...]]) -> Frame:
    """Return a frame with these first words, if there are any."""
    if not options:
        return frame
    first = Words(tuple(sorted(options, key=lambda words: (-len(words), words))))
    return replace(frame, elements=(first, *frame.elements[1:]))


@lru_cache(maxsize=4096)
def _verb_forms(options: tuple[tuple[str, ...], ...], form: str) -> Words:
    if form == "base":
        return Words(options)
    return Words(tuple((said, *words[1:]) for words in options for said in participles(words[0])))


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
        for pattern in _wordings(phrase, has_choice, numbers):
            said = set(_NAME.findall(pattern))
            elements = compile_pattern(_spelled_out(pattern), slots, grammar.GROUPS)
            yield Frame(Sense.SKILL, _with_numbers(elements, numbers, said), rank, skill)
            last = elements[-1]
            if isinstance(last, Slot) and last.kind is SlotKind.CHOICE:
                # A choice that was left out is asked for.
                yield Frame(Sense.SKILL, _with_numbers(elements[:-1], numbers, said), rank + INCOMPLETE, skill)


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


def _given(phrase: str, has_choice: bool, numbers: Sequence[ArgumentSpec]) -> Iterator[str]:
    """Yield `give {object} a push {direction}` for `push {object} {direction}`."""
    verb, _, rest = phrase.partition(" ")
    slot, _, tail = rest.partition(" ")
    if not slot.startswith("{") or (tail and "{" not in tail):
        return
    beginnings = grammar.BEGINNINGS_WITH_CHOICE if has_choice else grammar.BEGINNINGS
    nouns = "|".join(word for word in beginnings.get(verb, (verb,)) if " " not in word)
    yield f"give {slot} [a|another|one] [{grammar.GIVEN_SIZES}] ({nouns}) {tail}"
    yield f"{slot} (needs|need|requires|wants|gets) [a|another|one] [{grammar.GIVEN_SIZES}] ({nouns}) {tail}"
    if has_choice:
        yield f"{slot} (@should) (move|shift|slide|be moved|be shifted) {tail}"
    for number in numbers if tail else ():
        yield f"give {slot} [a] {{{number.name}}} ({nouns}) {tail}"


def _wordings(phrase: str, has_choice: bool, numbers: Sequence[ArgumentSpec]) -> Iterator[str]:
    """Yield a phrase in all its wordings as patterns."""
    yield _inner(phrase)
    beginnings = dict(grammar.BEGINNINGS) | (dict(grammar.BEGINNINGS_WITH_CHOICE) if has_choice else {})
    for beginning, others in beginnings.items():
        rest = phrase.removeprefix(f"{beginning} ")
        if rest != phrase and rest.startswith("{"):
            yield f"({'|'.join(others)}) {_inner(rest)}"
            yield from _shifted(others, rest)
    yield from _given(phrase, has_choice, numbers)
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


def _with_numbers(elements: tuple[Element, ...], numbers: list[ArgumentSpec], said: set[str]) -> tuple[Element, ...]:
    """Return a pattern in which a number that it leaves out may stand before or after any slot but the first.

    A vague amount (`a little to the left`) may stand there too.
    """
    unsaid = [Slot(a.name, SlotKind.NUMBER, unit=a.unit, optional=True) for a in numbers if a.name not in said]
    result: list[Element] = []
    seen_slot = False
    for element in elements:
        if isinstance(element, Slot) and seen_slot:
            result += [*unsaid, _VAGUELY] if element.kind is SlotKind.CHOICE else unsaid
        result.append(element)
        seen_slot = seen_slot or isinstance(element, Slot)
    return (*result, *unsaid) if seen_slot else elements
