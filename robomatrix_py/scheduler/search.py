"""Forward search over the skills' preconditions and effects for the shortest plan through all stages."""

from __future__ import annotations

import heapq
import math
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import count

from robomatrix_py.contracts.errors import PlanError
from robomatrix_py.contracts.plan import Goal
from robomatrix_py.contracts.predicate import Atom
from robomatrix_py.contracts.scene import Scene
from robomatrix_py.contracts.skill import SkillCall, SkillSpec
from robomatrix_py.scheduler.config import PlannerConfig
from robomatrix_py.scheduler.facts import DERIVED, with_derived
from robomatrix_py.scheduler.grounding import Action, ground, relevant_scene
from robomatrix_py.scheduler.landmarks import Landmarks
from robomatrix_py.scheduler.stages import same_call, stages_of, standing


@dataclass(frozen=True)
class _Node:
    """A state of the search: stored facts, the present stage, and whether its skill was run."""

    state: frozenset[Atom]
    stage: int
    called: bool


def search(
    goals: Sequence[Goal],
    facts: Collection[Atom],
    scene: Scene,
    skills: Mapping[str, SkillSpec],
    config: PlannerConfig,
    forbidden: Sequence[Atom] = (),
    clock: Callable[[], float] = time.monotonic,
) -> tuple[SkillCall, ...]:
    """Return the fewest skill calls that pass through all stages and leave standing what must stand.

    A* with a bound that never overestimates; among plans of one length, the one that ends the present stage
    first.

    Args:
        goals: The stages in order.
        facts: What is the case now.
        scene: What is where.
        skills: All skills by name.
        config: Bounds on the search.
        forbidden: Facts that must not be brought about.
        clock: Monotonic time in seconds.

    Raises:
        PlanError: There is no plan (PLAN.NO_PLAN) or none was found within the bounds (PLAN.SEARCH_LIMIT,
            PLAN.STEP_LIMIT).
    """
    reduced = relevant_scene(goals, facts, scene)
    names = set(reduced.objects)
    start = frozenset(
        atom for atom in facts if atom.predicate not in DERIVED and names.issuperset(_objects_in(atom, scene))
    )
    actions = ground(skills, goals, reduced, forbidden, config.grants)
    return _Search(goals, reduced, actions, config, clock).run(start)


def _objects_in(atom: Atom, scene: Scene) -> set[str]:
    return {name for name in atom.arguments if name in scene.objects}


class _Search:
    def __init__(
        self,
        goals: Sequence[Goal],
        scene: Scene,
        actions: Sequence[Action],
        config: PlannerConfig,
        clock: Callable[[], float],
    ) -> None:
        self._goals = goals
        self._scene = scene
        self._actions = actions
        self._config = config
        self._clock = clock
        self._stages = stages_of(goals)
        self._kept = standing(goals)
        self._landmarks = Landmarks(actions, goals, scene)
        self._came_from: dict[_Node, tuple[_Node, Action] | None] = {}
        self._steps: dict[_Node, int] = {}
        self._least_steps = math.inf
        self._tie = count()
        self._waiting: list[tuple[float, int, float, float, int, _Node, frozenset[Atom]]] = []

    def run(self, start: frozenset[Atom]) -> tuple[SkillCall, ...]:
        """Return the plan from a state."""
        deadline_s = self._clock() + self._config.search_time_max_s
        facts = with_derived(start, self._scene)
        root = self._advance(_Node(start, 0, False), facts)
        self._steps[root], self._came_from[root] = 0, None
        self._push(root, facts)
        settled: set[_Node] = set()
        while self._waiting:
            *_, node, facts = heapq.heappop(self._waiting)
            if node in settled:
                continue
            settled.add(node)
            if node.stage == len(self._goals) and self._kept <= facts:
                return self._path(node)
            if len(settled) > self._config.nodes_max or self._clock() > deadline_s:
                raise PlanError(
                    f"no plan within {self._config.nodes_max} states or {self._config.search_time_max_s:g} s",
                    remedy="ask for less at once",
                    code="SEARCH_LIMIT",
                )
            for follower, follower_facts in self._followers(node, facts):
                self._push(follower, follower_facts)
        raise self._dead_end()

    def _push(self, node: _Node, facts: frozenset[Atom]) -> None:
        first, total = self._landmarks.remaining(facts, node.stage, node.called)
        length = self._steps[node] + total
        if length > self._config.steps_max:
            self._least_steps = min(self._least_steps, length)
            return
        # Of plans alike in length, the one that ends the stages early, in the order asked for.
        rank = (length, -node.stage, first, total, next(self._tie))
        heapq.heappush(self._waiting, (*rank, node, facts))

    def _dead_end(self) -> PlanError:
        if self._least_steps < math.inf:
            most = self._config.steps_max
            return PlanError(
                f"this takes {self._least_steps:.0f} steps or more, at most {most} are permitted",
                remedy="ask for less at once",
                code="STEP_LIMIT",
            )
        return PlanError(
            "no sequence of skills leads there from here",
            permitted=sorted({action.call.skill for action in self._actions}),
            code="NO_PLAN",
        )

    def _followers(self, node: _Node, facts: frozenset[Atom]) -> list[tuple[_Node, frozenset[Atom]]]:
        steps = self._steps[node] + 1
        found = []
        for action in self._actions:
            if not action.needs <= facts:
                continue
            state = action.apply(node.state)
            new_facts = with_derived(state, self._scene)
            wanted = self._goals[node.stage].call if node.stage < len(self._goals) else None
            called = node.called or same_call(action.call, wanted)
            follower = self._advance(_Node(state, node.stage, called), new_facts)
            if steps < self._steps.get(follower, steps + 1):
                self._steps[follower] = steps
                self._came_from[follower] = (node, action)
                found.append((follower, new_facts))
        return found

    def _advance(self, node: _Node, facts: frozenset[Atom]) -> _Node:
        """Return the node after every stage that is over."""
        stage, called = node.stage, node.called
        entering = node.stage == 0 and not self._steps
        while stage < len(self._stages):
            present = self._stages[stage]
            if not (present.is_over(facts, called) or (entering and present.begins_over(facts))):
                break
            stage, called, entering = stage + 1, False, True
        return _Node(node.state, stage, called)

    def _path(self, node: _Node) -> tuple[SkillCall, ...]:
        calls: list[SkillCall] = []
        origin = self._came_from[node]
        while origin is not None:
            node, action = origin
            calls.append(action.call)
            origin = self._came_from[node]
        return tuple(reversed(calls))
