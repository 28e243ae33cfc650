"""Files that native libraries write: when they cannot, it is told as by all others."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from safetensors import SafetensorError

from robomatrix_py.contracts.errors import DataError


@contextmanager
def written(path: Path, draft: Path | None = None) -> Iterator[None]:
    """Tell in one way that a file could not be written; what there is of it is removed.

    Args:
        path: The file that is written within.
        draft: Where it is written until it is whole, if not there.

    Raises:
        DataError: It cannot be written.
    """
    try:
        yield
    except (OSError, SafetensorError, RuntimeError) as error:
        (draft or path).unlink(missing_ok=True)
        reason = (str(error).strip() or type(error).__name__).splitlines()[-1]
        raise DataError(f"cannot be written: {reason}", where=str(path), remedy="make room and start again") from error
