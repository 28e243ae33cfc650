"""Forms of English verbs."""

from __future__ import annotations


def participles(verb: str) -> tuple[str, ...]:
    """Return the past participles of a verb."""
    irregular = {
        "put": "put",
        "set": "set",
        "shut": "shut",
        "hit": "hit",
        "fit": "fitted",
        "lay": "laid",
        "take": "taken",
        "hold": "held",
        "bring": "brought",
        "get": "got",
        "send": "sent",
        "stick": "stuck",
        "stand": "stood",
        "sit": "sat",
        "leave": "left",
        "keep": "kept",
        "throw": "thrown",
        "hide": "hidden",
        "sink": "sunk",
        "sling": "slung",
        "draw": "drawn",
        "slide": "slid",
        "carry": "carried",
        "tidy": "tidied",
        "empty": "emptied",
        "catch": "caught",
        "seize": "seized",
        "sweep": "swept",
        "ring": "rung",
        "undo": "undone",
    }
    first, space, rest = verb.partition(" ")
    if space:
        return tuple(f"{form} {rest}" for form in participles(first))
    if verb in irregular:
        return (irregular[verb],)
    if not verb.isalpha() or len(verb) < 2:
        return ()
    if verb.endswith("e"):
        return (f"{verb}d",)
    return (f"{verb}ed", f"{verb}{verb[-1]}ed") if verb[-1] in "tpbgn" and len(verb) <= 4 else (f"{verb}ed",)


def gerunds(verb: str) -> tuple[str, ...]:
    """Return how the form in -ing of a verb may be written."""
    if not verb.isalpha() or len(verb) < 2:
        return ()
    doubled = f"{verb}{verb[-1]}ing" if verb[-1] in "tpbgn" and len(verb) <= 4 else f"{verb}ing"
    return (f"{verb[:-1]}ing",) if verb.endswith("e") else tuple({f"{verb}ing", doubled})
