"""Finds which scene objects a noun phrase means, or asks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from robomatrix_py.contracts.scene import Affordance, SceneObject
from robomatrix_py.scheduler.config import PlannerConfig
from robomatrix_py.scheduler.language import lexicon
from robomatrix_py.scheduler.language.asking import names_of, shape_words, spoken, which, why_unsuited
from robomatrix_py.scheduler.language.noun_phrase import NounPhrase, Quantity, Relation
from robomatrix_py.scheduler.language.problems import Problem, ask, not_seen, refuse, unsuited
from robomatrix_py.scheduler.language.selection import Selection
from robomatrix_py.scheduler.language.whereabouts import Whereabouts, robot_distance_m
from robomatrix_py.scheduler.quoting import plain, quote

_MOVABLE = frozenset({Affordance.MOVABLE})
_FIXED = frozenset({Affordance.DRAWER, Affordance.BUTTON})


class Referents:
    """Resolves the noun phrases of one instruction in the order of its words.

    Args:
        whereabouts: What is where.
        config: What counts as near, apart and smaller.
        prefer: Names of things to take where any one of several would do.
    """

    def __init__(self, whereabouts: Whereabouts, config: PlannerConfig, prefer: frozenset[str] = frozenset()) -> None:
        self.where = whereabouts
        self.notes: list[str] = []
        self.has_guessed = False
        self.choices: list[tuple[str, ...]] = []
        self._prefer = prefer
        self._config = config
        self._selection = Selection(whereabouts, config)
        self._things: list[tuple[str, ...]] = []
        self._mentioned: list[tuple[str, ...]] = []
        self._last_noun = ""
        self._left_alone: set[str] = set()
        self._wholes: set[tuple[str, ...]] = set()
        self._taken_from: dict[str, str] = {}
        self._spoken_of: frozenset[str] | None = None

    def resolve(
        self,
        phrase: NounPhrase,
        accepts: frozenset[Affordance],
        role: str = "thing",
        exclude: Sequence[str] = (),
    ) -> tuple[SceneObject, ...]:
        """Return the objects that a noun phrase means, one unless it speaks of several.

        Args:
            phrase: What was said.
            accepts: Any one of these is enough; empty accepts everything.
            role: ``thing`` for what is acted on, ``place`` for where to.
            exclude: Names that cannot be meant, such as the thing itself as its own place.

        Raises:
            Problem: It is not seen, unsuited or ambiguous.
        """
        if phrase.pronoun or phrase.missing:
            found = self._antecedent(phrase, accepts, role, exclude)
        else:
            found = self._search(phrase, accepts, exclude)
        self._remember(phrase, found, role)
        for item in found:
            self._note_doubt(item)
        return found

    def remember_together(self, items: Sequence[SceneObject]) -> None:
        """Take the things that one clause speaks of as what `them` means."""
        if len(items) > 1:
            self._things.append(tuple(item.name for item in items))

    def take_from(self, names: Sequence[str], place: str) -> None:
        """Keep in mind where things were taken from: `there` is then another place for them."""
        self._taken_from |= dict.fromkeys(names, place)

    def speak_of_all(self, items: Sequence[SceneObject]) -> None:
        """Take some things as what `everything` and `them` mean in the next clause."""
        names = tuple(item.name for item in items)
        self._things.append(names)
        self._wholes.add(names)
        self._spoken_of = frozenset(names)

    def leave_alone(self, phrases: Sequence[NounPhrase]) -> None:
        """Take things out of what `everything` and the like mean."""
        for phrase in phrases:
            whole = replace(phrase, quantity=Quantity.ALL)
            self._left_alone |= {item.name for item in self._search(whole, frozenset(), ())}

    def seen(self) -> str:
        """Return what is seen, for messages."""
        items = list(self.where.scene)
        return f"seen are {names_of(items)}" if items else "nothing is seen"

    def _remember(self, phrase: NounPhrase, found: tuple[SceneObject, ...], role: str) -> None:
        names = tuple(item.name for item in found)
        each = phrase.words.split()[:1] in (["every"], ["each"], ["any"])
        if phrase.quantity is Quantity.ALL and (each or not phrase.noun):
            # `everything` is taken up by `it` as well as by `them`.
            self._wholes.add(names)
        if role == "thing":
            self._things.append(names)
        self._mentioned.append(names)
        if phrase.noun and role == "thing":
            self._last_noun = phrase.noun

    def _note_doubt(self, item: SceneObject) -> None:
        unseen_s = self.where.scene.received_s - item.seen_s
        if not item.visible and item.confidence < self._config.doubtful_below:
            note = f"{plain(item.name)} has not been seen for {unseen_s:.0f} s and may not be where it was"
            if note not in self.notes:
                self.notes.append(note)

    # ------------------------------------------------------------------ pronouns and things not named

    def _antecedent(
        self, phrase: NounPhrase, accepts: frozenset[Affordance], role: str, exclude: Sequence[str]
    ) -> tuple[SceneObject, ...]:
        if phrase.pronoun == lexicon.IN_HAND:
            return self._in_hand(phrase, accepts)
        several = lexicon.PRONOUNS.get(phrase.pronoun, False)
        for names in self._salient(role):
            items = tuple(self.where.scene.objects[name] for name in names)
            suited = all(not accepts or item.affordances & accepts for item in items)
            if role == "place" and any(self._taken_from.get(name) in names for name in exclude):
                continue
            is_several = (len(items) > 1) == several or names in self._wholes
            if suited and not set(names) & set(exclude) and is_several:
                return items
        if several and len(self._things) >= 2:
            items = tuple(self.where.scene.objects[name] for names in self._things[-2:] for name in names)
            if all(not accepts or item.affordances & accepts for item in items):
                return items
        held = self.where.scene.objects.get(self.where.held)
        if held is not None and role == "thing" and held.affordances & accepts:
            return (held,)
        if phrase.missing:
            return self._only_one(accepts, exclude)
        if phrase.words in lexicon.THEM_ALL:
            return self._search(NounPhrase(phrase.words, quantity=Quantity.ALL), accepts, exclude)
        if phrase.pronoun == "something":
            names_suited = names_of(self._suited(accepts, exclude))
            raise ask(f"which thing: {names_suited}? Say for example {self._example(accepts)}", phrase.words)
        example = self._example(accepts)
        raise ask(f"what does {quote(phrase.pronoun)} mean? Name the thing, for example {example}", phrase.words)

    def _in_hand(self, phrase: NounPhrase, accepts: frozenset[Affordance]) -> tuple[SceneObject, ...]:
        held = self.where.scene.objects.get(self.where.held)
        if held is None or (accepts and not held.affordances & accepts):
            raise ask(f"{quote(phrase.words)}: the gripper holds nothing known; which thing is meant?", phrase.words)
        return (held,)

    def _salient(self, role: str) -> list[tuple[str, ...]]:
        """Return what was spoken of, what a pronoun most likely means first.

        A thing acted on is most likely meant again as the thing. A place is most likely a fixed one.
        """
        if role == "thing":
            return [*reversed(self._things), *reversed(self._mentioned)]
        objects = self.where.scene.objects
        fixed = [n for n in self._mentioned if not any(Affordance.MOVABLE in objects[i].affordances for i in n)]
        return [*reversed(fixed), *reversed(self._things), *reversed(self._mentioned)]

    def _only_one(self, accepts: frozenset[Affordance], exclude: Sequence[str]) -> tuple[SceneObject, ...]:
        suited = self._suited(accepts, exclude)
        if len(suited) == 1:
            self.has_guessed = True
            self.notes.append(f"took {plain(suited[0].name)}, the only thing that fits")
            return (suited[0],)
        if not suited:
            raise not_seen(f"nothing is seen that this could be done with; {self.seen()}")
        raise ask(f"with which thing: {names_of(suited)}? Say for example {self._example(accepts)}")

    def _suited(self, accepts: frozenset[Affordance], exclude: Sequence[str]) -> list[SceneObject]:
        return [
            item
            for item in self.where.scene
            if (not accepts or item.affordances & accepts) and item.name not in exclude
        ]

    def _example(self, accepts: frozenset[Affordance]) -> str:
        suited = sorted(self._suited(accepts, ()), key=lambda item: item.name)
        return quote(f"the {spoken(suited[0])}") if suited else quote("the red cube")

    # ------------------------------------------------------------------ named things

    def _search(
        self, phrase: NounPhrase, accepts: frozenset[Affordance], exclude: Sequence[str]
    ) -> tuple[SceneObject, ...]:
        if any(word in lexicon.LIVING for word in phrase.unknown):
            raise refuse(f"{quote(phrase.words)}: people and animals are never acted on or moved to")
        candidates = self._by_kind(phrase, accepts)
        candidates = self._by_relation(phrase, candidates)
        if phrase.other and len(candidates) > 1:
            last = {name for names in self._things[-1:] for name in names}
            candidates = [item for item in candidates if item.name not in last] or candidates
        if phrase.quantity in (Quantity.ALL, Quantity.BOTH):
            return self._all_of(phrase, candidates, accepts, exclude)
        candidates = self._by_selector(phrase, candidates)
        suited = [item for item in candidates if not accepts or item.affordances & accepts]
        if not suited:
            raise unsuited(self._why_unsuited(candidates[0], accepts))
        if len(suited) > 1 and any(item.name in exclude for item in suited):
            suited = [item for item in suited if item.name not in exclude]
        if len(suited) == 1:
            return (suited[0],)
        exact = [item for item in suited if item.name == phrase.name]
        if exact:
            return (exact[0],)
        if phrase.quantity is Quantity.ANY:
            return tuple(self._any(phrase, suited, 1))
        return (self._spoken_of_before(phrase, suited),)

    def _any(self, phrase: NounPhrase, suited: Sequence[SceneObject], count: int) -> list[SceneObject]:
        """Return some things of those that would do: the preferred, then the nearest."""
        ordered = sorted(suited, key=lambda item: (item.name not in self._prefer, robot_distance_m(item), item.name))
        chosen = ordered[:count]
        self.choices.append(tuple(item.name for item in ordered))
        why = "the likeliest to succeed" if chosen[0].name in self._prefer else "the nearest to the robot"
        names = " and ".join(plain(item.name) for item in chosen)
        self.notes.append(f"chose {names}, {why}, for {quote(phrase.words)}")
        return chosen

    def _spoken_of_before(self, phrase: NounPhrase, suited: list[SceneObject]) -> SceneObject:
        """Return the candidate that `the can` takes up again after `the blue can`.

        Raises:
            Problem: The words say more than that, or the candidates spoken of before are not just one.
        """
        mentioned = {name for names in self._mentioned for name in names}
        before = [item for item in suited if item.name in mentioned]
        if len(before) != 1 or phrase.color or phrase.selectors or phrase.relations or phrase.other:
            raise which(self._selection, phrase, suited)
        self.notes.append(f"took {quote(phrase.words)} to mean {plain(before[0].name)}, spoken of before")
        return before[0]

    def _why_unsuited(self, item: SceneObject, accepts: frozenset[Affordance]) -> str:
        suited = self._suited(accepts, ())
        return f"{why_unsuited(item, accepts)}; " + (f"suited are {names_of(suited)}" if suited else "nothing here is")

    def _by_kind(self, phrase: NounPhrase, accepts: frozenset[Affordance]) -> list[SceneObject]:
        """Return the things of the colour and shape said, and refuse words that are not known."""
        noun = phrase.noun or (self._last_noun if phrase.same_kind else "")
        everything = list(self.where.scene)
        if phrase.name:
            return [self.where.scene.objects[phrase.name]]
        if phrase.unknown:
            raise self._unknown(phrase)
        colored = [item for item in everything if self._has_color(item, phrase.color)]
        found = self._of_shape(colored, noun, accepts)
        if not found and phrase.same_kind:
            found = [item for item in colored if not accepts or item.affordances & accepts]
        if phrase.number:
            found = [item for item in found if item.name.rpartition("_")[2] == phrase.number]
        if not found:
            raise self._unknown(phrase)
        return found

    def _of_shape(self, items: list[SceneObject], noun: str, accepts: frozenset[Affordance]) -> list[SceneObject]:
        if not noun:
            # `Do not open anything` speaks of drawers; elsewhere a thing is what can be moved.
            of = accepts if accepts and accepts <= _FIXED else _MOVABLE
            return [item for item in items if item.affordances & of]
        shapes = lexicon.NOUNS.get(noun, (noun,))
        found = [[item for item in items if shape_words(item) == shape or item.name == shape] for shape in shapes]
        found = [group for group in found if group]
        suited = [group for group in found if any(not accepts or item.affordances & accepts for item in group)]
        chosen = (suited or found or [[]])[0]
        if chosen and all(shape_words(item) != noun and item.name != noun for item in chosen):
            note = f"took {quote(noun)} to mean {plain(chosen[0].shape)}"
            if note not in self.notes:
                self.notes.append(note)
        return chosen

    def _has_color(self, item: SceneObject, color: str) -> bool:
        if not color:
            return True
        in_scene = {other.color.lower() for other in self.where.scene}
        options = lexicon.COLORS.get(color, (color,))
        return item.color.lower() == next((option for option in options if option in in_scene), color)

    def _unknown(self, phrase: NounPhrase) -> Problem:
        words = (
            " ".join(word for word in (phrase.color, *phrase.unknown, phrase.noun, phrase.number) if word)
            or phrase.words
        )
        return not_seen(f"no {quote(words)} is seen; {self.seen()}. Name one of these")

    # ------------------------------------------------------------------ by place and size

    def _by_relation(self, phrase: NounPhrase, candidates: list[SceneObject]) -> list[SceneObject]:
        for relation in phrase.relations:
            place = None
            if relation.place is not None:
                place = self._search_place(relation.place)
            kept = self._selection.related(relation, candidates, place)
            if not kept:
                raise not_seen(self._not_there(phrase, relation, candidates, place))
            candidates = kept
        return candidates

    def _search_place(self, phrase: NounPhrase) -> SceneObject:
        found = (
            self._antecedent(phrase, frozenset(), "place", ())
            if phrase.pronoun
            else self._search(phrase, frozenset(), ())
        )
        if len(found) != 1:
            raise ask(f"which one is meant by {quote(phrase.words)}: {names_of(found)}?", phrase.words)
        return found[0]

    def _not_there(
        self, phrase: NounPhrase, relation: Relation, candidates: list[SceneObject], place: SceneObject | None
    ) -> str:
        found = [f"{plain(item.name)} is {self.where.describe(item.name) or 'on the table'}" for item in candidates[:4]]
        kind = {"left": "left of", "right": "right of", "front": "in front of", "from": "in"}.get(
            relation.kind, relation.kind
        )
        where = f"{kind} {plain(place.name)}" if place else kind
        return f"nothing for {quote(phrase.words)} is {where}; {', '.join(found)}"

    def _by_selector(self, phrase: NounPhrase, candidates: list[SceneObject]) -> list[SceneObject]:
        for selector in phrase.selectors:
            if len(candidates) > 1:
                candidates = self._selection.selected(selector, candidates)
        return candidates

    # ------------------------------------------------------------------ several things

    def _all_of(
        self,
        phrase: NounPhrase,
        candidates: list[SceneObject],
        accepts: frozenset[Affordance],
        exclude: Sequence[str],
    ) -> tuple[SceneObject, ...]:
        left_out = {*exclude, *(() if phrase.name else self._left_alone)}
        for excepted in phrase.excepted:
            left_out |= {item.name for item in self._search(replace(excepted, quantity=Quantity.ALL), frozenset(), ())}
        if phrase.selectors:
            candidates = self._by_selector(phrase, candidates)
        if self._spoken_of is not None and not (phrase.noun or phrase.relations):
            candidates = [item for item in candidates if item.name in self._spoken_of] or candidates
        suited = [item for item in candidates if not accepts or item.affordances & accepts]
        if not suited:
            raise unsuited(self._why_unsuited(candidates[0], accepts))
        kept = [item for item in suited if item.name not in left_out]
        if not kept:
            raise not_seen(f"nothing is left for {quote(phrase.words)}; {self.seen()}")
        if phrase.count and phrase.count != len(kept):
            if phrase.count < len(kept) and phrase.any_of_them:
                kept = self._any(phrase, kept, phrase.count)
            elif phrase.count < len(kept):
                raise which(self._selection, phrase, kept)
        if phrase.count and phrase.count > len(kept):
            raise not_seen(f"{phrase.count} are wanted by {quote(phrase.words)}, seen are {names_of(kept)}")
        # What stands on other things comes first, so that nothing must be moved twice.
        return tuple(
            sorted(
                kept,
                key=lambda item: (-self.where.stack_height(item.name), robot_distance_m(item), item.name),
            )
        )
