"""Turns a conversation into the one text a model was trained to read."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import jinja2
import jinja2.ext
import jinja2.nodes
import jinja2.parser
from jinja2.sandbox import ImmutableSandboxedEnvironment

from engine.contract.errors import ModelDamagedError, UnsupportedModelError

Turn = tuple[str, str]


class _GenerationBlock(jinja2.ext.Extension):
    """Accepts `{% generation %}`, which some templates put around the assistant's words."""

    tags = {"generation"}  # noqa: RUF012 (jinja2 declares it so)

    def parse(self, parser: jinja2.parser.Parser) -> list[jinja2.nodes.Node]:
        """The block's content, as if the tags were not there."""
        next(parser.stream)
        return parser.parse_statements(("name:endgeneration",), drop_needle=True)


def _raise_exception(message: str) -> None:
    raise jinja2.TemplateError(message)


def _to_json(
    value: Any,
    ensure_ascii: bool = False,
    indent: int | None = None,
    separators: tuple[str, str] | None = None,
    sort_keys: bool = False,
) -> str:
    return json.dumps(
        value,
        ensure_ascii=ensure_ascii,
        indent=indent,
        separators=separators,
        sort_keys=sort_keys,
    )


def _now(form: str) -> str:
    return datetime.now().astimezone().strftime(form)


def _environment() -> ImmutableSandboxedEnvironment:
    # The settings that published templates are written for; with others the spaces differ.
    environment = ImmutableSandboxedEnvironment(
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=[_GenerationBlock, "jinja2.ext.loopcontrols"],
    )
    environment.filters["tojson"] = _to_json
    environment.globals["raise_exception"] = _raise_exception
    environment.globals["strftime_now"] = _now
    return environment


def _fold_system(turns: Sequence[Turn]) -> list[Turn]:
    """Let the user say, before anything else, what the system says."""
    instructions = [text for role, text in turns if role == "system"]
    others = [turn for turn in turns if turn[0] != "system"]
    if others and others[0][0] == "user":
        return [("user", "\n\n".join([*instructions, others[0][1]])), *others[1:]]
    # The history was cut: the instructions still come first, as a message of their own.
    return [("user", "\n\n".join(instructions)), *others] if instructions else others


def _merge_neighbours(turns: Sequence[Turn]) -> list[Turn]:
    """Join messages of the same role that follow each other, and begin with the user."""
    merged: list[Turn] = []
    for role, text in turns:
        if merged and merged[-1][0] == role:
            merged[-1] = (role, f"{merged[-1][1]}\n\n{text}")
        elif role == "assistant" and not any(turn[0] == "user" for turn in merged):
            merged += [("user", ""), (role, text)]
        else:
            merged.append((role, text))
    return merged


def _as_is(turns: Sequence[Turn]) -> list[Turn]:
    return list(turns)


def _merge_and_fold(turns: Sequence[Turn]) -> list[Turn]:
    return _merge_neighbours(_fold_system(turns))


_RESHAPES: tuple[Callable[[Sequence[Turn]], list[Turn]], ...] = (
    _as_is,
    _fold_system,
    _merge_neighbours,
    _merge_and_fold,
)


class ChatTemplate:
    """A model's own way of writing a conversation down, run in a sandbox."""

    def __init__(self, source: str | None, tokens: Mapping[str, str]) -> None:
        """Compile the template.

        Args:
            source: Jinja text; None if the model has none, then a plain form is used.
            tokens: What the template may call by name, such as "bos_token".

        Raises:
            ModelDamagedError: The template is not valid.
        """
        self.source = source
        self._tokens = dict(tokens)
        try:
            self._template = None if source is None else _environment().from_string(source)
        except jinja2.TemplateError as error:
            raise ModelDamagedError("The model's chat template cannot be read.") from error

    def render(self, turns: Sequence[Turn], *, add_generation_prompt: bool, **options: Any) -> str:
        """The prompt as one text.

        A template that refuses a system message, or two messages of one role in a row, or
        silently leaves the system message out, is given the same words in the order it accepts.

        Args:
            turns: Pairs of role ("system", "user", "assistant") and text.
            add_generation_prompt: Whether the assistant's turn is opened at the end.
            options: Further names for the template, such as `enable_thinking=False`.

        Raises:
            UnsupportedModelError: The template refuses every order.
        """
        if self._template is None:
            return self._plain(turns, add_generation_prompt=add_generation_prompt)
        # UndefinedError and the sandbox's refusals are TemplateErrors; the rest is what a
        # template written for other values may run into.
        faults = (jinja2.TemplateError, TypeError, ValueError, KeyError, OverflowError)
        last: Exception | None = None
        for reshape in _RESHAPES:
            reshaped = reshape(turns)
            try:
                text = self._fill(reshaped, add_generation_prompt, options)
            except faults as error:
                last = error
                continue
            if all(content.strip() in text for role, content in reshaped if role == "system"):
                return text
        raise UnsupportedModelError(
            "The model's chat template does not accept this conversation."
        ) from last

    def _fill(self, turns: Sequence[Turn], add_prompt: bool, options: Mapping[str, Any]) -> str:
        assert self._template is not None
        return self._template.render(
            messages=[{"role": role, "content": text} for role, text in turns],
            add_generation_prompt=add_prompt,
            tools=None,
            documents=None,
            **{**self._tokens, **options},
        )

    def _plain(self, turns: Sequence[Turn], *, add_generation_prompt: bool) -> str:
        """For models without a template: names and colons, as in a written dialogue."""
        parts = [
            text if role == "system" else f"{role.capitalize()}: {text}" for role, text in turns
        ]
        if add_generation_prompt:
            parts.append("Assistant:")
        return self._tokens.get("bos_token", "") + "\n\n".join(parts)
