"""An encoder on pretrained towers: a small real open_clip model whose random weights are read from files."""

from __future__ import annotations

import json
import pickle
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from robomatrix_py.contracts.errors import ConfigError, EnvironmentFault, SecurityRefusal
from robomatrix_py.policies.clip.config import EncoderSize, EncoderTraining, PretrainedTowers
from robomatrix_py.policies.clip.inference import MANIFEST_FILE, WEIGHTS_FILE, ClipEncoder
from robomatrix_py.policies.clip.pictures import Pictures, load_pictures
from robomatrix_py.policies.clip.text import PHOTO_TEMPLATES
from robomatrix_py.policies.clip.things import FIXTURE_WORDS
from robomatrix_py.settings.settings import resolve_training
from robomatrix_py.training.config import EncoderJob
from robomatrix_py.training.picture_store import PictureJob, make_pictures
from robomatrix_py.training.splits import SEEN_COMBINATIONS

torch = pytest.importorskip("torch", reason="the extra `train` is not installed")
from safetensors.torch import load_file, save_file  # noqa: E402

from robomatrix_py.policies.clip.export import export_encoder  # noqa: E402
from robomatrix_py.policies.clip.library import open_clip  # noqa: E402
from robomatrix_py.policies.clip.pretrained import PretrainedClip, Towers, load_towers  # noqa: E402
from robomatrix_py.policies.clip.training import CHECKPOINT_FILE, EncoderTrainer  # noqa: E402

pytestmark = pytest.mark.gl
NAME = "robomatrix-test"
EDGE_PX, EMBEDDING = 48, 32
ARCHITECTURE = {
    "embed_dim": EMBEDDING,
    "vision_cfg": {"image_size": EDGE_PX, "layers": 1, "width": 64, "head_width": 32, "patch_size": 16},
    "text_cfg": {"context_length": 77, "vocab_size": 49408, "width": 32, "heads": 2, "layers": 1},
}
SIZE = EncoderSize((8, 8, 8), (1, 1, 1))
SHORT = EncoderTraining(steps=4, batch=4, size=SIZE)
TAUGHT = (*(" ".join(pair) for pair in SEEN_COMBINATIONS), *FIXTURE_WORDS)
VIEWS = {"front_camera": (64, 32), "test": (128, 128)}


class Bomb:
    """Would write a file where it is unpickled."""

    def __init__(self, target: Path) -> None:
        self._target = target

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.write_text, (self._target, "run")


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a file with weights of the architecture, which open_clip knows from then on."""
    folder = tmp_path_factory.mktemp("pretrained")
    (folder / f"{NAME}.json").write_text(json.dumps(ARCHITECTURE), encoding="utf-8")
    open_clip.add_model_config(folder / f"{NAME}.json")
    torch.manual_seed(3)
    path = folder / "weights.safetensors"
    save_file(open_clip.create_model(NAME).state_dict(), path)
    return path


@pytest.fixture(scope="module")
def towers(weights: Path) -> Towers:
    return load_towers(PretrainedTowers(NAME, str(weights)))


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Pictures:
    folder = tmp_path_factory.mktemp("pictures")
    make_pictures(folder, PictureJob(1, 7, SEEN_COMBINATIONS), 1, lambda _done: None)
    return load_pictures(folder)


def train(pictures: Pictures, towers: Towers, folder: Path, config: EncoderTraining = SHORT) -> EncoderTrainer:
    trainer = EncoderTrainer(pictures, None, config, TAUGHT, folder, towers)
    trainer.run(lambda _step, _losses: None)
    return trainer


@pytest.fixture(scope="module")
def trained(pictures: Pictures, towers: Towers, tmp_path_factory: pytest.TempPathFactory) -> EncoderTrainer:
    return train(pictures, towers, tmp_path_factory.mktemp("training"))


@pytest.fixture(scope="module")
def exported(trained: EncoderTrainer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("encoder")
    export_encoder(trained.model, trained.vocabulary, VIEWS, {"robomatrix": "test"}, folder)
    return folder


def test_only_the_patch_tower_learns(trained: EncoderTrainer, weights: Path) -> None:
    """Its checkpoint does not repeat the frozen towers either."""
    frozen = trained.model.clip.state_dict()
    assert all(torch.equal(frozen[name], value) for name, value in load_file(weights).items())
    torch.manual_seed(SHORT.seed)
    fresh = PretrainedClip(trained._towers, SIZE).dense.state_dict()
    learned = trained.model.dense.state_dict()
    assert all(not torch.equal(learned[name], fresh[name]) for name in learned if name.endswith(".weight"))
    kept = load_file(trained._folder / CHECKPOINT_FILE)
    assert {name for name in kept if name.startswith("model.")} == {f"model.{name}" for name in learned}


def test_patches_come_nearer_to_the_texts_of_what_they_show(pictures: Pictures, towers: Towers, tmp_path: Path) -> None:
    losses: list[float] = []
    config = replace(SHORT, steps=40, learning_rate=5e-3, warm_up_steps=5)
    trainer = EncoderTrainer(pictures, None, config, TAUGHT, tmp_path, towers)
    trainer.run(lambda _step, values: losses.append(values["thing"] + values["background"]), report_every=10)
    assert losses[-1] < 0.8 * losses[0]


def test_training_goes_on_and_refuses_other_weights(
    pictures: Pictures, towers: Towers, trained: EncoderTrainer, tmp_path: Path
) -> None:
    train(pictures, towers, tmp_path, replace(SHORT, steps=4))
    again = EncoderTrainer(pictures, None, SHORT, TAUGHT, tmp_path, towers)
    assert again.step == 4
    assert torch.equal(again.model.dense.projection.weight, trained.model.dense.projection.weight)
    with pytest.raises(ConfigError, match="checkpoint is of another configuration"):
        EncoderTrainer(pictures, None, SHORT, TAUGHT, tmp_path, replace(towers, sha256="0" * 64))


def test_exported_graphs_say_what_open_clip_says(exported: Path, weights: Path) -> None:
    """Texts through open_clip's tokenizer, cutouts through its own transform."""
    from PIL import Image

    clip, _, transform = open_clip.create_model_and_transforms(NAME, str(weights))
    clip.eval()
    encoder = ClipEncoder(exported)
    names = ("red cube", "purple elephant", "Dad's café")
    crops = np.random.default_rng(1).integers(0, 255, (3, EDGE_PX, EDGE_PX, 3), dtype=np.uint8)
    with torch.no_grad():
        tokens = [open_clip.get_tokenizer(NAME)([form.format(name) for name in names]) for form in PHOTO_TEMPLATES]
        texts = torch.stack([clip.encode_text(one, normalize=True) for one in tokens]).mean(0)
        texts = torch.nn.functional.normalize(texts, dim=-1).numpy()
        images = torch.stack([transform(Image.fromarray(crop)) for crop in crops])
        named = clip.encode_image(images, normalize=True).numpy()
        image = np.random.default_rng(0).integers(0, 255, (32, 64, 3), dtype=np.uint8)
    np.testing.assert_allclose(encoder.read(names), texts, atol=0.02)
    np.testing.assert_allclose(encoder.name_cutouts(crops), named, atol=0.02)
    assert encoder.scale == pytest.approx(float(clip.logit_scale.exp()))
    patches = encoder.see("front_camera", image)
    assert patches.embedding.shape == (8, 16, EMBEDDING)
    np.testing.assert_allclose(np.linalg.norm(patches.embedding, axis=-1), 1.0, atol=1e-3)
    assert encoder.name(image, np.array([[10.0, 10.0, 6.0], [40.0, 20.0, 9.0]])).shape == (2, EMBEDDING)


