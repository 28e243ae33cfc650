"""Latch the protective stop of the running graph. It is a software stop, no replacement for an emergency stop."""

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
    from robomatrix_py.nodes.stop_client import request_stop

    print(f"{request_stop('robomatrix stop', _DEADLINE_S)}; leave it with 'robomatrix reset'")
    return EXIT_SUCCESS
