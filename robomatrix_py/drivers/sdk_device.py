"""A device whose vendor's package runs in a process of its own, which may be ended at any time."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from robomatrix_py.contracts.errors import DeviceError, StaleDataError
from robomatrix_py.contracts.geometry import Array
from robomatrix_py.drivers.device import ArmReading
from robomatrix_py.drivers.sdk_worker import error_from_json, reading_from_json

_READ_S = 0.03
_CLOSE_S = 1.0
_CHUNK = 65536


class SdkDevice:
    """An `ArmDevice` that hands every call to a worker process.

    Args:
        target: What the worker runs, ``module:Class``.
        config: What the class is made from, as JSON knows it.
        where: Robot and address, for messages.
        open_s: Longest time that connecting may take.
        check: Raises an error where the arm cannot be used, before a worker is started.
    """

    def __init__(
        self,
        target: str,
        config: Mapping[str, Any],
        where: str,
        open_s: float,
        check: Callable[[], object],
    ) -> None:
        self._command = [sys.executable, "-m", "robomatrix_py.drivers.sdk_worker", target, json.dumps(config)]
        self._where = where
        self._open_s = open_s
        self._check = check
        self._process: subprocess.Popen[bytes] | None = None
        self._number = 0
        self._buffer = b""
        self._identity = ""

    @property
    def identity(self) -> str:
        """Which device it is."""
        return self._identity

    def open(self, now_s: float) -> Array:
        """Start the worker and connect.

        Raises:
            DeviceError: The arm cannot be reached or used, or the worker hangs.
            StaleDataError: It answers, but not well.
        """
        self._start()
        result = self._ask({"do": "open", "now_s": now_s}, self._open_s)
        self._identity = str(result["identity"])
        return np.array(result["held"], dtype=float)

    def probe(self) -> str:
        """Start the worker, connect and look.

        Raises:
            DeviceError: As :meth:`open`.
            StaleDataError: As :meth:`open`.
        """
        self._start()
        return str(self._ask({"do": "probe"}, self._open_s)["found"])

    def write(self, positions_rad: Array, velocities_rad_s: Array, opening: float, now_s: float) -> None:
        """Send a set point.

        Raises:
            DeviceError: The worker has gone or hangs.
        """
        values = {"positions": positions_rad.tolist(), "velocities": velocities_rad_s.tolist(), "opening": opening}
        self._send({"do": "write", "now_s": now_s, **values})

    def read(self, now_s: float) -> ArmReading | None:
        """Return a reading if there is a new one.

        Raises:
            DeviceError: The arm or the worker has gone.
            StaleDataError: No answer came in time.
        """
        values = self._ask({"do": "read", "now_s": now_s}, _READ_S)["reading"]
        return None if values is None else reading_from_json(values)

    def close(self) -> None:
        """Let go of the arm, which holds, and end the worker; takes at most a second and a half."""
        process, self._process = self._process, None
        self._buffer = b""
        if process is None:
            return
        # The end of its input has the worker let go of the arm.
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()
        try:
            process.wait(_CLOSE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(_CLOSE_S)

    def drop(self) -> None:
        """End the worker at once; the controller notices and holds the arm."""
        if self._process is not None:
            self._process.kill()
        self.close()

    def _start(self) -> None:
        self.close()
        # What can be seen without the vendor's package need not wait for it.
        self._check()
        self._process = subprocess.Popen(self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                os.set_blocking(pipe.fileno(), False)

    def _send(self, request: dict[str, Any]) -> int:
        process = self._process
        if process is None or process.stdin is None:
            raise DeviceError("it is not open", where=self._where, code="CLOSED")
        self._number += 1
        line = json.dumps({**request, "number": self._number}).encode() + b"\n"
        try:
            sent = os.write(process.stdin.fileno(), line)
        except BlockingIOError:
            sent = 0
        except OSError as error:
            raise self._ended() from error
        if sent < len(line):
            raise DeviceError("the vendor's package hangs", where=self._where, code="SDK_HANGS")
        return self._number

    def _ask(self, request: dict[str, Any], wait_s: float) -> dict[str, Any]:
        number = self._send(request)
        deadline_s = time.monotonic() + wait_s
        while True:
            line, found, rest = self._buffer.partition(b"\n")
            if found:
                self._buffer = rest
                reply = json.loads(line)
                # Answers to earlier requests come late and are of no use any more.
                if reply["number"] == number:
                    if "error" in reply:
                        raise error_from_json(reply["error"])
                    result: dict[str, Any] = reply["result"]
                    return result
                continue
            self._receive(deadline_s, wait_s)

    def _receive(self, deadline_s: float, wait_s: float) -> None:
        process = self._process
        if process is None or process.stdout is None:
            raise self._ended()
        file = process.stdout.fileno()
        ready, _, _ = select.select([file], [], [], max(0.0, deadline_s - time.monotonic()))
        if not ready:
            raise StaleDataError(
                f"no answer within {1e3 * wait_s:.0f} ms: the connection was lost, or the controller hangs",
                where=self._where,
                remedy="look at the network cable and at the controller; it is taken up again once it is back",
                code="SDK_SILENT",
            )
        data = os.read(file, _CHUNK)
        if not data:
            raise self._ended()
        self._buffer += data

    def _ended(self) -> DeviceError:
        code = self._process.poll() if self._process is not None else None
        return DeviceError(
            f"the process of the vendor's package has ended (code {code}); see its output above",
            where=self._where,
            remedy="it is started again",
            code="SDK_ENDED",
        )
