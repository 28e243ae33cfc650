"""Refuses manifests that name something to call. No torch."""

from __future__ import annotations

from typing import Any

from robomatrix_py.contracts.errors import SecurityRefusal


def refuse_calls(value: Any, where: str) -> None:
    """Refuse what hydra would call: nothing in a manifest is ever called, so who writes it means harm.

    Args:
        value: What a manifest says.
        where: The file, and the place in it.

    Raises:
        SecurityRefusal: A key begins with ``_``, as ``_target_`` does.
    """
    if isinstance(value, dict):
        for key, item in value.items():
            if key.startswith("_"):
                raise SecurityRefusal(
                    f"key '{key}'", where=where, permitted="keys without a leading '_'", code="TARGET"
                )
            refuse_calls(item, f"{where}.{key}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            refuse_calls(item, f"{where}[{index}]")
