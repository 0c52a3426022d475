"""Settings as they stand in a file: values of JSON to what a setting holds, and back."""

from __future__ import annotations

import types
from dataclasses import fields
from typing import Any, get_args, get_origin

from engine.contract.settings import Settings, describe


def as_kind(value: Any, kind: Any) -> Any:
    """`value` from a file as what the setting holds.

    Raises:
        TypeError: It is of another kind.
    """
    if isinstance(kind, types.UnionType):
        if value is None and type(None) in get_args(kind):
            return None
        kind = next(option for option in get_args(kind) if option is not type(None))
    if get_origin(kind) is tuple:
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return tuple(value)
        raise TypeError("not a list of texts")
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if kind is int and isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, kind) and isinstance(value, bool) == (kind is bool):
        return value
    raise TypeError(f"not a {kind.__name__}")


def private_names() -> frozenset[tuple[str, str]]:
    """Section and name of each setting that could tell something about the user."""
    return frozenset(
        (section.name, name)
        for section in fields(Settings)
        for name, description in describe(getattr(Settings(), section.name))
        if description.is_private
    )
