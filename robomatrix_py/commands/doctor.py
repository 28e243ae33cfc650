"""Check this machine, and arm and cameras of a named robot. Says what to do where something lacks; nothing moves."""

from __future__ import annotations

import argparse

from rich.console import Console
from rich.markup import escape

from robomatrix_py.commands.common import EXIT_FAILURE, EXIT_SUCCESS, add_json_option
from robomatrix_py.runtime.doctor import examine, to_json
from robomatrix_py.runtime.findings import Level
from robomatrix_py.settings.settings import resolve

_DEFAULT = "ur5e"
_STYLE = {Level.OK: "green", Level.WARNING: "yellow", Level.FAILED: "bold red"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument("--robot", metavar="NAME", help="also look for the real arm and cameras of this robot")
    parser.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="such as device.address=/dev/ttyACM1"
    )
    add_json_option(parser)


def run(options: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    devices = resolve(options.set) if options.robot is not None or options.set else None
    checks = examine(options.robot or _DEFAULT, devices)
    if options.json:
        print(to_json(checks))
    else:
        console = Console(highlight=False, soft_wrap=True)
        for check in checks:
            style = _STYLE[check.level]
            console.print(f"[{style}]{check.level:<8}[/] {check.name:<20} {escape(check.message)}")
            if check.remedy:
                console.print(f"{'':<8} {'':<20} -> {escape(check.remedy)}")
    return EXIT_FAILURE if any(check.level is Level.FAILED for check in checks) else EXIT_SUCCESS
