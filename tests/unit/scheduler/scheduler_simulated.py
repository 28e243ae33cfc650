"""A simulated world for the executor's tests: skills take effect without physics, and fail on request.

It stands in for skills and sensors only. Facts are derived from its evidence by the product's own code, and
the judges look at that evidence, never at what the client did.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
from scheduler_scenes import TRAVEL_M, Case

from robomatrix_py.contracts.cause import Cause
from robomatrix_py.contracts.errors import DeviceError
from robomatrix_py.contracts.execution import Evidence, SkillProgress
from robomatrix_py.contracts.geometry import Pose
from robomatrix_py.contracts.predicate import Atom
from robomatrix_py.contracts.scene import Affordance, Scene, SceneObject
from robomatrix_py.contracts.skill import SkillCall, SkillSpec
from robomatrix_py.contracts.verdict import Verdict
from robomatrix_py.scheduler.facts import derive_facts

SKILL_S = 0.4
"""How long a simulated skill takes."""


class SimulatedWorld:
    """Where everything is, and what the gripper holds."""

    def __init__(self, case: Case) -> None:
        self.objects = dict(case.scene.objects)
        self.evidence_template = case.evidence
        self.tool_m = np.array(case.evidence.tool_position_m)
        self.held = next((a.arguments[0] for a in case.facts if a.predicate == "held"), "")
        self.hidden: set[str] = set()
        self.skills_run = 0

    def evidence(self, now_s: float) -> Evidence:
        """Return what sensors say: everything but what is shut in a drawer or hidden on purpose."""
        seen = {
            name: replace(item, seen_s=now_s, visible=True)
            for name, item in self.objects.items()
            if name not in self.hidden and not self._is_shut_in(item)
        }
        tool = (float(self.tool_m[0]), float(self.tool_m[1]), float(self.tool_m[2]))
        opening, force = (0.5, 20.0) if self.held else (1.0, 0.0)
        return replace(
            self.evidence_template,
            scene=Scene(seen, now_s, "simulated"),
            tool_position_m=tool,
            gripper_opening=opening,
            gripper_force_n=force,
        )

    def facts(self) -> frozenset[Atom]:
        """Return the truth, nothing hidden."""
        evidence = replace(self.evidence(0.0), scene=Scene(self.objects, 0.0, "truth"))
        return derive_facts(evidence)

    def apply(self, call: SkillCall) -> None:
        """Let a skill have its effect."""
        values = call.bindings()
        match call.skill:
            case "grasp":
                self.held = values["object"]
                self._move_tool(*self.objects[self.held].position_m[:2], 0.30)
            case "position_over" | "move_to":
                self._move_tool(*self._middle(values["target"])[:2], 0.30)
            case "release":
                item, place = self.objects[values["object"]], self.objects[values["target"]]
                self.held = ""
                self._put(item, place)
            case "open_drawer" | "close_drawer":
                self.slide_drawer(values["drawer"], 0.15 if call.skill == "open_drawer" else 0.0)
            case "press":
                button = self.objects[values["button"]]
                self._set(replace(button, states={"lit": 1.0 - button.states["lit"]}))
            case "push":
                step = {"left": (0, 1), "right": (0, -1), "forward": (1, 0), "backward": (-1, 0)}[values["direction"]]
                item = self.objects[values["object"]]
                shift = np.array([*step, 0.0]) * float(values["distance_m"])
                self._set(_moved(item, item.position_m + shift))

    def close_on(self, name: str) -> None:
        """Close the gripper on an object where it lies."""
        self.held = name
        self.tool_m = self.objects[name].position_m

    def drop(self) -> None:
        """Let what is held fall onto the table beneath the robot's ready pose."""
        item = self.objects[self.held]
        self.held = ""
        self._set(_moved(item, np.array([0.45, 0.0, item.size_m[2] / 2])))

    def slide_drawer(self, name: str, opening_m: float) -> None:
        """Move a drawer and what is in it."""
        drawer = self.objects[name]
        inside = [item for item in self.objects.values() if self._is_inside(item, drawer)]
        shift = Pose.at(opening_m - drawer.states["opening_m"], 0.0, 0.0)
        pose = drawer.pose_object_in_base @ shift
        offset = pose.position_m - drawer.position_m
        self._set(replace(drawer, pose_object_in_base=pose, states={"opening_m": opening_m, "travel_m": TRAVEL_M}))
        for item in inside:
            self._set(_moved(item, item.position_m + offset))

    def _is_inside(self, item: SceneObject, drawer: SceneObject) -> bool:
        return Affordance.MOVABLE in item.affordances and drawer.holds(item.position_m)

    def _is_shut_in(self, item: SceneObject) -> bool:
        drawer = self.objects["drawer"]
        return self._is_inside(item, drawer) and drawer.states["opening_m"] < 0.08

    def _middle(self, name: str) -> np.ndarray:
        place = self.objects[name]
        if place.interior is None:
            return place.position_m
        return place.pose_object_in_base.transform(place.interior.center_m)

    def _move_tool(self, x_m: float, y_m: float, z_m: float) -> None:
        self.tool_m = np.array([x_m, y_m, z_m])
        if self.held:
            self._set(_moved(self.objects[self.held], self.tool_m))

    def _put(self, item: SceneObject, place: SceneObject) -> None:
        middle = self._middle(place.name)
        floor_z_m = middle[2] - place.interior.half_extents_m[2] + 0.005
        if Affordance.SURFACE in place.affordances:
            floor_z_m = place.position_m[2] + place.size_m[2] / 2
        # Several things on one place lie side by side.
        for x, y in [(0, 0)] + [(i * 0.055 - 0.08, j * 0.055 - 0.08) for i in range(4) for j in range(4)]:
            spot = np.array([middle[0] + x, middle[1] + y, floor_z_m + item.size_m[2] / 2])
            others = [o for o in self.objects.values() if Affordance.MOVABLE in o.affordances and o is not item]
            free = all(np.linalg.norm(o.position_m[:2] - spot[:2]) > 0.054 or o.name == place.name for o in others)
            if free and place.holds(spot):
                break
        self._set(_moved(item, spot))

    def _set(self, item: SceneObject) -> None:
        self.objects[item.name] = item


