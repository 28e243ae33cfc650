"""From two pictures to a chunk of aims, on one thread: our policy beside LeRobot's DiffusionPolicy, in turn.

Prints a table, or JSON. How to make the two environments: README.md.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from pipe import HERE, Child

OURS = "ours f32"
_STEPS_DEFAULT = 100
_ENGINES = ("torch", "torch.compile", "torchscript", "openvino", "openvino once", "openvino once bf16")
_SMALL_PX, _LARGE_PX = (192, 144), (448, 336)
_RESAMPLES = 4000
_OPEN_S, _CALL_S = 900.0, 600.0
# A round gives each variant about so much time, and at least one call.
_ROUND_S = 0.1
# What takes longer than this is called in the first rounds only.
_SLOW_S, _SLOW_ROUNDS = 3.0, 3
_HEAD = f" {'p50':>9} {'p99':>9} {'times ours':>10} {'95 %':>16}"


@dataclass(frozen=True)
class Variant:
    """One way to run LeRobot's policy.

    Args:
        size: Which size; see peer_model.py.
        engine: By what; see peer_export.py.
        view_px: Width and height of both pictures.
        scheduler: Of the denoising.
        steps: Of the denoising; 0 as many as ours.
    """

    size: str
    engine: str
    view_px: tuple[int, int] = _LARGE_PX
    scheduler: str = "DDIM"
    steps: int = 0

    @property
    def name(self) -> str:
        """Name in the tables."""
        steps = f" {self.scheduler} {self.steps}" if self.steps else ""
        return f"{self.size} {self.view_px[0]}x{self.view_px[1]}{steps}: {self.engine}"


VARIANTS = (
    *(Variant("matched", engine) for engine in _ENGINES),
    *(Variant("matched", engine, _SMALL_PX) for engine in ("torch", "openvino", "openvino once")),
    *(Variant("resnet18", engine) for engine in ("torch", "openvino", "openvino once")),
    *(Variant("resnet18", engine, _SMALL_PX) for engine in ("torch", "openvino once")),
    *(Variant("default", engine, _LARGE_PX, "DDPM", _STEPS_DEFAULT) for engine in ("torch", "openvino steps")),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    python = HERE / ".venv" / "bin" / "python"
    parser.add_argument("--peer-python", type=Path, default=python, help="Python of the LeRobot environment")
    parser.add_argument("--rounds", type=int, default=40, help="each variant is called in each round (default: 40)")
    parser.add_argument("--model", default="", help="folder of a trained action model (default: random weights)")
    parser.add_argument("--encoder", default="encoder", help="folder of the encoder (default: the shipped one)")
    parser.add_argument(
        "--only", default="", metavar="A,B", help="only LeRobot variants with one of these in their name"
    )
    parser.add_argument("--json", action="store_true", help="print JSON, every single time included")
    options = parser.parse_args(arguments)
    if options.rounds < 1:
        parser.error("--rounds: permitted: at least 1")
    chosen = [variant for variant in VARIANTS if any(word in variant.name for word in options.only.split(","))]
    figures = measure(options, chosen)
    print(json.dumps(figures) if options.json else table(figures))
    return 0


def measure(options: argparse.Namespace, variants: Sequence[Variant]) -> dict[str, Any]:
    """Return all figures, JSON-serialisable."""
    began = {"began": time.strftime("%Y-%m-%d %H:%M:%S"), "load": os.getloadavg()}
    with (
        Child(Path(sys.executable), ["ours_process.py"]) as ours,
        Child(options.peer_python.absolute(), ["peer_process.py"]) as peer,
    ):
        ask = {"do": "open", "model": options.model, "encoder": options.encoder}
        about, inputs = ours.ask(ask, _OPEN_S)
        _say(f"ours: {about['parameters']}, {about['steps']} steps")
        children = dict.fromkeys(about["variants"], ours)
        parameters, notes = {OURS: about["parameters"]}, {}
        for variant in variants:
            opened = _open(peer, variant, about["steps"], inputs)
            _say(f"{variant.name}: {opened}")
            notes[variant.name] = opened
            if "failed" not in opened:
                children[variant.name] = peer
                parameters[variant.name] = opened["parameters"]
        times = _measure_in_turn(children, options.rounds)
    return {
        "machine": {"processor": _processor(), "cores": os.cpu_count(), "python": platform.python_version()},
        "began": began,
        "ended": {"ended": time.strftime("%Y-%m-%d %H:%M:%S"), "load": os.getloadavg()},
        "ours": about,
        "opened": notes,
        "parameters": parameters,
        "figures": {name: _figures(rounds, times[OURS]) for name, rounds in times.items()},
        "times": times,
    }


def _open(peer: Child, variant: Variant, steps: int, inputs: dict[str, np.ndarray]) -> dict[str, Any]:
    pictures = {name: np.asarray(Image.fromarray(inputs[name]).resize(variant.view_px)) for name in _cameras(inputs)}
    message = {
        "do": "open",
        "variant": variant.name,
        "size": variant.size,
        "engine": variant.engine,
        "view_px": variant.view_px,
        "scheduler": variant.scheduler,
        "steps": variant.steps or steps,
        # Aims, progress and done.
        "action": 8,
    }
    return peer.ask(message, _OPEN_S, {**pictures, "state": inputs["state"]})[0]


def _cameras(inputs: dict[str, np.ndarray]) -> list[str]:
    return [name for name in inputs if name != "state"]


def _measure_in_turn(children: dict[str, Child], rounds: int) -> dict[str, list[dict[str, list[float]]]]:
    """Return times by variant and round. The order changes from round to round, so that load hits all alike."""
    rng = np.random.default_rng(0)
    times: dict[str, list[dict[str, list[float]]]] = defaultdict(list)
    calls = dict.fromkeys(children, 1)
    for number in range(rounds):
        for index in rng.permutation(len(children)).tolist():
            name = list(children)[index]
            if times[name] and min(times[name][0]["wall_ms"]) > 1e3 * _SLOW_S and number >= _SLOW_ROUNDS:
                continue
            message = {"do": "measure", "variant": name, "calls": calls[name]}
            found = children[name].ask(message, _CALL_S)[0]
            times[name].append(found)
            calls[name] = max(1, int(1e3 * _ROUND_S / np.median(found["wall_ms"])))
        _say(f"round {number + 1} of {rounds}")
    return dict(times)


def _figures(rounds: list[dict[str, list[float]]], ours: list[dict[str, list[float]]]) -> dict[str, Any]:
    """Return median and percentiles of a variant, and how much longer it takes than ours, with a 95 % interval."""
    figures: dict[str, Any] = {"calls": sum(len(one["wall_ms"]) for one in rounds), "rounds": len(rounds)}
    for key in ("wall_ms", "processor_ms"):
        values = np.concatenate([one[key] for one in rounds])
        p5, p50, p95, p99 = np.percentile(values, [5, 50, 95, 99]).tolist()
        figures[key] = {"p5": p5, "p50": p50, "p95": p95, "p99": p99}
        # Rounds are paired: what loads the machine in one of them loads both.
        pairs = np.array([(np.median(a[key]), np.median(b[key])) for a, b in zip(rounds, ours, strict=False)])
        drawn = np.random.default_rng(1).integers(len(pairs), size=(_RESAMPLES, len(pairs)))
        medians = np.median(pairs[drawn], axis=1)
        low, high = np.percentile(medians[:, 0] / medians[:, 1], [2.5, 97.5]).tolist()
        middle = np.median(pairs, axis=0)
        figures[key] |= {"ratio": float(middle[0] / middle[1]), "interval": [low, high]}
    return figures


def table(figures: dict[str, Any]) -> str:
    """Return the figures as lines for people."""
    machine, began, ended = figures["machine"], figures["began"], figures["ended"]
    lines = [
        f"{machine['processor']}, {machine['cores']} cores, one thread; load {began['load'][0]:.1f} before and "
        f"{ended['load'][0]:.1f} after; {began['began']}",
        f"{'':46} {'million':>8} {'wall clock, ms':>48}   {'processor time, ms':>46}",
        f"{'':46} {'numbers':>8}{2 * _HEAD} {'calls':>6}",
    ]
    for name, one in figures["figures"].items():
        numbers = figures["parameters"].get(name, {}).get("all")
        millions = f"{numbers / 1e6:8.2f}" if numbers else " " * 8
        lines.append(f"{name:46} {millions}{_cells(one['wall_ms'])}{_cells(one['processor_ms'])} {one['calls']:6d}")
    for name, opened in figures["opened"].items():
        if "failed" in opened:
            lines.append(f"{name:46} could not be made: {opened['failed']}")
    return "\n".join(lines)


def _cells(values: dict[str, Any]) -> str:
    low, high = values["interval"]
    ratio = f"{values['ratio']:10.2f} [{low:6.2f}, {high:6.2f}]"
    return f" {values['p50']:9.1f} {values['p99']:9.1f} {ratio}"


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines() if Path("/proc/cpuinfo").exists() else []
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
