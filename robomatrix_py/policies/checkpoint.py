"""Checkpoints of a training: safetensors, whole at every moment, so that a kill leaves the old one or the new one."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from robomatrix_py.contracts.errors import DataError
from robomatrix_py.policies.written import written


def write_checkpoint(path: Path, tensors: Mapping[str, Tensor], about: Mapping[str, str]) -> None:
    """Write a checkpoint in place of the old one.

    Args:
        path: The file; its folder is made.
        tensors: By name.
        about: Further texts.

    Raises:
        DataError: It cannot be written; the old one stands.
    """
    temporary = path.with_name(f".{path.name}.tmp")
    with written(path, temporary):
        path.parent.mkdir(parents=True, exist_ok=True)
        save_file({name: value.detach().cpu().contiguous() for name, value in tensors.items()}, temporary, dict(about))
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
        temporary.replace(path)


def read_checkpoint(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Return tensors and texts of a checkpoint.

    Raises:
        DataError: It is missing or damaged.
    """
    try:
        with safe_open(path, "pt") as file:
            return {name: file.get_tensor(name) for name in file.keys()}, dict(file.metadata() or {})  # noqa: SIM118
    except (OSError, SafetensorError) as error:
        raise DataError(f"cannot be read: {error}", where=str(path), remedy="remove it to begin anew") from error


def part(tensors: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """Return the tensors whose names begin with ``prefix.``, without it."""
    return {name.removeprefix(f"{prefix}."): value for name, value in tensors.items() if name.startswith(f"{prefix}.")}
