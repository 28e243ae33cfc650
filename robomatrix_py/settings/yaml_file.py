"""Reads YAML files as dataclasses and names the line at fault."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

import yaml

from robomatrix_py.contracts.errors import ConfigError
from robomatrix_py.settings.structure import structure

T = TypeVar("T")
_SIZE_MAX = 1_000_000


def load_yaml(kind: type[T], path: Path) -> T:
    """Return the content of a YAML file as an instance of the dataclass `kind`.

    Raises:
        ConfigError: The file cannot be read, is no YAML or does not fit; the message names file and line.
    """
    values = read_yaml(path)
    try:
        return structure(kind, values, str(path))
    except ConfigError as error:
        raise at_line(error, path) from error


def read_yaml(path: Path) -> Any:
    """Return what a YAML file holds, plain data only.

    Raises:
        ConfigError: It cannot be read or is no YAML; the message names file and line.
    """
    try:
        if path.stat().st_size > _SIZE_MAX:
            raise ConfigError(f"larger than {_SIZE_MAX} bytes", where=str(path))
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or "not YAML"
        raise ConfigError(f"not valid YAML: {problem}", where=f"{path}{line}") from error
    except (OSError, UnicodeDecodeError, RecursionError) as error:
        raise ConfigError(f"cannot be read: {error}", where=str(path)) from error


def at_line(error: ConfigError, path: Path) -> ConfigError:
    """Return the error with ``file:line`` of the key that its `where` names (``file.key.sub[0]``)."""
    if not error.where.startswith(str(path)):
        return error
    key = error.where[len(str(path)) :].lstrip(".")
    line = _line_of(yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader), key)
    code = error.code.partition(".")[2]
    what = f"{key}: {error.what}" if key else error.what
    return ConfigError(
        what, where=f"{path}:{line}", permitted=error.permitted, remedy=error.remedy, code=code
    )


def _line_of(node: Any, key: str) -> int:
    """Return the line of the deepest node on the way to a key such as ``a.b[0]``."""
    line: int = node.start_mark.line + 1 if node is not None else 1
    for part in key.replace("[", ".[").split("."):
        if not part:
            continue
        child = None
        if isinstance(node, yaml.MappingNode):
            for name, value in node.value:
                if name.value == part:
                    child, line = value, name.start_mark.line + 1
        elif isinstance(node, yaml.SequenceNode) and part.startswith("["):
            child = node.value[int(part[1:-1])]
            line = child.start_mark.line + 1
        if child is None:
            break
        node = child
    return line
