"""Reads a correction from typed text. Knows no scene: what words mean there is settled later."""

from __future__ import annotations

import re
from collections.abc import Mapping

from robomatrix_py.contracts.stop_words import asks_to_stop
from robomatrix_py.scheduler.corrections.correction import Correction, Kind
from robomatrix_py.scheduler.corrections.motions import NoMotion, read_motion
from robomatrix_py.scheduler.corrections.wording import normalised
from robomatrix_py.scheduler.quoting import quote

TEXT_MAX_CHARS = 300
"""A longer text is no correction."""

_PHRASES: Mapping[Kind, tuple[str, ...]] = {
    Kind.WAIT: (
        *("wait", "wait a moment", "wait a second", "wait a minute", "hold on", "hold it", "hold still", "hang on"),
        *("pause", "one moment", "just a moment", "a moment", "stay", "stay there", "stand still", "dont move"),
        *("do not move", "not yet", "wait there"),
    ),
    Kind.GO_ON: (
        *("go on", "continue", "carry on", "resume", "proceed", "go ahead", "keep going", "you can go on", "unpause"),
        *("dont stop", "do not stop", "keep on", "you may continue", "move again", "go again"),
    ),
    Kind.CANCEL: (
        *("cancel", "cancel that", "cancel it", "cancel the task", "never mind", "nevermind", "forget it"),
        *("forget about it", "give up", "leave it", "leave it be", "end the task", "thats enough", "enough"),
    ),
    Kind.MORE: (
        *("more", "a bit more", "a little more", "a little bit more", "some more", "further", "a bit further"),
        *("more of that", "same again", "keep going that way", "even more", "yet more"),
    ),
    Kind.LESS: (
        *("less", "a bit less", "a little less", "not so much", "not that much", "too much", "that was too much"),
        *("that is too much", "thats too much", "not that far", "not so far"),
    ),
    Kind.UNDO: (
        *("undo", "undo that", "undo it", "as before", "like before", "as it was", "take that back", "back to normal"),
        *("normal", "as planned", "without the correction", "forget the correction", "normal speed"),
    ),
    Kind.SKIP: (
        *("skip", "skip this", "skip it", "skip that", "skip this one", "skip that one", "skip this step", "next"),
        *(
            "next one",
            "leave this out",
            "leave that out",
            "leave it out",
            "move on",
            "go to the next",
            "skip this part",
        ),
        *("do the next one", "on to the next"),
    ),
    Kind.AGAIN: (
        *("again", "do it again", "do that again", "try again", "once more", "one more time", "repeat", "repeat that"),
        *("repeat it", "redo", "redo that", "redo it", "try it again", "try once more", "another try", "do this again"),
    ),
    Kind.AGREE: (
        *("yes", "yeah", "yep", "yup", "sure", "agreed", "ok", "okay", "do that", "do so", "like last time"),
        *("as last time", "same as last time", "yes do that", "exactly", "that is right"),
    ),
    Kind.DISAGREE: ("no", "nope", "no thanks", "no thank you", "not this time", "dont do that"),
}
_KIND_OF = {phrase: kind for kind, phrases in _PHRASES.items() for phrase in phrases}
_POLITE = re.compile(
    r"\b(?:please|just|kindly|robot|hey|can you|could you|would you|will you|now|thanks|thank you)\b,?"
)
_MEANT = r"(?:(?:but|take|use|grab|pick|choose|rather|instead|no|i mean|i meant|i want|i wanted)(?: up)? )*"
_THING = r"(?:the|that|this|a|an) .+?"
_OTHER_OBJECT = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?:no,? )?not (?:that|this|the|it)(?: [a-z]+)?(?: [a-z]+)?,? {_MEANT}(?P<thing>{_THING})(?:,? instead)?",
        rf"(?:no,? )?wrong [a-z]+,? {_MEANT}(?P<thing>{_THING})",
        r"(?:no,? )?(?P<thing>(?:the|that|this) .+?),? (?:and )?not (?:the|that|this|it)\b.*",
        rf"(?:no,? )?(?:i mean|i meant|i wanted|take|use|grab|choose|pick)(?: up)? (?P<thing>{_THING})"
        r"(?:,? (?:instead|rather))?",
        r"(?:no,? )?(?P<thing>the [a-z]+(?: [a-z]+)? one(?: .+)?)(?:,? instead)?",
        r"no,? (?P<thing>(?:the|that|this) .+)",
    )
)
_NOT_THAT = re.compile(
    r"(?:no,? )?(?:not (?:that|this|it)(?: one)?|wrong (?:one|[a-z]+)|the other|another one|a different one)"
)
_PLACES = r"(?:in|into|inside|on|onto|to|at|beside|next to|near|behind|left of|right of|in front of)"
_INSTEAD = (
    re.compile(rf"(?:no,? )?not {_PLACES} .+?,? (?:but )?(?P<place>{_PLACES} .+?)(?:,? instead)?"),
    re.compile(rf"(?:no,? )?(?P<place>{_PLACES} .+?),? (?:instead|rather)"),
    re.compile(r"(?:no,? )?(?P<task>.+?),? (?:instead|rather)"),
    re.compile(r"(?:instead|rather),? (?P<task>.+)"),
    re.compile(rf"no,? (?P<place>{_PLACES} .+)"),
    re.compile(
        r"no,? (?P<task>(?:put|place|drop|bring|move|push|press|open|close|shut|carry|stack|grasp|pick|release|lay)"
        r" .+)"
    ),
)
_ALSO = re.compile(r"(?:and )?(?:also|afterwards|after that|and then|then|next|when you are done),? (?P<task>.+)")
_REPAIR = re.compile(r"(?:^|,? )(?:no|sorry|i mean|i meant|correction|oops|wait no),? ")
_HELP = (
    "say for example `stop`, `wait`, `2 cm to the left`, `lower`, `slower`, `not that one, the blue one`, "
    "`put it in the drawer instead`, `skip this`, `do it again`"
)


