"""A worker process that is asked in lines of JSON, and may be ended at any time."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import Any

from robomatrix_py.contracts.errors import DeviceError, StaleDataError
from robomatrix_py.drivers.sdk_worker import error_from_json

_CLOSE_S = 1.0
_CHUNK = 65536


class WorkerProcess:
    """The near end of `robomatrix_py.drivers.sdk_worker` and its like.

    Args:
        module: What is run as the worker.
        arguments: Its command line.
        where: Device and address, for messages.
        silent: What no answer means, and what to do about it.
        files: File descriptors that the worker shares.
    """

    def __init__(
        self, module: str, arguments: Sequence[str], where: str, silent: tuple[str, str], files: Sequence[int] = ()
    ) -> None:
        self._command = [sys.executable, "-m", module, *arguments]
        self._where = where
        self._silent = silent
        self._files = tuple(files)
        self._process: subprocess.Popen[bytes] | None = None
        self._number = 0
        self._buffer = b""

    def start(self) -> None:
        """Start it, in place of an earlier one."""
        self.close()
        self._process = subprocess.Popen(
            self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0, pass_fds=self._files
        )
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                os.set_blocking(pipe.fileno(), False)

    def close(self) -> None:
        """Have it let go of its device and end; takes at most a second and a half."""
        process, self._process = self._process, None
        self._buffer = b""
        if process is None:
            return
        # The end of its input has the worker let go of its device.
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()
        try:
            process.wait(_CLOSE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(_CLOSE_S)

    def kill(self) -> None:
        """End it at once."""
        if self._process is not None:
            self._process.kill()
        self.close()

    def send(self, request: dict[str, Any]) -> int:
        """Send a request and return its number.

        Raises:
            DeviceError: The worker has gone or hangs.
        """
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

    def ask(self, request: dict[str, Any], wait_s: float) -> dict[str, Any]:
        """Send a request and return its answer.

        Raises:
            DeviceError: The worker has gone or hangs, or answers with this error.
            StaleDataError: No answer came in time, or it answers with this error.
        """
        number = self.send(request)
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
            meaning, remedy = self._silent
            raise StaleDataError(
                f"no answer within {1e3 * wait_s:.0f} ms: {meaning}",
                where=self._where,
                remedy=remedy,
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
