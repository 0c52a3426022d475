"""Builds the tokenizer that a GGUF file describes, with the semantics of the model's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from tokenizers import AddedToken, Regex, decoders, models, normalizers, pre_tokenizers
from tokenizers import Tokenizer as Backend

from engine.contract.errors import ModelDamagedError, UnsupportedModelError
from engine.models.gguf.pretokenizers import SPLITTINGS
from engine.models.tokenizer import SpecialTokens, Tokenizer

_PREFIX = "tokenizer.ggml."
_UNKNOWN, _CONTROL, _USER_DEFINED, _UNUSED, _BYTE = 2, 3, 4, 5, 6
_SPACE_MARK = "\u2581"
# Ends of a turn or of a text under the names they have in the wild. A file's eos_token_id names
# one of them, yet a model may write another, for example after fine-tuning of a base model.
_END_TEXTS = (
    "<|im_end|>",
    "<|eot_id|>",
    "<|eom_id|>",
    "<end_of_turn>",
    "<|endoftext|>",
    "<|end_of_text|>",
    "<|end|>",
    "<eos>",
    "</s>",
)


def _field(metadata: Mapping[str, Any], name: str, default: Any = None) -> Any:
    return metadata.get(_PREFIX + name, default)


def _tokens(metadata: Mapping[str, Any]) -> list[str]:
    tokens = _field(metadata, "tokens")
    if not isinstance(tokens, list) or not tokens:
        raise ModelDamagedError("The model file has no vocabulary.")
    return tokens


def _types(metadata: Mapping[str, Any], count: int) -> Sequence[int]:
    types = _field(metadata, "token_type")
    if types is None:
        return [1] * count
    if len(types) != count:
        raise ModelDamagedError("The model file's vocabulary does not fit together.")
    return [int(kind) for kind in types]


def _token_id(metadata: Mapping[str, Any], name: str, count: int) -> int | None:
    value = _field(metadata, name)
    return value if isinstance(value, int) and 0 <= value < count else None


def _vocabulary(tokens: Sequence[str]) -> dict[str, int]:
    """Text to id; of two tokens with the same text the first one counts."""
    vocabulary: dict[str, int] = {}
    for token_id, token in enumerate(tokens):
        vocabulary.setdefault(token, token_id)
    return vocabulary


def _byte_level_backend(metadata: Mapping[str, Any], tokens: list[str]) -> tuple[Backend, str]:
    vocabulary = _vocabulary(tokens)
    merges = []
    for line in _field(metadata, "merges", []):
        left, _, right = line.partition(" ")
        # A merge of or into something that is no token can never happen.
        if left in vocabulary and right in vocabulary and left + right in vocabulary:
            merges.append((left, right))
    name = str(_field(metadata, "pre", "default"))
    splitting = SPLITTINGS.get(name, SPLITTINGS["default"])
    backend = Backend(
        models.BPE(vocab=vocabulary, merges=merges, ignore_merges=splitting.are_whole_words_kept)
    )
    if splitting.is_nfc:
        backend.normalizer = normalizers.NFC()
    splits = [pre_tokenizers.Split(Regex(text), "isolated") for text in splitting.patterns]
    spaced = bool(_field(metadata, "add_space_prefix", False))
    backend.pre_tokenizer = pre_tokenizers.Sequence(
        [*splits, pre_tokenizers.ByteLevel(add_prefix_space=spaced, use_regex=False)]
    )
    backend.decoder = decoders.ByteLevel()
    return backend, "" if name in SPLITTINGS else name


def _merges_from_scores(
    vocabulary: Mapping[str, int], scores: Sequence[float], ordinary: Sequence[int]
) -> list[tuple[str, str]]:
    """Every way to put an ordinary token together from two others, best result first.

    Source: sentencepiece's BPE always joins the neighbours whose union has the highest score; a
    list of merges in that order does the same.
    """
    ranked: list[tuple[float, int, int, str, str]] = []
    texts = list(vocabulary)
    allowed = set(ordinary)
    for token in texts:
        token_id = vocabulary[token]
        if token_id not in allowed:
            continue
        for cut in range(1, len(token)):
            left, right = token[:cut], token[cut:]
            if left in vocabulary and right in vocabulary:
                ranked.append((-scores[token_id], vocabulary[left], vocabulary[right], left, right))
    ranked.sort(key=lambda merge: merge[:3])
    return [(left, right) for _, _, _, left, right in ranked]


def _sentence_piece_backend(
    metadata: Mapping[str, Any], tokens: list[str], types: Sequence[int]
) -> Backend:
    scores = _field(metadata, "scores")
    if scores is None or len(scores) != len(tokens):
        raise ModelDamagedError("The model file's vocabulary has no scores.")
    vocabulary = _vocabulary(tokens)
    special = (_UNKNOWN, _CONTROL, _UNUSED, _BYTE)
    ordinary = [token_id for token_id, kind in enumerate(types) if kind not in special]
    unknown = _token_id(metadata, "unknown_token_id", len(tokens))
    backend = Backend(
        models.BPE(
            vocab=vocabulary,
            merges=_merges_from_scores(vocabulary, np.asarray(scores).tolist(), ordinary),
            unk_token=None if unknown is None else tokens[unknown],
            fuse_unk=True,
            byte_fallback=True,
        )
    )
    replace = normalizers.Replace(" ", _SPACE_MARK)
    written: list[Any] = [decoders.Replace(_SPACE_MARK, " "), decoders.ByteFallback()]
    written.append(decoders.Fuse())
    if _field(metadata, "add_space_prefix", True):
        backend.normalizer = normalizers.Sequence([normalizers.Prepend(_SPACE_MARK), replace])
        written.append(decoders.Strip(" ", 1, 0))
    else:
        backend.normalizer = replace
    backend.decoder = decoders.Sequence(written)
    return backend


def _add_tokens(backend: Backend, tokens: Sequence[str], types: Sequence[int]) -> None:
    known = set()
    added = []
    for token, kind in zip(tokens, types, strict=True):
        if kind in (_CONTROL, _USER_DEFINED, _UNKNOWN) and token and token not in known:
            known.add(token)
            is_special = kind != _USER_DEFINED
            added.append(AddedToken(token, special=is_special, normalized=False))
    # `add_tokens` keeps each token's own mark of being special.
    backend.add_tokens(added)


def _special(metadata: Mapping[str, Any], tokens: list[str], types: Sequence[int]) -> SpecialTokens:
    count = len(tokens)
    named = {
        "bos_token": _token_id(metadata, "bos_token_id", count),
        "eos_token": _token_id(metadata, "eos_token_id", count),
        "unk_token": _token_id(metadata, "unknown_token_id", count),
        "pad_token": _token_id(metadata, "padding_token_id", count),
    }
    ends = [_token_id(metadata, f"{name}_token_id", count) for name in ("eos", "eot", "eom")]
    found = {tokens[token_id]: token_id for token_id in range(count) if types[token_id] == _CONTROL}
    ends += [found.get(text) for text in _END_TEXTS]
    is_sentence_piece = _field(metadata, "model") == "llama"
    return SpecialTokens(
        bos=named["bos_token"],
        eos=frozenset(end for end in ends if end is not None),
        is_bos_added=bool(_field(metadata, "add_bos_token", is_sentence_piece)),
        names={name: tokens[id_] for name, id_ in named.items() if id_ is not None},
    )


def tokenizer_from_fields(metadata: Mapping[str, Any]) -> tuple[Tokenizer, tuple[str, ...]]:
    """The tokenizer described by a GGUF file's metadata.

    Returns:
        It, and notices for the user (such as an unknown way of cutting words).

    Raises:
        ModelDamagedError: The vocabulary is missing or does not fit together.
        UnsupportedModelError: It is of a kind other than "gpt2" and "llama".
    """
    kind = _field(metadata, "model")
    tokens = _tokens(metadata)
    types = _types(metadata, len(tokens))
    unknown_splitting = ""
    if kind == "gpt2":
        backend, unknown_splitting = _byte_level_backend(metadata, tokens)
    elif kind == "llama":
        backend = _sentence_piece_backend(metadata, tokens, types)
    else:
        raise UnsupportedModelError(
            f"The model's vocabulary is of a kind the engine cannot read ({kind}).",
            action="Take the model as a Hugging Face folder instead.",
        )
    _add_tokens(backend, tokens, types)
    template = metadata.get("tokenizer.chat_template")
    tokenizer = Tokenizer(
        backend,
        special=_special(metadata, tokens, types),
        template=template if isinstance(template, str) and template.strip() else None,
    )
    notices = []
    if unknown_splitting:
        notices.append(
            f"The word splitting {unknown_splitting!r} is not known; a similar one is used, so "
            "answers may be a little worse."
        )
    return tokenizer, tuple(notices)
