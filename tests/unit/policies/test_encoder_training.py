"""Training, export and inference of the encoder, with a tiny one on a few real pictures."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from robomatrix_py.contracts.errors import ConfigError, DataError
from robomatrix_py.policies.clip.config import EncoderSize, EncoderTraining
from robomatrix_py.policies.clip.crops import CROP_PX
from robomatrix_py.policies.clip.inference import IMAGE_GRAPH, MANIFEST_FILE, ClipEncoder
from robomatrix_py.policies.clip.pictures import Cutouts, Pictures, load_cutouts, load_pictures
from robomatrix_py.policies.clip.things import FIXTURE_WORDS
from robomatrix_py.training.picture_store import PictureJob, make_pictures
from robomatrix_py.training.splits import SEEN_COMBINATIONS

torch = pytest.importorskip("torch", reason="the extra `train` is not installed")
from robomatrix_py.policies.clip.export import export_encoder  # noqa: E402
from robomatrix_py.policies.clip.model import normalised  # noqa: E402
from robomatrix_py.policies.clip.training import CHECKPOINT_FILE, EncoderTrainer  # noqa: E402

pytestmark = pytest.mark.gl
TINY = EncoderTraining(steps=6, batch=4, crops=2, size=EncoderSize((8, 8, 8), (1, 1, 1), 16, 1))
TAUGHT = (*(" ".join(pair) for pair in SEEN_COMBINATIONS), *FIXTURE_WORDS)
VIEWS = {"front_camera": (64, 32)}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pictures")
    make_pictures(folder, PictureJob(1, 7, SEEN_COMBINATIONS), 1, lambda _done: None)
    return folder


@pytest.fixture(scope="module")
def pictures(folder: Path) -> Pictures:
    return load_pictures(folder)


@pytest.fixture(scope="module")
def cutouts(tmp_path_factory: pytest.TempPathFactory) -> Cutouts:
    folder = tmp_path_factory.mktemp("cutouts")
    make_pictures(folder, PictureJob(1, 7, SEEN_COMBINATIONS, "cutouts"), 1, lambda _done: None)
    return load_cutouts(folder)


def train(pictures: Pictures, cutouts: Cutouts, folder: Path, config: EncoderTraining = TINY) -> EncoderTrainer:
    trainer = EncoderTrainer(pictures, cutouts, config, TAUGHT, folder)
    trainer.run(lambda _step, _losses: None)
    return trainer


@pytest.fixture(scope="module")
def trained(pictures: Pictures, cutouts: Cutouts, tmp_path_factory: pytest.TempPathFactory) -> EncoderTrainer:
    return train(pictures, cutouts, tmp_path_factory.mktemp("training"))


@pytest.fixture(scope="module")
def exported(trained: EncoderTrainer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("encoder")
    export_encoder(trained.model, trained.vocabulary, VIEWS, {"robomatrix": "test"}, folder)
    return folder


def weights(trainer: EncoderTrainer) -> Any:
    return torch.cat([value.flatten().float() for value in trainer.model.state_dict().values()])


def test_pictures_that_are_there_are_not_drawn_again(folder: Path) -> None:
    stamp = (folder / "color.npy").stat().st_mtime_ns
    first = make_pictures(folder, PictureJob(1, 7, SEEN_COMBINATIONS), 1, lambda _done: None)
    assert (folder / "color.npy").stat().st_mtime_ns == stamp
    assert first == make_pictures(folder, PictureJob(1, 7, SEEN_COMBINATIONS), 1, lambda _done: None)


def test_folder_with_pictures_of_another_job_is_refused(folder: Path) -> None:
    with pytest.raises(DataError, match="pictures of another job"):
        make_pictures(folder, PictureJob(1, 8, SEEN_COMBINATIONS), 1, lambda _done: None)


def test_folder_without_pictures_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no pictures"):
        load_pictures(tmp_path)


def test_same_seed_gives_the_same_weights(
    pictures: Pictures, cutouts: Cutouts, trained: EncoderTrainer, tmp_path: Path
) -> None:
    assert torch.equal(weights(train(pictures, cutouts, tmp_path)), weights(trained))


def test_another_seed_gives_other_weights(
    pictures: Pictures, cutouts: Cutouts, trained: EncoderTrainer, tmp_path: Path
) -> None:
    assert not torch.equal(weights(train(pictures, cutouts, tmp_path, replace(TINY, seed=1))), weights(trained))


def test_training_that_was_cut_off_ends_with_the_same_weights(
    pictures: Pictures, cutouts: Cutouts, trained: EncoderTrainer, tmp_path: Path
) -> None:
    """As after kill -9: nothing is left of the first process but its last checkpoint."""

    class Killed(Exception):
        pass

    def kill(step: int, _losses: object) -> None:
        if step == 3:
            raise Killed

    first = EncoderTrainer(pictures, cutouts, replace(TINY, checkpoint_every_s=0.0), TAUGHT, tmp_path)
    with pytest.raises(Killed):
        first.run(kill, report_every=1)
    again = EncoderTrainer(pictures, cutouts, TINY, TAUGHT, tmp_path)
    assert again.step == 2
    again.run(lambda _step, _losses: None)
    assert torch.equal(weights(again), weights(trained))


def test_checkpoint_of_another_configuration_is_refused(pictures: Pictures, cutouts: Cutouts, tmp_path: Path) -> None:
    train(pictures, cutouts, tmp_path, replace(TINY, steps=1))
    with pytest.raises(ConfigError, match="checkpoint is of another configuration"):
        EncoderTrainer(pictures, cutouts, TINY, TAUGHT, tmp_path)


def test_damaged_checkpoint_is_refused(pictures: Pictures, cutouts: Cutouts, tmp_path: Path) -> None:
    train(pictures, cutouts, tmp_path, replace(TINY, steps=1))
    path = tmp_path / CHECKPOINT_FILE
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(DataError, match="cannot be read"):
        EncoderTrainer(pictures, cutouts, replace(TINY, steps=1), TAUGHT, tmp_path)


def test_exported_graphs_say_what_the_model_says(trained: EncoderTrainer, exported: Path) -> None:
    encoder = ClipEncoder(exported)
    image = np.random.default_rng(0).integers(0, 255, (32, 64, 3), dtype=np.uint8)
    patches = encoder.see("front_camera", image)
    with torch.no_grad():
        _, embedding, _ = trained.model.eval().patches(normalised(torch.from_numpy(image[None])))
        tokens = torch.from_numpy(trained.vocabulary.encode(["red cube"]))
        text = trained.model.texts(tokens)[0].numpy()
    # Weights are kept in 16 bits.
    np.testing.assert_allclose(patches.embedding, embedding[0].permute(1, 2, 0).numpy(), atol=0.02)
    np.testing.assert_allclose(np.linalg.norm(patches.embedding, axis=-1), 1.0, atol=1e-3)
    assert patches.offset_m.shape == (8, 16, 3)
    assert encoder.read(("red cube",))[0] @ text > 0.5
    crops = np.random.default_rng(1).integers(0, 255, (3, CROP_PX, CROP_PX, 3), dtype=np.uint8)
    with torch.no_grad():
        named = trained.model.crops(normalised(torch.from_numpy(crops))).numpy()
    np.testing.assert_allclose(encoder.name_cutouts(crops), named, atol=0.02)


def test_picture_of_another_size_is_seen_in_the_right_one(exported: Path) -> None:
    image = np.zeros((64, 128, 3), dtype=np.uint8)
    assert ClipEncoder(exported).see("front_camera", image).embedding.shape[:2] == (8, 16)


@pytest.mark.parametrize("shape", [(32, 64), (32, 64, 4)])
def test_picture_that_is_no_rgb_is_refused(exported: Path, shape: tuple[int, ...]) -> None:
    with pytest.raises(ConfigError, match=r"permitted: uint8 \(H, W, 3\)"):
        ClipEncoder(exported).see("front_camera", np.zeros(shape, dtype=np.uint8))


def test_camera_that_it_was_not_exported_for_is_refused(exported: Path) -> None:
    with pytest.raises(ConfigError, match=r"no view of camera 'ceiling'; permitted: front_camera"):
        ClipEncoder(exported).see("ceiling", np.zeros((32, 64, 3), dtype=np.uint8))


@pytest.mark.parametrize("name", [IMAGE_GRAPH, "image.bin", "text.bin", "vocabulary.json"])
def test_file_that_is_not_the_one_of_the_manifest_is_refused(exported: Path, tmp_path: Path, name: str) -> None:
    for path in exported.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / name).write_bytes((tmp_path / name).read_bytes() + b" ")
    with pytest.raises(ConfigError, match=f"{name} is not the file that the manifest names"):
        ClipEncoder(tmp_path)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"kind": "encoder"}'])
def test_damaged_manifest_is_refused(exported: Path, tmp_path: Path, content: str) -> None:
    for path in exported.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / MANIFEST_FILE).write_text(content, encoding="utf-8")
    with pytest.raises(ConfigError, match="no encoder"):
        ClipEncoder(tmp_path)


def test_manifest_names_hash_of_every_file(exported: Path) -> None:
    manifest = json.loads((exported / MANIFEST_FILE).read_text(encoding="utf-8"))
    files = {path.name for path in exported.iterdir()} - {MANIFEST_FILE}
    assert set(manifest["sha256"]) == files
    for name, wanted in manifest["sha256"].items():
        assert hashlib.sha256((exported / name).read_bytes()).hexdigest() == wanted
    assert not any(path.suffix in (".pt", ".pth", ".pkl", ".pickle") for path in exported.iterdir())
