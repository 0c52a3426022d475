"""How the vocabularies named in GGUF files cut text into words before their merges apply.

The names are llama.cpp's ("tokenizer.ggml.pre"); the patterns are those of the models' own
tokenizer files, written as regular expressions of the `tokenizers` library. Where llama.cpp
approximates a model (its regex engine has no inline flags), the model's own form is used here.
"""

from __future__ import annotations

from dataclasses import dataclass

_CONTRACTIONS = r"'s|'t|'re|'ve|'m|'ll|'d"
_GPT2 = rf"{_CONTRACTIONS}| ?\p{{L}}+| ?\p{{N}}+| ?[^\s\p{{L}}\p{{N}}]+|\s+(?!\S)|\s+"


def _llama_like(digits: str, tail: str = r"[\r\n]*") -> str:
    return (
        rf"(?i:{_CONTRACTIONS})|[^\r\n\p{{L}}\p{{N}}]?\p{{L}}+|\p{{N}}{digits}"
        rf"| ?[^\s\p{{L}}\p{{N}}]+{tail}|\s*[\r\n]+|\s+(?!\S)|\s+"
    )


# DeepSeek's first models name their letters one by one, as Unicode 11 had them with a case; later
# additions and the scripts without a true one (Armenian and Georgian small letters) are not words.
_CASED_LETTERS = (
    r"[\p{Lu}\p{Ll}\p{Lt}&&[^"
    "\u0560-\u0588\u10c7-\u10ff\u1c80-\u1c8f\u2d00-\u2d2d\ua78f-\ua7ff\uab30-\uab6f"
    "\U00010570-\U000105bc\U00016e40-\U0001dfff"
    "]]"
)
_UPPER = r"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]"
_LOWER = r"[\p{Ll}\p{Lm}\p{Lo}\p{M}]"


def _cased(digits: str, suffix: str) -> str:
    """Words end where lower case turns to upper case (Tekken, GPT-4o)."""
    lead = r"[^\r\n\p{L}\p{N}]?"
    return (
        rf"{lead}{_UPPER}*{_LOWER}+{suffix}|{lead}{_UPPER}+{_LOWER}*{suffix}|\p{{N}}{digits}"
        r"| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
    )


@dataclass(frozen=True, slots=True)
class Splitting:
    """One way to cut text.

    Attributes:
        patterns: Applied one after the other, each to the pieces of the one before; a match and
            what lies between two matches are pieces.
        is_nfc: Whether the text is composed first (Unicode NFC).
        are_whole_words_kept: Whether a word that is a token itself is taken without merging.
    """

    patterns: tuple[str, ...]
    is_nfc: bool = False
    are_whole_words_kept: bool = False


_DIGIT_WISE = Splitting((r"\p{N}", _GPT2))
_LLAMA3 = Splitting((_llama_like("{1,3}"),), are_whole_words_kept=True)
_QWEN2 = Splitting((_llama_like(""),), is_nfc=True)
# What llama.cpp takes for a vocabulary that names no pre-tokenizer.
_DEFAULT = Splitting((r"[\p{P}\$\+<=>\^~\|]+", _GPT2, r"\p{N}+", r"[0-9][0-9][0-9]"))

SPLITTINGS: dict[str, Splitting] = {
    "default": _DEFAULT,
    **dict.fromkeys(("gpt-2", "phi-2", "mpt", "olmo", "roberta-bpe"), Splitting((_GPT2,))),
    **dict.fromkeys(("smollm", "starcoder", "refact", "command-r", "codeshell"), _DIGIT_WISE),
    **dict.fromkeys(("llama3", "llama-v3", "llama-bpe", "falcon3"), _LLAMA3),
    **dict.fromkeys(("qwen2", "deepseek-r1-qwen"), _QWEN2),
    **dict.fromkeys(("dbrx", "smaug-bpe"), Splitting((_llama_like("{1,3}"),))),
    "stablelm2": Splitting((_llama_like(""),)),
    "tekken": Splitting((_cased("", ""),), are_whole_words_kept=True),
    **dict.fromkeys(("gpt-4o", "llama4"), Splitting((_cased("{1,3}", rf"(?i:{_CONTRACTIONS})?"),))),
    "deepseek-coder": Splitting(
        (r"[\r\n]", r"\s?\p{L}+", r"\s?\p{P}+", "[一-龥\u0800-一가-\ud7ff]+", r"\p{N}")
    ),
    "deepseek-llm": Splitting(
        (
            r"[\r\n]",
            rf"\s?{_CASED_LETTERS}+",
            "\\s?[!-/:-~\uff01-\uff0f\uff1a-\uff5e\u2018-\u201f\u3000-\u3002]+",
            r"\s+$",
            "[一-龥\u0800-一가-\ud7ff]+",
            r"\p{N}+",
        )
    ),
    "falcon": Splitting((r"[\p{P}\$\+<=>\^~\|`]+", _GPT2, r"[0-9][0-9][0-9]")),
    "deepseek-v3": Splitting(
        (
            r"\p{N}{1,3}",
            "[一-龥\u3040-\u30ff]+",
            r"""[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+"""
            r"""|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*"""
            r"""|\s*[\r\n]+|\s+(?!\S)|\s+""",
        )
    ),
}
