"""What the macOS bundle would hold, as far as Linux can prove it."""

from __future__ import annotations

import plistlib
import re
import struct
import subprocess
import sys
import sysconfig
import warnings
from pathlib import Path

import pytest
from modulegraph.find_modules import find_modules
from modulegraph.modulegraph import ExcludedModule, MissingModule, Script

import setup
from app.version import VERSION
from resources.packaging import build, contents, icon
from tests.architecture.source import ROOT

MAC = {
    "sys_platform": "darwin",
    "platform_system": "Darwin",
    "platform_machine": "arm64",
    "os_name": "posix",
}


@pytest.fixture(scope="module")
def graph():
    """The graph py2app would build of the launcher, with the options it would get."""
    options = setup.options()
    with warnings.catch_warnings():
        # It compiles the whole standard library, with every old spelling in it.
        warnings.simplefilter("ignore")
        return find_modules(
            scripts=[str(ROOT / "resources/packaging/Shvayambhu.py")],
            # py2app adds these of its own accord.
            includes=[*options["includes"], "encodings.*", "_sitebuiltins"],
            excludes=options["excludes"],
            path=[str(ROOT), *sys.path],
        )


@pytest.fixture(scope="module")
def laid_in(tmp_path_factory):
    """The library folder of a bundle, of links in place of copies."""
    folder = tmp_path_factory.mktemp("library")
    for source, place in contents.carried_files():
        target = folder / place
        target.parent.mkdir(parents=True, exist_ok=True)
        target.symlink_to(source)
    return folder


