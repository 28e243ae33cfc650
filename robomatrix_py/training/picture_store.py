"""Makes labelled pictures on several processes and keeps them as arrays that training maps into memory."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from robomatrix_py.contracts.errors import DataError
from robomatrix_py.policies.clip.crops import CROP_PX
from robomatrix_py.settings.settings import resolve
from robomatrix_py.training.pictures import PictureMaker, views_of

VIEW_SIZES_PX = {"front_camera": (448, 336), "wrist_camera": (192, 144)}
"""Width and height in which the encoder sees each camera."""
_FIELDS = {"pictures": ("color", "thing", "offset_m", "things"), "cutouts": ("color", "thing")}
_ABOUT_FILE = "about.json"
_PART_SCENES = 100


@dataclass(frozen=True)
class PictureJob:
    """Which pictures to make.

    Args:
        scenes: How many scenes, each with 15 pictures.
        first_seed: Seed of the first scene.
        combinations: Pairs of colour and shape.
        kind: ``pictures``, or ``cutouts`` of single things.
        crop_px: Edge of a cutout.
    """

    scenes: int
    first_seed: int
    combinations: tuple[tuple[str, str], ...]
    kind: str = "pictures"
    crop_px: int = CROP_PX

    def __post_init__(self) -> None:
        """Check the kind."""
        if self.kind not in _FIELDS:
            raise ValueError(f"kind is {self.kind}; permitted: {', '.join(_FIELDS)}")


def make_pictures(folder: Path, job: PictureJob, processes: int, on_progress: Callable[[int], None]) -> str:
    """Write pictures to a folder; what is there already of the same job is kept, so that it can be interrupted.

    Args:
        folder: Takes one part a hundred scenes, and the arrays when all parts are there.
        job: Which.
        processes: How many processes draw.
        on_progress: Hears how many scenes are done.

    Returns:
        Hash over all pictures.

    Raises:
        DataError: The folder holds another job's pictures or cannot be written.
    """
    wanted = {"scenes": job.scenes, "first_seed": job.first_seed, "combinations": [list(c) for c in job.combinations]}
    if job.kind != "pictures":
        wanted["kind"] = job.kind
    if job.crop_px != CROP_PX:
        wanted["crop_px"] = job.crop_px
    known = _about(folder)
    if known and known["job"] != wanted:
        raise DataError("holds pictures of another job", where=str(folder), remedy="choose another folder")
    if "sha256" in known:
        return str(known["sha256"])
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / _ABOUT_FILE).write_text(json.dumps({"job": wanted}), encoding="utf-8")
        parts = []
        for begin in range(0, job.scenes, _PART_SCENES):
            seeds = range(job.first_seed + begin, job.first_seed + min(begin + _PART_SCENES, job.scenes))
            parts.append((folder / f"part_{begin:06d}.npz", job, seeds))
        missing = [part for part in parts if not part[0].exists()]
        done = job.scenes - sum(len(seeds) for *_, seeds in missing)
        with multiprocessing.get_context("spawn").Pool(processes) as pool:
            for count in pool.imap_unordered(_make_part, missing):
                done += count
                on_progress(done)
        return _join(folder, _FIELDS[job.kind], [part[0] for part in parts], wanted)
    except OSError as error:
        raise DataError(f"cannot be written: {error.strerror}", where=str(folder)) from error


def _about(folder: Path) -> dict[str, Any]:
    """Return what a folder says of its pictures, empty where there are none."""
    path = folder / _ABOUT_FILE
    try:
        values = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    except (OSError, ValueError) as error:
        raise DataError(f"cannot be read: {error}", where=str(path)) from error
    return dict(values)


def _make_part(part: tuple[Path, PictureJob, range]) -> int:
    path, job, seeds = part
    os.environ.setdefault("MUJOCO_GL", "egl")
    settings = resolve([])
    robot = settings.load_robot()
    views = views_of(robot.cameras, VIEW_SIZES_PX)
    maker = PictureMaker(robot, settings.model_file, settings.scene, views, job.combinations, job.crop_px)
    make: Callable[[int], Iterator[Any]] = maker.pictures if job.kind == "pictures" else maker.cutouts
    made = [one for seed in seeds for one in make(seed)]
    arrays: dict[str, Any] = {name: np.stack([getattr(one, name) for one in made]) for name in _FIELDS[job.kind]}
    temporary = path.with_suffix(".tmp.npz")
    np.savez(temporary, **arrays)
    temporary.replace(path)
    return len(seeds)


def _reserve(path: Path) -> None:
    """Take the room of a sparse file now: a disk that is full later would end the process by a signal."""
    with path.open("r+b") as file:
        os.posix_fallocate(file.fileno(), 0, path.stat().st_size)


def _join(folder: Path, fields: Sequence[str], parts: Sequence[Path], about: dict[str, Any]) -> str:
    digest = hashlib.sha256()
    count = 0
    for path in parts:
        with np.load(path, allow_pickle=False) as part:
            count += len(part[fields[0]])
    for name in fields:
        target: Any = None
        row = 0
        for path in parts:
            with np.load(path, allow_pickle=False) as part:
                values = part[name]
            if target is None:
                shape = (count, *values.shape[1:])
                target = np.lib.format.open_memmap(folder / f"{name}.npy", "w+", values.dtype, shape)
                _reserve(folder / f"{name}.npy")
            target[row : row + len(values)] = values
            row += len(values)
            digest.update(values.tobytes())
        target.flush()
    text = json.dumps({"job": about, "sha256": digest.hexdigest()})
    (folder / _ABOUT_FILE).write_text(text, encoding="utf-8")
    for path in parts:
        path.unlink()
    return digest.hexdigest()