def _moved(item: SceneObject, position_m: np.ndarray) -> SceneObject:
    return replace(item, pose_object_in_base=Pose(position_m, item.pose_object_in_base.quaternion_xyzw))


FAULTS: dict[str, str] = {
    "fail": "reports a failure and does nothing",
    "lie": "reports success and does nothing",
    "drop": "drops what is held and reports a failure",
    "timeout": "reports that its deadline passed",
    "silent": "never ends and never reports",
    "raise": "cannot be started",
    "stopped": "reports a protective stop",
    "stale": "reports stale observations",
    "lease": "reports a lost lease",
    "unsure": "has its effect and reports that it does not know",
}


@dataclass
class SimulatedHandle:
    """One simulated skill under way."""

    world: SimulatedWorld
    call: SkillCall
    fault: str
    started_s: float
    cancelled: bool = False
    deaf: bool = False
    _report: Verdict | None = field(default=None)

    def poll(self, now_s: float) -> SkillProgress:
        """Return how far it is; it takes effect once, at its end."""
        share = min((now_s - self.started_s) / SKILL_S, 1.0)
        if self._report is None and self.cancelled and not self.deaf:
            self._report = Verdict.failure(Cause.CANCELLED, "cancelled", f"{self.call.skill}.run")
        if self._report is None and share >= 1.0 and self.fault != "silent":
            self._report = self._finish()
        if self.call.skill == "grasp" and 0.5 <= share < 1.0 and self.fault in ("", "unsure") and not self.cancelled:
            self.world.close_on(self.call.bindings()["object"])
        return SkillProgress("approach" if share < 0.5 else "act", share, "on its way", self._report)

    def cancel(self, now_s: float) -> None:  # noqa: ARG002 - the protocol's signature
        """End at the next poll, unless it is deaf."""
        self.cancelled = True

    def _finish(self) -> Verdict:
        stage = f"{self.call.skill}.act"
        causes = {
            "fail": Cause.NO_PROGRESS,
            "timeout": Cause.TIMEOUT,
            "stopped": Cause.STOPPED,
            "stale": Cause.STALE_OBSERVATION,
            "lease": Cause.LEASE_LOST,
        }
        if self.fault == "drop" and self.world.held:
            self.world.drop()
            return Verdict.failure(Cause.NO_PROGRESS, "lost its grip", stage)
        if self.fault in causes:
            return Verdict.failure(causes[self.fault], f"simulated {self.fault}", stage)
        if self.fault != "lie":
            self.world.apply(self.call)
        if self.fault == "unsure":
            return Verdict.undecided(Cause.VERDICT_FAILED, "cannot tell", stage)
        return Verdict.success("believes to be finished", stage)


