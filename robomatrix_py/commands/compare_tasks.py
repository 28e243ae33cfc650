"""What `robomatrix bench tasks` compares: the two policies are held against each other before anything is measured."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from robomatrix_py.bench.comparison import SKILLS_SIDE, TASKS_SIDE, Comparison, compare
from robomatrix_py.bench.tasks import Level
from robomatrix_py.commands.scenes import SplitScenes, seeds_purpose
from robomatrix_py.contracts.errors import ConfigError
from robomatrix_py.contracts.policy import SKILLS, WHOLE_TASKS
from robomatrix_py.runtime.environment import require_mujoco
from robomatrix_py.runtime.policy import make_policy
from robomatrix_py.settings.settings import Settings, require_name, resolve
from robomatrix_py.training.splits import Split

_SPLITS = {
    Level.SEEN: Split.SEEN,
    Level.UNSEEN_OBJECT: Split.UNSEEN_COMBINATION,
    Level.UNSEEN_SCENE: Split.UNSEEN_SCENE,
    Level.LONG: Split.SEEN,
    Level.NEW_TASK: Split.SEEN,
}
# What two policies have in common that are compared on equal terms, and what of their training may differ all the same.
_ALIKE = ("data_sha256", "encoder_sha256", "parameters", "training")
_FREE = ("seed", "report_every", "evaluate_every", "checkpoint_every_s")


def compare_tasks(options: argparse.Namespace) -> dict[str, Any]:
    """Measure what the command line asks for.

    Args:
        options: With what `bench` itself takes: seeds, first_seed, perception.

    Raises:
        ConfigError: An option is wrong, a policy does not fit, or the two were not trained alike.
        EnvironmentFault: No OpenGL or no OpenVINO can be had.
    """
    require_mujoco()
    about: dict[str, Any] = {"seeds_are_for": seeds_purpose(_seeds(options), ("development", "evaluation"))}
    scenes = {level: SplitScenes(_SPLITS[level]) for level in _levels(options.levels)}
    settings = resolve([f"perception={require_name('perception', options.perception or 'camera')}", *options.set])
    whole_tasks = None
    if options.scripted:
        _refuse_policies(options)
    else:
        settings = _served_by(settings, _named(options.skill_policy, "--skill-policy"))
        whole = _served_by(settings, _named(options.task_policy, "--task-policy"))
        whole_tasks = whole.skills
        about |= {"policies": _policies(settings, whole)}
    try:
        job = Comparison(
            settings=settings,
            whole_tasks=whole_tasks,
            scenes=scenes,
            episodes=options.seeds,
            first_seed=options.first_seed,
            processes=options.processes,
        )
    except ValueError as error:
        raise ConfigError(str(error), where="bench tasks") from error
    return about | compare(job, lambda line: print(line, file=sys.stderr, flush=True))


def _seeds(options: argparse.Namespace) -> range:
    return range(options.first_seed, options.first_seed + options.seeds)


def _levels(words: str) -> list[Level]:
    names = [word for word in words.split(",") if word]
    for name in names:
        if name not in list(Level):
            raise ConfigError(f"unknown level '{name}'", where="--levels", permitted=list(Level))
    return [level for level in Level if level in names]


def _named(folder: str | None, option: str) -> str:
    if folder is None:
        raise ConfigError(
            "both sides need a policy", where=option, remedy="add it, or try the scenes out with --scripted"
        )
    return folder


def _refuse_policies(options: argparse.Namespace) -> None:
    if options.skill_policy is not None or options.task_policy is not None:
        raise ConfigError("scripted skills need no policy", where="--scripted", remedy="leave one of the two out")


def _served_by(settings: Settings, folder: str) -> Settings:
    skills = settings.skills
    return replace(settings, skills=replace(skills, policy="learned", learned=replace(skills.learned, model=folder)))


def _policies(skills: Settings, whole: Settings) -> dict[str, Any]:
    """Return what the policies of both sides say of themselves.

    Raises:
        ConfigError: One does not fit or serves something else, or they were not trained alike.
    """
    manifests = {}
    for side, settings, option, wanted in (
        (SKILLS_SIDE, skills, "--skill-policy", SKILLS),
        (TASKS_SIDE, whole, "--task-policy", WHOLE_TASKS),
    ):
        manifest = make_policy(settings).manifest
        if missing := [name for name in wanted if name not in manifest.skills]:
            served = ", ".join(manifest.skills)
            raise ConfigError(
                f"serves {served}, and not {', '.join(missing)}", where=option, permitted=", ".join(wanted)
            )
        manifests[side] = manifest
    alike, others = (_alike(manifest.values) for manifest in manifests.values())
    for key, value in alike.items():
        if value != others[key]:
            raise ConfigError(
                f"the policies differ in {key}: {json.dumps(value)} and {json.dumps(others[key])}",
                where="--task-policy",
                remedy="train both on the same demonstrations with the same settings but whole_tasks",
            )
    return {side: {"sha256": manifest.sha256} for side, manifest in manifests.items()} | alike


def _alike(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Return what must be the same of both policies, by dotted key."""
    values = {key: manifest[key] for key in _ALIKE}
    training = values.pop("training")
    return values | {f"training.{key}": value for key, value in training.items() if key not in _FREE}
