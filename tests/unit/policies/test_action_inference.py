"""The exported action model: what it says, and what of it is refused."""

from __future__ import annotations

import hashlib
import json
import pickle
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from action_frames import reaching_frames

from robomatrix_py.contracts.errors import ConfigError, DataError, RobomatrixError, SecurityRefusal
from robomatrix_py.contracts.geometry import Pose
from robomatrix_py.contracts.patches import CameraView
from robomatrix_py.contracts.policy import AIM, CHUNK_DT_S, CHUNK_STEPS, SKILLS, Glance, Goal, PolicyChunk, ToolState
from robomatrix_py.policies.action.aims import NUMBERS
from robomatrix_py.policies.action.config import ActionSize
from robomatrix_py.policies.action.inference import NOISE_SHAPE, ActionGraph, LearnedPolicy
from robomatrix_py.policies.action.loading import load_manifest
from robomatrix_py.policies.action.manifest import (
    FILES,
    GRAPH_FILE,
    GRAPH_WEIGHTS_FILE,
    MANIFEST_FILE,
    WEIGHTS_FILE,
    note_measured,
)
from robomatrix_py.policies.action.normaliser import fit_normaliser
from robomatrix_py.policies.action.observation import CAMERAS, NAMES
from robomatrix_py.policies.clip.inference import ClipEncoder
from robomatrix_py.settings.robots import load_robot

torch = pytest.importorskip("torch", reason="the extra `train` is not installed")
from robomatrix_py.policies.action.export import export_action_model  # noqa: E402
from robomatrix_py.policies.action.model import ActionModel  # noqa: E402

ROBOT = load_robot("ur5e")
ENCODER_SHA256 = "e" * 64
STEPS = 4
ABOUT = {
    "cameras": {"front_camera": [64, 48], "wrist_camera": [64, 48]},
    "skills": [skill for skill in SKILLS if skill != "press"],
    "encoder_sha256": ENCODER_SHA256,
    "data_sha256": "d" * 64,
    "data": "frames of a test",
    "training": {},
    "held_out": {},
    "measured": {},
    "robomatrix": "test",
    "commit": None,
}
GOAL = Goal("grasp", ("red cube",))


@pytest.fixture(scope="module")
def model() -> ActionModel:
    """A model with random weights everywhere, also where training begins with zeros."""
    torch.manual_seed(0)
    frames = reaching_frames(300)
    normalisers = (fit_normaliser(frames.features), fit_normaliser(frames.aims[frames.mask]))
    model = ActionModel(ActionSize(width=32, condition=16, blocks=2), *normalisers)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.05 * torch.randn(parameter.shape))
    return model.eval()


@pytest.fixture(scope="module")
def exported(model: ActionModel, tmp_path_factory: pytest.TempPathFactory) -> Path:
    frames = reaching_frames(300)
    normalisers = (fit_normaliser(frames.features), fit_normaliser(frames.aims[frames.mask]))
    folder = tmp_path_factory.mktemp("action")
    export_action_model(model, normalisers, STEPS, ROBOT, ABOUT, folder)
    return folder


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> ClipEncoder:
    """An encoder that has learned nothing: it sees and reads all the same."""
    from robomatrix_py.policies.clip.captions import make_vocabulary
    from robomatrix_py.policies.clip.config import EncoderSize
    from robomatrix_py.policies.clip.export import export_encoder
    from robomatrix_py.policies.clip.model import DenseClip

    torch.manual_seed(0)
    vocabulary = make_vocabulary()
    folder = tmp_path_factory.mktemp("encoder")
    views = dict.fromkeys(CAMERAS, (64, 48))
    export_encoder(DenseClip(vocabulary.size, EncoderSize((8, 8, 8), (1, 1, 1), 16, 1)), vocabulary, views, {}, folder)
    return ClipEncoder(folder)


@pytest.fixture
def copy(exported: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(exported, tmp_path / "model"))


