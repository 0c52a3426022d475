"""The command line of `chats`: its actions and what each of them takes."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from engine.contract.library_commands import TransferFormat

_ACTIONS = (
    ("list", "every conversation, the latest first"),
    ("search", 'find words in titles and messages; "quoted words" stand side by side'),
    ("export", "write conversations as Markdown, HTML or JSON"),
    ("import", "take in an export of ChatGPT, Claude, Jan, LM Studio, Open WebUI or ours"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatsOptions:
    """What was typed after `chats ACTION`.

    Attributes:
        words: For `search`: what is looked for.
        limit: For `search`: the most hits.
        path: For `export` and `import`.
        format: For `export`.
        conversations: For `export`: identifiers; empty takes all.
        has_all_versions: For `export`: every version, not only the path on screen.
        is_plan_only: For `import`: what it would do is shown, and no more.
    """

    words: str = ""
    limit: int = 20
    path: str = ""
    format: str = TransferFormat.MARKDOWN.value
    conversations: tuple[str, ...] = ()
    has_all_versions: bool = False
    is_plan_only: bool = False


def chats_options(given: Mapping[str, Any]) -> ChatsOptions:
    """The options among everything that was parsed."""
    if given.get("command") != "chats":
        return ChatsOptions()
    names = ChatsOptions.__dataclass_fields__
    values = {name: given[name] for name in names if given.get(name) is not None}
    values["words"] = " ".join(values.get("words", ()))
    values["conversations"] = tuple(values.get("conversations", ()))
    return ChatsOptions(**values)


def add_actions(actions: Any, command: Callable[[Any, str, str], ArgumentParser]) -> None:
    """Every action of `chats` is on the command line.

    Args:
        actions: What argparse calls sub-parsers.
        command: Makes one, with the options of every command.
    """
    parsers = {name: command(actions, name, does) for name, does in _ACTIONS}
    search = parsers["search"]
    search.add_argument("words", nargs="+", metavar="WORD", help="all must occur")
    search.add_argument("--limit", type=int, metavar="N", help="the most hits; 20")
    export = parsers["export"]
    export.add_argument("path", metavar="PATH", help="a file, or a folder for several pages")
    export.add_argument(
        "--format",
        choices=[one.value for one in TransferFormat],
        help="markdown is the default; json has every version and can be taken in again",
    )
    export.add_argument(
        "--conversation",
        dest="conversations",
        metavar="ID",
        action="append",
        help="only this one; may be given several times",
    )
    export.add_argument(
        "--all-versions",
        dest="has_all_versions",
        action="store_true",
        help="every version of each message, not only those on screen",
    )
    taking = parsers["import"]
    taking.add_argument("path", metavar="PATH", help="an export file, or a folder of threads")
    taking.add_argument(
        "--plan",
        dest="is_plan_only",
        action="store_true",
        help="show what it would take in, and do nothing",
    )
