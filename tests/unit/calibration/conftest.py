"""Scenes with a board, drawn once for all tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from board_scene import Scene, make_scene


@pytest.fixture(scope="session", params=["tool", "base"])
def scene(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """The camera in the hand, and the camera beside the arm."""
    scene = make_scene(tmp_path_factory.mktemp(request.param), request.param)
    yield scene
    scene.rendered.close()
