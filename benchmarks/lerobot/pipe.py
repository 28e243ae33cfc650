"""Messages between the two environments: a line of JSON, then the arrays it names as bytes. Nothing that runs code."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

Arrays = Mapping[str, "np.ndarray[Any, Any]"]
Message = dict[str, Any]

HERE = Path(__file__).resolve().parent
# Every library computes on one thread.
_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")


class Pipe:
    """One end of a connection.

    Args:
        reader: Bytes from the other end.
        writer: Bytes to it.
    """

    def __init__(self, reader: BinaryIO, writer: BinaryIO) -> None:
        self._reader, self._writer = reader, writer

    def send(self, message: Mapping[str, Any], arrays: Arrays | None = None) -> None:
        """Send a message with arrays."""
        parts = {name: np.ascontiguousarray(value) for name, value in (arrays or {}).items()}
        about = {name: [value.dtype.str, list(value.shape)] for name, value in parts.items()}
        self._writer.write(json.dumps({"message": message, "arrays": about}).encode() + b"\n")
        for value in parts.values():
            self._writer.write(value.tobytes())
        self._writer.flush()

    def receive(self) -> tuple[Message, dict[str, np.ndarray[Any, Any]]] | None:
        """Return the next message with its arrays, or None where the other end has closed."""
        line = self._reader.readline()
        if not line:
            return None
        head = json.loads(line)
        arrays = {}
        for name, (kind, shape) in head["arrays"].items():
            size = np.dtype(kind).itemsize * int(np.prod(shape))
            arrays[name] = np.frombuffer(self._reader.read(size), kind).reshape(shape)
        return head["message"], arrays


def to_parent() -> Pipe:
    """Return a child's end. What libraries print goes to standard error from now on."""
    writer = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return Pipe(sys.stdin.buffer, writer)


class Child:
    """A program of this folder, run by the Python of some environment.

    Args:
        python: That Python.
        arguments: Name of the program and its arguments.

    Raises:
        OSError: It cannot be started.
    """

    def __init__(self, python: Path, arguments: Sequence[str]) -> None:
        self._name = arguments[0]
        environment = {"MUJOCO_GL": "egl", **os.environ, **_ONE_THREAD, "HF_HUB_OFFLINE": "1", "PYTHONUNBUFFERED": "1"}
        # The other environment must not find this one's packages.
        environment.pop("PYTHONPATH", None)
        command = [str(python), str(HERE / arguments[0]), *arguments[1:]]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment)
        assert self._process.stdin is not None and self._process.stdout is not None  # noqa: S101  asked for above
        self._pipe = Pipe(self._process.stdout, self._process.stdin)

    def ask(
        self, message: Mapping[str, Any], deadline_s: float, arrays: Arrays | None = None
    ) -> tuple[Message, dict[str, np.ndarray[Any, Any]]]:
        """Return the answer to a message.

        Raises:
            RuntimeError: The child ended, or gave no answer in time and was ended.
        """
        watch = threading.Timer(deadline_s, self._process.kill)
        watch.start()
        try:
            self._pipe.send(message, arrays)
            answer = self._pipe.receive()
        except OSError:
            answer = None
        finally:
            watch.cancel()
        if answer is None:
            raise RuntimeError(f"{self._name} gave no answer to {message} within {deadline_s:.0f} s, see above")
        return answer

    def close(self) -> None:
        """End the child."""
        self._process.kill()
        self._process.wait()

    def __enter__(self) -> Child:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the child."""
        self.close()
