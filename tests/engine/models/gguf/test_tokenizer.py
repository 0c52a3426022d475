"""The GGUF tokenizer against llama.cpp's, sentencepiece's, and plain expectations.

Where the two differ the model's own (Hugging Face) way is followed: Qwen's text is composed first
(NFC), which llama.cpp leaves out. For SmolLM2 both agree on every line.
"""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest
import sentencepiece
import tokenizers

from engine.contract.errors import ModelDamagedError, UnsupportedModelError
from engine.models.gguf.pretokenizers import SPLITTINGS
from engine.models.gguf.reader import GgufFile
from engine.models.gguf.tokenizer import tokenizer_from_fields

DATA = Path(__file__).parents[3] / "data"
CORPUS = [
    line for line in (DATA / "tokenizer_corpus.txt").read_text(encoding="utf-8").split("\n") if line
]
GOLDEN = json.loads((DATA / "smollm2_tokens.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def starter_tokenizer(starter_model_path):
    with GgufFile(starter_model_path) as file:
        tokenizer, notices = tokenizer_from_fields(file.metadata)
    assert notices == ()
    return tokenizer


@pytest.mark.feature("models.tokenizer")
def test_every_line_of_the_hard_corpus_is_cut_as_llama_cpp_cuts_it(starter_tokenizer):
    """Text in 40 languages, code, digits and emoji is cut as the model was trained to see it."""
    texts = [*CORPUS, *GOLDEN["extra_texts"]]
    expected = [*GOLDEN["corpus_ids"], *GOLDEN["extra_ids"]]

    ours = [starter_tokenizer.encode(text, with_special=False) for text in texts]

    assert ours == expected


@pytest.mark.parametrize("line", CORPUS, ids=range(len(CORPUS)))
def test_every_line_comes_back_whole_and_in_whole_characters(starter_tokenizer, line):
    ids = starter_tokenizer.encode(line, with_special=False)
    detokenizer = starter_tokenizer.detokenizer()

    pieces = [*map(detokenizer.add, ids), detokenizer.finish()]

    assert starter_tokenizer.decode(ids) == line
    assert "".join(pieces) == line
    assert not any("\ufffd" in piece for piece in pieces)


def test_a_character_that_never_became_whole_is_shown_once_at_the_end(starter_tokenizer):
    ids = starter_tokenizer.encode("👩‍💻", with_special=False)
    detokenizer = starter_tokenizer.detokenizer()

    pieces = [detokenizer.add(ids[0]), detokenizer.add(ids[1]), detokenizer.finish()]

    assert "".join(pieces) == starter_tokenizer.decode(ids[:2])
    assert not any("\ufffd" in piece for piece in pieces[:-1])


def test_control_tokens_and_ends_are_those_of_the_file(starter_tokenizer):
    assert starter_tokenizer.eos_ids == {0, 2}
    assert starter_tokenizer.special_ids == set(range(17))
    assert starter_tokenizer.vocab_size == 49152
    assert starter_tokenizer.token_text(2) == "<|im_end|>"
    assert starter_tokenizer.think_start is None


# -- sentencepiece -------------------------------------------------------------------------------


def sentence_piece_fields(processor, *, spaced=True):
    count = processor.get_piece_size()
    kinds = []
    for piece in range(count):
        if processor.is_unknown(piece):
            kinds.append(2)
        elif processor.is_control(piece):
            kinds.append(3)
        else:
            kinds.append(6 if processor.is_byte(piece) else 1)
    return {
        "tokenizer.ggml.model": "llama",
        "tokenizer.ggml.tokens": [processor.id_to_piece(piece) for piece in range(count)],
        "tokenizer.ggml.scores": np.array([processor.get_score(p) for p in range(count)]),
        "tokenizer.ggml.token_type": np.array(kinds, np.int32),
        "tokenizer.ggml.add_space_prefix": spaced,
        "tokenizer.ggml.bos_token_id": 1,
        "tokenizer.ggml.eos_token_id": 2,
        "tokenizer.ggml.unknown_token_id": 0,
    }


def trained_sentence_piece(*, spaced):
    written = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(CORPUS),
        model_writer=written,
        vocab_size=1300,
        model_type="bpe",
        byte_fallback=True,
        character_coverage=0.98,
        normalization_rule_name="identity",
        remove_extra_whitespaces=False,
        add_dummy_prefix=spaced,
        minloglevel=5,
    )
    return sentencepiece.SentencePieceProcessor(model_proto=written.getvalue())


@pytest.mark.parametrize("spaced", [True, False], ids=["llama", "gemma"])
def test_a_sentencepiece_vocabulary_cuts_as_sentencepiece_does(spaced):
    processor = trained_sentence_piece(spaced=spaced)
    tokenizer, notices = tokenizer_from_fields(sentence_piece_fields(processor, spaced=spaced))

    different = [
        line
        for line in CORPUS
        if tokenizer.encode(line, with_special=False) != processor.encode(line)
    ]

    assert notices == ()
    assert different == []
    # U+2581 is how the vocabulary writes a space; a real one cannot be told apart.
    plain = [line for line in CORPUS if "\u2581" not in line]
    assert [tokenizer.decode(tokenizer.encode(t, with_special=False)) for t in plain] == plain
    assert tokenizer.bos_id == 1


def test_byte_tokens_are_held_back_until_they_make_a_character():
    processor = trained_sentence_piece(spaced=True)
    tokenizer, _ = tokenizer_from_fields(sentence_piece_fields(processor))
    ids = tokenizer.encode("a 🫠 b", with_special=False)
    detokenizer = tokenizer.detokenizer()

    pieces = [*map(detokenizer.add, ids), detokenizer.finish()]

    assert "".join(pieces) == "a 🫠 b"
    assert "🫠" in pieces


# -- byte-level vocabularies ---------------------------------------------------------------------


def byte_level_fields(**more):
    backend = tokenizers.Tokenizer(tokenizers.models.BPE())
    backend.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=1200,
        initial_alphabet=tokenizers.pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    backend.train_from_iterator(CORPUS, trainer)
    model = json.loads(backend.to_str())["model"]
    tokens = sorted(model["vocab"], key=model["vocab"].get)
    fields = {
        "tokenizer.ggml.model": "gpt2",
        "tokenizer.ggml.pre": "gpt-2",
        "tokenizer.ggml.tokens": tokens,
        "tokenizer.ggml.merges": [" ".join(pair) for pair in model["merges"]],
    }
    return backend, {**fields, **more}


def test_a_gpt2_vocabulary_cuts_as_the_original_library_does():
    backend, fields = byte_level_fields()

    tokenizer, _ = tokenizer_from_fields(fields)

    assert [tokenizer.encode(line, with_special=False) for line in CORPUS] == [
        backend.encode(line).ids for line in CORPUS
    ]


@pytest.mark.parametrize("pre", sorted(SPLITTINGS))
def test_no_way_of_cutting_loses_a_letter(pre):
    _, fields = byte_level_fields(**{"tokenizer.ggml.pre": pre})
    tokenizer, notices = tokenizer_from_fields(fields)

    back = [tokenizer.decode(tokenizer.encode(line, with_special=False)) for line in CORPUS]

    assert notices == ()
    lost = [(a, b) for a, b in zip(CORPUS, back, strict=True) if a != b]
    assert lost == [] or pre in ("qwen2", "deepseek-r1-qwen")
    # Qwen composes accents; nothing else may differ.
    assert all(tokenizers.normalizers.NFC().normalize_str(a) == b for a, b in lost)


@pytest.mark.parametrize(
    ("pre", "text", "words"),
    [
        ("smollm", "in 2026 it's", ["in", " ", "2", "0", "2", "6", " it", "'s"]),
        ("gpt-2", "in 2026 it's", ["in", " 2026", " it", "'s"]),
        ("llama-bpe", "IT'S 12345\n\n x", ["IT", "'S", " ", "123", "45", "\n\n", " x"]),
        ("qwen2", "IT'S 123\n\n x", ["IT", "'S", " ", "1", "2", "3", "\n\n", " x"]),
        ("tekken", "camelCase 12", ["camel", "Case", " ", "1", "2"]),
        ("gpt-4o", "camelCase's 1234", ["camel", "Case's", " ", "123", "4"]),
        ("deepseek-v3", "a你好b 1234", ["a", "你好", "b", " ", "123", "4"]),
    ],
)
def test_words_are_cut_where_the_model_expects_it(pre, text, words):
    """Without merges between them, words show as the cuts."""
    _, fields = byte_level_fields(**{"tokenizer.ggml.pre": pre})
    whole_words = [word.encode() for word in words]
    alphabet = {byte: letter for letter, byte in _alphabet().items()}
    spelled = ["".join(alphabet[b] for b in word) for word in whole_words]
    tokens = [*dict.fromkeys([*alphabet.values(), *_prefixes(spelled)])]
    merges = [f"{word[:-1]} {word[-1]}" for word in _prefixes(spelled) if len(word) > 1]
    fields |= {"tokenizer.ggml.tokens": tokens, "tokenizer.ggml.merges": merges}

    tokenizer, _ = tokenizer_from_fields(fields)

    ids = tokenizer.encode(text, with_special=False)
    assert [tokenizer.token_text(token) for token in ids] == words


def _alphabet():
    from engine.models.detokenizer import byte_alphabet

    return byte_alphabet()


def _prefixes(words):
    return list(dict.fromkeys(word[:end] for word in words for end in range(1, len(word) + 1)))


def test_an_unknown_way_of_cutting_is_said():
    _, fields = byte_level_fields(**{"tokenizer.ggml.pre": "never-heard-of"})

    _, notices = tokenizer_from_fields(fields)

    assert "never-heard-of" in notices[0]


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"tokenizer.ggml.tokens": None}, ModelDamagedError),
        ({"tokenizer.ggml.token_type": np.array([1, 1])}, ModelDamagedError),
        ({"tokenizer.ggml.model": "t5"}, UnsupportedModelError),
        ({"tokenizer.ggml.model": "llama"}, ModelDamagedError),
        ({"tokenizer.chat_template": "{% for %}"}, ModelDamagedError),
    ],
    ids=str,
)
def test_a_vocabulary_that_does_not_fit_together_is_refused(change, error):
    _, fields = byte_level_fields()

    with pytest.raises(error):
        tokenizer_from_fields({**fields, **change})


def test_merges_of_nothing_are_left_out():
    """A damaged list of merges must not stop the loading, or end in a foreign exception."""
    _, fields = byte_level_fields()
    fields["tokenizer.ggml.merges"] = ["a b", "nonsense", "zz qq", *fields["tokenizer.ggml.merges"]]

    tokenizer, _ = tokenizer_from_fields(fields)

    assert tokenizer.decode(tokenizer.encode("still works", with_special=False)) == "still works"
