"""Packs the macOS bundle's frame with py2app; `make bundle` calls it and lays in the rest.

The project is bundled, never published: `app`, `engine` and `ui` are common words.
"""

from __future__ import annotations

import ast
import plistlib
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT))

from resources.packaging import contents  # noqa: E402


def read_version() -> str:
    """The version number out of app/version.py, whose package must not be imported for it."""
    tree = ast.parse((ROOT / "app" / "version.py").read_text(encoding="utf-8"))
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "VERSION":
            return str(ast.literal_eval(node.value))
    raise ValueError("app/version.py has no VERSION")


def identity() -> dict[str, Any]:
    """Info.plist with the version, which is written once, in app/version.py."""
    plist: dict[str, Any] = plistlib.loads((ROOT / "Info.plist").read_bytes())
    version = read_version()
    return {**plist, "CFBundleVersion": version, "CFBundleShortVersionString": version}


def options() -> dict[str, Any]:
    """What py2app is told."""
    return {
        "plist": identity(),
        "iconfile": "resources/packaging/Shvayambhu.icns",
        "arch": "arm64",
        "argv_emulation": False,
        # The graph is to find the standard library; all else is laid in whole afterwards, where
        # PySide6's own recipe would point Qt at an empty plugin folder.
        "includes": contents.standard_modules(),
        "excludes": [*sorted(contents.carried_names()), "tkinter", "test", "distutils"],
        # `strip` breaks the signatures of libraries that come signed.
        "no_strip": True,
    }


def main() -> None:
    """Hand everything to setuptools."""
    from setuptools import setup

    setup(
        name="Shvayambhu",
        version=read_version(),
        app=["resources/packaging/Shvayambhu.py"],
        data_files=contents.resource_files(),
        packages=[],
        py_modules=[],
        options={"py2app": options()},
    )


if __name__ == "__main__":
    main()
