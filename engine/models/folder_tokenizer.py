"""Reads the tokenizer of a Hugging Face style folder."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import tokenizers

from engine.contract.errors import ModelDamagedError, UnsupportedModelError
from engine.models.tokenizer import SpecialTokens, Tokenizer
from engine.models.weights_folder import read_json

_NAMES = ("bos_token", "eos_token", "unk_token", "pad_token", "sep_token", "cls_token")
# Ends of a turn that instruction-tuned models write although some folders forget to list them.
_TURN_ENDS = ("<|im_end|>", "<|eot_id|>", "<end_of_turn>")


def _optional_json(path: Path) -> dict[str, Any]:
    return read_json(path) if path.is_file() else {}


def _backend(folder: Path) -> tokenizers.Tokenizer:
    path = folder / "tokenizer.json"
    if path.is_file():
        try:
            return tokenizers.Tokenizer.from_file(str(path))
        # The library raises plain Exception, and nothing else, for a file it cannot read.
        except Exception as error:
            raise ModelDamagedError("The model's tokenizer.json cannot be read.") from error
    return _converted(folder)


def _converted(folder: Path) -> tokenizers.Tokenizer:
    """A tokenizer in an older form, converted by transformers; never runs the folder's code."""
    from transformers import AutoTokenizer

    try:
        slow = AutoTokenizer.from_pretrained(
            str(folder), trust_remote_code=False, local_files_only=True
        )
    except (OSError, ValueError, ImportError, KeyError, TypeError) as error:
        raise UnsupportedModelError(
            "The model's tokenizer is of a kind the engine cannot read."
        ) from error
    backend = getattr(slow, "backend_tokenizer", None)
    if not isinstance(backend, tokenizers.Tokenizer):
        raise UnsupportedModelError("The model's tokenizer is of a kind the engine cannot read.")
    return backend


def _text(value: Any) -> str | None:
    """A token's text: written as it is, or as an object with its properties."""
    if isinstance(value, Mapping):
        value = value.get("content")
    return value if isinstance(value, str) else None


def _ids(value: Any) -> Iterator[int]:
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, int) and not isinstance(item, bool):
            yield item


def _template(folder: Path, settings: Mapping[str, Any]) -> str | None:
    own_file = folder / "chat_template.jinja"
    if own_file.is_file():
        return own_file.read_text(encoding="utf-8", errors="replace")
    found = settings.get("chat_template")
    if found is None:
        found = _optional_json(folder / "chat_template.json").get("chat_template")
    if isinstance(found, list):
        named = {entry.get("name"): entry.get("template") for entry in found if entry}
        found = named.get("default")
    return found if isinstance(found, str) and found.strip() else None


def _is_bos_added(backend: tokenizers.Tokenizer, bos: int | None) -> bool:
    """Whether the tokenizer itself puts `bos` in front; the folder's flags are not always right."""
    return bos is not None and backend.encode("a").ids[:1] == [bos]


def tokenizer_from_folder(folder: Path) -> Tokenizer:
    """The tokenizer and chat template in the folder.

    Raises:
        ModelDamagedError: A file cannot be read.
        UnsupportedModelError: There is no tokenizer.json and transformers cannot make one.
    """
    backend = _backend(folder)
    backend.no_truncation()
    backend.no_padding()
    settings = _optional_json(folder / "tokenizer_config.json")
    texts = {**_optional_json(folder / "special_tokens_map.json"), **settings}
    names = {name: text for name in _NAMES if (text := _text(texts.get(name))) is not None}
    added = {t.content: id_ for id_, t in backend.get_added_tokens_decoder().items() if t.special}
    ends = {added[text] for text in _TURN_ENDS if text in added}
    for name in ("generation_config.json", "config.json"):
        ends.update(_ids(_optional_json(folder / name).get("eos_token_id")))
    if (eos := names.get("eos_token")) and (eos_id := backend.token_to_id(eos)) is not None:
        ends.add(eos_id)
    bos = backend.token_to_id(names["bos_token"]) if "bos_token" in names else None
    return Tokenizer(
        backend,
        special=SpecialTokens(
            bos=bos,
            eos=frozenset(ends),
            is_bos_added=_is_bos_added(backend, bos),
            names=names,
        ),
        template=_template(folder, settings),
    )
