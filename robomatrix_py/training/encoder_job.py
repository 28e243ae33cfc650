"""`robomatrix train encoder`: draws, trains, exports, measures. Every stage can be interrupted and gone on with."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from robomatrix_py.contracts.errors import EnvironmentFault
from robomatrix_py.contracts.statistics import rate
from robomatrix_py.policies.clip.crops import CROP_PX
from robomatrix_py.policies.clip.inference import ClipEncoder
from robomatrix_py.policies.clip.pictures import Cutouts, load_cutouts, load_pictures
from robomatrix_py.policies.clip.pointing import measure_pointing
from robomatrix_py.policies.clip.things import FIXTURE_WORDS, OBJECT_CAPTIONS
from robomatrix_py.training.config import EncoderJob
from robomatrix_py.training.picture_store import VIEW_SIZES_PX, PictureJob, make_pictures
from robomatrix_py.training.pictures import PICTURE_PX
from robomatrix_py.training.splits import COMBINATIONS, SEEN_COMBINATIONS, UNSEEN_COMBINATIONS

CURVES_FILE = "curves.jsonl"
ENCODER_FOLDER = "encoder"
_TEST_VIEW = "test"
_CUTOUTS_AT_ONCE = 100
_CUTOUTS_TO_LEARN = "cut_train"
_PRETRAINED_LICENSE = "patch tower Apache-2.0; text and crop towers as their makers say"
Say = Callable[[str], None]


def train_encoder(job: EncoderJob, folder: Path, version: str, say: Say) -> Path:
    """Make an encoder from nothing, or a patch tower for pretrained towers.

    Args:
        job: How.
        folder: Takes pictures, checkpoint, curves and the encoder; what is there of the same job is gone on with.
        version: Of this software, for the manifest.
        say: Hears lines for a person.

    Returns:
        Folder of the encoder.

    Raises:
        DataError: The folder holds another job's files or cannot be written.
        ConfigError: The pretrained model is missing, damaged or cannot be used.
        SecurityRefusal: Its weights could run code.
        EnvironmentFault: torch or what else training needs is not installed, or weights cannot be fetched.
    """
    try:
        from robomatrix_py.policies.clip.export import export_encoder
        from robomatrix_py.policies.clip.pretrained import load_towers
        from robomatrix_py.policies.clip.training import EncoderTrainer
    except ImportError as error:
        raise EnvironmentFault(
            f"training cannot start: {error}", remedy="pip install 'robomatrix_py[train]'"
        ) from error
    # Before anything is drawn: what cannot be used is refused at once.
    towers = load_towers(job.encoder) if job.encoder.model else None
    crop_px = towers.cutout.px if towers else CROP_PX
    hashes: dict[str, str] = {}
    for kind, prefix in (("pictures", ""), ("cutouts", "cut_")):
        for name, scenes, first_seed, pairs in (
            ("train", job.scenes, job.first_seed, SEEN_COMBINATIONS),
            ("seen", job.test_scenes, job.seen_seed, SEEN_COMBINATIONS),
            ("unseen", job.test_scenes, job.unseen_seed, COMBINATIONS),
        ):
            if towers and prefix + name == _CUTOUTS_TO_LEARN:
                continue
            what = PictureJob(scenes, first_seed, pairs, kind, crop_px if kind == "cutouts" else CROP_PX)
            hashes[prefix + name] = _pictures(folder, prefix + name, what, job, say)
    taught = (*(_caption(pair) for pair in SEEN_COMBINATIONS), *FIXTURE_WORDS)
    store = folder / "pictures"
    cutouts = None if towers else load_cutouts(store / _CUTOUTS_TO_LEARN)
    trainer = EncoderTrainer(load_pictures(store / "train"), cutouts, job.training, taught, folder, towers)
    trainer.run(_Progress(folder, job.training.steps, trainer.step, say))
    target = folder / ENCODER_FOLDER
    about = {
        "trained_on": "simulated pictures, drawn by robomatrix train encoder",
        "pictures_sha256": hashes["train"],
        "job": asdict(job),
        "robomatrix": version,
    }
    if towers:
        about |= {"license": _PRETRAINED_LICENSE, "pretrained": asdict(job.encoder) | {"sha256": towers.sha256}}
    else:
        about["cutouts_sha256"] = hashes[_CUTOUTS_TO_LEARN]
    views = {**VIEW_SIZES_PX, _TEST_VIEW: (PICTURE_PX, PICTURE_PX)}
    export_encoder(trainer.model, trainer.vocabulary, views, about, target)
    measured = measure_encoder(target, store)
    say(json.dumps(measured))
    export_encoder(trainer.model, trainer.vocabulary, VIEW_SIZES_PX, about | {"measured": measured}, target)
    return target


def measure_encoder(encoder_folder: Path, pictures_folder: Path) -> dict[str, Any]:
    """Return how well an exported encoder points, on pairs of colour and shape that it has seen and not seen.

    Args:
        encoder_folder: With a view named ``test`` of a picture's size.
        pictures_folder: With the folders ``seen`` and ``unseen``, and ``cut_`` before them.
    """
    encoder = ClipEncoder(encoder_folder)
    texts = encoder.read(OBJECT_CAPTIONS)
    asked = {"seen": SEEN_COMBINATIONS, "unseen": tuple(UNSEEN_COMBINATIONS)}
    measured: dict[str, Any] = {}
    for split, pairs in asked.items():
        see = partial(encoder.see, _TEST_VIEW)
        found = measure_pointing(see, texts, load_pictures(pictures_folder / split), {_caption(pair) for pair in pairs})
        measured[split] = {
            "pointing": rate(found.hit, found.asked),
            "naming": rate(found.named, found.asked),
            "center_error_median_mm": round(1e3 * found.center_error_m, 2),
            "naming_cutouts": _naming(encoder, load_cutouts(pictures_folder / f"cut_{split}"), pairs),
        }
    return measured


def _naming(encoder: ClipEncoder, cutouts: Cutouts, pairs: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """Return how often a cutout of one of the pairs is named rightly among all pairs."""
    texts = encoder.read((*OBJECT_CAPTIONS, "background"))
    thing = np.asarray(cutouts.thing)
    asked = np.flatnonzero(np.isin(thing, [OBJECT_CAPTIONS.index(_caption(pair)) for pair in pairs]))
    right = 0
    for begin in range(0, len(asked), _CUTOUTS_AT_ONCE):
        picks = asked[begin : begin + _CUTOUTS_AT_ONCE]
        said = (encoder.name_cutouts(np.asarray(cutouts.color[picks])) @ texts.T).argmax(1)
        right += int((said == thing[picks]).sum())
    return rate(right, len(asked))


class _Progress:
    """Writes curves and says how long it will take."""

    def __init__(self, folder: Path, steps: int, first_step: int, say: Say) -> None:
        self._file = folder / CURVES_FILE
        self._steps = steps
        self._first = first_step
        self._say = say
        self._began_s = time.monotonic()

    def __call__(self, step: int, losses: Mapping[str, float]) -> None:
        """Take in the mean losses up to a step."""
        with self._file.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"step": step, **{name: round(value, 4) for name, value in losses.items()}}) + "\n")
        took_s = time.monotonic() - self._began_s
        left_s = took_s / max(1, step - self._first) * (self._steps - step)
        parts = ", ".join(f"{name} {value:.2f}" for name, value in losses.items())
        self._say(f"step {step} of {self._steps}, {left_s / 60:.0f} min left: {parts}")


def _pictures(folder: Path, name: str, pictures: PictureJob, job: EncoderJob, say: Say) -> str:
    """Draw what is missing and return the hash of all."""
    return make_pictures(
        folder / "pictures" / name,
        pictures,
        job.processes,
        lambda done: say(f"pictures {name}: {done} of {pictures.scenes} scenes"),
    )


def _caption(pair: Sequence[str]) -> str:
    return " ".join(pair)
