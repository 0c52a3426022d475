"""Puts right what wheels cannot hold or pip chose for another Mac, then signs it all."""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
from collections.abc import Iterator
from pathlib import Path

# Mach-O, either byte order, 32 and 64 bits, and files that hold several of them.
_MACHO = {
    0xFEEDFACE.to_bytes(4, "big"),
    0xFEEDFACE.to_bytes(4, "little"),
    0xFEEDFACF.to_bytes(4, "big"),
    0xFEEDFACF.to_bytes(4, "little"),
    0xCAFEBABE.to_bytes(4, "big"),
    0xCAFEBABF.to_bytes(4, "big"),
}


def mend_framework(framework: Path) -> None:
    """A framework has the links that codesign wants and that a wheel, being a zip, lost.

    `Versions/Current` points at the one version, and each thing at the top points into it.
    """
    name = framework.stem
    versions = framework / "Versions"
    version = next(path for path in sorted(versions.iterdir()) if path.is_dir())
    current = versions / "Current"
    if not current.is_symlink():
        current.symlink_to(version.name)
    for inside in (name, "Resources", "Helpers", "Libraries"):
        top = framework / inside
        if not (version / inside).exists() or top.is_symlink():
            continue
        if top.is_dir():
            shutil.rmtree(top)
        elif top.exists():
            top.unlink()
        top.symlink_to(Path("Versions", "Current", inside))


def mend_frameworks(folder: Path) -> int:
    """Every framework below a folder is mended; returns how many there are."""
    frameworks = sorted(folder.rglob("*.framework"))
    for framework in frameworks:
        mend_framework(framework)
    return len(frameworks)


def metallib_target(metallib: Path) -> tuple[int, int]:
    """The oldest macOS whose Metal runs these kernels.

    A library file begins with "MTLB"; byte 11 is the platform and two 16-bit numbers after it are
    the system's version. Checked on 2026-11-23 on mlx-metal 0.32.4 for macOS 14: (14, 0).

    Raises:
        ValueError: It is no Metal library for macOS.
    """
    with metallib.open("rb") as file:
        head = file.read(16)
    if len(head) < 16 or head[:4] != b"MTLB" or head[11] != 0x81:
        raise ValueError(f"{metallib.name} is no Metal library for macOS")
    major, minor = struct.unpack_from("<HH", head, 12)
    return major, minor


def is_macho(path: Path) -> bool:
    """Whether a file is machine code for macOS."""
    if path.is_symlink() or not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(4) in _MACHO


def signing_order(bundle: Path) -> Iterator[Path]:
    """What must be signed, inner things first: plain libraries, frameworks, then the bundle."""
    frameworks = sorted(bundle.rglob("*.framework"), key=lambda path: -len(path.parts))
    executable = bundle / "Contents" / "MacOS"
    for folder, _, names in os.walk(bundle, topdown=False):
        for name in sorted(names):
            path = Path(folder, name)
            # The main executable is signed together with the bundle.
            if is_macho(path) and path.parent != executable:
                yield path
    for framework in frameworks:
        version = (framework / "Versions" / "Current").resolve()
        if version.is_dir():
            yield version
    yield bundle


def codesign_command(path: Path, identity: str) -> list[str]:
    """The line that signs one thing.

    Args:
        path: A Mach-O file, a framework's version folder, or the bundle.
        identity: Name of a Developer ID in the keychain; "-" signs for this Mac alone.
    """
    command = ["codesign", "--force", "--sign", identity]
    if identity != "-":
        # The hardened runtime refuses libraries of another team, and "-" has no team.
        command += ["--options", "runtime", "--timestamp"]
    return [*command, str(path)]


def sign(bundle: Path, identity: str) -> int:
    """Everything in the bundle is signed; returns how many things that were."""
    count = 0
    for path in signing_order(bundle):
        subprocess.run(codesign_command(path, identity), check=True)
        count += 1
    return count
