"""Words for questions and refusals about things."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from robomatrix_py.contracts.scene import Affordance, SceneObject
from robomatrix_py.scheduler.language.noun_phrase import NounPhrase
from robomatrix_py.scheduler.language.problems import Problem, ask
from robomatrix_py.scheduler.language.selection import Selection
from robomatrix_py.scheduler.quoting import plain, quote

_UNSUITED: Mapping[Affordance, str] = {
    Affordance.MOVABLE: "cannot be moved",
    Affordance.CONTAINER: "is no container",
    Affordance.SURFACE: "is no surface to put things on",
    Affordance.DRAWER: "is no drawer",
    Affordance.BUTTON: "is no button",
}
_LISTED_MAX = 12


def which(selection: Selection, phrase: NounPhrase, items: Sequence[SceneObject]) -> Problem:
    """Return the question that tells candidates apart by colour or place, with an example of an answer."""
    names = {item.name for item in items}
    kinds = [(item.color, item.shape) for item in items]
    described, example = [], ""
    for item in items[:_LISTED_MAX]:
        side = selection.side(item, items)
        place = selection.where.describe(item.name) or selection.landmark(item, names)
        words = ", ".join(part for part in (side, place) if part)
        described.append(f"{plain(item.name)} ({words})" if words else plain(item.name))
        unique = kinds.count((item.color, item.shape)) == 1
        answer = spoken(item) if unique else f"{side} {spoken(item)}" if side else plain(item.name)
        example = example or f"the {answer}"
    noun = phrase.words.removeprefix("the ").removeprefix("both ").removeprefix("a ")
    return ask(f"which {plain(noun)}: {' or '.join(described)}? Say for example {quote(example)}", phrase.words)


def names_of(items: Sequence[SceneObject]) -> str:
    """Return the names of things in alphabetical order, cut if there are many."""
    names = sorted(plain(item.name) for item in items)
    more = f" and {len(names) - _LISTED_MAX} more" if len(names) > _LISTED_MAX else ""
    return ", ".join(names[:_LISTED_MAX]) + more


def why_unsuited(item: SceneObject, accepts: frozenset[Affordance]) -> str:
    """Return why a thing cannot fill a role."""
    reasons = [_UNSUITED[affordance] for affordance in sorted(accepts)]
    return f"{plain(item.name)} {' and '.join(reasons)}"


def shape_words(item: SceneObject) -> str:
    """Return a thing's shape as words."""
    return item.shape.lower().replace("_", " ")


def spoken(item: SceneObject) -> str:
    """Return how a person would name a thing."""
    words = f"{item.color} {item.shape}".strip() if item.shape else item.name
    return plain(words.replace("_", " "))
