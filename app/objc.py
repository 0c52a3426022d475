"""Calls into Objective-C by ctypes: as much of it as the app needs of macOS.

Source: Apple's Objective-C Runtime reference; the layout of blocks is clang's Block
Implementation Specification.

Runs on: main, on macOS only.
"""

from __future__ import annotations

import ctypes
import ctypes.util
from collections.abc import Callable
from typing import Any

_POINTER = ctypes.c_void_p
_IS_GLOBAL = 1 << 28


class _Descriptor(ctypes.Structure):
    _fields_ = (("reserved", ctypes.c_ulong), ("size", ctypes.c_ulong))


class _Block(ctypes.Structure):
    _fields_ = (
        ("isa", _POINTER),
        ("flags", ctypes.c_int),
        ("reserved", ctypes.c_int),
        ("invoke", _POINTER),
        ("descriptor", ctypes.POINTER(_Descriptor)),
    )


class Runtime:
    """Classes, messages, texts and blocks.

    A message's types are given at each call, as the C compiler would take them from a header:
    on Apple silicon the way arguments travel depends on them.
    """

    def __init__(self, *frameworks: str) -> None:
        """These frameworks are loaded.

        Raises:
            OSError: One of them is not there.
        """
        for name in ("Foundation", *frameworks):
            ctypes.CDLL(f"/System/Library/Frameworks/{name}.framework/{name}")
        self._objc = ctypes.CDLL(ctypes.util.find_library("objc") or "/usr/lib/libobjc.dylib")
        self._objc.objc_getClass.restype = _POINTER
        self._objc.objc_getClass.argtypes = (ctypes.c_char_p,)
        self._objc.sel_registerName.restype = _POINTER
        self._objc.sel_registerName.argtypes = (ctypes.c_char_p,)
        self._kept: list[Any] = []

    def class_named(self, name: str) -> int | None:
        """The class; None where this macOS has none of this name."""
        found: int | None = self._objc.objc_getClass(name.encode())
        return found

    def send(self, to: int | None, selector: str, *arguments: Any, returns: Any = _POINTER) -> Any:
        """The message's answer.

        Args:
            to: Object or class; None answers None, as in Objective-C.
            selector: With its colons.
            arguments: Pointers as whole numbers or None, flags as bool, or ctypes values.
            returns: The C type of the answer.
        """
        if to is None:
            return None
        types = [_type_of(argument) for argument in arguments]
        call = ctypes.CFUNCTYPE(returns, _POINTER, _POINTER, *types)
        name = self._objc.sel_registerName(selector.encode())
        return call(("objc_msgSend", self._objc))(to, name, *arguments)

    def text(self, words: str) -> int | None:
        """The words as an NSString, released with the pool of this turn of the loop."""
        string = self.class_named("NSString")
        found: int | None = self.send(
            string, "stringWithUTF8String:", ctypes.c_char_p(words.encode())
        )
        return found

    def block(self, function: Callable[..., None], *types: Any) -> int:
        """A block that calls the function, kept for the life of the app.

        Args:
            function: May be called on any thread.
            types: C types of what it takes.
        """
        kind = ctypes.CFUNCTYPE(None, _POINTER, *types)
        invoke = kind(lambda _block, *given: function(*given))
        descriptor = _Descriptor(0, ctypes.sizeof(_Block))
        isa = _POINTER.in_dll(ctypes.CDLL(None), "_NSConcreteGlobalBlock")
        block = _Block(
            ctypes.addressof(isa),
            _IS_GLOBAL,
            0,
            ctypes.cast(invoke, _POINTER),
            ctypes.pointer(descriptor),
        )
        self._kept.append((invoke, descriptor, block))
        return ctypes.addressof(block)


def _type_of(argument: Any) -> Any:
    if isinstance(argument, bool):
        return ctypes.c_bool
    if argument is None or isinstance(argument, int):
        return _POINTER
    return type(argument)
