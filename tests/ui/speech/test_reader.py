"""Reading aloud, with the system's own program where it is installed."""

from __future__ import annotations

import shutil
import sys

import pytest

from engine.contract.settings import QuickSettings
from ui import text_quick as text
from ui.speech.reader import Reader
from ui.speech.spoken_words import spoken_words
from ui.speech.voices import SpeakingProgram, program_here, read_voices

HEARD = """
import sys
words = sys.stdin.read()
open(sys.argv[1], "a").write(words)
"""
ENDLESS = "import sys, time\nopen(sys.argv[1], 'w').write('on')\nwhile True: time.sleep(60)"


@pytest.fixture
def heard(tmp_path):
    """Where what was said is noted."""
    return tmp_path / "heard.txt"


@pytest.fixture
def make(heard, qapp):  # noqa: ARG001 - a voice is a process that Qt's loop follows
    made = []

    def make_one(code=HEARD, path=sys.executable, **settings):
        def find():
            words = ("-c", code, str(heard))
            return SpeakingProgram(path, words, "-X", ("-c", "pass")) if path else None

        quick = QuickSettings(is_speech_on=settings.pop("is_on", True), **settings)
        made.append(Reader(lambda: quick, find=find))
        return made[-1]

    yield make_one
    for reader in made:
        reader.stop()
        reader.deleteLater()


@pytest.mark.feature("speech.read_aloud")
def test_an_answer_is_read_aloud_through_the_systems_voice(make, heard, qtbot):
    """Answers can be read aloud by a voice of this machine, once you switch that on."""
    reader = make()
    assert reader.read("Tea is **ready**.")
    assert reader.is_reading

    qtbot.waitUntil(lambda: not reader.is_reading)
    assert heard.read_text() == "Tea is ready.\n"


def test_speech_is_off_until_it_is_switched_on(make, heard):
    reader = make(is_on=False)

    assert not reader.read("Tea is ready.")
    assert not reader.is_reading
    assert not heard.exists()


@pytest.mark.feature("speech.stop")
def test_a_voice_falls_silent_at_once(make, heard, qtbot):
    """A voice that reads aloud stops at once, with Esc too."""
    reader = make(ENDLESS)
    reader.read("A long story.")
    qtbot.waitUntil(heard.exists)

    assert reader.stop()
    assert not reader.is_reading
    assert not reader.stop()


def test_a_second_text_takes_the_place_of_the_first(make, heard, qtbot):
    reader = make(ENDLESS)
    reader.read("One.")
    qtbot.waitUntil(heard.exists)
    first = reader._process
    reader.read("Two.")

    assert reader.is_reading
    assert reader._process is not first


def test_a_voice_that_cannot_speak_is_told(make, qtbot):
    reader = make(path="/nowhere/voice")
    with qtbot.waitSignal(reader.failed):
        reader.read("Tea.")
    assert not reader.is_reading


def test_without_a_voice_nothing_is_offered(make):
    reader = make(path="")
    assert not reader.is_offered()
    assert reader.voices() == ()
    assert not reader.say_sample("Tea.")


@pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="needs espeak-ng")
def test_the_installed_voice_is_found_with_its_voices(qapp):  # noqa: ARG001
    program = program_here("linux")
    assert program is not None
    assert len(program.voices()) > 20


def test_each_programs_list_of_voices_is_understood():
    mac = "Alex                en_US    # Most people recognize me by my voice.\n"
    espeak = (
        "Pty Language       Age/Gender VoiceName          File                 Other Languages\n"
        " 5  en-gb           --/M      English_(Great_Britain) gmw/en\n"
    )
    served = "NAME                 LANGUAGE  VARIANT\nEnglish+female       en-GB     none\n"

    assert [(v.id, v.name) for v in read_voices(mac)] == [("Alex", "Alex (en_US)")]
    assert [v.id for v in read_voices(espeak)] == ["en-gb"]
    assert [v.id for v in read_voices(served)] == ["English+female"]


@pytest.mark.parametrize(
    ("markdown", "said"),
    [
        ("# Tea\n\nIt is *ready*.", "Tea.\nIt is ready."),
        ("- one\n- [x] two", "one.\ntwo."),
        ("See [the page](https://example.org/a/b).", "See the page."),
        ("At https://example.org/very/long?x=1 now", "At example.org now."),
        ("```python\nprint(1)\n```\nDone.", f"{text.CODE_LEFT_OUT}\nDone."),
        ("```\nnever closed", text.CODE_LEFT_OUT),
        ("| a | b |\n|---|---|\n| 1 | 2 |\n\nSo.", f"{text.TABLE_LEFT_OUT}\nSo."),
        ("It is $$x^2$$ here.", "It is a formula here."),
        ("A `name_with_parts` stays.", "A name_with_parts stays."),
        ("Words <b>bold</b> & 3 < 4.", "Words bold & 3 < 4."),
        ("", ""),
    ],
)
def test_only_what_a_person_would_say_is_said(markdown, said):
    assert spoken_words(markdown) == said


def test_odd_markdown_is_said_in_time():
    """A pattern that tries every way to read a text would never end on these."""
    for odd in ("|" * 20_000, "`" * 20_000, "[" * 20_000, "# " * 10_000, "-|" * 10_000 + "\n--"):
        spoken_words(odd)
