"""Carries out one task in one scene: by composed skills, or by one policy that is given the whole task for a goal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from robomatrix_py.bench.evaluation import DrawnScene
from robomatrix_py.bench.tasks import Task
from robomatrix_py.contracts.policy import WHOLE_TASKS
from robomatrix_py.contracts.skill import SkillSpec
from robomatrix_py.contracts.verdict import Verdict
from robomatrix_py.runtime.lockstep import LockstepRig, SceneSource
from robomatrix_py.runtime.lockstep_cameras import LockstepCameras, scene_source
from robomatrix_py.runtime.lockstep_policy import LockstepPolicy
from robomatrix_py.runtime.lockstep_run import run_lockstep
from robomatrix_py.runtime.policy import make_policy
from robomatrix_py.scheduler.task import TaskEvent
from robomatrix_py.settings.settings import Settings
from robomatrix_py.sim.effects import wrong_thing
from robomatrix_py.sim.world import SimWorld
from robomatrix_py.skills.config import SkillConfig

_LOOK_S = 0.6
_SETTLE_S = 1.0
_TRUTH_PERIOD_S = 0.1
# What is farther from where it stood was moved, not only touched.
_MOVED_M = 0.05
# The longest whole task is five skills long: what a skill may take before it counts as stuck, it may take five times.
_PATIENCE = 5
_STUCK_MAX_S = 60.0


@dataclass(frozen=True)
class SideResult:
    """How a side did.

    Args:
        said: What it says itself: the scheduler's verdict, or the policy's own account.
        reached: Whether the task really was done in the end.
        took_s: Simulated time until it said so.
        taken: Name of a thing that was lifted in place of the one that is meant, or empty.
        moved: Names of other things that were not where they had stood.
        again: How often a skill was tried again or the rest planned anew.
    """

    said: Verdict
    reached: bool
    took_s: float
    taken: str = ""
    moved: tuple[str, ...] = ()
    again: int = 0


def compose_skills(task: Task, drawn: DrawnScene, deadline_s: float) -> SideResult:
    """Have a task planned from its words, carried out skill by skill, judged, and tried again if need be.

    Args:
        task: The task.
        drawn: Where; its settings say what serves the skills.
        deadline_s: Longest simulated time.

    Raises:
        ConfigError: A file of settings, policy or encoder is wrong.
        EnvironmentFault: No OpenGL or no OpenVINO can be had.
    """
    arena = _Arena(task, drawn, drawn.settings.load_skills())
    again = 0

    def on_event(event: TaskEvent) -> None:
        nonlocal again
        again += event.kind in ("retry", "replanned")

    try:
        outcome = run_lockstep(
            task.words, drawn.settings, deadline_s, None, video=False, on_event=on_event, rig=arena.rig
        )
        return arena.result(outcome.verdict, outcome.simulated_s, again)
    finally:
        arena.close()


def give_whole_task(task: Task, drawn: DrawnScene, deadline_s: float) -> SideResult:
    """Have a task carried out by one policy that is given all of it for a goal, until it says that it is done or fails.

    Args:
        task: The task.
        drawn: Where; its settings name a learned policy of whole tasks.
        deadline_s: Longest simulated time.

    Raises:
        ConfigError: A file of settings, policy or encoder is wrong.
        EnvironmentFault: No OpenGL or no OpenVINO can be had.
    """
    settings = replace(drawn.settings, skills=patient(drawn.settings.skills, deadline_s))
    arena = _Arena(task, replace(drawn, settings=settings), whole_task_specs(settings.load_skills(), deadline_s))
    rig = arena.rig
    try:
        began_s = rig.now_s
        arena.wait(_LOOK_S)
        rig.session.start(task.told, deadline_s, rig.now_s)
        while rig.session.busy:
            rig.tick()
        said = rig.session.progress.report
        assert said is not None  # noqa: S101  a session that ended has one
        return arena.result(said, rig.now_s - began_s)
    finally:
        arena.close()


def patient(config: SkillConfig, deadline_s: float) -> SkillConfig:
    """Return how a policy of whole tasks is watched: as a skill's is, but for what several skills take together.

    Args:
        config: How skills are watched.
        deadline_s: Longest time of a task. So long may a thing be out of sight: it may lie in a drawer that is shut.
    """
    stuck_s = min(_STUCK_MAX_S, _PATIENCE * config.learned.stuck_s)
    return replace(config, unseen_max_s=deadline_s, learned=replace(config.learned, stuck_s=stuck_s))


def whole_task_specs(skills: Mapping[str, SkillSpec], deadline_s: float) -> dict[str, SkillSpec]:
    """Return the whole tasks as if they were skills; like release, they are about a thing and where it is to be.

    Args:
        skills: The skills by name.
        deadline_s: A task is ended after this time.
    """
    like = replace(skills["release"], preconditions=(), add_effects=(), remove_effects=(), phrases=())
    return {name: replace(like, name=name, policy_kind="learned", deadline_s=deadline_s) for name in WHOLE_TASKS}


class _Arena:
    """A robot in a drawn scene, and what is really so there."""

    def __init__(self, task: Task, drawn: DrawnScene, specs: Mapping[str, SkillSpec]) -> None:
        self._task = task
        self._next_s = 0.0
        self._taken = ""
        self.rig = _rig(drawn, specs)
        self._others = [name for name in self.rig.world.object_names if name != task.thing]
        self._begin = self.rig.world.snapshot()
        self.rig.after_tick(self._look)

    def wait(self, duration_s: float) -> None:
        """Let time pass."""
        end_s = self.rig.now_s + duration_s
        while self.rig.now_s < end_s:
            self.rig.tick()

    def result(self, said: Verdict, took_s: float, again: int = 0) -> SideResult:
        """Let things come to rest and ask the simulator."""
        self.wait(_SETTLE_S)
        now = self.rig.world.snapshot()
        moved = [
            name
            for name in self._others
            if np.linalg.norm(np.subtract(*(s["bodies"][name]["position_m"] for s in (now, self._begin)))) > _MOVED_M
        ]
        reached = self._task.reached(self._begin, now)
        return SideResult(replace(said, evidence={}), reached, took_s, self._taken, tuple(moved), again)

    def close(self) -> None:
        """Free the graphics contexts."""
        if isinstance(self.rig.scenes, LockstepCameras):
            self.rig.scenes.close()

    def _look(self, now_s: float) -> None:
        if now_s >= self._next_s and not self._taken:
            self._next_s = now_s + _TRUTH_PERIOD_S
            self._taken = wrong_thing(self._task.told, self._others, self._begin, self.rig.world.snapshot())


def _rig(drawn: DrawnScene, specs: Mapping[str, SkillSpec]) -> LockstepRig:
    settings: Settings = drawn.settings
    make_source = scene_source(settings)

    def scenes(world: SimWorld) -> SceneSource:
        drawn.dress(world)
        return make_source(world)

    learned = settings.skills.policy == "learned"
    return LockstepRig(
        settings.load_robot(),
        settings.model_file,
        specs,
        settings.sim_config(),
        settings.gate,
        settings.skills,
        scenes,
        LockstepPolicy(make_policy(settings), settings.skills.learned) if learned else None,
    )
