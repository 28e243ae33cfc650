"""Which physical devices the tests are to find."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options that name devices."""
    parser.addoption("--camera", default="", help="camera under test, such as realsense_d435@SERIAL")
    parser.addoption("--base", default="", help="robot whose base it is, such as robomaster_ep or go2_arm@enp2s0")
