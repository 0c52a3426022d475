"""Text to token ids and back, and conversations to prompts, for one model."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import tokenizers

from engine.models.chat_template import ChatTemplate, Turn
from engine.models.detokenizer import (
    ByteDetokenizer,
    Detokenizer,
    WholeDetokenizer,
    byte_level_bytes,
    join,
    sentence_piece_bytes,
)

# Openers and closers of the reasoning that models write before their answer.
_THINK_TAGS = (
    ("<think>", "</think>"),
    ("<longcat_think>", "</longcat_think>"),
    ("<|think:start|>", "<|think:end|>"),
)
# Published vocabularies list these as ordinary added tokens, yet a typed one would look to the
# model like its own reasoning or like a tool's reply.
_GUARDED_TAGS = (
    *(tag for pair in _THINK_TAGS for tag in pair),
    "<tool_call>",
    "</tool_call>",
    "<tool_response>",
    "</tool_response>",
)
# Private-use characters that stand in a rendered prompt for a text that is put in afterwards.
_OPEN, _CLOSE = "\ue0f0", "\ue0f1"


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecialTokens:
    """The tokens of a vocabulary that mean something beyond their letters.

    Attributes:
        bos: First token of a text; None if the model knows none.
        eos: Tokens that end an answer.
        is_bos_added: Whether the model wants `bos` before a text that no template wrote.
        names: What the chat template calls them, such as {"eos_token": "</s>"}.
    """

    bos: int | None = None
    eos: frozenset[int] = frozenset()
    is_bos_added: bool = False
    names: Mapping[str, str] = field(default_factory=dict)


def _decoder_kinds(backend: tokenizers.Tokenizer) -> list[dict[str, Any]]:
    if backend.decoder is None:
        return []
    state = json.loads(backend.decoder.__getstate__())
    found: list[dict[str, Any]] = state.get("decoders", [state])
    return found


class Tokenizer:
    """One model's tokenizer. Safe to use from any thread.

    Attributes:
        eos_ids: Tokens that end an answer.
        special_ids: All control tokens; text typed by a user never becomes one of them.
        think_start: Opens the model's reasoning; None if it has no such token.
        think_end: Closes it.
    """

    def __init__(
        self,
        backend: tokenizers.Tokenizer,
        *,
        special: SpecialTokens,
        template: str | None = None,
    ) -> None:
        self._backend = backend
        self._special = special
        self._lock = threading.Lock()
        self.eos_ids = special.eos
        added = backend.get_added_tokens_decoder()
        self.special_ids = frozenset(id_ for id_, token in added.items() if token.special)
        self._added = {id_: token.content for id_, token in added.items()}
        by_text = {text: id_ for id_, text in self._added.items()}
        no_tags: tuple[str | None, str | None] = (None, None)
        self.think_start, self.think_end = next(
            (pair for pair in _THINK_TAGS if pair[0] in by_text and pair[1] in by_text),
            no_tags,
        )
        guarded = [tag for tag in _GUARDED_TAGS if tag in by_text]
        backend.add_special_tokens(
            [tokenizers.AddedToken(tag, special=True, normalized=False) for tag in guarded]
        )
        self._control_texts = tuple(
            text for id_, text in self._added.items() if id_ in self.special_ids or text in guarded
        )
        names = dict(special.names)
        if template is None and not special.is_bos_added:
            names.pop("bos_token", None)
        self.template = ChatTemplate(template, names)

    # -- text and ids ---------------------------------------------------------------------------

    @property
    def vocab_size(self) -> int:
        """Number of tokens, the added ones included. The network may have more rows."""
        return self._backend.get_vocab_size(with_added_tokens=True)

    @property
    def bos_id(self) -> int | None:
        """First token of a text; None if the model wants none before plain text."""
        return self._special.bos if self._special.is_bos_added else None

    def encode(self, text: str, *, with_special: bool) -> list[int]:
        """The token ids of `text`; nothing is put before or after it.

        Args:
            text: Anything.
            with_special: Whether "<|im_end|>" and the like become control tokens. For what a
                user or a document says it must be False: there they are only letters.
        """
        # A lone surrogate cannot be written as UTF-8, and the library would raise on it.
        clean = text.encode("utf-8", errors="replace").decode("utf-8")
        with self._lock:
            self._backend.encode_special_tokens = not with_special
            return list(self._backend.encode(clean, add_special_tokens=False).ids)

    def decode(self, ids: Iterable[int]) -> str:
        """The text of `ids`; control tokens are written out as they are called."""
        return join(self.detokenizer(), ids)

    def token_text(self, token_id: int) -> str:
        """One token by itself, its leading space kept; U+FFFD where it is part of a character."""
        if self._bytes_of is None:
            return self._decode_whole([token_id])
        return self._token_bytes(token_id).decode("utf-8", errors="replace")

    def bytes_of_each(self, ids: Iterable[int]) -> list[bytes]:
        """What each token stands for, in UTF-8 that may begin or end inside a character."""
        if self._bytes_of is None:
            return [self._decode_whole([id_]).encode() for id_ in ids]
        return [self._token_bytes(id_) for id_ in ids]

    def detokenizer(self) -> Detokenizer:
        """A fresh one, for one answer."""
        if self._bytes_of is None:
            return WholeDetokenizer(self._decode_whole)
        return ByteDetokenizer(
            self._token_bytes, is_first_space_dropped=self._is_first_space_dropped
        )

    def _token_bytes(self, token_id: int) -> bytes:
        if token_id in self._added:
            return self._added[token_id].encode("utf-8")
        token = self._backend.id_to_token(token_id)
        # A network may have more rows than the vocabulary has tokens; such an id has no text.
        if token is None or self._bytes_of is None:
            return b""
        return self._bytes_of(token)

    def _decode_whole(self, ids: Sequence[int]) -> str:
        return self._backend.decode(list(ids), skip_special_tokens=False)

    @cached_property
    def _kinds(self) -> list[dict[str, Any]]:
        return _decoder_kinds(self._backend)

    @cached_property
    def _bytes_of(self) -> Callable[[str], bytes] | None:
        names = {kind["type"] for kind in self._kinds}
        if names == {"ByteLevel"}:
            return byte_level_bytes
        if names <= {"Replace", "ByteFallback", "Fuse", "Strip"} and "ByteFallback" in names:
            return sentence_piece_bytes
        return None

    @cached_property
    def _is_first_space_dropped(self) -> bool:
        return any(kind["type"] == "Strip" and kind["start"] == 1 for kind in self._kinds)

    # -- conversations --------------------------------------------------------------------------

    def render(
        self,
        messages: Sequence[Turn],
        *,
        add_generation_prompt: bool = True,
        **options: Any,
    ) -> str:
        """The prompt as text, for people to look at; see `encode_chat` for what the model gets."""
        return self.template.render(
            messages, add_generation_prompt=add_generation_prompt, **options
        )

    def encode_chat(
        self,
        messages: Sequence[Turn],
        *,
        add_generation_prompt: bool = True,
        **options: Any,
    ) -> list[int]:
        """The prompt's ids.

        Only the template itself can write control tokens. A message that holds the text of one
        is rendered as a stand-in and put back as plain letters afterwards.

        Args:
            messages: Pairs of role and text, oldest first.
            add_generation_prompt: Whether the assistant's turn is opened at the end.
            options: Further names for the template, such as `enable_thinking=False`.
        """
        set_aside: list[str] = []
        turns = [(role, self._set_aside(text, set_aside)) for role, text in messages]
        prompt = self.template.render(turns, add_generation_prompt=add_generation_prompt, **options)
        ids: list[int] = []
        for piece in prompt.split(_OPEN):
            number, closed, rest = piece.partition(_CLOSE)
            if closed and number.isascii() and number.isdigit() and int(number) < len(set_aside):
                ids += self.encode(set_aside[int(number)], with_special=False)
                ids += self.encode(rest, with_special=True)
            else:
                ids += self.encode(piece, with_special=True)
        return ids

    def _set_aside(self, text: str, set_aside: list[str]) -> str:
        body = text.strip()
        if not self._could_forge(body):
            return text
        set_aside.append(body)
        lead = text[: len(text) - len(text.lstrip())]
        return f"{lead}{_OPEN}{len(set_aside) - 1}{_CLOSE}{text[len(lead) + len(body) :]}"

    def _could_forge(self, body: str) -> bool:
        """Whether `body` holds a control token, or could complete one with its surroundings."""
        if _OPEN in body or _CLOSE in body:
            return True
        forms = [body]
        if self._backend.normalizer is not None:
            forms.append(self._backend.normalizer.normalize_str(body))
        for form in forms:
            if any(text in form for text in self._control_texts):
                return True
            if form.endswith(self._control_heads):
                return True
        return False

    @cached_property
    def _control_heads(self) -> tuple[str, ...]:
        heads = {text[:end] for text in self._control_texts for end in range(1, len(text))}
        # A lone "<" or "[" before the template's own "<|im_end|>" cannot begin another token.
        return tuple(head for head in heads if len(head) > 1)
