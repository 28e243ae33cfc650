"""Show the plan for a task. Nothing moves: the scene is looked at, and the planner and the verifier do the rest."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping

from robomatrix_py.commands.common import (
    EXIT_FAILURE,
    EXIT_SUCCESS,
    add_json_option,
    add_planner_options,
    add_world_options,
    join_words,
    load_settings,
    named_options,
    refuse_grants,
)
from robomatrix_py.commands.display import RunDisplay, shorten
from robomatrix_py.contracts.plan import Plan
from robomatrix_py.runtime.environment import require_mujoco
from robomatrix_py.runtime.experience import reality_of
from robomatrix_py.runtime.practice import load_practice
from robomatrix_py.settings.settings import Settings

_DEADLINE_S = 10.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument("task", nargs="+", help='what to do, such as "put the red cube in the bin"')
    add_world_options(parser)
    add_planner_options(parser)
    add_json_option(parser)


def run(options: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    settings = load_settings(options)
    answer = _from_graph(options, settings) or _in_simulation(join_words(options.task), settings).to_json()
    if options.json:
        print(json.dumps(_as_json(answer)))
    else:
        display = RunDisplay(quiet=False)
        display.say(shorten(join_words(options.task)))
        display.plan(answer)
    return EXIT_SUCCESS if answer["steps"] or answer["already_done"] else EXIT_FAILURE


def _as_json(answer: Mapping[str, object]) -> dict[str, object]:
    """Return what is printed: steps, question and refusal always, the rest where there is something to say."""
    always = {key: answer[key] for key in ("steps", "question", "refused")}
    return always | {key: answer[key] for key in ("already_done", "notes") if answer.get(key)}


def _from_graph(options: argparse.Namespace, settings: Settings) -> dict[str, object] | None:
    """Return the answer of a running graph, which sees the real scene, or None where none runs."""
    from robomatrix_py.runtime.domain import DomainMark, domain_id

    running = DomainMark(domain_id()).read()
    # Who names a robot, a scene or a seed asks about that world, not about the one that runs.
    if running is None or named_options(options) or options.set:
        return None
    refuse_grants(options)
    from robomatrix_py.nodes.task_client import TaskClient

    client = TaskClient(lambda: None)
    try:
        client.wait_ready(_DEADLINE_S)
        return client.preview(join_words(options.task), options.planner or "", _DEADLINE_S + settings.planning.limit_s)
    finally:
        client.close()


def _in_simulation(instruction: str, settings: Settings) -> Plan:
    """Plan in a simulated world of its own, in lock-step."""
    require_mujoco()
    from robomatrix_py.runtime.lockstep_run import make_rig, plan_lockstep

    practice, warnings = load_practice(settings, settings.load_skills(), reality_of(settings, "lockstep"))
    for warning in warnings:
        print(f"robomatrix plan: {warning}", file=sys.stderr)
    return plan_lockstep(instruction, settings, make_rig(settings), practice)