def test_manifest_says_what_differs(exported: Path) -> None:
    manifest = json.loads((exported / MANIFEST_FILE).read_text(encoding="utf-8"))
    assert (manifest["embedding"], manifest["crop_px"]) == (EMBEDDING, EDGE_PX)
    assert manifest["crop_interpolation"] == "bicubic"
    assert manifest["templates"] == list(PHOTO_TEMPLATES)
    # The frozen towers are in the graphs alone.
    assert not any(name.startswith("clip.") for name in load_file(exported / WEIGHTS_FILE))


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("crop_px", 40, "crop_px is 40; permitted: what the crop graph takes"),
        ("crop_interpolation", "magic", "crop_interpolation is magic; permitted: bilinear, bicubic"),
        ("templates", 3, "no encoder"),
    ],
)
def test_manifest_that_does_not_fit_its_graphs_is_refused(
    exported: Path, tmp_path: Path, key: str, value: object, message: str
) -> None:
    for path in exported.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    manifest = json.loads((tmp_path / MANIFEST_FILE).read_text(encoding="utf-8"))
    (tmp_path / MANIFEST_FILE).write_text(json.dumps(manifest | {key: value}), encoding="utf-8")
    with pytest.raises(ConfigError, match=message):
        ClipEncoder(tmp_path)


