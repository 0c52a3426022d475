"""Dataclasses of plain values as JSON gives them, back to what they were; every type is checked."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from engine.storage.damage import damaged

T = TypeVar("T")


def rebuilt(kind: type[T], told: object) -> T:
    """The value of that dataclass; what `asdict` made, once through JSON with enums by value.

    A field that is not told has its default, and one that this version does not know is left out.

    Raises:
        VaultDamagedError: It was never such a value.
    """
    try:
        value: T = _as(kind, told)
    except (TypeError, ValueError, OverflowError):
        raise damaged() from None
    return value


def enum_value(value: object) -> object:
    """For `json.dumps(default=...)`.

    Raises:
        TypeError: It is no enum.
    """
    if isinstance(value, Enum):
        return value.value
    raise TypeError(f"{type(value).__name__} is not plain")


def _as(kind: Any, told: Any) -> Any:
    if get_origin(kind) is UnionType:
        return _as_union(get_args(kind), told)
    if get_origin(kind) is tuple:
        return _as_tuple(get_args(kind)[0], told)
    if is_dataclass(kind):
        return _as_dataclass(kind, told)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind(told)
    if kind is float and isinstance(told, int) and not isinstance(told, bool):
        return float(told)
    if type(told) is not kind:
        raise TypeError
    return told


def _as_union(kinds: tuple[Any, ...], told: Any) -> Any:
    if told is None and NoneType in kinds:
        return None
    (kind,) = (one for one in kinds if one is not NoneType)
    return _as(kind, told)


def _as_tuple(kind: Any, told: Any) -> tuple[Any, ...]:
    if not isinstance(told, list):
        raise TypeError
    return tuple(_as(kind, each) for each in told)


def _as_dataclass(kind: Any, told: Any) -> Any:
    if not isinstance(told, dict):
        raise TypeError
    hints = _hints(kind)
    known = {field.name for field in fields(kind)} & told.keys()
    return kind(**{name: _as(hints[name], told[name]) for name in known})


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)
