"""Makes a macro-skill of a run that succeeded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import robomatrix_py
from robomatrix_py.contracts.errors import PlanError
from robomatrix_py.contracts.plan import Plan
from robomatrix_py.contracts.scene import Affordance
from robomatrix_py.contracts.skill import ArgumentSpec, ArgumentType, SkillCall, SkillSpec
from robomatrix_py.data.records import EventKind, RunSummary, StepRecord
from robomatrix_py.data.run_reader import RunRecord
from robomatrix_py.runtime.experience import condition_of
from robomatrix_py.scheduler.feasibility import class_of_name
from robomatrix_py.scheduler.macros import Macro, MacroRecord, Parameter, check_macro
from robomatrix_py.scheduler.quoting import plain
from robomatrix_py.scheduler.stages import same_call


def macro_from_run(
    record: RunRecord, name: str, phrases: Sequence[str], skills: Mapping[str, SkillSpec], summary: str = ""
) -> Macro:
    """Return a macro-skill of the steps that a run carried out and an independent check confirmed.

    The things that the steps are about become parameters: a thing of the same shape and colour is looked for when it is
    used again.

    Args:
        record: The run.
        name: Its name.
        phrases: How people ask for it.
        skills: All skills by name.
        summary: One line for people; by default the run's instruction.

    Raises:
        PlanError: The run did not succeed, was cut off, changed its plan on the way or was not checked step by step
            (``PLAN.NOT_VERIFIED``).
        ConfigError: The name or a phrase cannot be used.
        DataError: The run does not say of which robot it is.
    """
    plan, ended = _verified(record)
    judged = [_verdict_of(index, step, record) for index, step in enumerate(plan.steps)]
    parameters = _parameters(plan, skills, record.scene.get("objects", {}))
    places = {thing: f"{{{parameter.spec.name}}}" for thing, parameter in parameters.items()}
    steps = tuple(_generalised(step, skills.get(step.skill), places) for step in plan.steps)
    unrecorded = Macro(
        name=name,
        summary=summary or plain(plan.instruction, 200),
        phrases=tuple(phrases),
        parameters=tuple(parameters.values()),
        steps=steps,
    )
    provenance = MacroRecord(
        run=record.folder.resolve().name,
        instruction=plain(ended.instruction, 200),
        condition=condition_of(record),
        planner=ended.planner,
        perception=ended.perception,
        outcome=ended.verdict.outcome.value,
        message=plain(ended.verdict.message, 200),
        duration_s=ended.duration_s,
        steps=tuple(f"{step.call}: {plain(step.verdict.message, 120)}" for step in judged if step.verdict),
        saved=datetime.now(UTC).isoformat(timespec="seconds"),
        robomatrix=robomatrix_py.__version__,
        sha256=unrecorded.sha256(),
    )
    macro = Macro(**{**vars(unrecorded), "record": provenance})
    check_macro(macro, skills, f"macro-skill {plain(name)}")
    return macro


def _verified(record: RunRecord) -> tuple[Plan, RunSummary]:
    """Return plan and end of a run that succeeded as it was planned."""
    if record.summary is None:
        raise _not_verified(record, "the run was cut off, or still goes on")
    verdict = record.summary.verdict
    if not verdict.succeeded:
        raise _not_verified(record, f"the run ended as {verdict.outcome}: {plain(verdict.message, 160)}")
    if record.plan is None or not record.plan.steps:
        raise _not_verified(record, "the run had no step to save")
    if any(event.kind == EventKind.REPLANNED for event in record.events):
        raise _not_verified(record, "the plan was changed on the way, so that no run has shown it as a whole")
    return record.plan, record.summary


def _verdict_of(index: int, step: SkillCall, record: RunRecord) -> StepRecord:
    """Return the last attempt at a step, which an independent check confirmed."""
    attempts = [attempt for attempt in record.steps if attempt.index == index and same_call(attempt.call, step)]
    if not attempts or attempts[-1].verdict is None or not attempts[-1].verdict.succeeded:
        raise _not_verified(record, f"step {index + 1}, {plain(str(step))}, was not confirmed by an independent check")
    return attempts[-1]


def _not_verified(record: RunRecord, why: str) -> PlanError:
    return PlanError(
        f"cannot be saved as a macro-skill: {why}",
        where=str(record.folder),
        permitted="a run that succeeded as it was planned, every step confirmed",
        remedy="run the task again and save that run",
        code="NOT_VERIFIED",
    )


def _parameters(plan: Plan, skills: Mapping[str, SkillSpec], objects: Any) -> dict[str, Parameter]:
    """Return a parameter for each thing that the steps are about, by the thing's name."""
    found: dict[str, Parameter] = {}
    for step in plan.steps:
        spec = skills.get(step.skill)
        for argument in spec.arguments if spec else ():
            thing = str(step.arguments.get(argument.name, ""))
            if argument.type is not ArgumentType.OBJECT or not thing:
                continue
            item = objects.get(thing, {}) if isinstance(objects, Mapping) else {}
            known = item if isinstance(item, Mapping) else {}
            accepts = argument.accepts
            if thing in found:
                # What fills several places must suit them all, as far as one word can say it.
                accepts = found[thing].spec.accepts & accepts or found[thing].spec.accepts | accepts
                name = found[thing].spec.name
            else:
                name = _free_name(_shape(thing, known), [p.spec.name for p in found.values()])
            accepts = accepts & _affordances(known) or accepts
            color = known.get("color", "")
            found[thing] = Parameter(
                ArgumentSpec(name, ArgumentType.OBJECT, accepts), _shape(thing, known), str(color) if color else ""
            )
    return found


def _shape(thing: str, known: Mapping[str, Any]) -> str:
    shape = known.get("shape")
    return shape if isinstance(shape, str) and shape else class_of_name(thing)


def _affordances(known: Mapping[str, Any]) -> frozenset[Affordance]:
    words = known.get("affordances", ())
    return frozenset(Affordance(word) for word in words if word in list(Affordance)) if words else frozenset()


def _free_name(shape: str, taken: Sequence[str]) -> str:
    base = "".join(sign if sign.isalnum() and sign.isascii() else "_" for sign in shape.lower())[:30] or "thing"
    base = base if base[0].isalpha() else f"a_{base}"
    name, number = base, 2
    while name in taken:
        name, number = f"{base}_{number}", number + 1
    return name


def _generalised(step: SkillCall, spec: SkillSpec | None, places: Mapping[str, str]) -> SkillCall:
    """Return a step in which places stand for the things it is about."""
    objects = {a.name for a in spec.arguments if a.type is ArgumentType.OBJECT} if spec else set()
    arguments = {
        name: places.get(str(value), value) if name in objects else value for name, value in step.arguments.items()
    }
    return SkillCall(step.skill, arguments)
