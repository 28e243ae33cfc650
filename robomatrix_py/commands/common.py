"""What subcommands share: options that choose a configuration, and exit codes."""

from __future__ import annotations

import argparse
import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from robomatrix_py.contracts.errors import ConfigError
from robomatrix_py.scheduler.planner import PLANNERS
from robomatrix_py.settings.robot_defaults import robot_defaults
from robomatrix_py.settings.settings import Settings, require_name, resolve
from robomatrix_py.settings.share import find_folder
from robomatrix_py.skills.config import POLICIES

EXIT_SUCCESS = 0
EXIT_FAILURE = 1
EXIT_USAGE = 2

_SEED_MAX = 2**31 - 1
_SECONDS_MAX = 86400.0


def add_world_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that choose robot, scene, seed and single settings."""
    parser.add_argument("--robot", metavar="NAME", help="a folder of hardware/ (default: ur5e)")
    parser.add_argument("--scene", metavar="NAME", help="a file of config/scene/ (default: tabletop)")
    parser.add_argument(
        "--perception", metavar="NAME", help="where scene objects come from: camera, sim_truth (default: the robot's)"
    )
    parser.add_argument("--seed", type=_seed, metavar="N", help="everything random follows from it (default: 0)")
    parser.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="change one setting, such as gate.rate_hz=50"
    )


def add_planner_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that choose a planner and what plans may use."""
    parser.add_argument("--planner", metavar="NAME", help="symbolic or openai (default: symbolic)")
    parser.add_argument(
        "--allow-skills", metavar="A,B", help="plans may use these skills only (default: as configured, all)"
    )
    parser.add_argument(
        "--allow-objects",
        metavar="A,B",
        help="plans may name these objects only, places included (default: as configured, all)",
    )


def add_policy_option(parser: argparse.ArgumentParser) -> None:
    """Add `--policy`."""
    parser.add_argument("--policy", choices=POLICIES, help="what serves the skills (default: as the robot has it)")


def policy_overrides(options: argparse.Namespace) -> list[str]:
    """Return the settings that `--policy` chooses."""
    policy = getattr(options, "policy", None)
    return [f"skills.policy={policy}"] if policy is not None else []


def add_json_option(parser: argparse.ArgumentParser) -> None:
    """Add `--json`."""
    parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")


def load_settings(options: argparse.Namespace) -> Settings:
    """Return the settings that the options choose.

    Raises:
        ConfigError: Robot, scene, planner or a setting is unknown or wrong.
    """
    overrides: list[str] = []
    if options.robot is not None:
        find_folder("hardware", options.robot, "robot.yaml")
        overrides.append(f"robot={options.robot}")
    for group in ("scene", "perception"):
        if (name := getattr(options, group)) is not None:
            overrides.append(f"{group}={require_name(group, name)}")
    if options.seed is not None:
        overrides.append(f"seed={options.seed}")
    if getattr(options, "mode", None) is not None:
        overrides.append(f"mode={options.mode}")
    if getattr(options, "planner", None) is not None:
        overrides.append(f"planner={_known_planner(options.planner)}")
    overrides += policy_overrides(options)
    chosen = [*overrides, *options.set]
    settings = _granted(resolve([*robot_defaults(chosen), *chosen]), options)
    if settings.skills.policy == "learned" and settings.perception_source != "camera":
        raise ConfigError(
            f"learned skills look through cameras, and perception is {settings.perception_source}",
            where="--perception",
            permitted=("camera",),
        )
    return settings


def _granted(settings: Settings, options: argparse.Namespace) -> Settings:
    """Return the settings with what the command line lets plans use.

    Raises:
        ConfigError: A skill that is granted does not exist.
    """
    given = {
        key: tuple(word.strip() for word in text.split(",") if word.strip())
        for key in ("skills", "objects")
        if (text := getattr(options, f"allow_{key}", None)) is not None
    }
    if not given:
        return settings
    grants = replace(settings.planning.grants, **given)
    grants.require_known(settings.load_skills())
    return replace(settings, planning=replace(settings.planning, grants=grants))


def refuse_grants(options: argparse.Namespace) -> None:
    """Refuse grants on the command line where a graph runs already, which has its own.

    Raises:
        ConfigError: There are some.
    """
    for key in ("skills", "objects"):
        if getattr(options, f"allow_{key}", None) is not None:
            raise ConfigError(
                "the graph that runs already has its own grants",
                where=f"--allow-{key}",
                remedy="leave it out, end that graph, or start it with this option",
                code="GRAPH_GRANTS",
            )


def named_options(options: argparse.Namespace) -> frozenset[str]:
    """Return which of robot, scene, seed and policy the user named."""
    return frozenset(key for key in ("robot", "scene", "seed", "policy") if getattr(options, key, None) is not None)


def join_words(words: Sequence[str]) -> str:
    """Return an instruction given as one word or as several."""
    return " ".join(words)


def runs_folder(options: argparse.Namespace) -> Path:
    """Return where runs are written."""
    return Path(options.out) if options.out else Path("runs")


def _seed(text: str) -> int:
    if not text.isdecimal() or int(text) > _SEED_MAX:
        raise argparse.ArgumentTypeError(f"'{text}' is no seed; permitted: 0 to {_SEED_MAX}")
    return int(text)


def seconds(text: str) -> float:
    """Return a time given on the command line.

    Raises:
        ArgumentTypeError: It is no time.
    """
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0.0 < value <= _SECONDS_MAX:
        raise argparse.ArgumentTypeError(f"'{text}' is no time; permitted: above 0, at most {_SECONDS_MAX:.0f} s")
    return value


def _known_planner(name: str) -> str:
    if name not in PLANNERS:
        raise ConfigError(f"unknown planner '{name}'", permitted=sorted(PLANNERS), code="UNKNOWN_PLANNER")
    return name
