"""What to try after a failure: look again, try another way, push apart, put down, plan anew, or give up. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from robomatrix_py.contracts.cause import Cause
from robomatrix_py.contracts.predicate import Atom
from robomatrix_py.contracts.scene import Scene
from robomatrix_py.contracts.skill import SkillCall, SkillSpec
from robomatrix_py.contracts.verdict import Outcome, Verdict
from robomatrix_py.scheduler.apart import pushes_apart
from robomatrix_py.scheduler.config import ExecutionConfig
from robomatrix_py.scheduler.facts import GRIPPER_EMPTY
from robomatrix_py.scheduler.grants import EVERYTHING, Grants

NO_RECOVERY = frozenset(
    {
        *(Cause.STOPPED, Cause.CANCELLED, Cause.LEASE_LOST, Cause.DRIVER_FAULT),
        *(Cause.STALE_OBSERVATION, Cause.CAMERA_FAULT, Cause.PLAN_INVALID),
    }
)
"""After these nothing is tried: the robot is not ours, not well or blind, or the call itself is wrong."""

LOOK_SKILL, PUT_DOWN_SKILL = "search", "put_down"
"""Skills that recoveries run, besides `push`, where the registry has them."""


class Remedy(StrEnum):
    """What can be tried."""

    RETRY = "retry"
    """The same step again, another way."""
    LOOK = "look"
    """Look for a thing with the arm, then plan anew."""
    PUSH_APART = "push_apart"
    """Push two things apart that leave the fingers no room, then plan anew."""
    PUT_DOWN = "put_down"
    """Put down what nobody recognises, then plan anew."""
    REPLAN = "replan"
    """Plan anew from how things are now."""
    GIVE_UP = "give_up"
    """End the task."""


# How often one remedy is tried at one step; retries have a setting of their own.
_TIMES: Mapping[Remedy, int] = {Remedy.LOOK: 2, Remedy.PUSH_APART: 2, Remedy.PUT_DOWN: 1, Remedy.REPLAN: 3}


@dataclass(frozen=True)
class Failure:
    """What failed.

    Args:
        verdict: How.
        to_go: How many stages of the plan were not over.
        call: The step, or None where the goal was not confirmed.
        objects: The things the step or the goal is about.
        lost: Whether the step could not begin since its preconditions, or what was reached before, do not hold.
    """

    verdict: Verdict
    to_go: int
    call: SkillCall | None = None
    objects: tuple[str, ...] = ()
    lost: bool = False

    @property
    def place(self) -> tuple[int, str]:
        """The place in the task where it failed."""
        return self.to_go, str(self.call)


@dataclass(frozen=True)
class Recovery:
    """What is tried.

    Args:
        remedy: Of which kind it is.
        why: In words.
        call: A skill that is run first, before it is planned anew; else None.
    """

    remedy: Remedy
    why: str
    call: SkillCall | None = None


class Recoveries:
    """Chooses what to try, and sees to it that it ends: a task recovers so often and so long, a step in so many ways.

    Args:
        config: How often and how long.
        skills: All skills by name.
        grants: What the operator lets plans use, and recoveries with them.
    """

    def __init__(
        self, config: ExecutionConfig, skills: Mapping[str, SkillSpec], grants: Grants = EVERYTHING
    ) -> None:
        self._config = config
        self._skills = skills
        self._grants = grants
        self._failures: Counter[tuple[int, str]] = Counter()
        self._tried: Counter[tuple[tuple[int, str], Remedy]] = Counter()
        self._calls: set[tuple[tuple[int, str], str]] = set()
        self._last: Remedy | None = None
        self._began_s: float | None = None
        self._spent_s = 0.0
        self.count = 0

    def failures(self, failure: Failure) -> int:
        """Return how often this step has failed here."""
        return self._failures[failure.place]

    def step_succeeded(self, now_s: float) -> None:
        """A step of the plan succeeded: what was tried is over."""
        if self._began_s is not None:
            self._spent_s += now_s - self._began_s
        self._began_s = self._last = None

    def choose(self, failure: Failure, scene: Scene, facts: frozenset[Atom], now_s: float) -> Recovery:
        """Return what to try, which counts as tried from now on.

        Args:
            failure: What failed.
            scene: What is where, as remembered.
            facts: What is the case now.
            now_s: Monotonic time.
        """
        # That a retry finds its preconditions gone is no failure of its own: the retry becomes a new plan.
        follows_retry = failure.lost and self._last is Remedy.RETRY
        if not follows_retry:
            self._failures[failure.place] += 1
        if self._began_s is None:
            self._began_s = now_s
        spent = self._spent(failure, now_s, follows_retry)
        if spent is not None:
            return Recovery(Remedy.GIVE_UP, spent)
        for recovery in self._options(failure, scene, facts):
            if self._take(failure, recovery):
                self.count += not follows_retry
                self._last = recovery.remedy
                return recovery
        return Recovery(Remedy.GIVE_UP, "no other way is left to try" if self.count else "")

    def _spent(self, failure: Failure, now_s: float, follows_retry: bool) -> str | None:
        """Return why nothing more may be tried, or None."""
        config = self._config
        if failure.verdict.cause in NO_RECOVERY:
            return ""
        if self.count >= config.recoveries_max and not follows_retry:
            return f"the task recovered {self.count} times already" if self.count else ""
        spent_s = self._spent_s + now_s - (self._began_s or now_s)
        if spent_s > config.recovery_time_max_s:
            return f"the task spent {spent_s:.0f} s on recovering"
        return None

    def _take(self, failure: Failure, recovery: Recovery) -> bool:
        """Note a recovery as tried here; return False where it was tried often enough."""
        if recovery.call is not None and not self._permits(recovery.call):
            return False
        key = (failure.place, recovery.remedy)
        limit = self._config.retries_max if recovery.remedy is Remedy.RETRY else _TIMES[recovery.remedy]
        again = recovery.remedy is Remedy.PUSH_APART and (failure.place, str(recovery.call)) in self._calls
        if self._tried[key] >= limit or again:
            return False
        self._tried[key] += 1
        self._calls.add((failure.place, str(recovery.call)))
        return True

    def _permits(self, call: SkillCall) -> bool:
        """Return whether there is such a skill, and the operator lets it be used with such a thing."""
        names = [str(value) for key, value in call.arguments.items() if key == "object"]
        known = call.skill in self._skills and self._grants.permits_skill(call.skill)
        return known and all(self._grants.permits_object(name) for name in names)

    def _options(self, failure: Failure, scene: Scene, facts: frozenset[Atom]) -> Iterator[Recovery]:
        """Yield what can help, the most promising first."""
        verdict = failure.verdict
        lost_from_sight = self._out_of_sight(failure, scene)
        if verdict.cause is Cause.UNKNOWN_OBJECT or (
            verdict.outcome is Outcome.UNDECIDED and lost_from_sight
        ):
            if lost_from_sight:
                call = SkillCall(LOOK_SKILL, {"object": lost_from_sight})
                yield Recovery(Remedy.LOOK, f"look for {lost_from_sight}", call)
            return
        if failure.lost or failure.call is None:
            held = any(atom.predicate == "held" for atom in facts)
            if GRIPPER_EMPTY not in facts and not held:
                yield Recovery(Remedy.PUT_DOWN, "put down what the gripper holds", SkillCall(PUT_DOWN_SKILL))
            yield Recovery(Remedy.REPLAN, "plan anew from how things are now")
            return
        neighbour = verdict.evidence.get("crowded_by")
        if isinstance(neighbour, str) and GRIPPER_EMPTY in facts:
            for call in pushes_apart(failure.objects[0] if failure.objects else "", neighbour, scene, facts):
                yield Recovery(Remedy.PUSH_APART, f"make room beside {neighbour}", call)
        yield Recovery(Remedy.RETRY, "try it another way")

    def _out_of_sight(self, failure: Failure, scene: Scene) -> str:
        """Return the thing that is worth looking for, or an empty string: what was never seen is not."""
        said = failure.verdict.evidence.get("unseen")
        names = (said,) if isinstance(said, str) else failure.objects
        known = [scene.objects[name] for name in names if name in scene.objects]
        return next((item.name for item in known if isinstance(said, str) or not item.visible), "")
