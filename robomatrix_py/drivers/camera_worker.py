"""A camera in a process of its own: its package may hang, and a read from a camera that hangs cannot be interrupted.

Run by `CameraProcess` as `python -m robomatrix_py.drivers.camera_worker CONFIG`. Requests and answers are those of
`sdk_worker`; the pictures themselves lie in memory that both processes share.
"""

from __future__ import annotations

import json
import mmap
import sys
from dataclasses import asdict
from typing import Any, NoReturn

import numpy as np

from robomatrix_py.contracts.errors import DeviceError
from robomatrix_py.drivers.camera_device import CameraDevice, CameraFrame, PictureFormat
from robomatrix_py.drivers.sdk_worker import named, run_worker

COLOR_BYTES = 3
DEPTH_BYTES = 2


class SharedCamera:
    """A camera, and the memory into which it puts its pictures: colour, then depth.

    Args:
        config: ``target`` (``module:Class``), ``config`` of that class, ``wanted`` (fields of `PictureFormat`) and
            ``memory``, the descriptor of the shared memory.
    """

    def __init__(self, config: dict[str, Any]) -> None:
        self.wanted = PictureFormat(**config["wanted"])
        self.device: CameraDevice = named(config["target"])(config["config"], self.wanted)
        self._memory = mmap.mmap(config["memory"], memory_size(self.wanted))

    def share(self, frame: CameraFrame) -> dict[str, Any]:
        """Put a frame into the memory and return what the other side must know.

        Raises:
            DeviceError: It is larger than what was asked for.
        """
        pixels = frame.color.shape[0] * frame.color.shape[1]
        if frame.color.nbytes + (0 if frame.depth_mm is None else frame.depth_mm.nbytes) > len(self._memory):
            raise DeviceError(f"it sends colour of {frame.color.shape}, not {self.wanted.text}", code="WRONG_SIZE")
        self._memory[: frame.color.nbytes] = np.ascontiguousarray(frame.color).data.cast("B")
        if frame.depth_mm is not None:
            begin = COLOR_BYTES * pixels
            self._memory[begin : begin + frame.depth_mm.nbytes] = np.ascontiguousarray(frame.depth_mm).data.cast("B")
        shape = list(frame.color.shape[:2])
        return {"taken_s": frame.taken_s, "shape": shape, "depth": frame.depth_mm is not None}

    def close(self) -> None:
        """Let go of the camera."""
        self.device.close()


def memory_size(wanted: PictureFormat) -> int:
    """Return how many bytes one frame takes."""
    return wanted.width_px * wanted.height_px * (COLOR_BYTES + DEPTH_BYTES)


def answer(camera: SharedCamera, request: dict[str, Any]) -> dict[str, Any]:
    """Carry out one request; return what the answer holds.

    Raises:
        RobomatrixError: As the device says.
    """
    match request["do"]:
        case "open":
            lens = camera.device.open(reset=request["reset"])
            return {"identity": camera.device.identity, "lens": lens and asdict(lens)}
        case "probe":
            return {"found": camera.device.probe()}
        case "read":
            return camera.share(camera.device.read(request["wait_s"]))
    raise ValueError(f"unknown request {request['do']}")


def main() -> NoReturn:
    """Run the worker's process."""
    run_worker(lambda: SharedCamera(json.loads(sys.argv[1])), answer)


if __name__ == "__main__":
    main()