def in_bundle(graph, folder, code):
    """Run code with the carried files and the graph's standard library, and nothing else."""
    standard = {node.identifier for node in graph.flatten()}
    check = f"""
import sys
allowed = {sorted(standard)!r}
tops = {{name.partition('.')[0] for name in allowed}}
names = frozenset(allowed) | frozenset(sys.modules)
class OnlyPacked:
    def find_spec(self, name, path=None, target=None):
        top = name.partition('.')[0]
        if top in sys.stdlib_module_names and name not in names:
            raise ModuleNotFoundError(f'{{name}} would not be in the bundle', name=name)
        return None
sys.meta_path.insert(0, OnlyPacked())
sys.path[:] = [{str(folder)!r}, *sys.path]
{code}
"""
    return subprocess.run(
        [sys.executable, "-I", "-S", "-c", check],
        cwd="/",
        env={"QT_QPA_PLATFORM": "offscreen", "HOME": str(folder), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_graph_finds_every_standard_module_that_is_imported(graph):
    lost = [
        name
        for name in contents.standard_modules()
        if isinstance(graph.findNode(name), (MissingModule, type(None)))
    ]
    assert not lost


def test_the_graph_leaves_everything_else_to_be_carried(graph):
    """A package in both places would be loaded twice, once from the archive."""
    packed = {
        node.identifier.partition(".")[0]
        for node in graph.flatten()
        if not isinstance(node, (ExcludedModule, MissingModule, Script)) and node.filename
    }
    assert not packed & contents.carried_names()
    # Python's own for one machine: Debian brings a sitecustomize.
    local = {name for name in packed if re.match("_sysconfigdata|sitecustomize", name)}
    assert packed - set(sys.stdlib_module_names) - local == set()


@pytest.mark.feature(
    "bundle.complete", "The macOS bundle holds the model room, the window and everything they need."
)
def test_the_app_runs_on_what_the_bundle_holds_and_nothing_else(graph, laid_in):
    """In a fresh process that sees only carried files and standard modules py2app would pack."""
    result = in_bundle(
        graph,
        laid_in,
        """
import app.main, app.window
from engine.runtime import blas
blas.preload()
import mlx.core as mx, mlx.nn, mlx_lm, transformers, tokenizers, numpy
assert mx.sum(mx.ones(3)).item() == 3
import httpx2, keyring, jinja2, markdown_it, psutil, qasync
from mlx_lm.models import gemma3_text, llama, qwen2, qwen3
from mlx_lm.generate import generate_step
from transformers import AutoTokenizer, PreTrainedTokenizerFast
assert keyring.backend.get_all_keyring()
import asyncio, numpy as np
from engine.retrieval.chroma_index import ChromaIndex
from engine.retrieval.quantised_index import QuantisedIndex
from engine.storage.keychain import SystemKeychain
from engine.storage.vault import Vault
vector = np.ones((1, 4), np.float32)
for kind in (QuantisedIndex, ChromaIndex):
    index = kind(4)
    index.add(['one'], vector)
    assert index.search(vector[0], 1)[0][0] == 'one'
vault = Vault(None, SystemKeychain())
asyncio.run(vault.open())
assert vault.codec.unpack(vault.codec.pack('message', 'Hello')) == 'Hello'
from PySide6 import QtCore, QtGui, QtSvg, QtWidgets
application = QtWidgets.QApplication([])
assert application.platformName() == 'offscreen'
assert b'svg' in [bytes(kind.data()) for kind in QtGui.QImageReader.supportedImageFormats()]
sys.stdout.write('whole')
""",
    )
    assert result.returncode == 0, result.stderr[-3000:]
    assert result.stdout.endswith("whole")


def test_a_standard_module_outside_the_graph_would_be_missed(graph, laid_in):
    """Proof that the test above can fail."""
    assert "turtle would not be in the bundle" in in_bundle(graph, laid_in, "import turtle").stderr


def carried_places():
    return {place for _, place in contents.carried_files()}


def test_mlx_is_carried_with_its_libraries():
    """It is a namespace package out of two wheels, which module graphs do not see."""
    places = carried_places()
    suffix = sysconfig.get_config_var("EXT_SUFFIX")
    assert f"mlx/core{suffix}" in places
    assert "mlx/nn/layers/base.py" in places
    assert any(re.fullmatch(r"mlx/lib/libmlx\.(so|dylib)", place) for place in places)
    assert not any(place.startswith("mlx/include/") for place in places)


def test_a_mac_would_get_mlx_with_its_metal_kernels():
    assert "mlx-metal" in contents.needed_packages(MAC)
    assert "mlx-cpu" not in contents.needed_packages(MAC)
    kept = ["mlx/lib/libmlx.dylib", "mlx/lib/mlx.metallib", "mlx/core.cpython-312-darwin.so"]
    assert all(contents.keeps("mlx-metal", place, ()) for place in kept)


# Names read off the macOS wheel of PySide6-Essentials 6.11.3.
@pytest.mark.parametrize(
    "place",
    [
        "PySide6/__init__.py",
        "PySide6/QtWidgets.abi3.so",
        "PySide6/libpyside6.abi3.6.11.dylib",
        "PySide6/Qt/lib/QtCore.framework/Versions/A/QtCore",
        "PySide6/Qt/lib/QtDBus.framework/Versions/A/Resources/Info.plist",
        "PySide6/Qt/plugins/platforms/libqcocoa.dylib",
        "PySide6/Qt/plugins/styles/libqmacstyle.dylib",
        "PySide6/Qt/plugins/iconengines/libqsvgicon.dylib",
        "PySide6/Qt/plugins/imageformats/libqsvg.dylib",
    ],
)
def test_what_qt_needs_on_a_mac_is_kept(place):
    assert contents.keeps("pyside6-essentials", place, contents.qt_modules())


@pytest.mark.parametrize(
    "place",
    [
        "PySide6/Assistant.app/Contents/MacOS/Assistant",
        "PySide6/lrelease",
        "PySide6/Qt/libexec/qmltyperegistrar",
        "PySide6/QtQml.abi3.so",
        "PySide6/Qt/lib/QtQuick.framework/Versions/A/QtQuick",
        "PySide6/Qt/plugins/sqldrivers/libqsqlpsql.dylib",
        "PySide6/Qt/qml/QtQuick/qmldir",
        "PySide6/Qt/translations/qt_de.qm",
        "PySide6/QtCore.pyi",
    ],
)
def test_qt_tools_are_left_out(place):
    """They are applications and libraries of their own, and cannot be signed inside ours."""
    assert not contents.keeps("pyside6-essentials", place, contents.qt_modules())


def test_every_resource_is_packed():
    packed = {path for _, paths in contents.resource_files() for path in paths}
    assert "resources/icons/app.svg" in packed
    assert "resources/models.toml" in packed
    assert "resources/evaluation/questions.jsonl" in packed
    assert "resources/evaluation/README.md" in packed
    assert any(path.startswith("resources/fonts/") for path in packed)
    assert any(path.startswith("resources/themes/") for path in packed)
    assert not any("packaging" in path for path in packed)


def test_package_metadata_is_carried():
    """keyring finds its backends, and transformers its versions, in metadata folders."""
    places = carried_places()
    for name in ("keyring", "transformers", "tokenizers", "mlx_lm"):
        assert any(re.match(rf"{name}-[\d.]+\.dist-info/METADATA", place) for place in places)
    assert "keyring-25.7.0.dist-info/entry_points.txt" in places


def test_the_version_is_read_without_importing_the_app():
    assert setup.read_version() == VERSION
    assert setup.identity()["CFBundleShortVersionString"] == VERSION


def test_the_bundle_says_what_it_is():
    plist = plistlib.loads((ROOT / "Info.plist").read_bytes())
    assert plist["CFBundleName"] == "Shvayambhu"
    assert plist["NSHighResolutionCapable"] is True
    assert plist["UIDesignRequiresCompatibility"] is True
    # A static LSUIElement would take the menu bar away.
    assert "LSUIElement" not in plist
    # A permission is asked for when a feature needs it, not before.
    assert not [key for key in plist if key.endswith("UsageDescription")]
    oldest = tuple(int(part) for part in plist["LSMinimumSystemVersion"].split("."))
    assert oldest == build.OLDEST_MACOS


def test_the_icon_has_every_size(tmp_path):
    target = tmp_path / "app.icns"
    icon.write_icns(ROOT / "resources/icons/app.svg", target)
    content = target.read_bytes()
    assert content[:4] == b"icns"
    assert struct.unpack(">I", content[4:8])[0] == len(content)
    sides, place = {}, 8
    while place < len(content):
        kind, length = struct.unpack_from(">4sI", content, place)
        png = content[place + 8 : place + length]
        assert png[:8] == b"\x89PNG\r\n\x1a\n"
        sides[kind] = struct.unpack_from(">II", png, 16)
        place += length
    assert sides == {kind: (side, side) for kind, side in icon._SIZES}
    assert (1024, 1024) in sides.values()


@pytest.mark.skipif(sys.platform == "darwin", reason="says that it needs a Mac")
def test_bundling_elsewhere_says_in_one_line_what_it_needs():
    result = subprocess.run(
        ["make", "bundle"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert result.returncode != 0
    assert result.stdout == ""
    assert "make bundle needs a Mac" in result.stderr
    ours = [line for line in result.stderr.splitlines() if not re.match(r"make(\[\d+\])?: ", line)]
    assert len(ours) == 1


def test_the_launcher_is_the_app_itself():
    launcher = Path(ROOT, "resources/packaging/Shvayambhu.py").read_text(encoding="utf-8")
    assert "from app.main import main" in launcher
