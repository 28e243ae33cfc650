"""How often skills succeed: our policy beside LeRobot's DiffusionPolicy, trained on the same data for the same time.

Trains both on one thread, evaluates both in lock-step on the same seeds, and prints a table or JSON. What was trained
is kept and not trained again. How to make the two environments: README.md.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from peer_adapter import PeerPolicy
from peer_data import prepare
from pipe import HERE, Child

from robomatrix_py.bench.evaluation import TrialResult, run_trial, summarise
from robomatrix_py.commands.eval import SplitScenes
from robomatrix_py.contracts.policy import SKILLS, SkillPolicy
from robomatrix_py.contracts.statistics import rate
from robomatrix_py.data.lerobot import LerobotDataset
from robomatrix_py.policies.action.config import ActionTraining
from robomatrix_py.policies.clip.inference import load_manifest
from robomatrix_py.runtime.environment import apply_graph_defaults, require_mujoco
from robomatrix_py.runtime.perception import encoder_sha256
from robomatrix_py.settings.settings import Settings, resolve
from robomatrix_py.settings.share import find_model
from robomatrix_py.training.config import PolicyJob
from robomatrix_py.training.demonstration_frames import load_demonstrations
from robomatrix_py.training.policy_job import train_policy
from robomatrix_py.training.splits import SEEDS, Split

_OURS, _PEER = "ours", "peer"
_ACCOUNT_FILE = "account.json"
_SLACK_S = 1800.0

# Of a worker: what serves the skills, None for the policy of the settings.
_policy: SkillPolicy | None = None


def main(arguments: Sequence[str] | None = None) -> int:
    """Train, evaluate and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("--data", type=Path, required=True, help="data set of robomatrix train demonstrations")
    add("--out", type=Path, required=True, help="folder for what is trained")
    add("--minutes", type=float, required=True, help="processor time of each training")
    add(
        "--more-minutes",
        type=float,
        default=0.0,
        help="what LeRobot's policy gets on top, such as the time that our encoder was trained for (default: 0)",
    )
    add("--peer-python", type=Path, default=HERE / ".venv" / "bin" / "python", help="Python of the LeRobot environment")
    add("--size", default="matched", help="of LeRobot's policy: matched, resnet18, default (default: matched)")
    add(
        "--view-px",
        type=int,
        nargs=2,
        default=(192, 144),
        metavar=("W", "H"),
        help="what LeRobot's policy sees (default: 192 144)",
    )
    add("--batch", type=int, default=64, help="of LeRobot's training (default: 64)")
    add("--precision", default="bf16", choices=("bf16", "no"), help="of LeRobot's training (default: bf16)")
    add("--encoder", default="encoder", help="folder of our encoder, the one that the data set was made with")
    add("--skills", default=",".join(SKILLS), metavar="A,B", help="which skills (default: all)")
    add("--episodes", type=int, default=20, metavar="N", help="trials a skill (default: 20)")
    add("--seed", type=int, default=SEEDS["evaluation"].start, metavar="S", help="first seed")
    add("--split", default="seen", choices=[split.value for split in Split], help="scenes (default: seen)")
    add("--processes", type=int, default=1, metavar="N", help="trials side by side (default: 1)")
    add("--json", action="store_true", help="print JSON")
    options = parser.parse_args(arguments)
    skills = tuple(options.skills.split(","))
    if not set(skills) <= set(SKILLS):
        parser.error(f"--skills {options.skills}: permitted: {', '.join(SKILLS)}")
    apply_graph_defaults()
    require_mujoco()
    found = encoder_sha256(find_model(options.encoder))
    wanted = LerobotDataset(options.data).about["job"]["encoder_sha256"]
    if found != wanted:
        parser.error(f"--encoder {options.encoder}: the data set was made with another one, {wanted[:12]}")
    trained = {_PEER: train_peer(options), _OURS: train_ours(options)}
    results = {name: evaluate(name, options, skills) for name in (_OURS, _PEER)}
    figures = {
        "data": str(options.data),
        "trained": trained,
        "split": options.split,
        "seeds": [options.seed, options.seed + options.episodes - 1],
        "skills": {skill: compare(results, skill) for skill in skills},
    }
    print(json.dumps(figures) if options.json else table(figures))
    return 0


def train_peer(options: argparse.Namespace) -> dict[str, Any]:
    """Return the account of LeRobot's training."""
    folder, account = _peer_folder(options), _peer_folder(options) / _ACCOUNT_FILE
    if account.exists():
        return dict(json.loads(account.read_text(encoding="utf-8")))
    _say(f"LeRobot: pictures of {options.view_px[0]} x {options.view_px[1]} to {folder}")
    prepare(options.data, folder, _view_px(options))
    seconds = 60 * (options.minutes + options.more_minutes)
    message = {
        "do": "train",
        "folder": str(folder),
        "size": options.size,
        "steps": ActionTraining().sampling_steps,
        "batch": options.batch,
        "seconds": seconds,
        "seed": 0,
        "precision": options.precision,
    }
    with Child(options.peer_python.absolute(), ["peer_process.py"]) as child:
        # The clock on the wall may go much faster on a busy machine.
        about, _ = child.ask(message, 20 * seconds + _SLACK_S)
    account.write_text(json.dumps(about), encoding="utf-8")
    return about


