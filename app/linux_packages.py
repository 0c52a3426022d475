"""Which shared libraries a Linux machine lacks, and the packages that bring them.

Standard library only: it is used by `bootstrap.py` before anything is installed.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

# What the window loads at run time. Found by following `readelf -d` through PySide6 6.11.3;
# plugins we never load (GTK theme, databases, printing, embedded screens) are left out.
_LOADED = (
    "PySide6/Qt{Core,Gui,Widgets,DBus,Network,Svg,Test}.abi3.so",
    "PySide6/Qt/plugins/platforms/libq{xcb,wayland,offscreen}.so",
    "PySide6/Qt/plugins/xcbglintegrations/*.so",
    "PySide6/Qt/plugins/wayland-shell-integration/libxdg-shell.so",
    "PySide6/Qt/plugins/wayland-decoration-client/*.so",
    "PySide6/Qt/plugins/wayland-graphics-integration-client/libqt-plugin-wayland-egl.so",
    "PySide6/Qt/plugins/platforminputcontexts/lib{compose,ibus}*.so",
    "PySide6/Qt/plugins/iconengines/*.so",
    "PySide6/Qt/plugins/imageformats/libq{svg,jpeg,gif,ico,webp}.so",
    "PySide6/Qt/plugins/tls/*.so",
    "mlx/lib/libmlx.so",
)

# Library to Debian package; Ubuntu 24.04 has the same names or answers to them.
_PACKAGES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libX11.so.6": "libx11-6",
    "libbrotlicommon.so.1": "libbrotli1",
    "libbrotlidec.so.1": "libbrotli1",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libgcc_s.so.1": "libgcc-s1",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgssapi_krb5.so.2": "libgssapi-krb5-2",
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libstdc++.so.6": "libstdc++6",
    "libwayland-client.so.0": "libwayland-client0",
    "libwayland-cursor.so.0": "libwayland-cursor0",
    "libwayland-egl.so.1": "libwayland-egl1",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-glx.so.0": "libxcb-glx0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-render.so.0": "libxcb-render0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-shm.so.0": "libxcb-shm0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-util.so.1": "libxcb-util1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxcb.so.1": "libxcb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libz.so.1": "zlib1g",
    "libzstd.so.1": "libzstd1",
}


def _expand(pattern: str) -> list[str]:
    """The shell's braces, which pathlib's globbing does not have."""
    match = re.search(r"\{([^}]*)\}", pattern)
    if match is None:
        return [pattern]
    return [
        pattern[: match.start()] + word + pattern[match.end() :] for word in match[1].split(",")
    ]


def loaded_files(venv: Path) -> list[Path]:
    """The binary files in an environment whose shared libraries must be found."""
    found: list[Path] = []
    for pattern in _LOADED:
        for plain in _expand(pattern):
            found += sorted(venv.glob(f"lib/python3*/site-packages/{plain}"))
    return found


def parse_missing(ldd_output: str) -> list[str]:
    """Names of the libraries that `ldd` reports as not found, sorted, each once."""
    return sorted(set(re.findall(r"^\s*(\S+) => not found", ldd_output, re.MULTILINE)))


def missing_libraries(venv: Path) -> list[str]:
    """Shared libraries that an environment's packages need and this machine lacks.

    Returns:
        File names such as "libxcb-cursor.so.0"; empty if all are there or there is no `ldd`.
    """
    ldd = shutil.which("ldd")
    files = loaded_files(venv)
    if ldd is None or not files:
        return []
    # LC_ALL: "not found" is translated.
    result = subprocess.run(
        [ldd, *(str(file) for file in files)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        env={**os.environ, "LC_ALL": "C"},
        check=False,
    )
    return parse_missing(result.stdout)


def packages_for(libraries: Iterable[str]) -> list[str]:
    """Debian packages that hold these libraries; a library nobody listed stays as it is."""
    return sorted({_PACKAGES.get(library, library) for library in libraries})


def apt_command(packages: Iterable[str]) -> str | None:
    """The line a person types to install packages, or None where there is no apt."""
    if shutil.which("apt-get") is None:
        return None
    prefix = "" if os.geteuid() == 0 else "sudo "
    return f"{prefix}apt-get install -y {shlex.join(packages)}"


def _privilege() -> list[str] | None:
    """What to put before apt-get: nothing for root, sudo if it asks for no password."""
    if os.geteuid() == 0:
        return []
    sudo = shutil.which("sudo")
    if sudo is None:
        return None
    asks = subprocess.run(
        [sudo, "-n", "true"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
    ).returncode
    return [sudo, "-n"] if asks == 0 else None


def install(packages: list[str]) -> bool:
    """Install packages through apt where that needs no password.

    Returns:
        Whether they are installed now. apt's own words go to stderr if it failed.
    """
    privilege = _privilege()
    if privilege is None:
        return False
    apt = [*privilege, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q"]
    # Another program may be using apt for a while, such as the daily upgrade.
    wait = ["-o", "DPkg::Lock::Timeout=300"]
    command = [*apt, *wait, "install", "-y", "--no-install-recommends", *packages]
    # First without: the lists are often fresh, and a machine may be off the network.
    if _quietly(command) is None:
        return True
    _quietly([*apt, *wait, "update"])
    complaint = _quietly(command)
    if complaint is not None:
        sys.stderr.write(complaint)
    return complaint is None


def _quietly(command: list[str]) -> str | None:
    """Run a program; None if it succeeded, else the end of what it wrote."""
    result = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    if result.returncode == 0:
        return None
    return "\n".join(result.stdout.strip().splitlines()[-12:]) + "\n"
