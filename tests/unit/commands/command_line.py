"""The command `robomatrix` in this process, and what it said."""

from __future__ import annotations

import io
import json
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from robomatrix_py import cli


@dataclass(frozen=True)
class Answer:
    """What a command said.

    Args:
        code: Exit code.
        out: Standard output.
        err: Standard error.
    """

    code: int
    out: str
    err: str

    @property
    def error_line(self) -> str:
        """The one line on standard error; argparse puts its usage above it."""
        lines = [line for line in self.err.splitlines() if line.startswith("robomatrix")]
        assert len(lines) == 1, self.err
        rest = [line for line in self.err.splitlines() if line not in lines]
        assert not rest or rest[0].startswith("usage:"), self.err
        return lines[0]

    def json(self) -> dict[str, Any]:
        """Return the one JSON object on standard output."""
        value = json.loads(self.out)
        assert isinstance(value, dict)
        return value


def robomatrix(*words: str) -> Answer:
    """Run the command line in this process."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        try:
            code = cli.main(words)
        except SystemExit as end:  # argparse
            code = int(end.code or 0)
    answer = Answer(code, out.getvalue(), err.getvalue())
    assert "Traceback" not in answer.out + answer.err
    return answer


def run_fast(instruction: str, out: Path, *words: str) -> Answer:
    """Carry out a task in lock-step without cameras."""
    return robomatrix("run", instruction, "--fast", "--no-video", "--out", str(out), *words)


def run_folders(out: Path) -> list[Path]:
    """Return the run folders that were written."""
    return sorted(path for path in out.glob("*") if path.is_dir()) if out.exists() else []
