"""Train a learned part from nothing. What was begun is gone on with when the command is given again."""

from __future__ import annotations

import argparse
from pathlib import Path

import robomatrix_py
from robomatrix_py.commands.common import EXIT_SUCCESS
from robomatrix_py.contracts.errors import ConfigError
from robomatrix_py.runtime.environment import apply_graph_defaults
from robomatrix_py.settings.settings import resolve_training
from robomatrix_py.training.config import EncoderJob

_PARTS = ("encoder",)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument("name", metavar="NAME", help=f"what to train: {', '.join(_PARTS)}")
    parser.add_argument("--out", metavar="DIR", type=Path, help="where all goes (default: training/NAME)")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="change one setting")


def run(options: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    if options.name not in _PARTS:
        raise ConfigError(f"unknown part '{options.name}'", permitted=_PARTS)
    job = resolve_training(options.name, options.set, EncoderJob)
    apply_graph_defaults()
    from robomatrix_py.training.encoder_job import train_encoder

    folder = options.out or Path("training") / options.name
    encoder = train_encoder(job, folder, robomatrix_py.__version__, lambda line: print(line, flush=True))
    print(f"encoder  {encoder}")
    print("to use it, copy that folder to policies/encoder, or name it in config/perception/camera.yaml")
    return EXIT_SUCCESS
