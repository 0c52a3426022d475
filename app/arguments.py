"""The command line: what may be typed, and the values it becomes."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NoReturn

from app import calibrate_options, chats_options, exit_codes
from app.calibrate_options import CalibrateOptions
from app.chats_options import ChatsOptions
from app.errors import UsageError
from app.vault_options import VaultOptions, add_actions, vault_options
from app.version import VERSION
from engine.contract.errors import BadRequestError
from engine.contract.introspection_commands import CheckInstruments
from engine.contract.settings import GenerationSettings, Settings, describe
from engine.contract.signals import Profile

_GENERATION_OPTIONS = ("max_tokens", "temperature", "top_p", "min_p", "seed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Arguments:
    """What the user asked for.

    Attributes:
        command: "window" if none was named, else the word that was typed.
        home: Folder for every file the app writes; None for the platform's own.
        model: Catalogue identifier, Hub repository or path; None for the one of the settings.
        generation: Options given on the command line, by the name of their setting.
        question: For `ask`; "-" means standard input.
        batch: For `ask`: file of questions; "-" means standard input.
        attached: For `ask`: files that go with the question.
        is_fitted: For `ask`: whether of files that are too long the first part will do.
        folder: For `screenshots`.
        action: For `models`, `chats` and `vault`: the word after it.
        subject: For `models fetch` and `models info`: which model.
        profile: For `ask`: how much is measured.
        prompts: For `instruments`: how many are answered with and without them.
        passphrase_file: Its first line opens the vault.
        chats: For `chats`: what its action takes.
        vault: For `vault`: what its action takes.
        calibrate: For `calibrate`.
    """

    command: str
    home: str | None = None
    model: str | None = None
    is_json: bool = False
    is_verbose: bool = False
    generation: tuple[tuple[str, Any], ...] = ()
    question: str = ""
    batch: str | None = None
    attached: tuple[str, ...] = ()
    is_fitted: bool = False
    folder: str = ""
    action: str = ""
    subject: str = ""
    profile: Profile = Profile.OFF
    prompts: int = 0
    passphrase_file: str | None = None
    chats: ChatsOptions = field(default_factory=ChatsOptions)
    vault: VaultOptions = field(default_factory=VaultOptions)
    calibrate: CalibrateOptions = field(default_factory=CalibrateOptions)

    def applied_to(self, settings: Settings) -> Settings:
        """The settings in force for this run: those stored, the command line's in their place.

        Raises:
            UsageError: An option's value is out of range.
        """
        try:
            generation = replace(settings.generation, **dict(self.generation))
            models = settings.models
            if self.model is not None:
                models = replace(models, model=model_name(self.model))
        except BadRequestError as error:
            raise UsageError(f"--{_dashed(error.message)}") from error
        return replace(settings, generation=generation, models=models)


def model_name(text: str) -> str:
    """A path that exists becomes absolute, so that the engine needs no working directory."""
    path = os.path.expanduser(text)
    return os.path.abspath(path) if os.path.exists(path) else text


def parse(words: Sequence[str]) -> Arguments:
    """The values of a command line.

    Args:
        words: What was typed after the program's name.

    Raises:
        UsageError: It cannot be understood.
        SystemExit: `--help` or `--version` was asked for and has been shown.
    """
    given = vars(_parser().parse_args(list(words)))
    generation = [(n, given[n]) for n in _GENERATION_OPTIONS if given.get(n) is not None]
    if given.get("stop") is not None:
        generation.append(("stop", tuple(_clean(text) for text in given["stop"])))
    if given.get("system") is not None:
        generation.append(("system_prompt", _clean(given["system"])))
    arguments = Arguments(
        command=given["command"] or "window",
        home=given["home"],
        model=given["model"],
        is_json=given["json"],
        is_verbose=given["verbose"],
        generation=tuple(generation),
        question=_clean(" ".join(given.get("question", ()))),
        batch=given.get("batch"),
        attached=tuple(map(model_name, given.get("attach") or ())),
        is_fitted=given.get("fit", False),
        folder=given.get("folder", ""),
        action=given.get("action", ""),
        subject=given.get("subject", ""),
        profile=given.get("profile", Profile.OFF),
        prompts=given.get("prompts", 0),
        passphrase_file=given["passphrase_file"],
        chats=chats_options.chats_options(given),
        vault=vault_options(given),
        calibrate=calibrate_options.calibrate_options(given),
    )
    _check(arguments)
    return arguments


def _check(arguments: Arguments) -> None:
    if arguments.model is not None and not arguments.model.strip():
        raise UsageError("--model needs the name or the path of a model.")
    if any("" in value for name, value in arguments.generation if name == "stop"):
        raise UsageError("--stop needs a text; an empty one would end every answer at once.")
    if arguments.command == "window" and arguments.is_json:
        raise UsageError(
            "--json needs a command that prints something.",
            action='Try: python -m app ask --json "Why is the sky blue?"',
        )
    if arguments.command == "instruments" and arguments.prompts < 1:
        raise UsageError("--prompts must be 1 or more.")
    if arguments.command == "ask":
        _check_ask(arguments)
    # Checked here, before anything is started.
    arguments.applied_to(Settings())


def _check_ask(arguments: Arguments) -> None:
    if arguments.batch is not None and arguments.question:
        raise UsageError("ask takes either a question or --batch FILE, not both.")
    if arguments.batch is not None and arguments.attached:
        raise UsageError("--attach goes with one question, not with --batch FILE.")
    if arguments.batch is None and not arguments.question.strip():
        raise UsageError(
            "There is no question.", action='Try: python -m app ask "Why is the sky blue?"'
        )


class _Parser(argparse.ArgumentParser):
    """Tells a mistake as one sentence instead of leaving the process."""

    def error(self, message: str) -> NoReturn:
        sentence = message[:1].upper() + message[1:].rstrip(".") + "."
        raise UsageError(sentence, action=f"{self.prog} --help shows what can be typed.")


def _parser() -> _Parser:
    parser = _Parser(
        prog="python -m app",
        description="Shvayambhu: a private conversation with a model on this machine. "
        "Without a command it opens the window, or a chat in the terminal where there is none.",
        epilog=_epilog(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"shvayambhu {VERSION}")
    _add_shared(parser, is_top=True)
    _add_generation(parser, is_top=True)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", parser_class=_Parser)

    chat = _command(commands, "chat", "a conversation in this terminal, or line by line in a pipe")
    _add_generation(chat)
    _add_ask(_command(commands, "ask", "one answer on standard output"))
    _add_instruments(
        _command(commands, "instruments", "whether what is measured is real, tried out")
    )
    _command(commands, "doctor", "what is installed and what is missing, each with its mend")
    screenshots = _command(commands, "screenshots", "pictures of every page, light and dark")
    screenshots.add_argument("folder", metavar="DIR", help="where the pictures go")
    _command(commands, "version", "the version number")
    _command(commands, "quick", "the quick question, over whatever is on screen")
    _command(commands, "background", "starts with no window, ready for a quick question")
    _add_models(_command(commands, "models", "which models there are, and fetching them"))
    calibrate_options.add_options(
        _command(commands, "calibrate", "finds out how far the model's confidence can be trusted")
    )
    chats = _command(commands, "chats", "conversations: list, search, export, import")
    chats_options.add_actions(
        chats.add_subparsers(dest="action", metavar="ACTION", required=True, parser_class=_Parser),
        _command,
    )
    vault = _command(commands, "vault", "what is kept: saving, checking, locking, erasing it")
    actions = vault.add_subparsers(
        dest="action", metavar="ACTION", required=True, parser_class=_Parser
    )
    add_actions(actions, _command)
    return parser


def _add_ask(ask: _Parser) -> None:
    _add_generation(ask)
    ask.add_argument("question", nargs="*", default=[], help="what to ask; - reads it from stdin")
    ask.add_argument(
        "--batch",
        metavar="FILE",
        help='many questions: one {"question": ...} a line; one JSON object a line comes out',
    )
    ask.add_argument(
        "--attach",
        metavar="FILE",
        action="append",
        help="a file whose text goes with the question; may be given several times",
    )
    ask.add_argument(
        "--fit",
        action="store_true",
        help="of attached files that are too long for the model, use the first part",
    )
    _add_measuring(ask)


def _add_instruments(instruments: _Parser) -> None:
    instruments.add_argument(
        "--prompts",
        metavar="N",
        type=int,
        default=CheckInstruments().prompts,
        help="how many are answered with and without instruments",
    )


def _add_measuring(ask: _Parser) -> None:
    group = ask.add_mutually_exclusive_group()
    for flag, profile, does in (
        ("--introspect", Profile.LIVE, "measure each token; with --json the whole record"),
        ("--introspect-full", Profile.FULL, "the same at every layer, whatever it costs"),
    ):
        group.add_argument(
            flag,
            dest="profile",
            action="store_const",
            const=profile,
            default=Profile.OFF,
            help=does,
        )


def _command(commands: Any, name: str, does: str) -> _Parser:
    parser: _Parser = commands.add_parser(
        name, help=does, description=does[:1].upper() + does[1:] + ".", allow_abbrev=False
    )
    _add_shared(parser)
    return parser


def _add_models(models: _Parser) -> None:
    actions = models.add_subparsers(
        dest="action", metavar="ACTION", required=True, parser_class=_Parser
    )
    _command(actions, "list", "every model of the catalogue and its state on this machine")
    for name, does in (
        ("fetch", "download a model, or go on where a download was broken off"),
        ("info", "what is known about one model"),
    ):
        action = _command(actions, name, does)
        action.add_argument("subject", metavar="ID", help="the model's name in the catalogue")


def _add_shared(parser: _Parser, *, is_top: bool = False) -> None:
    """Options for every command; below the top they set nothing unless they are typed.

    A sub-parser's own defaults would overwrite what stood before the command's name.
    """
    nothing = None if is_top else argparse.SUPPRESS
    off = False if is_top else argparse.SUPPRESS
    group = parser.add_argument_group("options of every command")
    group.add_argument(
        "--home", metavar="DIR", default=nothing, help="put every file the app writes here"
    )
    group.add_argument(
        "--model", metavar="ID_OR_PATH", default=nothing, help="the model that answers"
    )
    group.add_argument(
        "--passphrase-file",
        metavar="FILE",
        default=nothing,
        help="its first line opens the vault; SHVAYAMBHU_PASSPHRASE does as well",
    )
    group.add_argument(
        "--json", action="store_true", default=off, help="print one JSON object and nothing else"
    )
    group.add_argument(
        "--verbose", action="store_true", default=off, help="show the log on standard error"
    )


def _add_generation(parser: _Parser, *, is_top: bool = False) -> None:
    nothing = None if is_top else argparse.SUPPRESS
    helps = {name: described.help for name, described in describe(GenerationSettings)}
    group = parser.add_argument_group("how answers are written")
    for name, kind, shown in (
        ("max_tokens", int, "N"),
        ("temperature", float, "T"),
        ("top_p", float, "P"),
        ("min_p", float, "P"),
        ("seed", int, "N"),
    ):
        group.add_argument(
            f"--{name.replace('_', '-')}",
            type=kind,
            metavar=shown,
            default=nothing,
            help=helps[name],
        )
    group.add_argument("--system", metavar="TEXT", default=nothing, help=helps["system_prompt"])
    group.add_argument(
        "--stop",
        metavar="TEXT",
        action="append",
        default=nothing,
        help=f"{helps['stop']} May be given several times.",
    )


def _epilog() -> str:
    rows = "\n".join(f"  {code:>3}  {meaning}" for code, meaning in exit_codes.MEANINGS)
    return f"exit codes:\n{rows}"


def _clean(word: str) -> str:
    # Bytes that are not UTF-8 arrive as lone surrogates. File functions take those back, so paths
    # stay as they are; no tokenizer takes them, so texts do not.
    return word.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _dashed(message: str) -> str:
    name, rest = message.split(" ", 1)
    return f"{name.replace('_', '-')} {rest}"
