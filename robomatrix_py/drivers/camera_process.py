"""A camera whose package runs in a process of its own, which may be ended at any time."""

from __future__ import annotations

import json
import mmap
import os
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from robomatrix_py.contracts.lens import Lens
from robomatrix_py.drivers.camera_device import CameraFrame, PictureFormat
from robomatrix_py.drivers.camera_worker import COLOR_BYTES, memory_size
from robomatrix_py.drivers.worker_process import WorkerProcess

# Beyond what the worker itself waits: its answer and the pictures must still be fetched.
_MARGIN_S = 0.04
_SILENT = (
    "the camera or its USB link hangs",
    "its process is ended and started again; where that does not help, plug it in again",
)


class CameraProcess:
    """A `CameraDevice` that hands every call to a worker process.

    Args:
        target: What the worker runs, ``module:Class``, made from a mapping and a `PictureFormat`.
        config: What the class is made from, as JSON knows it.
        wanted: The pictures that the robot wants.
        where: Camera and address, for messages.
        open_s: Longest time that opening may take.
    """

    def __init__(
        self, target: str, config: Mapping[str, Any], wanted: PictureFormat, where: str, open_s: float
    ) -> None:
        self._file = os.memfd_create("robomatrix-camera")
        os.ftruncate(self._file, memory_size(wanted))
        self._memory = mmap.mmap(self._file, memory_size(wanted))
        worker = {"target": target, "config": dict(config), "wanted": asdict(wanted), "memory": self._file}
        module = "robomatrix_py.drivers.camera_worker"
        self._worker = WorkerProcess(module, [json.dumps(worker)], where, _SILENT, (self._file,))
        self._open_s = open_s
        self._identity = ""

    @property
    def identity(self) -> str:
        """Which camera it is."""
        return self._identity

    def open(self, *, reset: bool) -> Lens | None:
        """Start the worker and the camera.

        Raises:
            DeviceError: The camera cannot be found or used, or the worker hangs.
            StaleDataError: It is there and does not answer.
            EnvironmentFault: The package that it needs is not installed.
        """
        self._worker.start()
        result = self._worker.ask({"do": "open", "reset": reset}, self._open_s)
        self._identity = str(result["identity"])
        lens = result["lens"]
        return lens and Lens(**(lens | {"distortion": tuple(lens["distortion"])}))

    def probe(self) -> str:
        """Start the worker, take one picture and say what was found.

        Raises:
            DeviceError: As :meth:`open`.
            StaleDataError: As :meth:`open`, or no picture came.
            EnvironmentFault: As :meth:`open`.
        """
        self._worker.start()
        return str(self._worker.ask({"do": "probe"}, self._open_s)["found"])

    def read(self, wait_s: float) -> CameraFrame:
        """Return the next frame as soon as it is there.

        Raises:
            DeviceError: The camera or the worker has gone.
            StaleDataError: None came in time.
        """
        answer = self._worker.ask({"do": "read", "wait_s": wait_s}, wait_s + _MARGIN_S)
        height, width = answer["shape"]
        color = np.frombuffer(self._memory, np.uint8, COLOR_BYTES * height * width).reshape(height, width, 3).copy()
        depth = None
        if answer["depth"]:
            depth = np.frombuffer(self._memory, np.uint16, height * width, color.nbytes).reshape(height, width).copy()
        return CameraFrame(color, depth, float(answer["taken_s"]))

    def close(self) -> None:
        """Let go of the camera and end the worker; takes at most a second and a half."""
        self._worker.close()

    def drop(self) -> None:
        """End the worker at once."""
        self._worker.kill()
