"""Frameworks, kernels and signatures are put right."""

from __future__ import annotations

import struct

import pytest

from resources.packaging import natives

MACHO = 0xFEEDFACF.to_bytes(4, "little") + bytes(28)


@pytest.fixture
def bundle(tmp_path):
    """The parts of a bundle that signing cares about, as wheels leave them."""
    folder = tmp_path / "Some.app"
    library = folder / "Contents/Resources/lib/python3.12"
    framework = library / "PySide6/Qt/lib/QtCore.framework"
    for path in (
        framework / "Versions/A/QtCore",
        library / "mlx/lib/libmlx.dylib",
        folder / "Contents/MacOS/Some",
    ):
        path.parent.mkdir(parents=True)
        path.write_bytes(MACHO)
    for resources in (framework / "Versions/A/Resources", framework / "Resources"):
        resources.mkdir()
        (resources / "Info.plist").write_text("<plist/>")
    (library / "mlx/nn.py").write_text("")
    return folder


def test_a_framework_gets_its_links_back(bundle):
    """codesign calls a framework without them ambiguous."""
    assert natives.mend_frameworks(bundle) == 1
    framework = next(bundle.rglob("QtCore.framework"))
    assert (framework / "Versions/Current").readlink().as_posix() == "A"
    assert (framework / "QtCore").read_bytes() == MACHO
    assert (framework / "Resources").is_symlink()
    assert (framework / "Resources/Info.plist").exists()


def test_mending_twice_changes_nothing(bundle):
    natives.mend_frameworks(bundle)
    before = sorted(bundle.rglob("*"))
    assert natives.mend_frameworks(bundle) == 1
    assert sorted(bundle.rglob("*")) == before


def test_inner_things_are_signed_first(bundle):
    natives.mend_frameworks(bundle)
    order = [path.relative_to(bundle).as_posix() for path in natives.signing_order(bundle)]
    assert order[-1] == "."
    assert order.index(
        "Contents/Resources/lib/python3.12/PySide6/Qt/lib/QtCore.framework/Versions/A/QtCore"
    ) < (
        order.index("Contents/Resources/lib/python3.12/PySide6/Qt/lib/QtCore.framework/Versions/A")
    )
    assert "Contents/Resources/lib/python3.12/mlx/lib/libmlx.dylib" in order
    assert "Contents/MacOS/Some" not in order
    assert not [path for path in order if path.endswith(".py")]
    assert len(order) == len(set(order))


def test_only_a_real_identity_asks_for_the_hardened_runtime(bundle):
    assert "runtime" not in natives.codesign_command(bundle, "-")
    assert "runtime" in natives.codesign_command(bundle, "Developer ID Application: Someone")


def metallib(path, platform=0x81, major=14, minor=0):
    path.write_bytes(
        b"MTLB" + bytes.fromhex("01800200070000") + struct.pack("<BHH", platform, major, minor)
    )
    return path


def test_the_oldest_system_is_read_off_the_kernels(tmp_path):
    assert natives.metallib_target(metallib(tmp_path / "a")) == (14, 0)
    assert natives.metallib_target(metallib(tmp_path / "b", major=26, minor=2)) == (26, 2)


def test_kernels_for_another_device_are_refused(tmp_path):
    with pytest.raises(ValueError, match="no Metal library"):
        natives.metallib_target(metallib(tmp_path / "c", platform=0x82))
