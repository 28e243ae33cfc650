"""Reads an instruction: English words in, goals or a question or a refusal out."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from robomatrix_py.contracts.plan import Goal
from robomatrix_py.contracts.predicate import Atom
from robomatrix_py.contracts.scene import Scene
from robomatrix_py.contracts.skill import SkillSpec
from robomatrix_py.scheduler.config import PlannerConfig
from robomatrix_py.scheduler.language import diagnosis
from robomatrix_py.scheduler.language.clauses import Clause, ClauseParser, relation_count, rules_out
from robomatrix_py.scheduler.language.conditions import ConditionReader
from robomatrix_py.scheduler.language.frames import Sense
from robomatrix_py.scheduler.language.grammar import EMPTY_WORDS, MANNER
from robomatrix_py.scheduler.language.matcher import FrameMatcher, TooIntricate
from robomatrix_py.scheduler.language.meaning import Meaning
from robomatrix_py.scheduler.language.noun_parser import NounPhraseParser
from robomatrix_py.scheduler.language.phrasebook import phrasebook_of
from robomatrix_py.scheduler.language.problems import Problem, ask, refuse
from robomatrix_py.scheduler.language.referents import Referents
from robomatrix_py.scheduler.language.tokens import Token, tokenise, without_idle_breaks
from robomatrix_py.scheduler.language.vocabulary import respelled, unfit_noun, vocabulary_of
from robomatrix_py.scheduler.language.whereabouts import Whereabouts
from robomatrix_py.scheduler.language.wish import Wish
from robomatrix_py.scheduler.quoting import quote
from robomatrix_py.scheduler.stages import stages_of

_TOKENS_MAX = 200


@dataclass(frozen=True)
class Reading:
    """What an instruction asks for.

    Args:
        goals: Stages in order.
        forbidden: Facts that must not be brought about.
        notes: Choices made on the way that the person should know.
        nothing: Why some of it needs nothing to be done, or empty.
        is_guess: A thing that was not named was taken because nothing else fits.
        choices: Names of the things that would have done, the one that was taken first, wherever there was a choice.
    """

    goals: tuple[Goal, ...]
    forbidden: tuple[Atom, ...] = ()
    notes: tuple[str, ...] = ()
    nothing: str = ""
    is_guess: bool = False
    choices: tuple[tuple[str, ...], ...] = ()


class Reader:
    """Reads instructions for one set of skills.

    Args:
        skills: All skills by name; their phrases are understood.
        config: Bounds and what counts as near.
    """

    def __init__(self, skills: Mapping[str, SkillSpec], config: PlannerConfig) -> None:
        self._skills = skills
        self._config = config
        self._book = phrasebook_of(skills.values())

    def unfit_noun(self, word: str) -> str:
        """Return why people cannot ask for a thing by a word, or an empty text."""
        return unfit_noun(word, self._book.closed - self._book.nominal)

    def read(
        self, instruction: str, scene: Scene, facts: Collection[Atom], prefer: frozenset[str] = frozenset()
    ) -> Reading:
        """Return what an instruction asks for.

        Args:
            instruction: The person's words.
            scene: What is where; names in it are data and never read as instruction.
            facts: What is the case.
            prefer: Names of things to take where any one of several would do.

        Raises:
            Problem: It is unclear (a question) or not to be carried out (a refusal).
        """
        if len(instruction) > self._config.instruction_max_chars:
            raise diagnosis.too_long(len(instruction), self._config.instruction_max_chars)
        vocabulary = vocabulary_of(scene, self._book.closed, self._book.nominal)
        tokens, notes = self._tokens(instruction, vocabulary.known | self._book.forms)
        nouns = NounPhraseParser(tokens, vocabulary)
        matcher = FrameMatcher(tokens, nouns, self._book.gerunds, self._book.participles)
        parser = ClauseParser(matcher, self._book.frames, ConditionReader(matcher, self._book.states, self._book.done))
        try:
            readings = parser.read()
        except TooIntricate:
            raise diagnosis.too_intricate() from None
        if not readings:
            farthest = max(matcher.farthest, nouns.farthest)
            thing = self._only_thing(tokens, nouns, parser.stuck_at)
            raise diagnosis.explain(tokens, parser.stuck_at, farthest, self._book.verbs, self._skills, thing)
        reading = self._first_sound(readings, scene, facts, prefer)
        if notes and reading.is_guess:
            # A slip and a thing not named are one guess too many.
            words = quote(" ".join(token.text for token in tokens))
            raise ask(f"is {words} meant? Say it again and name the thing")
        return replace(reading, notes=(*notes, *reading.notes))

    def _only_thing(self, tokens: Sequence[Token], nouns: NounPhraseParser, verb: int) -> str:
        """Return the thing that all of an instruction is about whose verb is not known, or an empty text."""
        if any(token.is_break or token.text in self._book.verbs for token in tokens[:verb]):
            # An answer stands for the whole instruction, and this has another part that is understood.
            return ""
        for end, phrase in nouns.read(verb + 1):
            known = (phrase.noun or phrase.name) and not (phrase.unknown or phrase.missing)
            if known and all(token.is_break for token in tokens[end:]):
                return phrase.words
        return ""

    def _tokens(self, instruction: str, known: frozenset[str]) -> tuple[tuple[Token, ...], list[str]]:
        """Return the tokens with slips corrected, and a note for each slip."""
        spoken = tokenise(instruction)
        tokens = without_idle_breaks(token for token in spoken if token.text not in EMPTY_WORDS | MANNER)
        if not tokens:
            raise diagnosis.empty()
        if len(tokens) > _TOKENS_MAX:
            raise diagnosis.too_many_words(len(tokens), _TOKENS_MAX)
        diagnosis.check_language(tokens, known)
        corrected, notes = respelled(tokens, known)
        return corrected, [*notes, *(_not_set(token.text) for token in spoken if token.text in MANNER)]

    def _first_sound(
        self,
        readings: Sequence[tuple[Clause, ...]],
        scene: Scene,
        facts: Collection[Atom],
        prefer: frozenset[str],
    ) -> Reading:
        """Return the first reading that makes sense in the scene and leaves something to do.

        Readings that hang fewer words on a noun (`the ball in the bowl`) come first.

        Raises:
            Problem: No reading makes sense; what is wrong with the first, or a question that may settle it.
        """
        problems: list[Problem] = []
        satisfied: Reading | None = None
        least = 0
        for clauses in sorted(readings, key=_relation_count):
            if satisfied is not None and _relation_count(clauses) > least:
                break
            referents = Referents(Whereabouts(scene, facts), self._config, prefer)
            try:
                wishes = Meaning(referents, clauses).wishes()
                found = self._collect(clauses, wishes, referents)
            except Problem as problem:
                problems.append(problem)
                if problems[0].is_question:
                    # What the preferred reading asks is asked, not guessed by another.
                    break
                continue
            if not all(stage.begins_over(facts) for stage in stages_of(found.goals)):
                return found
            satisfied, least = satisfied or found, _relation_count(clauses)
        if satisfied is not None and (satisfied.goals or not problems):
            return satisfied
        question = next((problem for problem in problems if problem.is_question), None)
        raise question if question and problems[0].is_misfit else problems[0]

    def _collect(self, clauses: Sequence[Clause], wishes: Sequence[Wish], referents: Referents) -> Reading:
        forbidden = tuple(
            atom
            for c, wish in zip(clauses, wishes, strict=True)
            if rules_out(c)
            for goal in wish.goals
            for atom in goal.atoms
        )
        ruled_out = [clause for clause in clauses if rules_out(clause)]
        if all(rules_out(clause) or clause.frame.sense is Sense.MENTION for clause in clauses):
            words = " and ".join(quote(clause.words) for clause in ruled_out)
            raise refuse(f"understood that {words} is not wanted; nothing is done. Say what to do instead")
        for clause, wish in zip(clauses, wishes, strict=True):
            if rules_out(clause) and clause.frame.sense is Sense.SKILL and not any(g.atoms for g in wish.goals):
                raise refuse(f"{quote(clause.words)} cannot be ruled out; leave it unsaid")
        ordered: list[Wish] = []
        for clause, wish in _in_order(clauses, wishes):
            if not rules_out(clause):
                ordered.append(wish)
        goals = tuple(goal for wish in ordered for goal in wish.goals)
        if len(goals) > self._config.stages_max:
            raise refuse(
                f"this asks for {len(goals)} things, at most {self._config.stages_max} are planned at once; "
                "ask for less"
            )
        notes = list(referents.notes)
        for clause in clauses:
            notes += [_not_set(word) for word in clause.manner]
        notes += [f"as told, not: {clause.words}" for clause in ruled_out]
        nothing = "; ".join(wish.nothing for wish in ordered if wish.nothing)
        choices = tuple(referents.choices)
        return Reading(goals, forbidden, tuple(dict.fromkeys(notes)), nothing, referents.has_guessed, choices)


def _relation_count(clauses: Sequence[Clause]) -> int:
    return sum(relation_count(clause) for clause in clauses)


def _not_set(word: str) -> str:
    return f"speed and force are not set by words: {quote(word)} changes nothing"


def _in_order(clauses: Sequence[Clause], wishes: Sequence[Wish]) -> list[tuple[Clause, Wish]]:
    """Return the clauses in the order in which they are to be done.

    What is to follow waits for the clause after it, and for those that `and` joins to that one.
    """
    ordered: list[tuple[Clause, Wish]] = []
    waiting: list[tuple[Clause, Wish]] = []
    place = 0
    for i, (clause, wish) in enumerate(zip(clauses, wishes, strict=True)):
        if clause.follows_next:
            waiting.append((clause, wish))
            continue
        place = place + 1 if place and clause.link == "and" and not clause.goes_first else int(clause.goes_first)
        # What `and` joins to a clause that goes first goes with it.
        ordered.insert(place - 1 if place else len(ordered), (clause, wish))
        if waiting and (i + 1 == len(clauses) or clauses[i + 1].link != "and"):
            ordered += reversed(waiting)
            waiting = []
    return ordered + waiting
