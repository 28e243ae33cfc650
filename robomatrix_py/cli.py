"""The command `robomatrix`."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from types import ModuleType

import robomatrix_py
from robomatrix_py.contracts.errors import ConfigError, RobomatrixError
from robomatrix_py.runtime.environment import apply_graph_defaults, require_mujoco

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
    "calibrate": "measure cameras: lenses, and where they are on the robot",
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
    # Before anything is imported that reads them.
    apply_graph_defaults()
    parser = argparse.ArgumentParser(
        prog="robomatrix", description="Say what you want, and a robot does it with skills it has learnt."
    )
    parser.add_argument("--version", action="version", version=f"robomatrix {robomatrix_py.__version__}")
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, summary in _COMMANDS.items():
        # Only the command that is asked for is imported: the others' libraries would cost a second.
        if words and words[0] == name:
            try:
                module = _load(name)
            except RobomatrixError as error:
                print(f"robomatrix {name}: {error}", file=sys.stderr)
                return 1
            module.add_arguments(subparsers.add_parser(name, help=summary, description=module.__doc__))
        else:
            subparsers.add_parser(name, help=summary)
    options = parser.parse_args(words)
    try:
        code = int(_load(options.command).run(options))
        # Here, where it is noticed that whoever read it has gone.
        sys.stdout.flush()
        return code
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


def _load(name: str) -> ModuleType:
    """Return the module of a command.

    Raises:
        EnvironmentFault: It needs MuJoCo, which knows no OpenGL by the name in MUJOCO_GL.
    """
    try:
        return importlib.import_module(f"robomatrix_py.commands.{name}")
    except RuntimeError as error:
        if "MUJOCO_GL" not in str(error):
            raise
        require_mujoco()
        raise


if __name__ == "__main__":
    sys.exit(main())
