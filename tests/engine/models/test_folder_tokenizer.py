from __future__ import annotations

import json

import pytest
import tokenizers

from engine.contract.errors import ModelDamagedError, UnsupportedModelError
from engine.models.folder_tokenizer import tokenizer_from_folder
from tests.engine.models.tiny_models import TEMPLATE, tiny_backend


@pytest.fixture
def folder(tmp_path):
    tiny_backend().save(str(tmp_path / "tokenizer.json"))
    write(tmp_path, "tokenizer_config.json", {"eos_token": "<|im_end|>", "chat_template": TEMPLATE})
    return tmp_path


def write(folder, name, content):
    text = content if isinstance(content, str) else json.dumps(content)
    (folder / name).write_text(text, encoding="utf-8")


def test_vocabulary_ends_and_template_are_those_of_the_folder(folder):
    tokenizer = tokenizer_from_folder(folder)

    assert tokenizer.eos_ids == {263}
    assert tokenizer.render([("user", "Hi")]).startswith("<|im_start|>user\nHi<|im_end|>")
    assert tokenizer.bos_id is None
    assert (
        tokenizer.decode(tokenizer.encode("the thin é 🫠", with_special=False)) == "the thin é 🫠"
    )


def test_ends_are_gathered_from_every_file_that_names_some(folder):
    write(folder, "generation_config.json", {"eos_token_id": [7, 261]})
    write(folder, "config.json", {"eos_token_id": 9})

    assert tokenizer_from_folder(folder).eos_ids == {7, 9, 261, 263}


def test_a_template_in_its_own_file_comes_first(folder):
    write(folder, "chat_template.jinja", "own {{ messages[0].content }}")

    assert tokenizer_from_folder(folder).render([("user", "Hi")]) == "own Hi"


def test_of_several_named_templates_the_default_one_is_taken(folder):
    named = [{"name": "tool_use", "template": "no"}, {"name": "default", "template": "yes"}]
    write(folder, "tokenizer_config.json", {"chat_template": named})

    assert tokenizer_from_folder(folder).render([("user", "Hi")]) == "yes"


def test_bos_is_added_where_the_tokenizer_itself_adds_it(folder):
    backend = tiny_backend()
    backend.post_processor = tokenizers.processors.TemplateProcessing(
        single="<|endoftext|> $A", special_tokens=[("<|endoftext|>", 261)]
    )
    backend.save(str(folder / "tokenizer.json"))
    write(folder, "tokenizer_config.json", {"bos_token": {"content": "<|endoftext|>"}})

    tokenizer = tokenizer_from_folder(folder)

    assert tokenizer.bos_id == 261
    assert 261 not in tokenizer.encode("a", with_special=True)
    assert tokenizer.encode_chat([("user", "Hi")])[0] == 261


def test_truncation_set_in_the_file_never_cuts_a_prompt(folder):
    backend = tiny_backend()
    backend.enable_truncation(4)
    backend.enable_padding(length=8)
    backend.save(str(folder / "tokenizer.json"))

    tokenizer = tokenizer_from_folder(folder)

    assert len(tokenizer.encode("xyz" * 20, with_special=False)) == 60
    assert len(tokenizer.encode("x", with_special=False)) == 1


@pytest.mark.parametrize("name", ["tokenizer.json", "tokenizer_config.json"])
def test_a_broken_file_is_damage(folder, name):
    write(folder, name, '{"half": ')

    with pytest.raises(ModelDamagedError, match=name):
        tokenizer_from_folder(folder)


def test_an_older_form_is_converted(folder):
    """vocab.json and merges.txt, as GPT-2 and the first Qwen had them."""
    model = json.loads(tiny_backend().to_str())["model"]
    (folder / "tokenizer.json").unlink()
    write(folder, "vocab.json", model["vocab"])
    write(folder, "merges.txt", "\n".join(" ".join(pair) for pair in model["merges"]) + "\n")
    write(
        folder,
        "tokenizer_config.json",
        {"tokenizer_class": "GPT2Tokenizer", "unk_token": "<|endoftext|>"},
    )
    write(folder, "config.json", {"model_type": "gpt2"})

    tokenizer = tokenizer_from_folder(folder)

    expected = tiny_backend().encode("the thing in a").ids
    assert tokenizer.encode("the thing in a", with_special=False) == expected


def test_a_folder_without_any_is_unsupported(tmp_path):
    write(tmp_path, "config.json", {"model_type": "llama"})

    with pytest.raises(UnsupportedModelError):
        tokenizer_from_folder(tmp_path)
