"""Columns of numbers as bytes and back, each in the narrowest form that holds all of it.

A column's bytes lie by their rank: all lowest ones first, then the next, for neighbours of one rank
are alike and zstd finds that.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.storage.damage import damaged

_WHOLE = ("u1", "u2", "u4", "u8", "i8")
_REAL = ("f2", "f4", "f8")
_LIKELIHOOD, _BITS = "p", "bits"
_FORMS = (*_WHOLE, *_REAL, _LIKELIHOOD, _BITS)

# A probability is kept as minus its logarithm in steps of 1/1600 nat: to 0.03 %, be it one half or
# 1e-17, where float16 holds nothing below 6e-8. The two highest codes are zero and missing.
_STEPS_PER_NAT = 1600.0
_ZERO, _MISSING = 65_534, 65_535
# Sums of float32 may pass 1 by so much.
_SLACK = 1e-3

Fact = tuple[str, str, int]


class Columns:
    """Columns being written.

    Attributes:
        facts: Name, form and length of each, in the order of their bytes.
    """

    def __init__(self) -> None:
        self.facts: list[Fact] = []
        self._parts: list[bytes] = []

    @property
    def content(self) -> bytes:
        """All of them in a row."""
        return b"".join(self._parts)

    def whole(self, name: str, values: Sequence[int]) -> None:
        """A column of whole numbers.

        Raises:
            ValueError: One has no place in 64 bits.
        """
        low, high = min(values, default=0), max(values, default=0)
        for form in _WHOLE:
            limits = np.iinfo(form)
            if limits.min <= low and high <= limits.max:
                self._put(name, form, np.array(values, form))
                return
        raise ValueError(f"{name} does not fit into 64 bits")

    def real(self, name: str, values: Sequence[float]) -> None:
        """A column of measured numbers; what is not finite stays as it is.

        Half precision if no number outgrows it: then to 0.05 %, and to 6e-8 near zero.
        """
        given = np.array(values, np.float64)
        for form in _REAL:
            with np.errstate(over="ignore"):
                told = given.astype(form)
            if np.array_equal(np.isinf(told), np.isinf(given)):
                break
        self._put(name, form, told)

    def maybe(self, name: str, values: Sequence[float | None]) -> None:
        """A column in which some were not measured: those have no number at all."""
        self.flags(f"{name}?", [value is not None for value in values])
        self.real(name, [value for value in values if value is not None])

    def maybe_whole(self, name: str, values: Sequence[int | None]) -> None:
        """The same of whole numbers."""
        self.flags(f"{name}?", [value is not None for value in values])
        self.whole(name, [value for value in values if value is not None])

    def likelihood(self, name: str, values: Sequence[float]) -> None:
        """A column of probabilities.

        Raises:
            ValueError: One is below 0 or above 1.
        """
        given = np.array(values, np.float64)
        if np.any((given < 0.0) | (given > 1.0 + _SLACK)):
            raise ValueError(f"{name} holds what is no probability")
        is_missing = np.isnan(given)
        with np.errstate(divide="ignore"):
            nats = -np.log(np.where(is_missing, 1.0, np.minimum(given, 1.0)))
        codes = np.rint(np.minimum(nats * _STEPS_PER_NAT, _ZERO))
        codes[is_missing] = _MISSING
        self._put(name, _LIKELIHOOD, codes.astype("u2"))

    def flags(self, name: str, values: Sequence[bool]) -> None:
        """A column of yes and no, eight to a byte."""
        self.facts.append((name, _BITS, len(values)))
        self._parts.append(np.packbits(np.array(values, bool)).tobytes())

    def _put(self, name: str, form: str, values: NDArray[Any]) -> None:
        self.facts.append((name, form, len(values)))
        little = values.astype(values.dtype.newbyteorder("<"), copy=False)
        by_rank = little.view(np.uint8).reshape(len(values), values.itemsize).T
        self._parts.append(by_rank.tobytes())


class ColumnReader:
    """Columns that were written, by name."""

    def __init__(self, facts: object, content: bytes) -> None:
        """Where each lies is known, and nothing is left over.

        Raises:
            VaultDamagedError: That is not so.
        """
        self._places: dict[str, tuple[str, int, bytes]] = {}
        begin = 0
        for name, form, count in _checked(facts):
            end = begin + _size(form, count)
            self._places[name] = form, count, content[begin:end]
            begin = end
        if begin != len(content):
            raise damaged()

    def whole(self, name: str, count: int) -> list[int]:
        """The whole numbers of that column, which are so many."""
        numbers: list[int] = self._numbers(name, count, _WHOLE).tolist()
        return numbers

    def counts(self, name: str, count: int) -> list[int]:
        """The same, and none of them is below zero."""
        numbers = self.whole(name, count)
        if min(numbers, default=0) < 0:
            raise damaged()
        return numbers

    def real(self, name: str, count: int) -> list[float]:
        """The measured numbers of that column."""
        numbers: list[float] = self._numbers(name, count, _REAL).astype(np.float64).tolist()
        return numbers

    def maybe(self, name: str, count: int) -> list[float | None]:
        """The same; None where nothing was measured."""
        is_there = self.flags(f"{name}?", count)
        return _spread(is_there, self.real(name, sum(is_there)))

    def maybe_whole(self, name: str, count: int) -> list[int | None]:
        """The whole numbers of that column; None where there is none."""
        is_there = self.flags(f"{name}?", count)
        return _spread(is_there, self.whole(name, sum(is_there)))

    def likelihood(self, name: str, count: int) -> list[float]:
        """The probabilities of that column."""
        codes = self._numbers(name, count, (_LIKELIHOOD,))
        values: NDArray[np.float64] = np.exp(codes.astype(np.float64) / -_STEPS_PER_NAT)
        values[codes == _ZERO] = 0.0
        values[codes == _MISSING] = np.nan
        probabilities: list[float] = values.tolist()
        return probabilities

    def flags(self, name: str, count: int) -> list[bool]:
        """The yes and no of that column."""
        content = self._content(name, count, (_BITS,))[1]
        bits = np.unpackbits(np.frombuffer(content, np.uint8), count=count)
        return bits.astype(bool).tolist()

    def _numbers(self, name: str, count: int, forms: Sequence[str]) -> NDArray[Any]:
        form, content = self._content(name, count, forms)
        kind = np.dtype("u2" if form == _LIKELIHOOD else form).newbyteorder("<")
        by_rank = np.frombuffer(content, np.uint8).reshape(kind.itemsize, count)
        return np.ascontiguousarray(by_rank.T).view(kind).reshape(count)

    def _content(self, name: str, count: int, forms: Sequence[str]) -> tuple[str, bytes]:
        form, there, content = self._places.get(name, ("", 0, b""))
        if form not in forms or there != count:
            raise damaged()
        return form, content


def _checked(facts: object) -> Iterable[Fact]:
    if not isinstance(facts, list):
        raise damaged()
    for fact in facts:
        match fact:
            case [str(name), str(form), int(count)] if form in _FORMS and count >= 0:
                yield name, form, count
            case _:
                raise damaged()


def _size(form: str, count: int) -> int:
    if form == _BITS:
        return (count + 7) // 8
    return count * np.dtype("u2" if form == _LIKELIHOOD else form).itemsize


def _spread(is_there: Sequence[bool], values: Iterable[Any]) -> list[Any]:
    rest = iter(values)
    return [next(rest) if there else None for there in is_there]
