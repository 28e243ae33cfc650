"""Measure how often single skills succeed, in lock-step, in random scenes. Prints JSON or a table: no test."""

from __future__ import annotations

import argparse
import json
import os
import sys
from typing import Any

from robomatrix_py.bench.evaluation import Evaluation, evaluate
from robomatrix_py.bench.model_card import note_evaluation, write_card
from robomatrix_py.commands.common import EXIT_SUCCESS, add_json_option, add_policy_option, policy_overrides
from robomatrix_py.commands.scenes import SplitScenes, seeds_purpose
from robomatrix_py.contracts.errors import ConfigError
from robomatrix_py.contracts.policy import SKILLS
from robomatrix_py.data.versions import collect_versions
from robomatrix_py.runtime.environment import require_mujoco
from robomatrix_py.settings.settings import Settings, require_name, resolve
from robomatrix_py.settings.share import find_folder, find_model
from robomatrix_py.settings.skills import SKILL_FILE
from robomatrix_py.training.splits import SEEDS, Split


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    add_policy_option(parser)
    parser.add_argument("--perception", metavar="NAME", default="camera", help="camera or sim_truth (default: camera)")
    parser.add_argument("--skills", metavar="A,B", default=",".join(SKILLS), help="which skills (default: all)")
    parser.add_argument("--episodes", type=int, default=20, metavar="N", help="trials a skill (default: 20)")
    first = SEEDS["evaluation"].start
    parser.add_argument(
        "--seed", type=int, default=first, metavar="S", help=f"first seed (default: {first}; development: below it)"
    )
    splits = [split.value for split in Split]
    parser.add_argument("--split", metavar="NAME", default="seen", help=f"{', '.join(splits)} (default: seen)")
    cores = len(os.sched_getaffinity(0))
    parser.add_argument("--processes", type=int, default=cores, metavar="N", help=f"side by side (default: {cores})")
    parser.add_argument(
        "--note",
        action="store_true",
        help="write the figures into the model's manifest and the skills' model cards (of learned skills)",
    )
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="change one setting")
    add_json_option(parser)


def run(options: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    require_mujoco()
    perception = require_name("perception", options.perception)
    # Learned skills are measured as such, also where something else serves them for now.
    chosen = [*policy_overrides(options), "skills.learned.scripted=[]"]
    settings = resolve([f"perception={perception}", *chosen, *options.set])
    try:
        split = Split(options.split)
    except ValueError:
        raise ConfigError(
            f"unknown split '{options.split}'", where="--split", permitted=[split.value for split in Split]
        ) from None
    try:
        job = Evaluation(
            settings=settings,
            scenes=SplitScenes(split),
            skills=tuple(dict.fromkeys(word for word in options.skills.split(",") if word)),
            episodes=options.episodes,
            first_seed=options.seed,
            processes=options.processes,
        )
    except ValueError as error:
        raise ConfigError(str(error), where="eval") from error
    purpose = seeds_purpose(range(options.seed, options.seed + options.episodes))
    if options.note:
        _require_noteworthy(settings, purpose)
    figures = evaluate(job, lambda line: print(line, file=sys.stderr, flush=True))
    figures |= {"split": split.value, "seeds_are_for": purpose, "versions": collect_versions()}
    if options.note:
        _note(settings, figures)
    if options.json:
        print(json.dumps(figures))
    else:
        _show(figures)
    return EXIT_SUCCESS


def _require_noteworthy(settings: Settings, purpose: str) -> None:
    """Refuse to note figures that are none of a learned policy on seeds kept for that.

    Raises:
        ConfigError: They are not.
    """
    if settings.skills.policy != "learned":
        raise ConfigError("only learned skills have a model", where="--note", remedy="say --policy learned")
    if purpose != "evaluation":
        raise ConfigError(f"these seeds are for {purpose}", where="--note", remedy="leave --seed out")


def _note(settings: Settings, figures: dict[str, Any]) -> None:
    model = find_model(settings.skills.learned.model)
    note_evaluation(model, figures)
    specs = settings.load_skills()
    for skill in figures["skills"]:
        print(f"card  {write_card(specs[skill], model, find_folder('policies', skill, SKILL_FILE))}", file=sys.stderr)


def _show(figures: dict[str, Any]) -> None:
    print(f"policy {figures['policy']}, perception {figures['perception']}, split {figures['split']}")
    for skill, values in figures["skills"].items():
        if not values["n"]:
            print(f"{skill:14} no trial could be prepared")
            continue
        low, high = values["interval"]
        failures = ", ".join(f"{cause} {count}" for cause, count in values["failures"].items())
        print(f"{skill:14} {100 * values['success_rate']:5.1f} % of {values['n']} [{low:.3f}, {high:.3f}]  {failures}")
