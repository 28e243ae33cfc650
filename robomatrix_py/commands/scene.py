"""Show what the robot knows of the scene: what is in or on what, in which state, where, and when last seen."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import Console
from rich.table import Table

from robomatrix_py.commands.common import (
    EXIT_SUCCESS,
    add_json_option,
    add_world_options,
    load_settings,
    named_options,
)
from robomatrix_py.runtime.environment import require_mujoco
from robomatrix_py.settings.settings import Settings

_DEADLINE_S = 10.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    add_world_options(parser)
    add_json_option(parser)


def run(options: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    settings = load_settings(options)
    scene = _from_graph(options) or _in_simulation(settings)
    if options.json:
        print(json.dumps(scene))
    else:
        _show(scene)
    return EXIT_SUCCESS


def _from_graph(options: argparse.Namespace) -> dict[str, Any] | None:
    """Return what a running graph knows, or None where none runs."""
    from robomatrix_py.runtime.domain import DomainMark, domain_id

    running = DomainMark(domain_id()).read()
    # Who names a robot, a scene or a seed asks about that world, not about the one that runs.
    if running is None or named_options(options) or options.set:
        return None
    from robomatrix_py.nodes.task_client import TaskClient

    client = TaskClient(lambda: None)
    try:
        client.wait_ready(_DEADLINE_S)
        return client.scene(_DEADLINE_S)
    finally:
        client.close()


def _in_simulation(settings: Settings) -> dict[str, Any]:
    """Look at a simulated world of its own, in lock-step."""
    require_mujoco()
    from robomatrix_py.runtime.lockstep_run import make_rig, scene_lockstep

    return scene_lockstep(settings, make_rig(settings)).to_json()


def _show(scene: Mapping[str, Any]) -> None:
    console = Console(highlight=False)
    if scene["trouble"]:
        console.print(f"no camera can see: {scene['trouble']}")
    table = Table(box=None, pad_edge=False)
    for heading in ("thing", "state", "x y z in cm", "known by", "last seen", "sure"):
        table.add_column(heading, overflow="fold")
    for indent, thing in in_order(scene["objects"]):
        relation = f"{thing['relation']} " if thing["relation"] else ""
        table.add_row(
            "  " * indent + relation + thing["name"],
            ", ".join(thing["states"]),
            " ".join(f"{100 * value:.0f}" for value in thing["position_m"]),
            thing["whereabouts"],
            "now" if thing["whereabouts"] == "seen" else f"{thing['last_seen_s_ago']:.0f} s ago",
            f"{100 * thing['confidence']:.0f} %",
        )
    console.print(table)
    console.print(f"gripper: {scene['gripper'] or 'empty'}; {scene['source']}, {scene['age_s']:.1f} s old")


def in_order(things: list[dict[str, Any]], place: str | None = None, indent: int = 0) -> Iterator[tuple[int, Any]]:
    """Yield things with their depth: each one followed by what is in or on it.

    Args:
        things: Every thing in the form of `robomatrix scene --json`.
        place: Name of the thing whose contents are wanted, or None for what is in or on nothing.
        indent: Depth of these contents.
    """
    known = {thing["name"] for thing in things}
    for thing in things:
        # The gripper is no thing of the scene: what it holds stands on its own, too.
        its_place = thing["place"] if thing["place"] in known else None
        if its_place == place:
            yield indent, thing
            if indent < len(things):
                yield from in_order(things, thing["name"], indent + 1)