def test_encoder_runs_without_torch_and_open_clip(exported: Path) -> None:
    import subprocess
    import sys

    code = (
        "import sys\nfor name in ('torch', 'open_clip', 'tokenizers', 'ftfy', 'regex'): sys.modules[name] = None\n"
        "from pathlib import Path\nfrom robomatrix_py.policies.clip.inference import ClipEncoder\n"
        f"print(ClipEncoder(Path({str(exported)!r})).read(('a green dinosaur',)).shape)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.strip() == f"(1, {EMBEDDING})", done.stderr


@pytest.mark.parametrize("suffix", [".pt", ".bin"])
def test_torch_files_of_tensors_alone_are_read(weights: Path, towers: Towers, tmp_path: Path, suffix: str) -> None:
    """Also as trainers leave them: below `state_dict`, with the prefix of distributed training."""
    path = tmp_path / f"weights{suffix}"
    torch.save({"state_dict": {f"module.{name}": value for name, value in load_file(weights).items()}}, path)
    assert load_towers(PretrainedTowers(NAME, str(path))).sha256 == towers.sha256


def test_folder_with_its_own_configuration_is_read(weights: Path, towers: Towers, tmp_path: Path) -> None:
    about = {"model_cfg": ARCHITECTURE, "preprocess_cfg": {"mean": [0, 0, 0], "std": [1, 1, 1]}}
    (tmp_path / "open_clip_config.json").write_text(json.dumps(about), encoding="utf-8")
    (tmp_path / "open_clip_model.safetensors").write_bytes(weights.read_bytes())
    read = load_towers(PretrainedTowers(f"local-dir:{tmp_path}"))
    assert read.sha256 == towers.sha256
    assert read.cutout.mean == (0.0, 0.0, 0.0)
    (tmp_path / "open_clip_model.bin").write_bytes(b"")
    with pytest.raises(ConfigError, match=r"open_clip_model.bin.*permitted: open_clip_config.json and weights as safe"):
        load_towers(PretrainedTowers(f"local-dir:{tmp_path}"))


@pytest.mark.usefixtures("weights")
def test_pickle_is_refused_and_not_run(tmp_path: Path) -> None:
    target = tmp_path / "proof"
    for path, save in ((tmp_path / "a.pt", torch.save), (tmp_path / "b.bin", _plain_pickle)):
        save({"state_dict": Bomb(target)}, path)
        with pytest.raises(SecurityRefusal, match="pickle that could run code"):
            load_towers(PretrainedTowers(NAME, str(path)))
    assert not target.exists()


def _plain_pickle(value: object, path: Path) -> None:
    path.write_bytes(pickle.dumps(value))


@pytest.mark.parametrize("suffix", [".safetensors", ".pt"])
@pytest.mark.parametrize("kept", [0, 5, 0.5])
def test_truncated_weights_are_refused(weights: Path, tmp_path: Path, suffix: str, kept: float) -> None:
    path = tmp_path / f"cut{suffix}"
    if suffix == ".pt":
        torch.save(load_file(weights), path)
    else:
        path.write_bytes(weights.read_bytes())
    whole = path.read_bytes()
    path.write_bytes(whole[: int(kept if kept >= 1 else kept * len(whole))])
    with pytest.raises((ConfigError, SecurityRefusal), match=r"cut off|could run code"):
        load_towers(PretrainedTowers(NAME, str(path)))


def test_weights_of_another_architecture_are_refused(weights: Path) -> None:
    with pytest.raises(ConfigError, match=r"do not fit RN50-quickgelu.*set encoder.model to the architecture"):
        load_towers(PretrainedTowers("RN50-quickgelu", str(weights)))


@pytest.mark.parametrize(
    ("model", "pretrained", "message"),
    [
        ("ViT-Z-99", "x", r"unknown architecture 'ViT-Z-99'; permitted: .*ViT-B-32"),
        ("ViT-B-32", "no/such/file", r"neither a file nor known weights of ViT-B-32; permitted: a file, .*laion2b"),
        ("ViT-B-16-SigLIP", "webli", r"a vocabulary that open_clip does not bring with it"),
        ("roberta-ViT-B-32", "laion2b_s12b_b32k", r"a vocabulary that open_clip does not bring with it"),
        ("ViT-B-32", "openai", r"another activation than ViT-B-32 has; permitted: ViT-B-32-quickgelu"),
        ("local-dir:/no/such/folder", "", r"holds no weights; permitted: open_clip_config.json"),
    ],
)
def test_model_that_cannot_be_had_is_refused(model: str, pretrained: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        load_towers(PretrainedTowers(model, pretrained))


def test_unknown_kind_of_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "weights.onnx").write_bytes(b"x")
    with pytest.raises(ConfigError, match=r"unknown kind of file '.onnx'; permitted: .safetensors, .pt"):
        load_towers(PretrainedTowers(NAME, str(tmp_path / "weights.onnx")))


@pytest.mark.parametrize(("model", "pretrained"), [("ViT-B-32", "laion2b_s34b_b79k"), ("hf-hub:robomatrix/none", "")])
def test_weights_that_need_the_network_say_so(
    model: str, pretrained: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import huggingface_hub.constants

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(EnvironmentFault, match=r"cannot be fetched.*set encoder.pretrained to its path"):
        load_towers(PretrainedTowers(model, pretrained))


def test_pretrained_towers_are_chosen_by_settings_only() -> None:
    assert resolve_training("encoder", [], EncoderJob).encoder == PretrainedTowers()
    job = resolve_training("encoder", ["encoder.model=RN50", "encoder.pretrained=rn50.safetensors"], EncoderJob)
    assert job.encoder == PretrainedTowers("RN50", "rn50.safetensors")


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["encoder.model=RN50"], "pretrained is empty where model is 'RN50'; permitted: a file"),
        (["encoder.pretrained=openai"], "permitted: with an architecture only"),
        (["encoder.model=hf-hub:a/b", "encoder.pretrained=c"], "permitted: with an architecture only"),
        (["+encoder.weights=x"], "unknown key"),
    ],
)
def test_settings_that_do_not_fit_each_other_are_refused(overrides: list[str], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        resolve_training("encoder", overrides, EncoderJob)
