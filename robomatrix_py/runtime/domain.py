"""Which ROS domain a graph runs in, and the mark that says one is running there already."""

from __future__ import annotations

import fcntl
import json
import os
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType

from robomatrix_py.contracts.errors import ConfigError, EnvironmentFault

_DOMAIN_MAX = 101
"""Above this, domain ports fall among those the system hands out by itself (ROS 2 documentation, domain ids)."""


def domain_id() -> int:
    """Return the ROS domain of this process.

    Raises:
        ConfigError: ROS_DOMAIN_ID is no number from 0 to 101.
    """
    text = os.environ.get("ROS_DOMAIN_ID") or "0"
    if not text.isdecimal() or int(text) > _DOMAIN_MAX:
        raise ConfigError(f"ROS_DOMAIN_ID is '{text}'", permitted=f"0 to {_DOMAIN_MAX}")
    return int(text)


@dataclass(frozen=True)
class RunningGraph:
    """A graph that runs on a domain.

    Args:
        pid: Process that supervises it.
        robot: Its robot.
        scene: Its scene.
        seed: Its seed.
        policy: What serves its skills.
    """

    pid: int
    robot: str
    scene: str
    seed: int
    policy: str = "scripted"


class DomainMark:
    """Held by whoever runs a graph on a domain; the kernel lets go of it when the holder dies.

    Args:
        domain: ROS domain.
    """

    def __init__(self, domain: int) -> None:
        self._domain = domain
        self._path = _folder() / f"domain-{domain}.json"
        self._file: int | None = None

    def take(self, graph: RunningGraph) -> None:
        """Take the mark.

        Raises:
            EnvironmentFault: Another graph has it; the message says which.
        """
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            other = self.read()
            who = f" (process {other.pid}, robot {other.robot}, scene {other.scene})" if other else ""
            raise EnvironmentFault(
                f"a graph is running on ROS domain {self._domain} already{who}",
                remedy="stop it with Ctrl+C there, use it with 'robomatrix run', or set another ROS_DOMAIN_ID",
                code="DOMAIN_IN_USE",
            ) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, json.dumps(asdict(graph)).encode(), 0)
        self._file = descriptor

    def read(self) -> RunningGraph | None:
        """Return the graph that holds the mark, or None."""
        try:
            descriptor = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        try:
            return _graph_of_holder(descriptor)
        except (ValueError, TypeError):
            return None  # taken a moment ago, and not yet written
        finally:
            os.close(descriptor)

    def release(self) -> None:
        """Let go of the mark."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def __enter__(self) -> DomainMark:
        """Return the mark."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let go of the mark."""
        self.release()


def _graph_of_holder(descriptor: int) -> RunningGraph | None:
    """Return what the holder of an open mark wrote, or None where nobody holds it.

    Raises:
        ValueError: It is not whole.
        TypeError: It is something else.
    """
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return RunningGraph(**json.loads(os.pread(descriptor, 4096, 0)))
    return None


def _folder() -> Path:
    """Return a folder of this user's own for marks.

    Raises:
        EnvironmentFault: There is none and none can be made.
    """
    base = os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir()
    folder = Path(base) / f"robomatrix-{os.getuid()}"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise EnvironmentFault(
            f"cannot be created: {error.strerror}", where=str(folder), remedy="set XDG_RUNTIME_DIR to a folder of yours"
        ) from error
    if folder.stat().st_uid != os.getuid():
        raise EnvironmentFault(f"{folder} belongs to somebody else", remedy="set XDG_RUNTIME_DIR to a folder of yours")
    return folder
