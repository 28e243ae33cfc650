"""Leave the latched protective stop of the running graph. Nothing moves until a new task is given."""

from __future__ import annotations

import argparse

from robomatrix_py.commands.common import EXIT_SUCCESS

_DEADLINE_S = 5.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command: none."""
    del parser


def run(options: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    del options
    from robomatrix_py.nodes.stop_client import reset_stop

    reset_stop("robomatrix reset", _DEADLINE_S)
    print("the protective stop is left; give a new task")
    return EXIT_SUCCESS
