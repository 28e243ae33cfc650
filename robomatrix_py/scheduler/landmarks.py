"""A lower bound on the steps still to go, for the search: facts that every plan must pass through."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from robomatrix_py.contracts.plan import Goal
from robomatrix_py.contracts.predicate import Atom
from robomatrix_py.contracts.scene import Affordance, Scene
from robomatrix_py.scheduler.facts import supports_of
from robomatrix_py.scheduler.grounding import Action
from robomatrix_py.scheduler.stages import Stage, lasting, same_call, stages_of, standing


class Landmarks:
    """Counts facts that are missing and must come true, each by an action of its own.

    The bound never exceeds the true number of steps: landmarks are only counted while the sets of actions
    that can bring them about do not overlap.

    Args:
        actions: All actions of the search.
        goals: The stages.
        scene: The objects that matter.
    """

    def __init__(self, actions: Sequence[Action], goals: Sequence[Goal], scene: Scene) -> None:
        self._actions = actions
        self._stages = stages_of(goals)
        self._scene = scene
        self._kept = sorted(standing(goals))
        self._achievers: dict[Atom, frozenset[int]] = {}
        self._shared_needs: dict[frozenset[int], tuple[Atom, ...]] = {}
        for index, action in enumerate(actions):
            for atom in action.adds:
                self._achievers[atom] = self._achievers.get(atom, frozenset()) | {index}

    def remaining(self, facts: frozenset[Atom], stage: int, called: bool) -> tuple[float, float]:
        """Return the bound for the present stage alone and for everything; infinite if there is no way.

        Args:
            facts: What is the case, derived facts included.
            stage: Index of the present stage.
            called: Whether the skill that the present stage asks for has been run.
        """
        count = _Count(self, facts)
        if stage < len(self._stages):
            self._count_stage(count, self._stages[stage], must_call=not called)
        first = count.total
        for later in self._stages[stage + 1 :]:
            # A later stage of lasting facts may turn out to be over as it begins: then its skill is not run.
            facts_last = bool(later.goal.atoms) and lasting(later.goal) == set(later.goal.atoms)
            self._count_stage(count, later, must_call=not facts_last)
        for atom in self._kept:
            count.need(atom)
        return first, count.total

    def _count_stage(self, count: _Count, stage: Stage, must_call: bool) -> None:
        if stage.goal.call is not None and must_call:
            count.need_one_of(self._indices(stage.goal))
        for atom in sorted(stage.kept if stage.goal.call else stage.kept.union(stage.goal.atoms)):
            count.need(atom)

    def _indices(self, goal: Goal) -> frozenset[int]:
        return frozenset(i for i, action in enumerate(self._actions) if same_call(action.call, goal.call))

    def achievers(self, atom: Atom) -> frozenset[int]:
        """Return the indices of the actions that bring a fact about."""
        return self._achievers.get(atom, frozenset())

    def shared_needs(self, indices: frozenset[int]) -> tuple[Atom, ...]:
        """Return what every one of some actions needs."""
        if indices not in self._shared_needs:
            needs = frozenset.intersection(*(self._actions[i].needs for i in indices))
            self._shared_needs[indices] = tuple(sorted(needs))
        return self._shared_needs[indices]

    def implied(self, atom: Atom, facts: frozenset[Atom]) -> Iterable[Atom]:
        """Return the facts without which a missing derived fact cannot come true."""
        name = atom.arguments[0]
        item = self._scene.objects.get(name)
        movable = item is not None and Affordance.MOVABLE in item.affordances
        if atom.predicate == "clear" or movable:
            yield from (
                Atom("held", (fact.arguments[0],))
                for fact in facts
                if fact.predicate == "on" and fact.arguments[1] == name
            )
        if atom.predicate == "accessible":
            supports = supports_of(facts)
            waiting, seen = [name], set()
            while waiting:
                place = waiting.pop()
                if place in seen or place not in self._scene.objects:
                    continue
                seen.add(place)
                if Affordance.DRAWER in self._scene.objects[place].affordances:
                    yield Atom("open", (place,))
                waiting.extend(supports.get(place, ()))


class _Count:
    """The count for one state."""

    def __init__(self, landmarks: Landmarks, facts: frozenset[Atom]) -> None:
        self.total = 0.0
        self._landmarks = landmarks
        self._facts = facts
        self._visited: set[Atom] = set()
        self._spent: set[int] = set()

    def need(self, atom: Atom) -> None:
        """Count a fact that must come true."""
        if atom in self._facts or atom in self._visited:
            return
        self._visited.add(atom)
        if atom.predicate in ("clear", "accessible"):
            for implied in self._landmarks.implied(atom, self._facts):
                self.need(implied)
            return
        self.need_one_of(self._landmarks.achievers(atom))

    def need_one_of(self, indices: frozenset[int]) -> None:
        """Count that one of some actions must be taken."""
        if not indices:
            self.total = math.inf
            return
        if self._spent.isdisjoint(indices):
            self._spent |= indices
            self.total += 1.0
        for atom in self._landmarks.shared_needs(indices):
            self.need(atom)
