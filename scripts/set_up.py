"""Makes .venv ready: system packages, environment, Python packages, the interfaces wheel.

Standard library only. Every step has a key, the hash of all that it depends on, and leaves it in a stamp file
once it is done; a step whose stamp bears its key is not run again. With nothing to do nothing is printed.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import debian_packages
from debian_packages import Unmet

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
STAMPS = VENV / "robomatrix-setup"
# Extras of devices whose vendors' packages run against doubles in the tests, and of what the tests calibrate with.
DRIVERS = ("calibration", "dynamixel", "feetech", "piper", "realsense", "ur", "xarm", "unitree")
CACHE = ROOT / ".cache"
LOG = CACHE / "setup.log"
INTERFACES = ROOT / "robomatrix_interfaces"
# Bounds, not expectations: a slow line may need long for some 300 MB of packages.
STEP_DEADLINE_S = 3600.0
LOCK_DEADLINE_S = 3600.0


class StepFailed(Exception):
    """A command of a step failed; the log says why."""


@dataclass(frozen=True)
class Step:
    """One piece of set-up.

    Args:
        name: Stamp file name.
        title: What it does, for people.
        key: Hash of all it depends on.
        run: Does it.
    """

    name: str
    title: str
    key: str
    run: Callable[[], None]

    @property
    def done(self) -> bool:
        """Whether it was run with this very key."""
        try:
            return (STAMPS / self.name).read_text(encoding="utf-8") == self.key
        except OSError:
            return False


def main() -> int:
    """Do what is left to do; return the exit status."""
    parser = argparse.ArgumentParser(prog="make setup")
    parser.add_argument("--distro", default="kilted", choices=sorted(p.stem for p in ROOT.glob("constraints/*.txt")))
    parser.add_argument("--dev", action="store_true", help="also install what the tests need")
    parser.add_argument("--python", help="the Python to build on; without it the environment keeps its own")
    arguments = parser.parse_args()
    try:
        python = base_python(arguments.python)
        todo = steps(python, arguments.distro, arguments.dev)
        if not all(step.done for step in todo):
            with locked():
                set_up(todo)
        return 0
    except StepFailed as failure:
        tail = LOG.read_text(encoding="utf-8", errors="replace").splitlines()[-25:]
        print("\n".join(tail), f"make setup: {failure}; the whole log: {LOG}", sep="\n", file=sys.stderr)
    except (Unmet, OSError) as problem:
        print(f"make setup: {problem}", file=sys.stderr)
    except KeyboardInterrupt:
        print("\nmake setup: interrupted; type it again to go on", file=sys.stderr)
    return 1


def set_up(todo: list[Step]) -> None:
    """Run the steps that are not done, telling a person what goes on.

    Raises:
        Unmet: The machine lacks something that cannot be installed from here.
        StepFailed: A command failed.
    """
    if all(step.done for step in todo):
        return  # another set-up did it while this one waited
    begun_s = time.monotonic()
    LOG.write_text("", encoding="utf-8")
    if VENV.exists() and not STAMPS.is_dir():
        raise Unmet(f"{VENV} was not made by make setup; move it away or remove it")
    print("Set-up, once; a few minutes on a fresh machine.", flush=True)
    if missing := debian_packages.missing():
        with reported(f"system packages: {' '.join(missing)}"):
            debian_packages.install(missing, LOG)
            if still := debian_packages.missing():
                raise Unmet(f"{' '.join(still)} installed, but what was missing still is; log: {LOG}")
    for step in todo:
        if step.done:
            continue
        with reported(step.title):
            step.run()
            write_stamp(step)
    print(f"Ready after {time.monotonic() - begun_s:.0f} s.", flush=True)


@contextlib.contextmanager
def reported(title: str) -> Iterator[None]:
    """Print a title, and the time taken once the block has ended well."""
    begun_s = time.monotonic()
    print(f"  {title} ... ", end="", flush=True)
    try:
        yield
    except BaseException:
        print("failed", flush=True)
        raise
    print(f"{time.monotonic() - begun_s:.0f} s", flush=True)


@contextlib.contextmanager
def locked() -> Iterator[None]:
    """Keep a second set-up of this checkout waiting."""
    CACHE.mkdir(exist_ok=True)
    deadline_s = time.monotonic() + LOCK_DEADLINE_S
    with (CACHE / "setup.lock").open("w") as lock:
        told = False
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline_s:
                    raise Unmet("another set-up of this checkout does not end; stop it and try again") from None
                if not told:
                    print("Waiting for another set-up of this checkout ...", flush=True)
                told = True
                time.sleep(0.2)
        yield


def steps(python: str, distro: str, dev: bool) -> list[Step]:
    """Return all steps in order.

    Args:
        python: The Python that the environment is built on.
        distro: ROS distribution whose wheels are installed.
        dev: Whether to install what the tests need.
    """
    constraints = ROOT / "constraints" / f"{distro}.txt"
    # An environment names its own place in its scripts, so one that was moved is made anew.
    environment = digest([python, distro, str(ROOT)])
    packages = digest([environment, constraints, ROOT / "setup.py"])
    wheel = digest([sys.implementation.cache_tag, distro, *interface_sources()])
    install = partial(install_packages, constraints)
    todo = [
        Step("environment", "virtual environment .venv", environment, partial(make_environment, python)),
        Step("packages", f"ROS 2 {distro} and other packages", packages, partial(install, distro)),
        Step("interfaces", "compiled messages", environment + wheel, partial(install_interfaces, distro, wheel)),
    ]
    if dev:
        browser = partial(debian_packages.install_browser, LOG)
        usb = partial(debian_packages.install_libusb, LOG)
        todo += [
            Step("dev", "packages for the tests", packages, partial(install, distro, "train", "dev", *DRIVERS)),
            Step("browser", "a browser for the tests", environment, browser),
            Step("usb", "libusb for the tests of depth cameras", environment, usb),
        ]
    return todo


def base_python(named: str | None) -> str:
    """Return the real path of the Python that the environment is, or is to be, built on."""
    if named is not None:
        return os.path.realpath(sys.executable)
    for line in (VENV / "pyvenv.cfg").read_text(encoding="utf-8").splitlines():
        key, _, value = line.partition("=")
        if key.strip() == "executable":
            return value.strip()
    raise Unmet(f"{VENV} was not made by make setup; move it away or remove it")


def interface_sources() -> list[Path]:
    """Return the files that the interfaces wheel is built from."""
    patterns = (
        "CMakeLists.txt",
        "*.xml",
        "*.toml",
        "msg/*",
        "srv/*",
        "action/*",
        "wheel/*.py",
        "wheel/*.cmake",
    )
    return sorted(path for pattern in patterns for path in INTERFACES.glob(pattern))


def digest(parts: list[str | Path]) -> str:
    """Return one hash over texts, and over names in the checkout and contents of files."""
    total = hashlib.sha256()
    for part in parts:
        name, content = (part.relative_to(ROOT), part.read_bytes()) if isinstance(part, Path) else (part, b"")
        total.update(f"{name}\0{len(content)}\0".encode() + content)
    return total.hexdigest()


def make_environment(python: str) -> None:
    """Make an empty environment in place of an earlier one."""
    if STAMPS.is_dir():
        shutil.rmtree(VENV)
    # The folder of stamps comes first: it marks a half-made environment as ours.
    STAMPS.mkdir(parents=True)
    command([python, "-m", "venv", str(VENV)])


def install_packages(constraints: Path, *extras: str) -> None:
    """Install this checkout, editable, with its requirements in the frozen versions."""
    pip("install", "--constraint", str(constraints), "--editable", f"{ROOT}[{','.join(extras)}]")


def install_interfaces(distro: str, key: str) -> None:
    """Install the interfaces wheel, built anew only where these sources were not built before."""
    folder = CACHE / "interfaces" / key[:16]
    if not folder.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent) as unfinished:
            made = Path(unfinished) / "wheel"
            pip(
                *("wheel", "--no-deps", "--no-cache-dir", "--wheel-dir", str(made)),
                *("--config-settings", f"ros-distro={distro}", str(INTERFACES)),
            )
            made.rename(folder)
    (wheel,) = folder.glob("*.whl")
    pip("install", "--no-deps", "--force-reinstall", str(wheel))


def pip(*arguments: str) -> None:
    """Run the environment's pip with the user's own pip configuration."""
    python = str(VENV / "bin" / "python")
    command([python, "-m", "pip", *arguments, "--disable-pip-version-check", "--no-input"])


def command(words: list[str]) -> None:
    """Run a command with its output in the log.

    Raises:
        StepFailed: It failed or did not end in time.
    """
    with LOG.open("a", encoding="utf-8") as output:
        print("$", *words, file=output, flush=True)
        try:
            subprocess.run(
                words,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                timeout=STEP_DEADLINE_S,
                check=True,
            )
        except subprocess.CalledProcessError as error:
            raise StepFailed(f"'{' '.join(words[:4])} ...' ended with status {error.returncode}") from None
        except subprocess.TimeoutExpired:
            raise StepFailed(f"'{' '.join(words[:4])} ...' did not end within {STEP_DEADLINE_S:.0f} s") from None


def write_stamp(step: Step) -> None:
    """Record that a step is done, under a temporary name first."""
    unfinished = STAMPS / f"{step.name}.part"
    with unfinished.open("w", encoding="utf-8") as file:
        file.write(step.key)
        file.flush()
        os.fsync(file.fileno())
    unfinished.rename(STAMPS / step.name)


if __name__ == "__main__":
    sys.exit(main())
