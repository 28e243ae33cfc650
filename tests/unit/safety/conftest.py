"""Lets the tests of this folder share their rig by name."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from safety_rig import GateRig, load_ur5e

from robomatrix_py.contracts.robot import RobotDescription


@pytest.fixture(scope="session")
def robot() -> RobotDescription:
    """Return the description that ships."""
    return load_ur5e()


@pytest.fixture
def rig() -> GateRig:
    """Return a gate that has seen a joint state and holds."""
    return GateRig()