class SimulatedClient:
    """Starts simulated skills; `faults` are used up in the order of the starts, an empty one means none."""

    def __init__(self, world: SimulatedWorld, faults: list[str] | None = None, deaf: bool = False) -> None:
        self.world = world
        self.faults = list(faults or [])
        self.deaf = deaf
        self.started: list[SkillCall] = []
        self.handles: list[SimulatedHandle] = []
        self.before_start: Callable[[SkillCall], None] = lambda _: None

    def start(self, call: SkillCall, deadline_s: float, now_s: float) -> SimulatedHandle:  # noqa: ARG002
        """Start a skill with the next fault."""
        fault = self.faults.pop(0) if self.faults else ""
        if fault == "raise":
            raise DeviceError("no skill server answers", remedy="see robomatrix doctor", code="NO_SERVER")
        self.started.append(call)
        self.before_start(call)
        handle = SimulatedHandle(self.world, call, fault, now_s, deaf=self.deaf)
        self.handles.append(handle)
        return handle


class EvidenceJudge:
    """Judges a skill's effects from evidence before and after it."""

    def __init__(self, spec: SkillSpec, patience_s: float = 0.3, mute: bool = False) -> None:
        self.spec = spec
        self.patience_s = patience_s
        self.mute = mute
        self.since_s: float | None = None

    def begin(self, call: SkillCall, before: Evidence) -> None:
        """Note what was the case before."""
        self.call, self.before = call, before

    def judge(self, now: Evidence, now_s: float) -> Verdict | None:
        """Decide once the effects show, or after some patience."""
        if self.mute:
            return None
        self.since_s = now_s if self.since_s is None else self.since_s
        if self._shows(now):
            return Verdict.success("the effects show", f"{self.spec.name}.verdict")
        if now_s - self.since_s < self.patience_s:
            return None
        return Verdict.failure(Cause.VERDICT_FAILED, "the effects do not show", f"{self.spec.name}.verdict")

    def _shows(self, now: Evidence) -> bool:
        values, objects = self.call.bindings(), now.scene.objects
        match self.spec.name:
            case "press":
                name = values["button"]
                return objects[name].states != self.before.scene.objects[name].states
            case "push":
                name = values["object"]
                moved = objects[name].position_m - self.before.scene.objects[name].position_m
                return float(np.linalg.norm(moved)) > 0.5 * float(values["distance_m"])
            case "move_to" | "position_over":
                held = self.spec.name == "move_to" or Atom("held", (values["object"],)) in derive_facts(now)
                target = objects[values["target"]]
                middle = target.position_m
                if target.interior is not None:
                    middle = target.pose_object_in_base.transform(target.interior.center_m)
                return held and float(np.linalg.norm(middle[:2] - np.array(now.tool_position_m)[:2])) < 0.02
            case "grasp":
                return Atom("held", (values["object"],)) in derive_facts(now)
            case "release":
                facts = derive_facts(now)
                places = {
                    Atom("in", (values["object"], values["target"])),
                    Atom("on", (values["object"], values["target"])),
                }
                return bool(places & facts)
            case _:
                wanted = "open" if self.spec.name == "open_drawer" else "closed"
                return Atom(wanted, (values["drawer"],)) in derive_facts(now)


class FactsGoalJudge:
    """Judges the goal from evidence; can be told to deny or to stay silent."""

    def __init__(self, mood: str = "") -> None:
        self.mood = mood
        self.asked: tuple[Atom, ...] | None = None

    def judge(self, atoms: tuple[Atom, ...], now: Evidence, now_s: float) -> Verdict | None:  # noqa: ARG002
        """Decide at once."""
        self.asked = atoms
        if self.mood == "mute":
            return None
        missing = sorted(set(atoms) - derive_facts(now))
        if self.mood == "deny" or missing:
            return Verdict.failure(Cause.VERDICT_FAILED, f"not so: {missing or 'on principle'}", "goal.verdict")
        return Verdict.success("the goal holds", "goal.verdict")
