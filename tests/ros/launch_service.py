"""Runs launch/bringup.launch.py as `ros2 launch` does. A program of its own, started by test_launch.py."""

from __future__ import annotations

import sys
from pathlib import Path

from launch import LaunchDescription, LaunchService
from launch.actions import IncludeLaunchDescription
from launch.launch_description_sources import PythonLaunchDescriptionSource

LAUNCH_FILE = Path(__file__).parents[2] / "launch" / "bringup.launch.py"


def main() -> int:
    """Run until SIGINT and return launch's exit code."""
    arguments = [tuple(word.split(":=", 1)) for word in sys.argv[1:]]
    service = LaunchService()
    source = PythonLaunchDescriptionSource(str(LAUNCH_FILE))
    service.include_launch_description(
        LaunchDescription([IncludeLaunchDescription(source, launch_arguments=arguments)])
    )
    return service.run()


if __name__ == "__main__":
    sys.exit(main())
