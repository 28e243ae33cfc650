"""`robomatrix train demonstrations`: records episodes on several processes; goes on where it was interrupted."""

from __future__ import annotations

import json
import multiprocessing
import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

from robomatrix_py.contracts.errors import EnvironmentFault, RobomatrixError
from robomatrix_py.contracts.policy import CHUNK_DT_S, SKILLS
from robomatrix_py.data.lerobot_writer import Layout, LerobotWriter
from robomatrix_py.policies.clip.inference import load_manifest
from robomatrix_py.runtime.perception import encoder_sha256
from robomatrix_py.settings.settings import Settings, resolve
from robomatrix_py.settings.share import find_model
from robomatrix_py.training.columns import column_names
from robomatrix_py.training.config import DemonstrationJob, DisturbanceConfig
from robomatrix_py.training.demonstrations import DemonstrationMaker
from robomatrix_py.training.splits import SEEDS, Split, scene_draw

# A fresh process now and then: what graphics drivers leak does not pile up.
_EPISODES_A_PROCESS = 40
_EPISODE_MAX_S = 1800.0
Say = Callable[[str], None]


def record_demonstrations(job: DemonstrationJob, folder: Path, version: str, say: Say) -> str:
    """Make a data set of demonstrations and return its hash.

    Args:
        job: How much, from which seeds.
        folder: Takes the data set; what is there of the same job is gone on with.
        version: Of this software, kept with the data.
        say: Hears lines for a person.

    Raises:
        ConfigError: There is no such encoder, or its files are wrong.
        DataError: The folder holds another job's data or cannot be written.
        EnvironmentFault: A recording process was killed, or something that recording needs is not installed.
    """
    settings = _settings(job.encoder)
    writer = _writer(folder, job, settings)
    if not writer.finished:
        _record_missing(job, writer, folder, say)
    accounts = [] if writer.finished else [writer.account(part) for part in range(len(job.seeds))]
    about = {"robomatrix": version, "license": "Apache-2.0", "skills": list(SKILLS), "account": _total(accounts)}
    sha256 = writer.join(range(len(job.seeds)), about)
    say(f"data sha256 {sha256}")
    return sha256


def _record_missing(job: DemonstrationJob, writer: LerobotWriter, folder: Path, say: Say) -> None:
    missing = [part for part in range(len(job.seeds)) if not writer.has(part)]
    total, began_s = len(job.seeds), time.monotonic()
    frames = 0
    for done, account in enumerate(_record_parts(job, folder, missing), 1):
        frames += sum(account["frames"].values())
        left_s = (time.monotonic() - began_s) / done * (len(missing) - done)
        say(
            f"episodes {total - len(missing) + done} of {total}, {frames} frames in this run, "
            f"{left_s / 60:.0f} min left"
        )


def _record_parts(job: DemonstrationJob, folder: Path, parts: Sequence[int]) -> Iterator[dict[str, Any]]:
    """Yield the accounts of parts as they come.

    Fresh processes begin by a fresh pool: one told to replace its processes stands still when all end at once
    (https://github.com/python/cpython/issues/115634).
    """
    context = multiprocessing.get_context("spawn")
    again = "give the command again: it goes on where it was"
    for first in range(0, len(parts), _EPISODES_A_PROCESS * job.processes):
        pool = ProcessPoolExecutor(job.processes, context, _end_with_parent)
        block = parts[first : first + _EPISODES_A_PROCESS * job.processes]
        waiting = {pool.submit(_record_part, folder, job, part) for part in block}
        try:
            while waiting:
                done, waiting = wait(waiting, _EPISODE_MAX_S, FIRST_COMPLETED)
                if not done:
                    minutes = _EPISODE_MAX_S / 60
                    raise EnvironmentFault(f"no episode was finished within {minutes:.0f} min", remedy=again)
                for future in done:
                    yield future.result()
        except BrokenProcessPool as error:
            remedy = f"{again}; fewer processes need less memory"
            raise EnvironmentFault("a recording process was killed", remedy=remedy) from error
        finally:
            if waiting:
                # Whether interrupted or stuck: what is half recorded is recorded anew.
                for process in multiprocessing.active_children():
                    process.terminate()
            pool.shutdown(cancel_futures=True)


def _end_with_parent() -> None:
    """Have this process end when the one that started it was killed, instead of waiting for work for ever."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def watch() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _record_part(folder: Path, job: DemonstrationJob, part: int) -> dict[str, Any]:
    """Record and keep one episode; return its account."""
    os.environ.setdefault("MUJOCO_GL", "egl")
    seed = job.seeds[part]
    split = int(seed in SEEDS["validation"])
    maker = _maker(job.encoder, job.disturbances, split)
    began_s = time.process_time()
    try:
        recorded, attempts = maker.record(seed)
        fault = ""
    except RobomatrixError as error:
        # One world in which nothing can be done, such as one too full, is no reason to lose all others.
        recorded, attempts, fault = [], [], str(error)
    frames = Counter[str]()
    for attempt in attempts:
        frames[attempt.call.skill] += 0 if attempt.cause else attempt.frames
    account: dict[str, Any] = {
        "seed": seed,
        "frames": dict(frames),
        "tried": dict(Counter(attempt.call.skill for attempt in attempts)),
        "failed": dict(Counter(f"{a.call.skill}.{a.cause}" for a in attempts if a.cause)),
        "fault": fault,
    }
    _writer(folder, job, maker.settings).write(part, recorded, account)
    return account | {"cpu_s": time.process_time() - began_s}


@cache
def _maker(encoder: str, disturbances: DisturbanceConfig, split: int) -> DemonstrationMaker:
    return DemonstrationMaker(_settings(encoder), scene_draw(Split.SEEN), disturbances, split)


def _settings(encoder: str) -> Settings:
    return resolve(["perception=camera", f"perception.encoder={json.dumps(encoder)}"])


def _writer(folder: Path, job: DemonstrationJob, settings: Settings) -> LerobotWriter:
    encoder = find_model(job.encoder)
    load_manifest(encoder)
    robot = settings.load_robot()
    layout = Layout(round(1.0 / CHUNK_DT_S), column_names(robot.joint_names), robot.name)
    # Neither changes what is recorded: how many processes, and where the encoder lies whose hash is kept.
    what = {key: value for key, value in asdict(job).items() if key not in ("processes", "encoder")}
    return LerobotWriter(folder, layout, {**what, "encoder_sha256": encoder_sha256(encoder)})


def _total(accounts: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Return the sum of the accounts of all parts."""
    sums: dict[str, Counter[str]] = {key: Counter() for key in ("frames", "tried", "failed")}
    faults = []
    for account in accounts:
        for key, counts in sums.items():
            counts.update(account[key])
        if account["fault"]:
            faults.append(f"seed {account['seed']}: {account['fault']}")
    return {**{key: dict(sorted(counts.items())) for key, counts in sums.items()}, "faults": faults}
