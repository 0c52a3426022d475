"""Builds dist/Shvayambhu.app: `make bundle`, on a Mac.

py2app makes the launcher, Python and its standard library; the rest is laid in afterwards, whole.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

from resources.packaging import contents, icon, natives

BUNDLE = contents.ROOT / "dist" / "Shvayambhu.app"
ICON = contents.ROOT / "resources" / "packaging" / "Shvayambhu.icns"
# Info.plist promises this system, and mlx's kernels must keep the promise.
OLDEST_MACOS = (14, 0)
_WHEEL_PLATFORM = f"macosx_{OLDEST_MACOS[0]}_{OLDEST_MACOS[1]}_arm64"


class BuildError(Exception):
    """The bundle cannot be built or would not work; the text says why."""


def say(text: str) -> None:
    """One line of progress."""
    sys.stderr.write(text + "\n")


def library_folder(bundle: Path) -> Path:
    """Where Python in the bundle looks for packages."""
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    return bundle / "Contents" / "Resources" / "lib" / version


def lay_in(folder: Path) -> int:
    """Every carried file is in its place; returns how many there are."""
    files = contents.carried_files()
    for source, place in files:
        target = folder / place
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, target)
    return len(files)


def lay_in_oldest_mlx(folder: Path) -> None:
    """The libraries of mlx are those built for the oldest macOS we promise, not for this Mac's.

    Raises:
        BuildError: The kernels in them need a newer system.
    """
    wheels = contents.ROOT / "build" / "wheels"
    shutil.rmtree(wheels, ignore_errors=True)
    version = contents.needed_packages()["mlx"]
    fetch = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:"]
    fetch += ["--platform", _WHEEL_PLATFORM, "--dest", str(wheels)]
    subprocess.run([*fetch, f"mlx=={version}", f"mlx-metal=={version}"], check=True)
    for wheel in sorted(wheels.glob("*.whl")):
        with zipfile.ZipFile(wheel) as archive:
            for name in archive.namelist():
                if contents.keeps("mlx", name, ()):
                    archive.extract(name, folder)
    # libmlx.dylib looks for its kernels in its own folder first, so the two stay together.
    target = natives.metallib_target(folder / "mlx" / "lib" / "mlx.metallib")
    if target > OLDEST_MACOS:
        raise BuildError(f"mlx's kernels need macOS {target[0]}.{target[1]}.")


def check_bundle(bundle: Path) -> None:
    """The finished bundle starts, finds its model room and its window, and says so.

    Raises:
        BuildError: It does not.
    """
    program = bundle / "Contents" / "MacOS" / "Shvayambhu"
    # No path of this clone may help it: what is missing in the bundle must be missing here.
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "QT_"))
    }
    for words in (["--version"], ["doctor"]):
        result = subprocess.run(
            [str(program), *words],
            cwd="/",
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if result.returncode != 0:
            raise BuildError(f"The bundle does not run:\n{result.stdout}{result.stderr}")


def main() -> int:
    """Build, mend, sign and try the bundle.

    Returns:
        0 if the bundle works, 1 if not.
    """
    if platform.system() != "Darwin":
        say("make bundle needs a Mac: py2app packs only for the system it runs on.")
        return 1
    try:
        icon.write_icns(contents.ROOT / "resources" / "icons" / "app.svg", ICON)
        shutil.rmtree(BUNDLE, ignore_errors=True)
        subprocess.run([sys.executable, "setup.py", "-q", "py2app"], cwd=contents.ROOT, check=True)
        folder = library_folder(BUNDLE)
        say(f"{lay_in(folder)} files of our own and of other packages laid in")
        lay_in_oldest_mlx(folder)
        say(f"{natives.mend_frameworks(BUNDLE)} frameworks mended")
        signed = natives.sign(BUNDLE, os.environ.get("CODESIGN_IDENTITY", "-"))
        say(f"{signed} things signed")
        check_bundle(BUNDLE)
    except (BuildError, subprocess.CalledProcessError, OSError) as error:
        say(str(error))
        return 1
    say(f"Built {BUNDLE.relative_to(contents.ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
