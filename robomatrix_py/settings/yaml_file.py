"""Reads YAML files as dataclasses and names the line at fault."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any, TypeVar

import yaml

from robomatrix_py.contracts.errors import ConfigError
from robomatrix_py.settings.structure import structure

T = TypeVar("T")
_SIZE_MAX = 1_000_000


class _Loader(yaml.SafeLoader):
    """Reads plain data, and refuses a key that stands twice: of two limits the later would silently hold."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Return a mapping."""
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen and isinstance(key, yaml.ScalarNode):
                raise yaml.constructor.ConstructorError(None, None, f"key '{key.value}' stands twice", key.start_mark)
            seen |= {key.value} if isinstance(key, yaml.ScalarNode) else set()
        mapping: dict[Any, Any] = super().construct_mapping(node, deep=deep)
        return mapping


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
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            # A pipe or a device may never end.
            raise ConfigError("cannot be read: no regular file", where=str(path))
        if status.st_size > _SIZE_MAX:
            raise ConfigError(f"larger than {_SIZE_MAX} bytes", where=str(path))
        return yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506  a SafeLoader
    except yaml.YAMLError as error:
        raise no_yaml(error, path) from error
    except (OSError, UnicodeDecodeError, RecursionError) as error:
        raise ConfigError(f"cannot be read: {error}", where=str(path)) from error


def no_yaml(error: yaml.YAMLError, path: Path) -> ConfigError:
    """Return the error of a parser as one line that names file and line."""
    mark = getattr(error, "problem_mark", None)
    line = f":{mark.line + 1}" if mark else ""
    problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "not YAML"
    return ConfigError(f"not valid YAML: {problem}", where=f"{path}{line}")


def at_line(error: ConfigError, path: Path, prefix: str = "") -> ConfigError:
    """Return the error with ``file:line`` of the key that its `where` names (``file.key.sub[0]``).

    Args:
        error: The error.
        path: The file at fault.
        prefix: What stands before the key in the error's `where`; the file if empty.
    """
    prefix = prefix or str(path)
    if not error.where.startswith(prefix):
        return error
    key = error.where[len(prefix) :].lstrip(".")
    line = _line_of(yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader), key)
    code = error.code.partition(".")[2]
    what = f"{key}: {error.what}" if key else error.what
    return ConfigError(what, where=f"{path}:{line}", permitted=error.permitted, remedy=error.remedy, code=code)


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
