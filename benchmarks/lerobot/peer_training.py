"""Trains LeRobot's DiffusionPolicy for a given time, and serves what was trained. Runs in the LeRobot environment."""

from __future__ import annotations

import json
import math
import sys
import time
from collections import deque
from pathlib import Path
from typing import Any

import numpy as np
import torch
from peer_model import ACTION, CAMERAS, LOOKS, PICTURES, STATE, Looks, Peer, Stats, make_config
from safetensors.torch import load_file, save_file
from torch import Tensor

WEIGHTS_FILE, ABOUT_FILE = "peer.safetensors", "peer.json"
_REPORT_S = 30.0
# Every so many frames are enough for the statistics of pictures.
_SAMPLED = 200
# LeRobot warms up for 500 steps, which may be more than there is time for.
_WARM_UP_SHARE = 0.05

Arrays = dict[str, "np.ndarray[Any, Any]"]


class _Frames:
    """What success.py made of the data set; see peer_data.py."""

    def __init__(self, folder: Path) -> None:
        names = ("state", "actions", "pad", "before", "learned", *CAMERAS)
        arrays = {name: np.load(folder / f"{name}.npy", mmap_mode="r") for name in names}
        self.state, self.actions, self.pad = (np.asarray(arrays[name]) for name in ("state", "actions", "pad"))
        self.before, self.learned = np.asarray(arrays["before"]), np.flatnonzero(arrays["learned"])
        self.pictures = {camera: arrays[camera] for camera in CAMERAS}

    def stats(self) -> Stats:
        """Return by what LeRobot normalises."""
        stats: Stats = {}
        for key, values in ((STATE, self.state), (ACTION, self.actions)):
            flat = values[self.learned].reshape(-1, values.shape[-1])
            stats[key] = {"min": flat.min(0), "max": flat.max(0), "mean": flat.mean(0), "std": flat.std(0)}
        some = self.learned[np.linspace(0, len(self.learned) - 1, min(_SAMPLED, len(self.learned))).astype(int)]
        for camera, pictures in self.pictures.items():
            flat = pictures[some].reshape(-1, 3) / 255.0
            stats[PICTURES + camera] = {
                "min": flat.min(0),
                "max": flat.max(0),
                "mean": flat.mean(0),
                "std": flat.std(0),
            }
        return {
            key: {
                name: torch.from_numpy(np.asarray(value, dtype=np.float32)).reshape(
                    (3, 1, 1) if key.startswith(PICTURES) else (-1,)
                )
                for name, value in of.items()
            }
            for key, of in stats.items()
        }

    def batch(self, peer: Peer, rows: np.ndarray[Any, Any]) -> dict[str, Tensor]:
        """Return frames with the looks before them, normalised by LeRobot's own processors."""
        looks = np.stack([self.before[rows], rows], axis=1)
        batch = {STATE: torch.from_numpy(self.state[looks]), ACTION: torch.from_numpy(self.actions[rows])}
        for camera, pictures in self.pictures.items():
            # Rising places are read faster.
            order = np.argsort(looks.ravel())
            seen = np.empty((looks.size, *pictures.shape[1:]), dtype=np.uint8)
            for place in order.tolist():
                seen[place] = pictures[looks.ravel()[place]]
            color = torch.from_numpy(seen).reshape(len(rows), LOOKS, *pictures.shape[1:])
            batch[PICTURES + camera] = color.movedim(-1, -3).float() / 255
        normal: dict[str, Tensor] = peer.before(batch)
        normal["action_is_pad"] = torch.from_numpy(self.pad[rows])
        return normal


