"""The full text of a ROS message type, as recordings carry it, from the installed interface packages."""

from __future__ import annotations

import os
import re
import sys
import sysconfig
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from robomatrix_py.contracts.errors import EnvironmentFault

_FIELD = re.compile(r"^\s*([A-Za-z][\w/]*)(\[[^\]]*\])?\s+[a-z]\w*")
_PRIMITIVE = re.compile(r"(bool|byte|char|w?string|u?int(8|16|32|64)|float(32|64))(<=\d+)?$")
_RULE = "=" * 80


@cache
def message_text(type_name: str) -> str:
    """Return a definition and all it depends on in the ``ros2msg`` form (MCAP registry, "ros2msg").

    Args:
        type_name: Such as ``sensor_msgs/msg/JointState``.

    Raises:
        EnvironmentFault: The interface package is not installed.
    """
    package, _, name = type_name.split("/")
    texts: dict[str, str] = {}
    _collect(package, name, texts)
    (root, *others) = texts
    parts = [texts[root]] + [f"{_RULE}\nMSG: {key}\n{texts[key]}" for key in others]
    return "\n".join(parts)


def _collect(package: str, name: str, texts: dict[str, str]) -> None:
    key = f"{package}/{name}"
    if key in texts:
        return
    path = next((p for p in _candidates(package, name) if p.is_file()), None)
    if path is None:
        raise EnvironmentFault(f"message type {key} is not installed", remedy="run 'make setup'")
    texts[key] = path.read_text(encoding="utf-8")
    for line in texts[key].splitlines():
        match = _FIELD.match(line.split("#", 1)[0])
        if match is None or _PRIMITIVE.match(match[1]):
            continue
        other_package, _, other_name = match[1].rpartition("/")
        _collect(other_package.split("/")[0] or package, other_name, texts)


def _candidates(package: str, name: str) -> Iterator[Path]:
    """Yield where a definition may lie: in a sourced ROS installation, or beside wheels, which set no variable."""
    prefixes = [prefix for prefix in os.environ.get("AMENT_PREFIX_PATH", "").split(os.pathsep) if prefix]
    for prefix in (*prefixes, sys.prefix, sysconfig.get_path("data")):
        yield Path(prefix) / "share" / package / "msg" / f"{name}.msg"
