"""What a person's answer to a question makes of an instruction."""

from __future__ import annotations

import re

_NOUNLESS = re.compile(r"\b(?:one|ones)\b", re.IGNORECASE)
_PRONOUN = re.compile(r"\b(?:it|them|that|this)\b", re.IGNORECASE)
_NOT_NOUNS = frozenset({"it", "them", "that", "this", "one", "ones", "something", "thing"})
_ARTICLES = ("the ", "a ", "an ", "both ", "all ", "that ", "this ")


def answered(instruction: str, about: str, answer: str) -> tuple[str, ...]:
    """Return the instructions that an answer may mean, the likeliest first.

    Each is read and verified like any other instruction: what is nonsense is refused.

    Args:
        instruction: What the person said first.
        about: The words of it that were asked about, such as ``the cube``, or empty.
        answer: What the person says now: a thing (``the red one``), a place (``in the bin``), what to do
            with it (``pick it up``, ``pick up``), or an instruction.
    """
    answer = answer.strip().rstrip(".!?").strip()
    found = re.search(r"\W+".join(map(re.escape, about.split())), instruction, re.IGNORECASE) if about else None
    meant = []
    if found:
        noun = about.split()[-1]
        things = [answer]
        if noun.lower() not in _NOT_NOUNS:
            things.append(_NOUNLESS.sub(noun, answer))
            if not answer.lower().startswith(_ARTICLES):
                things += [f"the {answer}", f"the {answer} {noun}"]
        # What says more comes first: `the red one` takes up what was spoken of last, which may be something else.
        meant += [instruction[: found.start()] + thing + instruction[found.end() :] for thing in reversed(things)]
        meant += [_PRONOUN.sub(about, answer), f"{answer} {about}"]
    meant += [answer, f"{instruction.rstrip('.!? ')} {answer}"]
    return tuple(dict.fromkeys(meant))
