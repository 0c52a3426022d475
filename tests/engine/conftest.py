from __future__ import annotations

import contextlib
import resource
import signal

import pytest

from engine.assembly import start_engine
from engine.contract.commands import ChangeSettings, LoadModel
from tests.helpers.engine_reader import EngineReader
from tests.helpers.exchanges import SHORT
from tests.helpers.launches import Launches
from tests.helpers.tiny_model import write_tiny_model


@pytest.fixture(scope="session")
def tiny_folder(tmp_path_factory):
    return write_tiny_model(tmp_path_factory.mktemp("tiny"), context_tokens=256)


@pytest.fixture
def start(tmp_path, resources, tiny_folder):
    """Starts an engine on the same vault, as a new launch of the app does."""
    launches = Launches(tmp_path, resources, tiny_folder)
    yield launches
    launches.end()


@pytest.fixture
def kept(start):
    """A session with short answers on a vault, which `start` opens again."""
    reader = start()
    reader.do(ChangeSettings(settings=SHORT))
    return reader


@pytest.fixture
def brief(tmp_path, resources, tiny_folder):
    """A session with short answers in memory."""
    running = start_engine(
        settings=SHORT, models_dir=tmp_path / "models", resources=resources, version="0"
    )
    reader = EngineReader(running.port)
    reader.do(LoadModel(model_id=str(tiny_folder)))
    yield reader
    running.close()


@pytest.fixture
def no_keychain(monkeypatch):
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus")


@pytest.fixture
def refuse_writes():
    """A disk that takes no more bytes: files of this process may not grow."""

    @contextlib.contextmanager
    def refuse():
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        was = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
            signal.signal(signal.SIGXFSZ, was)

    return refuse
