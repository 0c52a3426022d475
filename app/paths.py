"""Every directory and file the app reads or writes, one function each."""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from app.errors import FolderError, UsageError

_OTHER_HOME = "Name another folder with --home DIR."
_FOLDER_NAME = "shvayambhu"
_MAC_FOLDER_NAME = "Shvayambhu"

# A Unix socket's path must fit 104 bytes on macOS and 108 on Linux, its closing zero included.
_SOCKET_PATH_BYTES = 100


def resources() -> Path:
    """The read-only files that come with the app; inside a bundle py2app says where."""
    bundled = os.environ.get("RESOURCEPATH")
    if bundled and getattr(sys, "frozen", None):
        return Path(bundled) / "resources"
    return Path(__file__).resolve().parent.parent / "resources"


@dataclass(frozen=True, slots=True, kw_only=True)
class AppPaths:
    """Where everything lies for one home; made by `find_paths`.

    Attributes:
        settings_dir: Settings file and its set-aside damaged versions.
        state_dir: Window state, lock and socket.
        logs_dir: Log and crash reports.
        models_dir: Weights; shared by all clones of the source unless a home was named.
    """

    settings_dir: Path
    state_dir: Path
    logs_dir: Path
    models_dir: Path

    def settings_file(self) -> Path:
        """The user's settings."""
        return self.settings_dir / "settings.json"

    def vault_dir(self) -> Path:
        """Everything about the user, encrypted."""
        return self.state_dir / "vault"

    def window_state_file(self) -> Path:
        """Sizes and places of window, sidebar and splitters."""
        return self.state_dir / "window.ini"

    def lock_file(self) -> Path:
        """Held by the one process whose window is open for this home."""
        return self.state_dir / "window.lock"

    def socket_file(self) -> Path:
        """Where a second launch knocks; in the temporary folder if the home's path is too long."""
        socket = self.state_dir / "window.sock"
        if len(os.fsencode(socket)) <= _SOCKET_PATH_BYTES:
            return socket
        # Owner and home are in the name, so that neither two users nor two homes can meet.
        mark = f"{os.getuid()}-{_fingerprint(str(self.state_dir))}"
        return Path(tempfile.gettempdir()) / f"{_FOLDER_NAME}-{mark}.sock"

    def log_file(self) -> Path:
        """The rotating log."""
        return self.logs_dir / "shvayambhu.log"

    def prepare(self) -> None:
        """The folders for settings, state and logs exist and can be written.

        Raises:
            FolderError: One of them cannot be made or written.
        """
        for folder in (self.settings_dir, self.state_dir, self.logs_dir):
            _make_private_folder(folder)


def find_paths(home: str | None, environment: Mapping[str, str] = os.environ) -> AppPaths:
    """The places for this run.

    Args:
        home: What `--home` said; None looks at SHVAYAMBHU_HOME, then at the platform's own folders.
        environment: Variables of the process; SHVAYAMBHU_MODELS_DIR moves the models alone.

    Raises:
        UsageError: The home is an empty text, or no home folder is known.
    """
    chosen = environment.get("SHVAYAMBHU_HOME") or None if home is None else home
    if chosen is not None:
        paths = _inside(_absolute(chosen, "--home"))
    else:
        try:
            user_home = Path.home()
        except RuntimeError as error:
            raise UsageError(
                "This user has no home folder.", action="Name a folder with --home DIR."
            ) from error
        is_mac = sys.platform == "darwin"
        paths = _mac(user_home) if is_mac else _xdg(user_home, environment)
    models = environment.get("SHVAYAMBHU_MODELS_DIR")
    if not models:
        return paths
    return AppPaths(
        settings_dir=paths.settings_dir,
        state_dir=paths.state_dir,
        logs_dir=paths.logs_dir,
        models_dir=_absolute(models, "SHVAYAMBHU_MODELS_DIR"),
    )


def nearest_existing(folder: Path) -> Path:
    """`folder` or its first ancestor that is there; the disk both lie on."""
    for candidate in (folder, *folder.parents):
        if candidate.exists():
            return candidate
    return Path("/")


def _absolute(text: str, option: str) -> Path:
    if not text.strip() or "\0" in text:
        raise UsageError(f"{option} needs the path of a folder.")
    try:
        return Path(os.path.abspath(Path(text).expanduser()))
    except RuntimeError as error:
        raise UsageError(f"{option} names the home folder of an unknown user.") from error


def _inside(home: Path) -> AppPaths:
    return AppPaths(
        settings_dir=home, state_dir=home, logs_dir=home / "logs", models_dir=home / "models"
    )


def _mac(user_home: Path) -> AppPaths:
    library = user_home / "Library"
    support = library / "Application Support" / _MAC_FOLDER_NAME
    return AppPaths(
        settings_dir=support,
        state_dir=support,
        logs_dir=library / "Logs" / _MAC_FOLDER_NAME,
        models_dir=library / "Caches" / _MAC_FOLDER_NAME / "models",
    )


def _xdg(user_home: Path, environment: Mapping[str, str]) -> AppPaths:
    def folder(variable: str, *default: str) -> Path:
        # The XDG specification has relative values ignored.
        value = environment.get(variable, "")
        root = Path(value) if os.path.isabs(value) else user_home.joinpath(*default)
        return root / _FOLDER_NAME

    state = folder("XDG_STATE_HOME", ".local", "state")
    return AppPaths(
        settings_dir=folder("XDG_CONFIG_HOME", ".config"),
        state_dir=state,
        logs_dir=state / "logs",
        models_dir=folder("XDG_CACHE_HOME", ".cache") / "models",
    )


def _make_private_folder(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise FolderError(
            f"The app's own folder cannot be made ({error.strerror}).", action=_OTHER_HOME
        ) from error
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        raise FolderError(
            "The app's own folder cannot be read and written.",
            action=f"Mend its permissions, or: {_OTHER_HOME}",
        )


def _fingerprint(text: str) -> str:
    return hashlib.sha256(os.fsencode(text)).hexdigest()[:16]
