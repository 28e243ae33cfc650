"""Which texts ask a moving robot to stop. In doubt they do."""

from __future__ import annotations

import re
import unicodedata

# More than anybody types or says in one breath; what comes after it is not looked at.
_LOOKED_AT = 2000
_WORDS = (
    *("s+t+o+p+", "stopping", "stopped", "e ?stop", "emergency", "halt", "freeze", "whoa+", "abort", "panic"),
    *("alto", "basta", "arrete", "stoi"),
)
_STOP = re.compile(rf"\b(?:{'|'.join(_WORDS)})\b")
_NEGATED = re.compile(r"\b(?:do not|don'?t|dont|never|non)[ -](?:you )?s+t+o+p+(?:ping)?\b")


def asks_to_stop(text: str) -> bool:
    """Return whether a text asks to stop.

    One of the words anywhere in it is enough, in any spelling of case and length, whatever stands around it; only
    `don't stop` is none. A stop too many costs a reset, one too few may cost a finger.
    """
    folded = unicodedata.normalize("NFKD", text[:_LOOKED_AT]).casefold()
    plain = "".join(sign for sign in folded if not unicodedata.combining(sign)).replace("\u2019", "'")
    spaced = re.sub(r"[\s_]+", " ", plain)
    return _STOP.search(re.sub(r"[^\w\s]", " ", _NEGATED.sub(" ", spaced))) is not None
