"""What the bundle holds besides Python: our houses, resources, and every package they need.

Packages are carried whole, as pip laid them out, because what py2app's module graph finds is not
enough: mlx is a namespace package it cannot see, keyring and transformers read their own metadata
at run time, and Qt's libraries find each other by their places. The standard library is left to
py2app, which is told what the carried packages import of it.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import re
import sys
import warnings
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatch
from functools import cache
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]
HOUSES = ("app", "engine", "ui")
RESOURCES_LEFT_OUT = ("packaging/*", "pictures/*")

# Qt's libraries need these others; read from the load commands of the 6.11.3 wheel on 2026-11-23.
_QT_NEEDS = {
    "Core": (),
    "DBus": ("Core",),
    "Gui": ("Core", "DBus"),
    "Network": ("Core",),
    "PrintSupport": ("Core", "Gui", "Widgets"),
    "Svg": ("Core", "Gui"),
    "SvgWidgets": ("Core", "Gui", "Svg", "Widgets"),
    "Test": ("Core", "Gui", "Widgets"),
    "Widgets": ("Core", "Gui"),
}
# The window, pictures, and the platform that renders without a screen.
_QT_PLUGINS = (
    "platforms/*cocoa.*",
    "platforms/*offscreen.*",
    "platforms/*xcb.*",
    "styles/*",
    "iconengines/*svgicon.*",
    "imageformats/*svg.*",
    "imageformats/*jpeg.*",
    "imageformats/*gif.*",
    "imageformats/*icns.*",
    "imageformats/*webp.*",
)
_QT_NETWORK_PLUGINS = ("tls/*", "networkinformation/*")
# Build tools and toys; and readline, which py2app refuses to pack for its licence.
_STANDARD_LEFT_OUT = frozenset(
    (
        "__main__",
        # Frozen into the interpreter itself.
        "_frozen_importlib_external",
        "distutils",
        "ensurepip",
        "idlelib",
        "lib2to3",
        "readline",
        "test",
        "this",
        "tkinter",
        "turtle",
    )
)
# Headers, sources and types for people who build upon a package; nothing at run time. And what
# Chroma has for servers and for an embedder of its own, 200 MB that are never imported here.
_LEFT_OUT = (
    "kubernetes/*",
    "onnxruntime/*",
    "*/__pycache__/*",
    "*.pyi",
    "*.pyc",
    "mlx/include/*",
    "mlx/share/*",
    "cmeel.prefix/include/*",
    "cmeel.prefix/lib/cmake/*",
    "numpy/_core/include/*",
    "numpy/*/tests/*",
    "numpy/tests/*",
)


def qt_modules() -> frozenset[str]:
    """Qt modules that our windows import, and those they need, without the leading "Qt"."""
    used: set[str] = set()
    for house in HOUSES:
        for path in (ROOT / house).rglob("*.py"):
            used |= set(re.findall(r"PySide6\.Qt(\w+)", path.read_text(encoding="utf-8")))
            used |= set(re.findall(r"from PySide6 import .*\bQt(\w+)", path.read_text("utf-8")))
    needed: set[str] = set()
    waiting = {"Svg", *used}
    while waiting:
        module = waiting.pop()
        needed.add(module)
        waiting |= set(_QT_NEEDS[module]) - needed
    return frozenset(needed)


def _keeps_of_pyside(path: str, modules: Iterable[str]) -> bool:
    plugins = _QT_PLUGINS + (_QT_NETWORK_PLUGINS if "Network" in modules else ())
    patterns = [
        "PySide6/*.py",
        "PySide6/libpyside6.*",
        "PySide6/support/*",
        "PySide6/Qt/lib/libicu*",
        "*.dist-info/*",
        *(f"PySide6/Qt{module}.abi3.*" for module in modules),
        *(f"PySide6/Qt/lib/Qt{module}.framework/*" for module in modules),
        *(f"PySide6/Qt/lib/libQt6{module}.*" for module in modules),
        *(f"PySide6/Qt/plugins/{plugin}" for plugin in plugins),
    ]
    if "linux" in sys.platform:
        patterns += ["PySide6/Qt/lib/libQt6XcbQpa.*", "PySide6/Qt/lib/libQt6OpenGL.*"]
    return any(fnmatch(path, pattern) for pattern in patterns)


def keeps(distribution: str, path: str, modules: Iterable[str]) -> bool:
    """Whether one file of a package goes into the bundle.

    Args:
        distribution: Name of the package on the index, in lower case.
        path: Of the file, relative to site-packages.
        modules: What `qt_modules` returned.
    """
    if path.startswith("..") or path.startswith("/"):
        return False
    if any(fnmatch(path, pattern) for pattern in _LEFT_OUT):
        return False
    if distribution.replace("_", "-") == "pyside6-essentials":
        # Its tools are whole applications, which cannot be signed inside ours.
        return _keeps_of_pyside(path, modules)
    return True


def requirement_lines(file: Path) -> Iterator[Requirement]:
    """What a requirements file asks for."""
    for line in file.read_text(encoding="utf-8").splitlines():
        text = line.partition("#")[0].strip()
        if text:
            yield Requirement(text)


def needed_packages(environment: Mapping[str, str] | None = None) -> dict[str, str | None]:
    """Every package the app needs at run time, direct or brought along.

    Args:
        environment: Marker values of another system, such as a Mac's; None means this one.

    Returns:
        Name in lower case with hyphens, to version; None for one that is not installed here.
    """
    found: dict[str, str | None] = {}
    waiting = list(requirement_lines(ROOT / "requirements.txt"))
    while waiting:
        requirement = waiting.pop()
        if not _applies(requirement, "", environment):
            continue
        name = re.sub(r"[-_.]+", "-", requirement.name).lower()
        extras = requirement.extras or {""}
        is_new = name not in found
        try:
            distribution = importlib.metadata.distribution(name)
        except importlib.metadata.PackageNotFoundError:
            found[name] = None
            continue
        found[name] = distribution.version
        if is_new or requirement.extras:
            for text in distribution.requires or []:
                inner = Requirement(text)
                if any(_applies(inner, extra, environment) for extra in extras):
                    inner.marker = None
                    waiting.append(inner)
    return found


def _applies(requirement: Requirement, extra: str, environment: Mapping[str, str] | None) -> bool:
    if requirement.marker is None:
        return True
    return requirement.marker.evaluate({**(environment or {}), "extra": extra})


@cache
def carried_files() -> tuple[tuple[Path, str], ...]:
    """Every file of every needed package that goes into the bundle.

    Returns:
        Pairs of where it is and where it goes, relative to the bundle's library folder.
    """
    modules = qt_modules()
    found = []
    for name, version in sorted(needed_packages().items()):
        if version is not None:
            distribution = importlib.metadata.distribution(name)
            for file in distribution.files or []:
                if keeps(name, file.as_posix(), modules):
                    found.append((Path(str(distribution.locate_file(file))), file.as_posix()))
    found += [(path, path.relative_to(ROOT).as_posix()) for path in _our_files()]
    return tuple(pair for pair in found if pair[0].is_file())


def _our_files() -> Iterator[Path]:
    for house in HOUSES:
        for path in sorted((ROOT / house).rglob("*")):
            if "__pycache__" not in path.parts:
                yield path


def resource_files() -> list[tuple[str, list[str]]]:
    """The read-only files of the app, as setup()'s `data_files` wants them."""
    folders: dict[str, list[str]] = {}
    for path in sorted((ROOT / "resources").rglob("*")):
        inside = path.relative_to(ROOT / "resources").as_posix()
        is_left_out = any(fnmatch(inside, pattern) for pattern in RESOURCES_LEFT_OUT)
        if path.is_file() and not is_left_out and "__pycache__" not in path.parts:
            folder = path.parent.relative_to(ROOT).as_posix()
            folders.setdefault(folder, []).append(path.relative_to(ROOT).as_posix())
    return sorted(folders.items())