def glance(encoder: ClipEncoder, now_s: float = 10.0, force_n: float = 0.0) -> Glance:
    rng = np.random.default_rng(int(10 * now_s))
    views = []
    for camera in CAMERAS:
        color = rng.integers(0, 255, (48, 64, 3), dtype=np.uint8)
        depth = rng.uniform(0.4, 0.9, (48, 64))
        views.append(CameraView(camera, color, depth, (60.0, 60.0, 32.0, 24.0), Pose(np.array([0.5, 0.0, 0.8]), DOWN)))
    tool = ToolState(
        commanded_xyz_m=np.array([0.4, 0.1, 0.2]),
        commanded_yaw_rad=0.3,
        velocity_m_s=np.zeros(3),
        measured_xyz_m=np.array([0.4, 0.1, 0.2]),
        opening_commanded=1.0,
        opening=1.0,
        opening_speed_per_s=0.0,
        force_n=force_n,
    )
    patches = {view.camera: encoder.see(view.camera, view.color) for view in views}
    return Glance(views, patches, (None,), tool, now_s, now_s - 10.0)


DOWN = np.array([1.0, 0.0, 0.0, 0.0])


def chunks(policy: LearnedPolicy, encoder: ClipEncoder, count: int = 3) -> list[PolicyChunk]:
    policy.start(GOAL)
    return [policy.act(glance(encoder, 10.0 + CHUNK_DT_S * index)) for index in range(count)]


def test_exported_graph_says_what_the_model_says(model: ActionModel, exported: Path) -> None:
    graph, rng = ActionGraph(exported), np.random.default_rng(0)
    for observation in reaching_frames(20, seed=3).features:
        noise = rng.standard_normal(NOISE_SHAPE, dtype=np.float32)
        with torch.no_grad():
            aims, progress, done = model.sample(*(torch.from_numpy(x[None]) for x in (observation, noise)), STEPS)
        found = graph(observation, noise)
        # Weights are kept in 16 bits.
        np.testing.assert_allclose(found[0], aims[0].numpy(), atol=0.01)
        assert found[1:] == pytest.approx((float(progress[0]), float(done[0])), abs=2e-3)


def test_weights_that_are_kept_are_those_of_the_model(model: ActionModel, exported: Path) -> None:
    from safetensors.torch import load_file

    kept = load_file(exported / WEIGHTS_FILE)
    assert set(kept) == set(model.state_dict())
    for name, value in model.state_dict().items():
        torch.testing.assert_close(kept[name].float(), value, atol=1e-3, rtol=1e-3)


def test_manifest_says_all_that_serving_needs(exported: Path, model: ActionModel) -> None:
    values = json.loads((exported / MANIFEST_FILE).read_text(encoding="utf-8"))
    assert values["observation"]["names"] == list(NAMES)
    assert values["aims"]["columns"] == list(NUMBERS)
    assert values["aims"]["steps"] == CHUNK_STEPS
    assert len(values["aims"]["units"]) == len(NUMBERS)
    np.testing.assert_array_equal(np.float32(values["observation"]["mean"]), model.observation_mean.numpy())
    np.testing.assert_array_equal(np.float32(values["aims"]["spread"]), model.aim_spread.numpy())
    assert values["robot"]["joints"] == list(ROBOT.joint_names)
    assert values["license"] == "Apache-2.0"
    assert set(values["sha256"]) == set(FILES) == {path.name for path in exported.iterdir()} - {MANIFEST_FILE}


def test_chunk_is_about_the_tool_it_was_asked_for(exported: Path, encoder: ClipEncoder) -> None:
    policy = LearnedPolicy(exported, encoder, ENCODER_SHA256, ROBOT)
    for chunk in chunks(policy, encoder):
        assert chunk.aims.shape == (CHUNK_STEPS, len(AIM))
        assert np.isfinite(chunk.aims).all()
        assert ((chunk.aims[:, 4:] >= 0) & (chunk.aims[:, 4:] <= 1)).all()
        assert 0 <= chunk.progress <= 1
        assert 0 <= chunk.done <= 1
        assert 0 <= chunk.seen <= 1


