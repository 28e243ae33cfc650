"""Package `robomatrix_py`: an ament_python package for colcon and an ordinary one for pip.

ROS 2 itself is not among the requirements below, and must not be. On a machine with a ROS 2 installation
`rclpy`, the message packages and `robomatrix_interfaces` come from that installation and from the workspace;
wheels of the same modules would load a second set of shared libraries into one process. Where there is no
ROS 2 installation, the extra ``kilted`` or ``jazzy`` brings it as wheels; `make setup` installs one of them.
package.xml names the same dependencies for rosdep.

`robomatrix_interfaces` is in no extra either: it is on no package index, and a requirement that names it
would install whatever somebody else uploads under that name. Build it from its folder: docs/install.md.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from setuptools import find_packages, setup

NAME = "robomatrix_py"
VERSION = "0.1.0"
SOURCE = Path(__file__).resolve().parent
SHARE = Path("share") / NAME
DATA_FOLDERS = ("config", "hardware", "launch", "policies")


def data_files() -> Iterator[tuple[str, list[str]]]:
    """Yield target folder and files of all that goes to `share/`, keeping the tree of the data folders."""
    yield "share/ament_index/resource_index/packages", [f"resource/{NAME}"]
    yield SHARE.as_posix(), ["package.xml"]
    for top in DATA_FOLDERS:
        for folder, subfolders, files in os.walk(SOURCE / top):
            subfolders[:] = sorted(name for name in subfolders if not name.startswith((".", "__pycache__")))
            relative = Path(folder).relative_to(SOURCE)
            kept = [(relative / name).as_posix() for name in sorted(files) if not name.startswith(".")]
            if kept:
                yield (SHARE / relative).as_posix(), kept


def package_files() -> list[str]:
    """Return everything in the package that is not code, such as web pages and templates."""
    paths = (
        path for path in (SOURCE / NAME).rglob("*") if path.is_file() and "__pycache__" not in path.parts
    )
    # MuJoCo leaves its log where a program was started.
    wanted = (path for path in paths if path.suffix != ".py" and path.name != "MUJOCO_LOG.TXT")
    return sorted(path.relative_to(SOURCE / NAME).as_posix() for path in wanted)


BASE = [
    "av>=18,<19",
    "hydra-core>=1.3.2,<1.4",
    "mcap>=1.6,<2",
    "mink>=1.3,<2",
    "mujoco>=4.0,<5",
    "numpy>=1.26.4,<3",
    # Runs the learned models on the CPU.
    "openvino>=2026.4,<2027",
    "pillow>=10.2,<14",
    "py_trees>=2.5,<3",
    "pyyaml>=6.0.1,<7",
    "rich>=13.7,<16",
    "ruckig>=0.19,<1",
]

EXTRAS = {
    # ROS 2 as wheels: at most one of these two, each with its own file in constraints/.
    "kilted": [
        "ros-rclpy[fastrtps]>=9.1.2,<9.2",
        "ros-action-msgs~=2.3.0",
        "ros-builtin-interfaces~=2.3.0",
        "ros-diagnostic-msgs~=5.5.1",
        "ros-geometry-msgs~=5.5.1",
        "ros-nav-msgs~=5.5.1",
        "ros-rcl-interfaces~=2.3.0",
        "ros-sensor-msgs~=5.5.1",
        "ros-std-msgs~=5.5.1",
        "ros-std-srvs~=5.5.1",
        "ros-trajectory-msgs~=5.5.1",
    ],
    "jazzy": [
        "ros-jazzy-rclpy[fastrtps]>=7.1.6,<7.2",
        "ros-action-msgs~=2.0.3",
        "ros-builtin-interfaces~=2.0.3",
        "ros-diagnostic-msgs~=5.3.6",
        "ros-geometry-msgs~=5.3.6",
        "ros-nav-msgs~=5.3.6",
        "ros-rcl-interfaces~=2.0.3",
        "ros-sensor-msgs~=5.3.6",
        "ros-std-msgs~=5.3.6",
        "ros-std-srvs~=5.3.6",
        "ros-trajectory-msgs~=5.3.6",
    ],
    # torch and torchvision belong together: a newer torchvision drags another torch in.
    "train": [
        "accelerate>=1.10,<2",
        "diffusers>=0.35,<0.43",
        # Graphs are exported through it.
        "onnx>=1.19,<2",
        "open_clip_torch>=3.2,<4",
        # Demonstrations are kept as LeRobot data sets.
        "pyarrow>=21,<24",
        "safetensors>=0.6,<0.9",
        # Curves of a training, written through accelerate.
        "tensorboard>=2.20,<3",
        "torch==2.13.*",
        "torchvision==0.28.*",
    ],
    "dev": [
        # The makers' packages, against which the doubles of the arms with our own drivers are held.
        "dynamixel-sdk>=4.0,<5",
        "piper_sdk>=0.6,<0.7",
        "python-can>=4.5,<5",
        "colcon-core>=0.18,<0.22",
        "colcon-ros>=0.5,<0.6",
        "hypothesis>=6.100,<7",
        "import-linter>=2.3,<3",
        "mcap-ros2-support>=0.5.5,<0.7",
        "mypy>=1.15,<3",
        # Drives the machine's own Chromium; it downloads none.
        "playwright>=1.45,<2",
        "pytest>=8.2,<10",
        "pytest-timeout>=2.3,<3",
        "pytest-xdist>=3.6,<4",
        "ruff>=0.14,<0.18",
        # The packaging tests build the package without a network, so the build back end must be there.
        "setuptools>=77,<80",
        "types-PyYAML>=6.0.12,<7",
    ],
    # One a hardware family.
    "ur": ["ur-rtde>=1.6,<2"],
    "xarm": ["xarm-python-sdk>=1.15,<2"],
    "piper": ["pyserial>=3.5,<4"],
    "dynamixel": ["pyserial>=3.5,<4"],
    "feetech": ["pyserial>=3.5,<4"],
    "unitree": ["cyclonedds>=11.0,<12"],
    "realsense": ["pyrealsense2>=2.56,<3"],
    "uvc": ["av>=18,<19"],
    # Hand-eye and lens calibration by ChArUco boards.
    "calibration": ["opencv-python-headless>=4.10,<5"],
}

setup(
    name=NAME,
    version=VERSION,
    description="Say what you want, and a robot does it with skills it has learnt, over ROS 2.",
    license="Apache-2.0",
    maintainer="RoboMatrix maintainers",
    maintainer_email="maintainers@example.com",
    python_requires=">=3.11",
    packages=find_packages(include=[NAME, f"{NAME}.*"]),
    package_data={NAME: package_files()},
    data_files=list(data_files()),
    install_requires=BASE,
    extras_require=EXTRAS,
    entry_points={"console_scripts": ["robomatrix = robomatrix_py.cli:main"]},
    zip_safe=False,
)
