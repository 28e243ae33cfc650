"""Turns plain mappings from YAML or JSON into frozen dataclasses, naming every key that does not fit."""

from __future__ import annotations

import dataclasses
import math
import reprlib
import types
from collections.abc import Mapping
from enum import Enum
from functools import cache
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from robomatrix_py.contracts.errors import ConfigError

T = TypeVar("T")

_SHORT = reprlib.Repr()
_SHORT.maxstring = _SHORT.maxother = 100


def structure(kind: type[T], values: Any, where: str) -> T:
    """Return `values` as an instance of the dataclass `kind`.

    Args:
        kind: A dataclass, possibly of dataclasses.
        values: A mapping as YAML or JSON gives it.
        where: File or key, for error messages.

    Raises:
        ConfigError: A key is unknown or missing, a type is wrong, or the dataclass refuses a value.
    """
    result: T = _convert(kind, values, where)
    return result


def destructure(value: Any) -> Any:
    """Return a dataclass as plain mappings, lists and scalars, the way back of :func:`structure`."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: destructure(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): destructure(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [destructure(item) for item in value]
    return value.value if isinstance(value, Enum) else value


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _convert(kind: Any, value: Any, where: str) -> Any:
    origin, arguments = get_origin(kind), get_args(kind)
    if kind is Any:
        return value
    if origin in (Union, types.UnionType):
        return _convert_union(arguments, value, where)
    if dataclasses.is_dataclass(kind):
        return _convert_dataclass(kind, value, where)
    if origin in (tuple, list, frozenset):
        return _convert_sequence(origin, arguments, value, where)
    if origin in (dict, Mapping):
        if not isinstance(value, Mapping):
            raise ConfigError(f"{_SHORT.repr(value)} is not a mapping", where=where)
        return {str(key): _convert(arguments[1], item, f"{where}.{key}") for key, item in value.items()}
    if isinstance(kind, type) and issubclass(kind, Enum):
        try:
            return kind(value)
        except ValueError:
            raise ConfigError(
                f"{_SHORT.repr(value)} is not permitted", where=where, permitted=(str(m.value) for m in kind)
            ) from None
    return _convert_scalar(kind, value, where)


def _convert_union(arguments: tuple[Any, ...], value: Any, where: str) -> Any:
    if value is None and type(None) in arguments:
        return None
    failures = []
    if isinstance(value, Mapping):
        # Of several dataclasses the one whose keys fit best is meant, and its complaint is the one to hear.
        arguments = tuple(sorted(arguments, key=lambda option: -_keys_shared(option, value)))
    for option in arguments:
        if option is type(None):
            continue
        try:
            return _convert(option, value, where)
        except ConfigError as error:
            failures.append(error)
    raise failures[0]


def _keys_shared(kind: Any, value: Mapping[Any, Any]) -> int:
    if not dataclasses.is_dataclass(kind):
        return 0
    return len({field.name for field in dataclasses.fields(kind)} & set(value))


def _convert_dataclass(kind: Any, value: Any, where: str) -> Any:
    if isinstance(value, kind):
        return value
    if not isinstance(value, Mapping):
        raise ConfigError(f"{_SHORT.repr(value)} is not a mapping", where=where)
    fields = {field.name: field for field in dataclasses.fields(kind) if field.init}
    for key in value:
        if key not in fields:
            raise ConfigError(f"unknown key '{key}'", where=f"{where}.{key}", permitted=fields, code="UNKNOWN_KEY")
    for name, field in fields.items():
        required = field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
        if required and name not in value:
            raise ConfigError(f"key '{name}' is missing", where=where, code="MISSING_KEY")
    hints = _hints(kind)
    arguments = {key: _convert(hints[key], item, f"{where}.{key}") for key, item in value.items()}
    try:
        return kind(**arguments)
    except ValueError as error:
        # A dataclass that refuses one field begins its message with it: "rate_hz is 0; permitted: ...".
        field_name = str(error).partition(" ")[0]
        raise ConfigError(str(error), where=f"{where}.{field_name}" if field_name in value else where) from error


def _convert_sequence(origin: Any, arguments: tuple[Any, ...], value: Any, where: str) -> Any:
    if isinstance(value, (str, bytes, Mapping)) or not hasattr(value, "__iter__"):
        raise ConfigError(f"{_SHORT.repr(value)} is not a list", where=where)
    items = list(value)
    if origin is tuple and not (len(arguments) == 2 and arguments[1] is ...):
        if len(items) != len(arguments):
            raise ConfigError(f"{len(items)} values given, {len(arguments)} needed", where=where)
        return tuple(_convert(k, v, f"{where}[{i}]") for i, (k, v) in enumerate(zip(arguments, items, strict=True)))
    return origin(_convert(arguments[0], item, f"{where}[{i}]") for i, item in enumerate(items))


def _convert_scalar(kind: Any, value: Any, where: str) -> Any:
    if kind is float and isinstance(value, (int, float)) and not isinstance(value, bool):
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        if not math.isfinite(number):
            raise ConfigError(f"{_SHORT.repr(value)} is not finite", where=where)
        return number
    if kind is int and isinstance(value, int) and not isinstance(value, bool):
        return value
    if kind in (str, bool) and isinstance(value, kind):
        return value
    raise ConfigError(f"{_SHORT.repr(value)} is no {kind.__name__}", where=where)
