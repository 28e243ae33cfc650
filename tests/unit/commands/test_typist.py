"""Lines typed at a terminal: heard without waiting, and never read from the background."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from typing import TextIO

import pytest

from robomatrix_py.commands.typist import Typist


@pytest.fixture
def pipe() -> Iterator[tuple[TextIO, int]]:
    out, into = os.pipe()
    with os.fdopen(out) as stream:
        yield stream, into
    os.close(into)


def test_lines_come_one_by_one_and_whole(pipe: tuple[TextIO, int]) -> None:
    stream, into = pipe
    typist = Typist(stream)
    assert typist.line() == ""
    os.write(into, b"the red")
    assert typist.line() == ""
    os.write(into, b" cube\nstop\n")
    assert [typist.line(), typist.line(), typist.line()] == ["the red cube", "stop", ""]


def test_a_line_is_waited_for_only_so_long(pipe: tuple[TextIO, int]) -> None:
    began_s = time.monotonic()
    assert Typist(pipe[0]).line_within(0.05) == ""
    assert time.monotonic() - began_s < 5.0


def test_terminal_of_another_group_is_not_read() -> None:
    ours, theirs = os.openpty()
    with os.fdopen(theirs) as stream:
        os.write(ours, b"stop\n")
        # It is nobody's controlling terminal: asking whose it is fails, as for a process in the background.
        assert Typist(stream).line() == ""
    os.close(ours)


def test_no_terminal_no_typist(monkeypatch: pytest.MonkeyPatch, pipe: tuple[TextIO, int]) -> None:
    monkeypatch.setattr("sys.stdin", pipe[0])
    assert Typist.at_terminal() is None
    monkeypatch.setattr("sys.stdin", None)
    assert Typist.at_terminal() is None
