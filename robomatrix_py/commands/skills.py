"""Meta-skills and macro-skills: list them with how well they go, check their files, save a run as a macro-skill.

robomatrix skills [NAME]; skills lint [FILE ...]; skills save NAME --run FOLDER; skills rebuild --runs DIR
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from robomatrix_py.commands.common import EXIT_FAILURE, EXIT_SUCCESS, add_json_option, add_policy_option
from robomatrix_py.contracts.errors import ConfigError
from robomatrix_py.contracts.experience import Reality
from robomatrix_py.contracts.skill import SkillSpec
from robomatrix_py.data.run_reader import read_run
from robomatrix_py.runtime.experience import rebuild
from robomatrix_py.runtime.macro_saving import macro_from_run
from robomatrix_py.runtime.practice import load_practice
from robomatrix_py.scheduler.feasibility import Estimate, Feasibility
from robomatrix_py.scheduler.macros import Macro, clashes, provenance
from robomatrix_py.settings.macros import MACRO_FILE, load_macros, macro_files, read_macro, write_macro
from robomatrix_py.settings.settings import Settings, resolve
from robomatrix_py.settings.skills import load_skills, read_skill, skill_files
from robomatrix_py.settings.structure import destructure

_RUNS = Path("runs")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    actions = "list|lint|save|rebuild|NAME"
    parser.add_argument("action", nargs="?", default="list", metavar=actions, help="default: list")
    parser.add_argument("names", nargs="*", metavar="FILE|NAME", help="lint: files (default: all); save: the new name")
    parser.add_argument("--run", type=Path, metavar="FOLDER", help="save: folder of the run that succeeded")
    parser.add_argument("--phrase", action="append", default=[], help="save: how people ask for it; may be given again")
    parser.add_argument("--replace", action="store_true", help="save: overwrite one of the same name")
    parser.add_argument("--runs", action="append", type=Path, metavar="DIR", help="rebuild: where (default: runs)")
    parser.add_argument("--robot", metavar="NAME", help="whose figures (default: as configured)")
    parser.add_argument("--reality", choices=[*Reality], default=Reality.SIMULATED, help="figures of where")
    add_policy_option(parser)
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="change one setting")
    add_json_option(parser)


def run(options: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    if options.action == "lint":
        return _lint([Path(name) for name in options.names], as_json=options.json)
    if options.action == "save":
        return _save(options)
    if options.names:
        raise ConfigError("names are only for 'skills lint' and 'skills save'", where="skills")
    if options.action == "rebuild":
        return _rebuild(options)
    return _list(options)


def _settings(options: argparse.Namespace) -> Settings:
    overrides = [f"robot={options.robot}"] if options.robot else []
    overrides += [f"skills.policy={options.policy}"] if options.policy else []
    return resolve([*overrides, *options.set])


# ---------------------------------------------------------------------- list


def _list(options: argparse.Namespace) -> int:
    settings = _settings(options)
    skills = settings.load_skills()
    practice, warnings = load_practice(settings, skills, Reality(options.reality))
    macros = dict(practice.macros)
    if options.action != "list":
        if options.action not in {**skills, **macros}:
            known = sorted({**skills, **macros})
            raise ConfigError(f"unknown skill '{options.action}'", permitted=known, code="UNKNOWN_SKILL")
        skills = {name: skill for name, skill in skills.items() if name == options.action}
        macros = {name: macro for name, macro in macros.items() if name == options.action}
    if options.json:
        print(json.dumps(_as_json(skills, macros, practice.feasibility, warnings)))
        return EXIT_SUCCESS
    console = Console(highlight=False)
    if skills:
        console.print(_skill_table(skills, practice.feasibility, by_class=options.action != "list"))
    if practice.feasibility is not None and skills:
        console.print(f"[dim]expected success: {escape(str(practice.feasibility.condition))}, 95 % interval[/]")
    for macro in macros.values():
        console.print(f"[bold]{escape(macro.name)}[/]  {escape(macro.summary)}", soft_wrap=True)
        said = ", ".join(f"'{phrase}'" for phrase in macro.phrases) or f"'{macro.name.replace('_', ' ')}'"
        console.print(f"  [dim]say[/] {escape(said)}", soft_wrap=True)
        console.print(f"  [dim]{escape(provenance(macro))}[/]", soft_wrap=True)
        if options.action != "list":
            for number, step in enumerate(macro.steps, start=1):
                console.print(f"  {number}  {escape(str(step))}")
    for warning in warnings:
        console.print(f"[yellow]{escape(warning)}[/]", soft_wrap=True)
    return EXIT_SUCCESS


def _skill_table(skills: Mapping[str, SkillSpec], feasibility: Feasibility | None, *, by_class: bool) -> Table:
    table = Table(box=None, pad_edge=False)
    for heading in ("skill", "arguments", "needs", "policy", "measured success", "expected success", "runs"):
        table.add_column(heading, overflow="fold", no_wrap=heading == "skill")
    for name, skill in sorted(skills.items()):
        measured = "not yet"
        if skill.measured is not None:
            low, high = skill.measured.interval
            measured = f"{skill.measured.successes}/{skill.measured.trials} ({100 * low:.0f} to {100 * high:.0f} %)"
        arguments = ", ".join(argument.name for argument in skill.arguments)
        needs = ", ".join(str(atom) for atom in skill.preconditions) or "-"
        expected = _shown(feasibility.estimate(name)) if feasibility else ("-", "-")
        table.add_row(name, arguments, needs, skill.policy_kind, measured, *expected)
        if feasibility is None or not by_class:
            continue
        for classes in feasibility.classes(name):
            words = escape(f"  with {', '.join(classes)}")
            table.add_row(words, "", "", "", "", *_shown(feasibility.estimate(name, classes)))
    return table


def _shown(estimate: Estimate) -> tuple[str, str]:
    if not estimate.is_known:
        return "nothing known", "0"
    low, high = estimate.posterior.interval()
    rate = f"{100 * estimate.posterior.mean:.0f} % ({100 * low:.0f} to {100 * high:.0f} %)"
    return rate, f"{estimate.successes}/{estimate.trials}"


def _as_json(
    skills: Mapping[str, SkillSpec],
    macros: Mapping[str, Macro],
    feasibility: Feasibility | None,
    warnings: Sequence[str],
) -> dict[str, Any]:
    """Return one entry a skill or macro-skill by name, and what could not be used under ``warnings``."""
    answer: dict[str, Any] = {}
    for name, skill in skills.items():
        answer[name] = destructure(skill)
        if feasibility is not None:
            answer[name]["expected"] = _estimate_json(feasibility.estimate(name)) | {
                "condition": destructure(feasibility.condition),
                "classes": [
                    {"classes": list(classes)} | _estimate_json(feasibility.estimate(name, classes))
                    for classes in feasibility.classes(name)
                ],
            }
    for name, macro in macros.items():
        answer[name] = destructure(macro) | {"verified": macro.is_verified, "policy_kind": "macro"}
    return answer | ({"warnings": list(warnings)} if warnings else {})


def _estimate_json(estimate: Estimate) -> dict[str, Any]:
    return {
        "mean": round(estimate.posterior.mean, 4),
        "interval": [round(end, 4) for end in estimate.posterior.interval()],
        "successes": estimate.successes,
        "n": estimate.trials,
        "measured_n": estimate.measured,
        "known": estimate.is_known,
    }


# ---------------------------------------------------------------------- lint, save, rebuild


def _lint(files: list[Path], *, as_json: bool) -> int:
    faults: list[dict[str, str]] = []
    skills: dict[str, SkillSpec] = {}
    own = resolve([]).macros
    checked = files or [*skill_files(), *macro_files(own)]
    for path in [path for path in checked if path.name != MACRO_FILE]:
        try:
            skill = read_skill(path)
            skills[skill.name] = skill
        except ConfigError as error:
            faults.append(_fault(path, error))
    # Macro-skills are checked against the skills that there are, not only against those that are being checked.
    macros = [path for path in checked if path.name == MACRO_FILE]
    if macros:
        known = load_skills() if files else skills
        for path in macros:
            try:
                read_macro(path, known)
            except ConfigError as error:
                faults.append(_fault(path, error))
        if not files:
            clashing = [error for error in load_macros(own, known)[1] if error.code == "CONFIG.NAME_CLASH"]
            told = {fault["message"] for fault in faults}
            faults += [_fault(Path(error.where), error) for error in clashing if str(error) not in told]
    if as_json:
        print(json.dumps({"checked": len(checked), "faults": faults}))
    else:
        for fault in faults:
            print(fault["message"])
        print(f"{len(checked)} skill files checked, {len(faults)} with faults")
    return EXIT_FAILURE if faults else EXIT_SUCCESS


def _fault(path: Path, error: ConfigError) -> dict[str, str]:
    return {"file": str(path), "where": error.where, "message": str(error)}


def _save(options: argparse.Namespace) -> int:
    if len(options.names) != 1 or options.run is None:
        raise ConfigError("what is to be saved?", where="skills save", permitted="skills save NAME --run FOLDER")
    skills, settings = load_skills(), _settings(options)
    macro = macro_from_run(read_run(options.run), options.names[0], options.phrase, skills)
    others, _ = load_macros(settings.macros, skills)
    _refuse_clash(macro, [other for other in others.values() if other.name != macro.name])
    path = write_macro(macro, settings.macros, replace_old=options.replace)
    if options.json:
        print(json.dumps(destructure(macro) | {"file": str(path)}))
        return EXIT_SUCCESS
    said = [*macro.phrases, macro.name.replace("_", " ")]
    print(f"saved {macro.name}: {len(macro.steps)} steps, {len(macro.parameters)} parameters, in {path}")
    print(f"say '{said[0]}'; {MACRO_FILE} may be edited, see 'robomatrix skills lint {path}'")
    return EXIT_SUCCESS


def _refuse_clash(macro: Macro, others: Sequence[Macro]) -> None:
    for clashing, shared in clashes([*others, macro]):
        if clashing is macro:
            raise ConfigError(
                f"another macro-skill has the {shared} too",
                where="--phrase",
                remedy="say it in other words",
                code="NAME_CLASH",
            )


def _rebuild(options: argparse.Namespace) -> int:
    settings = _settings(options)
    done = rebuild(settings, load_skills(), options.runs or [_RUNS])
    if options.json:
        print(json.dumps({"counted": done.counted, "kept": done.kept, "skipped": list(done.skipped)}))
        return EXIT_SUCCESS
    for line in done.skipped:
        print(f"skipped: {line}")
    print(f"{done.counted} runs counted, {done.kept} kept whose folders are gone, {len(done.skipped)} skipped")
    return EXIT_SUCCESS