def train(folder: Path, message: dict[str, Any]) -> dict[str, Any]:
    """Train for so much processor time by LeRobot's own loss, optimiser and learning rates; keep the last weights.

    Args:
        folder: Holds the frames, takes weights and account.
        message: ``size``, ``steps``, ``batch``, ``seconds``, ``seed``, ``precision`` (``bf16`` or ``no``).
    """
    frames = _Frames(folder)
    torch.manual_seed(int(message["seed"]))
    rng = np.random.default_rng(int(message["seed"]))
    height, width = frames.pictures[CAMERAS[0]].shape[1:3]
    shape = [width, height], frames.state.shape[-1], frames.actions.shape[-1]
    stats = frames.stats()
    peer = Peer(make_config(message["size"], *shape, int(message["steps"]), "DDIM"), stats)
    policy, preset = peer.policy.train(), peer.config.get_optimizer_preset()
    optimizer = preset.build(policy.get_optim_params())
    warm_up_steps = peer.config.get_scheduler_preset().num_warmup_steps
    limit_s, batch = float(message["seconds"]), int(message["batch"])
    began_s, began_wall_s, reported_s = time.process_time(), time.perf_counter(), time.perf_counter()
    steps, losses = 0, deque[float](maxlen=200)
    while (share := (time.process_time() - began_s) / limit_s) < 1:
        warm = min(1.0, max((steps + 1) / warm_up_steps, share / _WARM_UP_SHARE))
        for group in optimizer.param_groups:
            group["lr"] = preset.lr * warm * 0.5 * (1 + math.cos(math.pi * share))
        with torch.autocast("cpu", torch.bfloat16, enabled=message["precision"] == "bf16"):
            loss, _ = policy.forward(frames.batch(peer, rng.choice(frames.learned, batch)))
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(policy.parameters(), preset.grad_clip_norm)
        optimizer.step()
        steps += 1
        losses.append(float(loss.detach()))
        if time.perf_counter() - reported_s > _REPORT_S:
            reported_s = time.perf_counter()
            print(f"peer: step {steps}, {100 * share:.0f} %, loss {np.mean(losses):.4f}", file=sys.stderr, flush=True)
    account = {
        "steps": steps,
        "batch": batch,
        "frames": len(frames.learned),
        "processor_s": round(time.process_time() - began_s, 1),
        "wall_s": round(time.perf_counter() - began_wall_s, 1),
        "loss": round(float(np.mean(losses)), 5),
        "parameters": peer.parameters,
    }
    save_file({name: value.contiguous() for name, value in policy.state_dict().items()}, folder / WEIGHTS_FILE)
    about = {
        "config": {"size": message["size"], "view_px": shape[0], "state": shape[1], "action": shape[2]},
        "steps": int(message["steps"]),
        "stats": {key: {name: value.tolist() for name, value in of.items()} for key, of in stats.items()},
        "training": account,
    }
    (folder / ABOUT_FILE).write_text(json.dumps(about), encoding="utf-8")
    return account


class Server:
    """A trained policy, asked look by look.

    Args:
        folder: Of :func:`train`.
    """

    def __init__(self, folder: Path) -> None:
        about = json.loads((folder / ABOUT_FILE).read_text(encoding="utf-8"))
        config = about["config"]
        stats = {key: {name: torch.tensor(value) for name, value in of.items()} for key, of in about["stats"].items()}
        size, view_px = config["size"], (config["view_px"][0], config["view_px"][1])
        self.peer = Peer(make_config(size, view_px, config["state"], config["action"], about["steps"], "DDIM"), stats)
        self.peer.policy.load_state_dict(load_file(folder / WEIGHTS_FILE))
        self.peer.policy.eval()
        self._looks = Looks(self.peer)
        self._noise = torch.zeros(0)

    def start(self, noise: np.ndarray[Any, Any]) -> None:
        """Begin a skill, all chunks of which are made from this noise, shape (HORIZON, numbers)."""
        self._looks.clear()
        self._noise = torch.from_numpy(noise.copy())

    def act(self, arrays: Arrays) -> np.ndarray[Any, Any]:
        """Return the actions from now on, shape (steps, numbers)."""
        colors = {camera: torch.from_numpy(arrays[camera].copy()) for camera in CAMERAS}
        found: np.ndarray[Any, Any] = self._looks.act(
            colors, torch.from_numpy(arrays["state"].copy()), self._noise
        ).numpy()
        return found
