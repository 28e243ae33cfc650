"""What set-up needs of the machine: which Debian packages are missing, and their installation.

Nothing is asked of dpkg: each need is tested for itself, so that a compiler or a Python from elsewhere counts
too.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib
import importlib.util
import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path

_EGL_PLATFORM_DEVICE = 0x313F
_EGL_DEVICES_MAX = 16
_APT_OPTIONS = ("--yes", "--no-install-recommends")
# A machine that has just started may be busy with its own updates.
_APT_WAITS_FOR_LOCK = ("-o", "DPkg::Lock::Timeout=600")
_APT_DEADLINE_S = 1800.0


class Unmet(Exception):
    """A need of set-up that it cannot meet; the text is one line for a person."""


def missing() -> list[str]:
    """Return the Debian packages that would meet the needs that are not met."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    found: list[str] = []
    importlib.invalidate_caches()
    if importlib.util.find_spec("ensurepip") is None:
        found += [_of_system_python(f"{version}-venv", "the module ensurepip")]
    if not Path(sysconfig.get_config_var("INCLUDEPY"), "Python.h").is_file():
        found += [_of_system_python(f"{version}-dev", "its C headers")]
    if not (_compiler("CC", "cc", "gcc") and _compiler("CXX", "c++", "g++")):
        found += ["g++"]
    if not egl_starts():
        found += ["libegl1", "libgl1-mesa-dri"]
    if not (_loads("libOpenGL.so.0") or _loads("libGL.so.1")):
        found += ["libopengl0"]
    return found


def _of_system_python(package: str, lacks: str) -> str:
    if sys.base_prefix != "/usr":
        raise Unmet(f"{sys.executable} lacks {lacks}; take another Python: make setup PYTHON=...")
    return package


def _compiler(variable: str, *names: str) -> bool:
    named = os.environ.get(variable, "").split()
    return any(shutil.which(name) for name in (named[:1] or names))


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def egl_starts() -> bool:
    """Return whether EGL finds a device to draw with that starts: MuJoCo draws so without a screen."""
    if not _loads("libEGL.so.1"):
        return False
    egl = ctypes.CDLL("libEGL.so.1")
    find = egl.eglGetProcAddress
    find.restype = ctypes.c_void_p
    devices_at, display_at = find(b"eglQueryDevicesEXT"), find(b"eglGetPlatformDisplayEXT")
    if not devices_at or not display_at:
        return False
    pointer, integer = ctypes.c_void_p, ctypes.c_int
    query = ctypes.CFUNCTYPE(integer, integer, ctypes.POINTER(pointer), ctypes.POINTER(integer))(devices_at)
    open_display = ctypes.CFUNCTYPE(pointer, integer, pointer, pointer)(display_at)
    devices, count = (pointer * _EGL_DEVICES_MAX)(), integer()
    if not query(_EGL_DEVICES_MAX, devices, ctypes.byref(count)):
        return False
    return any(_starts(egl, open_display, device) for device in devices[: count.value])


def _starts(egl: ctypes.CDLL, open_display: Callable[..., int | None], device: int | None) -> bool:
    egl.eglInitialize.argtypes = [ctypes.c_void_p] * 3
    display = open_display(_EGL_PLATFORM_DEVICE, device, None)
    # It is not terminated: a display is one for the whole process, and whoever draws on it would lose it.
    return bool(display and egl.eglInitialize(display, None, None))


def install_browser(log: Path) -> None:
    """Install Debian's Chromium for the browser tests, if it can be had; they skip, visibly, without one.

    Args:
        log: File that takes the output.
    """
    if any(shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome")):
        return
    # Ubuntu's package is a detour to a snap, which needs a running snapd.
    if "\nID=debian\n" not in f"\n{Path('/etc/os-release').read_text(encoding='utf-8')}":
        return
    with contextlib.suppress(Unmet):
        install(["chromium"], log)


def install_libusb(log: Path) -> None:
    """Install what librealsense loads, if it can be had; the tests of depth cameras skip, visibly, without it.

    Args:
        log: File that takes the output.
    """
    if not _loads("libusb-1.0.so.0"):
        with contextlib.suppress(Unmet):
            install(["libusb-1.0-0"], log)


def install(packages: list[str], log: Path) -> None:
    """Install packages with apt-get, as root or with a sudo that asks for no password.

    Args:
        packages: Debian package names.
        log: File that takes the output.

    Raises:
        Unmet: It is not permitted or did not work; the text names the command to type.
    """
    names = " ".join(packages)
    if shutil.which("apt-get") is None:
        raise Unmet(f"what Debian calls {names} is missing; install it with the system's package manager")
    root = os.geteuid() == 0
    sudo = "" if root else "sudo "
    by_hand = f"{sudo}apt-get update && {sudo}apt-get install {' '.join(_APT_OPTIONS)} {names}"
    if not root and not _sudo_without_password():
        raise Unmet(f"Debian packages are missing and need root; type: {by_hand}")
    apt = [
        *([] if root else ["sudo", "-n"]),
        "env",
        "DEBIAN_FRONTEND=noninteractive",
        "apt-get",
        *_APT_WAITS_FOR_LOCK,
    ]
    with log.open("a", encoding="utf-8") as output:
        # A fresh machine has no package lists. Old lists may do, so a failure here is left to what follows.
        _run([*apt, "update"], output.fileno())
        if _run([*apt, "install", *_APT_OPTIONS, *packages], output.fileno()) != 0:
            raise Unmet(f"apt-get could not install {names}; log: {log}; type yourself: {by_hand}")


def _sudo_without_password() -> bool:
    return shutil.which("sudo") is not None and _run(["sudo", "-n", "true"], subprocess.DEVNULL) == 0


def _run(command: list[str], output: int) -> int:
    try:
        return subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            timeout=_APT_DEADLINE_S,
            check=False,
        ).returncode
    except subprocess.TimeoutExpired:
        return 1