def test_equal_starts_give_equal_chunks_after_a_restart_of_the_process(exported: Path, encoder: ClipEncoder) -> None:
    first, second = (chunks(LearnedPolicy(exported, encoder, ENCODER_SHA256, ROBOT, seed=4), encoder) for _ in range(2))
    for one, other in zip(first, second, strict=True):
        np.testing.assert_array_equal(one.aims, other.aims)
        assert (one.progress, one.done, one.seen) == (other.progress, other.done, other.seen)


def test_another_seed_gives_other_chunks(exported: Path, encoder: ClipEncoder) -> None:
    first, second = (chunks(LearnedPolicy(exported, encoder, ENCODER_SHA256, ROBOT, seed=s), encoder) for s in (0, 1))
    assert not np.array_equal(first[0].aims, second[0].aims)


def test_progress_is_remembered_within_a_skill_and_forgotten_after(exported: Path, encoder: ClipEncoder) -> None:
    policy = LearnedPolicy(exported, encoder, ENCODER_SHA256, ROBOT)
    policy.start(GOAL)
    said = [policy.act(glance(encoder)).progress for _ in range(3)]
    # The sight is the same: what differs is what it said before.
    assert said[0] != said[1]
    policy.start(GOAL)
    assert policy.act(glance(encoder)).progress == said[0]


def test_sight_that_is_not_finite_is_refused_and_not_remembered(exported: Path, encoder: ClipEncoder) -> None:
    policy = LearnedPolicy(exported, encoder, ENCODER_SHA256, ROBOT)
    policy.start(GOAL)
    with pytest.raises(DataError, match=r"observation: not finite: tool\.force"):
        policy.act(glance(encoder, force_n=float("nan")))
    assert np.isfinite(policy.act(glance(encoder)).aims).all()


def test_skill_that_it_was_not_trained_for_is_refused(exported: Path, encoder: ClipEncoder) -> None:
    with pytest.raises(ConfigError, match="not trained for skill 'press'; permitted: move_to, grasp"):
        LearnedPolicy(exported, encoder, ENCODER_SHA256, ROBOT).start(Goal("press", ("button",)))


def test_words_that_the_encoder_was_never_taught_are_refused(exported: Path, encoder: ClipEncoder) -> None:
    with pytest.raises(ConfigError, match="unknown words elephant"):
        LearnedPolicy(exported, encoder, ENCODER_SHA256, ROBOT).start(Goal("grasp", ("purple elephant",)))


