"""The command `robomatrix`."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence

import robomatrix_py
from robomatrix_py.contracts.errors import ConfigError, RobomatrixError
from robomatrix_py.runtime.environment import compute_on_one_thread

_COMMANDS = {
    "run": "carry out a task given as a sentence",
    "plan": "show the plan for a task; nothing moves",
    "up": "start the graph and keep it running",
    "scene": "show what the robot knows: what is in or on what, and when last seen",
    "skills": "list the meta-skills and how well they go; `skills save` keeps a run as a macro-skill",
    "say": "correct the robot in plain words while it carries out a task",
    "stop": "latch the protective stop of the running graph",
    "reset": "leave the latched protective stop",
    "doctor": "check this machine and say what to do",
    "policies": "list learned models; add an object from pictures of it",
    "view": "show what the cameras see and what the encoder attends to",
    "train": "train a learned part from nothing",
    "eval": "measure how often single skills succeed",
    "bench": "measure success, latency, speed and memory",
    "replay": "run the physics of a recorded run again and compare",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Args:
        arguments: Words after `robomatrix`; None takes the process's own.

    Returns:
        0 on success (of a task: a verified one), 1 on failure, 2 on wrong usage.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    compute_on_one_thread()
    parser = argparse.ArgumentParser(
        prog="robomatrix", description="Say what you want, and a robot does it with skills it has learnt."
    )
    parser.add_argument("--version", action="version", version=f"robomatrix {robomatrix_py.__version__}")
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, summary in _COMMANDS.items():
        # Only the command that is asked for is imported: the others' libraries would cost a second.
        if words and words[0] == name:
            module = importlib.import_module(f"robomatrix_py.commands.{name}")
            module.add_arguments(subparsers.add_parser(name, help=summary, description=module.__doc__))
        else:
            subparsers.add_parser(name, help=summary)
    options = parser.parse_args(words)
    module = importlib.import_module(f"robomatrix_py.commands.{options.command}")
    try:
        return int(module.run(options))
    except ConfigError as error:
        print(f"robomatrix {options.command}: {error}", file=sys.stderr)
        return 2
    except RobomatrixError as error:
        print(f"robomatrix {options.command}: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        # Whoever read the output has gone; Python would complain once more when it closes the stream.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        print(f"robomatrix {options.command}: interrupted", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
