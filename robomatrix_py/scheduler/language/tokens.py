"""An instruction as a list of tokens."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

_TOKEN = re.compile(r"\d+(?:\.\d+)?|[^\W\d]\w*(?:'\w+)?|\n|[^\w\s]|[^\S\n]+|.", re.DOTALL)
# `the drawer's open`, as against `the robot's base`.
_CONTRACTED_IS = re.compile(r"'s(?=\s+(?:open|closed|shut|still|already|not|empty|in|on|there|done|finished)\b)", re.I)
# `1. press the button 2. put ...`, `step one: ...`
_NUMBERED = re.compile(r"(?:^|(?<=\s))(?:\d{1,2}[.)](?=\s)|step\s+\w+\s*[:,.])", re.I)
_IGNORED = frozenset("\"'`\u201c\u201d\u201e\u00ab\u00bb\u2018\u2019")
_BREAKS = {
    ",": ",",
    ";": ",",
    ":": ",",
    ".": ".",
    "!": ".",
    "?": ".",
    "\n": ".",
    "\u2026": ".",
    "\u2014": ",",
    "\u2013": ",",
}
_EXPANDED = {
    "don't": "do not",
    "dont": "do not",
    "doesn't": "does not",
    "won't": "will not",
    "can't": "can not",
    "cannot": "can not",
    "isn't": "is not",
    "aren't": "are not",
    "shouldn't": "should not",
    "mustn't": "must not",
    "needn't": "need not",
    "let's": "let us",
    "lets": "let us",
    "i'd": "i would",
    "you'd": "you would",
    "i'm": "i am",
    "you're": "you are",
    "you've": "you have",
    "i've": "i have",
    "it's": "it is",
    "that's": "that is",
    "there's": "there is",
    "what's": "what is",
    "where's": "where is",
    "who's": "who is",
    "here's": "here is",
    "it'd": "it would",
    "that'd": "that would",
    "we'd": "we would",
    "they'd": "they would",
    "you'll": "you will",
    "i'll": "i will",
    "we'll": "we will",
    "it'll": "it will",
    "that'll": "that will",
    "we're": "we are",
    "they're": "they are",
    "we've": "we have",
    "they've": "they have",
    "haven't": "have not",
    "hasn't": "has not",
    "didn't": "did not",
    "wasn't": "was not",
    "weren't": "were not",
    "wouldn't": "would not",
    "couldn't": "could not",
    "u": "you",
    "pls": "please",
    "plz": "please",
    "thats": "that is",
}


@dataclass(frozen=True)
class Token:
    """A word, number, symbol or break of the instruction.

    Args:
        text: Lower-case form that the grammar reads; ``,`` and ``.`` are breaks.
        raw: The characters it came from.
    """

    text: str
    raw: str

    @property
    def is_break(self) -> bool:
        """Whether it is a comma or the end of a sentence."""
        return self.text in (",", ".")

    @property
    def is_word(self) -> bool:
        """Whether it is a word of Latin letters."""
        return self.text.isascii() and self.text[:1].isalpha()

    @property
    def is_number(self) -> bool:
        """Whether it is written in digits."""
        return self.text[:1].isdecimal()


def without_idle_breaks(tokens: Iterable[Token]) -> tuple[Token, ...]:
    """Return tokens without breaks at the beginning and breaks that follow others."""
    kept: list[Token] = []
    for token in tokens:
        if not token.is_break or (kept and not kept[-1].is_break):
            kept.append(token)
        elif kept and token.text == ".":
            kept[-1] = token
    return tuple(kept) if any(not token.is_break for token in kept) else ()


def tokenise(instruction: str) -> tuple[Token, ...]:
    """Return the tokens of an instruction.

    Quotation marks and hyphens count as spaces, line ends as full stops. Anything else that is no word stays
    as a token that no grammar rule accepts.
    """
    text = unicodedata.normalize("NFC", instruction).replace("\u2019", "'").replace("\r", "\n")
    text = re.sub(r"(?<=\w)-(?=\w)", " ", text)
    text = _CONTRACTED_IS.sub(" is", text)
    if _NUMBERED.match(text):
        text = _NUMBERED.sub(". ", text)
    tokens: list[Token] = []
    for match in _TOKEN.finditer(text):
        raw = match[0]
        lower = raw.lower()
        if raw in _BREAKS:
            # Leading and repeated breaks say nothing.
            if tokens and not tokens[-1].is_break:
                tokens.append(Token(_BREAKS[raw], raw))
            elif tokens and _BREAKS[raw] == ".":
                tokens[-1] = Token(".", raw)
        elif raw in _IGNORED or (raw.isspace() and raw != "\n"):
            continue
        elif lower in _EXPANDED:
            tokens += [Token(word, word) for word in _EXPANDED[lower].split()]
        else:
            tokens.append(Token(lower, raw))
    return tuple(tokens)
