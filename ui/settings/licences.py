"""What the app is built from, with each part's own licence, read from the packages themselves."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError, distribution, distributions
from pathlib import Path

_LICENCE_FILE = re.compile(r"(^|/)(licen[cs]e|copying|notice|authors)[^/]*$", re.IGNORECASE)
_REQUIREMENT = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)\s*(\[[^\]]*\])?")
_LONGEST = 400_000  # letters of one licence text; more is no licence
_LGPL = ("LGPL-3.0.txt", "GPL-3.0.txt")
_APACHE = ("Apache-2.0.txt",)
_QUESTIONS = "SQuAD 1.1, some questions"
_QUESTIONS_README = Path("evaluation", "README.md")
_ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class BundledPackage:
    """One part that came from elsewhere.

    Attributes:
        licence: As the package names it; empty if it does not.
        home: Its page; empty if it names none.
    """

    name: str
    version: str
    licence: str
    home: str = ""


def bundled_packages(resources: Path) -> tuple[BundledPackage, ...]:
    """Everything that comes along, by name: Python, fonts, questions and every package."""
    found = [
        BundledPackage(
            name="Python",
            version=sys.version.split()[0],
            licence="PSF-2.0",
            home="https://www.python.org",
        )
    ]
    if (resources / "fonts" / "OFL.txt").is_file():
        found.append(BundledPackage(name="Inter and JetBrains Mono", version="", licence="OFL-1.1"))
    if (resources / _QUESTIONS_README).is_file():
        found.append(
            BundledPackage(
                name=_QUESTIONS,
                version="",
                licence="CC-BY-SA-4.0",
                home="https://arxiv.org/abs/1606.05250",
            )
        )
    found += [_described(part) for part in _parts()]
    return tuple(sorted(found, key=lambda package: package.name.casefold()))


def licence_text(package: BundledPackage, resources: Path) -> str:
    """The full text of its licence, notices included; empty if it brings none."""
    if package.name == "Python":
        return _python_licence()
    if package.name == _QUESTIONS:
        return _read(resources / _QUESTIONS_README)
    if not package.version:
        return _read(resources / "fonts" / "OFL.txt")
    try:
        part = distribution(package.name)
    except PackageNotFoundError:
        return ""
    texts = [
        _read(Path(str(part.locate_file(file))))
        for file in part.files or []
        if _LICENCE_FILE.search(file.as_posix()) and file.suffix.lower() not in (".py", ".pyc")
    ]
    told = list(dict.fromkeys(text for text in texts if text))
    long = _field(part, "License")
    if not told and len(long) > 200:
        told = [long]
    told = told or _standard_texts(package.licence, resources)
    return "\n\n\n".join(told)[:_LONGEST]


def _standard_texts(licence: str, resources: Path) -> list[str]:
    """The well-known texts that a package names and does not carry."""
    named = licence.casefold()
    # The LGPL is written as terms on top of the GPL, so both are told.
    files = [*(_LGPL if "lgpl" in named else ()), *(_APACHE if "apache" in named else ())]
    return [text for name in files if (text := _read(resources / "licences" / name))]


def _described(part: Distribution) -> BundledPackage:
    metadata = part.metadata
    return BundledPackage(
        name=metadata["Name"],
        version=part.version,
        licence=_licence_name(part),
        home=_home(part),
    )


def _licence_name(part: Distribution) -> str:
    named = _field(part, "License-Expression")
    if named:
        return named
    short = " ".join(_field(part, "License").split())
    if short and len(short) <= 60 and short.upper() != "UNKNOWN":
        return short
    marks = part.metadata.get_all("Classifier") or []
    kinds = [str(mark).rsplit(" :: ", 1)[-1] for mark in marks if "License ::" in str(mark)]
    return ", ".join(dict.fromkeys(kind for kind in kinds if kind != "OSI Approved"))


def _field(part: Distribution, name: str) -> str:
    """A line of the package's metadata; empty if it is not there."""
    return str(part.metadata[name]) if name in part.metadata else ""


def _home(part: Distribution) -> str:
    for line in part.metadata.get_all("Project-URL") or []:
        name, _, address = str(line).partition(",")
        if name.strip().casefold() in ("homepage", "home", "source", "repository", "source code"):
            return address.strip()
    return _field(part, "Home-page")


def _parts() -> Iterator[Distribution]:
    """The packages that come along: all of the app's bundle, or what the source tree asks for."""
    asked = _ROOT / "requirements.txt"
    if not asked.is_file():
        seen: set[str] = set()
        for part in distributions():
            name = _plain(part.metadata["Name"] or "")
            if name and name not in seen:
                seen.add(name)
                yield part
        return
    yield from _closure(asked.read_text(encoding="utf-8").splitlines())


def _closure(lines: Iterable[str]) -> Iterator[Distribution]:
    waiting = [line.partition("#")[0] for line in lines]
    seen: set[str] = set()
    while waiting:
        line = waiting.pop()
        match = _REQUIREMENT.match(line)
        if match is None:
            continue
        extras = {extra.strip() for extra in (match[2] or "[]")[1:-1].split(",")}
        name = _plain(match[1])
        try:
            part = distribution(name)
        except PackageNotFoundError:
            continue  # for another system
        if name not in seen:
            seen.add(name)
            yield part
            waiting += [inner for inner in part.requires or [] if _is_wanted(inner, extras)]
        elif extras - {""}:
            waiting += [i for i in part.requires or [] if "extra" in i and _is_wanted(i, extras)]


def _is_wanted(requirement: str, extras: set[str]) -> bool:
    """Whether a part's own requirement comes along; those of extras only if they were asked for."""
    asked = re.findall(r"extra\s*==\s*['\"]([^'\"]+)['\"]", requirement)
    return not asked or bool(extras & set(asked))


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _python_licence() -> str:
    places = (
        Path(sys.base_prefix) / "LICENSE.txt",
        Path(sys.base_prefix) / "LICENSE",
        Path(
            f"{sys.base_prefix}/lib/python{sys.version_info[0]}.{sys.version_info[1]}/LICENSE.txt"
        ),
        Path(f"/usr/share/doc/python{sys.version_info[0]}.{sys.version_info[1]}/copyright"),
    )
    return next((_read(place) for place in places if place.is_file()), sys.copyright)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()[:_LONGEST]
    except OSError:
        return ""
