"""After a day of use with crashes in it, nothing the user said lies readable anywhere."""

from __future__ import annotations

import base64
import os
import secrets
import signal
import subprocess
import sys
import zlib

import numpy as np
import pytest

from tests.architecture.source import ROOT
from tests.helpers.canary_day import vector_of
from tests.helpers.plain_traces import spellings, traces, write_plain_database
from tests.helpers.tiny_model import write_tiny_model

PASSPHRASE = "heron quartz lantern"
SAID = 60


@pytest.fixture(scope="module")
def markers():
    return [f"zq{secrets.token_hex(7)}" for _ in range(200)]


class Day:
    """One user's folders, and the app in processes of their own."""

    def __init__(self, root, model):
        self.home, self.temporary, self.user = (root / n for n in ("home", "tmp", "user"))
        for folder in (self.home, self.temporary, self.user):
            folder.mkdir()
        self._model = model
        self._secret = root / "secret"
        self._secret.write_text(PASSPHRASE)
        self._environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith(("XDG_", "SHVAYAMBHU_"))},
            "HOME": str(self.user),
            "TMPDIR": str(self.temporary),
            "QT_QPA_PLATFORM": "offscreen",
        }

    @property
    def folders(self):
        return (self.home, self.temporary, self.user)

    def start(self, *words):
        return subprocess.Popen(
            [sys.executable, *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=self._environment,
        )

    def chat(self, lines, *, killed_after=None):
        """Lines are said in a chat that ends, or is killed once so many were answered.

        An answer takes one line each, for it stops at a line's end.
        """
        process = self.start(
            "-m", "app", "chat", "--home", str(self.home), "--model", str(self._model),
            "--passphrase-file", str(self._secret), "--max-tokens", "2", "--stop", "\n",
        )  # fmt: skip
        text = "".join(f"Remember {line}\n" for line in lines).encode()
        if killed_after is None:
            out, err = process.communicate(text, timeout=120)
            assert process.returncode == 0, err.decode()
            return out.decode()
        process.stdin.write(text)
        process.stdin.flush()
        for _ in range(killed_after):
            process.stdout.readline()
        process.send_signal(signal.SIGKILL)
        process.communicate()
        return ""

    def window(self, lines, file, *, sent):
        """Lines are typed into the window, which is killed once that many of them were answered.

        The last two are never sent.
        """
        file.write_text("\n".join(f"Remember {line}" for line in lines))
        process = self.start(
            str(ROOT / "tests/helpers/canary_window.py"), str(file),
            "--home", str(self.home), "--model", str(self._model),
            "--passphrase-file", str(self._secret), "--max-tokens", "2",
        )  # fmt: skip
        said = [process.stdout.readline().decode().strip() for _ in range(sent + 1)]
        process.send_signal(signal.SIGKILL)
        _, err = process.communicate()
        assert said == [*(f"Remember {line}" for line in lines[:sent]), "typed"], err.decode()

    def told(self):
        """Everything that was said, as the vault tells it after all that."""
        code = (
            "import asyncio, sys\n"
            "from pathlib import Path\n"
            "from engine.storage.vault import Vault\n"
            "from engine.storage.keychain import SystemKeychain\n"
            "from engine.storage.conversations import load_conversations\n"
            "async def main():\n"
            "    vault = Vault(Path(sys.argv[1]), SystemKeychain())\n"
            "    await vault.open(sys.argv[2])\n"
            "    codec = vault.codec\n"
            "    for c in await vault.store.read(lambda r: load_conversations(r, codec)):\n"
            "        for m in c.messages: print(m.text)\n"
            "    await vault.lock()\n"
            "asyncio.run(main())\n"
        )
        process = self.start("-c", code, str(self.home / "vault"), PASSPHRASE)
        out, err = process.communicate(timeout=60)
        assert process.returncode == 0, err.decode()
        return out.decode()


def test_the_search_for_traces_finds_what_lies_readable(tmp_path, markers):
    word = markers[0]
    for number, spelling in enumerate(spellings(word)):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "file").write_bytes(b"\x00junk" + spelling + b"junk\xff")
        assert traces([folder], spellings(word)), spelling
    for name, content in (
        ("text.b64", base64.b64encode(f"The word is {word}, quietly".encode())),
        ("zlib", b"head" + zlib.compress(f"The word is {word}".encode()) + b"tail"),
    ):
        folder = tmp_path / name
        folder.mkdir()
        (folder / name).write_bytes(content)
        assert traces([folder], spellings(word)), name
    (tmp_path / "plain").mkdir()
    write_plain_database(tmp_path / "plain" / "chats.db", markers)
    assert len(traces([tmp_path / "plain"], (m.encode() for m in markers))) == len(markers)


@pytest.mark.feature(
    "vault.nothing_readable", "Nothing you said lies readable on the disk, even after a crash."
)
def test_after_a_day_with_crashes_no_marker_is_found_and_no_kept_message_is_lost(tmp_path, markers):
    day = Day(tmp_path, write_tiny_model(tmp_path / "model", context_tokens=256))
    said, cut, kept = markers[:SAID], markers[SAID : 2 * SAID], markers[2 * SAID :]
    (tmp_path / "markers").write_text("\n".join(kept))

    day.chat(said)
    day.chat(cut, killed_after=12)
    child = day.start(
        "-m",
        "tests.helpers.canary_day",
        str(day.home / "vault"),
        PASSPHRASE,
        str(tmp_path / "markers"),
    )
    out, err = child.communicate(timeout=120)
    assert child.returncode == -signal.SIGKILL, err.decode()
    assert len(out.split()) == len(kept)

    every_spelling = [s for marker in markers for s in spellings(marker)]
    vectors = [vector_of(marker) for marker in kept]
    every_spelling += [vector[at : at + 8].tobytes() for vector in vectors for at in (0, 200)]
    every_spelling += [_as_int8(vector)[:24] for vector in vectors]
    assert traces(day.folders, every_spelling) == []

    told = day.told()
    assert [m for m in said + cut[:12] if m not in told] == []
    day.chat(["one more"])
    assert traces(day.folders, every_spelling) == []


@pytest.mark.feature(
    "vault.window_leaves_nothing", "Nothing you typed into the window lies readable on the disk."
)
def test_a_window_that_is_killed_leaves_no_word_of_what_was_typed_into_it(tmp_path, markers):
    """Its place and size, Qt's own settings, logs and crash reports are searched with the rest."""
    day = Day(tmp_path, write_tiny_model(tmp_path / "model", context_tokens=256))
    typed = markers[:10]

    day.window(typed, tmp_path / "lines", sent=8)

    every_spelling = [s for marker in typed for s in spellings(marker)]
    assert traces(day.folders, every_spelling) == []
    written = {path.name for folder in day.folders for path in folder.rglob("*") if path.is_file()}
    assert {"vault.db", "vault.keys"} <= written
    assert any(name.endswith(".log") for name in written)
    told = day.told()
    assert [marker for marker in typed[:8] if marker not in told] == []
    day.window(markers[10:14], tmp_path / "lines", sent=2)
    every_spelling += [s for marker in markers[10:14] for s in spellings(marker)]
    assert traces(day.folders, every_spelling) == []


def _as_int8(vector):
    return np.rint(vector * (127 / np.abs(vector).max())).astype(np.int8).tobytes()
