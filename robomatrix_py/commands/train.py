"""Train a learned part from nothing. What was begun is gone on with when the command is given again."""

from __future__ import annotations

import argparse
from pathlib import Path

import robomatrix_py
from robomatrix_py.commands.common import EXIT_SUCCESS
from robomatrix_py.contracts.errors import ConfigError
from robomatrix_py.data.disk import told_when_full
from robomatrix_py.settings.settings import resolve_training
from robomatrix_py.training.config import DemonstrationJob, EncoderJob, PolicyJob

_PARTS = ("encoder", "demonstrations", "policy")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument("name", metavar="NAME", help=f"what to train: {', '.join(_PARTS)}")
    parser.add_argument("--out", metavar="DIR", type=Path, help="where all goes (default: training/NAME)")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="change one setting")


def run(options: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    folder = options.out or Path("training") / str(options.name)
    with told_when_full(folder):
        match options.name:
            case "encoder":
                _encoder(resolve_training("encoder", options.set, EncoderJob), folder)
            case "demonstrations":
                _demonstrations(resolve_training("demonstrations", options.set, DemonstrationJob), folder)
            case "policy":
                _policy(resolve_training("policy", options.set, PolicyJob), folder)
            case _:
                raise ConfigError(f"unknown part '{options.name}'", permitted=_PARTS)
    return EXIT_SUCCESS


def _encoder(job: EncoderJob, folder: Path) -> None:
    from robomatrix_py.training.encoder_job import train_encoder

    encoder = train_encoder(job, folder, robomatrix_py.__version__, _say)
    print(f"encoder  {encoder}")
    print("to use it, copy that folder to policies/encoder, or name it in config/perception/camera.yaml")


def _demonstrations(job: DemonstrationJob, folder: Path) -> None:
    from robomatrix_py.training.demonstrations_job import record_demonstrations

    record_demonstrations(job, folder, robomatrix_py.__version__, _say)
    print(f"demonstrations  {folder}")


def _policy(job: PolicyJob, folder: Path) -> None:
    from robomatrix_py.training.policy_job import train_policy

    train_policy(job, folder, _say)


def _say(line: str) -> None:
    print(line, flush=True)
