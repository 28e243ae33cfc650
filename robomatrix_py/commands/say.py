"""Correct the robot in plain words while it carries out a task. `stop` goes straight to the gate."""

from __future__ import annotations

import argparse
import json

from robomatrix_py.commands.common import EXIT_FAILURE, EXIT_SUCCESS, add_json_option, join_words

_DEADLINE_S = 5.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument(
        "text", nargs="+", help="such as 'stop', 'a bit to the left', 'not that one, the blue one', 'skip this'"
    )
    add_json_option(parser)


def run(options: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    text = join_words(options.text)
    from robomatrix_py.nodes.correction_client import say

    answer = say(text, "robomatrix say", _DEADLINE_S)
    if options.json:
        print(json.dumps({"accepted": answer.accepted, "understood_as": answer.understood_as, "reason": answer.reason}))
    else:
        print(f"understood: {answer.understood_as}" + ("" if answer.accepted else f"; not done: {answer.reason}"))
    return EXIT_SUCCESS if answer.accepted else EXIT_FAILURE
