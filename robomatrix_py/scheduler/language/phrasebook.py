"""All ways to say what a set of skills can do: made once for a set, as it takes a while."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from robomatrix_py.contracts.skill import SkillSpec
from robomatrix_py.scheduler.language.asides import ASIDE_WORDS
from robomatrix_py.scheduler.language.clauses import FrameIndex
from robomatrix_py.scheduler.language.frames import (
    Frame,
    bare_frames,
    merged,
    passive_frames,
    skill_frames,
    state_frames,
    task_frames,
)
from robomatrix_py.scheduler.language.grammar import DONE, PARTICLES, PASSIVES, grammar_words
from robomatrix_py.scheduler.language.inflection import gerunds, participles
from robomatrix_py.scheduler.language.patterns import words_of
from robomatrix_py.scheduler.language.positions import FUNCTION_WORDS

_KEPT = 4


@dataclass(frozen=True, eq=False)
class Phrasebook:
    """What can be said.

    Args:
        frames: Ways to ask for something.
        states: Ways to say what is the case, by how they are said.
        done: Ways to say that something was done.
        verbs: Words that begin a clause.
        closed: Words of the grammar, which name no thing.
        nominal: Those of them that may name a thing nevertheless.
        gerunds: Verb by its form in -ing.
        participles: Verb by its past participle.
        forms: Further words that are understood.
    """

    frames: FrameIndex
    states: Mapping[str, Sequence[Frame]]
    done: Sequence[Frame]
    verbs: frozenset[str]
    closed: frozenset[str]
    nominal: frozenset[str]
    gerunds: Mapping[str, str]
    participles: Mapping[str, str]
    forms: frozenset[str]


def phrasebook_of(skills: Iterable[SkillSpec]) -> Phrasebook:
    """Return all ways to say what skills can do; those for the newest few sets of skills are kept."""
    return _made(tuple(sorted(skills, key=lambda skill: skill.name)))


@lru_cache(maxsize=_KEPT)
def _made(skills: tuple[SkillSpec, ...]) -> Phrasebook:
    active = merged((*(frame for skill in skills for frame in skill_frames(skill)), *task_frames()))
    asked = [frame for pattern in PASSIVES for frame in passive_frames(active, *pattern)]
    states = state_frames()
    done = [frame for pattern in DONE for frame in passive_frames(active, *pattern)]
    verbs = frozenset(words_of(frame.elements[0] for frame in active))
    said = (*active, *asked, *(frame for frames in states.values() for frame in frames), *done)
    words = words_of(element for frame in said for element in frame.elements)
    by_gerund = {gerund: verb for verb in sorted(verbs) for gerund in gerunds(verb)}
    by_participle = {form: verb for verb in sorted(verbs) for form in participles(verb)}
    return Phrasebook(
        frames=FrameIndex([*active, *asked], list(bare_frames(active))),
        states=states,
        done=done,
        verbs=verbs,
        closed=frozenset(words | grammar_words() | FUNCTION_WORDS),
        nominal=verbs - grammar_words() - FUNCTION_WORDS - PARTICLES,
        gerunds=by_gerund,
        participles=by_participle,
        forms=frozenset((*by_gerund, *by_participle)) | ASIDE_WORDS,
    )
