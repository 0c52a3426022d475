from __future__ import annotations

import json

import pytest

from engine.contract.errors import (
    BadRequestError,
    DownloadError,
    ModelNotFoundError,
    UnsupportedModelError,
)
from engine.web.hub_listing import HubListing, choose_files, read_listing
from engine.web.sources import HubSource


def listing_of(*names: str, **more: object) -> HubListing:
    siblings = [{"rfilename": name, "size": 10, "blobId": "a" * 40} for name in names]
    answer = {"sha": "b" * 40, "siblings": siblings, **more}
    return read_listing("a/b", json.dumps(answer).encode())


def chosen(listing: HubListing, file: str = "") -> list[str]:
    return [found.path for found in choose_files(listing, HubSource(repo="a/b", file=file))]


def test_every_shard_and_what_the_tokenizer_needs_is_chosen():
    wanted = [
        "chat_template.jinja",
        "config.json",
        "merges.txt",
        "model-00001-of-00002.safetensors",
        "model-00002-of-00002.safetensors",
        "model.safetensors.index.json",
        "tokenizer.model",
    ]
    unwanted = ["consolidated.safetensors", "modeling.py", "pytorch_model.bin", "x/config.json"]

    assert chosen(listing_of(*wanted, *unwanted, ".hidden.json", "a.part.json")) == wanted


def test_a_split_gguf_is_chosen_whole():
    parts = ["q4/m-00001-of-00002.gguf", "q4/m-00002-of-00002.gguf"]
    listing = listing_of(*parts, "q4/m-00001-of-00003.gguf", "q8/m.gguf")

    assert chosen(listing, parts[1]) == parts
    assert chosen(listing, "q8/m.gguf") == ["q8/m.gguf"]


def test_a_gguf_repository_asks_which_file():
    with pytest.raises(ModelNotFoundError) as caught:
        chosen(listing_of("m.Q4_0.gguf", "m.Q8_0.gguf"))

    assert caught.value.action == "It has: m.Q4_0.gguf, m.Q8_0.gguf."


def test_what_cannot_be_chosen_is_named():
    with pytest.raises(ModelNotFoundError):
        chosen(listing_of("m.gguf"), "other.gguf")
    with pytest.raises(BadRequestError):
        chosen(listing_of("run.py"), "run.py")
    with pytest.raises(UnsupportedModelError):
        chosen(listing_of("pytorch_model.bin", "config.json"))


@pytest.mark.parametrize(
    ("more", "licence"),
    [
        ({"cardData": {"license": "mit"}}, "mit"),
        ({"cardData": {"license": "other", "license_name": "llama3.2"}}, "llama3.2"),
        ({"cardData": {"license": ["mit", "apache-2.0"]}}, "mit, apache-2.0"),
        ({"tags": ["text", "license:gemma"]}, "gemma"),
        ({"cardData": None}, ""),
    ],
)
def test_the_licence_is_found_where_the_hub_puts_it(more, licence):
    assert listing_of("m.gguf", **more).licence == licence


@pytest.mark.parametrize(
    "entry",
    [
        {"rfilename": "m.gguf", "size": 5},
        {"rfilename": "m.gguf", "size": 5, "blobId": "short"},
        {"rfilename": "m.gguf", "size": 5, "lfs": {"size": 5}},
        {"rfilename": "m.gguf"},
    ],
)
def test_a_file_without_a_digest_is_not_trusted(entry):
    page = json.dumps({"sha": "b" * 40, "siblings": [entry]}).encode()

    with pytest.raises(DownloadError, match="cannot be read"):
        read_listing("a/b", page)