def parse(text: str) -> Correction:
    """Return what a text asks for. Every text has an answer; one that is not understood says what can be said.

    Args:
        text: A person's words.
    """
    if asks_to_stop(text):
        return Correction(Kind.STOP)
    if len(text) > TEXT_MAX_CHARS:
        return _unclear(f"{len(text)} characters are no correction; permitted: {TEXT_MAX_CHARS}")
    words = re.sub(r"\s+", " ", _POLITE.sub(" ", normalised(text))).replace(" ,", ",").strip(" ,")
    if not words:
        return _unclear("nothing was said")
    try:
        found = _plain(words) or _repaired(words) or _about_things(words)
    except NoMotion as problem:
        return _unclear(str(problem))
    return found or _unclear(f"{quote(text)} is not understood; {_HELP}")


def _plain(words: str) -> Correction | None:
    """Return a fixed phrase or a language motion."""
    kind = _KIND_OF.get(words) or _KIND_OF.get(re.sub(r"^(?:ok|okay|no|yes|well),? ", "", words))
    if kind is not None:
        return Correction(kind)
    nudge = read_motion(words)
    return None if nudge is None or nudge.is_nothing else Correction(Kind.MOTION, nudge)


def _repaired(words: str) -> Correction | None:
    """Return what is said last where a person corrects the correction: of `left, no, right` the right."""
    *before, last = _REPAIR.split(words)
    return _plain(last) if before and last.strip() else None


def _about_things(words: str) -> Correction | None:
    if _NOT_THAT.fullmatch(words):
        return Correction(Kind.OTHER_OBJECT, words="the other one")
    for pattern in _INSTEAD[:2]:
        if found := pattern.fullmatch(words):
            return Correction(Kind.INSTEAD, words=f"put it {found['place']}")
    for pattern in _OTHER_OBJECT:
        if found := pattern.fullmatch(words):
            return Correction(Kind.OTHER_OBJECT, words=found["thing"].strip(" ,"))
    for pattern in _INSTEAD[2:]:
        if found := pattern.fullmatch(words):
            named = found.groupdict()
            task = named["task"] if named.get("task") else f"put it {named['place']}"
            return Correction(Kind.INSTEAD, words=task.strip(" ,"))
    if found := _ALSO.fullmatch(words):
        return Correction(Kind.ALSO, words=found["task"])
    return None


def _unclear(reason: str) -> Correction:
    return Correction(Kind.UNCLEAR, reason=reason)