def test_inference_imports_no_torch(exported: Path) -> None:
    code = (
        "import sys; from pathlib import Path; import numpy as np\n"
        "from robomatrix_py.policies.action.inference import NOISE_SHAPE, ActionGraph, LearnedPolicy\n"
        "from robomatrix_py.policies.action.observation import NAMES\n"
        f"graph = ActionGraph(Path({str(exported)!r}))\n"
        "graph(np.zeros(len(NAMES), np.float32), np.zeros(NOISE_SHAPE, np.float32))\n"
        "print([name for name in ('torch', 'accelerate', 'safetensors', 'onnx') if name in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"


def test_measured_success_is_noted_and_still_loads(copy: Path) -> None:
    measured = {"grasp": {"successes": 199, "n": 200, "rate": 0.995, "interval": [0.9723, 0.9991]}}
    before = load_manifest(copy, ROBOT, ENCODER_SHA256).sha256
    note_measured(copy, measured)
    manifest = load_manifest(copy, ROBOT, ENCODER_SHA256)
    assert manifest.values["measured"] == measured
    assert manifest.sha256 != before


Change = Callable[[Path, dict[str, Any]], None]


def truncated(name: str) -> Change:
    def change(folder: Path, _values: dict[str, Any]) -> None:
        path = folder / name
        path.write_bytes(path.read_bytes()[:-64])

    return change


def flipped(name: str) -> Change:
    def change(folder: Path, _values: dict[str, Any]) -> None:
        data = bytearray((folder / name).read_bytes())
        data[len(data) // 2] ^= 1
        (folder / name).write_bytes(data)

    return change


def rewritten(name: str, content: Callable[[bytes], bytes]) -> Change:
    """Change a file and the hash that the manifest has of it, as somebody who means harm would."""

    def change(folder: Path, values: dict[str, Any]) -> None:
        data = content((folder / name).read_bytes())
        (folder / name).write_bytes(data)
        values["sha256"][name] = hashlib.sha256(data).hexdigest()

    return change


def said(path: str, value: Any) -> Change:
    def change(_folder: Path, values: dict[str, Any]) -> None:
        *way, last = path.split(".")
        for key in way:
            values = values[key]
        values[last] = value

    return change


def unsaid(path: str) -> Change:
    def change(_folder: Path, values: dict[str, Any]) -> None:
        *way, last = path.split(".")
        for key in way:
            values = values[key]
        del values[last]

    return change


def extra_file(name: str) -> Change:
    def change(folder: Path, _values: dict[str, Any]) -> None:
        (folder / name).write_bytes(pickle.dumps({"weights": [1.0]}))

    return change


def narrower(data: bytes) -> bytes:
    """Return weights that say they are for one number less."""
    return data.replace(f"[{len(NAMES)}]".encode(), f"[{len(NAMES) - 1}]".encode())


def zipped(_data: bytes) -> bytes:
    return b"PK\x03\x04" + bytes(100)


REFUSED: dict[str, tuple[Change, type[RobomatrixError], str]] = {
    "truncated graph": (truncated(GRAPH_FILE), ConfigError, "CONFIG.HASH"),
    "truncated graph weights": (truncated(GRAPH_WEIGHTS_FILE), ConfigError, "CONFIG.HASH"),
    "truncated weights": (truncated(WEIGHTS_FILE), ConfigError, "CONFIG.HASH"),
    "one bit of the graph": (flipped(GRAPH_FILE), ConfigError, "CONFIG.HASH"),
    "one bit of the weights": (flipped(WEIGHTS_FILE), ConfigError, "CONFIG.HASH"),
    "missing graph": (lambda folder, _: (folder / GRAPH_FILE).unlink(), ConfigError, "CONFIG.DAMAGED"),
    "weights cut, hash adapted": (rewritten(WEIGHTS_FILE, lambda d: d[:-64]), ConfigError, "CONFIG.DAMAGED"),
    "weights empty, hash adapted": (rewritten(WEIGHTS_FILE, lambda _: b""), ConfigError, "CONFIG.DAMAGED"),
    "weights for another observation": (rewritten(WEIGHTS_FILE, narrower), ConfigError, "CONFIG.DIMS"),
    "pickle as weights": (rewritten(WEIGHTS_FILE, pickle.dumps), SecurityRefusal, "SECURITY.PICKLE"),
    "torch archive as weights": (rewritten(WEIGHTS_FILE, zipped), SecurityRefusal, "SECURITY.PICKLE"),
    "pickle beside": (extra_file("weights.pt"), SecurityRefusal, "SECURITY.PICKLE"),
    "pickle beside, in capitals": (extra_file("MODEL.PKL"), SecurityRefusal, "SECURITY.PICKLE"),
    "_target_ at the top": (said("_target_", "os.system"), SecurityRefusal, "SECURITY.TARGET"),
    "_target_ deep inside": (
        said("training.x", [{"y": {"_target_": "os.system", "_args_": ["true"]}}]),
        SecurityRefusal,
        "SECURITY.TARGET",
    ),
    "unknown key": (said("shoe_size", 42), ConfigError, "CONFIG.UNKNOWN_KEY"),
    "unknown key inside": (said("aims.shoe_size", 42), ConfigError, "CONFIG.UNKNOWN_KEY"),
    "unknown file": (said("sha256.more", "0" * 64), ConfigError, "CONFIG.UNKNOWN_KEY"),
    "missing key": (unsaid("license"), ConfigError, "CONFIG.MISSING_KEY"),
    "missing key inside": (unsaid("observation.spread"), ConfigError, "CONFIG.MISSING_KEY"),
    "part that is a list": (said("aims", []), ConfigError, "CONFIG.DAMAGED"),
    "other kind": (said("kind", "encoder"), ConfigError, "CONFIG.KIND"),
    "newer format": (said("format", 2), ConfigError, "CONFIG.KIND"),
    "other robot": (said("robot.name", "xarm6"), ConfigError, "CONFIG.ROBOT"),
    "other joint order": (said("robot.joints", list(ROBOT.joint_names[::-1])), ConfigError, "CONFIG.ROBOT"),
    "camera the robot has not": (
        said("cameras", {"front_camera": [64, 48], "head_camera": [64, 48]}),
        ConfigError,
        "CONFIG.ROBOT",
    ),
    "other encoder": (said("encoder_sha256", "0" * 64), ConfigError, "CONFIG.ENCODER"),
    "other observation": (
        said("observation.names", ["tool.w", *NAMES[1:]]),
        ConfigError,
        "CONFIG.INTERFACE",
    ),
    "observation in another order": (said("observation.names", list(NAMES[::-1])), ConfigError, "CONFIG.INTERFACE"),
    "fewer numbers": (said("observation.names", list(NAMES[:-1])), ConfigError, "CONFIG.INTERFACE"),
    "other action": (said("aims.columns", ["q1", "q2", "q3", "q4", "q5", "q6"]), ConfigError, "CONFIG.INTERFACE"),
    "other units": (said("aims.units", ["mm"] * 6), ConfigError, "CONFIG.INTERFACE"),
    "longer chunks": (said("aims.steps", 32), ConfigError, "CONFIG.INTERFACE"),
    "other period": (said("aims.dt_s", 0.05), ConfigError, "CONFIG.INTERFACE"),
    "normaliser too short": (said("aims.mean", [0.0] * 5), ConfigError, "CONFIG.DIMS"),
    "normaliser not finite": (said("aims.spread", [float("nan")] * 6), ConfigError, "CONFIG.DIMS"),
    "skill that there is not": (said("skills", ["grasp", "juggle"]), ConfigError, "CONFIG.INTERFACE"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_model_that_does_not_fit_is_refused(copy: Path, encoder: ClipEncoder, case: str) -> None:
    change, kind, code = REFUSED[case]
    values = json.loads((copy / MANIFEST_FILE).read_text(encoding="utf-8"))
    change(copy, values)
    (copy / MANIFEST_FILE).write_text(json.dumps(values), encoding="utf-8")
    with pytest.raises(kind) as refusal:
        LearnedPolicy(copy, encoder, ENCODER_SHA256, ROBOT)
    assert refusal.value.code == code
    assert str(copy) in str(refusal.value)


@pytest.mark.parametrize("content", ["", "[]", "{}", "{", "null", '{"kind": "action_model"}', "[" * 100_000])
def test_damaged_manifest_is_refused(copy: Path, content: str) -> None:
    (copy / MANIFEST_FILE).write_text(content, encoding="utf-8")
    with pytest.raises(ConfigError):
        load_manifest(copy, ROBOT, ENCODER_SHA256)


def test_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no manifest"):
        load_manifest(tmp_path / "nowhere", ROBOT, ENCODER_SHA256)


def test_graph_with_other_inputs_is_refused_although_hashes_agree(
    copy: Path, encoder: ClipEncoder, tmp_path: Path
) -> None:
    frames = reaching_frames(50)
    normalisers = (fit_normaliser(frames.features[:, :-1]), fit_normaliser(frames.aims[frames.mask]))
    other = tmp_path / "other"
    export_action_model(ActionModel(ActionSize(16, 8, 1), *normalisers), normalisers, 1, ROBOT, ABOUT, other)
    values = json.loads((copy / MANIFEST_FILE).read_text(encoding="utf-8"))
    for name in (GRAPH_FILE, GRAPH_WEIGHTS_FILE):
        shutil.copy(other / name, copy / name)
        values["sha256"][name] = hashlib.sha256((copy / name).read_bytes()).hexdigest()
    (copy / MANIFEST_FILE).write_text(json.dumps(values), encoding="utf-8")
    with pytest.raises(ConfigError) as refusal:
        LearnedPolicy(copy, encoder, ENCODER_SHA256, ROBOT)
    assert refusal.value.code == "CONFIG.DIMS"
