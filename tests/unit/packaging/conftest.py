"""The package as pip builds it, once a test run."""

from __future__ import annotations

from pathlib import Path

import pytest
from checkout import copy_checkout
from installing import build


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the checkout."""
    return copy_checkout(tmp_path_factory.mktemp("checkout"))


@pytest.fixture(scope="session")
def wheel(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The ordinary wheel."""
    return build("build_wheel", checkout, tmp_path_factory.mktemp("dist") / "wheel")


@pytest.fixture(scope="session")
def editable_wheel(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel that points into the checkout."""
    return build("build_editable", checkout, tmp_path_factory.mktemp("dist") / "editable")
