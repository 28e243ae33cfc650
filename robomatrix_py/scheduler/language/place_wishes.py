"""Clauses that bring things to places or take them away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from robomatrix_py.contracts.plan import Goal
from robomatrix_py.contracts.predicate import Atom
from robomatrix_py.contracts.scene import Affordance, SceneObject
from robomatrix_py.scheduler.fit import misfit
from robomatrix_py.scheduler.language.asking import why_unsuited
from robomatrix_py.scheduler.language.clauses import EXCEPTED
from robomatrix_py.scheduler.language.noun_phrase import NounPhrase, Quantity, Relation
from robomatrix_py.scheduler.language.problems import Problem, ask, refuse
from robomatrix_py.scheduler.language.wish import Context, Wish, listed
from robomatrix_py.scheduler.quoting import plain, quote

_MOVABLE = frozenset({Affordance.MOVABLE})
_CONTAINER = frozenset({Affordance.CONTAINER})
_SURFACE = frozenset({Affordance.SURFACE})
_PLACE = _CONTAINER | _SURFACE
_WANTED = {"in": _CONTAINER, "on": _SURFACE, "to": _PLACE}
# Of these people say that a thing lies `in` them though it lies on them.
_SHALLOW = frozenset({"tray", "plate", "platter", "saucer"})
_THERE = NounPhrase("there", pronoun="there")
_FROM_THE_BOTTOM = ("lowest", "middle", "highest")
# Verbs that, said of a thing on the table, mean to have it in hand rather than to clear it away.
_TO_HOLD = frozenset({"lift", "pick", "grab", "raise", "grasp", "hoist", "hold", "scoop", "seize", "grip"})


class PlaceWishes:
    """Interprets clauses about where things are to be.

    Args:
        context: The clauses.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._where = context.where

    def place(self) -> Wish:
        """Return the goals of bringing things to a place."""
        values = self._context.clause.values
        where = str(values.get("where", "to"))
        phrases = self._without_excepted(self._context.phrases("object"))
        place_phrase = self._context.phrases("place")[0] if "place" in values else _THERE
        left = self._things(self._context.phrases("source")) if "source" in values else []
        if all(phrase.quantity is Quantity.ALL for phrase in phrases):
            # `all cubes` are those that are not the place itself.
            place = self._place_object(where, place_phrase, ())
            things = self._things(phrases, exclude=(place.name,))
        else:
            things = self._things(phrases)
            place = self._place_object(where, place_phrase, [item.name for item in things])
        if any(item in things for item in left):
            raise ask(f"{quote(self._context.clause.words)}: is {listed(left)} meant or not?")
        return Wish(tuple(self._bring(item, where, place) for item in things))

    def place_nowhere(self) -> Wish:
        """Ask where things are to go; if that is ruled out, they are not to be moved at all."""
        if self._context.clause.negated:
            return self.disturb()
        things = self._things(self._context.phrases("object"))
        if self._context.is_placed_next():
            # `Move the can and put it on the tray`: where to is said in the next clause.
            return Wish(())
        fixed = [item for item in self._where.scene if item.affordances & _PLACE and not item.affordances & _MOVABLE]
        places = [f"{_preposition(item)} the {plain(item.name)}" for item in fixed]
        example = f" Say for example 'put it {places[0]}'; it can go {', '.join(places)}" if places else ""
        raise ask(f"where should {listed(things)} go?{example}")

    def place_beside(self) -> Wish:
        """Refuse to put a thing beside another."""
        words = quote(self._context.clause.words)
        raise refuse(f"{words}: things go in or on something, not beside, behind or under it; name such a place")

    def tower(self) -> Wish:
        """Return the goals of a tower of things that are named from the bottom up."""
        context = self._context
        named = [context.clause.values[slot] for slot in _FROM_THE_BOTTOM if slot in context.clause.values]
        phrases = [phrase for value in named if isinstance(value, tuple) for phrase in value]
        things = self._things(phrases or context.phrases("object"))
        if "source" in context.clause.values:
            (lowest,) = context.referents.resolve(context.phrases("source")[0], _MOVABLE)
            if things[-1].name == lowest.name:
                things.reverse()
            if things[0].name != lowest.name:
                raise ask(f"{quote(context.clause.words)}: in which order? Name the things from the bottom up")
        if len(things) < 2:
            raise ask(f"{quote(context.clause.words)}: a tower of which things? Name them from the bottom up")
        return Wish(tuple(self._bring(upper, "on", lower) for lower, upper in pairwise(things)))

    def replace(self) -> Wish:
        """Return the goal of having one thing where another is, if it is said where that one goes."""
        context = self._context
        words = quote(context.clause.words)
        (old,) = self._things(context.phrases("object")[:1])
        (new,) = self._things(context.phrases("source")[:1])
        context.refuse_same(old.name, new.name)
        places = [place for place in self._where.scene if self._where.is_in(old.name, place.name)]
        places = places or [p for p in self._where.scene if p.name != "table" and self._where.is_on(old.name, p.name)]
        if "place" in context.clause.values:
            where = str(context.clause.values.get("where", "to"))
            place = self._place_object(where, context.phrases("place")[0], [new.name])
            if place not in places and not context.is_spoken_of_elsewhere(context.phrases("object")[0]):
                raise refuse(f"{words}: {plain(old.name)} is not there")
        elif not places:
            raise ask(f"{words}: {plain(old.name)} is in nothing; where should {plain(new.name)} go?")
        else:
            place = places[0]
        if not context.is_spoken_of_elsewhere(context.phrases("object")[0]):
            raise ask(f"{words}: where should {plain(old.name)} go?")
        return Wish((self._bring(new, "to", place),))

    def dispose(self) -> Wish:
        """Return the goals of throwing things away: into the bin, if there is one."""
        bins = [item for item in self._where.scene if item.shape == "bin"]
        if len(bins) != 1:
            raise ask(f"{quote(self._context.clause.words)}: into which container?")
        things = self._things(self._context.phrases("object"))
        return Wish(tuple(self._bring(item, "in", bins[0]) for item in things))

    def disturb(self) -> Wish:
        """Return what must not happen to things that are to be left alone."""
        clause = self._context.clause
        if not clause.negated and self._context.is_placed_next():
            self._things(self._context.phrases("object"))
            return Wish(())
        if not clause.negated:
            raise ask(f"{quote(clause.words)} does not say what to do with it; say for example 'pick it up'")
        return self.leave()

    def leave(self) -> Wish:
        """Return what must not happen to things that are to stay where they are."""
        clause = self._context.clause
        things = self._things(self._context.phrases("object"))
        atoms = [a for item in things for a in (Atom("held", (item.name,)), Atom("pushed", (item.name, "*")))]
        return Wish((Goal(tuple(atoms), clause.words),))

    def take_out(self) -> Wish:
        """Return the goals of taking things from where they are: to a place, in hand, or onto the table."""
        context, values = self._context, self._context.clause.values
        phrases = context.phrases("object")
        if "source" in values:
            relation = Relation("from", context.phrases("source")[0])
            phrases = [phrase if phrase.pronoun else _related(phrase, relation) for phrase in phrases]
        things = self._things(phrases)
        if "place" in values:
            where = str(values["where"])
            place = self._place_object(where, context.phrases("place")[0], [item.name for item in things])
            return Wish(tuple(self._bring(item, where, place) for item in things))
        if "source" in values:
            source = self._check_source(things, context.phrases("source")[0])
            if source.name == "table" and not context.is_placed_next():
                if len(things) == 1 and context.clause.words.split()[0] in _TO_HOLD:
                    return Wish((Goal((Atom("held", (things[0].name,)),), context.clause.words),))
                return self._cleared([source], things)
            context.referents.take_from([item.name for item in things], source.name)
        elif not all(self._where.is_contained(item.name) for item in things):
            raise ask(f"{listed(things)} is in nothing: where should it go?")
        if context.is_placed_next():
            # It goes straight on to its place; a stop on the table would be in vain.
            held = [Goal((Atom("held", (item.name,)),), context.clause.words) for item in things]
            return Wish(tuple(held) if len(held) == 1 else ())
        return Wish(tuple(self._bring(item, "on", self._table()) for item in things))

    def not_there(self) -> Wish:
        """Return the goals of having things no longer where they are: onto the table."""
        renamed = {"place": "source"}
        values = {renamed.get(name, name): value for name, value in self._context.clause.values.items()}
        self._context.clause = replace(self._context.clause, values=values)
        return self.take_out()

    def empty(self) -> Wish:
        """Return the goals of taking everything out of places: to a place, or onto the table."""
        phrases = [*self._context.phrases("object"), *self._context.phrases("source")]
        places = [
            place
            for phrase in phrases
            if not phrase.missing
            for place in self._context.referents.resolve(phrase, _PLACE)
        ]
        whole = [
            self._where.scene.objects[name] for place in places for name in sorted(self._where.contents(place.name))
        ]
        if "place" not in self._context.clause.values and self._context.is_whole_placed_next():
            self._context.referents.speak_of_all([item for item in whole if Affordance.MOVABLE in item.affordances])
            return Wish(())
        return self._cleared(places)

    def tidy(self) -> Wish:
        """Return the goals of clearing places; what is on the table goes where there is most room."""
        source = self._context.clause.values.get("source", ())
        if not isinstance(source, tuple) or not source:
            return self._cleared([self._table()])
        places = [place for phrase in source for place in self._context.referents.resolve(phrase, _PLACE)]
        if "place" not in self._context.clause.values and self._context.is_whole_placed_next():
            # `Clear the table, put everything in the bin`
            return Wish(())
        for place in places:
            if Affordance.MOVABLE in place.affordances:
                raise ask(f"{plain(place.name)} is no place to be cleared: which place is meant?")
        return self._cleared(places)

    def _cleared(self, places: Sequence[SceneObject], only: Sequence[SceneObject] = ()) -> Wish:
        """Return the goals of taking things away from places: all that is there, or only some."""
        names = [name for place in places for name in sorted(self._where.contents(place.name))]
        things = only or [self._where.scene.objects[name] for name in names]
        things = [item for item in things if Affordance.MOVABLE in item.affordances]
        if not things:
            return Wish((), f"{listed(places)} is empty")
        values = self._context.clause.values
        where = str(values.get("where", "to"))
        if "place" not in values and not only and any(Affordance.MOVABLE in place.affordances for place in places):
            raise ask(f"{quote(self._context.clause.words)}: where should {listed(things)} go?")
        if "place" in values:
            to = self._place_object(where, self._context.phrases("place")[0], [place.name for place in places])
        elif any(place.name == "table" for place in places):
            to, where = self._roomiest(things), "to"
        else:
            to = self._table()
        self._context.referents.remember_together(things)
        return Wish(tuple(self._bring(item, where, to) for item in things if item.name != to.name))

    def _roomiest(self, things: Sequence[SceneObject]) -> SceneObject:
        """Return the largest open container that takes all of some things, for a table that is to be clear."""
        containers = [
            item
            for item in self._where.scene.having(Affordance.CONTAINER)
            if not item.affordances & {Affordance.DRAWER, Affordance.MOVABLE}
            and item.interior is not None
            and not any(misfit(thing, item) for thing in things)
        ]
        if not containers:
            words = quote(self._context.clause.words)
            raise ask(f"{words}: where should the things go? Say for example 'put everything on the tray'")
        found = max(containers, key=lambda item: (_floor_m2(item), item.name))
        self._context.referents.notes.append(
            f"no place was said: things go in the {plain(found.name)}, the largest open container"
        )
        return found

    def _without_excepted(self, phrases: list[NounPhrase]) -> list[NounPhrase]:
        """Return phrases that leave out what the clause excepts: `put everything in the bin but the can`."""
        excepted = self._context.clause.values.get(EXCEPTED, ())
        if not excepted or not isinstance(excepted, tuple):
            return phrases
        return [replace(phrase, excepted=(*phrase.excepted, *excepted)) for phrase in phrases]

    def _things(self, phrases: Sequence[NounPhrase], exclude: Sequence[str] = ()) -> list[SceneObject]:
        found: list[SceneObject] = []
        for phrase in phrases:
            for item in self._context.referents.resolve(phrase, _MOVABLE, "thing", exclude):
                if item not in found:
                    found.append(item)
        self._context.referents.remember_together(found)
        return found

    def _place_object(self, where: str, phrase: NounPhrase, things: Sequence[str]) -> SceneObject:
        referents = self._context.referents
        try:
            found = referents.resolve(phrase, _WANTED[where], "place", things)
        except Problem:
            # What was named is there but unsuited: the preposition decides what to say.
            accepts = _PLACE if phrase.pronoun else frozenset[Affordance]()
            found = referents.resolve(phrase, accepts, "place", things if phrase.pronoun else ())
        place = self._context.single(phrase, found)
        for name in things:
            self._context.refuse_same(name, place.name)
        return place

    def _bring(self, item: SceneObject, where: str, place: SceneObject) -> Goal:
        self._context.refuse_same(item.name, place.name)
        predicate = self._predicate(where, place)
        if predicate == "in":
            self._context.refuse_misfit(item.name, place.name)
        return Goal((Atom(predicate, (item.name, place.name)),), self._context.clause.words)

    def _predicate(self, where: str, place: SceneObject) -> str:
        """Return `in` or `on` as the preposition and the place together mean it."""
        is_container = Affordance.CONTAINER in place.affordances
        is_surface = Affordance.SURFACE in place.affordances
        if not (is_container or is_surface):
            raise refuse(f"{why_unsuited(place, _PLACE)}: nothing can be put there")
        if where == "to":
            return "in" if is_container else "on"
        if where == "in" and not is_container:
            if place.shape in _SHALLOW:
                return "on"
            drawers = [item.name for item in self._where.scene.having(Affordance.DRAWER)]
            hint = f" or 'in the {plain(drawers[0])}'" if place.shape == "cabinet" and drawers else ""
            raise ask(f"{why_unsuited(place, _CONTAINER)}: is 'on the {plain(place.name)}'{hint} meant?")
        if where == "on" and not is_surface:
            raise ask(f"{why_unsuited(place, _SURFACE)}: is 'in the {plain(place.name)}' meant?")
        return where

    def _check_source(self, things: Sequence[SceneObject], source: NounPhrase) -> SceneObject:
        names = [item.name for item in things]
        (place,) = self._context.referents.resolve(source, frozenset(), "place", names)
        for name in names:
            if not (self._where.is_in(name, place.name) or self._where.is_on(name, place.name)):
                where = self._where.describe(name) or "on the table"
                raise refuse(f"{plain(name)} is not in {plain(place.name)} but {where}")
        return place

    def _table(self) -> SceneObject:
        table = self._where.scene.objects.get("table")
        if table is None:
            raise ask(f"{quote(self._context.clause.words)}: where to? No table is seen")
        return table


def _floor_m2(place: SceneObject) -> float:
    if place.interior is None:
        return 0.0
    return float(4 * place.interior.half_extents_m[0] * place.interior.half_extents_m[1])


def _preposition(place: SceneObject) -> str:
    return "in" if Affordance.CONTAINER in place.affordances else "on"


def _related(phrase: NounPhrase, relation: Relation) -> NounPhrase:
    """Return a phrase that is also told by where the thing is."""
    return replace(phrase, relations=(*phrase.relations, relation))
