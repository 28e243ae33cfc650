"""Writes constraints/<distro>.txt: every package of every extra, in the versions that pip picks today.

Run it with the oldest Python that is supported, so that the versions suit the newer ones too:
    python3.11 scripts/freeze_constraints.py kilted
The Python needs pip 23 or newer. Nothing is installed. Try what comes out with `make test` before it is
committed.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DISTROS = ("jazzy", "kilted")
EXTRAS = (
    *("train", "dev", "ur", "xarm", "piper", "dynamixel", "feetech", "unitree", "realsense", "uvc", "calibration"),
)
# A machine whose index offers torch for CPU only does not resolve these; what the file says of them stays.
CUDA = re.compile(r"(nvidia-|cuda-|triton)")
RESOLVE_DEADLINE_S = 1800.0

HEADER = """\
# ROS 2 {distro} as wheels and all that RoboMatrix and its extras need, frozen, for Python 3.11 to 3.13 on
# Linux and x86_64. Made by scripts/freeze_constraints.py; the permitted ranges are in setup.py.
#     pip install --constraint constraints/{distro}.txt --editable .[{distro}]
"""


def resolve(distro: str) -> dict[str, str]:
    """Return version by name of all that pip would install with every extra."""
    wanted = f"{ROOT}[{','.join((distro, *EXTRAS))}]"
    arguments = ("install", "--dry-run", "--ignore-installed", "--quiet", "--report", "-", wanted)
    pip = subprocess.run(
        [sys.executable, "-m", "pip", *arguments],
        stdout=subprocess.PIPE,
        timeout=RESOLVE_DEADLINE_S,
        check=True,
    )
    found = (item["metadata"] for item in json.loads(pip.stdout)["install"])
    # "+cpu" and the like name one build of a version; a constraint must fit all of them.
    versions = {canonical(item["name"]): item["version"].partition("+")[0] for item in found}
    del versions["robomatrix-py"]
    return versions


def canonical(name: str) -> str:
    """Return a package's name as indexes normalise it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def main() -> int:
    """Write the file of one distribution."""
    if sys.argv[1:] not in [[distro] for distro in DISTROS]:
        print(f"usage: freeze_constraints.py {{{','.join(DISTROS)}}}", file=sys.stderr)
        return 2
    (distro,) = sys.argv[1:]
    path = ROOT / "constraints" / f"{distro}.txt"
    versions = resolve(distro)
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
        name, _, version = line.partition("==")
        if CUDA.match(name):
            versions.setdefault(name, version)
    lines = [f"{name}=={version}\n" for name, version in sorted(versions.items())]
    unfinished = path.with_suffix(".part")
    unfinished.write_text(HEADER.format(distro=distro) + "".join(lines), encoding="utf-8")
    unfinished.rename(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
