"""Which settings are kept in the vault, and how they come back.

Runs on: io.
"""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

from engine.contract.errors import BadRequestError
from engine.contract.settings import Settings, describe


def private_values(settings: Settings) -> dict[str, Any]:
    """Every private setting by its full name, as plain JSON values."""
    return {
        f"{section.name}.{name}": _plain(getattr(getattr(settings, section.name), name))
        for section in fields(settings)
        for name, description in describe(getattr(settings, section.name))
        if description.is_private
    }


def with_private(settings: Settings, values: dict[str, Any]) -> Settings:
    """`settings` with the private ones as kept; one that cannot be used any more is left out."""
    known = private_values(settings)
    for full_name, value in values.items():
        if full_name not in known:
            continue
        section_name, name = full_name.split(".", 1)
        usable = tuple(value) if isinstance(value, list) else value
        try:
            section = replace(getattr(settings, section_name), **{name: usable})
        except (BadRequestError, TypeError):
            continue
        settings = replace(settings, **{section_name: section})
    return settings


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
