"""Where the user's Python packages come from: pip's settings, and the index they name.

Runs on: io.
"""

from __future__ import annotations

import ast
import asyncio
import base64
import json
import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin, urlsplit, urlunsplit

from engine.contract.errors import DownloadError
from engine.web.door import Door

_DEFAULT_INDEX = "https://pypi.org/simple"
_ACCEPT = (
    "application/vnd.pypi.simple.v1+json, "
    "application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1"
)
# About 400 bytes a file in JSON (2,483 for 6 files, 2026-11-23), so room for 40,000 files.
_PAGE_LIMIT_BYTES = 16 << 20


@dataclass(frozen=True, slots=True)
class IndexAddress:
    """One package index.

    Attributes:
        url: Without a user's name or password.
        authorization: Header made from them; None if the address had none.
    """

    url: str
    authorization: str | None = None

    def __repr__(self) -> str:
        return f"IndexAddress({self.url!r})"

    def authorization_for(self, url: str) -> str | None:
        """The header, if `url` is on the index's own host."""
        own, other = urlsplit(self.url), urlsplit(url)
        same = (own.scheme, own.netloc) == (other.scheme, other.netloc)
        return self.authorization if same else None


@dataclass(frozen=True, slots=True, kw_only=True)
class PipSettings:
    """What pip is told about where to look.

    Attributes:
        indexes: Asked in this order; empty if pip may use none.
        wheel_folders: Local folders with wheels.
    """

    indexes: tuple[IndexAddress, ...]
    wheel_folders: tuple[Path, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexedFile:
    """One file of a package, as its index lists it.

    Attributes:
        sha256: Lower case; empty if the index does not tell.
        size_bytes: None if the index does not tell.
    """

    name: str
    url: str
    sha256: str
    size_bytes: int | None


async def read_pip_settings(environment: Mapping[str, str] = os.environ) -> PipSettings:
    """What the user's pip would use: its variables before its files."""
    listed = await _pip_config_list()

    def value(option: str) -> str:
        variable = "PIP_" + option.upper().replace("-", "_")
        if variable in environment:
            return environment[variable]
        return listed.get(f"download.{option}") or listed.get(f"global.{option}", "")

    urls = [value("index-url") or _DEFAULT_INDEX, *value("extra-index-url").split()]
    is_closed = value("no-index").lower() in ("1", "true", "yes", "on")
    web_urls = [url for url in urls if urlsplit(url).scheme in ("http", "https")]
    return PipSettings(
        indexes=() if is_closed else tuple(_without_credentials(url) for url in web_urls),
        wheel_folders=tuple(_local_folders(value("find-links"))),
    )


async def _pip_config_list() -> dict[str, str]:
    """Settings from pip's files, by `section.option`; empty if there is no pip."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "pip", "config", "list"),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        written, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    found = re.findall(r"^([\w.-]+)=(['\"].*['\"])$", written.decode("utf-8", "replace"), re.M)
    return {key: str(ast.literal_eval(quoted)) for key, quoted in found}


def _without_credentials(url: str) -> IndexAddress:
    parts = urlsplit(url)
    name_and_password, at, place = parts.netloc.rpartition("@")
    plain = urlunsplit((parts.scheme, place, parts.path.rstrip("/"), "", ""))
    if not at:
        return IndexAddress(plain)
    secret = base64.b64encode(unquote(name_and_password).encode()).decode("ascii")
    return IndexAddress(plain, f"Basic {secret}")


def _local_folders(find_links: str) -> list[Path]:
    folders = []
    for place in find_links.split():
        parts = urlsplit(place)
        path = Path(unquote(parts.path)) if parts.scheme == "file" else Path(place).expanduser()
        if path.is_dir():
            folders.append(path)
    return folders


def normalized(package: str) -> str:
    """A package's name as indexes write it in addresses.

    Source: PEP 503, section "Normalized Names".
    """
    return re.sub(r"[-_.]+", "-", package).lower()


async def list_files(
    door: Door, index: IndexAddress, package: str, *, purpose: str
) -> tuple[IndexedFile, ...]:
    """Every file that an index has of a package.

    Raises:
        DownloadError: The index cannot be reached or read.

    Source: PEP 691 (JSON) and PEP 503 (HTML).
    """
    reply, page = await door.get_bytes(
        f"{index.url}/{normalized(package)}/",
        purpose=purpose,
        limit_bytes=_PAGE_LIMIT_BYTES,
        headers={"Accept": _ACCEPT},
        authorization=index.authorization,
    )
    kind = reply.headers.get("content-type", "").partition(";")[0].strip()
    try:
        if kind.endswith("json"):
            return _files_in_json(page, reply.url)
        return _files_in_html(page.decode("utf-8", "replace"), reply.url)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise DownloadError(
            "The package index sent a page that cannot be read.", action="Try again later."
        ) from error


def _files_in_json(page: bytes, base_url: str) -> tuple[IndexedFile, ...]:
    return tuple(
        IndexedFile(
            name=str(entry["filename"]),
            url=urljoin(base_url, str(entry["url"])),
            sha256=str(entry.get("hashes", {}).get("sha256", "")).lower(),
            size_bytes=int(entry["size"]) if "size" in entry else None,
        )
        for entry in json.loads(page)["files"]
    )


def _files_in_html(page: str, base_url: str) -> tuple[IndexedFile, ...]:
    reader = _LinkReader()
    reader.feed(page)
    base = urljoin(base_url, reader.base or "")
    return tuple(_file_at(urljoin(base, link)) for link in reader.links)


def _file_at(link: str) -> IndexedFile:
    url, fragment = urldefrag(link)
    digest = fragment.removeprefix("sha256=") if fragment.startswith("sha256=") else ""
    name = unquote(urlsplit(url).path.rpartition("/")[2])
    return IndexedFile(name=name, url=url, sha256=digest.lower(), size_bytes=None)


class _LinkReader(HTMLParser):
    """Collects the addresses of a page's links."""

    def __init__(self) -> None:
        super().__init__()
        self.base: str | None = None
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Called by the parser for each opening tag."""
        address = dict(attrs).get("href")
        if tag == "base" and self.base is None:
            self.base = address
        elif tag == "a" and address:
            self.links.append(address)
