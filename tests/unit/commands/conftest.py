"""Commands run in this process: signals, environment and ROS domain are given back afterwards."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def _own_process_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    handlers = [signal.getsignal(number) for number in numbers]
    environment = dict(os.environ)
    for key in ("ROS_DOMAIN_ID", "ROBOMATRIX_SHARE"):
        monkeypatch.delenv(key, raising=False)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "runtime"))
    (tmp_path / "runtime").mkdir()
    yield
    os.environ.clear()
    os.environ.update(environment)
    for number, handler in zip(numbers, handlers, strict=True):
        signal.signal(number, handler)
