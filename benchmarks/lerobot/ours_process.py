"""Our side of the latency benchmark: answers to latency.py. Runs in the project's own environment."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from peer_data import THING_WORDS
from peer_input import state_of, task_numbers
from PIL import Image
from pipe import Message, to_parent
from stopwatch import time_calls

from robomatrix_py.contracts.patches import CameraView
from robomatrix_py.contracts.policy import SKILLS, Glance, Goal, PolicyChunk, ToolState
from robomatrix_py.contracts.robot import RobotDescription
from robomatrix_py.policies.action.inference import NOISE_SHAPE, ActionGraph, LearnedPolicy
from robomatrix_py.policies.action.observation import Observer
from robomatrix_py.policies.clip.inference import IMAGE_GRAPH, ClipEncoder
from robomatrix_py.policies.openvino_runtime import CONFIG
from robomatrix_py.runtime.eyes import Gaze, Sight
from robomatrix_py.runtime.lockstep import SightSource
from robomatrix_py.runtime.lockstep_run import make_rig
from robomatrix_py.runtime.perception import encoder_folder, encoder_sha256, make_perception
from robomatrix_py.settings.settings import Settings, resolve
from robomatrix_py.settings.share import find_model

_LOOK_TICKS = 100
_WARM_UP = 5
_PRECISION = "INFERENCE_PRECISION_HINT"


@dataclass(frozen=True, eq=False)
class Scene:
    """What is looked at.

    Args:
        sight: A sight of a simulated table.
        glance: The same as a policy looks at it.
        goal: To grasp something in it.
        originals: The pictures as large as the cameras make them.
    """

    sight: Sight
    glance: Glance
    goal: Goal
    originals: dict[str, np.ndarray]


def look_at_table(settings: Settings, encoder: ClipEncoder) -> Scene:
    """Return a look at the simulated table, its pictures as large as the encoder sees them."""
    rig = make_rig(settings)
    for _ in range(_LOOK_TICKS):
        rig.tick()
    source = rig.scenes
    if not isinstance(source, SightSource) or source.sight is None:
        raise RuntimeError("the cameras have nothing to show")
    sight = source.sight
    name = next(item.name for item in sight.scene if item.name in rig.world.object_names)
    tool = rig.tool_pose().position_m
    state = ToolState(tool, 0.0, np.zeros(3), tool, 1.0, 1.0, 0.0, 0.0)
    gaze = Gaze()
    gaze.start((name,), sight.taken_s)
    originals = {view.camera: view.color for view in sight.views}
    views = tuple(replace(view, color=_resized(view, encoder)) for view in sight.views)
    sight = replace(sight, views=views)
    gaze.notice(sight)
    glance = gaze.glance(sight, state)
    return Scene(sight, glance, Goal("grasp", (name.replace("_", " "),)), originals)


def _resized(view: CameraView, encoder: ClipEncoder) -> np.ndarray:
    size_px = encoder.views_px[view.camera]
    return np.asarray(Image.fromarray(view.color).resize(size_px, Image.Resampling.BOX))


def random_policy(folder: Path, robot: RobotDescription, encoder: Path) -> None:
    """Write an action model of the shipped size with random weights: they do not change how long it takes."""
    import torch

    from robomatrix_py.policies.action.aims import NUMBERS
    from robomatrix_py.policies.action.config import ActionTraining
    from robomatrix_py.policies.action.export import export_action_model
    from robomatrix_py.policies.action.model import ActionModel
    from robomatrix_py.policies.action.normaliser import Normaliser
    from robomatrix_py.policies.action.observation import NAMES

    torch.manual_seed(0)
    config = ActionTraining()
    normalisers = tuple(
        Normaliser(np.zeros(count, dtype=np.float32), np.ones(count, dtype=np.float32))
        for count in (len(NAMES), len(NUMBERS))
    )
    model = ActionModel(config.size, *normalisers)
    with torch.no_grad():
        for parameter in model.parameters():
            # Where training begins with zeros, too.
            parameter.add_(0.02 * torch.randn(parameter.shape))
    views = json.loads((encoder / "manifest.json").read_text())["views_px"]
    about = {
        "cameras": views,
        "skills": list(SKILLS),
        "encoder_sha256": encoder_sha256(encoder),
        "data_sha256": hashlib.sha256(b"").hexdigest(),
        "data": "none: random weights, to measure time with",
        "training": {},
        "held_out": {},
        "measured": {},
        "robomatrix": "",
        "commit": None,
    }
    export_action_model(model, normalisers, config.sampling_steps, robot, about, folder)


@contextmanager
def computing_in(precision: str) -> Iterator[None]:
    """Have graphs that are compiled meanwhile compute in a precision."""
    usual = CONFIG[_PRECISION]
    CONFIG[_PRECISION] = precision
    try:
        yield
    finally:
        CONFIG[_PRECISION] = usual


class Ours:
    """Encoder and policy, ready to be measured.

    Args:
        model: Folder of a trained action model, or empty for random weights.
        encoder: Folder under policies/ of the encoder, or a path to one elsewhere.
    """

    def __init__(self, model: str, encoder: str) -> None:
        self._settings = resolve(["perception=camera", f"perception.encoder={json.dumps(encoder)}"])
        perception, _, config = make_perception(self._settings)
        folder = self.folder = encoder_folder(config)
        robot = self._settings.load_robot()
        self._runs: dict[str, Callable[[], object]] = {}
        with tempfile.TemporaryDirectory() as scratch:
            if not model:
                random_policy(Path(scratch), robot, folder)
            policy_folder = find_model(model) if model else Path(scratch)
            for precision in ("f32", "bf16"):
                with computing_in(precision):
                    seeing = ClipEncoder(folder)
                    policy = LearnedPolicy(policy_folder, seeing, encoder_sha256(folder), robot)
                if precision == "f32":
                    self.scene = look_at_table(self._settings, seeing)
                    self.manifest, self.encoder = policy.manifest.values, seeing
                    self._graph = ActionGraph(policy_folder)
                policy.start(self.scene.goal)
                self._runs[f"ours {precision}"] = self._whole(seeing, policy)
        self._add_parts(perception)

    def _whole(self, encoder: ClipEncoder, policy: LearnedPolicy) -> Callable[[], PolicyChunk]:
        glance = self.scene.glance

        def run() -> PolicyChunk:
            patches = {view.camera: encoder.see(view.camera, view.color) for view in glance.views}
            return policy.act(replace(glance, patches=patches))

        return run

    def _add_parts(self, perception: object) -> None:
        """Add what the whole consists of, and what goes before it in a robot."""
        scene, encoder = self.scene, self.encoder
        observer = Observer(encoder)
        observer.start(scene.goal)
        by_camera = {view.camera: view for view in scene.glance.views}
        graph, noise = self._graph, np.zeros(NOISE_SHAPE, dtype=np.float32)
        observation = observer.observe(scene.glance, 0.5)
        for camera, view in by_camera.items():
            self._runs[f"part see {camera}"] = lambda c=camera, v=view: encoder.see(c, v.color)
        self._runs["part observe"] = lambda: observer.observe(scene.glance, 0.5)
        self._runs["part aims"] = lambda: graph(observation, noise)
        originals = [replace(by_camera[camera], color=color) for camera, color in scene.originals.items()]
        self._runs["before resize"] = lambda: [_resized(view, encoder) for view in originals]
        now_s = scene.sight.taken_s
        self._runs["before perception"] = lambda: perception.look(originals, now_s, scene.sight.patches)

    def open(self) -> tuple[Message, dict[str, np.ndarray]]:
        """Return what can be measured, how large it is, and what is looked at."""
        for run in self._runs.values():
            for _ in range(_WARM_UP):
                run()
        vision, everything = _numbers(self.folder / IMAGE_GRAPH), int(self.encoder.manifest["parameters"])
        action = int(self.manifest["parameters"])
        views = {view.camera: view.color for view in self.scene.glance.views}
        task = task_numbers(self.scene.goal, sorted(THING_WORDS))
        about = {
            "variants": list(self._runs),
            "parameters": {"vision": vision, "action": action, "all": vision + action, "shipped": everything + action},
            "steps": int(self.manifest["sampling_steps"]),
            "goal": str(self.scene.goal),
        }
        return about, {**views, "state": np.concatenate([state_of(self.scene.glance.tool), task])}

    def measure(self, variant: str, calls: int) -> Message:
        """Return how long calls took, in ms."""
        return time_calls(self._runs[variant], calls)


def _numbers(graph: Path) -> int:
    """Return how many numbers a graph has learned: the text and the crop tower are not used in every chunk."""
    import openvino

    constants = [node for node in openvino.Core().read_model(graph).get_ops() if node.get_type_name() == "Constant"]
    floats = [node for node in constants if node.get_element_type().is_real()]
    return sum(int(np.prod(list(node.get_output_shape(0)))) for node in floats)


def main() -> None:
    """Answer until the other end closes."""
    pipe = to_parent()
    ours = None
    while (received := pipe.receive()) is not None:
        message, _ = received
        match message["do"]:
            case "open":
                ours = Ours(message["model"], message["encoder"])
                pipe.send(*ours.open())
            case "measure" if ours is not None:
                pipe.send(ours.measure(message["variant"], int(message["calls"])))
            case unknown:
                raise ValueError(f"unknown message '{unknown}'")


if __name__ == "__main__":
    main()
