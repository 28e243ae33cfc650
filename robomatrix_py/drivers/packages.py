"""Vendors' packages come as extras and are imported where they are first needed."""

from __future__ import annotations

import importlib
from typing import Any

from robomatrix_py.contracts.errors import EnvironmentFault


def require_package(module: str, extra: str) -> Any:
    """Return a module of an extra.

    Args:
        module: Such as ``serial``.
        extra: Name of the extra of this package that brings it.

    Raises:
        EnvironmentFault: It is not installed, or lacks a library of the system.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise EnvironmentFault(
            f"the Python package '{module}' cannot be imported: {error}",
            where=f"driver {extra}",
            remedy=f"install it with: pip install 'robomatrix_py[{extra}]'",
            code="MISSING_EXTRA",
        ) from error
