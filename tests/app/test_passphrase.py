from __future__ import annotations

import pytest

from app.errors import InputError
from app.passphrase import VARIABLE, given_passphrase


def test_the_variable_is_taken_and_no_child_inherits_it():
    environment = {VARIABLE: "heron quartz", "HOME": "/"}

    assert given_passphrase(None, environment) == "heron quartz"
    assert environment == {"HOME": "/"}


@pytest.mark.parametrize("ending", ["", "\n", "\r\n", "\nmore lines\n"])
def test_the_first_line_of_the_file_is_the_passphrase(tmp_path, ending):
    file = tmp_path / "secret"
    file.write_bytes(f" spaces count ü{ending}".encode())

    assert given_passphrase(str(file), {VARIABLE: "other"}) == " spaces count ü"


@pytest.mark.parametrize("content", [b"", b"\nheron", b"\xff\xfe"])
def test_a_file_without_a_passphrase_is_refused(tmp_path, content):
    file = tmp_path / "secret"
    file.write_bytes(content)

    with pytest.raises(InputError):
        given_passphrase(str(file), {})


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(InputError, match="No such file"):
        given_passphrase(str(tmp_path / "none"), {})


def test_nothing_given_is_empty():
    assert given_passphrase(None, {}) == ""
