"""Which shared libraries are missing, and the line that brings them."""

from __future__ import annotations

import struct
import subprocess
import sys

import pytest

from app import linux_packages
from tests.architecture.source import ROOT

LDD = """/venv/PySide6/Qt/plugins/platforms/libqxcb.so:
\tlinux-vdso.so.1 (0x00007ffd)
\tlibQt6XcbQpa.so.6 => /venv/PySide6/Qt/lib/libQt6XcbQpa.so.6 (0x00007f)
\tlibxcb-cursor.so.0 => not found
\tlibGL.so.1 => not found
/venv/PySide6/QtGui.abi3.so:
\tlibGL.so.1 => not found
"""


def test_missing_libraries_are_read_off_ldd():
    assert linux_packages.parse_missing(LDD) == ["libGL.so.1", "libxcb-cursor.so.0"]


def test_two_libraries_of_one_package_are_named_once():
    libraries = ["libbrotlidec.so.1", "libbrotlicommon.so.1", "libstrange.so.3"]
    assert linux_packages.packages_for(libraries) == ["libbrotli1", "libstrange.so.3"]


def needed_libraries(path):
    """The DT_NEEDED names of a 64-bit little-endian ELF file; a bare machine has no objdump."""
    content = path.read_bytes()
    (table,) = struct.unpack_from("<Q", content, 0x20)
    size, count = struct.unpack_from("<HH", content, 0x36)
    segments = [struct.unpack_from("<IIQQQQ", content, table + n * size) for n in range(count)]
    loads = [(start, at, length) for kind, _, at, start, _, length in segments if kind == 1]
    at, length = next((at, length) for kind, _, at, _, _, length in segments if kind == 2)
    entries = list(struct.iter_unpack("<QQ", content[at : at + length]))
    strings = next(value for tag, value in entries if tag == 5)
    base = next(
        at + strings - start for start, at, size in loads if start <= strings < start + size
    )
    for tag, value in entries:
        if tag == 1:
            yield content[base + value : content.index(b"\0", base + value)].decode()


@pytest.mark.skipif(sys.platform != "linux", reason="Linux packages")
def test_every_library_that_qt_loads_has_a_package(tmp_path):
    """On a bare machine each one of them is missing, so each needs a name for apt."""
    venv = tmp_path / "venv"
    (venv / "lib").mkdir(parents=True)
    site = next(path for path in sys.path if path.endswith("site-packages"))
    (venv / "lib" / "python3").mkdir()
    (venv / "lib" / "python3" / "site-packages").symlink_to(site)
    files = linux_packages.loaded_files(venv)
    assert len(files) > 20
    needed = {name for file in files for name in needed_libraries(file)}
    bundled = ("libQt6", "libpyside6", "libshiboken6", "libmlx", "libicu", "liblapack-", "libblas-")
    of_libc = {"libc.so.6", "libm.so.6", "libpthread.so.0", "libresolv.so.2", "libdl.so.2"}
    left = {
        name
        for name in needed - of_libc - set(linux_packages._PACKAGES)
        if not name.startswith((*bundled, "ld-linux"))
    }
    assert not left


def test_without_apt_there_is_no_line_to_type(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert linux_packages.apt_command(["libgl1"]) is None


def test_the_line_to_type_can_be_pasted(monkeypatch, tmp_path):
    apt = tmp_path / "apt-get"
    apt.write_text("#!/bin/sh\n", encoding="utf-8")
    apt.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    line = linux_packages.apt_command(["libegl1", "libgl1"])
    assert line is not None
    assert line.removeprefix("sudo ") == "apt-get install -y libegl1 libgl1"


def test_the_module_needs_nothing_but_python():
    """Set-up runs it before any package is there."""
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r}); import app.linux_packages"
    subprocess.run([sys.executable, "-I", "-S", "-c", code], check=True)