def carried_names() -> set[str]:
    """Top-level import names that are carried and so are no business of the module graph."""
    names = {place.partition("/")[0].partition(".")[0] for _, place in carried_files()}
    return {name for name in names if name.isidentifier()}


def standard_modules() -> list[str]:
    """Modules of the standard library that carried files import anywhere, sorted."""
    found: set[str] = set()
    for source, place in carried_files():
        if place.endswith(".py"):
            found |= _standard_imports(source)
    return sorted(found)


_IMPORT = re.compile(
    r"^[ \t]*(?:from ([\w.]+) import \(?([\w, ]+)|import ([\w., ]+))", re.MULTILINE
)


def _standard_imports(path: Path) -> set[str]:
    # Reading lines, not syntax trees: transformers alone is 13 MB of source.
    names: set[str] = set()
    for origin, words, plain in _IMPORT.findall(path.read_text(encoding="utf-8", errors="replace")):
        listed = [word.split()[0] for word in (words or plain).split(",") if word.strip()]
        names.update(f"{origin}.{word}" if origin else word for word in listed)
        names.add(origin)
    return {name for name in names if name and _is_standard_module(name)}


@cache
def _is_standard_module(name: str) -> bool:
    top = name.partition(".")[0]
    if top not in sys.stdlib_module_names or top in _STANDARD_LEFT_OUT:
        return False
    try:
        with warnings.catch_warnings():
            # Looking for a part of a package imports the package, however old it is.
            warnings.simplefilter("ignore")
            return importlib.util.find_spec(name) is not None
    except (ImportError, ValueError, AttributeError):
        return False
