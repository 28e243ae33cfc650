"""OpenVINO on one thread, and its failures in our words. No torch."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from robomatrix_py.contracts.errors import EnvironmentFault

CONFIG = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_NUM_THREADS": 1, "INFERENCE_PRECISION_HINT": "f32"}
"""How graphs are compiled."""

PICTURE_CONFIG = {**CONFIG, "INFERENCE_PRECISION_HINT": "bf16"}
"""How graphs that look at pictures are compiled: as training computes, and almost twice as fast where the processor
has such numbers; OpenVINO takes 32 bits where it has not."""


@contextmanager
def openvino_core(what: str, folder: Path) -> Iterator[Any]:
    """Give OpenVINO's core to compile graphs with.

    Args:
        what: Whose graphs they are, for people.
        folder: Where they are.

    Raises:
        EnvironmentFault: OpenVINO is not installed or cannot run the graphs.
    """
    try:
        import openvino
    except ImportError as error:
        raise EnvironmentFault(
            f"OpenVINO cannot be loaded: {error}", remedy="pip install 'openvino>=2026.4'"
        ) from error
    try:
        yield openvino.Core()
    except RuntimeError as error:
        first_line = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise EnvironmentFault(f"OpenVINO cannot run the {what}: {first_line}", where=str(folder)) from error
