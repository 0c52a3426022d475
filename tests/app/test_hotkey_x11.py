"""On a real X server: the keys are pressed through it and heard by us alone."""

from __future__ import annotations

import pytest

from app.hotkey_keys import Chord, portal_trigger, read_chord, x_name
from app.hotkey_x11 import X11Hotkey
from app.wording_outside import KEYS_TAKEN, KEYS_UNKNOWN, NO_X11
from tests.helpers.x_server import Fingers, why_no_x, x_server

needs_x = pytest.mark.skipif(bool(why_no_x()), reason=why_no_x() or "X is there")
KEYS = "Ctrl+Alt+Space"


@pytest.fixture(scope="module")
def display():
    with x_server() as name:
        yield name


@pytest.fixture
def fingers(display):
    made = Fingers(display)
    yield made
    made.close()


@pytest.fixture
def make(display, qapp):  # noqa: ARG001 - keys are read by Qt's loop
    made = []

    def make_one():
        made.append(X11Hotkey(display))
        return made[-1]

    yield make_one
    for hotkey in made:
        hotkey.end()


@pytest.fixture
def held(make):
    """KEYS are ours; the list grows at each press."""
    presses, faults = [], []
    make().begin(KEYS, lambda: presses.append(1), faults.append)
    assert faults == [""]
    return presses


@needs_x
@pytest.mark.feature("quick.hotkey_x11")
def test_the_keys_are_heard_whatever_has_the_keyboard(held, fingers, qtbot):
    """On Linux with X11 a key combination of your choice opens the quick question from any app."""
    fingers.press("Control_L", "Alt_L", "space")

    qtbot.waitUntil(lambda: held == [1])


@needs_x
@pytest.mark.parametrize("lock", ["Caps_Lock", "Num_Lock"])
def test_a_lock_that_is_on_does_not_hide_the_keys(held, fingers, qtbot, lock):
    fingers.press(lock)
    try:
        fingers.press("Control_L", "Alt_L", "space")
        qtbot.waitUntil(lambda: held == [1])
    finally:
        fingers.press(lock)


@needs_x
def test_keys_held_down_count_once(held, fingers, qtbot):
    for name in ("Control_L", "Alt_L", "space"):
        fingers.turn(name, is_down=True)
    # The server repeats a held key; these are repeats that need no waiting.
    for _ in range(5):
        fingers.turn("space", is_down=True)
    for name in ("space", "Alt_L", "Control_L"):
        fingers.turn(name, is_down=False)
    fingers.press("Control_L", "Alt_L", "space")

    qtbot.waitUntil(lambda: held == [1, 1])


@needs_x
def test_other_keys_are_left_to_others(held, fingers, qtbot):
    fingers.press("space")
    fingers.press("Control_L", "space")
    fingers.press("Control_L", "Alt_L", "k")
    fingers.press("Control_L", "Alt_L", "space")

    qtbot.waitUntil(lambda: held == [1])


@needs_x
def test_keys_that_another_app_has_are_refused_in_a_sentence(held, make):
    faults = []
    make().begin(KEYS, lambda: None, faults.append)

    assert faults == [KEYS_TAKEN]
    assert held == []


@needs_x
def test_keys_given_back_can_be_had_by_another(make):
    faults = []
    first = make()
    first.begin(KEYS, lambda: None, faults.append)
    first.end()
    make().begin(KEYS, lambda: None, faults.append)

    assert faults == ["", ""]


@needs_x
def test_a_change_of_keys_takes_the_place_of_those_before(make, fingers, qtbot):
    hotkey, presses = make(), []
    hotkey.begin(KEYS, lambda: presses.append("old"), lambda _fault: None)
    hotkey.begin("Meta+F5", lambda: presses.append("new"), lambda _fault: None)
    fingers.press("Control_L", "Alt_L", "space")
    fingers.press("Super_L", "F5")

    qtbot.waitUntil(lambda: presses == ["new"])


@needs_x
@pytest.mark.parametrize("keys", ["K", "Ctrl+Nonsense", "Hyper+K", ""])
def test_what_is_no_key_is_told(make, keys):
    faults = []
    make().begin(keys, lambda: None, faults.append)

    assert faults == [KEYS_UNKNOWN]


def test_without_a_server_the_reason_is_told(qapp):  # noqa: ARG001
    faults = []
    X11Hotkey(":987").begin(KEYS, lambda: None, faults.append)

    assert faults == [NO_X11]


@pytest.mark.parametrize(
    ("keys", "chord"),
    [
        ("Ctrl+Alt+Space", Chord(frozenset({"Ctrl", "Alt"}), "Space")),
        ("Ctrl++", Chord(frozenset({"Ctrl"}), "+")),
        ("F9", Chord(frozenset(), "F9")),
        ("Space", None),
    ],
)
def test_keys_are_read_as_qt_writes_them(keys, chord):
    assert read_chord(keys) == chord


def test_each_system_has_its_own_names():
    chord = read_chord("Ctrl+Alt+Space")
    assert chord is not None
    assert portal_trigger(chord) == "CTRL+ALT+space"
    assert [x_name(key) for key in ("K", "F5", "+", ".")] == ["k", "F5", "plus", "period"]
