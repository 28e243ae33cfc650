"""A robot on simulated time that runs one skill, with a hand in it that disturbs, and a judge that looks afterwards."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np

from robomatrix_py.contracts.execution import Evidence
from robomatrix_py.contracts.geometry import Array, Pose, quaternion_from_yaw
from robomatrix_py.contracts.predicate import Atom
from robomatrix_py.contracts.skill import SkillCall, SkillSpec
from robomatrix_py.contracts.verdict import Verdict
from robomatrix_py.runtime.lockstep import LockstepRig
from robomatrix_py.runtime.lockstep_run import make_rig
from robomatrix_py.scheduler.memory import SceneMemory
from robomatrix_py.settings.settings import Settings, resolve
from robomatrix_py.sim.oracle import really
from robomatrix_py.skills.judge import EffectJudge

Disturbance = Callable[[LockstepRig, str], bool | None]
"""Is called with the stage at every tick until it returns True."""


@cache
def settings_of(*overrides: str) -> Settings:
    """Return the settings that ship, with overrides."""
    return resolve(list(overrides))


@cache
def specs() -> dict[str, SkillSpec]:
    """Return every skill by name."""
    return settings_of().load_skills()


def new_rig(*overrides: str) -> LockstepRig:
    """Return a robot on simulated time."""
    return make_rig(settings_of(*overrides))


@dataclass(frozen=True, eq=False)
class Trial:
    """How one skill went.

    Args:
        report: The skill's own account.
        verdict: What the judge says.
        took_s: Simulated time.
        stages: Stages it went through, in order.
    """

    report: Verdict
    verdict: Verdict
    took_s: float
    stages: list[str]


class Bench:
    """Runs skills one after the other, and remembers what is out of sight as the scheduler does.

    Args:
        overrides: Settings that differ from those that ship.
    """

    def __init__(self, *overrides: str) -> None:
        self.rig = new_rig(*overrides)
        self._memory = SceneMemory()
        self.look(6)

    def evidence(self) -> Evidence:
        """Return the newest readings with the remembered scene."""
        return self._memory.update(self.rig.evidence(self.rig.scene))

    def look(self, scenes: int) -> None:
        """Let time pass until so many new scenes have come."""
        for _ in range(scenes):
            last_s = self.rig.scene.received_s
            while self.rig.scene.received_s == last_s:
                self.rig.tick()
                self.evidence()

    def execute(self, call: SkillCall, disturb: Disturbance | None = None, deadline_s: float = 30.0) -> list[str]:
        """Run a skill to its end and return the stages it went through; its own account is then in `report`."""
        rig, stages = self.rig, []
        rig.session.start(call, deadline_s, rig.now_s)
        while rig.session.busy:
            rig.tick()
            self.evidence()
            stage = rig.session.progress.stage
            if not stages or stages[-1] != stage:
                stages.append(stage)
            if disturb is not None and disturb(rig, stage):
                disturb = None
        return stages

    @property
    def report(self) -> Verdict:
        """The last skill's own account."""
        report = self.rig.session.progress.report
        assert report is not None
        return report

    def run(
        self, skill: str, disturb: Disturbance | None = None, deadline_s: float = 30.0, **arguments: str | float
    ) -> Trial:
        """Run a skill to its end and have it judged."""
        call = SkillCall(skill, arguments)
        judge = EffectJudge(specs()[skill])
        judge.begin(call, self.evidence())
        began_s = self.rig.now_s
        stages = self.execute(call, disturb, deadline_s)
        report, took_s = self.report, self.rig.now_s - began_s
        verdict = None
        while verdict is None:
            self.rig.tick()
            verdict = judge.judge(self.evidence(), self.rig.now_s)
        return Trial(report, verdict, took_s, stages)

    def really(self, fact: str) -> bool:
        """Return whether a fact holds in truth."""
        return really(Atom.parse(fact), self.rig.world.snapshot())

    def true_position_m(self, name: str) -> Array:
        """Return where a thing really is, shape (3,)."""
        return self.rig.world.pose(name).position_m.copy()


def put(rig: LockstepRig, name: str, xyz_m: Array | tuple[float, float, float], yaw_rad: float = 0.0) -> None:
    """Put a free object elsewhere, as a person would who meddles."""
    rig.world.move_object(name, Pose(np.array(xyz_m, dtype=np.float64), quaternion_from_yaw(yaw_rad)))


def at_stage(stage: str, act: Callable[[LockstepRig], None], after_s: float = 0.0) -> Disturbance:
    """Return a disturbance that happens once, so long after a stage began."""
    began: list[float] = []

    def disturb(rig: LockstepRig, now: str) -> bool:
        if now == stage and not began:
            began.append(rig.now_s)
        if began and rig.now_s - began[0] >= after_s:
            act(rig)
            return True
        return False

    return disturb


def always_at_stage(stage: str, act: Callable[[LockstepRig], None]) -> Disturbance:
    """Return a disturbance that happens at every entry into a stage."""
    last: list[str] = [""]

    def disturb(rig: LockstepRig, now: str) -> None:
        if now == stage != last[0]:
            act(rig)
        last[0] = now

    return disturb
