"""Every command has one handler; everything that crosses a thread is plain and frozen."""

from __future__ import annotations

import ast
import dataclasses
import enum
import importlib
import inspect
import pkgutil
import types
import typing

import pytest

import engine.contract
from engine.contract import commands, errors, events
from tests.architecture.source import ROOT

MODULES = tuple(
    importlib.import_module(f"engine.contract.{found.name}")
    for found in pkgutil.iter_modules(engine.contract.__path__)
)
PASTS = ("ed", "Cut", "Begun", "Made", "Written", "Found", "Read", "Shown")
PLAIN = (str, int, float, bool, bytes, type(None))


def subclasses(module, parent):
    return [
        item
        for _, item in inspect.getmembers(module, inspect.isclass)
        if issubclass(item, parent) and item is not parent
    ]


def handler_names():
    """The keys of HANDLERS as they are written; a dict would hide one written twice."""
    tree = ast.parse((ROOT / "engine/engine.py").read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, (ast.Assign, ast.AnnAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names = [ast.unparse(target).rpartition(".")[2] for target in targets]
            if "HANDLERS" in names and isinstance(node.value, ast.Dict):
                return [ast.unparse(key).rpartition(".")[2] for key in node.value.keys]
    return []


def test_every_command_has_exactly_one_handler():
    assert sorted(handler_names()) == sorted(
        c.__name__
        for module in MODULES
        for c in subclasses(module, commands.Command)
        if c.__module__ == module.__name__
    )


def is_plain(annotation):
    """Whether a value of this type may go to any thread."""
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        return all(is_plain(part) for part in typing.get_args(annotation))
    if typing.get_origin(annotation) is tuple:
        return all(part is Ellipsis or is_plain(part) for part in typing.get_args(annotation))
    if annotation in PLAIN:
        return True
    if not isinstance(annotation, type):
        return False
    return issubclass(annotation, enum.Enum) or is_frozen(annotation)


def is_frozen(kind):
    return (
        dataclasses.is_dataclass(kind)
        and kind.__dataclass_params__.frozen
        and "__slots__" in vars(kind)
    )


VALUES = [
    item
    for module in MODULES
    for _, item in inspect.getmembers(module, inspect.isclass)
    if item.__module__ == module.__name__ and dataclasses.is_dataclass(item)
]


@pytest.mark.parametrize("kind", VALUES, ids=lambda kind: kind.__name__)
def test_what_crosses_a_thread_is_frozen_and_plain(kind):
    assert is_frozen(kind)
    odd = {name: hint for name, hint in typing.get_type_hints(kind).items() if not is_plain(hint)}
    assert not odd


def test_lists_and_arrays_would_be_noticed():
    assert not is_plain(list[int])
    assert not is_plain(typing.Any)
    assert not is_plain(dict[str, int])
    assert not is_plain(tuple[object, ...])


def test_every_event_is_named_in_the_past():
    """Commands are orders, events are past; a name in the wrong tense confuses the two."""
    presents = [
        event.__name__
        for module in MODULES
        for event in subclasses(module, events.Event)
        if not event.__name__.endswith(
            ("ed", "Cut", "Begun", "Made", "Written", "Found", "Read", "Shown")
        )
    ]
    assert not presents


def test_every_error_has_its_own_kind():
    kinds = [error.kind for error in subclasses(errors, errors.EngineError)]
    assert len(set(kinds)) == len(kinds)
