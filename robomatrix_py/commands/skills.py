"""List the meta-skills, or check their files: `robomatrix skills lint [FILE ...]`."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from rich.console import Console
from rich.table import Table

from robomatrix_py.commands.common import EXIT_FAILURE, EXIT_SUCCESS, add_json_option
from robomatrix_py.contracts.errors import ConfigError
from robomatrix_py.contracts.skill import SkillSpec
from robomatrix_py.settings.skills import load_skills, read_skill, skill_files
from robomatrix_py.settings.structure import destructure


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument("action", nargs="?", default="list", metavar="list|lint|NAME", help="default: list")
    parser.add_argument("files", nargs="*", type=Path, help="with lint: files to check (default: all)")
    add_json_option(parser)


def run(options: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    if options.action == "lint":
        return _lint(options.files or list(skill_files()), as_json=options.json)
    if options.files:
        raise ConfigError("files are only for 'skills lint'", where="skills")
    skills = load_skills()
    if options.action != "list":
        if options.action not in skills:
            raise ConfigError(
                f"unknown skill '{options.action}'", permitted=sorted(skills), code="UNKNOWN_SKILL"
            )
        skills = {options.action: skills[options.action]}
    if options.json:
        print(json.dumps({name: destructure(skill) for name, skill in skills.items()}))
    else:
        _show(skills)
    return EXIT_SUCCESS


def _show(skills: dict[str, SkillSpec]) -> None:
    table = Table(box=None, pad_edge=False)
    for heading in ("skill", "arguments", "needs", "policy", "measured success"):
        table.add_column(heading, overflow="fold")
    for name, skill in sorted(skills.items()):
        measured = "not yet"
        if skill.measured is not None:
            low, high = skill.measured.interval
            measured = f"{skill.measured.successes}/{skill.measured.trials} ({100 * low:.0f} to {100 * high:.0f} %)"
        arguments = ", ".join(argument.name for argument in skill.arguments)
        needs = ", ".join(str(atom) for atom in skill.preconditions) or "-"
        table.add_row(name, arguments, needs, skill.policy_kind, measured)
    Console(highlight=False).print(table)


def _lint(files: list[Path], *, as_json: bool) -> int:
    faults = []
    for path in files:
        try:
            read_skill(path)
        except ConfigError as error:
            faults.append({"file": str(path), "where": error.where, "message": str(error)})
    if as_json:
        print(json.dumps({"checked": len(files), "faults": faults}))
    else:
        for fault in faults:
            print(fault["message"])
        print(f"{len(files)} skill files checked, {len(faults)} with faults")
    return EXIT_FAILURE if faults else EXIT_SUCCESS
