"""Fixtures every test may use; switches the guards on."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

import pytest

from app.garbage import Garbage
from app.paths import find_paths
from engine.runtime import blas

# Before anything imports mlx: on Linux its products then go through OpenBLAS.
blas.preload()

# As in the app: nothing is freed behind Qt's back, on whichever thread and in whichever call.
gc.disable()

# What the user has set, for the model cache and for nothing else.
USERS_ENVIRONMENT = dict(os.environ)
USERS_MODELS_DIR = find_paths(None).models_dir
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
# Nor is the user's keychain for tests; those that need one bring their own.
os.environ["SHVAYAMBHU_NO_KEYCHAIN"] = "1"

from tests.helpers.guards import NetworkGuard, no_logged_warning  # noqa: E402

ROOT = Path(__file__).resolve().parent.parent
STARTER_MODEL = "smollm2-135m"

_network = NetworkGuard()
_garbage = Garbage()
_homes = tempfile.TemporaryDirectory(prefix="shvayambhu-tests-", ignore_cleanup_errors=True)
# A program started by a test must not find the user's own files either.
for _name, _folder in (
    ("HOME", "."),
    ("XDG_CONFIG_HOME", "config"),
    ("XDG_CACHE_HOME", "cache"),
    ("XDG_STATE_HOME", "state"),
    ("XDG_DATA_HOME", "share"),
):
    os.environ[_name] = str(Path(_homes.name, _folder))
# Weights come from the catalogue's own sources, never from a hub at import time.
os.environ.update(HF_HUB_OFFLINE="1", TRANSFORMERS_OFFLINE="1", TOKENIZERS_PARALLELISM="false")


def pytest_unconfigure() -> None:
    _homes.cleanup()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Metal is only on a Mac; everything else runs anywhere."""
    no_metal = pytest.mark.skip(reason="needs Metal")
    for item in items:
        if sys.platform != "darwin" and item.get_closest_marker("apple"):
            item.add_marker(no_metal)


def pytest_runtest_logfinish() -> None:
    """What tests leave in circles is freed between two of them."""
    _garbage.collect_due()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item):
    """Each test runs inside the guards; a test that reads `caplog` looks at its log itself."""
    expected = item.get_closest_marker("logs_warning")
    with ExitStack() as guards:
        if item.get_closest_marker("reaches_network") is None:
            guards.enter_context(_network.watch())
        if "caplog" not in getattr(item, "fixturenames", ()):
            guards.enter_context(no_logged_warning(expected.args[0] if expected else None))
        return (yield)


@pytest.fixture(autouse=True)
def app_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh home for the app's own files, in SHVAYAMBHU_HOME."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("SHVAYAMBHU_HOME", str(home))
    monkeypatch.delenv("SHVAYAMBHU_MODELS_DIR", raising=False)
    return home


@pytest.fixture(scope="session")
def resources() -> Path:
    """The read-only files that come with the app."""
    return ROOT / "resources"


@pytest.fixture(scope="session")
def models_dir() -> Path:
    """Where the user's models lie; weights are too large to be fetched for each run."""
    return USERS_MODELS_DIR


@pytest.fixture(scope="session")
def starter_model_path(models_dir: Path) -> Path:
    """The starter model's file, fetched once per machine if set-up has not done so."""
    folder = models_dir / STARTER_MODEL
    if not any(folder.glob("*.gguf")):
        fetch = [sys.executable, "-m", "app", "models", "fetch", STARTER_MODEL]
        subprocess.run(fetch, cwd=ROOT, env=USERS_ENVIRONMENT, check=True)
    return next(iter(sorted(folder.glob("*.gguf"))))
