"""Says why an instruction could not be read: which word, and what would be understood."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Mapping, Sequence

from robomatrix_py.contracts.skill import SkillSpec
from robomatrix_py.scheduler.language.lexicon import word_list
from robomatrix_py.scheduler.language.problems import Problem, refuse, unread, unread_verb
from robomatrix_py.scheduler.language.tokens import Token
from robomatrix_py.scheduler.quoting import plain, quote

EXAMPLE = "'put the red cube in the bin'"
_FOREIGN = frozenset(
    word_list(
        """
        der die das den dem des ein eine einen einer und oder nicht ist sind mit auf aus bei nach von
        zum zur lege leg nimm stell stelle bitte wo wie ich oeffne offne schublade wuerfel wurfel kugel
        le la les un une du dans sur avec pour est et ou ne pas mets met prends ouvre ferme tiroir el
        los las del por con para uno una pon abre cierra recoge caja rojo roja verde azul il lo gli nel
        nella sul metti apri chiudi prendi rosso kolo oraz poloz wloz czerwony zet de het een naar rode
        blokje bak nao coloca abra feche vermelho kutu kirmizi koy ac kapat
        """
    )
)
_QUESTIONS = frozenset(word_list("what where who why how which when is are does did was were whose whom"))
_CONDITIONS = frozenset(word_list("if unless until while whenever when once because"))
_STOPS = frozenset(word_list("stop halt abort cancel pause quit freeze wait"))
_SHOWN_MAX = 8


def check_language(tokens: Sequence[Token], known: Collection[str]) -> None:
    """Refuse what is not English.

    Args:
        tokens: The instruction.
        known: Every word that the grammar or the scene knows.

    Raises:
        Problem: It is written in another script or language.
    """
    words = [token.text for token in tokens if token.text[:1].isalpha()]
    if any(_is_foreign_script(word) for word in words):
        raise _not_english()
    marked = [word for word in words if not word.isascii() or word in _FOREIGN]
    strange = [word for word in words if word not in known or word in _FOREIGN or not word.isascii()]
    has_letter = any(not word.isascii() for word in words)
    if (len(marked) >= 2 or has_letter) and 3 * len(strange) >= len(words):
        raise _not_english()


def explain(
    tokens: Sequence[Token],
    start: int,
    farthest: int,
    verbs: Collection[str],
    skills: Mapping[str, SkillSpec],
    thing: str = "",
) -> Problem:
    """Return why no reading was found.

    Args:
        tokens: The instruction.
        start: Token at which the first clause begins that cannot be read, its opening words left out.
        farthest: Token up to which some reading came.
        verbs: Words that begin a clause.
        skills: All skills by name.
        thing: What the clause is about if all of it but its verb is understood.
    """
    odd = next((quote(t.raw) for t in tokens if not (t.is_word or t.is_number or t.is_break)), "")
    if odd:
        return unread(f"{odd} is not understood; say it in plain English words, for example {EXAMPLE}")
    first = tokens[start].text if start < len(tokens) else ""
    if not first:
        return _breaks_off(tokens, verbs)
    clause = quote(" ".join(token.raw for token in tokens[start:]))
    if first in _STOPS:
        return refuse("to stop the robot use `robomatrix stop`; an instruction starts a task and cannot end one")
    if first in _CONDITIONS:
        return unread(f"conditions such as {clause} are not understood; say what to do, for example {EXAMPLE}")
    if first in _QUESTIONS and not any(token.is_break for token in tokens[:start]):
        return refuse(f"{clause} is a question; say what to do, for example {EXAMPLE}")
    if first not in verbs:
        odd, can = f"{quote(first)} is not understood", f"what can be done: {_abilities(skills)}"
        if thing:
            return unread_verb(f"what is to be done with {plain(thing)}? {odd}; {can}", thing)
        return unread(f"{odd} in {clause}; {can}")
    if farthest >= len(tokens):
        return unread(f"{clause} is incomplete; {_usage(first, skills)}")
    return unread(f"{quote(tokens[max(farthest, start)].raw)} is not understood in {clause}; {_usage(first, skills)}")


def _breaks_off(tokens: Sequence[Token], verbs: Collection[str]) -> Problem:
    if any(token.text in verbs for token in tokens):
        return refuse(f"something is missing after {quote(tokens[-1].raw)} at the end of the instruction")
    words = quote(" ".join(token.raw for token in tokens))
    return refuse(f"there is nothing to do in {words}; say for example {EXAMPLE}")


def empty() -> Problem:
    """Return the refusal of an instruction without words."""
    return refuse(f"the instruction is empty; say what to do, for example {EXAMPLE}")


def too_long(length: int, limit: int) -> Problem:
    """Return the refusal of an instruction beyond the limit."""
    return refuse(f"the instruction has {length} characters; at most {limit} are read. Split it into several tasks")


def too_many_words(count: int, limit: int) -> Problem:
    """Return the refusal of an instruction with too many words."""
    return refuse(f"the instruction has {count} words; at most {limit} are read. Split it into several tasks")


def too_intricate() -> Problem:
    """Return the refusal of an instruction with too many readings."""
    return unread("the instruction is too intricate to be read; split it into several tasks")


def _not_english() -> Problem:
    return unread(f"only English is understood; say it for example like this: {EXAMPLE}")


def _is_foreign_script(word: str) -> bool:
    return any(c.isalpha() and "LATIN" not in unicodedata.name(c, "") for c in word)


def _usage(verb: str, skills: Mapping[str, SkillSpec]) -> str:
    phrases = [phrase for skill in skills.values() for phrase in skill.phrases if phrase.startswith(f"{verb} {{")]
    shown = ", ".join(quote(_readable(phrase)) for phrase in phrases[:3])
    return f"say for example {shown}" if shown else f"say for example {EXAMPLE}"


def _abilities(skills: Mapping[str, SkillSpec]) -> str:
    phrases = [_readable(skill.phrases[0]) for _, skill in sorted(skills.items()) if skill.phrases]
    shown = ["put OBJECT in PLACE", *phrases]
    more = ", ..." if len(shown) > _SHOWN_MAX + 1 else ""
    return ", ".join(plain(phrase) for phrase in shown[: _SHOWN_MAX + 1]) + more


def _readable(phrase: str) -> str:
    return " ".join(word.strip("{}").upper() if word.startswith("{") else word for word in phrase.split())