def train_ours(options: argparse.Namespace) -> dict[str, Any]:
    """Return the account of our training; as many steps as there is time for, by the speed of the first ones."""
    folder, account = options.out / _OURS, options.out / _OURS / _ACCOUNT_FILE
    if account.exists():
        return dict(json.loads(account.read_text(encoding="utf-8")))
    seconds = 60 * options.minutes
    steps = _steps_within(options.data, seconds, options.out / "speed")
    _say(f"ours: {steps} steps")
    began_s, began_wall_s = time.process_time(), time.perf_counter()
    training = ActionTraining(steps=steps)
    train_policy(PolicyJob(str(options.data), training), folder, _say)
    about = {
        "steps": steps,
        "batch": training.batch,
        "processor_s": round(time.process_time() - began_s, 1),
        "wall_s": round(time.perf_counter() - began_wall_s, 1),
    }
    account.write_text(json.dumps(about), encoding="utf-8")
    return about


def _steps_within(data: Path, seconds: float, scratch: Path) -> int:
    """Return how many of our steps fit into so much processor time, looks at held-out episodes included."""
    from robomatrix_py.policies.action.training import ActionTrainer

    shown = load_demonstrations(LerobotDataset(data))
    usual = ActionTraining()
    times: list[float] = []
    # Up to the first look at the held-out episodes, so that one is in the count.
    trial = replace(usual, steps=usual.evaluate_every, evaluate_every=usual.evaluate_every, checkpoint_every_s=1e9)
    began_s = time.process_time()
    ActionTrainer(shown.learned, shown.held_out, trial, scratch / str(time.time_ns())).run(
        lambda _step, _values: times.append(time.process_time() - began_s)
    )
    return max(1, int(seconds * trial.steps / times[-1]))


def evaluate(name: str, options: argparse.Namespace, skills: Sequence[str]) -> list[TrialResult]:
    """Return how every trial of a policy went."""
    settings = resolve(
        [
            "perception=camera",
            f"perception.encoder={json.dumps(options.encoder)}",
            "skills.policy=learned",
            f"skills.learned.model={json.dumps(str((options.out / _OURS / 'action').absolute()))}",
        ]
    )
    seeds = range(options.seed, options.seed + options.episodes)
    todo = [(skill, seed) for seed in seeds for skill in skills]
    scenes = SplitScenes(Split(options.split))
    make: Callable[[], SkillPolicy] | None = None
    if name == _PEER:
        about = prepare(options.data, _peer_folder(options), _view_px(options))
        recorded_px = load_manifest(find_model(options.encoder))["views_px"]
        folder, view_px = _peer_folder(options), _view_px(options)
        make = partial(PeerPolicy, options.peer_python.absolute(), folder, about["words"], recorded_px, view_px)
    results = []
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(options.processes, context, _begin, (make,)) as pool:
        futures = [pool.submit(_trial, skill, seed, settings, scenes) for skill, seed in todo]
        for future in futures:
            result = future.result()
            results.append(result)
            how = "succeeded" if result.succeeded else result.cause if result.prepared else "not prepared"
            _say(f"{name} {len(results)}/{len(todo)}  {result.call} seed {result.seed}: {how}")
    return results


def _begin(make: Callable[[], SkillPolicy] | None) -> None:
    global _policy
    _policy = make() if make is not None else None


def _trial(skill: str, seed: int, settings: Settings, scenes: SplitScenes) -> TrialResult:
    return run_trial(skill, seed, settings, scenes, _policy)


def compare(results: dict[str, list[TrialResult]], skill: str) -> dict[str, Any]:
    """Return the figures of one skill: of each policy, and of the trials that both were asked."""
    mine = {name: [r for r in of if r.skill == skill] for name, of in results.items()}
    pairs = [(a, b) for a, b in zip(mine[_OURS], mine[_PEER], strict=True) if a.prepared and b.prepared]
    kinds = {"both": (True, True), "ours_only": (True, False), "peer_only": (False, True), "none": (False, False)}
    counts = {kind: sum((a.succeeded, b.succeeded) == how for a, b in pairs) for kind, how in kinds.items()}
    return {name: summarise(of) for name, of in mine.items()} | {"pairs": counts}


def table(figures: dict[str, Any]) -> str:
    """Return the figures as lines for people."""
    lines = []
    for name, about in figures["trained"].items():
        lines.append(
            f"{name}: {about['steps']} steps of {about['batch']} in {about['processor_s']} s of processor time"
        )
    lines.append(f"split {figures['split']}, seeds {figures['seeds'][0]} to {figures['seeds'][1]}; Wilson 95 %")
    for skill, values in figures["skills"].items():
        shown = []
        for name in (_OURS, _PEER):
            one = values[name]
            rated = rate(round(one["success_rate"] * one["n"]), one["n"]) if one["n"] else None
            shown.append(
                f"{name} {rated['successes']} of {rated['n']} [{rated['interval'][0]:.2f}, {rated['interval'][1]:.2f}]"
                if rated
                else f"{name} -"
            )
        only = values["pairs"]
        lines.append(
            f"{skill:14} {shown[0]:32} {shown[1]:32} only ours {only['ours_only']}, only peer {only['peer_only']}"
        )
    return "\n".join(lines)


def _peer_folder(options: argparse.Namespace) -> Path:
    width, height = _view_px(options)
    return Path(options.out) / f"{_PEER}_{options.size}_{width}x{height}"


def _view_px(options: argparse.Namespace) -> tuple[int, int]:
    return int(options.view_px[0]), int(options.view_px[1])


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
