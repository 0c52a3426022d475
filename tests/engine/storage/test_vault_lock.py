"""One process at a time, and wrong passphrases that cost more and more time."""

from __future__ import annotations

import itertools
import json
import os

import pytest

from engine.contract.errors import VaultBusyError, WrongKeyError
from engine.storage.vault_lock import Clock, VaultLock, wait_after


class Hands:
    """A wall clock that somebody may set, and a steady one that nobody can."""

    def __init__(self):
        self.wall_s, self.steady_s = 1_000_000.0, 500.0

    def clock(self):
        return Clock(now_s=lambda: self.wall_s, steady_s=lambda: self.steady_s)

    def pass_s(self, seconds):
        self.wall_s += seconds
        self.steady_s += seconds


@pytest.fixture
def hands():
    return Hands()


def wrong_tries(lock, hands, count):
    for _ in range(count):
        hands.pass_s(lock.wait_s())
        lock.begin_try()


def test_the_wait_grows_to_a_minute():
    waits = [wait_after(wrong) for wrong in range(13)]
    assert waits == [0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60, 60]
    assert wait_after(10**9) == 60


def test_a_second_holder_is_refused_and_may_have_it_after(tmp_path, hands):
    one, two = (VaultLock(tmp_path / "vault.lock", hands.clock()) for _ in range(2))
    one.take()
    one.take()
    with pytest.raises(VaultBusyError):
        two.take()
    assert not two.is_held
    one.release()
    two.take()
    assert two.is_held
    two.release()


def test_a_try_that_comes_too_early_is_not_even_made(tmp_path, hands):
    lock = VaultLock(tmp_path / "vault.lock", hands.clock())
    lock.take()
    wrong_tries(lock, hands, 5)
    assert lock.wait_s() == 4
    with pytest.raises(WrongKeyError, match="in 5 s"):
        lock.begin_try()
    hands.pass_s(4)
    lock.begin_try()
    lock.was_right()
    assert lock.wait_s() == 0
    lock.release()


def test_the_count_outlasts_the_process_and_a_kill_during_a_try(tmp_path, hands):
    before = VaultLock(tmp_path / "vault.lock", hands.clock())
    before.take()
    wrong_tries(before, hands, 6)
    before.release()
    hands.steady_s = 3.0
    after = VaultLock(tmp_path / "vault.lock", hands.clock())
    assert after.wait_s() == 8
    hands.pass_s(3)
    assert after.wait_s() == 5


@pytest.mark.parametrize("set_by_s", [-10_000, -1])
def test_a_clock_set_back_gives_the_whole_wait_again_and_no_more(tmp_path, hands, set_by_s):
    before = VaultLock(tmp_path / "vault.lock", hands.clock())
    before.take()
    wrong_tries(before, hands, 20)
    before.release()
    hands.wall_s += set_by_s
    assert VaultLock(tmp_path / "vault.lock", hands.clock()).wait_s() == 60


def test_within_a_process_no_wall_clock_shortens_the_wait(tmp_path, hands):
    lock = VaultLock(tmp_path / "vault.lock", hands.clock())
    lock.take()
    wrong_tries(lock, hands, 20)
    hands.wall_s += 10**9
    assert lock.wait_s() == 60
    lock.release()


@pytest.mark.parametrize("content", [b"", b"nonsense", b"[]", b'{"wrong": "x", "at_s": 0}'])
def test_a_damaged_count_lets_the_owner_in(tmp_path, hands, content):
    path = tmp_path / "vault.lock"
    path.write_bytes(content)
    lock = VaultLock(path, hands.clock())
    lock.take()
    lock.begin_try()
    assert json.loads(path.read_bytes())["wrong"] == 1
    lock.release()


def test_the_lock_file_is_its_owners_alone_and_names_no_word(tmp_path, hands):
    path = tmp_path / "vault.lock"
    lock = VaultLock(path, hands.clock())
    lock.take()
    for _ in itertools.repeat(None, 2):
        lock.begin_try()
    assert os.stat(path).st_mode & 0o777 == 0o600
    assert set(json.loads(path.read_bytes())) == {"wrong", "at_s", "is_open"}
    lock.release()
