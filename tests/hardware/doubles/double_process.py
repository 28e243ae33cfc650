"""A protocol double as a process of its own, and its line of orders."""

from __future__ import annotations

import json
import queue
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

DOUBLES = Path(__file__).parent
_ANSWER_S = 20.0


class DoubleProcess:
    """One double.

    Args:
        program: File name of the double.
        arguments: Its command line.
    """

    def __init__(self, program: str, *arguments: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(DOUBLES / program), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._lines: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._listen, daemon=True).start()
        self.ready: dict[str, Any] = self._next()["ready"]

    def ask(self, do: str, **values: Any) -> Any:
        """Give an order and return the answer."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"do": do, **values}) + "\n")
        self._process.stdin.flush()
        answer = self._next()
        assert "error" not in answer, answer
        return answer["answer"]

    def end(self) -> None:
        """End the process."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(timeout=2.0)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(timeout=5.0)

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.put(line)
        self._lines.put("")

    def _next(self) -> dict[str, Any]:
        line = self._lines.get(timeout=_ANSWER_S)
        assert line, "the double has ended"
        answer: dict[str, Any] = json.loads(line)
        return answer
