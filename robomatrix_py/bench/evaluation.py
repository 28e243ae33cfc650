"""How often single skills succeed: trials in random scenes, judged by the judge and by the simulator's own state."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from robomatrix_py.bench.attention import attends
from robomatrix_py.bench.side_by_side import side_by_side
from robomatrix_py.bench.trials import Trial, draw_trial
from robomatrix_py.contracts.errors import ConfigError
from robomatrix_py.contracts.policy import SKILLS, SkillPolicy, goal_of, words_of
from robomatrix_py.contracts.scene import Affordance, Scene, SceneObject
from robomatrix_py.contracts.skill import SkillCall
from robomatrix_py.contracts.statistics import rate, spread
from robomatrix_py.contracts.verdict import Verdict
from robomatrix_py.perception.config import PerceptionConfig
from robomatrix_py.runtime.eyes import Sight
from robomatrix_py.runtime.lockstep import LockstepRig, SceneSource
from robomatrix_py.runtime.lockstep_cameras import LockstepCameras, scene_source
from robomatrix_py.runtime.lockstep_policy import LockstepPolicy
from robomatrix_py.runtime.perception import make_encoder
from robomatrix_py.runtime.policy import make_policy
from robomatrix_py.scheduler.memory import SceneMemory
from robomatrix_py.settings.settings import Settings
from robomatrix_py.sim.effects import really_done, wrong_thing
from robomatrix_py.sim.truth import SimTruth
from robomatrix_py.sim.world import SimWorld
from robomatrix_py.skills.judge import EffectJudge

# A trial whose preconditions could not be brought about is drawn anew, so often.
_DRAWS = 6
_LOOK_S = 0.6
_TRUTH_PERIOD_S = 0.1
_JUDGE_MAX_S = 5.0


@dataclass(frozen=True, eq=False)
class DrawnScene:
    """A scene for one trial.

    Args:
        settings: With the scene and the seed of its world.
        targets: Names of the free objects that the trial may be about.
        dress: Gives the built world its looks.
    """

    settings: Settings
    targets: tuple[str, ...]
    dress: Callable[[SimWorld], None]


class SceneDrawer(Protocol):
    """Draws the scenes of an evaluation. It travels to other processes."""

    def draw(self, settings: Settings, seed: int, attempt: int) -> DrawnScene:
        """Return the scene of a seed; a further attempt gives another one."""


@dataclass(frozen=True)
class Evaluation:
    """What is measured.

    Args:
        settings: Perception and what serves the skills.
        scenes: Where.
        skills: Which skills.
        episodes: How many trials a skill.
        first_seed: Seed of the first trial of each skill.
        processes: How many trials go side by side.
    """

    settings: Settings
    scenes: SceneDrawer
    skills: tuple[str, ...]
    episodes: int
    first_seed: int
    processes: int

    def __post_init__(self) -> None:
        """Check the ranges."""
        if not self.skills or not set(self.skills) <= set(SKILLS):
            raise ValueError(f"skills are {list(self.skills)}; permitted: one or more of {', '.join(SKILLS)}")
        for key in ("episodes", "processes"):
            if getattr(self, key) < 1:
                raise ValueError(f"{key} is {getattr(self, key)}; permitted: at least 1")


@dataclass(frozen=True)
class TrialResult:
    """How one trial went.

    Args:
        skill: Its name.
        seed: Its seed.
        call: What was asked for, as text.
        prepared: Whether its preconditions could be brought about; if not, it says nothing about the skill.
        report: The skill's own account.
        verdict: What the judge says.
        at_end: Whether the effect really was there in the end.
        once: Whether it really was there at any moment.
        wrong: Name of a thing that was taken in place of the one that is meant, or empty.
        took_s: Simulated time until the skill ended.
        delays_s: Of every chunk of the policy, from the look to its arrival.
        attended: Whether the encoder's best match for the words of the first thing lies on it, by camera that sees it.
    """

    skill: str
    seed: int
    call: str
    prepared: bool
    report: Verdict | None = None
    verdict: Verdict | None = None
    at_end: bool = False
    once: bool = False
    wrong: str = ""
    took_s: float = 0.0
    delays_s: tuple[float, ...] = ()
    attended: Mapping[str, bool] = field(default_factory=dict)

    @property
    def succeeded(self) -> bool:
        """Whether the skill says it is done and the effect really is there."""
        return self.report is not None and self.report.succeeded and self.at_end

    @property
    def verified(self) -> bool:
        """Whether skill and judge say so."""
        return bool(self.report and self.report.succeeded and self.verdict and self.verdict.succeeded)

    @property
    def cause(self) -> str:
        """Why it failed."""
        for verdict in (self.report, self.verdict):
            if verdict is not None and verdict.cause is not None:
                return verdict.cause.value
        return "verdict_failed"


def evaluate(job: Evaluation, progress: Callable[[str], None] | None = None) -> dict[str, Any]:
    """Run every trial and return the figures, JSON-serialisable.

    Args:
        job: What is measured.
        progress: Hears a line after each trial.
    """
    results = []
    say = progress or (lambda _line: None)
    total = len(job.skills) * job.episodes
    good: Counter[str] = Counter()
    for result in _results(job):
        results.append(result)
        good[result.skill] += result.succeeded
        how = "succeeded" if result.succeeded else f"failed ({result.cause})" if result.prepared else "not prepared"
        say(f"{len(results)}/{total}  {result.call} seed {result.seed}: {how}")
    results.sort(key=lambda result: (job.skills.index(result.skill), result.seed))
    return {
        "policy": job.settings.skills.policy,
        "perception": job.settings.perception_source,
        "seeds": [job.first_seed, job.first_seed + job.episodes - 1],
        "skills": {skill: summarise([r for r in results if r.skill == skill]) for skill in job.skills},
    }


def _results(job: Evaluation) -> Iterator[TrialResult]:
    seeds = range(job.first_seed, job.first_seed + job.episodes)
    todo = [(skill, seed, job.settings, job.scenes) for seed in seeds for skill in job.skills]
    return side_by_side(run_trial, todo, job.processes)


def summarise(results: Sequence[TrialResult]) -> dict[str, Any]:
    """Return the figures of one skill."""
    counted = [result for result in results if result.prepared]
    if not counted:
        return {"success_rate": None, "n": 0, "interval": None, "not_prepared": len(results)}
    overall = rate(sum(result.succeeded for result in counted), len(counted))
    judged = rate(sum(result.verified for result in counted), len(counted))
    failed = [result for result in counted if not result.succeeded]
    delays_s = [delay_s for result in counted for delay_s in result.delays_s]
    return {
        "success_rate": overall["rate"],
        "n": overall["n"],
        "interval": overall["interval"],
        "failures": dict(sorted(Counter(result.cause for result in failed).items())),
        "success_once": rate(sum(result.once for result in counted), len(counted))["rate"],
        "success_at_end": rate(sum(result.at_end for result in counted), len(counted))["rate"],
        "time_to_done_s": spread([result.took_s for result in counted if result.succeeded]),
        "wrong_object": sum(bool(result.wrong) for result in counted),
        "judge": {
            "success_rate": judged["rate"],
            "interval": judged["interval"],
            "false_successes": sum(result.verified and not result.at_end for result in counted),
            "unnoticed_successes": sum(result.succeeded and not result.verified for result in counted),
        },
        "attention": {
            camera: rate(sum(result.attended[camera] for result in looked), len(looked))
            for camera in sorted({camera for result in counted for camera in result.attended})
            if (looked := [result for result in counted if camera in result.attended])
        },
        "not_prepared": len(results) - len(counted),
        "chunk_delay_s": spread(delays_s),
        "failed_trials": [
            {"seed": result.seed, "call": result.call, "cause": result.cause, "message": _words(result)}
            for result in failed
        ],
    }


def _words(result: TrialResult) -> str:
    for verdict in (result.report, result.verdict):
        if verdict is not None and not verdict.succeeded:
            return verdict.message
    return "said to be done, but in truth it is not"


def run_trial(
    skill: str, seed: int, settings: Settings, scenes: SceneDrawer, policy: SkillPolicy | None = None
) -> TrialResult:
    """Run one trial.

    Args:
        skill: Its name.
        seed: Everything random follows from it.
        settings: Perception and what serves the skill.
        scenes: Where.
        policy: Serves learned skills in place of the one of the settings.

    Raises:
        ConfigError: A file of settings, policy or encoder is wrong.
        EnvironmentFault: No OpenGL or no OpenVINO can be had.
    """
    call = skill
    for attempt in range(_DRAWS):
        drawn = scenes.draw(settings, seed, attempt)
        stage = _Stage(drawn, policy)
        try:
            rng = np.random.default_rng([seed, attempt, SKILLS.index(skill), 0xEA1])
            trial = draw_trial(skill, stage.rig.world.layout, drawn.targets, rng)
            if trial is None:
                continue
            call = str(trial.call)
            if stage.prepare(trial):
                return stage.measure(trial, seed)
        finally:
            stage.close()
    return TrialResult(skill, seed, call, prepared=False)


class _PreparingSource:
    """First the simulator's state, to bring preconditions about by; then the source that is measured.

    Args:
        world: The world.
        source: The source that is measured; it looks on all the while.
    """

    def __init__(self, world: SimWorld, source: LockstepCameras) -> None:
        self._truth = SimTruth(world)
        self._source = source
        self.preparing = True
        self.true: Scene | None = None
        self.seen: Scene | None = None
        self.known: dict[str, SceneObject] = {}

    @property
    def sight(self) -> Sight | None:
        """The newest sight."""
        return self._source.sight

    def update(self, now_s: float) -> Scene | None:
        """Return a scene if a new one has arrived."""
        truth, seen = self._truth.update(now_s), self._source.update(now_s)
        self.true = truth or self.true
        if seen is not None:
            self.seen = seen
            self.known |= dict(seen.objects)
        return truth if self.preparing else seen

    def close(self) -> None:
        """Free the graphics contexts."""
        self._source.close()


class _Stage:
    """A robot in a drawn scene, and what the scheduler would remember of it."""

    def __init__(self, drawn: DrawnScene, policy: SkillPolicy | None) -> None:
        settings = drawn.settings
        self._settings = settings
        self._specs = settings.load_skills()
        self._source: SceneSource | None = None
        if policy is None and settings.skills.policy == "learned":
            policy = make_policy(settings)
        make_source = scene_source(settings)

        def scenes(world: SimWorld) -> SceneSource:
            drawn.dress(world)
            source = make_source(world)
            self._source = _PreparingSource(world, source) if isinstance(source, LockstepCameras) else source
            return self._source

        self.rig = LockstepRig(
            settings.load_robot(),
            settings.model_file,
            self._specs,
            settings.sim_config(),
            settings.gate,
            settings.skills,
            scenes,
            LockstepPolicy(policy, settings.skills.learned) if policy is not None else None,
        )
        self._memory = SceneMemory(settings.memory, settings.facts)

    def prepare(self, trial: Trial) -> bool:
        """Bring the trial's preconditions about by scripted skills; return whether they really are there."""
        rig = self.rig
        rig.runner.serve_by("scripted")
        self._wait(_LOOK_S)
        for call in trial.before:
            before = rig.world.snapshot()
            report = self._run(call, lambda: None)
            if not report.succeeded or not really_done(call, before, rig.world.snapshot()):
                return False
        if isinstance(self._source, _PreparingSource):
            self._source.preparing = False
            rig.runner.forget()
            rig.runner.observe(rig.joints, Scene(self._source.known, rig.now_s, "camera"), rig.now_s)
        self._wait(_LOOK_S)
        rig.runner.serve_by(self._settings.skills.policy)
        return True

    def measure(self, trial: Trial, seed: int) -> TrialResult:
        """Run the skill, have it judged, and ask the simulator."""
        rig, spec = self.rig, self._specs[trial.call.skill]
        given = trial.call.arguments
        values = {argument.name: given.get(argument.name, argument.default) for argument in spec.arguments}
        call = SkillCall(trial.call.skill, {name: value for name, value in values.items() if value is not None})
        before = rig.world.snapshot()
        others = [name for name in rig.world.object_names if name not in call.arguments.values()]
        truth = _Truth(call, others, before)
        attended = self._attended(call)
        judge = EffectJudge(spec)
        judge.begin(call, self._memory.update(rig.evidence(rig.scene)))
        began_s = rig.now_s
        report = self._run(call, lambda: truth.look(rig.world, rig.now_s))
        took_s = rig.now_s - began_s
        verdict, asked_s = None, rig.now_s
        while verdict is None and rig.now_s - asked_s < _JUDGE_MAX_S:
            self._tick()
            verdict = judge.judge(self._memory.update(rig.evidence(rig.scene)), rig.now_s)
        truth.look(rig.world, float("inf"))
        rows = report.evidence.get("chunks", {"rows": []})["rows"]
        return TrialResult(
            skill=call.skill,
            seed=seed,
            call=str(call),
            prepared=True,
            report=report,
            verdict=verdict,
            at_end=really_done(call, before, rig.world.snapshot()),
            once=truth.once,
            wrong=truth.wrong,
            took_s=took_s,
            delays_s=tuple(received_s - observed_s for observed_s, received_s, _, _ in rows),
            attended=attended,
        )

    def close(self) -> None:
        """Free the graphics contexts."""
        if isinstance(self._source, _PreparingSource):
            self._source.close()

    def _attended(self, call: SkillCall) -> dict[str, bool]:
        """Return by camera whether the encoder finds the free thing that a skill is about, by its words alone."""
        source, perception = self._source, self._settings.perception
        if not isinstance(source, _PreparingSource) or not isinstance(perception, PerceptionConfig):
            return {}
        goal, names = goal_of(self._specs[call.skill], call)
        if source.sight is None or source.true is None or not names:
            return {}
        words = goal.texts[0]
        meant = [
            item for item in source.true if words_of(item.name) == words and Affordance.MOVABLE in item.affordances
        ]
        encoder, _ = make_encoder(perception)
        cameras = [view.camera for view in source.sight.views]
        try:
            found = {camera: attends(encoder, source.sight, camera, words, meant) for camera in cameras}
        except ConfigError:
            # The encoder was never taught these words: nothing can be attended to by them.
            return {}
        return {camera: right for camera, right in found.items() if right is not None}

    def _run(self, call: SkillCall, each_tick: Callable[[], None]) -> Verdict:
        rig = self.rig
        rig.session.start(call, self._specs[call.skill].deadline_s, rig.now_s)
        while rig.session.busy:
            self._tick()
            each_tick()
        report = rig.session.progress.report
        assert report is not None  # noqa: S101  a session that ended has one
        return report

    def _wait(self, duration_s: float) -> None:
        end_s = self.rig.now_s + duration_s
        while self.rig.now_s < end_s:
            self._tick()

    def _tick(self) -> None:
        self.rig.tick()
        seen = self._source.seen if isinstance(self._source, _PreparingSource) else self.rig.scene
        if seen is not None and seen.received_s != self._memory.scene.received_s:
            self._memory.update(self.rig.evidence(seen))


class _Truth:
    """What was really so in the course of a trial."""

    def __init__(self, call: SkillCall, others: Sequence[str], before: Mapping[str, Any]) -> None:
        self._call = call
        self._others = others
        self._before = before
        self._next_s = 0.0
        self.once = False
        self.wrong = ""

    def look(self, world: SimWorld, now_s: float) -> None:
        """Take the world's state in if it is time to."""
        if now_s < self._next_s:
            return
        self._next_s = now_s + _TRUTH_PERIOD_S
        state = world.snapshot()
        self.once = self.once or really_done(self._call, self._before, state)
        self.wrong = self.wrong or wrong_thing(self._call, self._others, self._before, state)
